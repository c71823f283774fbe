package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

func TestNoCommandGoesUnansweredWhileSocketsAreRefreshed(t *testing.T) {
	t.Parallel()
	slow(t)
	b := start(t, func(c *Config) { c.Sockets = 2 })
	const perSecond, seconds = 60, 3
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	var wg sync.WaitGroup
	for i := range perSecond * seconds {
		<-tick.C
		if i%(perSecond/2) == perSecond/4 {
			b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 2 })
			b.slack.RefreshOne("refresh_requested")
		}
		wg.Go(func() {
			it, err := b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, fmt.Sprintf("Acme %d", i))
			if err == nil {
				_, err = it.Wait(b.ctx())
			}
			if err != nil {
				t.Errorf("command %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

func TestAnAcknowledgementSurvivesARefresh(t *testing.T) {
	t.Parallel()
	b := start(t)
	it, err := b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, "Acme")
	b.slack.Refresh("refresh_requested")
	b.did(it, err)
}

func TestSlackAwayIsWaitedOut(t *testing.T) {
	t.Parallel()
	slow(t)
	for name, how := range map[string]localslack.Absence{
		"503":         localslack.Unavailable,
		"unreachable": localslack.Unreachable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.slack.SetAway(how)
			b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
			b.soon("word of it", func() bool { return strings.Contains(b.log.String(), "cannot be used") })
			b.slack.SetAway(localslack.Present)
			b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
			b.command("Acme")
		})
	}
}

func TestSocketsThatAreSentAwayAreNotOpenedInALoop(t *testing.T) {
	t.Parallel()
	slow(t)
	for _, reason := range []string{"too_many_websockets", "link_disabled"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(c *Config) { c.Sockets = 2 })
			b.slack.RefuseSockets(reason)
			before := len(b.slack.Opens())
			b.slack.Refresh("refresh_requested")
			time.Sleep(3 * time.Second)
			opens := b.slack.Opens()[before:]
			if len(opens) < 2 || len(opens) > 10 {
				t.Errorf("%d connections were opened in three seconds", len(opens))
			}
			b.slack.RefuseSockets("")
			b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 2 })
			b.command("Acme")
		})
	}
}

func TestAFirstRefreshReconnectsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{}
		began := time.Now()
		for range 2 { // the first connection, and the one after its refresh
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.opened(0)
			p.hello()
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("the socket was opened again after %v", d)
		}
	})
	b := start(t)
	before := len(b.slack.Opens())
	b.slack.Refresh("warning")
	b.soon("another connection", func() bool { return len(b.slack.Opens()) > before })
}

func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pacer{}
		began := time.Now()
		for range 20 {
			if err := p.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			p.opened(0)
		}
		if d := time.Since(began); d < 60*time.Second || d > 5*time.Minute {
			t.Errorf("20 short-lived connections took %v", d)
		}
		p.hello()
		time.Sleep(lived)
		began = time.Now()
		if _ = p.wait(t.Context()); time.Since(began) != 0 {
			t.Errorf("a connection that had lived was followed after %v", time.Since(began))
		}
		p.opened(40 * time.Second)
		began = time.Now()
		if _ = p.wait(t.Context()); time.Since(began) != 40*time.Second {
			t.Errorf("Retry-After of 40 s was answered after %v", time.Since(began))
		}
	})
}

func TestGarbageIsSurvived(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, frame := range []string{
		"", "{", "null", "[]", `"x"`, "{}", `{"type":"unheard_of"}`, `{"type":7,"envelope_id":8,"payload":9}`,
		`{"type":"interactive","envelope_id":"e1","payload":[]}`,
		`{"type":"interactive","envelope_id":"e2","payload":{"type":"block_actions","actions":"none"}}`,
		`{"type":"interactive","envelope_id":"e3","payload":{"type":"view_submission","view":{"callback_id":"halo_new_client","state":7}}}`,
		`{"type":"events_api","envelope_id":"e4","payload":{"event":{"type":"function_executed","function":{"callback_id":"create_halo_client"}}}}`,
		`{"type":"slash_commands","envelope_id":"e5","payload":{"command":"/halo-new-client"}}`,
	} {
		b.slack.Garbage([]byte(frame))
	}
	b.command("Acme")
}

