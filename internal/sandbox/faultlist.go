package sandbox

import (
	"net/http"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// fault is something that a person can make go wrong from the page.
type fault struct {
	ID        string
	Side      string // halo or slack
	Group     string // the heading that it stands under
	Name      string
	Expect    string   // what the bot should do about it
	Momentary bool     // it happens once, when asked for
	Choices   []string // of how it goes; the first at first
	// on makes it happen, as chosen, and returns what ends it; nil when nothing does.
	on func(s *Sandbox, choice string) (off func())
}

// The headings of the faults.
const (
	answering = "Halo answers"
	meanwhile = "In Halo meanwhile"
	listing   = "Halo’s lists"
	slacking  = "Slack"
)

// The faults of Halo are those of the first tenant: a second one goes on working.
var faults = []fault{
	{
		ID: "lost", Side: "halo", Group: answering, Name: "Loses the answer to", Choices: written,
		Expect: "It is in Halo before the bot knows. The bot looks for its own reference, finds it and goes on with that: one client, one user, not two.",
		on:     onWrite(localhalo.StoreThenReset()),
	},
	{
		ID: "stored503", Side: "halo", Group: answering, Name: "Stores, but answers 503 to", Choices: written,
		Expect: "Like a proxy that gives up too early. The bot takes this as “unknown”, not as “not done”, and looks before it sends anything again.",
		on:     onWrite(localhalo.StoreThenUnavailable()),
	},
	{
		ID: "refuses", Side: "halo", Group: answering, Name: "Refuses", Choices: written,
		Expect: "Halo’s own sentence is shown, and whoever asked can try again with everything still filled in.",
		on: onWrite(localhalo.Refuse(http.StatusBadRequest, localhalo.Message,
			"An account manager has to be chosen before this can be saved.")),
	},
	{
		ID: "late", Side: "halo", Group: answering, Name: "Loses a client, stores it later",
		Expect: "The client turns up 8 seconds after the connection broke. The bot waits, and looks before it sends anything again: one client.",
		on:     halo(localhalo.On(localhalo.KindCreate), localhalo.StoreLate(8*time.Second)),
	},
	{
		ID: "slow", Side: "halo", Group: answering, Name: "Slow", Choices: []string{"3 seconds", "6 seconds", "15 seconds"},
		Expect: "Every call takes this long. The form still opens at once, and says how far it is. A Halo that takes 15 seconds counts as not answering: the bot keeps trying, and says so.",
		on: func(s *Sandbox, choice string) func() {
			lasts := map[string]time.Duration{"3 seconds": 3 * time.Second, "6 seconds": 6 * time.Second, "15 seconds": 15 * time.Second}
			return s.tenants[0].halo.Inject(nil, 0, localhalo.Slow(lasts[choice])).Clear
		},
	},
	{
		ID: "down", Side: "halo", Group: answering, Name: "Down for maintenance (503)",
		Expect: "The bot keeps trying for 15 minutes and says so. Switch this off, and the client is created; nothing has to be typed again.",
		on:     halo(nil, localhalo.Unavailable()),
	},
	{
		ID: "busy", Side: "halo", Group: answering, Name: "Too many requests (429)",
		Expect: "The bot waits as long as Halo asks (5 seconds) and tries again by itself. Switch this off, and the client is created.",
		on:     halo(nil, localhalo.TooMany("5")),
	},
	{
		ID: "token", Side: "halo", Group: answering, Name: "Takes the token back", Momentary: true,
		Expect: "The next call gets a 401. The bot asks for one new token and goes on; nobody notices.",
		on: func(s *Sandbox, _ string) func() {
			s.tenants[0].halo.RevokeTokens()
			return nil
		},
	},
	{
		ID: "moved", Side: "halo", Group: meanwhile, Name: "Somebody moves the ticket",
		Expect: "By the time the bot reads the ticket, it is already with Initech. The bot leaves it there, and says where it is.",
		on: halo(localhalo.On(localhalo.KindTicket), inTicket("moved by somebody else", func(s *localhalo.Server, t *localhalo.Ticket) {
			t.ClientID, t.SiteID, t.UserID = known.ClientID, known.SiteID, known.ID
		})),
	},
	{
		ID: "closed", Side: "halo", Group: meanwhile, Name: "Somebody closes the ticket",
		Expect: "A closed ticket is not touched. The client and its user are still created, and the thread says what was not done.",
		on: halo(localhalo.On(localhalo.KindTicket), inTicket("closed by somebody else", func(_ *localhalo.Server, t *localhalo.Ticket) {
			t.Closed, t.StatusID = true, localhalo.StatusClosed
		})),
	},
	{
		ID: "general", Side: "halo", Group: meanwhile, Name: "Strangers do not become users",
		Expect: "A mail’s ticket then belongs to the general user under Unknown. The sender is created as a user instead of being moved.",
		on: func(s *Sandbox, _ string) func() {
			s.tenants[0].halo.SetIntake(false)
			return func() { s.tenants[0].halo.SetIntake(true) }
		},
	},
	{
		ID: "ignores", Side: "halo", Group: listing, Name: "Ignore",
		Choices: []string{"order", "search", "search_name_only", "include_website", "includenotes", "pageinate", "page_size", "includeinactive"},
		Expect:  "The bot notices that a list is not what it asked for, says so in its log, and reads the whole list instead. No client twice.",
		on:      func(s *Sandbox, choice string) func() { return s.tenants[0].halo.Ignore(choice) },
	},
	{
		ID: "short", Side: "halo", Group: listing, Name: "Short pages",
		Expect: "A page has 10 rows, whatever is asked for, while record_count says more. The bot reads on to the end.",
		on: func(s *Sandbox, _ string) func() {
			s.tenants[0].halo.SetLists(func(l *localhalo.Lists) { l.PageCap = 10 })
			return func() { s.tenants[0].halo.SetLists(func(l *localhalo.Lists) { l.PageCap = 0 }) }
		},
	},
	{
		ID: "lag", Side: "halo", Group: listing, Name: "Show what is new 10 seconds late",
		Expect: "After a lost answer, one look is then not enough. The bot goes on looking until the client would be listed.",
		on: func(s *Sandbox, _ string) func() {
			s.tenants[0].halo.SetLists(func(l *localhalo.Lists) { l.Lag = 10 * time.Second })
			return func() { s.tenants[0].halo.SetLists(func(l *localhalo.Lists) { l.Lag = 0 }) }
		},
	},
	{
		ID: "refresh", Side: "slack", Group: slacking, Name: "Refreshes a socket", Momentary: true,
		Expect: "As Slack does every few hours. The bot holds two sockets, so commands go on without a gap.",
		on: func(s *Sandbox, _ string) func() {
			s.slack.RefreshOne("refresh_requested")
			return nil
		},
	},
	{
		ID: "drop", Side: "slack", Group: slacking, Name: "Drops every connection", Momentary: true,
		Expect: "Without a word, as a router does. A command at this moment fails; within a second or two the bot is back.",
		on: func(s *Sandbox, _ string) func() {
			s.slack.DropSockets()
			return nil
		},
	},
	{
		ID: "limit", Side: "slack", Group: slacking, Name: "Takes no messages (429)",
		Expect: "The form shows the result at once. The message in the channel follows when this is off: late, not lost.",
		on: func(s *Sandbox, _ string) func() {
			return s.slack.Break("chat.postMessage", 0, localslack.Limited(2*time.Second))
		},
	},
	{
		ID: "silent", Side: "slack", Group: slacking, Name: "Does not say who people are (503)",
		Expect: "What was accepted waits, and says so; only a no ends a request. Switch this off, and it goes on.",
		on: func(s *Sandbox, _ string) func() {
			return s.slack.Break("users.info", 0, localslack.Status(http.StatusServiceUnavailable))
		},
	},
	{
		ID: "revoked", Side: "slack", Group: slacking, Name: "Takes the bot’s access back",
		Expect: "As when somebody removes the app. People are told to see the bot’s administrator, its log says what to do, and it is not ready. Switch this off, and it goes on within seconds.",
		on: func(s *Sandbox, _ string) func() {
			s.slack.SetTokenError("token_revoked")
			return func() { s.slack.SetTokenError("") }
		},
	},
	{
		ID: "disabled", Side: "slack", Group: slacking, Name: "Turns sockets away",
		Expect: "As when Socket Mode is switched off. The bot’s log says why, once, and it tries again every few seconds.",
		on: func(s *Sandbox, _ string) func() {
			s.slack.RefuseSockets("link_disabled")
			s.slack.DropSockets()
			return func() { s.slack.RefuseSockets("") }
		},
	},
	{
		ID: "away", Side: "slack", Group: slacking, Name: "Away",
		Expect: "Commands and clicks fail, as they would. What was accepted before goes on in Halo, and is announced when Slack is back.",
		on: func(s *Sandbox, _ string) func() {
			s.slack.SetAway(localslack.Unavailable)
			return func() { s.slack.SetAway(localslack.Present) }
		},
	},
}

// written are what the bot writes in Halo, as a choice, each with its calls.
var (
	written = []string{"a client", "a user", "a ticket", "a site"}
	writes  = map[string]localhalo.Match{
		"a client": localhalo.On(localhalo.KindCreate),
		"a user":   localhalo.On(localhalo.KindUserCreate, localhalo.KindUserUpdate),
		"a ticket": localhalo.On(localhalo.KindTicketUpdate),
		"a site":   localhalo.On(localhalo.KindSiteUpdate),
	}
)

// onWrite is an effect on one of the things that the bot writes.
func onWrite(e localhalo.Effect) func(*Sandbox, string) func() {
	return func(s *Sandbox, choice string) func() { return s.tenants[0].halo.Inject(writes[choice], 0, e).Clear }
}

func halo(m localhalo.Match, e localhalo.Effect) func(*Sandbox, string) func() {
	return func(s *Sandbox, _ string) func() { return s.tenants[0].halo.Inject(m, 0, e).Clear }
}

// inTicket has somebody do something to the ticket that a call is about, before the call.
func inTicket(name string, do func(*localhalo.Server, *localhalo.Ticket)) localhalo.Effect {
	return localhalo.Effect{Name: name, Before: func(s *localhalo.Server, c localhalo.Call) {
		s.ChangeTicket(c.ID, func(t *localhalo.Ticket) { do(s, t) })
	}}
}
