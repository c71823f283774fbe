package localslack_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/localslack"
)

func TestACommandIsSentAsStrings(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	it := must(d.Command(localslack.Tess, localslack.Desk, "/halo-new-client", " Acme acme.com "))(t)
	o := d.c.next()
	if o.str("type") != "slash_commands" || o.at("accepts_response_payload") != true || o["retry_attempt"] != nil {
		t.Errorf("envelope: %v", o)
	}
	p := o.at("payload").(map[string]any)
	delete(p, "token")
	want := map[string]any{
		"team_id": localslack.Team, "team_domain": "service-desk", "channel_id": localslack.Desk,
		"channel_name": "service-desk", "user_id": localslack.Tess, "user_name": "tess",
		"command": "/halo-new-client", "text": "Acme acme.com", "api_app_id": localslack.App,
		"is_enterprise_install": "false", "response_url": it.ResponseURL, "trigger_id": it.TriggerID,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
	d.c.ack(o, object{"text": "only for you"})
	must(it.Wait(t.Context()))(t)
	d.Look(func(now *localslack.Snapshot) {
		if e := now.EphemeralsFor(localslack.Tess); len(e) != 1 || e[0].Text != "only for you" {
			t.Errorf("ephemerals: %v", e)
		}
	})
}

func TestWhoCanDoWhat(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	msg := must(d.Post(localslack.Stella, localslack.Shared, "hello", ""))(t)
	for _, tt := range []struct {
		name string
		do   func() (*localslack.Interaction, error)
		want string
	}{
		{"a stranger's command", func() (*localslack.Interaction, error) {
			return d.Command(localslack.Stella, localslack.Shared, "/x", "")
		}, "another workspace"},
		{"a stranger's shortcut", func() (*localslack.Interaction, error) {
			return d.MessageShortcut(localslack.Stella, localslack.Shared, msg.TS, "x")
		}, "another workspace"},
		{"a deactivated person", func() (*localslack.Interaction, error) {
			return d.GlobalShortcut(localslack.Dora, "x")
		}, "deactivated"},
		{"outside the channel", func() (*localslack.Interaction, error) {
			return d.Command(localslack.Gwen, localslack.Leads, "/x", "")
		}, "not in leads"},
		{"an archived channel", func() (*localslack.Interaction, error) {
			return d.Command(localslack.Tess, localslack.Archived, "/x", "")
		}, "archived"},
		{"a message that is not there", func() (*localslack.Interaction, error) {
			return d.MessageShortcut(localslack.Tess, localslack.Shared, "1.000001", "x")
		}, "no message"},
	} {
		if _, err := tt.do(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestAClickCarriesTheWholeMessage(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	call(t, d.Slack, "chat.postMessage", "channel", localslack.Shared, "text", "alert", "blocks", raw(buttons("new", "a@acme.com")))
	msg := last(d, localslack.Shared)
	it := must(d.Click(localslack.Stella, msg, "new"))(t) // a stranger can press it
	o := d.c.next()
	d.c.ack(o, nil)
	p := object(o.at("payload").(map[string]any))
	if o.str("type") != "interactive" || p.str("type") != "block_actions" || p.str("user", "team_id") != localslack.OtherTeam ||
		p.str("team", "id") != localslack.Team || p.str("channel", "id") != localslack.Shared || p.str("channel", "name") != "acme-shared" ||
		p.str("response_url") != it.ResponseURL || p.str("trigger_id") == "" {
		t.Errorf("payload: %s", raw(p))
	}
	if diff := cmp.Diff(map[string]any{
		"type": "message", "message_ts": msg.TS, "channel_id": localslack.Shared, "is_ephemeral": false,
	}, p.at("container")); diff != "" {
		t.Errorf("container (-want +got):\n%s", diff)
	}
	var blocks any
	if err := json.Unmarshal(msg.Blocks, &blocks); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(blocks, p.at("message", "blocks")); diff != "" {
		t.Errorf("message.blocks (-want +got):\n%s", diff)
	}
	a := object(p.at("actions", 0).(map[string]any))
	if a.str("action_id") != "new" || a.str("value") != "a@acme.com" || a.str("type") != "button" || a.str("action_ts") == "" ||
		a.str("block_id") != p.str("message", "blocks", 1, "block_id") || a.str("text", "text") != "Create client" {
		t.Errorf("action: %s", raw(a))
	}
}

func last(d *desk, channel string) (m *localslack.Message) {
	d.t.Helper()
	d.Look(func(now *localslack.Snapshot) {
		list := now.Messages(channel)
		if len(list) == 0 {
			d.t.Fatalf("nothing in %s", channel)
		}
		m = list[len(list)-1]
	})
	return m
}

func TestClicksGoWhereTheMessageBelongs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	theirs := must(d.PostAsOtherApp(localslack.Mail, "alert", []byte(raw(buttons("new", "x")))))(t)
	if _, err := d.Click(localslack.Tess, theirs, "new"); err == nil || !strings.Contains(err.Error(), "another app") {
		t.Errorf("a click on another app's button: %v", err)
	}
	hooked := must(d.PostByWebhook(localslack.Mail, map[string]any{"text": "alert", "blocks": buttons("new", "x")}))(t)
	must(d.Click(localslack.Tess, hooked, "new"))(t)
	if o := d.c.next(); o.str("payload", "message", "subtype") != "bot_message" || o.str("payload", "message", "bot_id") != localslack.HookBot {
		t.Errorf("a click on the webhook's button: %v", o)
	}
	if _, err := d.Click(localslack.Tess, hooked, "other"); err == nil {
		t.Error("a button that is not there was pressed")
	}
	if _, err := d.Click(localslack.Tess, hooked, "new", "y"); err == nil {
		t.Error("a button with another value was pressed")
	}
	call(t, d.Slack, "chat.postEphemeral", "channel", localslack.Desk, "user", localslack.Tess, "text", "x", "blocks", raw(buttons("retry", "k")))
	var e *localslack.Message
	d.Look(func(now *localslack.Snapshot) { e = now.EphemeralsFor(localslack.Tess)[0] })
	if _, err := d.Click(localslack.Tom, e, "retry"); err == nil {
		t.Error("somebody else pressed an ephemeral message's button")
	}
	must(d.Click(localslack.Tess, e, "retry", "k"))(t)
	if o := d.c.next(); o.at("payload", "container", "is_ephemeral") != true || o.at("payload", "message") != nil {
		t.Errorf("a click on an ephemeral message: %v", o)
	}
}

func TestBlocksThatNobodyKnowsCanBePostedAndPutBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	blocks := append(buttons("new", "x"), object{"type": "hologram", "beam": 7}, object{"type": "context", "elements": []any{object{"type": "sparkle"}}})
	if o := call(t, d.Slack, "chat.postMessage", "channel", localslack.Mail, "text", "x", "blocks", raw(blocks)); o.str("error") != "invalid_blocks" {
		t.Errorf("sent by the app: %v", o)
	}
	m := must(d.PostRaw(localslack.Mail, "alert", []byte(raw(blocks))))(t)
	must(d.Click(localslack.Tess, m, "new"))(t)
	o := d.c.next()
	if o.at("payload", "message", "blocks", 2, "beam") != 7.0 {
		t.Errorf("clicked: %v", o)
	}
	back := o.at("payload", "message", "blocks").([]any)
	if o := call(t, d.Slack, "chat.update", "channel", localslack.Mail, "ts", m.TS, "text", "settled", "blocks", raw(back)); o.at("ok") != true {
		t.Errorf("put back: %v", o)
	}
	var stored any
	if err := json.Unmarshal(last(d, localslack.Mail).Blocks, &stored); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any(back), stored); diff != "" {
		t.Errorf("stored (-sent +got):\n%s", diff)
	}
}

func TestMenusAreChosenFrom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	option := object{"text": object{"type": "plain_text", "text": "One"}, "value": "1"}
	blocks := []any{object{"type": "actions", "elements": []any{
		object{"type": "static_select", "action_id": "pick", "options": []any{option}},
		object{"type": "overflow", "action_id": "more", "options": []any{option}},
		object{"type": "users_select", "action_id": "who"},
	}}}
	call(t, d.Slack, "chat.postMessage", "channel", localslack.Desk, "text", "x", "blocks", raw(blocks))
	m := last(d, localslack.Desk)
	for action, value := range map[string]string{"pick": "One", "more": "1"} {
		must(d.Click(localslack.Tess, m, action, value))(t)
		if o := d.c.next(); o.str("payload", "actions", 0, "selected_option", "value") != "1" {
			t.Errorf("%s: %v", action, o)
		}
	}
	must(d.Click(localslack.Tess, m, "who", localslack.Tom))(t)
	if o := d.c.next(); o.str("payload", "actions", 0, "selected_user") != localslack.Tom {
		t.Errorf("chose %v", o)
	}
	if _, err := d.Click(localslack.Tess, m, "pick", "Two"); err == nil {
		t.Error("chose what is not offered")
	}
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	msg := must(d.Post(localslack.Tess, localslack.General, "mail from jane@acme.com & <co> https://acme.com/x", ""))(t)
	if want := "mail from <mailto:jane@acme.com|jane@acme.com> &amp; &lt;co&gt; <https://acme.com/x>"; msg.Text != want {
		t.Errorf("stored %q, want %q", msg.Text, want)
	}
	must(d.MessageShortcut(localslack.Tess, localslack.General, msg.TS, "cb"))(t)
	p := object(d.c.next().at("payload").(map[string]any))
	if p.str("type") != "message_action" || p.str("callback_id") != "cb" || p.str("message", "text") != msg.Text || p.str("message_ts") != msg.TS ||
		p.str("channel", "name") != "general" || p.str("response_url") == "" || p.str("trigger_id") == "" ||
		p.str("message", "blocks", 0, "elements", 0, "elements", 1, "url") != "mailto:jane@acme.com" {
		t.Errorf("payload: %s", raw(p))
	}
	must(d.GlobalShortcut(localslack.Tess, "glob"))(t)
	p = object(d.c.next().at("payload").(map[string]any))
	if p.str("type") != "shortcut" || p.str("callback_id") != "glob" || p.at("channel") != nil || p.at("response_url") != nil || p.str("trigger_id") == "" {
		t.Errorf("payload: %s", raw(p))
	}
}

