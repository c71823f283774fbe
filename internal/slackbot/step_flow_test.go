package slackbot_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const (
	completeSuccess = "functions.completeSuccess"
	completeError   = "functions.completeError"
)

// TestAWorkflowGoesOnWithItsClient holds what the step hands on to what the manifest declares. No
// list of people or channels refuses the step, since nobody in particular asks.
func TestAWorkflowGoesOnWithItsClient(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{
		Halo: localhalo.Options{FirstID: 4711, DefaultTopLevel: 1},
		Env:  map[string]string{"SLACK_ALLOWED_CHANNELS": localslack.Desk, "SLACK_ALLOWED_USERGROUPS": localslack.TechGroup},
	})
	manifest, code := s.command("manifest", "--workflow-step")
	if code != 0 {
		t.Fatalf("bot manifest ended with %d", code)
	}
	if err := s.Slack.Install([]byte(manifest)); err != nil {
		t.Fatal(err)
	}
	// handsOn waits for the end of a step that has a client.
	handsOn := func(t *testing.T, x step, id int, created string) {
		t.Helper()
		ended := x.end()
		client, ok := s.Halo.Client(id)
		if !ok {
			t.Fatalf("there is no client %d: %+v", id, s.Halo.Clients())
		}
		want := map[string]any{
			"id": strconv.Itoa(id), "name": client.Name, "toplevel_id": "1", "website": client.Website,
			"url": clientURL(s.Halo, id), "created": created, "error": "",
		}
		if diff := cmp.Diff(want, ended.Outputs); diff != "" || ended.Error != "" {
			t.Errorf("the step ended with the error %q and these outputs (-want +got):\n%s", ended.Error, diff)
		}
	}

	first := s.run(map[string]any{
		"name": " Acme  Ltd ", "website": "https://www.acme.com/about", "trading_name": "Acme", "notes": "By a form.",
	})
	t.Run("a new client", func(t *testing.T) {
		handsOn(t, first, 4711, "true")
		if !first.end().ByItsToken {
			t.Error("the step was not ended with the token of its event")
		}
		client, _ := s.Halo.Client(4711)
		if client.Name != "Acme Ltd" || client.Website != "acme.com" || client.TradingName != "Acme" ||
			client.Ref != "halo/"+first.key() || !strings.HasPrefix(client.Notes, "By a form.\n") ||
			!strings.Contains(client.Notes, "Workflow Builder") {
			t.Errorf("Halo has %+v", client)
		}
	})
	t.Run("an existing client", func(t *testing.T) {
		handsOn(t, s.run(map[string]any{"name": "ACME ltd"}), 4711, "false")
		handsOn(t, s.run(map[string]any{"name": "Acme Holding", "website": "acme.com", "if_exists": " Use "}), 4711, "false")
		if n := s.Halo.Len(); n != 1 {
			t.Errorf("%d clients, want 1", n)
		}
	})
	t.Run("an event that is sent again", func(t *testing.T) {
		posting := s.Halo.Hold(localhalo.Creating("Globex"), localhalo.Arrived)
		x := s.run(map[string]any{"name": "Globex"})
		s.Acked(x.it)
		arrived(s.Stage, posting)
		x.again(1)
		posting.Release()
		handsOn(t, x, 4712, "true")
		x.again(2)
		x.again(3)
		if list := s.history(x.key()); len(list) != 1 || posts(s.Halo, "Globex") != 1 {
			t.Errorf("%d POSTs and the history %+v, want one of each", posts(s.Halo, "Globex"), list)
		}
	})
	t.Run("an event that is sent again after a failure", func(t *testing.T) {
		s.Halo.Inject(localhalo.Creating("Initech"), 1, localhalo.Refuse(400, localhalo.Sentence, "No room."))
		x := s.run(map[string]any{"name": "Initech"})
		if ended := x.end(); !strings.Contains(ended.Error, "No room") {
			t.Errorf("the step ended with %+v", ended)
		}
		x.again(1)
		if list := s.history(x.key()); len(list) != 1 || list[0].Outcome != "refused" {
			t.Errorf("the history is %+v, want one refusal: the workflow has had its answer", list)
		}
	})
	t.Run("an end whose answer is lost", func(t *testing.T) {
		calls := s.Slack.Calls(completeSuccess)
		s.Slack.LoseAnswers(completeSuccess, 1)
		handsOn(t, s.run(map[string]any{"name": "Hooli"}), 4713, "true")
		s.quiet()
		if n := s.Slack.Calls(completeSuccess) - calls; n != 2 {
			t.Errorf("%s was called %d times, want 2", completeSuccess, n)
		}
		if !answered(s, completeSuccess, "execution_not_in_running_state") {
			t.Error("Slack never said that the step had ended")
		}
	})
	t.Run("a token that is of no use", func(t *testing.T) {
		s.Slack.Fail(completeSuccess, 1, "token_expired")
		x := s.run(map[string]any{"name": "Pied Piper"})
		handsOn(t, x, 4714, "true")
		if x.end().ByItsToken {
			t.Error("the step was ended with a token that Slack had turned down")
		}
	})
	t.Run("inputs that cannot be accepted", func(t *testing.T) {
		before := s.Halo.Count(localhalo.KindCreate)
		for _, tt := range []struct {
			inputs map[string]any
			want   string
		}{
			{map[string]any{"name": " "}, "Type the client's name. Nothing was created."},
			{map[string]any{"name": strings.Repeat("x", 251)}, "The name has 251 characters. Shorten to 250 at most. Nothing was created."},
			{map[string]any{"name": "Acme", "on_error": "explode"}, "The input on_error must be one of exception, bounce, continue, stop, stop_all. Nothing was created."},
			{map[string]any{"name": "Acme", "if_exists": "merge", "on_error": "continue"}, "The input if_exists must be one of use, create, fail. Nothing was created."},
			{map[string]any{"name": "Acme", "connection": "prod"}, `There is no Halo connection named "prod". Choose another. Nothing was created.`},
		} {
			x := s.run(tt.inputs)
			if ended := x.end(); ended.Error != tt.want || ended.Outputs != nil {
				t.Errorf("the step ended with the error %q and %v, want %q", ended.Error, ended.Outputs, tt.want)
			}
			s.Acked(x.it)
			if list := s.history(x.key()); len(list) != 0 {
				t.Errorf("the history has %+v", list)
			}
		}
		// Of the website, the step says what the form says.
		form := s.Form(localslack.Tess, localslack.Desk, "Acme")
		s.Submit(localslack.Tess, form.ID, localslack.Values{"Website": "localhost"})
		var said string
		s.Await("the form's error", func(now *localslack.Snapshot) bool {
			said = now.OpenView(localslack.Tess).Errors["website"]
			return said != ""
		})
		if ended := s.run(map[string]any{"name": "Acme", "website": "localhost"}).end(); ended.Error != said+" Nothing was created." {
			t.Errorf("the step says %q, the form says %q", ended.Error, said)
		}
		if n := s.Halo.Count(localhalo.KindCreate) - before; n != 0 {
			t.Errorf("%d POSTs", n)
		}
	})
	t.Run("several clients, and nobody to ask", func(t *testing.T) {
		for range 2 {
			s.Halo.Add(localhalo.Client{Name: "Twice Ltd"})
		}
		ended := s.run(map[string]any{"name": "Twice Ltd"}).end()
		if !has(ended.Error, "Halo already has Twice Ltd (#", "Nothing was created.", "set SLACK_ERROR_CHANNEL") {
			t.Errorf("the step ended with %+v", ended)
		}
	})
	s.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			if list := now.Messages(c.ID); len(list) > 0 {
				t.Errorf("%d messages in %s, want none: the workflow has the answer", len(list), c.Name)
			}
		}
	})
}

