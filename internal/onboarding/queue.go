package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
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
	// serve works on one more queue, on one job of it at a time.
	serve(name string) error
	// together runs fn while nobody else, in this process or another, is in one that shares a
	// name with it. What fn inserts wakes the workers. A *MaybeStoredError says that it is not
	// known whether what fn inserted is there; with any other error it is not.
	together(ctx context.Context, names []string, fn func(jobs) error) error
	get(ctx context.Context, id int64) (*rivertype.JobRow, error)
	list(ctx context.Context, s selection) ([]*rivertype.JobRow, error)
	// save commits a running job's output; errLost when the attempt is no longer the job's.
	save(ctx context.Context, job *rivertype.JobRow, output any) error
	// finish does the same, and ends the attempt: the next one comes after wait, longestWait at
	// most, or, with 0, never; with keepPlace before those of later jobs. now is the time by the
	// database's clock.
	finish(ctx context.Context, job *rivertype.JobRow, output any, wait time.Duration, now time.Time) error
	// hasten has a job that waits to be tried again tried now.
	hasten(ctx context.Context, job int64) error
	// learn keeps the id of a client that was made for a job, by whoever made it; learned gives
	// those back.
	learn(ctx context.Context, job int64, client int) error
	learned(ctx context.Context, job int64) ([]int, error)
	// giveBack has running jobs taken up again, in their old places.
	giveBack(ctx context.Context, jobs []*rivertype.JobRow, now time.Time) error
	// open counts the jobs that have not ended, by kind; mailed are the queues in which there are
	// mails among them.
	open(ctx context.Context) (map[string]int, error)
	mailed(ctx context.Context) ([]string, error)
	// endedSince counts the jobs of a kind that have ended since then.
	endedSince(ctx context.Context, kind string, since time.Time) (int, error)
	// unstick has what waits for longer than anything waits tried now: the clock by which it was to
	// wait has been set since.
	unstick(ctx context.Context) error
}

// jobs are what together lets its function do.
type jobs interface {
	// insert stores all of them or none, and is the last thing done.
	insert(ctx context.Context, args ...river.JobArgs) error
	list(ctx context.Context, s selection) ([]*rivertype.JobRow, error)
}

// MaybeStoredError says that the database did not confirm what it was given to store: it may be
// there. To submit it again is safe, since that joins the first.
type MaybeStoredError struct{ Err error }

func (e *MaybeStoredError) Error() string {
	return "the database did not say whether it was stored: " + e.Err.Error()
}
func (e *MaybeStoredError) Unwrap() error { return e.Err }

// errLost says that another process has taken the job over: whatever this one learns, it must
// not write it into the job.
var errLost = errors.New("another process has taken this request over")

// Work is short, waiting is snoozing: an attempt may look (10 s), send (10 s) and tell. River's
// own rescue is only the net below lease.go, for a process that lives but cannot work.
const (
	attemptTimeout = 25 * time.Second
	rescueAfter    = attemptTimeout + time.Second
)

// longestWait is how long a job waits at most until it is looked at again.
const longestWait = 10 * time.Minute

func riverConfig(cfg Config, workers *river.Workers) *river.Config {
	c := &river.Config{
		Workers:                     workers,
		FetchCooldown:               5 * time.Millisecond,
		JobTimeout:                  attemptTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		MaxAttempts:                 maxAttempts,
		CompletedJobRetentionPeriod: Retention,
		CancelledJobRetentionPeriod: Retention,
		DiscardedJobRetentionPeriod: Retention,
		Logger:                      slog.New(riverLog{cfg.Log.Handler(), nil}),
	}
	if cfg.wall != nil {
		c.Test.Time = handedClock(cfg.wall)
	}
	switch cfg.Work {
	case WorkAll:
		c.Queues = map[string]river.QueueConfig{queueSlack: {MaxWorkers: 100}, queueShell: {MaxWorkers: 20, FetchPollInterval: pollLeft}}
	case WorkShell:
		c.Queues = map[string]river.QueueConfig{queueShell: {MaxWorkers: 20}}
	case WorkMails:
		c.Queues = map[string]river.QueueConfig{mailQueue(cfg.MailChannel): oneByOne}
	}
	return c
}

