package onboarding

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Random sequences of what people, processes, Halo and Slack do, in SQLite, Postgres, memory and the
// oracle, which have to agree after each step. What fails is made small and kept in testdata/rapid,
// from where it is tried first ever after. What takes time within an attempt, and what goes on beside
// another, is for TestAStormyAfternoon. More of it:
//
//	go test ./internal/onboarding -run Lockstep -rapid.checks 10000 -rapid.steps 100
func TestTheStoresAreInLockstepWithTheSpecification(t *testing.T) {
	var lanes []*lane
	for _, store := range stores {
		if store.name == "postgres" && (testing.Short() || os.Getenv("TEST_DATABASE_URL") == "") {
			continue
		}
		lanes = append(lanes, newLane(store.name, store.fresh(t)))
	}
	// The short form has shorter sequences, and a fifth of them: too few.
	if checks := flag.Lookup("rapid.checks").Value; testing.Short() && checks.String() == "100" { // its default
		if err := checks.Set("250"); err != nil {
			t.Fatal(err)
		}
	}
	check := 0
	rapid.Check(t, func(t *rapid.T) {
		check++
		l := &lockstep{T: t, lanes: lanes, check: check, oracle: newOracle()}
		l.oracle.shared = rapid.Bool().Draw(t, "shared")
		l.begin()
		t.Repeat(map[string]func(*rapid.T){
			"submit":  l.submit,
			"file":    l.file,
			"attempt": l.attempt,
			"more":    l.attempt,
			"again":   l.attempt,
			"wait":    l.wait,
			"clock":   l.set,
			"by hand": l.byHand,
			"":        func(*rapid.T) { l.compare() },
		})
		l.finish()
	})
}

// lockstep drives the lanes and the oracle.
type lockstep struct {
	*rapid.T
	lanes  []*lane
	oracle oracle
	start  time.Time
	check  int
}

func (l *lockstep) begin() {
	l.start = time.Now()
	for _, lane := range l.lanes {
		lane.begin(l, func() time.Time { return l.start.Add(l.oracle.now) })
	}
	l.receive()
}

// Fatalf leaves out the number of the sequence: what fails is made small only while it fails in the
// same words.
func (l *lockstep) Fatalf(format string, args ...any) {
	l.T.Fatalf("%s", strings.ReplaceAll(fmt.Sprintf(format, args...), fmt.Sprintf("%d-", l.check), ""))
}

func (l *lockstep) key(n int) string { return fmt.Sprintf("%d-K%d", l.check, n) }

var keysAsked = rapid.IntRange(0, 3)

// submit is somebody who asks for a company.
func (l *lockstep) submit(t *rapid.T) {
	key := l.key(keysAsked.Draw(t, "key"))
	company := l.company(t)
	by := rapid.SampledFrom([]string{"U1", "U2"}).Draw(t, "by")
	joined := l.oracle.submit(key, company, by)
	for _, lane := range l.lanes {
		receipt, err := lane.service().Submit(l.Context(), Request{
			Key: key, Draft: draft.Draft{Connection: "halo", Name: company}, By: Person{ID: by}, Via: "command",
			Reply: json.RawMessage(fmt.Sprintf(`{"of":%q}`, by)),
		})
		if err != nil || receipt.Joined != joined {
			l.Fatalf("%s: Submit joined: %v, %v; want %v", lane.name, receipt.Joined, err, joined)
		}
	}
}

// attempt is one attempt at a request, in some weather.
func (l *lockstep) attempt(t *rapid.T) {
	open := slices.DeleteFunc(slices.Clone(l.oracle.wishes), (*wish).done)
	if len(open) == 0 {
		t.Skip("nothing to do")
	}
	w := open[rapid.IntRange(0, len(open)-1).Draw(t, "request")]
	if rapid.Bool().Draw(t, "calm") {
		l.try(w, weather{})
		return
	}
	l.try(w, weather{
		Post:     answer(rapid.IntRange(0, int(answers)-1).Draw(t, "post")),
		Late:     rapid.SampledFrom(latenesses).Draw(t, "late"),
		Ignored:  rapid.SampledFrom(ignored).Draw(t, "ignored"),
		HaloDown: rapid.IntRange(0, 4).Draw(t, "halo") == 4,
		Slack:    rapid.IntRange(0, 4).Draw(t, "slack") == 4,
		Die:      point(rapid.IntRange(0, int(points)-1).Draw(t, "die")),
	})
}

