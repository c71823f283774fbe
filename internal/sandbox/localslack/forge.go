package localslack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Forge sends the app what an interaction said, changed, as an interaction of its own: what
// Slack's own clients let nobody do, so that the app must stand it all the same. It has an
// envelope of its own and, where the first had them, a trigger and a response_url, for whoever
// the changed payload names. The answer to a forged submission is in its Ack, and changes no
// modal.
func (s *Slack) Forge(i *Interaction, change func(payload map[string]any)) *Interaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	payload := decoded(i.Payload)
	change(payload)
	user, channel := named(payload, "user"), named(payload, "channel")
	it := s.newInteraction(i.Type, user, channel)
	if i.TriggerID != "" {
		it.TriggerID = s.newTrigger(it, user, nil)
		payload["trigger_id"] = it.TriggerID
	}
	if i.ResponseURL != "" {
		first := s.responseURLs.items[i.ResponseURL[strings.LastIndex(i.ResponseURL, "/")+1:]]
		var origin *Message
		if first != nil {
			origin = first.origin
		}
		it.ResponseURL = s.newResponseURL(user, channel, origin)
		payload["response_url"] = it.ResponseURL
	}
	it.Payload = encode(payload)
	switch {
	case i.Type == "slash_commands":
		it.acked = func(answer json.RawMessage) (string, error) { return "", s.commandAnswer(user, channel, answer) }
	case i.acked != nil:
		it.acked = func(answer json.RawMessage) (string, error) {
			action, _ := decoded(answer)["response_action"].(string)
			return action, nil
		}
	}
	s.dispatch(&envelope{it: it, answers: it.acked != nil, acked: it.acked, failed: s.failedAction(user, channel)})
	return it
}

// named is the id of a payload's user or channel: interactions nest it, commands do not.
func named(payload map[string]any, what string) string {
	if o, ok := payload[what].(map[string]any); ok {
		id, _ := o["id"].(string)
		return id
	}
	id, _ := payload[what+"_id"].(string)
	return id
}

// givenOut matches, in what was sent to the app, what lets its holder act as the app or write
// into a conversation.
var givenOut = regexp.MustCompile(`ticket=([a-z0-9]{20,})|/actions/([a-z0-9]{20,})|"bot_access_token":"([^"]+)"`)

// Secrets are the tokens, the tickets of sockets and the ends of response_urls that the app has
// been given, as far back as Traffic goes: what a test looks for where it must not be.
func (s *Slack) Secrets() []string {
	found := []string{s.opt.BotToken, s.opt.AppToken}
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	for _, e := range s.log.entries {
		for _, text := range [][]byte{e.Answer, e.Sent} {
			for _, m := range givenOut.FindAllSubmatch(text, -1) {
				found = append(found, string(slices.Concat(m[1:]...)))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
