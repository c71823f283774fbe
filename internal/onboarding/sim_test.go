package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/sandbox/localhalo"
)

var (
	simSeeds = flag.Int("sim.seeds", 0, "simulate so many stormy afternoons; 0 is a few")
	simSeed  = flag.Uint64("sim.seed", 0, "simulate this one alone, and log it")
)

// A stormy afternoon in simulated time: people ask for the same few companies, replicas die, hang
// and lose their lease, Halo and Slack do all that they are known to do, the clock is set. Then all
// is well again, and what was promised must hold. Go on with many seeds, or with one that failed:
//
//	go test ./internal/onboarding -run StormyAfternoon -sim.seeds 20000
//	go test ./internal/onboarding -run StormyAfternoon -sim.seed 17
func TestAStormyAfternoon(t *testing.T) {
	t.Parallel()
	if *simSeed != 0 {
		storm(t, *simSeed)
		return
	}
	seeds := uint64(*simSeeds)
	if seeds == 0 {
		seeds = 30
		if testing.Short() {
			seeds = 10
		}
	}
	for seed := uint64(1); seed <= seeds && !t.Failed(); seed++ {
		storm(t, seed)
	}
}

func storm(t *testing.T, seed uint64) {
	t.Helper()
	ok := t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSimulation(t, seed, 2)
			defer s.close()
			for range 25 {
				s.happens()
				time.Sleep(time.Duration(s.rand.Int64N(int64(20 * time.Second))))
			}
			s.calm()
			s.judge()
		})
	})
	if !ok {
		t.Logf("again: go test ./internal/onboarding -run StormyAfternoon -sim.seed %d", seed)
	}
}

// simulation is a Slack, a Halo and a few replicas on one database, all in memory.
type simulation struct {
	*testing.T
	rand     *rand.Rand
	log      *slog.Logger
	memory   *memory
	halo     *localhalo.Server
	away     atomic.Bool // Halo cannot be reached
	slack    *listeners
	replicas []*replica
	later    sync.WaitGroup // what is still to happen
	tickets  map[string]int // by address
	mu       sync.Mutex
	sends    map[string][]*send // by reference
}

// replica is a process with a connection to Halo of its own.
type replica struct {
	*process
	end context.CancelFunc
}

const (
	simSettle = 2 * time.Minute
	catchAll  = 1
	otherID   = 2
)

