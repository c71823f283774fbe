package slackbot_test

import (
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// The home tab lists a person's own requests, each with its state and link, and what failed can
// be tried again from there.
func TestTheHomeTabIsOnesOwn(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711, Clients: []localhalo.Client{{ID: 12, Name: "Initech", Website: "initech.example"}}}})
	d.Halo.Inject(localhalo.Creating("Vandelay"), 1, localhalo.Refuse(400, localhalo.Sentence, "Not today"))
	if v := d.home(localslack.Tess); !says(bottest.Say(v.Blocks), "New client", "You have not asked for a client yet") {
		t.Errorf("the first home tab says %q", bottest.Say(v.Blocks))
	}
	for name, title := range map[string]string{"Globex": "Created", "Initech": "Already in Halo", "Vandelay": "Could not create"} {
		v := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": name})
		d.awaitModal(v.ID, title)
	}
	v := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "INITECH"})
	d.click(localslack.Tess, d.awaitModal(v.ID, "Already in Halo"), useClient)
	d.awaitModal(v.ID, "Already in Halo", "is the client")
	d.Ask(localslack.Tom, localslack.Desk, localslack.Values{"Client name": "Stark"})
	d.AwaitMessage(localslack.Desk, "Stark")

	v = d.home(localslack.Tess)
	said := bottest.Say(v.Blocks)
	for _, want := range []string{
		"Globex " + d.Halo.URL() + "/customers?clientid=4711  (#4711)  · created",
		"Initech  · already in Halo: waiting for a choice", "Vandelay  · not created: Halo refused",
		"INITECH " + d.Halo.URL() + "/customers?clientid=12  (#12)  · already in Halo  ·",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("the home tab does not say %q:\n%s", want, said)
		}
	}
	if strings.Contains(said, "Stark") || strings.Contains(said, "INITECH  · already in Halo: waiting") || strings.Count(string(v.Blocks), tryAgain) != 1 {
		t.Errorf("the home tab shows others' requests, or more than one to try again:\n%s", v.Blocks)
	}

	form := d.opened(d.Slack.Click(localslack.Tess, v, tryAgain))
	form = d.awaitModal(form.ID, "Could not create", "Not today")
	if got := typed(form)["name"]; got != "Vandelay" {
		t.Errorf("the form has the name %q", got)
	}
	d.Submit(localslack.Tess, form.ID, nil)
	d.awaitModal(form.ID, "Created", "Vandelay")
	d.AwaitMessage(localslack.Desk, "Vandelay")
	if v := d.home(localslack.Tess); strings.Contains(string(v.Blocks), tryAgain) || !says(bottest.Say(v.Blocks), "Vandelay ", "  (#4713)  · created") {
		t.Errorf("the home tab still says %q", bottest.Say(v.Blocks))
	}
}

// Whoever may answer alerts finds those that wait, the oldest first and with a link, until somebody
// is on them, has answered them, or a month has passed.
func TestTheHomeTabListsTheAlertsThatWait(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	waiting := func(user string) string {
		t.Helper()
		said := bottest.Say(d.home(user).Blocks)
		_, list, _ := strings.Cut(said, "Alerts that wait for somebody")
		list, _, _ = strings.Cut(list, "You have not asked")
		return list
	}
	d.Slack.SetClock(func() time.Time { return time.Now().Add(-31 * 24 * time.Hour) })
	old := d.post(localslack.Mail, withDismiss(value("email", "old@acme.com")))
	d.Slack.SetClock(time.Now)
	first := d.post(localslack.Mail, withDismiss(value("email", "first@globex.example")))
	second := d.post(localslack.Desk, withDismiss(value("email", "second@initech.example")))
	for n, m := range []*localslack.Message{old, second, first} {
		d.press(localslack.Tess, m)
		d.lookedUp(n + 1)
		if _, err := d.Slack.CloseAll(localslack.Tess); err != nil {
			t.Fatal(err)
		}
	}
	list := waiting(localslack.Tom)
	one, two := strings.Index(list, "first@globex.example "+link(first)), strings.Index(list, "second@initech.example "+link(second))
	if one < 0 || two < one || strings.Contains(list, "old@acme.com") {
		t.Errorf("the home tab lists %q", list)
	}
	if list := waiting(localslack.Gwen); list != "" {
		t.Errorf("a guest's home tab lists %q", list)
	}
	d.click(localslack.Tess, first, dismissAlert)
	is := d.awaitAlert(first, "✗ Not a client")
	if list := waiting(localslack.Tom); strings.Contains(list, "first@") || !strings.Contains(list, "second@") {
		t.Errorf("the home tab lists %q", list)
	}
	d.click(localslack.Tess, is, reopenAlert)
	d.awaitOpen(first)
	form := d.press(localslack.Tess, second)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	d.Submit(localslack.Tess, form.ID, nil)
	d.arrived(posting)
	if list := waiting(localslack.Tom); !strings.Contains(list, "first@") || strings.Contains(list, "second@") {
		t.Errorf("the home tab lists %q", list)
	}
	posting.Release()
}

// A new client from the home tab is announced in the channel that the form asks for, if that one
// is allowed.
func TestTheHomeTabAsksWhereToAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_ALLOWED_CHANNELS": localslack.Desk}})
	form := d.opened(d.Slack.Click(localslack.Tess, d.home(localslack.Tess), homeNew))
	ack := d.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": "Globex", "Answer in": localslack.Mail})
	if ack.Action != "errors" || !strings.Contains(string(ack.Payload), "may not be created from this channel") {
		t.Errorf("a channel that is not allowed is acknowledged with %s", ack.Payload)
	}
	if got := typed(d.now(form.ID))["name"]; got != "Globex" {
		t.Errorf("the form has the name %q", got)
	}
	d.Submit(localslack.Tess, form.ID, localslack.Values{"Answer in": localslack.Desk})
	d.AwaitMessage(localslack.Desk, "Globex", "created")
	if v := d.home(localslack.Tess); !says(bottest.Say(v.Blocks), "Globex ", "  (#1)  · created") {
		t.Errorf("the home tab says %q", bottest.Say(v.Blocks))
	}
}

// Who may not create clients is told so, and has no button; a tab that cannot be known to be
// theirs has none either.
func TestTheHomeTabOfThoseWhoMayNot(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_ALLOWED_USERGROUPS": localslack.TechGroup}})
	d.Slack.SetPerson(localslack.Person{ID: "U000OUTSIDER", Name: "otto"})
	for user, says := range map[string]string{
		localslack.Gwen: "Guests may not create clients in Halo. Please ask a full member of this workspace.",
		localslack.Sol:  "Guests may not create clients in Halo. Please ask a full member of this workspace.",
		localslack.Erin: "Only members of the workspace that this bot belongs to may create clients in Halo. Please ask one of its members.",
		"U000OUTSIDER":  "you are in none of them. Please ask whoever runs this bot to add you.",
	} {
		v := d.home(user)
		if !strings.Contains(bottest.Say(v.Blocks), says) || strings.Contains(string(v.Blocks), homeNew) {
			t.Errorf("%s's home tab is %s", user, v.Blocks)
		}
	}
	d.Slack.Fail("users.info", 1, "fatal_error")
	if v := d.home(localslack.Tom); !strings.Contains(string(v.Blocks), homeNew) {
		t.Errorf("a passing fault of Slack's takes the button away: %s", v.Blocks)
	}
	d.Slack.Fail("users.info", 1, "missing_scope")
	if v := d.home(localslack.Tess); strings.Contains(string(v.Blocks), homeNew) {
		t.Errorf("somebody whom Slack does not name has the button: %s", v.Blocks)
	}
}
