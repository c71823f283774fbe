package blockkit

import "reflect"

// Limits of composition objects, in characters
// (docs.slack.dev/reference/block-kit/composition-objects).
const (
	maxOptionText     = 75
	maxOptionValue    = 75 // Slack's Node types; its Python models say 150
	maxConfirmTitle   = 100
	maxConfirmText    = 300
	maxConfirmButton  = 30
	maxID             = 255
	maxURL            = 3000
	maxPlaceholder    = 150
	maxAlternative    = 2000
	maxAccessibleName = 75
)

// plain is a plain_text object of at most so many characters; rich is that or mrkdwn. Neither
// may be empty.
func plain(most int) rule {
	return textObject(map[string]rule{"plain_text": object{
		required: []string{"text"},
		props:    map[string]rule{"text": characters(1, most), "emoji": boolean},
	}.check})
}

func rich(most int) rule {
	return textObject(map[string]rule{"plain_text": plain(most), "mrkdwn": object{
		required: []string{"text"},
		props:    map[string]rule{"text": characters(1, most), "verbatim": boolean},
	}.check})
}

func textObject(kinds map[string]rule) rule {
	return func(c *checker, path string, v any) {
		m, t, ok := c.typed(path, v)
		if !ok {
			return
		}
		check, ok := kinds[t]
		if !ok {
			c.fail(pointer(path, "type"), "must be one of %q", sortedKeys(kinds))
			return
		}
		check(c, path, m)
	}
}

// option is a choice of a select, an overflow menu, or a group of checkboxes or radio buttons.
func option(text func(int) rule, withURL bool) rule {
	o := object{
		required: []string{"text", "value"},
		props: map[string]rule{
			"text":        text(maxOptionText),
			"value":       characters(1, maxOptionValue),
			"description": text(maxOptionText),
		},
	}
	if withURL {
		o.props["url"] = characters(1, maxURL)
	}
	return o.check
}

var (
	menuOption = option(plain, false)
	linkOption = option(plain, true)
	boxOption  = option(rich, false)
)

var optionGroup = object{
	required: []string{"label", "options"},
	props: map[string]rule{
		"label":   plain(maxOptionText),
		"options": array(1, maxOptions, menuOption),
	},
}.check

var confirm = object{
	required: []string{"title", "text", "confirm", "deny"},
	props: map[string]rule{
		"title":   plain(maxConfirmTitle),
		"text":    rich(maxConfirmText),
		"confirm": plain(maxConfirmButton),
		"deny":    plain(maxConfirmButton),
		"style":   among("primary", "danger"),
	},
}.check

var conversationFilter = object{
	props: map[string]rule{
		"include":                          array(1, 4, among("im", "mpim", "private", "public")),
		"exclude_external_shared_channels": boolean,
		"exclude_bot_users":                boolean,
	},
	also: func(c *checker, path string, m map[string]any) {
		if len(m) == 0 {
			c.fail(path, "must provide at least 1 items")
		}
	},
}.check

var dispatchActionConfig = object{
	props: map[string]rule{
		"trigger_actions_on": array(1, 2, among("on_enter_pressed", "on_character_entered")),
	},
}.check

// slackFile refers to an image that is already in Slack, by one of two keys.
var slackFile = object{
	props: map[string]rule{"id": characters(1, maxID), "url": characters(1, maxURL)},
	also:  exactlyOne("id", "url"),
}.check

// exactlyOne demands one of several properties.
func exactlyOne(names ...string) func(*checker, string, map[string]any) {
	return func(c *checker, path string, m map[string]any) {
		have := 0
		for _, n := range names {
			if m[n] != nil {
				have++
			}
		}
		switch {
		case have == 0:
			c.fail(path, "missing required field: %s", names[0])
		case have > 1:
			c.fail(path, "must provide only one of %q", names)
		}
	}
}

// choices checks what a list of options and an initial choice say of each other. Slack
// compares the whole option, not its value alone.
func choices(c *checker, path string, m map[string]any) {
	var all []any
	add := func(v any) {
		list, _ := v.([]any)
		all = append(all, list...)
	}
	add(m["options"])
	groups, _ := m["option_groups"].([]any)
	for _, g := range groups {
		if g, ok := g.(map[string]any); ok {
			add(g["options"])
		}
	}
	known := func(path string, v any) {
		for _, o := range all {
			if sameOption(o, v) {
				return
			}
		}
		c.fail(path, "must match one of the options")
	}
	if v := m["initial_option"]; v != nil {
		known(pointer(path, "initial_option"), v)
	}
	if list, ok := m["initial_options"].([]any); ok {
		for i, v := range list {
			known(pointer(pointer(path, "initial_options"), i), v)
		}
	}
}

// sameOption compares two options; a text's emoji flag makes no difference to it.
func sameOption(a, b any) bool {
	return reflect.DeepEqual(bare(a), bare(b))
}

func bare(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, v := range m {
		if k != "emoji" && k != "verbatim" {
			out[k] = bare(v)
		}
	}
	return out
}
