package onboarding_test

import (
	"context"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestABotThatWakesUpLeavesItsSuccessorTheRequest suspends a bot in mid-create. Another one takes
// the request over and sends it once more, and has Halo's answer on the way when the first wakes
// up. No list shows what Halo has: whoever throws the answer away makes a second client.
func TestABotThatWakesUpLeavesItsSuccessorTheRequest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits until a suspended bot counts as stuck")
	}
	s := twoBots(t, bottest.Options{Bots: -2, Env: map[string]string{"HALO_SETTLE_TIME": "1s"}})
	s.Start(0)
	s.Halo.Inject(creating, 0, localhalo.Hide(time.Hour))
	first := s.Halo.Hold(creating, localhalo.Arrived)
	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, form.ID, nil)
	arrived(s, first)
	s.Start(1)
	s.Bots[0].Suspend()
	awake := func() { s.Bots[0].Resume() }
	defer awake() // however the test ends
	first.Drop()  // it never came to Halo

	second := s.Halo.Hold(creating, localhalo.Stored)
	// Its process lives, so that it only counts as stuck after a while.
	stuck, done := context.WithTimeout(t.Context(), 5*time.Minute)
	defer done()
	if _, err := second.Wait(stuck); err != nil {
		t.Fatal(err)
	}
	awake()
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Bots[0].WaitFor(ctx, "request was taken over by another process"); err != nil {
		t.Fatal(err)
	}
	second.Release()
	s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	if n := s.Halo.Count(localhalo.KindCreate); n != 2 || s.Halo.Len() != 1 {
		t.Errorf("%d POSTs and %d clients, want 2 and 1", n, s.Halo.Len())
	}
}

// A bot that starts while the database is locked, by a backup, say, waits until it is not, and goes
// on with what the one before it was doing.
func TestAStartWaitsForALockedDatabase(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits until SQLite gives up")
	}
	s := bottest.New(t, bottest.Options{})
	posting := s.Halo.Hold(creating, localhalo.Stored)
	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, form.ID, nil)
	arrived(s, posting)
	s.Kill(0)
	posting.Drop()
	unlock := holdCommits(s)
	if err := s.Bots[0].Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Bots[0].WaitFor(ctx, "the database is busy: waiting for it"); err != nil {
		t.Error(err)
	}
	unlock()
	s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	if n := s.Halo.Count(localhalo.KindCreate); n != 1 || s.Halo.Len() != 1 {
		t.Errorf("%d POSTs and %d clients, want one of each", n, s.Halo.Len())
	}
}

// TestALockedDatabaseIsAWait locks the database for longer than anything waits for it, at two
// points of a request.
func TestALockedDatabaseIsAWait(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("locks the database for eleven seconds")
	}
	for _, c := range []struct {
		name string
		at   func(s *bottest.Stage) *localhalo.Hold
	}{
		{"during the look", func(s *bottest.Stage) *localhalo.Hold { return s.Halo.Hold(look, localhalo.Arrived) }},
		{"while the answer comes", func(s *bottest.Stage) *localhalo.Hold { return s.Halo.Hold(creating, localhalo.Stored) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{})
			hold := c.at(s)
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			s.Submit(localslack.Tess, form.ID, nil)
			arrived(s, hold)
			unlock := holdCommits(s)
			hold.Release()
			time.AfterFunc(11*time.Second, unlock)
			s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			if n := s.Halo.Count(localhalo.KindCreate); n != 1 || s.Halo.Len() != 1 {
				t.Errorf("%d POSTs and %d clients, want one of each", n, s.Halo.Len())
			}
		})
	}
}
