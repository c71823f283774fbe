package onboarding

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
)

const (
	unknownID = 12
	globexID  = 30
	sender    = "jane.doe@acme.com"
)

// office is a service desk's Halo with a catch-all client, and a service that files in it.
type office struct {
	*Service
	halo    *localhalo.Server
	people  *people
	granted []string
	ticket  localhalo.Ticket
}

// newOffice has a ticket of the sender's under Unknown, and the sender as a user there unless the
// intake makes none.
func newOffice(t *testing.T, db string, change ...func(*localhalo.Options)) *office {
	t.Helper()
	opts := localhalo.Options{
		ClientID: "test-app", ClientSecret: "s3cret", Judge: halospec.Judge(t),
		Granted:  []string{"read:customers", "edit:customers", "edit:tickets"},
		CatchAll: unknownID,
		Clients:  []localhalo.Client{{ID: unknownID, Name: "Unknown"}, {ID: globexID, Name: "Globex"}},
		FirstID:  100,
	}
	for _, f := range change {
		f(&opts)
	}
	o := &office{halo: localhalo.New(opts), people: &people{}, granted: opts.Granted}
	if err := o.halo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(o.halo.Close)
	o.ticket = o.halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: sender, Subject: "Printer"})
	o.Service = o.open(t, db)
	return o
}

func (o *office) open(t *testing.T, db string) *Service {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	c := halo.New(halo.Settings{
		Name: "halo", URL: o.halo.URL(), ClientID: "test-app", ClientSecret: "s3cret",
		CatchAll: []int{unknownID}, Scope: strings.Join(o.granted, " "),
	}, &http.Client{Transport: transport, Timeout: time.Minute}, log)
	return started(t, Config{
		DatabaseURL: db, Halos: map[string]Halo{"halo": c}, Work: WorkAll, Settle: 300 * time.Millisecond, Log: log,
	}, o.people)
}

func sqliteFile(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "halobot.db") }

// wish is everything that can be filed of the office's mail.
func (o *office) wish(what ...draft.Filing) *Filing {
	if len(what) == 0 {
		what = []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain}
	}
	return &Filing{What: what, Email: sender, Name: "Jane Doe", Ticket: strconv.Itoa(o.ticket.ID), Domain: "acme.com"}
}

// filed submits a request with f and waits until all of it has ended.
func (o *office) filed(t *testing.T, r Request) (client int, ends map[draft.Filing]State) {
	t.Helper()
	submit(t, o.Service, r)
	var filings []Receipt
	await(t, "the filing", func() bool {
		first, known, err := o.Find(t.Context(), r.Key)
		if err != nil || !known || first.State.Outcome == "" {
			return false
		}
		if filings, err = o.Filings(t.Context(), r.Key); err != nil {
			t.Fatal(err)
		}
		client = clientID(first.State.Client)
		return first.Filed(filings)
	})
	ends = map[draft.Filing]State{}
	for _, f := range filings {
		ends[f.Request.File.What] = f.State
	}
	return client, ends
}

func withFiling(r Request, f *Filing) Request {
	r.Then = f
	return r
}

func TestANewClientGetsItsUserItsTicketAndItsDomain(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		o := newOffice(t, db)
		client, ends := o.filed(t, withFiling(acme(), o.wish()))
		for what, how := range map[draft.Filing]Filed{draft.FileUser: FiledMoved, draft.FileTicket: FiledMoved, draft.FileDomain: FiledMade} {
			if s := ends[what]; s.Outcome != Done || s.Filed != how {
				t.Errorf("%s: %s %s %s %s, want done, %s", what, s.Outcome, s.Filed, s.NotFiled, s.Problem, how)
			}
		}
		users := o.halo.Users(client)
		i := slices.IndexFunc(users, func(u localhalo.User) bool { return u.Email == sender })
		ticket, _ := o.halo.Ticket(o.ticket.ID)
		if i < 0 || ticket.ClientID != client || ticket.UserID != users[i].ID || ticket.SiteID != users[i].SiteID || ticket.Mailed {
			t.Errorf("the users are %+v, the ticket %+v", users, ticket)
		}
		if sites := o.halo.Sites(client); len(sites) != 1 || sites[0].EmailDomain != "acme.com" {
			t.Errorf("the sites are %+v", sites)
		}
	})
}

