package onboarding

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/riverqueue/river/rivertype"

	"halobot/internal/halo"
)

func TestWhatBecomesOfARequest(t *testing.T) {
	t.Parallel()
	existing := halo.Client{ID: 7, Name: "ACME  ltd"}
	for _, tc := range []struct {
		name    string
		prepare func(w *world, r *Request)
		want    Outcome
		posts   int
		clients int
		phases  []Phase
	}{
		{name: "nothing goes wrong", want: Created, posts: 1, clients: 1},
		{name: "a namesake exists", want: Exists, clients: 1,
			prepare: func(w *world, _ *Request) { w.tenant.clients = []halo.Client{existing} }},
		{name: "a namesake exists and was seen", want: Created, posts: 1, clients: 2,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.Seen = []halo.Client{existing}, []int{7}
			}},
		{name: "a namesake exists and is to be used", want: Used, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.IfExists = []halo.Client{existing}, UseExisting
			}},
		{name: "several exist and one is to be used", want: Exists, clients: 2,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.IfExists = []halo.Client{existing, {ID: 8, Name: "Other", Website: "acme.com"}}, UseExisting
			}},
		{name: "a namesake exists and does not matter", want: Created, posts: 1, clients: 2,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.IfExists = []halo.Client{existing}, CreateAnother
			}},
		{name: "a chosen client is used", want: Used, clients: 1,
			prepare: func(w *world, r *Request) { w.tenant.clients, r.Use = []halo.Client{existing}, 7 }},
		{name: "a chosen client is of this Halo", want: Used, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.Use, r.UseAt = []halo.Client{existing}, 7, w.tenant.Address()
			}},
		{name: "a chosen client is of another Halo", want: Refused, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.Use, r.UseAt = []halo.Client{existing}, 7, "https://trial.halopsa.com"
			}},
		{name: "a chosen client was renamed", want: Used, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients = []halo.Client{{ID: 7, Name: "Meier", Website: "acme.com"}}
				r.Use, r.UseWas = 7, halo.Client{ID: 7, Name: "Acme Ltd", Website: "acme.com"}
			}},
		{name: "a chosen client's number is another's", want: Refused, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients = []halo.Client{{ID: 7, Name: "Meier", Website: "meier.de"}}
				r.Use, r.UseWas = 7, halo.Client{ID: 7, Name: "Acme Ltd", Website: "acme.com"}
			}},
		{name: "a chosen client is a catch-all", want: Refused, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.clients, r.Use = []halo.Client{{ID: unknownID, Name: "Unknown"}}, unknownID
			}},
		{name: "a chosen client is gone", want: Refused,
			prepare: func(_ *world, r *Request) { r.Use = 7 }},
		{name: "the requester may not", want: Denied,
			prepare: func(w *world, _ *Request) { w.people.deny = &DeniedError{Reason: "You are a guest."} }},
		{name: "who may cannot be found out", want: Unreachable, phases: []Phase{Outage},
			prepare: func(w *world, _ *Request) { w.people.unsure = func() bool { return true } }},
		{name: "who may cannot be found out for a minute", want: Created, posts: 1, clients: 1, phases: []Phase{Outage},
			prepare: func(w *world, _ *Request) {
				back := time.Now().Add(time.Minute)
				w.people.unsure = func() bool { return time.Now().Before(back) }
			}},
		{name: "the connection is not configured any more", want: Refused,
			prepare: func(_ *world, r *Request) { r.Draft.Connection = "gone" }},
		{name: "Halo refuses the look", want: Refused,
			prepare: func(w *world, _ *Request) { w.tenant.lookErr = refused }},
		{name: "Halo refuses the create", want: Refused, posts: 1,
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) { return false, refused() }
			}},
		{name: "Halo is away for a minute", want: Created, posts: 1, clients: 1, phases: []Phase{Outage},
			prepare: func(w *world, _ *Request) {
				back := time.Now().Add(time.Minute)
				w.tenant.lookErr = func() error {
					if time.Now().Before(back) {
						return notDone()
					}
					return nil
				}
			}},
		{name: "Halo stays away", want: Unreachable, phases: []Phase{Outage},
			prepare: func(w *world, _ *Request) { w.tenant.lookErr = notDone }},
		{name: "Halo takes nothing", want: Unreachable, posts: -1, phases: []Phase{Outage},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) { return false, notDone() }
			}},
		{name: "stored, answer lost", want: Created, posts: 1, clients: 1, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) { return true, unknown() }
			}},
		{name: "lost on the way once", want: Created, posts: 2, clients: 1, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(n int) (bool, error) {
					if n == 1 {
						return false, unknown()
					}
					return true, nil
				}
			}},
		{name: "lost on the way, always", want: Unconfirmed, posts: maxSends, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) { return false, unknown() }
			}},
		{name: "lost, and looking is refused for an hour", want: Created, posts: 1, clients: 1, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				back := time.Now().Add(time.Hour)
				w.tenant.answer = func(int) (bool, error) { return true, unknown() }
				w.tenant.keyErr = func() error {
					if time.Now().Before(back) {
						return refused()
					}
					return nil
				}
			}},
		{name: "a 503 that stored all the same", want: Created, posts: 1, clients: 1, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) {
					return true, &halo.Error{Outcome: halo.Unknown, Status: 503, Message: "Halo is away."}
				}
			}},
		{name: "sent to another Halo than today's", want: Unconfirmed, posts: 1, phases: []Phase{Checking},
			prepare: func(w *world, _ *Request) {
				w.tenant.answer = func(int) (bool, error) {
					w.tenant.address = "https://live.halopsa.com"
					return false, unknown()
				}
			}},
		{name: "an earlier request's client turned up", want: Created, clients: 1,
			prepare: func(w *world, r *Request) {
				w.tenant.store(halo.Client{Name: "Acme Ltd"}, "halo/earlier")
				r.Prior, r.LookOnly = []string{"halo/earlier"}, true
			}},
		{name: "an earlier request's client did not turn up", want: Unconfirmed,
			prepare: func(_ *world, r *Request) { r.Prior, r.LookOnly = []string{"halo/earlier"}, true }},
		{name: "created again after an earlier request was lost", want: Created, posts: 1, clients: 1,
			prepare: func(_ *world, r *Request) { r.Prior = []string{"halo/earlier"} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := acme()
				w := newWorld(t, r)
				if tc.prepare != nil {
					tc.prepare(w, &r)
				}
				w.disk.args[1] = r
				state := w.work(t)
				if state.Outcome != tc.want {
					t.Errorf("outcome = %q (%s), want %q", state.Outcome, state.Problem, tc.want)
				}
				if told := w.people.outcomes(); !slices.Equal(told, []Outcome{tc.want}) {
					t.Errorf("told = %q, want one %q", told, tc.want)
				}
				if got := len(w.tenant.posts); got != tc.posts && tc.posts >= 0 {
					t.Errorf("%d POSTs, want %d", got, tc.posts)
				}
				if got := len(w.tenant.clients); got != tc.clients {
					t.Errorf("%d clients, want %d", got, tc.clients)
				}
				if got := w.people.phases(); !slices.Equal(got, tc.phases) {
					t.Errorf("phases told = %q, want %q", got, tc.phases)
				}
			})
		})
	}
}

