package draft

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestAFormsAnswersNameWhoWrote(t *testing.T) {
	t.Parallel()
	const from = "From: Northgate Website <wordpress@northgate-msp.example>\n"
	for _, tt := range []struct{ what, mail, email, name string }{
		{"labels", mailFrom(from+plainText, "Name: Moira Teal\nEmail: moira@teal-dairy.co.uk\nPhone: 01234\nMessage: Do you mend printers?"), "moira@teal-dairy.co.uk", "Moira Teal"},
		{"labels above their values", mailFrom(from+plainText, "Your name *\nMoira Teal\n\nYour e-mail\nmoira@teal-dairy.co.uk\n\nYour message\nHello"), "moira@teal-dairy.co.uk", "Moira Teal"},
		{"two names", mailFrom(from+plainText, "First name: Moira\nLast name: Teal\nEmail address: moira@teal-dairy.co.uk"), "moira@teal-dairy.co.uk", "Moira Teal"},
		{"bold", mailFrom(from+plainText, "*Name:* Moira Teal\n*Email:* moira@teal-dairy.co.uk"), "moira@teal-dairy.co.uk", "Moira Teal"},
		{"a page's table", mailFrom(from+htmlPage, `<table><tr><td><b>Your name</b></td></tr><tr><td>Moira Teal</td></tr><tr><td><b>Email</b></td></tr><tr><td><a href="mailto:moira@teal-dairy.co.uk">moira@teal-dairy.co.uk</a></td></tr></table>`), "moira@teal-dairy.co.uk", "Moira Teal"},
		{"a page's rows", mailFrom(from+htmlPage, `<table><tr><th>Email</th><td><a href="mailto:moira@teal-dairy.co.uk">moira@teal-dairy.co.uk</a></td></tr><tr><th>Comment</th><td>Hello</td></tr></table>`), "moira@teal-dairy.co.uk", ""},
		{"German", mailFrom(from+plainText, "Vorname: Jürgen\nNachname: Ahrend\nE-Mail-Adresse: jahrend@ahrend-kaminbau.de\nIhre Nachricht: Hallo"), "jahrend@ahrend-kaminbau.de", "Jürgen Ahrend"},
		{"French", mailFrom(from+plainText, "Nom : Maëlle Kerguen\nAdresse e-mail : maelle@kerguen-voiles.fr\nMessage : Bonjour"), "maelle@kerguen-voiles.fr", "Maëlle Kerguen"},
		{"somebody at free mail", mailFrom(from+plainText, "Naam: Joost\nE-mail: joost.zwart@gmail.com\nBericht: Hallo"), "joost.zwart@gmail.com", "Joost"},
		{"a signature is no form", mailFrom(plainText, "New extension.\n\nGamma Telecom\nPhone: 0333 014 0000\nEmail: hello@gamma-voice.co.uk"), "sam@northgate-msp.example", "Sam Desk"},
		{"the MSP's own form", mailFrom(from+plainText, "Name: Sam\nEmail: sam@northgate-msp.example\nMessage: test"), "wordpress@northgate-msp.example", "Northgate Website"},
		{"a device that says whom to ask", mailFrom(from+plainText, "Name: MFP-2\nMessage: Toner low\nContact: service@mfp-vendor.com"), "wordpress@northgate-msp.example", "Northgate Website"},
		{"a form's words in a stranger's mail", mailFrom("From: Moira Teal <moira@teal-dairy.co.uk>\n"+plainText, "Name: Bob\nEmail: bob@elsewhere.example\nMessage: x"), "moira@teal-dairy.co.uk", "Moira Teal"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, tt.mail, tt.email, tt.name)
		})
	}
}

