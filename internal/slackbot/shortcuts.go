package slackbot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

// chooseMessage answers the message shortcut, on any message whoever posted it: the form is
// filled in from the first address of an outsider, and the answer goes under the message. On
// an alert of the bot's own it is as good as the alert's button.
func (b *Bot) chooseMessage(ctx context.Context, in *incoming, i interaction) {
	if b.refused(ctx, in, in.at.ID) {
		return
	}
	m := i.Message
	if value, ok := modals.AlertValue(m.Blocks, m.Attachments); ok {
		b.openAlert(ctx, in, i, m.TS, draft.ParseAlert(value))
		return
	}
	o := b.messageOrigin(in, i, m.TS, viaShortcut)
	alert := draft.Alert{Email: b.outsider(draft.Addresses(m.words()))}
	o.Email = alert.Email
	f := b.prefill(ctx, in, o, alert)
	b.offer(ctx, in, i.Trigger, o, f)
	b.work.aside(time.Minute, b.learnDomains)
}

// chooseGlobal answers the global shortcut, which happens in no channel: the form asks for one.
func (b *Bot) chooseGlobal(ctx context.Context, in *incoming, i interaction) {
	b.openEmpty(ctx, in, i, viaShortcut)
}

// openEmpty opens a form that asks for the channel to answer in.
func (b *Bot) openEmpty(ctx context.Context, in *incoming, i interaction, via string) {
	if b.refused(ctx, in, "") {
		return
	}
	b.offer(ctx, in, i.Trigger, in.origin(via), modals.Form{})
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
		for _, key := range sortedKeys(v) {
			if !slices.Contains(unread, key) {
				gather(v[key], out)
			}
		}
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// outsider is the first address that is not of the workspace's own domains, as far as those are
// known.
func (b *Bot) outsider(addresses []string) string {
	own, _ := b.people.known.Get(ownDomains)
	domains, _ := own.([]string)
	for _, a := range addresses {
		if !slices.Contains(domains, domainOf(a)) {
			return a
		}
	}
	return ""
}

const ownDomains = "own domains"

// learnDomains asks for the workspace's e-mail domains. The scope for it is not among those
// that the bot needs: without it every address counts as an outsider's.
func (b *Bot) learnDomains(ctx context.Context) {
	if _, ok := b.people.known.Get(ownDomains); ok {
		return
	}
	var info *slack.TeamInfo
	_, err := b.web.do(ctx, func(ctx context.Context) (err error) {
		info, err = b.web.api.GetTeamInfoContext(ctx)
		return err
	})
	if err != nil && transient(err) {
		return // the next shortcut asks again
	}
	var domains []string
	if err == nil && info != nil {
		for d := range strings.SplitSeq(info.EmailDomain, ",") {
			if d = strings.ToLower(strings.TrimSpace(d)); d != "" {
				domains = append(domains, d)
			}
		}
	}
	b.people.known.Set(ownDomains, domains, cache.NoExpiration)
}

// domainOf is the part of an address behind its @.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return strings.ToLower(domain)
}
