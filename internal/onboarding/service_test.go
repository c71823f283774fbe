package onboarding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/goleak"

	"halobot/internal/draft"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/text"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(bottest.Main{M: m, Parallel: 16}) }

// onEach runs test on a fresh database of each kind.
func onEach(t *testing.T, test func(t *testing.T, databaseURL string)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, "sqlite:"+filepath.Join(t.TempDir(), "odd ?#% name.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, bottest.Postgres(t))
	})
}

// open starts a service on a database; the tenant and the people may be shared.
func open(t *testing.T, databaseURL string, work Work, h *tenant, p *people) *Service {
	t.Helper()
	return started(t, Config{
		DatabaseURL: databaseURL,
		Halos:       map[string]Halo{"halo": h},
		Work:        work,
		Settle:      100 * time.Millisecond,
		Log:         slog.New(slog.DiscardHandler),
	}, p)
}

// started opens and starts a service, which is stopped and closed with the test.
func started(t *testing.T, c Config, p *people) *Service {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Start(t.Context(), p, p); err != nil {
		t.Fatal(err)
	}
	return s
}

func submit(t *testing.T, s *Service, r Request) Receipt {
	t.Helper()
	receipt, err := s.Submit(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// await waits until condition holds.
func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute) // far beyond what a busy machine takes
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("%s did not come about", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (p *people) count() int { return len(p.ends()) }

func TestARequestStoredIsWorkedOn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		s := open(t, db, WorkAll, h, p)
		submit(t, s, acme())
		await(t, "the announcement", func() bool { return p.count() == 1 })
		found, known, err := s.Find(t.Context(), acme().Key)
		if err != nil || !known || found.State.Outcome != Created || found.State.Client.ID != h.clients[0].ID {
			t.Errorf("Find = %+v, %v, %v; want it created", found, known, err)
		}
		if _, known, err := s.Find(t.Context(), "other"); known || err != nil {
			t.Errorf("an unknown key is known: %v, %v", known, err)
		}
	})
}

func TestOneKeyMakesOneClientHoweverOftenItIsSubmitted(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		services := []*Service{open(t, db, WorkAll, h, p), open(t, db, WorkAll, h, p)}
		var wg sync.WaitGroup
		joined := make([]bool, 20)
		for i := range joined {
			wg.Go(func() {
				r := acme()
				r.By.ID, r.Reply = fmt.Sprint("U", i), json.RawMessage(fmt.Sprintf(`{"view":%d}`, i))
				receipt, err := services[i%2].Submit(t.Context(), r)
				if err != nil {
					t.Error(err)
				}
				joined[i] = receipt.Joined
			})
		}
		wg.Wait()
		first := 0
		for _, j := range joined {
			if !j {
				first++
			}
		}
		if first != 1 {
			t.Fatalf("%d submissions were the first, want 1", first)
		}
		// The first is told, and so is everybody who did not get the answer with the receipt.
		await(t, "the end", func() bool { return p.count() >= 1 })
		if len(h.clients) != 1 {
			t.Errorf("%d clients, want 1", len(h.clients))
		}
	})
}

func TestWhoJoinsARequestInHandIsToldOfItsEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		release := make(chan struct{})
		h, p := &tenant{}, &people{}
		h.lookErr = func() error { <-release; return nil }
		s := open(t, db, WorkAll, h, p)
		r := acme()
		r.Reply = json.RawMessage(`{"view":"first"}`)
		submit(t, s, r)
		submit(t, s, r) // the same modal submitted twice is told once
		other := r
		other.By, other.Reply = Person{ID: "U2", Name: "Sam"}, json.RawMessage(`{"view":"second"}`)
		if receipt := submit(t, s, other); !receipt.Joined || receipt.Request.By.Name != "Tess" {
			t.Errorf("receipt = %+v, want to join Tess's", receipt)
		}
		close(release)
		await(t, "two tellings", func() bool { return p.count() >= 2 })
		p.mu.Lock()
		defer p.mu.Unlock()
		var replies []string
		for _, told := range p.told {
			replies = append(replies, fmt.Sprint(told.Joiner != nil, strings.ReplaceAll(string(reply(told)), " ", "")))
			if told.State.Client == nil || told.State.Client.ID != h.clients[0].ID {
				t.Errorf("told %+v, want the client", told.State)
			}
		}
		slices.Sort(replies)
		replies = slices.Compact(replies) // who is told again, in a slow database, is told the same
		if want := []string{`false{"view":"first"}`, `true{"view":"second"}`}; !slices.Equal(replies, want) {
			t.Errorf("told %q, want %q", replies, want)
		}
	})
}

