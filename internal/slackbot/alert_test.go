package slackbot

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// alertBlocks is an alert as a flow would write it, with a block that nobody knows.
func alertBlocks(value string) json.RawMessage {
	return must(json.Marshal([]any{
		map[string]any{"type": "section", "block_id": "what", "text": map[string]any{"type": "mrkdwn", "text": "*Unknown sender* jane@acme.com"}},
		map[string]any{"type": "hologram", "block_id": "deep", "depth": []int{1, 2}},
		map[string]any{"type": "actions", "block_id": "act", "elements": []any{map[string]any{
			"type": "button", "action_id": modals.ActionNewClient, "value": value,
			"text": map[string]any{"type": "plain_text", "text": "Create client"},
		}}},
	}))
}

// alert posts one in #mail-alerts.
func (b *bench) alert(value string) *localslack.Message {
	b.Helper()
	return must(b.slack.PostRaw(localslack.Mail, "Unknown sender", alertBlocks(value)))
}

// press clicks on an alert and returns the form.
func (b *bench) press(user string, m *localslack.Message) *localslack.View {
	b.Helper()
	return b.opened(b.slack.Click(user, m, modals.ActionNewClient))
}

// kept returns once an alert was stored.
func (b *bench) kept(key string) {
	b.Helper()
	for {
		b.asked.mu.Lock()
		_, ok := b.asked.alerts[key]
		changed := b.asked.changed
		b.asked.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-time.After(longest):
			b.Fatalf("alert %s was not kept", key)
		}
	}
}

// submitAlert presses, submits and returns the alert, the form and the request.
func (b *bench) submitAlert(value string) (*localslack.Message, *localslack.View, onboarding.Request) {
	b.Helper()
	m := b.alert(value)
	form := b.press(localslack.Tess, m)
	b.kept(localslack.Team + "-" + localslack.Mail + "-" + m.TS)
	b.submit(localslack.Tess, form, localslack.Values{"Client name": "Acme Ltd"})
	return m, form, b.only()
}

func TestAnAlertIsSettledInPlace(t *testing.T) {
	t.Parallel()
	b := start(t)
	m, form, r := b.submitAlert(`{"email":"jane@acme.com","sender_name":"Jane","subject":"Printer","ticket_id":"17"}`)
	if r.Via != "alert" || r.Key != localslack.Team+"-"+localslack.Mail+"-"+m.TS || r.Draft.Website != "acme.com" ||
		!has(r.Draft.Notes, "Printer", "17") || !has(r.Place.Link, "/archives/"+localslack.Mail+"/p"+strings.ReplaceAll(m.TS, ".", "")) {
		t.Errorf("stored %+v", r)
	}
	b.now(r.Key, created())
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(form.ID)
		return len(now.Thread(localslack.Mail, m.TS)) == 1 && v != nil && has(readable(v.Blocks), "4711")
	})
	b.slack.Look(func(now *localslack.Snapshot) {
		settled := now.Message(localslack.Mail, m.TS)
		if has(string(settled.Blocks), modals.ActionNewClient) || !has(string(settled.Blocks), "hologram", `"depth":[1,2]`, "Acme Ltd", "#4711", localslack.Tess) {
			t.Errorf("the alert is %s", settled.Blocks)
		}
		reply := now.Thread(localslack.Mail, m.TS)[0]
		if !has(readable(reply.Blocks)+string(reply.Blocks), "Acme Ltd", "https://halo.example/ticket?id=17") {
			t.Errorf("the reply is %s", reply.Blocks)
		}
	})
	if a := b.asked.alerts[r.Key]; !a.Closed {
		t.Error("the alert is still open")
	}
}

func TestAWebhooksAlertIsReplacedThroughTheClick(t *testing.T) {
	t.Parallel()
	b := start(t)
	m := must(b.slack.PostByWebhook(localslack.Mail, map[string]any{"text": "Unknown sender", "blocks": json.RawMessage(`[
		{"type":"actions","elements":[{"type":"button","action_id":"halo_new_client","value":"jane@acme.com","text":{"type":"plain_text","text":"Create client"}}]}]`)}))
	form := b.press(localslack.Tess, m)
	b.kept(localslack.Team + "-" + localslack.Mail + "-" + m.TS)
	b.submit(localslack.Tess, form, nil)
	b.now(b.only().Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		settled := now.Message(localslack.Mail, m.TS)
		if has(string(settled.Blocks), modals.ActionNewClient) || !has(string(settled.Blocks), "Unknown sender", "#4711") {
			t.Errorf("the alert is %s", settled.Blocks)
		}
		if n := len(now.Thread(localslack.Mail, m.TS)); n != 1 {
			t.Errorf("%d replies, want 1", n)
		}
	})
}

func TestHostileButtonValuesStillOpenTheForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, value := range []string{
		" ", "{", `{"email":7,"name":["x"],"notes":{"a":1}}`, `{"email":"a@b.c","connection":"nowhere"}`,
		`{"email":"<!channel>@acme.com","name":"<!channel> *Acme* ` + "`x`" + ` <@U1>"}`,
		strings.Repeat("x", 2000), `{"name":"` + strings.Repeat("😀", 900) + `"}`, "\u202e\u0000\u0007@acme.com",
		`{"email":"jane@gmail.com"}`,
	} {
		form := b.press(localslack.Tess, b.alert(value))
		if form.Title != "New Halo client" {
			t.Errorf("%.40q opened %q", value, form.Title)
		}
	}
}

func TestTheFormSaysWhatWasLeftOut(t *testing.T) {
	t.Parallel()
	b := start(t)
	if form := b.press(localslack.Tess, b.alert("jane@gmail.com")); !has(readable(form.Blocks), "gmail.com, where anybody can have an address") {
		t.Errorf("the form says %s", readable(form.Blocks))
	}
	if form := b.press(localslack.Tess, b.alert(`{"email":"jane@acme.com","connection":"uat"}`)); !has(readable(form.Blocks), `"uat"`, "which does not exist") {
		t.Errorf("the form says %s", readable(form.Blocks))
	}
	for _, value := range []string{"null", "{}", "[]", `{"email":"undefined","ticket_id":null}`, "{{trigger.email}}", `{"to":"bob@acme.com","vip":true}`} {
		if form := b.press(localslack.Tess, b.alert(value)); !has(readable(form.Blocks), "says nothing that could be used") {
			t.Errorf("%s: the form says %s", value, readable(form.Blocks))
		}
	}
}

func TestHelpIsAnsweredToThePersonAloneWithExamples(t *testing.T) {
	t.Parallel()
	b := start(t)
	it := b.did(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, "help"))
	ack, err := it.Wait(b.ctx())
	if said := string(ack.Payload); err != nil || !has(said, `"ephemeral"`) || strings.Count(said, slashCommand) < 3 {
		t.Errorf("the answer is %s, %v", said, err)
	}
}

func TestFoundAfterAllIsShownWithoutTouchingWhatIsTyped(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	b := start(t, func(c *Config) {
		c.Halos = []Halo{tenant{name: "halo", sender: func(email string) (*halo.Sender, error) {
			<-asked
			return &halo.Sender{User: "Jane", Client: halo.Client{ID: 12, Name: "Acme Ltd", Website: "acme.com"}}, nil
		}}}
	})
	m := b.alert("jane@acme.com")
	form := b.press(localslack.Tess, m)
	if err := b.slack.Fill(localslack.Tess, form.ID, localslack.Values{"Client name": "Typed meanwhile"}); err != nil {
		t.Fatal(err)
	}
	close(asked)
	var view *localslack.View
	b.until(func(now *localslack.Snapshot) bool {
		view = now.View(form.ID)
		return has(readable(view.Blocks), "#12")
	})
	if !has(string(must(json.Marshal(view.State))), "Typed meanwhile") {
		t.Errorf("what was typed is gone: %v", view.State)
	}
	b.did(b.slack.Click(localslack.Tess, view, modals.ActionUse))
	r := b.only()
	if r.Use != 12 || r.Key != localslack.Team+"-"+localslack.Mail+"-"+m.TS || r.Draft.Name != "Typed meanwhile" {
		t.Errorf("stored %+v", r)
	}
	s := created()
	s.Outcome = onboarding.Used
	b.now(r.Key, s)
	b.slack.Look(func(now *localslack.Snapshot) {
		if settled := now.Message(localslack.Mail, m.TS); !has(string(settled.Blocks), "#4711") {
			t.Errorf("the alert is %s", settled.Blocks)
		}
	})
}

// looked counts how often an open form looks for news.
type looked struct {
	*requests
	times atomic.Int32
}

func (l *looked) Dismissal(context.Context, string) (*onboarding.Request, error) {
	l.times.Add(1)
	return nil, nil
}

