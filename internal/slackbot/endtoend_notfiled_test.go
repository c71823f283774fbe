package slackbot_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// restartWith kills the bot and starts another on its database, whose variables differ.
func (d desk) restartWith(env map[string]string) {
	d.Helper()
	d.Kill(0)
	vars := slices.DeleteFunc(d.Env(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		_, changed := env[name]
		return changed
	})
	for name, value := range env {
		vars = append(vars, name+"="+value)
	}
	d.Bots[0] = sandbox.NewProcess(sandbox.Command{Path: d.Path(), Dir: d.Dir, Env: vars})
	d.Start(0)
}

// What is not filed says why: in the alert's line in brief, in its thread with Halo's own words or
// with what was seen, and with Try again where that may help.
func TestWhatIsNotFiledSaysWhy(t *testing.T) {
	t.Parallel()
	const everything = "user,ticket,domain"
	d := filingDesk(t, everything, func(o *bottest.Options) {
		o.Halo.IntakeMakesNoUsers = true
		o.Halo.Lacks = []string{"client.main_site_id", "clients.main_site_id"}
		o.Halo.Clients = append(o.Halo.Clients,
			localhalo.Client{ID: 40, Name: "Two Sites", Website: "twosites.example", MainSiteID: 70},
			localhalo.Client{ID: 41, Name: "No Site", Website: "nosite.example", MainSiteID: 80},
			localhalo.Client{ID: 42, Name: "Other Domain", Website: "otherdomain.example", MainSiteID: 90})
		o.Halo.Sites = []localhalo.Site{
			{ID: 70, Name: "North", ClientID: 40}, {ID: 71, Name: "South", ClientID: 40},
			{ID: 80, Name: "Closed", ClientID: 41, Inactive: true},
			{ID: 90, Name: "Main", ClientID: 42, EmailDomain: "another.example"},
		}
	})
	change := func(f func(*localhalo.Ticket)) func(localhalo.Ticket) {
		return func(k localhalo.Ticket) { d.Halo.ChangeTicket(k.ID, f) }
	}
	fault := func(kind localhalo.Kind, e localhalo.Effect) func(localhalo.Ticket) {
		return func(localhalo.Ticket) { d.Halo.Inject(localhalo.On(kind), 1, e) }
	}
	refused := func(kind localhalo.Kind, status int, words string) func(localhalo.Ticket) {
		return fault(kind, localhalo.Refuse(status, localhalo.Message, words))
	}
	left := map[string]*localslack.Message{} // what the thread says of a case
	channels := []string{localslack.Mail, localslack.Desk, localslack.Leads}
	var ends []func()
	for i, c := range []struct {
		name, domain, ticked string
		use                  bool // the client that was found
		before               func(k localhalo.Ticket)
		line                 string
		says                 []string
	}{
		{"under another client", "under.example", "user", false, func(localhalo.Ticket) {
			d.Halo.AddUser(localhalo.User{Name: "Jane", Email: "jane@under.example", ClientID: 31})
		}, "jane@under.example not added", []string{"is a user of", "Hooli (#31)", "customers?clientid=31"}},
		{"no ticket", "noticket.example", "user,ticket", false, nil, "ticket #99999 not moved", []string{"Halo has no ticket", "#99999"}},
		{"no seat", "seat.example", "user,ticket", false, refused(localhalo.KindUserCreate, http.StatusBadRequest, "No seat is left"),
			"jane@seat.example not added", []string{"No seat is left"}},
		{"no user", "nouser.example", "ticket", false, nil, "not moved", []string{"jane@nouser.example is no user of Nouser", "Add them"}},
		{"elsewhere", "elsewhere.example", "user,ticket", false, change(func(k *localhalo.Ticket) { k.ClientID, k.SiteID, k.UserID = 31, 0, 0 }),
			"not moved", []string{"is on", "Hooli (#31)"}},
		{"closed", "closed.example", "user,ticket", false, change(func(k *localhalo.Ticket) { k.Closed = true }), "not moved", []string{"is closed"}},
		{"merged", "merged.example", "user,ticket", false, change(func(k *localhalo.Ticket) { k.MergedInto = 7 }), "not moved", []string{"was merged into #7"}},
		{"deleted", "deleted.example", "user,ticket", false, change(func(k *localhalo.Ticket) { k.Deleted = true }), "not moved", []string{"was deleted"}},
		{"read only", "readonly.example", "user,ticket", false, change(func(k *localhalo.Ticket) { k.ReadOnly = true }),
			"not moved", []string{"You do not have permission to update this ticket"}},
		{"approval", "approval.example", "user,ticket", false, refused(localhalo.KindTicketUpdate, http.StatusBadRequest, "This ticket needs an approval"),
			"not moved", []string{"This ticket needs an approval"}},
		{"said and undone", "undone.example", "user,ticket", false, fault(localhalo.KindTicketUpdate, localhalo.Pretend(map[string]any{"_warning": "A rule has reassigned it"})),
			"not moved", []string{"has not", "A rule has reassigned it"}},
		{"sites are locked", "locked.example", "domain", false, refused(localhalo.KindSiteUpdate, http.StatusForbidden, "Sites are locked"),
			"locked.example not set", []string{"Sites are locked"}},
		{"not kept", "notkept.example", "domain", false, fault(localhalo.KindSiteUpdate, localhalo.Pretend(map[string]any{})),
			"notkept.example not set", []string{"Halo took it"}},
		{"other domain", "otherdomain.example", "domain", true, nil, "otherdomain.example not set", []string{"another mail domain", "another.example"}},
		{"which site", "twosites.example", "user", true, nil, "jane@twosites.example not added", []string{"several sites"}},
		{"no site", "nosite.example", "user", true, nil, "jane@nosite.example not added", []string{"has no site"}},
	} {
		if testing.Short() && i > 2 {
			break // one in each channel
		}
		email := "jane@" + c.domain
		var more []string
		if c.name == "no ticket" {
			more = []string{"ticket_id", "99999"}
		}
		k, m := d.mailIn(channels[i%len(channels)], email, more...)
		if c.before != nil {
			c.before(k)
		}
		was, _ := d.Halo.Ticket(k.ID)
		v := d.press(localslack.Tess, m)
		ticked := localslack.Values{"halo_filing": c.ticked}
		if c.use {
			d.awaitModal(v.ID, "New Halo client", "Use this client")
			if err := d.Slack.Fill(localslack.Tess, v.ID, ticked); err != nil {
				t.Fatal(err)
			}
			d.click(localslack.Tess, d.now(v.ID), useClient)
		} else {
			d.Submit(localslack.Tess, v.ID, ticked)
		}
		d.awaitAlert(m, "✓", c.line)
		ends = append(ends, func() {
			left[c.name] = d.awaitReply(m, append([]string{"For", "✗"}, c.says...)...)
			if !strings.Contains(string(left[c.name].Blocks), "halo_file_again") {
				t.Errorf("%s: there is no Try again", c.name)
			}
			d.awaitReply(m, append([]string{"in Halo", "✗"}, c.says...)...) // where the client was told of
			if now, _ := d.Halo.Ticket(k.ID); now.ClientID != was.ClientID {
				t.Errorf("%s: the ticket was moved: %+v", c.name, now)
			}
		})
	}
	for _, end := range ends {
		end()
	}

	if testing.Short() {
		return
	}
	// Try again goes by how the bot is set up then.
	again := func(name string, says ...string) {
		t.Helper()
		m := left[name]
		d.click(localslack.Tom, m, "halo_file_again")
		d.awaitReply(d.message(m.Channel, m.ThreadTS), append([]string{"For", "✗"}, says...)...)
	}
	d.restartWith(map[string]string{"HALO_SCOPE": "", "OWN_DOMAINS": "seat.example"})
	again("approval", "edit:tickets", "HALO_SCOPE")
	again("no seat", "jane@seat.example is")
	d.restartWith(map[string]string{"HALO_CATCH_ALL_CLIENTS": "", "OWN_DOMAINS": "locked.example"})
	again("said and undone", "HALO_CATCH_ALL_CLIENTS")
	again("sites are locked", "locked.example is")
	d.restartWith(map[string]string{})
	// And who may not, may not have it tried again; who was allowed and is not any more neither.
	d.click(localslack.Gwen, left["under another client"], "halo_file_again")
	d.Await("the guest to be refused", func(now *localslack.Snapshot) bool {
		return bottest.Says(now.EphemeralsFor(localslack.Gwen), "Guests may not")
	})
}