func TestARefusalFreesTheKeyAndASuccessDoesNot(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		h.answer = func(n int) (bool, error) {
			if n == 1 {
				return false, refused()
			}
			return true, nil
		}
		s := open(t, db, WorkAll, h, p)
		submit(t, s, acme())
		await(t, "the refusal", func() bool { return p.count() == 1 })
		if receipt := submit(t, s, acme()); receipt.Joined || receipt.Request.Round != 2 {
			t.Errorf("receipt = %+v, want a second round", receipt)
		}
		await(t, "the client", func() bool { return p.count() == 2 })
		if receipt := submit(t, s, acme()); !receipt.Joined || receipt.State.Outcome != Created {
			t.Errorf("receipt = %+v, want the client that was created", receipt)
		}
		if got := p.ends(); !slices.Equal(got, []Outcome{Refused, Created}) || len(h.clients) != 1 {
			t.Errorf("told %q with %d clients", got, len(h.clients))
		}
	})
}

func TestTwoRequestsForOneCompanyMakeOneClient(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		services := []*Service{open(t, db, WorkAll, h, p), open(t, db, WorkAll, h, p)}
		var wg sync.WaitGroup
		for i := range 6 {
			r := acme()
			r.Key = fmt.Sprint("key", i)
			if i%2 == 0 {
				r.Draft.Name = fmt.Sprint("Another name ", i) // the same host
			} else {
				r.Draft.Website = "" // the same name
				r.Draft.Name = "acme LTD"
			}
			if i == 1 {
				r.Draft.Name, r.Draft.Website = "Acme ltd", "acme.com" // ties the two together
			}
			wg.Go(func() { submit(t, services[i%2], r) })
		}
		wg.Wait()
		await(t, "six ends", func() bool { return p.count() == 6 })
		// By name and by host they may be two companies, never more.
		if n := len(h.clients); n < 1 || n > 2 {
			t.Errorf("%d clients, want 1 or 2", n)
		}
		hosts, names := map[string]int{}, map[string]int{}
		for _, c := range h.clients {
			hosts[c.Website]++
			names[text.Key(c.Name)]++
			if c.Website != "" && hosts[c.Website] > 1 || names[text.Key(c.Name)] > 1 {
				t.Errorf("clients %+v share a name or a host", h.clients)
			}
		}
	})
}

func TestWhatTheBotCreatedLatelyExistsThoughHaloDoesNotListItYet(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{unlisted: true}, &people{}
		s := open(t, db, WorkAll, h, p)
		submit(t, s, acme())
		await(t, "the first one's end", func() bool { return p.count() == 1 })
		again := acme()
		again.Key, again.Draft.Name = "again", "Acme Holding" // the same host
		submit(t, s, again)
		await(t, "the second one's end", func() bool { return p.count() == 2 })
		other := acme()
		other.Key, other.Draft = "other", draft.Draft{Connection: "halo", Name: "Somebody Else"}
		submit(t, s, other)
		await(t, "the third one's end", func() bool { return p.count() == 3 })
		if got := p.ends(); !slices.Equal(got, []Outcome{Created, Exists, Created}) || len(h.clients) != 2 {
			t.Errorf("told %q with %d clients", got, len(h.clients))
		}
	})
}

func TestWorkOfAProcessThatDiedGoesOn(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		entered := make(chan struct{})
		stuck := make(chan struct{})
		var once sync.Once
		h.lookErr = func() error {
			once.Do(func() { close(entered); <-stuck })
			return nil
		}
		// The dead process lets its lease go and writes nothing more.
		dead := open(t, db, WorkAll, h, &people{})
		submit(t, dead, acme())
		<-entered
		dead.stop() // it would take its lease anew
		if err := dead.db.lease.release(); err != nil {
			t.Fatal(err)
		}

		live := open(t, db, WorkAll, &tenant{}, p)
		await(t, "the request's end", func() bool { return p.count() == 1 })
		// River itself gives it back with another word, and only when it counts as stuck.
		if found, _, err := newest(t.Context(), live.queue, acme().Key); err != nil || len(found.job.Errors) == 0 ||
			found.job.Errors[0].Error != diedWorking {
			t.Errorf("it was not given back for its process's death: %+v, %v", found.job, err)
		}
		close(stuck)
		if found, _, err := live.Find(t.Context(), acme().Key); err != nil || found.State.Outcome != Created {
			t.Errorf("found %+v, %v", found, err)
		}
	})
}

