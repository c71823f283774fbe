package onboarding

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/sandbox/bottest"
)

// errand is a job of which the first attempt ends as a test says.
type errand struct{}

func (errand) Kind() string { return "errand" }

type errandWorker struct {
	river.WorkerDefaults[errand]
	first  func(context.Context, *rivertype.JobRow) error
	second chan struct{}
}

func (w *errandWorker) Work(ctx context.Context, job *river.Job[errand]) error {
	if first := w.first; first != nil {
		w.first = nil
		return ended(time.Minute, first(ctx, job.JobRow))
	}
	close(w.second)
	return nil
}

// A bot on Postgres looks for work seldom: what begins again must not wait for that.
func TestOnPostgresWorkGoesOnWithoutALookForIt(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(context.Context, queue, *rivertype.JobRow) error{
		"once its wait is over": func(ctx context.Context, q queue, job *rivertype.JobRow) error {
			return q.finish(ctx, job, nil, 250*time.Millisecond, time.Now())
		},
		"when it is hastened": func(ctx context.Context, q queue, job *rivertype.JobRow) error {
			if err := q.finish(ctx, job, nil, 5*time.Minute, time.Now()); err != nil {
				return err
			}
			return q.hasten(ctx, job.ID)
		},
		"when its process is taken for dead": func(ctx context.Context, q queue, job *rivertype.JobRow) error {
			return q.giveBack(ctx, []*rivertype.JobRow{job}, time.Now())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workers := river.NewWorkers()
			w := &errandWorker{second: make(chan struct{})}
			river.AddWorker(workers, w)
			cfg := Config{DatabaseURL: bottest.Postgres(t), Log: slog.New(slog.DiscardHandler)}
			rc := riverConfig(cfg, workers)
			rc.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1, FetchPollInterval: time.Hour}}
			db, q, err := openDatabase(t.Context(), cfg, rc)
			if err != nil {
				t.Fatal(err)
			}
			defer db.close() //nolint:errcheck // the database goes with the test
			w.first = func(ctx context.Context, job *rivertype.JobRow) error { return first(ctx, q, job) }
			if err := q.start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer q.stop(context.WithoutCancel(t.Context())) //nolint:errcheck // as above
			if err := q.together(t.Context(), nil, func(tx jobs) error { return tx.insert(t.Context(), errand{}) }); err != nil {
				t.Fatal(err)
			}
			select {
			case <-w.second:
			case <-time.After(time.Minute):
				t.Error("the second attempt did not begin")
			}
		})
	}
}
