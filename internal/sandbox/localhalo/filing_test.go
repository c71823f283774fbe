package localhalo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"halobot/internal/sandbox/localhalo"
)

// The rules of users, sites and tickets: what Halo's OpenAPI document and its other callers say
// of them. Each test names the rule.

// desk is a tenant with a catch-all client (1, site 1001), a known one (12, site 1002), a
// stranger's ticket (881) and an API application that may move it.
func desk(t *testing.T, change func(*localhalo.Options)) *caller {
	o := localhalo.Options{
		Granted: []string{"read:customers", "edit:customers", "edit:tickets"},
		Clients: []localhalo.Client{
			{ID: 1, Name: "Unknown", MainSite: "Unknown"}, {ID: 12, Name: "Acme Ltd"},
		},
		Users: []localhalo.User{
			{ID: 640, Name: "General User", ClientID: 1},
			{ID: 641, Name: "Jane Doe", Email: "Jane.Doe@acme.example", Email2: "jane@home.example", Email3: "jd@acme.example", ClientID: 12},
		},
		Tickets: []localhalo.Ticket{{ID: 881, Summary: "Printer", ReportedBy: "bob@acme.example", ClientID: 1, SiteID: 1001, UserID: 640, StatusID: 1}},
	}
	if change != nil {
		change(&o)
	}
	c := start(t, o)
	c.scope = strings.Join(o.Granted, " ")
	return c
}

func (c *caller) refused(path, body string, status int, says string) {
	c.t.Helper()
	if got, answer := c.call("POST", path, body); got != status || !strings.Contains(answer, says) {
		c.t.Errorf("POST %s %s: %d %s, want %d and %q", path, body, got, answer, status, says)
	}
}

func TestAUserIsMadeOnASite(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	// 201 with one object; site_id as a decimal beside site_id_int, client_id whole.
	status, body := c.call("POST", "/api/Users", `[{"name":"Bob Roe","firstname":"Bob","surname":"Roe","emailaddress":"bob@acme.example","site_id":1002,"client_id":12,"sendwelcomeemail":false,"notes":"key"}]`)
	if status != 201 || !strings.Contains(body, `"site_id":1002.0`) || !strings.Contains(body, `"site_id_int":1002`) || !strings.Contains(body, `"client_id":12,`) {
		t.Fatalf("%d %s", status, body)
	}
	made := c.halo.Users(12)[1]
	if made.ID != 642 || made.Name != "Bob Roe" || made.Notes != "key" || made.Welcomed || made.ClientID != 12 {
		t.Errorf("made %+v", made)
	}
	// Without sendwelcomeemail:false the tenant may mail them.
	c.object("POST", "/api/Users", `[{"name":"Eve","site_id":1002}]`, http.StatusCreated)
	if eve := c.halo.Users(12)[2]; !eve.Welcomed || eve.ClientID != 12 {
		t.Errorf("made %+v", eve)
	}
	if unknown := c.halo.UnknownFields(); len(unknown) > 0 {
		t.Errorf("unknown: %q", unknown)
	}
}

func TestTheSameUserTwiceIsTwoUsers(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	const jane = `[{"name":"Jane Doe","emailaddress":"jane.doe@acme.example","site_id":1002}]`
	c.object("POST", "/api/Users", jane, http.StatusCreated)
	c.object("POST", "/api/Users", jane, http.StatusCreated)
	if n := len(c.halo.Users(12)); n != 3 {
		t.Errorf("%d users, want the first and two more", n)
	}
}

func TestAUserIsRefused(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	for _, test := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"name is required", `[{"site_id":1002}]`, 400, "needs a name"},
		{"site_id is required", `[{"name":"Bob","client_id":12}]`, 400, "needs a site"},
		{"a site that is not there", `[{"name":"Bob","site_id":77}]`, 400, "needs a site"},
		{"a site of another client", `[{"name":"Bob","site_id":1002,"client_id":1}]`, 400, "Please select a valid Client/Site/User"},
		{"an id in quotation marks", `[{"name":"Bob","site_id":"1002"}]`, 400, "[0].site_id"},
		{"a fraction for an id", `[{"name":"Bob","site_id":95.0}]`, 400, "whole number"},
		{"no array", `{"name":"Bob","site_id":1002}`, 400, "requires a JSON array"},
		{"a name of 256 characters", `[{"name":"` + strings.Repeat("n", 256) + `","site_id":1002}]`, 400, "255"},
		{"an id that is not there", `[{"id":9,"name":"Bob","site_id":1002}]`, 404, "No user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.t = t
			c.refused("/api/Users", test.body, test.status, test.says)
		})
	}
	if n := len(c.halo.Users(0)); n != 2 {
		t.Errorf("%d users, want the two from before", n)
	}
}

