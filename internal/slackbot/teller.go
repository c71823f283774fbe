package slackbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/patrickmn/go-cache"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// teller tells people what became of a request: onboarding.Endings decides what each of them gets,
// and package modals draws it.
type teller struct {
	*parts
	views  *views
	tokens *cache.Cache // bot_access_token of workflow steps, by execution id
}

// The places where people are told. The values are stored in databases, as the keys of marks.
const (
	inModal    onboarding.Surface = "asker"    // the modal
	inDirect   onboarding.Surface = "direct"   // a direct message to whoever asked
	inChannel  onboarding.Surface = "message"  // the channel or thread
	onAlert    onboarding.Surface = "alert"    // the alert that it came from
	onOthers   onboarding.Surface = "others"   // the alerts of the same ticket or address
	inReport   onboarding.Surface = "report"   // SLACK_ERROR_CHANNEL
	inQuestion onboarding.Surface = "question" // SLACK_ERROR_CHANNEL, asked about a workflow step
	inStep     onboarding.Surface = "step"     // the workflow step
	inForm     onboarding.Surface = "form"     // the form from which the alert was reopened
	inPress    onboarding.Surface = "press"    // somebody whose answer to an alert does not count

	// Where people are told that one request has several clients.
	twinsDirect onboarding.Surface = "twins"
	twinsReport onboarding.Surface = "twins report"
)

// What a mark says of a place. A message's mark is its ts, or the other way by which it was told.
const (
	markDone    = "modal"
	markGone    = "gone"
	markRefused = "refused" // Slack does not let the bot tell there, for good
	markAside   = "aside"   // told, but only where it may be gone after a reload
)

// places has the function that tells each place.
var places = map[onboarding.Surface]func(*occasion, context.Context) (string, error){
	inModal:    (*occasion).modal,
	inDirect:   (*occasion).direct,
	inChannel:  (*occasion).post,
	onAlert:    (*occasion).alert,
	onOthers:   (*occasion).others,
	inReport:   (*occasion).report,
	inQuestion: (*occasion).question,
	inStep:     (*occasion).complete,
	inForm:     (*occasion).formAgain,
	inPress:    (*occasion).turnedAway,

	twinsDirect: func(o *occasion, ctx context.Context) (string, error) {
		return o.web.direct(ctx, o.r.Key+" twins", o.to.ID, modals.Twins(o.res))
	},
	twinsReport: func(o *occasion, ctx context.Context) (string, error) {
		return o.web.post(ctx, o.r.Key+" twins", o.cfg.ErrorChannel, "", modals.Twins(o.res))
	},
}

// occasion is one telling: what a request came to, and whom to tell.
type occasion struct {
	*teller
	r      onboarding.Request
	s      onboarding.State
	end    onboarding.Ending
	joined bool
	files  bool              // something may have been filed that the request itself did not ask for
	to     onboarding.Person // who asked, or joined
	at     time.Time         // when they did
	now    time.Time         // by the clock of at and of the state
	back   wayBack
	own    onboarding.Words // of whoever is told
	res    modals.Result
	log    *slog.Logger
}

// occasion reads telling. It reports false when there is nobody to tell in Slack: the command line
// tells its own users.
func (t *teller) occasion(telling onboarding.Telling) (*occasion, bool) {
	r, s := telling.Request, telling.State
	o := &occasion{
		teller: t, r: r, s: s, end: r.Ending(s.Outcome, t.cfg.OnError),
		to: r.By, at: r.At, now: telling.Now, own: r.Words(), res: t.result(r, s),
		log: t.log.With("request", r.Key, "connection", r.Draft.Connection, "outcome", string(s.Outcome)),
	}
	reply := r.Reply
	if j := telling.Joiner; j != nil {
		o.joined, o.files, o.to, o.at, reply = true, true, j.By, j.At, j.Reply
		if j.Draft != nil {
			o.own = onboarding.Words{Draft: *j.Draft, Then: j.Then}
		}
		o.res.Joined, o.res.Typed = j.By.ID != r.By.ID, t.otherWords(r, o.own.Draft)
	}
	var ok bool
	o.back, ok = readWayBack(reply)
	return o, ok
}

