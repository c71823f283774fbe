package localslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"halobot/internal/sandbox/blockkit"
)

// Attachments (docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments).
const maxAttachments = 100

// besideBlocks are what an attachment with blocks may have too; with anything else of the old
// kind Slack has refused it (slack-go/slack#588, slackapi/bolt-js#717).
var besideBlocks = []string{
	"blocks", "fallback", "color", "id", "hide_border", "hide_color",
	// What Slack itself writes into unfurls and shared messages.
	"is_app_unfurl", "app_unfurl_url", "app_id", "bot_id", "bot_team_id", "preview",
	"is_msg_unfurl", "is_share", "from_url", "original_url", "message_blocks", "files",
}

// readAttachments holds attachments to Slack's rules and stores them as it does: each with an
// id and a fallback.
func (s *Slack) readAttachments(raw string) (json.RawMessage, error) {
	var list []map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &list) != nil {
		return nil, fail("invalid_attachments")
	}
	if len(list) > maxAttachments {
		return nil, fail("too_many_attachments")
	}
	for i, a := range list {
		if a == nil {
			return nil, fail("invalid_attachments")
		}
		blocks, ok := a["blocks"]
		if !ok {
			continue
		}
		at := fmt.Sprintf("/attachments/%d", i)
		problems := blockkit.Validate(blockkit.Message, blocks, s.knownTypes(), blockkit.Under(at+"/blocks"))
		for _, name := range slices.Sorted(maps.Keys(a)) {
			if !slices.Contains(besideBlocks, name) {
				problems = append(problems, blockkit.Problem{Pointer: at, Message: "invalid additional property: " + name})
			}
		}
		if len(problems) > 0 {
			return nil, invalid("invalid_attachments", problems)
		}
	}
	return storedAttachments(list), nil
}

func storedAttachments(list []map[string]json.RawMessage) json.RawMessage {
	for i, a := range list {
		a["id"] = encode(i + 1)
		if blocks, ok := a["blocks"]; ok {
			a["blocks"] = fillIDs(blocks)
		}
		if a["fallback"] == nil {
			a["fallback"] = encode("[no preview available]")
		}
	}
	return encode(list)
}

// attached is what an attachment holds that people can use.
type attached struct {
	ID     int             `json:"id"`
	Blocks json.RawMessage `json:"blocks"`
}

func (m *Message) attached() []attached {
	var list []attached
	_ = json.Unmarshal(m.Attachments, &list) // stored by us; nil without
	return list
}

// Unfurl adds an attachment to a message, as Slack does by itself for links and shared
// messages. It is stored as it is given.
func (s *Slack) Unfurl(channel, ts string, attachment map[string]any) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, old := s.find(channel, ts)
	if old == nil {
		return nil, fmt.Errorf("local Slack: no message %s in %s", ts, channel)
	}
	var list []map[string]json.RawMessage
	_ = json.Unmarshal(old.Attachments, &list)
	var added map[string]json.RawMessage
	_ = json.Unmarshal(encode(attachment), &added)
	m := *old
	m.Attachments = storedAttachments(append(list, added))
	s.replace(&m)
	s.bump()
	return &m, nil
}

// Share is a person sharing a message into another channel: the original comes along as an
// attachment, its blocks in message_blocks, its files in files.
func (s *Slack) Share(user, channel string, original *Message, comment string) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.present(user, channel); err != nil {
		return nil, err
	}
	link := s.permalink(original)
	a := map[string]any{
		"is_msg_unfurl": true, "is_share": true, "channel_id": original.Channel, "channel_team": Team, "ts": original.TS,
		"author_id": original.User, "author_name": s.people[original.User].RealName,
		"text": original.Text, "fallback": original.Text, "from_url": link, "original_url": link, "mrkdwn_in": []string{"text"},
	}
	if original.Blocks != nil {
		a["message_blocks"] = []any{map[string]any{
			"team": Team, "channel": original.Channel, "ts": original.TS,
			"message": map[string]any{"blocks": original.Blocks},
		}}
	}
	if original.Files != nil {
		a["files"] = original.Files
	}
	said := content{text: markup(comment), attachments: encode([]any{withID(a)})}
	if comment != "" {
		said.blocks = fillIDs(encode([]any{richText(comment)}))
	}
	return s.post(Message{Channel: channel, User: user}, said), nil
}

func withID(a map[string]any) map[string]any {
	a["id"] = 1
	return a
}
