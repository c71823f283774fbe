package blockkit

import "unicode/utf8"

// Limits of blocks (docs.slack.dev/reference/block-kit/blocks).
const (
	MaxMessageBlocks = 50

	maxSectionText   = 3000
	maxFields        = 10
	maxFieldText     = 2000
	maxHeader        = 150
	maxAlert         = 200
	maxActions       = 25
	maxContext       = 10
	maxInputText     = 2000 // label and hint, each
	maxImageTitle    = 2000
	maxMarkdown      = 12000 // of all the markdown blocks of one payload
	maxVideoTitle    = 200
	maxAuthor        = 50
	maxTableRows     = 100
	maxTableCells    = 20
	maxTableSettings = 20
)

var blocks = blockTable()

func blockTable() map[string]kind {
	table := map[string]kind{
		"section": {contents: object{
			props: map[string]rule{
				"text":      rich(maxSectionText),
				"fields":    array(1, maxFields, rich(maxFieldText)),
				"accessory": oneOf(elements, "section"),
				"expand":    boolean,
			},
			also: func(c *checker, path string, m map[string]any) {
				if m["text"] == nil && m["fields"] == nil {
					c.fail(path, "missing required field: text or fields")
				}
			},
		}},
		"header": {contents: object{
			required: []string{"text"},
			props:    map[string]rule{"text": plain(maxHeader)},
		}},
		"divider": {},
		// Alerts are for modals only (slackapi/node-slack-sdk#2567, slackapi/java-slack-sdk#1610).
		"alert": {in: Modal, contents: object{
			required: []string{"text"},
			props: map[string]rule{
				"text":  rich(maxAlert),
				"level": among("default", "info", "warning", "error", "success"),
			},
		}},
		"image": {contents: object{
			required: []string{"alt_text"},
			props: map[string]rule{
				"image_url":  characters(1, maxURL),
				"slack_file": slackFile,
				"alt_text":   characters(1, maxAlternative),
				"title":      plain(maxImageTitle),
			},
			also: exactlyOne("image_url", "slack_file"),
		}},
		"actions": {contents: object{
			required: []string{"elements"},
			props:    map[string]rule{"elements": array(1, maxActions, oneOf(elements, "actions"))},
			also:     distinctActions,
		}},
		"context": {contents: object{
			required: []string{"elements"},
			props:    map[string]rule{"elements": array(1, maxContext, contextElement)},
		}},
		"context_actions": {in: Message, contents: object{
			required: []string{"elements"},
			props:    map[string]rule{"elements": array(1, 5, oneOf(elements, "context_actions"))},
			also:     distinctActions,
		}},
		"input": {contents: object{
			required: []string{"label", "element"},
			props: map[string]rule{
				"label":           plain(maxInputText),
				"element":         oneOf(elements, "input"),
				"hint":            plain(maxInputText),
				"optional":        boolean,
				"dispatch_action": boolean,
			},
		}},
		"rich_text": {contents: richTextContents()},
		"markdown": {in: Message, contents: object{
			required: []string{"text"},
			props:    map[string]rule{"text": characters(1, maxMarkdown)},
			also:     countMarkdown,
		}},
		"video": {contents: object{
			required: []string{"alt_text", "title", "thumbnail_url", "video_url"},
			props: map[string]rule{
				"alt_text":          characters(1, maxAlternative),
				"title":             plain(maxVideoTitle),
				"title_url":         characters(1, maxURL),
				"description":       plain(maxVideoTitle),
				"thumbnail_url":     characters(1, maxURL),
				"video_url":         characters(1, maxURL),
				"author_name":       characters(1, maxAuthor),
				"provider_name":     characters(1, maxAuthor),
				"provider_icon_url": characters(1, maxURL),
			},
		}},
		"table": {in: Message, contents: object{
			required: []string{"rows"},
			props: map[string]rule{
				"rows":            array(1, maxTableRows, array(1, maxTableCells, anything)),
				"column_settings": array(0, maxTableSettings, anything),
			},
		}},
		"call": {in: Message, contents: object{
			required: []string{"call_id"},
			props:    map[string]rule{"call_id": characters(1, maxID), "call": anything, "api_decoration_available": boolean},
		}},
	}
	for name, k := range table {
		if k.contents.props == nil {
			k.contents.props = map[string]rule{}
		}
		k.contents.props["block_id"] = blockID
		table[name] = k
	}
	for _, name := range youngBlocks {
		table[name] = kind{in: Message, contents: object{open: true}}
	}
	return table
}

// youngBlocks are known by name only. A file block is absent on purpose: an app cannot send one.
var youngBlocks = []string{
	"auth_provider", "card", "carousel", "container", "data_table",
	"data_visualization", "layout", "plan", "task_card",
}

func blockID(c *checker, path string, v any) {
	characters(1, maxID)(c, path, v)
	id, ok := v.(string)
	if !ok {
		return
	}
	if c.blockIDs[id] {
		c.fail(path, "`block_id` %q already exists", id)
	}
	c.blockIDs[id] = true
}

// distinctActions: an action_id says which element of its block was used.
func distinctActions(c *checker, path string, m map[string]any) {
	list, _ := m["elements"].([]any)
	seen := map[string]bool{}
	for i, e := range list {
		e, _ := e.(map[string]any)
		id, ok := e["action_id"].(string)
		if !ok {
			continue
		}
		if seen[id] {
			at := pointer(pointer(path, "elements"), i)
			c.fail(pointer(at, "action_id"), "`action_id` %q already exists", id)
		}
		seen[id] = true
	}
}

// contextElement is a text object or a small image.
func contextElement(c *checker, path string, v any) {
	if m, ok := v.(map[string]any); ok {
		if t := m["type"]; t == "plain_text" || t == "mrkdwn" {
			rich(maxFieldText)(c, path, v)
			return
		}
	}
	oneOf(elements, "context")(c, path, v)
}

func countMarkdown(c *checker, path string, m map[string]any) {
	s, _ := m["text"].(string)
	was := c.markdown
	c.markdown += utf8.RuneCountInString(s)
	if was <= maxMarkdown && was > 0 && c.markdown > maxMarkdown {
		c.fail(pointer(path, "text"), "markdown blocks must be less than %d characters together", maxMarkdown+1)
	}
}
