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
	maxBlockID       = 255
)

// MarkedAlert is an alert's blocks (raw, as Slack has them) with a status line below; its buttons go
// unless keepButtons, and "Reopen" always does. An alert without blocks gets a section of its plain
// text first. All other blocks come back as they were, also of types that are unknown here; only an
// earlier status line goes, and so does what Slack adds to images and then refuses. line is mrkdwn;
// an empty one adds nothing.
func MarkedAlert(blocks []json.RawMessage, plainText, line string, keepButtons bool) []slack.Block {
	var kept []slack.Block
	for _, raw := range blocks {
		if b := marked(raw, keepButtons); b != nil && b.ID() != blockStatus {
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

// alertButtons are an alert's.
var alertButtons = []string{ActionNewClient, ActionDismiss, ActionReopenAlert}

// blockReopen begins the block id of "Reopen"; the alert's key follows.
const blockReopen = "halo_reopen/"

// DismissedAlert is an alert's blocks as MarkedAlert has them, with line and "Reopen" below.
func DismissedAlert(blocks []json.RawMessage, plainText, line, key, value string) []slack.Block {
	kept := MarkedAlert(blocks, plainText, line, false)
	if len(kept) == maxMessageBlocks {
		kept = append(dropOne(kept[:len(kept)-1]), kept[len(kept)-1])
	}
	return append(kept, reopenButton(key, value))
}

// ReopenedAlert is a dismissed alert's blocks with its buttons, where it is not known how they were.
func ReopenedAlert(blocks []json.RawMessage, plainText, value string) []slack.Block {
	kept := MarkedAlert(blocks, plainText, "", true)
	for len(kept) >= maxMessageBlocks {
		kept = dropOne(kept)
	}
	return append(kept, alertActions(value)...)
}

// reopenButton says by its block's id which alert it is for; one that Slack would refuse, none.
func reopenButton(key, value string) slack.Block {
	if utf8.RuneCountInString(blockReopen+key) > maxBlockID {
		key = ""
	}
	return slack.NewActionBlock(blockReopen+key, button(ActionReopenAlert, "Reopen", value, slack.StyleDefault))
}

// ReopensAlert is the key of the alert that a "Reopen" button is for, by its block's id.
func ReopensAlert(blockID string) (key string, found bool) {
	return strings.CutPrefix(blockID, blockReopen)
}

// alertActions are the buttons of an alert that waits for an answer.
func alertActions(value string) []slack.Block {
	dismiss := button(ActionDismiss, "Not a client", value, slack.StyleDefault)
	dismiss.WithConfirm(slack.NewConfirmationBlockObject(
		plain("Not a client?"),
		plain("No client is created, and the alert is closed for everybody. For 30 days later mails of this sender go into its thread. It can be reopened."),
		plain("Not a client"), plain("Cancel")))
	return actions(button(ActionNewClient, "Create client", value, slack.StylePrimary), dismiss)
}

// rawBlock is a block by another author.
type rawBlock struct {
	Type    string `json:"type"`
	BlockID string `json:"block_id"`
	json    json.RawMessage
	button  bool // holds one of the alert's buttons
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
func marked(raw json.RawMessage, keepButtons bool) *rawBlock {
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
		case slices.Contains(alertButtons, e.word("action_id")):
			if keepButtons && e.word("action_id") != ActionReopenAlert {
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
