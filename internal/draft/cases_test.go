package draft

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// northgate are the rules of the MSP whose mails testdata/mails holds.
var northgate = Rules{OwnDomains: []string{"northgate-msp.example"}, TicketTags: []string{"ID:"}}

// readAlert is what a mail's alert knows, for an MSP that has said nothing of itself.
func readAlert(r io.Reader) (Alert, error) {
	m, err := ReadMail(r)
	if err != nil {
		return Alert{}, err
	}
	return m.Alert(Rules{TicketTags: []string{"ID:"}}), nil
}

// caseRows reads a file of testdata: a line of cells each, without comments.
func caseRows(t *testing.T, file string) (rows [][]string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != '#' {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("%s holds no cases", file)
	}
	return rows
}

// same reports whether got is what a cell wants; * is anything.
func same(want, got string) bool { return want == got || want == "*" }

func TestMailsSayWhoWroteAndFillTheFormIn(t *testing.T) {
	t.Parallel()
	templates, err := ParseTemplates(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range caseRows(t, "mails.tsv") {
		t.Run(row[0], func(t *testing.T) {
			t.Parallel()
			file, err := os.Open(filepath.Join("testdata", "mails", row[0]))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close() //nolint:errcheck // it is only read
			m, err := ReadMail(file)
			if err != nil {
				t.Fatal(err)
			}
			if (row[1] == "NONE") != (m.Noise != "") {
				t.Fatalf("noise is %q", m.Noise)
			}
			if m.Noise != "" {
				return
			}
			a := m.Alert(northgate)
			d, errs := templates.Prefill(Context{Alert: a, Rules: northgate})
			if len(errs) > 0 {
				t.Error(errs)
			}
			for i, got := range []string{a.Email, a.SenderName, a.TicketID, d.Website, d.Name} {
				if want := row[i+1]; !same(want, got) {
					t.Errorf("%s is %q, want %q", []string{"the address", "the name", "the ticket", "the website", "the client's name"}[i], got, want)
				}
			}
			for _, got := range []string{a.SenderName, d.Name} {
				if lower := strings.ToLower(got); strings.Contains(lower, "docusign") || strings.Contains(lower, "northgate") || strings.Contains(lower, "our website") {
					t.Errorf("it names a relay or the MSP: %q", got)
				}
			}
		})
	}
}

func TestButtonsOfHandMadeFlows(t *testing.T) {
	t.Parallel()
	for _, row := range caseRows(t, "buttons.tsv") {
		var value string
		if err := json.Unmarshal([]byte(row[0]), &value); err != nil {
			t.Fatal(err)
		}
		a := ParseAlert(value)
		for i, got := range []string{a.Email, a.TicketID, a.SenderName} {
			if want := row[i+1]; !same(want, got) {
				t.Errorf("%s: %s is %q, want %q", value, []string{"the address", "the ticket", "the name"}[i], got, want)
			}
		}
	}
}
