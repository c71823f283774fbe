package localslack

import (
	"encoding/json"
	"strings"
	"unicode/utf8"

	"halobot/internal/sandbox/blockkit"
)

// Limits of messages (docs.slack.dev/reference/methods/chat.postMessage, chat.update). That of
// all blocks together is what Slack's maintainers said of it (slackapi/bolt-js#2509).
const (
	maxPostText   = 40_000 // longer text is cut
	maxUpdateText = 4_000
	maxBlockText  = 12_000
	maxMarkdown   = 12_000
	maxMetadata   = 8_000
)

// content is what a message says.
type content struct {
	text        string
	blocks      json.RawMessage // nil: not given; "[]": none
	attachments json.RawMessage // the same
	metadata    json.RawMessage
	files       json.RawMessage // of people's and Slack's own messages
}

// readContent holds a message's arguments to Slack's rules.
func (s *Slack) readContent(a args) (content, error) {
	c := content{text: a["text"]}
	if a.has("markdown_text") {
		return c.markdown(a)
	}
	if a.has("attachments") {
		attachments, err := s.readAttachments(a["attachments"])
		if err != nil {
			return c, err
		}
		c.attachments = attachments
	}
	if a.has("blocks") {
		blocks := []byte(a["blocks"])
		if !json.Valid(blocks) || !strings.HasPrefix(strings.TrimSpace(a["blocks"]), "[") {
			return c, fail("invalid_blocks_format")
		}
		if problems := blockkit.Validate(blockkit.Message, blocks, s.knownTypes()); len(problems) > 0 {
			return c, invalid("invalid_blocks", problems)
		}
		if blockText(decodeBlocks(blocks)) > maxBlockText {
			return c, fail("msg_blocks_too_long")
		}
		c.blocks = fillIDs(blocks)
	}
	return c.withMetadata(a)
}

func (c content) withMetadata(a args) (content, error) {
	if !a.has("metadata") {
		return c, nil
	}
	m, err := checkMetadata(a["metadata"])
	c.metadata = m
	return c, err
}

// markdown is a message written in markdown_text, which stands alone. Slack makes rich text of
// it; a markdown block says the same here.
func (c content) markdown(a args) (content, error) {
	text := a["markdown_text"]
	switch {
	case a.has("text") || a.has("blocks"):
		return c, fail("markdown_text_conflict")
	case utf8.RuneCountInString(text) > maxMarkdown:
		return c, fail("msg_too_long")
	}
	c.text = text
	c.blocks = fillIDs(encode([]any{map[string]any{"type": "markdown", "text": text}}))
	return c.withMetadata(a)
}

func (c content) empty() bool {
	return c.text == "" && stored(c.blocks) == nil && stored(c.attachments) == nil
}

// stored is blocks or attachments as a message keeps them: nil when there are none.
func stored(list json.RawMessage) json.RawMessage {
	if string(list) == "[]" {
		return nil
	}
	return list
}

// blockText counts the characters of every text in blocks.
func blockText(v any) int {
	n := 0
	switch v := v.(type) {
	case []map[string]any:
		for _, b := range v {
			n += blockText(b)
		}
	case []any:
		for _, e := range v {
			n += blockText(e)
		}
	case map[string]any:
		for k, e := range v {
			if s, ok := e.(string); ok && k == "text" {
				n += utf8.RuneCountInString(s)
			} else {
				n += blockText(e)
			}
		}
	}
	return n
}

// checkMetadata: docs.slack.dev/messaging/message-metadata. An empty object clears it.
func checkMetadata(raw string) (json.RawMessage, error) {
	var m struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	}
	if json.Unmarshal([]byte(raw), &m) != nil {
		return nil, fail("invalid_metadata_format")
	}
	if strings.Trim(raw, " \n") == "{}" {
		return json.RawMessage("{}"), nil
	}
	if m.Type == "" || m.Payload == nil {
		return nil, fail("invalid_metadata_format")
	}
	if len(raw) > maxMetadata {
		return nil, fail("metadata_too_large")
	}
	return json.RawMessage(raw), nil
}

func truncate(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

// edit gives a changed copy: what is left out stays; an empty list of blocks or attachments
// and empty metadata clear.
func edit(old *Message, said content, textGiven bool) *Message {
	m := *old
	m.Edited = true
	if textGiven {
		m.Text = said.text
	}
	if said.blocks != nil {
		m.Blocks = stored(said.blocks)
	}
	if said.attachments != nil {
		m.Attachments = stored(said.attachments)
	}
	switch {
	case string(said.metadata) == "{}":
		m.Metadata = nil
	case said.metadata != nil:
		m.Metadata = said.metadata
	}
	return &m
}
