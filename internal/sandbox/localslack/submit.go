package localslack

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"halobot/internal/sandbox/blockkit"
)

// Values is what a person enters, by a field's label, block_id, action_id or both of these with
// a slash between: text, an option's value or words, an id; for a channel its #name too.
type Values map[string]string

// Fill enters values into an open modal without submitting it.
func (s *Slack) Fill(user, viewID string, values Values) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.topmost(user, viewID)
	if err != nil {
		return err
	}
	_, err = s.fill(v, values)
	return err
}

// topmost finds the modal that a person is looking at.
func (s *Slack) topmost(user, viewID string) (*View, error) {
	v := s.views[viewID]
	switch {
	case v == nil || v.User != user || v.Type != "modal":
		return nil, fmt.Errorf("local Slack: %s has no modal %s open", user, viewID)
	case s.top(user) != v:
		return nil, fmt.Errorf("local Slack: modal %s lies under another", viewID)
	}
	return v, nil
}

func (s *Slack) fill(v *View, values Values) (*View, error) {
	list := s.withChoices(fields(v.Blocks), v.User, v.ID, v.State)
	next := v.with(func(v *View) {
		v.Errors, v.Trouble = nil, ""
	})
	for _, name := range slices.Sorted(maps.Keys(values)) {
		i := slices.IndexFunc(list, func(f field) bool { return f.label == name })
		if i < 0 {
			i = slices.IndexFunc(list, func(f field) bool {
				return f.blockID == name || f.actionID == name || f.blockID+"/"+f.actionID == name
			})
		}
		if i < 0 {
			return nil, fmt.Errorf("local Slack: %q has no field %q, only %q", v.Title, name, names(list))
		}
		f, text := list[i], values[name]
		if strings.HasPrefix(text, "#") && (f.kind == "channels_select" || f.kind == "conversations_select") {
			for _, c := range s.channels {
				if "#"+c.Name == text {
					text = c.ID
				}
			}
		}
		state, err := f.enter(text)
		if err != nil {
			return nil, fmt.Errorf("local Slack: %w", err)
		}
		next.State.set(f, state)
	}
	s.swap(next)
	s.bump()
	return next, nil
}

func names(list []field) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.name())
	}
	return out
}

// Refused is what Slack's own client says of a form before it sends it: nothing has reached
// the app.
type Refused struct {
	Fields map[string]string // by label
}

func (r *Refused) Error() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Fields)) {
		parts = append(parts, name+": "+r.Fields[name])
	}
	return "Slack's client does not send this form: " + strings.Join(parts, "; ")
}

// SubmitView enters values into an open modal and presses its submit button. What Slack's
// client checks by itself is checked first; the error is then a *Refused.
func (s *Slack) SubmitView(user, viewID string, values Values) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.present(user, "")
	if err != nil {
		return nil, err
	}
	v, err := s.topmost(user, viewID)
	if err != nil {
		return nil, err
	}
	switch {
	case v.Submit == "":
		return nil, fmt.Errorf("local Slack: %q has no submit button", v.Title)
	case v.Busy:
		return nil, fmt.Errorf("local Slack: %q is still being submitted", v.Title)
	}
	if v, err = s.fill(v, values); err != nil {
		return nil, err
	}
	if refused := complaints(v); refused != nil {
		return nil, refused
	}
	v = v.with(func(v *View) { v.Busy = true })
	s.swap(v)
	it := s.newInteraction("interactive", user, "")
	it.TriggerID = s.newTrigger(it, user, v)
	payload := s.interactive(it, p, "view_submission")
	if s.omitTeam {
		delete(payload["user"].(map[string]any), "team_id")
	}
	payload["view"] = v.Object()
	payload["response_urls"] = s.askedURLs(v)
	it.Payload = encode(payload)
	it.acked = func(answer json.RawMessage) (string, error) { return s.answerView(v.ID, answer) }
	s.dispatch(&envelope{it: it, answers: true, acked: it.acked, failed: func(error) { s.trouble(v.ID) }})
	s.bump()
	return it, nil
}

func complaints(v *View) error {
	refused := &Refused{Fields: map[string]string{}}
	for _, f := range fields(v.Blocks) {
		if why := f.complaint(v.State[f.blockID][f.actionID]); why != "" {
			refused.Fields[f.name()] = why
		}
	}
	if len(refused.Fields) == 0 {
		return nil
	}
	return refused
}

// askedURLs are the response_urls that selects with response_url_enabled ask for.
func (s *Slack) askedURLs(v *View) []any {
	urls := []any{}
	for _, f := range fields(v.Blocks) {
		if f.element["response_url_enabled"] != true {
			continue
		}
		state, _ := v.State[f.blockID][f.actionID].(map[string]any)
		if channel, ok := state[states[f.kind].key].(string); ok {
			urls = append(urls, map[string]any{
				"block_id": f.blockID, "action_id": f.actionID, "channel_id": channel,
				"response_url": s.newResponseURL(v.User, channel, nil),
			})
		}
	}
	return urls
}

