package localslack_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/localslack"
)

// desk is a workspace with one bare socket and a command under way: its trigger is at hand.
type desk struct {
	*localslack.Slack
	t *testing.T
	c *conn
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	return &desk{s, t, connect(t, s)}
}

// trigger lets Tess type a command, acknowledges it and gives its trigger.
func (d *desk) trigger() string {
	d.t.Helper()
	must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(d.t)
	o := d.c.next()
	d.c.ack(o, nil)
	return o.str("payload", "trigger_id")
}

// open opens a modal for Tess and gives its id.
func (d *desk) open(view object) string {
	d.t.Helper()
	o := callJSON(d.t, d.Slack, "views.open", object{"trigger_id": d.trigger(), "view": view})
	if o.at("ok") != true {
		d.t.Fatalf("views.open: %v", o)
	}
	return o.str("view", "id")
}

// submit submits Tess's modal, answers with payload and gives what came of it.
func (d *desk) submit(id string, values localslack.Values, payload any) (object, localslack.Ack, error) {
	d.t.Helper()
	it := must(d.SubmitView(localslack.Tess, id, values))(d.t)
	o := d.c.next()
	d.c.ack(o, payload)
	ack, err := it.Wait(d.t.Context())
	return o, ack, err
}

func (d *desk) top() (v *localslack.View) {
	d.Look(func(now *localslack.Snapshot) { v = now.OpenView(localslack.Tess) })
	return v
}

func TestATriggerOpensOneModalWithinThreeSeconds(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	now := time.Now()
	d.SetClock(func() time.Time { return now })
	trigger := d.trigger()
	open := func() string {
		return callJSON(t, d.Slack, "views.open", object{"trigger_id": trigger, "view": plainView()}).str("error")
	}
	if o := callJSON(t, d.Slack, "views.open", object{"trigger_id": trigger, "view": object{"type": "modal"}}); o.str("error") != "invalid_arguments" ||
		!strings.Contains(raw(o.at("response_metadata", "messages")), "missing required field: title") {
		t.Errorf("a bad view: %v", o)
	}
	if got := open(); got != "" { // a bad view costs no trigger
		t.Errorf("in time: %s", got)
	}
	if got := open(); got != "exchanged_trigger_id" {
		t.Errorf("a second time: %q", got)
	}
	trigger = d.trigger()
	now = now.Add(3*time.Second + time.Millisecond)
	if got := open(); got != "expired_trigger_id" {
		t.Errorf("too late: %q", got)
	}
}

