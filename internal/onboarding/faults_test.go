package onboarding_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// What the requester is told while nobody knows more.
const (
	byHand    = "do not create it by hand"
	noNeed    = "There is nothing you need to do"
	postLimit = 10 * time.Second // a POST's deadline
)

var (
	creating = localhalo.On(localhalo.KindCreate)
	// byKey matches a look for a request's key: only that reads notes.
	byKey = func(c localhalo.Call) bool {
		return c.Kind == localhalo.KindList && c.Query.Get("includenotes") == "true"
	}
)

// fault is something that goes wrong with a create, and what must come of it.
type fault struct {
	name   string
	halo   localhalo.Options
	inject func(h *localhalo.Server)
	// posts is how many POSTs reach Halo; the last is the one that counts.
	posts int
	// tells is what the requester reads meanwhile; "" when it is over too soon to tell.
	tells string
	// anyway presses Create anyway first, since there are namesakes.
	anyway bool
	settle string // "1s" when empty
	// pauses is the least time from the submission to the second POST, and from there to the next.
	pauses time.Duration
}

var namesakes = []localhalo.Client{
	{Name: "Acme Ltd", Website: "acme.com", Notes: "Created for Tess · halobot request halo/another"},
	{Name: "ACME  ltd", Website: "other.example", Ref: "halo/another", Inactive: true},
}

var faults = []fault{
	{name: "stored then reset", posts: 1, tells: byHand, inject: create(1, localhalo.StoreThenReset())},
	{name: "stored then 500", posts: 1, tells: byHand, inject: create(1, localhalo.StoreThenFail())},
	{name: "stored then half a body", posts: 1, tells: byHand, inject: create(1, localhalo.StoreThenHalf())},
	{name: "stored then silence until the deadline", posts: 1, tells: byHand, inject: create(1, localhalo.StoreThenHang())},
	{name: "not stored then 500", posts: 2, tells: byHand, pauses: postLimit + time.Second, inject: create(1, localhalo.Fail())},
	{name: "not stored then reset", posts: 2, tells: byHand, pauses: postLimit + time.Second, inject: create(1, localhalo.Reset())},
	{name: "not stored then silence", posts: 2, tells: byHand, pauses: postLimit + time.Second, inject: create(1, localhalo.Hang())},
	{name: "503 though stored", posts: 1, tells: byHand, inject: create(1, storedThen503())},
	{name: "503 to everything for ten seconds", posts: 1, tells: noNeed, inject: func(h *localhalo.Server) {
		f := h.Inject(nil, 0, localhalo.Unavailable())
		time.AfterFunc(10*time.Second, f.Clear)
	}},
	{name: "429 twice, to wait seconds", posts: 3, tells: noNeed, pauses: 2 * time.Second, inject: create(2, localhalo.TooMany("2"))},
	{name: "429 twice, to wait until a date", posts: 3, tells: noNeed, inject: func(h *localhalo.Server) {
		create(2, localhalo.TooMany(time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat)))(h)
	}},
	{name: "429 twice, without a word", posts: 3, tells: noNeed, pauses: time.Second, inject: create(2, localhalo.TooMany(""))},
	{name: "token revoked in between", posts: 2, inject: create(1, localhalo.Revoke())},
	{name: "references numbered by the tenant, answer lost", posts: 1, tells: byHand,
		halo: localhalo.Options{AutoRef: true}, inject: create(1, localhalo.StoreThenReset())},
	{name: "references numbered by the tenant, never stored", posts: 2, tells: byHand,
		halo: localhalo.Options{AutoRef: true}, inject: create(1, localhalo.Reset())},
	{name: "older namesakes, answer lost", posts: 1, tells: byHand, anyway: true,
		halo: localhalo.Options{Clients: namesakes}, inject: create(1, localhalo.StoreThenReset())},
	{name: "older namesakes, never stored", posts: 2, tells: byHand, anyway: true,
		halo: localhalo.Options{Clients: namesakes}, inject: create(1, localhalo.Fail())},
	{name: "older namesakes, references numbered, answer lost", posts: 1, tells: byHand, anyway: true,
		halo: localhalo.Options{Clients: namesakes, AutoRef: true}, inject: create(1, localhalo.StoreThenFail())},
	{name: "answer lost, listed late", posts: 1, tells: byHand, settle: "15s",
		inject: create(1, hidden(localhalo.StoreThenReset(), postLimit+time.Second))},
	{name: "answer lost, stored late", posts: 1, tells: byHand, settle: "15s",
		inject: create(1, localhalo.StoreLate(postLimit+time.Second))},
}

