package sentences

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

var spaces = regexp.MustCompile(` +\n`)

// Read is what is written on a view, or in a message's blocks, in reading order. v is as
// encoding/json decodes it.
func Read(v any) string {
	var out strings.Builder
	var read func(v any)
	read = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				read(e)
			}
		case map[string]any:
			switch v["type"] {
			case "mrkdwn", "plain_text", "text", "link":
				out.WriteString(v["text"].(string))
			case "user":
				fmt.Fprintf(&out, "@%s", v["user_id"])
			case "date":
				out.WriteString(v["fallback"].(string))
			case "divider":
				out.WriteString("---")
			case "input":
				read(v["label"])
				out.WriteString(": ")
				read(v["element"])
				if v["hint"] != nil {
					out.WriteString("  (")
					read(v["hint"])
					out.WriteString(")")
				}
			case "plain_text_input":
				fmt.Fprintf(&out, "[%s]", v["placeholder"].(map[string]any)["text"])
			case "checkboxes":
				initial, _ := json.Marshal(v["initial_options"])
				for _, o := range v["options"].([]any) {
					value, _ := json.Marshal(o.(map[string]any)["value"])
					mark := "[ ] "
					if bytes.Contains(initial, value) {
						mark = "[x] "
					}
					out.WriteString("\n  " + mark)
					read(o.(map[string]any)["text"])
				}
			case "external_select":
				fmt.Fprintf(&out, "[%s] ", v["placeholder"].(map[string]any)["text"])
			case "static_select", "conversations_select":
				fmt.Fprintf(&out, "[%s]", v["placeholder"].(map[string]any)["text"])
			case "button":
				out.WriteString("[")
				read(v["text"])
				out.WriteString("] ")
			default:
				for _, key := range []string{"text", "elements"} {
					read(v[key])
				}
			}
		}
	}
	view, _ := v.(map[string]any)
	blocks, _ := v.([]any)
	if view != nil {
		if view["title"] != nil {
			read([]any{view["title"]})
			out.WriteString("\n")
		}
		blocks, _ = view["blocks"].([]any)
	}
	for _, b := range blocks {
		read(b)
		out.WriteString("\n")
	}
	for _, key := range []string{"close", "submit"} {
		if view[key] != nil {
			out.WriteString("<")
			read(view[key])
			out.WriteString("> ")
		}
	}
	return strings.TrimRight(spaces.ReplaceAllString(out.String(), "\n"), " \n")
}
