package sandbox

import (
	"slices"
	"testing"

	"halobot/internal/sandbox/localhalo"
)

// atClient reports whether Halo has the address as a user of the client, and the ticket there.
func (s *Sandbox) atClient(client int, address string, ticket int) bool {
	h := s.tenants[0].halo
	k, _ := h.Ticket(ticket)
	return k.ClientID == client && slices.ContainsFunc(h.Users(client), func(u localhalo.User) bool { return u.Email == address })
}

func TestPageTheWholeWayInTwoClicks(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Jane Doe")
	b.in("Slack").sees("Unknown sender", "#10482")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.sees("Then", "as a user of it", "Move ticket #10482 to it", "Let Halo match later mails from acme-rockets.example to it")
	b.click("Create")
	b.in("Created").sees("is its user now", "Check SLA and agreement", "Halo matches later mails") // it is drawn anew
	b.in("Created").click("Close")
	b.in("Slack").sees("created by @Tess Technician", "is its user · ticket #10482 moved · mails from acme-rockets.example match it")
	b.in("Slack").click("1 reply")
	b.in("Thread").sees("is its user now", "was moved to it", "Check SLA and agreement")
	made := s.tenants[0].halo.Named("Acme Rockets")
	if len(made) != 1 || !s.atClient(made[0].ID, "jane.doe@acme-rockets.example", 10482) {
		t.Errorf("Halo has %+v, and the sender or the ticket elsewhere", made)
	}
}

func TestPageAClientThatHaloHasIsFoundByTyping(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)
	b.in("Lab").click("Jane Doe")
	b.in("Slack").sees("Unknown sender")
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.fill("Notes", "typed before")
	b.fill("Find a client…", "initech")
	b.sees("Initech Ltd (#12)")
	b.press(arrowDown)
	b.press(enter)
	b.sees("belongs to Initech Ltd (#12)")
	b.click("Create a new client instead")
	b.form("New Halo client")
	if got := b.value("Notes"); got != "typed before" {
		t.Errorf("the notes are %q", got)
	}
	b.fill("Find a client…", "initech")
	b.sees("Initech Ltd (#12)")
	b.press(arrowDown)
	b.press(enter)
	b.sees("belongs to Initech Ltd (#12)")
	b.click("Use this client")
	b.in("Slack").sees("was already in Halo, chosen by @Tess Technician", "is its user · ticket #10482 moved")
	if !s.atClient(12, "jane.doe@acme-rockets.example", 10482) {
		t.Error("the sender or the ticket is elsewhere")
	}
}
