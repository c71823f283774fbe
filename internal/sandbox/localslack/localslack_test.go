package localslack_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halobot/internal/sandbox/localslack"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		for _, clean := range cleanups {
			clean()
		}
		os.Exit(code)
	}))
}

// start gives a workspace that is closed at the test's end.
func start(t *testing.T, opt localslack.Options) *localslack.Slack {
	t.Helper()
	s := localslack.Start(opt)
	t.Cleanup(s.Close)
	return s
}

// wait fails the test unless cond comes true soon.
func wait(t *testing.T, s *localslack.Slack, cond func(*localslack.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.Wait(ctx, cond); err != nil {
		t.Fatal(err)
	}
}

// must gives a call's value, or ends the test: must(f())(t).
func must[V any](v V, err error) func(*testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// takesSeconds marks a test that waits for Slack's own three seconds.
func takesSeconds(t *testing.T) {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		t.Skip("waits three seconds")
	}
}
