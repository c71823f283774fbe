package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/halo"
	"halobot/internal/text"
)

const (
	// lookPatience is for how long Halo is asked about a mail's sender before its alert is posted
	// without; a command that has nobody else to post it has less.
	lookPatience  = time.Minute
	shellPatience = 10 * time.Second
	// glance is how long one more look may take once that time is over.
	glance = time.Second
	// insistFor is for how long a mail holds its place, with the later ones of its channel behind
	// it, while Slack does not answer. Then it is tried again after pauses.
	insistFor = 20 * time.Second
	// mailTimeout is more than an attempt takes.
	mailTimeout = lookPatience + 3*insistFor + attemptTimeout
	// mailLimit is for how long a mail is tried that cannot be posted: whoever has to mend
	// something has had two weeks for it.
	mailLimit = 14 * 24 * time.Hour
)

// maxProblem bounds what is kept of why a mail is not posted.
const maxProblem = 1000

// keepPlace, as a wait, has a job taken up again before those that came after it.
const keepPlace = -1

// mailWorker posts the alerts of mails.
type mailWorker struct {
	river.WorkerDefaults[Mail]
	service *Service
}

func (w *mailWorker) NextRetry(*river.Job[Mail]) time.Time { return w.service.clock.nextTry() }

// Timeout lets a mail wait in its place.
func (*mailWorker) Timeout(*river.Job[Mail]) time.Duration { return mailTimeout }

func (w *mailWorker) Work(ctx context.Context, job *river.Job[Mail]) error {
	d := &delivery{Service: w.service, job: job.JobRow, mail: job.Args}
	d.log = d.Service.log.With("mail", d.mail.Key)
	if output := job.Output(); len(output) > 0 {
		if err := json.Unmarshal(output, &d.state); err != nil {
			return fmt.Errorf("read the state of mail %d: %w", job.ID, err)
		}
	}
	wait, err := d.run(ctx)
	if err != nil && !errors.Is(err, errLost) {
		d.down.Failed(err, "doing", "working on a mail", "mail", d.mail.Key)
		wait = retryAfter
	}
	if !errors.Is(err, errLost) {
		saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
		defer cancel()
		err = d.queue.finish(saving, job.JobRow, d.state, wait, d.clock.now())
	}
	return ended(wait, err)
}

// delivery is one go at a mail.
type delivery struct {
	*Service
	job   *rivertype.JobRow
	mail  Mail
	state MailState
	log   *slog.Logger
}

// run takes the mail as far as it can go now; wait is as in attempt.run.
func (d *delivery) run(ctx context.Context) (wait time.Duration, err error) {
	switch {
	case d.mail.Mail.Noise != "" && d.state.Ended.IsZero():
		return 0, d.end(ctx, MailIgnored)
	case d.state.Outcome != "":
		return 0, nil
	case d.clock.since(d.mail.At) > mailLimit:
		return 0, d.end(ctx, MailGivenUp)
	}
	// Calls end with the attempt; waiting, with the service.
	var r Reading
	wait, err = d.insist(ctx, func(ctx context.Context) (err error) {
		r, err = d.poster.Read(ctx, d.mail)
		return err
	})
	if err != nil || wait != 0 {
		return wait, err
	}
	known, err := d.look(ctx, &r)
	switch {
	case err != nil:
		return 0, err
	case d.stopping.Err() != nil:
		return keepPlace, nil
	}
	d.state.Reading = r
	if known {
		return 0, d.end(ctx, MailKnown)
	}
	wait, err = d.insist(ctx, func(ctx context.Context) (err error) {
		d.state.Posted, err = d.poster.Post(ctx, d.mail, r)
		return err
	})
	switch {
	case err != nil || wait != 0:
		return wait, err
	case d.state.Posted.ThreadTS != "":
		return 0, d.end(ctx, MailAdded)
	}
	return 0, d.end(ctx, MailPosted)
}

