package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// alertLines say below an alert what became of it.
var alertLines = map[onboarding.Mark]func(modals.Result) string{
	onboarding.MarkClient:    modals.LineCreated,
	onboarding.MarkReturned:  modals.LineReturned,
	onboarding.MarkNoClient:  modals.LineNoClient,
	onboarding.MarkClosed:    modals.LineClosed,
	onboarding.MarkAllClosed: modals.LineClosed,
}

// alertPatience is how long an alert that is not stored yet is waited for.
const alertPatience = 5 * time.Second

// alert marks the alert that the request came from.
func (o *occasion) alert(ctx context.Context) (string, error) {
	alert, known, err := o.requests.Alert(ctx, o.back.Alert)
	if err == nil && !known && o.waited() < alertPatience {
		// The form was submitted as soon as it opened, and the alert may still be being stored.
		err = &onboarding.LaterError{After: alertPatience / 5, Err: errors.New("the alert is not known yet")}
	}
	if err != nil {
		return "", err
	}
	if !known {
		o.log.WarnContext(ctx, "an alert is not known, and cannot be marked; its thread has the answer", "alert", o.back.Alert)
		return "not known", nil
	}
	if o.r.Answer != nil {
		return o.answerAlert(ctx, alert)
	}
	// An older answer that is still being drawn would overwrite what is drawn here: wait for it.
	if _, shown, err := o.requests.NewestAnswer(ctx, alert.Key); err != nil || !shown {
		return "", cmp.Or(err, error(&onboarding.LaterError{After: 300 * time.Millisecond, Err: errors.New("an answer is being drawn")}))
	}
	return "done", o.upToDate(ctx, func() error { return o.drawAlert(ctx, alert) })
}

// others marks every other open alert of the same ticket or address. Another try finds only those
// that are left, since a marked alert is no longer open.
func (o *occasion) others(ctx context.Context) (string, error) {
	open, err := o.requests.OpenAlerts(ctx, o.back.Email, o.back.ticketKey())
	for _, alert := range open {
		if alert.Key != o.back.Alert {
			err = errors.Join(err, o.drawAlert(ctx, alert))
		}
	}
	return "done", err
}

// drawAlert adds a line to an alert that says what became of it, and closes the alert unless it
// keeps its buttons. An alert that the bot may not change has the answer in its thread.
func (o *occasion) drawAlert(ctx context.Context, alert onboarding.Alert) error {
	m, err := o.asItIs(ctx, alert)
	if err != nil {
		return err
	}
	keep := !o.end.Alert.Closes()
	blocks := modals.MarkedAlert(m.Blocks, m.Text, alertLines[o.end.Alert](o.res), keep)
	if _, err := o.draw(ctx, alert, m, blocks, keep); err != nil || keep {
		return err
	}
	return o.requests.CloseAlert(ctx, alert.Key)
}

// asItIs is an alert's message as Slack has it now, since its flow may have changed it after
// somebody pressed its button. Where the bot may not read it, it is the message as it was then.
func (o *occasion) asItIs(ctx context.Context, alert onboarding.Alert) (alertMessage, error) {
	now, there, err := o.web.message(ctx, alert.Channel, alert.TS)
	switch {
	case there:
		return alertMessage{Text: now.Text, Blocks: now.Blocks, Attachments: now.Attachments}, nil
	case err != nil && transient(err):
		return alertMessage{}, later(err)
	}
	return o.kept(ctx, alert), nil
}

// kept is an alert's message as it was kept, when its buttons were last seen.
func (o *occasion) kept(ctx context.Context, alert onboarding.Alert) (m alertMessage) {
	if err := decode(alert.Message, &m); err != nil {
		o.log.WarnContext(ctx, "an alert was kept in a form that cannot be read", "alert", alert.Key)
	}
	return m
}

// draw shows an alert's message m with blocks in place of its own. A message that the bot may not
// change, because a webhook posted it, is replaced through the click's response_url; drawn is false
// when that is too old, or fails.
func (o *occasion) draw(ctx context.Context, alert onboarding.Alert, m alertMessage, blocks []slack.Block, keepButtons bool) (drawn bool, err error) {
	words := text.Cut(m.Text, 3500)
	if words == "" {
		words = "Unknown sender"
	}
	attachments := authored(m.Attachments, keepButtons)
	changed := string(attachments) != string(authored(m.Attachments, true)) || keepButtons && o.r.Answer != nil

	_, err = o.web.do(func(api *slack.Client) error {
		opts := []slack.MsgOption{slack.MsgOptionText(words, false), slack.MsgOptionBlocks(blocks...)}
		if changed {
			opts = append(opts, o.raw("attachments", attachments))
		}
		if len(blocks) == 0 { // without the parameter Slack would keep the old blocks
			opts = append(opts, o.raw("blocks", json.RawMessage("[]")))
		}
		_, _, _, err := api.UpdateMessageContext(ctx, alert.Channel, alert.TS, opts...)
		return err
	})
	if err == nil || transient(err) {
		return err == nil, later(err)
	}
	o.log.InfoContext(ctx, "an alert may not be changed; trying its response_url", "alert", alert.Key, "error", explain(err))
	if fresh(alert.ResponseURL, alert.ClickedAt) {
		err = o.web.respond(ctx, alert.ResponseURL, response{Replace: true, Text: words, Blocks: blocks, Attachments: attachments})
	}
	if err != nil {
		o.log.WarnContext(ctx, "an alert could not be marked; its thread has the answer", "alert", alert.Key, "error", explain(err))
	}
	return err == nil, nil
}

// authored are the attachments that the alert's author sent: some alert flows put their blocks
// there, for the coloured bar. What Slack made of links and shared messages is left out, since it
// would be taken for content; so are the buttons, unless they stay. Neither the result nor any
// attachment's blocks are ever null.
func authored(raw json.RawMessage, keepButtons bool) json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = nil
	}
	kept := []map[string]json.RawMessage{}
	for _, a := range list {
		if slices.ContainsFunc(unfurled, func(key string) bool { return a[key] != nil && string(a[key]) != "false" }) {
			continue
		}
		if raw, ok := a["blocks"]; ok {
			var blocks []json.RawMessage
			if json.Unmarshal(raw, &blocks) != nil {
				blocks = nil
			}
			rest := modals.MarkedAlert(blocks, "", "", keepButtons)
			if delete(a, "blocks"); len(rest) > 0 {
				a["blocks"] = mustJSON(rest)
			} else if len(blocks) > 0 {
				continue // the button was all that it held
			}
		}
		kept = append(kept, a)
	}
	return mustJSON(kept)
}

// unfurled are what only Slack writes into an attachment.
var unfurled = []string{"is_app_unfurl", "is_msg_unfurl", "is_reply_unfurl", "from_url", "original_url"}

// raw sends a part of a message as it is: slack-go's own type of an attachment would lose what it
// does not know.
func (o *occasion) raw(part string, value json.RawMessage) slack.MsgOption {
	return slack.UnsafeMsgOptionEndpoint(o.cfg.apiURL()+"chat.update", func(v url.Values) { v.Set(part, string(value)) })
}
