package outage_test

import (
	"bytes"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/outage"
)

// lines are what was logged, without the time.
func lines(b *bytes.Buffer) []string {
	all := slices.Collect(strings.Lines(b.String()))
	for i, line := range all {
		_, rest, _ := strings.Cut(line, " ")
		all[i] = strings.TrimSpace(rest)
	}
	b.Reset()
	return all
}

func TestAnOutageIsItsBeginningALineAMinuteAndItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		o := outage.New(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelWarn, "Halo")
		gone := errors.New("nobody there")
		o.Answered()
		for range 150 { // a call a second
			o.Failed(gone, "endpoint", "client")
			time.Sleep(time.Second)
		}
		o.Answered()
		o.Answered()
		want := []string{
			`level=WARN msg="Halo cannot be used: what needs it waits" endpoint=client error="nobody there"`,
			`level=WARN msg="Halo still cannot be used" endpoint=client lasted=1m0s failed=61 error="nobody there"`,
			`level=WARN msg="Halo still cannot be used" endpoint=client lasted=2m0s failed=121 error="nobody there"`,
			`level=INFO msg="Halo can be used again" lasted=2m30s failed=150`,
		}
		if diff := cmp.Diff(want, lines(&log)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}

		// An outage that comes and goes is logged once a minute at most, and its end only if its
		// beginning was.
		time.Sleep(time.Minute)
		for range 90 {
			o.Failed(gone)
			time.Sleep(500 * time.Millisecond)
			o.Answered()
			time.Sleep(500 * time.Millisecond)
		}
		want = []string{
			`level=WARN msg="Halo cannot be used: what needs it waits" error="nobody there"`,
			`level=INFO msg="Halo can be used again" lasted=500ms failed=1`,
			`level=WARN msg="Halo cannot be used: what needs it waits" error="nobody there"`,
			`level=INFO msg="Halo can be used again" lasted=500ms failed=1`,
		}
		if diff := cmp.Diff(want, lines(&log)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
