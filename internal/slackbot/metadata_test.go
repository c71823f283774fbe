package slackbot_test

import (
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestEveryAnnouncementIsForOtherAppsToo holds the metadata of what is announced to
// docs/flows.md, name by name and type by type.
func TestEveryAnnouncementIsForOtherAppsToo(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711, DefaultTopLevel: 1}})
	carries := func(m *localslack.Message, id int, request string) {
		t.Helper()
		client, _ := s.Halo.Client(id)
		want := map[string]any{
			"id": float64(id), "name": client.Name, "toplevel_id": float64(1), "website": client.Website,
			"url": clientURL(s.Halo, id), "connection": "halo", "request_id": "halo/" + request,
		}
		if diff := cmp.Diff(want, metadata(t, m)); diff != "" {
			t.Errorf("%q carries (-want +got):\n%s", m.Text, diff)
		}
	}

	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, form.ID, nil)
	carries(s.AwaitMessage(localslack.Desk, "created", "Acme Ltd"), 4711, keyOf(t, form))

	// The same again: use it, and create another one beside it.
	form = s.Form(localslack.Tom, localslack.Desk, "ACME ltd")
	s.Submit(localslack.Tom, form.ID, nil)
	s.press(localslack.Tom, s.AwaitView(localslack.Tom, "Already in Halo", "Create anyway"), modals.ActionUse)
	carries(s.AwaitMessage(localslack.Desk, "chose", "Acme Ltd"), 4711, keyOf(t, form))
	form = s.Form(localslack.Tess, localslack.Leads, "Acme LTD")
	s.Submit(localslack.Tess, form.ID, nil)
	s.press(localslack.Tess, s.AwaitView(localslack.Tess, "Already in Halo", "Create anyway"), modals.ActionCreateAnyway)
	carries(s.AwaitMessage(localslack.Leads, "created", "Acme LTD"), 4712, keyOf(t, form)+"-anyway")

	alert := s.alert(`{"email":"jane@globex.example","sender_name":"Globex","ticket_id":881}`)
	form = s.opened(localslack.Tess, alert)
	s.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": "Globex"})
	carries(s.reply(alert, "created", "Globex", "#881"), 4713, localslack.Team+"-"+localslack.Mail+"-"+alert.TS)

	// Where the bot may not post, the answer comes through the response_url.
	form = s.Form(localslack.Tess, localslack.Private, "Initech")
	s.Submit(localslack.Tess, form.ID, nil)
	carries(s.AwaitMessage(localslack.Private, "created", "Initech"), 4714, keyOf(t, form))
}

// metadata is the payload that a message carries for other apps, as JSON has it: numbers are
// float64.
func metadata(t *testing.T, m *localslack.Message) map[string]any {
	t.Helper()
	var got struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	}
	if err := json.Unmarshal(m.Metadata, &got); err != nil || got.Type != "halo_client_created" {
		t.Fatalf("the message's metadata is %s: %v", m.Metadata, err)
	}
	return got.Payload
}

// keyOf is the key of the request that a form makes.
func keyOf(t *testing.T, form *localslack.View) string {
	t.Helper()
	var origin struct {
		Key string `json:"k"`
	}
	if err := json.Unmarshal([]byte(form.PrivateMetadata), &origin); err != nil || origin.Key == "" {
		t.Fatalf("the form carries no key: %v", err)
	}
	return origin.Key
}

// alert is posted by a flow; value is its button's.
func (s office) alert(value string) *localslack.Message {
	s.Helper()
	m, err := s.Slack.PostByWebhook(localslack.Mail, map[string]any{
		"text": "Unknown sender",
		"blocks": json.RawMessage(`[{"type":"actions","elements":[{"type":"button","action_id":"halo_new_client","value":` +
			strconv.Quote(value) + `,"text":{"type":"plain_text","text":"Create client"}}]}]`),
	})
	if err != nil {
		s.Fatal(err)
	}
	return m
}

// opened is the form that an alert's button opens.
func (s office) opened(user string, alert *localslack.Message) *localslack.View {
	s.Helper()
	return s.Opened(s.Slack.Click(user, alert, modals.ActionNewClient))
}

// reply waits for an answer in an alert's thread that says all of words.
func (s office) reply(alert *localslack.Message, words ...string) (reply *localslack.Message) {
	s.Helper()
	s.Await("an answer in the alert's thread", func(now *localslack.Snapshot) bool {
		for _, m := range now.Thread(alert.Channel, alert.TS) {
			if bottest.Says([]*localslack.Message{m}, words...) {
				reply = m
			}
		}
		return reply != nil
	})
	return reply
}

// press is a person pressing a button, which the bot acknowledges.
func (s office) press(user string, on localslack.Surface, action string, value ...string) {
	s.Helper()
	it, err := s.Slack.Click(user, on, action, value...)
	if err != nil {
		s.Fatal(err)
	}
	s.Acked(it)
}
