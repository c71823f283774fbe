package modals

import (
	"strings"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// whose tells somebody who joined a request with other words whose words were used, and shows
// them their own, which are kept nowhere else.
func (c *body) whose(r Result) *body {
	if r.Typed == nil {
		return c
	}
	asked := para{lit("Somebody else")}
	if isUser(r.By) {
		asked = para{mention(r.By)}
	}
	return c.
		say(append(asked, lit(" asked for it first, with these words, and they count:"))).words(r.Draft).
		say(para{lit("What you typed was not used:")}).words(*r.Typed)
}

// words are a draft's fields, as they were typed.
func (c *body) words(d draft.Draft) *body {
	c.say(typed(d))
	if notes := strings.Trim(text.Short(text.Lines(d.Notes), maxSection), "\n"); strings.TrimSpace(notes) != "" {
		c.show(para{bold(draft.Label(draft.Notes) + ":")}.blocks()...).show(quoted(notes))
	}
	return c
}
