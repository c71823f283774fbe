package onboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// tenant is a Halo whose answers a test scripts; what it stored is in clients.
type tenant struct {
	Filer   // nothing is filed in it
	mu      sync.Mutex
	clients []halo.Client
	keys    map[int]string
	posts   []time.Time
	// answer decides what becomes of the n-th POST (from 1): whether it is stored, and what the
	// caller gets. nil stores and answers.
	answer func(n int) (store bool, err error)
	// lookErr and keyErr fail the looks while they return an error.
	lookErr func() error
	keyErr  func() error
	// partial has creates answered without the client's details.
	partial bool
	// unlisted keeps clients out of every list; they can be read by their ids.
	unlisted bool
	address  string
}

func (h *tenant) Address() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return cmp.Or(h.address, "https://acme.halopsa.com")
}

func (*tenant) IsCatchAll(c halo.Client) bool { return c.ID == unknownID }

func (h *tenant) Turn(context.Context, string) (*halo.Turn, error) { return nil, nil }

func (h *tenant) Look(_ context.Context, _ *halo.Turn, w halo.Wanted) (halo.Found, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lookErr != nil {
		if err := h.lookErr(); err != nil {
			return halo.Found{}, err
		}
	}
	var found halo.Found
	for _, c := range h.clients {
		recent := slices.ContainsFunc(w.Recent, func(r halo.Client) bool { return r.ID == c.ID })
		if h.unlisted && !recent {
			continue
		}
		name, website := halo.Same(w.Draft, c)
		if h.keys[c.ID] == w.Key {
			found.Own = append(found.Own, c)
		} else if name || website {
			found.Same = append(found.Same, c)
		}
	}
	return found, nil
}

func (h *tenant) Create(ctx context.Context, _ *halo.Turn, n halo.NewClient) (halo.Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.posts = append(h.posts, time.Now())
	store, err := true, error(nil)
	if h.answer != nil {
		store, err = h.answer(len(h.posts))
	}
	client := halo.Client{Name: n.Draft.Name, Website: n.Draft.Website, TradingName: n.Draft.TradingName}
	if store {
		client = h.store(client, n.Key)
	}
	if h.partial {
		client.Website, client.TradingName, client.Partial = "", "", true
	}
	return client, err
}

func (h *tenant) store(c halo.Client, key string) halo.Client {
	c.ID = 100 + len(h.clients)
	if h.keys == nil {
		h.keys = map[int]string{}
	}
	h.clients, h.keys[c.ID] = append(h.clients, c), key
	return c
}

func (h *tenant) FindByKey(_ context.Context, key, _ string) (halo.Carriers, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keyErr != nil {
		if err := h.keyErr(); err != nil {
			return halo.Carriers{}, err
		}
	}
	found := halo.Carriers{Since: time.Now()}
	for _, c := range h.clients {
		if h.keys[c.ID] == key && !h.unlisted {
			found.Clients = append(found.Clients, c)
		}
	}
	return found, nil
}

func (h *tenant) Client(_ context.Context, id int) (halo.Client, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.clients {
		if c.ID == id {
			return c, nil
		}
	}
	return halo.Client{}, &halo.Error{Outcome: halo.Refused, Status: 404, Message: "Halo has no such client."}
}

func notDone() error {
	return &halo.Error{Outcome: halo.NotDone, Message: "Halo could not be reached."}
}
func refused() error {
	return &halo.Error{Outcome: halo.Refused, Status: 400, Message: "Halo refused."}
}
func unknown() error { return &halo.Error{Outcome: halo.Unknown, Message: "No answer."} }

// people records what they are told.
type people struct {
	mu   sync.Mutex
	told []Telling
	// fail makes telling fail while it returns an error.
	fail func(*Telling) error
	deny error
	// unsure says that it cannot be found out who may.
	unsure func() bool
	// tellAt makes telling in a place fail; at are those that were told.
	tellAt func(context.Context, Surface) error
	at     []Surface
	// surfaces are the places that are told; nil is one.
	surfaces []Surface
}

func (*people) Own(address string) bool { return strings.HasSuffix(address, "northgate-msp.example") }

func (p *people) Permit(context.Context, Request) error {
	if p.unsure != nil && p.unsure() {
		return errors.New("users.info: timeout")
	}
	return p.deny
}

func (p *people) Progress(_ context.Context, t *Telling) error { return p.tell(t) }

func (p *people) Surfaces(t Telling) []Surface {
	where := p.surfaces
	if where == nil {
		where = []Surface{"view"}
	}
	if len(t.State.Twins) > 0 {
		where = append(slices.Clone(where), "what is to be merged")
	}
	return where
}

func (p *people) Tell(ctx context.Context, where Surface, t Telling) (string, error) {
	if p.tellAt != nil {
		if err := p.tellAt(ctx, where); err != nil {
			return "", err
		}
	}
	p.mu.Lock()
	p.at = append(p.at, where)
	p.mu.Unlock()
	return "shown", p.tell(&t)
}

func (p *people) tell(t *Telling) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fail != nil {
		if err := p.fail(t); err != nil {
			return err
		}
	}
	p.told = append(p.told, *t)
	return nil
}

func (p *people) outcomes() (out []Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.told {
		if t.State.Outcome != "" {
			out = append(out, t.State.Outcome)
		}
	}
	return out
}

