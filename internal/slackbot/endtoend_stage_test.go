package slackbot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// createClient is the action_id that alert flows write.
const createClient = "halo_new_client"

// desk is a stage with what alert flows and technicians do at it.
type desk struct{ *bottest.Stage }

func newDesk(t *testing.T, o bottest.Options) desk {
	t.Helper()
	d := desk{bottest.New(t, o)}
	d.Slack.SetChannelRate(0, 0)
	return d
}

type object = map[string]any

// button is the alert's; an empty value leaves it out.
func button(value string) object {
	b := object{
		"type": "button", "action_id": createClient, "style": "primary",
		"text": object{"type": "plain_text", "text": "Create client"},
	}
	if value != "" {
		b["value"] = value
	}
	return b
}

// alert is a message as a flow of a company's own would write it: its text and blocks hold more
// than the button, some of it beside the button.
func alert(value string) object {
	return object{
		"text": "Unknown sender :warning: <https://mail.example/1|mail 1>",
		"blocks": []any{
			object{"type": "header", "text": object{"type": "plain_text", "text": "Unknown sender"}},
			object{
				"type": "section", "block_id": "mail",
				"text":   object{"type": "mrkdwn", "text": "*From* <mailto:x@y.example|x@y.example> &amp; others\n> quoted"},
				"fields": []any{object{"type": "mrkdwn", "text": "*Queue*\nInbox"}},
				"accessory": object{
					"type": "image", "image_url": "https://mail.example/p.png", "alt_text": "a picture",
				},
			},
			object{"type": "divider"},
			object{"type": "actions", "block_id": "todo", "elements": []any{
				object{
					"type": "button", "action_id": "open_mail", "url": "https://mail.example/1",
					"text": object{"type": "plain_text", "text": "Open the mail"},
				},
				button(value),
			}},
		},
	}
}

// value is a button's value as a JSON object.
func value(pairs ...string) string {
	v := object{}
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = pairs[i+1]
	}
	return string(encoded(v))
}

func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// post posts a message as an alert flow does: chat.postMessage with the bot's token.
func (d desk) post(channel string, message object) *localslack.Message {
	d.Helper()
	message = maps.Clone(message)
	message["channel"] = channel
	body := d.send(d.Slack.APIURL()+"chat.postMessage", d.Slack.BotToken(), message)
	var answer struct {
		OK bool
		TS string
	}
	if json.Unmarshal(body, &answer) != nil || !answer.OK {
		d.Fatalf("chat.postMessage answered %s", body)
	}
	return d.message(channel, answer.TS)
}

// hook posts a message through the app's incoming webhook, which answers nothing but "ok".
func (d desk) hook(channel string, message object) *localslack.Message {
	d.Helper()
	if body := d.send(d.Slack.WebhookURL(channel), "", message); string(body) != "ok" {
		d.Fatalf("the webhook answered %s", body)
	}
	var last *localslack.Message
	d.Slack.Look(func(now *localslack.Snapshot) {
		list := now.Messages(channel)
		last = list[len(list)-1]
	})
	return last
}

// raw posts a message with blocks of types that no library knows.
func (d desk) raw(channel string, message object) *localslack.Message {
	d.Helper()
	m, err := d.Slack.PostRaw(channel, message["text"].(string), encoded(message["blocks"]))
	if err != nil {
		d.Fatal(err)
	}
	return m
}

func (d desk) send(url, token string, message object) []byte {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, url, bytes.NewReader(encoded(message)))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	return body
}

// message is a message as it stands now.
func (d desk) message(channel, ts string) (m *localslack.Message) {
	d.Helper()
	d.Slack.Look(func(now *localslack.Snapshot) { m = now.Message(channel, ts) })
	if m == nil {
		d.Fatalf("there is no message %s in %s", ts, channel)
	}
	return m
}

// press is a person pressing the alert's button; it returns the modal that opens.
func (d desk) press(user string, on localslack.Surface) *localslack.View {
	d.Helper()
	return d.opened(d.Slack.Click(user, on, createClient))
}

// choose is a person choosing the message shortcut.
func (d desk) choose(user string, m *localslack.Message) *localslack.View {
	d.Helper()
	return d.opened(d.Slack.MessageShortcut(user, m.Channel, m.TS, createClient))
}

func (d desk) opened(it *localslack.Interaction, err error) *localslack.View {
	d.Helper()
	if err == nil {
		d.Acked(it)
	}
	return d.Opened(it, err)
}

// click presses a button of a modal or message and waits for the acknowledgement.
func (d desk) click(user string, on localslack.Surface, action string, value ...string) {
	d.Helper()
	it, err := d.Slack.Click(user, on, action, value...)
	if err != nil {
		d.Fatal(err)
	}
	d.Acked(it)
}

// now is a modal as it stands.
func (d desk) now(id string) (v *localslack.View) {
	d.Helper()
	d.Slack.Look(func(now *localslack.Snapshot) { v = now.View(id) })
	if v == nil {
		d.Fatalf("modal %s is closed", id)
	}
	return v
}

// typed is what stands in a form's fields, by block_id; an empty one is left out.
func typed(v *localslack.View) map[string]string {
	fields := map[string]string{}
	for block, elements := range v.State {
		for _, state := range elements {
			var s struct {
				Value          string
				SelectedOption struct{ Value string } `json:"selected_option"`
			}
			_ = json.Unmarshal(encoded(state), &s)
			if text := s.Value + s.SelectedOption.Value; text != "" {
				fields[block] = text
			}
		}
	}
	return fields
}

