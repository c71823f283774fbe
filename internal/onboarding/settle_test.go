package onboarding

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/riverqueue/river/rivertype"

	"halobot/internal/halo"
)

// as has the request stand as a state says.
func (w *world) as(t *testing.T, s State) {
	t.Helper()
	if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: 1}, s); err != nil {
		t.Fatal(err)
	}
}

// standing is a world in simulated time in which acme's request stands as state says, with what was
// tried and found by its key counted.
func standing(t *testing.T, state func(w *world) State, test func(t *testing.T, w *world, looks *int)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w, looks := newWorld(t, acme()), 0
		w.tenant.keyErr = func() error { looks++; return nil }
		w.as(t, state(w))
		test(t, w, &looks)
	})
}

// sent is the state of a request whose POST is not accounted for, and whose time was over so long ago.
func sent(ago time.Duration) func(*world) State {
	return func(w *world) State {
		return State{Phase: Checking, Sends: 1, SentTo: w.tenant.Address(), Clock: "halobot", Deadline: time.Now().Add(-ago)}
	}
}

// endedAs is the state of a request that ended so long ago, after so many POSTs.
func endedAs(o Outcome, sends int, ago time.Duration) func(*world) State {
	return func(w *world) State {
		return State{Outcome: o, Sends: sends, SentTo: w.tenant.Address(), Ended: time.Now().Add(-ago), Marks: map[string]string{"view": "shown"}}
	}
}

func TestALostPostIsLookedForAtPausesThatGrow(t *testing.T) {
	t.Parallel()
	for since, want := range map[time.Duration]time.Duration{
		-postTimeout: 500 * time.Millisecond, -postTimeout + 8*time.Second: 4 * time.Second, 0: 5 * time.Second, time.Minute: 15 * time.Second,
	} {
		standing(t, sent(since), func(t *testing.T, w *world, _ *int) {
			if wait, err := w.once(t, 1); err != nil || wait != want {
				t.Errorf("%v after its time it is looked for again in %v, %v; want %v", since, wait, err, want)
			}
		})
	}
}

func TestWhileLookingFailsTheNextLookIsPutOff(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		ago  time.Duration
		fail func() error
		gone bool // the connection
		want time.Duration
		end  Outcome
	}{
		"at once":          {ago: -postTimeout, fail: refused, want: 5 * time.Second},
		"for 8 seconds":    {ago: 8 * time.Second, fail: refused, want: 9 * time.Second},
		"as Halo asks":     {ago: 0, fail: busyFor(40 * time.Second), want: 40 * time.Second},
		"a minute at most": {ago: 0, fail: busyFor(time.Hour), want: time.Minute},
		"for a day":        {ago: settleLimit, fail: refused, want: 15 * time.Second},
		"for longer":       {ago: settleLimit + 1, fail: refused, end: Unconfirmed},
		"without a Halo":   {ago: 8 * time.Second, gone: true, want: 9 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			standing(t, sent(k.ago), func(t *testing.T, w *world, _ *int) {
				w.tenant.keyErr = k.fail
				if k.gone {
					w.cfg.Halos = nil
				}
				wait, err := w.once(t, 1)
				if s := w.state(t); err != nil || wait != k.want || s.Outcome != k.end {
					t.Errorf("the next look comes in %v, %v, and it is %q; want %v, %q", wait, err, s.Outcome, k.want, k.end)
				}
			})
		})
	}
}

func busyFor(d time.Duration) func() error {
	return func() error {
		return &halo.Error{Outcome: halo.NotDone, Status: 429, RetryAfter: d, Message: "Halo is busy."}
	}
}

// A look that began before the settle time was over proves nothing, however long it took.
func TestALookThatOutlastsTheSettleTimeIsMadeAgain(t *testing.T) {
	t.Parallel()
	standing(t, sent(settleTime-time.Second), func(t *testing.T, w *world, _ *int) {
		w.tenant.keyErr = func() error { time.Sleep(3 * time.Second); return nil }
		if wait, err := w.once(t, 1); err != nil || wait <= 0 || len(w.tenant.posts) > 0 {
			t.Errorf("it waits for %v, %v, and was sent %d times more", wait, err, len(w.tenant.posts))
		}
		if s := w.work(t); s.Outcome != Created || len(w.tenant.posts) != 1 {
			t.Errorf("it is %+v, and was sent %d times more", s, len(w.tenant.posts))
		}
	})
}

func TestWhatWasSentElsewhereAndCountsAsLostIsAPersonsQuestion(t *testing.T) {
	t.Parallel()
	standing(t, func(*world) State { return State{Phase: Working, Sends: 1, SentTo: "https://trial.halopsa.com"} }, func(t *testing.T, w *world, looks *int) {
		if _, err := w.once(t, 1); err != nil {
			t.Fatal(err)
		}
		if s := w.state(t); s.Outcome != Unconfirmed || s.Moved != w.tenant.Address() || len(w.tenant.posts) > 0 || *looks > 0 {
			t.Errorf("it is %+v after %d looks and %d more POSTs", s, *looks, len(w.tenant.posts))
		}
	})
}