// trouble shows the person that a submission failed; what they typed is still there.
func (s *Slack) trouble(id string) {
	if v := s.views[id]; v != nil {
		s.swap(v.with(func(v *View) { v.Busy, v.Trouble = false, troubleConnecting }))
		s.bump()
	}
}

// answerView does what the acknowledgement of a submission says
// (docs.slack.dev/surfaces/modals#response_actions). The app is not told of a bad answer.
func (s *Slack) answerView(id string, payload json.RawMessage) (string, error) {
	v := s.views[id]
	if v == nil {
		return "", nil // closed meanwhile
	}
	var a struct {
		Action string            `json:"response_action"`
		View   json.RawMessage   `json:"view"`
		Errors map[string]string `json:"errors"`
	}
	if len(payload) > 0 && json.Unmarshal(payload, &a) != nil {
		s.trouble(id)
		return "", fmt.Errorf("%w: not a JSON object of Slack's", ErrTrouble)
	}
	err := s.applyAnswer(v, a.Action, a.View, a.Errors)
	if err != nil {
		s.trouble(id)
		return a.Action, fmt.Errorf("%w: %w", ErrTrouble, err)
	}
	s.bump()
	return a.Action, nil
}

func (s *Slack) applyAnswer(v *View, action string, raw json.RawMessage, errors map[string]string) error {
	switch action {
	case "":
		s.closeFrom(v)
	case "clear":
		s.closeAll(v.User)
	case "update":
		next, err := s.answeredView(raw, v)
		if err != nil {
			return err
		}
		s.swap(successor(v, next))
	case "push":
		next, err := s.answeredView(raw, nil)
		if err != nil {
			return err
		}
		if len(s.stacks[v.User]) >= maxStack {
			return fail("push_limit_reached")
		}
		s.swap(v.with(func(v *View) { v.Busy = false }))
		next.ID, next.User, next.team, next.RootID, next.PreviousID = s.newID("V"), v.User, v.team, v.RootID, v.ID
		s.putTop(next)
	case "errors":
		if len(errors) == 0 {
			return fmt.Errorf("no errors in response_action errors")
		}
		inputs := inputBlocks(v.Blocks)
		for block := range errors {
			if !slices.Contains(inputs, block) {
				return fmt.Errorf("no input block %q to show an error at, only %q", block, inputs)
			}
		}
		s.swap(v.with(func(v *View) { v.Busy, v.Errors = false, errors }))
	default:
		return fmt.Errorf("unknown response_action %q", action)
	}
	return nil
}

// answeredView reads the view of an answer; its external_id must be free, or its own.
func (s *Slack) answeredView(raw json.RawMessage, own *View) (*View, error) {
	next, err := s.parseView(raw, blockkit.Modal, "")
	if err != nil {
		if f, ok := err.(*failure); ok {
			return nil, fmt.Errorf("%s: %s", f.code, encode(f.more))
		}
		return nil, err
	}
	if other := s.byExternalID(next.ExternalID); other != nil && (own == nil || other.ID != own.ID) {
		return nil, fail("duplicate_external_id")
	}
	return next, nil
}

// CloseView is a person pressing a modal's close button: what lay under it shows again, unless
// it has clear_on_close. The app is told if the view has notify_on_close; the Interaction is
// nil otherwise.
func (s *Slack) CloseView(user, viewID string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := s.topmost(user, viewID)
	if err != nil {
		return nil, err
	}
	if v.ClearOnClose {
		s.closeAll(user)
	} else {
		s.closeFrom(v)
	}
	s.bump()
	return s.tellClosed(v, v.ClearOnClose), nil
}

// CloseAll is a person closing their modals with the cross: the app is told of the root view.
func (s *Slack) CloseAll(user string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.top(user) == nil {
		return nil, fmt.Errorf("local Slack: %s has no modal open", user)
	}
	root := s.stacks[user][0]
	s.closeAll(user)
	s.bump()
	return s.tellClosed(root, true), nil
}

func (s *Slack) tellClosed(v *View, cleared bool) *Interaction {
	if !v.NotifyOnClose {
		return nil
	}
	it := s.newInteraction("interactive", v.User, "")
	payload := s.interactive(it, s.people[v.User], "view_closed")
	delete(payload, "trigger_id")
	shown := v.Object()
	shown["state"] = map[string]any{"values": map[string]any{}} // no input comes along
	payload["view"], payload["is_cleared"] = shown, cleared
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it})
	return it
}
