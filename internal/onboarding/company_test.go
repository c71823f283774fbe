package onboarding_test

import (
	"encoding/json"
	"strings"
	"testing"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// onOneBotAndOnTwo runs test on a SQLite file, and on two bots that share a Postgres database.
func onOneBotAndOnTwo(t *testing.T, test func(s *bottest.Stage)) {
	t.Run("one bot", func(t *testing.T) {
		t.Parallel()
		test(bottest.New(t, bottest.Options{}))
	})
	t.Run("two bots", func(t *testing.T) {
		t.Parallel()
		if testing.Short() {
			t.Skip("needs Postgres")
		}
		test(twoBots(t, bottest.Options{}))
	})
}

// twoBots share one Postgres database.
func twoBots(t *testing.T, o bottest.Options) *bottest.Stage {
	t.Helper()
	if o.Env == nil {
		o.Env = map[string]string{}
	}
	o.Env["DATABASE_URL"] = bottest.Postgres(t)
	if o.Bots == 0 {
		o.Bots = 2
	}
	return bottest.New(t, o)
}

// wish is a form that somebody has open, filled in.
type wish struct {
	user string
	form *localslack.View
}

func TestTwoAlertsOfOneCompanyAtOnceMakeOneClient(t *testing.T) {
	t.Parallel()
	onOneBotAndOnTwo(t, func(s *bottest.Stage) {
		jane, bob := alert(s, "jane@acme.com"), alert(s, "bob@acme.com")
		rivals(s,
			wish{localslack.Tess, openAlert(s, localslack.Tess, jane)},
			wish{localslack.Tom, openAlert(s, localslack.Tom, bob)})
	})
}

func TestACommandBesideAnAlertOfTheSameCompanyMakesOneClient(t *testing.T) {
	t.Parallel()
	onOneBotAndOnTwo(t, func(s *bottest.Stage) {
		jane := alert(s, "jane@acme.com")
		rivals(s,
			wish{localslack.Tess, openAlert(s, localslack.Tess, jane)},
			// Another name, the same host.
			wish{localslack.Tom, s.Form(localslack.Tom, localslack.Desk, "Acme Holding www.acme.com")})
	})
}

// rivals submits two wishes for one company in the same instant: one makes the client, the other
// is told that it exists. "Create anyway" from there makes a second, and "Use this client" settles.
func rivals(s *bottest.Stage, wishes ...wish) {
	s.Helper()
	// The first to come is held just before its POST, so that both are in hand at once.
	posting := s.Halo.Hold(creating, localhalo.Arrived)
	begun := make([]*localslack.Interaction, len(wishes))
	for i, w := range wishes {
		it, err := s.Slack.SubmitView(w.user, w.form.ID, nil)
		if err != nil {
			s.Fatal(err)
		}
		begun[i] = it
	}
	for _, it := range begun {
		s.Acked(it)
	}
	arrived(s, posting)
	awaitSaid(s, "Another request for the same company")
	if n := s.Halo.Count(localhalo.KindCreate); n != 1 {
		s.Fatalf("%d POSTs at once, want 1", n)
	}
	posting.Release()

	var second wish
	var question *localslack.View
	s.Await("one created and the other asked", func(now *localslack.Snapshot) bool {
		created := 0
		for _, w := range wishes {
			switch v := now.OpenView(w.user); {
			case v == nil:
			case v.Title == "Created":
				created++
			case v.Title == "Already in Halo" && strings.Contains(bottest.Say(v.Blocks), "Halo already has"):
				second, question = w, v
			}
		}
		return created == 1 && question != nil
	})
	if n := s.Halo.Len(); n != 1 {
		s.Fatalf("%d clients, want 1", n)
	}
	first := s.Halo.Clients()[0]

	// Whoever insists gets a second one: once, however often it is pressed.
	ref := reference(s, second.form)
	click(s, second.user, question, modals.ActionCreateAnyway)
	s.AwaitView(second.user, "Created")
	made := onlyCarrier(s, ref+"-anyway")
	if made.ID == first.ID || s.Halo.Len() != 2 {
		s.Errorf("Create anyway made %+v beside %+v", made, s.Halo.Clients())
	}
	if n := len(carriers(s.Halo, ref)); n != 0 {
		s.Errorf("%d clients carry the key of the request that was told so, want none", n)
	}
}

func TestUsingTheClientThatExistsSettlesTheAlert(t *testing.T) {
	t.Parallel()
	onOneBotAndOnTwo(t, func(s *bottest.Stage) {
		there := s.Halo.Add(localhalo.Client{Name: "Acme", Website: "https://www.acme.com/"})
		message := alert(s, "jane@acme.com")
		form := openAlert(s, localslack.Tess, message)
		s.Submit(localslack.Tess, form.ID, nil)
		question := s.AwaitView(localslack.Tess, "Already in Halo", "Halo already has")
		// A second press, by a double click, is the first one's.
		again, err := s.Slack.Click(localslack.Tess, question, modals.ActionUse)
		if err != nil {
			s.Fatal(err)
		}
		s.Slack.Redeliver(again, 0)
		s.Acked(again)
		s.AwaitView(localslack.Tess, "Already in Halo", "nothing was created")
		s.Await("the alert to be settled", func(now *localslack.Snapshot) bool {
			blocks := now.Message(message.Channel, message.TS).Blocks
			return !strings.Contains(string(blocks), modals.ActionNewClient) &&
				strings.Contains(bottest.Say(blocks), "was already in Halo, chosen by")
		})
		thread := s.AwaitMessage(message.Channel, "chose", "nothing was created")
		if got, _ := announces(thread); got.ID != there.ID || thread.ThreadTS != message.TS {
			s.Errorf("announced %+v under %q, want client %d under the alert", got, thread.ThreadTS, there.ID)
		}
		if n := s.Halo.Count(localhalo.KindCreate); n != 0 || s.Halo.Len() != 1 {
			s.Errorf("%d POSTs and %d clients, want none and the one that was there", n, s.Halo.Len())
		}
	})
}

func TestTwoPeopleOnOneAlertMakeOneClientAndBothAreTold(t *testing.T) {
	t.Parallel()
	onOneBotAndOnTwo(t, func(s *bottest.Stage) {
		message := alert(s, "jane@acme.com")
		forms := map[string]*localslack.View{}
		for _, user := range []string{localslack.Tess, localslack.Tom} {
			forms[user] = openAlert(s, user, message)
		}
		var begun []*localslack.Interaction
		for user, form := range forms {
			it, err := s.Slack.SubmitView(user, form.ID, nil)
			if err != nil {
				s.Fatal(err)
			}
			begun = append(begun, it)
		}
		for _, it := range begun {
			s.Acked(it)
		}
		for user := range forms {
			s.AwaitView(user, "Created", "acme.com")
		}
		onlyCarrier(s, reference(s, forms[localslack.Tess]))
		if n := s.Halo.Len(); n != 1 {
			s.Errorf("%d clients, want 1", n)
		}
	})
}

// alert posts an unknown-sender alert as an alert flow does.
func alert(s *bottest.Stage, email string) *localslack.Message {
	s.Helper()
	m, err := postAlert(s, localslack.Mail, email)
	if err != nil {
		s.Fatal(err)
	}
	return m
}

func postAlert(s *bottest.Stage, channel, email string) (*localslack.Message, error) {
	value, err := json.Marshal(map[string]string{"email": email, "ticket_id": "42"})
	if err != nil {
		return nil, err
	}
	return s.Slack.PostByWebhook(channel, map[string]any{
		"text": "Unknown sender: " + email,
		"blocks": []any{
			map[string]any{"type": "section", "text": map[string]any{"type": "plain_text", "text": "Unknown sender: " + email}},
			map[string]any{"type": "actions", "elements": []any{map[string]any{
				"type": "button", "action_id": modals.ActionNewClient, "value": string(value),
				"text": map[string]any{"type": "plain_text", "text": "Create client"},
			}}},
		},
	})
}

// openAlert presses an alert's button and returns the form.
func openAlert(s *bottest.Stage, user string, m *localslack.Message) *localslack.View {
	s.Helper()
	return s.Opened(s.Slack.Click(user, m, modals.ActionNewClient))
}