// create makes an effect meet the next n creates.
func create(n int, e localhalo.Effect) func(*localhalo.Server) {
	return func(h *localhalo.Server) { h.Inject(creating, n, e) }
}

func storedThen503() localhalo.Effect {
	e := localhalo.StoreThenFail()
	e.Name, e.Status = "stored, then 503", http.StatusServiceUnavailable
	return e
}

func hidden(e localhalo.Effect, d time.Duration) localhalo.Effect {
	e.Hide = d
	return e
}

func TestWhateverHaloDoesWithACreateThereIsOneClient(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for deadlines")
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if f.settle == "" {
				f.settle = "1s"
			}
			s := bottest.New(t, bottest.Options{Halo: f.halo, Env: map[string]string{"HALO_SETTLE_TIME": f.settle}})
			before := s.Halo.Len()
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			ref := reference(s, form)
			since := time.Now()
			if f.anyway {
				s.Submit(localslack.Tess, form.ID, nil)
				asked := s.AwaitView(localslack.Tess, "Already in Halo", "2 clients")
				f.inject(s.Halo)
				click(s, localslack.Tess, asked, modals.ActionCreateAnyway)
				ref += "-anyway"
			} else {
				f.inject(s.Halo)
				s.Submit(localslack.Tess, form.ID, nil)
			}

			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			got := awaitClient(s, localslack.Desk, "Acme Ltd")
			made := onlyCarrier(s, ref)
			if got.ID != made.ID || got.Request != ref {
				t.Errorf("announced %+v, want client %d of %s", got, made.ID, ref)
			}
			if n := s.Halo.Len() - before; n != 1 {
				t.Errorf("%d new clients, want 1", n)
			}
			posts := s.Halo.Calls(creating)
			if len(posts) != f.posts {
				t.Errorf("%d POSTs, want %d", len(posts), f.posts)
			}
			// A deadline begins to run before its POST arrives.
			for _, post := range posts[1:] {
				if pause := post.At.Sub(since); pause < f.pauses {
					t.Errorf("sent again after %v, want %v at least", pause, f.pauses)
				}
				since = post.At
			}
			// Progress of what is pressed in the moment in which a question is drawn may be left out: the
			// question is an outcome, and its own drawing may still be under way.
			if f.tells != "" && !f.anyway && !said(s, f.tells) {
				t.Errorf("the requester was never told %q", f.tells)
			}
		})
	}
}

