package modals

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/text"
)

const (
	blockStatus      = "halo_status" // a later status line takes the place of an earlier one
	maxMessageBlocks = 50
)

// MarkedAlert is an alert's blocks (raw, as Slack has them) with a status line below; the
// button goes unless keepButton. An alert without blocks gets a section of its plain text first.
// All other blocks come back as they were, also of types that are unknown here; only an earlier
// status line goes, and so does what Slack adds to images and then refuses. line is mrkdwn; an
// empty one adds nothing.
func MarkedAlert(blocks []json.RawMessage, plainText, line string, keepButton bool) []slack.Block {
	var kept []slack.Block
	for _, raw := range blocks {
		if b := marked(raw, keepButton); b != nil && b.ID() != blockStatus {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		kept = textSections(plainText)
	}
	for len(kept) >= maxMessageBlocks {
		kept = dropOne(kept)
	}
	if line == "" {
		return kept
	}
	status := slack.NewTextBlockObject(slack.MarkdownType, text.Short(line, maxContext), false, true)
	return append(kept, slack.NewContextBlock(blockStatus, status))
}

// rawBlock is a block by another author.
type rawBlock struct {
	Type    string `json:"type"`
	BlockID string `json:"block_id"`
	json    json.RawMessage
	button  bool // holds a "Create client" button
}

func (b *rawBlock) BlockType() slack.MessageBlockType { return slack.MessageBlockType(b.Type) }
func (b *rawBlock) ID() string                        { return b.BlockID }
func (b *rawBlock) MarshalJSON() ([]byte, error)      { return b.json, nil }

// properties are a JSON object's, each left as it came.
type properties map[string]json.RawMessage

func (p properties) word(name string) string {
	var s string
	_ = json.Unmarshal(p[name], &s)
	return s
}

// marked is a block as it is put back; nil when nothing of it is left, or it is no block.
func marked(raw json.RawMessage, keepButton bool) *rawBlock {
	b := &rawBlock{json: raw}
	var p properties
	if json.Unmarshal(raw, &p) != nil || json.Unmarshal(raw, b) != nil || b.Type == "" {
		return nil
	}
	changed := forgetImageFacts(p)
	edit := func(raw json.RawMessage) json.RawMessage {
		var e properties
		switch {
		case json.Unmarshal(raw, &e) != nil:
			return raw
		case e.word("action_id") == ActionNewClient:
			if keepButton {
				b.button = true
				return raw
			}
			changed = true
			return nil
		case forgetImageFacts(e):
			changed = true
			return marshal(e)
		}
		return raw
	}
	switch b.Type {
	case "actions", "context":
		var list, kept []json.RawMessage
		if json.Unmarshal(p["elements"], &list) != nil {
			return b
		}
		for _, e := range list {
			if e = edit(e); e != nil {
				kept = append(kept, e)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		p["elements"] = marshal(kept)
	case "section":
		if accessory, ok := p["accessory"]; ok {
			if p["accessory"] = edit(accessory); p["accessory"] == nil {
				delete(p, "accessory")
			}
		}
	}
	if changed {
		b.json = marshal(p)
	}
	return b
}

// imageFacts are what Slack adds to an image that it was sent, and refuses as "invalid
// additional property" when it is sent them (github.com/slackapi/bolt-js/issues/1841).
var imageFacts = []string{"image_width", "image_height", "image_bytes", "is_animated", "fallback"}

// forgetImageFacts reports whether there was anything to forget.
func forgetImageFacts(p properties) bool {
	if p.word("type") != "image" {
		return false
	}
	before := len(p)
	for _, name := range imageFacts {
		delete(p, name)
	}
	return len(p) < before
}

// marshal writes JSON that was JSON before.
func marshal(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("modals: " + err.Error())
	}
	return raw
}

// dropOne makes room for the status line: the last block without a button goes.
func dropOne(blocks []slack.Block) []slack.Block {
	for i := len(blocks) - 1; i > 0; i-- {
		if b, ok := blocks[i].(*rawBlock); !ok || !b.button {
			return slices.Delete(blocks, i, i+1)
		}
	}
	return blocks[:len(blocks)-1]
}

var broadcast = regexp.MustCompile(`<!(channel|here|everyone|group|subteam)`)

// textSections are sections of a message's text, which is mrkdwn already. A text that pings a
// whole channel does not do so again.
func textSections(text string) []slack.Block {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\ufffd"))
	text = broadcast.ReplaceAllString(text, "&lt;!$1")
	var sections []slack.Block
	for text != "" {
		var head string
		head, text = split(text, maxSection)
		sections = append(sections, slack.NewSectionBlock(
			slack.NewTextBlockObject(slack.MarkdownType, head, false, false), nil, nil))
	}
	return sections
}

// split takes up to most characters off s, at the end of a line or word where there is one.
func split(s string, most int) (head, rest string) {
	if utf8.RuneCountInString(s) <= most {
		return s, ""
	}
	head = string([]rune(s)[:most])
	if i := strings.LastIndexAny(head, "\n "); i > 0 {
		head = head[:i]
	}
	return head, strings.TrimSpace(s[len(head):])
}
