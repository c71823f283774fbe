package modals

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/text"
)

// Notice is a modal without inputs: a title of at most 24 characters, and a sentence or two,
// shown as plain text.
func Notice(title, said string) slack.ModalViewRequest {
	if title = oneLine(title, maxTitle); title == "" {
		title = "Halo"
	}
	return newBody().say(words(said)).modal(title)
}

// Creating is the modal while a client is being created; doing says how far that is, or who is on it.
func Creating(r Result, doing Words) slack.ModalViewRequest {
	return inHand("Creating", r, doing)
}

// Checking is the modal while a client is being looked for, or looked at, and none is created.
func Checking(r Result, doing Words) slack.ModalViewRequest {
	return inHand("Checking", r, doing)
}

func inHand(verb string, r Result, doing Words) slack.ModalViewRequest {
	return newBody().say(
		para{lit(verb + " "), bold(r.draftName()), lit(" in Halo…")},
		doing.para(),
		para{lit("You can close this window. The result is posted in Slack either way.")},
	).whose(r).modal(verb + "…")
}

// words is a sentence or two as a paragraph; never empty.
func words(said string) para {
	if said = text.Short(strings.TrimSpace(text.Lines(said)), maxSection); said == "" {
		said = "There is nothing to do here."
	}
	return para{lit(said)}
}
