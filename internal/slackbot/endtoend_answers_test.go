package slackbot_test

import (
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const (
	dismissAlert = "halo_dismiss_alert"
	reopenAlert  = "halo_reopen_alert"
)

// withDismiss is an alert of a flow's own with both buttons.
func withDismiss(value string) object {
	m := alert(value)
	blocks := m["blocks"].([]any)
	todo := blocks[len(blocks)-1].(object)
	b := button(value)
	b["action_id"], b["text"] = dismissAlert, object{"type": "plain_text", "text": "Not a client"}
	delete(b, "style")
	todo["elements"] = append(todo["elements"].([]any), b)
	return m
}

// both are the two kinds of database.
func both(t *testing.T, test func(t *testing.T, env map[string]string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, nil) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, map[string]string{"DATABASE_URL": bottest.Postgres(t)})
	})
}

// awaitOpen waits until an alert is as it was when it was posted.
func (d desk) awaitOpen(was *localslack.Message) *localslack.Message {
	d.Helper()
	var is *localslack.Message
	d.Await("the alert to be as it was", func(s *localslack.Snapshot) bool {
		is = s.Message(was.Channel, was.TS)
		var before, now []object
		_ = json.Unmarshal(was.Blocks, &before)
		_ = json.Unmarshal(is.Blocks, &now)
		return len(before) == len(now) && (len(now) == 0 || cmp.Equal(before, now)) && string(was.Attachments) == string(is.Attachments)
	})
	return is
}

// at presses a button and waits for the acknowledgement, beside what others do.
func (d desk) at(user string, on localslack.Surface, action string) {
	ctx, cancel := d.Patience()
	defer cancel()
	it, err := d.Slack.Click(user, on, action)
	if err == nil {
		_, err = it.Wait(ctx)
	}
	if err != nil {
		d.Error(err)
	}
}

// entries are what bot history says of an outcome.
func (d desk) entries(outcome string) (list []map[string]any) {
	d.Helper()
	for line := range strings.Lines(d.run("history", "--json")) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			d.Fatalf("%v in %s", err, line)
		}
		if e["outcome"] == outcome {
			list = append(list, e)
		}
	}
	return list
}

func TestAnAlertThatIsNotAClientsIsDismissedReopenedAndThenCreatedHoweverItWasPosted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		post func(d desk, value string) *localslack.Message
	}{
		{"by the bot's token", func(d desk, value string) *localslack.Message { return d.post(localslack.Mail, withDismiss(value)) }},
		{"by the app's webhook", func(d desk, value string) *localslack.Message { return d.hook(localslack.Mail, withDismiss(value)) }},
		{"by the app's webhook where the bot is not", func(d desk, value string) *localslack.Message {
			return d.hook(localslack.Private, withDismiss(value))
		}},
		{"in an attachment", func(d desk, value string) *localslack.Message {
			m := withDismiss(value)
			return d.post(localslack.Mail, object{"text": "Unknown sender", "attachments": []any{object{"color": "#ff0000", "blocks": m["blocks"]}}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{})
			m := c.post(d, value("email", "jane@acme.com", "name", "Acme Ltd"))
			d.click(localslack.Tess, m, dismissAlert)
			is := d.awaitAlert(m, "✗ Not a client, said by <@"+localslack.Tess+">, <!date^", "Reopen")
			if raw := string(is.Blocks) + string(is.Attachments); strings.Contains(raw, createClient) || strings.Contains(raw, dismissAlert) {
				t.Errorf("the dismissed alert still has its buttons: %s", raw)
			}
			if d.replies(m) != 0 {
				t.Error("there is a reply, though the alert says it")
			}
			// A bot's shortcut on it leads nowhere else.
			v := d.choose(localslack.Tom, is)
			d.awaitModal(v.ID, "New Halo client", " said ", " that this is not a client", "Reopen it first")
			if _, err := d.Slack.CloseAll(localslack.Tom); err != nil {
				t.Fatal(err)
			}

			d.click(localslack.Tom, is, reopenAlert)
			is = d.awaitOpen(m)
			if string(m.Attachments) != string(is.Attachments) {
				t.Errorf("the attachments were %s and are %s", m.Attachments, is.Attachments)
			}
			v = d.press(localslack.Tess, is)
			d.Submit(localslack.Tess, v.ID, nil)
			d.awaitAlert(m, "✓", "Acme Ltd", "#1", "created by")
			d.awaitModal(v.ID, "Created", "#1")
			said := d.entries("dismissed")
			if len(said) != 1 || said[0]["sender"] != "jane@acme.com" || said[0]["then"] != "created" || said[0]["by"].(map[string]any)["id"] != localslack.Tess {
				t.Errorf("bot history says %v", said)
			}
			if said := d.entries("reopened"); len(said) != 1 || said[0]["by"].(map[string]any)["id"] != localslack.Tom {
				t.Errorf("bot history says %v", said)
			}
		})
	}
}

