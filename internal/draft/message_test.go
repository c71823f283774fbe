package draft

import (
	"strings"
	"testing"
)

func TestWhoWroteByWhatAMessageSays(t *testing.T) {
	t.Parallel()
	const ines = "<mailto:ines@faro-azulejos.pt|ines@faro-azulejos.pt>"
	from := func(address string) []Sender { return []Sender{{Source: FromField, Email: address}} }
	for _, tt := range []struct {
		what        string
		said        Said
		email, name string
	}{
		{"a mail", Said{Senders: []Sender{{FromField, "Ines Faro", "ines@faro-azulejos.pt"}}, Lines: []string{"To: x@elsewhere.example", "bob@globex.com said so"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a mail that a colleague forwarded", Said{Senders: from("sam@northgate-msp.example"), Lines: []string{"FYI\n\nVon: Ines Faro <ines@faro-azulejos.pt>\nGesendet: Montag\nAn: sam@northgate-msp.example\nBetreff: Fliesen"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a mail of a relay", Said{Senders: from("dse@docusign.net"), Lines: []string{"Reply-To: " + ines}}, "ines@faro-azulejos.pt", ""},
		{"nobody but a colleague", Said{Senders: from("sam@northgate-msp.example"), Lines: []string{"Lunch?"}}, "", ""},
		{"prose", Said{Lines: []string{"who is " + ines + "?"}}, "ines@faro-azulejos.pt", ""},
		{"prose with a colleague first", Said{Lines: []string{"sam@northgate-msp.example got mail from ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"prose, to before from", Said{Lines: []string{"a mail to bob@globex.com from ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"prose in German", Said{Lines: []string{"Mail an bob@globex.com von ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"prose, from behind another", Said{Lines: []string{"bob@globex.com has mail “from” ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"prose, a short word", Said{Lines: []string{"ines@faro-azulejos.pt od bob@globex.com"}}, "ines@faro-azulejos.pt", ""},
		{"prose, to before nothing", Said{Lines: []string{"sent on to bob@globex.com, ines@faro-azulejos.pt waits"}}, "ines@faro-azulejos.pt", ""},
		{"prose, cc before nothing", Said{Lines: []string{"cc bob@globex.com, ines@faro-azulejos.pt waits"}}, "ines@faro-azulejos.pt", ""},
		{"prose to nobody else", Said{Lines: []string{"please reply to ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"a head, the recipient first", Said{Lines: []string{"*To:* bob@globex.com\n*Cc:* eve@hooli.com\n*From:* Ines Faro " + ines + "\n*Subject:* x"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"only a recipient", Said{Lines: []string{"To: bob@globex.com", "Cc: eve@hooli.com"}}, "", ""},
		{"a label on a line of its own", Said{Lines: []string{"*From*\nInes Faro " + ines, "*To*\nbob@globex.com"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a label on its own, the recipient first", Said{Lines: []string{"To", "bob@globex.com", "From", ines}}, "ines@faro-azulejos.pt", ""},
		{"a form", Said{Lines: []string{"Contact: ines@faro-azulejos.pt", "Assigned: bob@globex.com"}}, "ines@faro-azulejos.pt", ""},
		{"a form that mentions others first", Said{Lines: []string{"Routed by robot@globex.com", "E-mail address: ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"a robot beside", Said{Lines: []string{"From: noreply@monitor.example", "Requester: ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"a robot alone", Said{Lines: []string{"From: noreply@monitor.example"}}, "noreply@monitor.example", ""},
		{"a colleague as the sender", Said{Lines: []string{"From: sam@northgate-msp.example", "Customer: Ines Faro <ines@faro-azulejos.pt>"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"escaped", Said{Lines: []string{"From: Ines Faro &lt;ines@faro-azulejos.pt&gt;"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a colleague who quotes", Said{Senders: from("sam@northgate-msp.example"), Lines: []string{"see below\n\nOn Mon, 2 Mar 2026 at 16:12, Ines Faro <ines@faro-azulejos.pt> wrote:\n> dead"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a form's name", Said{Lines: []string{"*Your name*\nInes Faro\n*Your email*\n" + ines + "\n*Manager*\nbob@globex.com"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"an address for a name", Said{Senders: []Sender{{FromField, "ines@faro-azulejos.pt", "ines@faro-azulejos.pt"}}}, "ines@faro-azulejos.pt", ""},
		{"a label that says more", Said{Lines: []string{"Unknown sender: Ines Faro &lt;ines@faro-azulejos.pt&gt; wrote to support@northgate-msp.example"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a label of another", Said{Lines: []string{"Assigned user: bob@globex.com", "Customer e-mail: ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"a head in a code block", Said{Lines: []string{"```From: Ines Faro <ines@faro-azulejos.pt>\nTo: bob@globex.com```"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a head in one line", Said{Lines: []string{"New mail: *From:* Ines Faro " + ines + " *To:* <mailto:bob@globex.com|bob@globex.com> *Subject:* Tiles"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"a head in one line, the recipient first", Said{Lines: []string{"To: bob@globex.com | From: Ines Faro ines@faro-azulejos.pt | Subject: Tiles"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"Halo's words for its user", Said{Lines: []string{"*Ticket:* 4711\n*User:* Ines Faro\n*Email:* " + ines + "\n*Agent:* bob@globex.com\n*Summary:* Tiles"}}, "ines@faro-azulejos.pt", "Ines Faro"},
		{"letters that are longer in lower-case", Said{Lines: []string{strings.Repeat("Ⱥ", 60) + " ines@faro-azulejos.pt"}}, "ines@faro-azulejos.pt", ""},
		{"nothing", Said{Lines: []string{"Morning!"}}, "", ""},
	} {
		a := northgate.ReadMessage(tt.said)
		if a.Email != tt.email || a.SenderName != tt.name {
			t.Errorf("%s: it is from %q <%s>, want %q <%s>", tt.what, a.SenderName, a.Email, tt.name, tt.email)
		}
	}
	if a := northgate.ReadMessage(Said{Senders: from("ines@faro-azulejos.pt"), Subject: "Re: [ID:0000377] Tiles"}); a.Subject != "Re: [ID:0000377] Tiles" || a.TicketID != "377" {
		t.Errorf("the subject says %+v", a)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add("From: Jane <mailto:jane@acme.com|jane@acme.com>\nTo: x@y.example")
	f.Add("*From*\njane@acme.com\nreply to: bob@initech.de, from: a@b.cc")
	f.Fuzz(func(t *testing.T, s string) {
		a := northgate.ReadMessage(Said{Lines: []string{s}})
		if a.Email != "" && (northgate.Own(a.Email) || a.Domain() == "" && a.Email[len(a.Email)-1] != ']') {
			t.Errorf("it is from %q", a.Email)
		}
	})
}
