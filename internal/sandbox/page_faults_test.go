package sandbox

import (
	"testing"

	"halobot/internal/sandbox/localhalo"
)

func TestPageAnswerLostMakesOneClient(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Loses the answer to")
	b.sees("1 fault on")
	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.click("Create")
	b.in("Slack").sees("created Acme Rockets")
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients, want 1", n)
	}
}

func TestPageKilledInMidCreateMakesOneClient(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	hold := s.tenants[0].halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.click("Create")
	if _, err := hold.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.in("Lab").click("Kill it now")
	b.sees("Like a power cut")
	hold.Drop()
	b.in("Lab").click("Start it again")
	b.in("Slack").sees("created Acme Rockets")
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients, want 1", n)
	}
}

func TestPageARefusalKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Refuses")
	b.sees("1 fault on")
	b.say("/halo-new-client Acme Rockets acme-rockets.example")
	b.click("Create")
	b.sees("An account manager has to be chosen")
	if got := b.value("Website"); got != "acme-rockets.example" {
		t.Errorf("the website became %q", got)
	}
	b.in("Lab").click("All off")
	b.click("Try again")
	b.sees("Created")
}

func TestPageADeadBotIsSaidToBeDead(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Kill it now")
	b.sees("Like a power cut")
	b.say("/halo-new-client")
	b.in("Slack").sees("dispatch_failed", "Only visible to you")
	b.in("Lab").click("Start it again")
	b.sees("Connected to Slack")
	b.say("/halo-new-client")
	b.form("New Halo client")
}

func TestPageABotThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client Acme acme.example")
	b.form("New Halo client")
	s.bot.Suspend()
	b.click("Create")
	b.in("New Halo client").sees("We had some trouble connecting")
	if got := b.value("Client name"); got != "Acme" {
		t.Errorf("the name became %q", got)
	}
	s.bot.Resume()
	b.in("Slack").sees("created Acme")
	if n := len(s.tenants[0].halo.Named("Acme")); n != 1 {
		t.Errorf("%d clients, want 1", n)
	}
}