// On Postgres there are two bots: either may take a click, and either may work on it.
func TestTheFirstAnswerToAnAlertWins(t *testing.T) {
	t.Parallel()
	const rounds = 4
	both(t, func(t *testing.T, env map[string]string) {
		o := bottest.Options{Env: env}
		if env != nil {
			o.Bots = 2
		}
		d := newDesk(t, o)
		t.Run("two dismiss", func(t *testing.T) {
			for range rounds {
				m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com")))
				var people sync.WaitGroup
				for _, user := range []string{localslack.Tess, localslack.Tom} {
					people.Go(func() { d.at(user, m, dismissAlert) })
				}
				people.Wait()
				is := d.awaitAlert(m, "✗ Not a client")
				second := localslack.Tom
				if says(bottest.Say(is.Blocks), "<@"+localslack.Tom+">") {
					second = localslack.Tess
				}
				d.AwaitAside(second, "that this is not a client")
			}
			if n := len(d.entries("dismissed")); n != rounds {
				t.Errorf("%d dismissals in the history, want one an alert: %d", n, rounds)
			}
		})
		t.Run("one dismisses and one creates", func(t *testing.T) {
			for i := range rounds {
				name := "Company " + itoa(i)
				m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com", "name", name, "website", "c"+itoa(i)+".example")))
				form := d.press(localslack.Tess, m)
				var people sync.WaitGroup
				people.Go(func() { d.at(localslack.Tom, m, dismissAlert) })
				it, err := d.Slack.SubmitView(localslack.Tess, form.ID, nil)
				people.Wait()
				if err != nil {
					t.Fatal(err)
				}
				refused := says(string(d.Acked(it).Payload), "that this is not a client")
				if refused {
					d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tom+">")
				} else {
					d.awaitAlert(m, "✓", name, "created by")
					d.AwaitAside(localslack.Tom, name, "The alert was not dismissed")
				}
				if n := len(d.Halo.Named(name)); n != 1 && !refused || n != 0 && refused {
					t.Errorf("%d clients, refused is %v", n, refused)
				}
				_, _ = d.Slack.CloseAll(localslack.Tess)
			}
		})
		t.Run("one reopens and one dismisses again", func(t *testing.T) {
			for i := range rounds {
				m := d.post(localslack.Mail, withDismiss(value("email", "jane"+itoa(i)+"@acme.com")))
				d.click(localslack.Tess, m, dismissAlert)
				is := d.awaitAlert(m, "✗ Not a client", "Reopen")
				before := len(d.entries("dismissed"))
				var people sync.WaitGroup
				people.Go(func() { d.at(localslack.Tess, is, reopenAlert) })
				people.Go(func() { d.at(localslack.Tom, is, reopenAlert) })
				people.Wait()
				again := d.awaitOpen(m)
				if n := len(d.entries("reopened")); n != i+1 {
					t.Errorf("%d answers reopened %d alerts", n, i+1)
				}
				d.click(localslack.Tom, again, dismissAlert)
				d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tom+">")
				if n := len(d.entries("dismissed")); n != before+1 {
					t.Errorf("%d dismissals more, want one", n-before)
				}
			}
		})
	})
}

