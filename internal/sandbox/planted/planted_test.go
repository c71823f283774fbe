package planted_test

import (
	"os"
	"strings"
	"testing"

	"halobot/internal/sandbox/planted"
)

// A fault whose lines have changed plants nothing, and what looks for it would pass for nothing.
func TestEveryFaultHasItsPlaceInTheSource(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range planted.All {
		path, err := f.Overlay(t.TempDir())
		if err != nil {
			t.Error(err)
			continue
		}
		overlay, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Edits {
			if !strings.Contains(string(overlay), e.File) {
				t.Errorf("%s: the overlay leaves out %s", f.Name, e.File)
			}
		}
		if seen[f.Name] || f.Name == "" {
			t.Errorf("a second fault is called %q", f.Name)
		}
		seen[f.Name] = true
	}
	for _, old := range []string{"what is not there", "request"} { // nowhere, and more than once
		f := planted.Fault{Edits: []planted.Edit{{File: "internal/onboarding/doc.go", Old: old}}}
		if _, err := f.Overlay(t.TempDir()); err == nil {
			t.Errorf("an edit of %q was taken", old)
		}
	}
}