func TestAProcessThatDiesAtAnyCommitNeverSendsTwice(t *testing.T) {
	t.Parallel()
	// Each save of a plain create in turn is the one at which the process dies: before the
	// mark is on disk, and after the POST with nothing of its answer on disk.
	for dies := 1; dies <= 2; dies++ {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, acme())
			saves := 0
			w.disk.crash = func(State) bool { saves++; return saves == dies }
			state := w.work(t)
			if state.Outcome != Created || len(w.tenant.clients) != 1 {
				t.Errorf("died at save %d: outcome %q, %d clients; want one, created", dies, state.Outcome, len(w.tenant.clients))
			}
			if len(w.tenant.posts) != 1 {
				t.Errorf("died at save %d: %d POSTs, want 1", dies, len(w.tenant.posts))
			}
		})
	}
}

func TestALateClientIsFoundWithinTheSettleTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(int) (bool, error) {
			time.AfterFunc(postTimeout+settleTime-time.Second, func() {
				w.tenant.mu.Lock()
				defer w.tenant.mu.Unlock()
				w.tenant.store(halo.Client{Name: "Acme Ltd"}, "halo/T1-C1-17")
			})
			return false, unknown()
		}
		if state := w.work(t); state.Outcome != Created || len(w.tenant.posts) != 1 {
			t.Errorf("outcome %q after %d POSTs, want created after one", state.Outcome, len(w.tenant.posts))
		}
	})
}

func TestALostCreateIsSentAgainOnlyAfterDeadlineAndSettleTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(int) (bool, error) { return false, unknown() }
		w.work(t)
		for i := 1; i < len(w.tenant.posts); i++ {
			if pause := w.tenant.posts[i].Sub(w.tenant.posts[i-1]); pause < postTimeout+settleTime {
				t.Errorf("send %d came %v after the one before, want at least %v", i+1, pause, postTimeout+settleTime)
			}
		}
	})
}

