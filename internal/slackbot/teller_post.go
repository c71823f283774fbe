package slackbot

import (
	"context"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// posts are what is posted in the channel or thread.
var posts = map[onboarding.Post]func(modals.Result) modals.Message{
	onboarding.PostClient: modals.Announcement,
	onboarding.PostDoubt:  modals.AskAgain,
	onboarding.PostTyped:  modals.Returned,
}

// post posts what everybody in the channel or thread may know, or returns what was typed.
func (o *occasion) post(ctx context.Context) (string, error) {
	at, thread, url := o.r.Place, o.back.Thread, o.back.URL
	if o.end.Post == onboarding.PostTyped && thread == "" {
		at, url = onboarding.Place{}, "" // to the person alone
	}
	mark, err := o.publish(ctx, posts[o.end.Post](o.res), at, thread, url)
	if forGood(err) && !o.reached() {
		err = &unreachedError{err}
	}
	return mark, err
}

// publish posts m where it belongs: in the channel or thread, else through the response_url,
// which needs no membership, else to the person, saying how to mend it. It returns the
// message's ts, or which way it went.
func (o *occasion) publish(ctx context.Context, m modals.Message, at onboarding.Place, thread, url string) (string, error) {
	var refusal string
	if at.ID != "" {
		ts, err := o.web.post(ctx, o.r.Key, at.ID, thread, m)
		if !forGood(err) {
			return ts, err
		}
		refusal = code(err)
		o.log.WarnContext(ctx, "the bot may not post where it was asked", "channel", at.ID, "error", explain(err))
	}
	if fresh(url, o.back.URLAt) {
		err := o.web.respond(ctx, url, response{
			Type: "in_channel", Thread: thread, Text: m.Text, Blocks: m.Blocks, Metadata: m.Metadata,
		})
		if err == nil {
			return "response_url", nil
		}
		o.log.InfoContext(ctx, "a response_url did not answer", "error", err)
	}
	if _, err := o.web.direct(ctx, o.r.Key, o.r.By.ID, m); err != nil {
		return "", err
	}
	if at.ID != "" {
		hint := modals.Note(sayElsewhere(o.self.known().UserName, place{ID: at.ID, Name: at.Name}, refusal))
		if _, err := o.web.direct(ctx, o.r.Key+" hint", o.r.By.ID, hint); err != nil {
			o.log.InfoContext(ctx, "the way to mend it could not be told", "error", explain(err))
		}
	}
	return "direct", nil
}

// reports says whether SLACK_ERROR_CHANNEL is told. A question that is put there counts as the
// report.
func (o *occasion) reports() bool {
	switch o.end.Report {
	case onboarding.ReportNothing:
		return false
	case onboarding.ReportAdmin:
		return o.s.Configuration && o.cfg.ErrorChannel != ""
	}
	return o.cfg.ErrorChannel != "" && (o.back.Step == "" || o.end.Step != onboarding.StepAsks)
}

// reported is how a report is drawn.
func reported(r onboarding.Report) func(modals.Result) modals.Message {
	if r == onboarding.ReportDoubt {
		return modals.ReportUnconfirmed
	}
	return modals.Report
}

// report tells SLACK_ERROR_CHANNEL.
func (o *occasion) report(ctx context.Context) (string, error) {
	return o.web.post(ctx, o.r.Key+" report", o.cfg.ErrorChannel, "", reported(o.end.Report)(o.res))
}
