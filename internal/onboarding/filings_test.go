package onboarding

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

func TestWhatBecomesOfAFiling(t *testing.T) {
	t.Parallel()
	user, ticket, domain := draft.FileUser, draft.FileTicket, draft.FileDomain
	type end struct {
		Outcome  Outcome
		Filed    Filed
		NotFiled NotFiled
		User     int
	}
	done := func(how Filed, user int) end { return end{Done, how, "", user} }
	left := func(why NotFiled) end { return end{Left, "", why, 0} }
	known := func(users ...halo.User) func(*cabinet, *Request) {
		return func(c *cabinet, _ *Request) { c.users = users }
	}
	on := func(change func(t *halo.Ticket)) func(*cabinet, *Request) {
		return func(c *cabinet, _ *Request) { change(&c.ticket); c.users = []halo.User{jane(5, acmeID, 302)} }
	}
	numbered := func(number string) func(*cabinet, *Request) {
		return func(c *cabinet, r *Request) {
			r.File.Filing.Ticket, c.users = number, []halo.User{jane(5, acmeID, 302)}
		}
	}
	for _, k := range []struct {
		name   string
		what   draft.Filing
		change func(c *cabinet, r *Request)
		want   end
		writes []string
	}{
		{"nobody knows her", user, nil, done(FiledMade, 50), []string{"create user"}},
		{"she is a user of the client", user, known(jane(5, acmeID, 302)), done(FiledAlready, 5), nil},
		{"an active one of several", user, known(inactive(jane(5, acmeID, 302)), jane(6, acmeID, 302)), done(FiledAlready, 6), nil},
		{"the active one comes first", user, known(jane(6, acmeID, 302), inactive(jane(5, acmeID, 302))), done(FiledAlready, 6), nil},
		{"only the list of all shows it", user, func(c *cabinet, _ *Request) {
			c.users, c.unlisted = []halo.User{jane(5, acmeID, 302)}, []int{acmeID}
		}, done(FiledAlready, 5), nil},
		{"under the catch-all", user, known(jane(5, unknownID, 121)), done(FiledMoved, 5), []string{"move user"}},
		{"of another client", user, known(jane(5, globexID, 1)), end{Left, "", NotOtherClient, 5}, nil},
		{"of another one and under the catch-all", user, known(jane(5, globexID, 1), jane(6, unknownID, 121)), end{Left, "", NotOtherClient, 5}, nil},
		{"the client has no site", user, func(c *cabinet, _ *Request) { c.main = halo.MainSite{} }, left(NotNoSite), nil},
		{"none of its sites is the main one", user, func(c *cabinet, _ *Request) {
			c.main = halo.MainSite{Choices: []halo.Site{{ID: 1}, {ID: 2}}}
		}, left(NotWhichSite), nil},
		{"she has no address", user, func(_ *cabinet, r *Request) { r.File.Filing.Email = "Jane" }, left(NotNoAddress), nil},
		{"she is one of us", user, func(_ *cabinet, r *Request) { r.File.Filing.Email = "tess@northgate-msp.example" }, left(NotOwnDomain), nil},
		{"the mail is forged", user, func(_ *cabinet, r *Request) { r.File.Filing.Verdict = draft.Failed }, left(NotForged), nil},
		{"the mail is what it says", user, func(_ *cabinet, r *Request) { r.File.Filing.Verdict = draft.Passed }, done(FiledMade, 50), []string{"create user"}},
		{"the client is of another Halo", user, func(_ *cabinet, r *Request) { r.File.At = "https://trial.halopsa.com" }, left(NotHere), nil},
		{"the client is of this Halo", user, func(c *cabinet, r *Request) { r.File.At = c.Address() }, done(FiledMade, 50), []string{"create user"}},
		{"the client is the catch-all", user, func(_ *cabinet, r *Request) { r.File.Client.ID = unknownID }, left(NotOnCatchAll), nil},
		{"the connection is gone", user, func(_ *cabinet, r *Request) { r.Draft.Connection = "gone" }, end{Outcome: Refused}, nil},

		{"the ticket is the sender's", ticket, known(jane(5, acmeID, 302)), done(FiledMoved, 5), []string{"move ticket"}},
		{"she has no site", ticket, known(jane(5, acmeID, 0)), done(FiledMoved, 5), []string{"move ticket"}},
		{"neither has the client", ticket, func(c *cabinet, _ *Request) {
			c.users, c.main = []halo.User{jane(5, acmeID, 0)}, halo.MainSite{}
		}, left(NotNoSite), nil},
		{"she is no user", ticket, nil, left(NotNoUser), nil},
		{"it is on the client", ticket, on(func(t *halo.Ticket) { t.ClientID = acmeID }), done(FiledAlready, 0), nil},
		{"it was moved by half", ticket, func(c *cabinet, _ *Request) {
			c.users, c.ticket.ClientID, c.behind = []halo.User{jane(5, acmeID, 302)}, acmeID, unknownID
		}, done(FiledMoved, 5), []string{"move ticket"}},
		{"it is on the client, its user on another", ticket, func(c *cabinet, _ *Request) {
			c.ticket.ClientID, c.behind = acmeID, globexID
		}, done(FiledAlready, 0), nil},
		{"it is on another", ticket, on(func(t *halo.Ticket) { t.ClientID = globexID }), left(NotElsewhere), nil},
		{"it is closed", ticket, on(func(t *halo.Ticket) { t.Closed = true }), left(NotClosed), nil},
		{"it is merged", ticket, on(func(t *halo.Ticket) { t.MergedInto = 1 }), left(NotMerged), nil},
		{"it is deleted", ticket, on(func(t *halo.Ticket) { t.Deleted = true }), left(NotDeleted), nil},
		{"it is another's", ticket, on(func(t *halo.Ticket) { t.From = []string{"Bob@victim.example"} }), left(NotTheSenders), nil},
		{"it is nobody's", ticket, on(func(t *halo.Ticket) { t.From = nil }), left(NotTheSenders), nil},
		{"it is another's, as a person saw", ticket, func(c *cabinet, r *Request) {
			c.ticket.From, c.users, r.File.Filing.Confirmed = []string{"Bob@victim.example"}, []halo.User{jane(5, acmeID, 302)}, "bob@victim.example"
		}, done(FiledMoved, 5), []string{"move ticket"}},
		{"it is nobody's, as a person saw", ticket, func(c *cabinet, r *Request) {
			c.ticket.From, c.users, r.File.Filing.Confirmed = nil, []halo.User{jane(5, acmeID, 302)}, Sender(halo.Ticket{})
		}, done(FiledMoved, 5), []string{"move ticket"}},
		{"it is another's than a person saw", ticket, func(c *cabinet, r *Request) {
			c.ticket.From, r.File.Filing.Confirmed = []string{"Bob@victim.example"}, "eve@victim.example"
		}, left(NotTheSenders), nil},
		{"no catch-all is configured", ticket, func(c *cabinet, _ *Request) { c.catchAll = nil }, left(NotNoCatchAll), nil},
		{"the scope does not allow it", ticket, func(c *cabinet, _ *Request) { c.noScope = true }, left(NotNoScope), nil},
		{"it is written with a sign", ticket, numbered(" #00881 "), done(FiledMoved, 5), []string{"move ticket"}},
		{"there is no such ticket", ticket, numbered("882"), left(NotNoTicket), nil},
		{"it has no number", ticket, numbered("881 or so"), left(NotNoTicket), nil},
		{"its number is negative", ticket, numbered("-881"), left(NotNoTicket), nil},
		{"its number is zero", ticket, numbered("-0"), left(NotNoTicket), nil},
		{"its sender has no address", ticket, func(_ *cabinet, r *Request) { r.File.Filing.Email = "" }, left(NotNoAddress), nil},

		{"the site has no domain", domain, nil, done(FiledMade, 0), []string{"set domain"}},
		{"the site has it", domain, func(c *cabinet, _ *Request) { c.main.Site.EmailDomain = "acme.com" }, done(FiledAlready, 0), nil},
		{"the site has another", domain, func(c *cabinet, _ *Request) { c.main.Site.EmailDomain = "acme.org" }, left(NotOtherDomain), nil},
		{"Halo makes another of it", domain, func(c *cabinet, _ *Request) { c.keeps = "acme.org" }, left(NotOtherDomain), []string{"set domain"}},
		{"Halo does not keep it", domain, func(c *cabinet, _ *Request) { c.keeps = "nothing" }, left(NotKept), []string{"set domain"}},
		{"it is of no company", domain, func(_ *cabinet, r *Request) { r.File.Filing.Domain = "gmail.com" }, left(NotACompanys), nil},
		{"it is ours", domain, func(_ *cabinet, r *Request) { r.File.Filing.Domain = "northgate-msp.example" }, left(NotOwnDomain), nil},
		{"the mail was one of ours", domain, func(_ *cabinet, r *Request) { r.File.Filing.Email = "tess@northgate-msp.example" }, done(FiledMade, 0), []string{"set domain"}},
		{"nobody wrote", domain, func(_ *cabinet, r *Request) { r.File.Filing.Email = "" }, done(FiledMade, 0), []string{"set domain"}},
		{"the site is not to be told", domain, func(c *cabinet, _ *Request) { c.main = halo.MainSite{} }, left(NotNoSite), nil},
	} {
		t.Run(string(k.what)+": "+k.name, func(t *testing.T) {
			t.Parallel()
			c, r := newCabinet(), filingOf(k.what)
			if k.change != nil {
				k.change(c, &r)
			}
			filingIn(t, r, c, func(t *testing.T, w *world) {
				s := w.work(t)
				got := end{Outcome: s.Outcome, Filed: s.Filed, NotFiled: s.NotFiled}
				if s.User != nil {
					got.User = s.User.ID
				}
				if diff := cmp.Diff(k.want, got); diff != "" {
					t.Errorf("it ends (-want +got):\n%s\n%s", diff, s.Problem)
				}
				if diff := cmp.Diff(k.writes, c.writes()); diff != "" {
					t.Errorf("written was (-want +got):\n%s", diff)
				}
				if moved := slices.Contains(c.calls, "move ticket"); moved && (c.ticket.ClientID != acmeID || c.ticket.UserID != 5 || c.ticket.SiteID <= 0) {
					t.Errorf("the ticket is %+v", c.ticket)
				}
				if read := slices.Contains(c.calls, "ticket"); read && r.File.Filing.Ticket == "-0" {
					t.Error("ticket 0 was read")
				}
			})
		})
	}
}

