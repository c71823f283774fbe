package halo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"halobot/internal/text"
)

// Grade is how a finding stands.
type Grade string

// The grades.
const (
	Fine   Grade = "fine"
	Advice Grade = "advice" // it works, and could be better
	Wrong  Grade = "wrong"
)

// Finding is one thing that was checked, for an administrator.
type Finding struct {
	Name   string // token, clients, lists, details, top level, clock, catch-all, filing, fields
	Grade  Grade
	Detail string // what was seen
	Fix    string // what to do about it; "" where there is nothing to do
}

// maxSkew is how far Halo's clock and this machine's may differ before Check says so: deadlines and
// the ages of tokens are measured by this machine's.
const maxSkew = time.Minute

// Check tries the connection, reading only: a new token and its scope, the clients, whether the
// lists are what was asked for, the clock, the top level, the catch-all clients. What depends on
// a part that failed is left out.
func (c *Connection) Check(ctx context.Context) []Finding {
	t, err := c.tokens.fetch(ctx)
	if err != nil {
		return []Finding{{"token", Wrong, err.Error(), c.tokenFix(err)}}
	}
	found := []Finding{c.checkScope(t)}
	first, clock, finding := c.checkRead(ctx)
	found = append(found, finding)
	if clock != nil {
		found = append(found, *clock)
	}
	if finding.Grade == Wrong {
		return found
	}
	if len(first.clients) > 0 {
		found = append(found, c.checkLists(ctx, first)...)
		found = append(found, c.checkDetails(ctx, int(first.clients[0].ID))...)
	}
	found = append(found, c.checkTopLevel(ctx)...)
	found = append(found, c.checkCatchAll(ctx)...)
	found = append(found, c.checkFiling(ctx, t)...)
	if names := c.settings.ClientFields.Names(); len(names) > 0 {
		found = append(found, Finding{"fields", Fine, fmt.Sprintf("Each new client also gets %s (%s).", strings.Join(names, ", "), c.variable("CLIENT_FIELDS")), ""})
	}
	return found
}

// tokenFix advises where no token was got. When nobody answered, or a web page did, the secrets are
// not at fault; when Halo refused, its own words say what to check.
func (c *Connection) tokenFix(err error) string {
	var failed *Error
	switch code := status(err); {
	case code == 0:
		return fmt.Sprintf("Check %s, and that this machine reaches it.", c.variable("URL"))
	case code == http.StatusTooManyRequests, code >= 500:
		return "Run this again when Halo answers."
	case errors.As(err, &failed) && failed.Configuration:
		return ""
	case code == http.StatusBadRequest, code == http.StatusUnauthorized:
		return fmt.Sprintf("Check %s, %s and %s.", c.variable("CLIENT_ID"), c.variable("CLIENT_SECRET"), c.variable("SCOPE"))
	}
	return fmt.Sprintf("Check %s and %s.", c.variable("URL"), c.variable("AUTH_URL"))
}

// checkScope compares what was granted with what was asked for.
func (c *Connection) checkScope(t token) Finding {
	shows := "Whether its agent may create clients shows when one is created."
	if strings.TrimSpace(t.scope) == "" {
		return Finding{"token", Fine, "Halo gave a token and did not say for which scope. " + shows, ""}
	}
	scope := text.Short(tidy(t.scope, c.clean), maxWords)
	granted := c.grantedBy(t)
	var missing []string
	for _, want := range strings.Fields(c.settings.Scope) {
		if !covers(granted, want) {
			missing = append(missing, want)
		}
	}
	if len(missing) > 0 && !slices.Contains(missing, "all") {
		return Finding{
			"token", Wrong, fmt.Sprintf("Halo granted %q, without %s.", scope, strings.Join(missing, ", ")),
			fmt.Sprintf("Give the API application that permission, under %s.", haloAPIPage),
		}
	}
	return Finding{"token", Fine, fmt.Sprintf("Halo granted %q. %s", scope, shows), ""}
}

// checkRead reads the newest clients and compares the clocks.
func (c *Connection) checkRead(ctx context.Context) (first page, clock *Finding, read Finding) {
	var date, now time.Time
	first, err := c.pageWith(ctx, list{size: wholePage, notes: true}, 1, func(r *http.Response) {
		now = time.Now()
		date, _ = http.ParseTime(r.Header.Get("Date"))
	})
	read = Finding{Name: "clients", Grade: Fine}
	switch {
	case err != nil:
		read.Grade, read.Detail = Wrong, err.Error()
		switch status(err) {
		case 0:
			read.Fix = fmt.Sprintf("Check %s, and that this machine reaches it.", c.variable("URL"))
		case http.StatusForbidden, http.StatusUnauthorized:
			read.Fix = fmt.Sprintf(`Give the API application read:customers and edit:customers, and its agent the Client access level "Read and Modify" with the use of all customers (%s).`, haloAPIPage)
		}
	case first.rows == 0:
		read.Detail = "The bot may read clients and sees none."
		read.Grade, read.Fix = Advice, "Right for an empty Halo. Otherwise let the API application's agent use all customers."
	default:
		read.Detail = fmt.Sprintf("The bot may read clients (%d).", max(first.total.n, first.rows))
	}
	if date.IsZero() {
		return first, nil, read
	}
	skew := date.Sub(now).Round(time.Second)
	clock = &Finding{Name: "clock", Grade: Fine, Detail: fmt.Sprintf("This machine's clock and Halo's are %s apart.", skew.Abs())}
	if skew.Abs() > maxSkew {
		clock.Grade, clock.Fix = Wrong, "Set this machine's clock by NTP."
	}
	return first, clock, read
}

