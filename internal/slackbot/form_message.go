package slackbot

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

// chooseMessage answers the message shortcut, on any message whoever posted it: the form is
// filled in from the first address of an outsider, and the answer goes under the message. On
// an alert of the bot's own it is as good as the alert's button.
func (f *forms) chooseMessage(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, in.at.ID) {
		return
	}
	m := i.Message
	if value, ok := modals.AlertValue(m.Blocks, m.Attachments); ok {
		f.openAlert(ctx, in, i, m.TS, draft.ParseAlert(value))
		return
	}
	a := f.askedAbout(in, i, m.TS, viaShortcut)
	alert := draft.Alert{Email: f.own.outsider(draft.Addresses(m.words()))}
	a.Email = alert.Email
	f.offer(ctx, in, i.Trigger, a, f.prefill(ctx, in, a, alert))
	f.work.aside(time.Minute, f.own.learnAside)
}

// words is everything that can be read in a message: its text, and every text in its blocks
// and attachments, of whatever type.
func (m message) words() string {
	var out strings.Builder
	out.WriteString(m.Text)
	for _, raw := range append(slices.Clone(m.Blocks), m.Attachments) {
		var v any
		if json.Unmarshal(raw, &v) == nil {
			gather(v, &out)
		}
	}
	return out.String()
}

// unread are the keys of a block that hold nothing to be read.
var unread = []string{"type", "block_id", "action_id", "value", "image_url", "style", "id", "ts", "color"}

func gather(v any, out *strings.Builder) {
	switch v := v.(type) {
	case string:
		out.WriteString("\n")
		out.WriteString(v)
	case []any:
		for _, e := range v {
			gather(e, out)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(unread, key) {
				gather(v[key], out)
			}
		}
	}
}