// A Halo that was restored gives a client's number out again: nothing goes to whoever has it then. A
// client that has only another name is still the same.
func TestNothingIsFiledWithAnotherClientOfTheSameNumber(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	k, m := d.mail("jane@acme.com")
	d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, localslack.Values{"Client name": "Acme Rockets", "Website": "acme.com"})
	reply := d.awaitReply(m, "Acme Rockets", "File the sender…")
	file := func(what string) {
		t.Helper()
		form := d.opened(d.Slack.Click(localslack.Tom, reply, "halo_file_sender"))
		d.awaitModal(form.ID, "File the sender", "jane@acme.com")
		d.Submit(localslack.Tom, form.ID, localslack.Values{"halo_filing": what})
	}
	made, _ := d.Halo.Client(4711)
	made.Name, made.Website = "Acme Aerospace", "aerospace.example" // and the key that it was made with
	d.Halo.Add(made)
	file("user")
	d.awaitAlert(m, "jane@acme.com is its user")
	d.Halo.Add(localhalo.Client{ID: 4711, Name: "Bankhaus Meier", Website: "meier.example"})
	file("ticket,domain")
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 not moved · acme.com not set")
	left := d.awaitReply(m, "For", "✗", "Bankhaus Meier (#4711)", "has the number of Acme Rockets in Halo today", "by hand")
	if strings.Contains(string(left.Blocks), "halo_file_again") {
		t.Error("there is a Try again, which mends nothing")
	}
	if got := d.has(4711, "jane@acme.com", k.ID); !slices.Equal(got, []string{"user"}) {
		t.Errorf("filed: %q", got)
	}
}

