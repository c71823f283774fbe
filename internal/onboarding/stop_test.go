package onboarding_test

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// inMidCreate brings the bot to a POST that Halo has stored and not answered.
func inMidCreate(s *bottest.Stage) (*localslack.View, *localhalo.Hold) {
	s.Helper()
	posting := s.Halo.Hold(creating, localhalo.Stored)
	form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
	s.Submit(localslack.Tess, form.ID, nil)
	arrived(s, posting)
	return form, posting
}

// signal asks the bot to stop and returns when it has closed its sockets.
func signal(s *bottest.Stage, sig os.Signal) {
	s.Helper()
	s.Bots[0].Signal(sig)
	s.Await("the sockets to be closed", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
}

// ended waits for the bot's end and returns its exit code, -1 when a signal ended it.
func ended(s *bottest.Stage) int {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	state, err := s.Bots[0].Wait(ctx)
	if err != nil {
		s.Fatal(err)
	}
	return state.ExitCode()
}

// restarted starts the bot again, and checks that the request in hand came to its one client,
// from one POST, and that it was told.
func restarted(s *bottest.Stage, form *localslack.View) {
	s.Helper()
	s.Start(0)
	s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	onlyCarrier(s, reference(s, form))
	if n := s.Halo.Count(localhalo.KindCreate); n != 1 || s.Halo.Len() != 1 {
		s.Errorf("%d POSTs and %d clients, want one of each", n, s.Halo.Len())
	}
}

func TestAStopLetsThePostInFlightFinish(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stops and starts processes")
	}
	s := bottest.New(t, bottest.Options{})
	form, posting := inMidCreate(s)
	signal(s, syscall.SIGTERM)
	posting.Release()
	if code := ended(s); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	// The answer was recorded before the end: nobody has to look for the client.
	looks := len(s.Halo.Calls(byKey))
	restarted(s, form)
	if n := len(s.Halo.Calls(byKey)); n != looks {
		t.Errorf("%d looks for a client whose id had been answered", n-looks)
	}
}

func TestAStopWaitsForAPostNoLongerThanItsDeadline(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a deadline")
	}
	s := bottest.New(t, bottest.Options{})
	form, posting := inMidCreate(s)
	signal(s, syscall.SIGTERM)
	if code := ended(s); code != 0 { // Halo has not answered yet
		t.Errorf("exit code %d, want 0", code)
	}
	posting.Drop()
	restarted(s, form)
}

func TestASecondSignalStopsAtOnceAndLosesNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stops and starts processes")
	}
	s := bottest.New(t, bottest.Options{})
	form, posting := inMidCreate(s)
	signal(s, os.Interrupt)
	if !s.Bots[0].Running() {
		t.Fatal("it stopped at the first signal, with a POST in flight")
	}
	s.Bots[0].Signal(os.Interrupt)
	if code := ended(s); code == 0 { // as after the POST's deadline
		t.Error("exit code 0 for a stop that left work behind")
	}
	posting.Drop()
	restarted(s, form)
}

func TestASubmissionAtTheMomentOfTheStopIsDoneOrSeenToFail(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stops and starts processes")
	}
	const everybody = 40
	s := bottest.New(t, bottest.Options{})
	s.Slack.SetChannelRate(0, 0)
	crowd := people(s, everybody)
	forms := make([]*localslack.View, everybody)
	for i, user := range crowd {
		forms[i] = s.Form(user, localslack.Desk, fmt.Sprintf("Acme %d acme-%d.example", i, i))
	}
	// Some are done before the signal, one is pressed every few milliseconds from then on, and
	// some once the last socket is gone.
	const before, after = 5, 5
	begun := make([]*localslack.Interaction, everybody)
	press := func(i int) {
		it, err := s.Slack.SubmitView(crowd[i], forms[i].ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		begun[i] = it
	}
	pressed := 0
	for ; pressed < before; pressed++ {
		press(pressed)
		s.Acked(begun[pressed])
	}
	press(pressed) // perhaps in time
	pressed++
	s.Bots[0].Signal(syscall.SIGTERM)
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	for open := true; open && pressed < everybody-after; pressed++ {
		<-tick.C
		press(pressed)
		s.Slack.Look(func(now *localslack.Snapshot) { open = now.Sockets() > 0 })
	}
	s.Await("the sockets to be closed", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
	for range after {
		press(pressed)
		pressed++
	}

	acked := make([]bool, pressed)
	failed := 0
	for i := range pressed {
		ctx, cancel := s.Patience()
		ack, err := begun[i].Wait(ctx)
		cancel()
		switch {
		case err == nil:
			acked[i] = ack.Action != "errors" // a slow disk's, which the person sees in the form
		case errors.Is(err, localslack.ErrTimeout), errors.Is(err, localslack.ErrNoSocket):
			failed++
		default:
			t.Fatal(err)
		}
	}
	t.Logf("measured: %d submissions were acknowledged, %d seen to fail", pressed-failed, failed)
	if failed < after || failed > pressed-before {
		t.Errorf("%d submissions failed; the first %d should not have, the last %d must", failed, before, after)
	}
	if code := ended(s); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	s.Start(0)
	for i := range pressed {
		if acked[i] {
			s.AwaitView(crowd[i], "Created")
		} else {
			// It may have been stored all the same; then it is done as well.
			s.Await("the person to see that it failed, or the client", func(now *localslack.Snapshot) bool {
				v := now.OpenView(crowd[i])
				return v != nil && (v.Trouble != "" || len(v.Errors) > 0 || v.Title == "Created")
			})
		}
		n := len(carriers(s.Halo, reference(s, forms[i])))
		if n > 1 || acked[i] && n == 0 {
			t.Errorf("%s: %d clients; acknowledged: %v", crowd[i], n, acked[i])
		}
	}
}

// people are n more technicians in the service desk's channel.
func people(s *bottest.Stage, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("U%010d", i+1)
		s.Slack.SetPerson(localslack.Person{ID: ids[i], Name: fmt.Sprint("tech", i+1), RealName: fmt.Sprint("Technician ", i+1)})
		s.Slack.SetMember(localslack.Desk, ids[i], true)
		s.Slack.SetMember(localslack.Mail, ids[i], true)
	}
	return ids
}