// How often River looks for work that nobody tells it of. Each look costs an idle bot some twenty
// wake-ups, and on Postgres a transaction.
const (
	// pollUntold is for a database that tells of nothing but this process's own inserts: another
	// process's work, and what has waited for long enough, begin so late.
	pollUntold = time.Second
	// pollTold is for a Postgres that tells of every insert and, by wakeAt, of the end of each wait.
	pollTold = 5 * time.Second
	// pollLeft is a bot's for what the command line asked for: the command that did works on it, and
	// nobody waits for what it has left.
	pollLeft = 30 * time.Second
)

// oneByOne keeps a queue's jobs in the order in which they came.
var oneByOne = river.QueueConfig{MaxWorkers: 1}

// riverQueue is the queue on one of River's drivers.
type riverQueue[TTx any] struct {
	client *river.Client[TTx]
	driver riverdriver.Driver[TTx]
	sql    *sql.DB
	says   statements
	turn   *semaphore.Weighted // the writers' of this process; nil = they need none
	told   bool                // River hears of what is stored and of what wake says
	uptime func() time.Duration
	alarms sync.Map // the alarms that wakeAt has set
	// apart runs fn as together promises.
	apart func(ctx context.Context, q *riverQueue[TTx], names []string, fn func(jobs) error) error
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

func (q *riverQueue[TTx]) serve(name string) error { return q.client.Queues().Add(name, oneByOne) }

func (q *riverQueue[TTx]) hasten(ctx context.Context, job int64) error {
	row, err := q.client.JobRetry(ctx, job)
	if err != nil {
		return err
	}
	return q.wake(ctx, row.Queue)
}

func (q *riverQueue[TTx]) together(ctx context.Context, names []string, fn func(jobs) error) error {
	return q.apart(ctx, q, names, fn)
}

func (q *riverQueue[TTx]) get(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	return q.client.JobGet(ctx, id)
}

func (q *riverQueue[TTx]) list(ctx context.Context, s selection) ([]*rivertype.JobRow, error) {
	res, err := q.client.JobList(ctx, s.params())
	if err != nil {
		return nil, err
	}
	return res.Jobs, nil
}

func (q *riverQueue[TTx]) open(ctx context.Context) (map[string]int, error) {
	rows, err := q.sql.QueryContext(ctx, `SELECT kind, count(*) FROM river_job WHERE `+isOpen+` GROUP BY kind`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	counts := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, err
		}
		counts[kind] = n
	}
	return counts, rows.Err()
}

// isOpen are openStates.
const isOpen = `state IN ('available', 'retryable', 'running', 'scheduled')`

func (q *riverQueue[TTx]) mailed(ctx context.Context) (queues []string, err error) {
	rows, err := q.sql.QueryContext(ctx, `SELECT DISTINCT queue FROM river_job WHERE kind = $1 AND `+isOpen, mailKind)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	for rows.Next() {
		var queue string
		if err := rows.Scan(&queue); err != nil {
			return nil, err
		}
		queues = append(queues, queue)
	}
	return queues, rows.Err()
}

