package localslack

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"halobot/internal/sandbox/blockkit"
)

// Limits of messages (docs.slack.dev/reference/methods/chat.postMessage, chat.update). That of
// all blocks together is what Slack's maintainers said of it (slackapi/bolt-js#2509).
const (
	maxPostText   = 40_000 // longer text is cut
	maxUpdateText = 4_000
	maxBlockText  = 12_000
	maxMetadata   = 8_000
)

// content is what a message says.
type content struct {
	text     string
	blocks   json.RawMessage // nil: not given; "[]": none
	metadata json.RawMessage
}

// readContent holds a message's arguments to Slack's rules.
func (s *Slack) readContent(a args) (content, error) {
	c := content{text: a["text"]}
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
	if a.has("metadata") {
		m, err := checkMetadata(a["metadata"])
		if err != nil {
			return c, err
		}
		c.metadata = m
	}
	return c, nil
}

func (c content) empty() bool {
	return c.text == "" && (c.blocks == nil || string(c.blocks) == "[]")
}

// shown is blocks as a message stores them: nil when there are none.
func (c content) shown() json.RawMessage {
	if string(c.blocks) == "[]" {
		return nil
	}
	return c.blocks
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

// target finds the conversation that the app may post in: by id, by #name, or a person's id
// for the direct message.
func (s *Slack) target(id string) (Channel, error) {
	if id == "" {
		return Channel{}, fail("channel_not_found")
	}
	if p, ok := s.people[id]; ok {
		if p.Bot {
			return Channel{}, fail("channel_not_found")
		}
		return s.dm(id), nil
	}
	c, ok := s.channels[id]
	if !ok {
		for _, other := range s.channels {
			if other.Name != "" && strings.TrimPrefix(id, "#") == other.Name {
				c, ok = other, true
			}
		}
	}
	switch {
	case !ok, !c.has(Bot) && (c.Private || c.direct()):
		return c, fail("channel_not_found")
	case c.Archived:
		return c, fail("is_archived")
	}
	return c, nil
}

func (s *Slack) chatPostMessage(a args) (map[string]any, error) {
	c, err := s.target(a["channel"])
	if err != nil {
		return nil, err
	}
	if !c.has(Bot) && !s.granted("chat:write.public") {
		return nil, fail("not_in_channel")
	}
	said, err := s.readContent(a)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, fail("no_text")
	}
	if err := s.limit(c.ID); err != nil {
		return nil, err
	}
	m := s.post(Message{Channel: c.ID, ThreadTS: a["thread_ts"], User: Bot, BotID: BotID, AppID: App}, said)
	return map[string]any{"channel": c.ID, "ts": m.TS, "message": m.Object(true)}, nil
}

// post stores a message. A reply to a message that is not there goes into the channel.
func (s *Slack) post(m Message, said content) *Message {
	if _, parent := s.find(m.Channel, m.ThreadTS); parent == nil {
		m.ThreadTS = ""
	} else if parent.ThreadTS != "" {
		m.ThreadTS = parent.ThreadTS
	}
	m.TS = s.newTS()
	m.Text = truncate(said.text, maxPostText)
	m.Blocks = said.shown()
	if string(said.metadata) != "{}" {
		m.Metadata = said.metadata
	}
	if parent := s.messages[m.Channel]; m.ThreadTS != "" && parent != nil {
		s.markThread(m.Channel, m.ThreadTS)
	}
	s.messages[m.Channel] = append(s.messages[m.Channel], &m)
	s.bump()
	return &m
}

// markThread gives a thread's parent its own thread_ts, as Slack does at the first reply.
func (s *Slack) markThread(channel, ts string) {
	if _, parent := s.find(channel, ts); parent != nil && parent.ThreadTS == "" {
		p := *parent
		p.ThreadTS = ts
		s.replace(&p)
	}
}

func truncate(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}

func (s *Slack) chatPostEphemeral(a args) (map[string]any, error) {
	c, err := s.target(a["channel"])
	if err != nil {
		return nil, err
	}
	if !c.has(Bot) {
		return nil, fail("not_in_channel")
	}
	if !c.has(a["user"]) {
		return nil, fail("user_not_in_channel")
	}
	said, err := s.readContent(a)
	if err != nil {
		return nil, err
	}
	switch {
	case said.empty():
		return nil, fail("no_text")
	case utf8.RuneCountInString(said.text) > maxUpdateText:
		return nil, fail("msg_too_long")
	}
	m := s.whisper(Message{Channel: c.ID, ThreadTS: a["thread_ts"], User: Bot, BotID: BotID, AppID: App, For: a["user"]}, said)
	return map[string]any{"message_ts": m.TS}, nil
}

