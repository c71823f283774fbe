package localslack_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"halobot/internal/sandbox/localslack"
)

func TestAnyServerCanServeIt(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	s := localslack.New("http://"+server.Listener.Addr().String(), localslack.Options{})
	server.Config.Handler = s.Handler()
	server.Start()
	defer server.Close()
	defer s.Close()
	changed := s.Changed()
	c := connect(t, s)
	<-changed
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	if err := it.Sent(t.Context()); err != nil {
		t.Error(err)
	}
	c.ack(c.next(), nil)
	must(it.Wait(t.Context()))(t)
}

func TestClosingEndsEverythingThatWaits(t *testing.T) {
	t.Parallel()
	s := localslack.Start(localslack.Options{})
	c := connect(t, s)
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	h := s.Hold("auth.test", localslack.Before)
	held := make(chan string, 1)
	go func() { held <- try(s, "auth.test") }()
	if err := h.Arrived(t.Context()); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() { waited <- s.Wait(t.Context(), func(*localslack.Snapshot) bool { return false }) }()
	c.next()
	s.Close()
	s.Close()
	if _, err := it.Wait(t.Context()); err != localslack.ErrClosed {
		t.Errorf("a command ended with %v", err)
	}
	if _, err := it.Opened(t.Context()); err != localslack.ErrClosed {
		t.Errorf("waiting for a modal ended with %v", err)
	}
	if got := <-held; got != "lost" {
		t.Errorf("a held call was answered %q", got)
	}
	if err := <-waited; err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("a wait ended with %v", err)
	}
}

func TestTheWorkspaceCanBeChanged(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetPerson(localslack.Person{ID: "U0000000NEW", Name: "new", RealName: "New"})
	s.SetChannel(localslack.Channel{ID: "C0000000NEW", Name: "new", Members: []string{"U0000000NEW"}})
	s.SetMember("C0000000NEW", localslack.Bot, true)
	s.SetUserGroup(localslack.UserGroup{ID: "S0000000NEW", Handle: "new", Disabled: true})
	s.SetTeamURL("https://other.slack.com/")
	if o := call(t, s, "conversations.info", "channel", "C0000000NEW", "include_num_members", "true"); o.at("channel", "is_member") != true || o.at("channel", "num_members") != 2.0 {
		t.Errorf("channel: %v", o)
	}
	if o := call(t, s, "auth.test"); o.str("url") != "https://other.slack.com/" {
		t.Errorf("auth.test: %v", o)
	}
	if o := call(t, s, "usergroups.list"); o.at("usergroups", 1) != nil {
		t.Errorf("a disabled group is listed: %v", o)
	}
	if o := call(t, s, "usergroups.users.list", "usergroup", "S0000000NEW"); o.str("error") != "subteam_disabled" {
		t.Errorf("a disabled group: %v", o)
	}
	s.Look(func(now *localslack.Snapshot) {
		if people := now.People(); people[0].ID != "U0000000BOT" || len(people) != 11 {
			t.Errorf("people: %v", people)
		}
		if channels := now.Channels(); len(channels) != 8 || channels[0].Name != "acme-shared" {
			t.Errorf("channels: %v", channels)
		}
	})
}

func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	o := call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", strings.Repeat("é", 40_001))
	if got := []rune(o.str("message", "text")); len(got) != 40_000 {
		t.Errorf("%d characters stored, want 40,000", len(got))
	}
}
