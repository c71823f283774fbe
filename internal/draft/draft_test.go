package draft

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidDraftIsStoredTidied(t *testing.T) {
	t.Parallel()
	typed := Draft{
		Connection:  " prod ",
		Name:        "  Acme\u00a0 Rockets\r\nLtd\t",
		Website:     " https://www.Acme.com/about ",
		TradingName: "Acme\u200b \x00 Rockets",
		Notes:       "  first line \r\n\n\tsecond <b>&amp;</b>  \n",
	}
	want := Draft{
		Connection:  "prod",
		Name:        "Acme Rockets Ltd",
		Website:     "acme.com",
		TradingName: "Acme Rockets",
		Notes:       typed.Notes,
	}
	got, problems := typed.Validate()
	if problems != nil {
		t.Fatalf("problems: %v", problems)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if again, problems := got.Validate(); problems != nil || again != got {
		t.Errorf("validated again: %+v, %v", again, problems)
	}
}

func TestDraftProblemsAreSentencesPerField(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", MaxName+1)
	for _, tt := range []struct {
		name string
		in   Draft
		want Problems
	}{
		{"no name", Draft{Website: "acme.com"}, Problems{Name: "Type the client's name."}},
		{"a name of white space", Draft{Name: " \t\u00a0\u200b\n"}, Problems{Name: "Type the client's name."}},
		{"names too long", Draft{Name: long, TradingName: long}, Problems{
			Name:        "The name has 251 characters. Shorten to 250 at most.",
			TradingName: "The trading name has 251 characters. Shorten to 250 at most.",
		}},
		{"notes too long", Draft{Name: "Acme", Notes: strings.Repeat("ü", 3001)}, Problems{
			Notes: "The notes have 3001 characters. Shorten to 3000 at most.",
		}},
		{"a bad website", Draft{Name: "Acme", Website: "co.uk"}, Problems{
			Website: "“co.uk” is only an ending. Type the company's own domain, like acme.co.uk.",
		}},
		{"at the limits", Draft{Name: long[2:], TradingName: long[2:], Notes: strings.Repeat("ü", 3000)}, nil},
		{"white space does not count", Draft{Name: strings.Repeat(" ", 300) + "Acme"}, nil},
		{"a website of white space is none", Draft{Name: "Acme", Website: " "}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, problems := tt.in.Validate()
			if diff := cmp.Diff(tt.want, problems); diff != "" {
				t.Error(diff)
			}
			if tt.want[Website] != "" && got.Website != tt.in.Website {
				t.Errorf("the refused website is returned as %q", got.Website)
			}
		})
	}
}

func TestNotesLoseOnlyWhatNoDatabaseHolds(t *testing.T) {
	t.Parallel()
	got, _ := Draft{Name: "Acme", Notes: "a\x00b\xffc\x01\u200b"}.Validate()
	if want := "ab\uFFFDc\x01\u200b"; got.Notes != want {
		t.Errorf("notes %q, want %q", got.Notes, want)
	}
}

func TestParseOnError(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]OnError{
		"exception": Exception, "bounce": Bounce, "continue": Continue, "stop": Stop, "stop_all": StopAll,
		" Stop_ALL\n": StopAll,
	} {
		if got, ok := ParseOnError(in); !ok || got != want {
			t.Errorf("ParseOnError(%q) = %q, %v", in, got, ok)
		}
	}
	for _, in := range []string{"", "stopall", "ignore"} {
		if got, ok := ParseOnError(in); ok || got != "" {
			t.Errorf("ParseOnError(%q) = %q, %v", in, got, ok)
		}
	}
}