// has reports whether text holds all of words.
func has(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// answered reports whether Slack has answered a call of a method with words.
func answered(s office, method, words string) bool {
	traffic, _ := s.Slack.Traffic(0)
	for _, e := range traffic {
		if e.Method == method && strings.Contains(string(e.Answer), words) {
			return true
		}
	}
	return false
}

// arrived waits until a request to Halo is held.
func arrived(s *bottest.Stage, h *localhalo.Hold) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	if _, err := h.Wait(ctx); err != nil {
		s.Fatal(err)
	}
}

// TestAWorkflowWithoutAClient is about steps that get no client, with each of the five words of
// on_error, and about questions that a person has to decide. The channel where the bot asks is not
// one from which clients may be created; a client can be chosen there all the same.
func TestAWorkflowWithoutAClient(t *testing.T) {
	t.Parallel()
	s := newOffice(t, bottest.Options{Env: map[string]string{
		"SLACK_ERROR_CHANNEL": localslack.Leads, "SLACK_ALLOWED_CHANNELS": localslack.Desk,
		"ON_ERROR": "stop", "HALO_SETTLE_TIME": "1s",
	}})
	settled := func() {}
	if !testing.Short() {
		settled = s.neverConfirmed(t)
	}
	for i, want := range []struct {
		word    string
		success bool
		told    []string
	}{
		{word: ""}, // ON_ERROR
		{word: "exception", told: []string{"could not be created in Halo", "The name is taken"}},
		{word: " Bounce ", told: []string{"Returned", "The name is taken", "typed2.example", "Trade", "typed notes"}},
		{word: "continue", success: true},
		{word: "stop"},
		{word: "stop_all"},
	} {
		t.Run("on_error "+want.word, func(t *testing.T) {
			name := "Refused " + strings.TrimSpace(want.word) + "."
			s.Halo.Inject(localhalo.Creating(name), 0, localhalo.Refuse(400, localhalo.Message, "The name is taken"))
			ended := s.run(map[string]any{
				"name": name, "website": "typed" + strconv.Itoa(i) + ".example", "trading_name": "Trade", "notes": "typed notes",
				"on_error": want.word,
			}).end()
			problem := ended.Error
			if want.success {
				problem, _ = ended.Outputs["error"].(string)
				delete(ended.Outputs, "error")
				empty := map[string]any{"id": "", "name": "", "toplevel_id": "", "website": "", "url": "", "created": "false"}
				if diff := cmp.Diff(empty, ended.Outputs); diff != "" || ended.Error != "" {
					t.Errorf("the step ended with the error %q and these outputs (-want +got):\n%s", ended.Error, diff)
				}
			} else if ended.Outputs != nil {
				t.Errorf("the step ended with %v", ended.Outputs)
			}
			if !has(problem, "The name is taken", "Nothing was created") {
				t.Errorf("the workflow gets %q", problem)
			}
			if want.told != nil {
				s.AwaitMessage(localslack.Leads, append(want.told, name)...)
			}
		})
	}
	for _, tt := range []struct {
		ifExists string
		there    int
		want     string // outcome
	}{
		{"use", 1, "used"}, {"use", 2, "asked"}, {"", 2, "asked"},
		{"create", 1, "created"}, {"create", 2, "created"},
		{"fail", 1, "error"}, {"fail", 2, "error"},
	} {
		t.Run("if_exists "+tt.ifExists+" with "+strconv.Itoa(tt.there), func(t *testing.T) {
			name := "There " + tt.ifExists + strconv.Itoa(tt.there)
			var there []string
			for range tt.there {
				there = append(there, "(#"+strconv.Itoa(s.Halo.Add(localhalo.Client{Name: name}).ID)+")")
			}
			ended := s.run(map[string]any{"name": name, "if_exists": tt.ifExists, "on_error": "continue"}).end()
			created, ok := ended.Outputs["created"]
			made := len(s.Halo.Named(name)) - tt.there
			switch tt.want {
			case "used":
				if created != "false" || ended.Outputs["id"] != strings.Trim(there[0], "(#)") || made != 0 {
					t.Errorf("the step ended with %+v, %d were made", ended, made)
				}
			case "created":
				if created != "true" || ended.Outputs["error"] != "" || made != 1 {
					t.Errorf("the step ended with %+v, %d were made", ended, made)
				}
			case "error": // which continue turns into a success
				problem, _ := ended.Outputs["error"].(string)
				if !has(problem, append(there, "Nothing was created.")...) || made != 0 {
					t.Errorf("the step ended with %+v, %d were made", ended, made)
				}
			case "asked": // which no word takes away
				if ok || !has(ended.Error, append(there, "Nothing was created.", "A person was asked")...) || made != 0 {
					t.Errorf("the step ended with %+v, %d were made", ended, made)
				}
				if n := len(s.told(localslack.Leads, name, "Halo already has 2 clients")); n != 1 {
					t.Errorf("%d questions were there when the step ended, want 1", n)
				}
			}
		})
	}
	t.Run("what needs an administrator", func(t *testing.T) {
		s.Halo.Inject(localhalo.Creating("Forbidden Ltd"), 1, localhalo.Forbid())
		if ended := s.run(map[string]any{"name": "Forbidden Ltd", "on_error": "stop"}).end(); !has(ended.Error, "403", "Nothing was created") {
			t.Errorf("the step ended with %+v", ended)
		}
		s.AwaitMessage(localslack.Leads, "Forbidden Ltd", "bot check")
	})
	settled()
	s.quiet()
	for _, word := range []string{"", "continue", "stop", "stop_all"} {
		if list := s.told(localslack.Leads, "Refused "+word+"."); len(list) != 0 {
			t.Errorf("on_error %q: %d messages in SLACK_ERROR_CHANNEL, want none", word, len(list))
		}
	}
	if list := s.told(localslack.Leads, "Refused exception.", "typed notes"); len(list) != 0 {
		t.Errorf("a report holds the notes: %s", list[0].Blocks)
	}

	// The question is answered where it was asked, and the answer announced there.
	question := s.told(localslack.Leads, "There use2")[0]
	chosen := s.Halo.Named("There use2")[1]
	s.press(localslack.Tom, question, modals.ActionUse, "fn-"+questioned(t, question)+" "+strconv.Itoa(chosen.ID)+" "+s.Halo.URL())
	answer := s.AwaitMessage(localslack.Leads, "chose", "There use2", "#"+strconv.Itoa(chosen.ID))
	if got := metadata(t, answer)["id"]; got != float64(chosen.ID) {
		t.Errorf("the metadata's id is %v, want %d", got, chosen.ID)
	}
	// In any other channel the list of channels applies.
	it, err := s.Slack.Command(localslack.Tom, localslack.Leads, "/halo-new-client", "")
	if err != nil {
		t.Fatal(err)
	}
	s.Acked(it)
	s.AwaitAside(localslack.Tom, "Clients may not be created from this channel")

	// Where the bot cannot ask, the workflow is not told that it has.
	s.Slack.SetMember(localslack.Leads, localslack.Bot, false)
	if ended := s.run(map[string]any{"name": "There use2"}).end(); !has(ended.Error, "A person has to decide", "may not post") {
		t.Errorf("the step ended with %+v", ended)
	}
}

