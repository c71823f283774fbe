package onboarding

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestMarksThatComeTogetherAreStoredTogetherWhileOthersAreStillToCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{surfaces: []Surface{"modal", "channel", "alert"}}
		takes := map[Surface]time.Duration{"modal": 10 * time.Millisecond, "channel": 20 * time.Millisecond, "alert": 10 * time.Second}
		p.tellAt = func(ctx context.Context, where Surface) error {
			time.Sleep(takes[where])
			return ctx.Err()
		}
		began, occasion := time.Now(), &Telling{State: State{Outcome: Created, Ended: time.Now()}}
		var kept [][]string
		wait, err := Tell(t.Context(), p, occasion, time.Now, slog.New(slog.DiscardHandler), func(context.Context) error {
			kept = append(kept, slices.Sorted(maps.Keys(occasion.State.Marks)))
			if since := time.Since(began); since != 10*time.Millisecond+keepWithin {
				t.Errorf("marks were stored after %v", since)
			}
			return nil
		})
		if len(kept) != 1 || !slices.Equal(kept[0], []string{"channel", "modal"}) {
			t.Errorf("stored were %q", kept)
		}
		if wait != 0 || err != nil || len(occasion.State.Marks) != 3 || len(occasion.State.Again) > 0 {
			t.Errorf("in the end: wait %v, %v, marks %v, again %v", wait, err, occasion.State.Marks, occasion.State.Again)
		}
	})
}

func TestTellingEndsWhenItsMarksCannotBeStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &people{surfaces: []Surface{"modal", "alert"}}
		p.tellAt = func(ctx context.Context, where Surface) error {
			if where == "modal" {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		occasion := &Telling{State: State{Outcome: Created, Ended: time.Now()}}
		_, err := Tell(t.Context(), p, occasion, time.Now, slog.New(slog.DiscardHandler), func(context.Context) error { return errBroken })
		if !errors.Is(err, errBroken) || occasion.State.Marks["alert"] != "" {
			t.Errorf("it ended with %v, marks %v", err, occasion.State.Marks)
		}
	})
}

func TestWhatBecomesOfAPlaceIsNoted(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	failed := errors.New("internal_error")
	for name, k := range map[string]struct {
		err  error
		ago  time.Duration // the end
		late time.Duration // after that it was first tried
		mark string
		wait time.Duration
	}{
		"told":                      {mark: "shown"},
		"told late":                 {ago: tellLimit + 1, mark: "shown"},
		"not yet":                   {err: failed, wait: time.Second},
		"not for a minute":          {err: failed, ago: time.Minute, wait: 30 * time.Second},
		"not for an hour":           {err: failed, ago: time.Hour, wait: tellPause},
		"not for three days":        {err: failed, ago: tellLimit, wait: tellPause},
		"not for longer":            {err: failed, ago: tellLimit + 1, mark: givenUp},
		"not since the bot is back": {err: failed, ago: 2 * tellLimit, late: tellLimit, wait: tellPause},
		"not for longer since then": {err: failed, ago: 2 * tellLimit, late: tellLimit - 1, mark: givenUp},
		"tried by a clock ahead":    {err: failed, ago: tellLimit + 1, late: tellLimit + 2, wait: tellPause},
		"later":                     {err: &LaterError{After: 20 * time.Second, Err: failed}, wait: 20 * time.Second},
		"later, and that is now":    {err: &LaterError{Err: failed}, wait: 100 * time.Millisecond},
		"ended by a clock ahead":    {err: failed, ago: -time.Hour, wait: time.Second},
		"later, after three days":   {err: &LaterError{After: time.Hour, Err: failed}, ago: tellLimit + 1, mark: givenUp},
		"told by a clock that lags": {ago: -time.Hour, mark: "shown"},
	} {
		occasion := &Telling{Now: now, State: State{Ended: now.Add(-k.ago), Tried: now.Add(k.late - k.ago), Again: map[Surface]time.Time{"modal": now}}}
		if k.wait > 0 {
			occasion.State.Again = nil
		}
		occasion.note("modal", "shown", k.err, slog.New(slog.DiscardHandler))
		if got := occasion.State.Marks["modal"]; got != k.mark {
			t.Errorf("%s: the mark is %q, want %q", name, got, k.mark)
		}
		again, waits := occasion.State.Again["modal"]
		if waits != (k.wait > 0) || waits && again.Sub(now) != k.wait {
			t.Errorf("%s: again %t in %v, want %v", name, waits, again.Sub(now), k.wait)
		}
	}
}

func TestTheFirstPlaceThatIsDueIsTheNext(t *testing.T) {
	t.Parallel()
	now := time.Now()
	in := func(d time.Duration) time.Time { return now.Add(d) }
	for name, k := range map[string]struct {
		marks map[string]string
		again map[Surface]time.Time
		want  time.Duration
	}{
		"all are told":            {marks: map[string]string{"modal": "1", "alert": "2"}},
		"the first":               {again: map[Surface]time.Time{"modal": in(time.Second), "alert": in(time.Minute)}, want: time.Second},
		"the second":              {again: map[Surface]time.Time{"modal": in(time.Minute), "alert": in(time.Second)}, want: time.Second},
		"what is left":            {marks: map[string]string{"modal": "1"}, again: map[Surface]time.Time{"alert": in(time.Minute)}, want: time.Minute},
		"one that is due":         {again: map[Surface]time.Time{"modal": in(-time.Second), "alert": in(time.Second)}, want: 10 * time.Millisecond},
		"one that was never due":  {marks: map[string]string{"modal": "1"}, want: 10 * time.Millisecond},
		"in an hour":              {again: map[Surface]time.Time{"modal": in(time.Hour), "alert": in(time.Hour)}, want: time.Hour},
		"by a clock that was set": {again: map[Surface]time.Time{"modal": in(time.Hour + 1), "alert": in(time.Hour)}, want: 10 * time.Millisecond},
	} {
		occasion := &Telling{Now: now, State: State{Marks: k.marks, Again: k.again}}
		if got := occasion.next(&people{surfaces: []Surface{"modal", "alert"}}); got != k.want {
			t.Errorf("%s: next in %v, want %v", name, got, k.want)
		}
	}
}
