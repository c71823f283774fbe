package onboarding_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

var (
	soakRequests = flag.Int("soak.requests", 200, "how many requests TestSoak makes; with 1000 and more, on two bots where TEST_DATABASE_URL names a server")
	soakSeed     = flag.Uint64("soak.seed", 0, "the seed of TestSoak's plan; 0 takes a new one")
)

// TestSoak has technicians ask for clients in every way at once, while Halo and Slack fail at
// random and the bot is killed three times. The plan comes from the seed that is printed; how
// its parts meet in time is the machine's.
func TestSoak(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	seed := cmp.Or(*soakSeed, rand.Uint64())
	requests := *soakRequests
	defer func() {
		if t.Failed() {
			t.Logf("to repeat the plan: go test -run Soak ./internal/onboarding -soak.requests %d -soak.seed %d", requests, seed)
		}
	}()
	o := bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "4s", "LOG_LEVEL": "info"}}
	if requests >= 1000 && os.Getenv("TEST_DATABASE_URL") != "" {
		o.Bots, o.Env["DATABASE_URL"] = 2, bottest.Postgres(t)
	}
	s := bottest.New(t, o)
	crew := pairs(s, min(40, 10+requests/100))
	plan := newPlan(seed, requests, channels(s, max(10, requests/20), crew))
	run := newSoak(s)
	heard, deaf := context.WithCancel(t.Context())
	var listening sync.WaitGroup
	listening.Go(func() { run.listen(heard) })
	defer func() { deaf(); listening.Wait() }()

	began := time.Now()
	errands := make(chan errand)
	var working sync.WaitGroup
	for _, p := range crew {
		working.Go(func() {
			for e := range errands {
				run.do(p, e)
			}
		})
	}
	for i, e := range plan {
		errands <- e
		if e.kill > 0 {
			time.Sleep(e.kill) // a random moment in what is under way
			s.Kill(i % len(s.Bots))
			s.Start(i % len(s.Bots))
		}
	}
	close(errands)
	working.Wait()
	run.settle()

	r := run.result()
	t.Logf("measured: %d requests in %v, seed %d: accepted %d, created %d, twice %d, lost %d, told %d",
		requests, time.Since(began).Round(time.Second), seed, r.accepted, r.created, r.twice, r.lost, r.told)
	if r.twice != 0 || r.lost != 0 || r.told != r.accepted {
		t.Errorf("want twice 0, lost 0 and everybody told")
	}
	if r.accepted < requests || r.created < requests/3 {
		t.Errorf("too few of %d requests were accepted or created to tell", requests)
	}
}

// errand is what a technician, and perhaps a colleague, does about one company.
type errand struct {
	name, host string
	channel    string
	alert      bool // from an alert, else by the command
	second     rivalry
	twice      bool // Slack delivers the submission twice
	closes     bool // nobody waits for the answer
	fault      func(*bottest.Stage, errand)
	weather    func(*bottest.Stage)
	kill       time.Duration // a bot is killed so long after it began
}

// rivalry is what a second person does at the same time.
type rivalry int

const (
	alone     rivalry = iota
	sameAlert         // presses the same alert's button
	sameHost          // asks for the same website under another name
	sameName          // asks for the same name
)

// newPlan makes n requests' errands; the same seed makes the same plan.
func newPlan(seed uint64, n int, channels []string) []errand {
	r := rand.New(rand.NewPCG(seed, 0))
	chance := func(percent int) bool { return r.IntN(100) < percent }
	var plan []errand
	for made := 0; made < n; made++ {
		e := errand{
			name: fmt.Sprintf("Company %d", made), host: fmt.Sprintf("company-%d.example", made),
			channel: channels[r.IntN(len(channels))],
			alert:   chance(50), twice: chance(10), closes: chance(25),
		}
		if chance(5) && len(plan) > 0 { // somebody asks for what was asked for before
			old := plan[r.IntN(len(plan))]
			e.name, e.host = old.name, old.host
		}
		if chance(20) && made+1 < n {
			e.second = rivalry(1 + r.IntN(3))
			e.alert = e.alert || e.second == sameAlert
			made++
		}
		if chance(25) {
			e.fault = haloFaults[r.IntN(len(haloFaults))]
		}
		if chance(8) {
			e.weather = weathers[r.IntN(len(weathers))]
		}
		plan = append(plan, e)
	}
	// Not all at once: one in each third.
	for i := range 3 {
		third := len(plan) / 3
		plan[i*third+r.IntN(third)].kill = time.Duration(1+r.IntN(60)) * time.Millisecond
	}
	return plan
}