// try is the attempt in every lane, and in the oracle.
func (l *lockstep) try(w *wish, in weather) {
	now := l.oracle.now
	var later time.Duration
	for _, lane := range l.lanes {
		l.oracle.now = now
		lane.weather = in
		lane.suspend = func() { // another process takes it over meanwhile
			l.oracle.now += tick
			lane.turn++
			lane.weather = weather{}
			lane.recover(l)
			lane.attempt(l, w)
			lane.turn++
			lane.weather = in
		}
		lane.attempt(l, w)
		lane.recover(l)
		later = l.oracle.now - now
	}
	l.oracle.now = now
	l.oracle.attempt(w, in)
	if l.oracle.now-now != later {
		l.Fatalf("a request was taken over in the stores after %v, in the specification after %v", later, l.oracle.now-now)
	}
	l.oracle.now += tick
}

// wait is a time in which nothing is done.
func (l *lockstep) wait(t *rapid.T) {
	l.oracle.now += rapid.SampledFrom([]time.Duration{310 * time.Second, 1210 * time.Second, 25*time.Hour + 7*time.Second}).Draw(t, "for")
}

// set sets the machine's clock, where the processes go by that: whoever starts from then on has it so.
func (l *lockstep) set(t *rapid.T) {
	set := rapid.SampledFrom([]time.Duration{0, 20 * time.Minute, -20 * time.Minute}).Draw(t, "set")
	if l.oracle.shared {
		t.Skip("nobody sets the database's clock")
	}
	l.oracle.clocks.set = set
}

// compare holds the lanes to the oracle.
func (l *lockstep) compare() {
	for _, lane := range l.lanes {
		if have, want := lane.world(l), l.oracle.world(); have != want {
			l.Fatalf("%s has in Halo\n%s, the specification\n%s", lane.name, have, want)
		}
		stored := lane.stored(l)
		for _, w := range l.oracle.wishes {
			got, f := stored[fmt.Sprint(w.key, w.round)], file{}
			if w.file != nil {
				f = *w.file
			}
			told := lane.told[telling{w.key, w.round, w.by, false, w.outcome}]
			have := fmt.Sprintf("%q %s%s, done %v, sent %d times, in doubt %v, client %d, twins %v, told %v",
				got.state.Outcome, got.state.Filed, got.state.NotFiled, got.job != nil && got.job.FinalizedAt != nil, got.state.Sends, got.state.Sent(),
				clientID(got.state.Client), ids(got.state.Twins), told)
			want := fmt.Sprintf("%q %s%s, done %v, sent %d times, in doubt %v, client %d, twins %v, told %v",
				w.outcome, f.filed, f.notFiled, w.done(), w.sends, w.outcome == "" && w.deadline != 0, w.client, w.twins, w.told)
			if have != want {
				l.Fatalf("%s has %s as\n%s, the specification\n%s", lane.name, w.key, have, want)
			}
		}
		if len(stored) != len(l.oracle.wishes) {
			l.Fatalf("%s has %d requests, the specification %d", lane.name, len(stored), len(l.oracle.wishes))
		}
	}
}

func ids(clients []halo.Client) (all []int) {
	for _, c := range clients {
		all = append(all, c.ID)
	}
	slices.Sort(all)
	return all
}

// finish has calm weather until all is done, and holds it to what was promised.
func (l *lockstep) finish() {
	for range 20 {
		l.oracle.now += 10 * time.Minute
		for _, w := range l.oracle.wishes {
			if !w.done() {
				l.try(w, weather{})
				l.compare()
			}
		}
	}
	made := map[string]int{} // but by hand
	for _, f := range l.oracle.found {
		made[f.key]++
	}
	users := map[haloUser]int{}
	for _, u := range l.oracle.users {
		if u.shown = 0; u.made {
			users[u]++
		}
		if users[u] > 1 && !l.oracle.veryLate {
			l.Fatalf("%d users were made of %s in %d", users[u], u.company, u.client)
		}
	}
	for _, w := range l.oracle.wishes {
		switch {
		case !w.done():
			l.Fatalf("%s never ends: %+v", w.key, w)
		case made[w.key] > 1 && !l.oracle.veryLate:
			l.Fatalf("%s made %d clients", w.key, made[w.key])
		case made[w.key] > 0 && l.oracle.newest(w.key).client == 0 && w.outcome != Unconfirmed && !w.gaveUp && !l.oracle.veryLate:
			l.Fatalf("nobody was told of the client of %s", w.key)
		}
	}
	for _, lane := range l.lanes {
		lane.joiners(l)
		for _, w := range l.oracle.wishes {
			for _, who := range w.joined {
				if !lane.told[telling{w.key, w.round, who, true, w.outcome}] {
					l.Fatalf("%s: %s was not told of %s", lane.name, who, w.key)
				}
			}
		}
	}
}
