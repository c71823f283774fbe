package slackbot_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// awaitDM waits for a direct message.
func (d desk) awaitDM(user string, words ...string) (m *localslack.Message) {
	d.Helper()
	d.Await("a direct message to "+user+": "+strings.Join(words, ", "), func(now *localslack.Snapshot) bool {
		for _, m = range now.DMs(user) {
			if says(bottest.Say(m.Blocks)+m.Text, words...) {
				return true
			}
		}
		return false
	})
	return m
}

func TestNoPlaceWaitsForAnotherToBeTold(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]string{
		"the modal": "views.update", "the channel": "chat.postMessage", "the alert": "chat.update",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{})
			m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
			v := d.press(localslack.Tess, m)
			d.lookedUp(1)
			d.Slack.Fail(broken, 100_000, "internal_error")
			d.Submit(localslack.Tess, v.ID, nil)
			if broken != "views.update" {
				d.awaitModal(v.ID, "Created", "#1")
			}
			if broken != "chat.postMessage" {
				d.awaitReply(m, "created", "Acme Ltd")
			}
			if broken != "chat.update" {
				d.awaitAlert(m, "✓", "#1")
			}
			d.Slack.ClearFaults()
			d.awaitModal(v.ID, "Created", "#1")
			d.awaitReply(m, "created", "Acme Ltd")
			d.awaitAlert(m, "✓", "#1")
		})
	}
}

func TestAnEndWithoutAClientIsToldWhereItLasts(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	d.Halo.Inject(localhalo.Creating("Closed Ltd"), 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No."))
	posting := d.Halo.Hold(localhalo.Creating("Closed Ltd"), localhalo.Arrived)
	v := d.Form(localslack.Tess, localslack.Desk, "Closed Ltd")
	d.Submit(localslack.Tess, v.ID, nil)
	d.arrived(posting)
	if _, err := d.Slack.CloseAll(localslack.Tess); err != nil {
		t.Fatal(err)
	}
	posting.Release()
	d.awaitDM(localslack.Tess, "Closed Ltd", "could not be created", "Try again")
}

// A modal that nobody looks at after so long is no telling.
func TestWhatEndsAfterAMinuteIsAlsoADirectMessage(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a minute to pass")
	}
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 7, Name: "There Ltd"}}}})
	// A question that stays open for a minute is asked once more.
	asked := d.Ask(localslack.Tom, localslack.Desk, localslack.Values{"Client name": "There Ltd"})
	d.awaitModal(asked.ID, "Already in Halo", "There Ltd")
	answered := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "There Ltd"})
	d.click(localslack.Tess, d.awaitModal(answered.ID, "Already in Halo", "There Ltd"), modals.ActionUse)
	d.awaitModal(answered.ID, "Already in Halo", "is the client")

	// Halo is away for longer than a minute, and refuses then.
	d.Halo.Stop()
	v := d.Form(localslack.Tess, localslack.Desk, "Late Ltd")
	d.Submit(localslack.Tess, v.ID, nil)
	ctx, cancel := d.Patience()
	defer cancel()
	select {
	case <-time.After(61 * time.Second):
	case <-ctx.Done():
	}
	d.Halo.Inject(localhalo.Creating("Late Ltd"), 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No."))
	if err := d.Halo.Start(); err != nil {
		t.Fatal(err)
	}
	d.awaitModal(v.ID, "Could not create")
	d.awaitDM(localslack.Tess, "Late Ltd", "could not be created")
	d.awaitDM(localslack.Tom, "There Ltd", "Use this client")
	d.Slack.Look(func(now *localslack.Snapshot) {
		if bottest.Says(now.DMs(localslack.Tess), "There Ltd") {
			t.Error("a question that was answered was asked again")
		}
	})
}

