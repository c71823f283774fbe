package localslack_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"halobot/internal/sandbox/localslack"
)

func TestASocketIsGreeted(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	connect(t, s)
	hello := dial(t, s).next()
	if hello.at("num_connections") != 2.0 || hello.str("connection_info", "app_id") != localslack.App ||
		hello.at("debug_info", "approximate_connection_time") == nil {
		t.Errorf("greeted with %v", hello)
	}
	if got := len(s.Opens()); got != 2 {
		t.Errorf("%d opens counted, want 2", got)
	}
}

func TestTheEleventhSocketIsSentAway(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	for range 10 {
		connect(t, s)
	}
	c := dial(t, s)
	if o := c.next(); o.str("type") != "disconnect" || o.str("reason") != "too_many_websockets" {
		t.Errorf("the eleventh got %v", o)
	}
	if _, err := c.read(); err == nil {
		t.Error("the eleventh stayed connected")
	}
}

func TestATicketIsGoodForOneConnection(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	u := socketURL(t, s)
	ws, _, err := websocket.DefaultDialer.Dial(u, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	if _, resp, err := websocket.DefaultDialer.Dial(u, nil); err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a second connection with the same ticket: %v, %v", resp, err)
	}
}

func TestPings(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{PingEvery: 10 * time.Millisecond})
	c := connect(t, s)
	pinged := make(chan struct{}, 100)
	c.ws.SetPingHandler(func(string) error { pinged <- struct{}{}; return nil })
	go func() { _, _ = c.read() }()
	<-pinged
	<-pinged
	s.DropSockets()
}

func TestAnUnacknowledgedCommandFailsAfterThreeSecondsAndIsNotSentAgain(t *testing.T) {
	takesSeconds(t)
	s := start(t, localslack.Options{EventRetries: []time.Duration{0}})
	c := connect(t, s)
	begun := time.Now()
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	first := c.next()
	if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrTimeout) {
		t.Errorf("ended with %v, want ErrTimeout", err)
	}
	if took := time.Since(begun); took < 2*time.Second {
		t.Errorf("gave up after %v", took)
	}
	c.ack(first, nil) // too late: nothing to Slack
	s.Look(func(now *localslack.Snapshot) {
		if n := now.Notices(localslack.Tess); len(n) != 1 || !strings.Contains(n[0].Text, "did not respond") {
			t.Errorf("Tess was told %v", n)
		}
	})
	must(s.Command(localslack.Tess, localslack.Desk, "/y", ""))(t)
	if next := c.next(); next.str("payload", "command") != "/y" {
		t.Errorf("sent again: %v", next)
	}
}

func TestWithoutASocketACommandFailsAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrNoSocket) {
		t.Errorf("ended with %v, want ErrNoSocket", err)
	}
	s.Look(func(now *localslack.Snapshot) {
		if n := now.Notices(localslack.Tess); len(n) != 1 || !strings.Contains(n[0].Text, "dispatch_failed") {
			t.Errorf("Tess was told %v", n)
		}
	})
}

