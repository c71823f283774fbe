package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// settlement is what becomes of an alert.
type settlement struct {
	line       string // below the alert, in mrkdwn
	keepButton bool
	others     bool // every other open alert of the same message as well
}

// settlement says what becomes of the alert; false leaves it as it is.
func (a *announcement) settlement() (settlement, bool) {
	draw, ok := map[onboarding.Mark]func(modals.Result) string{
		onboarding.MarkClient: modals.LineCreated, onboarding.MarkReturned: modals.LineReturned,
		onboarding.MarkNoClient: modals.LineNoClient,
		onboarding.MarkClosed:   modals.LineClosed, onboarding.MarkAllClosed: modals.LineClosed,
	}[a.e.Alert]
	if !ok {
		return settlement{}, false
	}
	return settlement{line: draw(a.res()), keepButton: !a.e.Alert.Closes(), others: a.e.Alert == onboarding.MarkAllClosed}, true
}

// alert marks the alert that the request came from.
func (a *announcement) alert(ctx context.Context) error {
	s, ok := a.settlement()
	if !ok || a.o.Alert == "" {
		return nil
	}
	err := a.once(ctx, "alert", func(ctx context.Context) error {
		alert, known, err := a.requests.Alert(ctx, a.o.Alert)
		if err != nil || !known {
			return err
		}
		return a.settle(ctx, alert, s)
	})
	if err != nil || !s.others {
		return err
	}
	open, err := a.requests.OpenAlerts(ctx, a.o.Email, a.o.ticketKey())
	if err != nil {
		return err
	}
	for _, alert := range open {
		if alert.Key == a.o.Alert {
			continue
		}
		err := a.once(ctx, "alert "+alert.Key, func(ctx context.Context) error { return a.settle(ctx, alert, s) })
		if err != nil {
			return err
		}
	}
	return nil
}

// settle puts an alert back as it was, with a line below and without its button. One that the
// bot may not change, since a webhook posted it, is replaced through the click's response_url;
// if that is too old, the answer in its thread has to do.
func (a *announcement) settle(ctx context.Context, alert onboarding.Alert, s settlement) error {
	var m alertMessage
	if err := decode(alert.Message, &m); err != nil {
		a.log.WarnContext(ctx, "an alert was kept in a form that cannot be read", "alert", alert.Key)
		return nil
	}
	fallback := cmp.Or(text.Cut(m.Text, 3500), "Unknown sender")
	blocks := modals.SettledAlert(m.Blocks, m.Text, s.line, s.keepButton)
	attachments, changed := settledAttachments(m.Attachments, s.keepButton)

	_, err := a.web.do(ctx, func(ctx context.Context) error {
		opts := []slack.MsgOption{
			slack.MsgOptionText(fallback, false), slack.MsgOptionBlocks(blocks...),
		}
		if changed {
			opts = append(opts, a.rawAttachments(attachments))
		}
		_, _, _, err := a.web.api.UpdateMessageContext(ctx, alert.Channel, alert.TS, opts...)
		return err
	})
	if err != nil && transient(err) {
		return later(err)
	}
	if err != nil {
		a.log.InfoContext(ctx, "an alert may not be changed; trying its response_url", "alert", alert.Key, "err", explain(err))
		if alert.ResponseURL == "" || time.Since(alert.ClickedAt) > 29*time.Minute {
			return a.settled(ctx, alert, s)
		}
		err = a.web.respond(ctx, alert.ResponseURL, response{Replace: true, Text: fallback, Blocks: blocks, Attachments: attachments})
		if err != nil {
			a.log.WarnContext(ctx, "an alert could not be marked; its thread has the answer", "alert", alert.Key, "err", err)
		}
	}
	return a.settled(ctx, alert, s)
}

// settled keeps that the alert is no longer open.
func (a *announcement) settled(ctx context.Context, alert onboarding.Alert, s settlement) error {
	if s.keepButton {
		return nil
	}
	return a.requests.SettleAlert(ctx, alert.Key)
}

// settledAttachments takes the button out of an alert's attachments, where alert flows put
// blocks for the sake of a coloured bar. changed is false when there is none: the update then
// leaves the attachments alone.
func settledAttachments(raw json.RawMessage, keepButton bool) (_ json.RawMessage, changed bool) {
	if _, found := modals.AlertValue(nil, raw); keepButton || !found {
		return raw, false
	}
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return raw, false
	}
	for _, attachment := range list {
		var blocks []json.RawMessage
		if json.Unmarshal(attachment["blocks"], &blocks) != nil || len(blocks) == 0 {
			continue
		}
		kept, err := json.Marshal(modals.SettledAlert(blocks, " ", "", false))
		if err != nil {
			return raw, false
		}
		attachment["blocks"] = kept
	}
	out, err := json.Marshal(list)
	if err != nil {
		return raw, false
	}
	return out, true
}

// rawAttachments sends attachments as they are: slack-go's own type would lose what it does not
// know.
func (a *announcement) rawAttachments(raw json.RawMessage) slack.MsgOption {
	return slack.UnsafeMsgOptionEndpoint(a.cfg.apiURL()+"chat.update", func(v url.Values) { v.Set("attachments", string(raw)) })
}
