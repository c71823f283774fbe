package modals

import (
	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// Announcement is the channel message (or thread reply) of a created or used client. Its
// metadata is for other apps (docs/flows.md).
func Announcement(r Result) Message {
	m := newBody().
		say(headline(r), details(r.Client), origin(r)).
		show(actions(openButton(r.Client.URL), r.fileButton())...).
		say(beside(r), twins(r), dropped(r)).
		filed(r).
		whose(r).
		message()
	m.Metadata = &slack.SlackMetadata{EventType: EventCreated, EventPayload: map[string]any{
		"id":          r.Client.ID,
		"name":        r.Client.Name,
		"toplevel_id": r.Client.TopLevelID,
		"website":     r.Client.Website,
		"url":         r.Client.URL,
		"connection":  r.Connection,
		"request_id":  r.RequestID,
	}}
	if len(r.Steps) > 0 {
		m.Metadata.EventPayload["filed"] = r.words()
	}
	return m
}

// headline says who did what.
func headline(r Result) para {
	client := named(r.Client.or(r))
	switch {
	case r.Existing && isUser(r.By):
		return append(append(para{mention(r.By), lit(" chose ")}, client...), lit(": it was already in Halo, so nothing was created."))
	case r.Existing:
		return append(client, lit(" is used: it was already in Halo, so nothing was created."))
	case isUser(r.By):
		return append(append(para{mention(r.By), lit(" created ")}, client...), lit(" in Halo."))
	}
	return append(client, lit(" was created in Halo."))
}

// Question is "it exists" for somebody whose modal is gone, with both choices.
func Question(r Result) Message { return question(r).message() }

// AskAgain is the question about a create that was never found: "Look again", "Create again".
func AskAgain(r Result) Message { return unconfirmed(r).whose(r).message() }

// Failure tells the requester why there is no client, with "Try again" when r.CanRetry.
func Failure(r Result) Message {
	c := newBody().say(r.failed(), r.reason())
	if !r.CanRetry {
		if r.Next != "" {
			c.say(words(r.Next))
		}
		return c.whose(r).message()
	}
	return c.
		say(para{lit("What you typed is kept. Try again opens the form with it filled in.")}).
		show(r.tryAgain()...).
		whose(r).message()
}

// tryAgain is the button that opens the form again; none where the request is closed.
func (r Result) tryAgain() []slack.Block {
	if !r.CanRetry {
		return nil
	}
	return actions(button(ActionTryAgain, "Try again", r.Key, slack.StylePrimary))
}

// Returned is a bounce: the error and everything typed.
func Returned(r Result) Message {
	head := append(para{bold("Returned: ")}, r.failed()...)
	c := newBody().say(append(head, r.asker()...), r.reason())
	if r.CanRetry {
		c.say(para{lit("This was typed. Try again opens the form with it filled in:")})
	} else {
		c.say(para{lit("This was typed:")})
	}
	return c.words(r.Draft).show(r.tryAgain()...).message()
}

// typed are a draft's fields, notes aside.
func typed(d draft.Draft) para {
	d.Name = shownName(d.Name)
	return lines(append(values(d, maxSubject), labelConnection, oneLine(d.Connection, maxShown))...)
}

// values are the labels and values of a draft's fields of one line, each of at most most
// characters.
func values(d draft.Draft, most int) []string {
	var pairs []string
	for _, in := range draft.Fields {
		value := *in.Of(&d)
		if in.Multiline {
			continue
		}
		if in.Shown != nil {
			value = in.Shown(value)
		}
		pairs = append(pairs, in.Label, oneLine(value, most))
	}
	return pairs
}

// quoted is a text as it was typed, its line breaks kept.
func quoted(s string) slack.Block {
	return slack.NewRichTextBlock("", &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(s, nil)},
	})
}

// Report is what SLACK_ERROR_CHANNEL is told of a failure. It leaves out the notes, which are
// nobody's business there.
func Report(r Result) Message {
	return newBody().say(
		r.failed(),
		r.reason(),
		about(r),
		para{lit("If that is not about what was typed, run “bot check” where the bot runs: it says what to fix.")},
	).message()
}

// ReportUnconfirmed is what SLACK_ERROR_CHANNEL is told of a create that was sent and never
// seen.
func ReportUnconfirmed(r Result) Message {
	return newBody().say(
		para{bold(r.draftName()), lit(" could not be confirmed in Halo.")},
		para{lit("Halo was asked to create it, and never showed the client. It may or may not be there. " +
			"Please look for it in Halo; whoever asked for it has the buttons to look again and to create again.")},
		about(r),
	).message()
}

// about says whose request it was, and for what.
func about(r Result) para {
	p := lines(
		draft.Label(draft.Website), oneLine(draft.ShownHost(r.Draft.Website), maxShown),
		labelConnection, oneLine(r.Draft.Connection, maxShown))
	if isUser(r.By) {
		p = p.line(bold("Asked for by: "), mention(r.By))
	}
	if ticket := r.ticket(); ticket != nil {
		p = p.line(bold("Alert: "), *ticket)
	}
	if ref := oneLine(r.RequestID, maxBrief); ref != "" {
		p = p.line(bold("Reference: "), lit(ref))
	}
	return p
}

// Twins tells of several clients that Halo has for one request.
func Twins(r Result) Message { return newBody().say(twins(r), about(r)).message() }

// Note is a plain sentence, for progress and refusals. Nothing in text is read as mark-up.
func Note(text string) Message { return Say(Plain(text)) }

// Say is a note that may mention people.
func Say(says Words) Message { return newBody().say(says.para()).message() }

// Reopen says that a modal could not be opened, with a button that opens it; value is the
// button's value, left out when it is longer than Slack's 2,000 characters.
func Reopen(text, value string) Message {
	return newBody().
		say(words(text)).
		show(actions(button(ActionReopen, "Open the form", value, slack.StylePrimary))...).
		message()
}