func TestAUserIsMovedByItsSite(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	// client_id alone moves nobody.
	c.refused("/api/Users", `[{"id":640,"client_id":12}]`, 400, "Please select a valid Client/Site/User")
	c.object("POST", "/api/Users", `[{"id":640,"site_id":1002,"client_id":12}]`, http.StatusCreated)
	if moved := c.halo.Users(12)[0]; moved.ID != 640 || moved.SiteID != 1002 || moved.Name != "General User" || moved.Welcomed {
		t.Errorf("moved %+v", moved)
	}
	if c.halo.Count(localhalo.KindUserUpdate) != 2 || c.halo.Count(localhalo.KindUserCreate) != 0 {
		t.Error("the calls were not taken for changes")
	}
}

func TestUsersAreListed(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) {
		o.Users = append(o.Users, localhalo.User{ID: 650, Name: "Gone", Email: "gone@acme.example", Login: "ACME\\gone", ClientID: 12, Inactive: true})
	})
	for _, test := range []struct{ query, want string }{
		{"", "General User, Jane Doe"},
		{"?client_id=12", "Jane Doe"},
		{"?client_id=12&includeinactive=true", "Jane Doe, Gone"},
		{"?site_id=1001", "General User"},
		{"?search=JANE.DOE%40acme.example", "Jane Doe"},
		{"?search=jane%40home.example", "Jane Doe"},
		{"?search=jd%40acme.example", "Jane Doe"},
		{"?search=acme%5Cgone&includeinactive=true", "Gone"},
		{"?search=general", "General User"},
		{"?search=nobody", ""},
		{"?client_id=1&search=jane", ""},
		{"?pageinate=true&page_no=2&page_size=1&includeinactive=true", "Jane Doe"},
	} {
		got := c.object("GET", "/api/Users"+test.query, "", http.StatusOK)
		if names := names(rowsOf(got, "users")); names != test.want {
			t.Errorf("%q: %s; want %s", test.query, names, test.want)
		}
	}
	if one := c.object("GET", "/api/Users/641?includedetails=true", "", http.StatusOK); one["email3"] != "jd@acme.example" || one["client_name"] != "Acme Ltd" {
		t.Errorf("one user: %v", one)
	}
	if status, _ := c.call("GET", "/api/Users/9", ""); status != 404 {
		t.Errorf("a user that is not there: %d", status)
	}
}

func TestListsOfUsersMayLackTheirOtherAddresses(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.Lacks = []string{"users.email2", "users.email3"} })
	row := rowsOf(c.object("GET", "/api/Users?search=jd%40acme.example", "", http.StatusOK), "users")[0]
	if _, has := row["email3"]; has || row["emailaddress"] != "Jane.Doe@acme.example" {
		t.Errorf("row %v", row)
	}
	if one := c.object("GET", "/api/Users/641", "", http.StatusOK); one["email3"] != "jd@acme.example" {
		t.Errorf("one user: %v", one)
	}
}

func TestAClientHasItsMainSite(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	made := c.object("POST", "/api/Client", `[{"name":"New Ltd","newclient_sitename":"Leeds"}]`, http.StatusCreated)
	read := c.object("GET", "/api/Client/13?includedetails=true", "", http.StatusOK)
	if made["main_site_id"] != 1003.0 || made["main_site_name"] != "Leeds" || read["main_site_id"] != 1003.0 {
		t.Errorf("made with site %v %v, read with %v", made["main_site_id"], made["main_site_name"], read["main_site_id"])
	}
	list := rowsOf(c.object("GET", "/api/Site?client_id=13", "", http.StatusOK), "sites")
	if names(list) != "Leeds" || list[0]["client_name"] != "New Ltd" {
		t.Errorf("its sites: %v", list)
	}
	if all := rowsOf(c.object("GET", "/api/Site?pageinate=true&page_no=1&page_size=2", "", http.StatusOK), "sites"); names(all) != "Unknown, Main" {
		t.Errorf("all sites: %v", names(all))
	}
}