func TestAnOutageEndsAfterFifteenMinutes(t *testing.T) {
	t.Parallel()
	for who, away := range map[Away]func(w *world){
		AwayHalo:  func(w *world) { w.tenant.lookErr = notDone },
		AwaySlack: func(w *world) { w.people.unsure = func() bool { return true } },
	} {
		t.Run(cmp.Or(string(who), "halo"), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				w := newWorld(t, acme())
				away(w)
				w.work(t)
				if lasted := time.Since(began); lasted < outageLimit || lasted > outageLimit+time.Minute {
					t.Errorf("gave up after %v, want %v", lasted, outageLimit)
				}
				end := w.people.told[len(w.people.told)-1].State
				if end.Outcome != Unreachable || end.Away != who || len(w.tenant.posts) > 0 {
					t.Errorf("it ended as %q, with %q away, after %d POSTs", end.Outcome, end.Away, len(w.tenant.posts))
				}
			})
		})
	}
}

func TestARestThatHaloAskedForIsKeptAndTheRequesterIsToldMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		var asked []time.Time
		w.tenant.lookErr = func() error {
			asked = append(asked, time.Now())
			if len(asked) == 1 {
				return &halo.Error{Outcome: halo.NotDone, Status: 429, RetryAfter: 90 * time.Second, Message: "Halo asks for fewer requests."}
			}
			return nil
		}
		w.work(t)
		if pause := asked[1].Sub(asked[0]); pause < 90*time.Second {
			t.Errorf("asked Halo again after %v, want 90s", pause)
		}
		var noticed bool
		for _, told := range w.people.told {
			noticed = noticed || told.State.Phase == Outage && told.State.Outcome == ""
		}
		if !noticed {
			t.Error("nobody was told of the outage")
		}
	})
}

func TestWhoeverWaitsForTheBotItselfIsToldAtOnceAndOnceMoreWhenItLasts(t *testing.T) {
	t.Parallel()
	for _, lasts := range []time.Duration{5 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, acme())
			began := time.Now()
			w.tenant.lookErr = func() error {
				if time.Since(began) >= lasts {
					return nil
				}
				return &halo.Error{Outcome: halo.NotDone, Own: true, Message: "The limit is used up.", RetryAfter: time.Second}
			}
			var told []time.Duration
			w.people.fail = func(occasion *Telling) error {
				if s := occasion.State; s.Phase == Queued {
					told = append(told, time.Since(s.Since))
					if s.Problem != "The limit is used up." {
						t.Errorf("told the reason %q", s.Problem)
					}
				}
				return nil
			}
			state := w.work(t)
			if more := len(told) == 2 && told[1] >= outageNotice && told[1] <= 2*outageNotice; len(told) == 0 || told[0] != 0 || more != (lasts > outageNotice) {
				t.Errorf("told after %v of %v", told, lasts)
			}
			if state.Outcome != Created || state.Problem != "" {
				t.Errorf("ended as %+v", state)
			}
		})
	}
}

func TestTheSecondOfOneCompanyWaitsAndSeesTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := acme()
		w := newWorld(t, first)
		second := acme()
		second.Key, second.By, second.After = "T1-C1-18", Person{ID: "U2", Name: "Sam"}, []int64{1}
		w.disk.args[2] = second

		wait, err := w.once(t, 2)
		if err != nil || wait == 0 {
			t.Fatalf("the second did not wait: %v, %v", wait, err)
		}
		if got := w.people.told[0].State; got.Phase != Waiting || got.Ahead == nil || got.Ahead.Name != "Tess" {
			t.Errorf("the second was told %+v, want that it waits for Tess", got)
		}
		w.work(t)
		if _, err := w.once(t, 2); err != nil {
			t.Fatal(err)
		}
		last := w.people.told[len(w.people.told)-1].State
		if last.Outcome != Exists || len(last.Found) != 1 || len(w.tenant.clients) != 1 {
			t.Errorf("the second ended as %q with %d found and %d clients, want exists, 1, 1", last.Outcome, len(last.Found), len(w.tenant.clients))
		}
	})
}

