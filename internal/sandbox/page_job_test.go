package sandbox

import (
	"testing"

	"halobot/internal/sandbox/localhalo"
)

func TestPageTheMainJob(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)

	// The composer suggests the command and completes it.
	eval[bool](b, "eyes.select('Message #service-desk')")
	b.write("/ha")
	b.in("Slack").sees("/halo-new-client", "Create a client in Halo PSA")
	b.press(tabKey)
	b.write("Acme Rockets www.acme-rockets.example")
	b.press(enter)

	b.form("New Halo client")
	if name, website := b.value("Client name"), b.value("Website"); name != "Acme Rockets" || website == "" {
		t.Errorf("the form starts with %q, %q", name, website)
	}
	b.fill("Trading name", "Acme")
	b.fill("Notes", "Two sites.")
	b.click("Create")
	b.sees("Created")
	b.in("Created").click("Close")

	// The message in the channel, and its link into Halo.
	b.in("Slack").sees("created Acme Rockets")
	b.in("Slack").click("Open in Halo")
	b.in("Halo").sees("Acme Rockets", "acme-rockets.example", "Acme", "Two sites.", "Reference")
	made := s.tenants[0].halo.Named("Acme Rockets")
	if len(made) != 1 || made[0].Website != "acme-rockets.example" || made[0].TradingName != "Acme" {
		t.Errorf("in Halo: %+v", made)
	}
	if unknown := s.tenants[0].halo.UnknownFields(); len(unknown) > 0 {
		t.Errorf("the bot sent fields that Halo does not know: %q", unknown)
	}
}

func TestPageAnErrorStandsAtItsField(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client Bakery gmail.com")
	b.form("New Halo client")

	// What Slack's own client checks does not reach the bot.
	b.fill("Client name", "")
	b.click("Create")
	b.in("New Halo client").sees("This is a required field")

	b.fill("Client name", "Bakery")
	b.fill("Website", "gmail.com")
	b.click("Create")
	eval[bool](b, "eyes.until(() => document.activeElement.getAttribute('aria-invalid') === 'true', () => 'the keyboard at the wrong field')")
	if at := b.keyboardAt(); at != "Website (optional)" {
		t.Errorf("the keyboard is at %q, want the field that is wrong", at)
	}
	if got := b.value("Client name"); got != "Bakery" {
		t.Errorf("the name became %q", got)
	}
	b.fill("Website", "bakery.example")
	b.click("Create")
	b.sees("Created")
	if n := len(s.tenants[0].halo.Named("Bakery")); n != 1 {
		t.Errorf("%d clients", n)
	}
}

func TestPageADuplicateIsUsed(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	before := s.tenants[0].halo.Len()
	b.say("/halo-new-client Initech initech.example")
	b.click("Create")
	b.sees("Already in Halo")
	b.click("Use this client")
	b.in("Slack").sees("Initech Ltd")
	b.seesNo("Create anyway")
	if n := s.tenants[0].halo.Len(); n != before {
		t.Errorf("%d clients were created", n-before)
	}
}

func TestPageADuplicateIsCreatedAnyway(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client Initech initech.example")
	b.click("Create")
	b.sees("Already in Halo")
	b.click("Create anyway")
	b.sees("Created")
	if n := len(s.tenants[0].halo.Named("Initech")); n != 1 {
		t.Errorf("%d clients of that name, want 1 beside the other", n)
	}
}

func TestPageAGuestIsRefused(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.sit("Gwen Guest")
	b.say("/halo-new-client Acme acme.example")
	b.sees("Guests may not create clients")
	if n := s.tenants[0].halo.Count(localhalo.KindCreate); n != 0 {
		t.Errorf("%d creates reached Halo", n)
	}
}
