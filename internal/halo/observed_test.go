package halo

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Calls are counted under names that are known before the first of them.
func TestEveryEndpointIsListed(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:endpoint: |\bsend\(r, |fare\{[^}]*\}, |, f, )"([a-z]+(?:_[a-z]+)?)"`)
	var called []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(source), -1) {
			called = append(called, m[1])
		}
	}
	slices.Sort(called)
	if diff := cmp.Diff(slices.Sorted(slices.Values(Endpoints)), slices.Compact(called)); diff != "" {
		t.Error("Endpoints are not those that are called (-listed +called):", diff)
	}
}

// Who breaks a call off has learned nothing of Halo: it is neither away nor back.
func TestACallThatIsBrokenOffSaysNothingOfHalo(t *testing.T) {
	t.Parallel()
	if got := class(0, &url.Error{Op: "Get", URL: "https://acme.halopsa.com", Err: context.Canceled}); got != cancelled {
		t.Errorf("a call that was broken off is %q", got)
	}
}