// neverConfirmed lets two creates go unanswered, a workflow's and a shell's; the function that it
// returns waits until a person has to be asked, three POSTs and their deadlines later.
func (s office) neverConfirmed(t *testing.T) (settled func()) {
	t.Helper()
	for _, name := range []string{"Ghost Ltd", "Shade Ltd"} {
		s.Halo.Inject(localhalo.Creating(name), 3, localhalo.Fail())
	}
	ghost := s.run(map[string]any{"name": "Ghost Ltd", "on_error": "continue"})
	type answer struct {
		said string
		code int
	}
	ask := func() (a answer) {
		a.said, a.code = s.command("create", "--name", "Shade Ltd", "--key", "shade", "--json")
		return a
	}
	shade := make(chan answer, 1)
	go func() { shade <- ask() }()
	return func() {
		t.Helper()
		ended := ghost.end()
		if ended.Outputs != nil || !has(ended.Error, "asked several times to create Ghost Ltd", "may or may not be there",
			"halo/"+ghost.key(), "do not create it by hand", "A person was asked") {
			t.Errorf("the step ended with %+v", ended)
		}
		question := s.AwaitMessage(localslack.Leads, "Ghost Ltd", "never showed the client")
		if n := posts(s.Halo, "Ghost Ltd"); n != 3 {
			t.Errorf("%d POSTs, want 3", n)
		}
		// It turns up after all, and somebody looks.
		late := s.Halo.Add(localhalo.Client{Name: "Ghost Ltd", Ref: "halo/" + ghost.key()})
		s.press(localslack.Tess, question, modals.ActionLookAgain)
		s.AwaitMessage(localslack.Leads, "created", "Ghost Ltd", "#"+strconv.Itoa(late.ID))

		// The shell has waited as long, and gets the same answer when it asks again.
		for _, got := range []answer{<-shade, ask()} {
			if got.code != 6 || !has(got.said, `"outcome": "unconfirmed"`, `"key": "shade"`, "Look in Halo", "halo/shell-shade") {
				t.Errorf("bot create ended with %d:\n%s", got.code, got.said)
			}
		}
		if n := posts(s.Halo, "Shade Ltd"); n != 3 {
			t.Errorf("%d POSTs, want 3", n)
		}
	}
}

