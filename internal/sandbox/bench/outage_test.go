package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"halobot/internal/sandbox/bottest"
)

// BenchmarkOutage is a Halo that comes back to 1,000 requests that have waited for it: how long
// until the last of their people has read of their client, without a ceiling of the bot's own
// and within one of 600 requests a minute. At the usual 60 it takes ten times as long.
func BenchmarkOutage(b *testing.B) {
	onlyHeavy(b)
	for _, perMinute := range []int{0, 600} {
		b.Run(fmt.Sprintf("ceiling=%d", perMinute), func(b *testing.B) {
			s := startBots(b, bottest.Options{Env: map[string]string{"HALO_REQUESTS_PER_MINUTE": fmt.Sprint(perMinute)}})
			const atOnce, waiting = 16, 1000
			s.load(1, 4) // the list of clients is read, a token fetched
			s.Halo.Stop()
			f := s.leaveWaiting(atOnce, waiting)

			time.Sleep(20 * time.Second) // each has been told of it by then
			drawn, used, began := s.Slack.Calls("views.update"), s.cpu(), time.Now()
			time.Sleep(20 * time.Second)
			minutes := time.Since(began).Minutes()
			idle := 100 * float64(s.cpu()-used) / float64(time.Since(began))
			drawings := float64(s.Slack.Calls("views.update")-drawn) / minutes / waiting

			used, began = s.cpu(), time.Now()
			if err := s.Halo.Start(); err != nil {
				b.Fatal(err)
			}
			drained := s.drained(began)
			last := drained[len(drained)-1]
			if n := s.Halo.Len(); n != waiting+4 {
				b.Errorf("Halo has %d clients, want %d", n, waiting+4)
			}
			t := newTable(fmt.Sprintf("1,000 waiting, ceiling %d", perMinute), "")
			t.row("acknowledged while Halo is away, p50 ms", f.median("ack-ms"))
			t.row("processor while waiting, % of a core", idle)
			t.row("drawings of a modal while waiting, a minute and request", drawings)
			t.row("first announced after, s", drained[0])
			t.row("half announced after, s", drained[len(drained)/2])
			t.row("all announced after, s", last)
			t.row("CPU ms/job", milliseconds(s.cpu()-used)/waiting)
			t.row("resident, MiB", s.resident())
			t.print()
			report(b, map[string]float64{"drained-s": last, "waiting-%": idle, "drawings/min": drawings, "resident-MiB": s.resident()})
		})
	}
}

// leaveWaiting has n requests accepted and does not wait for their messages.
func (s *system) leaveWaiting(atOnce, n int) figures {
	s.Helper()
	s.prepare(atOnce, n)
	f, todo := figures{}, make(chan string, n)
	for _, channel := range s.channels[:n] {
		todo <- channel
	}
	close(todo)
	var mu sync.Mutex
	var workers errgroup.Group
	for _, person := range s.people[:atOnce] {
		workers.Go(func() error {
			for channel := range todo {
				ctx, cancel := context.WithTimeout(s.Context(), jobPatience)
				defer cancel()
				_, view, err := s.form(ctx, person, channel)
				if err != nil {
					return err
				}
				_, ack, err := s.submit(ctx, person, channel, view)
				if err != nil {
					return err
				}
				mu.Lock()
				f.put("ack-ms", milliseconds(ack))
				mu.Unlock()
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		s.Fatal(err)
	}
	s.waiting, s.channels = s.channels[:n], s.channels[n:]
	return f
}

// drained waits for the messages of all that was left waiting, and returns after how many
// seconds each came, in order.
func (s *system) drained(since time.Time) []float64 {
	s.Helper()
	posted := make([]<-chan time.Time, len(s.waiting))
	for i, channel := range s.waiting {
		posted[i] = s.inbox.await(channel)
	}
	after := make([]float64, len(posted))
	for i, channel := range posted {
		select {
		case at := <-channel:
			after[i] = at.Sub(since).Seconds()
		case <-time.After(time.Hour):
			s.Fatalf("nothing was posted in %s within an hour", s.waiting[i])
		}
	}
	slices.Sort(after)
	return after
}
