package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// memory is a database in memory: the third that passes the store's suite, and the one that
// simulated time needs, since nothing in it waits for anything but time. Like SQLite it has the
// machine's wall clock, which may be set.
type memory struct {
	mu      sync.Mutex
	jobs    []*rivertype.JobRow // by id, from 1
	unique  map[string]bool
	learnt  map[int64][]int
	alerts  map[string]Alert
	answers map[string]Request
	forms   map[string]keptForm
	lists   map[string][]byte // directories
	holders map[string]bool   // the workers that hold their lease
	only    map[string]string // who has what only one may
	locked  map[string]bool   // the names that are in a together
	set     time.Duration     // by how much the wall clock was set
	changed chan struct{}     // closed at the next change
	quick   bool              // a statement takes no time
	workers int
}

type keptForm struct {
	form json.RawMessage
	at   time.Time
}

func newMemory() *memory {
	return &memory{
		unique: map[string]bool{}, learnt: map[int64][]int{}, alerts: map[string]Alert{}, answers: map[string]Request{},
		forms: map[string]keptForm{}, lists: map[string][]byte{}, holders: map[string]bool{}, only: map[string]string{},
		locked: map[string]bool{}, changed: make(chan struct{}),
	}
}

func (m *memory) wall() time.Time { return time.Now().Add(m.set) }

// bump wakes whoever waits for a change. m is locked.
func (m *memory) bump() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// copied is a job as a reader gets it: what it does to it stays its own.
func copied(j *rivertype.JobRow) *rivertype.JobRow {
	c := *j
	c.AttemptedBy = slices.Clone(j.AttemptedBy)
	return &c
}

// job is the one with an id, or nil. m is locked.
func (m *memory) job(id int64) *rivertype.JobRow {
	if id < 1 || id > int64(len(m.jobs)) {
		return nil
	}
	return m.jobs[id-1]
}

// fits says of a job what selection.params asks a database.
func (s selection) fits(j *rivertype.JobRow) bool {
	switch {
	case len(s.kinds) > 0 && !slices.Contains(s.kinds, j.Kind),
		s.running && j.State != rivertype.JobStateRunning,
		s.open && j.FinalizedAt != nil:
		return false
	}
	var args struct {
		Key, Alert, Title *string // nil is what a database calls null
		Host              string
		By                struct{ ID *string }
		Job               int64
	}
	if err := json.Unmarshal(j.EncodedArgs, &args); err != nil {
		panic(err)
	}
	switch {
	case s.key != nil && !is(args.Key, *s.key),
		s.about != nil && !is(args.Key, *s.about) && !is(args.Alert, *s.about),
		s.title != nil && !is(args.Title, *s.title) && (s.host == "" || args.Host != s.host),
		s.by != nil && !is(args.By.ID, *s.by),
		s.joined != 0 && args.Job != s.joined,
		!s.endedSince.IsZero() && j.FinalizedAt != nil && j.FinalizedAt.Before(s.endedSince),
		!s.madeSince.IsZero() && j.CreatedAt.Before(s.madeSince),
		s.above != 0 && j.ID <= s.above,
		s.below != 0 && j.ID >= s.below:
		return false
	}
	return true
}

func is(value *string, want string) bool { return value != nil && *value == want }

// list is what a selection selects. m is locked.
func (m *memory) list(s selection) (found []*rivertype.JobRow) {
	most := s.most
	if most == 0 {
		most = mostListed
	}
	for i := range m.jobs {
		j := m.jobs[i]
		if s.newest {
			j = m.jobs[len(m.jobs)-1-i]
		}
		if len(found) < most && s.fits(j) {
			found = append(found, copied(j))
		}
	}
	return found
}

// insert stores all of args, but for those whose like is there. m is locked.
func (m *memory) insert(all []river.JobArgs) error {
	for _, args := range all {
		data, err := json.Marshal(args)
		if err != nil {
			return err
		}
		like := args.Kind() + uniquePart(args)
		if m.unique[like] {
			continue
		}
		m.unique[like] = true
		queue := river.QueueDefault
		if with, ok := args.(interface{ InsertOpts() river.InsertOpts }); ok {
			queue = with.InsertOpts().Queue
		}
		now := m.wall().UTC()
		m.jobs = append(m.jobs, &rivertype.JobRow{
			ID: int64(len(m.jobs)) + 1, Kind: args.Kind(), EncodedArgs: data, Queue: queue, Metadata: []byte(`{}`),
			State: rivertype.JobStateAvailable, CreatedAt: now, ScheduledAt: now, MaxAttempts: maxAttempts,
		})
	}
	m.bump()
	return nil
}

