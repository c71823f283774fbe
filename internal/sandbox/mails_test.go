package sandbox

import (
	"strings"
	"testing"

	"halobot/internal/sandbox/localslack"
)

// Each mail of the page shows what it is there for.
func TestTheMailsThatMayComeInAreToldOfAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	want := map[string]string{
		"new":       "Unknown sender: Jane Doe &lt;jane.doe@acme-rockets.example&gt;",
		"second":    "Another mail from the same domain, by somebody else",
		"subdomain": "noreply@mail.umbrella.example",
		"forwarded": "Unknown sender: Ute Lindner &lt;ute@lindner-orgelbau.example&gt;",
		"list":      "Unknown sender: Rui Faro &lt;rui@faro-tiles.example&gt;",
		"form":      "Unknown sender: Carol Smith &lt;carol.smith@gmail.com&gt;",
		"relay":     "Unknown sender: Piet de Wit &lt;piet@dewit-fietsen.example&gt;",
		"idn":       "Zoë Müller",
		"forged":    "Unknown sender, and perhaps a forged one: Accounts",
		"known":     "",
		"absent":    "",
	}
	for _, m := range samples {
		before := s.newest()
		said, err := s.Alert(t.Context(), "", m)
		if err != nil {
			t.Fatalf("%s: %v", m.ID, err)
		}
		newest := s.newest()
		told, ok := want[m.ID]
		switch {
		case !ok:
			t.Errorf("nothing is expected of %s", m.ID)
		case told == "" && (newest != before || !strings.Contains(said, "No alert is needed.")):
			t.Errorf("%s is told of as %q, %q", m.ID, newest, said)
		case told != "" && (newest == before || !strings.Contains(newest, told)):
			t.Errorf("%s is told of as %q, want %q", m.ID, newest, told)
		}
	}
}

// newest is the text of the newest message in the mail channel, its threads included.
func (s *Sandbox) newest() (text string) {
	s.slack.Look(func(now *localslack.Snapshot) {
		ts := ""
		for _, m := range now.Messages(localslack.Mail) {
			for _, m := range append(now.Thread(localslack.Mail, m.TS), m) {
				if m.TS > ts {
					ts, text = m.TS, m.Text
				}
			}
		}
	})
	return text
}
