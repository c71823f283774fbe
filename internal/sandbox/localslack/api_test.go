package localslack_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localslack"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	for _, tt := range []struct{ method, token, want string }{
		{"auth.test", "", "not_authed"},
		{"auth.test", "xoxb-wrong", "invalid_auth"},
		{"auth.test", s.AppToken(), "not_allowed_token_type"},
		{"apps.connections.open", s.BotToken(), "not_allowed_token_type"},
		{"apps.connections.open", "xapp-wrong", "invalid_auth"},
		{"auth.test", s.BotToken(), ""},
		{"apps.connections.open", s.AppToken(), ""},
		{"no.such", s.BotToken(), "unknown_method"},
	} {
		if o := callAs(t, s, tt.token, tt.method); o.str("error") != tt.want || o.at("ok") != (tt.want == "") {
			t.Errorf("%s with %q: %v, want error %q", tt.method, tt.token, o, tt.want)
		}
	}
	if o := call(t, s, "auth.test"); o.at("ok") != true {
		t.Errorf("a token among the arguments: %v", o)
	}
	resp, err := http.PostForm(s.APIURL()+"apps.connections.open", url.Values{"token": {s.AppToken()}})
	if o := answer(t, resp, err); o.str("error") != "not_authed" {
		t.Errorf("an app-level token among the arguments: %v", o)
	}
	s.SetTokenError("token_revoked")
	if o := call(t, s, "auth.test"); o.str("error") != "token_revoked" {
		t.Errorf("a revoked token: %v", o)
	}
}

