package onboarding_test

import (
	"testing"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// neverFound is the beginning of the question about a create that left no trace.
const neverFound = "and never showed the client"

// TestACreateThatIsNeverFoundIsAPersonsQuestion sends four requests, each of which is posted three
// times without a trace; what people then press always looks first.
func TestACreateThatIsNeverFoundIsAPersonsQuestion(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the deadlines of three POSTs")
	}
	s := bottest.New(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "1s"}})
	requests := map[string]string{} // by name, its reference
	for _, name := range []string{"Late Ltd", "Later Ltd", "Absent Ltd", "Modal Ltd"} {
		s.Halo.Inject(localhalo.Creating(name), 3, localhalo.Fail())
		form := s.Form(localslack.Tess, localslack.Desk, name)
		requests[name] = reference(s, form)
		s.Submit(localslack.Tess, form.ID, nil)
		if name != "Modal Ltd" {
			closeModals(s, localslack.Tess)
		}
	}
	question := func(name string) *localslack.Message {
		return s.AwaitMessage(localslack.Desk, name, neverFound)
	}
	posts := func(name string) int { return len(s.Halo.Calls(localhalo.Creating(name))) }
	for name := range requests {
		question(name)
		if n := posts(name); n != 3 || len(s.Halo.Named(name)) != 0 {
			t.Fatalf("%d POSTs for %s before a person was asked, want 3", n, name)
		}
	}
	if !said(s, byHand) {
		t.Errorf("nobody was told %q", byHand)
	}
	// turnUp is what a create that Halo carried out after all looks like.
	turnUp := func(name string) localhalo.Client {
		return s.Halo.Add(localhalo.Client{Name: name, Ref: requests[name]})
	}
	// A namesake that somebody made by hand must not be taken for it.
	byHand := s.Halo.Add(localhalo.Client{Name: "Late Ltd"})

	late := turnUp("Late Ltd")
	click(s, localslack.Tom, question("Late Ltd"), modals.ActionLookAgain)
	if got := awaitClient(s, localslack.Desk, "Late Ltd"); got.ID != late.ID || got.ID == byHand.ID {
		t.Errorf("Look again announced client %d, want %d", got.ID, late.ID)
	}

	later := turnUp("Later Ltd")
	click(s, localslack.Tom, question("Later Ltd"), modals.ActionCreateAgain)
	if got := awaitClient(s, localslack.Desk, "Later Ltd"); got.ID != later.ID {
		t.Errorf("Create again announced client %d, want %d, which had turned up", got.ID, later.ID)
	}

	// Looking in vain asks again; creating again then makes one.
	click(s, localslack.Tom, question("Absent Ltd"), modals.ActionLookAgain)
	var again *localslack.Message
	s.Await("the question to be asked again", func(now *localslack.Snapshot) bool {
		again = nil
		for _, m := range now.Messages(localslack.Desk) {
			if bottest.Says([]*localslack.Message{m}, "Absent Ltd", neverFound, requests["Absent Ltd"]+"-look") {
				again = m
			}
		}
		return again != nil
	})
	if n := posts("Absent Ltd"); n != 3 {
		t.Errorf("Look again sent a POST: %d, want the 3 from before", n)
	}
	click(s, localslack.Tom, again, modals.ActionCreateAgain)
	if got := awaitClient(s, localslack.Desk, "Absent Ltd"); got.ID != s.AwaitClients(s.Halo, "Absent Ltd", 1)[0].ID || posts("Absent Ltd") != 4 {
		t.Errorf("announced %+v after %d POSTs, want the one client of the fourth", got, posts("Absent Ltd"))
	}

	// The same question stands in the requester's modal. Pressing it twice is pressing it once.
	modal := s.AwaitView(localslack.Tess, "Not confirmed", "Modal Ltd")
	click(s, localslack.Tess, modal, modals.ActionCreateAgain)
	click(s, localslack.Tom, question("Modal Ltd"), modals.ActionCreateAgain)
	s.AwaitView(localslack.Tess, "Created", "Modal Ltd")
	awaitClient(s, localslack.Desk, "Modal Ltd")

	for name, most := range map[string]int{"Late Ltd": 3, "Later Ltd": 3, "Absent Ltd": 4, "Modal Ltd": 4} {
		want := 1
		if name == "Late Ltd" {
			want = 2 // the namesake made by hand
		}
		if n := len(s.Halo.Named(name)); n != want || posts(name) != most {
			t.Errorf("%s: %d clients after %d POSTs, want %d after %d", name, n, posts(name), want, most)
		}
	}
}

func closeModals(s *bottest.Stage, user string) {
	s.Helper()
	if _, err := s.Slack.CloseAll(user); err != nil {
		s.Fatal(err)
	}
}
