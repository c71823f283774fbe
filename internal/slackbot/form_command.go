package slackbot

import (
	"context"
	"html"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/text"
)

// runCommand answers /halo-new-client: the form, filled in from the text after it.
func (f *forms) runCommand(ctx context.Context, in *incoming, c command) {
	if reason, no := isDenied(f.gate.atOnce(in.who, in.at.ID)); no {
		in.ack(ctx, map[string]string{"response_type": "ephemeral", "text": reason})
		return
	}
	f.offer(ctx, in, c.Trigger, in.asked(viaCommand), modals.Form{Draft: parseCommand(c.Text)})
}

// parseCommand reads what was typed after the command: a website at its end, and a name.
func parseCommand(typed string) draft.Draft {
	words := strings.Fields(unlink(typed))
	if len(words) == 0 {
		return draft.Draft{}
	}
	var d draft.Draft
	if host, err := draft.ParseWebsite(words[len(words)-1]); err == nil {
		d.Website, words = host, words[:len(words)-1]
	}
	d.Name = text.Cut(strings.Join(words, " "), draft.MaxName)
	return d
}

// unlink is s without Slack's marks: <http://acme.com|acme.com> is acme.com, &amp; is &
// (docs.slack.dev/messaging/formatting-message-text).
func unlink(s string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<")
		out.WriteString(before)
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed {
			out.WriteString("<" + rest)
			break
		}
		target, label, labelled := strings.Cut(inside, "|")
		if !labelled {
			label = target
		}
		out.WriteString(label)
		s = after
	}
	return html.UnescapeString(out.String())
}
