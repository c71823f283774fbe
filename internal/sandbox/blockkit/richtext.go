package blockkit

import (
	"net/url"
	"strings"
)

// What is inside a rich_text block: docs.slack.dev/reference/block-kit/blocks/rich-text-block.
// Slack refuses lists without elements, texts without characters (NousResearch/hermes-agent#59621)
// and styles that an element does not have (slackapi/java-slack-sdk#1337, soxtoby/SlackNet#196).
const maxRichText = 1000

// richTextBlock is a rich_text block, for a place that takes no other.
func richTextBlock() rule {
	block := richTextContents()
	block.props["block_id"] = characters(1, maxID)
	return oneOf(map[string]kind{"rich_text": {contents: block}}, "rich_text_input")
}

func richTextContents() object {
	return object{
		required: []string{"elements"},
		props:    map[string]rule{"elements": array(1, maxRichText, oneOf(richTextParts, "rich_text"))},
	}
}

var richTextParts = map[string]kind{
	"rich_text_section": richTextPart(richTextElements, nil),
	"rich_text_quote":   richTextPart(richTextElements, map[string]rule{"border": integer(0, 1)}),
	"rich_text_preformatted": richTextPart(
		pick(richTextElements, "text", "link"),
		map[string]rule{"border": integer(0, 1), "language": characters(1, maxID)},
	),
	"rich_text_list": {contents: object{
		required: []string{"style", "elements"},
		props: map[string]rule{
			"elements": array(1, maxRichText, oneOf(map[string]kind{"rich_text_section": richTextPart(richTextElements, nil)}, "rich_text_list")),
			"style":    among("bullet", "ordered"),
			"indent":   integer(0, 8),
			"offset":   integer(0, MaxInput),
			"border":   integer(0, 1),
		},
	}},
}

func richTextPart(inside map[string]kind, more map[string]rule) kind {
	props := map[string]rule{"elements": array(1, maxRichText, oneOf(inside, "rich_text"))}
	for name, r := range more {
		props[name] = r
	}
	return kind{contents: object{required: []string{"elements"}, props: props}}
}

var richTextElements = richTextTable()

func richTextTable() map[string]kind {
	id := characters(1, maxID)
	table := map[string]kind{
		"text":      richText("bold italic strike code underline", []string{"text"}, map[string]rule{"text": characters(1, maxMarkdown)}),
		"link":      richText("bold italic strike code underline", []string{"url"}, map[string]rule{"url": linkAddress, "text": characters(0, maxMarkdown), "unsafe": boolean}),
		"emoji":     richText("bold italic strike code underline", []string{"name"}, map[string]rule{"name": id, "unicode": characters(1, maxID), "url": characters(1, maxURL), "skin_tone": integer(1, 6), "display_url": characters(1, maxURL)}),
		"date":      richText("bold italic strike code underline", []string{"timestamp", "format"}, map[string]rule{"timestamp": integer(0, 9_999_999_999), "format": characters(1, maxID), "url": linkAddress, "fallback": characters(0, maxMarkdown)}),
		"user":      richText(mentionStyles, []string{"user_id"}, map[string]rule{"user_id": id}),
		"usergroup": richText(mentionStyles, []string{"usergroup_id"}, map[string]rule{"usergroup_id": id}),
		"channel":   richText(mentionStyles, []string{"channel_id"}, map[string]rule{"channel_id": id}),
		"team":      richText(mentionStyles, []string{"team_id"}, map[string]rule{"team_id": id}),
		"broadcast": richText(mentionStyles, []string{"range"}, map[string]rule{"range": among("here", "channel", "everyone")}),
		"color":     richText(mentionStyles, []string{"value"}, map[string]rule{"value": matching(`^#[0-9A-Fa-f]{6}$`, "must be a colour as #RRGGBB")}),
	}
	for _, name := range youngRichText {
		table[name] = kind{contents: object{open: true}}
	}
	return table
}

const mentionStyles = "bold italic strike highlight client_highlight unlink"

// youngRichText are known by name only.
var youngRichText = []string{
	"attachment_mention", "canvas", "canvas_message_unfurl", "canvas_user_mention", "citation", "file",
	"list_record", "message_mention", "salesforce_data_field", "tag", "work_object_mention", "workflow_mention",
}

// richText is a row for what may stand in a section; styles are the names that its style takes.
func richText(styles string, required []string, props map[string]rule) kind {
	names := map[string]rule{}
	for _, name := range strings.Fields(styles) {
		names[name] = boolean
	}
	props["style"] = object{props: names}.check
	return kind{contents: object{required: required, props: props}}
}

// linkAddress is a URL with a scheme, whichever it is.
func linkAddress(c *checker, path string, v any) {
	characters(1, maxURL)(c, path, v)
	if s, ok := v.(string); ok && s != "" {
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			c.fail(path, "must be a URL")
		}
	}
}

func pick(table map[string]kind, names ...string) map[string]kind {
	out := map[string]kind{}
	for _, name := range names {
		out[name] = table[name]
	}
	return out
}