func inactive(u halo.User) halo.User {
	u.Inactive = true
	return u
}

// A Halo that was restored gives numbers out again.
func TestNothingIsFiledWithWhoeverHasTheClientsNumberToday(t *testing.T) {
	t.Parallel()
	bank := halo.Client{ID: acmeID, Name: "Bankhaus Meier", Website: "meier.de"}
	for name, k := range map[string]struct {
		was, now halo.Client
		seen     time.Duration // how long before the filing; 0 = not known
		left     bool
	}{
		"another one":              {was: halo.Client{Name: "Acme Ltd", Website: "acme.com"}, now: bank, left: true},
		"another one, seen before": {was: halo.Client{Name: "Acme Ltd", Website: "acme.com"}, now: bank, seen: justFiled, left: true},
		"seen just now":            {was: halo.Client{Name: "Acme Ltd", Website: "acme.com"}, now: bank, seen: justFiled - 1},
		"renamed":                  {was: halo.Client{Name: "Acme Ltd", Website: "meier.de"}, now: bank},
		"renamed, with its key":    {was: halo.Client{Name: "Acme Ltd"}, now: halo.Client{ID: acmeID, Name: "Bankhaus Meier", Marked: acme().Reference()}},
		"nobody may read it":       {was: halo.Client{Name: "Acme Ltd"}, now: halo.Client{ID: globexID, Name: "Globex"}},
	} {
		for what, make := range filings() {
			t.Run(name+": "+what, func(t *testing.T) {
				t.Parallel()
				c, r := make()
				r.File.Client, c.clients = k.was, []halo.Client{k.now}
				r.File.Client.ID = acmeID
				filingIn(t, r, c, func(t *testing.T, w *world) {
					if k.seen > 0 {
						r.File.Seen = time.Now().Add(-k.seen)
					}
					s := w.work(t)
					if !k.left {
						if s.Outcome != Done || len(c.writes()) != 1 {
							t.Errorf("it is %+v, written was %q", s, c.writes())
						}
						return
					}
					if s.Outcome != Left || s.NotFiled != NotThatClient || len(s.Found) != 1 || s.Found[0] != bank || len(c.writes()) > 0 {
						t.Errorf("it is %+v, written was %q", s, c.writes())
					}
				})
			})
		}
	}
}

