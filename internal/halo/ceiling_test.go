package halo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// paced is a connection whose Halo answers at once and notes when it was called; it runs on a
// synctest clock.
func paced(perMinute int) (*Connection, *times) { return pacedOver(perMinute, 100_000) }

// pacedOver is paced with as many clients.
func pacedOver(perMinute, clients int) (*Connection, *times) {
	var calls times
	c := New(Settings{URL: "https://acme.halopsa.com", RequestsPerMinute: perMinute}, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		calls.add()
		switch {
		case r.URL.Path == "/auth/token":
			return made(r, 200, "application/json", `{"access_token":"x"}`), nil
		case r.URL.Path == "/api/authinfo":
			return made(r, 404, "", ""), nil
		case r.Method == http.MethodPost:
			return made(r, 201, "application/json", `{"id":1,"name":"?"}`), nil
		}
		return made(r, 200, "application/json", listed(r, clients)), nil
	})}, nil)
	return c, &calls
}

// rested is a connection that has its token and a small directory, and has not called for a while.
func rested(t *testing.T, perMinute int) (*Connection, *times) {
	t.Helper()
	c, calls := pacedOver(perMinute, 30)
	if err := c.ready(t.Context(), forLook); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Minute)
	return c, calls
}

// listed is a full page of a list of total clients.
func listed(r *http.Request, total int) string {
	q := r.URL.Query()
	var no, size int
	fmt.Sscan(q.Get("page_no"), &no)     //nolint:errcheck // the test's own client wrote it
	fmt.Sscan(q.Get("page_size"), &size) //nolint:errcheck // as above
	var rows strings.Builder
	for i := range size {
		id := (no-1)*size + i + 1
		if id > total {
			break
		}
		if q.Get("orderdesc") == "true" {
			id = total + 1 - id
		}
		if rows.Len() > 0 {
			rows.WriteByte(',')
		}
		fmt.Fprintf(&rows, `{"id":%d,"name":"Client %d","website":"c%d.example"}`, id, id, id)
	}
	return fmt.Sprintf(`{"record_count":%d,"clients":[%s],"users":[]}`, total, rows.String())
}

type times struct {
	mu sync.Mutex
	at []time.Time
}

func (t *times) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = append(t.at, time.Now())
}

func (t *times) all() []time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]time.Time(nil), t.at...)
}

// busiest is the most calls that any minute saw.
func (t *times) busiest() int {
	most := 0
	at := t.all()
	for i := range at {
		n := 0
		for _, other := range at[i:] {
			if other.Sub(at[i]) < time.Minute {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func TestNoMinuteSeesMoreThanTheCeiling(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{1, 2, 3, 5, 10, 60, 150} {
		t.Run(fmt.Sprint(perMinute), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, calls := paced(perMinute)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				var all sync.WaitGroup
				all.Go(func() { c.Run(ctx) })
				for range 3 {
					all.Go(func() {
						for ctx.Err() == nil {
							if _, err := c.page(ctx, list{size: 1}, 1); err != nil {
								time.Sleep(time.Second)
							}
						}
					})
				}
				all.Wait()
				time.Sleep(2 * readTimeout) // a token's fetch outlives those who waited for it
				if most := calls.busiest(); most > perMinute {
					t.Errorf("a minute saw %d requests", most)
				}
				// What is kept for bursts is not lost on the pace: at least six tenths remain.
				if n, least := len(calls.all()), perMinute*10*6/10; n < least {
					t.Errorf("%d requests in ten minutes, want at least %d", n, least)
				}
			})
		})
	}
}

func TestWithoutACeilingNothingWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, calls := pacedOver(0, 30)
		began := time.Now()
		if _, err := c.Turn(t.Context(), "key"); err != nil {
			t.Fatal(err)
		}
		for range 500 {
			if _, err := c.page(t.Context(), list{size: 1, fare: fare{urgency: forUpkeep}}, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 || len(calls.all()) != 503 {
			t.Errorf("%d requests took %s", len(calls.all()), took)
		}
	})
}

func TestAPersonWaitsBehindOnePageOfTheDirectoryAtMost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := paced(60)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { c.Run(ctx) })
		defer all.Wait()
		defer cancel()
		slowest := time.Duration(0)
		for range 20 {
			time.Sleep(17 * time.Second)
			began := time.Now()
			if _, err := c.page(ctx, list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
			slowest = max(slowest, time.Since(began))
		}
		// At 60 a minute the burst is 20 and the rest comes at 40 a minute.
		if limit := 2 * 62 * time.Second / 40; slowest > limit {
			t.Errorf("somebody waited for %s, want at most %s", slowest, limit)
		}
	})
}