// uniquePart is what River compares of arguments: the fields that say so.
func uniquePart(args river.JobArgs) string {
	v := reflect.ValueOf(args)
	parts := map[string]any{}
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("river") == "unique" {
			parts[v.Type().Field(i).Name] = v.Field(i).Interface()
		}
	}
	data, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// memoryQueue is the queue of one process.
type memoryQueue struct {
	*memory
	p        *process
	name     string
	workers  map[string]func(context.Context, *rivertype.JobRow) error // by kind
	timeouts map[string]time.Duration
	queues   map[string]int // how many jobs of each may be in work at once

	inWork   map[string]int
	stopping chan struct{}
	stopped  sync.Once
	cut      context.CancelFunc
	running  sync.WaitGroup
}

func (q *memoryQueue) id() string { return q.name }

func (q *memoryQueue) start(ctx context.Context) error {
	ctx, q.cut = context.WithCancel(context.WithoutCancel(ctx))
	q.stopping = make(chan struct{})
	q.running.Go(func() { q.fetch(ctx) })
	q.running.Go(func() { q.rescueStuck(ctx) })
	return nil
}

func (q *memoryQueue) stop(ctx context.Context) error {
	q.stopped.Do(func() { close(q.stopping) })
	done := make(chan struct{})
	go func() { q.running.Wait(); close(done) }()
	select {
	case <-done:
		q.cut()
		return nil
	case <-ctx.Done():
	}
	q.cut()
	select {
	case <-done:
		return nil
	case <-time.After(2 * time.Second):
		return context.DeadlineExceeded
	}
}

func (q *memoryQueue) serve(name string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.queues[name] = 1
	q.bump()
	return nil
}

// fetch takes what is due, oldest first, and sleeps until something is.
func (q *memoryQueue) fetch(ctx context.Context) {
	for {
		if q.p.pass(ctx) != nil {
			return
		}
		next, changed := q.take(ctx)
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-changed:
		case <-q.stopping:
		case <-ctx.Done():
		}
		timer.Stop()
		select {
		case <-q.stopping:
			return
		default:
		}
	}
}

// take begins an attempt at each job that is due, and returns when the next one will be.
func (q *memoryQueue) take(ctx context.Context) (next time.Duration, changed <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.wall()
	next = time.Hour
	due := slices.Clone(q.jobs)
	slices.SortStableFunc(due, func(a, b *rivertype.JobRow) int { return a.ScheduledAt.Compare(b.ScheduledAt) })
	for _, j := range due {
		if j.State != rivertype.JobStateAvailable || q.inWork[j.Queue] >= q.queues[j.Queue] {
			continue
		}
		if wait := j.ScheduledAt.Sub(now); wait > 0 {
			next = min(next, wait)
			continue
		}
		q.begin(ctx, j, now)
	}
	return next, q.changed
}

// begin begins an attempt, as River does: m is locked.
func (q *memoryQueue) begin(ctx context.Context, j *rivertype.JobRow, now time.Time) {
	q.mark(j, now)
	q.inWork[j.Queue]++
	row := copied(j)
	q.running.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, q.timeouts[row.Kind])
		defer cancel()
		err := q.work(ctx, row)
		q.settled(row, err)
	})
}

// mark gives a job to this process: m is locked.
func (q *memoryQueue) mark(j *rivertype.JobRow, now time.Time) {
	at := now.UTC().Truncate(time.Microsecond)
	j.State, j.AttemptedAt, j.Attempt = rivertype.JobStateRunning, &at, j.Attempt+1
	j.AttemptedBy = append(j.AttemptedBy, q.name)
}

// work makes an attempt; it may panic, as River's jobs may.
func (q *memoryQueue) work(ctx context.Context, row *rivertype.JobRow) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return q.workers[row.Kind](ctx, row)
}

// settled is what River writes of an attempt's end: late, and without a look at whose the job is by
// then.
func (q *memoryQueue) settled(row *rivertype.JobRow, err error) {
	time.Sleep(50 * time.Millisecond)
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.bump()
	q.inWork[row.Queue]--
	j := q.job(row.ID)
	if q.p.killed() || j.State != rivertype.JobStateRunning {
		return
	}
	now := q.wall().UTC()
	var snooze *river.JobSnoozeError
	switch {
	case err == nil:
		j.State, j.FinalizedAt = rivertype.JobStateCompleted, &now
	case errors.As(err, &snooze):
		j.State, j.ScheduledAt, j.Attempt = rivertype.JobStateAvailable, now.Add(snooze.Duration), max(j.Attempt-1, 0)
	default:
		j.State, j.ScheduledAt = rivertype.JobStateAvailable, now.Add(retryAfter)
	}
}

