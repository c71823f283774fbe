package localslack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/localslack"
)

func text(s string) object { return object{"type": "plain_text", "text": s} }

func option(value, words string) object { return object{"text": text(words), "value": value} }

// finder is a modal with an external select that tells the app of its choice, check boxes, and
// a name.
func finder(more ...string) object {
	v := plainView()
	find := object{"type": "external_select", "action_id": "find", "min_query_length": 2}
	for i := 0; i < len(more); i += 2 {
		find[more[i]] = text(more[i+1])
	}
	v["blocks"] = append(v["blocks"].([]any),
		object{"type": "input", "block_id": "client", "label": text("Find a client"), "optional": true, "dispatch_action": true, "element": find},
		object{"type": "input", "block_id": "then", "label": text("Then"), "optional": true, "element": object{
			"type": "checkboxes", "action_id": "filing",
			"options":         []any{option("user", "Add jane@acme.com"), option("ticket", "Move ticket"), option("domain", "Match later mails")},
			"initial_options": []any{option("user", "Add jane@acme.com")},
		}},
	)
	return v
}

// opened is a desk at which Tess has a view open.
func opened(t *testing.T, view object) (*desk, *localslack.View) {
	t.Helper()
	d := newDesk(t)
	it := must(d.Command(localslack.Tess, localslack.Desk, "/halo-new-client", ""))(t)
	d.c.ack(d.c.next(), nil)
	call(t, d.Slack, "views.open", "trigger_id", it.TriggerID, "view", raw(view))
	return d, must(it.Opened(t.Context()))(t)
}

func TestAnExternalSelectAsksTheAppForItsChoices(t *testing.T) {
	t.Parallel()
	d, view := opened(t, finder())
	var short *localslack.TooShort
	if _, err := d.Suggest(localslack.Tess, view, "find", "é"); !errors.As(err, &short) || short.Least != 2 {
		t.Errorf("one character: %v", err)
	}
	if _, err := d.Click(localslack.Tess, view, "find", "12"); err == nil {
		t.Error("what was never offered could be chosen")
	}
	it := must(d.Suggest(localslack.Tess, view, "find", "acm"))(t)
	envelope := d.c.next()
	payload := object(envelope.at("payload").(map[string]any))
	if envelope.at("accepts_response_payload") != true || payload.str("type") != "block_suggestion" || payload.str("value") != "acm" ||
		payload.str("action_id") != "find" || payload.str("block_id") != "client" || payload.at("trigger_id") != nil ||
		payload.str("view", "id") != view.ID || payload.str("container", "view_id") != view.ID {
		t.Errorf("envelope: %v", envelope)
	}
	d.c.ack(envelope, object{"options": []any{option("12", "Acme Ltd (#12)"), option("13", "Acme GmbH (#13)")}})
	want := []localslack.Choice{{"Acme Ltd (#12)", "12"}, {"Acme GmbH (#13)", "13"}}
	if diff := cmp.Diff(want, must(it.Choices(t.Context()))(t)); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}

	must(d.Click(localslack.Tess, view, "find", "12"))(t)
	chosen := d.c.next()
	if chosen.str("payload", "actions", 0, "selected_option", "text", "text") != "Acme Ltd (#12)" ||
		chosen.str("payload", "view", "state", "values", "client", "find", "selected_option", "value") != "12" ||
		chosen.str("payload", "view", "state", "values", "then", "filing", "selected_options", 0, "value") != "user" {
		t.Errorf("chosen: %v", chosen)
	}
	d.c.ack(chosen, nil)

	// An update keeps what is chosen where block_id and action_id are the same.
	call(t, d.Slack, "views.update", "view_id", view.ID, "view", raw(finder("placeholder", "Another")))
	sub := must(d.SubmitView(localslack.Tess, view.ID, localslack.Values{"Client name": "Acme", "then/filing": "ticket,domain"}))(t)
	submitted := d.c.next()
	values := object(submitted.at("payload", "view", "state", "values").(map[string]any))
	if values.str("client", "find", "selected_option", "value") != "12" || values.str("then", "filing", "selected_options", 1, "value") != "domain" ||
		values.str("client", "find", "type") != "external_select" {
		t.Errorf("submitted: %v", values)
	}
	d.c.ack(submitted, nil)
	must(sub.Wait(t.Context()))(t)
}

