package onboarding_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestCommitsWhoseAnswersAreLostLoseNothing breaks the connection to Postgres now and then, after
// a commit has arrived and before its answer: whatever was committed, the bot does not know.
func TestCommitsWhoseAnswersAreLostLoseNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	var lose atomic.Bool
	s := bottest.New(t, bottest.Options{Env: map[string]string{
		"DATABASE_URL": bottest.LoseCommits(t, bottest.Postgres(t), &lose), "HALO_SETTLE_TIME": "1s",
	}})
	s.Slack.SetChannelRate(100, 100)
	over := make(chan struct{})
	var weather sync.WaitGroup
	weather.Go(func() {
		for on := true; ; on = !on {
			select {
			case <-over:
				lose.Store(false)
				return
			case <-time.After(time.Duration(50+rand.IntN(400)) * time.Millisecond):
				lose.Store(on)
			}
		}
	})
	const requests = 24
	var names, doubts []string // of companies, and of forms
	for i := range requests {
		name := fmt.Sprintf("Company %d", i)
		names = append(names, name)
		if i%6 == 5 {
			s.Halo.Inject(localhalo.Creating(name), 1, localhalo.StoreThenReset())
		}
		form := s.Form(localslack.Tess, localslack.Desk, name)
		if s.Submit(localslack.Tess, form.ID, nil).Action == "errors" {
			doubts = append(doubts, form.ID)
		}
	}
	close(over)
	weather.Wait()
	// Whoever presses again is one with what was stored; their form may have shown it since.
	for _, id := range doubts {
		if it, err := s.Slack.SubmitView(localslack.Tess, id, nil); err == nil {
			_, _ = it.Wait(t.Context())
		}
	}
	for _, name := range names {
		s.AwaitMessage(localslack.Desk, "created", name+"|") // the link's text
		if n := len(s.Halo.Named(name)); n != 1 {
			t.Errorf("%d clients are named %s", n, name)
		}
	}
	if len(doubts) == 0 {
		t.Error("no submission met a lost commit")
	}
}
