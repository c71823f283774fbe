package localslack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// field is an element that holds a state: something one types or chooses in.
type field struct {
	blockID, actionID, kind string
	input                   bool // in an input block, so that it can be required and have errors
	optional                bool
	label                   string
	element                 map[string]any
	offered                 []map[string]any // of an external source: what may be chosen now
}

func (f field) external() bool { return strings.Contains(f.kind, "external") }

// states names, for each stateful element, its key in view.state.values, the property that
// holds its first value, and whether it is a list (docs.slack.dev/reference/interaction-payloads).
var states = map[string]struct {
	key, initial string
	list         bool
}{
	"plain_text_input":           {"value", "initial_value", false},
	"url_text_input":             {"value", "initial_value", false},
	"email_text_input":           {"value", "initial_value", false},
	"number_input":               {"value", "initial_value", false},
	"rich_text_input":            {"rich_text_value", "initial_value", false},
	"static_select":              {"selected_option", "initial_option", false},
	"external_select":            {"selected_option", "initial_option", false},
	"radio_buttons":              {"selected_option", "initial_option", false},
	"users_select":               {"selected_user", "initial_user", false},
	"conversations_select":       {"selected_conversation", "initial_conversation", false},
	"channels_select":            {"selected_channel", "initial_channel", false},
	"datepicker":                 {"selected_date", "initial_date", false},
	"timepicker":                 {"selected_time", "initial_time", false},
	"datetimepicker":             {"selected_date_time", "initial_date_time", false},
	"checkboxes":                 {"selected_options", "initial_options", true},
	"multi_static_select":        {"selected_options", "initial_options", true},
	"multi_external_select":      {"selected_options", "initial_options", true},
	"multi_users_select":         {"selected_users", "initial_users", true},
	"multi_conversations_select": {"selected_conversations", "initial_conversations", true},
	"multi_channels_select":      {"selected_channels", "initial_channels", true},
}

// decodeBlocks reads blocks as plain maps, numbers kept as they are.
func decodeBlocks(raw json.RawMessage) []map[string]any {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var blocks []map[string]any
	_ = dec.Decode(&blocks) // validated before
	return blocks
}

// elementsOf are a block's elements, wherever its type keeps them.
func elementsOf(block map[string]any) []map[string]any {
	var list []map[string]any
	add := func(v any) {
		if m, ok := v.(map[string]any); ok {
			list = append(list, m)
		}
	}
	add(block["element"])
	add(block["accessory"])
	if t := block["type"]; t == "actions" || t == "context_actions" {
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			add(e)
		}
	}
	return list
}

// fillIDs gives every block a block_id and every element that people use an action_id, as
// Slack does for those that the app did not name.
func fillIDs(raw json.RawMessage) json.RawMessage {
	blocks := decodeBlocks(raw)
	for _, b := range blocks {
		if id, _ := b["block_id"].(string); id == "" {
			b["block_id"] = secret()[:5]
		}
		for _, e := range elementsOf(b) {
			if id, _ := e["action_id"].(string); id == "" && e["type"] != "image" {
				e["action_id"] = secret()[:5]
			}
		}
	}
	if blocks == nil {
		blocks = []map[string]any{}
	}
	return encode(blocks)
}

// fields lists the stateful elements of blocks that went through fillIDs.
func fields(blocks json.RawMessage) []field {
	var list []field
	for _, b := range decodeBlocks(blocks) {
		for _, e := range elementsOf(b) {
			f := field{element: e, input: b["type"] == "input"}
			f.kind, _ = e["type"].(string)
			if _, ok := states[f.kind]; !ok {
				continue
			}
			f.blockID, _ = b["block_id"].(string)
			f.actionID, _ = e["action_id"].(string)
			f.optional, _ = b["optional"].(bool)
			if label, ok := b["label"].(map[string]any); ok {
				f.label, _ = label["text"].(string)
			}
			list = append(list, f)
		}
	}
	return list
}

// initial is the state that an element starts with.
func (f field) initial(channel string) map[string]any {
	st := states[f.kind]
	value := f.element[st.initial]
	if value == "" {
		value = nil
	}
	if value == nil && st.list {
		value = []any{}
	}
	if f.kind == "conversations_select" && value == nil && f.element["default_to_current_conversation"] == true && channel != "" {
		value = channel
	}
	return map[string]any{"type": f.kind, st.key: value}
}

// enter is the state after somebody typed text or chose what it names: an option's value or
// words, an id; several, separated by commas, where several may be chosen.
func (f field) enter(text string) (map[string]any, error) {
	st := states[f.kind]
	state := map[string]any{"type": f.kind, st.key: nil}
	if st.list {
		chosen := []any{}
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part == "" {
				continue
			}
			v, err := f.choose(part)
			if err != nil {
				return nil, err
			}
			chosen = append(chosen, v)
		}
		state[st.key] = chosen
		return state, nil
	}
	if text == "" {
		return state, nil
	}
	v, err := f.choose(text)
	state[st.key] = v
	return state, err
}

func (f field) choose(text string) (any, error) {
	if st := states[f.kind]; !strings.HasPrefix(st.key, "selected_option") {
		if f.kind == "rich_text_input" {
			return richText(text), nil
		}
		return text, nil
	}
	var words []string
	for _, o := range f.options() {
		t, _ := o["text"].(map[string]any)
		if o["value"] == text || t["text"] == text {
			return o, nil
		}
		words = append(words, fmt.Sprint(t["text"]))
	}
	return nil, fmt.Errorf("%q has no choice %q, only %q", f.name(), text, words)
}

func (f field) options() []map[string]any {
	list := slices.Clone(f.offered)
	add := func(v any) {
		options, _ := v.([]any)
		for _, o := range options {
			if o, ok := o.(map[string]any); ok {
				list = append(list, o)
			}
		}
	}
	add(f.element["options"])
	if f.external() { // what was chosen from the start may stay
		add([]any{f.element["initial_option"]})
		add(f.element["initial_options"])
	}
	groups, _ := f.element["option_groups"].([]any)
	for _, g := range groups {
		if g, ok := g.(map[string]any); ok {
			add(g["options"])
		}
	}
	return list
}

// name is what a person calls the field.
func (f field) name() string {
	if f.label != "" {
		return f.label
	}
	return f.actionID
}

// complaint is what Slack's client says before it sends anything, or "". It checks required
// fields and lengths; whether it checks URLs is not known, so it does not here.
func (f field) complaint(state any) string {
	m, _ := state.(map[string]any)
	value := m[states[f.kind].key]
	if list, ok := value.([]any); value == nil || ok && len(list) == 0 {
		if f.input && !f.optional {
			return "This is a required field"
		}
		return ""
	}
	s, ok := value.(string)
	if !ok || f.kind != "plain_text_input" {
		return ""
	}
	n := utf8.RuneCountInString(s)
	if most, ok := number(f.element["max_length"]); ok && n > most {
		return fmt.Sprintf("This field must be at most %d characters", most)
	}
	if n > maxInput {
		return fmt.Sprintf("This field must be at most %d characters", maxInput)
	}
	if least, ok := number(f.element["min_length"]); ok && n < least {
		return fmt.Sprintf("This field must be at least %d characters", least)
	}
	return ""
}

const maxInput = 3000

func number(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return int(i), err == nil
}

// inputBlocks are the block ids that an errors answer may name.
func inputBlocks(blocks json.RawMessage) []string {
	var ids []string
	for _, f := range fields(blocks) {
		if f.input {
			ids = append(ids, f.blockID)
		}
	}
	return slices.Compact(ids)
}
