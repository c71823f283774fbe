package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// ask submits a request of Tess's in #service-desk and closes the modal if told to.
func (b *bench) ask(closed bool) onboarding.Request {
	b.Helper()
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	if closed {
		if _, err := b.slack.CloseView(localslack.Tess, form.ID); err != nil {
			b.Fatal(err)
		}
	}
	return b.only()
}

var (
	exists = onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{{ID: 12, Name: "Acme Ltd", Website: "acme.com"}}}
	refuse = onboarding.State{Outcome: onboarding.Refused, Problem: "Halo says no."}
	unsure = onboarding.State{Outcome: onboarding.Unconfirmed, Problem: "Sent three times and never found."}
)

func TestAClosedModalCostsNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		state   onboarding.State
		since   time.Duration // how long the phase lasts already
		buttons []string      // of the message to the person; nil: there is none
		channel int
	}{
		"created":     {state: created(), channel: 1},
		"exists":      {state: exists, buttons: []string{modals.ActionUse, modals.ActionCreateAnyway}},
		"refused":     {state: refuse, buttons: []string{modals.ActionTryAgain}},
		"unconfirmed": {state: unsure, buttons: []string{modals.ActionLookAgain, modals.ActionCreateAgain}, channel: 1},
		"denied":      {state: onboarding.State{Outcome: onboarding.Denied, Problem: sayGuest.String()}, buttons: []string{}},
		"checking":    {state: onboarding.State{Phase: onboarding.Checking}, buttons: []string{}},
		"waiting":     {state: onboarding.State{Phase: onboarding.Waiting, Ahead: &onboarding.Person{Name: "sam"}}, buttons: []string{}},
		"outage":      {state: onboarding.State{Phase: onboarding.Outage}, since: 11 * time.Second, buttons: []string{}},
		"outage, new": {state: onboarding.State{Phase: onboarding.Outage}},
		"queued":      {state: onboarding.State{Phase: onboarding.Queued, Problem: "The limit is used up."}, since: 11 * time.Second, buttons: []string{}},
		"queued, new": {state: onboarding.State{Phase: onboarding.Queued, Problem: "The limit is used up."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			r := b.ask(true)
			tt.state.Since = time.Now().Add(-tt.since)
			b.now(r.Key, tt.state)
			b.now(r.Key, tt.state)
			b.slack.Look(func(now *localslack.Snapshot) {
				// What may be gone after a reload is no place for an end.
				list, other := now.DMs(localslack.Tess), now.EphemeralsFor(localslack.Tess)
				if tt.state.Outcome == "" {
					list, other = other, list
				}
				switch {
				case tt.buttons == nil && len(list) != 0, tt.buttons != nil && len(list) != 1, len(other) != 0:
					t.Errorf("%d messages, and %d where they do not belong", len(list), len(other))
				case tt.buttons != nil && !has(string(list[0].Blocks), tt.buttons...):
					t.Errorf("the message is %s", list[0].Blocks)
				}
				if n := len(now.Messages(localslack.Desk)); n != tt.channel {
					t.Errorf("%d messages in the channel, want %d", n, tt.channel)
				}
			})
		})
	}
}

func TestProgressIsDrawnAndNeverOverAnOutcome(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	shows := func(want string) {
		t.Helper()
		b.slack.Look(func(now *localslack.Snapshot) {
			if v := now.View(form.ID); !has(readable(v.Blocks), want) {
				t.Errorf("the modal says %s, want %s", readable(v.Blocks), want)
			}
		})
	}
	b.now(r.Key, onboarding.State{Phase: onboarding.Waiting, Ahead: &onboarding.Person{Name: "sam"}})
	shows("Another request for the same company comes first, from sam. Yours goes on when it is done.")
	b.now(r.Key, onboarding.State{Phase: onboarding.Checking})
	shows("do not create it by hand")
	b.now(r.Key, onboarding.State{Phase: onboarding.Queued, Problem: "The limit is used up.", Since: time.Now().Add(-time.Minute)})
	shows("The limit is used up. Nothing was created for Acme yet; the request goes on by itself. There is nothing you need to do.")
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.EphemeralsFor(localslack.Tess)); n != 0 {
			t.Errorf("%d messages to somebody whose modal says it", n)
		}
	})
	b.now(r.Key, onboarding.State{Phase: onboarding.Outage, Since: time.Now()})
	shows("Halo is not answering")
	b.now(r.Key, created())
	b.now(r.Key, onboarding.State{Phase: onboarding.Checking})
	shows("4711")
}

func TestALastingOutageIsDrawnOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(false)
	lasting := onboarding.State{Phase: onboarding.Outage, Since: time.Now().Add(-11 * time.Second)}
	b.now(r.Key, lasting)
	drawn := b.slack.Calls("views.update")
	for range 5 {
		b.now(r.Key, lasting)
	}
	if n := b.slack.Calls("views.update"); drawn == 0 || n != drawn {
		t.Errorf("drawn %d times, and %d more while nothing changed; want none", drawn, n-drawn)
	}
	b.now(r.Key, onboarding.State{Phase: onboarding.Checking})
	b.now(r.Key, onboarding.State{Phase: onboarding.Outage, Since: time.Now()})
	if n := b.slack.Calls("views.update"); n != drawn+2 {
		t.Errorf("another phase and another outage were drawn %d times, want twice", n-drawn)
	}
}

// The outcome is there before the acknowledgement: the modal must still end with it.
func TestAnOutcomeIsNotOvertakenByTheAcknowledgement(t *testing.T) {
	t.Parallel()
	var b *bench
	b = start(t, func(c *Config) {
		c.Requests = eager{c.Requests.(*requests), func(r onboarding.Request) {
			go b.announceOnce(&onboarding.Telling{Request: r, State: created()})
		}}
	})
	for range 10 {
		form := b.command("Acme acme.com")
		b.submit(localslack.Tess, form, nil)
		b.until(func(now *localslack.Snapshot) bool {
			v := now.View(form.ID)
			return v != nil && has(readable(v.Blocks), "4711")
		})
	}
}

// The acknowledgement is still on its way when the outcome is drawn, and arrives after it.
func TestAnAcknowledgementThatComesLateIsDrawnOver(t *testing.T) {
	t.Parallel()
	b := start(t)
	var form *localslack.View
	// One that comes later than an acknowledgement may is none of the bot's concern: then again.
	for n, late := 1, true; late; n, late = n+1, time.Since(b.bot.teller.views.attempt(form.ID)) > ackTravel {
		form = b.command("Acme acme.com")
		hold := b.slack.Hold("ack", localslack.Before)
		it := must(b.slack.SubmitView(localslack.Tess, form.ID, nil))
		if err := hold.Arrived(b.ctx()); err != nil {
			t.Fatal(err)
		}
		b.now(b.stored(n).Key, created())
		hold.Release()
		b.did(it, nil)
	}
	b.until(func(now *localslack.Snapshot) bool { return has(readable(now.View(form.ID).Blocks), "4711") })
}

type eager struct {
	*requests
	stored func(onboarding.Request)
}

func (e eager) Submit(ctx context.Context, r onboarding.Request) (onboarding.Receipt, error) {
	receipt, err := e.requests.Submit(ctx, r)
	e.stored(r)
	return receipt, err
}