func (q *riverQueue[TTx]) endedSince(ctx context.Context, kind string, since time.Time) (n int, err error) {
	err = q.sql.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE kind = $1 AND state = 'completed' AND finalized_at >= $2`,
		kind, q.says.time(since)).Scan(&n)
	return n, err
}

func (q *riverQueue[TTx]) unstick(ctx context.Context) error {
	_, err := q.sql.ExecContext(ctx, q.says.unstick, q.says.after(0), q.says.after(longestWait+time.Minute))
	return err
}

// insert stores jobs in a transaction of their own.
func (q *riverQueue[TTx]) insert(ctx context.Context, args ...river.JobArgs) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err := q.client.InsertMany(ctx, insertions(args))
	if err == nil || notWritten(err) {
		return err
	}
	return &MaybeStoredError{err}
}

func insertions(args []river.JobArgs) (all []river.InsertManyParams) {
	for _, a := range args {
		all = append(all, river.InsertManyParams{Args: a})
	}
	return all
}

// inTx are the jobs of a transaction that is open.
type inTx[TTx any] struct {
	queue *riverQueue[TTx]
	tx    TTx
}

func (in inTx[TTx]) insert(ctx context.Context, args ...river.JobArgs) error {
	inserted, err := in.queue.client.InsertManyTx(ctx, in.tx, insertions(args))
	if err != nil {
		return err
	}
	var ids []int64
	for _, i := range inserted {
		if !i.UniqueSkippedAsDuplicate {
			ids = append(ids, i.Job.ID)
		}
	}
	return in.atOnce(ctx, ids)
}

func (in inTx[TTx]) list(ctx context.Context, s selection) ([]*rivertype.JobRow, error) {
	res, err := in.queue.client.JobListTx(ctx, in.tx, s.params())
	if err != nil {
		return nil, err
	}
	return res.Jobs, nil
}

func (q *riverQueue[TTx]) save(ctx context.Context, job *rivertype.JobRow, output any) error {
	return q.write(ctx, q.says.save, job, output)
}

func (q *riverQueue[TTx]) finish(ctx context.Context, job *rivertype.JobRow, output any, wait time.Duration, now time.Time) error {
	switch wait {
	case 0:
		return q.write(ctx, q.says.complete, job, output, q.says.time(now))
	case keepPlace:
		if err := q.write(ctx, q.says.keep, job, output); err != nil {
			return err
		}
		q.wakeAt(job.Queue, 0)
		return nil
	}
	wait = min(wait, longestWait)
	if err := q.write(ctx, q.says.snooze, job, output, q.says.after(wait)); err != nil {
		return err
	}
	q.wakeAt(job.Queue, wait)
	return nil
}

// alarm is one wake of a queue, however many jobs wait for it.
type alarm struct {
	queue string
	slot  int64
}

// slot is how far apart a queue's alarms are, and early is by how much the two clocks that a wait
// is measured with may differ without an alarm that comes too soon.
const (
	slot  = 100 * time.Millisecond
	early = 20 * time.Millisecond
)

// wakeAt wakes a queue's workers once a job's wait is over. Whoever misses it has the poll.
func (q *riverQueue[TTx]) wakeAt(queue string, wait time.Duration) {
	if !q.told {
		return
	}
	due := q.uptime() + wait + early
	a := alarm{queue, int64((due + slot - 1) / slot)}
	if _, set := q.alarms.LoadOrStore(a, true); set {
		return
	}
	time.AfterFunc(time.Duration(a.slot)*slot-q.uptime(), func() {
		q.alarms.Delete(a)
		ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
		defer cancel()
		_ = q.wake(ctx, queue)
	})
}

// ofTheDead keeps the jobs whose last worker is not alive.
func ofTheDead(jobs []*rivertype.JobRow, alive func(worker string) bool) []*rivertype.JobRow {
	return slices.DeleteFunc(jobs, func(j *rivertype.JobRow) bool {
		return len(j.AttemptedBy) == 0 || alive(j.AttemptedBy[len(j.AttemptedBy)-1])
	})
}

// ended is what a worker returns when it has ended the attempt itself: for River there is then
// nothing left to write. It writes all the same, some time later, without a look at whose the job
// is by then: the next attempt may have begun. A snooze does no harm to that one as long as it
// outlasts it; a shorter one would begin a third beside it.
func ended(wait time.Duration, err error) error {
	switch {
	case errors.Is(err, errLost), err == nil && wait != 0:
		return river.JobSnooze(rescueAfter)
	case err != nil:
		return river.JobSnooze(retryAfter)
	}
	return nil
}

// retryAfter is after how long a request goes on that the database has kept from it.
const retryAfter = 2 * time.Second

func newQueue[TTx any](driver riverdriver.Driver[TTx], cfg *river.Config) (*riverQueue[TTx], error) {
	client, err := river.NewClient(driver, cfg)
	if err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	return &riverQueue[TTx]{client: client, driver: driver, uptime: stopwatch()}, nil
}