func TestAnEventIsSentAgainUntilItIsAcknowledged(t *testing.T) {
	takesSeconds(t)
	s := start(t, localslack.Options{EventRetries: []time.Duration{0}})
	c := connect(t, s)
	it := must(s.OpenHome(localslack.Tess))(t)
	first := c.next()
	o := c.next()
	if first.at("retry_attempt") != 0.0 || o.at("retry_attempt") != 1.0 || o.str("payload", "event_id") != first.str("payload", "event_id") {
		t.Errorf("first %v\nthen %v", first, o)
	}
	if o.str("retry_reason") != "timeout" || o.str("payload", "event", "type") != "app_home_opened" || o.at("accepts_response_payload") != false {
		t.Errorf("the second attempt: %v", o)
	}
	c.ack(o, nil)
	if _, err := it.Wait(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnythingCanBeRedelivered(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", "text"))(t)
	first := c.next()
	c.ack(first, nil)
	must(it.Wait(t.Context()))(t)
	for attempt := range 2 {
		again := s.Redeliver(it, attempt)
		o := c.next()
		if raw(o.at("payload")) != raw(first.at("payload")) || o.str("envelope_id") != first.str("envelope_id") {
			t.Errorf("redelivered %v\nof %v", o, first)
		}
		if _, has := o["retry_attempt"]; has != (attempt > 0) {
			t.Errorf("attempt %d: %v", attempt, o)
		}
		c.ack(o, nil)
		must(again.Wait(t.Context()))(t)
	}
}

func TestAcksOnAnotherSocket(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		s := start(t, localslack.Options{})
		s.SetStrictAcks(strict)
		a := connect(t, s)
		it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
		o := a.next()
		b := connect(t, s)
		b.ack(o, nil)
		if strict {
			waitForTraffic(t, s, "ack", 1)
			a.ack(o, nil)
		}
		ack := must(it.Wait(t.Context()))(t)
		if strict {
			waitForTraffic(t, s, "ack", 2) // the first was not enough
		}
		if ack.After <= 0 {
			t.Errorf("acknowledged after %v", ack.After)
		}
	}
}

// waitForTraffic waits until n entries of a kind crossed the wire.
func waitForTraffic(t *testing.T, s *localslack.Slack, kind string, n int) []localslack.Entry {
	t.Helper()
	for {
		entries, more := s.Traffic(0)
		found := 0
		for _, e := range entries {
			if e.Kind == kind {
				found++
			}
		}
		if found >= n {
			return entries
		}
		select {
		case <-more:
		case <-time.After(20 * time.Second):
			t.Fatalf("%d entries of kind %s, want %d", found, kind, n)
		}
	}
}

func TestAGhostSwallowsItsShare(t *testing.T) {
	takesSeconds(t)
	s := start(t, localslack.Options{})
	s.AddGhost()
	hello := dial(t, s).next()
	if hello.at("num_connections") != 2.0 {
		t.Errorf("greeted with %v, the ghost does not count", hello)
	}
	s.DropSockets()
	s.AddGhost()
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrTimeout) {
		t.Errorf("ended with %v, want ErrTimeout", err)
	}
}

func TestFramesOver20KBAreDropped(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	o := c.next()
	c.ack(o, object{"text": strings.Repeat("x", 20<<10)})
	c.ack(o, object{"text": "short"})
	if ack := must(it.Wait(t.Context()))(t); string(ack.Payload) != `{"text":"short"}` {
		t.Errorf("acknowledged with %.40s", ack.Payload)
	}
}

func TestSocketsAreAskedToLeave(t *testing.T) {
	t.Parallel()
	for reason, stays := range map[string]bool{"refresh_requested": false, "warning": true} {
		s := start(t, localslack.Options{})
		c := connect(t, s)
		s.Refresh(reason)
		if o := c.next(); o.str("type") != "disconnect" || o.str("reason") != reason {
			t.Errorf("asked with %v", o)
		}
		it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
		if !stays {
			if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrNoSocket) {
				t.Errorf("%s: a command ended with %v", reason, err)
			}
			continue
		}
		c.ack(c.next(), nil)
		must(it.Wait(t.Context()))(t)
	}
}

func TestOneOfTwoSocketsIsRefreshed(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	connect(t, s)
	connect(t, s)
	s.RefreshOne("refresh_requested")
	s.Look(func(now *localslack.Snapshot) {
		if now.Sockets() != 1 {
			t.Errorf("%d sockets left, want 1", now.Sockets())
		}
	})
}

func TestNewSocketsCanBeRefused(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.RefuseSockets("link_disabled")
	if o := dial(t, s).next(); o.str("reason") != "link_disabled" {
		t.Errorf("got %v", o)
	}
	s.RefuseSockets("")
	connect(t, s)
}

func TestGarbageArrivesAsItIs(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	s.Garbage([]byte("{nonsense"))
	if _, frame, err := c.ws.ReadMessage(); err != nil || string(frame) != "{nonsense" {
		t.Errorf("read %q, %v", frame, err)
	}
}

func TestSlackGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	s.SetAway(localslack.Unavailable)
	if _, err := c.read(); err == nil {
		t.Error("the socket is still open")
	}
	resp, err := http.Post(s.APIURL()+"api.test", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %s", resp.Status)
	}
	s.SetAway(localslack.Unreachable)
	if resp, err := http.Post(s.APIURL()+"api.test", "", nil); err == nil {
		resp.Body.Close()
		t.Errorf("answered %s", resp.Status)
	}
	s.SetAway(localslack.Present)
	connect(t, s)
}