func TestTheLineAboveAQuotationNamesWhoWrote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ line, name string }{
		{"On Mon, 2 Mar 2026 at 16:12, Moira Teal <m@teal-dairy.co.uk> wrote:", "Moira Teal"},
		{"On Mon, Mar 2, 2026 at 4:12 PM Moira Teal\n<m@teal-dairy.co.uk> wrote:", "Moira Teal"},
		{"On 2 Mar 2026, at 16:12, Moira Teal <m@teal-dairy.co.uk>\nwrote:", "Moira Teal"},
		{"On 02/03/2026 16:12, Moira Teal wrote: (m@teal-dairy.co.uk)", ""},
		{"Am 02.03.2026 um 16:12 schrieb Moira Teal <m@teal-dairy.co.uk>:", "Moira Teal"},
		{"Le lun. 2 mars 2026 à 16:12, Moira Teal <m@teal-dairy.co.uk> a écrit\u00a0:", "Moira Teal"},
		{"Op ma 2 mrt 2026 om 16:12 schreef Moira Teal <m@teal-dairy.co.uk>:", "Moira Teal"},
		{"El lun, 2 mar 2026 a las 16:12, Moira Teal (<m@teal-dairy.co.uk>) escribió:", "Moira Teal"},
		{"Il giorno lun 2 mar 2026 alle ore 16:12 Moira Teal <m@teal-dairy.co.uk> ha scritto:", "Moira Teal"},
		{"Moira Teal <m@teal-dairy.co.uk> escreveu (segunda, 2/03/2026 à(s) 16:12):", "Moira Teal"},
		{"Den mån 2 mars 2026 kl 16:12 skrev Moira Teal <m@teal-dairy.co.uk>:", "Moira Teal"},
		{"pon., 2 mar 2026 o 16:12 Moira Teal <m@teal-dairy.co.uk> napisał(a):", "Moira Teal"},
		{"2026年3月2日(月) 16:12 佐藤 葵 <m@teal-dairy.co.uk>:", "佐藤 葵"},
		{"> On 2 Mar 2026, at 16:12, Moira Teal <m@teal-dairy.co.uk> wrote:", "Moira Teal"},
		{"m@teal-dairy.co.uk wrote:", ""},
		{"Am 02.03.2026 um 16:12 schrieb m@teal-dairy.co.uk:", ""},
		{strings.Repeat("Ⱥ", 60) + " m@Teal-Dairy.co.uk wrote:", strings.Repeat("Ⱥ", 60)}, // longer in lower-case
		{"02.03.2026 16:12 İİİİİ İpek m@Teal-Dairy.co.uk yazdı:", "İİİİİ İpek"},           // shorter
	} {
		if tt.name == "" && tt.line[0] == 'O' { // the sentence does not end there
			checkSender(t, mailFrom(plainText, tt.line+"\n> It is dead."), "sam@northgate-msp.example", "Sam Desk")
			continue
		}
		checkSender(t, mailFrom(plainText, "see below\n\n"+tt.line+"\n\n> It is dead."), "m@teal-dairy.co.uk", tt.name)
	}
	if got := quotedSenders(strings.Repeat("x", 400-len(" m@teal-dairy.co.uk wrote")) + " m@teal-dairy.co.uk wrote:"); len(got) != 1 {
		t.Errorf("a line of 400 bytes names %v", got)
	}
	for _, prose := range []string{
		strings.Repeat("x", 400) + " m@teal-dairy.co.uk wrote:",
		"Call m@teal-dairy.co.uk about this:", "Invite these: a@teal-dairy.co.uk and b@teal-dairy.co.uk wrote:", "See m@teal-dairy.co.uk. She wrote about:\n\n\nmore",
	} {
		if got := quotedSenders(prose); prose[0] != 'S' && len(got) > 0 {
			t.Errorf("%q is taken for a quotation of %v", prose, got)
		}
	}
}

