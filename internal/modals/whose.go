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
	return c.
		say(append(first(r), lit(" asked for it first, and what they typed counts:"))).words(r.Draft).
		say(para{lit("What you typed was not used:")}).words(*r.Typed)
}

// asker tells somebody who joined another's request in the same words whose it was.
func (c *body) asker(r Result) *body {
	switch {
	case !r.Joined || r.Typed != nil:
		return c
	case r.Existing:
		return c.say(append(first(r), lit(" chose it.")))
	}
	return c.say(append(first(r), lit(" asked for it first.")))
}

// first names who asked first.
func first(r Result) para {
	if isUser(r.By) {
		return para{mention(r.By)}
	}
	return para{lit("Somebody else")}
}

// whoseChoice tells them so below a question, where their own words count once they press a button.
func (c *body) whoseChoice(r Result) *body {
	if r.Typed == nil {
		return c
	}
	return c.
		say(append(first(r), lit(" asked for it first, and typed:"))).words(r.Draft).
		say(para{lit("Create anyway creates what you typed:")}).words(*r.Typed)
}

// words are a draft's fields, as they were typed.
func (c *body) words(d draft.Draft) *body {
	c.say(typed(d))
	if notes := strings.Trim(text.Short(text.Lines(d.Notes), maxSection), "\n"); strings.TrimSpace(notes) != "" {
		c.show(para{bold(draft.Label(draft.Notes) + ":")}.blocks()...).show(quoted(notes))
	}
	return c
}
