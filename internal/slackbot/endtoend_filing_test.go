package slackbot_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const unknown = 12 // the catch-all client

// filingDesk is a desk whose Halo takes strangers' mails under Unknown, with a bot that may move tickets.
// ticked is HALO_FILING.
func filingDesk(t *testing.T, ticked string, change ...func(*bottest.Options)) desk {
	t.Helper()
	o := bottest.Options{
		Halo: localhalo.Options{
			FirstID: 4711, CatchAll: unknown, FirstTicket: 881,
			Granted: []string{"read:customers", "edit:customers", "edit:tickets"},
			Clients: []localhalo.Client{
				{ID: unknown, Name: "Unknown"}, {ID: 30, Name: "Globex", Website: "globex.example"}, {ID: 31, Name: "Hooli"},
				{ID: 32, Name: "Closed Down", Inactive: true},
			},
		},
		Env: map[string]string{
			"HALO_SCOPE": "read:customers edit:customers edit:tickets", "HALO_CATCH_ALL_CLIENTS": "12", "HALO_FILING": ticked,
		},
	}
	for _, f := range change {
		f(&o)
	}
	return newDesk(t, o)
}

// mail is a mail that Halo has taken in, and its alert.
func (d desk) mail(email string, more ...string) (localhalo.Ticket, *localslack.Message) {
	d.Helper()
	return d.mailIn(localslack.Mail, email, more...)
}

// mailIn is mail with the alert in another channel: the bot posts once a second in each.
func (d desk) mailIn(channel, email string, more ...string) (localhalo.Ticket, *localslack.Message) {
	d.Helper()
	k := d.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: email, Subject: "Printer on fire"})
	return k, d.post(channel, alert(value(append([]string{
		"email", email, "sender_name", "Jane Doe", "ticket_id", itoa(k.ID), "subject", k.Summary,
	}, more...)...)))
}

// ticks is which checkboxes of a form are offered, with a + before those that are ticked.
func ticks(t testing.TB, v *localslack.View) (offered []string) {
	t.Helper()
	for _, b := range blocks(t, &localslack.Message{Blocks: v.Blocks}) {
		e, _ := b["element"].(object)
		if e["action_id"] != "halo_filing" {
			continue
		}
		state := string(encoded(v.State[b["block_id"].(string)]["halo_filing"]))
		for _, o := range e["options"].([]any) {
			word := o.(object)["value"].(string)
			if strings.Contains(state, `"value":"`+word+`"`) {
				word = "+" + word
			}
			offered = append(offered, word)
		}
	}
	return offered
}

// filed waits until Halo has what was ticked, and nothing else.
func (d desk) filed(client int, email string, ticket int, what ...string) {
	d.Helper()
	d.AwaitHalo("the filing of "+strings.Join(what, " and "), d.Halo, func() bool {
		return slices.Equal(d.has(client, email, ticket), what)
	})
}

// has is what of user, ticket and domain Halo has at the client.
func (d desk) has(client int, email string, ticket int) (what []string) {
	users := d.Halo.Users(client)
	if slices.ContainsFunc(users, func(u localhalo.User) bool { return strings.EqualFold(u.Email, email) }) {
		what = append(what, "user")
	}
	if k, _ := d.Halo.Ticket(ticket); k.ClientID == client {
		what = append(what, "ticket")
	}
	if slices.ContainsFunc(d.Halo.Sites(client), func(s localhalo.Site) bool { return s.EmailDomain != "" }) {
		what = append(what, "domain")
	}
	return what
}

