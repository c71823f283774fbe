package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/sync/errgroup"
)

// sockets hold the bot's connections to Slack.
type sockets struct {
	*parts
	accept    func(acker, envelope)
	connected atomic.Int32
	greeted   atomic.Bool // Slack has taken a socket since the start
}

// serve runs every socket until ctx ends, and then ends the handlers before the sockets.
func (b *sockets) serve(ctx context.Context) error {
	// The sockets outlive ctx by the time that handlers need to finish.
	hold, release := context.WithCancelCause(context.WithoutCancel(ctx))
	defer release(nil)
	group, hold := errgroup.WithContext(hold)
	for i := range max(1, b.cfg.Sockets) {
		group.Go(func() error {
			// Slack answers 409 to sockets of one app that are dialled in the same instant.
			if !sleep(hold, time.Duration(i)*stagger) {
				return nil
			}
			return b.hold(hold)
		})
	}
	go func() {
		select {
		case <-ctx.Done():
			b.work.quiet(busy)
			b.work.close()
			b.work.wait(drain)
			b.work.flush(flush)
			release(context.Canceled)
		case <-hold.Done():
		}
	}()
	err := group.Wait()
	b.work.close()
	b.work.wait(drain)
	return err
}

const (
	stagger = 300 * time.Millisecond
	// busy is how long a bot that stops may wait for a moment without running handlers.
	busy = 2 * time.Second
	// drain is how long running handlers may take when the bot stops.
	drain = 10 * time.Second
	// flush is how long after the last acknowledgement a socket is kept: slack-go's Ack returns
	// when it has queued one, not when it has written it.
	flush = 250 * time.Millisecond
)

// socket is one Socket Mode connection after another.
type socket struct {
	*sockets
	client *socketmode.Client
	pace   *pacer
	up     atomic.Bool

	mu   sync.Mutex
	acks []handedOver // the latest ones
}

// handedOver is an acknowledgement that slack-go has queued.
type handedOver struct {
	id      string
	payload any
	at      time.Time
	again   func(context.Context) // nil: nothing
}

// AckCtx implements acker.
func (s *socket) AckCtx(ctx context.Context, id string, payload any) error {
	now := time.Now()
	s.mu.Lock()
	s.acks = slices.DeleteFunc(s.acks, func(h handedOver) bool { return now.Sub(h.at) > ackDoubt })
	s.acks = append(s.acks, handedOver{id: id, payload: payload, at: now})
	s.mu.Unlock()
	return s.client.AckCtx(ctx, id, payload)
}

// IfAgain implements acker.
func (s *socket) IfAgain(id string, do func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.acks {
		if s.acks[i].id == id {
			s.acks[i].again = do
		}
	}
}

// ackDoubt is how long an acknowledgement is kept: those that were handed over just before a
// connection ended may have been written to its remains.
const ackDoubt = 3 * time.Second

// ackAgain hands over once more what may have got lost with the last connection: slack-go drops
// an acknowledgement that it cannot write. For Slack a second one of the same envelope is of no
// account.
func (s *socket) ackAgain() {
	s.mu.Lock()
	acks := slices.Clone(s.acks)
	s.mu.Unlock()
	acks = slices.DeleteFunc(acks, func(h handedOver) bool { return time.Since(h.at) > ackDoubt })
	if len(acks) == 0 {
		return
	}
	s.work.aside(2*ackTimeout, func(ctx context.Context) {
		defer s.work.guard("acknowledging again")
		for _, h := range acks {
			if s.client.AckCtx(ctx, h.id, h.payload) != nil {
				return
			}
		}
		s.Written(ctx)
		for _, h := range acks {
			if h.again != nil {
				h.again(ctx)
			}
		}
	})
}

// Written implements acker: what was queued waits in slack-go while there is no connection, and
// goes out with the next one.
func (s *socket) Written(ctx context.Context) {
	for !s.up.Load() && sleep(ctx, 20*time.Millisecond) {
	}
	sleep(ctx, ackHead)
}

// ackHead is the way of an acknowledgement from slack-go's queue to the socket.
const ackHead = 20 * time.Millisecond

// maxFrame bounds one frame of a socket, in bytes: a hundred times what Slack's largest view has. A
// longer one ends the connection, and is not read.
const maxFrame = 25 << 20

// hold keeps one socket until ctx ends or Slack turns it down for good.
func (b *sockets) hold(ctx context.Context) error {
	pace := &pacer{}
	api := slack.New(b.cfg.BotToken, apiOptions(b.cfg, &paced{observed: b.web.hc, pace: pace})...)
	// One client for all of its connections: events and acknowledgements queued in it survive a
	// reconnect.
	s := &socket{sockets: b, pace: pace, client: socketmode.New(api, socketmode.OptionDebug(true), socketmode.OptionLog(ear{b.web.health}), socketmode.OptionReadLimit(maxFrame), socketmode.OptionDialer(&websocket.Dialer{
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: 10 * time.Second,
		WriteBufferSize:  32 << 10, // Slack does not put split messages together again
	}))}
	for ctx.Err() == nil {
		err := s.run(ctx)
		s.mark(false)
		if fatal := fatalFor(appToken, err); fatal != nil && !b.greeted.Load() {
			return fatal
		}
	}
	return nil
}

