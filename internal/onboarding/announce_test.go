package onboarding_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestTheMessageArrivesWhateverSlackAnswers(t *testing.T) {
	t.Parallel()
	const post = "chat.postMessage"
	for _, c := range []struct {
		name  string
		fault func(*localslack.Slack)
		most  int // messages
	}{
		{"429 twice", func(s *localslack.Slack) { s.RateLimit(post, 2, time.Second) }, 1},
		{"500 twice", func(s *localslack.Slack) { s.FailStatus(post, 2, http.StatusInternalServerError) }, 1},
		{"503 twice", func(s *localslack.Slack) { s.FailStatus(post, 2, http.StatusServiceUnavailable) }, 1},
		{"an error of Slack's own", func(s *localslack.Slack) { s.Fail(post, 2, "internal_error") }, 1},
		{"answer lost", func(s *localslack.Slack) { s.LoseAnswers(post, 1) }, 2},
		{"everything for two seconds", func(s *localslack.Slack) {
			s.SetAway(localslack.Unreachable)
			time.AfterFunc(2*time.Second, func() { s.SetAway(localslack.Present) })
		}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{})
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			posting := s.Halo.Hold(creating, localhalo.Stored)
			s.Submit(localslack.Tess, form.ID, nil)
			arrived(s, posting)
			c.fault(s.Slack)
			posting.Release()

			if got, want := awaitClient(s, localslack.Desk, "Acme Ltd").Request, reference(s, form); got != want {
				t.Errorf("the message is about request %q, want %q", got, want)
			}
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			// When the next request is done, the first one's message is not sent again any more.
			s.Await("sockets", func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
			s.Ask(localslack.Tom, localslack.Desk, localslack.Values{"Client name": "Next Ltd"})
			s.AwaitMessage(localslack.Desk, "Next Ltd")
			told := 0
			s.Slack.Look(func(now *localslack.Snapshot) {
				for _, m := range now.Messages(localslack.Desk) {
					if strings.Contains(string(m.Metadata), reference(s, form)) {
						told++
					}
				}
			})
			if told > c.most {
				t.Errorf("%d messages about one client, want %d at most", told, c.most)
			}
		})
	}
}

func TestWhereTheBotMayNotPostTheAnswerTakesAnotherWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, channel string
		noURL         bool // the response_url does not answer
	}{
		{"through the response_url", localslack.General, false},
		{"into a private channel", localslack.Private, false},
		{"as a direct message that names the fix", localslack.General, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{})
			s.Slack.SetScopes("commands", "chat:write", "users:read", "usergroups:read", "team:read", "channels:read", "im:write")
			if c.noURL {
				s.Slack.FailStatus("response_url", 10, http.StatusNotFound)
			}
			form := s.Form(localslack.Tess, c.channel, "Acme Ltd acme.com")
			s.Submit(localslack.Tess, form.ID, nil)
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			if !c.noURL {
				s.AwaitMessage(c.channel, "Acme Ltd", "acme.com")
				return
			}
			answer := s.AwaitAside(localslack.Tess, "Acme Ltd", "acme.com")
			s.AwaitAside(localslack.Tess, "The bot may not post in #general", "/invite @halo-clients")
			if got, _ := announces(answer); got.Request != reference(s, form) {
				t.Errorf("the message is about request %q, want %q", got.Request, reference(s, form))
			}
		})
	}
}