// filings are one of each, all of which write.
func filings() map[string]func() (*cabinet, Request) {
	return map[string]func() (*cabinet, Request){
		"create a user": func() (*cabinet, Request) { return newCabinet(), filingOf(draft.FileUser) },
		"move a user": func() (*cabinet, Request) {
			c := newCabinet()
			c.users = []halo.User{jane(5, unknownID, 121)}
			return c, filingOf(draft.FileUser)
		},
		"move a ticket": func() (*cabinet, Request) {
			c := newCabinet()
			c.users = []halo.User{jane(5, acmeID, 0)}
			return c, filingOf(draft.FileTicket)
		},
		"move the rest of a ticket": func() (*cabinet, Request) {
			c := newCabinet()
			c.users, c.ticket.ClientID, c.behind = []halo.User{jane(5, acmeID, 302)}, acmeID, unknownID
			return c, filingOf(draft.FileTicket)
		},
		"set a domain": func() (*cabinet, Request) { return newCabinet(), filingOf(draft.FileDomain) },
	}
}

func TestAFilingOfWhichAnyCallFailsGoesOnOrEndsWithTheReason(t *testing.T) {
	t.Parallel()
	for name, make := range filings() {
		for failure, fails := range map[string]func() error{"refused": refused, "not done": notDone} {
			for n := 1; ; n++ {
				c, r := make()
				failed := ""
				c.fail = func(call int, what string) error {
					if call != n {
						return nil
					}
					failed = what
					return fails()
				}
				filingIn(t, r, c, func(t *testing.T, w *world) {
					wait, err := w.once(t, 1)
					s := w.state(t)
					switch {
					case err != nil:
						t.Fatal(err)
					case failed == "":
						if s.Outcome != Done {
							t.Errorf("%s: it is %+v", name, s)
						}
						return
					case failure == "refused":
						if s.Outcome != Refused || s.Problem != "Halo refused." || s.Sends != 0 || wait != 0 {
							t.Errorf("%s, %s is refused: %v, %+v", name, failed, wait, s)
						}
						return
					case s.Outcome != "" || s.Phase != Outage || s.Sends != 0 || wait == 0:
						t.Errorf("%s, %s is not done: %v, %+v", name, failed, wait, s)
					}
					if s := w.work(t); s.Outcome != Done || s.Filed == FiledAlready {
						t.Errorf("%s, %s is not done at first: in the end it is %+v", name, failed, s)
					}
				})
				if failed == "" {
					break
				}
			}
		}
	}
}

