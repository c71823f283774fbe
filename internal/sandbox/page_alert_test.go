package sandbox

import (
	"testing"

	"halobot/internal/sandbox/localhalo"
)

func TestPageAnAlertIsSettled(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Jane Doe")
	b.in("Slack").sees("Unknown sender", "Printer on the 3rd floor")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	if name, website := b.value("Client name"), b.value("Website"); name != "Acme Rockets" || website != "acme-rockets.example" {
		t.Errorf("the form starts with %q, %q", name, website)
	}
	b.click("Create")
	b.in("Created").sees("is its user now", "Check SLA and agreement", "Halo matches later mails") // it is drawn anew
	b.in("Created").click("Close")
	b.in("Slack").sees("created by @Tess Technician")
	b.seesNo("Create client")
	b.in("Slack").click("1 reply")
	b.in("Thread").sees("@Tess Technician created Acme Rockets", "is its user now")
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients", n)
	}
}

func TestPageAnAlertIsDismissedAndReopened(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Jane Doe")
	b.in("Slack").sees("Unknown sender", "Printer on the 3rd floor")
	b.in("Slack").click("Not a client")
	b.in("Not a client?").click("Not a client")
	b.in("Slack").sees("Not a client, said by @Tess Technician", "Reopen")
	b.seesNo("Create client")
	b.in("Slack").click("Reopen")
	b.in("Slack").sees("Create client")
	b.seesNo("said by")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.click("Create")
	b.in("Slack").sees("created by @Tess Technician")
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients", n)
	}
}

func TestPageTwoPeopleOnOneAlert(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	tess := open(t, s.Address(), wide)
	tom := open(t, s.Address(), wide)
	tom.sit("Tom Technician")
	tess.in("Lab").click("Jane Doe")
	tess.in("Slack").click("Create client")
	tess.form("New Halo client")
	tom.in("Slack").click("mail-alerts")
	tom.in("Slack").click("Create client")
	tom.form("New Halo client")
	tom.sees("Halo has Unknown") // what is known when a form opens
	tom.fill("Client name", "Acme Rockets Inc")
	tess.click("Create")
	tess.sees("Created")
	tom.sees("Acme Rockets (#38) is now in Halo", "What you typed is still here")
	if got := tom.value("Client name"); got != "Acme Rockets Inc" {
		t.Errorf("what was typed became %q", got)
	}
	tom.click("Done")
	tom.seesNo("What you typed is still here")
	if n := s.tenants[0].halo.Len(); n != 28 {
		t.Errorf("%d clients were created, want 1", n-27)
	}
}

func TestPageAKnownSenderIsNoAlert(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Milton Waddams")
	b.sees("Halo knows this sender: Initech Ltd (#12)")
}

func TestPageSomebodyOfAnotherWorkspaceIsRefused(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	eval[bool](b, "eyes.choose('Channel for the alerts', '#acme-shared')")
	b.in("Lab").click("Jane Doe")
	b.in("Slack").sees("Unknown sender")
	b.sit("Stella Stranger")
	b.in("Slack").sees("Unknown sender")
	b.in("Slack").click("Create client")
	b.in("Slack").sees("Only visible to you", "another workspace")
	if n := s.tenants[0].halo.Count(localhalo.KindCreate); n != 0 {
		t.Errorf("%d creates reached Halo", n)
	}
}
