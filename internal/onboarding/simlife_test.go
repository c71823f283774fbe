package onboarding

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

// simulate runs a test in simulated time, with so many replicas.
func simulate(t *testing.T, replicas int, test func(*simulation)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, 1, replicas)
		defer s.close()
		test(s)
	})
}

// long is for what takes the race detector long.
func long(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("short")
	}
}

// ask submits acme's request.
func (s *simulation) ask() {
	s.Helper()
	if _, err := s.some().Submit(s.Context(), acme()); err != nil {
		s.Fatal(err)
	}
}

// state is how acme's request stands.
func (s *simulation) state() State {
	s.Helper()
	found, known, err := s.some().Find(s.Context(), acme().Key)
	if err != nil || !known {
		s.Fatalf("the request is not known: %v", err)
	}
	return found.State
}

// ends waits until acme's request has an outcome, and returns that and how long it took.
func (s *simulation) ends(longest time.Duration) (State, time.Duration) {
	s.Helper()
	began := time.Now()
	for time.Since(began) < longest {
		if now := s.state(); now.Outcome != "" {
			return now, time.Since(began)
		}
		time.Sleep(longest / 1000)
	}
	s.Fatalf("it has not ended after %v: %+v", longest, s.state())
	return State{}, 0
}

// idle waits until nothing is in hand.
func (s *simulation) idle(longest time.Duration) {
	s.Helper()
	for began := time.Now(); ; time.Sleep(time.Second) {
		open, err := s.some().queue.open(s.Context())
		switch {
		case err != nil:
			s.Fatal(err)
		case len(open) == 0:
			return
		case time.Since(began) > longest:
			s.Fatalf("still in hand after %v: %v", longest, open)
		}
	}
}

func (s *simulation) times(person string, o Outcome) int {
	s.slack.mu.Lock()
	defer s.slack.mu.Unlock()
	return s.slack.told[telling{acme().Key, 1, person, false, o}]
}

func TestAnOutageIsWaitedForAQuarterOfAnHour(t *testing.T) {
	simulate(t, 2, func(s *simulation) {
		s.away.Store(true)
		s.ask()
		time.Sleep(14*time.Minute + 30*time.Second)
		s.away.Store(false)
		if end, took := s.ends(time.Hour); end.Outcome != Created || took > time.Minute {
			s.Errorf("it is %s %v after an outage of almost 15 minutes", end.Outcome, took)
		}
		s.idle(time.Minute)
	})
}

func TestAnOutageThatOutlastsItEndsTheRequest(t *testing.T) {
	simulate(t, 2, func(s *simulation) {
		s.away.Store(true)
		s.ask()
		end, took := s.ends(time.Hour)
		if end.Outcome != Unreachable || took < 14*time.Minute || took > 16*time.Minute || len(s.sends) > 0 {
			s.Errorf("it is %s after %v, with %d sends", end.Outcome, took, len(s.sends))
		}
	})
}

func TestWhatCannotBeLookedForIsCheckedForADay(t *testing.T) {
	long(t)
	simulate(t, 1, func(s *simulation) {
		s.halo.Inject(localhalo.On(localhalo.KindCreate), 0, localhalo.StoreThenHang())
		s.ask()
		time.Sleep(5 * time.Second)
		s.away.Store(true)
		end, took := s.ends(48 * time.Hour)
		if end.Outcome != Unconfirmed || took < 23*time.Hour || took > 25*time.Hour || end.Sends != 1 {
			s.Errorf("it is %s after %v and %d sends", end.Outcome, took, end.Sends)
		}
	})
}

func TestACreateThatNeverTurnsUpIsSentThreeTimes(t *testing.T) {
	simulate(t, 2, func(s *simulation) {
		s.halo.Inject(localhalo.On(localhalo.KindCreate), 0, localhalo.Hang())
		s.ask()
		end, took := s.ends(time.Hour)
		if end.Outcome != Unconfirmed || end.Sends != 3 || took < 3*simSettle {
			s.Errorf("it is %s after %v and %d sends", end.Outcome, took, end.Sends)
		}
		s.judgeSends()
	})
}