func TestAnAlertIsFiledInTwoClicks(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+ticket", "+domain"}) {
		t.Errorf("the form offers %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.filed(4711, "jane@acme.com", k.ID, "user", "ticket", "domain")
}

func TestOnlyWhatAppliesIsOffered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		filing  string
		value   []string
		change  func(*bottest.Options)
		offered []string
		says    string
	}{
		{"a private address has no domain", "user,ticket,domain", []string{"email", "jane@gmail.com", "ticket_id", "0881"}, nil, []string{"+user", "+ticket"}, ""},
		{"a shared address has no domain", "user,ticket,domain", []string{"email", "jane@nhs.net", "ticket_id", "881"}, nil, []string{"+user", "+ticket"}, ""},
		{"no ticket", "user,ticket,domain", []string{"email", "jane@acme.com"}, nil, []string{"+user", "+domain"}, ""},
		{"a ticket that is no number", "ask", []string{"email", "jane@acme.com", "ticket_id", "abc"}, nil, []string{"user", "domain"}, ""},
		{"nobody's address", "user", []string{"name", "Acme", "ticket_id", "881"}, nil, nil, ""},
		{"filing is off", "off", []string{"email", "jane@acme.com", "ticket_id", "881"}, nil, nil, ""},
		{"no catch-all client is configured", "ask", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["HALO_CATCH_ALL_CLIENTS"] = ""
		}, []string{"user", "domain"}, ""},
		{"the scope does not allow it", "ask", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["HALO_SCOPE"] = ""
		}, []string{"user", "domain"}, ""},
		{"the MSP's own address", "user", []string{"email", "tess@own.example", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["OWN_DOMAINS"] = "own.example"
		}, nil, ""},
		{"nobody vouches for it", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881"}, func(o *bottest.Options) {
			o.Env["AUTHSERV_ID"] = "mx.own.example"
		}, []string{"user", "ticket", "domain"}, "does not confirm that this mail is from the sender it names"},
		{"the flow vouches for it", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881", "verified", "pass"}, func(o *bottest.Options) {
			o.Env["AUTHSERV_ID"] = "mx.own.example"
		}, []string{"+user", "+ticket", "+domain"}, ""},
		{"a forged mail", "user,ticket,domain", []string{"email", "jane@acme.com", "ticket_id", "881", "verified", "fail"}, nil, nil, "failed verification"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, c.filing, func(o *bottest.Options) {
				if c.change != nil {
					c.change(o)
				}
			})
			v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value(c.value...))))
			if got := ticks(t, v); !slices.Equal(got, c.offered) {
				t.Errorf("the form offers %q, want %q", got, c.offered)
			}
			if !strings.Contains(string(v.Blocks), c.says) {
				t.Errorf("the form does not say %q: %s", c.says, v.Blocks)
			}
		})
	}
}