func TestANameInFromThatTheAddressSaysToo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ from, replyTo, name string }{
		{"Moira Teal <web@northgate-msp.example>", "moira@teal-dairy.co.uk", "Moira Teal"},
		{"Moira Teal <notifications@freshdesk.com>", "m.teal@teal-dairy.co.uk", "Moira Teal"},
		{"Teal Dairy <0100018@eu-west-1.amazonses.com>", "moira@teal-dairy.co.uk", "Teal Dairy"},
		{"Ida <web@northgate-msp.example>", "ida@teal-dairy.co.uk", "Ida"},
		{"Al <web@northgate-msp.example>", "al@teal-dairy.co.uk", ""},
		{"Calendly <no-reply@calendly.com>", "moira@teal-dairy.co.uk", ""},
		{"Northgate Contact <web@northgate-msp.example>", "contact@teal-dairy.co.uk", ""},
		{"Northgate <web@northgate-msp.example>", "northgate@teal-dairy.co.uk", ""},
		{"Support <web@northgate-msp.example>", "support@teal-dairy.co.uk", ""},
		{"Calendly on behalf of Petra Quill <notifications@calendly.com>", "pq@quill-press.com", "Petra Quill"},
		{"Petra Quill a través de Soporte <soporte@northgate-msp.example>", "pq@quill-press.com", "Petra Quill"},
		{"\"Petra Quill (via Google Docs)\" <comments-noreply@docs.google.com>", "pq@quill-press.com", "Petra Quill"},
		{"Petra Quill in Teams <noreply@email.teams.microsoft.com>", "", "Petra Quill"},
		{"DocuSign System <dse_na4@docusign.net>", "", ""},
	} {
		want := tt.replyTo
		if want == "" {
			want = mailboxes(tt.from)[0].address
		}
		checkSender(t, mailFrom("From: "+tt.from+"\nReply-To: "+tt.replyTo, ""), want, tt.name)
	}
}

func TestMailsAttachedAsFilesAndSignedPaths(t *testing.T) {
	t.Parallel()
	mail := base64.StdEncoding.EncodeToString([]byte("From: Moira Teal <moira@teal-dairy.co.uk>\nSubject: Printer\n\ndead\n"))
	parts := mixed("mixed", plainText+"\nsee attached", "Content-Type: application/octet-stream; name=\"Printer.eml\"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n"+mail)
	checkSender(t, mailFrom(strings.SplitAfter(parts, "\n")[0], after(parts)), "moira@teal-dairy.co.uk", "Moira Teal")
	checkSender(t, mailFrom("From: copier@mfp.lan\nReturn-Path: <prvs=0123456789=moira@teal-dairy.co.uk>", ""), "moira@teal-dairy.co.uk", "")
	checkSender(t, mailFrom("From: copier@mfp.lan\nReturn-Path: <btv1==0123456789a==moira@teal-dairy.co.uk>", ""), "moira@teal-dairy.co.uk", "")
}

func TestTicketsAsFlowsWriteThem(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"881": "881", "#881": "881", "ID:0000881": "881", "[ID:0000881]": "881", "IN-0009499": "9499", "Ticket #881": "881",
		"https://halo.example/ticket?id=881": "881", "0": "", "000": "", "-5": "", "null": "",
	} {
		if got := ParseAlert(`{"email":"moira@teal-dairy.co.uk","ticket_id":"` + written + `"}`); got.TicketID != want {
			t.Errorf("%q is ticket %q, want %q", written, got.TicketID, want)
		}
	}
}