// A laptop sleeps with a create in the air, and its clock jumps: the next process must not take the
// settle time for over. (Found by a stormy afternoon.)
func TestAClockThatWasSetSettlesNothing(t *testing.T) {
	simulate(t, 1, func(s *simulation) {
		s.halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.StoreLate(time.Minute))
		s.ask()
		time.Sleep(5 * time.Second)
		s.some().die()
		s.memory.mu.Lock()
		s.memory.set += time.Hour
		s.memory.mu.Unlock()
		s.boot()
		if end, _ := s.ends(time.Hour); end.Outcome != Created || end.Sends != 1 || len(s.halo.Clients()) != 3 {
			s.Errorf("it is %s after %d sends, and Halo has %d clients", end.Outcome, end.Sends, len(s.halo.Clients()))
		}
		s.judgeSends()
	})
}

func TestPeopleAreToldForThreeDays(t *testing.T) {
	long(t)
	t.Parallel()
	for away, told := range map[time.Duration]int{71 * time.Hour: 1, 80 * time.Hour: 0} {
		t.Run(away.String(), func(t *testing.T) {
			simulate(t, 1, func(s *simulation) {
				s.ask()
				s.slack.mute.Store(true)
				time.Sleep(away)
				if end := s.state(); end.Outcome != Created {
					s.Fatalf("it is %q", end.Outcome)
				}
				s.slack.mute.Store(false)
				time.Sleep(time.Hour)
				if n := s.times("U1", Created); n != told {
					s.Errorf("it was told %d times, want %d", n, told)
				}
				s.idle(time.Minute)
			})
		})
	}
}

// A month in which the bot is killed every evening, with work in its hands: each alert is answered,
// by a client or by somebody's word, and waits no more.
func TestAMonthOfAlerts(t *testing.T) {
	long(t)
	simulate(t, 1, func(s *simulation) {
		began := time.Now()
		clients := map[string]string{}
		for day := range 30 {
			for n := range 10 {
				name := fmt.Sprintf("Company %d of day %d", n, day)
				a := Alert{
					Key: fmt.Sprintf("T1-C1-%d.%d", day, n), Channel: "C1", TS: fmt.Sprintf("%d.000100", time.Now().Unix()),
					Email: fmt.Sprintf("jane@c%d.example", n), ClickedAt: time.Now(),
				}
				r := Request{
					Key: a.Key, Alert: a.Key, By: Person{ID: "U1"}, Via: "alert", Place: Place{ID: "C1"},
					Draft: draft.Draft{Connection: "halo", Name: name}, Reply: json.RawMessage(`{}`),
				}
				on := s.some()
				if err := on.SaveAlert(s.Context(), a); err != nil {
					s.Fatal(err)
				}
				var err error
				if n == 9 {
					r.Answer = &AlertAnswer{Word: Dismiss, Email: a.Email, TS: a.TS}
					_, err = on.Answer(s.Context(), r)
				} else {
					clients[name] = ""
					_, err = on.Submit(s.Context(), r)
				}
				if err != nil {
					s.Fatal(err)
				}
				time.Sleep(time.Duration(s.rand.Int64N(int64(3 * time.Minute))))
			}
			s.some().die()
			time.Sleep(time.Until(began.AddDate(0, 0, day+1)))
			s.boot()
		}
		s.idle(10 * time.Minute)
		for _, c := range s.halo.Clients() {
			if _, asked := clients[c.Name]; asked {
				delete(clients, c.Name)
			} else if c.ID != catchAll && c.ID != otherID {
				s.Errorf("there is a second client %s", c.Name)
			}
		}
		if len(clients) > 0 {
			s.Errorf("no client was made for %v", clients)
		}
		on := s.some()
		if ts, err := on.DismissedAlert(s.Context(), "C1", "jane@c9.example"); err != nil || ts == "" {
			s.Errorf("a mail of a dismissed alert's sender has no thread: %q, %v", ts, err)
		}
		s.some().die()
		time.Sleep(DismissedFor)
		s.boot()
		if ts, err := s.some().DismissedAlert(s.Context(), "C1", "jane@c9.example"); err != nil || ts != "" {
			s.Errorf("a month later it still has: %q, %v", ts, err)
		}
		s.judge()
	})
}
