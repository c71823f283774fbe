package localslack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Post is a person writing in a channel: text as they type it. Slack stores it escaped, with
// addresses and URLs as links, beside a rich_text block of the same. With thread it is a reply.
func (s *Slack) Post(user, channel, text, thread string) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.present(user, channel); err != nil {
		return nil, err
	}
	return s.post(Message{Channel: channel, ThreadTS: thread, User: user}, content{
		text:   markup(text),
		blocks: fillIDs(encode([]any{richText(text)})),
	}), nil
}

// PostAsOtherApp is a message by somebody else's app: its text and blocks as they are stored.
// Clicks on it go to that app. blocks may be nil, and of types that nobody knows.
func (s *Slack) PostAsOtherApp(channel, text string, blocks json.RawMessage) (*Message, error) {
	return s.place(Message{Channel: channel, User: Robot, BotID: OtherBot, AppID: OtherApp}, text, blocks)
}

// PostRaw is a message by the app under test whose blocks are stored without being held to
// any rule: Slack has block types that are younger than this package and than any client
// library. From then on the app may send those types too, as with the real Slack.
func (s *Slack) PostRaw(channel, text string, blocks json.RawMessage) (*Message, error) {
	return s.place(Message{Channel: channel, User: Bot, BotID: BotID, AppID: App}, text, blocks)
}

// EditRaw is the author of a message changing it, held to no rule either.
func (s *Slack) EditRaw(channel, ts, text string, blocks json.RawMessage) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, old := s.find(channel, ts)
	if old == nil {
		return nil, fmt.Errorf("local Slack: no message %s in %s", ts, channel)
	}
	s.learn(blocks)
	m := edit(old, content{text: text, blocks: fillIDs(blocks)}, true)
	s.replace(m)
	s.bump()
	return m, nil
}

func (s *Slack) place(m Message, text string, blocks json.RawMessage) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.channels[m.Channel]; !ok {
		return nil, fmt.Errorf("local Slack: no channel %s", m.Channel)
	}
	said := content{text: text}
	if len(blocks) > 0 {
		if decodeBlocks(blocks) == nil {
			return nil, fmt.Errorf("local Slack: blocks are no JSON array of objects")
		}
		s.learn(blocks)
		said.blocks = fillIDs(blocks)
	}
	return s.post(m, said), nil
}

// PostByWebhook posts through the app's own incoming webhook; message is what one would send
// to its URL.
func (s *Slack) PostByWebhook(channel string, message map[string]any) (*Message, error) {
	a := args{}
	for k, v := range message {
		if text, ok := v.(string); ok {
			a[k] = text
		} else {
			a[k] = string(encode(v))
		}
	}
	return s.hook(channel, a)
}

var (
	linkable = regexp.MustCompile(`https?://[^\s<>|]+|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	escaper  = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
)

// pieces cuts text at its addresses and URLs; what is between comes with an empty link.
func pieces(text string, each func(text, link string)) {
	last := 0
	for _, at := range linkable.FindAllStringIndex(text, -1) {
		if at[0] > last {
			each(text[last:at[0]], "")
		}
		found := text[at[0]:at[1]]
		link := found
		if !strings.HasPrefix(found, "http") {
			link = "mailto:" + found
		}
		each(found, link)
		last = at[1]
	}
	if last < len(text) {
		each(text[last:], "")
	}
}

// markup is typed text as Slack stores it (docs.slack.dev/messaging/formatting-message-text).
func markup(text string) string {
	var b strings.Builder
	pieces(text, func(part, link string) {
		switch {
		case link == "":
			b.WriteString(escaper.Replace(part))
		case link == part:
			b.WriteString("<" + escaper.Replace(link) + ">")
		default:
			b.WriteString("<" + link + "|" + part + ">")
		}
	})
	return b.String()
}

// richText is typed text as a rich_text block.
func richText(text string) map[string]any {
	elements := []any{}
	pieces(text, func(part, link string) {
		e := map[string]any{"type": "text", "text": part}
		if link != "" {
			e = map[string]any{"type": "link", "url": link}
			if link != part {
				e["text"] = part
			}
		}
		elements = append(elements, e)
	})
	return map[string]any{"type": "rich_text", "elements": []any{
		map[string]any{"type": "rich_text_section", "elements": elements},
	}}
}

// learn remembers the types of blocks and of what stands in them, so that the app may send
// them back.
func (s *Slack) learn(blocks []byte) {
	note := func(v any) {
		if m, ok := v.(map[string]any); ok {
			if t, ok := m["type"].(string); ok {
				s.known[t] = true
			}
		}
	}
	for _, b := range decodeBlocks(blocks) {
		note(b)
		note(b["accessory"])
		note(b["element"])
		elements, _ := b["elements"].([]any)
		for _, e := range elements {
			note(e)
		}
	}
}
