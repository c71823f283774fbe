package onboarding_test

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// moveTo kills the bot and starts it on the same database with another address for its Halo.
func moveTo(s *bottest.Stage, o localhalo.Options) *localhalo.Server {
	s.Helper()
	o.Judge = halospec.Judge(s.TB)
	live := localhalo.New(o)
	if err := live.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(live.Close)
	s.Kill(0)
	var env []string
	for _, v := range s.Env() {
		if v == "HALO_URL="+s.Halo.URL() {
			v = "HALO_URL=" + live.URL()
		}
		env = append(env, v)
	}
	moved := sandbox.NewProcess(sandbox.Command{Path: s.Path(), Dir: s.Dir, Env: env})
	if err := moved.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(moved.Kill)
	ctx, cancel := s.Patience()
	defer cancel()
	if err := moved.WaitFor(ctx, "connected to Slack"); err != nil {
		s.Fatal(err)
	}
	return live
}

// The trial's ids are higher than those of the tenant that follows it: its directory would hide
// the new one's clients.
func TestTheDirectoryOfAnotherTenantHidesNothing(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{FirstID: 9000, Clients: localhalo.Seeded(300)}})
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "First Ltd").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "First Ltd")
	live := moveTo(s, localhalo.Options{Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd", Website: "acme.com"}}})
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd").ID, nil)
	s.AwaitView(localslack.Tess, "Already in Halo", "Acme Ltd", "(#7)")
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "First Ltd").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "First Ltd")
	s.AwaitMessage(localslack.Desk, "First Ltd", live.URL()+"/customers?clientid=8")
	s.Slack.Look(func(now *localslack.Snapshot) {
		if bottest.Says(now.Messages(localslack.Desk), live.URL()+"/customers?clientid=9300") {
			t.Error("a client of the first tenant is linked to in the second")
		}
	})
	if n := live.Len(); n != 2 {
		t.Errorf("the new tenant has %d clients, want 2", n)
	}
}

func TestWhatWasSentToAnotherAddressIsNeverSentAgain(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "1s"}})
	sent := s.Halo.Hold(creating, localhalo.Arrived)
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd").ID, nil)
	arrived(s, sent)
	live := moveTo(s, localhalo.Options{})
	s.AwaitView(localslack.Tess, "Not confirmed", s.Halo.URL(), live.URL())
	if n := live.Count(localhalo.KindCreate); n != 0 {
		t.Errorf("%d POSTs to the new address", n)
	}
}

// What the bot created within the hour is held to what it is now.
func TestAClientThatWasRenamedIsAnotherClient(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	c := s.Halo.Named("Acme Ltd")[0]
	rename := func(c localhalo.Client, name, website string) {
		s.Halo.Remove(c.ID)
		c.Name, c.Website = name, website
		s.Halo.Add(c)
	}
	rename(c, "Globex", "globex.example")
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd", "#"+strconv.Itoa(c.ID+1))
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Globex").ID, nil)
	s.AwaitView(localslack.Tess, "Already in Halo", "Globex")

	// A script, which uses what there is, is not given the renamed one either.
	second := s.Halo.Named("Acme Ltd")[0]
	rename(second, "Initech", "initech.example")
	for name, want := range map[string]int{"Acme Ltd": second.ID + 1, "Initech": second.ID} {
		if made := commanded(s, "--name", name); made.ID != want || made.Created != (want != second.ID) {
			t.Errorf("bot create --name %q said %+v, want client %d", name, made, want)
		}
	}
}

// commanded runs bot create beside the bot.
func commanded(s *bottest.Stage, args ...string) (made struct {
	ID      int
	Created bool
}) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	cmd := exec.CommandContext(ctx, s.Path(), append([]string{"create", "--json"}, args...)...)
	cmd.Dir, cmd.Env = s.Dir, s.Env()
	out, err := cmd.Output()
	if err != nil || json.Unmarshal(out, &made) != nil {
		s.Fatalf("%v: %s", err, out)
	}
	return made
}

// A number that was offered in the former tenant is another client's in the new one: nobody is
// settled on that, whether it was found by the bot or chosen from its list.
func TestAClientOfTheFormerTenantIsNotUsedInTheNewOne(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 7, Name: "Acme Ltd", Website: "acme.com"}}}})
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd").ID, nil)
	question := s.AwaitView(localslack.Tess, "Already in Halo", "Acme Ltd", "(#7)")
	form := openAlert(s, localslack.Tom, alert(s, "jane@hooli.example"))
	ctx, cancel := s.Patience()
	defer cancel()
	for offered := false; !offered; {
		it, err := s.Slack.Suggest(localslack.Tom, form, "halo_existing_client", "acme")
		if err != nil {
			t.Fatal(err)
		}
		choices, err := it.Choices(ctx)
		if err != nil {
			t.Fatal(err)
		}
		offered = len(choices) == 1 && choices[0].Value == "7" // else the list is still being read
	}
	click(s, localslack.Tom, form, "halo_existing_client", "7")
	s.AwaitView(localslack.Tom, "Use a client of Halo", "Acme Ltd")
	live := moveTo(s, localhalo.Options{Clients: []localhalo.Client{{ID: 7, Name: "Globex"}}})

	click(s, localslack.Tess, question, modals.ActionUse)
	s.Submit(localslack.Tom, form.ID, nil)
	for _, who := range []string{localslack.Tess, localslack.Tom} {
		s.AwaitView(who, "Could not create", "#7", s.Halo.URL(), live.URL(), "Nothing was done")
	}
	if n := live.Len(); n != 1 || live.Count(localhalo.KindGet) != 0 {
		t.Errorf("the new tenant has %d clients, and was asked for one by its number %d times", n, live.Count(localhalo.KindGet))
	}
	s.Submit(localslack.Tess, question.ID, nil) // the form has everything still filled in
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd", "#8")
}

// An answer that names another client than was sent is taken for no answer.
func TestAnAnswerThatNamesAnotherClientIsLookedInto(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	s.Halo.Inject(creating, 1, localhalo.StoreThenName("Somebody Else Ltd"))
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	s.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
	if n := s.Halo.Count(localhalo.KindCreate); n != 1 || s.Halo.Len() != 1 {
		t.Errorf("%d POSTs, %d clients", n, s.Halo.Len())
	}
	if !said(s, byHand) {
		t.Errorf("nobody was told %q", byHand)
	}
}

// The first of two POSTs turns up after the second was answered: whoever asked, and the error
// channel, are told of both.
func TestTwoClientsOfOneRequestAreReportedToMerge(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the deadlines of two POSTs")
	}
	// The second POST comes after 15 seconds, and the look for another client after 30.
	s := bottest.New(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "5s", "SLACK_ERROR_CHANNEL": localslack.Leads}})
	s.Halo.Inject(creating, 1, hidden(localhalo.StoreThenReset(), postLimit+12*time.Second))
	s.Submit(localslack.Tess, s.Form(localslack.Tess, localslack.Desk, "Acme Ltd").ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
	both := s.Halo.Named("Acme Ltd")
	if len(both) != 2 {
		t.Fatalf("%d clients, want 2: Halo showed the first too early", len(both))
	}
	words := []string{"#" + strconv.Itoa(both[0].ID), "#" + strconv.Itoa(both[1].ID), "merge"}
	s.AwaitMessage(localslack.Leads, words...)
	s.Await("a direct message", func(now *localslack.Snapshot) bool {
		return bottest.Says(now.DMs(localslack.Tess), words...)
	})
}
