package slackbot_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Whatever becomes of the answer to a write, it is filed once, and told as what the bot did.
func TestALostAnswerFilesOnceAndSaysSo(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]localhalo.Effect{
		"stored, lost": localhalo.StoreThenReset(), "stored, 503": localhalo.StoreThenUnavailable(),
		"stored, half an answer": localhalo.StoreThenHalf(), "lost": localhalo.Reset(), "429": localhalo.TooMany("1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && name != "stored, lost" {
				t.Skip("the short form loses one kind of answer")
			}
			d := filingDesk(t, "user,ticket,domain", func(o *bottest.Options) { o.Env["HALO_SETTLE_TIME"] = "1s" })
			n := 0
			for kind, domain := range map[localhalo.Kind]string{
				localhalo.KindUserCreate: "made.example", localhalo.KindUserUpdate: "moved.example",
				localhalo.KindTicketUpdate: "ticket.example", localhalo.KindSiteUpdate: "site.example",
			} {
				if name == "lost" && kind == localhalo.KindUserCreate {
					continue // settled ten seconds later; package onboarding's tests wait for that
				}
				n++
				d.Halo.SetIntake(kind != localhalo.KindUserCreate)
				email := "jane@" + domain
				k, m := d.mail(email)
				fault := d.Halo.Inject(localhalo.On(kind), 1, effect)
				d.Submit(localslack.Tess, d.press(localslack.Tess, m).ID, nil)
				d.awaitAlert(m, "✓", email+" is its user · ticket #"+itoa(k.ID)+" moved · mails from "+domain+" match it")
				reply := d.awaitReply(m, "created", "its user", "was moved to it. Check", "Halo matches later mails")
				if text := bottest.Say(reply.Blocks); strings.Contains(text, "already") || strings.Contains(text, "✗") {
					t.Errorf("%s: the reply says %q", kind, text)
				}
				fault.Clear()
				client := d.Halo.Clients()[slices.IndexFunc(d.Halo.Clients(), func(c localhalo.Client) bool { return c.Website == domain })]
				d.filed(client.ID, email, k.ID, "user", "ticket", "domain")
				janes := 0
				for _, u := range d.Halo.Users(0) {
					if strings.EqualFold(u.Email, email) {
						janes++
					}
				}
				if janes != 1 {
					t.Errorf("%s: %d users have the address", kind, janes)
				}
			}
			if made := d.Halo.Count(localhalo.KindCreate); made != n {
				t.Errorf("%d clients were asked for, want %d", made, n)
			}
		})
	}
}

// A client that Halo has learns its sender and its domain from the ticks, so that their next mails
// raise no alert.
func TestWhoWasFiledRaisesNoAlertAgain(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	alertFor := func(email string) string {
		t.Helper()
		return d.run("alert", "--channel", localslack.Mail, "--email", email, "--json")
	}
	for _, email := range []string{"jane@gmail.com", "jane@second.example"} {
		k := d.Halo.Receive(localhalo.Mail{Name: "Jane Doe", Address: email, Subject: "Printer on fire"})
		if out := d.run("alert", "--channel", localslack.Mail, "--email", email, "--ticket", itoa(k.ID), "--json"); !says(out, `"posted"`) {
			t.Fatal(out)
		}
		m := d.AwaitMessage(localslack.Mail, email)
		v := d.press(localslack.Tess, m)
		d.find(localslack.Tess, v, "hoo")
		d.click(localslack.Tess, d.now(v.ID), existingClient, "31")
		d.awaitModal(v.ID, "Use a client of Halo", "Hooli")
		d.Submit(localslack.Tess, v.ID, nil)
		d.awaitAlert(m, "✓", "Hooli", email+" is its user · ticket #"+itoa(k.ID)+" moved")
	}
	d.AwaitHalo("the domain", d.Halo, func() bool { return slices.Contains(d.has(31, "", 0), "domain") })
	for _, email := range []string{"jane@gmail.com", "jane@second.example", "bob@second.example"} {
		if out := alertFor(email); !says(out, `"known"`) {
			t.Errorf("%s: %s", email, out)
		}
	}
	if out := alertFor("bob@gmail.com"); !says(out, `"posted"`) {
		t.Errorf("somebody else at the same provider: %s", out)
	}
}