func TestTheWaysToThePeople(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		channel string
		arrange func(*bench)
		inPlace bool // posted in the channel
		direct  []string
	}{
		"member":                 {channel: localslack.Desk, inPlace: true},
		"public, not in it":      {channel: localslack.General, inPlace: true},
		"private, not in it":     {channel: localslack.Private, inPlace: true},
		"private, and no answer": {channel: localslack.Private, arrange: func(b *bench) { b.slack.FailStatus("response_url", 5, 404) }, direct: []string{"Acme Ltd", "/invite @halo-clients"}},
		"not allowed to write":   {channel: localslack.Desk, arrange: func(b *bench) { b.slack.Fail("chat.postMessage", 1, "restricted_action") }, inPlace: true},
		"blocks refused":         {channel: localslack.Desk, arrange: func(b *bench) { b.slack.Fail("chat.postMessage", 1, "invalid_blocks") }, inPlace: true},
		"rate limited":           {channel: localslack.Desk, arrange: func(b *bench) { b.slack.RateLimit("chat.postMessage", 2, time.Second) }, inPlace: true},
		"answer lost":            {channel: localslack.Desk, arrange: func(b *bench) { b.slack.RateLimit("views.update", 1, time.Second) }, inPlace: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			form := b.opened(b.slack.Command(localslack.Tess, tt.channel, slashCommand, "Acme acme.com"))
			b.submit(localslack.Tess, form, nil)
			if tt.arrange != nil {
				tt.arrange(b)
			}
			b.now(b.only().Key, created())
			b.slack.Look(func(now *localslack.Snapshot) {
				if n := len(now.Messages(tt.channel)); (n == 1) != tt.inPlace || n > 1 {
					t.Errorf("%d messages in the channel", n)
				}
				var direct strings.Builder
				for _, m := range now.DMs(localslack.Tess) {
					direct.WriteString(m.Text + readable(m.Blocks))
				}
				if !has(direct.String(), tt.direct...) || (len(tt.direct) == 0) != (direct.Len() == 0) {
					t.Errorf("the direct messages say %q, want %q", direct.String(), tt.direct)
				}
			})
		})
	}
}

func TestWhoeverSawTheModalIsTold(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(false)
	b.refuseMessages()
	b.now(r.Key, created())
}

func TestNobodyReachedIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
	r := b.ask(true)
	b.refuseMessages()
	telling := &onboarding.Telling{Request: r, State: refuse}
	if b.announceOnce(telling) == 0 {
		t.Fatal("nobody was told, and that is the end of it")
	}
	if telling.State.Marks["report"] == "" {
		t.Error("SLACK_ERROR_CHANNEL had to wait for the person")
	}
	b.slack.ClearFaults()
	b.announce(telling)
	if m := b.whisper(localslack.Tess); !has(readable(m.Blocks), "Halo says no") {
		t.Errorf("the person reads %s", readable(m.Blocks))
	}
}

// refuseMessages closes every way to people but modals.
func (b *bench) refuseMessages() {
	for _, method := range []string{"chat.postMessage", "chat.postEphemeral", "conversations.open"} {
		b.slack.Fail(method, 100, "missing_scope")
	}
	b.slack.FailStatus("response_url", 100, http.StatusNotFound)
}

func TestPassingFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(false)
	b.slack.FailStatus("chat.postMessage", 1, http.StatusBadGateway)
	telling := &onboarding.Telling{Request: r, State: created()}
	if b.announceOnce(telling) == 0 {
		t.Fatal("a message that was not posted counts as told")
	}
	b.announce(telling)
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Desk)); n != 1 {
			t.Errorf("%d messages, want 1", n)
		}
	})
}

func TestOneMessageASecondAndChannel(t *testing.T) {
	t.Parallel()
	slow(t)
	b := idle(t)
	began := time.Now()
	waited := 0
	for _, ticket := range []string{"a", "b", "c", "d", "e"} {
		for {
			_, err := b.bot.web.post(b.ctx(), ticket, localslack.Desk, "", modals.Note(ticket))
			if err == nil {
				break
			}
			var later *onboarding.LaterError
			if !errors.As(err, &later) || later.After > 5*time.Second {
				t.Fatalf("post returned %v", err)
			}
			waited++
			time.Sleep(later.After)
		}
	}
	if d := time.Since(began); d < 3900*time.Millisecond {
		t.Errorf("five messages took %v", d)
	}
	if waited != 0 {
		t.Errorf("posted one after the other, they had to come again %d times", waited)
	}
}