func TestASenderWhomNobodyKnowsBecomesAUserOnceWhateverHappensToTheAnswer(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]*localhalo.Effect{
		"answered":         nil,
		"answer lost":      ptr(localhalo.StoreThenReset()),
		"half an answer":   ptr(localhalo.StoreThenHalf()),
		"500 after it":     ptr(localhalo.StoreThenFail()),
		"503 after it":     ptr(localhalo.StoreThenUnavailable()),
		"another's name":   ptr(localhalo.Pretend(map[string]any{"emailaddress": "somebody@else.example"})),
		"never carried on": ptr(localhalo.Reset()),
		"429":              ptr(localhalo.TooMany("1")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, sqliteFile(t), func(o *localhalo.Options) { o.IntakeMakesNoUsers = true })
			if effect != nil {
				o.halo.Inject(localhalo.On(localhalo.KindUserCreate), 1, *effect)
			}
			client, ends := o.filed(t, withFiling(acme(), o.wish()))
			var janes []localhalo.User
			for _, u := range o.halo.Users(client) {
				if u.Email == sender {
					janes = append(janes, u)
				}
			}
			if len(janes) != 1 || janes[0].Welcomed || !strings.Contains(janes[0].Notes, "halo/"+acme().Key+"-user") {
				t.Fatalf("the users are %+v", janes)
			}
			if s := ends[draft.FileUser]; s.Outcome != Done || s.Filed != FiledMade || s.User.ID != janes[0].ID {
				t.Errorf("the user: %+v", s)
			}
			if s := ends[draft.FileTicket]; s.Outcome != Done || s.Filed != FiledMoved || s.Ticket.UserID != janes[0].ID {
				t.Errorf("the ticket: %+v", s)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

func TestWhatIsLeftAloneSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*localhalo.Options)
		before func(*office)
		wish   func(*Filing)
		what   draft.Filing
		want   NotFiled
	}{
		"a user of another client": {
			before: func(o *office) { o.halo.AddUser(localhalo.User{Name: "Jane", Email: sender, ClientID: globexID}) },
			what:   draft.FileUser, want: NotOtherClient,
		},
		"one by her second address, inactive": {
			before: func(o *office) {
				o.halo.AddUser(localhalo.User{Name: "Jane", Email: "j@x.example", Email2: sender, ClientID: globexID, Inactive: true})
			},
			what: draft.FileUser, want: NotOtherClient,
		},
		"a ticket on another client": {
			before: func(o *office) {
				o.halo.ChangeTicket(o.ticket.ID, func(k *localhalo.Ticket) { k.ClientID, k.SiteID, k.UserID = globexID, 0, 0 })
			},
			what: draft.FileTicket, want: NotElsewhere,
		},
		"a closed ticket": {
			before: func(o *office) {
				o.halo.ChangeTicket(o.ticket.ID, func(k *localhalo.Ticket) { k.Closed = true })
			},
			what: draft.FileTicket, want: NotClosed,
		},
		"a merged ticket": {
			before: func(o *office) {
				o.halo.ChangeTicket(o.ticket.ID, func(k *localhalo.Ticket) { k.MergedInto = 7 })
			},
			what: draft.FileTicket, want: NotMerged,
		},
		"a ticket of somebody else": {
			before: func(o *office) {
				o.ticket = o.halo.Receive(localhalo.Mail{Name: "Bob", Address: "bob@victim.example", Subject: "Payroll"})
			},
			what: draft.FileTicket, want: NotTheSenders,
		},
		"a ticket whose sender was another when a person looked": {
			before: func(o *office) {
				o.ticket = o.halo.Receive(localhalo.Mail{Name: "Bob", Address: "bob@victim.example", Subject: "Payroll"})
			},
			wish: func(f *Filing) { f.Confirmed = "eve@victim.example" },
			what: draft.FileTicket, want: NotTheSenders,
		},
		"no such ticket":   {wish: func(f *Filing) { f.Ticket = "99999" }, what: draft.FileTicket, want: NotNoTicket},
		"no ticket number": {wish: func(f *Filing) { f.Ticket = "881 or so" }, what: draft.FileTicket, want: NotNoTicket},
		"a scope that does not allow it": {
			change: func(o *localhalo.Options) { o.Granted = []string{"read:customers", "edit:customers"} },
			what:   draft.FileTicket, want: NotNoScope,
		},
		"a forged mail's user":     {wish: func(f *Filing) { f.Verdict = draft.Failed }, what: draft.FileUser, want: NotForged},
		"a forged mail's ticket":   {wish: func(f *Filing) { f.Verdict = draft.Failed }, what: draft.FileTicket, want: NotForged},
		"a forged mail's domain":   {wish: func(f *Filing) { f.Verdict = draft.Failed }, what: draft.FileDomain, want: NotForged},
		"a free-mail domain":       {wish: func(f *Filing) { f.Domain = "gmail.com" }, what: draft.FileDomain, want: NotACompanys},
		"a shared domain":          {wish: func(f *Filing) { f.Domain = "nhs.net" }, what: draft.FileDomain, want: NotACompanys},
		"the MSP's own domain":     {wish: func(f *Filing) { f.Domain = "northgate-msp.example" }, what: draft.FileDomain, want: NotOwnDomain},
		"the MSP's own people":     {wish: func(f *Filing) { f.Email = "tess@northgate-msp.example" }, what: draft.FileUser, want: NotOwnDomain},
		"a sender without address": {wish: func(f *Filing) { f.Email = "" }, what: draft.FileUser, want: NotNoAddress},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := []func(*localhalo.Options){}
			if c.change != nil {
				change = append(change, c.change)
			}
			o := newOffice(t, sqliteFile(t), change...)
			if c.before != nil {
				c.before(o)
			}
			ticket, _ := o.halo.Ticket(o.ticket.ID)
			f := o.wish(draft.FileUser, c.what)
			if c.what == draft.FileUser {
				f = o.wish(draft.FileUser)
			}
			if c.wish != nil {
				c.wish(f)
			}
			_, ends := o.filed(t, withFiling(acme(), f))
			if s := ends[c.what]; s.Outcome != Left || s.NotFiled != c.want {
				t.Errorf("%s is %s: %s %s, want left: %s", c.what, s.Outcome, s.NotFiled, s.Problem, c.want)
			}
			if now, _ := o.halo.Ticket(o.ticket.ID); c.what == draft.FileTicket && now.ClientID != ticket.ClientID {
				t.Errorf("the ticket was moved: %+v", now)
			}
			if n := len(o.halo.Calls(localhalo.On(localhalo.KindUserCreate))); n > 0 {
				t.Errorf("%d users were created", n)
			}
		})
	}
}