func TestAFormIsDrawnAnewForNewsOnly(t *testing.T) {
	t.Parallel()
	looks := &looked{requests: newRequests()}
	b := start(t, func(c *Config) {
		c.Requests = looks
		c.Halos = []Halo{tenant{name: "halo", sender: func(string) (*halo.Sender, error) {
			return &halo.Sender{Client: halo.Client{ID: 12, Name: "Acme Ltd"}}, nil
		}}}
	})
	b.press(localslack.Tess, b.alert("jane@acme.com"))
	b.soon("a third look", func() bool { return looks.times.Load() > 2 })
	if n := b.slack.Calls("views.update"); n != 1 {
		t.Errorf("it was drawn anew %d times for who the sender is", n)
	}
}

func TestASubmittedFormIsNotOverwritten(t *testing.T) {
	t.Parallel()
	asking, asked := make(chan struct{}), make(chan struct{})
	b := start(t, func(c *Config) {
		c.Halos = []Halo{tenant{name: "halo", sender: func(string) (*halo.Sender, error) {
			close(asking)
			<-asked
			return &halo.Sender{Client: halo.Client{ID: 12, Name: "Acme Ltd"}}, nil
		}}}
	})
	form := b.press(localslack.Tess, b.alert("jane@acme.com"))
	<-asking
	b.submit(localslack.Tess, form, nil)
	updates := b.slack.Calls("views.update")
	close(asked)
	b.soon("an update of the form", func() bool { return b.slack.Calls("views.update") > updates })
	b.slack.Look(func(now *localslack.Snapshot) {
		if v := now.View(form.ID); has(readable(v.Blocks), "#12") {
			t.Errorf("the modal says %s", readable(v.Blocks))
		}
	})
}

func TestASecondPersonIsToldWhoIsOnIt(t *testing.T) {
	t.Parallel()
	b := start(t)
	m, _, r := b.submitAlert("jane@acme.com")

	// Tom only opens the form.
	form := b.press(localslack.Tom, m)
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(form.ID)
		return v != nil && has(readable(v.Blocks), " is on it")
	})
	b.now(r.Key, created())
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(form.ID)
		return v != nil && has(readable(v.Blocks), "4711")
	})
}

func TestWhoeverJoinsReadsWhatIsBeingDone(t *testing.T) {
	t.Parallel()
	b := idle(t)
	for _, c := range []struct {
		r    onboarding.Request
		does string
	}{{onboarding.Request{}, "Creating"}, {onboarding.Request{Use: 12}, "Checking"}, {onboarding.Request{LookOnly: true}, "Checking"}} {
		v := b.bot.teller.viewNow(onboarding.Receipt{Request: c.r, Joined: true}, localslack.Tom, c.r.Words())
		if says := readable(mustJSON(v.Blocks)); v.Title.Text != c.does+"…" || !has(says, c.does, " is on it") {
			t.Errorf("%+v: %s: %s", c.r, v.Title.Text, says)
		}
	}
}

func TestASecondSubmissionGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	looked := make(chan struct{}, 2)
	b := start(t, func(c *Config) {
		c.Halos = []Halo{tenant{name: "halo", sender: func(string) (*halo.Sender, error) {
			looked <- struct{}{}
			return nil, nil
		}}}
	})
	m := b.alert("jane@acme.com")
	tess, tom := b.press(localslack.Tess, m), b.press(localslack.Tom, m)
	for range 2 { // each form asks for the sender once, when it has seen that nobody is on it
		<-looked
	}
	b.submit(localslack.Tess, tess, nil)
	r := b.only()
	b.submit(localslack.Tom, tom, localslack.Values{"Client name": "Acme, says Tom"})
	b.only()
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(tom.ID)
		return v != nil && has(readable(v.Blocks), " is on it")
	})
	b.now(r.Key, created())
	b.until(func(now *localslack.Snapshot) bool {
		a, o := now.View(tess.ID), now.View(tom.ID)
		return a != nil && o != nil && has(readable(a.Blocks), "4711") && has(readable(o.Blocks), "4711") && len(now.Thread(localslack.Mail, m.TS)) == 1
	})
}