func TestAFormOfADismissedAlertKeepsWhatWasTypedUntilItIsReopened(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, env map[string]string) {
		d := newDesk(t, bottest.Options{Env: env})
		m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com", "name", "Acme Ltd")))
		form := d.press(localslack.Tess, m)
		d.lookedUp(1)
		d.click(localslack.Tom, m, dismissAlert)
		d.awaitAlert(m, "✗ Not a client")
		ack := d.Submit(localslack.Tess, form.ID, localslack.Values{"Notes": "typed by hand"})
		if ack.Action != "update" || !says(string(ack.Payload), "that this is not a client") {
			t.Fatalf("the form was acknowledged with %s %s", ack.Action, ack.Payload)
		}
		v := d.awaitModal(form.ID, "New Halo client", " said ", "Nothing was created", "Reopen it first")
		if got := typed(v); got["notes"] != "typed by hand" || got["name"] != "Acme Ltd" {
			t.Errorf("the form has %q", got)
		}
		// From the form itself.
		d.click(localslack.Tess, v, reopenAlert)
		d.awaitOpen(m)
		d.Await("the form to be free again", func(now *localslack.Snapshot) bool {
			return !says(bottest.Say(now.View(form.ID).Blocks), "not a client")
		})
		if got := typed(d.now(form.ID)); got["notes"] != "typed by hand" {
			t.Errorf("the form has %q", got)
		}
		d.Submit(localslack.Tess, form.ID, nil)
		d.awaitModal(form.ID, "Created", "Acme Ltd")
		d.awaitAlert(m, "✓", "Acme Ltd")
		if made := d.Halo.Named("Acme Ltd"); len(made) != 1 || !says(made[0].Notes, "typed by hand") {
			t.Errorf("Halo has %+v", made)
		}
	})
}

func TestAnAlertWithAClientIsNotDismissed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 12, Name: "Initech", Website: "initech.example"}}}})
	m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com", "name", "Acme Ltd")))
	form := d.press(localslack.Tess, m)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, form.ID, nil)
	d.arrived(posting)
	d.click(localslack.Tom, m, dismissAlert)
	d.AwaitAside(localslack.Tom, "@"+localslack.Tess, "is on it: Acme Ltd is being created right now", "The alert was not dismissed")
	// The alert is still being marked when the client is there.
	marking := d.Slack.Hold("chat.update", localslack.Before)
	posting.Release()
	d.halted(marking)
	d.click(localslack.Tom, m, dismissAlert)
	d.AwaitAside(localslack.Tom, "Acme Ltd", "was created for this alert by", "The alert was not dismissed")
	marking.Release()
	d.awaitAlert(m, "✓", "Acme Ltd")
	d.entries("dismissed")

	// A question that waits for a choice is no answer yet; a dismissal is.
	m = d.post(localslack.Mail, withDismiss(value("email", "jane@initech.example", "name", "Initech")))
	form = d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, form.ID, localslack.Values{"Website": ""})
	question := d.awaitModal(form.ID, "Already in Halo", "Initech")
	d.click(localslack.Tom, m, dismissAlert)
	d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tom+">")
	d.click(localslack.Tess, question, "halo_create_anyway")
	d.AwaitAside(localslack.Tess, "that this is not a client", "Nothing was created")
	if n := d.Halo.Count(localhalo.KindCreate); n != 1 {
		t.Errorf("%d POSTs, want Acme's", n)
	}
	if said := d.entries("dismissed"); len(said) != 1 {
		t.Errorf("bot history says %v", said)
	}
}

func TestWhoMayNotCreateMayNotDismiss(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com")))
	for user, why := range map[string]string{localslack.Gwen: "Guests may not", localslack.Sol: "Guests may not", localslack.Erin: "Only members of the workspace"} {
		d.Slack.SetMember(localslack.Mail, user, true)
		d.click(user, m, dismissAlert)
		d.AwaitAside(user, why)
	}
	// A refused answer is none: others may give theirs.
	d.click(localslack.Tess, m, dismissAlert)
	is := d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tess+">")
	d.click(localslack.Gwen, is, reopenAlert)
	d.Await("the guest to be told twice", func(now *localslack.Snapshot) bool {
		n := 0
		for _, told := range slices.Concat(now.EphemeralsFor(localslack.Gwen), now.DMs(localslack.Gwen)) {
			if says(bottest.Say(told.Blocks), "Guests may not") {
				n++
			}
		}
		return n == 2
	})
	d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tess+">")

	// Slack's silence is no no: the answer waits, and is told to.
	m = d.post(localslack.Mail, withDismiss(value("email", "bob@globex.example")))
	d.Slack.FailStatus("users.info", 8, 503)
	d.click(localslack.Tom, m, dismissAlert)
	d.AwaitAside(localslack.Tom, "Slack does not say whether you may answer alerts", "kept")
	d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tom+">")
}

func TestADismissalIsDrawnThoughTheBotIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	for _, method := range []string{"users.info", "chat.update"} {
		for at, name := range map[localslack.Moment]string{localslack.Before: "before", localslack.After: "after"} {
			t.Run(name+" "+method, func(t *testing.T) {
				t.Parallel()
				both(t, func(t *testing.T, env map[string]string) {
					d := newDesk(t, bottest.Options{Env: env})
					m := d.post(localslack.Mail, withDismiss(value("email", "jane@acme.com")))
					hold := d.Slack.Hold(method, at)
					d.click(localslack.Tess, m, dismissAlert)
					d.halted(hold)
					d.Kill(0)
					hold.Drop()
					d.Start(0)
					is := d.awaitAlert(m, "✗ Not a client", "<@"+localslack.Tess+">", "Reopen")
					d.click(localslack.Tom, is, reopenAlert)
					d.awaitOpen(m)
				})
			})
		}
	}
}

func TestWhereNothingCanChangeTheAlertItsThreadSaysThatItIsDismissed(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.hook(localslack.Mail, withDismiss(value("email", "jane@acme.com")))
	d.Slack.Fail("chat.update", 100, "cant_update_message")
	d.Slack.FailStatus("response_url", 100, 404)
	d.click(localslack.Tess, m, dismissAlert)
	reply := d.awaitReply(m, "<@"+localslack.Tess+"> said ", "that this is not a client", "Reopen")
	// Its buttons are still there, and say so.
	form := d.press(localslack.Tom, m)
	d.Submit(localslack.Tom, form.ID, nil)
	d.awaitModal(form.ID, "New Halo client", "that this is not a client")
	_, _ = d.Slack.CloseAll(localslack.Tom)
	d.click(localslack.Tom, reply, reopenAlert)
	d.awaitReply(m, "<@"+localslack.Tom+"> reopened this alert")
	form = d.press(localslack.Tom, m)
	d.Submit(localslack.Tom, form.ID, nil)
	d.awaitModal(form.ID, "Created", "Acme")
}

func TestLaterMailsOfADismissedAddressGoIntoItsThreadForAMonth(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	mail := func(email string, more ...string) string {
		t.Helper()
		return d.run(append([]string{"alert", "--channel", localslack.Mail, "--email", email, "--json"}, more...)...)
	}
	if out := mail("sales@spam.example"); !says(out, `"posted"`) {
		t.Fatal(out)
	}
	m := d.AwaitMessage(localslack.Mail, "sales@spam.example")
	d.click(localslack.Tess, m, dismissAlert)
	is := d.awaitAlert(m, "✗ Not a client")
	if out := mail("SALES@spam.example", "--ticket", "882"); !says(out, `"added"`, m.TS) {
		t.Error(out)
	}
	reply := d.awaitReply(m, "Another mail from the same sender", "dismissed as not a client", "#882", "press Reopen above")
	if hasButton(reply) {
		t.Errorf("the reply has buttons of its own: %s", reply.Blocks)
	}
	d.click(localslack.Tom, is, reopenAlert)
	d.awaitOpen(m)
	if out := mail("sales@spam.example"); !says(out, `"added"`) {
		t.Error(out)
	}
	d.awaitReply(m, "The buttons above serve for both")
	d.click(localslack.Tess, d.message(m.Channel, m.TS), dismissAlert)
	d.awaitAlert(m, "✗ Not a client")
	// Somebody else of the same company is another question.
	if out := mail("ceo@spam.example"); !says(out, `"posted"`) {
		t.Error(out)
	}
}

func TestAMonthAfterADismissalItsSenderIsAskedAboutAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	mail := func() string {
		t.Helper()
		return d.run("alert", "--channel", localslack.Mail, "--email", "sales@junk.example", "--json")
	}
	d.Slack.SetClock(func() time.Time { return time.Now().Add(-31 * 24 * time.Hour) })
	if out := mail(); !says(out, `"posted"`) {
		t.Fatal(out)
	}
	d.Slack.SetClock(time.Now)
	m := d.AwaitMessage(localslack.Mail, "sales@junk.example")
	d.click(localslack.Tess, m, dismissAlert)
	d.awaitAlert(m, "✗ Not a client")
	d.exec("UPDATE halobot_answer SET answered = answered - 31 * 24 * 3600 * 1000 WHERE email = 'sales@junk.example'")
	if out := mail(); !says(out, `"posted"`) {
		t.Error(out)
	}
}

// exec changes the bot's database beside it.
func (d desk) exec(statement string) {
	d.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(d.DatabaseURL(), "sqlite:")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statement is committed
	if _, err := db.ExecContext(d.Context(), statement); err != nil {
		d.Fatal(err)
	}
}