func TestARefusalIsSaidInHalosWordsAndCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	for _, shape := range []localhalo.BodyShape{
		localhalo.Sentence, localhalo.Plain, localhalo.Message, localhalo.Exception, localhalo.ErrorField,
		localhalo.ResultCode, localhalo.FieldMap, localhalo.HTMLPage, localhalo.NoBody,
	} {
		t.Run(string(shape), func(t *testing.T) {
			const sentence = "The postcode is missing."
			name := "Acme " + string(shape)
			mine := localhalo.Creating(name)
			f := s.Halo.Inject(mine, 1, localhalo.Refuse(http.StatusBadRequest, shape, sentence))
			form := s.Form(localslack.Tess, localslack.Desk, "")
			ref := reference(s, form)
			s.Submit(localslack.Tess, form.ID, localslack.Values{
				"Client name": name, "Website": string(shape) + ".example", "Trading name": "A", "Notes": "typed",
			})
			says := strings.TrimSuffix(sentence, ".")
			if shape == localhalo.HTMLPage || shape == localhalo.NoBody {
				says = "Halo answered 400 and gave no reason"
			}
			again := s.AwaitView(localslack.Tess, "Could not create", says, "Nothing was created")
			if again.Submit != "Try again" || strings.Contains(bottest.Say(again.Blocks), "<") {
				t.Errorf("the form offers %q and says %q", again.Submit, bottest.Say(again.Blocks))
			}
			if n := len(s.Halo.Calls(mine)); n != 1 || f.Hits() != 1 || len(s.Halo.Named(name)) != 0 {
				t.Errorf("%d POSTs were sent of what was refused, want 1", n)
			}

			// Everything is still filled in: pressing the button is enough.
			s.Submit(localslack.Tess, again.ID, nil)
			s.AwaitView(localslack.Tess, "Created", name)
			if made := onlyCarrier(s, ref); made.TradingName != "A" || !strings.HasPrefix(made.Notes, "typed") {
				t.Errorf("created %+v, want everything that was typed", made)
			}
			if n := len(s.Halo.Calls(mine)); n != 2 {
				t.Errorf("%d POSTs, want 2", n)
			}
			if _, err := s.Slack.CloseAll(localslack.Tess); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// A submission that Slack delivers once more, or that a bot which was suspended finds when it wakes up,
// is answered with what became of it; only a press of its person's tries again.
func TestASubmissionThatComesAgainAfterARefusalIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	s.Halo.Inject(creating, 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No more clients."))
	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
	it, err := s.Slack.SubmitView(localslack.Tess, form.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Acked(it)
	s.AwaitView(localslack.Tess, "Could not create", "No more clients")
	acks := func() (n int) {
		traffic, _ := s.Slack.Traffic(0)
		for _, e := range traffic {
			if e.Kind == "ack" {
				n++
			}
		}
		return n
	}
	before := acks()
	s.Slack.Redeliver(it, 1)
	ctx, cancel := s.Patience()
	defer cancel()
	for acks() == before {
		select {
		case <-ctx.Done():
			t.Fatal("it was not acknowledged")
		case <-time.After(10 * time.Millisecond):
		}
	}
	s.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": "Acme Limited"})
	s.AwaitView(localslack.Tess, "Created", "Acme Limited")
	if s.Halo.Len() != 1 || len(s.Halo.Named("Acme Limited")) != 1 {
		t.Errorf("the clients are %+v", s.Halo.Clients())
	}
}

// reference is a form's key as Halo sees it.
func reference(s *bottest.Stage, form *localslack.View) string {
	s.Helper()
	key := formKey(form)
	if key == "" {
		s.Fatal("the form carries no key")
	}
	return "halo/" + key
}

// formKey is the key of the request that a form makes.
func formKey(form *localslack.View) string {
	var metadata struct {
		Key string `json:"k"`
	}
	_ = json.Unmarshal([]byte(form.PrivateMetadata), &metadata)
	return metadata.Key
}

// carriers are a tenant's clients that a request made.
func carriers(h *localhalo.Server, ref string) (found []localhalo.Client) {
	for _, c := range h.Clients() {
		lines := strings.Split(c.Notes, "\n")
		if c.Ref == ref || strings.HasSuffix(lines[len(lines)-1], " "+ref) {
			found = append(found, c)
		}
	}
	return found
}

// onlyCarrier is the one client that a request may make.
func onlyCarrier(s *bottest.Stage, ref string) localhalo.Client {
	s.Helper()
	found := carriers(s.Halo, ref)
	if len(found) != 1 {
		s.Fatalf("%d clients carry %s, want 1: %+v", len(found), ref, found)
	}
	return found[0]
}

// announcement is what a message's metadata says.
type announcement struct {
	ID      int    `json:"id"`
	Name    string `json:"name"`
	Request string `json:"request_id"`
}

// announces reads a message's metadata; false when it announces no client.
func announces(m *localslack.Message) (announcement, bool) {
	var metadata struct {
		Type    string       `json:"event_type"`
		Payload announcement `json:"event_payload"`
	}
	err := json.Unmarshal(m.Metadata, &metadata)
	return metadata.Payload, err == nil && metadata.Type == modals.EventCreated
}

// awaitClient waits until a client of that name is announced in a channel.
func awaitClient(s *bottest.Stage, channel, name string) (found announcement) {
	s.Helper()
	s.Await(name+" to be announced", func(now *localslack.Snapshot) bool {
		return slices.ContainsFunc(now.Messages(channel), func(m *localslack.Message) bool {
			a, ok := announces(m)
			if ok = ok && a.Name == name; ok {
				found = a
			}
			return ok
		})
	})
	return found
}

// click presses a button, and fails the test unless the bot acknowledges.
func click(s *bottest.Stage, user string, on localslack.Surface, action string, value ...string) {
	s.Helper()
	it, err := s.Slack.Click(user, on, action, value...)
	if err != nil {
		s.Fatal(err)
	}
	s.Acked(it)
}

// said reports whether the bot has told Slack, at any time so far, something that holds words.
func said(s *bottest.Stage, words string) bool {
	traffic, _ := s.Slack.Traffic(0)
	return saidIn(traffic, words)
}

func saidIn(traffic []localslack.Entry, words string) bool {
	return slices.ContainsFunc(traffic, func(e localslack.Entry) bool {
		return e.Direction == localslack.FromApp && strings.Contains(string(e.Sent), words)
	})
}

// awaitSaid waits until the bot has told Slack something that holds words; what a modal or a
// message shows may be replaced before a test looks at it.
func awaitSaid(s *bottest.Stage, words string) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	for {
		traffic, more := s.Slack.Traffic(0)
		if saidIn(traffic, words) {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
			s.Fatalf("the bot never said %q", words)
		}
	}
}
