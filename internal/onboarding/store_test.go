package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/sandbox/bottest"
)

// stores are the databases that there are. Each makes a new one, and returns what opens a service
// on it: a process of its own, which works on nothing by itself.
var stores = []struct {
	name  string
	fresh func(t *testing.T) (open func() *Service)
}{
	{"memory", func(*testing.T) func() *Service {
		m := newMemory()
		m.quick = true
		return func() *Service { return m.on(Config{}).Service }
	}},
	{"sqlite", func(t *testing.T) func() *Service {
		return opener(t, "sqlite:"+filepath.Join(t.TempDir(), "bot.db"))
	}},
	{"postgres", func(t *testing.T) func() *Service { return opener(t, bottest.Postgres(t)) }},
}

func opener(t *testing.T, databaseURL string) func() *Service {
	return func() *Service {
		s, err := Open(t.Context(), Config{DatabaseURL: databaseURL, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}

func TestTheStores(t *testing.T) {
	t.Parallel()
	for _, store := range stores {
		t.Run(store.name, func(t *testing.T) {
			t.Parallel()
			StoreConforms(t, store.fresh(t))
		})
	}
}

// StoreConforms is everything that the service needs of its database. open opens one more process
// on the same one, which is empty at first. A database that passes will do.
func StoreConforms(t *testing.T, open func() *Service) {
	h := &hands{T: t, here: open(), there: open(), now: time.Now().Add(time.Second)}
	for _, part := range []struct {
		what string
		test func(*hands)
	}{
		{"what is stored is listed by all that can be asked", (*hands).lists},
		{"all is inserted or nothing, and its like but once", (*hands).inserts},
		{"who shares a name waits for the other", (*hands).waits},
		{"a job is taken by one, when it is due", (*hands).takes},
		{"an attempt saves, snoozes and ends its job", (*hands).saves},
		{"who has lost a job changes nothing", (*hands).loses},
		{"what the dead had in work is taken over in its place", (*hands).takesOver},
		{"a job that waits can be hastened", (*hands).hastens},
		{"what waits by a clock that was set is tried", (*hands).unsticks},
		{"ids that were learned are kept", (*hands).learns},
		{"what is open is counted", (*hands).counts},
		{"who lives has a lease, and what one only may have", (*hands).leases},
		{"alerts are kept", (*hands).keepsAlerts},
		{"answers to alerts are kept", (*hands).keepsAnswers},
		{"forms are kept", (*hands).keepsForms},
		{"directories are kept", (*hands).keepsDirectories},
		{"it beats", func(h *hands) { h.must(h.here.Beat(h.Context())) }},
	} {
		if !t.Run(part.what, func(t *testing.T) { h.T = t; part.test(h); h.clear() }) {
			return // the parts share a database
		}
	}
}

// hands do by hand what River does by itself: they take jobs, at a time of their own.
type hands struct {
	*testing.T
	here, there *Service
	now         time.Time
}

func (h *hands) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *hands) same(got, want any, what string) {
	h.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		h.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// due is implemented by each queue: due takes what is due at a time, as River does, and postpone has a
// job wait, as one does that another clock was asked for.
type due interface {
	due(ctx context.Context, queue string, now time.Time) ([]*rivertype.JobRow, error)
	postpone(ctx context.Context, job int64, until time.Time) error
}

func (q *riverQueue[TTx]) due(ctx context.Context, queue string, now time.Time) ([]*rivertype.JobRow, error) {
	got, err := q.driver.GetExecutor().JobGetAvailable(ctx, &riverdriver.JobGetAvailableParams{
		ClientID: q.id(), MaxAttemptedBy: 100, MaxToLock: 1000, Now: &now, Queue: queue,
	})
	if err != nil {
		return nil, err
	}
	return got.Jobs, nil
}

func (q *memoryQueue) due(_ context.Context, queue string, now time.Time) (taken []*rivertype.JobRow, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.jobs {
		if j.State == rivertype.JobStateAvailable && j.Queue == queue && !j.ScheduledAt.After(now) {
			q.mark(j, now)
			taken = append(taken, copied(j))
		}
	}
	slices.SortStableFunc(taken, func(a, b *rivertype.JobRow) int { return a.ScheduledAt.Compare(b.ScheduledAt) })
	return taken, nil
}

func (q *riverQueue[TTx]) postpone(ctx context.Context, job int64, until time.Time) error {
	_, err := q.sql.ExecContext(ctx, `UPDATE river_job SET scheduled_at = $2 WHERE id = $1`, job, q.says.time(until))
	return err
}

func (q *memoryQueue) postpone(_ context.Context, job int64, until time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.job(job).ScheduledAt = until
	return nil
}

// take is what is due later by that much, taken by s.
func (h *hands) take(s *Service, later time.Duration) []*rivertype.JobRow {
	h.Helper()
	h.now = h.now.Add(10 * time.Millisecond) // no two attempts begin at once
	if least := time.Now().Add(time.Second); h.now.Before(least) {
		h.now = least
	}
	rows, err := s.queue.(due).due(h.Context(), queueSlack, h.now.Add(later))
	h.must(err)
	return rows
}

// taken is the one job that s can take now.
func (h *hands) taken(s *Service) *rivertype.JobRow {
	h.Helper()
	rows := h.take(s, 0)
	if len(rows) != 1 {
		h.Fatalf("%d jobs are due, want one", len(rows))
	}
	return rows[0]
}

func (h *hands) insert(args ...river.JobArgs) {
	h.Helper()
	h.must(h.here.queue.together(h.Context(), []string{"a name"}, func(tx jobs) error { return tx.insert(h.Context(), args...) }))
}

func (h *hands) list(s selection) (keys []string) {
	h.Helper()
	rows, err := h.there.queue.list(h.Context(), s)
	h.must(err)
	for _, row := range rows {
		found, err := decode(row)
		h.must(err)
		keys = append(keys, found.request.Key)
	}
	return keys
}

func (h *hands) get(id int64) *rivertype.JobRow {
	h.Helper()
	row, err := h.there.queue.get(h.Context(), id)
	h.must(err)
	return row
}

// clear ends every job that is left.
func (h *hands) clear() {
	running, err := h.here.queue.list(h.Context(), selection{running: true})
	h.must(err)
	h.must(h.here.queue.giveBack(h.Context(), running, h.now))
	for _, row := range h.take(h.here, 24*time.Hour) {
		h.must(h.here.queue.finish(h.Context(), row, State{}, 0, h.now))
	}
}

var kept = State{Phase: Checking, Sends: 1}

func (h *hands) output(id int64) (s State) {
	h.Helper()
	found, err := decode(h.get(id))
	h.must(err)
	return found.state
}

func (h *hands) lists() {
	one := Request{Key: "K1", Alert: "A", Title: "acme", Host: "acme.com", By: Person{ID: "U1"}, Round: 1}
	two := Request{Key: "A", Title: "beta", Host: "acme.com", By: Person{ID: "U2"}, Round: 1}
	three := Request{Key: "K1", Title: "acme", By: Person{ID: "U1"}, Round: 2}
	h.insert(one, two)
	h.insert(three, joiner{Job: 1, By: Person{ID: "U3"}, Reply: json.RawMessage(`1`)}, answering(Request{Key: "A", Round: 1}))
	all, err := h.there.queue.list(h.Context(), selection{})
	h.must(err)
	id := all[1].ID
	for what, want := range map[string]struct {
		asked selection
		keys  []string
	}{
		"a kind":           {selection{kinds: requests}, []string{"K1", "A", "K1"}},
		"newest first":     {selection{kinds: requests, newest: true, most: 2}, []string{"K1", "A"}},
		"a key":            {selection{kinds: requests, key: new("K1")}, []string{"K1", "K1"}},
		"no key":           {selection{kinds: requests, key: new("")}, nil},
		"about nothing":    {selection{kinds: requests, about: new("")}, nil},
		"another kind":     {selection{kinds: []string{answering{}.Kind()}, key: new("A")}, []string{"A"}},
		"about an alert":   {selection{kinds: requests, about: new("A")}, []string{"K1", "A"}},
		"a title":          {selection{kinds: requests, title: new("acme")}, []string{"K1", "K1"}},
		"title or host":    {selection{kinds: requests, title: new("beta"), host: "acme.com"}, []string{"K1", "A"}},
		"a person":         {selection{kinds: requests, by: new("U2")}, []string{"A"}},
		"above":            {selection{kinds: requests, above: id}, []string{"K1"}},
		"below":            {selection{kinds: requests, below: id}, []string{"K1"}},
		"of a joined one":  {selection{kinds: joiners, joined: 1, open: true}, []string{""}},
		"of another":       {selection{kinds: joiners, joined: 2}, nil},
		"running":          {selection{running: true}, nil},
		"made since":       {selection{kinds: requests, madeSince: time.Now().Add(-time.Hour)}, []string{"K1", "A", "K1"}},
		"made later":       {selection{kinds: requests, madeSince: time.Now().Add(time.Hour)}, nil},
		"open or of late":  {selection{kinds: requests, endedSince: time.Now().Add(time.Hour)}, []string{"K1", "A", "K1"}},
		"a kind that none": {selection{kinds: mails}, nil},
	} {
		h.same(h.list(want.asked), want.keys, what)
	}
	h.clear()
	h.same(h.list(selection{kinds: requests, open: true}), []string(nil), "open, when all have ended")
	h.same(h.list(selection{kinds: requests, endedSince: time.Now().Add(-time.Hour)}), []string{"K1", "A", "K1"}, "ended of late")
	h.same(h.list(selection{kinds: requests, endedSince: time.Now().Add(time.Hour)}), []string(nil), "ended long ago")
	if _, err := h.here.queue.get(h.Context(), 1<<40); !errors.Is(err, rivertype.ErrNotFound) {
		h.Errorf("a job that is not there: %v", err)
	}
}

func (h *hands) inserts() {
	first := Request{Key: "once", Round: 1}
	h.insert(first, Request{Key: "too", Round: 1})
	again := first
	again.By.ID = "U9" // not what makes it another
	h.insert(again, Request{Key: "once", Round: 2})
	h.same(len(h.list(selection{kinds: requests, key: new("once")})), 2, "jobs of two rounds, one of them inserted twice")
	failed := errors.New("no")
	err := h.here.queue.together(h.Context(), []string{"a name"}, func(tx jobs) error {
		rows, err := tx.list(h.Context(), selection{kinds: requests, key: new("too")})
		if h.must(err); len(rows) != 1 {
			h.Errorf("%d jobs are seen inside, want 1", len(rows))
		}
		return failed
	})
	if !errors.Is(err, failed) || errors.As(err, new(*MaybeStoredError)) {
		h.Errorf("together failed with %v, want what its function returned", err)
	}
	over, cancel := context.WithCancel(h.Context())
	cancel()
	if err := h.here.queue.together(over, []string{"a name"}, func(tx jobs) error { return tx.insert(over, Request{Key: "late", Round: 1}) }); err == nil {
		h.Error("something is stored after the time for it")
	}
	h.same(h.list(selection{kinds: requests, key: new("late")}), []string(nil), "what was stored too late")
}

func (h *hands) waits() {
	var in, most, count atomic.Int32
	var all sync.WaitGroup
	for i := range 20 {
		s := []*Service{h.here, h.there}[i%2]
		names := [][]string{{"x", "y"}, {"y", "z"}, {"y", "x"}}[i%3]
		all.Go(func() {
			err := s.queue.together(h.Context(), names, func(tx jobs) error {
				if n := in.Add(1); n > most.Load() {
					most.Store(n)
				}
				defer in.Add(-1)
				n := len(h.listed(tx, selection{kinds: requests, title: new("counted")}))
				count.Add(1)
				return tx.insert(h.Context(), Request{Key: "counted", Title: "counted", Round: n + 1})
			})
			if err != nil {
				h.Error(err)
			}
		})
	}
	all.Wait()
	// What each saw was all that was there: else two would have made the same round.
	h.same(len(h.list(selection{kinds: requests, title: new("counted")})), int(count.Load()), "what was inserted side by side")
	h.same(most.Load(), int32(1), "how many were inside at once")
}

func (h *hands) listed(in lister, s selection) []*rivertype.JobRow {
	rows, err := in.list(h.Context(), s)
	if err != nil {
		h.Error(err)
	}
	return rows
}

func (h *hands) takes() {
	h.insert(Request{Key: "taken", Round: 1})
	if rows := h.take(h.here, -time.Hour); len(rows) > 0 {
		h.Error("a job is taken before it is due")
	}
	job := h.taken(h.here)
	if rows := h.take(h.there, time.Hour); len(rows) > 0 {
		h.Error("a job is taken twice")
	}
	h.same(h.list(selection{running: true}), []string{"taken"}, "in work")
	row := h.get(job.ID)
	if row.State != rivertype.JobStateRunning || row.AttemptedAt == nil || row.AttemptedAt.Sub(h.now).Abs() > time.Hour ||
		row.AttemptedBy[len(row.AttemptedBy)-1] != h.here.queue.id() || row.Attempt != 1 {
		h.Errorf("a job in work is %+v", row)
	}
}

func (h *hands) saves() {
	h.insert(Request{Key: "saved", Round: 1})
	job := h.taken(h.here)
	h.must(h.here.queue.save(h.Context(), job, kept))
	h.same(h.output(job.ID), kept, "what was saved")
	h.same(h.get(job.ID).State, rivertype.JobStateRunning, "the state after a save")

	again := kept
	again.Sends = 2
	h.must(h.here.queue.finish(h.Context(), job, again, time.Minute, h.now))
	h.same(h.output(job.ID), again, "what was saved at a snooze")
	row := h.get(job.ID)
	if wait := row.ScheduledAt.Sub(h.now); wait < 50*time.Second || wait > 70*time.Second {
		h.Errorf("it waits for %v, want a minute", wait)
	}
	if rows := h.take(h.there, 30*time.Second); len(rows) > 0 {
		h.Error("it is taken before its time")
	}
	h.same(row.Attempt, 0, "attempts, which count no snoozes")

	h.now = h.now.Add(2 * time.Minute)
	job = h.taken(h.there)
	h.must(h.there.queue.finish(h.Context(), job, again, keepPlace, h.now))
	if at := h.get(job.ID).ScheduledAt; !at.Equal(job.ScheduledAt) {
		h.Errorf("it keeps its place at %v, want %v", at, job.ScheduledAt)
	}
	job = h.taken(h.here)
	h.must(h.here.queue.finish(h.Context(), job, kept, 0, h.now))
	row = h.get(job.ID)
	if row.State != rivertype.JobStateCompleted || row.FinalizedAt == nil {
		h.Errorf("a job that has ended is %+v", row)
	}
	if rows := h.take(h.there, time.Hour); len(rows) > 0 {
		h.Error("a job that has ended is taken")
	}
}

func (h *hands) loses() {
	h.insert(Request{Key: "lost", Round: 1})
	old := h.taken(h.here)
	h.must(h.here.queue.save(h.Context(), old, kept))
	h.must(h.there.queue.giveBack(h.Context(), []*rivertype.JobRow{old}, h.now))
	job := h.taken(h.there)
	mine := kept
	mine.Sends = 3
	h.must(h.there.queue.save(h.Context(), job, mine))
	for what, write := range map[string]func() error{
		"save":   func() error { return h.here.queue.save(h.Context(), old, State{}) },
		"snooze": func() error { return h.here.queue.finish(h.Context(), old, State{}, time.Second, h.now) },
		"end":    func() error { return h.here.queue.finish(h.Context(), old, State{}, 0, h.now) },
	} {
		if err := write(); !errors.Is(err, errLost) {
			h.Errorf("who has lost a job can %s: %v", what, err)
		}
	}
	h.same(h.output(job.ID), mine, "what its new owner saved")
	h.same(h.get(job.ID).State, rivertype.JobStateRunning, "the state of a job that is worked on")
}

func (h *hands) takesOver() {
	h.insert(Request{Key: "first", Round: 1})
	h.insert(Request{Key: "second", Round: 1})
	rows := h.take(h.here, 0)
	h.same(len(rows), 2, "jobs taken")
	h.must(h.here.queue.finish(h.Context(), rows[1], kept, 0, h.now))
	h.must(h.there.queue.giveBack(h.Context(), rows, h.now))
	job := h.taken(h.there)
	if !job.ScheduledAt.Equal(rows[0].ScheduledAt) || job.ID != rows[0].ID {
		h.Errorf("job %d was taken up at %v, want %d at %v", job.ID, job.ScheduledAt, rows[0].ID, rows[0].ScheduledAt)
	}
	h.same(h.get(rows[1].ID).State, rivertype.JobStateCompleted, "what had ended in the meantime")
}

func (h *hands) hastens() {
	h.insert(Request{Key: "hastened", Round: 1})
	job := h.taken(h.here)
	h.must(h.here.queue.finish(h.Context(), job, kept, 5*time.Minute, h.now))
	h.must(h.there.queue.hasten(h.Context(), job.ID))
	h.same(h.taken(h.here).ID, job.ID, "the job that is due")
}

func (h *hands) unsticks() {
	h.insert(Request{Key: "stuck", Round: 1}, Request{Key: "waiting", Round: 1})
	rows := h.take(h.here, 0)
	h.must(h.here.queue.finish(h.Context(), rows[0], kept, time.Minute, h.now))
	h.must(h.here.queue.finish(h.Context(), rows[1], kept, 5*time.Minute, h.now))
	h.must(h.here.queue.(due).postpone(h.Context(), rows[0].ID, h.now.Add(24*time.Hour)))
	h.must(h.there.queue.unstick(h.Context()))
	h.same(h.taken(h.here).ID, rows[0].ID, "the job that is due")
}

func (h *hands) learns() {
	for _, client := range []int{9, 7, 9} {
		h.must(h.here.queue.learn(h.Context(), 1, client))
	}
	ids, err := h.there.queue.learned(h.Context(), 1)
	h.must(err)
	h.same(ids, []int{7, 9}, "what was learned")
	ids, err = h.there.queue.learned(h.Context(), 2)
	h.must(err)
	h.same(len(ids), 0, "what was learned of another")
}

func (h *hands) counts() {
	h.insert(Request{Key: "counted once more", Round: 1}, Mail{Key: "m1", Channel: "C1"}, Mail{Key: "m2", Channel: "C2"}, Mail{Key: "m3", Channel: "C2"})
	open, err := h.there.queue.open(h.Context())
	h.must(err)
	h.same(open, map[string]int{Request{}.Kind(): 1, mailKind: 3}, "what is open")
	queues, err := h.there.queue.mailed(h.Context())
	h.must(err)
	slices.Sort(queues)
	h.same(queues, []string{mailQueue("C1"), mailQueue("C2")}, "the queues with mails")
	rows, err := h.here.queue.(due).due(h.Context(), mailQueue("C2"), h.now.Add(time.Second))
	h.must(err)
	h.same(len(rows), 2, "mails taken")
	ended := func(since time.Time) int {
		n, err := h.there.queue.endedSince(h.Context(), mailKind, since)
		h.must(err)
		return n
	}
	before := ended(h.now)
	for i, row := range rows {
		h.must(h.here.queue.finish(h.Context(), row, MailState{}, 0, h.now.Add(time.Duration(i)*time.Minute)))
	}
	h.same([]int{before, ended(h.now), ended(h.now.Add(30 * time.Second)), ended(h.now.Add(time.Hour))}, []int{0, 2, 1, 0}, "mails that have ended")
	queues, err = h.there.queue.mailed(h.Context())
	h.must(err)
	h.same(queues, []string{mailQueue("C1")}, "the queues with mails that wait")
}

func (h *hands) leases() {
	ctx, mine, theirs := h.Context(), h.here.queue.id(), h.there.queue.id()
	take := func(s *Service, want bool) {
		h.Helper()
		fresh, err := s.db.lease.take(ctx, s.queue.id())
		h.must(err)
		h.same(fresh, want, "whether the lease was taken anew")
	}
	alone := func(s *Service, want bool) {
		h.Helper()
		only, err := s.db.lease.alone(ctx, postman)
		h.must(err)
		h.same(only, want, "whether it has what one only may have")
	}
	take(h.here, true)
	take(h.here, false)
	take(h.there, true)
	h.same(h.there.db.lease.held(ctx, mine), true, "who lives is alive")
	h.same(h.here.db.lease.held(ctx, theirs), true, "who lives is alive")
	alone(h.here, true)
	alone(h.there, false)
	alone(h.here, true)
	h.must(h.here.db.lease.release())
	for h.there.db.lease.held(ctx, mine) { // the server ends a session a moment after its client
		h.must(ctx.Err())
		time.Sleep(time.Millisecond)
	}
	alone(h.there, true)
	take(h.here, true)
	h.same(h.there.db.lease.held(ctx, mine), true, "who has taken it again is alive")
}

func (h *hands) keepsAlerts() {
	ctx, at := h.Context(), time.Now().Truncate(time.Millisecond)
	a := Alert{Key: "T-C-1", Channel: "C", TS: "1700000001.000000", Email: "jane@acme.com", TicketID: "881", Message: json.RawMessage(`{"text":"x"}`), ResponseURL: "u", ClickedAt: at}
	b := Alert{Key: "T-C-2", Channel: "D", TS: "1700000002.000000", Email: "joe@acme.com", TicketID: "881", ClickedAt: at.Add(time.Second)}
	old := Alert{Key: "T-C-0", Channel: "C", TS: "1600000000.000000", ClickedAt: at.Add(-2 * Retention)}
	for _, alert := range []Alert{b, a, old} {
		h.must(h.here.SaveAlert(ctx, alert))
	}
	keys := func(alerts []Alert, err error) (keys []string) {
		h.Helper()
		h.must(err)
		for _, a := range alerts {
			keys = append(keys, a.Key)
		}
		return keys
	}
	get := func(key string) Alert {
		h.Helper()
		got, known, err := h.there.Alert(ctx, key)
		h.must(err)
		if !known {
			h.Errorf("alert %s is not known", key)
		}
		got.ClickedAt = got.ClickedAt.In(at.Location())
		return got
	}
	h.same(get(a.Key), a, "an alert")
	later := a
	later.Message, later.ResponseURL, later.Email, later.ClickedAt = nil, "v", "jane@acme.example", at.Add(time.Minute)
	h.must(h.there.SaveAlert(ctx, later))
	later.Message = a.Message
	h.same(get(a.Key), later, "an alert that was clicked again, its message unread")

	h.same(keys(h.there.OpenAlerts(ctx, "", "881")), []string{b.Key, a.Key}, "of the same ticket, first clicked first")
	h.same(keys(h.there.OpenAlerts(ctx, "jane@acme.example", "")), []string{a.Key}, "of the same address")
	h.same(keys(h.there.OpenAlerts(ctx, "", "")), []string(nil), "of nothing")
	since := time.Unix(1700000000, 0)
	h.same(keys(h.there.WaitingAlerts(ctx, since, nil, 9)), []string{a.Key, b.Key}, "that wait, first posted first")
	h.same(keys(h.there.WaitingAlerts(ctx, since, nil, 1)), []string{a.Key}, "the first that waits")
	h.same(keys(h.there.WaitingAlerts(ctx, since, []string{"E", "D"}, 1)), []string{b.Key}, "the first that waits in some channels")
	h.insert(Request{Key: a.Key, Round: 1})
	h.same(keys(h.there.WaitingAlerts(ctx, since, nil, 9)), []string{b.Key}, "that wait while one is in hand")
	h.clear()
	h.must(h.here.CloseAlert(ctx, a.Key))
	h.same(get(a.Key).Closed, true, "whether a closed one is closed")
	h.must(h.here.SaveAlert(ctx, later))
	h.same(get(a.Key).Closed, true, "whether a closed one that is clicked is closed")
	h.same(keys(h.there.WaitingAlerts(ctx, since, nil, 9)), []string{b.Key}, "that wait when one is closed")
	h.same(keys(h.there.OpenAlerts(ctx, "", "881")), []string{b.Key}, "that are open when one is closed")
	h.must(h.here.forgetAlerts(ctx))
	if _, known, err := h.there.Alert(ctx, old.Key); known || err != nil {
		h.Errorf("an alert from before the time of keeping: %v, %v", known, err)
	}
	get(b.Key)
}

func (h *hands) keepsAnswers() {
	ctx, at := h.Context(), time.Now()
	h.must(h.here.SaveAlert(ctx, Alert{Key: "T-D-1", Channel: "D", TS: "1700000009.000000", ClickedAt: at}))
	answer := func(round int, word Word, at time.Time) Request {
		return Request{
			Key: "T-D-1", Round: round, Place: Place{ID: "D"}, By: Person{ID: "U1", Name: "Tess"}, At: at,
			Answer: &AlertAnswer{Word: word, Email: "Jane@Acme.com", TS: "1700000009.000000"},
		}
	}
	stands := func(ts string, closed bool) {
		h.Helper()
		got, err := h.there.DismissedAlert(ctx, "D", "jane@ACME.com")
		h.must(err)
		h.same(got, ts, "the dismissed alert")
		a, _, err := h.there.Alert(ctx, "T-D-1")
		h.must(err)
		h.same(a.Closed, closed, "whether the alert is closed")
	}
	stands("", false)
	h.must(h.here.answered(ctx, answer(1, Dismiss, at)))
	stands("1700000009.000000", true)
	h.must(h.here.answered(ctx, answer(1, Dismiss, at))) // again, after a crash
	stands("1700000009.000000", true)
	h.must(h.here.answered(ctx, answer(2, Reopen, at)))
	stands("", false)
	h.must(h.here.answered(ctx, answer(1, Dismiss, at))) // late
	stands("", false)
	h.must(h.here.answered(ctx, answer(3, Dismiss, at.Add(-DismissedFor-time.Minute))))
	stands("", true)
	if ts, err := h.there.DismissedAlert(ctx, "D", ""); ts != "" || err != nil {
		h.Errorf("without an address: %q, %v", ts, err)
	}
}

func (h *hands) keepsForms() {
	ctx := h.Context()
	for _, form := range []string{`{"n":1}`, `{"n":2}`} {
		h.must(h.here.KeepForm(ctx, "V1", json.RawMessage(form)))
	}
	form, known, err := h.there.Form(ctx, "V1")
	h.must(err)
	h.same(string(form), `{"n":2}`, "the form")
	h.same(known, true, "whether it is known")
	h.later(FormKept+time.Minute, func() {
		_, known, err = h.there.Form(ctx, "V1")
		h.must(err)
		h.same(known, false, "whether it is known a day later")
		h.must(h.there.forgetForms(ctx))
	})
	_, known, err = h.there.Form(ctx, "V1")
	h.must(err)
	h.same(known, false, "whether it is known when it was forgotten")
	_, known, err = h.there.Form(ctx, "V2")
	h.must(err)
	h.same(known, false, "whether another one is known")
}

// later does something when that much more time has passed for there.
func (h *hands) later(by time.Duration, do func()) {
	c := h.there.clock
	c.mu.Lock()
	c.read = c.read.Add(by)
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.read = c.read.Add(-by)
		c.mu.Unlock()
	}()
	do()
}

func (h *hands) keepsDirectories() {
	ctx := h.Context()
	none, err := h.there.LoadDirectory(ctx, "prod")
	h.must(err)
	h.same(len(none), 0, "a directory that was never kept")
	for _, d := range []string{"one", "\x00two\xff"} {
		h.must(h.here.SaveDirectory(ctx, "prod", []byte(d)))
	}
	got, err := h.there.LoadDirectory(ctx, "prod")
	h.must(err)
	h.same(string(got), "\x00two\xff", "the directory")
}