func TestWhoAsksForTheSameWithOtherWordsIsToldWhoseCount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, tess.ID, localslack.Values{"Notes": "typed by Tess"})
	d.arrived(posting)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Client name": "Acme Limited", "Notes": "typed by Tom"})
	inHand := d.awaitModal(tom.ID, "Creating…", "typed by Tess", "typed by Tom", "Acme Limited")
	if !says(string(inHand.Blocks), localslack.Tess) {
		t.Errorf("the second person reads %s", inHand.Blocks)
	}
	posting.Release()
	if v := d.awaitModal(tom.ID, "Created", "#1", "typed by Tess", "typed by Tom", "Acme Limited"); says(bottest.Say(v.Blocks), connection) {
		t.Errorf("of several connections, where there is one, speaks %s", v.Blocks)
	}
	d.awaitDM(localslack.Tom, "<@"+localslack.Tess+"> created", "#1", "typed by Tess", "typed by Tom", "Acme Limited")
	if d.Halo.Len() != 1 {
		t.Errorf("%d clients", d.Halo.Len())
	}
	d.Slack.Look(func(now *localslack.Snapshot) {
		if len(now.DMs(localslack.Tess)) != 0 {
			t.Error("the first person is told of words, too")
		}
	})
}

// An open form that would join a request is told of its end, and keeps what was typed in it.
func TestAnOpenFormIsToldOfTheEndOfWhatItWouldJoin(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	if err := d.Slack.Fill(localslack.Tom, tom.ID, localslack.Values{"Notes": "typed by Tom"}); err != nil {
		t.Fatal(err)
	}
	d.Submit(localslack.Tess, tess.ID, nil)
	v := d.awaitModal(tom.ID, "Created", "Acme Ltd", "#1")
	if got := typed(v)["notes"]; got != "typed by Tom" {
		t.Errorf("the form holds the notes %q", got)
	}
	// Sent all the same, it makes nothing more.
	d.Submit(localslack.Tom, tom.ID, nil)
	d.awaitModal(tom.ID, "Created", "#1", "typed by Tom")
	if d.Halo.Len() != 1 {
		t.Errorf("%d clients", d.Halo.Len())
	}
}

// While the database is locked, the form stays and says what is known; pressing again is safe.
func TestALockedDatabaseKeepsTheFormAndPressingAgainIsSafe(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.Dir, "halobot.db")+"?_pragma=busy_timeout(10000)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing was written
	lock, err := db.BeginTx(d.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	said := d.now(v.ID).Errors["name"]
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	// Whether the time was over before the commit was begun is a matter of the moment.
	if !says(said, "press the button again") || says(said, "may have been stored") == says(said, "Nothing was created") {
		t.Errorf("the form says %q", said)
	}
	d.pressedAgain(v)
}

// pressedAgain submits v once more: that makes one client, whatever became of the first time.
func (d desk) pressedAgain(v *localslack.View) {
	d.Helper()
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitModal(v.ID, "Created", "Acme Ltd")
	d.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
	if d.Halo.Len() != 1 {
		d.Errorf("%d clients", d.Halo.Len())
	}
}

// A commit whose answer was lost may have been made: nobody is told that nothing was created, and
// pressing again is one with it.
func TestWhatPostgresMayHaveStoredIsSaidAndPressingAgainIsSafe(t *testing.T) {
	t.Parallel()
	detour := bottest.NewDetour(t, bottest.Postgres(t))
	d := newDesk(t, bottest.Options{Env: map[string]string{"DATABASE_URL": detour.URL}})
	v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
	detour.LoseCommits.Store(true)
	d.Submit(localslack.Tess, v.ID, nil)
	detour.LoseCommits.Store(false)
	if said := d.now(v.ID).Errors["name"]; !says(said, "may have been stored or not", "press the button again") || says(said, "Nothing was created") {
		t.Errorf("the form says %q", said)
	}
	d.pressedAgain(v)
}

// Whoever joined a request with other words finds their own at Try again, in the modal and in the
// message, and their own ticks.
func TestTryAgainOpensWhatOneTypedOneself(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "ask")
	_, m := d.mail("jane@acme.com", "name", "Acme Ltd")
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	d.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No."))
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	d.Submit(localslack.Tess, tess.ID, localslack.Values{"Notes": "typed by Tess", "halo_filing": "user,ticket"})
	d.arrived(posting)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Notes": "typed by Tom", "halo_filing": "domain"})
	posting.Release()
	check := func(id, notes string, boxes ...string) {
		t.Helper()
		v := d.awaitModal(id, "Could not create", "Halo refused")
		if got := typed(v)["notes"]; got != notes {
			t.Errorf("the form holds the notes %q, want %q", got, notes)
		}
		if got := ticks(t, v); !slices.Equal(got, boxes) {
			t.Errorf("the form with %q has the boxes %q, want %q", notes, got, boxes)
		}
	}
	check(tess.ID, "typed by Tess", "+user", "+ticket", "domain")
	check(tom.ID, "typed by Tom", "user", "ticket", "+domain")
	asked := d.awaitDM(localslack.Tom, "Acme Ltd", "could not be created", "typed by Tom")
	again := d.opened(d.Slack.Click(localslack.Tom, asked, modals.ActionTryAgain))
	check(again.ID, "typed by Tom", "user", "ticket", "+domain")
}