func TestAForgedMailIsNeverFiledAndCreatingAsksOnceMore(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@acme.com", "verified", "fail")
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme Typed", "Notes": "typed"})
	v = d.awaitModal(v.ID, "New Halo client", "This mail failed verification", "Nothing was created")
	if got := typed(v); got["name"] != "Acme Typed" || got["notes"] != "typed" || v.Submit != "Create all the same" || d.Halo.Count(localhalo.KindCreate) > 0 {
		t.Errorf("the form asks with %q and %q", v.Submit, got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "✓", "Acme Typed", "#4711")
	d.awaitReply(m, "Acme Typed")
	if got := d.has(4711, "jane@acme.com", k.ID); got != nil {
		t.Errorf("filed: %q", got)
	}
}

func TestTheMessageShortcutFilesToo(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,domain")
	m, err := d.Slack.PostAsOtherApp(localslack.Desk, "From: Jane Doe <jane@acme.com>", nil)
	if err != nil {
		t.Fatal(err)
	}
	v := d.choose(localslack.Tess, m)
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+domain"}) {
		t.Errorf("the form offers %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.filed(4711, "jane@acme.com", 0, "user", "domain")
	if users := d.Halo.Users(4711); !slices.ContainsFunc(users, func(u localhalo.User) bool { return u.Name == "Jane Doe" }) {
		t.Errorf("the users are %+v", users)
	}
}

func TestWhatWasFiledIsSaidInTheThreadAndInTheAlertsLine(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	settled := d.awaitAlert(m, "✓", "Acme", "(#4711) created by <@"+localslack.Tess+"> · jane@acme.com is its user · ticket #881 moved · mails from acme.com match it")
	checkSettled(t, m, settled, false)
	user := d.Halo.Users(4711)
	jane := user[slices.IndexFunc(user, func(u localhalo.User) bool { return u.Email == "jane@acme.com" })]
	reply := d.awaitReply(m, "created", "✓", "jane@acme.com", d.Halo.URL()+"/customers?mainview=user&userid="+itoa(jane.ID),
		d.Halo.URL()+"/ticket?id="+itoa(k.ID), "was moved to it", "Check SLA and agreement", "acme.com")
	if n := d.replies(m); n != 1 {
		t.Errorf("%d replies, want one", n)
	}
	var meta struct {
		Payload struct {
			ID    int
			Filed map[string]string
		} `json:"event_payload"`
	}
	if err := json.Unmarshal(reply.Metadata, &meta); err != nil || meta.Payload.ID != 4711 || len(meta.Payload.Filed) != 3 || meta.Payload.Filed["ticket"] != "moved" {
		t.Errorf("the reply's metadata is %s", reply.Metadata)
	}
	if text := bottest.Say(reply.Blocks); strings.Contains(text, "✗") || strings.Contains(string(reply.Blocks), "halo_file_sender") {
		t.Errorf("the reply says %q", text)
	}
}

func TestWhoeverTickedNothingFilesTheSenderFromTheThread(t *testing.T) {
	t.Parallel()
	for name, existing := range map[string]bool{"a new client": false, "a client that Halo has": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "ask")
			email, client := "jane@acme.com", 4711
			if existing {
				email, client = "jane@globex.example", 30
			}
			k, m := d.mail(email)
			v := d.press(localslack.Tess, m)
			if existing {
				d.click(localslack.Tess, d.awaitModal(v.ID, "New Halo client", "Use this client"), useClient)
			} else {
				d.Submit(localslack.Tess, v.ID, nil)
			}
			reply := d.awaitReply(m, "File the sender…")
			form := d.opened(d.Slack.Click(localslack.Tom, reply, "halo_file_sender"))
			form = d.awaitModal(form.ID, "File the sender", email, "(#"+itoa(client)+")")
			if got := ticks(t, form); !slices.Equal(got, []string{"user", "ticket", "domain"}) || typed(form)["user"] != "Jane Doe" {
				t.Errorf("the form offers %q to %q", got, typed(form))
			}
			d.Submit(localslack.Tom, form.ID, nil)
			if errs := d.now(form.ID).Errors; errs["filing"] == "" {
				t.Errorf("nothing was ticked, and the form says %q", errs)
			}
			d.Submit(localslack.Tom, form.ID, localslack.Values{"halo_filing": "user,ticket,domain", "Name of the user": "Jane Q. Doe"})
			d.awaitModal(form.ID, "File the sender", "being filed")
			d.filed(client, email, k.ID, "user", "ticket", "domain")
			d.awaitAlert(m, email+" is its user · ticket #881 moved")
			reply = d.awaitReply(m, "✓", "was moved to it")
			if strings.Contains(string(reply.Blocks), "halo_file_sender") {
				t.Errorf("the button is still there: %s", reply.Blocks)
			}
		})
	}
}

func TestWhatIsNotFiledIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket")
	k, m := d.mail("jane@acme.com")
	d.Halo.Inject(localhalo.On(localhalo.KindUserUpdate), 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No seat is left"))
	d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
	d.awaitAlert(m, "jane@acme.com not added · ticket #881 not moved")
	user := d.awaitReply(m, "For", "✗", "No seat is left", "Try again")
	ticket := d.awaitReply(m, "For", "✗", "jane@acme.com is no user of Acme", "Try again")

	d.click(localslack.Tom, user, "halo_file_again")
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 not moved")
	d.Await("the button to be gone", func(s *localslack.Snapshot) bool {
		now := s.Message(user.Channel, user.TS)
		return !strings.Contains(string(now.Blocks), "halo_file_again") && strings.Contains(now.Text, localslack.Tom)
	})
	d.click(localslack.Tom, ticket, "halo_file_again")
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 moved")
	d.awaitReply(m, "created", "is its user", "was moved to it")
	d.filed(4711, "jane@acme.com", k.ID, "user", "ticket")
}

func TestAForeignTicketIsMovedOnlyByWhoHasSeenWhoseItIs(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket")
	foreign := d.Halo.Receive(localhalo.Mail{Name: "Bob", Address: "bob@victim.example", Subject: "Payroll of Victim"})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "sender_name", "Jane Doe", "ticket_id", itoa(foreign.ID))))
	d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 not moved")
	left := d.awaitReply(m, "For", "✗", "Payroll of Victim", "bob@victim.example", "not from jane@acme.com", "Move it all the same")
	if !strings.Contains(string(left.Blocks), "“Payroll of Victim”, is from bob@victim.example") {
		t.Errorf("the dialog does not show whose it is: %s", left.Blocks)
	}
	// Whoever pressed saw Bob's: it is not moved when it is somebody else's by then.
	d.Halo.ChangeTicket(foreign.ID, func(k *localhalo.Ticket) { k.ReportedBy, k.UserID = "eve@victim.example", 0 })
	d.click(localslack.Tom, left, "halo_move_anyway")
	left = d.awaitReply(m, "For", "✗", "eve@victim.example", "Move it all the same")
	if k, _ := d.Halo.Ticket(foreign.ID); k.ClientID != unknown {
		t.Fatalf("the ticket is on %d", k.ClientID)
	}
	d.click(localslack.Tom, left, "halo_move_anyway")
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 moved")
	d.filed(4711, "jane@acme.com", foreign.ID, "user", "ticket")
}