func TestScopesAreHeld(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetScopes("commands", "channels:read")
	o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x")
	if o.str("error") != "missing_scope" || o.str("needed") != "chat:write" || o.str("provided") != "commands,channels:read" {
		t.Errorf("without chat:write: %v", o)
	}
	if o := call(t, s, "conversations.info", "channel", localslack.Leads); o.str("needed") != "groups:read" {
		t.Errorf("a private channel without groups:read: %v", o)
	}
	resp, err := http.PostForm(s.APIURL()+"auth.test", url.Values{"token": {s.BotToken()}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := resp.Header.Get("X-OAuth-Scopes"); got != "commands,channels:read" {
		t.Errorf("X-OAuth-Scopes: %q", got)
	}
	s.SetScopes("chat:write")
	if o := call(t, s, "chat.postMessage", "channel", localslack.General, "text", "x"); o.str("error") != "not_in_channel" {
		t.Errorf("a public channel without chat:write.public: %v", o)
	}
}

// TestCallsAreRefusedAsSlackRefusesThem holds one row for each error code that a bot must be
// able to meet.
func TestCallsAreRefusedAsSlackRefusesThem(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	s.SetPerson(localslack.Person{ID: "U0000000INV", Invisible: true})
	mine := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "mine")
	hooked := must(s.PostByWebhook(localslack.Desk, map[string]any{"text": "hooked"}))(t)
	theirs := must(s.Post(localslack.Tess, localslack.Desk, "theirs", ""))(t)
	long := strings.Repeat("x", 4001)
	many := raw(append(append(append(append(append([]any{}, message(strings.Repeat("x", 3000))...), message(strings.Repeat("y", 3000))...), message(strings.Repeat("z", 3000))...), message(strings.Repeat("w", 3000))...), message("!")...))
	for _, tt := range []struct {
		method string
		pairs  []string
		want   string
	}{
		{"chat.postMessage", []string{"text", "x"}, "channel_not_found"},
		{"chat.postMessage", []string{"channel", "C0000000NOT", "text", "x"}, "channel_not_found"},
		{"chat.postMessage", []string{"channel", localslack.Private, "text", "x"}, "channel_not_found"},
		{"chat.postMessage", []string{"channel", localslack.Archived, "text", "x"}, "is_archived"},
		{"chat.postMessage", []string{"channel", localslack.Desk}, "no_text"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "blocks", "[]"}, "no_text"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "blocks", "{}"}, "invalid_blocks_format"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "blocks", `[{"type":"x"}]`}, "invalid_blocks"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "blocks", many}, "msg_blocks_too_long"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "attachments", "{}"}, "invalid_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "attachments", "[null]"}, "invalid_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "attachments", `[{"blocks":null}]`}, "invalid_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "attachments", `[{"blocks":[{"type":"x"}]}]`}, "invalid_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "attachments", `[{"blocks":[{"type":"divider"}],"text":"y"}]`}, "invalid_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "attachments", "[" + strings.Repeat("{},", 100) + "{}]"}, "too_many_attachments"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "markdown_text", "**y**"}, "markdown_text_conflict"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "blocks", raw(message("x")), "markdown_text", "**y**"}, "markdown_text_conflict"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "markdown_text", strings.Repeat("x", 12001)}, "msg_too_long"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "metadata", "[]"}, "invalid_metadata_format"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "metadata", `{"event_type":"e"}`}, "invalid_metadata_format"},
		{"chat.postMessage", []string{"channel", localslack.Desk, "text", "x", "metadata", `{"event_type":"e","event_payload":{"x":"` + strings.Repeat("x", 8000) + `"}}`}, "metadata_too_large"},
		{"chat.postEphemeral", []string{"channel", localslack.General, "user", localslack.Tess, "text", "x"}, "not_in_channel"},
		{"chat.postEphemeral", []string{"channel", localslack.Desk, "user", localslack.Stella, "text", "x"}, "user_not_in_channel"},
		{"chat.postEphemeral", []string{"channel", localslack.Desk, "user", localslack.Tess}, "no_text"},
		{"chat.postEphemeral", []string{"channel", localslack.Desk, "user", localslack.Tess, "text", long}, "msg_too_long"},
		{"chat.update", []string{"channel", "C0000000NOT", "ts", "1.1", "text", "x"}, "channel_not_found"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", "1.1", "text", "x"}, "message_not_found"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", theirs.TS, "text", "x"}, "cant_update_message"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", hooked.TS, "text", "x"}, "cant_update_message"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", mine.str("ts"), "text", long}, "msg_too_long"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", mine.str("ts")}, "no_text"},
		{"chat.update", []string{"channel", localslack.Desk, "ts", mine.str("ts"), "text", ""}, "no_text"},
		{"chat.delete", []string{"channel", localslack.Desk, "ts", theirs.TS}, "cant_delete_message"},
		{"chat.getPermalink", []string{"channel", localslack.Desk, "message_ts", "1.1"}, "message_not_found"},
		{"conversations.info", []string{"channel", localslack.Private}, "channel_not_found"},
		{"conversations.history", []string{"channel", localslack.General}, "not_in_channel"},
		{"conversations.replies", []string{"channel", localslack.Desk, "ts", "1.1"}, "thread_not_found"},
		{"conversations.list", []string{"types", "public"}, "invalid_types"},
		{"conversations.list", []string{"cursor", "nonsense"}, "invalid_cursor"},
		{"conversations.open", []string{"users", "U0000000NOT"}, "user_not_found"},
		{"conversations.open", []string{"users", localslack.Dora}, "user_disabled"},
		{"conversations.open", []string{"users", localslack.Robot}, "cannot_dm_bot"},
		{"users.info", []string{"user", "U0000000NOT"}, "user_not_found"},
		{"users.info", []string{"user", "U0000000INV"}, "user_not_visible"},
		{"usergroups.users.list", []string{"usergroup", "S0000000NOT"}, "no_such_subteam"},
		{"bots.info", []string{"bot", "B0000000NOT"}, "bot_not_found"},
		{"views.open", []string{"view", "{}"}, "invalid_arguments"},
		{"views.open", []string{"trigger_id", "1.2.x", "view", "{}"}, "invalid_trigger_id"},
		{"views.update", []string{"view_id", "V1", "view", raw(plainView())}, "not_found"},
		{"views.publish", []string{"user_id", "U0000000NOT", "view", `{"type":"home","blocks":[]}`}, "user_not_found"},
		{"functions.completeSuccess", []string{"function_execution_id", "Fx1"}, "function_execution_not_found"},
	} {
		if o := call(t, s, tt.method, tt.pairs...); o.str("error") != tt.want {
			t.Errorf("%s %.100q: %v, want %s", tt.method, tt.pairs, o, tt.want)
		}
	}
}

func TestInvalidBlocksAreExplained(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "blocks", raw(message("")))
	const want = "must be more than 0 characters [json-pointer:/blocks/0/text/text]"
	if o.str("response_metadata", "messages", 0) != "[ERROR] "+want || o.str("errors", 0) != want {
		t.Errorf("answered %v", o)
	}
}