// hurried is a queue whose caller gives up a moment after they gave it something to store.
type hurried struct {
	queue
	giveUp func()
}

func (h hurried) together(ctx context.Context, names []string, fn func(jobs) error) error {
	return h.queue.together(ctx, names, func(tx jobs) error { return fn(hurriedTx{tx, h.giveUp}) })
}

type hurriedTx struct {
	jobs
	giveUp func()
}

func (tx hurriedTx) insert(ctx context.Context, args ...river.JobArgs) error {
	time.AfterFunc(200*time.Millisecond, tx.giveUp)
	return tx.jobs.insert(ctx, args...)
}

func TestWhatMayHaveBeenStoredIsSaidAndJoinedWhenSubmittedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bot.db")
	p := &people{}
	s := open(t, "sqlite:"+path, WorkNothing, &tenant{}, p)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	queue := s.queue
	s.queue = hurried{queue, cancel}
	_, err = s.Submit(ctx, acme())
	s.queue = queue
	if doubt := new(MaybeStoredError); !errors.As(err, &doubt) {
		t.Errorf("a commit that was not answered is told as %v", err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Submit(over, acme()); err == nil || errors.As(err, new(*MaybeStoredError)) {
		t.Errorf("what was never begun is told as %v", err)
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	submit(t, s, acme())
	open(t, "sqlite:"+path, WorkAll, &tenant{}, p)
	await(t, "the end", func() bool { return p.count() == 1 })
	if all, err := s.History(t.Context(), Query{}); err != nil || len(all) != 1 {
		t.Errorf("%d requests, %v", len(all), err)
	}
}

func TestOldAlertsAreDeletedAtTheStart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s, err := Open(t.Context(), Config{DatabaseURL: db, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		for key, age := range map[string]time.Duration{"old": Retention + time.Hour, "new": time.Hour} {
			if err := s.SaveAlert(t.Context(), Alert{Key: key, ClickedAt: time.Now().Add(-age), Message: json.RawMessage(`{}`)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		live := open(t, db, WorkAll, &tenant{}, &people{})
		await(t, "the old alert to go", func() bool {
			_, known, err := live.Alert(t.Context(), "old")
			return err == nil && !known
		})
		if _, known, err := live.Alert(t.Context(), "new"); err != nil || !known {
			t.Errorf("the new one is known: %v, %v", known, err)
		}
	})
}

func TestWhatWaitsByAClockThatWasSetIsLookedAt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		p := &people{}
		s := open(t, db, WorkNothing, &tenant{}, p)
		submit(t, s, acme())
		ahead := `UPDATE river_job SET scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 hour')`
		if s.db.server {
			ahead = `UPDATE river_job SET scheduled_at = now() + interval '1 hour'`
		}
		if _, err := s.db.sql.ExecContext(t.Context(), ahead); err != nil {
			t.Fatal(err)
		}
		live := open(t, db, WorkAll, &tenant{}, p)
		if err := live.queue.unstick(t.Context()); err != nil {
			t.Fatal(err)
		}
		await(t, "the request's end", func() bool { return p.count() == 1 })
	})
}

func TestShellRequestsAreWorkedOnByCommandsAndNothingElseIs(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		s := open(t, db, WorkShell, h, p)
		shell := acme()
		shell.Key, shell.Via = "shell-1", ViaShell
		submit(t, s, shell)
		fromSlack := acme()
		fromSlack.Draft = draft.Draft{Connection: "halo", Name: "Somebody Else"}
		submit(t, s, fromSlack)
		await(t, "the shell's request", func() bool { return p.count() == 1 })
		found, _, err := s.Find(t.Context(), fromSlack.Key)
		if err != nil || found.State.Outcome != "" || found.State.Phase != "" {
			t.Errorf("a request from Slack was touched: %+v, %v", found.State, err)
		}
	})
}

