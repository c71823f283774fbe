package slackbot_test

import (
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestAnAlertIsSettledThoughTheBotIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	submitted := func(d desk, view string) func() {
		d.Kill(0)
		d.restart()
		d.Submit(localslack.Tess, view, nil)
		return nil
	}
	for _, c := range []struct {
		name string
		post func(d desk, channel string, message object) *localslack.Message
		// reach brings the bot to the point; let, if any, is called once it is dead.
		reach func(d desk, view string) (let func())
	}{
		{"between the click and the submission", desk.post, submitted},
		{"between the click on a webhook's alert and the submission", desk.hook, submitted},
		{"while the client is being created", desk.post, func(d desk, view string) func() {
			posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
			d.Submit(localslack.Tess, view, nil)
			d.arrived(posting)
			return posting.Drop
		}},
		{"before the alert is settled", desk.post, func(d desk, view string) func() {
			return d.halt("chat.update", localslack.Before, view)
		}},
		{"before a webhook's alert is settled", desk.hook, func(d desk, view string) func() {
			return d.halt("response_url", localslack.Before, view)
		}},
		{"when the alert is settled and the bot does not know yet", desk.post, func(d desk, view string) func() {
			return d.halt("chat.update", localslack.After, view)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
			m := c.post(d, localslack.Mail, alert(value("email", "jane@acme.com", "ticket_id", "881")))
			v := d.press(localslack.Tess, m)
			d.lookedUp(1)
			if let := c.reach(d, v.ID); let != nil {
				d.Kill(0)
				let()
				d.restart()
			}
			checkSettled(t, m, d.awaitAlert(m, "✓", "#1", "created by <@"+localslack.Tess+">"), false)
			d.awaitReply(m, "created", "#1", "ticket #881")
			d.awaitModal(v.ID, "Created", "#1")
			if n := d.Halo.Len(); n != 1 {
				t.Errorf("%d clients, want one", n)
			}
		})
	}
}

// From the moment at which a form is open, its alert is known.
func TestAnAlertIsSettledThoughTheBotIsKilledAsItsFormOpens(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
	for range 5 {
		m := d.post(localslack.Mail, alert(value("email", "jane@acme.com")))
		opening := d.Slack.Hold("views.open", localslack.After)
		pressed, err := d.Slack.Click(localslack.Tess, m, createClient)
		if err != nil {
			t.Fatal(err)
		}
		d.halted(opening)
		d.Kill(0)
		opening.Drop()
		known := d.keeps(m)
		d.restart()
		if !known {
			continue // the form does not wait for a database that takes its time
		}
		d.Submit(localslack.Tess, d.Opened(pressed, nil).ID, nil)
		checkSettled(t, m, d.awaitAlert(m, "✓", "#1", "created by <@"+localslack.Tess+">"), false)
		return
	}
	t.Error("no alert was known when its form was open")
}

// keeps reports whether the database knows an alert.
func (d desk) keeps(m *localslack.Message) bool {
	d.Helper()
	requests := d.requests()
	defer requests.Close() //nolint:errcheck // nothing was written
	_, known, err := requests.Alert(d.Context(), localslack.Team+"-"+m.Channel+"-"+m.TS)
	if err != nil {
		d.Fatal(err)
	}
	return known
}

// restart starts the bot again once Slack knows that it is dead.
func (d desk) restart() {
	d.Helper()
	d.Await("the dead bot's sockets to go", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
	d.Start(0)
}

// halt submits a form and holds the bot at a call of Slack's.
func (d desk) halt(method string, at localslack.Moment, view string) (let func()) {
	d.Helper()
	hold := d.Slack.Hold(method, at)
	d.Submit(localslack.Tess, view, nil)
	d.halted(hold)
	return hold.Drop
}

func TestAnAlertIsSettledByAnotherProcessThanTheOneThatTookTheClick(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		post func(d desk, channel string, message object) *localslack.Message
	}{{"posted by the bot's token", desk.post}, {"posted by a webhook", desk.hook}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Bots: -2, Env: map[string]string{"DATABASE_URL": bottest.Postgres(t), "SLACK_SOCKETS": "1"}})
			d.Start(0)
			m := c.post(d, localslack.Mail, alert(value("email", "jane@acme.com")))
			v := d.press(localslack.Tess, m)
			d.lookedUp(1)
			d.Start(1)
			d.Kill(0)
			d.Await("the dead bot's socket to go", func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
			d.Submit(localslack.Tess, v.ID, nil)
			checkSettled(t, m, d.awaitAlert(m, "✓", "#1", "created by <@"+localslack.Tess+">"), false)
			d.awaitReply(m, "created", "#1")
		})
	}
}
