package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
)

// clerk is a service in memory that stores, and works on nothing.
type clerk struct {
	*Service
	*testing.T
	memory *memory
}

func newClerk(t *testing.T) *clerk {
	m := newMemory()
	m.quick = true
	return &clerk{m.on(Config{}).Service, t, m}
}

// ends writes down how a job ended, so long ago.
func (c *clerk) ends(id int64, o Outcome, ago time.Duration) {
	at := time.Now().Add(-ago)
	c.writes(id, State{Outcome: o, Ended: at})
	c.memory.job(id).FinalizedAt = &at
}

// writes writes down a job's output.
func (c *clerk) writes(id int64, output any) {
	c.Helper()
	metadata, err := json.Marshal(map[string]any{rivertype.MetadataKeyOutput: output})
	if err != nil {
		c.Fatal(err)
	}
	c.memory.job(id).Metadata = metadata
}

// kinds are those of what is stored.
func (c *clerk) kinds() (kinds []string) {
	for _, j := range c.memory.jobs {
		kinds = append(kinds, j.Kind)
	}
	return kinds
}

func TestAKeyIsTakenUntilItsRequestHasEndedWithoutAClient(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		ended         Outcome
		once          bool
		first, second string // the presses
		joined        bool
	}{
		"in hand":                        {joined: true},
		"created":                        {ended: Created, joined: true},
		"refused":                        {ended: Refused},
		"refused, and to be tried once":  {ended: Refused, once: true, joined: true},
		"refused, and of the same press": {ended: Refused, first: "P1", second: "P1", joined: true},
		"refused, and of the next press": {ended: Refused, first: "P1", second: "P2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t)
			first, second := acme(), acme()
			first.Press, second.Press, second.Once, second.By.ID = k.first, k.second, k.once, "U2"
			if r := submit(t, c.Service, first); r.Joined || r.Request.Round != 1 || r.Request.Title == "" || r.Request.Host != "acme.com" {
				t.Errorf("the first one's receipt is %+v", r)
			}
			if k.ended != "" {
				c.ends(1, k.ended, time.Minute)
			}
			want := Receipt{Request: Request{Round: 2, By: second.By}}
			if k.joined {
				want = Receipt{Request: Request{Round: 1, By: first.By}, State: State{Outcome: k.ended}, Joined: true}
			}
			got := submit(t, c.Service, second)
			if got.Joined != want.Joined || got.Request.Round != want.Request.Round || got.Request.By != want.Request.By || got.State.Outcome != want.State.Outcome {
				t.Errorf("the second one's receipt is %+v, want %+v", got, want)
			}
			found, known, err := c.Find(t.Context(), acme().Key)
			if err != nil || !known || found.Request.By != want.Request.By || found.State.Outcome != want.State.Outcome {
				t.Errorf("found %+v, %t, %v", found, known, err)
			}
		})
	}
}

func TestNothingIsStoredForADismissedAlert(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	r := acme()
	r.Alert = "T1-C1-9"
	says(t, c.Service, word(r.Alert, "U2", Dismiss))
	if receipt := submit(t, c.Service, r); receipt.Dismissed == nil || receipt.Dismissed.By.ID != "U2" || len(c.kinds()) != 1 {
		t.Errorf("the receipt is %+v, and %q are stored", receipt, c.kinds())
	}
	if found, known, err := c.Find(t.Context(), r.Key); known || err != nil {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestWhoJoinsIsToldOfTheEndUnlessTheReceiptIsTheirAnswer(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		second func(*Request)
		ended  Outcome
		waits  bool
	}{
		"the same submission come again":  {second: func(*Request) {}},
		"as the database spells it":       {second: func(r *Request) { r.Reply = json.RawMessage(`{ "view" : "V1" }`) }},
		"nobody to reply to":              {second: func(r *Request) { r.By.ID, r.Reply = "U2", nil }},
		"somebody else":                   {second: func(r *Request) { r.By.ID = "U2" }, waits: true},
		"from another form":               {second: func(r *Request) { r.Reply = json.RawMessage(`{"view":"V2"}`) }, waits: true},
		"in other words":                  {second: func(r *Request) { r.Draft.Notes = "more" }, waits: true},
		"somebody else, after the end":    {second: func(r *Request) { r.By.ID = "U2" }, ended: Created},
		"in other words, after the end":   {second: func(r *Request) { r.Draft.Notes = "more" }, ended: Created, waits: true},
		"with more to file, after it":     {second: func(r *Request) { r.Then = &Filing{Email: "jane@acme.com"} }, ended: Created, waits: true},
		"the same again, after a refusal": {second: func(r *Request) { r.Once = true }, ended: Refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t)
			first := acme()
			first.Reply = json.RawMessage(`{"view":"V1"}`)
			submit(t, c.Service, first)
			if k.ended != "" {
				c.ends(1, k.ended, time.Minute)
			}
			second := first
			k.second(&second)
			if r := submit(t, c.Service, second); !r.Joined {
				t.Fatalf("the receipt is %+v", r)
			}
			if waits := slices.Contains(c.kinds(), joiner{}.Kind()); waits != k.waits {
				t.Errorf("they wait for the end: %t, want %t", waits, k.waits)
			}
		})
	}
}

