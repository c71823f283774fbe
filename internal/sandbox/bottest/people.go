package bottest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Form types the slash command and returns the modal that opens.
func (s *Stage) Form(user, channel, text string) *localslack.View {
	s.Helper()
	it, err := s.Slack.Command(user, channel, "/halo-new-client", text)
	return s.Opened(it, err)
}

// Opened waits for the modal that an interaction leads to.
func (s *Stage) Opened(it *localslack.Interaction, err error) *localslack.View {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := s.Patience()
	defer cancel()
	view, err := it.Opened(ctx)
	if err != nil {
		s.Fatalf("%v\n%s", err, s.describe())
	}
	return view
}

// Submit fills in a modal by its labels and submits it; it fails the test unless the bot
// acknowledges.
func (s *Stage) Submit(user, view string, values localslack.Values) localslack.Ack {
	s.Helper()
	it, err := s.Slack.SubmitView(user, view, values)
	if err != nil {
		s.Fatal(err)
	}
	return s.Acked(it)
}

// Acked waits for an interaction's acknowledgement.
func (s *Stage) Acked(it *localslack.Interaction) localslack.Ack {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	ack, err := it.Wait(ctx)
	if err != nil {
		s.Fatalf("%v\n%s", err, s.describe())
	}
	return ack
}

// Ask is the whole job: command, modal, submit. It returns the modal.
func (s *Stage) Ask(user, channel string, values localslack.Values) *localslack.View {
	s.Helper()
	view := s.Form(user, channel, "")
	s.Submit(user, view.ID, values)
	return view
}

// Say is everything that a piece of Block Kit, a message or a modal says, as one line.
func Say(blocks json.RawMessage) string {
	var said []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(keys(v)) {
				text, _ := v[key].(string)
				switch {
				case text == "":
					walk(v[key])
				case key == "text" || key == "url":
					said = append(said, text)
				case key == "user_id":
					said = append(said, "@"+text) // a mention
				}
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	var v any
	_ = json.Unmarshal(blocks, &v)
	walk(v)
	return strings.Join(said, " ")
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Says reports whether one of the messages says all of words.
func Says(messages []*localslack.Message, words ...string) bool {
	return slices.ContainsFunc(messages, func(m *localslack.Message) bool {
		return holds(m.Text+" "+Say(m.Blocks), words)
	})
}

func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// AwaitMessage waits for a channel's message that says all of words, and returns it.
func (s *Stage) AwaitMessage(channel string, words ...string) (found *localslack.Message) {
	s.Helper()
	s.Await(fmt.Sprintf("a message in %s that says %q", channel, words), func(now *localslack.Snapshot) bool {
		for _, m := range now.Messages(channel) {
			if holds(m.Text+" "+Say(m.Blocks), words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// AwaitView waits until a person's open modal has title and says all of words.
func (s *Stage) AwaitView(user, title string, words ...string) (found *localslack.View) {
	s.Helper()
	s.Await(fmt.Sprintf("%s's modal %q that says %q", user, title, words), func(now *localslack.Snapshot) bool {
		found = now.OpenView(user)
		return found != nil && found.Title == title && holds(Say(found.Blocks), words)
	})
	return found
}

// AwaitAside waits for an ephemeral or direct message to a person that says all of words.
func (s *Stage) AwaitAside(user string, words ...string) (found *localslack.Message) {
	s.Helper()
	s.Await(fmt.Sprintf("%s to be told %q", user, words), func(now *localslack.Snapshot) bool {
		for _, m := range slices.Concat(now.EphemeralsFor(user), now.DMs(user)) {
			if holds(m.Text+" "+Say(m.Blocks), words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// AwaitClients waits until a Halo has n clients called name.
func (s *Stage) AwaitClients(h *localhalo.Server, name string, n int) []localhalo.Client {
	s.Helper()
	s.AwaitHalo(fmt.Sprintf("%d clients called %q", n, name), h, func() bool { return len(h.Named(name)) == n })
	return h.Named(name)
}

// describe is what people see at this moment, for the message of a failed test.
func (s *Stage) describe() string {
	var b strings.Builder
	s.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			for _, m := range now.Messages(c.ID) {
				fmt.Fprintf(&b, "#%s %s: %s | %s\n", c.Name, m.TS, m.Text, Say(m.Blocks))
			}
		}
		for _, p := range now.People() {
			for _, v := range now.Stack(p.ID) {
				fmt.Fprintf(&b, "%s's modal %q: %s %v %s\n", p.Name, v.Title, Say(v.Blocks), v.Errors, v.Trouble)
			}
			for _, m := range now.EphemeralsFor(p.ID) {
				fmt.Fprintf(&b, "only %s: %s | %s\n", p.Name, m.Text, Say(m.Blocks))
			}
			for _, m := range now.DMs(p.ID) {
				fmt.Fprintf(&b, "to %s: %s | %s\n", p.Name, m.Text, Say(m.Blocks))
			}
			for _, n := range now.Notices(p.ID) {
				fmt.Fprintf(&b, "Slack to %s: %s\n", p.Name, n.Text)
			}
		}
	})
	for name, h := range s.Halos {
		for _, c := range h.Clients() {
			fmt.Fprintf(&b, "Halo %s: #%d %s %s ref=%s\n", name, c.ID, c.Name, c.Website, c.Ref)
		}
	}
	return b.String()
}