// rescueStuck is River's own net: it takes a job from an attempt that should long have ended.
func (q *memoryQueue) rescueStuck(ctx context.Context) {
	for {
		select {
		case <-q.stopping:
			return
		case <-time.After(30 * time.Second):
		}
		if q.p.pass(ctx) != nil {
			return
		}
		q.mu.Lock()
		for _, j := range q.jobs {
			if j.State == rivertype.JobStateRunning && q.wall().Sub(*j.AttemptedAt) > max(rescueAfter, q.timeouts[j.Kind]) {
				j.State, j.ScheduledAt = rivertype.JobStateAvailable, q.wall().UTC().Add(retryAfter)
			}
		}
		q.bump()
		q.mu.Unlock()
	}
}

// together takes the names one after the other, in the order of their spelling.
func (q *memoryQueue) together(ctx context.Context, names []string, fn func(jobs) error) error {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	for i, name := range names {
		if err := q.lock(ctx, name); err != nil {
			q.unlock(names[:i])
			return err
		}
	}
	defer q.unlock(names)
	tx := &memoryTx{queue: q}
	if err := fn(tx); err != nil {
		return err
	}
	return q.do(ctx, func() error { return q.insert(tx.inserted) })
}

func (q *memoryQueue) lock(ctx context.Context, name string) error {
	for {
		if err := q.p.pass(ctx); err != nil {
			return err
		}
		q.mu.Lock()
		changed, free := q.changed, !q.locked[name]
		q.locked[name] = true
		q.mu.Unlock()
		if free {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (q *memoryQueue) unlock(names []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, name := range names {
		delete(q.locked, name)
	}
	q.bump()
}

// do is a statement: it takes a moment, in which others get theirs, and is not done for who is dead
// or has no time left.
func (q *memoryQueue) do(ctx context.Context, statement func() error) error {
	if !q.quick {
		time.Sleep(time.Millisecond)
	}
	if err := q.p.pass(ctx); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return statement()
}

// memoryTx is a transaction: what it inserts is there once it commits.
type memoryTx struct {
	queue    *memoryQueue
	inserted []river.JobArgs
}

func (tx *memoryTx) insert(_ context.Context, args ...river.JobArgs) error {
	tx.inserted = append(tx.inserted, args...)
	return nil
}

func (tx *memoryTx) list(ctx context.Context, s selection) ([]*rivertype.JobRow, error) {
	return tx.queue.list(ctx, s)
}

func (q *memoryQueue) get(ctx context.Context, id int64) (found *rivertype.JobRow, err error) {
	err = q.do(ctx, func() error {
		if found = q.job(id); found == nil {
			return river.ErrNotFound
		}
		found = copied(found)
		return nil
	})
	return found, err
}

func (q *memoryQueue) list(ctx context.Context, s selection) (found []*rivertype.JobRow, err error) {
	err = q.do(ctx, func() error { found = q.memory.list(s); return nil })
	return found, err
}

// write does what the statements of a running job do: only for the attempt that holds it.
func (q *memoryQueue) write(ctx context.Context, row *rivertype.JobRow, output any, also func(*rivertype.JobRow)) error {
	data, err := json.Marshal(output)
	if err != nil {
		return err
	}
	metadata, err := json.Marshal(map[string]json.RawMessage{rivertype.MetadataKeyOutput: data})
	if err != nil {
		return err
	}
	return q.do(ctx, func() error {
		j := q.job(row.ID)
		if j == nil || !j.AttemptedAt.Equal(*row.AttemptedAt) {
			return errLost
		}
		j.Metadata = metadata
		also(j)
		q.bump()
		return nil
	})
}

func (q *memoryQueue) save(ctx context.Context, row *rivertype.JobRow, output any) error {
	return q.write(ctx, row, output, func(*rivertype.JobRow) {})
}

func (q *memoryQueue) finish(ctx context.Context, row *rivertype.JobRow, output any, wait time.Duration, ended time.Time) error {
	return q.write(ctx, row, output, func(j *rivertype.JobRow) {
		now := q.wall().UTC()
		switch {
		case wait == 0:
			j.State, j.FinalizedAt = rivertype.JobStateCompleted, new(ended.UTC())
			return
		case wait == keepPlace:
			now = row.ScheduledAt
		default:
			now = now.Add(min(wait, longestWait))
		}
		j.State, j.ScheduledAt, j.Attempt = rivertype.JobStateAvailable, now, max(j.Attempt-1, 0)
	})
}

func (q *memoryQueue) hasten(ctx context.Context, id int64) error {
	return q.do(ctx, func() error {
		if j := q.job(id); j.State == rivertype.JobStateAvailable {
			j.ScheduledAt = q.wall().UTC()
			q.bump()
		}
		return nil
	})
}

func (q *memoryQueue) learn(ctx context.Context, job int64, client int) error {
	return q.do(ctx, func() error {
		if !slices.Contains(q.learnt[job], client) {
			q.learnt[job] = append(q.learnt[job], client)
			slices.Sort(q.learnt[job])
		}
		return nil
	})
}

func (q *memoryQueue) learned(ctx context.Context, job int64) (ids []int, err error) {
	err = q.do(ctx, func() error { ids = slices.Clone(q.learnt[job]); return nil })
	return ids, err
}

func (q *memoryQueue) giveBack(ctx context.Context, rows []*rivertype.JobRow, _ time.Time) error {
	return q.do(ctx, func() error {
		for _, row := range rows {
			if j := q.job(row.ID); j.State == rivertype.JobStateRunning {
				j.State = rivertype.JobStateAvailable
			}
		}
		q.bump()
		return nil
	})
}

func (q *memoryQueue) open(ctx context.Context) (counts map[string]int, err error) {
	counts = map[string]int{}
	err = q.do(ctx, func() error {
		for _, j := range q.jobs {
			if j.FinalizedAt == nil {
				counts[j.Kind]++
			}
		}
		return nil
	})
	return counts, err
}

func (q *memoryQueue) mailed(ctx context.Context) (queues []string, err error) {
	err = q.do(ctx, func() error {
		for _, j := range q.jobs {
			if j.Kind == mailKind && j.FinalizedAt == nil && !slices.Contains(queues, j.Queue) {
				queues = append(queues, j.Queue)
			}
		}
		return nil
	})
	return queues, err
}

func (q *memoryQueue) endedSince(ctx context.Context, kind string, since time.Time) (n int, err error) {
	err = q.do(ctx, func() error {
		for _, j := range q.jobs {
			if j.Kind == kind && j.FinalizedAt != nil && !j.FinalizedAt.Before(since) {
				n++
			}
		}
		return nil
	})
	return n, err
}

func (q *memoryQueue) unstick(ctx context.Context) error {
	return q.do(ctx, func() error {
		now := q.wall().UTC()
		for _, j := range q.jobs {
			if j.State == rivertype.JobStateAvailable && j.ScheduledAt.Sub(now) > longestWait+time.Minute {
				j.ScheduledAt = now
				q.bump()
			}
		}
		return nil
	})
}

// memoryLease is the lease of one process.
type memoryLease struct{ q *memoryQueue }

func (l memoryLease) take(ctx context.Context, worker string) (fresh bool, err error) {
	err = l.q.do(ctx, func() error {
		fresh = !l.q.holders[worker]
		l.q.holders[worker] = true
		return nil
	})
	return fresh, err
}

func (l memoryLease) held(ctx context.Context, worker string) bool {
	held := true
	_ = l.q.do(ctx, func() error { held = l.q.holders[worker]; return nil })
	return held
}

func (l memoryLease) alone(ctx context.Context, what string) (only bool, err error) {
	err = l.q.do(ctx, func() error {
		if l.q.only[what] == "" {
			l.q.only[what] = l.q.name
		}
		only = l.q.only[what] == l.q.name
		return nil
	})
	return only, err
}

func (l memoryLease) free(ctx context.Context, what string) (free bool, err error) {
	err = l.q.do(ctx, func() error { free = l.q.only[what] == ""; return nil })
	return free, err
}

func (l memoryLease) release() error {
	l.q.mu.Lock()
	defer l.q.mu.Unlock()
	delete(l.q.holders, l.q.name)
	maps.DeleteFunc(l.q.only, func(_, who string) bool { return who == l.q.name })
	l.q.bump()
	return nil
}

// memoryShelf is the shelf of one process.
type memoryShelf struct{ q *memoryQueue }

func (s memoryShelf) SaveAlert(ctx context.Context, a Alert) error {
	return s.q.do(ctx, func() error {
		if known, ok := s.q.alerts[a.Key]; ok {
			a.Channel, a.TS, a.Closed = known.Channel, known.TS, known.Closed
			if len(a.Message) == 0 {
				a.Message = known.Message
			}
		}
		a.ClickedAt = a.ClickedAt.Truncate(time.Millisecond)
		s.q.alerts[a.Key] = a
		return nil
	})
}

func (s memoryShelf) Alert(ctx context.Context, key string) (a Alert, known bool, err error) {
	err = s.q.do(ctx, func() error { a, known = s.q.alerts[key]; return nil })
	return a, known, err
}

func (s memoryShelf) CloseAlert(ctx context.Context, key string) error {
	return s.q.do(ctx, func() error { s.settle(key, true); return nil })
}

func (s memoryShelf) settle(key string, closed bool) {
	if a, known := s.q.alerts[key]; known {
		a.Closed = closed
		s.q.alerts[key] = a
	}
}

func (s memoryShelf) alerts(ctx context.Context, wanted func(Alert) bool, order func(a, b Alert) int) (found []Alert, err error) {
	err = s.q.do(ctx, func() error {
		for _, a := range s.q.alerts {
			if !a.Closed && wanted(a) {
				found = append(found, a)
			}
		}
		slices.SortFunc(found, order)
		return nil
	})
	return found, err
}

func (s memoryShelf) WaitingAlerts(ctx context.Context, since time.Time, channels []string, most int) ([]Alert, error) {
	found, err := s.alerts(ctx, func(a Alert) bool {
		inHand := s.q.memory.list(selection{kinds: []string{Request{}.Kind(), answering{}.Kind()}, key: new(a.Key), open: true})
		return a.TS >= fmt.Sprintf("%d.000000", since.Unix()) && (len(channels) == 0 || slices.Contains(channels, a.Channel)) && len(inHand) == 0
	}, func(a, b Alert) int { return strings.Compare(a.TS, b.TS) })
	return found[:min(most, len(found))], err
}

func (s memoryShelf) OpenAlerts(ctx context.Context, email, ticketID string) ([]Alert, error) {
	return s.alerts(ctx, func(a Alert) bool {
		return email != "" && a.Email == email || ticketID != "" && a.TicketID == ticketID
	}, func(a, b Alert) int { return a.ClickedAt.Compare(b.ClickedAt) })
}

func (s memoryShelf) forgetAlerts(ctx context.Context) error {
	return s.q.do(ctx, func() error {
		before := s.q.p.clock.now().Add(-Retention)
		maps.DeleteFunc(s.q.alerts, func(_ string, a Alert) bool { return a.ClickedAt.Before(before) })
		maps.DeleteFunc(s.q.answers, func(_ string, r Request) bool { return r.At.Before(before) })
		return nil
	})
}

func (s memoryShelf) answered(ctx context.Context, r Request) error {
	return s.q.do(ctx, func() error {
		if known, ok := s.q.answers[r.Key]; ok && known.Round >= r.Round {
			if known.Round > r.Round {
				return nil
			}
		}
		s.q.answers[r.Key] = r
		s.settle(r.Key, r.Answer.Word == Dismiss)
		return nil
	})
}

func (s memoryShelf) DismissedAlert(ctx context.Context, channel, email string) (ts string, err error) {
	err = s.q.do(ctx, func() error {
		var newest Request
		for _, r := range s.q.answers {
			if email != "" && strings.EqualFold(r.Answer.Email, email) && r.Place.ID == channel && r.Answer.Word == Dismiss &&
				!r.At.Before(s.q.p.clock.now().Add(-DismissedFor)) && r.At.After(newest.At) {
				newest, ts = r, r.Answer.TS
			}
		}
		return nil
	})
	return ts, err
}

func (s memoryShelf) KeepForm(ctx context.Context, key string, form json.RawMessage) error {
	return s.q.do(ctx, func() error { s.q.forms[key] = keptForm{form, s.q.p.clock.now()}; return nil })
}

func (s memoryShelf) Form(ctx context.Context, key string) (form json.RawMessage, known bool, err error) {
	err = s.q.do(ctx, func() error {
		kept, ok := s.q.forms[key]
		if known = ok && s.q.p.clock.since(kept.at) <= FormKept; known {
			form = kept.form
		}
		return nil
	})
	return form, known, err
}

func (s memoryShelf) forgetForms(ctx context.Context) error {
	return s.q.do(ctx, func() error {
		maps.DeleteFunc(s.q.forms, func(_ string, f keptForm) bool { return s.q.p.clock.since(f.at) > FormKept })
		return nil
	})
}

func (s memoryShelf) LoadDirectory(ctx context.Context, connection string) (data []byte, err error) {
	err = s.q.do(ctx, func() error { data = s.q.lists[connection]; return nil })
	return data, err
}

func (s memoryShelf) SaveDirectory(ctx context.Context, connection string, directory []byte) error {
	return s.q.do(ctx, func() error { s.q.lists[connection] = slices.Clone(directory); return nil })
}

func (s memoryShelf) Beat(ctx context.Context) error { return s.q.do(ctx, func() error { return nil }) }
