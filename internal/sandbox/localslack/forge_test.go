package localslack_test

import (
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/localslack"
)

func TestAForgedClickIsItsOwnInteraction(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call(t, d.Slack, "chat.postMessage", "channel", localslack.Desk, "text", "alert", "blocks", raw(buttons("new", "x")))
	it := must(d.Click(localslack.Tess, last(d, localslack.Desk), "new"))(t)
	first := d.c.next()
	d.c.ack(first, nil)
	forged := d.Forge(it, func(payload map[string]any) {
		payload["user"] = map[string]any{"id": localslack.Dora, "team_id": localslack.OtherTeam}
	})
	second := d.c.next()
	d.c.ack(second, nil)
	must(forged.Wait(t.Context()))(t)
	if second.str("payload", "user", "id") != localslack.Dora || second.str("payload", "actions", 0, "action_id") != "new" {
		t.Errorf("forged: %v", second)
	}
	for _, own := range []string{"envelope_id", "trigger_id", "response_url"} {
		at := []any{"payload", own}
		if own == "envelope_id" {
			at = at[1:]
		}
		if a, b := first.str(at...), second.str(at...); a == b || b == "" {
			t.Errorf("the forged %s is %q, the first's %q", own, b, a)
		}
	}
	if o := call(t, d.Slack, "views.open", "trigger_id", forged.TriggerID, "view", raw(plainView())); o["ok"] != true {
		t.Errorf("views.open: %v", o)
	}
	if v, err := forged.Opened(t.Context()); err != nil || v.User != localslack.Dora {
		t.Errorf("opened %+v, %v", v, err)
	}
}

func TestAForgedSubmissionChangesNoModal(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	open := must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	d.c.ack(d.c.next(), nil)
	call(t, d.Slack, "views.open", "trigger_id", open.TriggerID, "view", raw(plainView()))
	v := must(open.Opened(t.Context()))(t)
	it := must(d.SubmitView(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme"}))(t)
	errors := object{"response_action": "errors", "errors": object{"name": "no"}}
	d.c.ack(d.c.next(), errors)
	must(it.Wait(t.Context()))(t)
	forged := d.Forge(it, func(payload map[string]any) {
		payload["view"].(map[string]any)["private_metadata"] = "mine"
	})
	envelope := d.c.next()
	d.c.ack(envelope, object{"response_action": "clear"})
	if ack := must(forged.Wait(t.Context()))(t); ack.Action != "clear" || envelope.str("payload", "view", "private_metadata") != "mine" {
		t.Errorf("%+v after %v", ack, envelope)
	}
	d.Look(func(now *localslack.Snapshot) {
		if v := now.OpenView(localslack.Tess); v == nil || v.Errors["name"] != "no" {
			t.Errorf("the modal is %+v", v)
		}
	})
}

func TestSecretsAreAllThatWasGivenOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	it := must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	d.c.ack(d.c.next(), nil)
	_, ticket, _ := strings.Cut(socketURL(t, d.Slack), "ticket=")
	ticket, _, _ = strings.Cut(ticket, "&")
	for _, want := range []string{d.BotToken(), d.AppToken(), ticket, it.ResponseURL[strings.LastIndex(it.ResponseURL, "/")+1:]} {
		if list := d.Secrets(); !slices.Contains(list, want) {
			t.Errorf("%q is not among %q", want, list)
		}
	}
}
