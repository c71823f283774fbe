package slackbot_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestWhateverTheButtonHoldsTheModalOpensWithWhatWasUsable(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	sentence := strings.Repeat("a long sentence ", 200)
	for _, c := range []struct {
		name, value          string
		client, website, say string // say: in the notes
	}{
		{"bare address", "bob@mail.initech.co.uk", "Initech", "initech.co.uk", "Sender: bob@mail.initech.co.uk"},
		{"address of a mail header", `"Rocket, Jane" <jane@acme-rockets.co.uk>`, "Acme Rockets", "acme-rockets.co.uk", "Rocket, Jane"},
		{
			"everything", value("email", "jane@acme.com", "sender_name", "Jane", "subject", "Printer on fire", "ticket_id", "881",
				"name", "Acme Holding", "website", "https://www.acme-holding.com/contact", "trading_name", "Acme", "notes", "Called twice"),
			"Acme Holding", "acme-holding.com", "Called twice",
		},
		{"wrong types", `{"email":"jane@acme.com","name":["Acme"],"website":{"a":1},"subject":null,"ticket_id":881,"notes":7,"on_error":[]}`, "Acme", "acme.com", "Ticket: 881"},
		{"wrong types alone", `{"email":5,"name":false,"website":[]}`, "", "", ""},
		{"2,000 characters of text", sentence[:1985] + " jane@acme.com", "Acme", "acme.com", ""},
		{"2,000 characters in a name", value("email", "jane@acme.com", "name", sentence[:1950]), sentence[:250], "acme.com", ""},
		{"invalid JSON", `{"email":"jane@acme.com","name":"Acme"`, "Acme", "acme.com", ""},
		{"no JSON object", `["jane@acme.com"]`, "Acme", "acme.com", ""},
		{"nothing usable", "\u0000{]<>", "", "", ""},
		{"no value at all", "", "", "", ""},
		{"control characters", value("email", "jane@acme.com", "name", "Ac\u0000me\u0007\r\n Ltd\u202e", "subject", "a\x1b[2Jb\u2028c"), "Acme Ltd", "acme.com", ""},
		{"a broadcast in the name", value("email", "jane@acme.com", "name", "<!channel> Ltd", "subject", "<!here> <@U000000TESS>"), "<!channel> Ltd", "acme.com", "<!here>"},
		{"a website that is none", value("email", "jane@acme.com", "website", "javascript:alert(1)"), "Acme", "acme.com", ""},
	} {
		m := d.post(localslack.Mail, alert(c.value))
		v := d.press(localslack.Tess, m)
		got := typed(v)
		if got["name"] != c.client || got["website"] != c.website || !strings.Contains(got["notes"], c.say) {
			t.Errorf("%s: the form has %q", c.name, got)
		}
		if !strings.Contains(got["notes"], "Alert: "+link(m)) {
			t.Errorf("%s: the notes do not link the alert: %q", c.name, got["notes"])
		}
		if n := len([]rune(got["name"])); n > 250 {
			t.Errorf("%s: the name has %d characters", c.name, n)
		}
	}
	d.Slack.Look(func(now *localslack.Snapshot) {
		if told := now.Notices(localslack.Tess); len(told) > 0 {
			t.Errorf("Slack told the technician: %v", told)
		}
	})
}

func TestWhatAnOutsiderWroteCallsNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	hostile := "<!channel> *Acme* <https://evil.example|Acme> & <@U0000000TOM>"
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", hostile, "trading_name", "<!here>", "ticket_id", "<!everyone>")))
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	d.AwaitClients(d.Halo, hostile, 1)
	reply := d.awaitReply(m, hostile)
	settled := d.awaitAlert(m, "✓")
	for what, text := range map[string]string{"the reply's text": reply.Text, "the line below the alert": line(settled)} {
		for _, mark := range []string{"<!channel>", "<!here>", "<!everyone>", "<@U0000000TOM>", "<https://evil.example"} {
			if strings.Contains(text, mark) {
				t.Errorf("%s holds %s: %q", what, mark, text)
			}
		}
	}
	if n := strings.Count(string(reply.Blocks), `"mrkdwn"`); n != 0 {
		t.Errorf("the reply has %d mrkdwn texts: %s", n, reply.Blocks)
	}
}

// line is the status line below an alert, in mrkdwn.
func line(m *localslack.Message) string {
	i := strings.Index(string(m.Blocks), `"halo_status"`)
	if i < 0 {
		return ""
	}
	return string(m.Blocks)[i:]
}