// The client was made while the connection led to another Halo: here its number is somebody else's.
func TestNothingIsFiledInAnotherHaloThanTheClients(t *testing.T) {
	t.Parallel()
	o := newOffice(t, sqliteFile(t))
	r := acme()
	client, _ := o.filed(t, r)
	_, err := o.File(t.Context(), FileRequest{
		Of: r, Client: halo.Client{ID: client, Name: "Acme Ltd"}, At: "https://trial.halopsa.com", Filing: *o.wish(), By: r.By, Via: r.Via,
	})
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the filings to end", func() bool {
		filings, err := o.Filings(t.Context(), r.Key)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range filings {
			if o := f.State.Outcome; o != "" && (o != Left || f.State.NotFiled != NotHere) {
				t.Errorf("%s is %s: %s", f.Request.File.What, o, f.State.NotFiled)
			}
		}
		return len(filings) == 3 && !slices.ContainsFunc(filings, func(f Receipt) bool { return f.State.Outcome == "" })
	})
	if n := len(o.halo.Calls(localhalo.On(localhalo.KindUserCreate, localhalo.KindTicketUpdate, localhalo.KindSiteUpdate))); n > 0 {
		t.Errorf("%d times something was filed", n)
	}
}

func TestAForeignTicketMovesOnceAPersonHasSeenWhoseItIs(t *testing.T) {
	t.Parallel()
	o := newOffice(t, sqliteFile(t))
	o.ticket = o.halo.Receive(localhalo.Mail{Name: "Jane", Address: "jane@private.example", Subject: "Printer"})
	client, ends := o.filed(t, withFiling(acme(), o.wish(draft.FileUser, draft.FileTicket)))
	s := ends[draft.FileTicket]
	if s.NotFiled != NotTheSenders || s.Ticket.Subject != "Printer" || Sender(*s.Ticket) != "jane@private.example" {
		t.Fatalf("the ticket is %+v", s)
	}
	first, _, err := o.Find(t.Context(), acme().Key)
	if err != nil {
		t.Fatal(err)
	}
	f := *o.wish(draft.FileTicket)
	f.Confirmed = Sender(*s.Ticket)
	again := FileRequest{Of: first.Request, Client: *first.State.Client, Filing: f, By: first.Request.By, Via: "button"}
	for range 2 { // pressed twice
		if _, err := o.File(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	await(t, "the move", func() bool { k, _ := o.halo.Ticket(o.ticket.ID); return k.ClientID == client })
	await(t, "its end", func() bool {
		filings, err := o.Filings(t.Context(), acme().Key)
		return err == nil && filings[1].Request.Round == 2 && filings[1].State.Filed == FiledMoved
	})
}

func TestARefusalIsToldInHalosWordsAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	for what, kind := range map[draft.Filing]localhalo.Kind{
		draft.FileUser: localhalo.KindUserCreate, draft.FileTicket: localhalo.KindTicketUpdate, draft.FileDomain: localhalo.KindSiteUpdate,
	} {
		t.Run(string(what), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, sqliteFile(t), func(o *localhalo.Options) { o.IntakeMakesNoUsers = true })
			o.halo.Inject(localhalo.On(kind), 1, localhalo.Refuse(400, localhalo.Sentence, "A cost centre is mandatory"))
			_, ends := o.filed(t, withFiling(acme(), o.wish()))
			if s := ends[what]; s.Outcome != Refused || !strings.Contains(s.Problem, "A cost centre is mandatory") {
				t.Fatalf("%s: %+v", what, s)
			}
			first, _, err := o.Find(t.Context(), acme().Key)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.File(t.Context(), FileRequest{
				Of: first.Request, Client: *first.State.Client, Filing: *o.wish(draft.FileUser, what), By: first.Request.By, Via: "button",
			}); err != nil {
				t.Fatal(err)
			}
			await(t, "the second try", func() bool {
				filings, err := o.Filings(t.Context(), acme().Key)
				return err == nil && !slices.ContainsFunc(filings, func(f Receipt) bool { return f.Request.File.What == what && f.State.Outcome != Done })
			})
		})
	}
}

