package slackbot

import (
	"encoding/json"
	"testing"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

func TestTheMessageShortcutReadsTheMessage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		post func(*bench) *localslack.Message
		want string // website
	}{
		"text": {func(b *bench) *localslack.Message {
			return must(b.slack.Post(localslack.Tom, localslack.Desk, "who is bob@mail.initech.co.uk?", ""))
		}, "initech.co.uk"},
		"our own address first": {func(b *bench) *localslack.Message {
			return must(b.slack.Post(localslack.Tom, localslack.Desk, "to desk@service-desk.example from jane@acme.com", ""))
		}, "acme.com"},
		"another app's blocks": {func(b *bench) *localslack.Message {
			return must(b.slack.PostAsOtherApp(localslack.Desk, "New mail", json.RawMessage(`[{"type":"hologram","fields":[{"title":"From","text":"Jane <mailto:jane@acme.com|jane@acme.com>"}]}]`)))
		}, "acme.com"},
		"a mail sent to the channel": {func(b *bench) *localslack.Message {
			return must(b.slack.PostEmail(localslack.Desk, localslack.Email{
				From: localslack.Mailbox{Name: "Ines Faro", Address: "ines@faro-azulejos.pt"}, To: []localslack.Mailbox{{Address: "bob@globex.com"}},
				CC: []localslack.Mailbox{{Address: "eve@hooli.com"}}, Subject: "Tiles", Text: "as bob@globex.com said"}))
		}, "faro-azulejos.pt"},
		"a mail that a colleague forwarded to the channel": {func(b *bench) *localslack.Message {
			return must(b.slack.PostEmail(localslack.Desk, localslack.Email{
				From: localslack.Mailbox{Address: "sam@service-desk.example"}, Subject: "FW: Tiles",
				Text: "see below\n\nFrom: Ines Faro <ines@faro-azulejos.pt>\nSent: Monday\nTo: Sam\nSubject: Tiles\n"}))
		}, "faro-azulejos.pt"},
		"a mail that was shared": {func(b *bench) *localslack.Message {
			mail := must(b.slack.PostEmail(localslack.General, localslack.Email{From: localslack.Mailbox{Address: "ines@faro-azulejos.pt"}, To: []localslack.Mailbox{{Address: "bob@globex.com"}}}))
			return must(b.slack.Share(localslack.Tom, localslack.Desk, mail, "who is it?"))
		}, "faro-azulejos.pt"},
		"a shared message": {func(b *bench) *localslack.Message {
			m := must(b.slack.PostAsOtherApp(localslack.General, "", json.RawMessage(`[{"type":"section","text":{"type":"mrkdwn","text":"*To:* bob@globex.com\n*From:* ines@faro-azulejos.pt"}}]`)))
			return must(b.slack.Share(localslack.Tom, localslack.Desk, m, ""))
		}, "faro-azulejos.pt"},
		"fields": {func(b *bench) *localslack.Message {
			return must(b.slack.PostAsOtherApp(localslack.Desk, "", json.RawMessage(`[{"type":"section","fields":[{"type":"mrkdwn","text":"*To*\nbob@globex.com"},{"type":"mrkdwn","text":"*From*\nines@faro-azulejos.pt"}]}]`)))
		}, "faro-azulejos.pt"},
		"a table": {func(b *bench) *localslack.Message {
			return must(b.slack.PostAsOtherApp(localslack.Desk, "", json.RawMessage(`[{"type":"table","rows":[`+
				`[{"type":"raw_text","text":"Recipient"},{"type":"raw_text","text":"To"},{"type":"raw_text","text":"From"}],`+
				`[{"type":"raw_text","text":"x"},{"type":"raw_text","text":"bob@globex.com"},{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"link","url":"mailto:ines@faro-azulejos.pt","text":"Ines"}]}]}]]}]`)))
		}, "faro-azulejos.pt"},
		"a workflow's post": {func(b *bench) *localslack.Message {
			return must(b.slack.PostAsOtherApp(localslack.Desk, "New request", json.RawMessage(`[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[`+
				`{"type":"text","text":"Assigned to: "},{"type":"link","url":"mailto:bob@globex.com","text":"bob@globex.com"},{"type":"text","text":"\nRequester: ","style":{"bold":true}},`+
				`{"type":"link","url":"mailto:ines@faro-azulejos.pt","text":"ines@faro-azulejos.pt"}]}]}]`)))
		}, "faro-azulejos.pt"},
		"an attachment's fields": {func(b *bench) *localslack.Message {
			return must(b.slack.PostRawAttachments(localslack.Desk, "Ticket", json.RawMessage(`[{"fallback":"bob@globex.com","fields":[{"title":"To","value":"bob@globex.com"},{"title":"From","value":"ines@faro-azulejos.pt"}]}]`)))
		}, "faro-azulejos.pt"},
		"a robot and a person": {func(b *bench) *localslack.Message {
			return must(b.slack.Post(localslack.Tom, localslack.Desk, "noreply@globex.com says that ines@faro-azulejos.pt wrote", ""))
		}, "faro-azulejos.pt"},
		"no address": {func(b *bench) *localslack.Message {
			return must(b.slack.Post(localslack.Tom, localslack.Desk, "who is that?", ""))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.bot.router.forms.own.list.Store(&[]string{"service-desk.example"})
			m := tt.post(b)
			form := b.opened(b.slack.MessageShortcut(localslack.Tess, localslack.Desk, m.TS, callbackShortcut))
			b.submit(localslack.Tess, form, localslack.Values{"Client name": "Client"})
			r := b.only()
			if r.Draft.Website != tt.want || r.Via != onboarding.ViaShortcut || r.Key != localslack.Team+"-"+localslack.Desk+"-"+m.TS {
				t.Errorf("stored %+v", r)
			}
			b.now(r.Key, created())
			b.slack.Look(func(now *localslack.Snapshot) {
				if n := len(now.Thread(localslack.Desk, m.TS)); n != 1 {
					t.Errorf("%d replies under the message, want 1", n)
				}
			})
		})
	}
}