func TestWhatIsNoJSONIsNotTheSame(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{{`{`, `{`}, {`null`, `{`}, {`{`, `null`}, {`{"a":1}`, `{"a":2}`}} {
		if sameJSON(json.RawMessage(pair[0]), json.RawMessage(pair[1])) {
			t.Errorf("%s is the same as %s", pair[0], pair[1])
		}
	}
}

func TestARequestComesAfterThoseThatMayMakeItsClient(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		other func(*Request)
		ended Outcome
		ago   time.Duration
		after bool
	}{
		"in hand":                   {after: true},
		"of the same website":       {other: func(r *Request) { r.Draft.Name = "Somebody" }, after: true},
		"of the same name":          {other: func(r *Request) { r.Draft.Website = "" }, after: true},
		"of another company":        {other: func(r *Request) { r.Draft.Name, r.Draft.Website = "Somebody", "some.example" }},
		"created lately":            {ended: Created, ago: lately - time.Minute, after: true},
		"created long ago":          {ended: Created, ago: lately + time.Minute},
		"refused":                   {ended: Refused},
		"only uses a client":        {other: func(r *Request) { r.Use = 7 }},
		"in another Halo":           {other: func(r *Request) { r.Draft.Connection = "uat" }},
		"is only looked for":        {other: func(r *Request) { r.LookOnly = true }},
		"that exists":               {ended: Exists},
		"of which nothing is known": {ended: Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t)
			other := acme()
			other.Key = "T1-C1-9"
			if k.other != nil {
				k.other(&other)
			}
			submit(t, c.Service, other)
			if k.ended != "" {
				c.ends(1, k.ended, k.ago)
			}
			var want []int64
			if k.after {
				want = []int64{1}
			}
			if diff := cmp.Diff(want, submit(t, c.Service, acme()).Request.After); diff != "" {
				t.Errorf("it comes after (-want +got):\n%s", diff)
			}
			use := acme()
			use.Key, use.Use = "T1-C1-10", 8
			if r := submit(t, c.Service, use).Request; len(r.After) > 0 {
				t.Errorf("what uses a client comes after %v", r.After)
			}
		})
	}
}

