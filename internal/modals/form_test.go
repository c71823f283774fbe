package modals_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

// inputs are a form's input elements as JSON, by block id.
func inputs(t *testing.T, v slack.ModalViewRequest) map[string]map[string]any {
	t.Helper()
	raw, err := json.Marshal(v.Blocks)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []struct {
		BlockID string         `json:"block_id"`
		Element map[string]any `json:"element"`
	}
	if err := json.Unmarshal(raw, &blocks); err != nil {
		t.Fatal(err)
	}
	found := map[string]map[string]any{}
	for _, b := range blocks {
		if b.Element != nil {
			found[b.BlockID] = b.Element
		}
	}
	return found
}

func TestFormCutsInitialValuesByCharacters(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é👍", 4000)
	in := inputs(t, modals.Form{Draft: draft.Draft{Name: long, Website: long, TradingName: long, Notes: long}}.View())
	for id, most := range map[string]int{
		"name": draft.MaxName, "website": draft.MaxWebsite, "trading_name": draft.MaxTradingName, "notes": draft.MaxNotes,
	} {
		got, _ := in[id]["initial_value"].(string)
		if n := utf8.RuneCountInString(got); n != most || !strings.HasPrefix(long, got) {
			t.Errorf("%s starts with %d characters, want the first %d of the value", id, n, most)
		}
		if in[id]["max_length"] != float64(most) {
			t.Errorf("%s has max_length %v, want %d", id, in[id]["max_length"], most)
		}
	}
}

func TestFormOffersWhatWasTypedAsItWas(t *testing.T) {
	t.Parallel()
	want := draft.Draft{Name: "Müller & Söhne <GmbH>", Website: "acme.com", TradingName: "*Acme*", Notes: "a\n\n\tb & c"}
	in := inputs(t, modals.Form{Draft: want, Problem: "No."}.View())
	got := map[string]any{}
	for id, e := range in {
		got[id] = e["initial_value"]
	}
	if d := cmp.Diff(map[string]any{
		"name": want.Name, "website": want.Website, "trading_name": want.TradingName, "notes": want.Notes,
	}, got); d != "" {
		t.Error(d)
	}
}

func TestFormFocusesOneFieldAndNeverTakesTheCursorAway(t *testing.T) {
	t.Parallel()
	known := []modals.Match{{Client: modals.Client{ID: 1, Name: "Acme Ltd"}, Why: "same website"}}
	for _, c := range []struct {
		name string
		form modals.Form
		want string
	}{
		{"an empty form starts at the name", modals.Form{}, "name"},
		{"a form without website starts there", modals.Form{Draft: draft.Draft{Name: "Acme"}}, "website"},
		{"a filled form starts at the name", modals.Form{Draft: draft.Draft{Name: "Acme", Website: "acme.com"}}, "name"},
		{"an update about a find leaves the cursor", modals.Form{Known: known}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			for id, e := range inputs(t, c.form.View()) {
				if e["focus_on_load"] == true {
					got += id
				}
			}
			if got != c.want {
				t.Errorf("focus on %q, want %q", got, c.want)
			}
		})
	}
}

func TestFormAsksForTheConnectionWhereThereAreSeveral(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name        string
		connections []string
		chosen      string
		options     int
		initial     string
	}{
		{"none", nil, "", 0, ""},
		{"one", []string{"halo"}, "halo", 0, ""},
		{"one, twice", []string{"halo", "halo"}, "", 0, ""},
		{"the first is the default", []string{"prod", "uat"}, "", 2, "prod"},
		{"the alert's own", []string{"prod", "uat"}, "uat", 2, "uat"},
		{"an unknown one is not guessed", []string{"prod", "uat"}, "old", 2, ""},
		{"those that no select can hold are left out", []string{"prod", strings.Repeat("x", 76), "", "uat"}, "", 2, "prod"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := modals.Form{Connections: c.connections, Draft: draft.Draft{Connection: c.chosen}}.View()
			e := inputs(t, v)["connection"]
			options, _ := e["options"].([]any)
			initial := ""
			if o, ok := e["initial_option"].(map[string]any); ok {
				initial, _ = o["value"].(string)
			}
			if len(options) != c.options || initial != c.initial {
				t.Errorf("%d options starting at %q, want %d at %q", len(options), initial, c.options, c.initial)
			}
		})
	}
}