func TestASubmissionCarriesWhatWasEntered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	option := func(v string) object {
		return object{"text": object{"type": "plain_text", "text": strings.ToUpper(v)}, "value": v}
	}
	view := plainView()
	label := object{"type": "plain_text", "text": "Halo connection"}
	view["blocks"] = append(view["blocks"].([]any),
		object{"type": "input", "block_id": "conn", "label": label, "element": object{"type": "static_select", "action_id": "pick",
			"options": []any{option("prod"), option("uat")}, "initial_option": option("prod")}},
		object{"type": "input", "block_id": "where", "label": object{"type": "plain_text", "text": "Channel"}, "element": object{
			"type": "conversations_select", "action_id": "pick", "default_to_current_conversation": true, "response_url_enabled": true}},
		object{"type": "section", "block_id": "tick", "text": object{"type": "plain_text", "text": "x"}, "accessory": object{
			"type": "checkboxes", "action_id": "box", "options": []any{option("a"), option("b")}}},
	)
	id := d.open(view)
	if err := d.Fill(localslack.Tess, id, localslack.Values{"Client name": "Typed"}); err != nil {
		t.Fatal(err)
	}
	o, _, err := d.submit(id, localslack.Values{"conn": "UAT", "box": "a, b"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	uat := map[string]any{"text": map[string]any{"type": "plain_text", "text": "UAT"}, "value": "uat"}
	box := func(v string) any {
		return map[string]any(object{"text": map[string]any{"type": "plain_text", "text": strings.ToUpper(v)}, "value": v})
	}
	want := map[string]any{
		"name":  map[string]any{"value": map[string]any{"type": "plain_text_input", "value": "Typed"}},
		"web":   map[string]any{"value": map[string]any{"type": "plain_text_input", "value": nil}},
		"conn":  map[string]any{"pick": map[string]any{"type": "static_select", "selected_option": uat}},
		"where": map[string]any{"pick": map[string]any{"type": "conversations_select", "selected_conversation": localslack.Desk}},
		"tick":  map[string]any{"box": map[string]any{"type": "checkboxes", "selected_options": []any{box("a"), box("b")}}},
	}
	if diff := cmp.Diff(want, o.at("payload", "view", "state", "values")); diff != "" {
		t.Errorf("state.values (-want +got):\n%s", diff)
	}
	p := object(o.at("payload").(map[string]any))
	for path, want := range map[string]string{
		"type": "view_submission", "api_app_id": localslack.App,
	} {
		if p.str(path) != want {
			t.Errorf("%s is %q, want %q", path, p.str(path), want)
		}
	}
	if p.str("view", "id") != id || p.str("view", "private_metadata") != "keep" || p.str("view", "callback_id") != "form" ||
		p.str("view", "hash") == "" || p.str("view", "root_view_id") != id || p.str("user", "team_id") != localslack.Team ||
		p.str("user", "id") != localslack.Tess || p.str("response_urls", 0, "channel_id") != localslack.Desk {
		t.Errorf("payload: %s", raw(p))
	}
	if _, ok := p["channel"]; ok {
		t.Error("a submission carries no channel")
	}
	if status, body := post(t, p.str("response_urls", 0, "response_url"), object{"text": "done"}); status != 200 {
		t.Errorf("response_url: %d %s", status, body)
	}
}

func TestTheSubmittersTeamCanBeLeftOut(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.SetSubmitterTeam(false)
	o, _, _ := d.submit(d.open(plainView()), localslack.Values{"name": "x"}, nil)
	if o.at("payload", "user", "team_id") != nil {
		t.Errorf("user: %v", o.at("payload", "user"))
	}
}

func TestSlacksClientChecksBeforeItSends(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.open(plainView())
	var refused *localslack.Refused
	for _, tt := range []struct{ name, want string }{
		{"", "Client name: This is a required field"},
		{"elevenchars", "Client name: This field must be at most 10 characters"},
	} {
		_, err := d.SubmitView(localslack.Tess, id, localslack.Values{"Client name": tt.name})
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := d.SubmitView(localslack.Tess, id, localslack.Values{"No such": "x"}); err == nil {
		t.Error("a field that is not there was filled")
	}
	if _, err := d.SubmitView(localslack.Tom, id, nil); err == nil {
		t.Error("somebody else's modal was submitted")
	}
	if _, _, err := d.submit(id, localslack.Values{"Client name": "ten chars!"}, nil); err != nil {
		t.Error(err)
	}
}

func TestAnswersToASubmission(t *testing.T) {
	t.Parallel()
	closing := plainView()
	delete(closing, "submit")
	closing["blocks"] = message("Creating…")
	for _, tt := range []struct {
		name    string
		payload any
		err     bool
		check   func(*testing.T, *localslack.View, string)
	}{
		{"nothing closes it", nil, false, func(t *testing.T, v *localslack.View, _ string) {
			if v != nil {
				t.Errorf("still open: %q", v.Title)
			}
		}},
		{"clear closes all", object{"response_action": "clear"}, false, func(t *testing.T, v *localslack.View, _ string) {
			if v != nil {
				t.Errorf("still open: %q", v.Title)
			}
		}},
		{"update keeps the id", object{"response_action": "update", "view": closing}, false, func(t *testing.T, v *localslack.View, id string) {
			if v == nil || v.ID != id || v.Submit != "" || v.Busy {
				t.Errorf("now %+v", v)
			}
		}},
		{"push lies on top", object{"response_action": "push", "view": plainView()}, false, func(t *testing.T, v *localslack.View, id string) {
			if v == nil || v.ID == id || v.RootID != id || v.PreviousID != id {
				t.Errorf("now %+v", v)
			}
		}},
		{"errors show at their inputs", object{"response_action": "errors", "errors": object{"name": "Too short"}}, false, func(t *testing.T, v *localslack.View, _ string) {
			if v == nil || v.Errors["name"] != "Too short" || v.Trouble != "" {
				t.Errorf("now %+v", v)
			}
		}},
		{"errors at no input are trouble", object{"response_action": "errors", "errors": object{"nowhere": "x"}}, true, trouble},
		{"no errors are trouble", object{"response_action": "errors"}, true, trouble},
		{"a bad view is trouble", object{"response_action": "update", "view": object{"type": "modal"}}, true, trouble},
		{"input without submit is trouble", object{"response_action": "update", "view": func() object {
			v := plainView()
			delete(v, "submit")
			return v
		}()}, true, trouble},
		{"another action is trouble", object{"response_action": "dance"}, true, trouble},
		{"no object is trouble", "text", true, trouble},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id := d.open(plainView())
			_, _, err := d.submit(id, localslack.Values{"name": "Acme"}, tt.payload)
			if errors.Is(err, localslack.ErrTrouble) != tt.err {
				t.Errorf("ended with %v", err)
			}
			tt.check(t, d.top(), id)
		})
	}
}

