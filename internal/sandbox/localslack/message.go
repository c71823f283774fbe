package localslack

import (
	"encoding/json"
	"slices"
)

// Message is a message as it stands. It is never changed: an edit makes a new one.
type Message struct {
	Channel  string
	TS       string
	ThreadTS string // "" outside a thread
	User     string // the author; "" for an incoming webhook
	BotID    string // the author's bot; "" for a person
	AppID    string // the app that owns it and is told of clicks; "" for a person
	Text     string
	Blocks   json.RawMessage // as stored: block_id and action_id filled in; nil without
	Metadata json.RawMessage // nil without
	For      string          // an ephemeral message's only reader
	Edited   bool

	Attachments json.RawMessage // as stored: id and fallback filled in; nil without
	Files       json.RawMessage // nil without

	webhook bool // posted through an incoming webhook
	answer  bool // posted through a response_url
}

// Object is the message as the Web API and payloads give it; metadata only where it is asked for.
func (m *Message) Object(withMetadata bool) map[string]any {
	o := map[string]any{"type": "message", "ts": m.TS, "text": m.Text}
	put(o, "user", m.User)
	put(o, "bot_id", m.BotID)
	put(o, "app_id", m.AppID)
	put(o, "thread_ts", m.ThreadTS)
	if m.webhook {
		o["subtype"] = "bot_message"
	} else {
		o["team"] = Team
	}
	if m.Blocks != nil {
		o["blocks"] = m.Blocks
	}
	if m.Attachments != nil {
		o["attachments"] = m.Attachments
	}
	if m.Files != nil {
		o["files"], o["upload"] = m.Files, false
	}
	if m.Edited {
		o["edited"] = map[string]any{"user": m.User, "ts": m.TS}
	}
	if m.BotID == BotID {
		o["bot_profile"] = map[string]any{"id": BotID, "app_id": App, "name": "halo-clients", "team_id": Team, "deleted": false}
	}
	if withMetadata && m.Metadata != nil {
		o["metadata"] = m.Metadata
	}
	return o
}

func put(o map[string]any, key, value string) {
	if value != "" {
		o[key] = value
	}
}

// Notice is what Slack itself tells one person: a failed command, say.
type Notice struct {
	User, Channel, Text string
}

// conversation is what was said.
type conversation struct {
	messages   map[string][]*Message // by channel, oldest first
	ephemerals map[string][]*Message // by reader
	notices    map[string][]Notice   // by reader
	executions []*Execution
}

func newConversation() conversation {
	return conversation{
		messages: map[string][]*Message{}, ephemerals: map[string][]*Message{}, notices: map[string][]Notice{},
	}
}

// find gives the place of a message in its channel's list.
func (c *conversation) find(channel, ts string) (int, *Message) {
	list := c.messages[channel]
	i, ok := slices.BinarySearchFunc(list, ts, func(m *Message, ts string) int { return compareTS(m.TS, ts) })
	if !ok {
		return 0, nil
	}
	return i, list[i]
}

// compareTS orders timestamps; all have the same length until the year 2286.
func compareTS(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// replace puts m in place of the message of its channel and ts, which must be there. The list
// is copied, since readers may hold the old one.
func (c *conversation) replace(m *Message) {
	i, _ := c.find(m.Channel, m.TS)
	list := slices.Clone(c.messages[m.Channel])
	list[i] = m
	c.messages[m.Channel] = list
}

// remove deletes a message.
func (c *conversation) remove(m *Message) {
	i, _ := c.find(m.Channel, m.TS)
	c.messages[m.Channel] = slices.Delete(slices.Clone(c.messages[m.Channel]), i, i+1)
}

// findEphemeral gives the place of an ephemeral message in its reader's list.
func (c *conversation) findEphemeral(user, ts string) (int, *Message) {
	for i, m := range c.ephemerals[user] {
		if m.TS == ts {
			return i, m
		}
	}
	return 0, nil
}

func (c *conversation) replaceEphemeral(m *Message) {
	i, _ := c.findEphemeral(m.For, m.TS)
	list := slices.Clone(c.ephemerals[m.For])
	list[i] = m
	c.ephemerals[m.For] = list
}

func (c *conversation) removeEphemeral(m *Message) {
	i, _ := c.findEphemeral(m.For, m.TS)
	c.ephemerals[m.For] = slices.Delete(slices.Clone(c.ephemerals[m.For]), i, i+1)
}

func (c *conversation) notice(n Notice) {
	c.notices[n.User] = append(c.notices[n.User], n)
}
