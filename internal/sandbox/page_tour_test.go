package sandbox

import (
	"os"
	"regexp"
	"testing"
)

// The README's three steps, as they stand there, on one company.
func TestPageTheTourIsAsTheReadmeHasIt(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("type `(/halo-new-client [^`]+)`").FindSubmatch(readme)
	if command == nil {
		t.Fatal("the README's tour has no command")
	}
	s := startForPage(t, Options{})
	b := open(t, s.Address(), wide)

	// 1. The mail is a ticket under Unknown, and an alert in #mail-alerts.
	b.in("Tour").click("Let the mail come in")
	b.in("Tickets").sees("Printer on the 3rd floor is on fire again", "Unknown")
	b.in("Slack").sees("mail-alerts", "Unknown sender", "Jane Doe")

	// 2. Create client, Create, and the links.
	b.in("Slack").click("Create client")
	b.form("New Halo client")
	b.in("New Halo client").click("Create")
	b.sees("Created")
	b.in("Created").sees("is its user now", "Check SLA and agreement", "Halo matches later mails") // it is drawn anew
	b.in("Created").click("Acme Rockets")
	b.in("Halo").sees("Client 38", "Acme Rockets", "Jane Doe")
	b.in("Created").click("Close")
	b.noForm()
	b.in("Slack").sees("created by @Tess Technician")
	b.in("Slack").click("#10482")
	b.in("Halo").sees("Ticket 10482", "Acme Rockets")

	// 3. Once more, with the command: found, and what matched.
	b.in("Tour").click("Type the command")
	if typed := b.value("Message #"); typed != string(command[1]) {
		t.Errorf("the tour types %q, the README %q", typed, command[1])
	}
	b.press(enter)
	b.form("New Halo client")
	b.in("New Halo client").click("Create")
	b.sees("Already in Halo", "Halo already has Acme Rockets (#38): same name and website. Nothing was created.")
	b.in("Tour").sees("Try it twice (done)")
	if n := len(s.tenants[0].halo.Named("Acme Rockets")); n != 1 {
		t.Errorf("%d clients of the tour's company, want 1", n)
	}
	b.in("Tour").click("End the tour")
	eval[bool](b, "eyes.until(() => document.getElementById('tour').hidden, () => 'the tour to end')")
}