func newSimulation(t *testing.T, seed uint64, replicas int) *simulation {
	s := &simulation{
		T: t, rand: rand.New(rand.NewPCG(seed, 18)), memory: newMemory(), slack: &listeners{told: map[telling]int{}},
		log: slog.New(slog.DiscardHandler), tickets: map[string]int{}, sends: map[string][]*send{},
	}
	if *simSeed != 0 {
		s.log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	s.halo = localhalo.New(localhalo.Options{
		Clients: []localhalo.Client{{ID: catchAll, Name: localhalo.Unknown}, {ID: otherID, Name: "Elsewhere"}}, CatchAll: catchAll, FirstID: 100,
		Granted: strings.Fields(simHalo.Scope),
	})
	for range replicas {
		s.boot()
	}
	return s
}

var simHalo = halo.Settings{
	Name: "halo", URL: "https://acme.halopsa.com", AuthURL: "https://acme.halopsa.com/auth",
	ClientID: localhalo.DefaultClientID, ClientSecret: localhalo.DefaultClientSecret,
	Scope: "read:customers edit:customers edit:tickets", CatchAll: []int{catchAll},
}

// boot starts a replica.
func (s *simulation) boot() {
	r := &replica{}
	api := halo.New(simHalo, &http.Client{Transport: wire{s, r}}, nil)
	r.process = s.memory.on(Config{Halos: map[string]Halo{"halo": api}, Work: WorkAll, Settle: simSettle, Log: s.log})
	ctx, end := context.WithCancel(context.Background())
	r.end = end
	s.later.Go(func() { api.Run(ctx) })
	if err := r.Start(ctx, heard{s.slack, r.process}, heard{s.slack, r.process}); err != nil {
		s.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replicas = append(s.replicas, r)
}

func (r *replica) die() {
	r.end()
	r.kill()
}

// alive are the replicas that have not been killed.
func (s *simulation) alive() (all []*replica) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.replicas {
		if !r.killed() {
			all = append(all, r)
		}
	}
	return all
}

func (s *simulation) some() *replica { return pick(s.rand, s.alive()) }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// until does something after a while, which ends what has begun now.
func (s *simulation) until(longest time.Duration, do func()) {
	after := time.Duration(s.rand.Int64N(int64(longest)))
	s.later.Go(func() {
		time.Sleep(after)
		do()
	})
}

// happens is one thing that may happen.
func (s *simulation) happens() {
	what := s.rand.IntN(20)
	s.log.Info("happens", "what", what, "at", time.Now())
	switch what {
	case 0:
		if len(s.alive()) > 1 {
			s.some().die()
			s.until(30*time.Second, s.boot)
		}
	case 1:
		s.until(time.Minute, s.some().suspend())
	case 2:
		s.some().loseLease()
	case 3:
		s.away.Store(true)
		s.until(3*time.Minute, func() { s.away.Store(false) })
	case 4:
		s.slack.away.Store(true)
		s.until(3*time.Minute, func() { s.slack.away.Store(false) })
	case 5:
		s.memory.mu.Lock()
		s.memory.set += time.Duration(s.rand.Int64N(int64(2*time.Hour))) - time.Hour
		s.memory.mu.Unlock()
	case 6:
		s.until(3*time.Minute, s.halo.Ignore(pick(s.rand, []string{"search", "order", "clients.search", "users.search"})))
	case 7:
		s.halo.SetLists(func(l *localhalo.Lists) { l.Lag = time.Duration(s.rand.Int64N(int64(time.Minute))) })
	case 8:
		by := pick(s.rand, []string{"acme", "borealis", "cordoba"}) // moved by hand, or back
		to := pick(s.rand, []int{catchAll, otherID})
		if id := s.tickets["jane@"+by+".example"]; id != 0 {
			s.halo.ChangeTicket(id, func(t *localhalo.Ticket) { t.ClientID = to })
		}
	case 9, 10, 11, 12:
		writes := []localhalo.Kind{localhalo.KindCreate, localhalo.KindUserCreate, localhalo.KindTicketUpdate, localhalo.KindSiteUpdate}
		s.halo.Inject(localhalo.On(writes...), 1+s.rand.IntN(2), pick(s.rand, []localhalo.Effect{
			localhalo.StoreThenUnavailable(), localhalo.StoreThenReset(), localhalo.StoreThenHang(), localhalo.StoreThenFail(), localhalo.StoreThenHalf(),
			localhalo.StoreThenName("Another"), localhalo.StoreLate(time.Duration(1 + s.rand.Int64N(int64(time.Minute)))),
			localhalo.Unavailable(), localhalo.Reset(), localhalo.Hang(), localhalo.Fail(), localhalo.TooMany("7"), localhalo.Revoke(),
			localhalo.Refuse(400, localhalo.Sentence, "The name is not allowed."), localhalo.Hide(time.Minute), localhalo.Slow(9 * time.Second), localhalo.Slow(12 * time.Second),
		}))
	case 13:
		s.halo.Inject(localhalo.On(localhalo.KindList, localhalo.KindGet, localhalo.KindUsers, localhalo.KindToken), 1+s.rand.IntN(5), pick(s.rand, []localhalo.Effect{
			localhalo.Unavailable(), localhalo.Reset(), localhalo.Hang(), localhalo.TooMany(""), localhalo.Slow(7 * time.Second), localhalo.Fail(),
		}))
	default:
		s.submits()
	}
}

// submits is somebody who asks for one of a few companies: anew, or about the same alert as
// another, in the same words or in others.
func (s *simulation) submits() {
	company := s.rand.IntN(3)
	name := []string{"Acme", "Borealis", "Cordoba"}[company]
	person := fmt.Sprint("U", s.rand.IntN(3))
	alert := s.rand.IntN(4)
	r := Request{
		Key:   fmt.Sprintf("T-C-%d%d", company, alert),
		Draft: draft.Draft{Connection: "halo", Name: name, Website: strings.ToLower(name) + ".example"},
		By:    Person{ID: person}, Via: "alert", IfExists: Ask, Reply: json.RawMessage(fmt.Sprintf(`{"of":%q}`, person)),
	}
	switch s.rand.IntN(4) {
	case 0:
		r.Draft.Website = "www." + strings.ToLower(name) + ".example/about"
	case 1:
		r.Draft.Website, r.Draft.Name = "", strings.ToUpper(name)
	}
	if address := "jane@" + strings.ToLower(name) + ".example"; s.rand.IntN(2) == 0 {
		if s.tickets[address] == 0 {
			s.halo.SetIntake(s.rand.IntN(2) == 0)
			s.tickets[address] = s.halo.Receive(localhalo.Mail{Name: "Jane", Address: address, Subject: "Hello"}).ID
		}
		r.Then = &Filing{What: []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain}, Email: address, Name: "Jane Roe", Ticket: fmt.Sprint(s.tickets[address]), Domain: strings.ToLower(name) + ".example"}
	}
	on := s.some()
	s.later.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, _ = on.Submit(ctx, r) // with an error nothing is promised
	})
}

