package localslack_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/localslack"
)

func TestAttachmentsAreKeptUntilTheyAreReplaced(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	posted := call(t, s, "chat.postMessage", "channel", localslack.Desk, "attachments", raw([]any{
		object{"color": "#36a64f", "title": "Ticket", "text": "Printer on fire"},
		object{"color": "danger", "blocks": buttons("halo_new_client", "jane@acme.com")},
	}))
	if posted.at("message", "attachments", 0, "id") != 1.0 || posted.str("message", "attachments", 1, "fallback") != "[no preview available]" {
		t.Fatalf("posted: %v", posted)
	}
	ts := posted.str("ts")
	attachments := func() any {
		return call(t, s, "conversations.history", "channel", localslack.Desk).at("messages", 0, "attachments")
	}
	before := attachments()
	call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "text", "edited")
	if diff := cmp.Diff(before, attachments()); diff != "" {
		t.Errorf("an update without attachments changed them (-before +after):\n%s", diff)
	}
	call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "attachments", raw(before))
	if diff := cmp.Diff(before, attachments()); diff != "" {
		t.Errorf("sent back as they were, they changed (-before +after):\n%s", diff)
	}
	call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "text", "edited", "attachments", "[]")
	if got := attachments(); got != nil {
		t.Errorf("an empty list left %v", got)
	}
}

func TestAButtonInAnAttachmentIsPressed(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x", "attachments", raw([]any{
		object{"text": "nothing to press"}, object{"blocks": buttons("halo_new_client", "jane@acme.com")},
	}))
	var m *localslack.Message
	s.Look(func(now *localslack.Snapshot) { m = now.Messages(localslack.Desk)[0] })
	must(s.Click(localslack.Tess, m, "halo_new_client"))(t)
	payload := object(c.next().at("payload").(map[string]any))
	if payload.str("actions", 0, "value") != "jane@acme.com" || payload.at("message", "attachments", 1, "id") != 2.0 {
		t.Errorf("payload: %v", payload)
	}
	want := map[string]any{
		"type": "message_attachment", "attachment_id": 2.0, "message_ts": m.TS, "channel_id": localslack.Desk,
		"is_ephemeral": false, "is_app_unfurl": false,
	}
	if diff := cmp.Diff(want, payload.at("container")); diff != "" {
		t.Errorf("container (-want +got):\n%s", diff)
	}
	if _, err := s.Click(localslack.Tess, m, "other"); err == nil {
		t.Error("a button that is not there was pressed")
	}
}

func TestSlackUnfurlsAndPeopleShare(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	mail := must(s.PostEmail(localslack.Mail, localslack.Email{
		From: localslack.Mailbox{Name: "Jane Doe", Address: "jane@acme.com"},
		To:   []localslack.Mailbox{{Address: "desk@service-desk.example"}}, Subject: "Printer", Text: "It burns.",
	}))(t)
	shared := must(s.Share(localslack.Tess, localslack.Desk, mail, "look"))(t)
	m := object(shared.Object(false))
	var attachments []object
	if err := json.Unmarshal(m["attachments"].(json.RawMessage), &attachments); err != nil {
		t.Fatal(err)
	}
	if attachments[0].at("is_share") != true || attachments[0].str("files", 0, "from", 0, "address") != "jane@acme.com" {
		t.Errorf("shared: %v", attachments)
	}
	posted := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "see https://acme.com")
	must(s.Unfurl(localslack.Desk, posted.str("ts"), map[string]any{"from_url": "https://acme.com", "title": "Acme", "service_name": "Acme"}))(t)
	now := call(t, s, "conversations.history", "channel", localslack.Desk, "limit", "1")
	if now.str("messages", 0, "attachments", 0, "title") != "Acme" {
		t.Errorf("unfurled: %v", now)
	}
}

