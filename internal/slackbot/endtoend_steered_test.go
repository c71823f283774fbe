package slackbot_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Who writes a mail decides nothing but what stands in it: not whom it is filed as when its From is
// forged, and not whose ticket moves when its subject has another one's number.
func TestAMailDoesNotSteerWhatIsFiled(t *testing.T) {
	t.Parallel()
	d := filingDesk(t, "user,ticket,domain", func(o *bottest.Options) { o.Env["AUTHSERV_ID"] = "mx.own.example" })
	victims := d.Halo.Receive(localhalo.Mail{Name: "Bob", Address: "bob@victim.example", Subject: "Payroll of Victim"})
	// arrives pipes a mail in, and is its alert.
	arrives := func(results, from, subject string) *localslack.Message {
		t.Helper()
		out := d.feed(localslack.Mail, fmt.Sprintf("Authentication-Results: mx.own.example; %s\nFrom: %s\nMessage-ID: <%s>\nSubject: %s\n\nHello\n", results, from, from, subject)).said()
		if out.Outcome != "posted" {
			t.Fatalf("the mail ended as %+v", out)
		}
		return d.message(localslack.Mail, out.TS)
	}
	number := fmt.Sprintf("[ID:%07d] Hello", victims.ID)

	forged := arrives("dmarc=fail header.from=acme.com", "jane@acme.com", number)
	if first := bottest.Say(forged.Blocks); !strings.Contains(strings.SplitN(first, "jane@acme.com", 2)[0], "forged") {
		t.Errorf("the alert does not begin with it: %q", first)
	}
	v := d.press(localslack.Tess, forged)
	if got := ticks(t, v); got != nil {
		t.Errorf("a forged mail's form offers %q", got)
	}
	// The form says so however it is come back to, and asks once more before it creates.
	d.find(localslack.Tess, v, "hoo")
	d.click(localslack.Tess, d.now(v.ID), existingClient, "31")
	v = d.awaitModal(v.ID, "Use a client of Halo", "Hooli")
	d.click(localslack.Tess, v, "halo_create_instead")
	v = d.awaitModal(v.ID, "New Halo client", "failed verification")
	d.Submit(localslack.Tess, v.ID, nil)
	v = d.awaitModal(v.ID, "New Halo client", "failed verification", "Nothing was created")
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(forged, "✓", "#4711")
	if reply := d.awaitReply(forged, "#4711"); strings.Contains(string(reply.Blocks), "halo_file_sender") {
		t.Errorf("the sender of a forged mail can be filed: %s", reply.Blocks)
	}

	// One that is genuine, with somebody else's number.
	genuine := arrives("dmarc=pass header.from=initech.example", "eve@initech.example", number)
	v = d.press(localslack.Tess, genuine)
	if got := ticks(t, v); !slices.Equal(got, []string{"+user", "+ticket", "+domain"}) {
		t.Errorf("a genuine mail's form offers %q", got)
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Initech Two", "Website": "initech-two.example"})
	d.awaitAlert(genuine, "#4712", "eve@initech.example is its user", fmt.Sprintf("ticket #%d not moved", victims.ID))
	d.awaitReply(genuine, "For", "✗", "Payroll of Victim", "bob@victim.example", "not from eve@initech.example", "Move it all the same")

	// And one that nobody vouches for: nothing is ticked until a person does.
	unknown := arrives("none", "una@unverified.example", "Hello")
	v = d.press(localslack.Tess, unknown)
	if got := ticks(t, v); !slices.Equal(got, []string{"user", "domain"}) {
		t.Errorf("an unverified mail's form offers %q", got)
	}
	if now, _ := d.Halo.Ticket(victims.ID); now.ClientID != victims.ClientID || d.Halo.Count(localhalo.KindTicketUpdate) != 0 {
		t.Errorf("the victim's ticket is %+v", now)
	}
	if got := d.has(4711, "jane@acme.com", 0); got != nil {
		t.Errorf("of the forged mail was filed: %q", got)
	}
}