func TestTwoAlertsOfOnePersonMakeOneUser(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		o := newOffice(t, db, func(o *localhalo.Options) { o.IntakeMakesNoUsers = true })
		services := []*Service{o.Service, o.open(t, db)}
		// A list that shows users late.
		o.halo.Inject(localhalo.On(localhalo.KindUserCreate), 0, localhalo.Hide(2*time.Second))
		for i := range 8 {
			r := acme()
			r.Key, r.Use = fmt.Sprintf("T1-C1-%d", i), globexID
			submit(t, services[i%2], withFiling(r, &Filing{What: []draft.Filing{draft.FileUser}, Email: sender, Name: "Jane Doe"}))
		}
		await(t, "all filings", func() bool {
			for i := range 8 {
				filings, err := o.Filings(t.Context(), fmt.Sprintf("T1-C1-%d", i))
				if err != nil || len(filings) != 1 || filings[0].State.Outcome == "" {
					return false
				}
				if filings[0].State.Outcome != Done {
					t.Fatalf("filing %d: %+v", i, filings[0].State)
				}
			}
			return true
		})
		if n := len(o.halo.Calls(localhalo.On(localhalo.KindUserCreate))); n != 1 {
			t.Errorf("%d users were created", n)
		}
	})
}

func TestWhoJoinsGetsTheirFilingToo(t *testing.T) {
	t.Parallel()
	o := newOffice(t, sqliteFile(t))
	held := o.halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	submit(t, o.Service, acme())
	second := withFiling(acme(), o.wish(draft.FileUser))
	second.By, second.Reply = Person{ID: "U2", Name: "Tom"}, []byte(`{"m":"V2"}`)
	if receipt := submit(t, o.Service, second); !receipt.Joined {
		t.Fatal("the second one did not join")
	}
	held.Release()
	await(t, "the second one's filing", func() bool {
		filings, err := o.Filings(t.Context(), acme().Key)
		return err == nil && len(filings) == 1 && filings[0].State.Outcome == Done && filings[0].Request.By.ID == "U2"
	})
}

func TestFilingNeitherDelaysNorUndoesTheClient(t *testing.T) {
	t.Parallel()
	o := newOffice(t, sqliteFile(t))
	o.halo.Inject(localhalo.On(localhalo.KindUsers, localhalo.KindTicket, localhalo.KindSite), 0, localhalo.Unavailable())
	submit(t, o.Service, withFiling(acme(), o.wish()))
	await(t, "the client to be told", func() bool { return slices.Contains(o.people.outcomes(), Created) })
	await(t, "filing to wait", func() bool {
		filings, err := o.Filings(t.Context(), acme().Key)
		return err == nil && len(filings) == 3 && filings[0].State.Phase == Outage
	})
	o.halo.ClearFaults()
	await(t, "filing to go on", func() bool {
		filings, err := o.Filings(t.Context(), acme().Key)
		return err == nil && !slices.ContainsFunc(filings, func(f Receipt) bool { return f.State.Outcome != Done })
	})
}

func TestAMoveWhoseAnswerWasLostIsToldAsAMove(t *testing.T) {
	t.Parallel()
	o := newOffice(t, sqliteFile(t))
	o.halo.Inject(localhalo.On(localhalo.KindUserUpdate, localhalo.KindTicketUpdate, localhalo.KindSiteUpdate), 3, localhalo.StoreThenReset())
	client, ends := o.filed(t, withFiling(acme(), o.wish()))
	for what, how := range map[draft.Filing]Filed{draft.FileUser: FiledMoved, draft.FileTicket: FiledMoved, draft.FileDomain: FiledMade} {
		if s := ends[what]; s.Outcome != Done || s.Filed != how {
			t.Errorf("%s: %s %s %s %s, want done, %s", what, s.Outcome, s.Filed, s.NotFiled, s.Problem, how)
		}
	}
	if ticket, _ := o.halo.Ticket(o.ticket.ID); ticket.ClientID != client {
		t.Errorf("the ticket is %+v", ticket)
	}
}