// An element that slack-go does not know makes it refuse the whole envelope.
func TestEnvelopesThatSlackGoRefusesAreHandled(t *testing.T) {
	t.Parallel()
	b := start(t)
	m, err := b.slack.PostRaw(localslack.Mail, "Unknown sender", json.RawMessage(`[
		{"type":"section","block_id":"s","text":{"type":"mrkdwn","text":"A mail"}},
		{"type":"hologram","block_id":"h","depth":[1,2,3]},
		{"type":"actions","block_id":"a","elements":[
			{"type":"crystal_ball","action_id":"ball"},
			{"type":"button","action_id":"halo_new_client","text":{"type":"plain_text","text":"Create client"},"value":"bob@mail.initech.co.uk"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	form := b.opened(b.slack.Click(localslack.Tess, m, "halo_new_client"))
	if !has(string(must(json.Marshal(form.State))), "initech.co.uk", "Initech") {
		t.Errorf("the form holds %v", form.State)
	}
}

func TestUnknownEnvelopesAreAcknowledged(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.did(b.slack.Command(localslack.Tess, localslack.Desk, "/something-else", ""))
	b.did(b.slack.GlobalShortcut(localslack.Tess, "something_else"))
}

func TestAPanicIsToldAndSurvived(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.Requests = panicking{c.Requests.(*requests)} })
	form := b.command("Acme")
	ack := b.submit(localslack.Tess, form, nil)
	if ack.Action != "errors" || !has(string(ack.Payload), "fault of its own") {
		t.Errorf("the submission was answered with %s", ack.Payload)
	}
	if !has(b.log.String(), "a handler panicked", "the disk is on fire") {
		t.Errorf("the log says nothing of it: %s", b.log)
	}
	b.command("Acme")
}

type panicking struct{ *requests }

func (panicking) Submit(context.Context, onboarding.Request) (onboarding.Receipt, error) {
	panic("the disk is on fire")
}

func TestTokensThatSlackRefusesEndTheRun(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		arrange func(*bench)
		want    []string
	}{
		"bot token": {func(b *bench) { b.slack.Fail("auth.test", 1, "account_inactive") },
			[]string{"SLACK_BOT_TOKEN", "removed from the workspace"}},
		"app token": {func(b *bench) { b.slack.Fail("apps.connections.open", 1, "token_revoked") },
			[]string{"SLACK_APP_TOKEN", "revoked"}},
		"app token expired": {func(b *bench) { b.slack.Fail("apps.connections.open", 1, "token_expired") },
			[]string{"SLACK_APP_TOKEN", "expired"}},
		"bot token as app token": {func(b *bench) { b.slack.Fail("apps.connections.open", 1, "not_allowed_token_type") },
			[]string{"SLACK_APP_TOKEN", "xapp-"}},
		"app token without scope": {func(b *bench) { b.slack.Fail("apps.connections.open", 1, "missing_scope") },
			[]string{"SLACK_APP_TOKEN", "connections:write"}},
		"no such workspace": {func(b *bench) { b.slack.Fail("apps.connections.open", 1, "forbidden_team") },
			[]string{"SLACK_APP_TOKEN", "workspace"}},
		"nothing there": {func(b *bench) { b.slack.FailStatus("auth.test", 1, http.StatusNotFound) },
			[]string{"SLACK_API_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := idle(t)
			tt.arrange(b)
			err := b.bot.Run(b.ctx())
			if err == nil || !has(err.Error(), tt.want...) {
				t.Errorf("Run returned %v, want it to name %q", err, tt.want)
			}
		})
	}
}

func TestOutagesAtTheStartAreWaitedOut(t *testing.T) {
	t.Parallel()
	b := idle(t)
	b.slack.FailStatus("auth.test", 1, http.StatusBadGateway)
	b.slack.Fail("apps.connections.open", 1, "internal_error")
	ctx, stop := context.WithCancel(b.ctx())
	ended := make(chan error, 1)
	go func() { ended <- b.bot.Run(ctx) }()
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

func TestStoppingFlushesAcknowledgements(t *testing.T) {
	t.Parallel()
	b := idle(t)
	ctx, stop := context.WithCancel(b.ctx())
	ended := make(chan error, 1)
	go func() { ended <- b.bot.Run(ctx) }()
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	hold := b.slack.Hold("views.open", localslack.Before)
	var list []*localslack.Interaction
	for range 15 {
		list = append(list, must(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, "Acme")))
	}
	if err := hold.Arrived(b.ctx()); err != nil {
		t.Fatal(err)
	}
	stop()
	// While the first is in hand, the bot still takes what Slack has sent.
	b.soon("all of them are in hand", func() bool { return b.slack.Calls("views.open") == len(list) })
	hold.Release()
	for i, it := range list {
		if _, err := it.Wait(b.ctx()); err != nil {
			t.Errorf("command %d: %v", i, err)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
}

// Not parallel: it looks at every goroutine.
func TestRunLeavesNothingBehind(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	b := idle(t, func(c *Config) { c.Sockets = 3 })
	ctx, stop := context.WithCancel(b.ctx())
	ended := make(chan error, 1)
	go func() { ended <- b.bot.Run(ctx) }()
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 3 })
	b.submit(localslack.Tess, b.command("Acme acme.com"), nil)
	b.soon("Slack has said who asks", func() bool { _, said := b.bot.gate.known.Get(localslack.Tess); return said })
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run returned %v", err)
	}
	b.bot.web.hc.hc.CloseIdleConnections()
	b.slack.Close()
	goleak.VerifyNone(t, ignore,
		// go-cache stops its janitors by finalizers, when their caches are collected.
		goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

// Not parallel: it looks at every goroutine. Each has two sockets, of which some are being opened when
// it is stopped.
func TestFiftyBotsStartAndStopAtOnce(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	var all sync.WaitGroup
	for n := range 50 {
		b := idle(t, func(c *Config) { c.Sockets = 2 })
		all.Go(func() {
			ctx, stop := context.WithCancel(b.ctx())
			ended := make(chan error, 1)
			go func() { ended <- b.bot.Run(ctx) }()
			if err := b.slack.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() >= n%3 }); err != nil {
				t.Error(err)
			}
			stop()
			if err := <-ended; err != nil {
				t.Errorf("Run returned %v", err)
			}
			b.bot.web.hc.hc.CloseIdleConnections()
			b.slack.Close()
		})
	}
	all.Wait()
	goleak.VerifyNone(t, ignore, goleak.IgnoreTopFunction("github.com/patrickmn/go-cache.(*janitor).Run"))
}

func TestGhostConnectionsAreSaid(t *testing.T) {
	t.Parallel()
	b := idle(t)
	b.slack.AddGhost()
	b.slack.AddGhost()
	ctx, stop := context.WithCancel(b.ctx())
	ended := make(chan error, 1)
	go func() { ended <- b.bot.Run(ctx) }()
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 3 })
	b.soon("a word in the log", func() bool { return strings.Contains(b.log.String(), "many more sockets") })
	stop()
	<-ended
}

func TestDoneCallsCountAsDone(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"ok":true,"ts":"17.4","message":{"blocks":[{"type":"actions","elements":[{"type":"crystal_ball"}]}]}}`))
	}))
	defer s.Close()
	b := idle(t, func(c *Config) { c.APIURL = s.URL + "/" })
	ts, err := b.bot.web.post(t.Context(), "k", "C1", "", modals.Note("hello"))
	if ts != "17.4" || err != nil {
		t.Errorf("post returned %q, %v; the message was posted", ts, err)
	}
}

func TestErrorsDoNotNameResponseURLs(t *testing.T) {
	t.Parallel()
	b := idle(t)
	b.slack.Close()
	err := b.bot.web.respond(t.Context(), b.cfg.APIURL+"secret-path", response{Text: "x"})
	if err == nil || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("the error is %v", err)
	}
	if errors.Unwrap(err) == nil {
		t.Errorf("%v hides its cause", err)
	}
}

func TestAPanicBesideAHandlerIsSurvived(t *testing.T) {
	t.Parallel()
	b := idle(t)
	b.bot.work.aside(time.Minute, func(context.Context) { panic("the disk is on fire") })
	b.bot.work.wait(10 * time.Second)
	if !has(b.log.String(), "panic", "the disk is on fire") {
		t.Errorf("the log says nothing of it: %s", b.log)
	}
}

// slow leaves a test of several seconds out under -short.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes seconds")
	}
}
