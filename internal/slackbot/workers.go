package slackbot

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
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
	ctx     context.Context
	stop    context.CancelFunc
	log     *slog.Logger
	metrics *metrics
}

const (
	// maxRunning handlers work at once; each is a call or two to Slack and the database.
	maxRunning = 256
	// maxQueued handlers may wait for one of those; what comes on top is not acknowledged.
	maxQueued = 4096
	// maxWait is how long one may wait: after three seconds Slack has given up on the click.
	maxWait = 2500 * time.Millisecond
)

func newWorkers(log *slog.Logger, m *metrics) *workers {
	w := &workers{slots: semaphore.NewWeighted(maxRunning), log: log, metrics: m}
	w.ctx, w.stop = context.WithCancel(context.Background())
	return w
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

// quiet ends what may be left undone, and returns when no handler is running, or after d: new
// ones are still taken, since Slack goes on sending while a socket is open.
func (w *workers) quiet(d time.Duration) {
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

// guard catches a panic in what nobody waits for. It must be deferred directly: recover works
// nowhere else.
func (w *workers) guard(what string) {
	if p := recover(); p != nil {
		w.metrics.panics.Inc()
		w.log.Error(what+" panicked", "panic", p, "stack", string(debug.Stack()))
	}
}