func trouble(t *testing.T, v *localslack.View, id string) {
	t.Helper()
	if v == nil || v.ID != id || !strings.Contains(v.Trouble, "trouble connecting") || v.Busy {
		t.Errorf("now %+v", v)
	}
	if v.State["name"]["value"].(map[string]any)["value"] != "Acme" {
		t.Errorf("what was typed is gone: %v", v.State)
	}
}

func TestAnUnansweredSubmissionCanBeSubmittedAgain(t *testing.T) {
	takesSeconds(t)
	d := newDesk(t)
	id := d.open(plainView())
	it := must(d.SubmitView(localslack.Tess, id, localslack.Values{"name": "Acme"}))(t)
	if _, err := d.SubmitView(localslack.Tess, id, nil); err == nil {
		t.Error("submitted twice at once")
	}
	d.c.next()
	if _, err := it.Wait(t.Context()); !errors.Is(err, localslack.ErrTimeout) {
		t.Fatalf("ended with %v", err)
	}
	trouble(t, d.top(), id)
	if _, _, err := d.submit(id, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestUpdatingAView(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.open(plainView())
	hash := d.top().Hash
	if err := d.Fill(localslack.Tess, id, localslack.Values{"name": "Typed", "web": "acme.com"}); err != nil {
		t.Fatal(err)
	}
	next := plainView()
	next["external_id"] = "mine"
	blocks := next["blocks"].([]any)
	blocks[1].(object)["block_id"] = "other" // the website's input is a new one
	next["blocks"] = append(message("Found after all"), blocks...)
	update := func(more object) object {
		body := object{"view": next}
		for k, v := range more {
			body[k] = v
		}
		return callJSON(t, d.Slack, "views.update", body)
	}
	if o := update(object{"view_id": id, "hash": "stale"}); o.str("error") != "hash_conflict" {
		t.Errorf("a stale hash: %v", o)
	}
	o := update(object{"view_id": id, "hash": hash})
	if o.at("ok") != true || o.str("view", "hash") == hash || o.str("view", "id") != id {
		t.Fatalf("updated: %v", o)
	}
	if o.str("view", "state", "values", "name", "value", "value") != "Typed" || o.at("view", "state", "values", "other", "value", "value") != nil {
		t.Errorf("typed values: %v", o.at("view", "state"))
	}
	if o := update(object{"external_id": "mine"}); o.at("ok") != true {
		t.Errorf("by external_id: %v", o)
	}
	if o := callJSON(t, d.Slack, "views.open", object{"trigger_id": d.trigger(), "view": next}); o.str("error") != "duplicate_external_id" {
		t.Errorf("its external_id again: %v", o)
	}
	big := plainView()
	big["private_metadata"] = strings.Repeat("x", 250<<10)
	if o := callJSON(t, d.Slack, "views.update", object{"view_id": id, "view": big}); o.str("error") != "view_too_large" {
		t.Errorf("a view of more than 250 KB: %v", o)
	}
	must(d.CloseView(localslack.Tess, id))(t)
	if o := update(object{"view_id": id}); o.str("error") != "not_found" {
		t.Errorf("after it was closed: %v", o)
	}
}

func TestModalsStackThreeDeep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	view := plainView()
	view["blocks"] = buttons("go", "1")
	delete(view, "submit")
	root := d.open(view)
	push := func() object {
		must(d.Click(localslack.Tess, d.top(), "go"))(t)
		o := d.c.next()
		d.c.ack(o, nil)
		if o.str("payload", "container", "view_id") != d.top().ID || o.at("payload", "channel") != nil || o.at("payload", "response_url") != nil {
			t.Errorf("a click in a modal: %s", raw(o))
		}
		return callJSON(t, d.Slack, "views.push", object{"trigger_id": o.str("payload", "trigger_id"), "view": view})
	}
	push()
	if o := push(); o.at("ok") != true || o.str("view", "root_view_id") != root {
		t.Errorf("the third: %v", o)
	}
	if o := push(); o.str("error") != "push_limit_reached" {
		t.Errorf("the fourth: %v", o)
	}
	if o := callJSON(t, d.Slack, "views.push", object{"trigger_id": d.trigger(), "view": view}); o.str("error") != "not_found" {
		t.Errorf("pushed from a command: %v", o)
	}
	it := must(d.CloseView(localslack.Tess, d.top().ID))(t)
	closed := d.c.next()
	d.c.ack(closed, nil)
	must(it.Wait(t.Context()))(t)
	if closed.str("payload", "type") != "view_closed" || closed.at("payload", "is_cleared") != false {
		t.Errorf("told of %v", closed)
	}
	must(d.CloseAll(localslack.Tess))(t)
	if o := d.c.next(); o.at("payload", "is_cleared") != true || o.str("payload", "view", "id") != root {
		t.Errorf("told of %v", o)
	}
	if d.top() != nil {
		t.Error("something is still open")
	}
}

func TestClosingIsToldOnlyIfAskedFor(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	view := plainView()
	delete(view, "notify_on_close")
	if it := must(d.CloseView(localslack.Tess, d.open(view)))(t); it != nil {
		t.Errorf("the app was told: %s", it.Payload)
	}
}

func TestTheHomeTab(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	must(d.OpenHome(localslack.Tess))(t)
	o := d.c.next()
	d.c.ack(o, nil)
	if o.str("payload", "event", "tab") != "home" || o.at("payload", "event", "view") != nil || o.str("payload", "type") != "event_callback" {
		t.Errorf("first opened: %v", o)
	}
	home := object{"type": "home", "blocks": buttons("new", "1")}
	published := callJSON(t, d.Slack, "views.publish", object{"user_id": localslack.Tess, "view": home})
	again := callJSON(t, d.Slack, "views.publish", object{"user_id": localslack.Tess, "view": home, "hash": published.str("view", "hash")})
	if again.str("view", "id") != published.str("view", "id") {
		t.Errorf("published %v, then %v", published, again)
	}
	if o := callJSON(t, d.Slack, "views.publish", object{"user_id": localslack.Tess, "view": home, "hash": "stale"}); o.str("error") != "hash_conflict" {
		t.Errorf("a stale hash: %v", o)
	}
	var v *localslack.View
	d.Look(func(now *localslack.Snapshot) { v = now.Home(localslack.Tess) })
	must(d.Click(localslack.Tess, v, "new"))(t)
	o = d.c.next()
	d.c.ack(o, nil)
	if o.str("payload", "view", "type") != "home" || o.str("payload", "trigger_id") == "" || o.at("payload", "channel") != nil {
		t.Errorf("clicked: %v", o)
	}
	d.SetHomeEnabled(false)
	if o := callJSON(t, d.Slack, "views.publish", object{"user_id": localslack.Tess, "view": home}); o.str("error") != "not_enabled" {
		t.Errorf("without a home tab: %v", o)
	}
}
