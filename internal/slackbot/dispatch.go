package slackbot

import (
	"context"
	"encoding/json"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"halobot/internal/modals"
)

// workers run handlers beside the loops that read the sockets.
type workers struct {
	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
	queued  atomic.Int64
	slots   *semaphore.Weighted
	lastAck atomic.Int64 // Unix nanoseconds

	// ctx ends when the bot stops: for what may be left undone.
	ctx   context.Context
	stop  context.CancelFunc
	guard func(what string) // catches a panic
}

const (
	// maxRunning handlers work at once; each is a call or two to Slack and the database.
	maxRunning = 256
	// maxQueued handlers may wait for one of those; what comes on top is not acknowledged.
	maxQueued = 4096
	// maxWait is how long one may wait: after three seconds Slack has given up on the click.
	maxWait = 2500 * time.Millisecond
)

func (w *workers) init(guard func(what string)) {
	w.guard = guard
	w.slots = semaphore.NewWeighted(maxRunning)
	w.ctx, w.stop = context.WithCancel(context.Background())
}

// run starts do in the background; false when the bot is stopping or has too much to do.
func (w *workers) run(do func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.queued.Load() >= maxQueued {
		return false
	}
	w.queued.Add(1)
	w.running.Go(func() {
		defer w.queued.Add(-1)
		do()
	})
	return true
}

// aside runs do beside the handler that asks for it, with a context that ends when the bot
// stops or the time is up. It counts as running, and takes no slot.
func (w *workers) aside(timeout time.Duration, do func(context.Context)) {
	w.beside(w.ctx, timeout, do)
}

// finish is aside for what a stop waits for instead of ending it; false when the bot takes no
// more work.
func (w *workers) finish(timeout time.Duration, do func(context.Context)) bool {
	return w.beside(context.WithoutCancel(w.ctx), timeout, do)
}

func (w *workers) beside(ctx context.Context, timeout time.Duration, do func(context.Context)) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.running.Go(func() {
		defer w.guard("work beside a handler")
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		do(ctx)
	})
	return true
}

// settle ends what may be left undone, and returns when no handler is running, or after d: new
// ones are still taken, since Slack goes on sending while a socket is open.
func (w *workers) settle(d time.Duration) {
	w.stop()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	for w.queued.Load() > 0 && sleep(ctx, 10*time.Millisecond) {
	}
}

// close takes no more work.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.stop()
}

// wait returns when all running work is done, or after d.
func (w *workers) wait(d time.Duration) {
	done := make(chan struct{})
	go func() { w.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(d):
	}
}

// acked notes that an acknowledgement was handed over just now.
func (w *workers) acked() { w.lastAck.Store(time.Now().UnixNano()) }

// flush waits until the last acknowledgement was handed over at least d ago.
func (w *workers) flush(d time.Duration) {
	if last := w.lastAck.Load(); last != 0 {
		time.Sleep(time.Until(time.Unix(0, last).Add(d)))
	}
}

// receive takes an envelope that slack-go could not decode from its raw JSON.
func (b *Bot) receive(s *socket, raw json.RawMessage) {
	var env envelope
	if err := decode(raw, &env); err != nil || env.ID == "" {
		b.metrics.envelope("other", "unreadable")
		b.log.Warn("a frame from Slack is no envelope; it is dropped", "bytes", len(raw))
		return
	}
	b.accept(s, env)
}

// accept hands an envelope to a handler of its own. When the bot cannot keep up, the envelope
// is left without acknowledgement: Slack then tells the person that it did not work, and sends
// events again.
func (b *Bot) accept(s *socket, env envelope) {
	in := &incoming{bot: b, sock: s, envelope: env}
	ok := b.work.run(func() {
		ctx, cancel := context.WithTimeout(context.Background(), maxWait)
		err := b.work.slots.Acquire(ctx, 1)
		cancel()
		if err != nil {
			b.metrics.envelope("any", "too_late")
			b.log.Error("too much to do: an envelope was not handled in time and is left to Slack")
			return
		}
		defer b.work.slots.Release(1)
		b.dispatch(in)
	})
	if !ok {
		b.metrics.envelope("any", "not_taken")
	}
}

// handlerTimeout bounds one handler, so that no slot is held for ever.
const handlerTimeout = 30 * time.Second

// dispatch runs the handler for in, and survives it.
func (b *Bot) dispatch(in *incoming) {
	ctx, cancel := context.WithTimeout(context.Background(), handlerTimeout)
	defer cancel()
	kind, handle := b.route(in)
	log := b.log.With("kind", kind)
	if handle == nil {
		b.metrics.envelope(kind, "unknown")
		log.Info("nothing here answers to this; it is acknowledged and dropped", "type", in.Type)
		in.ack(ctx, nil)
		return
	}
	defer b.survive(ctx, in, kind, log)
	handle(ctx)
	b.metrics.envelope(kind, "handled")
}

// survive ends a panic in a handler: it is logged, counted, and told to the person.
func (b *Bot) survive(ctx context.Context, in *incoming, kind string, log *slog.Logger) {
	p := recover()
	if p == nil {
		return
	}
	b.metrics.panics.Inc()
	b.metrics.envelope(kind, "panic")
	log.Error("a handler panicked", "panic", p, "stack", string(debug.Stack()))
	defer func() {
		if p := recover(); p != nil {
			log.Error("telling of a panic panicked", "panic", p)
		}
	}()
	if kind == "submission" && !in.isAcked() {
		in.ackErrors(ctx, map[string]string{modals.BlockName: sayFault})
		return
	}
	in.ack(ctx, nil)
	if in.who.ID == "" {
		return
	}
	o := origin{User: in.who.ID, Channel: in.at.ID, URL: in.url, URLAt: time.Now()}
	if err := b.tell(ctx, o, modals.Note(sayFault)); err != nil {
		log.Warn("a person could not be told of a fault", "err", explain(err))
	}
}

// guard ends a panic where nobody waits for an answer. It must be deferred as it is.
func (b *Bot) guard(what string) {
	if p := recover(); p != nil {
		b.metrics.panics.Inc()
		b.log.Error(what+" panicked", "panic", p, "stack", string(debug.Stack()))
	}
}
