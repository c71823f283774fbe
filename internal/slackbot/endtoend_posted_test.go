package slackbot_test

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestAnAlertPostedByTheCommandIsSettledAndThenOpenNoMore(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711}})
	mail := func(email string, more ...string) string {
		t.Helper()
		return d.run(append([]string{"alert", "--channel", localslack.Mail, "--email", email, "--json"}, more...)...)
	}
	if out := mail("jane@acme.com", "--name", "Acme Ltd", "--ticket", "881"); !says(out, `"posted"`) {
		t.Fatal(out)
	}
	m := d.AwaitMessage(localslack.Mail, "jane@acme.com")
	if out := mail("bob@mail.acme.com"); !says(out, `"added"`, m.TS) {
		t.Fatal(out)
	}
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	checkSettled(t, m, d.awaitAlert(m, "✓", "#4711"), false)
	d.awaitReply(m, "created", "#4711", "ticket #881")
	if out := mail("eve@acme.com"); !says(out, `"known"`, "4711") {
		t.Error(out)
	}

	// One that was closed without a client is open no more either.
	if out := mail("hank@globex.example", "--on-error", "stop"); !says(out, `"posted"`) {
		t.Fatal(out)
	}
	m = d.AwaitMessage(localslack.Mail, "hank@globex.example")
	v = d.press(localslack.Tess, m)
	d.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(400, localhalo.Message, noLuck))
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "Closed: no client was created.")
	if out := mail("homer@globex.example"); !says(out, `"posted"`) {
		t.Error(out)
	}
}

// What docs/alerts.md gives to copy is posted as it stands there.
func TestTheAlertsToCopyWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/alerts.md")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, bottest.Options{})
	for file, post := range map[string]func(string, object) *localslack.Message{"alert.json": d.post, "webhook.json": d.hook} {
		found := regexp.MustCompile("(?s)with `" + regexp.QuoteMeta(file) + "`:\n\n```json\n(.*?)```").FindSubmatch(page)
		if found == nil {
			t.Fatalf("docs/alerts.md has no %s", file)
		}
		var message object
		if err := json.Unmarshal(found[1], &message); err != nil {
			t.Fatal(err)
		}
		delete(message, "channel")
		m := post(localslack.Mail, message)
		v := d.press(localslack.Tess, m)
		if got := typed(v); got["name"] != "Acme Rockets" || got["website"] != "acme-rockets.co.uk" {
			t.Errorf("%s: the form has %q", file, got)
		}
	}

	// What --print prints is posted by either way, too.
	var printed object
	if err := json.Unmarshal([]byte(d.run("alert", "--print", "--email", "jane@globex.example", "--ticket", "881")), &printed); err != nil {
		t.Fatal(err)
	}
	for _, post := range []func(string, object) *localslack.Message{d.post, d.hook} {
		v := d.press(localslack.Tom, post(localslack.Mail, printed))
		if got := typed(v); got["website"] != "globex.example" || !says(got["notes"], "Ticket: 881") {
			t.Errorf("the printed alert's form has %q", got)
		}
	}
}
