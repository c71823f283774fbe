package modals_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

// buttons are the values of a surface's buttons, by action id.
func buttons(t *testing.T, v any) map[string][]string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	walk(tree, func(m map[string]any) {
		if m["type"] == "button" {
			value, _ := m["value"].(string)
			id := m["action_id"].(string)
			found[id] = append(found[id], value)
		}
	})
	for _, values := range found {
		slices.Sort(values)
	}
	return found
}

func TestButtonsCarryTheKeyAndOnlyThat(t *testing.T) {
	t.Parallel()
	in := usual()
	in.result.Key = "k"
	in.result.Found = in.result.Found[:2]
	choices := map[string][]string{
		modals.ActionUse: {"k 12 prod", "k 13 prod"}, modals.ActionCreateAnyway: {"k"}, modals.ActionOpen: {"", ""},
	}
	again := map[string][]string{modals.ActionLookAgain: {"k"}, modals.ActionCreateAgain: {"k"}}
	for _, c := range []struct {
		name string
		v    any
		want map[string][]string
	}{
		{"question", modals.Question(in.result).Blocks, choices},
		{"already there", modals.AlreadyThere(in.result).Blocks, choices},
		{"form", modals.Form{Known: in.matches("same website"), Key: "k"}.View().Blocks,
			map[string][]string{modals.ActionUse: {"k 12 prod", "k 13 prod"}, modals.ActionOpen: {"", ""}}},
		{"unconfirmed", modals.Unconfirmed(in.result).Blocks, again},
		{"ask again", modals.AskAgain(in.result).Blocks, again},
		{"failure", modals.Failure(in.result).Blocks, map[string][]string{modals.ActionTryAgain: {"k"}}},
		{"returned", modals.Returned(in.result).Blocks, map[string][]string{modals.ActionTryAgain: {"k"}}},
		{"announcement", modals.Announcement(in.result).Blocks, map[string][]string{modals.ActionOpen: {""}}},
		{"reopen", modals.Reopen("x", "v").Blocks, map[string][]string{modals.ActionReopen: {"v"}}},
		{"reopen with too long a value", modals.Reopen("x", strings.Repeat("v", 2001)).Blocks, map[string][]string{modals.ActionReopen: {""}}},
		{"alert", modals.UnknownSender(modals.Arrival{Alert: in.alert}).Blocks,
			map[string][]string{modals.ActionNewClient: {in.alert.Value()}, modals.ActionDismiss: {in.alert.Value()}}},
		{"home", modals.Home([]modals.HomeEntry{{Name: "x", RetryKey: "k"}}, nil, ""),
			map[string][]string{modals.ActionHomeNew: {""}, modals.ActionTryAgain: {"k"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.want, buttons(t, c.v)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMetadataIsForOtherPrograms(t *testing.T) {
	t.Parallel()
	in := usual()
	in.result.Client.Name = `<b> & "c" ` + strings.Repeat("x", 200)
	for _, c := range []struct {
		name string
		m    modals.Message
		want string
	}{
		{"announcement", modals.Announcement(in.result), fmt.Sprintf(
			`{"event_type":"halo_client_created","event_payload":{"connection":"prod","id":4711,"name":%q,`+
				`"request_id":"prod/T1.C1.1764000000.000100","toplevel_id":3,`+
				`"url":"https://halo.example.com/customers?clientid=4711","website":"acme.com"}}`, in.result.Client.Name)},
		{"alert", modals.UnknownSender(modals.Arrival{Alert: draft.Alert{Email: "Bob@Mail.Initech.co.uk", TicketID: "9"}}),
			`{"event_type":"halo_unknown_sender","event_payload":{"domain":"initech.co.uk","email":"Bob@Mail.Initech.co.uk","ticket_id":"9"}}`},
		{"alert without an address", modals.UnknownSender(modals.Arrival{Alert: draft.Alert{SenderName: "Bob"}}),
			`{"event_type":"halo_unknown_sender","event_payload":{"domain":"","email":"","ticket_id":""}}`},
		{"alert from an address within the house", modals.UnknownSender(modals.Arrival{Alert: draft.Alert{Email: "bob@PRINTER"}}),
			`{"event_type":"halo_unknown_sender","event_payload":{"domain":"printer","email":"bob@PRINTER","ticket_id":""}}`},
		{"alert from the MSP itself", modals.UnknownSender(modals.Arrival{Own: true, Alert: draft.Alert{Email: "sam@msp.example"}}),
			`{"event_type":"halo_unknown_sender","event_payload":{"domain":"","email":"","ticket_id":""}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(c.m.Metadata)
			if err != nil {
				t.Fatal(err)
			}
			var want, got any
			if err := json.Unmarshal([]byte(c.want), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestProblemsSayOnceThatNothingWasCreated(t *testing.T) {
	t.Parallel()
	for problem, want := range map[string]string{
		"Halo is closed":    "Halo is closed. Nothing was created.",
		"Halo says \"no.\"": "Halo says \"no.\" Nothing was created.",
		"Halo is closed. Nothing was created. Wait.": "Halo is closed. Nothing was created. Wait.",
		"":     "The reason is not known. Nothing was created.",
		"a\nb": "a b. Nothing was created.",
	} {
		if got := modals.Failure(modals.Result{Problem: problem}).Text; !strings.Contains(got, want) {
			t.Errorf("%q is told as %q, want %q", problem, got, want)
		}
	}
}

func TestAddressesOfLinksAreCheckedAndEncoded(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://halo.example.com/customers?clientid=1":        "<https://halo.example.com/customers?clientid=1|Acme> (#1)",
		"http://127.0.0.1:8080/ticket?id=1&x=2":                "<http://127.0.0.1:8080/ticket?id=1&amp;x=2|Acme> (#1)",
		"https://halo.example.com/?x=<!channel>|y z":           "<https://halo.example.com/?x=%3C!channel%3E%7Cy%20z|Acme> (#1)",
		"https://halo.example.com/*\u202e*":                    "<https://halo.example.com/%2A%E2%80%AE%2A|Acme> (#1)",
		"javascript:alert(1)":                                  "Acme (#1)",
		"ftp://halo.example.com":                               "Acme (#1)",
		"https://":                                             "Acme (#1)",
		"https://user:secret@halo.example.com":                 "Acme (#1)",
		"/customers?clientid=1":                                "Acme (#1)",
		"https://halo.example.com/" + strings.Repeat("x", 3e3): "Acme (#1)",
		"": "Acme (#1)",
	} {
		r := modals.Result{Client: modals.Client{ID: 1, Name: "Acme", URL: raw}}
		if got := modals.LineCreated(r); got != "✓ "+want+" created" {
			t.Errorf("%q becomes %q, want %q", raw, got, want)
		}
	}
}

func TestOnlyPeopleAreMentioned(t *testing.T) {
	t.Parallel()
	for id, mentioned := range map[string]bool{
		"U0TESS": true, "W012A3CDE": true,
		"": false, "S0TEAM": false, "U": false, "u0tess": false, "U0TESS|x": false, "!channel": false, "U0\nTESS": false,
	} {
		line := modals.LineClosed(modals.Result{By: id})
		if got := strings.Contains(line, "<@"); got != mentioned {
			t.Errorf("%q: mentioned %v: %s", id, got, line)
		}
	}
}

func TestMessageTextStaysWithinSlacksLimitWhenEscaped(t *testing.T) {
	t.Parallel()
	r := modals.Result{Problem: strings.Repeat("&", 5000), Draft: draft.Draft{Name: strings.Repeat("<", 250)}, By: "U0TESS"}
	got := modals.Report(r).Text
	if n := len([]rune(got)); n > 3900 {
		t.Errorf("%d characters", n)
	}
	if i := strings.LastIndexByte(got, '&'); !strings.Contains(got[i:], ";") {
		t.Errorf("ends within an entity: %q", got[i:])
	}
}