const manifest = `{
	"features": {"app_home": {"home_tab_enabled": false}, "slash_commands": [{"command": "/make"}],
		"shortcuts": [{"type": "message", "callback_id": "from_message"}]},
	"oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
	"settings": {"socket_mode_enabled": true, "interactivity": {"is_enabled": true}, "org_deploy_enabled": true,
		"function_runtime": "remote", "event_subscriptions": {"bot_events": ["function_executed"]}},
	"functions": {"make": {"title": "Make", "input_parameters": {"properties": {"name": {"type": "string", "title": "Name"}}, "required": ["name"]},
		"output_parameters": {"properties": {"id": {"type": "string"}}, "required": ["id"]}}}}`

func TestAnInstalledAppHasWhatItDeclares(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.Install([]byte(manifest)); err != nil {
		t.Fatal(err)
	}
	msg := must(d.Post(localslack.Tess, localslack.Desk, "x", ""))(t)
	if _, err := d.Command(localslack.Tess, localslack.Desk, "/other", ""); err == nil {
		t.Error("an undeclared command was taken")
	}
	if _, err := d.GlobalShortcut(localslack.Tess, "from_message"); err == nil {
		t.Error("a message shortcut was offered globally")
	}
	if _, err := d.OpenHome(localslack.Tess); err == nil {
		t.Error("there is a home tab")
	}
	if o := call(t, d.Slack, "users.info", "user", localslack.Tess); o.str("error") != "missing_scope" {
		t.Errorf("an undeclared scope: %v", o)
	}
	must(d.Command(localslack.Tess, localslack.Desk, "/make", ""))(t)
	must(d.MessageShortcut(localslack.Tess, localslack.Desk, msg.TS, "from_message"))(t)
	for what, change := range map[string][2]string{
		"socket_mode_enabled": {`"socket_mode_enabled": true`, `"socket_mode_enabled": false`},
		"interactivity":       {`"is_enabled": true`, `"is_enabled": false`},
		"function_runtime":    {`"remote"`, `"slack"`},
		"scope commands":      {`"commands", `, ``},
	} {
		bad := strings.Replace(manifest, change[0], change[1], 1)
		if err := d.Install([]byte(bad)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("without %s: %v", what, err)
		}
	}
}