func TestChoicesThatSlackCannotShowAreTrouble(t *testing.T) {
	t.Parallel()
	d, view := opened(t, finder())
	many := make([]any, 101)
	for i := range many {
		many[i] = option(fmt.Sprint(i), "x")
	}
	for _, tt := range []struct {
		name   string
		answer any
		want   error
	}{
		{"nothing", nil, nil},
		{"none", object{"options": []any{}}, nil},
		{"groups", object{"option_groups": []any{object{"label": text("G"), "options": []any{option("1", "One")}}}}, nil},
		{"too many", object{"options": many}, localslack.ErrTrouble},
		{"too long", object{"options": []any{option("1", strings.Repeat("é", 76))}}, localslack.ErrTrouble},
		{"a list", []any{option("1", "One")}, localslack.ErrTrouble},
	} {
		it := must(d.Suggest(localslack.Tess, view, "find", "acme"))(t)
		d.c.ack(d.c.next(), tt.answer)
		if _, err := it.Choices(t.Context()); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestChoicesAreWaitedForThreeSeconds(t *testing.T) {
	takesSeconds(t)
	d, view := opened(t, finder())
	it := must(d.Suggest(localslack.Tess, view, "find", "acme"))(t)
	if _, err := it.Choices(t.Context()); !errors.Is(err, localslack.ErrTimeout) {
		t.Errorf("never answered: %v", err)
	}
}

func TestSelectsAndBoxesInMessagesTellTheirState(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	blocks := append(message("Unknown sender"),
		object{"type": "actions", "block_id": "pick", "elements": []any{
			object{"type": "external_select", "action_id": "find"},
			object{"type": "checkboxes", "action_id": "filing", "options": []any{option("user", "User"), option("ticket", "Ticket")}},
			object{"type": "button", "action_id": "dismiss", "text": text("Not a client"), "confirm": object{
				"title": text("Sure?"), "text": text("It is closed."), "confirm": text("Yes"), "deny": text("No"),
			}},
		}},
	)
	ts := call(t, d.Slack, "chat.postMessage", "channel", localslack.Mail, "text", "x", "blocks", raw(blocks)).str("ts")
	m := last(d, localslack.Mail)
	var short *localslack.TooShort
	if _, err := d.Suggest(localslack.Tess, m, "find", "ac"); !errors.As(err, &short) || short.Least != 3 {
		t.Errorf("two characters, and no min_query_length: %v", err)
	}
	it := must(d.Suggest(localslack.Tess, m, "find", "acme"))(t)
	asked := d.c.next()
	if asked.str("payload", "container", "message_ts") != ts || asked.str("payload", "channel", "id") != localslack.Mail || asked.at("payload", "view") != nil {
		t.Errorf("asked: %v", asked)
	}
	d.c.ack(asked, object{"options": []any{option("12", "Acme")}})
	must(it.Choices(t.Context()))(t)
	if _, err := d.Click(localslack.Tom, m, "find", "12"); err == nil {
		t.Error("another person could choose what was offered to the first")
	}
	for _, act := range [][]string{{"find", "12"}, {"filing", "user,ticket"}, {"filing", "ticket"}, {"dismiss"}} {
		must(d.Click(localslack.Tess, m, act[0], act[1:]...))(t)
		d.c.ack(d.c.next(), nil)
	}
	must(d.Click(localslack.Tess, m, "dismiss"))(t)
	payload := object(d.c.next().at("payload").(map[string]any))
	state := object(payload.at("state", "values", "pick").(map[string]any))
	if state.str("find", "selected_option", "value") != "12" || state.str("filing", "selected_options", 0, "value") != "ticket" || state.at("filing", "selected_options", 1) != nil {
		t.Errorf("state: %v", state)
	}
	if payload.str("actions", 0, "confirm", "title", "text") != "Sure?" {
		t.Errorf("actions: %v", payload["actions"])
	}
	must(d.Click(localslack.Tom, m, "dismiss"))(t)
	if got := d.c.next().at("payload", "state", "values", "pick", "find", "selected_option"); got != nil {
		t.Errorf("another person's choice: %v", got)
	}
}

func TestAnInputTellsTheAppOnlyWhereItDispatches(t *testing.T) {
	t.Parallel()
	d, view := opened(t, finder())
	if _, err := d.Click(localslack.Tess, view, "filing", "ticket"); err == nil {
		t.Error("an input without dispatch_action told the app")
	}
	if _, err := d.Suggest(localslack.Tess, view, "filing", "ticket"); err == nil {
		t.Error("check boxes asked the app for choices")
	}
}