// run connects, reconnects after each disconnect, and returns when connecting fails: slack-go
// would then wait for up to five minutes, the caller's pacer for less.
func (s *socket) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	done := make(chan error, 1)
	go func() { done <- s.client.RunContext(ctx) }()
	for {
		select {
		case evt := <-s.client.Events:
			s.handle(ctx, evt, stop)
		case err := <-done:
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return err
		}
	}
}

// handle looks at one event. It never blocks.
func (s *socket) handle(ctx context.Context, evt socketmode.Event, stop context.CancelCauseFunc) {
	defer s.work.guard("reading from a socket")
	switch evt.Type {
	case socketmode.EventTypeConnecting:
		s.mark(false)
	case socketmode.EventTypeConnectionError:
		failed, ok := evt.Data.(*slack.ConnectionErrorEvent)
		if !ok || ctx.Err() != nil {
			return
		}
		if s.connected.Load() == 0 {
			s.web.health.away.Failed(errors.New(explain(withoutURL(failed.ErrorObj))))
		}
		stop(failed.ErrorObj)
	case socketmode.EventTypeHello:
		s.hello(ctx, evt.Request)
	case socketmode.EventTypeErrorWriteFailed:
		s.metrics.envelope("ack", "lost")
		s.log.WarnContext(ctx, "an acknowledgement could not be written to Slack")
	case socketmode.EventTypeIncomingError:
		s.log.DebugContext(ctx, "a socket to Slack broke or carried garbage; it is opened again")
	case socketmode.EventTypeErrorBadMessage:
		if bad, ok := evt.Data.(*socketmode.ErrorBadMessage); ok {
			s.receive(bad.Message)
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeInteractive, socketmode.EventTypeSlashCommand:
		if evt.Request != nil {
			s.accept(s, envelope{
				Type: evt.Request.Type, ID: evt.Request.EnvelopeID, Payload: evt.Request.Payload,
				Attempt: evt.Request.RetryAttempt,
			})
		}
	}
}

// receive takes an envelope that slack-go could not decode from its raw JSON.
func (s *socket) receive(raw json.RawMessage) {
	var env envelope
	if err := decode(raw, &env); err != nil || env.ID == "" {
		s.metrics.envelope("other", "unreadable")
		s.log.Warn("a frame from Slack is no envelope; it is dropped", "bytes", len(raw))
		return
	}
	s.accept(s, env)
}

// mark notes the socket's state.
func (s *socket) mark(up bool) {
	if s.up.Swap(up) == up {
		return
	}
	n := int32(1)
	if !up {
		n = -1
	}
	s.metrics.connected.Set(float64(s.connected.Add(n)))
}

// hello makes the socket count: Slack sends nothing on one that it has not greeted. It watches how
// many sockets the app has: many more than one's own are another bot with the same tokens, which
// takes a share of the clicks, or dead connections that Slack still routes to.
func (s *socket) hello(ctx context.Context, r *socketmode.Request) {
	s.pace.hello()
	s.greeted.Store(true)
	s.mark(true)
	s.ackAgain()
	s.web.health.away.Answered()
	s.log.InfoContext(ctx, "connected to Slack")
	if r == nil {
		return
	}
	s.metrics.connections.Set(float64(r.NumConnections))
	if r.NumConnections > 2*max(1, s.cfg.Sockets) {
		s.log.WarnContext(ctx, "Slack counts many more sockets than this bot holds: unless other replicas "+
			"account for them, another bot uses the same app, or dead connections swallow clicks "+
			"(a new app-level token ends those)", "sockets", r.NumConnections, "own", s.cfg.Sockets)
	}
}

// fatalError is one that waiting does not mend.
type fatalError struct {
	variable string
	code     string
}

func (e *fatalError) Error() string {
	return fmt.Sprintf("%s: %s (Slack says %q). The bot cannot run; fix that and start it again.",
		e.variable, fatalWords[e.code], e.code)
}

// fatalWords are the codes that no waiting mends, and what each means.
var fatalWords = map[string]string{
	"invalid_auth":           "Slack does not know this token; copy it anew from the app's settings",
	"not_authed":             "no token reached Slack; copy it from the app's settings",
	"account_inactive":       "the app or its user was removed from the workspace; install the app again and copy the token anew",
	"token_revoked":          "the token was revoked; install the app again, or make a new token, and copy it",
	"token_expired":          "the token has expired; turn token rotation off in the app's settings and copy the token anew",
	"not_allowed_token_type": "this is a token of another kind; the app token begins with xapp-, the bot token with xoxb-",
	"missing_scope":          "the token lacks a scope; the app token needs connections:write",
	"forbidden_team":         "the app may not be used in this workspace; use a token of an app that is installed there",
	notFound:                 "nothing there answers as Slack's Web API does; leave the variable out unless you mean it",
}

// notFound stands for HTTP 404 where Slack has a code otherwise.
const notFound = "404 Not Found"

// fatalFor returns err as a fatal error about variable, or nil when it may pass.
func fatalFor(variable string, err error) *fatalError {
	if err == nil {
		return nil
	}
	c := code(err)
	var status slack.StatusCodeError
	if errors.As(err, &status) && status.Code == http.StatusNotFound {
		c, variable = notFound, "SLACK_API_URL"
	}
	if _, ok := fatalWords[c]; !ok {
		return nil
	}
	return &fatalError{variable: variable, code: c}
}

// sleep waits for d; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