// Tickets that Halo locks until they are moved can be moved.
func TestALockedTicketOfTheCatchAllIsMoved(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket", func(o *bottest.Options) { o.Halo.LocksUnknown = true })
	k, m := d.mail("jane@acme.com")
	d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 moved")
	if now, _ := d.Halo.Ticket(k.ID); now.Locked || now.ClientID != 4711 {
		t.Errorf("the ticket is %+v", now)
	}
}

// A ticket that Halo moved by half is not on the client until its site and user are.
func TestATicketThatHaloMovedByHalfIsMovedWholeAtTryAgain(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(is *localhalo.Ticket, was localhalo.Ticket){
		"the user": func(is *localhalo.Ticket, was localhalo.Ticket) { is.SiteID, is.UserID = was.SiteID, was.UserID },
		"the site": func(is *localhalo.Ticket, was localhalo.Ticket) { is.SiteID = was.SiteID },
	} {
		t.Run(name+" stays", func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "user,ticket")
			was, m := d.mail("jane@acme.com")
			d.Halo.Inject(localhalo.On(localhalo.KindTicketUpdate), 1, localhalo.Effect{Name: "moved by half", After: func(s *localhalo.Server, call localhalo.Call) {
				s.ChangeTicket(call.ID, func(is *localhalo.Ticket) { back(is, was) })
			}})
			d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
			d.awaitAlert(m, "ticket #881 not moved")
			left := d.awaitReply(m, "For", "✗", "left its site or its user as it was")
			d.click(localslack.Tess, left, "halo_file_again")
			d.awaitAlert(m, "ticket #881 moved")
			if now, _ := d.Halo.Ticket(was.ID); now.ClientID != 4711 || now.SiteID == was.SiteID || now.UserID == 0 || d.Halo.Count(localhalo.KindTicketUpdate) != 2 {
				t.Errorf("the ticket was %+v and is %+v after %d writes", was, now, d.Halo.Count(localhalo.KindTicketUpdate))
			}
		})
	}
}