func TestFormAsksForTheChannel(t *testing.T) {
	t.Parallel()
	current := inputs(t, modals.Form{AskChannel: true}.View())["channel"]
	if current["default_to_current_conversation"] != true || current["initial_conversation"] != nil {
		t.Errorf("without a channel: %v", current)
	}
	chosen := inputs(t, modals.Form{AskChannel: true, Channel: "C0DESK"}.View())["channel"]
	if chosen["initial_conversation"] != "C0DESK" || chosen["default_to_current_conversation"] != nil {
		t.Errorf("with a channel: %v", chosen)
	}
	if e := inputs(t, modals.Form{Channel: "C0DESK"}.View())["channel"]; e != nil {
		t.Errorf("asked unasked: %v", e)
	}
}

func TestSubmissionIsReadAsTyped(t *testing.T) {
	t.Parallel()
	var v modals.Values
	if err := json.Unmarshal([]byte(`{
		"name": {"value": {"type": "plain_text_input", "value": " Acme  Ltd "}},
		"website": {"value": {"type": "plain_text_input", "value": null}},
		"trading_name": {"value": {"type": "plain_text_input", "value": "Acme"}},
		"notes": {"value": {"type": "plain_text_input", "value": "a\n b\n"}},
		"connection": {"value": {"type": "static_select", "selected_option": {"text": {"type": "plain_text", "text": "UAT"}, "value": "uat"}}},
		"channel": {"value": {"type": "conversations_select", "selected_conversation": "C0DESK"}}
	}`), &v); err != nil {
		t.Fatal(err)
	}
	d, channel := modals.ReadForm(v)
	want := draft.Draft{Connection: "uat", Name: " Acme  Ltd ", TradingName: "Acme", Notes: "a\n b\n"}
	if diff := cmp.Diff(want, d); diff != "" || channel != "C0DESK" {
		t.Errorf("channel %q, draft (-want +got):\n%s", channel, diff)
	}
}

func TestSubmissionOfUnexpectedTypesIsReadAsEmpty(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`null`, `{}`, `{"name": null}`, `{"name": {}}`, `{"name": {"value": null}}`, `{"name": {"value": 3}}`,
		`{"name": {"value": {"value": 3}}}`, `{"name": {"value": {"value": ["x"]}}}`, `{"name": {"other": {"value": "x"}}}`,
		`{"connection": {"value": {"selected_option": "x"}}}`, `{"connection": {"value": {"selected_option": null}}}`,
		`{"channel": {"value": {"selected_conversation": {}}}}`,
	} {
		var v modals.Values
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
		if d, channel := modals.ReadForm(v); d != (draft.Draft{}) || channel != "" {
			t.Errorf("%s is read as %+v, %q", raw, d, channel)
		}
	}
}

func TestInlineErrorsAreKeyedByTheFormsBlocks(t *testing.T) {
	t.Parallel()
	problems := draft.Problems{}
	for _, f := range []draft.Field{draft.Connection, draft.Name, draft.Website, draft.TradingName, draft.Notes} {
		problems[f] = "Not \x00this " + draft.Label(f)
	}
	in := inputs(t, modals.Form{Connections: []string{"a", "b"}}.View())
	got := modals.InlineErrors(problems)
	for block, sentence := range got {
		if in[block] == nil {
			t.Errorf("%q is no block of the form", block)
		}
		if !strings.HasPrefix(sentence, "Not this ") || !strings.HasSuffix(sentence, ".") {
			t.Errorf("%s: %q", block, sentence)
		}
	}
	if len(got) != len(problems) || modals.InlineErrors(nil) != nil {
		t.Errorf("got %v", got)
	}
	if in[modals.BlockName] == nil {
		t.Errorf("the form has no block %q", modals.BlockName)
	}
}

func TestInternationalDomainsAreShownReadableAndUnmistakable(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ host, typed, shown string }{
		{"xn--bcher-kva.de", "bücher.de", "bücher.de"},
		{"xn--pple-43d.com", "xn--pple-43d.com", "аpple.com (xn--pple-43d.com)"},
	} {
		form, err := json.Marshal(modals.Form{Draft: draft.Draft{Name: "Acme", Website: tt.host}}.View())
		if err != nil || !strings.Contains(string(form), `"initial_value":"`+tt.typed+`"`) {
			t.Errorf("the form for %s: %s, %v", tt.host, form, err)
		}
		for name, m := range map[string]modals.Message{
			"message": modals.Announcement(modals.Result{Client: modals.Client{ID: 1, Name: "Acme", Website: tt.host}}),
			"alert":   modals.UnknownSender(modals.Arrival{Alert: draft.Alert{Email: "jo@" + tt.host}}),
		} {
			drawn, err := json.Marshal(m.Blocks)
			if err != nil || !strings.Contains(string(drawn), tt.shown) {
				t.Errorf("the %s for %s: %s, %v", name, tt.host, drawn, err)
			}
		}
	}
}
