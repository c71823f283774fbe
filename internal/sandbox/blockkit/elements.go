package blockkit

import (
	"encoding/json"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// Limits of elements (docs.slack.dev/reference/block-kit/block-elements).
const (
	MaxInput = 3000 // plain_text_input's max_length

	maxButtonText  = 75
	maxButtonValue = 2000
	maxOptions     = 100
	maxBoxes       = 10
	maxOverflow    = 5
	maxFiles       = 10
)

var (
	inInput   = []string{"input"}
	inContext = []string{"section", "context"}
	inButtons = []string{"section", "actions"}
	inAll     = []string{"section", "actions", "input"}
	inMulti   = []string{"section", "input"}
	inPicker  = []string{"actions", "input"}
	inFoot    = []string{"context_actions"}
)

// elements says what each may hold and where it may stand. An action_id is optional
// everywhere: Slack makes one up.
var elements = elementTable()

func elementTable() map[string]kind {
	table := map[string]kind{
		"button": element(inButtons, nil, []string{"text"}, map[string]rule{
			"text":                plain(maxButtonText),
			"url":                 characters(1, maxURL),
			"value":               characters(0, maxButtonValue),
			"style":               among("primary", "danger"),
			"confirm":             confirm,
			"accessibility_label": characters(1, maxAccessibleName),
		}),
		"workflow_button": element(inButtons, nil, []string{"text", "workflow"}, map[string]rule{
			"text":                plain(maxButtonText),
			"workflow":            anything,
			"style":               among("primary", "danger"),
			"accessibility_label": characters(1, maxAccessibleName),
		}),
		"overflow": element(inButtons, nil, []string{"options"}, map[string]rule{
			"options": array(1, maxOverflow, linkOption),
			"confirm": confirm,
		}),
		"image": {within: inContext, contents: object{
			required: []string{"alt_text"},
			props: map[string]rule{
				"image_url":  characters(1, maxURL),
				"slack_file": slackFile,
				"alt_text":   characters(1, maxAlternative),
			},
			also: exactlyOne("image_url", "slack_file"),
		}},
		"checkboxes": element(inAll, choices, []string{"options"}, map[string]rule{
			"options":         array(1, maxBoxes, boxOption),
			"initial_options": array(1, maxBoxes, boxOption),
			"confirm":         confirm,
			"focus_on_load":   focus,
		}),
		"radio_buttons": element(inAll, choices, []string{"options"}, map[string]rule{
			"options":        array(1, maxBoxes, boxOption),
			"initial_option": boxOption,
			"confirm":        confirm,
			"focus_on_load":  focus,
		}),
		"datepicker": element(inAll, nil, nil, picker(map[string]rule{
			"initial_date": matching(`^\d{4}-\d{2}-\d{2}$`, "must be a date as YYYY-MM-DD"),
		})),
		"timepicker": element(inAll, nil, nil, picker(map[string]rule{
			"initial_time": matching(`^\d{2}:\d{2}$`, "must be a time as HH:mm"),
			"timezone":     characters(1, maxID),
		})),
		"datetimepicker": element(inPicker, nil, nil, map[string]rule{
			"initial_date_time": integer(1_000_000_000, 9_999_999_999),
			"confirm":           confirm,
			"focus_on_load":     focus,
		}),
		"plain_text_input": element(inInput, inputLengths, nil, field(map[string]rule{
			"initial_value":          characters(0, MaxInput),
			"multiline":              boolean,
			"min_length":             integer(0, MaxInput),
			"max_length":             integer(1, MaxInput),
			"dispatch_action_config": dispatchActionConfig,
		})),
		"email_text_input": element(inInput, nil, nil, field(map[string]rule{
			"initial_value":          emailAddress,
			"dispatch_action_config": dispatchActionConfig,
		})),
		"url_text_input": element(inInput, nil, nil, field(map[string]rule{
			"initial_value":          webAddress,
			"dispatch_action_config": dispatchActionConfig,
		})),
		"number_input": element(inInput, nil, []string{"is_decimal_allowed"}, field(map[string]rule{
			"is_decimal_allowed":     boolean,
			"initial_value":          numeral,
			"min_value":              numeral,
			"max_value":              numeral,
			"dispatch_action_config": dispatchActionConfig,
		})),
		"rich_text_input": element(inInput, nil, nil, field(map[string]rule{
			"initial_value":          richTextBlock(),
			"dispatch_action_config": dispatchActionConfig,
		})),
		"file_input": {in: Modal, within: inInput, contents: object{props: map[string]rule{
			"action_id": characters(1, maxID),
			"filetypes": array(1, maxOptions, characters(1, maxID)),
			"max_files": integer(1, maxFiles),
		}}},
		"icon_button": element(inFoot, nil, []string{"icon", "text"}, map[string]rule{
			"icon":                among("trash"),
			"text":                plain(maxButtonText),
			"value":               characters(0, maxButtonValue),
			"confirm":             confirm,
			"accessibility_label": characters(1, maxAccessibleName),
			"visible_to_user_ids": anything,
		}),
		"feedback_buttons": element(inFoot, nil, []string{"positive_button", "negative_button"}, map[string]rule{
			"positive_button": anything,
			"negative_button": anything,
		}),
	}
	maps.Copy(table, selects())
	return table
}

// element is a row for an element that has an action_id.
func element(within []string, also func(*checker, string, map[string]any), required []string, props map[string]rule) kind {
	props["action_id"] = characters(1, maxID)
	return kind{within: within, contents: object{required: required, props: props, also: also}}
}

// field adds what everything that one can type into has; picker, what one can choose from.
func field(props map[string]rule) map[string]rule {
	props["placeholder"] = plain(maxPlaceholder)
	props["focus_on_load"] = focus
	return props
}

func picker(props map[string]rule) map[string]rule {
	props["confirm"] = confirm
	return field(props)
}

func focus(c *checker, path string, v any) {
	boolean(c, path, v)
	if v != true {
		return
	}
	if c.focused {
		c.fail(path, "only one element may set `focus_on_load`")
	}
	c.focused = true
}

// inputLengths: a prefilled value must obey the field's own limits, and these each other.
func inputLengths(c *checker, path string, m map[string]any) {
	least, _ := whole(m["min_length"])
	most, limited := whole(m["max_length"])
	if limited && least > most {
		c.fail(pointer(path, "min_length"), "must be at most `max_length`")
		return
	}
	value, ok := m["initial_value"].(string)
	if !ok || value == "" {
		return
	}
	n := utf8.RuneCountInString(value)
	if n < least {
		c.fail(pointer(path, "initial_value"), "must be more than %d characters", least-1)
	}
	if limited && n > most {
		c.fail(pointer(path, "initial_value"), "must be less than %d characters", most+1)
	}
}

func matching(pattern, message string) rule {
	re := regexp.MustCompile(pattern)
	return func(c *checker, path string, v any) {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			c.fail(path, "%s", message)
		}
	}
}

func emailAddress(c *checker, path string, v any) {
	s, ok := v.(string)
	if !ok {
		c.fail(path, "must be a string")
	} else if a, err := mail.ParseAddress(s); s != "" && (err != nil || a.Address != s) {
		c.fail(path, "must be an email address")
	}
}

func webAddress(c *checker, path string, v any) {
	s, ok := v.(string)
	if !ok {
		c.fail(path, "must be a string")
	} else if u, err := url.Parse(s); s != "" && (err != nil || u.Scheme == "" || u.Host == "") {
		c.fail(path, "must be a URL")
	}
}

// numeral is a number written as a string.
func numeral(c *checker, path string, v any) {
	s, ok := v.(string)
	if n, isNumber := v.(json.Number); isNumber {
		s, ok = n.String(), true
	}
	if !ok {
		c.fail(path, "must be a number in a string")
	} else if _, err := strconv.ParseFloat(s, 64); err != nil {
		c.fail(path, "must be a number in a string")
	}
}