func TestAClosedModalsQuestionsComeByMessageAndCarryNothingThatWasTyped(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{})
	there := s.Halo.Add(localhalo.Client{Name: "Here already", Website: "here.example"})
	// ask submits a form and closes the modal before there is an answer.
	ask := func(name string, e *localhalo.Effect) (key string) {
		form := s.Form(localslack.Tess, localslack.Desk, "")
		if e != nil {
			s.Halo.Inject(localhalo.Creating(name), 1, *e)
		}
		looking := s.Halo.Hold(look, localhalo.Arrived)
		s.Submit(localslack.Tess, form.ID, localslack.Values{"Client name": name, "Notes": "typed by Tess"})
		arrived(s, looking)
		closeModals(s, localslack.Tess)
		looking.Release()
		return strings.TrimPrefix(reference(s, form), "halo/")
	}

	key := ask("here ALREADY", nil)
	question := s.AwaitAside(localslack.Tess, "Halo already has", "Use this client")
	want := map[string]string{modals.ActionUse: fmt.Sprint(key, " ", there.ID, " ", s.Halo.URL()), modals.ActionCreateAnyway: key}
	if got := buttons(t, question); !maps.Equal(got, want) {
		t.Errorf("the question's buttons carry %q, want %q", got, want)
	}
	click(s, localslack.Tess, question, modals.ActionUse)
	s.AwaitMessage(localslack.Desk, "chose", "Here already", "nothing was created")

	refusal := localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "No more clients.")
	key = ask("Refused Ltd", &refusal)
	failure := s.AwaitAside(localslack.Tess, "Refused Ltd", "No more clients", "Nothing was created")
	want = map[string]string{modals.ActionTryAgain: key}
	if got := buttons(t, failure); !maps.Equal(got, want) {
		t.Errorf("the failure's buttons carry %q, want %q", got, want)
	}
	click(s, localslack.Tess, failure, modals.ActionTryAgain)
	again := s.AwaitView(localslack.Tess, "Could not create", "No more clients")
	s.Submit(localslack.Tess, again.ID, nil)
	s.AwaitView(localslack.Tess, "Created", "Refused Ltd")
	awaitClient(s, localslack.Desk, "Refused Ltd")
	if made := onlyCarrier(s, "halo/"+key); !strings.HasPrefix(made.Notes, "typed by Tess") {
		t.Errorf("created with the notes %q, want what was typed", made.Notes)
	}
	closeModals(s, localslack.Tess)

	lost := localhalo.StoreThenReset()
	key = ask("Lost Ltd", &lost)
	if note := s.AwaitAside(localslack.Tess, byHand); len(buttons(t, note)) != 0 {
		t.Errorf("a note while nobody knows more has buttons: %s", note.Blocks)
	}
	awaitClient(s, localslack.Desk, "Lost Ltd")
	onlyCarrier(s, "halo/"+key)
}

// buttons are a message's buttons' values by action id; links aside.
func buttons(t *testing.T, m *localslack.Message) map[string]string {
	t.Helper()
	var blocks []struct {
		Elements []struct {
			Type   string `json:"type"`
			Action string `json:"action_id"`
			Value  string `json:"value"`
			URL    string `json:"url"`
		} `json:"elements"`
	}
	if m.Blocks != nil {
		if err := json.Unmarshal(m.Blocks, &blocks); err != nil {
			t.Fatal(err)
		}
	}
	found := map[string]string{}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.Type == "button" && e.URL == "" {
				found[e.Action] = e.Value
			}
		}
	}
	return found
}

func TestAnOutcomeStaysInTheModal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		halo localhalo.Effect
		// before does something to Slack before the form is submitted; after, afterwards.
		before func(*bottest.Stage) (after func())
	}{
		{"when Slack is slow to draw what went before", localhalo.StoreThenReset(), func(s *bottest.Stage) func() {
			h := s.Slack.Hold("views.update", localslack.Before)
			return func() {
				ctx, cancel := s.Patience()
				defer cancel()
				if err := h.Arrived(ctx); err != nil {
					s.Fatal(err)
				}
				time.AfterFunc(time.Second, h.Release)
			}
		}},
		{"when the answer about what went before is lost", localhalo.StoreThenReset(), func(s *bottest.Stage) func() {
			s.Slack.LoseAnswers("views.update", 1)
			return func() {}
		}},
		{"when Slack takes the acknowledgement late", localhalo.Slow(0), func(s *bottest.Stage) func() {
			h := s.Slack.Hold("ack", localslack.Before)
			return func() {
				s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
				h.Release()
			}
		}},
		{"when the acknowledgement is lost with its socket and comes again", localhalo.Slow(0), func(s *bottest.Stage) func() {
			s.Slack.Hold("ack", localslack.Before) // let go with the socket
			return func() {
				s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
				s.Slack.DropSockets()
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{})
			form := s.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			s.Halo.Inject(creating, 1, c.halo)
			after := c.before(s)
			it, err := s.Slack.SubmitView(localslack.Tess, form.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			after()
			s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
			s.Acked(it)
			// Whatever was under way to the modal has arrived when a later form's has.
			s.Await("two sockets", func(now *localslack.Snapshot) bool { return now.Sockets() == 2 })
			s.Ask(localslack.Tom, localslack.Desk, localslack.Values{"Client name": "Next Ltd"})
			s.AwaitView(localslack.Tom, "Created", "Next Ltd")
			s.AwaitView(localslack.Tess, "Created", "Acme Ltd")
		})
	}
}