func TestAWorkflowStep(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if err := d.Install([]byte(manifest)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.RunStep("make", map[string]any{}); err == nil {
		t.Error("run without a required input")
	}
	it, x, err := d.RunStep("make", map[string]any{"name": "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	o := d.c.next()
	d.c.ack(o, nil)
	must(it.Wait(t.Context()))(t)
	e := object(o.at("payload", "event").(map[string]any))
	if e.str("type") != "function_executed" || e.str("function", "callback_id") != "make" || e.str("inputs", "name") != "Acme" ||
		e.str("function_execution_id") != x.ID || e.at("function", "input_parameters", 0, "is_required") != true || !strings.HasPrefix(e.str("bot_access_token"), "xwfp-") {
		t.Errorf("event: %s", raw(e))
	}
	complete := func(outputs any, token ...string) string {
		body := object{"function_execution_id": x.ID, "outputs": outputs}
		pairs := []string{"function_execution_id", x.ID, "outputs", raw(outputs)}
		if len(token) > 0 {
			return call(t, d.Slack, "functions.completeSuccess", append(pairs, "token", token[0])...).str("error")
		}
		return callJSON(t, d.Slack, "functions.completeSuccess", body).str("error")
	}
	if got := complete(nil); got != "parameter_validation_failed" {
		t.Errorf("without outputs: %q", got)
	}
	if got := complete(object{"id": 7}); got != "parameter_validation_failed" {
		t.Errorf("with a number for a string: %q", got)
	}
	if got := complete(object{"id": "7"}, e.str("bot_access_token")); got != "" {
		t.Errorf("with the event's own token: %q", got)
	}
	if o := callJSON(t, d.Slack, "functions.completeError", object{"function_execution_id": x.ID, "error": "no"}); o.str("error") != "execution_not_in_running_state" {
		t.Errorf("a second time: %v", o)
	}
	d.Look(func(now *localslack.Snapshot) {
		if x := now.Execution(x.ID); !x.Done || x.Outputs["id"] != "7" || x.Error != "" {
			t.Errorf("execution: %+v", x)
		}
	})
	_, y, err := d.RunStep("make", map[string]any{"name": "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	callJSON(t, d.Slack, "functions.completeError", object{"function_execution_id": y.ID, "error": "no"})
	d.Look(func(now *localslack.Snapshot) {
		if y := now.Execution(y.ID); !y.Done || y.Error != "no" {
			t.Errorf("execution: %+v", y)
		}
	})
}