// haloFaults befall an errand's create.
var haloFaults = []func(*bottest.Stage, errand){
	befall(localhalo.StoreThenReset()),
	befall(localhalo.StoreThenFail()),
	befall(localhalo.StoreThenHalf()),
	befall(localhalo.StoreThenHang()),
	befall(storedThen503()),
	befall(hidden(localhalo.StoreThenReset(), 3*time.Second)),
	befall(localhalo.StoreLate(3 * time.Second)),
	befall(localhalo.Fail()),
	befall(localhalo.Reset()),
	befall(localhalo.TooMany("1")),
	befall(localhalo.TooMany("")),
	befall(localhalo.Unavailable()),
	befall(localhalo.Revoke()),
	befall(localhalo.Slow(300 * time.Millisecond)),
	befall(localhalo.Refuse(400, localhalo.Message, "This one is refused.")),
}

func befall(f localhalo.Effect) func(*bottest.Stage, errand) {
	return func(s *bottest.Stage, e errand) { s.Halo.Inject(localhalo.Creating(e.name), 1, f) }
}

// weathers befall whatever is under way.
var weathers = []func(*bottest.Stage){
	func(s *bottest.Stage) { s.Halo.RevokeTokens() },
	func(s *bottest.Stage) { s.Halo.Inject(nil, 5, localhalo.Unavailable()) },
	func(s *bottest.Stage) { s.Halo.Inject(localhalo.On(localhalo.KindList), 3, localhalo.Fail()) },
	func(s *bottest.Stage) { s.Halo.Inject(localhalo.On(localhalo.KindList), 3, localhalo.Reset()) },
	func(s *bottest.Stage) { s.Halo.Inject(nil, 20, localhalo.Slow(100*time.Millisecond)) },
	func(s *bottest.Stage) { s.Slack.RateLimit("chat.postMessage", 3, time.Second) },
	func(s *bottest.Stage) { s.Slack.FailStatus("chat.postMessage", 3, 500) },
	func(s *bottest.Stage) { s.Slack.LoseAnswers("chat.postMessage", 2) },
	func(s *bottest.Stage) { s.Slack.LoseAnswers("views.update", 2) },
	func(s *bottest.Stage) { s.Slack.FailStatus("views.update", 2, 503) },
	func(s *bottest.Stage) { s.Slack.FailStatus("response_url", 2, 500) },
	func(s *bottest.Stage) { s.Slack.FailStatus("users.info", 6, 503) },
	func(s *bottest.Stage) { s.Slack.Fail("views.update", 3, "internal_error") },
	suspend,
	lockDatabase,
	func(s *bottest.Stage) { s.Slack.RefreshOne("refresh_requested") },
	func(s *bottest.Stage) { s.Slack.DropSockets() },
}

// suspend stops a bot's process for a while.
func suspend(s *bottest.Stage) {
	s.Bots[0].Signal(syscall.SIGSTOP)
	time.AfterFunc(2*time.Second, func() { s.Bots[0].Signal(syscall.SIGCONT) })
}

// lockDatabase keeps a SQLite file locked for longer than a person waits for an acknowledgement,
// and for less than a bot waits that starts meanwhile.
func lockDatabase(s *bottest.Stage) {
	if !strings.HasPrefix(s.DatabaseURL(), "sqlite:") {
		return
	}
	if unlock, err := lockWrites(s); err == nil { // else it is too busy to be locked
		time.AfterFunc(3*time.Second, unlock)
	}
}

// pair are two technicians who work side by side.
type pair [2]string

func pairs(s *bottest.Stage, n int) (all []pair) {
	users := people(s, 2*n)
	for i := range n {
		all = append(all, pair{users[2*i], users[2*i+1]})
	}
	return all
}

// channels are n more channels with everybody in them: each takes one message a second.
func channels(s *bottest.Stage, n int, everybody []pair) []string {
	members := []string{localslack.Bot}
	for _, p := range everybody {
		members = append(members, p[:]...)
	}
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("C%010d", i+1)
		s.Slack.SetChannel(localslack.Channel{ID: ids[i], Name: fmt.Sprint("desk-", i+1), Members: members})
	}
	return ids
}