// checkLists checks that Halo's lists are what was asked for.
func (c *Connection) checkLists(ctx context.Context, first page) []Finding {
	if !first.websites {
		c.notice(OmitsWebsites)
	}
	c.last(list{size: wholePage}, first, len(first.clients))
	// A search has to find a client that is there, and none that is called otherwise.
	wanted := first.clients[len(first.clients)-1]
	if term := searchTerm(wanted.Name.s); term != "" {
		w, err := c.walk(ctx, list{name: term, size: wholePage, max: 1}, nil)
		if err != nil {
			return []Finding{{"lists", Wrong, err.Error(), ""}}
		}
		if w.ended && !slices.ContainsFunc(w.clients, func(a area) bool { return a.ID == wanted.ID }) {
			c.notice(IgnoresSearch)
		}
	}
	var found []Finding
	for _, h := range c.Habits() {
		grade, fix := Wrong, "It stays right, and slower. Ask Halo's support whether this can be changed."
		if h == ShortPages || h == OmitsNotes {
			grade, fix = Advice, "Nothing has to be done."
		}
		found = append(found, Finding{"lists", grade, h.String(), fix})
	}
	if len(found) == 0 {
		found = []Finding{{"lists", Fine, "Halo lists clients as asked: in order, by name, with websites and notes.", ""}}
	}
	return found
}

// checkDetails looks at what Halo says of one client.
func (c *Connection) checkDetails(ctx context.Context, id int) []Finding {
	a, err := c.area(ctx, fare{}, id)
	if err != nil {
		return []Finding{{"details", Wrong, err.Error(), ""}}
	}
	var missing []string
	for name, there := range map[string]bool{
		"main_site_id": a.MainSite > 0, "ref": a.Ref.there, "notes": a.Notes.there, "website": a.Website.there,
	} {
		if !there {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	switch {
	case len(missing) == 0:
		return []Finding{{"details", Fine, "Halo gives a client's main site, reference, notes and website.", ""}}
	case !a.Ref.there && !a.Notes.there:
		return []Finding{{"details", Wrong, "Halo gives neither a client's reference nor its notes: the bot cannot find what it created when an answer is lost.",
			"Let the API application's agent see these fields."}}
	}
	return []Finding{{"details", Advice, fmt.Sprintf("Halo does not give a client's %s.", strings.Join(missing, ", ")), "Nothing has to be done."}}
}

// checkTopLevel looks for the top level that new clients are put under.
func (c *Connection) checkTopLevel(ctx context.Context) []Finding {
	want := c.settings.TopLevelID
	if want == 0 {
		return nil
	}
	type level struct {
		ID   number   `json:"id"`
		Name jsonText `json:"name"`
	}
	const none = "Halo has no top level #%d, or none that the bot may see."
	var name string
	found := false
	visit := func(l level) error {
		if int(l.ID) == want {
			found, name = true, l.Name.s
		}
		return nil
	}
	err := c.do(ctx, call{endpoint: "toplevel", path: "TopLevel", query: url.Values{"count": {"1000"}}}, func(r *http.Response) error {
		_, err := readListOf(r, []string{"toplevels", "tree"}, visit)
		return err
	})
	switch {
	case err != nil:
		return []Finding{{"top level", Advice, "Halo's top levels cannot be read: " + err.Error(), fmt.Sprintf("Check %s by hand.", c.variable("TOPLEVEL_ID"))}}
	case !found:
		return []Finding{{"top level", Wrong, fmt.Sprintf(none, want), fmt.Sprintf("Check %s.", c.variable("TOPLEVEL_ID"))}}
	}
	return []Finding{{"top level", Fine, fmt.Sprintf("New clients go under %s (#%d).", text.Short(text.Line(name), 80), want), ""}}
}

// checkCatchAll reads the clients that unknown senders are said to be filed under, and looks for
// others that are called like one.
func (c *Connection) checkCatchAll(ctx context.Context) []Finding {
	var found []Finding
	variable := c.variable("CATCH_ALL_CLIENTS")
	var ids []string
	for _, id := range c.settings.CatchAll {
		ids = append(ids, strconv.Itoa(id))
		client, err := c.Client(ctx, id)
		switch {
		case err != nil:
			found = append(found, Finding{"catch-all", Wrong, err.Error(), fmt.Sprintf("Check %s.", variable)})
		case client.Inactive:
			found = append(found, Finding{"catch-all", Wrong, fmt.Sprintf("Client #%d, %s, is inactive.", id, client.Name), fmt.Sprintf("Check %s.", variable)})
		default:
			found = append(found, Finding{"catch-all", Fine, fmt.Sprintf("Client #%d is %s.", id, client.Name), ""})
		}
	}
	for _, word := range catchAllWords() {
		w, err := c.walk(ctx, list{name: word, size: wholePage, max: 1}, nil)
		if err != nil {
			return append(found, Finding{"catch-all", Wrong, err.Error(), ""})
		}
		for _, a := range w.clients {
			if calledCatchAll(a.Name.s) && !bool(a.Inactive) && !slices.Contains(c.settings.CatchAll, int(a.ID)) && holds(a.Name.s, word) {
				found = append(found, Finding{
					"catch-all", Advice, fmt.Sprintf("Client #%d is called %s, and %s does not name it.", a.ID, a.Name.s, variable),
					fmt.Sprintf("If tickets of unknown senders land there, set %s=%s.", variable, strings.Join(append(ids, strconv.Itoa(int(a.ID))), ",")),
				})
			}
		}
	}
	return found
}
