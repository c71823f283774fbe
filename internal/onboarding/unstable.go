package onboarding

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"
)

// This file is all that rests on the interface between River and its drivers, which River calls
// unstable; go.mod pins the version.

// wakingDriver makes an insert wake the workers of the same process at once. The listener that
// River emulates on SQLite asks the database twenty times a second instead, and takes tenfold as
// long to notice. Another process's inserts wait for the poll either way.
type wakingDriver struct{ *riversqlite.Driver }

func (wakingDriver) SupportsListener() bool { return false }

// SupportsListenNotify keeps River from writing notifications that nobody would read.
func (wakingDriver) SupportsListenNotify() bool { return false }

// diedWorking is what is noted of an attempt whose process died.
const diedWorking = "the process that worked on this died"

// giveBack makes running jobs available again, in their old places. River's public API gives no
// running job back.
func (q *riverQueue[TTx]) giveBack(ctx context.Context, jobs []*rivertype.JobRow, now time.Time) error {
	p := &riverdriver.JobRescueManyParams{StuckHorizon: now.Add(time.Hour)}
	for _, j := range jobs {
		note, err := json.Marshal(rivertype.AttemptError{At: now, Attempt: j.Attempt, Error: diedWorking})
		if err != nil {
			return err
		}
		p.ID = append(p.ID, j.ID)
		p.Error = append(p.Error, note)
		p.FinalizedAt = append(p.FinalizedAt, nil)
		p.ScheduledAt = append(p.ScheduledAt, j.ScheduledAt)
		p.State = append(p.State, string(rivertype.JobStateAvailable))
	}
	if _, err := q.driver.GetExecutor().JobRescueMany(ctx, p); err != nil {
		return err
	}
	for _, j := range jobs {
		q.wakeAt(j.Queue, 0)
	}
	return nil
}

// wake has the workers of a queue, in whatever process, look for work now, as an insert does. River's
// public API has no such word.
func (q *riverQueue[TTx]) wake(ctx context.Context, queue string) error {
	if !q.told {
		return nil
	}
	payload, err := json.Marshal(map[string]string{"queue": queue})
	if err != nil {
		return err
	}
	return q.driver.GetExecutor().NotifyMany(ctx, &riverdriver.NotifyManyParams{
		Topic:   "river_insert",
		Payload: []string{string(payload)},
	})
}

// atOnce has jobs that were just inserted tried at once on Postgres, by the server's clock: River
// notes the machine's time, which the server's may reach much later.
func (in inTx[TTx]) atOnce(ctx context.Context, ids []int64) error {
	return in.queue.driver.UnwrapExecutor(in.tx).Exec(ctx,
		`UPDATE river_job SET scheduled_at = clock_timestamp() WHERE id = ANY($1) AND scheduled_at > clock_timestamp()`, ids)
}