// A no is an answer to one person: who joined their request gets a client all the same.
func TestANoToOnePersonIsNoneToWhoJoinedThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	mend := d.Slack.Break("users.info", 0, localslack.Status(http.StatusServiceUnavailable))
	guest, tom := d.press(localslack.Gwen, m), d.press(localslack.Tom, m)
	d.Submit(localslack.Gwen, guest.ID, localslack.Values{"Notes": "typed by the guest"})
	d.awaitModal(guest.ID, "Creating…", "Slack does not say")
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Notes": "typed by Tom"})
	mend()
	d.awaitModal(guest.ID, "Not allowed", "Guests")
	d.awaitModal(tom.ID, "Created", "Acme Ltd", "#1")
	d.awaitAlert(m, "✓", "#1")
	if c := d.Halo.Clients(); len(c) != 1 || !says(c[0].Notes, "typed by Tom") {
		t.Errorf("the clients are %+v", c)
	}
}

// A workflow does not hang on a result that Slack refuses for good.
func TestAStepsResultThatSlackRefusesEndsTheStep(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code    string
		times   int
		success bool
	}{
		"empty outputs are refused":  {"parameter_validation_failed", 1, true},
		"all outputs are refused":    {"parameter_validation_failed", 1000, false},
		"the app may not any more":   {"access_denied", 1000, false},
		"Slack is in trouble itself": {"internal_error", 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newOffice(t, bottest.Options{})
			s.Slack.Fail("functions.completeSuccess", tt.times, tt.code)
			ended := s.run(map[string]any{"name": "Acme Ltd"}).end()
			if tt.success && (ended.Error != "" || ended.Outputs["id"] != "1") ||
				!tt.success && !says(ended.Error, "Acme Ltd (#1)", tt.code) {
				t.Errorf("the step ended with %+v", ended)
			}
		})
	}
}

// What Halo said is told at once, while nobody knows whether it created the client, and again in
// the question that a person is asked in the end.
func TestHalosWordsAreShownWhileItIsUnknownAndInTheQuestion(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "1s", "SLACK_ERROR_CHANNEL": localslack.Leads}})
	const words = "Customer Type is mandatory"
	fault := d.Halo.Inject(localhalo.On(localhalo.KindCreate), 0, localhalo.Refuse(http.StatusInternalServerError, localhalo.Exception, words))
	v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitModal(v.ID, "Creating…", words, "do not create it by hand")
	if testing.Short() {
		return // three sends and their deadlines take half a minute
	}
	d.awaitModal(v.ID, "Not confirmed", words, "Look again", "Create again")
	d.AwaitMessage(localslack.Desk, words, "Look again")

	// The home tab has the question too.
	fault.Clear()
	d.click(localslack.Tess, d.home(localslack.Tess), modals.ActionCreateAgain)
	d.AwaitMessage(localslack.Desk, "created", "Acme Ltd", "(#1)")
	if home := d.home(localslack.Tess); strings.Contains(string(home.Blocks), modals.ActionCreateAgain) {
		t.Errorf("the home tab still asks: %s", home.Blocks)
	}
}

// The same form sent twice, with other words the second time, is one request; the words that were
// not used are not lost.
func TestAFormSentTwiceWithOtherWordsSaysWhichCount(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	first, err := d.Slack.SubmitView(localslack.Tess, v.ID, localslack.Values{"Notes": "typed first"})
	if err != nil {
		t.Fatal(err)
	}
	d.arrived(posting)
	d.Acked(d.Slack.Forge(first, func(payload map[string]any) {
		values := payload["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
		values["notes"].(map[string]any)["value"].(map[string]any)["value"] = "typed second"
	}))
	posting.Release()
	d.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
	d.awaitModal(v.ID, "Created", "typed first", "typed second")
	d.awaitDM(localslack.Tess, "Acme Ltd", "typed first", "typed second")
	if d.Halo.Len() != 1 {
		t.Errorf("%d clients", d.Halo.Len())
	}
}