func TestOlderVersionsDoNotNameTheMainSite(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) {
		o.Lacks, o.BareSites = []string{"client.main_site_id", "client.main_site_name", "clients.main_site_id"}, true
	})
	if made := c.object("POST", "/api/Client", `[{"name":"New Ltd"}]`, http.StatusCreated); made["main_site_id"] != nil || made["name"] != "New Ltd" {
		t.Errorf("made with site %v", made["main_site_id"])
	}
	if row := c.clients("")[0]; row["main_site_id"] != nil {
		t.Errorf("listed with site %v", row["main_site_id"])
	}
	if status, body := c.call("GET", "/api/Site?client_id=13", ""); status != 200 || !strings.HasPrefix(body, `[{"id":1003`) {
		t.Errorf("a bare array: %d %s", status, body)
	}
}

func TestASitesDomainIsSetAgainAndAgain(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	for range 2 {
		c.object("POST", "/api/Site", `[{"id":1002,"client_id":12,"emaildomain":"acme.example"}]`, http.StatusCreated)
	}
	if got := c.object("GET", "/api/Site/1002?includedetails=true", "", http.StatusOK); got["emaildomain"] != "acme.example" || got["name"] != "Main" {
		t.Errorf("the site: %v", got)
	}
	row := rowsOf(c.object("GET", "/api/Site?client_id=12", "", http.StatusOK), "sites")
	if _, has := row[0]["emaildomain"]; has || len(row) != 1 {
		t.Errorf("the list: %v", row)
	}
	c.object("POST", "/api/Site", `[{"client_id":12,"name":"Second"}]`, http.StatusCreated)
	if n := len(c.halo.Sites(12)); n != 2 {
		t.Errorf("%d sites after one more", n)
	}
	c.refused("/api/Site", `[{"id":1002,"emaildomain":"`+strings.Repeat("d", 4001)+`"}]`, 400, "4000")
	c.refused("/api/Site", `[{"id":"1002","emaildomain":"acme.example"}]`, 400, "[0].id")
	c.refused("/api/Site", `[{"id":77,"emaildomain":"acme.example"}]`, 404, "No site")
	c.refused("/api/Site", `[{"client_id":12}]`, 400, "needs a name")
}

func TestATicketIsMovedWithAllThree(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	before := c.object("GET", "/api/Tickets/881?includedetails=true", "", http.StatusOK)
	for key, want := range map[string]any{
		"client_id": 1.0, "client_name": "Unknown", "site_id": 1001.0, "user_id": 640.0, "user_name": "General User", "reportedby": "bob@acme.example",
		"status_id": 1.0, "hasbeenclosed": false, "merged_into_id": 0.0, "_canupdate": true, "deleted": false, "locked": false, "child_count": 0.0,
	} {
		if before[key] != want {
			t.Errorf("%s is %v, want %v", key, before[key], want)
		}
	}
	if bare := c.object("GET", "/api/Tickets/881", "", http.StatusOK); bare["reportedby"] != nil {
		t.Error("without includedetails the reporter is there")
	}
	moved := c.object("POST", "/api/Tickets", `[{"id":881,"client_id":12,"site_id":1002,"user_id":641,"sendack":false}]`, http.StatusCreated)
	if moved["client_name"] != "Acme Ltd" || moved["user_email"] != "Jane.Doe@acme.example" {
		t.Errorf("moved: %v", moved)
	}
	if got, _ := c.halo.Ticket(881); got.ClientID != 12 || got.SiteID != 1002 || got.UserID != 641 || got.Mailed || got.Summary != "Printer" {
		t.Errorf("the ticket: %+v", got)
	}
}