// ends are the outcomes but for those that were told again: a mark that a slow database has not taken in
// time is no mark.
func (p *people) ends() (out []Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	told := map[string]bool{}
	for _, t := range p.told {
		what := fmt.Sprint(t.Request.Key, t.Request.Round, t.State.Outcome, string(reply(t)))
		if t.State.Outcome != "" && !told[what] {
			told[what] = true
			out = append(out, t.State.Outcome)
		}
	}
	return out
}

func (p *people) phases() (out []Phase) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.told {
		if t.State.Outcome == "" && !slices.Contains(out, t.State.Phase) {
			out = append(out, t.State.Phase)
		}
	}
	return out
}

// disk is a queue that holds its jobs in memory: for tests of what is committed when.
type disk struct {
	queue
	mu     sync.Mutex
	states map[int64][]byte
	args   map[int64]Request
	ids    []int // learned
	// crash fails a save: the process died just then.
	crash func(s State) bool
	// unread fails the reading of a job.
	unread func(id int64) error
}

var errCrash = errors.New("killed")

func (d *disk) save(_ context.Context, job *rivertype.JobRow, output any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	state := output.(State)
	if d.crash != nil && d.crash(state) {
		return errCrash
	}
	data, err := json.Marshal(state)
	d.states[job.ID] = data
	return err
}

func (d *disk) finish(ctx context.Context, job *rivertype.JobRow, output any, _ time.Duration, _ time.Time) error {
	return d.save(ctx, job, output)
}

func (d *disk) id() string { return "halobot" }

func (d *disk) learn(_ context.Context, job int64, client int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ids = append(d.ids, client)
	return nil
}

func (d *disk) learned(context.Context, int64) ([]int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ids), nil
}

func (d *disk) get(_ context.Context, id int64) (*rivertype.JobRow, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unread != nil {
		if err := d.unread(id); err != nil {
			return nil, err
		}
	}
	r, ok := d.args[id]
	if !ok {
		return nil, river.ErrNotFound
	}
	args, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	metadata, err := json.Marshal(map[string]json.RawMessage{rivertype.MetadataKeyOutput: d.output(id)})
	return &rivertype.JobRow{ID: id, EncodedArgs: args, Metadata: metadata}, err
}

// list gives the requests that are selected, the newest first.
func (d *disk) list(ctx context.Context, s selection) (rows []*rivertype.JobRow, err error) {
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(d.args))) {
		row, err := d.get(ctx, id)
		if err != nil {
			return nil, err
		}
		row.Kind = Request{}.Kind()
		if d.args[id].File != nil {
			row.Kind = filingKind
		}
		if s.fits(row) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

func (d *disk) output(id int64) json.RawMessage {
	if data := d.states[id]; len(data) > 0 {
		return data
	}
	return json.RawMessage(`{}`)
}

// world is a service on a disk in memory, with one request.
type world struct {
	*Service
	disk   *disk
	tenant *tenant
	people *people
}

const settleTime = 2 * time.Minute

func newWorld(t *testing.T, r Request) *world {
	t.Helper()
	w := &world{tenant: &tenant{}, people: &people{}}
	w.disk = &disk{states: map[int64][]byte{}, args: map[int64]Request{1: r}}
	w.Service = &Service{
		cfg:       Config{Halos: map[string]Halo{"halo": w.tenant}, Settle: settleTime},
		log:       slog.New(slog.DiscardHandler),
		queue:     w.disk,
		gate:      w.people,
		announcer: w.people,
		metrics:   newMetrics(nil),
		clock:     newClock(),
		db:        &database{server: true},
	}
	w.stopping, w.stop = context.WithCancel(t.Context())
	return w
}

// once is one attempt at job id, as a fresh process would make it.
func (w *world) once(t *testing.T, id int64) (time.Duration, error) {
	t.Helper()
	row, err := w.disk.get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	found, err := decode(row)
	if err != nil {
		t.Fatal(err)
	}
	a := &attempt{Service: w.Service, stored: found, log: w.log}
	wait, err := a.run(t.Context())
	if err == nil {
		err = a.finish(t.Context(), wait)
	}
	return wait, err
}

// work makes attempts, waiting as each asks for, until the request is done with. A crash is
// followed by another process's attempt.
func (w *world) work(t *testing.T) State {
	t.Helper()
	for range 10_000 {
		wait, err := w.once(t, 1)
		switch {
		case errors.Is(err, errCrash):
			time.Sleep(time.Second)
		case err != nil:
			t.Fatal(err)
		case wait == 0:
			return w.state(t)
		}
		time.Sleep(wait)
	}
	t.Fatal("the request never ended")
	return State{}
}

func (w *world) state(t *testing.T) State {
	t.Helper()
	w.disk.mu.Lock()
	defer w.disk.mu.Unlock()
	var s State
	if err := json.Unmarshal(w.disk.output(1), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func acme() Request {
	return Request{
		Key:   "T1-C1-17",
		Draft: draft.Draft{Connection: "halo", Name: "Acme Ltd", Website: "acme.com"},
		By:    Person{ID: "U1", Name: "Tess"},
		Via:   "command",
		Round: 1,
		At:    time.Now(),
	}
}
