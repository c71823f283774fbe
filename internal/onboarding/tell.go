package onboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"time"
)

// Announcer tells people how a request stands.
type Announcer interface {
	// Progress tells of a request that has not ended, at each change of phase, and now and then
	// during an outage. A failure is only logged.
	Progress(ctx context.Context, t *Telling) error
	// Surfaces are the places where t's end is to be told. It is asked again after each mark, so
	// that a place that has to wait for another's mark can be named then. It calls nobody.
	Surfaces(t Telling) []Surface
	// Tell tells of t's end in one place, and returns what to remember of it (a message's ts,
	// say): that is the place's mark, which ends it. With an error the place is tried again: after
	// as long as a *LaterError says, else after pauses that grow. Places are told side by side.
	Tell(ctx context.Context, where Surface, t Telling) (mark string, err error)
}

// Surface names a place where people are told, as its mark is kept in the database.
type Surface string

// LaterError asks for another call after a pause.
type LaterError struct {
	After time.Duration
	Err   error
}

func (e *LaterError) Error() string { return e.Err.Error() }
func (e *LaterError) Unwrap() error { return e.Err }

const (
	// tellLimit is for how long telling people is tried. A bot that was away for as long had no try.
	tellLimit = 72 * time.Hour
	// keepWithin is how soon a mark is stored: those that come together are stored together.
	keepWithin = 100 * time.Millisecond
	// tellPause is the longest pause between two tries, but for one that was asked for.
	tellPause = 5 * time.Minute
)

// givenUp marks a place that could not be told within tellLimit.
const givenUp = "given up"

// Tell tells of t's end wherever that is due and has not been done. Each place is told, marked and
// tried again by itself: none waits for another. keep is called to store t's marks while there is
// more to tell, the last ones are left to the caller; an error of its ends the call and is
// returned. wait is after how long to call again, 0 when all is told. now is the time by the clock of
// t.State.
func Tell(ctx context.Context, a Announcer, t *Telling, now func() time.Time, log *slog.Logger, keep func(context.Context) error) (wait time.Duration, err error) {
	type result struct {
		where Surface
		mark  string
		err   error
	}
	results := make(chan result)
	begun := map[Surface]bool{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var unkept <-chan time.Time // when marks that are not stored are to be
	for inHand := 0; ; {
		t.Now = now()
		for _, where := range a.Surfaces(t.copied()) {
			if err != nil || begun[where] || t.left(where) > 0 {
				continue
			}
			begun[where] = true
			inHand++
			go func(t Telling) {
				r := result{where: where}
				defer func() {
					if p := recover(); p != nil {
						r.err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
					}
					results <- r
				}()
				r.mark, r.err = a.Tell(ctx, where, t)
			}(t.copied())
		}
		if inHand == 0 {
			return t.next(a), err
		}
		select {
		case r := <-results:
			inHand--
			t.Now = now()
			t.note(r.where, r.mark, r.err, log)
			if unkept == nil {
				unkept = time.After(keepWithin)
			}
		case <-unkept:
			unkept = nil
			if err == nil {
				err = keep(ctx)
			}
			if err != nil {
				cancel()
			}
		}
	}
}

// copied is t with marks of its own.
func (t *Telling) copied() Telling {
	c := *t
	c.State.Marks, c.State.Again = maps.Clone(t.State.Marks), maps.Clone(t.State.Again)
	return c
}

// left is how long a place has to wait; one that is done waits for ever.
func (t *Telling) left(where Surface) time.Duration {
	if _, done := t.State.Marks[string(where)]; done {
		return tellLimit
	}
	left := t.State.Again[where].Sub(t.Now)
	if left > time.Hour { // noted by a clock that has been set since
		return 0
	}
	return max(left, 0)
}

// note writes down what became of one place.
func (t *Telling) note(where Surface, mark string, err error, log *slog.Logger) {
	since := max(t.Now.Sub(t.State.Ended), 0)
	if t.State.Tried.IsZero() || t.State.Tried.After(t.Now) { // or by a clock that has been set since
		t.State.Tried = t.Now
	}
	if err == nil || t.Now.Sub(t.State.Tried) > tellLimit {
		if err != nil {
			mark = givenUp
			log.Error("an end could not be told: giving up", "surface", where, "error", err)
		}
		if t.State.Marks == nil {
			t.State.Marks = map[string]string{}
		}
		t.State.Marks[string(where)] = mark
		delete(t.State.Again, where)
		return
	}
	pause := growing(since, time.Second, tellPause)
	var later *LaterError
	if errors.As(err, &later) {
		pause = max(later.After, 100*time.Millisecond)
	} else {
		log.Warn("an end cannot be told yet", "surface", where, "error", err)
	}
	if t.State.Again == nil {
		t.State.Again = map[Surface]time.Time{}
	}
	t.State.Again[where] = t.Now.Add(pause).UTC()
}

// next is when the first of the places that are left is due; 0 when none is left.
func (t *Telling) next(a Announcer) (wait time.Duration) {
	for _, where := range a.Surfaces(t.copied()) {
		if _, done := t.State.Marks[string(where)]; done {
			continue
		}
		if left := max(t.left(where), 10*time.Millisecond); wait == 0 || left < wait {
			wait = left
		}
	}
	return wait
}
