package slackbot_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const existingClient = "halo_existing_client"

// find types into a form's "Find a client…" until the bot has read its list, and returns the choices.
func (d desk) find(user string, v *localslack.View, typed string) []localslack.Choice {
	d.Helper()
	d.awaitTraffic("Slack to say who they are", func(all []localslack.Entry) bool {
		return slices.ContainsFunc(all, func(e localslack.Entry) bool {
			return e.Method == "users.info" && e.Status == http.StatusOK && strings.Contains(string(e.Sent), user)
		})
	})
	ctx, cancel := d.Patience()
	defer cancel()
	for {
		it, err := d.Slack.Suggest(user, v, existingClient, typed)
		if err != nil {
			d.Fatal(err)
		}
		choices, err := it.Choices(ctx)
		if err != nil {
			d.Fatal(err)
		}
		if len(choices) != 1 || choices[0].Value != "0" {
			return choices
		}
	}
}

func TestAClientThatHaloHasIsFoundAndUsed(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	k, m := d.mail("jane@gmail.com")
	v := d.press(localslack.Tess, m)
	for typed, want := range map[string][]localslack.Choice{
		"glob":           {{Text: "Globex (#30) · globex.example", Value: "30"}},
		"globex.example": {{Text: "Globex (#30) · globex.example", Value: "30"}},
		"#31":            {{Text: "Hooli (#31)", Value: "31"}},
		"closed":         {{Text: "Closed Down (#32) · inactive", Value: "32"}},
		"nobody at all":  {},
		"unknown":        {}, // the catch-all is nobody's client
		"#12":            {},
	} {
		if diff := cmp.Diff(want, d.find(localslack.Tess, v, typed)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typed, diff)
		}
	}
	d.find(localslack.Tess, v, "hoo")
	d.click(localslack.Tess, v, existingClient, "31")
	v = d.awaitModal(v.ID, "Use a client of Halo", "jane@gmail.com", "belongs to", "Hooli", "(#31)")
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+ticket"}) || v.Submit != "Use this client" {
		t.Errorf("the form offers %q, and %q", got, v.Submit)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	settled := d.awaitAlert(m, "✓", "Hooli", "(#31) was already in Halo, chosen by <@"+localslack.Tess+"> · jane@gmail.com is its user · ticket #881 moved")
	checkSettled(t, m, settled, false)
	d.filed(31, "jane@gmail.com", k.ID, "user", "ticket")
	d.awaitReply(m, "chose", "Hooli", "is its user", "was moved to it")
	if n := d.Halo.Count(localhalo.KindCreate); n != 0 {
		t.Errorf("%d clients were asked for", n)
	}
}

// A catch-all that is chosen all the same, because somebody typed its name, is no answer to an alert, and
// nothing of the sender's comes under it.
func TestACatchAllIsNobodysClient(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain")
	_, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Unknown", "Notes": "typed"})
	asked := d.awaitModal(v.ID, "Already in Halo", "(#12)", "same name, and unknown senders are filed under it")
	if strings.Contains(string(asked.Blocks), useClient) {
		t.Errorf("the catch-all is offered: %s", asked.Blocks)
	}
	stale := d.question(localslack.Mail, useClient, buttonValue(d, asked.Blocks, createAnyway)+" 12")
	d.click(localslack.Tess, stale, useClient)
	refused := d.awaitDM(localslack.Tess, "Unknown (#12)", "nobody's client", "Nothing was created")
	v = d.awaitModal(d.opened(d.Slack.Click(localslack.Tess, refused, tryAgain)).ID, "Could not create", "Unknown (#12)")
	if got := typed(v); got["notes"] != "typed" {
		t.Errorf("the form holds %q", got)
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme Ltd"})
	d.awaitAlert(m, "Acme Ltd", "jane@acme.com is its user", "ticket #881 moved", "acme.com")
	for _, site := range d.Halo.Sites(unknown) {
		if site.EmailDomain != "" {
			t.Errorf("the catch-all's site is %+v", site)
		}
	}
}

// Whoever has the number of the client that was shown, when it is pressed, is not the one that was chosen.
func TestAClientWhoseNumberIsAnothersByNowIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, choose := range map[string]func(d desk, m *localslack.Message, another func()) *localslack.View{
		"in a question": func(d desk, m *localslack.Message, another func()) *localslack.View {
			v := d.press(localslack.Tess, m)
			d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Globex"})
			v = d.awaitModal(v.ID, "Already in Halo", "(#30)")
			another()
			d.click(localslack.Tess, v, useClient)
			return v
		},
		"in a form": func(d desk, m *localslack.Message, another func()) *localslack.View {
			v := d.press(localslack.Tess, m)
			d.find(localslack.Tess, v, "glob")
			d.click(localslack.Tess, v, existingClient, "30")
			v = d.awaitModal(v.ID, "Use a client of Halo", "Globex")
			another()
			d.Submit(localslack.Tess, v.ID, nil)
			return v
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "user,ticket,domain")
			k, m := d.mail("jane@acme.com")
			v := choose(d, m, func() {
				d.Halo.Add(localhalo.Client{ID: 30, Name: "Bankhaus Meier", Website: "meier.example"})
			})
			d.awaitModal(v.ID, "Could not create", "Bankhaus Meier (#30) has the number of Globex in Halo today", "Nothing was created")
			if got := d.has(30, "jane@acme.com", k.ID); got != nil {
				t.Errorf("filed: %q", got)
			}
		})
	}
}