func TestEmptyBodiesAndJSONBodiesAreTaken(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	o := callJSON(t, s, "chat.postMessage", object{"channel": localslack.Desk, "blocks": message("x"), "text": "x"})
	if o.at("ok") != true || o.str("message", "blocks", 0, "block_id") == "" {
		t.Errorf("answered %v", o)
	}
	if o := callJSON(t, s, "auth.test", nil); o.str("user_id") != localslack.Bot {
		t.Errorf("answered %v", o)
	}
}

func TestAChannelTakesAboutOneMessageASecond(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0.001, 2)
	for range 2 {
		if o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x"); o.at("ok") != true {
			t.Fatal(o)
		}
	}
	resp, err := http.PostForm(s.APIURL()+"chat.postMessage", url.Values{"token": {s.BotToken()}, "channel": {localslack.Desk}, "text": {"x"}})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("answered %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	if o := call(t, s, "chat.postMessage", "channel", localslack.Mail, "text", "x"); o.at("ok") != true {
		t.Errorf("another channel: %v", o)
	}
	s.SetChannelRate(0, 0)
	if o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x"); o.at("ok") != true {
		t.Errorf("without a limit: %v", o)
	}
}

func TestMetadataIsKeptAndGivenToThoseWhoAsk(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x", "metadata", `{"event_type":"made","event_payload":{"id":7}}`)
	history := func(pairs ...string) object {
		return call(t, s, "conversations.history", append([]string{"channel", localslack.Desk}, pairs...)...)
	}
	if h := history(); h.at("messages", 0, "metadata") != nil {
		t.Errorf("unasked: %v", h)
	}
	if h := history("include_all_metadata", "true"); h.at("messages", 0, "metadata", "event_payload", "id") != 7.0 {
		t.Errorf("asked: %v", h)
	}
	ts := o.str("ts")
	call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "text", "y")
	if h := history("include_all_metadata", "true"); h.str("messages", 0, "metadata", "event_type") != "made" || h.str("messages", 0, "text") != "y" {
		t.Errorf("left out in an update: %v", h)
	}
	call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "text", "y", "metadata", "{}")
	if h := history("include_all_metadata", "true"); h.at("messages", 0, "metadata") != nil {
		t.Errorf("cleared: %v", h)
	}
}

func TestUpdatesKeepWhatTheyLeaveOut(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	ts := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x", "blocks", raw(message("x"))).str("ts")
	update := func(pairs ...string) object {
		return call(t, s, "chat.update", append([]string{"channel", localslack.Desk, "ts", ts}, pairs...)...)
	}
	if o := update("text", "y"); o.at("message", "blocks") == nil {
		t.Errorf("the blocks went: %v", o)
	}
	if o := update("blocks", raw(message("z"))); o.str("message", "text") != "y" {
		t.Errorf("the text went: %v", o)
	}
	if o := update("text", "w", "blocks", "[]"); o.at("message", "blocks") != nil {
		t.Errorf("the blocks stayed: %v", o)
	}
}

func TestThreads(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	ts := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "parent").str("ts")
	reply := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "reply", "thread_ts", ts)
	if reply.str("message", "thread_ts") != ts {
		t.Errorf("replied %v", reply)
	}
	nested := must(s.Post(localslack.Tess, localslack.Desk, "again", reply.str("ts")))(t)
	if nested.ThreadTS != ts {
		t.Errorf("a reply to a reply has thread_ts %q, want %q", nested.ThreadTS, ts)
	}
	if o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "stray", "thread_ts", "1.000001"); o.at("message", "thread_ts") != nil {
		t.Errorf("a reply to nothing: %v", o)
	}
	h := call(t, s, "conversations.history", "channel", localslack.Desk)
	if h.str("messages", 0, "text") != "stray" || h.at("messages", 1, "reply_count") != 2.0 || h.at("messages", 2) != nil {
		t.Errorf("history: %v", h)
	}
	r := call(t, s, "conversations.replies", "channel", localslack.Desk, "ts", ts)
	if r.str("messages", 0, "text") != "parent" || r.str("messages", 2, "text") != "again" {
		t.Errorf("replies: %v", r)
	}
	link := call(t, s, "chat.getPermalink", "channel", localslack.Desk, "message_ts", reply.str("ts")).str("permalink")
	if want := "https://service-desk.slack.com/archives/" + localslack.Desk + "/p" + strings.ReplaceAll(reply.str("ts"), ".", "") + "?thread_ts=" + ts + "&cid=" + localslack.Desk; link != want {
		t.Errorf("permalink %s, want %s", link, want)
	}
	s.Look(func(now *localslack.Snapshot) {
		if got := len(now.Thread(localslack.Desk, ts)); got != 2 {
			t.Errorf("%d in the thread, want 2", got)
		}
	})
}