// look asks Halo about the sender until there is an answer or the mail has waited for long enough.
// Whoever cannot be looked at is posted, with the reason.
func (d *delivery) look(ctx context.Context, r *Reading) (known bool, err error) {
	if r.Own {
		return false, nil // nobody whom Halo could know
	}
	patience := lookPatience
	if d.cfg.Work == WorkMails {
		patience = shellPatience
	}
	for pause := 250 * time.Millisecond; d.stopping.Err() == nil; pause = min(2*pause, 5*time.Second) {
		left := patience - d.clock.since(d.mail.At)
		r.Has, known, err = d.ask(ctx, *r, min(max(left, glance), lookTimeout))
		if err == nil {
			return known, nil
		}
		var he *halo.Error
		refused := errors.As(err, &he) && (he.Outcome == halo.Refused || he.Own && d.cfg.Work == WorkMails)
		left = patience - d.clock.since(d.mail.At)
		if refused || left <= 0 {
			d.log.Warn("an alert is posted without a look in Halo", "error", err)
			r.Unasked = text.Sentence(err.Error(), maxProblem)
			return false, nil
		}
		if err := d.note(ctx, err, false); err != nil {
			return false, err
		}
		d.pause(min(pause, left))
	}
	return false, nil
}

// ask is one look; a service that stops does not wait for it.
func (d *delivery) ask(ctx context.Context, r Reading, limit time.Duration) (*halo.Sender, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	defer context.AfterFunc(d.stopping, cancel)()
	return d.poster.Sender(ctx, r)
}

// insist makes a call of Slack's until it is carried out. For a while it waits where it is, so that
// the later mails of the channel stay behind; then it says after how long to come again.
func (d *delivery) insist(ctx context.Context, call func(context.Context) error) (wait time.Duration, err error) {
	began := d.clock.now()
	for pause := time.Second; ; pause *= 2 {
		err := call(ctx)
		if err == nil {
			return 0, nil
		}
		var later *LaterError
		var mend *MendError
		if errors.As(err, &later) {
			pause = max(later.After, time.Millisecond)
		}
		mending := errors.As(err, &mend)
		if err := d.note(ctx, err, mending); err != nil {
			return 0, err
		}
		switch lasted := d.clock.since(d.state.Since); {
		case d.stopping.Err() != nil:
			return keepPlace, nil
		case mending:
			return growing(lasted, 5*time.Second, longestWait), nil
		case d.clock.since(began)+pause > insistFor:
			return max(growing(lasted, 2*time.Second, time.Minute), min(pause, longestWait)), nil
		}
		d.pause(pause)
	}
}

// pause waits, unless the service stops.
func (d *delivery) pause(long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.stopping.Done():
	}
}

// note keeps why the mail is not posted yet, for who waits for it.
func (d *delivery) note(ctx context.Context, why error, mend bool) error {
	problem := text.Sentence(why.Error(), maxProblem)
	if d.stopping.Err() != nil || errors.As(why, new(*LaterError)) {
		return nil
	}
	if d.state.Problem != problem {
		d.log.Warn("a mail cannot be posted yet", "error", why, "channel", d.mail.Channel)
	}
	if d.state.Since.IsZero() {
		d.state.Since = d.clock.now().UTC()
	}
	d.state.Failures++
	d.state.Problem, d.state.Mend = problem, mend
	return d.save(ctx)
}

// end gives the mail its outcome, and commits it at once.
func (d *delivery) end(ctx context.Context, o MailOutcome) error {
	d.state.Outcome, d.state.Ended = o, d.clock.now().UTC()
	if o != MailGivenUp {
		d.state.Problem, d.state.Mend = "", false
	}
	if err := d.save(ctx); err != nil {
		return err
	}
	d.metrics.mails.WithLabelValues(string(o)).Inc()
	d.log.Info("mail ended", "outcome", o, "channel", d.mail.Channel, "ts", d.state.Posted.TS)
	return nil
}

func (d *delivery) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	return d.queue.save(ctx, d.job, d.state)
}