func TestWhatMayTurnUpLateIsLookedForOnce(t *testing.T) {
	t.Parallel()
	settled := postTimeout + settleTime
	for name, k := range map[string]struct {
		state   func(*world) State
		change  func(*world, *Request)
		looks   bool
		waits   bool // and is looked for later
		outcome Outcome
	}{
		"created by the only POST":       {state: endedAs(Created, 1, time.Hour), outcome: Created},
		"created by the second":          {state: endedAs(Created, 2, time.Hour), looks: true, outcome: Created},
		"created just now":               {state: endedAs(Created, 2, time.Second), waits: true, outcome: Created},
		"noted by a clock that was set":  {state: endedAs(Created, 2, -settled-time.Second), looks: true, outcome: Created},
		"after an earlier request's":     {state: endedAs(Created, 1, time.Hour), change: func(_ *world, r *Request) { r.Prior = []string{"halo/earlier"} }, looks: true, outcome: Created},
		"refused, and nothing turned up": {state: endedAs(Refused, 1, time.Hour), looks: true, outcome: Refused},
		"refused without a POST":         {state: endedAs(Refused, 0, time.Hour), outcome: Refused},
		"a person was asked":             {state: endedAs(Unconfirmed, 3, time.Hour), outcome: Unconfirmed},
		"only looked for":                {state: endedAs(Refused, 1, time.Hour), change: func(_ *world, r *Request) { r.LookOnly = true }, outcome: Refused},
		"Halo is another one today":      {state: endedAs(Refused, 1, time.Hour), change: func(w *world, _ *Request) { w.tenant.address = "https://live.halopsa.com" }, outcome: Refused},
		"the connection is gone":         {state: endedAs(Refused, 1, time.Hour), change: func(w *world, _ *Request) { w.cfg.Halos = nil }, outcome: Refused},
		"Halo does not answer":           {state: endedAs(Refused, 1, time.Hour), change: func(w *world, _ *Request) { w.tenant.keyErr = notDone }, waits: true, outcome: Refused},
		"it has not for a day":           {state: endedAs(Refused, 1, settleLimit), change: func(w *world, _ *Request) { w.tenant.keyErr = notDone }, outcome: Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			standing(t, k.state, func(t *testing.T, w *world, looks *int) {
				r := acme()
				if k.change != nil {
					k.change(w, &r)
				}
				w.disk.args[1] = r
				s := w.state(t)
				if s.Outcome == Created {
					s.Client = &halo.Client{ID: 100, Name: "Acme Ltd"}
					w.as(t, s)
				}
				wait, err := w.once(t, 1)
				if err != nil || (wait > 0) != k.waits || *looks > 0 != k.looks {
					t.Errorf("it waits for %v, %v, after %d looks", wait, err, *looks)
				}
				if k.looks && !w.state(t).LookedAgain {
					t.Error("that it was looked for is not noted")
				}
				if s := w.state(t); s.Outcome != k.outcome {
					t.Errorf("it is %+v", s)
				}
			})
		})
	}
}

func TestALateClientIsNotToldWhileALaterRoundIsInHand(t *testing.T) {
	t.Parallel()
	standing(t, endedAs(Refused, 1, time.Hour), func(t *testing.T, w *world, _ *int) {
		again := acme()
		again.Round = 2
		w.disk.args[2] = again
		w.tenant.store(halo.Client{Name: "Acme Ltd"}, again.Reference())
		if wait, err := w.once(t, 1); err != nil || wait == 0 || w.state(t).Outcome != Refused {
			t.Errorf("it waits for %v, %v, and is %+v", wait, err, w.state(t))
		}
		if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: 2}, State{Outcome: Denied, Ended: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if s := w.work(t); s.Outcome != Created {
			t.Errorf("it is %+v", s)
		}
	})
}

func TestADeadlineIsKnownFromWhenItWasFirstSeen(t *testing.T) {
	t.Parallel()
	var s sights
	at := time.Now()
	one, other := sight{1, 1}, sight{2, 2}
	for _, k := range []struct {
		what  sight
		after time.Duration
		want  time.Duration
	}{
		{one, 0, 0}, {one, time.Hour, 0}, {other, settleLimit, settleLimit}, {one, settleLimit, 0},
		{sight{3, 3}, settleLimit + 1, settleLimit + 1}, {other, settleLimit + 1, settleLimit}, {one, settleLimit + 2, settleLimit + 2},
	} {
		if got := s.first(k.what, at.Add(k.after)).Sub(at); got != k.want {
			t.Errorf("after %v, %v was first seen after %v, want %v", k.after, k.what, got, k.want)
		}
	}
}