// awaitAlert waits until an alert, as people see it, says all of words.
func (d desk) awaitAlert(m *localslack.Message, words ...string) (now *localslack.Message) {
	d.Helper()
	d.Await(fmt.Sprintf("the alert to say %q", words), func(s *localslack.Snapshot) bool {
		now = s.Message(m.Channel, m.TS)
		return bottest.Says([]*localslack.Message{now}, words...)
	})
	return now
}

// awaitReply waits for a reply in a message's thread that says all of words.
func (d desk) awaitReply(m *localslack.Message, words ...string) (reply *localslack.Message) {
	d.Helper()
	d.Await(fmt.Sprintf("a reply that says %q", words), func(s *localslack.Snapshot) bool {
		for _, r := range s.Thread(m.Channel, m.TS) {
			if bottest.Says([]*localslack.Message{r}, words...) {
				reply = r
				return true
			}
		}
		return false
	})
	return reply
}

// awaitModal waits until a modal, closed or not, has title and says all of words.
func (d desk) awaitModal(id, title string, words ...string) (v *localslack.View) {
	d.Helper()
	d.Await(fmt.Sprintf("modal %q to say %q", title, words), func(s *localslack.Snapshot) bool {
		v = s.View(id)
		return v != nil && v.Title == title && says(bottest.Say(v.Blocks), words...)
	})
	return v
}

// replies counts the replies in a message's thread.
func (d desk) replies(m *localslack.Message) (n int) {
	d.Slack.Look(func(s *localslack.Snapshot) { n = len(s.Thread(m.Channel, m.TS)) })
	return n
}

// arrived waits until a request is held at Halo.
func (d desk) arrived(h *localhalo.Hold) {
	d.Helper()
	ctx, cancel := d.Patience()
	defer cancel()
	if _, err := h.Wait(ctx); err != nil {
		d.Fatal(err)
	}
}

// looking matches the live look for a name, which comes before each POST. Other lists are read
// beside it: the whole one at the start, the newest clients when a form opens.
func looking(c localhalo.Call) bool {
	return c.Kind == localhalo.KindList && c.Query.Get("search_name_only") != ""
}

// halted waits until a call is held at Slack.
func (d desk) halted(h *localslack.Hold) {
	d.Helper()
	ctx, cancel := d.Patience()
	defer cancel()
	if err := h.Arrived(ctx); err != nil {
		d.Fatal(err)
	}
}

// lookedUp waits until the bot has asked Halo n times for a sender, and was answered: by then
// the click is stored.
func (d desk) lookedUp(n int) {
	d.Helper()
	d.AwaitHalo("the sender to be looked up", d.Halo, func() bool {
		calls := d.Halo.Calls(localhalo.On(localhalo.KindUsers))
		return len(calls) == n && calls[n-1].Done
	})
}

// link is where a message can be read.
func link(m *localslack.Message) string {
	return "https://service-desk.slack.com/archives/" + m.Channel + "/p" + strings.ReplaceAll(m.TS, ".", "")
}

func says(text string, words ...string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}

// hasButton reports whether something can still be clicked by the alert's action_id.
func hasButton(m *localslack.Message) bool { return strings.Contains(string(m.Blocks), createClient) }

// checkSettled compares an alert with what it was: block by block the same, but for the button
// and one line below.
func checkSettled(t testing.TB, was, is *localslack.Message, keptButton bool) {
	t.Helper()
	if was.Text != is.Text {
		t.Errorf("the alert's text was %q and is %q", was.Text, is.Text)
	}
	before, after := blocks(t, was), blocks(t, is)
	if n := len(after); n == 0 || after[n-1]["block_id"] != "halo_status" {
		t.Errorf("the alert's last block is no status line: %s", is.Blocks)
		return
	}
	after = after[:len(after)-1]
	if !keptButton {
		before = withoutButton(before)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the alert was not put back as it was (-was +is):\n%s", diff)
	}
}

func blocks(t testing.TB, m *localslack.Message) []object {
	t.Helper()
	var list []object
	if err := json.Unmarshal(m.Blocks, &list); err != nil {
		t.Fatalf("%v in %s", err, m.Blocks)
	}
	return list
}

func withoutButton(list []object) []object {
	var kept []object
	for _, b := range list {
		b = maps.Clone(b)
		if a, ok := b["accessory"].(object); ok && a["action_id"] == createClient {
			delete(b, "accessory")
		}
		if elements, ok := b["elements"].([]any); ok && b["type"] == "actions" {
			elements = slices.DeleteFunc(slices.Clone(elements), func(e any) bool {
				return e.(object)["action_id"] == createClient || e.(object)["action_id"] == dismissAlert
			})
			if len(elements) == 0 {
				continue
			}
			b["elements"] = elements
		}
		kept = append(kept, b)
	}
	return kept
}

func itoa(n int) string { return strconv.Itoa(n) }

// run runs a command of the bot beside it and returns what it prints, its log aside.
func (d desk) run(args ...string) string {
	d.Helper()
	cmd := exec.CommandContext(d.Context(), d.Path(), args...)
	cmd.Dir, cmd.Env = d.Dir, d.Env()
	out, err := cmd.Output()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		d.Fatalf("%v: %v\n%s", args, err, out)
	}
	return string(out)
}
