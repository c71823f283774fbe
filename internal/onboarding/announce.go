package onboarding

import (
	"context"
	"errors"
	"maps"
	"strings"
	"time"
	"unicode"

	"github.com/riverqueue/river"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/text"
)

// tellLimit is for how long telling people is tried.
const tellLimit = 72 * time.Hour

// end gives the request its outcome, and commits it before anybody is told.
func (a *attempt) end(ctx context.Context, o Outcome, detail func(*State)) error {
	a.state.Outcome, a.state.Ended, a.state.Phase = o, time.Now().UTC(), ""
	a.state.NotBefore, a.state.Problem = time.Time{}, ""
	if detail != nil {
		detail(&a.state)
	}
	if err := a.save(ctx); err != nil {
		return err
	}
	a.metrics.ended(a.request, o)
	a.log.Info("request ended", "outcome", o, "problem", a.state.Problem, "client", clientID(a.state.Client), "by", a.request.By.ID, "via", a.request.Via)
	return nil
}

func clientID(c *halo.Client) int {
	if c == nil {
		return 0
	}
	return c.ID
}

// save commits the state. What was learned is kept even when the attempt's time is over.
func (a *attempt) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return a.queue.save(ctx, a.job, a.state)
}

// finish ends the attempt; the next one comes after wait, 0 = never.
func (a *attempt) finish(ctx context.Context, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return a.queue.finish(ctx, a.job, a.state, wait)
}

func (a *attempt) saveAndTell(ctx context.Context) error {
	if err := a.save(ctx); err != nil {
		return err
	}
	return a.tell(ctx)
}

// tell tells of a request that has not ended; a failure costs nothing but the news.
func (a *attempt) tell(ctx context.Context) error {
	t := a.telling()
	if err := a.announcer.Announce(ctx, t); err != nil {
		a.log.Info("cannot tell how the request stands", "phase", a.state.Phase, "error", err)
	}
	return a.keepMarks(ctx, t)
}

// announce tells of the outcome until it has been told.
func (a *attempt) announce(ctx context.Context) (time.Duration, error) {
	defer a.metrics.stage("announce")()
	t := a.telling()
	err := a.announcer.Announce(ctx, t)
	if err == nil {
		return 0, nil
	}
	if err := a.keepMarks(ctx, t); err != nil {
		return 0, err
	}
	return untold(a.log.With("outcome", a.state.Outcome), a.state.Ended, err), nil
}

func (a *attempt) telling() *Telling {
	t := &Telling{Request: a.request, State: a.state}
	t.State.Marks = maps.Clone(a.state.Marks)
	return t
}

func (a *attempt) keepMarks(ctx context.Context, t *Telling) error {
	if len(t.State.Marks) == len(a.state.Marks) {
		return nil
	}
	a.state.Marks = t.State.Marks
	return a.save(ctx)
}

// untold is how long to wait before telling again; 0 = give up.
func untold(log interface {
	Warn(string, ...any)
	Error(string, ...any)
}, ended time.Time, err error) time.Duration {
	since := time.Since(ended)
	if since > tellLimit {
		log.Error("nobody could be told of a request's end: giving up", "error", err)
		return 0
	}
	var later *LaterError
	if errors.As(err, &later) {
		return max(later.After, 100*time.Millisecond)
	}
	log.Warn("cannot tell of a request's end yet", "error", err)
	return growing(since, time.Second, 5*time.Minute)
}

// joinerWorker tells people who asked for what somebody else had in hand.
type joinerWorker struct {
	river.WorkerDefaults[joiner]
	service *Service
}

func (*joinerWorker) NextRetry(*river.Job[joiner]) time.Time { return time.Now().Add(2 * time.Second) }

func (w *joinerWorker) Work(ctx context.Context, job *river.Job[joiner]) error {
	first, known, err := w.service.byID(ctx, job.Args.Job)
	if err != nil {
		return err
	}
	if !known {
		return nil
	}
	if first.state.Outcome == "" {
		return river.JobSnooze(growing(time.Since(job.CreatedAt), 250*time.Millisecond, 5*time.Second))
	}
	j := job.Args
	t := &Telling{Request: first.request, State: first.state, Joiner: &Joiner{By: j.By, Reply: j.Reply, Draft: j.Draft, At: j.At}}
	t.State.Marks = nil
	if err := w.service.announcer.Announce(ctx, t); err != nil {
		log := w.service.log.With("request", first.request.Reference(), "by", job.Args.By.ID)
		if wait := untold(log, first.state.Ended, err); wait > 0 {
			return river.JobSnooze(wait)
		}
	}
	return nil
}

// dropped lists what was typed and is not in Halo's client.
func dropped(d draft.Draft, c halo.Client) []draft.Field {
	var out []draft.Field
	if d.Website != "" && draft.HostKey(c.Website) != draft.HostKey(d.Website) {
		out = append(out, draft.Website)
	}
	if d.TradingName != "" && text.Key(c.TradingName) != text.Key(d.TradingName) {
		out = append(out, draft.TradingName)
	}
	return out
}

// sentence makes an error's text one.
func sentence(err error) string {
	text := []rune(strings.TrimRight(err.Error(), "."))
	if len(text) == 0 {
		return ""
	}
	text[0] = unicode.ToUpper(text[0])
	return string(text) + "."
}
