package blockkit

import "maps"

// Limits of views (docs.slack.dev/reference/views).
const (
	MaxViewBlocks      = 100
	MaxViewBytes       = 250 << 10 // of the whole view's JSON: view_too_large
	maxViewTitle       = 24        // title, submit and close, each
	maxPrivateMetadata = 3000
)

func viewProps(more map[string]rule) map[string]rule {
	props := map[string]rule{
		"blocks":           array(0, MaxViewBlocks, oneOf(blocks, "block")),
		"private_metadata": characters(0, maxPrivateMetadata),
		"callback_id":      characters(0, maxID),
		"external_id":      characters(0, maxID),
	}
	maps.Copy(props, more)
	return props
}

var modal = object{
	required: []string{"type", "title", "blocks"},
	props: viewProps(map[string]rule{
		"title":           plain(maxViewTitle),
		"submit":          plain(maxViewTitle),
		"close":           plain(maxViewTitle),
		"clear_on_close":  boolean,
		"notify_on_close": boolean,
	}),
	also: viewType("modal"),
}

var home = object{
	required: []string{"type", "blocks"},
	props:    viewProps(nil),
	also:     viewType("home"),
}

func viewType(want string) func(*checker, string, map[string]any) {
	return func(c *checker, path string, m map[string]any) {
		if t, ok := m["type"]; ok && t != want {
			c.fail(pointer(path, "type"), "must be %q", want)
		}
		if want == "modal" && m["submit"] == nil {
			inputsNeedSubmit(c, path, m)
		}
	}
}

// inputsNeedSubmit: what is typed into a modal without a submit button could never be sent.
func inputsNeedSubmit(c *checker, path string, m map[string]any) {
	list, _ := m["blocks"].([]any)
	for i, b := range list {
		if b, ok := b.(map[string]any); ok && b["type"] == "input" {
			at := pointer(pointer(path, "blocks"), i)
			c.fail(pointer(at, "input"), "must define `submit` to use an `input` block in modals")
		}
	}
}
