package onboarding_test

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
	"halobot/internal/sandbox/planted"
)

var broken = flag.Bool("soak.broken", false, "has TestABrokenBotsHistoryIsNoCarefulPersons build bots that have a fault")

// breakings are what it takes to see each fault, in a bot's history: each is harmless to a bot that
// has none.
var breakings = []struct {
	fault    planted.Fault
	postgres bool
	do       func(r *soak, people []pair)
	within   time.Duration // how soon a careful person has told everybody
}{
	{planted.NoMark, false, killedAmidPosts, 2 * time.Minute},
	{planted.NoLock, false, rivalsAtOnce, 2 * time.Minute},
	{planted.NoFence, true, asleepAmidAPost, 2 * time.Minute},
	{planted.GoneIsTold, false, refusedBehindTheirBacks, 20 * time.Second},
}

// TestABrokenBotsHistoryIsNoCarefulPersons is what the soak's checker is worth: take away what the
// promise rests on, and it says so; give it back, and the same events are a careful person's.
//
//	go test ./internal/onboarding -run BrokenBot -soak.broken
func TestABrokenBotsHistoryIsNoCarefulPersons(t *testing.T) {
	if !*broken {
		t.Skip("only by hand: -soak.broken")
	}
	for _, b := range breakings {
		for _, whole := range []bool{false, true} {
			name := map[bool]string{false: b.fault.Name, true: "a whole bot instead of " + b.fault.Name}[whole]
			t.Run(name, func(t *testing.T) {
				o := bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "4s", "LOG_LEVEL": "info"}}
				if !whole {
					o.Path = bottest.Broken(t, b.fault)
				}
				if b.postgres {
					o.Bots, o.Env["DATABASE_URL"] = -2, bottest.Postgres(t)
				}
				s := bottest.New(t, o)
				r := newSoak(s)
				began := time.Now()
				b.do(r, pairs(s, 5))
				r.settle(b.within)
				_, untold := r.told()
				careful := r.judge(r.asks) && len(untold) == 0
				t.Logf("measured: %s: a careful person's: %v, after %v and %d POSTs; not told: %d of %d",
					name, careful, time.Since(began).Round(time.Second), s.Halo.Count(localhalo.KindCreate), len(untold), len(r.asks))
				if careful != whole {
					t.Errorf("the checker says %v", careful)
				}
			})
		}
	}
}

// each has all pairs do their errands at once.
func (r *soak) each(people []pair, e func(n int) errand) {
	var working sync.WaitGroup
	for n, p := range people {
		working.Go(func() { r.do(p, e(n)) })
	}
	working.Wait()
}

// killedAmidPosts kills the bot while Halo has what was sent, has not answered, and does not list it
// yet.
func killedAmidPosts(r *soak, people []pair) {
	for n := range people {
		r.Halo.Inject(localhalo.Creating(fmt.Sprint("Company ", n)), 1, hidden(localhalo.StoreThenHang(), 8*time.Second))
	}
	r.later(0, func() {
		ctx, cancel := r.Patience()
		defer cancel()
		err := r.Halo.Wait(ctx, func() bool { return r.Halo.Len() == len(people) })
		if err != nil {
			r.Error(err)
		}
		r.Kill(0)
		r.Start(0)
	})
	r.each(people, func(n int) errand {
		return errand{name: fmt.Sprint("Company ", n), host: fmt.Sprintf("company-%d.example", n), channel: localslack.Desk}
	})
}

// rivalsAtOnce has two people ask for each company in the same moment, while Halo takes its time.
func rivalsAtOnce(r *soak, people []pair) {
	for n := range people {
		r.Halo.Inject(localhalo.Creating(fmt.Sprint("Company ", n)), 1, localhalo.Slow(2*time.Second))
	}
	r.each(people, func(n int) errand {
		return errand{name: fmt.Sprint("Company ", n), host: fmt.Sprintf("company-%d.example", n), channel: localslack.Desk, second: sameHost}
	})
}

// refusedBehindTheirBacks has Halo refuse what people asked for once they have closed their modals.
func refusedBehindTheirBacks(r *soak, people []pair) {
	var asked []*localhalo.Hold
	for n := range people {
		name := fmt.Sprint("Company ", n)
		asked = append(asked, r.Halo.Hold(localhalo.Creating(name), localhalo.Arrived))
		r.Halo.Inject(localhalo.Creating(name), 0, localhalo.Refuse(400, localhalo.Message, "Not this one."))
	}
	r.each(people, func(n int) errand {
		return errand{name: fmt.Sprint("Company ", n), host: fmt.Sprintf("company-%d.example", n), channel: localslack.Desk, closes: true}
	})
	for _, a := range asked {
		a.Release()
	}
}

// asleepAmidAPost suspends a bot that is sending until another one has taken its request and has
// Halo's answer on the way. No list shows what Halo has.
func asleepAmidAPost(r *soak, people []pair) {
	r.Start(0)
	r.Halo.Inject(creating, 0, localhalo.Hide(time.Hour))
	first := r.Halo.Hold(creating, localhalo.Arrived)
	r.later(0, func() {
		arrived(r.Stage, first)
		r.Start(1)
		r.Bots[0].Suspend()
		first.Drop() // it never came to Halo
		second := r.Halo.Hold(creating, localhalo.Stored)
		stuck, done := context.WithTimeout(r.Context(), 5*time.Minute)
		defer done()
		if _, err := second.Wait(stuck); err != nil {
			r.Error(err)
		}
		r.Bots[0].Resume()
		// Where nothing keeps it from that, it writes what it has, and sends once more.
		more, enough := context.WithTimeout(r.Context(), 5*time.Second)
		defer enough()
		_ = r.Halo.Wait(more, func() bool { return r.Halo.Count(localhalo.KindCreate) > 2 })
		second.Release()
	})
	r.do(people[0], errand{name: "Company 0", host: "company-0.example", channel: localslack.Desk})
}