// whisper stores an ephemeral message.
func (s *Slack) whisper(m Message, said content) *Message {
	m.TS, m.Text, m.Blocks = s.newTS(), said.text, said.shown()
	s.ephemerals[m.For] = append(s.ephemerals[m.For], &m)
	s.bump()
	return &m
}

// own finds a message of the app's own token; wrong is the code for somebody else's.
func (s *Slack) own(a args, wrong string) (*Message, error) {
	c, ok := s.channels[a["channel"]]
	if !ok || (c.Private || c.direct()) && !c.has(Bot) {
		return nil, fail("channel_not_found")
	}
	_, m := s.find(c.ID, a["ts"])
	switch {
	case m == nil:
		return nil, fail("message_not_found")
	case m.AppID != App || m.webhook:
		return nil, fail(wrong)
	case c.Archived:
		return nil, fail("is_archived")
	}
	return m, nil
}

func (s *Slack) chatUpdate(a args) (map[string]any, error) {
	old, err := s.own(a, "cant_update_message")
	if err != nil {
		return nil, err
	}
	said, err := s.readContent(a)
	if err != nil {
		return nil, err
	}
	_, textGiven := a["text"]
	switch {
	case !textGiven && said.blocks == nil:
		return nil, fail("no_text")
	case utf8.RuneCountInString(said.text) > maxUpdateText:
		return nil, fail("msg_too_long")
	}
	m := edit(old, said, textGiven)
	if m.Text == "" && m.Blocks == nil {
		return nil, fail("no_text")
	}
	s.replace(m)
	s.bump()
	return map[string]any{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": m.Object(true)}, nil
}

// edit gives a changed copy: what is left out stays, an empty list of blocks and empty
// metadata clear.
func edit(old *Message, said content, textGiven bool) *Message {
	m := *old
	m.Edited = true
	if textGiven {
		m.Text = said.text
	}
	if said.blocks != nil {
		m.Blocks = said.shown()
	}
	switch {
	case string(said.metadata) == "{}":
		m.Metadata = nil
	case said.metadata != nil:
		m.Metadata = said.metadata
	}
	return &m
}

func (s *Slack) chatDelete(a args) (map[string]any, error) {
	m, err := s.own(a, "cant_delete_message")
	if err != nil {
		return nil, err
	}
	s.remove(m)
	s.bump()
	return map[string]any{"channel": m.Channel, "ts": m.TS}, nil
}

func (s *Slack) chatGetPermalink(a args) (map[string]any, error) {
	c, ok := s.channels[a["channel"]]
	if !ok || (c.Private || c.direct()) && !c.has(Bot) {
		return nil, fail("channel_not_found")
	}
	_, m := s.find(c.ID, a["message_ts"])
	if m == nil {
		return nil, fail("message_not_found")
	}
	return map[string]any{"channel": c.ID, "permalink": s.permalink(m)}, nil
}

func (s *Slack) permalink(m *Message) string {
	link := fmt.Sprintf("%sarchives/%s/p%s", s.teamURL, m.Channel, strings.ReplaceAll(m.TS, ".", ""))
	if m.ThreadTS != "" && m.ThreadTS != m.TS {
		link += fmt.Sprintf("?thread_ts=%s&cid=%s", m.ThreadTS, m.Channel)
	}
	return link
}

// channelLimiter allows about one message a second in a channel, and a few at once.
type channelLimiter struct {
	tokens float64
	at     time.Time
}

// limit counts a message against its channel's rate.
func (s *Slack) limit(channel string) error {
	if s.rate == 0 {
		return nil
	}
	now := time.Now()
	l, ok := s.limiters[channel]
	if !ok {
		l = &channelLimiter{tokens: float64(s.burst), at: now}
		s.limiters[channel] = l
	}
	l.tokens = min(float64(s.burst), l.tokens+now.Sub(l.at).Seconds()*s.rate)
	l.at = now
	if l.tokens < 1 {
		return rateLimited(time.Duration((1 - l.tokens) / s.rate * float64(time.Second)))
	}
	l.tokens--
	return nil
}