func TestTheFiveWords(t *testing.T) {
	t.Parallel()
	for word, want := range map[draft.OnError]struct {
		modal   string // title
		thread  int
		button  bool
		line    string
		report  int
		settled int
	}{
		draft.Exception: {modal: "Could not create", button: true, report: 1},
		draft.Bounce:    {modal: "Returned", thread: 1, line: "Returned", settled: 1},
		draft.Continue:  {modal: "Could not create", button: true, line: "No client"},
		draft.Stop:      {modal: "Could not create", line: "Closed", settled: 1},
		draft.StopAll:   {modal: "Could not create", line: "Closed", settled: 2},
	} {
		t.Run(string(word), func(t *testing.T) {
			t.Parallel()
			b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
			// Another alert of the same sender, opened and closed again.
			other := b.alert(`{"email":"jane@acme.com"}`)
			b.press(localslack.Tom, other)
			b.kept(localslack.Team + "-" + localslack.Mail + "-" + other.TS)

			m, form, r := b.submitAlert(`{"email":"jane@acme.com","on_error":"` + string(word) + `"}`)
			b.now(r.Key, onboarding.State{Outcome: onboarding.Refused, Problem: "Halo says: the name is taken."})
			b.slack.Look(func(now *localslack.Snapshot) {
				if v := now.View(form.ID); v.Title != want.modal || !has(readable(v.Blocks), "the name is taken") {
					t.Errorf("the modal is %q: %s", v.Title, readable(v.Blocks))
				}
				if n := len(now.Thread(localslack.Mail, m.TS)); n != want.thread {
					t.Errorf("%d replies in the thread, want %d", n, want.thread)
				}
				alert := now.Message(localslack.Mail, m.TS)
				if has(string(alert.Blocks), modals.ActionNewClient) != want.button || !has(readable(alert.Blocks), want.line) {
					t.Errorf("the alert is %s", alert.Blocks)
				}
				if n := len(now.Messages(localslack.Leads)); n != want.report {
					t.Errorf("%d reports, want %d", n, want.report)
				}
			})
			settled := 0
			for _, a := range b.asked.alerts {
				if a.Closed {
					settled++
				}
			}
			if settled != want.settled {
				t.Errorf("%d alerts are settled, want %d", settled, want.settled)
			}
		})
	}
}

func TestConfigurationFaultsAreReportedWhateverTheWord(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.ErrorChannel, c.OnError = localslack.Leads, draft.Stop })
	b.submit(localslack.Tess, b.command("Acme acme.com"), nil)
	b.now(b.only().Key, onboarding.State{Outcome: onboarding.Refused, Configuration: true, Problem: "Halo does not accept the credentials."})
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Leads)); n != 1 {
			t.Errorf("%d reports, want 1", n)
		}
	})
}

func TestTryAgainKeepsEverything(t *testing.T) {
	t.Parallel()
	b := start(t)
	m, form, r := b.submitAlert(`{"email":"jane@acme.com","ticket_id":"17"}`)
	b.now(r.Key, onboarding.State{Outcome: onboarding.Refused, Problem: "Halo says no."})
	b.submit(localslack.Tess, form, localslack.Values{"Website": "acme.co.uk"})
	list := b.asked.wait(t, func(l []onboarding.Receipt) bool { return len(l) == 2 })
	again := list[1].Request
	if again.Key != r.Key || again.Draft.Name != "Acme Ltd" || again.Draft.Website != "acme.co.uk" || again.Draft.Notes != r.Draft.Notes {
		t.Errorf("stored %+v", again)
	}
	b.now(again.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if v := now.View(form.ID); !has(readable(v.Blocks), "4711") {
			t.Errorf("the modal says %s", readable(v.Blocks))
		}
		if alert := now.Message(localslack.Mail, m.TS); !has(string(alert.Blocks), "#4711") {
			t.Errorf("the alert is %s", alert.Blocks)
		}
	})
}

// However many wait in channels that are not allowed, those that may be answered are listed.
func TestTheHomeTabListsAlertsOfAllowedChannels(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.AllowedChannels = []string{localslack.Desk} })
	for n := range 2 * homeAlerts {
		a := onboarding.Alert{Key: fmt.Sprintf("k%02d", n), Channel: localslack.Mail, TS: "1764000000.000100", Email: "elsewhere@acme.com"}
		if n == 2*homeAlerts-1 {
			a.Channel, a.Email = localslack.Desk, "here@xn--bcher-kva.example"
		}
		if err := b.asked.SaveAlert(b.ctx(), a); err != nil {
			t.Fatal(err)
		}
	}
	b.did(b.slack.OpenHome(localslack.Tess))
	b.until(func(now *localslack.Snapshot) bool {
		home := now.Home(localslack.Tess)
		return home != nil && has(readable(home.Blocks), "here@bücher.example") && !has(readable(home.Blocks), "elsewhere")
	})
}