func TestTwoPeoplesTicksAreBothFiledOnce(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	k, m := d.mail("jane@acme.com")
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, tess.ID, localslack.Values{"halo_filing": "user"})
	d.arrived(posting)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"halo_filing": "user,ticket"})
	posting.Release()
	d.awaitAlert(m, "jane@acme.com is its user · ticket #881 moved")
	d.filed(4711, "jane@acme.com", k.ID, "user", "ticket")
	if n := d.Halo.Count(localhalo.KindTicketUpdate); n != 1 {
		t.Errorf("the ticket was written %d times", n)
	}
}

// The bot dies where it hurts, and the next one says and does the rest, once.
func TestFilingGoesOnAfterADeath(t *testing.T) {
	t.Parallel()
	for name, held := range map[string]struct {
		kind  localhalo.Kind
		point localhalo.Point
	}{
		"with the client's POST":         {localhalo.KindCreate, localhalo.Arrived},
		"after the client's POST":        {localhalo.KindCreate, localhalo.Stored},
		"before the user is looked for":  {localhalo.KindSites, localhalo.Arrived},
		"with the user's POST":           {localhalo.KindUserCreate, localhalo.Arrived},
		"after the user's POST":          {localhalo.KindUserCreate, localhalo.Stored},
		"before the ticket is looked at": {localhalo.KindTicket, localhalo.Arrived},
		"before the ticket was moved":    {localhalo.KindTicketUpdate, localhalo.Arrived},
		"after the ticket was moved":     {localhalo.KindTicketUpdate, localhalo.Stored},
		"before the site got its domain": {localhalo.KindSiteUpdate, localhalo.Arrived},
		"after the site got its domain":  {localhalo.KindSiteUpdate, localhalo.Stored},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "user,ticket,domain", func(o *bottest.Options) {
				o.Halo.IntakeMakesNoUsers = true
				o.Halo.Lacks = []string{"client.main_site_id"}
			})
			k, m := d.mail("jane@acme.com")
			v := d.press(localslack.Tess, m)
			hold := d.Halo.Hold(localhalo.On(held.kind), held.point)
			d.Submit(localslack.Tess, v.ID, nil)
			d.arrived(hold)
			d.Kill(0)
			hold.Drop()
			d.Restart(0)
			d.awaitAlert(m, "✓", "#4711", "jane@acme.com is its user · ticket #881 moved · mails from acme.com match it")
			d.awaitReply(m, "created", "is its user now", "was moved to it", "Halo matches later mails")
			d.filed(4711, "jane@acme.com", k.ID, "user", "ticket", "domain")
			janes := 0
			for _, u := range d.Halo.Users(4711) {
				if u.Email == "jane@acme.com" {
					janes++
				}
			}
			if janes != 1 || len(d.Halo.Named("Acme")) != 1 {
				t.Errorf("%d users, %d clients", janes, len(d.Halo.Named("Acme")))
			}
		})
	}
}

func TestBeforeTheFilingIsToldTheBotDies(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	moving := d.Halo.Hold(localhalo.On(localhalo.KindTicketUpdate), localhalo.Stored)
	d.Submit(localslack.Tess, v.ID, nil)
	d.arrived(moving)
	held := d.Slack.Hold("chat.update", localslack.Before)
	moving.Release()
	d.filed(4711, "jane@acme.com", k.ID, "user", "ticket")
	d.halted(held)
	d.Kill(0)
	held.Drop()
	d.Restart(0)
	d.awaitAlert(m, "✓", "#4711", "jane@acme.com is its user · ticket #881 moved")
	d.awaitReply(m, "created", "is its user", "was moved to it")
	if n := d.Halo.Count(localhalo.KindTicketUpdate); n != 1 {
		t.Errorf("the ticket was written %d times", n)
	}
}