// calm has all go well again, and waits for what is in hand to end.
func (s *simulation) calm() {
	s.halo.ClearFaults()
	s.halo.SetLists(func(l *localhalo.Lists) { *l = localhalo.Lists{} })
	time.Sleep(4 * time.Minute) // what was begun has ended
	s.halo.ClearFaults()
	s.halo.SetLists(func(l *localhalo.Lists) { *l = localhalo.Lists{} })
	for range 24 * 60 {
		s.memory.mu.Lock()
		open := len(s.memory.list(selection{open: true, most: 1}))
		s.memory.mu.Unlock()
		if open == 0 {
			return
		}
		time.Sleep(time.Minute)
	}
}

func (s *simulation) close() {
	for _, r := range s.alive() {
		r.die()
	}
	s.halo.Close()
	s.later.Wait()
	time.Sleep(time.Minute) // calls that nobody waits for any more have ended
}

// wire takes a process's calls to Halo, as long as it lives and Halo can be reached.
type wire struct {
	s *simulation
	r *replica
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := w.r.pass(ctx); err != nil {
		return nil, err
	}
	if w.s.away.Load() {
		return nil, errors.New("connect: connection refused")
	}
	body := []byte{}
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	var post *send
	if r.Method == http.MethodPost && r.URL.Path == "/api/Client" {
		post = w.s.posted(body)
	}
	type reply struct {
		*http.Response
		err error
	}
	done := make(chan reply, 1)
	serving, hangUp := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer hangUp()
		defer func() {
			if recover() != nil {
				done <- reply{nil, io.ErrUnexpectedEOF} // the connection was broken
			}
		}()
		time.Sleep(20 * time.Millisecond)
		in := httptest.NewRequest(r.Method, r.URL.RequestURI(), strings.NewReader(string(body))).WithContext(serving)
		in.Header = r.Header.Clone()
		out := httptest.NewRecorder()
		w.s.halo.ServeHTTP(out, in)
		time.Sleep(20 * time.Millisecond)
		answer := out.Result()
		answer.Request = r
		done <- reply{answer, nil}
	}()
	var got reply
	select {
	case got = <-done:
	case <-ctx.Done():
		hangUp()
		got.err = ctx.Err()
	}
	if err := w.r.pass(ctx); err != nil {
		return nil, err
	}
	if post != nil && got.err == nil {
		post.answered = got.StatusCode
	}
	return got.Response, got.err
}

// send is a create that was sent to Halo.
type send struct {
	at       time.Time
	answered int // what its sender got to see
}