func TestATicketIsNotMoved(t *testing.T) {
	t.Parallel()
	const move = `[{"id":881,"client_id":12,"site_id":1002,"user_id":641}]`
	for _, test := range []struct {
		name   string
		as     func(*localhalo.Ticket)
		body   string
		status int
		says   string
	}{
		{"to a client alone", nil, `[{"id":881,"client_id":12}]`, 400, "Please select a valid Client/Site/User"},
		{"to a user of another site", nil, `[{"id":881,"client_id":12,"site_id":1002,"user_id":640}]`, 400, "Please select a valid Client/Site/User"},
		{"to a site of another client", nil, `[{"id":881,"client_id":1,"site_id":1002,"user_id":641}]`, 400, "Please select a valid Client/Site/User"},
		{"with ids in quotation marks", nil, `[{"id":881,"client_id":"12","site_id":"1002","user_id":"641"}]`, 400, "Please select a valid Client/Site/User"},
		{"with fractions", nil, `[{"id":881,"client_id":12.0,"site_id":1002,"user_id":641}]`, 400, "[0].client_id"},
		{"that is closed", func(t *localhalo.Ticket) { t.Closed = true }, move, 400, "closed"},
		{"that is merged", func(t *localhalo.Ticket) { t.MergedInto = 900 }, move, 400, "merged"},
		{"that is deleted", func(t *localhalo.Ticket) { t.Deleted = true }, move, 400, "Record not found"},
		{"that this agent may not change", func(t *localhalo.Ticket) { t.ReadOnly = true }, move, 400, "permission"},
		{"that is not there", nil, `[{"id":99,"client_id":12,"site_id":1002,"user_id":641}]`, 404, "No ticket"},
		{"as an object", nil, `{"id":881}`, 400, "requires a JSON array"},
		{"that is locked, and worked on", func(t *localhalo.Ticket) { t.Locked = true }, `[{"id":881,"status_id":2}]`, 400, "must be moved before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := desk(t, nil)
			if test.as != nil {
				c.halo.ChangeTicket(881, test.as)
			}
			before, _ := c.halo.Ticket(881)
			c.refused("/api/Tickets", test.body, test.status, test.says)
			if after, _ := c.halo.Ticket(881); after != before {
				t.Errorf("the ticket became %+v", after)
			}
		})
	}
}

func TestALockedTicketIsMoved(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.Tickets[0].Locked = true })
	c.object("POST", "/api/Tickets", `[{"id":881,"client_id":12,"site_id":1002,"user_id":641}]`, http.StatusCreated)
	if got, _ := c.halo.Ticket(881); got.Locked || got.ClientID != 12 || !got.Mailed {
		t.Errorf("the ticket: %+v", got)
	}
}

func TestTicketsWantTheirScope(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		granted     string
		read, write int
	}{
		{"read:customers edit:customers", 403, 403},
		{"read:tickets", 200, 403},
		{"edit:tickets", 200, 201}, // reads too
		{"all", 200, 201},
	} {
		t.Run(test.granted, func(t *testing.T) {
			t.Parallel()
			c := desk(t, func(o *localhalo.Options) { o.Granted = strings.Fields(test.granted) })
			if status, body := c.call("GET", "/api/Tickets/881", ""); status != test.read || status == 403 && body != "" {
				t.Errorf("read: %d %q, want %d", status, body, test.read)
			}
			if status, body := c.call("POST", "/api/Tickets", `[{"id":881,"status_id":2}]`); status != test.write || status == 403 && body != "" {
				t.Errorf("write: %d %q, want %d", status, body, test.write)
			}
		})
	}
}

func TestATokenSaysWhatWasGranted(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{TrimsScopes: true})
	if status, body := c.token("", credentials("read:customers edit:customers edit:tickets")); status != 200 || body["scope"] != "read:customers edit:customers" {
		t.Errorf("%d %v", status, body)
	}
	if status, body := c.token("", credentials("read:users")); status != 400 || body["error"] != "invalid_scope" {
		t.Errorf("a scope that does not exist: %d %v", status, body)
	}
}

func TestUsersAndSitesAreUnderCustomers(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.Granted = []string{"read:customers"} })
	for path, want := range map[string]int{"/api/Users": 200, "/api/Site": 200, "/api/Tickets": 403} {
		if status, _ := c.call("GET", path, ""); status != want {
			t.Errorf("GET %s: %d, want %d", path, status, want)
		}
	}
	for path, body := range map[string]string{"/api/Users": `[{"name":"Bob","site_id":1002}]`, "/api/Site": `[{"id":1002,"emaildomain":"a.example"}]`} {
		c.refused(path, body, 403, "")
	}
}

