package localslack

import (
	"context"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"halobot/internal/sandbox/blockkit"
)

// leastQuery is how much has to be typed into a select with an external source before Slack
// asks the app, unless min_query_length says otherwise
// (docs.slack.dev/reference/block-kit/block-elements/select-menu-element).
const leastQuery = 3

// Choice is one that an app offers in a select with an external source.
type Choice struct{ Text, Value string }

// TooShort says that Slack's client does not ask the app yet.
type TooShort struct{ Least int }

func (e *TooShort) Error() string {
	return fmt.Sprintf("Slack's client asks for choices from %d characters on", e.Least)
}

// Suggest is a person typing into a select with an external source: the app is asked for
// choices with a block_suggestion, and has three seconds to give them in its acknowledgement.
// With less typed than the element wants nothing is sent, and the error is a *TooShort.
// Interaction.Choices waits for the answer; those may then be chosen, with Click or Fill.
func (s *Slack) Suggest(user string, on Surface, actionID, typed string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch on := on.(type) {
	case *Message:
		return s.suggestInMessage(user, on, actionID, typed)
	case *View:
		return s.suggestInView(user, on, actionID, typed)
	}
	return nil, fmt.Errorf("local Slack: nothing to type into")
}

func (s *Slack) suggestInMessage(user string, on *Message, actionID, typed string) (*Interaction, error) {
	p, m, err := s.reachable(user, on)
	if err != nil {
		return nil, err
	}
	place := m.place()
	for _, part := range m.parts() {
		if f, ok := fieldOf(part.Blocks, actionID); ok {
			return s.suggest(p, f, place, typed, func(payload map[string]any) {
				payload["container"] = part.container
				payload["channel"] = s.channelRef(m.Channel)
				if m.For == "" {
					payload["message"] = m.Object(false)
				}
			})
		}
	}
	return nil, fmt.Errorf("local Slack: nothing with action_id %q to type into", actionID)
}

func (s *Slack) suggestInView(user string, on *View, actionID, typed string) (*Interaction, error) {
	p, v, err := s.openTo(user, on)
	if err != nil {
		return nil, err
	}
	f, ok := fieldOf(v.Blocks, actionID)
	if !ok {
		return nil, fmt.Errorf("local Slack: nothing with action_id %q to type into", actionID)
	}
	return s.suggest(p, f, v.ID, typed, func(payload map[string]any) {
		payload["container"] = map[string]any{"type": "view", "view_id": v.ID}
		payload["view"] = v.Object()
	})
}

func (s *Slack) suggest(p Person, f field, place, typed string, stand func(payload map[string]any)) (*Interaction, error) {
	least := leastQuery
	if n, ok := number(f.element["min_query_length"]); ok {
		least = n
	}
	switch {
	case !f.external():
		return nil, fmt.Errorf("local Slack: %q has no external source", f.name())
	case utf8.RuneCountInString(typed) < least:
		return nil, &TooShort{least}
	}
	it := s.newInteraction("interactive", p.ID, "")
	payload := s.interactive(it, p, "block_suggestion")
	delete(payload, "trigger_id")
	if s.orgWide { // as documented, unlike elsewhere
		payload["user"].(map[string]any)["team_id"] = Org
	}
	payload["action_id"], payload["block_id"], payload["value"] = f.actionID, f.blockID, typed
	stand(payload)
	it.Payload = encode(payload)
	it.acked = func(answer json.RawMessage) (string, error) {
		choices, err := readChoices(answer)
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrTrouble, err)
		}
		it.choices = choices
		s.offers[offer{p.ID, place, f.blockID, f.actionID}] = choices
		return "", nil
	}
	s.dispatch(&envelope{it: it, answers: true, acked: it.acked})
	return it, nil
}

// offer is where choices were offered to somebody: a view's id or a message's place, and the
// element.
type offer struct{ user, place, blockID, actionID string }

// Choices waits for what the app offers. The error is that of Wait: ErrTrouble when Slack could
// not show the answer, ErrTimeout when there was none.
func (i *Interaction) Choices(ctx context.Context) ([]Choice, error) {
	if _, err := i.Wait(ctx); err != nil {
		return nil, err
	}
	list := []Choice{}
	for _, o := range i.choices {
		value, _ := o["value"].(string)
		list = append(list, Choice{textIn(o), value})
	}
	return list, nil
}

func textIn(option map[string]any) string {
	t, _ := option["text"].(map[string]any)
	s, _ := t["text"].(string)
	return s
}

// readChoices holds an answer to Slack's limits. An empty acknowledgement offers nothing.
func readChoices(answer json.RawMessage) ([]map[string]any, error) {
	if len(answer) == 0 {
		return nil, nil
	}
	if problems := blockkit.ValidateChoices(answer); len(problems) > 0 {
		return nil, invalid("invalid_arguments", problems)
	}
	return field{element: decoded(answer)}.options(), nil
}
