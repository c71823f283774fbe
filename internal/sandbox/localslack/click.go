package localslack

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Surface is what a person can click on: a *Message or a *View, as a Snapshot gives them.
type Surface interface{ surface() }

func (*Message) surface() {}
func (*View) surface()    {}

// Click is a person using a button, a menu or another element of a message, an ephemeral
// message, a modal or a home tab, as it stands now. The element is found by action_id. With a
// value, it is the button that has this value, or the choice that is made in a menu: an
// option's value or words, or an id; several with commas, none with "". A menu with an external
// source has the choices that Suggest got last. A confirm dialog is confirmed.
//
// It is an error when there is no such element to be seen, when its message belongs to another
// app, which would get the click instead, or when it is an input of which the app is told at
// the submission only.
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

// reachable finds a message as it stands, if the person sees it and the app is told of clicks.
func (s *Slack) reachable(user string, on *Message) (Person, *Message, error) {
	p, err := s.present(user, on.Channel)
	if err != nil {
		return p, nil, err
	}
	_, m := s.find(on.Channel, on.TS)
	if on.For != "" {
		_, m = s.findEphemeral(user, on.TS)
	}
	switch {
	case m == nil:
		return p, nil, fmt.Errorf("local Slack: %s does not see message %s", p.Name, on.TS)
	case m.AppID != App:
		return p, nil, fmt.Errorf("local Slack: message %s belongs to another app, which gets its clicks", on.TS)
	}
	return p, m, nil
}

// part is what of a message can be clicked on: its blocks, or those of an attachment.
type part struct {
	Blocks    json.RawMessage
	container map[string]any
}

func (m *Message) parts() []part {
	container := func() map[string]any {
		c := map[string]any{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.For != ""}
		put(c, "thread_ts", m.ThreadTS)
		return c
	}
	list := []part{{m.Blocks, container()}}
	for _, a := range m.attached() {
		c := container()
		c["type"], c["attachment_id"], c["is_app_unfurl"] = "message_attachment", a.ID, false
		list = append(list, part{a.Blocks, c})
	}
	return list
}

// place tells a message from all others.
func (m *Message) place() string { return m.Channel + " " + m.TS }

func (s *Slack) clickMessage(user string, on *Message, actionID string, value []string) (*Interaction, error) {
	p, m, err := s.reachable(user, on)
	if err != nil {
		return nil, err
	}
	state := s.chosenIn(user, m)
	var action, container map[string]any
	for _, part := range m.parts() {
		done, wrong := s.action(part.Blocks, s.withChoices(fields(part.Blocks), user, m.place(), state), actionID, value)
		if wrong == nil {
			action, container, err = done.payload, part.container, nil
			if done.field != nil {
				state.set(*done.field, done.state)
				s.chosen[chooser{user, m.place()}] = state
			}
			break
		}
		if err == nil {
			err = wrong
		}
	}
	if err != nil {
		return nil, err
	}
	it := s.newInteraction("interactive", user, m.Channel)
	it.TriggerID = s.newTrigger(it, user, nil)
	it.ResponseURL = s.newResponseURL(user, m.Channel, m)
	payload := s.interactive(it, p, "block_actions")
	payload["container"] = container
	payload["channel"] = s.channelRef(m.Channel)
	payload["response_url"] = it.ResponseURL
	payload["actions"] = []any{action}
	payload["state"] = map[string]any{"values": state}
	if m.For == "" { // the payload of an ephemeral message's click does not carry it
		payload["message"] = m.Object(false)
	}
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it, failed: s.failedAction(user, m.Channel)})
	return it, nil
}

// chooser is a person and the message in which they chose something.
type chooser struct{ user, place string }

// chosenIn is what a person has typed and chosen in a message so far.
func (s *Slack) chosenIn(user string, m *Message) State {
	was, state := s.chosen[chooser{user, m.place()}], State{}
	for _, part := range m.parts() {
		for _, f := range fields(part.Blocks) {
			state.set(f, f.initial(m.Channel))
			if old, ok := was[f.blockID][f.actionID]; ok && sameType(old, f) {
				state.set(f, old)
			}
		}
	}
	return state
}

// openTo finds a view as it stands, if the person is looking at it.
func (s *Slack) openTo(user string, on *View) (Person, *View, error) {
	p, err := s.present(user, "")
	if err != nil {
		return p, nil, err
	}
	v := s.views[on.ID]
	if v == nil || v.User != user {
		return p, nil, fmt.Errorf("local Slack: %s does not see view %s", p.Name, on.ID)
	}
	if v.Type == "modal" && s.top(user) != v {
		return p, nil, fmt.Errorf("local Slack: view %s lies under another", on.ID)
	}
	return p, v, nil
}

