package halo

import (
	"testing"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

func TestSeveralTopLevelsAreKnownByTheirClients(t *testing.T) {
	t.Parallel()
	for name, clients := range map[string][]localhalo.Client{
		"one":     {{ID: 5, Name: "Acme", TopLevelID: 1}, {ID: 6, Name: "Globex", TopLevelID: 1}},
		"several": {{ID: 5, Name: "Acme", TopLevelID: 1}, {ID: 6, Name: "Globex", TopLevelID: 2}},
	} {
		c, _ := tenant(t, localhalo.Options{Clients: clients, DefaultTopLevel: 1})
		if c.SeveralTopLevels() {
			t.Errorf("%s: known before anything was read", name)
		}
		if _, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "Initech"}, Key: "k"}); err != nil {
			t.Fatal(err)
		}
		if got := c.SeveralTopLevels(); got != (name == "several") {
			t.Errorf("%s: several = %v", name, got)
		}
	}
}
