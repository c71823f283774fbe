package slackbot

import (
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// Whatever arrives in an envelope is routed or dropped, and what is read from it fits into a
// modal's metadata and a button.
func FuzzEnvelopes(f *testing.F) {
	for _, payload := range []string{
		`{"type":"block_actions","user":{"id":"U1","team_id":"T1"},"team":null,"actions":[{"action_id":"halo_new_client","value":"jane@acme.com"}],
			"message":{"ts":"1.2","text":"x","blocks":[{"type":"actions","elements":[{"action_id":"halo_new_client","value":"{"}]}],"attachments":[{"blocks":[]}]}}`,
		`{"type":"view_submission","view":{"id":"V1","type":"modal","callback_id":"halo_new_client","private_metadata":"{\"k\":\"a\"}","state":{"values":{"name":{"value":{"value":7}}}}}}`,
		`{"type":"message_action","callback_id":"halo_new_client","message":{"text":"<mailto:a@b.co|a>","blocks":[[],7,null]}}`,
		`{"type":"shortcut","callback_id":"halo_new_client_global"}`,
		`{"command":"/halo-new-client","text":"Acme <http://acme.com|acme.com>","user_id":"U1"}`,
		`{"event":{"type":"function_executed","function":{"callback_id":"create_halo_client"},"inputs":{"name":{"a":1}},"function_execution_id":"Fx1"}}`,
		`{"event":{"type":"app_home_opened","tab":"home","user":["U1"]}}`,
		`7`, `null`, `[`, ``,
	} {
		for _, kind := range []string{requestSlash, requestInteractive, requestEvents, "hello"} {
			f.Add(kind, payload)
		}
	}
	templates := must(draft.ParseTemplates(draft.Sources{}))
	b := New(Config{
		Halos: []Halo{tenant{name: "halo"}}, Templates: templates,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	f.Fuzz(func(t *testing.T, kind, payload string) {
		in := &incoming{router: b.router, envelope: envelope{Type: kind, ID: "e", Payload: json.RawMessage(payload)}}
		b.router.route(in)

		var c command
		_ = decode(in.Payload, &c)
		_ = draft.ParseCommand(c.Text)

		var i interaction
		if decode(in.Payload, &i) != nil {
			return
		}
		value, _ := modals.AlertValue(i.Message.Blocks, i.Message.Attachments)
		alert := draft.ParseAlert(value)
		o := b.router.forms.askedAbout(in, i, i.Message.TS, onboarding.ViaAlert)
		o.Email, o.Ticket, o.URL = alert.Email, alert.TicketID, i.ResponseURL
		_ = b.router.forms.own.rules().ReadMessage(i.Message.said())
		form := b.teller.form(o, b.router.forms.prefill(t.Context(), in, o, alert))
		if n := utf8.RuneCountInString(form.Metadata); n > maxMetadata {
			t.Errorf("metadata of %d characters", n)
		}
		if n := utf8.RuneCountInString(reopenValue(o, form)); n > maxValue {
			t.Errorf("a button's value of %d characters", n)
		}
		if strings.Trim(o.Key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
			t.Errorf("the key %q", o.Key)
		}
		if out := authored(i.Message.Attachments, false); json.Unmarshal(out, &[]map[string]any{}) != nil || has(string(out), `"blocks":null`) {
			t.Errorf("attachments %s", out)
		}
	})
}

// Whatever stands in a form's metadata, in the button that opens a form again, or in the way back that
// was stored, is read or refused, and what is written of it again is within Slack's limits.
func FuzzOriginsAndReopening(f *testing.F) {
	origin := asked{Key: "a-key", Via: onboarding.ViaAlert, Channel: "C1", wayBack: wayBack{
		URL: "https://hooks.slack.com/actions/1", URLAt: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC), Email: "jane@acme.example",
		Ticket: "881", Beside: []beside{{ID: 7, Name: "Acme"}},
	}}
	form := modals.Form{Draft: draft.Draft{Name: "Acme", Website: "acme.example", Notes: "x"}, Notice: "y"}
	for _, s := range []string{
		origin.metadata(), string(origin.reply()), reopenValue(origin, form),
		`{"k":7,"v":"alert","a":[],"ua":"soon"}`, `{"o":{"k":"a","v":"alert"},"d":[],"n":{}}`, `null`, `[`, ``,
	} {
		f.Add(s)
	}
	b := New(Config{
		Halos: []Halo{tenant{name: "halo"}}, Templates: must(draft.ParseTemplates(draft.Sources{})),
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	within := func(t *testing.T, a asked, form modals.Form) {
		t.Helper()
		drawn := b.teller.form(a, form)
		if n := utf8.RuneCountInString(drawn.Metadata); n > maxMetadata {
			t.Errorf("metadata of %d characters", n)
		}
		if n := utf8.RuneCountInString(reopenValue(a, form)); n > maxValue {
			t.Errorf("a button's value of %d characters", n)
		}
		_ = drawn.View()
	}
	f.Fuzz(func(t *testing.T, s string) {
		if a, ok := readAsked(s); ok && len(s) <= maxMetadata { // no more comes from Slack
			within(t, a, form)
		}
		var r reopen
		if decode([]byte(s), &r) == nil && len(s) <= maxValue {
			within(t, r.Asked, modals.Form{Draft: r.Draft, Notice: r.Notice})
		}
		if back, ok := readWayBack([]byte(s)); ok {
			again, ok := readWayBack(back.reply())
			if !ok || back.ticketKey() != again.ticketKey() {
				t.Errorf("%q is read as %+v, and then as %+v", s, back, again)
			}
			_, _ = askedAgain(onboarding.Request{Reply: []byte(s)})
		}
	})
}
