package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// process is a service on a memory, as a process of its own: it can be killed and suspended.
type process struct {
	*Service
	queueOf *memoryQueue

	mu      sync.Mutex
	dead    bool
	resumed chan struct{} // closed when it goes on; nil while it runs
}

var errKilled = errors.New("the process was killed")

// on makes a process that works on m.
func (m *memory) on(cfg Config) *process {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := newService(cfg)
	p := &process{Service: s}
	m.mu.Lock()
	m.workers++
	q := &memoryQueue{
		memory: m, p: p, name: fmt.Sprint("halobot-", m.workers), inWork: map[string]int{}, queues: map[string]int{},
		workers: map[string]func(context.Context, *rivertype.JobRow) error{}, timeouts: map[string]time.Duration{},
	}
	s.clock.read = m.wall()
	m.mu.Unlock()
	work(q, &requestWorker{service: s})
	work(q, &filingWorker{service: s})
	work(q, &answerWorker{service: s})
	work(q, &joinerWorker{service: s})
	work(q, &mailWorker{service: s})
	for name, of := range riverConfig(cfg, nil).Queues {
		q.queues[name] = of.MaxWorkers
	}
	p.queueOf = q
	s.queue, s.shelf = q, memoryShelf{q}
	lease := memoryLease{q}
	s.db = &database{lease: lease, close: lease.release}
	s.metrics.zero(cfg.Halos)
	return p
}

// work has w work on its kind of job, as River has it.
func work[T river.JobArgs](q *memoryQueue, w river.Worker[T]) {
	var kind T
	q.timeouts[kind.Kind()] = attemptTimeout
	if limit := w.Timeout(&river.Job[T]{}); limit > 0 {
		q.timeouts[kind.Kind()] = limit
	}
	q.workers[kind.Kind()] = func(ctx context.Context, row *rivertype.JobRow) error {
		job := &river.Job[T]{JobRow: row}
		if err := json.Unmarshal(row.EncodedArgs, &job.Args); err != nil {
			return err
		}
		return w.Work(ctx, job)
	}
}

// pass is where a process can be stopped: it waits while it is suspended, and fails once it is dead
// or ctx is over.
func (p *process) pass(ctx context.Context) error {
	for {
		p.mu.Lock()
		dead, resumed := p.dead, p.resumed
		p.mu.Unlock()
		switch {
		case dead:
			return errKilled
		case resumed == nil:
			return ctx.Err()
		}
		<-resumed
	}
}

func (p *process) killed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// kill ends the process: nothing that it does from now on has any effect, and its lease is gone.
func (p *process) kill() {
	p.mu.Lock()
	p.dead = true
	if p.resumed != nil {
		close(p.resumed)
		p.resumed = nil
	}
	p.mu.Unlock()
	_ = p.db.lease.release()
	_ = p.Close()
}

// suspend stops the process in its tracks until it is resumed; its lease stays.
func (p *process) suspend() (resume func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resumed != nil || p.dead {
		return func() {}
	}
	resumed := make(chan struct{})
	p.resumed = resumed
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.resumed == resumed {
			close(resumed)
			p.resumed = nil
		}
	}
}

// loseLease has everybody else take the process for dead until it notices.
func (p *process) loseLease() { _ = p.db.lease.release() }
