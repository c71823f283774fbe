package onboarding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
)

// AlertAnswer is what a person says of an alert instead of asking for a client.
type AlertAnswer struct {
	Word  Word   `json:"word"`
	Email string `json:"email,omitempty"` // of the alert's sender
	TS    string `json:"ts,omitempty"`    // of the alert's message; its channel is the request's place
}

// Word is a person's word on an alert.
type Word string

// The words.
const (
	Dismiss Word = "dismiss" // it is of no client
	Reopen  Word = "reopen"  // it waits for an answer after all
)

// outcome is that of an answer which its person may give.
func (w Word) outcome() Outcome {
	if w == Dismiss {
		return Dismissed
	}
	return Reopened
}

// answering is an AlertAnswer's request as a River job: a kind of its own, since it is no request for a
// client. Its key is the alert's, and each answer a round of it.
type answering Request

func (answering) Kind() string { return "answer_alert" }

func (r answering) InsertOpts() river.InsertOpts { return Request(r).InsertOpts() }

type answerWorker struct {
	river.WorkerDefaults[answering]
	service *Service
}

// NextRetry is after a crash in mid-work.
func (w *answerWorker) NextRetry(*river.Job[answering]) time.Time { return w.service.clock.nextTry() }

func (w *answerWorker) Work(ctx context.Context, job *river.Job[answering]) error {
	return w.service.attempt(ctx, job.JobRow)
}

