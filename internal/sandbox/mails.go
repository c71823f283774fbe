package sandbox

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// sample is a mail that a person can have come in.
type sample struct {
	ID, From, Subject, About string
	// Fields are further lines of the header, each with its end.
	Fields string
	Body   string
	// Forged mails fail DMARC at the service desk's mail server.
	Forged bool
}

// mailServer is what the service desk's mail server calls itself in the verdicts that it writes.
const mailServer = "mx.service-desk.example"

// samples are realistic mails, each with what is particular about it.
var samples = []sample{
	{
		ID: "new", From: "Jane Doe <jane.doe@acme-rockets.example>", Subject: "Printer on the 3rd floor is on fire again",
		About: "A new company",
		Body:  "Hello,\n\nthe big printer next to the kitchen smokes. Could somebody have a look?\n\nThanks\nJane\n",
	},
	{
		ID: "second", From: "Bob <bob@acme-rockets.example>", Subject: "New laptop for Monday",
		About: "Same company again",
		Body:  "Hi, we have somebody starting on Monday. Can you set up a laptop?\n\nBob\n",
	},
	{
		ID: "subdomain", From: "\"Support, Umbrella\" <noreply@mail.umbrella.example>", Subject: "Re: [ext] VPN access",
		About: "A sub-domain",
		Body:  "Our engineer needs VPN access to your portal until Friday.\n",
	},
	{
		ID: "forwarded", From: "Tom Technician <tom@service-desk.example>", Subject: "WG: Kasse startet nicht",
		About: "Forwarded",
		Body: "Unknown to me. Ours?\n\nVon: Ute Lindner <ute@lindner-orgelbau.example>\nGesendet: Montag, 23. November 2026 09:12\n" +
			"An: Tom Technician <tom@service-desk.example>\nBetreff: Kasse startet nicht\n\nGuten Morgen,\n\ndie Kasse bleibt schwarz.\n\nUte Lindner\n",
	},
	{
		ID: "list", From: "'Rui Faro' via Helpdesk <helpdesk@service-desk.example>", Subject: "Scanner for the workshop",
		About:  "A mailing list",
		Fields: "Reply-To: Rui Faro <rui@faro-tiles.example>\r\nX-Original-From: Rui Faro <rui@faro-tiles.example>\r\nPrecedence: list\r\n",
		Body:   "Hello,\n\nwhich scanner would you take for drawings?\n\nRui\n",
	},
	{
		ID: "form", From: "Website <wordpress@service-desk.example>", Subject: "Contact form: Quote for five PCs",
		About:  "A web form",
		Fields: "Reply-To: Carol Smith <carol.smith@gmail.com>\r\nAuto-Submitted: auto-generated\r\n",
		Body:   "Name: Carol Smith\n\nHello, I run a small bakery and would like a quote for five PCs.\n",
	},
	{
		ID: "relay", From: "Piet de Wit via DocuSign <dse_eu4@docusign.net>", Subject: "Signature requested: maintenance contract",
		About:  "A relay",
		Fields: "Reply-To: Piet de Wit <piet@dewit-fietsen.example>\r\n",
		Body:   "Piet de Wit sent you a document to review and sign.\n",
	},
	{
		ID: "idn", From: "Zoë Müller <zoe@bücher-müller.de>", Subject: "Anfrage: Umzug der Telefonanlage für die Bücherei",
		About: "International name",
		Body:  "Guten Tag,\n\nwir ziehen im Januar um. Können Sie die Telefonanlage mitnehmen?\n\nZoë Müller\n",
	},
	{
		ID: "forged", From: "Accounts <accounts@vandelay-imports.example>", Subject: "New bank details",
		About: "Fails verification", Forged: true,
		Body: "Dear partner,\n\nplease use the new account from today.\n",
	},
	{
		ID: "known", From: "Milton Waddams <milton@initech.example>", Subject: "My stapler",
		About: "Known to Halo",
		Body:  "I believe you have my stapler.\n",
	},
	{
		ID: "absent", From: "Hana Kovac <hana@kovac-kola.example>", Subject: "Automatic reply: Your invoice",
		About:  "Automatic reply",
		Fields: "Auto-Submitted: auto-replied\r\n",
		Body:   "I am back on Monday.\n",
	},
}

// message is the mail as a mail server hands it on.
func (m sample) message(now time.Time) (string, error) {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return "", fmt.Errorf("%q is not an e-mail address", m.From)
	}
	verdict := "pass"
	if m.Forged {
		verdict = "fail"
	}
	_, domain, _ := strings.Cut(from.Address, "@")
	var b strings.Builder
	fmt.Fprintf(&b, "Authentication-Results: %s; dmarc=%s header.from=%s\r\n", mailServer, verdict, domain)
	fmt.Fprintf(&b, "From: %s\r\n", header(from))
	fmt.Fprintf(&b, "To: helpdesk@service-desk.example\r\n")
	if m.Subject != "" {
		fmt.Fprintf(&b, "Subject: %s\r\n", mime.QEncoding.Encode("utf-8", m.Subject))
	}
	fmt.Fprintf(&b, "Date: %s\r\n%s", now.Format(time.RFC1123Z), m.Fields)
	fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s", m.Body)
	return b.String(), nil
}

// header is an address for a header. A domain with letters beyond ASCII stays as it is, as
// servers with SMTPUTF8 write it.
func header(a *mail.Address) string {
	if a.Name == "" {
		return "<" + a.Address + ">"
	}
	return mime.QEncoding.Encode("utf-8", a.Name) + " <" + a.Address + ">"
}

// Alert has a mail come in. Halo's intake makes a ticket of it, and the bot's own alert command
// reads it from standard input, as a mail pipe would run it, and posts in the channel. The answer
// is a sentence for the person, "" when there is nothing to add to what they see.
func (s *Sandbox) Alert(ctx context.Context, channel string, m sample) (string, error) {
	text, err := m.message(time.Now())
	if err != nil {
		return "", err
	}
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return "", err
	}
	ticket := s.tenants[0].halo.Receive(localhalo.Mail{Name: from.Name, Address: from.Address, Subject: m.Subject, Body: m.Body})
	args := []string{"alert", "--channel", cmp.Or(channel, localslack.Mail), "--ticket", strconv.Itoa(ticket.ID), "--json"}
	out, err := s.command(ctx, strings.NewReader(text), args...)
	if err != nil {
		return "", fmt.Errorf("the mail was not taken: %w", err)
	}
	var result struct {
		Outcome string `json:"outcome"`
		Reason  string `json:"reason"`
		Client  struct {
			ID   int    `json:"id"`
			Name string `json:"name"`
		} `json:"client"`
	}
	if err := json.Unmarshal(out, &result); err != nil {
		return "", fmt.Errorf("reading what the alert command printed: %w", err)
	}
	switch result.Outcome {
	case "known":
		return fmt.Sprintf("Halo knows this sender: %s (#%d). No alert is needed.", result.Client.Name, result.Client.ID), nil
	case "ignored":
		return fmt.Sprintf("The mail is %s. No alert is needed.", result.Reason), nil
	case "added":
		return "This company’s alert is still open: the mail is in its thread.", nil
	}
	return "", nil
}

// firstMessages are in the channels from the start, so that there is something to talk about.
func (s *Sandbox) firstMessages() error {
	_, err := s.slack.Post(localslack.Tom, localslack.Desk,
		"Acme Rockets signed this morning! Their site is acme-rockets.example, their contact is jane.doe@acme-rockets.example. Who adds them to Halo?", "")
	return err
}