// overtake lets the time pass that a request of this key has waited for, as often as it takes until a
// reply in m's thread says all of words.
func (d desk) overtake(key string, m *localslack.Message, words ...string) {
	d.Helper()
	ctx, cancel := d.Patience()
	defer cancel()
	for said := false; !said; d.Slack.Look(func(now *localslack.Snapshot) { said = bottest.Says(now.Thread(m.Channel, m.TS), words...) }) {
		for _, name := range []string{"since", "deadline", "not_before"} {
			d.exec(`UPDATE river_job SET metadata = jsonb_set(metadata, '$.output.` + name + `', '2026-01-01T00:00:00Z'),
				scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
				WHERE args->>'key' LIKE '%` + key + `' AND state = 'available' AND json_extract(metadata, '$.output.` + name + `') IS NOT NULL`)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			d.Fatalf("no reply says %q", words)
		}
	}
}

func TestAFilingThatHaloNeverAnswersSaysSo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   localhalo.Kind
		effect localhalo.Effect
		what   string
		says   []string
	}{
		"unreachable": {localhalo.KindTicket, localhalo.Unavailable(), "ticket", []string{"✗", "503"}},
		"unconfirmed": {localhalo.KindUserCreate, localhalo.Reset(), "user", []string{"✗", "never showed the user", "by hand only if they are not there"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "user,ticket", func(o *bottest.Options) {
				o.Halo.IntakeMakesNoUsers = true
				o.Env["SLACK_ERROR_CHANNEL"] = localslack.Leads
			})
			k, m := d.mail("jane@acme.com")
			d.Halo.Inject(localhalo.On(c.kind), 0, c.effect)
			d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
			d.awaitReply(m, "created", "#4711")
			d.overtake("-"+c.what, m, append([]string{"For"}, c.says...)...)
			d.awaitAlert(m, "not ")
			d.AwaitMessage(localslack.Leads, append([]string{"Not everything could be filed", "#4711"}, c.says...)...)
			if c.what == "user" && d.Halo.Count(localhalo.KindUserCreate) != 3 {
				t.Errorf("the user was sent %d times", d.Halo.Count(localhalo.KindUserCreate))
			}
			// Tried again when Halo answers, it is done.
			d.Halo.ClearFaults()
			reply := d.awaitReply(m, append([]string{"For"}, c.says...)...)
			d.click(localslack.Tom, reply, "halo_file_again")
			d.awaitAlert(m, map[string]string{"user": "jane@acme.com is its user", "ticket": "ticket #881 moved"}[c.what])
			_ = k
		})
	}
}

// Whoever may not any more when it comes to filing has nothing filed, and is told.
func TestWhatIsToBeFiledWantsItsPersonsPermission(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket")
	k, m := d.mail("jane@acme.com")
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
	d.arrived(posting)
	d.Kill(0)
	d.Slack.SetPerson(localslack.Person{ID: localslack.Tess, Name: "tess", Restricted: true})
	posting.Drop()
	d.Start(0)
	d.awaitAlert(m, "#4711", "jane@acme.com not added · ticket #881 not moved")
	d.awaitReply(m, "For", "✗", "Guests")
	if got := d.has(4711, "jane@acme.com", k.ID); got != nil {
		t.Errorf("filed: %q", got)
	}
}
