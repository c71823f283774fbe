package onboarding

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

func TestARestIsKeptAndToldOfUntilItIsOver(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]time.Duration{
		-time.Second: 0, 0: 0, 3 * time.Second: 3 * time.Second, time.Minute: outageNotice,
		outageLimit: outageNotice, outageLimit + 1: 0, // which was noted by a clock that has been set since
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, acme())
			a := &attempt{Service: w.Service, stored: stored{job: &rivertype.JobRow{ID: 1}, request: acme()}, log: w.log}
			a.state = State{Phase: Outage, NotBefore: time.Now().Add(left)}
			wait, err := a.rest(t.Context())
			if told := len(w.people.told); err != nil || wait != want || told > 0 != (want > 0) {
				t.Errorf("%v are left: it rests for %v, %v, and %d times that was told; want %v", left, wait, err, told, want)
			}
		})
	}
}

func TestWhoWaitsIsToldForWhomAndAnewWhenThatChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := acme()
		r.After = []int64{2, 3, 4}
		w := newWorld(t, r)
		for id, by := range map[int64]string{2: "Sam", 3: "Kim", 4: "Kim"} {
			w.disk.args[id] = Request{Key: by, By: Person{Name: by}, Draft: draft.Draft{Connection: "halo"}}
		}
		for ahead := int64(2); ahead <= 4; ahead++ {
			for range 2 {
				if wait, err := w.once(t, 1); err != nil || wait == 0 {
					t.Fatalf("it does not wait for %d: %v, %v", ahead, wait, err)
				}
			}
			if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: ahead}, State{Outcome: Refused}); err != nil {
				t.Fatal(err)
			}
		}
		var told []string
		for _, one := range w.people.told {
			told = append(told, one.State.Ahead.Name)
		}
		if diff := cmp.Diff([]string{"Sam", "Kim"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		if s := w.work(t); s.Outcome != Created {
			t.Errorf("it is %+v", s)
		}
	})
}

// Halo's lists are late: only the bot itself knows of a client that it made.
func TestWhatWasCreatedForARequestBeforeIsSeenWhereItIs(t *testing.T) {
	t.Parallel()
	client := halo.Client{ID: 7, Name: "Acme Ltd"}
	for name, k := range map[string]struct {
		ahead State
		want  Outcome
	}{
		"here":                      {State{Outcome: Created, Client: &client, At: "https://acme.halopsa.com"}, Exists},
		"nobody knows where":        {State{Outcome: Created, Client: &client}, Exists},
		"where it was sent":         {State{Outcome: Created, Client: &client, SentTo: "https://trial.halopsa.com"}, Created},
		"in another Halo":           {State{Outcome: Created, Client: &client, At: "https://trial.halopsa.com"}, Created},
		"not created, but used":     {State{Outcome: Used, Client: &client}, Created},
		"created, without a client": {State{Outcome: Created}, Created},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := acme()
				r.After = []int64{2, 99}
				w := newWorld(t, r)
				w.tenant.clients, w.tenant.unlisted = []halo.Client{client}, true
				w.disk.args[2] = acme()
				if err := w.disk.save(t.Context(), &rivertype.JobRow{ID: 2}, k.ahead); err != nil {
					t.Fatal(err)
				}
				if s := w.work(t); s.Outcome != k.want {
					t.Errorf("it is %q, want %q", s.Outcome, k.want)
				}
			})
		})
	}
}

func TestWhatHalosAnswerLacksIsReadBack(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		drops   bool // Halo the website
		away    bool // for the second read
		website string
		dropped []draft.Field
	}{
		"all is there":               {website: "acme.com"},
		"the website is not":         {drops: true, dropped: []draft.Field{draft.Website}},
		"it cannot be read back yet": {away: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, acme())
				w.tenant.partial = true
				w.disk.crash = func(s State) bool { // not that: the moment between the answer and the second read
					switch {
					case s.Outcome != Created:
					case k.away:
						w.tenant.clients = nil
					case k.drops:
						w.tenant.clients[0].Website = ""
					}
					return false
				}
				s := w.work(t)
				if s.Outcome != Created || s.Client.Website != k.website {
					t.Errorf("it is %+v", s)
				}
				if diff := cmp.Diff(k.dropped, s.Dropped); diff != "" {
					t.Errorf("dropped (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAnEndIsToldAgainWhenThatIsDueThoughSomethingMayTurnUpLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, acme())
		w.as(t, endedAs(Refused, 1, 0)(w))
		w.people.surfaces = []Surface{"view", "channel"}
		w.people.tellAt = func(context.Context, Surface) error {
			return &LaterError{After: 3 * time.Second, Err: errors.New("rate limited")}
		}
		if wait, err := w.once(t, 1); err != nil || wait != 3*time.Second {
			t.Errorf("it waits for %v, %v", wait, err)
		}
		w.people.tellAt = nil
		time.Sleep(3 * time.Second)
		if wait, err := w.once(t, 1); err != nil || wait < settleTime-5*time.Second || !slices.Contains(w.people.at, "channel") {
			t.Errorf("it waits for %v, %v, and was told in %q", wait, err, w.people.at)
		}
	})
}