func TestHistoryIsCutByTimeAndPage(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	var ts []string
	for _, text := range []string{"a", "b", "c"} {
		ts = append(ts, call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", text).str("ts"))
	}
	texts := func(pairs ...string) (out, cursor string) {
		h := call(t, s, "conversations.history", append([]string{"channel", localslack.Desk}, pairs...)...)
		list, _ := h.at("messages").([]any)
		for i := range list {
			out += h.str("messages", i, "text")
		}
		return out, h.str("response_metadata", "next_cursor")
	}
	for _, tt := range []struct {
		pairs []string
		want  string
	}{
		{nil, "cba"},
		{[]string{"oldest", ts[0]}, "cb"},
		{[]string{"oldest", ts[0], "inclusive", "true"}, "cba"},
		{[]string{"latest", ts[1]}, "a"},
		{[]string{"latest", ts[1], "oldest", ts[1], "inclusive", "1"}, "b"},
		{[]string{"limit", "2"}, "cb"},
	} {
		if got, _ := texts(tt.pairs...); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.pairs, got, tt.want)
		}
	}
	_, cursor := texts("limit", "2")
	if got, next := texts("limit", "2", "cursor", cursor); got != "a" || next != "" {
		t.Errorf("second page %q, then %q", got, next)
	}
}

func TestPeopleAreWhoTheyAre(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	info := func(id string) object { return call(t, s, "users.info", "user", id) }
	for _, tt := range []struct {
		who, key string
		want     any
	}{
		{localslack.Tess, "is_restricted", false},
		{localslack.Tess, "team_id", localslack.Team},
		{localslack.Gwen, "is_restricted", true},
		{localslack.Gwen, "is_ultra_restricted", false},
		{localslack.Sol, "is_ultra_restricted", true},
		{localslack.Stella, "is_stranger", true},
		{localslack.Stella, "team_id", localslack.OtherTeam},
		{localslack.Dora, "deleted", true},
		{localslack.Robot, "is_bot", true},
	} {
		if got := info(tt.who).at("user", tt.key); got != tt.want {
			t.Errorf("%s of %s: %v, want %v", tt.key, tt.who, got, tt.want)
		}
	}
	if got := info(localslack.Erin).str("user", "enterprise_user", "enterprise_id"); got == "" {
		t.Error("Erin has no enterprise_user")
	}
	if o := call(t, s, "usergroups.list", "include_users", "true"); o.str("usergroups", 0, "users", 1) != localslack.Tom {
		t.Errorf("user groups: %v", o)
	}
	if o := call(t, s, "team.info"); o.str("team", "email_domain") != "service-desk.example" {
		t.Errorf("team: %v", o)
	}
	if o := call(t, s, "users.list", "limit", "2"); o.str("response_metadata", "next_cursor") == "" || o.at("members", 2) != nil {
		t.Errorf("first page: %v", o)
	}
}

func TestDirectMessages(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	id := call(t, s, "conversations.open", "users", localslack.Tess).str("channel", "id")
	call(t, s, "chat.postMessage", "channel", id, "text", "one")
	call(t, s, "chat.postMessage", "channel", localslack.Tess, "text", "two")
	s.Look(func(now *localslack.Snapshot) {
		if dms := now.DMs(localslack.Tess); len(dms) != 2 || dms[1].Channel != id {
			t.Errorf("direct messages: %v", dms)
		}
	})
}

func TestTimestampsNeverRepeat(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetClock(func() time.Time { return time.Unix(1700000000, 0) })
	a := must(s.Post(localslack.Tess, localslack.Desk, "a", ""))(t)
	b := must(s.Post(localslack.Tess, localslack.Desk, "b", ""))(t)
	if a.TS != "1700000000.000000" || b.TS <= a.TS {
		t.Errorf("timestamps %s, %s", a.TS, b.TS)
	}
}
