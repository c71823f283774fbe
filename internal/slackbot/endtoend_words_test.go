package slackbot_test

import (
	"strings"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const noLuck = "The client's name is reserved"

// word is what one of the five words promises of a request that Halo refuses.
type word struct {
	word    draft.OnError
	modal   string   // its title
	says    []string // the modal
	thread  []string // a reply says; none is posted when nil
	line    string   // below the alert; untouched when ""
	button  bool     // the alert keeps it
	report  bool     // SLACK_ERROR_CHANNEL is told
	retries bool     // the modal offers the same input again
	closes  bool     // the other open alerts of the same message too
}

var words = []word{
	{
		word: draft.Exception, modal: "Could not create", retries: true, button: true, report: true,
		says: []string{noLuck, "Nothing was created", "Try again"},
	},
	{
		word: draft.Bounce, modal: "Returned", line: "↩ Returned: ",
		says:   []string{noLuck, "What you typed is in the alert's thread"},
		thread: []string{"Returned: ", "Acme Ltd", noLuck, "Nothing was created", "acme.com", "Acme!", "typed by hand", "Try again"},
	},
	{
		word: draft.Continue, modal: "Could not create", line: "✗ No client: ", button: true,
		says: []string{"Acme Ltd could not be created", noLuck, "Nothing was created"},
	},
	{word: draft.Stop, modal: "Could not create", line: "Closed: no client was created.", says: []string{"Acme Ltd could not be created", noLuck}},
	{word: draft.StopAll, modal: "Could not create", line: "Closed: no client was created.", says: []string{"Acme Ltd could not be created", noLuck}, closes: true},
}

func TestTheWordOfTheConfigurationSettlesWhatHaloRefuses(t *testing.T) {
	t.Parallel()
	for _, w := range words {
		t.Run(string(w.word), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Env: map[string]string{
				"ON_ERROR": string(w.word), "SLACK_ERROR_CHANNEL": localslack.Leads,
			}})
			d.refuse(w, "")
		})
	}
}

func TestTheAlertsOwnWordComesBeforeThatOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for _, w := range words {
		t.Run(string(w.word), func(t *testing.T) {
			t.Parallel()
			other := draft.Bounce
			if w.word == draft.Bounce {
				other = draft.Stop
			}
			d := newDesk(t, bottest.Options{Env: map[string]string{
				"ON_ERROR": string(other), "SLACK_ERROR_CHANNEL": localslack.Leads,
			}})
			d.refuse(w, w.word)
		})
	}
}

// refuse has Halo refuse the client of an alert with this on_error, and looks at every side.
func (d desk) refuse(w word, onError draft.OnError) {
	t := d.TB
	d.Helper()
	// Alerts that the bot knows of, since somebody pressed their buttons.
	sameTicket := d.post(localslack.Mail, alert(value("email", "bob@globex.example", "ticket_id", "881")))
	sameSender := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "ticket_id", "882")))
	neither := d.post(localslack.Mail, alert(value("email", "eve@acme.com", "ticket_id", "883")))
	for i, m := range []*localslack.Message{sameTicket, sameSender, neither} {
		d.press(localslack.Tom, m)
		d.lookedUp(i + 1)
	}
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd", "ticket_id", "881", "on_error", string(onError))))
	v := d.press(localslack.Tess, m)
	d.lookedUp(4)
	d.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(400, localhalo.Sentence, noLuck))
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Trading name": "Acme!", "Notes": "typed by hand"})

	// The requester's side.
	shown := d.awaitModal(v.ID, w.modal, w.says...)
	if retries := shown.Submit == "Try again"; retries != w.retries {
		t.Errorf("the modal's submit button is %q", shown.Submit)
	}
	if got := typed(shown); w.retries && (got["name"] != "Acme Ltd" || got["website"] != "acme.com" || got["trading_name"] != "Acme!" || got["notes"] != "typed by hand") {
		t.Errorf("the modal holds %q", got)
	}

	// The thread's side.
	if w.thread != nil {
		d.awaitReply(m, w.thread...)
	}
	// The alert's side, that of the others, and the error channel's, in the order in which the
	// bot sees to them: after these nothing more is said.
	if w.line != "" {
		checkSettled(t, m, d.awaitAlert(m, w.line), w.button)
	}
	if w.closes {
		checkSettled(t, sameTicket, d.awaitAlert(sameTicket, w.line), false)
		checkSettled(t, sameSender, d.awaitAlert(sameSender, w.line), false)
	}
	if w.report {
		told := d.AwaitMessage(localslack.Leads, "could not be created", noLuck, "Acme Ltd", "881")
		if strings.Contains(bottest.Say(told.Blocks), "typed by hand") {
			t.Errorf("the error channel is told what nobody there is to read: %s", told.Blocks)
		}
	}
	if n := d.replies(m); w.thread == nil && n != 0 || w.thread != nil && n != 1 {
		t.Errorf("%d replies in the thread", n)
	}
	if is := d.message(m.Channel, m.TS); hasButton(is) != w.button {
		t.Errorf("the alert is %s", is.Blocks)
	}
	for _, other := range []*localslack.Message{sameTicket, sameSender, neither} {
		is := d.message(other.Channel, other.TS)
		if open := !w.closes || other == neither; open != hasButton(is) {
			t.Errorf("another alert is %s", is.Blocks)
		}
	}
	d.Slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Leads)); n != 0 && !w.report {
			t.Errorf("the error channel was told: %s", now.Messages(localslack.Leads)[0].Text)
		}
		if n := len(now.EphemeralsFor(localslack.Tess)) + len(now.DMs(localslack.Tess)); n != 0 {
			t.Errorf("%d messages beside the modal", n)
		}
	})
	if n := d.Halo.Len(); n != 0 {
		t.Errorf("%d clients were made", n)
	}
	switch {
	case w.button:
		d.afterAll(w, m, shown)
	case w.thread != nil:
		d.fromTheThread(m)
	}
}

// fromTheThread has the client made with the button under what was returned: nothing is typed again.
func (d desk) fromTheThread(m *localslack.Message) {
	d.Helper()
	again := d.opened(d.Slack.Click(localslack.Tom, d.awaitReply(m, "Try again"), modals.ActionTryAgain))
	v := d.awaitModal(again.ID, "Could not create", noLuck)
	if got := typed(v); got["name"] != "Acme Ltd" || got["trading_name"] != "Acme!" || got["notes"] != "typed by hand" {
		d.Errorf("the form holds %q", got)
	}
	d.Submit(localslack.Tom, again.ID, nil)
	d.awaitModal(again.ID, "Created", "Acme Ltd", "#1")
	checkSettled(d, m, d.awaitAlert(m, "✓", "#1"), false)
}

// afterAll has the client made in a second go.
func (d desk) afterAll(w word, m *localslack.Message, shown *localslack.View) {
	d.Helper()
	id := shown.ID
	values := localslack.Values{"Client name": "Acme Limited"}
	if !w.retries {
		id = d.press(localslack.Tom, d.message(m.Channel, m.TS)).ID
		d.Submit(localslack.Tom, id, values)
	} else {
		d.Submit(localslack.Tess, id, values)
	}
	d.awaitModal(id, "Created", "Acme Limited", "#1")
	settled := d.awaitAlert(m, "✓", "#1")
	checkSettled(d, m, settled, false)
	if strings.Contains(string(settled.Blocks), "No client") {
		d.Errorf("the earlier line is still there: %s", settled.Blocks)
	}
	d.awaitReply(m, "created", "Acme Limited")
}
