package localslack

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Mailbox is a name and an address, as a mail's head has them.
type Mailbox struct{ Name, Address string }

// Email is a mail that somebody sent to a channel's own address.
type Email struct {
	From          Mailbox
	To, CC        []Mailbox
	Subject, Text string
}

// PostEmail is Slack's "Send emails to channels": the message has no text, no blocks and no
// attachments, only a file of type email that holds the mail (the fields are those of
// @slack/web-api's File; korotovsky/slack-mcp-server#191, slack-go/slack#1521).
func (s *Slack) PostEmail(channel string, mail Email) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.channels[channel]; !ok {
		return nil, fmt.Errorf("local Slack: no channel %s", channel)
	}
	now := s.now().Unix()
	file := map[string]any{
		"id": s.newID("F"), "created": now, "timestamp": now, "user": Slackbot, "mode": "email",
		"name": mail.Subject, "title": mail.Subject, "subject": mail.Subject,
		"mimetype": "text/html", "filetype": "email", "pretty_type": "Email",
		"editable": true, "is_external": false, "is_public": true, "size": len(mail.Text),
		"from": mailboxes(mail.From), "to": mailboxes(mail.To...), "cc": mailboxes(mail.CC...),
		"plain_text": mail.Text, "preview_plain_text": truncate(mail.Text, 300),
		"preview": "<p>" + escaper.Replace(truncate(mail.Text, 300)) + "</p>", "has_more": false,
		"attachments": []any{}, "original_attachment_count": 0,
		"headers": map[string]any{"date": s.now().Format("Mon, 02 Jan 2006 15:04:05 -0700"), "message_id": nil, "in_reply_to": nil, "reply_to": nil},
	}
	return s.post(Message{Channel: channel, User: Slackbot}, content{files: encode([]any{file})}), nil
}

func mailboxes(list ...Mailbox) []any {
	out := []any{}
	for _, m := range list {
		original := m.Address
		if m.Name != "" {
			original = fmt.Sprintf("%s <%s>", m.Name, m.Address)
		}
		out = append(out, map[string]any{"address": m.Address, "name": m.Name, "original": strings.TrimSpace(original)})
	}
	return out
}

// PostRawAttachments is a message by the app under test, stored without being held to any rule,
// as PostRaw does.
func (s *Slack) PostRawAttachments(channel, text string, attachments json.RawMessage) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.channels[channel]; !ok {
		return nil, fmt.Errorf("local Slack: no channel %s", channel)
	}
	var list []map[string]json.RawMessage
	if err := json.Unmarshal(attachments, &list); err != nil {
		return nil, fmt.Errorf("local Slack: attachments: %w", err)
	}
	for _, a := range list {
		s.learn(a["blocks"])
	}
	return s.post(Message{Channel: channel, User: Bot, BotID: BotID, AppID: App}, content{text: text, attachments: storedAttachments(list)}), nil
}