// Answer stores a person's word on the alert that r.Key is of. The first answer wins: where another
// one is in hand or stands already, or where a request about the alert is in hand or has a client,
// the receipt is that one's, Joined, and nothing was stored; one without a key says that there is
// nothing to reopen. Whether the person may is found out afterwards, as for a client. A
// *MaybeStoredError says that it is not known whether it was stored; to answer again is safe. With
// any other error nothing was.
func (s *Service) Answer(ctx context.Context, r Request) (receipt Receipt, err error) {
	r.Alert = r.Key
	if r.At.IsZero() {
		r.At = s.clock.now().UTC()
	}
	err = s.queue.together(ctx, []string{"key " + r.Key}, func(tx jobs) error {
		all, err := answersTo(ctx, tx, r.Key)
		if err != nil {
			return err
		}
		counting := counted(all)
		switch {
		case len(counting) > 0 && (counting[0].state.Outcome == "" || counting[0].request.Answer.Word == r.Answer.Word):
			receipt = counting[0].joined()
			return nil
		case len(counting) == 0 && r.Answer.Word == Reopen:
			receipt = Receipt{Joined: true}
			return nil
		}
		if r.Answer.Word == Dismiss {
			other, answered, err := clientFor(ctx, tx, r.Key)
			if err != nil {
				return err
			}
			if answered {
				receipt = other.joined()
				return nil
			}
		}
		if len(all) > 0 {
			r.Round = all[0].request.Round
			r.After = []int64{all[0].job.ID}
		}
		r.Round++
		receipt = Receipt{Request: r}
		return tx.insert(ctx, answering(r))
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("store the answer: %w", err)
	}
	return receipt, nil
}

func (s stored) joined() Receipt { return Receipt{Request: s.request, State: s.state, Joined: true} }

// answersTo lists the answers to an alert, newest first.
func answersTo(ctx context.Context, in lister, alert string) (all []stored, err error) {
	rows, err := in.list(ctx, selection{kinds: []string{answering{}.Kind()}, key: new(alert), newest: true})
	if err != nil {
		return nil, fmt.Errorf("look up the answers to alert %s: %w", alert, err)
	}
	for _, row := range rows {
		found, err := decode(row)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// counted leaves out answers that were denied, and those of which Slack never said whether their
// person may give one.
func counted(all []stored) (counting []stored) {
	for _, a := range all {
		if o := a.state.Outcome; o != Denied && o != Unreachable {
			counting = append(counting, a)
		}
	}
	return counting
}

// dismissal is the answer that has dismissed an alert and still holds; nil where there is none. An
// answer in hand holds until it is denied.
func dismissal(ctx context.Context, in lister, alert string) (*Request, error) {
	if alert == "" {
		return nil, nil
	}
	all, err := answersTo(ctx, in, alert)
	if err != nil {
		return nil, err
	}
	for _, a := range counted(all) {
		if a.request.Answer.Word == Dismiss {
			return &a.request, nil
		}
		if a.state.Outcome != "" {
			break
		}
	}
	return nil, nil
}

// Dismissal is the answer that has dismissed an alert and still holds; nil where there is none.
func (s *Service) Dismissal(ctx context.Context, alert string) (*Request, error) {
	return dismissal(ctx, s.queue, alert)
}

// clientFor is the request about an alert that is in hand, or that made a client, or may have.
func clientFor(ctx context.Context, in lister, alert string) (stored, bool, error) {
	rows, err := in.list(ctx, selection{kinds: requests, about: new(alert), newest: true})
	if err != nil {
		return stored{}, false, fmt.Errorf("look up the requests about alert %s: %w", alert, err)
	}
	for _, row := range rows {
		found, err := decode(row)
		if err != nil {
			return stored{}, false, err
		}
		o := found.state.Outcome
		if o == "" || !found.request.Ending(o, "").Frees {
			return found, true, nil
		}
		if o != Denied {
			continue
		}
		if other, waits, err := joinedTo(ctx, in, found.job.ID); err != nil || waits {
			found.request.By, found.state = other, State{}
			return found, waits, err
		}
	}
	return stored{}, false, nil
}

// joinedTo is a person who joined a request before it was denied to its own person, and who still
// waits: their own request is stored next.
func joinedTo(ctx context.Context, in lister, job int64) (who Person, waits bool, err error) {
	rows, err := in.list(ctx, selection{kinds: joiners, joined: job, open: true, most: 1})
	if err != nil || len(rows) == 0 {
		return Person{}, false, err
	}
	var j joiner
	err = json.Unmarshal(rows[0].EncodedArgs, &j)
	return j.By, true, err
}

// answer puts the answer into effect. Its rows are written before the outcome; after a crash in
// between they are written again, which changes nothing.
func (a *attempt) answer(ctx context.Context) (time.Duration, error) {
	if err := a.shelf.answered(ctx, a.request); err != nil {
		return 0, err
	}
	return 0, a.end(ctx, a.request.Answer.Word.outcome(), nil)
}

// answered writes down r's answer to an alert, unless a later one is there.
func (s *sqlShelf) answered(ctx context.Context, r Request) error {
	dismissed := r.Answer.Word == Dismiss
	tx, err := s.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO halobot_answer (key, round, dismissed, by_id, by_name, answered, channel, ts, email)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (key) DO UPDATE SET round = excluded.round, dismissed = excluded.dismissed,
			by_id = excluded.by_id, by_name = excluded.by_name, answered = excluded.answered
		WHERE halobot_answer.round < excluded.round`,
		r.Key, r.Round, dismissed, r.By.ID, r.By.Name, r.At.UnixMilli(), r.Place.ID, r.Answer.TS, strings.ToLower(r.Answer.Email)); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE halobot_alert SET settled = $2
		WHERE key = $1 AND EXISTS (SELECT 1 FROM halobot_answer WHERE key = $1 AND round = $3)`, r.Key, dismissed, r.Round); err != nil {
		return err
	}
	return tx.Commit()
}

// waitMarked waits until the alert shows the answer before this one, so that the last to be drawn is
// the last that was given.
func (a *attempt) waitMarked(ctx context.Context) (time.Duration, error) {
	if a.request.Answer == nil {
		return 0, nil
	}
	for _, id := range a.request.After {
		before, known, err := a.byID(ctx, id)
		if err != nil {
			return 0, err
		}
		if known && before.job.FinalizedAt == nil {
			return growing(a.clock.since(a.state.Ended), 100*time.Millisecond, 3*time.Second), nil
		}
	}
	return 0, nil
}

// NewestAnswer is the round of the newest answer to an alert, 0 where there is none, and whether
// the alert shows it, or whoever gave it was told why not.
func (s *Service) NewestAnswer(ctx context.Context, alert string) (round int, shown bool, err error) {
	all, err := answersTo(ctx, s.queue, alert)
	if err != nil || len(all) == 0 {
		return 0, true, err
	}
	return all[0].request.Round, all[0].job.FinalizedAt != nil, nil
}

// DismissedFor is for how long later mails of a dismissed alert's sender go into its thread.
const DismissedFor = 30 * 24 * time.Hour

// DismissedAlert returns the newest dismissed alert of an address in a channel, of the last 30 days;
// "" where there is none.
func (s *sqlShelf) DismissedAlert(ctx context.Context, channel, email string) (ts string, err error) {
	err = s.sql.QueryRowContext(ctx, `SELECT ts FROM halobot_answer
		WHERE email = $1 AND email <> '' AND channel = $2 AND dismissed AND answered >= $3 ORDER BY answered DESC LIMIT 1`,
		strings.ToLower(email), channel, s.clock.now().Add(-DismissedFor).UnixMilli()).Scan(&ts)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return ts, err
}
