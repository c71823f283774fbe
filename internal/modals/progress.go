package modals

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
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

// Creating is the modal while a client is being created; doing says how far that is.
func Creating(d draft.Draft, doing Words) slack.ModalViewRequest {
	return inHand("Creating", d, doing)
}

// Checking is the modal while a client is being looked for, or looked at, and none is created.
func Checking(d draft.Draft, doing Words) slack.ModalViewRequest {
	return inHand("Checking", d, doing)
}

func inHand(verb string, d draft.Draft, doing Words) slack.ModalViewRequest {
	return newBody().say(
		para{lit(verb + " "), bold(shownName(d.Name)), lit(" in Halo…")},
		doing.para(),
		para{lit("You can close this window. The result is posted in Slack either way.")},
	).modal(verb + "…")
}

// words is a sentence or two as a paragraph; never empty.
func words(said string) para {
	if said = text.Short(strings.TrimSpace(text.Lines(said)), maxSection); said == "" {
		said = "There is nothing to do here."
	}
	return para{lit(said)}
}

// Joining is Creating for somebody who asked for what another request is creating.
func Joining(r Result, says Words) slack.ModalViewRequest {
	v := Creating(r.Draft, says)
	v.Blocks.BlockSet = append(v.Blocks.BlockSet, newBody().whose(r).blocks...)
	return v
}