func TestHistoryIsNewestFirstAndCanBeNarrowed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s := open(t, db, WorkNothing, &tenant{}, &people{})
		for i := range 5 {
			r := acme()
			r.Key, r.By.ID = fmt.Sprint("key", i), fmt.Sprint("U", i%2)
			submit(t, s, r)
		}
		for _, tc := range []struct {
			name string
			q    Query
			want []string
		}{
			{"all", Query{}, []string{"key4", "key3", "key2", "key1", "key0"}},
			{"two", Query{Limit: 2}, []string{"key4", "key3"}},
			{"one person's", Query{By: "U1"}, []string{"key3", "key1"}},
			{"since an hour", Query{Since: time.Now().Add(-time.Hour), Limit: 1}, []string{"key4"}},
			{"from tomorrow", Query{Since: time.Now().Add(24 * time.Hour)}, nil},
		} {
			list, err := s.History(t.Context(), tc.q)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, r := range list {
				keys = append(keys, r.Request.Key)
			}
			if !slices.Equal(keys, tc.want) {
				t.Errorf("%s: %q, want %q", tc.name, keys, tc.want)
			}
		}
	})
}

func TestAlertsAreRemembered(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s := open(t, db, WorkNothing, &tenant{}, &people{})
		ctx := t.Context()
		save := func(a Alert) {
			if err := s.SaveAlert(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		now := time.Now().Truncate(time.Millisecond)
		a := Alert{Key: "a", Channel: "C1", TS: "1.1", Email: "bob@acme.com", TicketID: "7", Message: json.RawMessage(`{"text":"\u0000"}`), ResponseURL: "https://one", ClickedAt: now}
		save(a)
		a.ResponseURL = "https://two"
		save(a)
		save(Alert{Key: "b", TicketID: "7", ClickedAt: now.Add(time.Second)})
		save(Alert{Key: "c", Email: "bob@acme.com", ClickedAt: now.Add(2 * time.Second)})
		save(Alert{Key: "d", ClickedAt: now})

		got, known, err := s.Alert(ctx, "a")
		if err != nil || !known || got.ResponseURL != "https://two" || string(got.Message) != string(a.Message) || !got.ClickedAt.Equal(now) {
			t.Errorf("alert = %+v, %v, %v", got, known, err)
		}
		if err := s.CloseAlert(ctx, "c"); err != nil {
			t.Fatal(err)
		}
		save(Alert{Key: "c", Email: "bob@acme.com", ClickedAt: now})
		for _, tc := range []struct {
			email, ticket string
			want          []string
		}{
			{"bob@acme.com", "7", []string{"a", "b"}},
			{"bob@acme.com", "", []string{"a"}},
			{"", "", nil},
		} {
			open, err := s.OpenAlerts(ctx, tc.email, tc.ticket)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, a := range open {
				keys = append(keys, a.Key)
			}
			if !slices.Equal(keys, tc.want) {
				t.Errorf("OpenAlerts(%q, %q) = %q, want %q", tc.email, tc.ticket, keys, tc.want)
			}
		}
	})
}

func TestADatabaseThatCannotBeOpenedIsNamedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for _, db := range []string{
		"sqlite:" + filepath.Join(t.TempDir(), "no", "such", "folder.db"),
		"postgres://halobot:hush-hush@127.0.0.1:1/halobot",
		"postgres://halobot:hush-hush@:port:/x",
		"hush-hush",
	} {
		_, err := Open(t.Context(), Config{DatabaseURL: db, Log: slog.New(slog.DiscardHandler)})
		if err == nil || !strings.Contains(err.Error(), "DATABASE_URL") || strings.Contains(err.Error(), "hush-hush") {
			t.Errorf("Open(%q) = %v", db, err)
		}
	}
}

func TestADirectoryIsKeptForTheNextStart(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s := open(t, db, WorkNothing, &tenant{}, &people{})
		ctx := t.Context()
		if got, err := s.LoadDirectory(ctx, "halo"); got != nil || err != nil {
			t.Errorf("before the first: %q, %v", got, err)
		}
		for _, want := range []string{"one\x00\xff", "two"} {
			if err := s.SaveDirectory(ctx, "halo", []byte(want)); err != nil {
				t.Fatal(err)
			}
			if got, err := s.LoadDirectory(ctx, "halo"); string(got) != want || err != nil {
				t.Errorf("loaded %q, %v; want %q", got, err, want)
			}
		}
	})
}

// reply is the way back of whoever was told.
func reply(t Telling) json.RawMessage {
	if t.Joiner != nil {
		return t.Joiner.Reply
	}
	return t.Request.Reply
}
