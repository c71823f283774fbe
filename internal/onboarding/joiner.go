package onboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// firstTold bounds how long a joiner waits who sent the same form twice: the second answer is told
// after the first has been drawn in that form, so that the second stays.
const firstTold = 3 * time.Second

// joinerWorker tells people whose request joined one that was in hand already.
type joinerWorker struct {
	river.WorkerDefaults[joiner]
	service *Service
}

func (w *joinerWorker) NextRetry(*river.Job[joiner]) time.Time { return w.service.clock.nextTry() }

func (w *joinerWorker) Work(ctx context.Context, job *river.Job[joiner]) error {
	s := w.service
	var told State // its marks, and whether its filing was asked for
	if output := job.Output(); len(output) > 0 {
		if err := json.Unmarshal(output, &told); err != nil {
			return fmt.Errorf("read the state of joiner %d: %w", job.ID, err)
		}
	}
	wait, err := s.waitOut(ctx, func(ctx context.Context) (time.Duration, error) { return w.tell(ctx, job, &told) })
	if err == nil {
		err = s.queue.finish(ctx, job.JobRow, told, wait, s.clock.now())
	}
	return ended(wait, err)
}

// tell tells the joiner how the first request ended, once it has.
func (w *joinerWorker) tell(ctx context.Context, job *river.Job[joiner], told *State) (time.Duration, error) {
	s, j := w.service, job.Args
	first, known, err := s.byID(ctx, j.Job)
	if err != nil || !known {
		return 0, err
	}
	since := s.clock.since(first.state.Ended)
	switch {
	case first.state.Outcome == Denied && first.request.By.ID != j.By.ID && j.Draft != nil:
		return 0, s.instead(ctx, first.request, j)
	case first.state.Outcome == "":
		return growing(s.clock.since(job.CreatedAt), 250*time.Millisecond, 5*time.Second), nil
	case since < firstTold && first.job.FinalizedAt == nil && sameJSON(first.request.Reply, j.Reply):
		return firstTold / 6, nil
	}
	t := &Telling{Request: first.request, State: first.state, Joiner: &Joiner{By: j.By, Reply: j.Reply, Draft: j.Draft, Then: j.Then, At: j.At}}
	t.State.Marks, t.State.Again, t.State.Tried = told.Marks, told.Again, told.Tried
	if j.Then != nil && first.state.Client != nil && !told.Asked {
		_, err := s.File(ctx, FileRequest{
			Of: first.request, Client: *first.state.Client, At: first.state.Where(), Seen: first.state.Ended, Filing: *j.Then, By: j.By, Via: first.request.Via, Reply: j.Reply,
		})
		if err != nil {
			return 0, err
		}
		told.Asked = true
	}
	log := s.log.With("request", first.request.Key, "connection", first.request.Draft.Connection, "by", j.By.ID)
	learn := func() { told.Marks, told.Again, told.Tried = t.State.Marks, t.State.Again, t.State.Tried }
	defer learn()
	return Tell(ctx, s.announcer, t, s.clock.now, log, func(ctx context.Context) error {
		learn()
		return s.queue.save(ctx, job.JobRow, *told)
	})
}

// instead submits the request anew in the name of a joiner whose first one was denied to its own
// person: that refusal is no answer to the joiner.
func (s *Service) instead(ctx context.Context, r Request, j joiner) error {
	r.By, r.Draft, r.Reply, r.At, r.Then = j.By, *j.Draft, j.Reply, j.At, j.Then
	r.Press, r.After = "", nil
	_, err := s.Submit(ctx, r)
	return err
}
