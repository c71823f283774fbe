package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"pgregory.net/rapid"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Random sequences of what people, processes, Halo and Slack do, in SQLite, Postgres, memory and the
// oracle, which have to agree after each step. What fails is made small and kept in testdata/rapid,
// from where it is tried first ever after. More of it:
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
	if checks := flag.Lookup("rapid.checks").Value; testing.Short() && checks.String() == "100" { // its default
		if err := checks.Set("20"); err != nil {
			t.Fatal(err)
		}
	}
	check := 0
	rapid.Check(t, func(t *rapid.T) {
		check++
		l := &lockstep{T: t, lanes: lanes, check: check, oracle: oracle{now: time.Hour}}
		l.begin()
		t.Repeat(map[string]func(*rapid.T){
			"submit":  l.submit,
			"attempt": l.attempt,
			"more":    l.attempt,
			"wait":    l.wait,
			"by hand": l.byHand,
			"":        func(*rapid.T) { l.compare() },
		})
		l.finish()
	})
}

// lockstep drives the lanes and the oracle.
type lockstep struct {
	*rapid.T
	lanes    []*lane
	oracle   oracle
	start    time.Time
	check    int
	veryLate bool
}

// lane is one store with a few processes on it, and a Halo and a Slack of its own.
type lane struct {
	name     string
	services []*Service
	turn     int
	ledger   *ledger
	told     map[telling]bool
	weather  weather
	now      func() time.Time
	taken    int
}

func newLane(name string, open func() *Service) *lane {
	l := &lane{name: name, now: time.Now}
	for range 2 {
		s := open()
		l.services = append(l.services, s)
		if name == "sqlite" { // nobody pulls the plug
			if _, err := s.db.sql.Exec("PRAGMA synchronous = OFF"); err != nil {
				panic(err)
			}
		}
		s.cfg.Settle, s.log = settle, slog.New(slog.DiscardHandler)
		s.db.server = true               // they have one clock
		s.waiting.TryAcquire(waitingOut) // an attempt waits for nothing
		s.clock.process = func() time.Time { return l.now() }
		s.clock.at = s.clock.read
		s.queue = &mortal{queue: s.queue, lane: l}
		s.cfg.Halos = map[string]Halo{"halo": &reach{lane: l}}
		s.gate, s.announcer = (*slackOf)(l), (*slackOf)(l)
	}
	return l
}

func (l *lockstep) begin() {
	l.start = time.Now()
	for _, lane := range l.lanes {
		lane.ledger, lane.told = &ledger{lane: lane}, map[telling]bool{}
		lane.now = func() time.Time { return l.start.Add(l.oracle.now) }
	}
}

// service is the process whose turn it is.
func (l *lane) service() *Service { return l.services[l.turn%2] }

// far is when everything is due; each attempt begins at a time of its own.
func (l *lane) far() time.Time {
	l.taken++
	return l.now().Add(48*time.Hour + time.Duration(l.taken)*10*time.Millisecond)
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

func (l *lockstep) company(t *rapid.T) string {
	return fmt.Sprintf("%d-%s", l.check, rapid.SampledFrom([]string{"Acme", "Borealis"}).Draw(t, "company"))
}

// byHand is somebody who creates a company in Halo themselves: a namesake, which proves nothing.
func (l *lockstep) byHand(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "seldom") > 0 {
		t.Skip("not now")
	}
	company := l.company(t)
	l.oracle.byHand(company)
	for _, lane := range l.lanes {
		lane.ledger.add(halo.Client{Name: company}, lane.now())
	}
}

// attempt is one attempt at a request, in some weather.
func (l *lockstep) attempt(t *rapid.T) {
	w := l.oracle.newest(l.key(keysAsked.Draw(t, "key")))
	in := weather{
		Post:     answer(rapid.IntRange(0, int(answers)-1).Draw(t, "post")),
		Late:     rapid.SampledFrom(latenesses).Draw(t, "late"),
		HaloDown: rapid.IntRange(0, 4).Draw(t, "halo") == 4,
		Slack:    rapid.IntRange(0, 4).Draw(t, "slack") == 4,
		Die:      point(rapid.IntRange(0, int(points)-1).Draw(t, "die")),
	}
	if w == nil || w.done() {
		t.Skip("nothing to do")
	}
	l.veryLate = l.veryLate || in.Late > settle
	l.try(w, in)
}

