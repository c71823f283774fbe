package localslack

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

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
	m.Blocks, m.Attachments, m.Files = stored(said.blocks), stored(said.attachments), said.files
	if string(said.metadata) != "{}" {
		m.Metadata = said.metadata
	}
	if m.ThreadTS != "" {
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
	m.TS, m.Text, m.Blocks, m.Attachments = s.newTS(), said.text, stored(said.blocks), stored(said.attachments)
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
	case m.AppID != App || m.webhook || m.answer: // an answer: slackapi/java-slack-sdk#951
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
	textGiven = textGiven || a.has("markdown_text")
	switch {
	case !textGiven && said.blocks == nil && said.attachments == nil:
		return nil, fail("no_text")
	case utf8.RuneCountInString(said.text) > maxUpdateText:
		return nil, fail("msg_too_long")
	}
	m := edit(old, said, textGiven)
	if m.Text == "" && m.Blocks == nil && m.Attachments == nil {
		return nil, fail("no_text")
	}
	s.replace(m)
	s.bump()
	return map[string]any{"channel": m.Channel, "ts": m.TS, "text": m.Text, "message": m.Object(true)}, nil
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