func TestWhatWasTypedIsThereAgainWhenANewClientIsWantedInstead(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	if err := d.Slack.Fill(localslack.Tess, v.ID, localslack.Values{
		"Client name": "Acme as typed", "Notes": strings.Repeat("é", 2990) + "\nend", "Trading name": "Ac & me", "halo_filing": "user,domain",
	}); err != nil {
		t.Fatal(err)
	}
	before := typed(d.now(v.ID))
	d.find(localslack.Tess, v, "hoo")
	d.click(localslack.Tess, d.now(v.ID), existingClient, "31")
	v = d.awaitModal(v.ID, "Use a client of Halo", "Hooli")
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "ticket", "+domain"}) {
		t.Errorf("the form offers %q", got)
	}
	d.Kill(0) // the database has it
	d.Start(0)
	d.click(localslack.Tess, v, "halo_create_instead")
	v = d.awaitModal(v.ID, "New Halo client", "Find a client")
	if diff := cmp.Diff(before, typed(v)); diff != "" {
		t.Errorf("what was typed has changed (-before +after):\n%s", diff)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "✓", "Acme as typed", "created by", "jane@acme.com is its user · mails from acme.com match it")
	d.filed(4711, "jane@acme.com", k.ID, "user", "domain")
}

// A form that is drawn anew for what somebody did in it keeps what they typed, though another person
// has long been at the same alert.
func TestAFormThatIsDrawnAnewIsNotReplacedByAnothersProgress(t *testing.T) {
	t.Parallel()
	for name, redraw := range map[string]func(d desk, v *localslack.View){
		"another connection": func(d desk, v *localslack.View) { d.click(localslack.Tom, v, "value", "uat") },
		"a new client instead": func(d desk, v *localslack.View) {
			d.find(localslack.Tom, v, "known")
			d.click(localslack.Tom, v, existingClient, "7")
			d.click(localslack.Tom, d.awaitModal(v.ID, "Use a client of Halo", "Known Ltd"), "halo_create_instead")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Halos: prodAndUAT()})
			m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
			tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
			d.lookedUp(2)
			posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
			d.Submit(localslack.Tess, tess.ID, nil)
			d.arrived(posting)
			d.awaitModal(tom.ID, "New Halo client", "is being created right now")
			if err := d.Slack.Fill(localslack.Tom, tom.ID, localslack.Values{"Notes": "typed by Tom"}); err != nil {
				t.Fatal(err)
			}
			redraw(d, d.now(tom.ID))
			posting.Release()
			v := d.awaitModal(tom.ID, "Created", "(#100)", "What you typed is still here")
			if got := typed(v)["notes"]; got != "typed by Tom" {
				t.Errorf("the form holds the notes %q", got)
			}
		})
	}
}

func TestTheTicksAreKeptWhereAClientIsUsedByItsButton(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	k, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Globex", "halo_filing": "user,ticket"})
	asked := d.awaitModal(v.ID, "Already in Halo", "Globex", "(#30)")
	d.click(localslack.Tess, asked, useClient)
	d.awaitAlert(m, "✓", "Globex", "jane@acme.com is its user · ticket #881 moved")
	d.filed(30, "jane@acme.com", k.ID, "user", "ticket")
}

func TestTheFormBeginsWithWhatWasFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		email  string
		before func(d desk)
		says   []string
		use    bool
	}{
		"a website": {"new@globex.example", nil, []string{"Halo has", "Globex", "(#30)", "same website"}, true},
		"a user": {"jane@gmail.com", func(d desk) {
			d.Halo.AddUser(localhalo.User{Name: "Jane", Email: "jane@gmail.com", ClientID: 31})
		}, []string{"Halo has", "Hooli", "(#31)", "jane@gmail.com is a user of it."}, true},
		"an inactive user": {"jane@gmail.com", func(d desk) {
			d.Halo.AddUser(localhalo.User{Name: "Jane", Email: "jane@gmail.com", ClientID: 31, Inactive: true})
		}, []string{"Hooli", "is a user of it, an inactive one"}, true},
		"an inactive client": {"jane@gmail.com", func(d desk) {
			d.Halo.AddUser(localhalo.User{Name: "Jane", Email: "jane@gmail.com", ClientID: 32})
		}, []string{"Closed Down", "(#32)", "it is inactive"}, true},
		"the catch-all": {"jane@acme.com", func(d desk) {
			d.Halo.Receive(localhalo.Mail{Name: "Jane", Address: "jane@acme.com"})
		}, []string{"Unknown", "(#12)", "jane@acme.com is a user of it, and unknown senders are filed under it"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := filingDesk(t, "ask")
			if c.before != nil {
				c.before(d)
			}
			v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value("email", c.email))))
			v = d.awaitModal(v.ID, "New Halo client", append(c.says, "Find a client")...)
			if got := strings.Contains(string(v.Blocks), useClient); got != c.use {
				t.Errorf("Use this client: %t", got)
			}
		})
	}
}

func TestNobodyElseIsShownTheClients(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	_, m := d.mail("jane@acme.com")
	hold := d.Slack.Hold("users.info", localslack.Before)
	v := d.press(localslack.Gwen, m) // a guest; Slack has not said so yet
	d.halted(hold)
	it, err := d.Slack.Suggest(localslack.Gwen, v, existingClient, "glo")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := d.Patience()
	defer cancel()
	if choices, err := it.Choices(ctx); err != nil || len(choices) != 0 {
		t.Errorf("a guest is offered %v (%v)", choices, err)
	}
	hold.Release()
	d.awaitModal(v.ID, "Not allowed", "Guests may not")
}

func TestTheSelectFollowsTheConnection(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halos: []bottest.Tenant{
		{Name: "prod", Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 12, Name: "Acme in Prod"}}}},
		{Name: "uat", Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 12, Name: "Acme in UAT"}}}},
	}})
	m := d.post(localslack.Mail, alert(value("email", "jane@gmail.com")))
	v := d.press(localslack.Tess, m)
	if got := d.find(localslack.Tess, v, "acme"); len(got) != 1 || got[0].Text != "Acme in Prod (#12)" {
		t.Errorf("offered: %v", got)
	}
	if err := d.Slack.Fill(localslack.Tess, v.ID, localslack.Values{"Halo connection": "uat"}); err != nil {
		t.Fatal(err)
	}
	if got := d.find(localslack.Tess, d.now(v.ID), "acme"); len(got) != 1 || got[0].Text != "Acme in UAT (#12)" {
		t.Errorf("offered: %v", got)
	}
	d.click(localslack.Tess, d.now(v.ID), existingClient, "12")
	v = d.awaitModal(v.ID, "Use a client of Halo", "Acme in UAT")
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "✓", "Acme in UAT", d.Halos["uat"].URL())
}

func TestWhereTheChosenClientIsGoneWhatWasTypedIsThereAgain(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	_, m := d.mail("jane@acme.com")
	v := d.press(localslack.Tess, m)
	if err := d.Slack.Fill(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme as typed", "Notes": "typed before"}); err != nil {
		t.Fatal(err)
	}
	d.find(localslack.Tess, d.now(v.ID), "hoo")
	d.click(localslack.Tess, d.now(v.ID), existingClient, "31")
	v = d.awaitModal(v.ID, "Use a client of Halo", "Hooli")
	d.Halo.Remove(31)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"halo_filing": "user"})
	v = d.awaitModal(v.ID, "Could not create", "Nothing was created")
	if got := typed(v); got["name"] != "Acme as typed" || got["notes"] != "typed before" {
		t.Errorf("the form holds %q", got)
	}
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "ticket", "domain"}) {
		t.Errorf("ticked: %q", got)
	}
}