// try is the attempt in every lane, and in the oracle.
func (l *lockstep) try(w *wish, in weather) {
	now := l.oracle.now
	var later time.Duration
	for _, lane := range l.lanes {
		l.oracle.now = now
		lane.weather = in
		lane.ledger.suspend = func() { // another process takes it over meanwhile
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

// recover is what the living do for the dead.
func (l *lane) recover(s *lockstep) {
	if q := l.services[l.turn%2].queue.(*mortal); q.dead {
		q.dead = false
		l.turn++
	}
	rows, err := l.service().queue.list(s.Context(), selection{running: true})
	if err == nil && len(rows) > 0 {
		err = l.service().queue.giveBack(s.Context(), rows, l.far())
	}
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
}

// take takes the job of a wish, whenever it is due.
func (l *lane) take(s *lockstep, w *wish) *rivertype.JobRow {
	service := l.service()
	rows, err := service.queue.(*mortal).queue.(due).due(s.Context(), queueSlack, l.far())
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	var found *rivertype.JobRow
	for i, row := range rows {
		if one, err := decode(row); err == nil && row.Kind == (Request{}).Kind() && one.request.Key == w.key && one.request.Round == w.round {
			found = row
			rows = slices.Delete(rows, i, i+1)
			break
		}
	}
	if err := service.queue.giveBack(s.Context(), rows, l.far()); err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	return found
}

func (l *lane) attempt(s *lockstep, w *wish) {
	row := l.take(s, w)
	if row == nil {
		s.Fatalf("%s: there is no job for %s", l.name, w.key)
	}
	service := l.service()
	service.queue.(*mortal).begin(row)
	_ = service.attempt(s.Context(), row)
}

// wait is a time in which nothing is done.
func (l *lockstep) wait(t *rapid.T) {
	l.oracle.now += rapid.SampledFrom([]time.Duration{310 * time.Second, 1210 * time.Second, 25*time.Hour + 7*time.Second}).Draw(t, "for")
}

// compare holds the lanes to the oracle.
func (l *lockstep) compare() {
	for n := range 4 {
		key := l.key(n)
		w := l.oracle.newest(key)
		for _, lane := range l.lanes {
			got, known, err := newest(l.Context(), lane.service().queue, key)
			if err != nil || known != (w != nil) {
				l.Fatalf("%s: %s is known: %v, %v", lane.name, key, known, err)
			}
			if w == nil {
				continue
			}
			have := fmt.Sprintf("round %d: %q, done %v, sent %d times, in doubt %v, client %d, twins %v, told %v",
				got.request.Round, got.state.Outcome, got.job.FinalizedAt != nil, got.state.Sends, got.state.Sent(), clientID(got.state.Client), ids(got.state.Twins),
				lane.told[telling{key, w.round, w.by, false, w.outcome}])
			want := fmt.Sprintf("round %d: %q, done %v, sent %d times, in doubt %v, client %d, twins %v, told %v",
				w.round, w.outcome, w.done(), w.sends, w.outcome == "" && w.deadline != 0, w.client, w.twins, w.told)
			if have != want {
				l.Fatalf("%s has %s as\n%s, the specification\n%s", lane.name, key, have, want)
			}
			if len(lane.ledger.clients) != len(l.oracle.found) {
				l.Fatalf("%s made %d clients, the specification %d", lane.name, len(lane.ledger.clients), len(l.oracle.found))
			}
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
	for _, w := range l.oracle.wishes {
		switch {
		case !w.done():
			l.Fatalf("%s never ends: %+v", w.key, w)
		case made[w.key] > 1 && !l.veryLate:
			l.Fatalf("%s made %d clients", w.key, made[w.key])
		case made[w.key] > 0 && l.oracle.newest(w.key).client == 0 && !l.veryLate:
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

// joiners tells those who joined.
func (l *lane) joiners(s *lockstep) {
	l.weather = weather{}
	service := l.service()
	rows, err := service.queue.(*mortal).queue.(due).due(s.Context(), queueSlack, l.far())
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	for _, row := range rows {
		job := &river.Job[joiner]{JobRow: row}
		if err := json.Unmarshal(row.EncodedArgs, &job.Args); err != nil || row.Kind != job.Args.Kind() {
			s.Fatalf("%s: left is %s, %s, %s: %v", l.name, row.Kind, row.EncodedArgs, row.Metadata, err)
		}
		_ = (&joinerWorker{service: service}).Work(s.Context(), job)
	}
}

// mortal is a queue whose process dies where the weather says.
type mortal struct {
	queue
	lane   *lane
	stored State // what the job had when the attempt began
	posted bool
	dead   bool
}

func (m *mortal) begin(row *rivertype.JobRow) {
	m.posted, m.stored = false, State{}
	if found, err := decode(row); err == nil {
		m.stored = found.state
	}
	m.lane.ledger.by = m
}

// dies reports whether the process does not live to make a write.
func (m *mortal) dies(output any) bool {
	s, of := output.(State)
	switch m.lane.weather.Die {
	case beforeMark:
		m.dead = m.dead || of && s.Sends > m.stored.Sends && !m.posted
	case afterPost:
		m.dead = m.dead || m.posted
	}
	return m.dead
}

func (m *mortal) save(ctx context.Context, job *rivertype.JobRow, output any) error {
	if m.dies(output) {
		return errCrash
	}
	return m.queue.save(ctx, job, output)
}

func (m *mortal) finish(ctx context.Context, job *rivertype.JobRow, output any, wait time.Duration, now time.Time) error {
	if m.dies(output) {
		return errCrash
	}
	return m.queue.finish(ctx, job, output, wait, now)
}

func (m *mortal) learn(ctx context.Context, job int64, client int) error {
	if m.dies(nil) {
		return errCrash
	}
	return m.queue.learn(ctx, job, client)
}

// ledger is a Halo.
type ledger struct {
	lane    *lane
	by      *mortal
	clients []halo.Client
	shown   []time.Time
	suspend func()
}

// add makes a client, which lists show from then on.
func (l *ledger) add(c halo.Client, shown time.Time) halo.Client {
	c.ID = len(l.clients) + 1
	l.clients, l.shown = append(l.clients, c), append(l.shown, shown)
	return c
}

// reach is the ledger as the processes reach it.
type reach struct {
	Filer
	*lane
}

func (r *reach) down() error {
	if r.weather.HaloDown {
		return notDone()
	}
	return nil
}

func (*reach) Address() string                                  { return "https://acme.halopsa.com" }
func (*reach) Turn(context.Context, string) (*halo.Turn, error) { return nil, nil }

func (r *reach) listed(i int) bool { return !r.now().Before(r.ledger.shown[i]) }

func (r *reach) Look(_ context.Context, _ *halo.Turn, w halo.Wanted) (found halo.Found, err error) {
	for i, c := range r.ledger.clients {
		recent := slices.ContainsFunc(w.Recent, func(o halo.Client) bool { return o.ID == c.ID })
		name, _ := halo.Same(w.Draft, c)
		switch {
		case c.Ref == w.Key && r.listed(i):
			found.Own = append(found.Own, c)
		case name && (recent || r.listed(i)):
			found.Same = append(found.Same, c)
		}
	}
	return found, r.down()
}

func (r *reach) Create(_ context.Context, _ *halo.Turn, n halo.NewClient) (client halo.Client, err error) {
	l, in := r.ledger, r.weather
	if in.Post == answered || in.Post == storedAndLost {
		client = l.add(halo.Client{Name: n.Draft.Name, Ref: n.Key}, r.now().Add(in.Late))
	}
	by := l.by
	by.posted = true
	if in.Die == suspended {
		l.suspend()
	}
	switch in.Post {
	case refusedIt:
		err = refused()
	case tooMany:
		err = notDone()
	case storedAndLost, lost:
		err = unknown()
	}
	return client, err
}

func (r *reach) FindByKey(_ context.Context, key, _ string) (halo.Carriers, error) {
	found := halo.Carriers{Since: r.now()}
	for i, c := range r.ledger.clients {
		if c.Ref == key && r.listed(i) {
			found.Clients = append(found.Clients, c)
		}
	}
	return found, r.down()
}

func (r *reach) Client(_ context.Context, id int) (halo.Client, error) {
	return r.ledger.clients[id-1], r.down()
}

// slackOf is a lane's Slack.
type slackOf lane

var errAway = errors.New("slack.com: timeout")

func (s *slackOf) reached() error {
	if s.weather.Slack {
		return errAway
	}
	return nil
}

func (*slackOf) Own(string) bool                            { return false }
func (s *slackOf) Permit(context.Context, Request) error    { return s.reached() }
func (s *slackOf) Progress(context.Context, *Telling) error { return s.reached() }
func (*slackOf) Surfaces(Telling) []Surface                 { return []Surface{"view"} }
func (s *slackOf) Tell(_ context.Context, _ Surface, t Telling) (string, error) {
	if err := s.reached(); err != nil {
		return "", err
	}
	who := telling{t.Request.Key, t.Request.Round, t.Request.By.ID, false, t.State.Outcome}
	if t.Joiner != nil {
		who.person, who.joined = t.Joiner.By.ID+" "+t.Joiner.Draft.Name, true
	}
	s.told[who] = true
	return "shown", nil
}