// surfaces are the places where telling is due. One that depends on what became of another is listed
// only once that other one has been tried.
func (t *teller) surfaces(telling onboarding.Telling) (list []onboarding.Surface) {
	o, ok := t.occasion(telling)
	switch {
	case !ok:
		return nil
	case o.r.Answer != nil:
		return o.answerSurfaces()
	case o.r.File != nil:
		return o.filedSurfaces()
	}
	add := func(where onboarding.Surface, wanted bool) {
		if wanted {
			list = append(list, where)
		}
	}
	flow := o.back.Step != ""
	add(inModal, !flow && o.back.View != "")
	add(inDirect, !flow && (o.back.View == "" || o.tried(inModal)))
	add(inChannel, !flow && !o.joined && o.end.Post != onboarding.PostNothing)
	add(onAlert, !o.joined && o.back.Alert != "" && o.end.Alert != onboarding.MarkNothing)
	add(onOthers, !o.joined && o.end.Alert == onboarding.MarkAllClosed)
	add(inQuestion, flow && o.asks())
	add(inStep, flow && (!o.asks() || o.tried(inQuestion)))
	add(inReport, !o.joined && o.reports())
	add(twinsDirect, !flow && len(o.s.Twins) > 0)
	add(twinsReport, !o.joined && len(o.s.Twins) > 0 && o.cfg.ErrorChannel != "")
	return list
}

// asks reports whether SLACK_ERROR_CHANNEL is asked, or given what was typed, since a workflow step
// has no person for it.
func (o *occasion) asks() bool {
	return o.cfg.ErrorChannel != "" && (o.end.Step == onboarding.StepAsks || o.end.Step == onboarding.StepReturns)
}

// mark is what is remembered of a place; "" when it was not told yet.
func (o *occasion) mark(where onboarding.Surface) string { return o.s.Marks[string(where)] }

// tried reports whether a place has been told, or could not be told yet.
func (o *occasion) tried(where onboarding.Surface) bool {
	_, marked := o.s.Marks[string(where)]
	_, failed := o.s.Again[where]
	return marked || failed
}

// pending returns a *onboarding.LaterError while another place, where, may still be told. It does
// so for placePatience at most, so that no place waits for long for another.
func (o *occasion) pending(where onboarding.Surface) error {
	if _, marked := o.s.Marks[string(where)]; marked || o.waited() > placePatience {
		return nil
	}
	return &onboarding.LaterError{After: placePatience - o.waited(), Err: fmt.Errorf("%s may do", where)}
}

// placePatience is how long a place waits for another that Slack does not take yet.
const placePatience = 3 * time.Second

// waited is how long ago the request ended.
func (o *occasion) waited() time.Duration { return o.now.Sub(o.s.Ended) }

// tell tells one place, and returns its mark. What Slack refuses for good is marked too, and logged.
func (t *teller) tell(ctx context.Context, where onboarding.Surface, telling onboarding.Telling) (string, error) {
	o, _ := t.occasion(telling)
	tell := places
	if o.r.File != nil {
		tell = filedPlaces
	}
	mark, err := tell[where](o, ctx)
	if !forGood(err) {
		return mark, err
	}
	o.log.ErrorContext(ctx, "Slack does not let the bot tell of a request", "surface", where, "error", explain(err))
	return markRefused, nil
}

// forGood reports whether Slack refused something that waiting does not mend.
func forGood(err error) bool {
	return err != nil && !transient(err) && !errors.As(err, new(*onboarding.LaterError)) && !errors.As(err, new(*unreachedError))
}

// unreachedError says that Slack lets the bot tell a person nowhere: that is tried again, since
// an administrator may mend it.
type unreachedError struct{ error }

func (e *unreachedError) Unwrap() error { return e.error }
