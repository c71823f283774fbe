package onboarding

import (
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/riverqueue/river/rivertype"

	"halobot/internal/sandbox/bottest"
)

// setClock is a database whose clock a test sets: the machine's, or the server's.
type setClock struct {
	url  string
	wall func() time.Time // nil on Postgres
	set  func(ahead time.Duration)
}

// now is what it shows.
func (c setClock) now(t *testing.T, s *Service) (now time.Time) {
	t.Helper()
	if c.wall != nil {
		return c.wall()
	}
	if err := s.db.sql.QueryRowContext(t.Context(), `SELECT clock_timestamp()`).Scan(&now); err != nil {
		t.Fatal(err)
	}
	return now
}

// A clock that is set while a request waits has nothing sent sooner, or looked for more often; what
// was to be tried by the clock as it was before is tried a minute later at most.
func TestAClockThatIsSetHastensAndDelaysNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the deadlines of POSTs")
	}
	for _, database := range []struct {
		name string
		open func(t *testing.T) setClock
	}{
		{"sqlite", func(t *testing.T) setClock {
			var ahead atomic.Int64
			return setClock{
				url:  "sqlite:" + filepath.Join(t.TempDir(), "halobot.db"),
				wall: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
				set:  func(d time.Duration) { ahead.Store(int64(d)) },
			}
		}},
		{"postgres", func(t *testing.T) setClock {
			url, set := bottest.PostgresClock(t)
			return setClock{url: url, set: set}
		}},
	} {
		for name, step := range map[string]time.Duration{"an hour ahead": time.Hour, "an hour back": -time.Hour, "a year ahead": 365 * 24 * time.Hour} {
			t.Run(database.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				clock := database.open(t)
				h, p := &tenant{}, &people{}
				var looks []time.Time // under h.mu
				h.keyErr = func() error { looks = append(looks, time.Now()); return nil }
				h.answer = func(n int) (bool, error) {
					if n == 1 {
						return false, unknown()
					}
					return true, nil
				}
				const settle = time.Second
				s := started(t, Config{
					DatabaseURL: clock.url, wall: clock.wall, Halos: map[string]Halo{"halo": h}, Work: WorkAll, Settle: settle,
					Log: slog.New(slog.DiscardHandler),
				}, p)
				asked := time.Now()
				submit(t, s, acme())
				await(t, "a wait", func() bool {
					h.mu.Lock()
					defer h.mu.Unlock()
					return len(looks) > 1
				})
				h.mu.Lock()
				clock.set(step)
				before := len(looks)
				h.mu.Unlock()
				await(t, "an end", func() bool {
					time.Sleep(100 * time.Millisecond)
					h.mu.Lock()
					since := len(looks) - before
					h.mu.Unlock()
					if since < 2 { // what waits by the clock as it was; the service does it once a minute
						if err := s.queue.unstick(t.Context()); err != nil {
							t.Error(err)
						}
						return false
					}
					jobs, err := s.queue.list(t.Context(), selection{kinds: requests, open: true})
					if err != nil {
						t.Fatal(err)
					}
					for _, j := range jobs {
						if j.State != rivertype.JobStateAvailable {
							continue // it is worked on, and River may note the end of the attempt before this one by now
						}
						if wait := j.ScheduledAt.Sub(clock.now(t, s)); wait > 15*time.Second || wait < -time.Minute {
							t.Errorf("waits for %v", wait)
						}
					}
					return p.count() > 0
				})
				h.mu.Lock()
				defer h.mu.Unlock()
				if !slices.Equal(p.ends(), []Outcome{Created}) || len(h.posts) != 2 || len(h.clients) != 1 {
					t.Fatalf("told %q after %d POSTs, %d clients", p.ends(), len(h.posts), len(h.clients))
				}
				if again := h.posts[1].Sub(asked); again < postTimeout+settle {
					t.Errorf("sent again %v after it was asked for", again)
				}
				// The pauses between two looks double, the last of them before it is sent again.
				var longest time.Duration
				for i, look := range looks[1:] {
					longest = max(longest, look.Sub(looks[i]))
				}
				if longest < 2*time.Second {
					t.Errorf("looked for it %d times, with pauses of up to %v", len(looks), longest)
				}
			})
		}
	}
}

// A bot that goes on with another's request by a clock that was set in between, or that went on while
// the machine slept, gives what was sent all the time that it may take.
func TestAClockThatWasSetBetweenTwoBotsShortensNothing(t *testing.T) {
	t.Parallel()
	const settle = time.Minute
	lives := func(t *testing.T, h *tenant, p *people, m *memory) *process {
		t.Helper()
		s := m.on(Config{Halos: map[string]Halo{"halo": h}, Work: WorkAll, Settle: settle})
		if err := s.Start(t.Context(), p, p); err != nil {
			t.Fatal(err)
		}
		return s
	}
	t.Run("while Halo cannot be asked", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			m, p := newMemory(), &people{}
			away := true // under h.mu
			h := &tenant{answer: func(int) (bool, error) { return true, unknown() }}
			h.keyErr = func() error {
				if away {
					return notDone()
				}
				return nil
			}
			bot := lives(t, h, p, m)
			submit(t, bot.Service, acme())
			time.Sleep(time.Minute)
			bot.kill()
			m.set += 2 * settleLimit
			bot = lives(t, h, p, m)
			time.Sleep(time.Minute)
			h.mu.Lock()
			away = false
			h.mu.Unlock()
			time.Sleep(time.Minute)
			bot.kill()
			if !slices.Equal(p.outcomes(), []Outcome{Created}) {
				t.Errorf("told %q", p.outcomes())
			}
		})
	})
	t.Run("while a second client may turn up", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			m, p := newMemory(), &people{}
			h := &tenant{answer: func(n int) (bool, error) {
				if n == 1 {
					return false, unknown()
				}
				return true, nil
			}}
			bot := lives(t, h, p, m)
			submit(t, bot.Service, acme())
			for p.outcomes() == nil {
				time.Sleep(time.Second)
			}
			bot.kill()
			m.set += time.Hour
			bot = lives(t, h, p, m)
			time.Sleep(settle / 2)
			h.mu.Lock()
			h.store(h.clients[0], h.keys[h.clients[0].ID])
			h.mu.Unlock()
			time.Sleep(2 * settle)
			found, _, err := bot.Find(t.Context(), acme().Key)
			bot.kill()
			if err != nil || found.State.Outcome != Created || len(found.State.Twins) != 1 {
				t.Errorf("found %+v, %v", found.State, err)
			}
		})
	})
}