// The modal in which a client was asked for, left open, shows what was filed; so does that of whoever
// joined, beside their own words.
func TestAModalThatIsLeftOpenShowsWhatWasFiled(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	_, m := d.mail("jane@acme.com")
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.awaitModal(tom.ID, "New Halo client", "Unknown")
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	moving := d.Halo.Hold(localhalo.On(localhalo.KindTicketUpdate), localhalo.Arrived)
	d.Submit(localslack.Tess, tess.ID, localslack.Values{"halo_filing": "user,ticket"})
	d.arrived(posting)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Notes": "typed by Tom", "halo_filing": "domain"})
	posting.Release()
	d.arrived(moving)
	d.awaitModal(tess.ID, "Created", "#4711", "jane@acme.com", "is its user now", "being filed now")
	moving.Release()
	for who, view := range map[string]string{localslack.Tess: tess.ID, localslack.Tom: tom.ID} {
		v := d.awaitModal(view, "Created", "#4711", "is its user now", "Check SLA and agreement", "Halo matches later mails")
		if text := bottest.Say(v.Blocks); strings.Contains(text, "being filed") || (who == localslack.Tom) != strings.Contains(text, "typed by Tom") {
			t.Errorf("the modal of %s says %q", who, text)
		}
	}
}

// What of a workflow's sender could not be filed is told where administrators look, with Try again:
// a workflow has no thread.
func TestAWorkflowsFailedFilingIsToldInTheErrorChannel(t *testing.T) {
	t.Parallel()
	s := filingOffice(t, map[string]string{"SLACK_ERROR_CHANNEL": localslack.Leads})
	s.Halo.Inject(localhalo.On(localhalo.KindUserCreate), 1, localhalo.Refuse(http.StatusForbidden, localhalo.Sentence, "Not with this agent"))
	ended := s.run(map[string]any{"name": "Acme Ltd", "sender_email": "jane@acme.com", "filing": "user,domain"}).end()
	if said, _ := ended.Outputs["error"].(string); !strings.Contains(said, "Not with this agent") || ended.Outputs["domain_set"] != "true" {
		t.Errorf("the step ended with %+v", ended)
	}
	told := s.AwaitMessage(localslack.Leads, "Not everything could be filed", "Acme Ltd", "#4711", "Not with this agent")
	d := desk(s)
	d.click(localslack.Tess, told, "halo_file_again")
	d.AwaitHalo("the user", d.Halo, func() bool { return slices.Contains(d.has(4711, "jane@acme.com", 0), "user") })
	d.AwaitMessage(localslack.Leads, "For", "#4711", "jane@acme.com", "is its user now")
}

// Two bots share the filings of alerts on one database, and one goes on where the other dies.
func TestTwoBotsFileOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts several processes")
	}
	d := filingDesk(t, "user,ticket,domain", func(o *bottest.Options) {
		o.Bots = 2
		o.Env["DATABASE_URL"], o.Env["SLACK_SOCKETS"] = bottest.Postgres(t), "1"
		o.Halo.IntakeMakesNoUsers = true
	})
	var tickets []localhalo.Ticket
	var alerts []*localslack.Message
	domains := []string{"one.example", "two.example", "three.example", "four.example"}
	moving := d.Halo.Hold(localhalo.On(localhalo.KindTicketUpdate), localhalo.Stored) // the first to come
	for i, domain := range domains {
		k, m := d.mail("jane@" + domain)
		tickets, alerts = append(tickets, k), append(alerts, m)
		who := []string{localslack.Tess, localslack.Tom}[i%2]
		d.Submit(who, d.press(who, m).ID, nil)
	}
	d.arrived(moving)
	d.Kill(0)
	moving.Drop()
	for i, domain := range domains {
		d.awaitAlert(alerts[i], "✓", "jane@"+domain+" is its user · ticket #"+itoa(tickets[i].ID)+" moved · mails from "+domain+" match it")
	}
	if n := d.Halo.Count(localhalo.KindUserCreate); n != len(domains) {
		t.Errorf("%d users were asked for, want %d", n, len(domains))
	}
	if n := d.Halo.Count(localhalo.KindCreate); n != len(domains) {
		t.Errorf("%d clients were asked for, want %d", n, len(domains))
	}
}