func TestATurnIsSetAside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, calls := rested(t, 60)
		turn, err := c.Turn(t.Context(), "key")
		if err != nil {
			t.Fatal(err)
		}
		// Somebody else uses up the rest of the burst, and more.
		for range callsPerFiled - callsPerCreate {
			if _, err := c.page(t.Context(), list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
		}
		mine := list{size: 1, fare: fare{urgency: forCreate, turn: turn}}
		before, began := len(calls.all()), time.Now()
		for range callsPerCreate {
			if _, err := c.page(t.Context(), mine, 1); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took != 0 || len(calls.all()) != before+callsPerCreate {
			t.Errorf("%d paid requests took %s", len(calls.all())-before, took)
		}
		if _, err := c.page(t.Context(), mine, 1); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) == 0 {
			t.Error("a fourth request was not paid for and did not wait")
		}
	})
}

// A technician waits for all of it: at the usual ceiling one alert is answered and filed without a
// wait for the ceiling, and so it is again some time later.
func TestWhatOneAlertAsksForGoesInOneGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := rested(t, 60)
		for range 3 {
			began := time.Now()
			for range callsPerFiled {
				if _, err := c.page(t.Context(), list{size: 1}, 1); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(began); took != 0 {
				t.Errorf("it took %s", took)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestATurnThatWouldTakeLongFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, calls := rested(t, 60)
		for range callsPerFiled { // the whole burst
			if _, err := c.page(t.Context(), list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
		}
		before, began := len(calls.all()), time.Now()
		_, err := c.Turn(t.Context(), "key")
		failed := failure(t, err)
		if !failed.Own || failed.Outcome != NotDone || failed.RetryAfter < 3*time.Second || failed.RetryAfter > time.Minute {
			t.Errorf("%+v", failed)
		}
		if time.Since(began) != 0 || len(calls.all()) != before {
			t.Error("it did not fail at once")
		}
		wantIn(t, "the message", failed.Message, "60 requests a minute", "HALO_REQUESTS_PER_MINUTE")
		// What was given up is given back: the wait is no longer than it was said to be.
		time.Sleep(failed.RetryAfter)
		if _, err := c.Turn(t.Context(), "key"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestACallThatCannotBeInTimeFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, calls := paced(10)
		for range 4 {
			if _, err := c.page(t.Context(), list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
		}
		before, began := len(calls.all()), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Create(ctx, nil, acme())
		if failed := failure(t, err); !failed.Own || failed.Outcome != NotDone || failed.RetryAfter == 0 {
			t.Errorf("%+v", failed)
		}
		if time.Since(began) != 0 || len(calls.all()) != before {
			t.Error("it did not fail at once")
		}
	})
}

func TestAWaitEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := paced(10)
		for range 4 {
			if _, err := c.page(t.Context(), list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		_, err := c.page(ctx, list{size: 1}, 1)
		if failed := failure(t, err); failed.Outcome != NotDone || !errors.Is(err, context.Canceled) {
			t.Errorf("%+v", failed)
		}
	})
}

func TestCreatesGoBeforeWhatInformsAForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := rested(t, 60)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var forms sync.WaitGroup
		var shown, dropped atomic.Int64
		for range 40 { // forms are opened all the time, and none is closed
			forms.Go(func() {
				for ctx.Err() == nil {
					began := time.Now()
					_, err := c.users(ctx, fare{urgency: forForm}, 0, "a@b.c")
					switch took := time.Since(began); {
					case took > formPatience:
						t.Errorf("a form waited for %s", took)
					case err == nil:
						shown.Add(1)
					case ctx.Err() == nil:
						dropped.Add(1)
						if !failure(t, err).Own {
							t.Errorf("%+v", err)
						}
					}
					time.Sleep(2 * time.Second)
				}
			})
		}
		time.Sleep(10 * time.Minute)
		for range 10 {
			began := time.Now()
			for {
				turn, err := c.Turn(t.Context(), "key")
				if err == nil {
					_, err = c.Create(t.Context(), turn, acme())
				}
				failed := failure(t, err) // the answer's name is another
				if !failed.Own {
					break
				}
				time.Sleep(failed.RetryAfter + time.Second)
			}
			// Three requests at 40 a minute, and a second to come back.
			if took := time.Since(began); took > 7*time.Second {
				t.Errorf("a create waited for %s", took)
			}
			time.Sleep(20 * time.Second)
		}
		cancel()
		forms.Wait()
		if shown.Load() == 0 || dropped.Load() == 0 {
			t.Errorf("%d forms were informed, %d dropped; want some of each", shown.Load(), dropped.Load())
		}
	})
}
