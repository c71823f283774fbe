package modals

import (
	"encoding/json"
	"maps"
	"slices"
)

// AlertValue is the value of the "Create client" button of a message, given as Slack has its
// blocks and attachments; false when it has none. It looks into blocks of every type, also those
// unknown here.
func AlertValue(blocks []json.RawMessage, attachments json.RawMessage) (value string, found bool) {
	return buttonValue(blocks, attachments, ActionNewClient)
}

// DismissedValue is the value of a dismissed alert's "Reopen" button; false when it has none.
func DismissedValue(blocks []json.RawMessage, attachments json.RawMessage) (value string, found bool) {
	return buttonValue(blocks, attachments, ActionReopenAlert)
}

func buttonValue(blocks []json.RawMessage, attachments json.RawMessage, action string) (value string, found bool) {
	for _, raw := range append(slices.Clone(blocks), attachments) {
		var v any
		if json.Unmarshal(raw, &v) != nil {
			continue
		}
		if value, found = findButton(v, action); found {
			return value, true
		}
	}
	return "", false
}

func findButton(v any, action string) (value string, found bool) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if value, found = findButton(e, action); found {
				return value, true
			}
		}
	case map[string]any:
		if v["action_id"] == action {
			value, _ = v["value"].(string)
			return value, true
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if value, found = findButton(v[key], action); found {
				return value, true
			}
		}
	}
	return "", false
}
