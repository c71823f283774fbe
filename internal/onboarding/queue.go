package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
	"golang.org/x/sync/semaphore"
)

// queue is what the service needs of River. It hides the driver's transaction type, so that
// SQLite and Postgres share one code path.
type queue interface {
	id() string
	start(ctx context.Context) error
	stop(ctx context.Context) error
	// together runs fn in one transaction while nobody else, in this process or another, is in
	// one that shares a name with it. What fn inserts wakes the workers.
	together(ctx context.Context, names []string, fn func(jobs) error) error
	get(ctx context.Context, id int64) (*rivertype.JobRow, error)
	list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error)
	// save commits a running job's output; errLost when the attempt is no longer the job's.
	save(ctx context.Context, job *rivertype.JobRow, output any) error
	running(ctx context.Context) ([]*rivertype.JobRow, error)
	giveBack(ctx context.Context, jobs []*rivertype.JobRow) error
	// depose ends the leadership of a process that is dead; River would wait for 15 s, and
	// longer snoozes with it.
	depose(ctx context.Context, alive func(worker string) bool) error
}

// jobs are those of one transaction.
type jobs interface {
	insert(ctx context.Context, args river.JobArgs) error
	list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error)
}

// errLost says that another process has taken the job over: whatever this one learns, it must
// write nothing more.
var errLost = errors.New("another process has taken this request over")

// Work is short, waiting is snoozing: an attempt may look (10 s), send (10 s) and tell. River's
// own rescue is only the net below lease.go, for a process that lives but cannot work.
const (
	attemptTimeout = 25 * time.Second
	rescueAfter    = attemptTimeout + time.Second
)

func riverConfig(cfg Config, workers *river.Workers) *river.Config {
	c := &river.Config{
		Workers:                     workers,
		FetchCooldown:               5 * time.Millisecond,
		FetchPollInterval:           time.Second,
		JobTimeout:                  attemptTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		MaxAttempts:                 maxAttempts,
		CompletedJobRetentionPeriod: Retention,
		CancelledJobRetentionPeriod: Retention,
		DiscardedJobRetentionPeriod: Retention,
		Logger:                      slog.New(quiet{cfg.Log.Handler()}),
	}
	switch cfg.Work {
	case WorkAll:
		c.Queues = map[string]river.QueueConfig{queueSlack: {MaxWorkers: 100}, queueShell: {MaxWorkers: 20}}
	case WorkShell:
		c.Queues = map[string]river.QueueConfig{queueShell: {MaxWorkers: 20}}
	}
	return c
}

// riverQueue is the queue on one of River's drivers.
type riverQueue[TTx any] struct {
	client *river.Client[TTx]
	driver riverdriver.Driver[TTx]
	lock   lockNames
	turn   *semaphore.Weighted // nil = no turns
}

// lockNames keeps other transactions with one of the same names out until tx ends. nil where a
// transaction keeps all others out by itself.
type lockNames func(ctx context.Context, tx riverdriver.ExecutorTx, names []string) error

func newQueue[TTx any](driver riverdriver.Driver[TTx], lock lockNames, cfg *river.Config) (*riverQueue[TTx], error) {
	q := &riverQueue[TTx]{driver: joiningDriver[TTx]{driver}, lock: lock}
	if lock == nil {
		q.turn = semaphore.NewWeighted(1)
	}
	var err error
	if q.client, err = river.NewClient(q.driver, cfg); err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	return q, nil
}

func (q *riverQueue[TTx]) id() string { return q.client.ID() }

// start does not tie the work to ctx: it ends by stop alone.
func (q *riverQueue[TTx]) start(ctx context.Context) error {
	return q.client.Start(context.WithoutCancel(ctx))
}

func (q *riverQueue[TTx]) stop(ctx context.Context) error {
	if err := q.client.Stop(ctx); err == nil || ctx.Err() == nil {
		return err
	}
	cut, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return q.client.StopAndCancel(cut)
}

func (q *riverQueue[TTx]) together(ctx context.Context, names []string, fn func(jobs) error) error {
	tx, end, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	if q.lock != nil {
		if err := q.lock(ctx, tx, names); err != nil {
			return err
		}
	}
	if err := fn(openTx[TTx]{q, tx}); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// begin opens a transaction; end rolls back what was not committed. Where there is one writer
// only, it comes to those who wait in the order of their coming: database/sql picks among them
// at random, and some wait for seconds when there are many.
func (q *riverQueue[TTx]) begin(ctx context.Context) (tx riverdriver.ExecutorTx, end func(), err error) {
	done := func() {}
	if q.turn != nil {
		if err := q.turn.Acquire(ctx, 1); err != nil {
			return nil, nil, err
		}
		done = func() { q.turn.Release(1) }
	}
	if tx, err = q.driver.GetExecutor().Begin(ctx); err != nil {
		done()
		return nil, nil, err
	}
	return tx, func() {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // after a commit there is nothing to roll back
		done()
	}, nil
}

// openTx is the jobs of a transaction that together has begun.
type openTx[TTx any] struct {
	queue *riverQueue[TTx]
	tx    riverdriver.ExecutorTx
}

// insert uses the call that opens a transaction of its own, and has it join this one: River
// wakes this process's workers after that call only, where there is no listener to tell them. On
// SQLite they then wait for its one connection, which is this transaction's until it ends.
func (o openTx[TTx]) insert(ctx context.Context, args river.JobArgs) error {
	_, err := o.queue.client.Insert(context.WithValue(ctx, joinedTx{}, o.tx), args, nil)
	return err
}

func (o openTx[TTx]) list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error) {
	res, err := o.queue.client.JobListTx(ctx, o.queue.driver.UnwrapTx(o.tx), p)
	if err != nil {
		return nil, err
	}
	return res.Jobs, nil
}