func TestACreateThatWasSentAgainAndTurnsUpTwiceIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(n int) (bool, error) { return n > 1, map[bool]error{true: nil, false: unknown()}[n > 1] }
		// The first one was only late.
		time.AfterFunc(postTimeout+settleTime+time.Minute, func() {
			w.tenant.mu.Lock()
			defer w.tenant.mu.Unlock()
			w.tenant.store(halo.Client{Name: "Acme Ltd"}, "halo/T1-C1-17")
		})
		state := w.work(t)
		if state.Outcome != Created || len(w.tenant.posts) != 2 || len(state.Twins) != 1 || state.Twins[0].ID == state.Client.ID {
			t.Errorf("%d POSTs, client %+v, twins %+v", len(w.tenant.posts), state.Client, state.Twins)
		}
		if !slices.Contains(w.people.at, "what is to be merged") {
			t.Errorf("it was told in %q", w.people.at)
		}
	})
}

// A POST that was never answered and counted as lost may turn up after its request had ended without
// a client: whoever was told otherwise is told anew.
func TestAClientThatTurnsUpAfterAnEndWithoutOneIsTold(t *testing.T) {
	t.Parallel()
	settled := postTimeout + settleTime
	for name, tc := range map[string]struct {
		second func() error // what becomes of the second POST
		there  bool         // somebody makes the client by hand before it
		deny   bool         // or takes the requester's right away
		first  Outcome
		late   time.Duration // when the first one turns up
	}{
		"refused":     {second: refused, first: Refused, late: settled + time.Minute},
		"unreachable": {second: notDone, first: Unreachable, late: settled + outageLimit + time.Minute},
		"exists":      {there: true, first: Exists, late: settled + time.Minute},
		"denied":      {deny: true, first: Denied, late: settled + time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, acme())
				w.tenant.answer = func(n int) (bool, error) {
					if n == 1 {
						return false, unknown()
					}
					return false, tc.second()
				}
				time.AfterFunc(settled/2, func() {
					w.tenant.mu.Lock()
					defer w.tenant.mu.Unlock()
					if tc.there {
						w.tenant.clients = append(w.tenant.clients, halo.Client{ID: 7, Name: "Acme Ltd"})
					}
					if tc.deny {
						w.people.deny = &DeniedError{Reason: "You are a guest now."}
					}
				})
				time.AfterFunc(tc.late, func() {
					w.tenant.mu.Lock()
					defer w.tenant.mu.Unlock()
					w.tenant.store(halo.Client{Name: "Acme Ltd"}, "halo/T1-C1-17")
				})
				state := w.work(t)
				if got := w.people.outcomes(); !slices.Equal(got, []Outcome{tc.first, Created}) {
					t.Errorf("told %q", got)
				}
				if state.Client == nil || state.Client.Name != "Acme Ltd" || state.Client.ID == 7 || len(state.Found) > 0 || state.Problem != "" {
					t.Errorf("the state is %+v", state)
				}
			})
		})
	}
}

// A request that was tried again looks for its key by itself, and tells of what it finds.
func TestAClientThatALaterRoundHasIsNotToldTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(n int) (bool, error) { return false, map[bool]error{true: unknown(), false: refused()}[n == 1] }
		for w.state(t).Outcome == "" {
			wait, err := w.once(t, 1)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(min(wait, 5*time.Second))
		}
		again := acme()
		again.Round = 2
		w.disk.args[2] = again
		w.tenant.answer = nil
		w.tenant.store(halo.Client{Name: "Acme Ltd"}, again.Reference())
		if _, err := w.once(t, 2); err != nil {
			t.Fatal(err)
		}
		w.work(t)
		if got := w.people.outcomes(); !slices.Equal(got, []Outcome{Refused, Created}) || len(w.tenant.clients) != 1 {
			t.Errorf("told %q of %d clients", got, len(w.tenant.clients))
		}
	})
}

func TestWhatWasHeardOfAPostIsKeptUntilAPersonIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(int) (bool, error) {
			return false, &halo.Error{Outcome: halo.Unknown, Status: 500, Message: `Halo answered 500. Halo said: "Customer Type is mandatory".`}
		}
		state := w.work(t)
		for _, told := range append(w.people.told, Telling{State: state}) {
			if !strings.Contains(told.State.Said, "Customer Type is mandatory") {
				t.Errorf("in phase %q, outcome %q, it is told with %q", told.State.Phase, told.State.Outcome, told.State.Said)
			}
		}
	})
}

func TestAnIDIsKeptByWhoHasLostTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.unlisted = true // Halo's lists are late: the key cannot be found
		w.disk.crash = func(s State) bool { return s.Outcome == Created && len(w.tenant.clients) == 1 && len(w.disk.ids) == 0 }
		if _, err := w.once(t, 1); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		w.disk.crash = nil
		if state := w.work(t); state.Outcome != Created || len(w.tenant.posts) != 1 || state.Client.ID != w.tenant.clients[0].ID {
			t.Errorf("%d POSTs, state %+v", len(w.tenant.posts), state)
		}
	})
}

func TestAnErrorOfTheDatabaseEndsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := acme()
		r.After = []int64{2}
		w := newWorld(t, r)
		w.disk.unread = func(id int64) error { return context.DeadlineExceeded }
		for range 3 {
			found := stored{job: &rivertype.JobRow{ID: 1}, request: r}
			a := &attempt{Service: w.Service, stored: found, log: w.log}
			if wait, err := a.run(t.Context()); !errors.Is(err, context.DeadlineExceeded) || wait != 0 {
				t.Errorf("wait %v, error %v", wait, err)
			}
		}
		if state := w.state(t); state.Outcome != "" || len(w.tenant.posts) > 0 {
			t.Errorf("state %+v, %d POSTs", state, len(w.tenant.posts))
		}
		w.disk.unread = nil
		if state := w.work(t); state.Outcome != Created {
			t.Errorf("outcome %q", state.Outcome)
		}
	})
}

func TestADeadlineFarAheadIsNotPolledFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(n int) (bool, error) { return n > 1, map[bool]error{true: nil, false: unknown()}[n > 1] }
		if _, err := w.once(t, 1); err != nil {
			t.Fatal(err)
		}
		// The clock by which it was noted was an hour ahead.
		state := w.state(t)
		state.Deadline = state.Deadline.Add(time.Hour)
		if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: 1}, state); err != nil {
			t.Fatal(err)
		}
		looks := 0
		w.tenant.keyErr = func() error { looks++; return nil }
		began := time.Now()
		if state := w.work(t); state.Outcome != Created || len(w.tenant.posts) != 2 {
			t.Errorf("state %+v, %d POSTs", state, len(w.tenant.posts))
		}
		if pause := w.tenant.posts[1].Sub(w.tenant.posts[0]); pause < postTimeout+settleTime {
			t.Errorf("it was sent again after %v", pause)
		}
		if took := time.Since(began); took > 2*(postTimeout+settleTime)+time.Minute || looks > 60 {
			t.Errorf("it took %v and %d looks", took, looks)
		}
	})
}

func TestNoPlaceWaitsForAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.people.surfaces = []Surface{"modal", "channel", "alert"}
		began := time.Now()
		w.people.tellAt = func(ctx context.Context, where Surface) error {
			switch {
			case where == "modal" && time.Since(began) < time.Hour:
				return errors.New("internal_error")
			case where == "alert" && time.Since(began) < time.Minute:
				time.Sleep(9 * time.Second)
				return &LaterError{After: 20 * time.Second, Err: errors.New("rate limited")}
			}
			return nil
		}
		if _, err := w.once(t, 1); err != nil {
			t.Fatal(err)
		}
		if marks := w.state(t).Marks; marks["channel"] == "" || marks["modal"] != "" || marks["alert"] != "" {
			t.Errorf("after the first attempt the marks are %v", marks)
		}
		state := w.work(t)
		if len(state.Marks) != 3 || len(state.Again) != 0 {
			t.Errorf("marks %v, again %v", state.Marks, state.Again)
		}
		told := map[string]int{}
		for _, at := range w.people.at {
			told[string(at)]++
		}
		if told["channel"] != 1 || told["alert"] != 1 || told["modal"] != 1 {
			t.Errorf("told %v, want each once", told)
		}
	})
}

func TestAnOutcomeIsToldUntilItArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		failures := 0
		w.people.tellAt = func(context.Context, Surface) error {
			if failures++; failures < 5 {
				return &LaterError{After: time.Second, Err: errors.New("rate limited")}
			}
			return nil
		}
		state := w.work(t)
		if len(w.tenant.posts) != 1 || !slices.Equal(w.people.outcomes(), []Outcome{Created}) {
			t.Errorf("%d POSTs, told %q; want one of each", len(w.tenant.posts), w.people.outcomes())
		}
		if state.Marks["view"] != "shown" {
			t.Errorf("marks = %v, want the place told", state.Marks)
		}
	})
}

func TestAStopCutsLooksShortButNotThePost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.answer = func(int) (bool, error) {
			w.stop()
			return true, nil
		}
		if state := w.work(t); state.Outcome != Created {
			t.Errorf("outcome = %q, want created", state.Outcome)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.tenant.lookErr = func() error { w.stop(); return notDone() }
		wait, err := w.once(t, 1)
		if err != nil || wait == 0 || w.state(t).Outcome != "" || len(w.people.told) > 0 {
			t.Errorf("wait %v, err %v, state %+v; want to be left for the next start", wait, err, w.state(t))
		}
	})
}
