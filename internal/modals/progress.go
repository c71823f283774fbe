package modals

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// Notice is a modal without inputs: a title of at most 24 characters, and a sentence or two,
// shown as plain text.
func Notice(title, text string) slack.ModalViewRequest {
	if title = oneLine(title, maxTitle); title == "" {
		title = "Halo"
	}
	return newBody().say(words(text)).modal(title)
}

// Creating is the modal while a request is in hand; text says what is being done.
func Creating(d draft.Draft, text string) slack.ModalViewRequest {
	return newBody().say(
		para{lit("Creating "), bold(shownName(d.Name)), lit(" in Halo…")},
		para{lit(cut(strings.TrimSpace(clean(text)), maxSection))},
		para{lit("You can close this window. The result is posted in Slack either way.")},
	).modal("Creating…")
}

// words is a text of a sentence or two as a paragraph; never empty.
func words(text string) para {
	if text = cut(strings.TrimSpace(clean(text)), maxSection); text == "" {
		text = "There is nothing to do here."
	}
	return para{lit(text)}
}
