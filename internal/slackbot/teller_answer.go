package slackbot

import (
	"context"
	"errors"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// answerSurfaces are the places where an answer to an alert is told.
func (o *occasion) answerSurfaces() []onboarding.Surface {
	switch {
	case o.s.Outcome == onboarding.Denied, o.s.Outcome == onboarding.Unreachable:
		return []onboarding.Surface{inPress}
	case o.back.View != "":
		return []onboarding.Surface{onAlert, inForm}
	}
	return []onboarding.Surface{onAlert}
}

// answerAlert draws an answer in its alert, unless a newer answer has taken its place.
func (o *occasion) answerAlert(ctx context.Context, alert onboarding.Alert) (string, error) {
	newest, _, err := o.requests.NewestAnswer(ctx, alert.Key)
	if err != nil || newest > o.r.Round {
		return "superseded", err
	}
	if err := o.marking(ctx, alert.Key); err != nil {
		return "", err
	}
	if o.r.Answer.Word == onboarding.Reopen {
		return o.reopenAlert(ctx, alert)
	}
	m, err := o.asItIs(ctx, alert)
	if err != nil {
		return "", err
	}
	value, waits := modals.AlertValue(m.Blocks, m.Attachments)
	if waits {
		// Reopening puts the alert back as it is at this moment.
		alert.Message = mustJSON(m)
		if err := o.requests.SaveAlert(ctx, alert); err != nil {
			return "", err
		}
	} else {
		kept := o.kept(ctx, alert)
		value, _ = modals.AlertValue(kept.Blocks, kept.Attachments)
	}
	blocks := modals.DismissedAlert(m.Blocks, m.Text, modals.LineDismissed(*dismissal(o.r)), alert.Key, value)
	drawn, err := o.draw(ctx, alert, m, blocks, false)
	if err != nil || drawn {
		return "done", err
	}
	return o.publish(ctx, modals.DismissedThread(*dismissal(o.r), alert.Key, value), o.r.Place, o.back.Thread, o.back.URL)
}

// reopenAlert puts the alert back as it was, with its buttons.
func (o *occasion) reopenAlert(ctx context.Context, alert onboarding.Alert) (string, error) {
	m, err := o.asItIs(ctx, alert)
	if err != nil {
		return "", err
	}
	var blocks []slack.Block
	_, waits := modals.AlertValue(m.Blocks, m.Attachments)
	kept := o.kept(ctx, alert)
	_, known := modals.AlertValue(kept.Blocks, kept.Attachments)
	switch {
	case waits: // its flow has drawn it anew, or the dismissal could not be drawn
		blocks = modals.MarkedAlert(m.Blocks, "", "", true)
	case known:
		m = kept
		blocks = modals.MarkedAlert(m.Blocks, "", "", true)
	default:
		value, _ := modals.DismissedValue(m.Blocks, m.Attachments)
		blocks = modals.ReopenedAlert(m.Blocks, m.Text, value)
	}
	drawn, err := o.draw(ctx, alert, m, blocks, true)
	if err != nil || drawn {
		return "done", err
	}
	return o.publish(ctx, modals.ReopenedThread(*dismissal(o.r)), o.r.Place, o.back.Thread, o.back.URL)
}

// marking returns a *onboarding.LaterError while the end of an earlier request about the alert is
// still being drawn in it.
func (o *occasion) marking(ctx context.Context, key string) error {
	before, known, err := o.requests.Find(ctx, key)
	if err != nil || !known {
		return err
	}
	_, marked := before.State.Marks[string(onAlert)]
	marks := before.Request.Ending(before.State.Outcome, o.cfg.OnError).Alert != onboarding.MarkNothing
	if marks && !marked && o.now.Sub(before.State.Ended) < modalLooked {
		return &onboarding.LaterError{After: 300 * time.Millisecond, Err: errors.New("the alert is being marked")}
	}
	return nil
}

// formAgain draws the form from which the alert was reopened anew, now ready to be submitted.
func (o *occasion) formAgain(ctx context.Context) (string, error) {
	a, _ := askedAgain(o.r)
	v := o.retryForm(a, o.own, onboarding.State{}).View()
	err := o.views.draw(ctx, o.back.View, true, func() error {
		_, err := o.views.update(ctx, o.back.View, "", v)
		return err
	})
	if gone(err) {
		return markGone, nil
	}
	return markDone, later(err)
}

// turnedAway tells whoever answered an alert that their answer does not count: where they pressed,
// or, when that is more than a minute ago, in a direct message, which lasts.
func (o *occasion) turnedAway(ctx context.Context) (string, error) {
	says := o.s.Problem
	if o.s.Outcome == onboarding.Unreachable {
		says = sayNeverVerified
	}
	m := modals.Note(says)
	if o.s.Ended.Sub(o.at) > modalLooked {
		_, err := o.web.direct(ctx, o.r.Key, o.to.ID, m)
		return "direct", err
	}
	return markAside, o.web.aside(ctx, addressee{user: o.to.ID, channel: o.r.Place.ID, url: o.back.URL, urlAt: o.back.URLAt}, m)
}

// answerProgress tells whoever answered an alert that the answer waits, because Slack does not say
// who they are.
func (o *occasion) answerProgress(ctx context.Context, telling *onboarding.Telling) error {
	if o.s.Phase != onboarding.Outage {
		return nil
	}
	_, err := telling.Once(ctx, string(o.s.Phase)+"-note", func(ctx context.Context) (string, error) {
		to := addressee{user: o.to.ID, channel: o.r.Place.ID, url: o.back.URL, urlAt: o.back.URLAt}
		return "done", o.web.aside(ctx, to, modals.Note(sayAnswerWaits))
	})
	return err
}