func (s *Slack) clickView(user string, on *View, actionID string, value []string) (*Interaction, error) {
	p, v, err := s.openTo(user, on)
	if err != nil {
		return nil, err
	}
	done, err := s.action(v.Blocks, s.withChoices(fields(v.Blocks), user, v.ID, v.State), actionID, value)
	if err != nil {
		return nil, err
	}
	if f := done.field; f != nil {
		v = v.with(func(v *View) { v.State.set(*f, done.state) })
		s.swap(v)
		s.bump()
	}
	it := s.newInteraction("interactive", user, "")
	it.TriggerID = s.newTrigger(it, user, v)
	payload := s.interactive(it, p, "block_actions")
	payload["container"] = map[string]any{"type": "view", "view_id": v.ID}
	payload["view"] = v.Object()
	payload["actions"] = []any{done.payload}
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
	list := fields(blocks)
	i := slices.IndexFunc(list, func(f field) bool { return f.actionID == actionID })
	if i < 0 {
		return field{}, false
	}
	return list[i], true
}

// withChoices gives fields with an external source what may be chosen in them: what was offered
// last, and what is chosen already.
func (s *Slack) withChoices(list []field, user, place string, state State) []field {
	for i, f := range list {
		if !f.external() {
			continue
		}
		offered := slices.Clone(s.offers[offer{user, place, f.blockID, f.actionID}])
		if now, ok := state[f.blockID][f.actionID].(map[string]any); ok {
			offered = append(offered, chosenOptions(now)...)
		}
		list[i].offered = offered
	}
	return list
}

func chosenOptions(state map[string]any) []map[string]any {
	several, _ := state["selected_options"].([]any)
	var list []map[string]any
	for _, o := range append(several, state["selected_option"]) {
		if o, ok := o.(map[string]any); ok {
			list = append(list, o)
		}
	}
	return list
}

// done is what happened to an element.
type done struct {
	payload map[string]any // as payloads say it
	field   *field         // the element that has a new state, if it has one
	state   map[string]any
}

// action uses an element of blocks, whose fields are given as they stand.
func (s *Slack) action(blocks json.RawMessage, known []field, actionID string, value []string) (done, error) {
	var seen []string
	for _, b := range decodeBlocks(blocks) {
		for _, e := range elementsOf(b) {
			id, _ := e["action_id"].(string)
			seen = append(seen, id)
			if id != actionID {
				continue
			}
			if b["type"] == "input" && b["dispatch_action"] != true {
				return done{}, fmt.Errorf("local Slack: %q is an input without dispatch_action: the app is told at the submission", actionID)
			}
			kind, _ := e["type"].(string)
			d := done{payload: map[string]any{"type": kind, "action_id": id, "block_id": b["block_id"], "action_ts": s.newTS()}}
			if e["confirm"] != nil {
				d.payload["confirm"] = e["confirm"]
			}
			if _, stateful := states[kind]; stateful || kind == "overflow" {
				err := d.choose(b, e, known, value)
				return d, err
			}
			if len(value) > 0 && e["value"] != value[0] {
				continue
			}
			d.payload["text"] = e["text"]
			for _, k := range []string{"value", "style", "url"} {
				if e[k] != nil {
					d.payload[k] = e[k]
				}
			}
			return d, nil
		}
	}
	return done{}, fmt.Errorf("local Slack: nothing with action_id %q (and value %q) to be seen, only %q", actionID, value, seen)
}

// choose enters a value into an element that one types or chooses in.
func (d *done) choose(block, element map[string]any, known []field, value []string) error {
	id, _ := d.payload["action_id"].(string)
	if len(value) == 0 {
		return fmt.Errorf("local Slack: say what to choose in %q", id)
	}
	f := field{actionID: id, kind: "static_select", element: element} // an overflow: one of its options
	if i := slices.IndexFunc(known, func(f field) bool { return f.actionID == id && f.blockID == block["block_id"] }); i >= 0 {
		f = known[i]
		d.field = &f
	}
	state, err := f.enter(value[0])
	if err != nil {
		return fmt.Errorf("local Slack: %w", err)
	}
	d.state = state
	for k, v := range state {
		if k != "type" {
			d.payload[k] = v
		}
	}
	return nil
}