func TestALaterTurnIsKept(t *testing.T) {
	t.Parallel()
	b := idle(t)
	l := b.bot.web.limiter
	ctx, cancel := context.WithCancel(b.ctx())
	cancel()            // nobody waits in place
	for i := range 20 { // the turns go by meanwhile, one a second
		_ = l.wait(ctx, "C1", itoa(i))
	}
	err := l.wait(b.ctx(), "C1", "late")
	var later *onboarding.LaterError
	if !errors.As(err, &later) || later.After < 3*time.Second {
		t.Fatalf("the last message got %v", err)
	}
	again := l.wait(b.ctx(), "C1", "late")
	var kept *onboarding.LaterError
	if !errors.As(again, &kept) || kept.After > later.After {
		t.Errorf("asking again got %v", again)
	}
}

func TestMessagesOutsideAlertsHoldNoRawMarkup(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("<!channel> *Acme* <@U1> acme.com")
	b.submit(localslack.Tess, form, localslack.Values{"Client name": "<!channel> *Acme* <@U1>"})
	s := created()
	s.Client.Name = "<!channel> *Acme* <@U1>"
	b.now(b.only().Key, s)
	b.slack.Look(func(now *localslack.Snapshot) {
		m := now.Messages(localslack.Desk)[0]
		if strings.Contains(m.Text, "<!channel>") {
			t.Errorf("the message's text is %q", m.Text)
		}
		var blocks []map[string]any
		_ = json.Unmarshal(m.Blocks, &blocks)
		for _, block := range blocks {
			if raw := string(must(json.Marshal(block))); strings.Contains(raw, `"mrkdwn"`) && strings.Contains(raw, `\u003c!channel\u003e`) {
				t.Errorf("a block holds %s", raw)
			}
		}
	})
}

func TestTwoClientsForOneRequestAreReportedAsSomethingToMerge(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
	r := b.ask(false)
	s := created()
	b.now(r.Key, s)
	// The second one turns up when the first was told.
	s.Twins = []halo.Client{{ID: 4712, Name: "Acme Ltd"}}
	b.now(r.Key, s)
	for _, list := range []func(*localslack.Snapshot) []*localslack.Message{
		func(now *localslack.Snapshot) []*localslack.Message { return now.DMs(localslack.Tess) },
		func(now *localslack.Snapshot) []*localslack.Message { return now.Messages(localslack.Leads) },
	} {
		b.slack.Look(func(now *localslack.Snapshot) {
			told := list(now)
			if len(told) != 1 || !has(told[0].Text, "#4711", "#4712", "clientid=4711", "clientid=4712", "merge them") {
				t.Errorf("told %d times: %+v", len(told), told)
			}
		})
	}
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Desk)); n != 1 {
			t.Errorf("%d messages in the channel, want one", n)
		}
	})
}

// A question counts as answered for somebody once they have answered it themselves, or a client came of
// somebody else's answer: what another asked for, and was asked in turn, tells them nothing.
func TestAQuestionIsToldThoughSomebodyElseHasAskedSince(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		by      string
		outcome onboarding.Outcome
		told    int
	}{
		"and was asked the same":  {localslack.Tom, onboarding.Exists, 1},
		"and was refused":         {localslack.Tom, onboarding.Refused, 1},
		"and has the client":      {localslack.Tom, onboarding.Created, 0},
		"and they did themselves": {localslack.Tess, onboarding.Exists, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			r := b.ask(true)
			later := r
			later.Key, later.By, later.At = onboarding.Follow(r.Key, onboarding.Anyway), onboarding.Person{ID: tt.by}, r.At.Add(time.Millisecond)
			b.asked.mu.Lock()
			b.asked.receipts = append(b.asked.receipts, onboarding.Receipt{Request: later, State: onboarding.State{Outcome: tt.outcome}})
			b.asked.mu.Unlock()
			b.now(r.Key, exists)
			b.slack.Look(func(now *localslack.Snapshot) {
				if list := now.DMs(localslack.Tess); len(list) != tt.told {
					t.Errorf("%d direct messages, want %d", len(list), tt.told)
				}
			})
		})
	}
}