func TestAMailIsAFileWithoutText(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	must(s.PostEmail(localslack.Mail, localslack.Email{
		From: localslack.Mailbox{Name: "Jane Doe", Address: "jane@acme.com"},
		CC:   []localslack.Mailbox{{Address: "boss@acme.com"}}, Subject: "Printer", Text: "It burns.",
	}))(t)
	m := object(call(t, s, "conversations.history", "channel", localslack.Mail).at("messages", 0).(map[string]any))
	if m.str("text") != "" || m.at("blocks") != nil || m.at("attachments") != nil || m.str("user") != localslack.Slackbot {
		t.Errorf("message: %v", m)
	}
	f := object(m.at("files", 0).(map[string]any))
	if f.str("filetype") != "email" || f.str("subject") != "Printer" || f.str("plain_text") != "It burns." ||
		f.str("from", 0, "original") != "Jane Doe <jane@acme.com>" || f.str("cc", 0, "address") != "boss@acme.com" {
		t.Errorf("file: %v", f)
	}
}

func TestMarkdownTextIsAMessage(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "markdown_text", "**Acme**")
	if o.str("message", "text") != "**Acme**" || o.str("message", "blocks", 0, "type") != "markdown" {
		t.Errorf("posted: %v", o)
	}
	o = call(t, s, "chat.update", "channel", localslack.Desk, "ts", o.str("ts"), "markdown_text", "_Acme_")
	if o.str("text") != "_Acme_" || o.str("message", "blocks", 0, "text") != "_Acme_" {
		t.Errorf("updated: %v", o)
	}
}

func TestAnAnswerThroughAResponseURLIsNotTheTokensToChange(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	connect(t, s)
	it := must(s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", ""))(t)
	post(t, it.ResponseURL, object{"text": "x", "response_type": "in_channel"})
	var ts string
	s.Look(func(now *localslack.Snapshot) { ts = now.Messages(localslack.Desk)[0].TS })
	if o := call(t, s, "chat.update", "channel", localslack.Desk, "ts", ts, "text", "y"); o.str("error") != "cant_update_message" {
		t.Errorf("chat.update: %v", o)
	}
	if o := call(t, s, "chat.delete", "channel", localslack.Desk, "ts", ts); o.str("error") != "cant_delete_message" {
		t.Errorf("chat.delete: %v", o)
	}
}

func TestAFunctionsTokenEndsItsOwnExecutionOnly(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	c := connect(t, s)
	var ids, tokens []string
	for range 2 {
		if _, _, err := s.RunStep("step", nil); err != nil {
			t.Fatal(err)
		}
		envelope := c.next()
		ids = append(ids, envelope.str("payload", "event", "function_execution_id"))
		tokens = append(tokens, envelope.str("payload", "event", "bot_access_token"))
	}
	complete := func(token, id string) string {
		return callAs(t, s, token, "functions.completeSuccess", "function_execution_id", id, "outputs", "{}").str("error")
	}
	if got := complete(tokens[0], ids[1]); got != "access_denied" {
		t.Errorf("another execution's: %q", got)
	}
	if got := complete(tokens[0], ids[0]); got != "" {
		t.Errorf("its own: %q", got)
	}
	if got := complete(s.BotToken(), ids[1]); got != "" {
		t.Errorf("with the bot's token: %q", got)
	}
	if o := callAs(t, s, tokens[0], "chat.postMessage", "channel", localslack.Desk, "text", "x"); o.at("ok") != true {
		t.Errorf("a message with a function's token: %v", o)
	}
}

func TestHistoriesGiveAtMost999AtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	first := must(s.Post(localslack.Tess, localslack.Desk, "first", ""))(t)
	for range 1000 {
		must(s.Post(localslack.Tess, localslack.Desk, "x", first.TS))(t)
	}
	replies := call(t, s, "conversations.replies", "channel", localslack.Desk, "ts", first.TS, "limit", "1000")
	if n := len(replies.at("messages").([]any)); n != 999 || replies.at("has_more") != true {
		t.Errorf("%d replies at once", n)
	}
	for range 1000 {
		must(s.Post(localslack.Tess, localslack.Leads, "x", ""))(t)
	}
	history := call(t, s, "conversations.history", "channel", localslack.Leads, "limit", "1000")
	if n := len(history.at("messages").([]any)); n != 999 || history.at("has_more") != true {
		t.Errorf("%d messages at once", n)
	}
}