func TestAFilingWhoseAnswerIsLostIsToldAsWhatItDid(t *testing.T) {
	t.Parallel()
	for name, make := range filings() {
		for _, carriedOut := range []bool{true, false} {
			c, r := make()
			if c.lost = carriedOut; !carriedOut {
				c.fail = func(_ int, what string) error {
					if len(c.writes()) == 1 && what == c.writes()[0] {
						return unknown()
					}
					return nil
				}
			}
			filingIn(t, r, c, func(t *testing.T, w *world) {
				if wait, err := w.once(t, 1); err != nil || wait == 0 || w.state(t).Sends != 1 {
					t.Errorf("%s: %v, %v, %+v", name, wait, err, w.state(t))
				}
				began := time.Now()
				s := w.work(t)
				if s.Outcome != Done || s.Filed == FiledAlready {
					t.Errorf("%s, carried out %t: it is %+v", name, carriedOut, s)
				}
				if took := time.Since(began); carriedOut && took >= settleTime {
					t.Errorf("%s: it was seen after %v", name, took)
				}
				if want := map[bool]int{true: 1, false: 2}[carriedOut]; len(c.writes()) != want {
					t.Errorf("%s, carried out %t: %q", name, carriedOut, c.writes())
				}
				if made := s.Filed == FiledMade; made != (name == "create a user" || name == "set a domain") {
					t.Errorf("%s: it is told as %s", name, s.Filed)
				}
			})
		}
	}
}