// joiningDriver begins no transaction where the context brings an open one.
type joiningDriver[TTx any] struct{ riverdriver.Driver[TTx] }

// joinedTx is the context key of the open transaction.
type joinedTx struct{}

func (d joiningDriver[TTx]) GetExecutor() riverdriver.Executor {
	return joiningExecutor{d.Driver.GetExecutor()}
}

type joiningExecutor struct{ riverdriver.Executor }

func (e joiningExecutor) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	if tx, ok := ctx.Value(joinedTx{}).(riverdriver.ExecutorTx); ok {
		return joined{tx}, nil
	}
	return e.Executor.Begin(ctx)
}

// joined leaves the end of a transaction to who began it.
type joined struct{ riverdriver.ExecutorTx }

func (joined) Commit(context.Context) error   { return nil }
func (joined) Rollback(context.Context) error { return nil }

func (q *riverQueue[TTx]) get(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	return q.client.JobGet(ctx, id)
}

func (q *riverQueue[TTx]) list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error) {
	res, err := q.client.JobList(ctx, p)
	if err != nil {
		return nil, err
	}
	return res.Jobs, nil
}

// River does not fence: a worker that was stolen from (a suspended process) could overwrite
// what its successor wrote. The row is locked by the update itself, then compared.
func (q *riverQueue[TTx]) save(ctx context.Context, job *rivertype.JobRow, output any) error {
	tx, end, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	row, err := q.client.JobUpdateTx(ctx, q.driver.UnwrapTx(tx), job.ID, &river.JobUpdateParams{Output: output})
	if err != nil {
		return err
	}
	if row.State != rivertype.JobStateRunning || row.AttemptedAt == nil || !row.AttemptedAt.Equal(*job.AttemptedAt) {
		return errLost
	}
	return tx.Commit(ctx)
}

func (q *riverQueue[TTx]) running(ctx context.Context) ([]*rivertype.JobRow, error) {
	return q.list(ctx, river.NewJobListParams().States(rivertype.JobStateRunning).First(1000))
}

// giveBack and depose use what River's own maintenance uses. That interface is marked
// unstable, so River is pinned in go.mod and this is the only place.
func (q *riverQueue[TTx]) giveBack(ctx context.Context, jobs []*rivertype.JobRow) error {
	now := time.Now()
	p := &riverdriver.JobRescueManyParams{StuckHorizon: now.Add(time.Hour)}
	for _, j := range jobs {
		note, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: j.Attempt, Error: "the process that worked on this died"})
		if err != nil {
			return err
		}
		p.ID = append(p.ID, j.ID)
		p.Error = append(p.Error, note)
		p.FinalizedAt = append(p.FinalizedAt, nil)
		p.ScheduledAt = append(p.ScheduledAt, now)
		p.State = append(p.State, string(rivertype.JobStateAvailable))
	}
	_, err := q.driver.GetExecutor().JobRescueMany(ctx, p)
	return err
}

func (q *riverQueue[TTx]) depose(ctx context.Context, alive func(worker string) bool) error {
	leader, err := q.driver.GetExecutor().LeaderGetElectedLeader(ctx, &riverdriver.LeaderGetElectedLeaderParams{})
	switch {
	case errors.Is(err, rivertype.ErrNotFound):
		return nil
	case err != nil || alive(leader.LeaderID):
		return err
	}
	_, err = q.driver.GetExecutor().LeaderResign(ctx, &riverdriver.LeaderResignParams{
		ElectedAt: leader.ElectedAt, LeaderID: leader.LeaderID, LeadershipTopic: "river_leadership",
	})
	return err
}

// ofTheDead keeps the jobs whose last worker is not alive.
func ofTheDead(jobs []*rivertype.JobRow, alive func(worker string) bool) []*rivertype.JobRow {
	return slices.DeleteFunc(jobs, func(j *rivertype.JobRow) bool {
		return len(j.AttemptedBy) == 0 || alive(j.AttemptedBy[len(j.AttemptedBy)-1])
	})
}

// quiet lowers River's routine reports to debug.
type quiet struct{ slog.Handler }

func (h quiet) Enabled(ctx context.Context, l slog.Level) bool {
	if l == slog.LevelInfo {
		l = slog.LevelDebug
	}
	return h.Handler.Enabled(ctx, l)
}

func (h quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(a)} }
func (h quiet) WithGroup(g string) slog.Handler      { return quiet{h.Handler.WithGroup(g)} }
