package localslack

import (
	"encoding/json"
	"fmt"
)

// Surface is what a person can click on: a *Message or a *View, as a Snapshot gives them.
type Surface interface{ surface() }

func (*Message) surface() {}
func (*View) surface()    {}

// Click is a person using a button, a menu or another element of a message, an ephemeral
// message, a modal or a home tab, as it stands now. The element is found by action_id. With a
// value, it is the button that has this value, or the choice that is made in a menu: an
// option's value or words, or an id. A confirm dialog is confirmed.
//
// It is an error when there is no such element to be seen, or when its message belongs to
// another app, which would get the click instead.
func (s *Slack) Click(user string, on Surface, actionID string, value ...string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch on := on.(type) {
	case *Message:
		return s.clickMessage(user, on, actionID, value)
	case *View:
		return s.clickView(user, on, actionID, value)
	}
	return nil, fmt.Errorf("local Slack: nothing to click on")
}

func (s *Slack) clickMessage(user string, on *Message, actionID string, value []string) (*Interaction, error) {
	p, err := s.present(user, on.Channel)
	if err != nil {
		return nil, err
	}
	_, m := s.find(on.Channel, on.TS)
	if on.For != "" {
		_, m = s.findEphemeral(user, on.TS)
	}
	switch {
	case m == nil:
		return nil, fmt.Errorf("local Slack: %s does not see message %s", p.Name, on.TS)
	case m.AppID != App:
		return nil, fmt.Errorf("local Slack: message %s belongs to another app, which gets its clicks", on.TS)
	}
	container := map[string]any{
		"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.For != "",
	}
	action, err := s.action(m.Blocks, actionID, value)
	for _, a := range m.attached() {
		if err == nil {
			break
		}
		if inside, wrong := s.action(a.Blocks, actionID, value); wrong == nil {
			action, err = inside, nil
			container["type"], container["attachment_id"], container["is_app_unfurl"] = "message_attachment", a.ID, false
		}
	}
	if err != nil {
		return nil, err
	}
	it := s.newInteraction("interactive", user, m.Channel)
	it.TriggerID = s.newTrigger(it, user, nil)
	it.ResponseURL = s.newResponseURL(user, m.Channel, m)
	payload := s.interactive(it, p, "block_actions")
	put(container, "thread_ts", m.ThreadTS)
	payload["container"] = container
	payload["channel"] = s.channelRef(m.Channel)
	payload["response_url"] = it.ResponseURL
	payload["actions"] = []any{action}
	payload["state"] = map[string]any{"values": State{}}
	if m.For == "" { // the payload of an ephemeral message's click does not carry it
		payload["message"] = m.Object(false)
	}
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it, failed: s.failedAction(user, m.Channel)})
	return it, nil
}

func (s *Slack) clickView(user string, on *View, actionID string, value []string) (*Interaction, error) {
	p, err := s.present(user, "")
	if err != nil {
		return nil, err
	}
	v := s.views[on.ID]
	if v == nil || v.User != user {
		return nil, fmt.Errorf("local Slack: %s does not see view %s", p.Name, on.ID)
	}
	if v.Type == "modal" && s.top(user) != v {
		return nil, fmt.Errorf("local Slack: view %s lies under another", on.ID)
	}
	action, err := s.action(v.Blocks, actionID, value)
	if err != nil {
		return nil, err
	}
	if f, ok := fieldOf(v.Blocks, actionID); ok && len(value) > 0 {
		state, err := f.enter(value[0])
		if err != nil {
			return nil, err
		}
		v = v.with(func(v *View) { v.State.set(f, state) })
		s.swap(v)
		s.bump()
	}
	it := s.newInteraction("interactive", user, "")
	it.TriggerID = s.newTrigger(it, user, v)
	payload := s.interactive(it, p, "block_actions")
	payload["container"] = map[string]any{"type": "view", "view_id": v.ID}
	payload["view"] = v.Object()
	payload["actions"] = []any{action}
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it, failed: func(err error) {
		if now := s.views[v.ID]; now != nil && now.Type == "modal" {
			s.swap(now.with(func(v *View) { v.Trouble = troubleConnecting }))
		} else {
			s.failedAction(user, "")(err)
		}
	}})
	return it, nil
}

func fieldOf(blocks json.RawMessage, actionID string) (field, bool) {
	for _, f := range fields(blocks) {
		if f.actionID == actionID {
			return f, true
		}
	}
	return field{}, false
}

// action is what happened to an element, as payloads say it.
func (s *Slack) action(blocks json.RawMessage, actionID string, value []string) (map[string]any, error) {
	var seen []string
	for _, b := range decodeBlocks(blocks) {
		for _, e := range elementsOf(b) {
			id, _ := e["action_id"].(string)
			seen = append(seen, id)
			if id != actionID {
				continue
			}
			kind, _ := e["type"].(string)
			a := map[string]any{
				"type": kind, "action_id": id, "block_id": b["block_id"], "action_ts": s.newTS(),
			}
			_, stateful := states[kind]
			switch {
			case kind == "overflow" || stateful:
				if len(value) == 0 {
					return nil, fmt.Errorf("local Slack: say what to choose in %q", actionID)
				}
				if kind == "overflow" {
					kind = "static_select" // the same: one of its options
				}
				state, err := field{actionID: id, kind: kind, element: e}.enter(value[0])
				if err != nil {
					return nil, fmt.Errorf("local Slack: %w", err)
				}
				delete(state, "type")
				for k, v := range state {
					a[k] = v
				}
			default:
				if len(value) > 0 && e["value"] != value[0] {
					continue
				}
				a["text"] = e["text"]
				for _, k := range []string{"value", "style", "url"} {
					if e[k] != nil {
						a[k] = e[k]
					}
				}
			}
			return a, nil
		}
	}
	return nil, fmt.Errorf("local Slack: nothing with action_id %q (and value %q) to be seen, only %q", actionID, value, seen)
}
