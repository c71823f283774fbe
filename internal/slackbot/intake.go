package slackbot

import (
	"context"
	"errors"
	"time"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
)

// intake makes requests of what people and flows ask for, and stores them.
type intake struct{ *parts }

// storeTimeout bounds the store before an acknowledgement: the person's three seconds include
// the way here and back.
const storeTimeout = 2 * time.Second

// validate checks d; with one connection there is no select, and a says which.
func (in *intake) validate(a asked, d draft.Draft) (draft.Draft, draft.Problems) {
	for _, otherwise := range []string{a.Connection, in.halos.names()[0]} {
		if d.Connection == "" {
			d.Connection = otherwise
		}
	}
	d, problems := d.Validate()
	if _, ok := in.halos.named(d.Connection); !ok {
		if problems == nil {
			problems = draft.Problems{}
		}
		problems[draft.Connection] = sayNoConnection(d.Connection)
	}
	return d, problems
}

// labelled is d made valid: what is not is emptied, and a missing name made up. It is for a request
// that only has to be called something.
func (in *intake) labelled(a asked, d draft.Draft) draft.Draft {
	checked, problems := in.validate(a, d)
	for field := range problems {
		if field == draft.Connection {
			checked.Connection = in.halos.names()[0]
		}
		for _, input := range draft.Fields {
			if input.Field == field {
				*input.Of(&checked) = ""
			}
		}
	}
	if checked.Name == "" {
		checked.Name = "The sender's company"
	}
	return checked
}

// request is what a and d ask for.
func (in *intake) request(a asked, d draft.Draft, who person) onboarding.Request {
	return onboarding.Request{
		Key:      a.Key,
		Draft:    d,
		By:       who.asker(),
		Via:      a.Via,
		Place:    onboarding.Place{ID: a.Channel, Name: a.ChannelName, Link: in.self.link(a.Channel, a.Message, a.Thread)},
		OnError:  a.OnError,
		IfExists: onboarding.Ask,
		Alert:    a.Alert,
		Reply:    a.wayBack.reply(),
	}
}

// store submits r within storeTimeout. To submit r again is safe, whatever the error is.
func (in *intake) store(ctx context.Context, r onboarding.Request) (onboarding.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var receipt onboarding.Receipt
	err := in.fillIn(ctx, &r)
	if err == nil {
		receipt, err = in.requests.Submit(ctx, r)
	}
	if err != nil {
		in.log.ErrorContext(ctx, "a request could not be stored", "request", r.Key, "error", err)
	}
	return receipt, err
}

// answer stores an answer to an alert within storeTimeout, with what drawing the alert anew will
// need. Its error is as store's.
func (in *intake) answer(ctx context.Context, r onboarding.Request, alert onboarding.Alert) (onboarding.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var receipt onboarding.Receipt
	err := in.requests.SaveAlert(ctx, alert)
	if err == nil {
		receipt, err = in.requests.Answer(ctx, r)
	}
	if err != nil {
		in.log.ErrorContext(ctx, "an answer to an alert could not be stored", "request", r.Key, "error", err)
	}
	return receipt, err
}

// inDoubt reports whether what failed may have been stored all the same.
func inDoubt(err error) bool { return errors.As(err, new(*onboarding.MaybeStoredError)) }

// find looks a request up within storeTimeout.
func (in *intake) find(ctx context.Context, key string) (onboarding.Receipt, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	receipt, known, err := in.requests.Find(ctx, key)
	if err != nil {
		in.log.ErrorContext(ctx, "a request could not be looked up", "request", key, "error", err)
	}
	return receipt, known, err
}

// latest is the last request for a message: the one that "Create anyway" made, where there is one.
func (in *intake) latest(ctx context.Context, key string) (onboarding.Receipt, bool, error) {
	receipt, known, err := in.requests.Find(ctx, key)
	if err != nil || !known || receipt.State.Outcome != onboarding.Exists {
		return receipt, known, err
	}
	if next, ok, err := in.requests.Find(ctx, onboarding.Follow(key, onboarding.Anyway)); err == nil && ok && next.State.Outcome != onboarding.Exists {
		return next, true, nil
	}
	return receipt, known, nil
}

// accepted logs what was stored, once its person has been answered.
func (in *intake) accepted(ctx context.Context, r onboarding.Request, joined bool) {
	in.log.InfoContext(ctx, "request accepted", "request", r.Key, "connection", r.Draft.Connection, "via", r.Via, "by", r.By.ID, "joined", joined)
}
