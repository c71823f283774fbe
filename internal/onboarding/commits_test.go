package onboarding_test

import (
	"context"
	"fmt"
	"testing"
	"time"

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
	// submit reports whether the form still has to be submitted: not once it shows what became of it,
	// which may be before the answer to its submission comes.
	submit := func(form string) (again bool) {
		it, err := s.Slack.SubmitView(localslack.Tess, form, nil)
		if err != nil {
			return false
		}
		ack, err := it.Wait(t.Context())
		return err != nil || ack.Action == "errors"
	}
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
		if submit(form.ID) {
			doubts = append(doubts, form.ID)
		}
	}
	detour.LoseCommits.Store(false)
	// Whoever presses again is one with what was stored.
	for _, id := range doubts {
		for submit(id) {
		}
	}
	// What was taken into work by a commit whose answer was lost waits for River's rescue: for jobs of
	// more than 26 s it looks every 30 s, and then some of them may be lost and rescued again.
	long, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	for _, name := range names {
		err := s.Slack.Wait(long, func(now *localslack.Snapshot) bool {
			return bottest.Says(now.Messages(localslack.Desk), "created", "|"+name+">") // the text of its link
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := len(s.Halo.Named(name)); n != 1 {
			t.Errorf("%d clients are named %s", n, name)
		}
	}
	if len(doubts) == 0 {
		t.Error("no submission met a lost commit")
	}
}
