package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/riverqueue/river/rivertype"
)

// statements are written here and not by River, whose own neither look whose the job is by now
// nor can be made to: a worker that was stolen from (its process was suspended) could overwrite
// what its successor wrote. $1 is the job, $2 its output, $3 when the attempt began, which tells
// it from every other one, $4 when it ended or is to be tried again. The job's state is not looked at:
// River may note the end of an attempt late. A snoozed job is available at its time, however long that
// is, so that River's scheduler, which only the leader runs, is not needed for it.
//
// unstick has the jobs tried at $1 that are to be tried after $2. What is to happen after a wait is
// noted by the clock that River looks at, as that is now: it may have been set since the process began.
// So have those whose worker crashed: they need the leader, and one that has died while the clock was set
// back is taken for alive until the clock is there again.
type statements struct {
	save, snooze, keep, complete, unstick string

	time  func(time.Time) any     // how a time is stored
	after func(time.Duration) any // and the time after a wait
}

const ofTheAttempt = ` WHERE id = $1 AND attempted_at = $3`

// sqliteStatements go by the machine's clock.
func sqliteStatements(wall func() time.Time) statements {
	stamp := func(t time.Time) any { return t.UTC().Round(time.Millisecond).Format("2006-01-02 15:04:05.000") }
	return statements{
		save:     sqliteSave + ofTheAttempt,
		snooze:   sqliteSave + `, state = 'available', scheduled_at = $4, attempt = max(attempt - 1, 0)` + ofTheAttempt,
		keep:     sqliteSave + `, state = 'available', attempt = max(attempt - 1, 0)` + ofTheAttempt,
		complete: sqliteSave + `, state = 'completed', finalized_at = $4` + ofTheAttempt,
		unstick:  `UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state = 'retryable' OR state = 'available' AND scheduled_at > $2`,
		time:     stamp,
		after:    func(wait time.Duration) any { return stamp(wall().Add(wait)) },
	}
}

const sqliteSave = `UPDATE river_job SET metadata = jsonb_set(metadata, '$.output', jsonb($2))`

var postgresStatements = statements{
	save:     postgresSave + ofTheAttempt,
	snooze:   postgresSave + `, state = 'available', scheduled_at = clock_timestamp() + $4::interval, attempt = greatest(attempt - 1, 0)` + ofTheAttempt,
	keep:     postgresSave + `, state = 'available', attempt = greatest(attempt - 1, 0)` + ofTheAttempt,
	complete: postgresSave + `, state = 'completed', finalized_at = $4` + ofTheAttempt,
	unstick: `UPDATE river_job SET state = 'available', scheduled_at = clock_timestamp() + $1::interval
		WHERE state = 'retryable' OR state = 'available' AND scheduled_at > clock_timestamp() + $2::interval`,
	time:  func(t time.Time) any { return t },
	after: func(wait time.Duration) any { return wait },
}

const postgresSave = `UPDATE river_job SET metadata = jsonb_set(metadata, '{output}', $2::jsonb)`

func (q *riverQueue[TTx]) write(ctx context.Context, statement string, job *rivertype.JobRow, output any, more ...any) error {
	data, err := json.Marshal(output)
	if err != nil {
		return err
	}
	if q.turn != nil {
		if err := q.turn.Acquire(ctx, 1); err != nil {
			return err
		}
		defer q.turn.Release(1)
	}
	done, err := q.sql.ExecContext(ctx, statement, append([]any{job.ID, string(data), q.says.time(*job.AttemptedAt)}, more...)...)
	if err != nil {
		return err
	}
	if rows, err := done.RowsAffected(); err != nil || rows == 0 {
		return errors.Join(err, errLost)
	}
	return nil
}