// The POST counts as lost, and the user is there all the same: it made them.
func TestAUserThatTurnsUpLateWasMade(t *testing.T) {
	t.Parallel()
	c := newCabinet()
	c.users = []halo.User{jane(5, acmeID, 302)}
	filingIn(t, filingOf(draft.FileUser), c, func(t *testing.T, w *world) {
		w.as(t, State{Phase: Working, Sends: 1, SentTo: c.Address()})
		if s := w.work(t); s.Outcome != Done || s.Filed != FiledMade {
			t.Errorf("it is %+v", s)
		}
	})
}

func TestAFilingThatCannotBeMarkedIsNotSent(t *testing.T) {
	t.Parallel()
	for name, make := range filings() {
		c, r := make()
		filingIn(t, r, c, func(t *testing.T, w *world) {
			w.disk.crash = func(s State) bool { return s.Sends > 0 }
			a := &attempt{Service: w.Service, log: w.log}
			row, err := w.disk.get(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if a.stored, err = decode(row); err != nil {
				t.Fatal(err)
			}
			if _, err := a.run(t.Context()); !errors.Is(err, errCrash) || a.state.Sends != 0 || len(c.writes()) > 0 {
				t.Errorf("%s: %v, %+v, %q", name, err, a.state, c.writes())
			}
		})
	}
}

func TestATicketWaitsForItsUserAndIsMovedToThem(t *testing.T) {
	t.Parallel()
	user := jane(5, acmeID, 302)
	site := func(id int) *halo.User { u := jane(5, acmeID, id); return &u }
	other := halo.User{ID: 5, Emails: []string{"j@x.example"}, ClientID: acmeID, SiteID: 302}
	for name, k := range map[string]struct {
		user  State // of the user's filing
		age   time.Duration
		waits time.Duration
		looks bool // for the user
	}{
		"in hand":             {waits: 100 * time.Millisecond},
		"in hand for seconds": {age: 4 * time.Second, waits: 2 * time.Second},
		"in hand for long":    {age: time.Hour, waits: 3 * time.Second},
		"just done":           {user: State{Outcome: Done, User: &user}},
		"just done, no site":  {user: State{Outcome: Done, User: site(0)}, looks: true},
		"done, with no user":  {user: State{Outcome: Done}, looks: true},
		"of another address":  {user: State{Outcome: Done, User: &other}, looks: true},
		"done a minute ago":   {user: State{Outcome: Done, User: &user}, age: justFiled, looks: true},
		"left":                {user: State{Outcome: Left, User: &user}, looks: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, r := newCabinet(), filingOf(draft.FileTicket)
			c.users, r.File.Filing.What = []halo.User{user}, []draft.Filing{draft.FileUser, draft.FileTicket}
			filingIn(t, r, c, func(t *testing.T, w *world) {
				first := w.disk.args[1]
				first.At = time.Now().Add(-k.age)
				w.disk.args[1] = first
				if k.user.Outcome != "" {
					k.user.Ended = time.Now().Add(-k.age)
				}
				w.aheadOf(t, filingOf(draft.FileUser), k.user)
				wait, err := w.once(t, 1)
				if err != nil || wait != k.waits {
					t.Errorf("it waits for %v, %v; want %v", wait, err, k.waits)
				}
				if moved := w.state(t).Filed == FiledMoved; moved != (k.waits == 0) {
					t.Errorf("it is %+v", w.state(t))
				}
				if looks := slices.Contains(c.calls, "find"); looks != k.looks {
					t.Errorf("it looked for the user: %t, want %t", looks, k.looks)
				}
			})
		})
	}
}

