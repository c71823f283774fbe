package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"

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

// alert marks the alert that the request came from.
func (o *occasion) alert(ctx context.Context) (string, error) {
	alert, known, err := o.requests.Alert(ctx, o.back.Alert)
	if err != nil || !known {
		return "not known", err
	}
	return "done", o.markAlert(ctx, alert)
}

// others marks every other open alert of the same ticket or address. Those that are marked are
// open no more, so that only the rest is left for another try.
func (o *occasion) others(ctx context.Context) (string, error) {
	open, err := o.requests.OpenAlerts(ctx, o.back.Email, o.back.ticketKey())
	for _, alert := range open {
		if alert.Key != o.back.Alert {
			err = errors.Join(err, o.markAlert(ctx, alert))
		}
	}
	return "done", err
}

// markAlert puts an alert back as it was, with a line below and without its button. One that the
// bot may not change, since a webhook posted it, is replaced through the click's response_url;
// if that is too old, the answer in its thread has to do.
func (o *occasion) markAlert(ctx context.Context, alert onboarding.Alert) error {
	var m alertMessage
	if err := decode(alert.Message, &m); err != nil {
		o.log.WarnContext(ctx, "an alert was kept in a form that cannot be read", "alert", alert.Key)
		return nil
	}
	// Its flow may have changed it since somebody pressed its button.
	now, there, err := o.web.message(ctx, alert.Channel, alert.TS)
	switch {
	case there:
		m = alertMessage{Text: now.Text, Blocks: now.Blocks, Attachments: now.Attachments}
	case err != nil && transient(err):
		return later(err)
	}
	words := text.Cut(m.Text, 3500)
	if words == "" {
		words = "Unknown sender"
	}
	keepButton := !o.end.Alert.Closes()
	blocks := modals.MarkedAlert(m.Blocks, m.Text, alertLines[o.end.Alert](o.res), keepButton)
	_, changed := modals.AlertValue(nil, authored(m.Attachments, true))
	changed = changed && !keepButton
	attachments := authored(m.Attachments, keepButton)

	_, err = o.web.do(func(api *slack.Client) error {
		opts := []slack.MsgOption{slack.MsgOptionText(words, false), slack.MsgOptionBlocks(blocks...)}
		if changed {
			opts = append(opts, o.rawAttachments(attachments))
		}
		_, _, _, err := api.UpdateMessageContext(ctx, alert.Channel, alert.TS, opts...)
		return err
	})
	if err != nil && transient(err) {
		return later(err)
	}
	if err != nil {
		o.log.InfoContext(ctx, "an alert may not be changed; trying its response_url", "alert", alert.Key, "err", explain(err))
		if fresh(alert.ResponseURL, alert.ClickedAt) {
			err = o.web.respond(ctx, alert.ResponseURL, response{Replace: true, Text: words, Blocks: blocks, Attachments: attachments})
		}
		if err != nil {
			o.log.WarnContext(ctx, "an alert could not be marked; its thread has the answer", "alert", alert.Key, "err", explain(err))
		}
	}
	if keepButton {
		return nil
	}
	return o.requests.CloseAlert(ctx, alert.Key)
}

// authored are the attachments that an alert's author sent, where alert flows put blocks for the
// sake of a coloured bar; without the button unless it stays. What Slack made of links and of
// shared messages is left out: it would be taken for content. The result is never null, and no
// attachment's blocks are.
func authored(raw json.RawMessage, keepButton bool) json.RawMessage {
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
			rest := modals.MarkedAlert(blocks, "", "", keepButton)
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

// rawAttachments sends attachments as they are: slack-go's own type would lose what it does not
// know.
func (o *occasion) rawAttachments(raw json.RawMessage) slack.MsgOption {
	return slack.UnsafeMsgOptionEndpoint(o.cfg.apiURL()+"chat.update", func(v url.Values) { v.Set("attachments", string(raw)) })
}