func (s *simulation) posted(body []byte) *send {
	var sent []struct{ Ref string }
	if err := json.Unmarshal(body, &sent); err != nil || len(sent) != 1 {
		s.Errorf("a create sent %s", body)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := &send{at: time.Now()}
	s.sends[sent[0].Ref] = append(s.sends[sent[0].Ref], one)
	return one
}

// telling is somebody who is told of an end.
type telling struct {
	key     string
	round   int
	person  string
	joined  bool
	outcome Outcome
}

// listeners are the people in Slack.
type listeners struct {
	mu   sync.Mutex
	told map[telling]int
	away atomic.Bool // Slack does not answer
	mute atomic.Bool // it takes no messages
}

// heard is Slack as one process has it.
type heard struct {
	*listeners
	p *process
}

func (h heard) reached(ctx context.Context) error {
	if err := h.p.pass(ctx); err != nil {
		return err
	}
	time.Sleep(30 * time.Millisecond)
	if h.away.Load() {
		return errors.New("slack.com: timeout")
	}
	return h.p.pass(ctx)
}

func (heard) Own(string) bool { return false }

func (h heard) Permit(ctx context.Context, _ Request) error    { return h.reached(ctx) }
func (h heard) Progress(ctx context.Context, _ *Telling) error { return h.reached(ctx) }
func (h heard) Surfaces(Telling) []Surface                     { return []Surface{"view", "message"} }
func (h heard) Tell(ctx context.Context, where Surface, t Telling) (string, error) {
	if err := h.reached(ctx); err != nil {
		return "", err
	}
	if h.mute.Load() {
		return "", errors.New("chat.postMessage: fatal_error")
	}
	what := telling{t.Request.Key, t.Request.Round, t.Request.By.ID, false, t.State.Outcome}
	if t.Joiner != nil {
		what.person, what.joined = t.Joiner.By.ID, true
	}
	if where == "view" {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.told[what]++
	}
	return "shown", nil
}

// judge looks whether what was promised holds.
func (s *simulation) judge() {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	for _, row := range s.memory.jobs {
		if row.FinalizedAt == nil {
			s.Errorf("%s %d has not ended: %s, %s", row.Kind, row.ID, row.State, row.Metadata)
			continue
		}
		switch row.Kind {
		case joiner{}.Kind():
			var j joiner
			if err := json.Unmarshal(row.EncodedArgs, &j); err != nil {
				s.Fatal(err)
			}
			first, err := decode(s.memory.jobs[j.Job-1])
			if err != nil {
				s.Fatal(err)
			}
			if s.slack.told[telling{first.request.Key, first.request.Round, j.By.ID, true, first.state.Outcome}] == 0 {
				s.Errorf("%s, who joined %s, was not told that it is %s", j.By.ID, first.request.Key, first.state.Outcome)
			}
		default:
			found, err := decode(row)
			if err != nil {
				s.Fatal(err)
			}
			r := found.request
			if found.state.Outcome == "" || found.state.Outcome == Unconfirmed {
				s.Errorf("%s ended as %q", r.Key, found.state.Outcome)
			}
			if s.slack.told[telling{r.Key, r.Round, r.By.ID, false, found.state.Outcome}] == 0 {
				s.Errorf("%s was not told that %s is %s", r.By.ID, r.Key, found.state.Outcome)
			}
		}
	}
	byKey, byCompany := map[string][]int{}, map[string][]int{}
	for _, c := range s.halo.Clients() {
		if c.Ref != "" {
			byKey[c.Ref] = append(byKey[c.Ref], c.ID)
			byCompany[strings.ToLower(c.Name)] = append(byCompany[strings.ToLower(c.Name)], c.ID)
		}
	}
	for key, ids := range byKey {
		if len(ids) > 1 {
			s.Errorf("request %s made %d clients: %v", key, len(ids), ids)
		}
	}
	for company, ids := range byCompany {
		if len(ids) > 1 {
			s.Errorf("there are %d clients of %s: %v", len(ids), company, ids)
		}
	}
	byUser := map[string]int{}
	for _, u := range s.halo.Users(0) {
		if u.Email != "" {
			byUser[strings.ToLower(u.Email)]++
		}
	}
	for user, n := range byUser {
		if n > 1 {
			s.Errorf("there are %d users %s", n, user)
		}
	}
	s.judgeSends()
}

// judgeSends looks whether anything was sent again before it was settled.
func (s *simulation) judgeSends() {
	for ref, sends := range s.sends {
		for i, again := range sends[1:] {
			before := sends[i]
			refused := before.answered >= 400 && before.answered < 500
			if gap := again.at.Sub(before.at); !refused && gap < simSettle {
				s.Errorf("%s was sent again after %v (it was answered with %d)", ref, gap, before.answered)
			}
		}
	}
}
