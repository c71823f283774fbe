package bench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"halobot/internal/sandbox/localslack"
)

// sample is what one technician waited for.
type sample struct {
	modal   time.Duration // slash command sent → views.open arrived
	ack     time.Duration // submission sent → acknowledged
	message time.Duration // submission sent → message posted
}

// load is what some jobs took, and cost.
type load struct {
	samples []sample
	took    time.Duration
	cpu     time.Duration // of all the system's processes
}

// jobPatience is for how long a job may take before the measurement is given up.
const jobPatience = time.Minute

// load does n whole jobs, atOnce of them at a time.
func (s *system) load(atOnce, n int) load {
	s.Helper()
	s.prepare(atOnce, n)
	todo := make(chan string, n)
	for _, channel := range s.channels[:n] {
		todo <- channel
	}
	close(todo)
	s.channels = s.channels[n:]

	l := load{samples: make([]sample, 0, n)}
	var mu sync.Mutex
	before, began := s.cpu(), time.Now()
	var workers errgroup.Group
	for _, person := range s.people[:atOnce] {
		workers.Go(func() error {
			for channel := range todo {
				one, err := s.job(person, channel)
				if err != nil {
					return err
				}
				mu.Lock()
				l.samples = append(l.samples, one)
				mu.Unlock()
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		s.Fatal(err)
	}
	l.took, l.cpu = time.Since(began), s.cpu()-before
	return l
}

// prepare sees to it that there are people and unused channels.
func (s *system) prepare(people, channels int) {
	for len(s.people) < people {
		id := fmt.Sprintf("U0BENCH%04d", len(s.people))
		s.Slack.SetPerson(localslack.Person{ID: id, Name: "bench" + id[7:], RealName: "Bench " + id[7:]})
		s.people = append(s.people, id)
	}
	for len(s.channels) < channels {
		id := fmt.Sprintf("C0BENCH%06d", s.made)
		s.Slack.SetChannel(localslack.Channel{ID: id, Name: "bench-" + id[7:], Members: append([]string{localslack.Bot}, s.people...)})
		s.channels = append(s.channels, id)
		s.made++
	}
}

// job is a person's whole way: slash command, modal, submission, message.
func (s *system) job(person, channel string) (sample, error) {
	ctx, cancel := context.WithTimeoutCause(s.Context(), jobPatience, fmt.Errorf("nothing came of it within %v", jobPatience))
	defer cancel()
	time.Sleep(s.breath)
	it, view, err := s.form(ctx, person, channel)
	if err != nil {
		return sample{}, err
	}
	time.Sleep(s.breath)
	posted := s.inbox.await(channel)
	sub, ack, err := s.submit(ctx, person, channel, view)
	if err != nil {
		return sample{}, err
	}
	select {
	case at := <-posted:
		return sample{modal: it.OpenedAfter(), ack: ack, message: at.Sub(sub.SentAt())}, nil
	case <-ctx.Done():
		return sample{}, fmt.Errorf("waiting for a message in %s: %w", channel, context.Cause(ctx))
	}
}

// form types the command and returns the modal that it opens.
func (s *system) form(ctx context.Context, person, channel string) (*localslack.Interaction, string, error) {
	it, err := s.Slack.Command(person, channel, "/halo-new-client", "")
	if err != nil {
		return nil, "", err
	}
	view, err := it.Opened(ctx)
	if err != nil {
		return nil, "", err
	}
	return it, view.ID, nil
}

// submit fills in and submits a modal, and waits for the acknowledgement. No two channels ask
// for the same company.
func (s *system) submit(ctx context.Context, person, channel, view string) (*localslack.Interaction, time.Duration, error) {
	number := channel[len("C0BENCH"):]
	sub, err := s.Slack.SubmitView(person, view, localslack.Values{
		"name": "Bench Company " + number + " Ltd", "website": "bench" + number + ".example",
		"trading_name": "Bench " + number, "notes": "Asked for by a benchmark.",
	})
	if err != nil {
		return nil, 0, err
	}
	ack, err := sub.Wait(ctx)
	if err == nil && ack.Action != "update" {
		err = fmt.Errorf("the submission was answered %q: %s", ack.Action, ack.Payload)
	}
	return sub, ack.After, err
}

// inbox tells when a channel got its message: one goroutine for all, so that the people under
// way do not wake each other at every change.
type inbox struct {
	mu      sync.Mutex
	waiting map[string]chan time.Time
}

func newInbox(tb testing.TB, slack *localslack.Slack) *inbox {
	in := &inbox{waiting: map[string]chan time.Time{}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	tb.Cleanup(func() { stop(); <-done })
	go func() {
		defer close(done)
		for {
			changed := slack.Changed()
			slack.Look(in.look)
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return in
}

// await gives the time at which a channel's first message arrived, once it has.
func (in *inbox) await(channel string) <-chan time.Time {
	posted := make(chan time.Time, 1)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.waiting[channel] = posted
	return posted
}

func (in *inbox) look(now *localslack.Snapshot) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for channel, posted := range in.waiting {
		if messages := now.Messages(channel); len(messages) > 0 {
			posted <- stamped(messages[0].TS)
			delete(in.waiting, channel)
		}
	}
}

// stamped is the time that a message's ts says, to the microsecond.
func stamped(ts string) time.Time {
	micros, _ := strconv.ParseInt(strings.Replace(ts, ".", "", 1), 10, 64) // Slack's own form
	return time.UnixMicro(micros)
}