// questioned is the execution that a question is about.
func questioned(t *testing.T, m *localslack.Message) string {
	t.Helper()
	_, rest, found := strings.Cut(string(m.Blocks), `"fn-`)
	id, _, _ := strings.Cut(rest, " ")
	if !found || id == "" {
		t.Fatalf("the question names no execution: %s", m.Blocks)
	}
	return id
}

// TestAWorkflowOutlivesTheBot kills the bot in the middle of steps.
func TestAWorkflowOutlivesTheBot(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	s := newOffice(t, bottest.Options{
		Slack: localslack.Options{EventRetries: slices.Repeat([]time.Duration{time.Second}, 60)}, // for as long as a start may take
		Env:   map[string]string{"SLACK_SOCKETS": "1"},
	})
	halo := func(m localhalo.Match, at localhalo.Point) func(func() step) (step, func()) {
		return func(run func() step) (step, func()) {
			hold := s.Halo.Hold(m, at)
			x := run()
			arrived(s.Stage, hold)
			return x, hold.Drop
		}
	}
	slack := func(at localslack.Moment) func(func() step) (step, func()) {
		return func(run func() step) (step, func()) {
			hold := s.Slack.Hold(completeSuccess, at)
			x := run()
			ctx, cancel := s.Patience()
			defer cancel()
			if err := hold.Arrived(ctx); err != nil {
				t.Fatal(err)
			}
			return x, hold.Drop
		}
	}
	for i, kill := range []struct {
		name string
		// reach runs the step and returns when the bot has come to the point; let is called once
		// it is dead.
		reach func(run func() step) (x step, let func())
	}{
		{"before the store", func(run func() step) (step, func()) {
			lock := flock.New(filepath.Join(s.Dir, "halobot.db-lock"))
			if err := lock.Lock(); err != nil {
				t.Fatal(err)
			}
			return run().sent(), func() { _ = lock.Close() }
		}},
		{"before the POST", halo(looking, localhalo.Arrived)},
		{"stored, answer lost", halo(localhalo.On(localhalo.KindCreate), localhalo.Stored)},
		{"created, before the end of the step", slack(localslack.Before)},
		{"step ended, not yet marked", slack(localslack.After)},
	} {
		t.Run(kill.name, func(t *testing.T) {
			name := "Acme " + strconv.Itoa(i)
			x, let := kill.reach(func() step { return s.run(map[string]any{"name": name}) })
			s.Kill(0)
			let()
			s.Start(0)
			ended := x.end()
			s.Acked(x.it)
			made := s.AwaitClients(s.Halo, name, 1)[0]
			if ended.Error != "" || ended.Outputs["id"] != strconv.Itoa(made.ID) || ended.Outputs["created"] != "true" {
				t.Errorf("the step ended with %+v, want client %d", ended, made.ID)
			}
			s.quiet()
			if n := posts(s.Halo, name); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
			if list := s.history(x.key()); len(list) != 1 || list[0].Outcome != "created" {
				t.Errorf("the history is %+v", list)
			}
		})
	}
}