// Halo's list is late: only the bot itself knows whom it made.
func TestAUserWhomAFilingBeforeMadeIsReadByTheirID(t *testing.T) {
	t.Parallel()
	made := jane(5, acmeID, 302)
	moved, renamed := jane(5, globexID, 1), made
	renamed.Emails = []string{"j@x.example"}
	for name, k := range map[string]struct {
		ahead State
		users []halo.User
		fail  error
		want  Outcome
		made  bool // another one
	}{
		"they are there":      {ahead: State{Outcome: Done, User: &made}, users: []halo.User{made}, want: Done},
		"of another address":  {ahead: State{Outcome: Done, User: &made}, users: []halo.User{renamed}, want: Done, made: true},
		"of another client":   {ahead: State{Outcome: Done, User: &made}, users: []halo.User{moved}, want: Left},
		"they are gone":       {ahead: State{Outcome: Done, User: &made}, want: Done, made: true},
		"done, with nobody":   {ahead: State{Outcome: Done}, want: Done, made: true},
		"they were left":      {ahead: State{Outcome: Left, User: &made}, users: []halo.User{made}, want: Done},
		"they cannot be read": {ahead: State{Outcome: Done, User: &made}, users: []halo.User{made}, fail: refused(), want: Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, r := newCabinet(), filingOf(draft.FileUser)
			c.users, c.unlisted, r.After = k.users, []int{acmeID}, []int64{2, 99}
			c.fail = func(_ int, what string) error { return map[bool]error{true: k.fail}[what == "user"] }
			filingIn(t, r, c, func(t *testing.T, w *world) {
				w.aheadOf(t, filingOf(draft.FileUser), k.ahead)
				s := w.work(t)
				if s.Outcome != k.want || len(c.writes()) > 0 != k.made {
					t.Errorf("it is %+v, written was %q", s, c.writes())
				}
				if read, everywhere := slices.Contains(c.calls, "user"), slices.Contains(c.calls, "find everywhere"); k.want == Done && !k.made && read == everywhere {
					t.Errorf("the calls are %q", c.calls)
				}
			})
		})
	}
	t.Run("the database does not answer", func(t *testing.T) {
		t.Parallel()
		c, r := newCabinet(), filingOf(draft.FileUser)
		r.After = []int64{2}
		filingIn(t, r, c, func(t *testing.T, w *world) {
			w.aheadOf(t, filingOf(draft.FileUser), State{Outcome: Done})
			reads := 0
			w.disk.unread = func(id int64) error {
				if reads++; reads == 3 { // once for the request itself, once for its turn
					return errBroken
				}
				return nil
			}
			if _, err := w.once(t, 1); !errors.Is(err, errBroken) || len(c.writes()) > 0 {
				t.Errorf("it goes on: %v, %q", err, c.writes())
			}
		})
	})
}

func TestASenderIsNamedAsAPersonConfirmsThem(t *testing.T) {
	t.Parallel()
	for want, from := range map[string][]string{"nobody": nil, "bob@x.example": {"Bob@x.example"}, "a@x.example b@y.example": {"A@x.example", "b@y.example"}} {
		if got := Sender(halo.Ticket{From: from}); got != want {
			t.Errorf("of %q it is %q, want %q", from, got, want)
		}
	}
}
