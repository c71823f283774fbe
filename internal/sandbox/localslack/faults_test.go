package localslack_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localslack"
)

func TestResponseURLs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	now := time.Now()
	d.SetClock(func() time.Time { return now })
	call(t, d.Slack, "chat.postMessage", "channel", localslack.Desk, "text", "alert", "blocks", raw(buttons("new", "x")))
	m := last(d, localslack.Desk)
	d.SetMember(localslack.Desk, localslack.Bot, false) // it works all the same
	it := must(d.Click(localslack.Tess, m, "new"))(t)
	d.c.ack(d.c.next(), nil)
	for _, tt := range []struct {
		body   object
		status int
		want   string
	}{
		{object{"text": "for her alone"}, 200, "ok"},
		{object{"text": "for all", "response_type": "in_channel"}, 200, "ok"},
		{object{"text": "replaced", "replace_original": true}, 200, "ok"},
		{object{"blocks": []any{object{"type": "x"}}}, 400, "invalid_blocks"},
		{object{}, 400, "no_text"},
		{object{"delete_original": true}, 200, "ok"},
		{object{"text": "the fifth"}, 200, "ok"},
		{object{"text": "the sixth"}, 404, "used_url"},
	} {
		if status, body := post(t, it.ResponseURL, tt.body); status != tt.status || body != tt.want {
			t.Errorf("%v: %d %q, want %d %q", tt.body, status, body, tt.status, tt.want)
		}
		if tt.body["replace_original"] == true {
			d.Look(func(now *localslack.Snapshot) {
				if r := now.Message(localslack.Desk, m.TS); r.Text != "replaced" || r.Blocks != nil {
					t.Errorf("replaced: %+v", r)
				}
			})
		}
	}
	d.Look(func(now *localslack.Snapshot) {
		if e := now.EphemeralsFor(localslack.Tess); len(e) != 2 || e[0].Text != "for her alone" {
			t.Errorf("ephemerals: %v", e)
		}
		if list := now.Messages(localslack.Desk); len(list) != 1 || list[0].Text != "for all" {
			t.Errorf("messages: %v", list)
		}
	})
	other := must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	d.c.ack(d.c.next(), nil)
	now = now.Add(31 * time.Minute)
	if status, body := post(t, other.ResponseURL, object{"text": "x"}); status != 404 || body != "expired_url" {
		t.Errorf("after half an hour: %d %q", status, body)
	}
}

func TestAResponseURLReplacesTheWebhooksMessageAndTheEphemeral(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	hooked := must(d.PostByWebhook(localslack.Mail, map[string]any{"text": "alert", "blocks": buttons("new", "x")}))(t)
	call(t, d.Slack, "chat.postEphemeral", "channel", localslack.Desk, "user", localslack.Tess, "text", "x", "blocks", raw(buttons("retry", "k")))
	var e *localslack.Message
	d.Look(func(now *localslack.Snapshot) { e = now.EphemeralsFor(localslack.Tess)[0] })
	for _, m := range []*localslack.Message{hooked, e} {
		var actions []string
		if m == e {
			actions = []string{"retry"}
		} else {
			actions = []string{"new"}
		}
		it := must(d.Click(localslack.Tess, m, actions[0]))(t)
		d.c.ack(d.c.next(), nil)
		post(t, it.ResponseURL, object{"text": "settled", "replace_original": true})
	}
	d.Look(func(now *localslack.Snapshot) {
		if m := now.Message(localslack.Mail, hooked.TS); m.Text != "settled" || m.BotID != localslack.HookBot {
			t.Errorf("the webhook's message: %+v", m)
		}
		if list := now.EphemeralsFor(localslack.Tess); len(list) != 1 || list[0].Text != "settled" {
			t.Errorf("the ephemeral message: %v", list)
		}
	})
}