func TestTicketsAreListed(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) {
		o.Tickets = append(o.Tickets, localhalo.Ticket{ID: 882, Summary: "Laptop", ClientID: 12, SiteID: 1002, UserID: 641, Closed: true},
			localhalo.Ticket{ID: 883, Summary: "Deleted", ClientID: 12, Deleted: true})
	})
	for query, want := range map[string]string{"": "881 882", "?client_id=12": "882", "?open_only=true": "881", "?search=LAP": "882"} {
		var ids []string
		for _, row := range rowsOf(c.object("GET", "/api/Tickets"+query, "", http.StatusOK), "tickets") {
			ids = append(ids, fmt.Sprint(row["id"]))
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
}

func TestWhatIsNotKeptIsSeenOnlyByReading(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.Drops = []string{"users.notes", "sites.emaildomain", "tickets.user_id"} })
	c.object("POST", "/api/Users", `[{"name":"Bob","site_id":1002,"notes":"key"}]`, http.StatusCreated)
	c.object("POST", "/api/Site", `[{"id":1002,"emaildomain":"acme.example"}]`, http.StatusCreated)
	c.object("POST", "/api/Tickets", `[{"id":881,"client_id":12,"site_id":1002,"user_id":641}]`, http.StatusCreated)
	bob, site := c.halo.Users(12)[1], c.halo.Sites(12)[0]
	ticket, _ := c.halo.Ticket(881)
	if bob.Notes != "" || site.EmailDomain != "" || ticket.ClientID != 12 || ticket.UserID != 640 {
		t.Errorf("kept %+v, %+v, %+v", bob, site, ticket)
	}
}

func TestAStrangersMailIsATicketUnderUnknown(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.CatchAll, o.LocksUnknown, o.FirstTicket = 1, true, 10482 })
	mail := localhalo.Mail{Name: "Bob Roe", Address: "bob@new.example", Subject: "Hello", Body: "A mail"}
	first := c.halo.Receive(mail)
	again := c.halo.Receive(mail)
	if first.ID != 10482 || first.ClientID != 1 || first.SiteID != 1001 || !first.Locked || first.ReportedBy != "bob@new.example" || again.ID != 10483 || again.UserID != first.UserID {
		t.Errorf("tickets %+v and %+v", first, again)
	}
	if made := c.halo.Users(1)[1]; made.ID != first.UserID || made.Name != "Bob Roe" || made.Email != "bob@new.example" {
		t.Errorf("the intake made %+v", made)
	}
}

func TestTheIntakeMayMakeNoUsers(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.CatchAll = 1 })
	c.halo.SetIntake(false)
	ticket := c.halo.Receive(localhalo.Mail{Address: "bob@new.example"})
	if ticket.UserID != 640 || len(c.halo.Users(1)) != 1 {
		t.Errorf("the ticket is %+v, users %+v", ticket, c.halo.Users(1))
	}
}

func TestAMailFindsItsClient(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.CatchAll = 1 })
	c.halo.AddSite(localhalo.Site{ID: 1002, Name: "Main", ClientID: 12, EmailDomain: "acme.example"})
	// By any of a user's addresses, and by the site's e-mail domain; not by the client's website.
	for address, user := range map[string]string{"JD@acme.example": "Jane Doe", "new@acme.example": "New One"} {
		ticket := c.halo.Receive(localhalo.Mail{Name: user, Address: address})
		if ticket.ClientID != 12 || ticket.SiteID != 1002 {
			t.Errorf("%s: %+v", address, ticket)
		}
	}
	if names := c.halo.Users(12); len(names) != 2 || names[1].Name != "New One" {
		t.Errorf("users %+v", names)
	}
}

func TestATenantWithoutACatchAllMakesOne(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	ticket := c.halo.Receive(localhalo.Mail{Address: "bob@new.example"})
	if unknown, _ := c.halo.Client(ticket.ClientID); unknown.Name != localhalo.Unknown || unknown.MainSite != localhalo.Unknown {
		t.Errorf("filed under %+v", unknown)
	}
}

func rowsOf(answer map[string]any, name string) []map[string]any {
	var rows []map[string]any
	list, _ := answer[name].([]any)
	for _, r := range list {
		rows = append(rows, r.(map[string]any))
	}
	return rows
}
