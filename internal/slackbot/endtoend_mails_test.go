package slackbot_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/idna"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// TestMailsBecomeAlertsOfWhoWrote pipes the mails of package draft into bot alert, reads the
// alerts, and opens their forms.
func TestMailsBecomeAlertsOfWhoWrote(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"OWN_DOMAINS": "northgate-msp.example"}})
	const cases = "../draft/testdata/"
	raw, err := os.ReadFile(cases + "mails.tsv")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		if n++; testing.Short() && n%4 != 0 {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cells) != 6 {
			continue
		}
		said := d.piped(filepath.Join(cases, "mails", cells[0]))
		if cells[1] == "NONE" {
			if said.Outcome != "ignored" || said.Reason == "" {
				t.Errorf("%s: %+v", cells[0], said)
			}
			continue
		}
		if said.Outcome != "posted" || said.Email != cells[1] {
			t.Errorf("%s: %+v, want it posted for %s", cells[0], said, cells[1])
			continue
		}
		alert := d.message(localslack.Mail, said.TS)
		words := []string{cells[1]}
		if cells[2] != "*" {
			words = append(words, cells[2])
		}
		if cells[3] != "" {
			words = append(words, "#"+cells[3], d.Halo.URL()+"/ticket?id="+cells[3])
		}
		shown := string(encoded(alert))
		for _, word := range words {
			quoted := strings.Trim(string(encoded(word)), `"`)
			if !strings.Contains(shown, quoted) {
				t.Errorf("%s: the alert does not say %q: %s", cells[0], word, shown)
			}
		}
		form := typed(d.press(localslack.Tess, alert))
		for i, field := range []string{"website", "name"} {
			want := cells[4+i]
			if shown, err := idna.ToUnicode(want); err == nil && form[field] == shown {
				continue // as people write it
			}
			if want != "*" && form[field] != want {
				t.Errorf("%s: the form's %s is %q, want %q", cells[0], field, form[field], want)
			}
		}
		if shown := strings.ToLower(form["name"] + form["website"]); strings.Contains(shown, "northgate") || strings.Contains(shown, "docusign") {
			t.Errorf("%s: the form is filled in with %q", cells[0], form)
		}
		// Else a later mail of the same company would be in this one's thread.
		d.send(d.Slack.APIURL()+"chat.delete", d.Slack.BotToken(), object{"channel": localslack.Mail, "ts": said.TS})
	}
}

// One company, two people: the second is not hidden behind the first, whoever that was.
func TestAnotherPersonsMailHasAButtonOfItsOwnInTheThread(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"AUTHSERV_ID": "mx.msp.example"}})
	mail := func(name, subject, verdict string) string {
		file := filepath.Join(t.TempDir(), "mail.eml")
		text := "Authentication-Results: mx.msp.example; dmarc=" + verdict + " header.from=faro.example\nFrom: " + name + " <" +
			strings.ToLower(name) + "@faro.example>\nSubject: " + subject + "\n\nHello\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	first := d.piped(mail("Ines", "Tiles", "fail"))
	alert := d.message(localslack.Mail, first.TS)
	if text := bottest.Say(alert.Blocks); !strings.HasPrefix(text, "Unknown sender, and perhaps a forged one") {
		t.Errorf("the alert begins %q", text)
	}
	for _, tt := range []struct {
		name, subject, verdict string
		button                 bool
	}{
		{"Ines", "Tiles again", "fail", false},
		{"Ines", "It is me", "pass", true},
		{"Ines", "[ID:0000881] Tiles", "fail", true},
		{"Rui", "Tiles", "fail", true},
	} {
		said := d.piped(mail(tt.name, tt.subject, tt.verdict))
		if said.Outcome != "added" || said.ThreadTS != first.TS {
			t.Fatalf("%+v: %+v, want it in the thread of %s", tt, said, first.TS)
		}
		reply := d.message(localslack.Mail, said.TS)
		if text := bottest.Say(reply.Blocks); !says(text, tt.name+" <"+strings.ToLower(tt.name)+"@faro.example>") {
			t.Errorf("%+v: the reply says %q", tt, text)
		}
		if has := strings.Contains(string(encoded(reply)), createClient); has != tt.button {
			t.Errorf("%+v: a button of its own is %v", tt, has)
		}
		if tt.name == "Rui" {
			v := d.press(localslack.Tess, reply)
			if notes := typed(v)["notes"]; !strings.Contains(notes, "rui@faro.example") {
				t.Errorf("the form of his mail has the notes %q", notes)
			}
			d.Submit(localslack.Tess, v.ID, nil)
			v = d.awaitModal(v.ID, "New Halo client", "failed verification", "Nothing was created")
			d.Submit(localslack.Tess, v.ID, nil)
			d.awaitAlert(reply, "✓", "Faro")
		}
	}
}

// said is what bot alert printed of a mail.
type said struct {
	Outcome, Email, TS, Reason string
	ThreadTS                   string `json:"thread_ts"`
}

// piped feeds a mail to bot alert, as a mail server does.
func (d desk) piped(file string) (out said) {
	d.Helper()
	mail, err := os.Open(file)
	if err != nil {
		d.Fatal(err)
	}
	defer mail.Close() //nolint:errcheck // it is only read
	cmd := exec.CommandContext(d.Context(), d.Path(), "alert", "--channel", localslack.Mail, "--json")
	cmd.Dir, cmd.Env, cmd.Stdin = d.Dir, d.Env(), mail
	printed, err := cmd.Output()
	if err != nil || json.Unmarshal(printed, &out) != nil {
		d.Fatalf("bot alert < %s: %v\n%s", file, err, printed)
	}
	return out
}

// The MSP never becomes a client by default, whoever writes the button's value.
func TestTheMSPsOwnAddressLeavesTheFormEmptyAndTheFormSaysSo(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"OWN_DOMAINS": "northgate-msp.example"}})
	for _, v := range []string{
		value("email", "Sam Desk <sam@mail.northgate-msp.example>", "ticket_id", "881", "website", "www.northgate-msp.example"),
		"sam@northgate-msp.example",
	} {
		form := d.press(localslack.Tess, d.post(localslack.Mail, alert(v)))
		if got := typed(form); got["name"] != "" || got["website"] != "" || strings.Contains(got["notes"], "northgate") {
			t.Errorf("%s: the form has %q", v, got)
		}
		if text := bottest.Say(form.Blocks); !says(text, "is an address of your own") {
			t.Errorf("%s: the form says %q", v, text)
		}
	}
	for _, v := range []string{"undefined", `{"email":null}`, `{"email":"undefined","ticket_id":"null"}`} {
		form := d.press(localslack.Tess, d.post(localslack.Mail, alert(v)))
		if text := bottest.Say(form.Blocks); !says(text, "says nothing that could be used") {
			t.Errorf("%s: the form says %q", v, text)
		}
	}
}