func TestAFreeMailSendersWebsiteIsLeftEmptyAndTheFormSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value("email", "jane.doe@gmail.com", "sender_name", "Jane Doe"))))
	if got := typed(v); got["website"] != "" || got["name"] != "" || !strings.Contains(got["notes"], "Sender: Jane Doe <jane.doe@gmail.com>") {
		t.Errorf("the form has %q", got)
	}
	if text := bottest.Say(v.Blocks); !says(text, "gmail.com", "the website is left empty") {
		t.Errorf("the form says %q", text)
	}
}

func TestTemplatesDecideWhatStandsInTheForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{
		"PREFILL_NAME":    `{{#name}}{{name}}{{/name}}{{^name}}{{#company}}{{sender.domain}}{{/company}}{{/name}} / {{#title}}{{#lower}}{{sender.name}}{{/lower}}{{/title}}`,
		"PREFILL_WEBSITE": `{{#domain}}{{sender.domain}}{{/domain}}`,
		"PREFILL_NOTES": `{{sender.email}}|{{sender.name}}|{{sender.domain}}|{{subject}}|{{ticket.id}}|{{ticket.url}}|` +
			`{{user.id}}|{{user.name}}|{{channel.id}}|{{channel.name}}|{{alert.permalink}}|{{now}}|{{region}}|{{on_error}}`,
	}})
	m := d.post(localslack.Mail, alert(`{"email":"jane@mail.acme-rockets.co.uk","sender_name":"JANE O'DOE","subject":"<b>Fire & \"smoke\"</b>",`+
		`"ticket_id":881,"region":"North & South","on_error":"bounce"}`))
	v := d.press(localslack.Tess, m)
	got := typed(v)
	notes := strings.Split(got["notes"], "|")
	if len(notes) != 14 || !strings.HasPrefix(notes[11], "20") {
		t.Fatalf("the notes are %q", got["notes"])
	}
	notes[11] = "now"
	want := []string{
		"jane@mail.acme-rockets.co.uk", "JANE O'DOE", "mail.acme-rockets.co.uk", `<b>Fire & "smoke"</b>`,
		"881", d.Halo.URL() + "/ticket?id=881", localslack.Tess, "tess", localslack.Mail, "mail-alerts", link(m), "now", "North & South", "bounce",
	}
	if diff := cmp.Diff(want, notes); diff != "" {
		t.Errorf("the notes (-want +got):\n%s", diff)
	}
	if got["name"] != "Acme Rockets / Jane O'doe" || got["website"] != "acme-rockets.co.uk" || got["trading_name"] != "" {
		t.Errorf("the form has %q", got)
	}
}

func TestAnAlertsConnectionIsChosenInTheForm(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halos: []bottest.Tenant{{Name: "prod"}, {Name: "uat", Halo: localhalo.Options{FirstID: 700}}}})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "connection", "uat", "ticket_id", "881")))
	v := d.press(localslack.Tess, m)
	if got := typed(v)["connection"]; got != "uat" {
		t.Errorf("chosen is %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.AwaitClients(d.Halos["uat"], "Acme", 1)
	d.awaitReply(m, "#700", "uat", d.Halos["uat"].URL()+"/ticket?id=881", d.Halos["uat"].URL()+"/customers?clientid=700")
	d.awaitAlert(m, "✓", "#700", d.Halos["uat"].URL()+"/customers?clientid=700")
	if n := d.Halos["prod"].Len(); n != 0 {
		t.Errorf("%d clients were made in the other Halo", n)
	}

	// One that there is not is said, not guessed: the form is not sent before somebody chooses.
	m = d.post(localslack.Mail, alert(value("email", "bob@globex.com", "connection", "nowhere")))
	v = d.press(localslack.Tess, m)
	if text := bottest.Say(v.Blocks); !says(text, `"nowhere"`, "which does not exist", "choose one") {
		t.Errorf("the form says %q", text)
	}
	if _, err := d.Slack.SubmitView(localslack.Tess, v.ID, nil); err == nil {
		t.Error("the form can be sent without a connection")
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Halo connection": "prod"})
	d.AwaitClients(d.Halos["prod"], "Globex", 1)
}

func TestTheOnlyConnectionIsUsedWhateverTheAlertNames(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.press(localslack.Tess, d.post(localslack.Mail, alert(value("email", "jane@acme.com", "connection", "uat"))))
	if text := bottest.Say(v.Blocks); !says(text, `"uat"`, "which does not exist", "the only one that does") {
		t.Errorf("the form says %q", text)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.AwaitClients(d.Halo, "Acme", 1)
}
