package slackbot

import (
	"encoding/json"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/localslack"
)

func TestAnAlertThatWasChangedMeanwhileIsPutBackAsItIsNow(t *testing.T) {
	t.Parallel()
	edited := json.RawMessage(`[{"type":"section","text":{"type":"mrkdwn","text":"Second mail of the same sender"}},
		{"type":"actions","elements":[{"type":"button","action_id":"halo_new_client","value":"jane@acme.com","text":{"type":"plain_text","text":"Create client"}}]}]`)
	for name, tt := range map[string]struct {
		scopes []string // nil: all
		want   string
	}{
		"read again":                      {nil, "Second mail"},
		"not the bot's to read":           {[]string{"commands", "chat:write", "users:read", "im:write"}, "Unknown sender"},
		"read again after Slack was away": {nil, "Second mail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			if tt.scopes != nil {
				b.slack.SetScopes(tt.scopes...)
			}
			m, _, r := b.submitAlert("jane@acme.com")
			must(b.slack.EditRaw(localslack.Mail, m.TS, "Unknown sender", edited))
			if name == "read again after Slack was away" {
				b.slack.RateLimit("conversations.history", 1, time.Second)
			}
			b.now(r.Key, created())
			b.slack.Look(func(now *localslack.Snapshot) {
				settled := now.Message(localslack.Mail, m.TS)
				if !has(string(settled.Blocks), tt.want, "#4711") || has(string(settled.Blocks), modals.ActionNewClient) {
					t.Errorf("the alert is %s", settled.Blocks)
				}
			})
		})
	}
}

func TestSlacksOwnUnfurlsAreNotSentBack(t *testing.T) {
	t.Parallel()
	button := `{"type":"actions","elements":[{"type":"button","action_id":"halo_new_client","value":"jane@acme.com","text":{"type":"plain_text","text":"Create client"}}]}`
	for _, tt := range []struct{ name, attachments, want string }{
		{"in an attachment of its own", `[{"color":"#f00","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Unknown sender"}}]},{"blocks":[` + button + `]}]`, "Unknown sender"},
		{"beside a text", `[{"color":"#f00","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"Unknown sender"}},` + button + `]}]`, "Unknown sender"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			m := must(b.slack.PostRawAttachments(localslack.Mail, "Unknown sender", json.RawMessage(tt.attachments)))
			m = must(b.slack.Unfurl(localslack.Mail, m.TS, map[string]any{"from_url": "https://acme.com", "title": "Acme unfolded"}))
			form := b.press(localslack.Tess, m)
			b.kept(localslack.Team + "-" + localslack.Mail + "-" + m.TS)
			b.submit(localslack.Tess, form, localslack.Values{"Client name": "Acme Ltd"})
			b.now(b.only().Key, created())
			b.slack.Look(func(now *localslack.Snapshot) {
				settled := now.Message(localslack.Mail, m.TS)
				if !has(string(settled.Blocks), "#4711") || has(string(settled.Attachments), modals.ActionNewClient) || !has(string(settled.Attachments), tt.want) || has(string(settled.Attachments), "Acme unfolded") {
					t.Errorf("the alert is %s with %s", settled.Blocks, settled.Attachments)
				}
			})
			if list, _ := b.slack.Traffic(0); has(string(must(json.Marshal(list))), `blocks\":null`) {
				t.Error("blocks of null were sent")
			}
		})
	}
}

func TestWhatAnAttachmentsAuthorSentIsKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, raw, want string }{
		{"nothing", ``, `[]`},
		{"null", `null`, `[]`},
		{"no list", `{"blocks":[]}`, `[]`},
		{"of the old kind", `[{"color":"good","text":"x","fields":[{"title":"a","value":"b"}]}]`, `[{"color":"good","fields":[{"title":"a","value":"b"}],"text":"x"}]`},
		{"blocks of null", `[{"text":"x","blocks":null}]`, `[{"text":"x"}]`},
		{"no blocks", `[{"text":"x","blocks":[]}]`, `[{"text":"x"}]`},
		{"an app's unfurl", `[{"is_app_unfurl":true,"text":"x"},{"is_app_unfurl":false,"text":"y"}]`, `[{"is_app_unfurl":false,"text":"y"}]`},
		{"a shared message", `[{"is_msg_unfurl":true,"message_blocks":[]}]`, `[]`},
		{"a link's preview", `[{"original_url":"https://acme.com","title":"Acme"}]`, `[]`},
	} {
		if got := string(authored(json.RawMessage(tt.raw), false)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
