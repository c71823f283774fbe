package onboarding_test

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
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
	if requests < 100 {
		t.Fatal("fewer than 100 requests do not meet every fault")
	}
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
			run.count(killed)
			s.Start(i % len(s.Bots))
		}
	}
	close(errands)
	working.Wait()
	run.settle(2 * time.Minute)

	r := run.result()
	t.Logf("measured: %d requests in %v, seed %d: accepted %d, created %d, twice %d, lost %d, told %d",
		requests, time.Since(began).Round(time.Second), seed, r.accepted, r.created, r.twice, r.lost, r.told)
	if r.twice != 0 || r.lost != 0 || r.told != r.accepted {
		t.Errorf("want twice 0, lost 0 and everybody told")
	}
	if r.accepted < requests || r.created < requests/3 {
		t.Errorf("too few of %d requests were accepted or created to tell", requests)
	}
	met := run.met()
	for _, class := range everyClass() {
		t.Logf("measured: %d times %s", met[class], class)
		if met[class] == 0 {
			t.Errorf("nothing met this: %s", class)
		}
	}
	if !run.judge(run.asks) {
		t.Error("no single careful person could have done and said this")
	}
}

// errand is what a technician, and perhaps a colleague, does about one company.
type errand struct {
	name, host string
	channel    string
	alert      bool // from an alert, else by the command
	second     rivalry
	anew       bool // somebody asked for the company before
	twice      bool // Slack delivers the submission twice
	closes     bool // nobody waits for the answer
	befallen   []class
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

var rivalries = map[rivalry]string{sameAlert: otherWords, sameHost: sameWebsite, sameName: sameNameAgain}

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
		if chance(5) && len(plan) > 0 || len(plan) == 20 { // somebody asks for what was asked for before
			old := plan[r.IntN(len(plan))]
			e.name, e.host, e.anew = old.name, old.host, true
		}
		if chance(20) && made+1 < n {
			e.second = rivalry(1 + r.IntN(3))
			e.alert = e.alert || e.second == sameAlert
			made++
		}
		plan = append(plan, e)
	}
	// strew has every class befall some errands, early enough to be met.
	strew := func(classes []class, most int, may func(errand) bool) {
		dealt := 0
		for _, at := range r.Perm(len(plan) * 4 / 5) {
			if dealt < most && may(plan[at]) {
				plan[at].befallen = append(plan[at].befallen, classes[dealt%len(classes)])
				dealt++
			}
		}
	}
	// A company that is asked for anew is there already: nothing befalls its create. Where somebody asks
	// for it under another name, that one's create may come first: once, each befalls one that nobody does.
	strew(companyFaults, len(companyFaults), func(e errand) bool { return !e.anew && e.second <= sameAlert })
	strew(companyFaults, max(n*20/100, 3*len(companyFaults))-len(companyFaults), func(e errand) bool { return !e.anew && e.befallen == nil })
	strew(weathers, max(n*5/100, len(weathers)), func(errand) bool { return true })
	// Not all at once: one in each part.
	kills := max(3, n/250)
	for i := range kills {
		part := len(plan) / kills
		plan[i*part+r.IntN(part)].kill = time.Duration(1+r.IntN(60)) * time.Millisecond
	}
	return plan
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
