package halo

import (
	"slices"
	"strings"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

func TestCheckNamesWhatIsConfiguredOtherwiseThanHaloHasIt(t *testing.T) {
	t.Parallel()
	clients := []localhalo.Client{
		{ID: 1, Name: "Acme Ltd", Website: "acme.com"}, {ID: 2, Name: "Unknown"}, {ID: 3, Name: "Old catch-all", Inactive: true}, {ID: 4, Name: "Unknown Pleasures Ltd"},
	}
	for name, k := range map[string]struct {
		settings func(*Settings)
		want     [][]string
		more     []localhalo.Client
	}{
		"a top level that is not there": {
			func(s *Settings) { s.TopLevelID, s.CatchAll = 4711, []int{2} },
			[][]string{{"top level wrong", "#4711", "HALO_TOPLEVEL_ID"}, {"catch-all fine", "Unknown"}}, nil,
		},
		"a client that is called like a catch-all": {
			func(s *Settings) {},
			[][]string{{"catch-all advice", "#2 is called Unknown", "HALO_CATCH_ALL_CLIENTS=2"}}, nil,
		},
		"clients that are called like other catch-alls": {
			func(s *Settings) { s.CatchAll = []int{2} },
			[][]string{
				{"catch-all fine", "#2"},
				{"catch-all advice", "#6 is called Catch-All", "HALO_CATCH_ALL_CLIENTS=2,6"},
				{"catch-all advice", "#7 is called UNBEKANNT", "HALO_CATCH_ALL_CLIENTS=2,7"},
			},
			[]localhalo.Client{{ID: 6, Name: "Catch-All"}, {ID: 7, Name: "UNBEKANNT"}},
		},
		"a catch-all that is inactive": {
			func(s *Settings) { s.CatchAll = []int{2, 3} },
			[][]string{{"catch-all fine", "#2"}, {"catch-all wrong", "#3", "inactive"}}, nil,
		},
		"tickets may not be moved, and need not": {
			func(s *Settings) { s.CatchAll = []int{2} },
			[][]string{{"filing advice", "edit:tickets", "HALO_SCOPE"}}, nil,
		},
		"tickets may not be moved, and are to be": {
			func(s *Settings) { s.CatchAll, s.Filing = []int{2}, []draft.Filing{draft.FileTicket} },
			[][]string{{"filing wrong", "edit:tickets", "HALO_SCOPE"}}, nil,
		},
		"nobody wants tickets moved": {func(s *Settings) { s.CatchAll, s.NoFiling = []int{2}, true }, [][]string{{"filing fine", "HALO_FILING=off"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := tenant(t, localhalo.Options{Clients: slices.Concat(clients, k.more), FirstID: 100}, k.settings)
			lines := c.Check(soon(t))
			wantLines(t, lines, k.want)
			for _, l := range lines {
				if l.Name == "catch-all" && l.Grade == Advice && !strings.Contains(name, "called like") {
					t.Errorf("%+v", l)
				}
			}
		})
	}
}

// TestCheckSaysWhichParametersHaloIgnores reads only, and says each habit that shows in what it reads.
func TestCheckSaysWhichParametersHaloIgnores(t *testing.T) {
	t.Parallel()
	for name, odd := range oddTenants {
		if odd.habit == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(230), FirstID: 1000, Lists: odd.lists})
			found := false
			for _, l := range c.Check(soon(t)) {
				grade := Wrong
				if odd.habit == ShortPages || odd.habit == OmitsNotes {
					grade = Advice
				}
				found = found || l.Name == "lists" && l.Detail == odd.habit.String() && l.Grade == grade && l.Fix != ""
			}
			if !found {
				t.Errorf("it does not say %q", odd.habit)
			}
			if s.Count(localhalo.KindCreate) > 0 {
				t.Error("it wrote")
			}
		})
	}
}
