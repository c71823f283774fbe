package onboarding_test

import (
	"fmt"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestCommitsWhoseAnswersAreLostLoseNothing breaks connections to Postgres after a commit has
// arrived and before its answer: of submissions, and of whatever is in work meanwhile.
func TestCommitsWhoseAnswersAreLostLoseNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	detour := bottest.NewDetour(t, bottest.Postgres(t))
	s := bottest.New(t, bottest.Options{Env: map[string]string{"DATABASE_URL": detour.URL, "HALO_SETTLE_TIME": "1s"}})
	s.Slack.SetChannelRate(100, 100)
	const requests = 24
	var names, doubts []string // of companies, and of forms
	for i := range requests {
		name := fmt.Sprintf("Company %d", i)
		names = append(names, name)
		if i%6 == 5 {
			s.Halo.Inject(localhalo.Creating(name), 1, localhalo.StoreThenReset())
		}
		detour.LoseCommits.Store(i%3 == 0)
		form := s.Form(localslack.Tess, localslack.Desk, name)
		if s.Submit(localslack.Tess, form.ID, nil).Action == "errors" {
			doubts = append(doubts, form.ID)
		}
	}
	detour.LoseCommits.Store(false)
	// Whoever presses again is one with what was stored; their form may have shown it since.
	for _, id := range doubts {
		for again := true; again; {
			it, err := s.Slack.SubmitView(localslack.Tess, id, nil)
			if err != nil {
				break // it is no form any more
			}
			ack, err := it.Wait(t.Context())
			again = err != nil || ack.Action == "errors"
		}
	}
	for _, name := range names {
		s.AwaitMessage(localslack.Desk, "created", "|"+name+">") // the text of its link
		if n := len(s.Halo.Named(name)); n != 1 {
			t.Errorf("%d clients are named %s", n, name)
		}
	}
	if len(doubts) == 0 {
		t.Error("no submission met a lost commit")
	}
}