func TestRequestsThatMustNotOverlookEachOtherShareAName(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		r    Request
		want []string
	}{
		"by a command":     {Request{Key: "K", Title: "acme", Host: "acme.com"}, []string{"key K", "title acme", "host acme.com"}},
		"without website":  {Request{Key: "K", Title: "acme"}, []string{"key K", "title acme"}},
		"about an alert":   {Request{Key: "K", Title: "acme", Alert: "A"}, []string{"key K", "title acme", "key A"}},
		"without anything": {Request{Key: "K"}, []string{"key K", "title "}},
	} {
		if diff := cmp.Diff(k.want, k.r.names()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheLastWordsOfWhoeverJoinedAreKept(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	if words, err := c.Typed(t.Context(), acme().Key, "U2"); words != nil || err != nil {
		t.Errorf("before there was anything: %+v, %v", words, err)
	}
	first := acme()
	first.Reply = json.RawMessage(`{"view":"V1"}`)
	submit(t, c.Service, first)
	other := first
	other.Key, other.By.ID, other.Draft.Notes = "T1-C1-9", "U2", "of another request"
	submit(t, c.Service, other)
	other.Reply = json.RawMessage(`{"view":"V2"}`)
	submit(t, c.Service, other)
	if words, err := c.Typed(t.Context(), acme().Key, "U2"); words != nil || err != nil {
		t.Errorf("they have not joined yet: %+v, %v", words, err)
	}
	for _, notes := range []string{"first", "last"} {
		second := first
		second.By.ID, second.Draft.Notes, second.Then = "U2", notes, &Filing{Email: notes + "@acme.com"}
		submit(t, c.Service, second)
	}
	if err := c.queue.together(t.Context(), nil, func(tx jobs) error { // of an earlier version
		return tx.insert(t.Context(), joiner{Job: 1, By: Person{ID: "U2"}, Reply: json.RawMessage(`{}`)})
	}); err != nil {
		t.Fatal(err)
	}
	words, err := c.Typed(t.Context(), acme().Key, "U2")
	if err != nil || words == nil || words.Draft.Notes != "last" || words.Then == nil || words.Then.Email != "last@acme.com" {
		t.Errorf("they typed %+v, %v", words, err)
	}
	if words, err := c.Typed(t.Context(), acme().Key, "U3"); words != nil || err != nil {
		t.Errorf("somebody else typed %+v, %v", words, err)
	}
}

// broken is a queue of which the call with a number fails.
type broken struct {
	queue
	fails, calls int
}

var errBroken = errors.New("the database is away")

func (b *broken) call() error {
	if b.calls++; b.calls == b.fails {
		return errBroken
	}
	return nil
}

func (b *broken) list(ctx context.Context, s selection) ([]*rivertype.JobRow, error) {
	if err := b.call(); err != nil {
		return nil, err
	}
	return b.queue.list(ctx, s)
}

func (b *broken) get(ctx context.Context, id int64) (*rivertype.JobRow, error) {
	if err := b.call(); err != nil {
		return nil, err
	}
	return b.queue.get(ctx, id)
}

func (b *broken) together(ctx context.Context, names []string, fn func(jobs) error) error {
	return b.queue.together(ctx, names, func(tx jobs) error { return fn(brokenTx{tx, b}) })
}

type brokenTx struct {
	jobs
	*broken
}

func (tx brokenTx) insert(ctx context.Context, args ...river.JobArgs) error {
	if err := tx.call(); err != nil {
		return err
	}
	return tx.jobs.insert(ctx, args...)
}

func (tx brokenTx) list(ctx context.Context, s selection) ([]*rivertype.JobRow, error) {
	if err := tx.call(); err != nil {
		return nil, err
	}
	return tx.jobs.list(ctx, s)
}

// failing has each of the calls that do makes of the database fail in turn, and wants do to say so.
func (c *clerk) failing(do func(context.Context) error) {
	c.Helper()
	good := c.queue
	defer func() { c.queue = good }()
	count := &broken{queue: good}
	for fails := 1; ; fails++ {
		before := len(c.kinds())
		count.fails, count.calls = fails, 0
		c.queue = count
		err := do(c.Context())
		if count.calls < fails {
			return // none failed
		}
		if !errors.Is(err, errBroken) || len(c.kinds()) != before {
			c.Errorf("its call %d failed: %v, and %q are stored", fails, err, c.kinds()[before:])
		}
	}
}

func TestADatabaseThatFailsAtAnyCallStoresNothingAndSaysSo(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	r := acme()
	r.Alert, r.Reply = "T1-C1-9", json.RawMessage(`{"view":"V1"}`)
	c.failing(func(ctx context.Context) error {
		receipt, err := c.Submit(ctx, r)
		if err != nil && receipt.Request.Key != "" {
			t.Errorf("the receipt of nothing is %+v", receipt)
		}
		return err
	})
	r.By.ID = "U2"
	c.failing(func(ctx context.Context) error { _, err := c.Submit(ctx, r); return err }) // joins
	c.failing(func(ctx context.Context) error { _, _, err := c.Find(ctx, r.Key); return err })
	c.failing(func(ctx context.Context) error { _, err := c.Typed(ctx, r.Key, "U2"); return err })
	c.failing(func(ctx context.Context) error { _, _, err := c.byID(ctx, 1); return err })
	if got := c.kinds(); len(got) != 2 {
		t.Errorf("%q are stored", got)
	}
	if _, known, err := c.byID(t.Context(), 99); known || err != nil {
		t.Errorf("a job that is gone: %t, %v", known, err)
	}
}

func TestARowThatCannotBeReadIsNotTakenForNone(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	submit(t, c.Service, acme())
	c.writes(1, "no state")
	for what, do := range map[string]func() error{
		"find it":         func() error { _, _, err := c.Find(t.Context(), acme().Key); return err },
		"read it":         func() error { _, _, err := c.byID(t.Context(), 1); return err },
		"submit it again": func() error { _, err := c.Submit(t.Context(), acme()); return err },
		"submit its company again": func() error {
			other := acme()
			other.Key = "T1-C1-9"
			_, err := c.Submit(t.Context(), other)
			return err
		},
		"read its arguments": func() error { _, err := decode(&rivertype.JobRow{EncodedArgs: []byte(`{"key":1}`)}); return err },
	} {
		if err := do(); err == nil {
			t.Errorf("one can %s", what)
		}
	}
	if found, err := decode(&rivertype.JobRow{EncodedArgs: []byte(`{"key":"K"}`)}); err != nil || found.request.Key != "K" {
		t.Errorf("a new one is %+v, %v", found, err)
	}
	c.writes(1, State{})
	join := acme()
	join.By.ID, join.Reply, join.Draft = "U2", json.RawMessage(`{}`), draft.Draft{Connection: "halo", Name: "Acme"}
	submit(t, c.Service, join)
	c.memory.job(2).EncodedArgs = []byte(`{"job":1,"by":{"id":"U2"},"at":"never"}`)
	if words, err := c.Typed(t.Context(), acme().Key, "U2"); err == nil {
		t.Errorf("they typed %+v", words)
	}
}
