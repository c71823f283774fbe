package onboarding

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Times that are compared must be by one clock, and a test that simulates time must find nobody who
// looks at another.
func TestOnlyTheClockTakesTheTime(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	takes := regexp.MustCompile(`\btime\.(Now|Since|Until)\b`)
	for _, file := range files {
		if file == "clock.go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(source), "\n") {
			if takes.MatchString(line) {
				t.Errorf("%s:%d takes the time beside the clock: %s", file, i+1, strings.TrimSpace(line))
			}
		}
	}
}
