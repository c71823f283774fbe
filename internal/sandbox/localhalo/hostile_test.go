package localhalo_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
)

func TestEveryWriteCanGoWrong(t *testing.T) {
	t.Parallel()
	const broken = 0 // no answer at all
	writes := map[localhalo.Kind]struct {
		path, body string
		done       func(*localhalo.Server) bool
	}{
		localhalo.KindCreate:       {"/api/Client", `[{"name":"New Ltd"}]`, func(s *localhalo.Server) bool { return s.Len() == 3 }},
		localhalo.KindUserCreate:   {"/api/Users", `[{"name":"Bob","site_id":1002}]`, func(s *localhalo.Server) bool { return len(s.Users(12)) == 2 }},
		localhalo.KindUserUpdate:   {"/api/Users", `[{"id":640,"site_id":1002}]`, func(s *localhalo.Server) bool { return len(s.Users(12)) == 2 }},
		localhalo.KindSiteUpdate:   {"/api/Site", `[{"id":1002,"emaildomain":"acme.example"}]`, func(s *localhalo.Server) bool { return s.Sites(12)[0].EmailDomain != "" }},
		localhalo.KindTicketUpdate: {"/api/Tickets", `[{"id":881,"client_id":12,"site_id":1002,"user_id":641}]`, func(s *localhalo.Server) bool { return len(s.Tickets(12)) == 1 }},
	}
	for kind, write := range writes {
		for _, test := range []struct {
			effect localhalo.Effect
			status int
			done   bool
			says   string
		}{
			{localhalo.StoreThenReset(), broken, true, ""},
			{localhalo.StoreThenHalf(), broken, true, ""},
			{localhalo.StoreThenFail(), 500, true, "error"},
			{localhalo.StoreThenUnavailable(), 503, true, "<html>"},
			{localhalo.StoreThenException("Customer Type is mandatory"), 500, true, `"Message":"Customer Type is mandatory"`},
			{localhalo.Refuse(500, localhalo.Exception, "Customer Type is mandatory"), 500, false, `"ClassName"`},
			{localhalo.StoreThenName("Other Ltd"), 201, true, `"name":"Other Ltd"`},
			{localhalo.Pretend(map[string]any{"id": 4711}), 201, false, `{"id":4711}`},
			{localhalo.Blocked(), 403, false, "<html>"},
			{localhalo.Refuse(400, localhalo.Sentence, "No."), 400, false, `"No."`},
		} {
			t.Run(string(kind)+", "+test.effect.Name, func(t *testing.T) {
				t.Parallel()
				c := desk(t, nil)
				fault := c.halo.Inject(localhalo.On(kind), 1, test.effect)
				resp, body, err := c.try("POST", write.path, write.body)
				if (err != nil) != (test.status == broken) {
					t.Fatalf("answered %v, %v", resp, err)
				}
				if err == nil && (resp.StatusCode != test.status || !strings.Contains(string(body), test.says)) {
					t.Errorf("answered %d %s, want %d and %q", resp.StatusCode, body, test.status, test.says)
				}
				if write.done(c.halo) != test.done || fault.Hits() != 1 {
					t.Errorf("done: %t, want %t; %d hits", write.done(c.halo), test.done, fault.Hits())
				}
				c.object("GET", "/api/Users", "", http.StatusOK) // which the fault does not concern
			})
		}
	}
}

func TestSomebodyElseIsInHaloMeanwhile(t *testing.T) {
	t.Parallel()
	c := desk(t, nil)
	elsewhere := func(s *localhalo.Server, call localhalo.Call) {
		s.ChangeTicket(call.ID, func(t *localhalo.Ticket) { t.ClientID = 12 })
	}
	c.halo.Inject(localhalo.On(localhalo.KindTicket), 1, localhalo.Effect{Name: "moved", Before: elsewhere})
	if got := c.object("GET", "/api/Tickets/881", "", http.StatusOK); got["client_id"] != 12.0 {
		t.Errorf("read as it is after the move: %v", got["client_id"])
	}
	c.halo.Inject(localhalo.On(localhalo.KindTicketUpdate), 1, localhalo.Effect{Name: "closed", After: func(s *localhalo.Server, call localhalo.Call) {
		s.ChangeTicket(call.ID, func(t *localhalo.Ticket) { t.Closed = true })
	}})
	if got := c.object("POST", "/api/Tickets", `[{"id":881,"client_id":1,"site_id":1001,"user_id":640}]`, http.StatusCreated); got["hasbeenclosed"] != false {
		t.Errorf("answered as it was before: %v", got["hasbeenclosed"])
	}
	if got, _ := c.halo.Ticket(881); !got.Closed || got.ClientID != 1 {
		t.Errorf("the ticket: %+v", got)
	}
}

func TestListsIgnoreWhatTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	const all = "Able, Baker, Charlie, Delta"
	for _, test := range []struct{ ignored, query, want string }{
		{"order", "?order=id&orderdesc=true", "Able, Baker, Charlie"},
		{"search", "?search=able", "Able, Baker, Charlie"},
		{"search_name_only", "?search_name_only=able", "Able, Baker, Charlie"},
		{"includeinactive", "?includeinactive=true", "Able, Baker, Charlie"},
		{"pageinate", "?pageinate=true&page_no=2&page_size=1&includeinactive=true", all},
		{"page_size", "?pageinate=true&page_no=1&page_size=1&includeinactive=true", all},
		{"users.search", "?search=able", "Able"},
		{"clients.search", "?search=able", "Able, Baker, Charlie"},
	} {
		t.Run(test.ignored, func(t *testing.T) {
			t.Parallel()
			c := start(t, localhalo.Options{Clients: []localhalo.Client{{Name: "Baker"}, {Name: "Able"}, {Name: "Charlie"}, {Name: "Delta", Inactive: true}}})
			heeded := names(c.clients(test.query))
			heed := c.halo.Ignore(test.ignored)
			if got := names(c.clients(test.query)); got != test.want {
				t.Errorf("ignored: %s, want %s", got, test.want)
			}
			heed()
			if got := names(c.clients(test.query)); got != heeded {
				t.Errorf("heeded again: %s, want %s", got, heeded)
			}
		})
	}
	c := start(t, localhalo.Options{
		Clients: []localhalo.Client{{Name: "Able", Website: "able.example", Notes: "n"}},
		Lists:   localhalo.Lists{Ignores: []string{"include_website", "includenotes"}},
	})
	if row := c.clients("?include_website=true&includenotes=true")[0]; row["website"] != nil || row["notes"] != nil {
		t.Errorf("the row has %v, %v", row["website"], row["notes"])
	}
}

func TestPagesMayBeShortAndUncounted(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: localhalo.Seeded(30), Lists: localhalo.Lists{PageCap: 7}})
	const asked = "/api/Client?pageinate=true&page_no=5&page_size=100&includeinactive=true"
	got := c.object("GET", strings.Replace(asked, "page_no=5", "page_no=1", 1), "", http.StatusOK)
	if n := len(rowsOf(got, "clients")); n != 7 || got["record_count"] != 30.0 {
		t.Errorf("%d rows of %v", n, got["record_count"])
	}
	if n := len(rowsOf(c.object("GET", asked, "", http.StatusOK), "clients")); n != 2 {
		t.Errorf("%d rows on the last page", n)
	}
	c.halo.SetLists(func(l *localhalo.Lists) { l.PageCap, l.NoCount = 0, true })
	got = c.object("GET", strings.Replace(asked, "page_no=5", "page_no=1", 1), "", http.StatusOK)
	if _, has := got["record_count"]; has || len(rowsOf(got, "clients")) != 30 {
		t.Errorf("%d rows, record_count %v", len(rowsOf(got, "clients")), got["record_count"])
	}
}

func TestWhatIsNewIsListedLate(t *testing.T) {
	t.Parallel()
	c := desk(t, func(o *localhalo.Options) { o.Lists.Lag = time.Hour })
	c.object("POST", "/api/Client", `[{"name":"New Ltd"}]`, http.StatusCreated)
	c.object("POST", "/api/Users", `[{"name":"Bob","site_id":1002}]`, http.StatusCreated)
	if got := names(c.clients("?search=new")); got != "" {
		t.Errorf("clients: %s", got)
	}
	if got := names(rowsOf(c.object("GET", "/api/Users?search=bob", "", http.StatusOK), "users")); got != "" {
		t.Errorf("users: %s", got)
	}
	if one := c.object("GET", "/api/Users/642", "", http.StatusOK); one["name"] != "Bob" {
		t.Errorf("read by its id: %v", one)
	}
}

func TestHostileAnswers(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{AuthURL: "https://evil.example/auth"})
	c.halo.Inject(localhalo.On(localhalo.KindList), 1, localhalo.Bomb("clients", 1_000_000))
	resp, body, err := c.try("GET", "/api/Client", "")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Clients []struct{} }
	if err := json.Unmarshal(body, &list); err != nil || len(list.Clients) != 1_000_000 {
		t.Errorf("%d rows: %v", len(list.Clients), err)
	}
	if !resp.Uncompressed {
		t.Error("the rows were not packed")
	}

	c.halo.Inject(localhalo.On(localhalo.KindToken), 1, c.halo.EchoSecret())
	if _, body := c.token("", credentials("read:customers")); body["error_description"] != "The secret halo-\u200bsecret is wrong." {
		t.Errorf("the token endpoint says %q", body)
	}
	if info := c.object("GET", "/api/authinfo", "", http.StatusOK); info["auth_url"] != "https://evil.example/auth" {
		t.Errorf("authinfo %v", info)
	}

	c.halo.Add(localhalo.Client{Name: strings.Repeat("n", 500_000)})
	if row := c.clients("")[0]; len(row["name"].(string)) != 500_000 {
		t.Errorf("a name of %d characters", len(row["name"].(string)))
	}
}

func TestAHugeTenantIsThereAtOnce(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: localhalo.Seeded(200_000)})
	page := c.object("GET", "/api/Client?pageinate=true&page_no=2000&page_size=100&includeinactive=true&order=id", "", http.StatusOK)
	if rows := rowsOf(page, "clients"); len(rows) != 100 || rows[99]["id"] != 200_000.0 {
		t.Errorf("%d rows on the last page", len(rows))
	}
	if sites := c.object("GET", "/api/Site?client_id=200000", "", http.StatusOK); sites["record_count"] != 1.0 {
		t.Errorf("the last client's sites: %v", sites)
	}
}