func TestTheMessageShortcutInAThreadAnswersThere(t *testing.T) {
	t.Parallel()
	b := start(t)
	root := must(b.slack.Post(localslack.Tom, localslack.Desk, "a mail", ""))
	reply := must(b.slack.Post(localslack.Tom, localslack.Desk, "from jane@acme.com", root.TS))
	form := b.opened(b.slack.MessageShortcut(localslack.Tess, localslack.Desk, reply.TS, callbackShortcut))
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	if !has(r.Place.Link, "thread_ts="+root.TS) {
		t.Errorf("the link is %s", r.Place.Link)
	}
	b.now(r.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Thread(localslack.Desk, root.TS)); n != 2 {
			t.Errorf("%d replies in the thread, want 2", n)
		}
	})
}

func TestTheMessageShortcutOnAnAlertIsItsButton(t *testing.T) {
	t.Parallel()
	b := start(t)
	m := b.alert(`{"email":"jane@acme.com","ticket_id":"17"}`)
	form := b.opened(b.slack.MessageShortcut(localslack.Tess, localslack.Mail, m.TS, callbackShortcut))
	b.kept(localslack.Team + "-" + localslack.Mail + "-" + m.TS)
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	if r.Via != onboarding.ViaAlert || !has(r.Draft.Notes, "17") {
		t.Errorf("stored %+v", r)
	}
	b.now(r.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if alert := now.Message(localslack.Mail, m.TS); has(string(alert.Blocks), modals.ActionNewClient) {
			t.Errorf("the alert is %s", alert.Blocks)
		}
	})
}

func TestTheGlobalShortcutAsksForTheChannel(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.opened(b.slack.GlobalShortcut(localslack.Tess, callbackGlobal))
	b.submit(localslack.Tess, form, localslack.Values{"Client name": "Acme", labelChannel: localslack.Leads})
	r := b.only()
	if r.Place.ID != localslack.Leads {
		t.Errorf("stored %+v", r)
	}
	b.now(r.Key, refuse)
	var view *localslack.View
	b.slack.Look(func(now *localslack.Snapshot) { view = now.View(form.ID) })
	b.submit(localslack.Tess, view, nil)
	r = b.stored(2)
	b.now(r.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Leads)); n != 1 {
			t.Errorf("%d messages in the channel, want 1", n)
		}
	})
}

func TestTheAllowListAppliesToTheChosenChannel(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.AllowedChannels = []string{localslack.Leads} })
	form := b.opened(b.slack.GlobalShortcut(localslack.Tess, callbackGlobal))
	ack := b.submit(localslack.Tess, form, localslack.Values{"Client name": "Acme", labelChannel: localslack.Desk})
	if ack.Action != "errors" || !has(string(ack.Payload), "this channel") {
		t.Errorf("answered %s", ack.Payload)
	}
	ack = b.submit(localslack.Tess, form, localslack.Values{labelChannel: localslack.Leads})
	if ack.Action != "update" {
		t.Errorf("answered %s", ack.Payload)
	}
}

func TestTheHomeTab(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(false)
	b.now(r.Key, refuse)
	home := func(user string) *localslack.View {
		b.did(b.slack.OpenHome(user))
		var v *localslack.View
		b.until(func(now *localslack.Snapshot) bool { v = now.Home(user); return v != nil })
		return v
	}
	v := home(localslack.Tess)
	if !has(readable(v.Blocks)+string(v.Blocks), "Acme", "Halo refused", modals.ActionTryAgain, modals.ActionHomeNew) {
		t.Errorf("the home tab is %s", v.Blocks)
	}
	form := b.opened(b.slack.Click(localslack.Tess, v, modals.ActionTryAgain))
	b.until(func(now *localslack.Snapshot) bool { return now.View(form.ID).Submit == "Try again" })
	form = b.opened(b.slack.Click(localslack.Tess, v, modals.ActionHomeNew))
	b.submit(localslack.Tess, form, localslack.Values{"Client name": "Other", labelChannel: localslack.Desk})
	if r := b.stored(2); r.Via != onboarding.ViaHome || r.Place.ID != localslack.Desk {
		t.Errorf("stored %+v", r)
	}

	if v := home(localslack.Gwen); has(string(v.Blocks), modals.ActionHomeNew) || has(readable(v.Blocks), "Acme") {
		t.Errorf("a guest's home tab is %s", v.Blocks)
	}
}

func long(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'x'
	}
	return string(b)
}

const labelChannel = "channel" // the input's block_id