func TestButtonsThatWrapTheirObject(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Alert{
		`{"data":{"email":"moira@teal-dairy.co.uk","ticket_id":7}}`:                                                          {Email: "moira@teal-dairy.co.uk", TicketID: "7"},
		`{"value":[{"from":{"emailAddress":{"address":"moira@teal-dairy.co.uk","name":"Moira Teal"}},"subject":"Printer"}]}`: {Email: "moira@teal-dairy.co.uk", SenderName: "Moira Teal", Subject: "Printer"},
		`{"ticket_id":7,"message":{"from":"moira@teal-dairy.co.uk","ticket_id":8}}`:                                          {Email: "moira@teal-dairy.co.uk", TicketID: "7"},
		`{"data":{"data":{"data":{"email":"moira@teal-dairy.co.uk"}}}}`:                                                      {Email: "moira@teal-dairy.co.uk"},
		`{"data":{"data":{"data":{"data":{"email":"moira@teal-dairy.co.uk"}}}}}`:                                             {},
		`{"headers":[{"name":"From","value":"moira@teal-dairy.co.uk"},{"name":"Subject","value":"Printer"}]}`:                {Email: "moira@teal-dairy.co.uk", Subject: "Printer"},
		`{"internetMessageHeaders":[{"name":"From","value":"moira@teal-dairy.co.uk"},{"name":"Subject","value":"Printer"}]}`: {Email: "moira@teal-dairy.co.uk", Subject: "Printer"},
		`{"fields":[{"name":"From","value":"moira@teal-dairy.co.uk"},{"name":"Subject","value":"Printer"}]}`:                 {},
		`{"from":[{"address":"moira@teal-dairy.co.uk","name":"Moira Teal"}]}`:                                                {Email: "moira@teal-dairy.co.uk", SenderName: "Moira Teal"},
		`{"from":[]}`: {},
		`{"id":7,"reportedby":"moira@teal-dairy.co.uk","summary":"Printer"}`:                   {Email: "moira@teal-dairy.co.uk", TicketID: "7", Subject: "Printer"},
		`{"id":7,"reportedby":"moira@teal-dairy.co.uk","summary":"Printer","subject":"Toner"}`: {Email: "moira@teal-dairy.co.uk", TicketID: "7", Subject: "Toner"},
		`{"toRecipients":{"email":"sam@northgate-msp.example"}}`:                               {},
		`{"assignee":{"email":"sam@northgate-msp.example"},"ticket_id":7}`:                     {TicketID: "7"},
		`email=moira%40teal-dairy.co.uk&ticket_id=7`:                                           {Email: "moira@teal-dairy.co.uk", TicketID: "7"},
		`a=b@teal-dairy.co.uk`: {Email: "a=b@teal-dairy.co.uk"},
	} {
		got := ParseAlert(value)
		got.Other = nil
		if got.Value() != want.Value() {
			t.Errorf("%s is %s, want %s", value, got.Value(), want.Value())
		}
	}
}

func TestAServerThatSendsForSomebody(t *testing.T) {
	t.Parallel()
	for _, head := range []string{
		"From: noreply@em.sendgrid.net <noreply@em.sendgrid.net> On Behalf Of Petra Quill <petra@quill-press.com>\nSent: Monday\nTo: Sam\nSubject: Plates",
		"Von: list@googlegroups.com [mailto:list@googlegroups.com] Im Auftrag von Petra Quill [mailto:petra@quill-press.com]\nGesendet: Montag\nAn: Sam\nBetreff: Platten",
		"De : bounce@list.quill-press.com <bounce@list.quill-press.com> De la part de Petra Quill <petra@quill-press.com>\nEnvoyé : lundi\nÀ : Sam\nObjet : Plaques",
	} {
		checkSender(t, mailFrom(plainText, head+"\n\nx"), "petra@quill-press.com", "Petra Quill")
	}
}

// What a list hands on is not of whom its author answers.
func TestWhoIsAnsweredDidNotWrite(t *testing.T) {
	t.Parallel()
	const head = "From: Bob <bob@elsewhere.example>\nSent: Monday\nTo: Petra\nSubject: Plates"
	const quote = "On 2 Mar 2026, at 16:12, Bob <bob@elsewhere.example> wrote:\n> x"
	for _, tt := range []struct{ what, fields, body, email, name string }{
		{"a list of the MSP's, a head", "From: 'Petra Quill' via Support <support@northgate-msp.example>", head, "support@northgate-msp.example", "Petra Quill"},
		{"a list of the MSP's, a quotation", "From: 'Petra Quill' via Support <support@northgate-msp.example>", quote, "support@northgate-msp.example", "Petra Quill"},
		{"a list elsewhere", "From: 'Petra Quill' via Press <press@googlegroups.com>", quote, "press@googlegroups.com", "Petra Quill"},
		{"a relay", "From: Zoom <no-reply@zoom.us>", quote, "no-reply@zoom.us", ""},
		{"a list, and a head of its author's", "From: 'Petra Quill' via Support <support@northgate-msp.example>", strings.Replace(head, "Bob <bob@", "Petra Quill <petra@", 1), "petra@elsewhere.example", "Petra Quill"},
		{"a list, and a head of its author's, a short name", "From: 'Bob' via Support <support@northgate-msp.example>", head, "bob@elsewhere.example", "Bob"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, mailFrom(tt.fields+"\n"+plainText, tt.body), tt.email, tt.name)
		})
	}
}
