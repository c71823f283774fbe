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
	var names []string // of companies
	doubts := 0
	for i := range requests {
		name := fmt.Sprintf("Company %d", i)
		names = append(names, name)
		if i%6 == 5 {
			s.Halo.Inject(localhalo.Creating(name), 1, localhalo.StoreThenReset())
		}
		detour.LoseCommits.Store(i%3 == 0)
		form := s.Form(localslack.Tess, localslack.Desk, name)
		again := submit(form.ID)
		if again {
			doubts++
		}
		detour.LoseCommits.Store(false)
		for again { // whoever presses again is one with what was stored
			again = submit(form.ID)
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
	if doubts == 0 {
		t.Error("no submission met a lost commit")
	}
}