func TestTheIncomingWebhook(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if status, body := post(t, d.WebhookURL(localslack.General), object{"text": "hi"}); status != 200 || body != "ok" {
		t.Errorf("posted: %d %q", status, body)
	}
	resp, err := http.PostForm(d.WebhookURL(localslack.General), url.Values{"payload": {`{"text":"form"}`}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if m := last(d, localslack.General); m.Text != "form" || m.AppID != localslack.App || m.BotID != localslack.HookBot || m.User != "" {
		t.Errorf("stored: %+v", m)
	}
	for channel, want := range map[string]string{"C0000000NOT": "channel_not_found", localslack.Archived: "channel_is_archived", localslack.Desk: "invalid_blocks"} {
		if _, body := post(t, d.WebhookURL(channel), object{"blocks": message("")}); body != want {
			t.Errorf("%s: %q, want %q", channel, body, want)
		}
	}
}

// try calls auth.test and says what came back: a code, a status, or lost.
func try(s *localslack.Slack, method string, pairs ...string) string {
	form := url.Values{"token": {s.BotToken()}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}} // a kept connection would be tried again
	resp, err := client.PostForm(s.APIURL()+method, form)
	if err != nil {
		return "lost"
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return resp.Status + " " + resp.Header.Get("Retry-After")
	}
	var o object
	if json.NewDecoder(resp.Body).Decode(&o) != nil {
		return "no JSON"
	}
	if o.at("ok") == true {
		return "ok"
	}
	return o.str("error")
}

func TestFaultsHitTheNextCallsAndNoMore(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	post := func() string { return try(s, "chat.postMessage", "channel", localslack.Desk, "text", "x") }
	s.RateLimit("chat.postMessage", 1, 1500*time.Millisecond)
	s.Fail("chat.postMessage", 1, "internal_error")
	s.FailStatus("chat.postMessage", 1, http.StatusBadGateway)
	s.LoseAnswers("chat.postMessage", 1)
	s.Fail(localslack.Anything, 1, "fatal_error")
	for _, want := range []string{"429 Too Many Requests 2", "internal_error", "502 Bad Gateway ", "lost", "fatal_error", "ok"} {
		if got := post(); got != want {
			t.Errorf("answered %q, want %q", got, want)
		}
	}
	s.Look(func(now *localslack.Snapshot) {
		if got := len(now.Messages(localslack.Desk)); got != 2 {
			t.Errorf("%d messages, want 2: the one whose answer was lost and the last", got)
		}
	})
	if got := s.Calls("chat.postMessage"); got != 6 {
		t.Errorf("%d calls counted, want 6", got)
	}
	s.Fail("auth.test", 5, "x")
	s.ClearFaults()
	if got := try(s, "auth.test"); got != "ok" {
		t.Errorf("after ClearFaults: %q", got)
	}
}

func TestACallCanBeHeld(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		at       localslack.Moment
		end      func(*localslack.Hold)
		want     string
		whenHeld int // messages while it is held
		after    int
	}{
		{"before, released", localslack.Before, (*localslack.Hold).Release, "ok", 0, 1},
		{"before, dropped", localslack.Before, (*localslack.Hold).Drop, "lost", 0, 0},
		{"after, released", localslack.After, (*localslack.Hold).Release, "ok", 1, 1},
		{"after, dropped", localslack.After, (*localslack.Hold).Drop, "lost", 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, localslack.Options{})
			count := func() (n int) {
				s.Look(func(now *localslack.Snapshot) { n = len(now.Messages(localslack.Desk)) })
				return n
			}
			h := s.Hold("chat.postMessage", tt.at)
			got := make(chan string, 1)
			go func() { got <- try(s, "chat.postMessage", "channel", localslack.Desk, "text", "x") }()
			if err := h.Arrived(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := count(); n != tt.whenHeld {
				t.Errorf("%d messages while held, want %d", n, tt.whenHeld)
			}
			tt.end(h)
			if g := <-got; g != tt.want {
				t.Errorf("answered %q, want %q", g, tt.want)
			}
			if n := count(); n != tt.after {
				t.Errorf("%d messages in the end, want %d", n, tt.after)
			}
		})
	}
}

func TestAHeldCallIsNotDoneWhenItsCallerDies(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	h := s.Hold("chat.postMessage", localslack.Before)
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.APIURL()+"chat.postMessage", strings.NewReader(url.Values{
		"token": {s.BotToken()}, "channel": {localslack.Desk}, "text": {"x"},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	if err := h.Arrived(t.Context()); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-done
	for entries, more := s.Traffic(0); entries[0].Took == 0; entries, more = s.Traffic(0) {
		<-more // until the call is over
	}
	s.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Desk)); n != 0 {
			t.Errorf("%d messages, want none", n)
		}
	})
}

func TestAnAcknowledgementCanBeHeld(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	h := d.Hold("ack", localslack.Before)
	it := must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	d.c.ack(d.c.next(), nil)
	if err := h.Arrived(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := must(d.Command(localslack.Tess, localslack.Desk, "/y", ""))(t)
	d.c.ack(d.c.next(), nil)
	must(other.Wait(t.Context()))(t) // the socket goes on
	h.Release()
	must(it.Wait(t.Context()))(t)
}

func TestTrafficIsKeptWithoutTokens(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.trigger()
	waitForTraffic(t, d.Slack, "ack", 1)
	call(t, d.Slack, "auth.test")
	if _, _, err := d.RunStep("any", nil); err != nil {
		t.Fatal(err)
	}
	d.c.ack(d.c.next(), nil)
	entries := waitForTraffic(t, d.Slack, "ack", 2)
	all := raw(entries)
	for _, secret := range []string{d.BotToken(), d.AppToken(), "xwfp-"} {
		if strings.Contains(all, secret) {
			t.Errorf("the log holds %s", secret)
		}
	}
	var kinds []string
	for i, e := range entries {
		if e.N != i+1 || e.At.IsZero() {
			t.Errorf("entry %d: %+v", i, e)
		}
		kinds = append(kinds, string(e.Direction)+" "+e.Kind+" "+e.Method)
	}
	want := "app call apps.connections.open|slack socket hello|slack envelope slash_commands|app ack |app call auth.test|slack envelope events_api|app ack "
	if got := strings.Join(kinds, "|"); got != want {
		t.Errorf("traffic: %s\nwant:    %s", got, want)
	}
	if rest, _ := d.Traffic(len(entries) - 1); len(rest) != 1 {
		t.Errorf("%d entries after the last but one", len(rest))
	}
}

func TestWaitingInVainSaysHowThingsStand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.open(plainView())
	must(d.Post(localslack.Tess, localslack.Desk, "hello", ""))(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.Wait(ctx, func(*localslack.Snapshot) bool { return false })
	for _, part := range []string{"1 sockets", `"New client" open`, `"hello"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v lacks %q", err, part)
		}
	}
}
