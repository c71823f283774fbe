package onboarding_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestWhenABotIsKilledInMidCreateTheOtherFinishesItsRequest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills processes")
	}
	for _, c := range []struct {
		name   string
		at     localhalo.Point
		after  func(*localhalo.Hold) // what becomes of the POST once its bot is dead
		settle string
		posts  int
	}{
		{"before Halo stored it", localhalo.Arrived, (*localhalo.Hold).Drop, "1s", 2},
		{"while it is on its way", localhalo.Arrived, func(h *localhalo.Hold) { time.AfterFunc(postLimit/2, h.Release) }, "1m", 1},
		{"after Halo stored it", localhalo.Stored, (*localhalo.Hold).Drop, "1s", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := twoBots(t, bottest.Options{Bots: -2, Env: map[string]string{"HALO_SETTLE_TIME": c.settle}})
			s.Start(0)
			posting := s.Halo.Hold(creating, c.at)
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			s.Submit(localslack.Tess, form.ID, nil)
			arrived(s, posting)
			s.Start(1)
			s.Kill(0)
			c.after(posting)

			s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
			if !strings.Contains(s.Bots[1].Output(), takenOver) {
				t.Error("the other bot waited for the dead one")
			}
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			if onlyCarrier(s, reference(s, form)); s.Halo.Len() != 1 {
				t.Errorf("clients = %+v, want one", s.Halo.Clients())
			}
			if n := s.Halo.Count(localhalo.KindCreate); n != c.posts {
				t.Errorf("%d POSTs, want %d", n, c.posts)
			}
		})
	}
}

func TestBotsThatStartAtOnceOnAnEmptyDatabaseMakeItsSchemaTogether(t *testing.T) {
	t.Parallel()
	for _, db := range []struct {
		name string
		bots int
		url  func(t *testing.T) string
	}{
		{"sqlite", 3, func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "halobot.db") }},
		{"postgres", 6, func(t *testing.T) string { return bottest.Postgres(t) }},
	} {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() {
				t.Skip("starts many processes")
			}
			s := bottest.New(t, bottest.Options{Bots: -db.bots, Env: map[string]string{
				"DATABASE_URL": db.url(t), "SLACK_SOCKETS": "1",
			}})
			var starting sync.WaitGroup
			for _, b := range s.Bots {
				starting.Go(func() {
					if err := b.Start(); err != nil {
						t.Error(err)
					}
				})
			}
			starting.Wait()
			s.Await("every bot's socket", func(now *localslack.Snapshot) bool { return now.Sockets() == db.bots })
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			s.Submit(localslack.Tess, form.ID, nil)
			s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
			onlyCarrier(s, reference(s, form))
		})
	}
}

// The server's clock is nobody's on whose machine a bot runs, and it is set while a create is
// unanswered and its bot dies: the other one sends again after the deadline and the settle time, and
// not before.
func TestWhatABotThatDiedHasSentIsSettledByTheServersClock(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a POST's deadline")
	}
	for name, step := range map[string]time.Duration{"the server is an hour ahead": time.Hour, "the server is an hour behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, set := bottest.PostgresClock(t)
			set(step)
			s := bottest.New(t, bottest.Options{Bots: -2, Env: map[string]string{"DATABASE_URL": url, "HALO_SETTLE_TIME": "2s"}})
			s.Start(0)
			posting := s.Halo.Hold(creating, localhalo.Arrived)
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			began := time.Now()
			s.Submit(localslack.Tess, form.ID, nil)
			arrived(s, posting)
			s.Start(1)
			set(2 * step)
			s.Kill(0)
			posting.Drop()
			// River may have put the job off by the clock that is set then: that is looked for every minute.
			long, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			if err := s.Halo.Wait(long, func() bool { return s.Halo.Len() == 1 }); err != nil {
				t.Fatal(err)
			}
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			posts := s.Halo.Calls(creating)
			if len(posts) != 2 || s.Halo.Len() != 1 {
				t.Fatalf("%d POSTs and %d clients, want 2 and 1", len(posts), s.Halo.Len())
			}
			if again := posts[1].At.Sub(began); again < postLimit+2*time.Second {
				t.Errorf("sent again %v after it was asked for", again)
			}
		})
	}
}
