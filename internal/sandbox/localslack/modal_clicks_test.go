package localslack_test

import (
	"errors"
	"strings"
	"testing"

	"halobot/internal/sandbox/localslack"
)

// menuView is a modal with a menu and a button outside of its inputs.
func menuView() object {
	option := func(v string) object {
		return object{"text": object{"type": "plain_text", "text": strings.ToUpper(v)}, "value": v}
	}
	v := plainView()
	v["blocks"] = append(v["blocks"].([]any), object{"type": "actions", "block_id": "acts", "elements": []any{
		object{"type": "static_select", "action_id": "pick", "options": []any{option("a"), option("b")}},
		object{"type": "button", "action_id": "use", "value": "1", "text": object{"type": "plain_text", "text": "Use"}},
	}})
	return v
}

func TestAClickInAModalCarriesWhatIsEntered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.open(menuView())
	if err := d.Fill(localslack.Tess, id, localslack.Values{"Client name": "Typed"}); err != nil {
		t.Fatal(err)
	}
	must(d.Click(localslack.Tess, d.top(), "pick", "B"))(t)
	o := d.c.next()
	d.c.ack(o, nil)
	if o.str("payload", "actions", 0, "selected_option", "value") != "b" ||
		o.str("payload", "view", "state", "values", "name", "value", "value") != "Typed" ||
		o.str("payload", "view", "state", "values", "acts", "pick", "selected_option", "value") != "b" {
		t.Errorf("clicked: %s", raw(o))
	}
	must(d.Click(localslack.Tess, d.top(), "use"))(t)
	if o := d.c.next(); o.str("payload", "view", "state", "values", "acts", "pick", "selected_option", "value") != "b" {
		t.Errorf("the choice is gone: %s", raw(o))
	}
	for name, click := range map[string]func() error{
		"a choice that is not offered": func() error { _, err := d.Click(localslack.Tess, d.top(), "pick", "C"); return err },
		"no choice":                    func() error { _, err := d.Click(localslack.Tess, d.top(), "pick"); return err },
		"somebody else's modal":        func() error { _, err := d.Click(localslack.Tom, d.top(), "use"); return err },
	} {
		if click() == nil {
			t.Errorf("%s was clicked", name)
		}
	}
	under := d.top()
	d.submit(id, nil, object{"response_action": "push", "view": plainView()})
	if _, err := d.Click(localslack.Tess, under, "use"); err == nil {
		t.Error("a modal that lies under another was clicked")
	}
}

func TestAClickThatFailsIsShown(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.open(menuView())
	callJSON(t, d.Slack, "views.publish", object{"user_id": localslack.Tess, "view": object{"type": "home", "blocks": buttons("new", "1")}})
	m := must(d.PostRaw(localslack.Desk, "alert", []byte(raw(buttons("new", "1")))))(t)
	var home *localslack.View
	d.Look(func(now *localslack.Snapshot) { home = now.Home(localslack.Tess) })
	d.DropSockets()
	for action, on := range map[string]localslack.Surface{"use": d.top(), "new": home} {
		it := must(d.Click(localslack.Tess, on, action))(t)
		if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrNoSocket) {
			t.Errorf("ended with %v", err)
		}
	}
	must(d.Click(localslack.Tess, m, "new"))(t)
	if v := d.top(); v.ID != id || v.Trouble == "" {
		t.Errorf("the modal shows no trouble: %+v", v)
	}
	d.Look(func(now *localslack.Snapshot) {
		if n := now.Notices(localslack.Tess); len(n) != 2 || n[1].Channel != localslack.Desk {
			t.Errorf("told of the home tab's and the message's: %v", n)
		}
	})
}

func TestAnEphemeralMessageCanBeDeleted(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call(t, d.Slack, "chat.postEphemeral", "channel", localslack.Desk, "user", localslack.Tess, "text", "x", "blocks", raw(buttons("retry", "k")))
	var e *localslack.Message
	d.Look(func(now *localslack.Snapshot) { e = now.EphemeralsFor(localslack.Tess)[0] })
	it := must(d.Click(localslack.Tess, e, "retry"))(t)
	if status, body := post(t, it.ResponseURL, object{"delete_original": true}); status != 200 {
		t.Errorf("answered %d %s", status, body)
	}
	d.Look(func(now *localslack.Snapshot) {
		if list := now.EphemeralsFor(localslack.Tess); len(list) != 0 {
			t.Errorf("still there: %v", list)
		}
	})
}
