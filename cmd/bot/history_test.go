package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
)

func TestSinceIsAnAgeOrADate(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", 2*60*60)
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, zone)
	for text, want := range map[string]time.Time{
		"30d":                       time.Date(2026, 3, 1, 12, 0, 0, 0, zone),
		"0d":                        now,
		"12h":                       now.Add(-12 * time.Hour),
		"90m":                       now.Add(-90 * time.Minute),
		"2026-01-01":                time.Date(2026, 1, 1, 0, 0, 0, 0, zone),
		"2026-01-01T08:00:00Z":      time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC),
		"2026-01-01T08:00:00+01:00": time.Date(2026, 1, 1, 7, 0, 0, 0, time.UTC),
	} {
		if got, err := parseSince(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "yesterday", "-3d", "-2h", "30", "01/02/2026", "2026-13-01"} {
		if got, err := parseSince(text, now); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}

// receipts are one request of each kind, the last one hostile.
func receipts() []onboarding.Receipt {
	at := time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)
	ended := at.Add(2 * time.Second)
	return []onboarding.Receipt{{
		Request: onboarding.Request{
			Key: "k1", Draft: draft.Draft{Connection: "prod", Name: "Acme Ltd", Website: "acme.com"}, At: at,
			By: onboarding.Person{ID: "U1", Name: "tess"}, Via: "alert",
			Place: onboarding.Place{ID: "C1", Name: "mail-alerts", Link: "https://desk.slack.com/archives/C1/p1"},
		},
		State: onboarding.State{Outcome: onboarding.Created, Ended: ended, Client: &halo.Client{ID: 4711, Name: "Acme Ltd", Website: "acme.com"}},
	}, {
		Request: onboarding.Request{Key: "k2-anyway", Draft: draft.Draft{Connection: "prod", Name: "Globex"}, At: at, By: onboarding.Person{ID: "U1", Name: "tess"}, Via: "button"},
		State:   onboarding.State{Outcome: onboarding.Created, Ended: ended, Client: &halo.Client{ID: 4712, Name: "Globex"}},
	}, {
		Request: onboarding.Request{Key: "k2", Draft: draft.Draft{Connection: "prod", Name: "Globex"}, At: at, By: onboarding.Person{Name: "root (command line)"}, Via: "shell"},
		State:   onboarding.State{Outcome: onboarding.Exists, Ended: ended, Found: []halo.Client{{ID: 12, Name: "GLOBEX", Inactive: true}}},
	}, {
		Request: onboarding.Request{Key: "k3", Draft: draft.Draft{Connection: "prod", Name: "Initech"}, At: at, By: onboarding.Person{ID: "U1", Name: "tess"}, Via: "command", Place: onboarding.Place{ID: "C2"}},
		State:   onboarding.State{Phase: onboarding.Checking},
	}, {
		Request: onboarding.Request{Key: "k4", Draft: draft.Draft{Connection: "prod", Name: "Evil\x1b[2J\tLtd\n\u202e"}, At: at, By: onboarding.Person{ID: "U2", Name: "tom"}, Via: "home"},
		State:   onboarding.State{Outcome: onboarding.Refused, Ended: ended, Problem: "A main site must be entered."},
	}}
}

// listed are receipts as they are printed, with the links of an installation.
func listed() []entry {
	return newEntries(receipts(), func(connection string, id int) string {
		if id == 0 {
			return ""
		}
		return fmt.Sprintf("https://%s.example/%d", connection, id)
	})
}

func TestHistoryTable(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := historyTable(&out, listed()); err != nil {
		t.Fatal(err)
	}
	when := receipts()[0].Request.At.Local().Format("2006-01-02 15:04 MST")
	want := strings.ReplaceAll(`TIME                  OUTCOME               CLIENT  NAME         WEBSITE   CONNECTION  BY                   FROM                  LINK                       KEY
2026-11-24 09:30 UTC  created               4711    Acme Ltd     acme.com  prod        tess                 alert in mail-alerts  https://prod.example/4711  k1
2026-11-24 09:30 UTC  created               4712    Globex       -         prod        tess                 button                https://prod.example/4712  k2-anyway
2026-11-24 09:30 UTC  exists, then created  -       Globex       -         prod        root (command line)  shell                 -                          k2
2026-11-24 09:30 UTC  checking…             -       Initech      -         prod        tess                 command in C2         -                          k3
2026-11-24 09:30 UTC  refused               -       Evil[2J Ltd  -         prod        tom                  home                  -                          k4
`, "2026-11-24 09:30 UTC", when)
	if got := out.String(); got != want && len(when) == len("2026-11-24 09:30 UTC") {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestHistoryCSVIsCarriedOutByNoSpreadsheet(t *testing.T) {
	t.Parallel()
	list := receipts()[:1]
	list[0].Request.Draft.Name = `=HYPERLINK("https://evil.example","Acme, Ltd")`
	list[0].State.Client = nil
	var out bytes.Buffer
	if err := historyCSV(&out, newEntries(list, func(string, int) string { return "" })); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at, err := time.Parse(time.RFC3339, rows[1][0])
	if err != nil || !at.Equal(list[0].Request.At) {
		t.Errorf("the time is %s", rows[1][0])
	}
	if got, want := rows[1][3], `'=HYPERLINK("https://evil.example","Acme, Ltd")`; got != want {
		t.Errorf("the name is %s", got)
	}
}

func TestHistoryLinesAreOneObjectEach(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := historyLines(&out, listed()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines:\n%s", len(lines), out.String())
	}
	for i, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("line %d is no JSON: %s", i+1, line)
		}
	}
	want := `{"time":"2026-11-24T09:30:00Z","ended":"2026-11-24T09:30:02Z","outcome":"created","id":4711,"name":"Acme Ltd","website":"acme.com","url":"https://prod.example/4711",` +
		`"connection":"prod","by":{"id":"U1","name":"tess"},"via":"alert",` +
		`"place":{"id":"C1","name":"mail-alerts","link":"https://desk.slack.com/archives/C1/p1"},"key":"k1"}`
	if lines[0] != want {
		t.Errorf("got  %s\nwant %s", lines[0], want)
	}
	if want := `"found":[{"id":12,"name":"GLOBEX","inactive":true,"url":"https://prod.example/12"}]`; !strings.Contains(lines[2], want) || !strings.Contains(lines[2], `"outcome":"exists","then":"created"`) {
		t.Errorf("%s does not hold %s", lines[2], want)
	}
	if want := `"outcome":"","phase":"checking"`; !strings.Contains(lines[3], want) {
		t.Errorf("%s does not hold %s", lines[3], want)
	}
}

func TestTheHistoryMakesNoDatabase(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": bottest.Postgres(t)}
	for range 2 {
		code, stdout, stderr := command(t, env, "history")
		if code != exitOK || stdout != "" || !strings.Contains(stderr, "There is no database postgres://") {
			t.Errorf("exit %d, %q, %q", code, stdout, stderr)
		}
	}
}
