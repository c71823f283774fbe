package modals_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/modals"
)

func TestACheckboxSaysWhatItDoesWithinSlacksLimit(t *testing.T) {
	t.Parallel()
	all := []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain}
	long := strings.Repeat("jane.", 30)
	for _, c := range []struct {
		filing modals.Filing
		want   []string
	}{
		{modals.Filing{Email: "jane@acme.com", Ticket: "881", Domain: "acme.com"}, []string{
			"Add jane@acme.com as a user of it", "Move ticket #881 to it", "Let Halo match later mails from acme.com to it",
		}},
		{modals.Filing{Email: long + "@acme.com", Ticket: "881", Domain: "a" + long + "com"}, []string{
			"Add jane.jane.jane.jane.jane.ja…ne.jane.jane.jane.@acme.com as a user of it", "Move ticket #881 to it",
			"Let Halo match later mails from ajane.jane.jane.ja…jane.jane.jane.com to it",
		}},
	} {
		c.filing.Offered = all
		var e struct {
			Options []struct{ Text struct{ Text string } }
		}
		raw, _ := json.Marshal(inputs(t, modals.Form{Filing: c.filing}.View())[modals.BlockFiling])
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range e.Options {
			got = append(got, o.Text.Text)
			if n := utf8.RuneCountInString(o.Text.Text); n > 75 {
				t.Errorf("%d characters: %s", n, o.Text.Text)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if e := inputs(t, modals.Form{}.View())[modals.BlockFiling]; e != nil {
		t.Errorf("nothing is offered, and drawn: %v", e)
	}
}

func TestOnlyWhatIsTickedIsRead(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][]draft.Filing{
		`{"filing":{"halo_filing":{"type":"checkboxes","selected_options":[{"value":"domain"},{"value":"user"}]}}}`: {draft.FileUser, draft.FileDomain},
		`{"filing":{"halo_filing":{"type":"checkboxes","selected_options":[]}}}`:                                    nil,
		`{"filing":{"halo_filing":{"selected_options":"user"}}}`:                                                    nil,
		`{}`: nil,
	} {
		var v modals.Values
		if err := json.Unmarshal([]byte(raw), &v); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, modals.ReadTicked(v)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", raw, diff)
		}
	}
}
