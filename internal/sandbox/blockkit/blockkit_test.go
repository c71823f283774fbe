package blockkit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func modalWith(blocks string) string {
	return `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":{"type":"plain_text","text":"S"},"blocks":[` + blocks + `]}`
}

func homeWith(blocks string) string { return `{"type":"home","blocks":[` + blocks + `]}` }

func inputOf(element string) string {
	return `{"type":"input","label":{"type":"plain_text","text":"L"},"element":` + element + `}`
}

func actionsOf(elements string) string { return `{"type":"actions","elements":[` + elements + `]}` }

func section(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return `{"type":"section","text":{"type":"mrkdwn","text":` + string(b) + `}}`
}

func button(more string) string {
	return `{"type":"button","text":{"type":"plain_text","text":"B"}` + more + `}`
}

func inRich(elements string) string {
	return `{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[` + elements + `]}]}`
}

func options(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"text":{"type":"plain_text","text":"O%d"},"value":"v%d"}`, i, i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

func repeat(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }

// problems renders what Validate found, one a line.
func problems(s Surface, raw string, opts ...Option) []string {
	var lines []string
	for _, p := range Validate(s, []byte(raw), opts...) {
		lines = append(lines, p.String())
	}
	return lines
}

func TestTakesWhatSlackTakes(t *testing.T) {
	t.Parallel()
	selects := `{"type":"static_select","action_id":"a","options":` + options(100) + `,"initial_option":{"text":{"type":"plain_text","text":"O7","emoji":true},"value":"v7"},"placeholder":{"type":"plain_text","text":"P"},"focus_on_load":true},` +
		`{"type":"conversations_select","action_id":"b","default_to_current_conversation":true,"filter":{"include":["public","private"],"exclude_bot_users":true}},` +
		`{"type":"channels_select","action_id":"c","initial_channel":"C1"},{"type":"users_select","action_id":"d"},{"type":"external_select","action_id":"e","min_query_length":2}`
	for _, tt := range []struct {
		name    string
		surface Surface
		raw     string
	}{
		{"an empty home tab", Home, homeWith("")},
		{"no blocks", Message, "[]"},
		{"nulls, as if left out", Modal, `{"type":"modal","title":{"type":"plain_text","text":"T"},"submit":null,"close":null,"blocks":[{"type":"divider","block_id":null}]}`},
		{"a title of 24 characters in 72 bytes", Modal, strings.Replace(modalWith(""), `"T"`, `"`+strings.Repeat("語", 24)+`"`, 1)},
		{"everything a modal may carry", Modal, strings.Replace(modalWith(""), `"type":"modal"`, `"type":"modal","close":{"type":"plain_text","text":"Cancel","emoji":true},"callback_id":"c","external_id":"e","private_metadata":"`+strings.Repeat("é", 3000)+`","notify_on_close":true,"clear_on_close":false`, 1)},
		{"a plain text input", Modal, modalWith(inputOf(`{"type":"plain_text_input","multiline":true,"min_length":0,"max_length":3000,"initial_value":"` + strings.Repeat("🚀", 3000) + `","dispatch_action_config":{"trigger_actions_on":["on_enter_pressed"]}}`))},
		{"an empty initial value", Modal, modalWith(inputOf(`{"type":"plain_text_input","min_length":1,"initial_value":""}`))},
		{"other inputs", Modal, modalWith(repeat(1, inputOf(`{"type":"url_text_input","initial_value":"https://acme.com"}`)) + "," + inputOf(`{"type":"email_text_input","initial_value":"a@acme.com"}`) + "," + inputOf(`{"type":"number_input","is_decimal_allowed":false,"min_value":"1"}`) + "," + inputOf(`{"type":"file_input","max_files":1}`) + "," + inputOf(`{"type":"conversations_select","response_url_enabled":true}`))},
		{"an input in a message needs no submit", Message, "[" + inputOf(`{"type":"plain_text_input"}`) + "]"},
		{"every select", Message, "[" + actionsOf(selects) + "]"},
		{"option groups", Modal, modalWith(inputOf(`{"type":"static_select","option_groups":[{"label":{"type":"plain_text","text":"G"},"options":` + options(2) + `}],"initial_option":` + strings.Trim(options(1), "[]") + `}`))},
		{"checkboxes with mrkdwn", Message, `[{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"*a*"},"value":"1","description":{"type":"mrkdwn","text":"d"}}]}}]`},
		{"buttons", Message, "[" + actionsOf(button(`,"action_id":"a","value":"`+strings.Repeat("v", 2000)+`","style":"primary"`)+","+button(`,"action_id":"b","url":"https://acme.com","confirm":{"title":{"type":"plain_text","text":"T"},"text":{"type":"mrkdwn","text":"x"},"confirm":{"type":"plain_text","text":"Y"},"deny":{"type":"plain_text","text":"N"},"style":"danger"}`)) + "]"},
		{"one action_id in two blocks", Message, "[" + actionsOf(button(`,"action_id":"a"`)) + "," + actionsOf(button(`,"action_id":"a"`)) + "]"},
		{"a section of fields", Message, `[{"type":"section","fields":[` + repeat(10, `{"type":"plain_text","text":"f"}`) + `]}]`},
		{"context, header, image, markdown, rich text", Message, `[{"type":"context","elements":[{"type":"mrkdwn","text":"x"},{"type":"image","image_url":"https://x/y.png","alt_text":"y"}]},{"type":"header","text":{"type":"plain_text","text":"H"}},{"type":"image","image_url":"https://x/y.png","alt_text":"y","title":{"type":"plain_text","text":"T"}},{"type":"markdown","text":"**x**"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}]`},
		{"rich text of every kind", Message, `[{"type":"rich_text","elements":[` +
			`{"type":"rich_text_section","elements":[{"type":"text","text":"x","style":{"bold":true,"code":true,"underline":false}},{"type":"link","url":"mailto:a@acme.com","text":"a@acme.com","style":{"italic":true}},{"type":"emoji","name":"wave","unicode":"1f44b"},{"type":"date","timestamp":1720710212,"format":"{date_num} at {time}","fallback":"today"},{"type":"color","value":"#F405B3"},{"type":"user","user_id":"U1","style":{"bold":true}},{"type":"channel","channel_id":"C1"},{"type":"usergroup","usergroup_id":"S1"},{"type":"team","team_id":"T1"},{"type":"broadcast","range":"here"},{"type":"canvas","file_id":"F1"}]},` +
			`{"type":"rich_text_list","style":"ordered","indent":1,"offset":2,"border":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]},` +
			`{"type":"rich_text_quote","border":1,"elements":[{"type":"text","text":"x"}]},{"type":"rich_text_preformatted","border":0,"language":"go","elements":[{"type":"text","text":"x"},{"type":"link","url":"https://acme.com"}]}]}]`},
		{"rich text to start with", Modal, modalWith(inputOf(`{"type":"rich_text_input","initial_value":{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"x"}]}]}}`))},
		{"an alert in a modal", Modal, modalWith(`{"type":"alert","text":{"type":"mrkdwn","text":"*Careful*"},"level":"warning"}`)},
		{"a young block", Message, `[{"type":"card","anything":1}]`},
		{"50 blocks", Message, "[" + repeat(50, `{"type":"divider"}`) + "]"},
		{"100 blocks of a view", Home, homeWith(repeat(100, `{"type":"divider"}`))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := problems(tt.surface, tt.raw); got != nil {
				t.Errorf("refused: %q", got)
			}
		})
	}
}

func TestRefusesWhatSlackRefuses(t *testing.T) {
	t.Parallel()
	message := func(blocks string) string { return "[" + blocks + "]" }
	long := func(n int) string { return strings.Repeat("é", n) }
	for _, tt := range []struct {
		name    string
		surface Surface
		raw     string
		want    string // the problems, joined by newlines
	}{
		// Views.
		{"not JSON", Modal, `{`, "must be valid JSON [json-pointer:/view]"},
		{"two values", Message, `[] []`, "must be one JSON value [json-pointer:/blocks]"},
		{"an array for a view", Modal, `[]`, "must provide an object [json-pointer:/view]"},
		{"an object for blocks", Message, `{}`, "must provide an array [json-pointer:/blocks]"},
		{"an empty modal", Modal, `{}`, "missing required field: type [json-pointer:/view]\nmissing required field: title [json-pointer:/view]\nmissing required field: blocks [json-pointer:/view]"},
		{"home for modal", Modal, strings.Replace(modalWith(""), `"modal"`, `"home"`, 1), `must be "modal" [json-pointer:/view/type]`},
		{"a long title", Modal, strings.Replace(modalWith(""), `"T"`, `"`+long(25)+`"`, 1), "must be less than 25 characters [json-pointer:/view/title/text]"},
		{"a long submit", Modal, strings.Replace(modalWith(""), `"S"`, `"`+long(25)+`"`, 1), "must be less than 25 characters [json-pointer:/view/submit/text]"},
		{"an empty title", Modal, strings.Replace(modalWith(""), `"T"`, `""`, 1), "must be more than 0 characters [json-pointer:/view/title/text]"},
		{"a mrkdwn title", Modal, strings.Replace(modalWith(""), `"plain_text","text":"T"`, `"mrkdwn","text":"T"`, 1), `must be one of ["plain_text"] [json-pointer:/view/title/type]`},
		{"long private_metadata", Home, strings.Replace(homeWith(""), `"blocks"`, `"private_metadata":"`+long(3001)+`","blocks"`, 1), "must be less than 3001 characters [json-pointer:/view/private_metadata]"},
		{"long callback_id and external_id", Home, strings.Replace(homeWith(""), `"blocks"`, `"callback_id":"`+long(256)+`","external_id":"`+long(256)+`","blocks"`, 1), "must be less than 256 characters [json-pointer:/view/callback_id]\nmust be less than 256 characters [json-pointer:/view/external_id]"},
		{"an unknown property", Modal, strings.Replace(modalWith(""), `"blocks"`, `"submit_disabled":true,"blocks"`, 1), "invalid additional property: submit_disabled [json-pointer:/view]"},
		{"input without submit", Modal, strings.Replace(modalWith(inputOf(`{"type":"plain_text_input"}`)), `"submit":{"type":"plain_text","text":"S"},`, "", 1), "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]"},
		{"101 blocks", Home, homeWith(repeat(101, `{"type":"divider"}`)), "no more than 100 items allowed [json-pointer:/view/blocks]"},
		{"two focused inputs", Modal, modalWith(repeat(2, inputOf(`{"type":"plain_text_input","focus_on_load":true}`))), "only one element may set `focus_on_load` [json-pointer:/view/blocks/1/element/focus_on_load]"},

		// Blocks.
		{"51 blocks", Message, message(repeat(51, `{"type":"divider"}`)), "no more than 50 items allowed [json-pointer:/blocks]"},
		{"an unknown block", Message, message(`{"type":"hologram"}`), "unsupported type: hologram [json-pointer:/blocks/0/type]"},
		{"no type", Message, message(`{}`), "missing required field: type [json-pointer:/blocks/0]"},
		{"a message's block in a view", Home, homeWith(`{"type":"markdown","text":"x"}`), "unsupported type: markdown [json-pointer:/view/blocks/0/type]"},
		{"a file, which apps cannot send", Message, message(`{"type":"file","external_id":"x","source":"remote"}`), "unsupported type: file [json-pointer:/blocks/0/type]"},
		{"a block_id twice", Message, message(repeat(2, `{"type":"divider","block_id":"x"}`)), "`block_id` \"x\" already exists [json-pointer:/blocks/1/block_id]"},
		{"a long block_id", Message, message(`{"type":"divider","block_id":"` + long(256) + `"}`), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		{"an empty section text", Message, message(section("")), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		{"a long section text", Message, message(section(long(3001))), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		{"a bare section", Message, message(`{"type":"section"}`), "missing required field: text or fields [json-pointer:/blocks/0]"},
		{"a string for a text", Message, message(`{"type":"section","text":"x"}`), "must provide an object [json-pointer:/blocks/0/text]"},
		{"emoji on mrkdwn", Message, message(`{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}`), "invalid additional property: emoji [json-pointer:/blocks/0/text]"},
		{"eleven fields, one of them long", Message, message(`{"type":"section","fields":[` + repeat(10, `{"type":"mrkdwn","text":"f"}`) + `,{"type":"mrkdwn","text":"` + long(2001) + `"}]}`), "no more than 10 items allowed [json-pointer:/blocks/0/fields]\nmust be less than 2001 characters [json-pointer:/blocks/0/fields/10/text]"},
		{"a long header", Message, message(`{"type":"header","text":{"type":"plain_text","text":"` + long(151) + `"}}`), "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		{"26 buttons", Message, message(actionsOf(repeat(26, button("")))), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
		{"no buttons", Message, message(actionsOf("")), "must provide at least 1 items [json-pointer:/blocks/0/elements]"},
		{"eleven in a context", Message, message(`{"type":"context","elements":[` + repeat(11, `{"type":"mrkdwn","text":"f"}`) + `]}`), "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		{"a button in a context", Message, message(`{"type":"context","elements":[` + button("") + `]}`), "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},
		{"an input as accessory", Message, message(`{"type":"section","text":{"type":"mrkdwn","text":"x"},"accessory":{"type":"plain_text_input"}}`), "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"},
		{"an image without a text for it", Message, message(`{"type":"image","image_url":"https://x"}`), "missing required field: alt_text [json-pointer:/blocks/0]"},
		{"an image without an image", Message, message(`{"type":"image","alt_text":"x"}`), "missing required field: image_url [json-pointer:/blocks/0]"},
		{"markdown beyond 12,000 together", Message, message(repeat(2, `{"type":"markdown","text":"`+long(6001)+`"}`)), "markdown blocks must be less than 12001 characters together [json-pointer:/blocks/1/text]"},
		{"rich text of another kind", Message, message(`{"type":"rich_text","elements":[{"type":"x","elements":[]}]}`), "unsupported type: x [json-pointer:/blocks/0/elements/0/type]"},
		{"empty rich text", Message, message(`{"type":"rich_text","elements":[]}`), "must provide at least 1 items [json-pointer:/blocks/0/elements]"},
		{"a section of rich text with nothing in it", Message, message(inRich("")), "must provide at least 1 items [json-pointer:/blocks/0/elements/0/elements]"},
		{"rich text without characters", Message, message(inRich(`{"type":"text","text":""}`)), "must be more than 0 characters [json-pointer:/blocks/0/elements/0/elements/0/text]"},
		{"a code style on people and channels", Message, message(inRich(`{"type":"user","user_id":"U1","style":{"code":true}},{"type":"channel","channel_id":"C1","style":{"code":false}}`)), "invalid additional property: code [json-pointer:/blocks/0/elements/0/elements/0/style]\ninvalid additional property: code [json-pointer:/blocks/0/elements/0/elements/1/style]"},
		{"a style that no text has", Message, message(inRich(`{"type":"text","text":"x","style":{"blink":true}}`)), "invalid additional property: blink [json-pointer:/blocks/0/elements/0/elements/0/style]"},
		{"a style in a word", Message, message(inRich(`{"type":"text","text":"x","style":"bold"}`)), "must provide an object [json-pointer:/blocks/0/elements/0/elements/0/style]"},
		{"a link without an address", Message, message(inRich(`{"type":"link","text":"x"},{"type":"link","url":"acme.com"}`)), "missing required field: url [json-pointer:/blocks/0/elements/0/elements/0]\nmust be a URL [json-pointer:/blocks/0/elements/0/elements/1/url]"},
		{"a date in words", Message, message(inRich(`{"type":"date","timestamp":"today"}`)), "missing required field: format [json-pointer:/blocks/0/elements/0/elements/0]\nmust be an integer [json-pointer:/blocks/0/elements/0/elements/0/timestamp]"},
		{"mrkdwn in rich text", Message, message(inRich(`{"type":"mrkdwn","text":"x"}`)), "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"a list in a list, without a style", Message, message(`{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[{"type":"rich_text_list","style":"bullet","elements":[]}]}]}`), "missing required field: style [json-pointer:/blocks/0/elements/0]\nunsupported type: rich_text_list [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"people in preformatted text", Message, message(`{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"user","user_id":"U1"}]}]}`), "unsupported type: user [json-pointer:/blocks/0/elements/0/elements/0/type]"},
		{"a string for rich text", Modal, modalWith(inputOf(`{"type":"rich_text_input","initial_value":"x"}`)), "must provide an object [json-pointer:/view/blocks/0/element/initial_value]"},
		{"an alert in a message", Message, message(`{"type":"alert","text":{"type":"plain_text","text":"x"}}`), "unsupported type: alert [json-pointer:/blocks/0/type]"},
		{"an alert in a home tab", Home, homeWith(`{"type":"alert","text":{"type":"plain_text","text":"x"}}`), "unsupported type: alert [json-pointer:/view/blocks/0/type]"},
		{"a long alert of its own level", Modal, modalWith(`{"type":"alert","level":"fatal","text":{"type":"plain_text","text":"` + long(201) + `"}}`), `must be one of ["default" "info" "warning" "error" "success"] [json-pointer:/view/blocks/0/level]` + "\nmust be less than 201 characters [json-pointer:/view/blocks/0/text/text]"},
		{"a long label and hint", Modal, modalWith(`{"type":"input","label":{"type":"plain_text","text":"` + long(2001) + `"},"hint":{"type":"plain_text","text":"` + long(2001) + `"},"element":{"type":"plain_text_input"}}`), "must be less than 2001 characters [json-pointer:/view/blocks/0/hint/text]\nmust be less than 2001 characters [json-pointer:/view/blocks/0/label/text]"},
		{"an input without an element", Modal, modalWith(`{"type":"input","label":{"type":"plain_text","text":"L"}}`), "missing required field: element [json-pointer:/view/blocks/0]"},

		// Elements.
		{"an unknown element", Message, message(actionsOf(`{"type":"lever"}`)), "unsupported type: lever [json-pointer:/blocks/0/elements/0/type]"},
		{"a button in an input", Modal, modalWith(inputOf(button(""))), "unsupported type: button [json-pointer:/view/blocks/0/element/type]"},
		{"an action_id twice in a block", Message, message(actionsOf(repeat(2, button(`,"action_id":"a"`)))), "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]"},
		{"a long action_id", Message, message(actionsOf(button(`,"action_id":"` + long(256) + `"`))), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
		{"a long button", Message, message(actionsOf(strings.Replace(button(""), `"B"`, `"`+long(76)+`"`, 1))), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		{"a long value and url", Message, message(actionsOf(button(`,"value":"` + long(2001) + `","url":"` + long(3001) + `"`))), "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]\nmust be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		{"a style of one's own", Message, message(actionsOf(button(`,"style":"default"`))), `must be one of ["primary" "danger"] [json-pointer:/blocks/0/elements/0/style]`},
		{"a long confirm", Message, message(actionsOf(button(`,"confirm":{"title":{"type":"plain_text","text":"` + long(101) + `"},"text":{"type":"mrkdwn","text":"` + long(301) + `"},"confirm":{"type":"plain_text","text":"` + long(31) + `"}}`))), "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]\nmust be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]\nmust be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]\nmust be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]"},
		{"max_length over 3,000", Modal, modalWith(inputOf(`{"type":"plain_text_input","max_length":3001}`)), "must be at most 3000 [json-pointer:/view/blocks/0/element/max_length]"},
		{"max_length of nothing", Modal, modalWith(inputOf(`{"type":"plain_text_input","max_length":0}`)), "must be at least 1 [json-pointer:/view/blocks/0/element/max_length]"},
		{"lengths the wrong way round", Modal, modalWith(inputOf(`{"type":"plain_text_input","min_length":5,"max_length":4}`)), "must be at most `max_length` [json-pointer:/view/blocks/0/element/min_length]"},
		{"an initial value beyond max_length", Modal, modalWith(inputOf(`{"type":"plain_text_input","max_length":4,"initial_value":"éééé!"}`)), "must be less than 5 characters [json-pointer:/view/blocks/0/element/initial_value]"},
		{"a long placeholder", Modal, modalWith(inputOf(`{"type":"plain_text_input","placeholder":{"type":"plain_text","text":"` + long(151) + `"}}`)), "must be less than 151 characters [json-pointer:/view/blocks/0/element/placeholder/text]"},
		{"a URL that is none", Modal, modalWith(inputOf(`{"type":"url_text_input","initial_value":"acme.com"}`)), "must be a URL [json-pointer:/view/blocks/0/element/initial_value]"},
		{"an address that is none", Modal, modalWith(inputOf(`{"type":"email_text_input","initial_value":"Jane <a@b.c>"}`)), "must be an email address [json-pointer:/view/blocks/0/element/initial_value]"},
		{"a select without options", Message, message(actionsOf(`{"type":"static_select"}`)), "missing required field: options [json-pointer:/blocks/0/elements/0]"},
		{"options and groups", Message, message(actionsOf(`{"type":"static_select","options":` + options(1) + `,"option_groups":[{"label":{"type":"plain_text","text":"G"},"options":` + options(1) + `}]}`)), `must provide only one of ["options" "option_groups"] [json-pointer:/blocks/0/elements/0]`},
		{"101 options", Message, message(actionsOf(`{"type":"static_select","options":` + options(101) + `}`)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"six in an overflow", Message, message(actionsOf(`{"type":"overflow","options":` + options(6) + `}`)), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"a long option", Message, message(actionsOf(`{"type":"static_select","options":[{"text":{"type":"plain_text","text":"` + long(76) + `"},"value":"` + long(76) + `"}]}`)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]\nmust be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]"},
		{"an initial option of another text", Message, message(actionsOf(`{"type":"static_select","options":` + options(2) + `,"initial_option":{"text":{"type":"plain_text","text":"other"},"value":"v1"}}`)), "must match one of the options [json-pointer:/blocks/0/elements/0/initial_option]"},
		{"an initial checkbox that is not there", Message, message(actionsOf(`{"type":"checkboxes","options":` + options(2) + `,"initial_options":` + options(3) + `}`)), "must match one of the options [json-pointer:/blocks/0/elements/0/initial_options/2]"},
		{"eleven checkboxes", Message, message(actionsOf(`{"type":"checkboxes","options":` + options(11) + `}`)), "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		{"no checkboxes", Message, message(actionsOf(`{"type":"checkboxes","options":[]}`)), "must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]"},
		{"a long checkbox and description", Message, message(actionsOf(`{"type":"checkboxes","options":[{"text":{"type":"mrkdwn","text":"` + long(76) + `"},"value":"v","description":{"type":"mrkdwn","text":"` + long(76) + `"}}]}`)), "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/description/text]\nmust be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
		{"no initial checkboxes", Message, message(actionsOf(`{"type":"checkboxes","options":` + options(1) + `,"initial_options":[]}`)), "must provide at least 1 items [json-pointer:/blocks/0/elements/0/initial_options]"},
		{"an empty filter", Modal, modalWith(inputOf(`{"type":"conversations_select","filter":{}}`)), "must provide at least 1 items [json-pointer:/view/blocks/0/element/filter]"},
		{"response_url_enabled outside a modal", Message, message(actionsOf(`{"type":"channels_select","response_url_enabled":true}`)), "`response_url_enabled` may be used in modals only [json-pointer:/blocks/0/elements/0/response_url_enabled]"},
		{"a number that is none", Modal, modalWith(inputOf(`{"type":"number_input","is_decimal_allowed":true,"initial_value":"one"}`)), "must be a number in a string [json-pointer:/view/blocks/0/element/initial_value]"},
		{"a date that is none", Message, message(actionsOf(`{"type":"datepicker","initial_date":"24.11.2026"}`)), "must be a date as YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(problems(tt.surface, tt.raw), "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPointersStartWhereTheBlocksAre(t *testing.T) {
	t.Parallel()
	got := problems(Message, "["+section("")+"]", Under("/attachments/2/blocks"))
	want := []string{"must be more than 0 characters [json-pointer:/attachments/2/blocks/0/text/text]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnswersOfAnExternalSelectAreHeldToItsLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 76)
	for _, tt := range []struct{ name, raw, want string }{
		{"a hundred choices", `{"options":` + options(100) + `}`, ""},
		{"none", `{"options":[]}`, ""},
		{"groups", `{"option_groups":[{"label":{"type":"plain_text","text":"G"},"options":` + options(1) + `}]}`, ""},
		{"a hundred and one", `{"options":` + options(101) + `}`, "no more than 100 items allowed [json-pointer:/options]"},
		{"long words", `{"options":[{"text":{"type":"plain_text","text":"` + long + `"},"value":"v"}]}`, "must be less than 76 characters [json-pointer:/options/0/text/text]"},
		{"mrkdwn", `{"options":[{"text":{"type":"mrkdwn","text":"x"},"value":"v"}]}`, `must be one of ["plain_text"] [json-pointer:/options/0/text/type]`},
		{"nothing", `{}`, "missing required field: options [json-pointer:]"},
		{"another answer", `[]`, "must provide an object [json-pointer:]"},
		{"no JSON", ``, "must be valid JSON [json-pointer:]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			for _, p := range ValidateChoices([]byte(tt.raw)) {
				lines = append(lines, p.String())
			}
			if diff := cmp.Diff(tt.want, strings.Join(lines, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTypesYoungerThanTheTablesCanBeMadeKnown(t *testing.T) {
	t.Parallel()
	raw := `[{"type":"hologram","beam":1},` + actionsOf(`{"type":"lever"}`) + `]`
	if got := problems(Message, raw, AlsoKnown("hologram", "lever")); got != nil {
		t.Errorf("refused: %q", got)
	}
}

func TestMetadataIsWrittenAsSlackWritesIt(t *testing.T) {
	t.Parallel()
	got := Metadata(Validate(Message, []byte("["+section("")+"]")))
	want := []string{"[ERROR] must be more than 0 characters [json-pointer:/blocks/0/text/text]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// FuzzValidate: whatever a bot sends, the validator answers.
func FuzzValidate(f *testing.F) {
	f.Add([]byte(modalWith(inputOf(`{"type":"static_select","options":[1,{"text":2}],"initial_option":[]}`))))
	f.Add([]byte(`[{"type":"actions","elements":[null,1,{"type":"button","text":[],"action_id":{}}]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, s := range []Surface{Message, Modal, Home} {
			Validate(s, raw)
		}
		ValidateChoices(raw)
	})
}
