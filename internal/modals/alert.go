package modals

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// Arrival is a mail of an unknown sender, as its alert tells of it.
type Arrival struct {
	Alert draft.Alert
	// Own says that only an address of the MSP's own is known: who wrote is not.
	Own       bool
	TicketURL string // "" = the ticket's number alone
	// Has is what Halo has of the sender, which is no reason for silence; nil for nothing.
	Has *Found
	// Unasked says that Halo could not be asked about the sender.
	Unasked bool
	// Mail is the key of the stored mail, by which its alert is known again; "" without one.
	Mail string
}

// Found is a sender whom Halo has, though not as one who is known.
type Found struct {
	Client Client
	User   string // "" when the client's domain matched
	Why    string // ends the sentence that says so: "which unknown senders are filed under"
}

// UnknownSender is an alert: the mail's sender and subject, and the buttons "Create client" and
// "Not a client". Its metadata {email, domain, ticket_id} is how an open alert is found again; domain is the
// registrable one, also when it gives mailboxes to anybody.
func UnknownSender(in Arrival) Message {
	a := in.Alert
	title := "Unknown sender"
	if a.Verified == draft.Failed {
		title += ", and perhaps a forged one"
	}
	c := newBody().note(para{lit(title + ": "), lit(sender(a))})
	if s := oneLine(a.Subject, maxSubject); s != "" {
		c.note(para{lit(s)})
	}
	m := c.
		show(slack.NewHeaderBlock(plain(title))).
		show(in.mail().blocks()...).
		say(in.warning()...).
		say(in.has()).
		show(in.known().blocks()...).
		show(alertActions(a.Value())...).
		message()
	payload := map[string]any{"email": "", "domain": "", "ticket_id": oneLine(a.TicketID, maxTicket)}
	if !in.Own {
		payload["email"], payload["domain"] = oneLine(a.Email, maxMail), domain(a.Email)
	}
	if in.Mail != "" {
		payload["mail"] = in.Mail
	}
	m.Metadata = &slack.SlackMetadata{EventType: EventAlert, EventPayload: payload}
	return m
}

// MoreMail is the thread reply for another mail of an alert's sender or domain. With apart it is
// of another person or about another ticket, and has buttons of its own. Dismissed says that the
// alert was answered: not a client.
func MoreMail(in Arrival, apart, dismissed bool) Message {
	says := "Another mail from the same sender. The buttons above serve for both."
	switch {
	case dismissed && apart:
		says = "Another mail from the address of this alert, which was dismissed as not a client. It is not sure that both are of one sender."
	case dismissed:
		says = "Another mail from the same sender, who was dismissed as not a client. If it is one after all, press Reopen above."
	case apart:
		says = "Another mail from the same domain, by somebody else or about another ticket."
	}
	c := newBody()
	if in.Alert.Verified == draft.Failed {
		c.say(in.warning()...)
	}
	c.say(para{lit(says)}, in.mail())
	if apart {
		c.say(in.has()).
			show(alertActions(in.Alert.Value())...)
	}
	return c.message()
}

// warning is what has to be known before anything is done about the mail.
func (in Arrival) warning() []para {
	switch {
	case in.Own:
		return []para{{lit("This address is one of your own, and the mail does not show who wrote it. Open the mail, and create the client by hand.")}}
	case in.Alert.Verified == draft.Failed:
		return []para{{bold("This mail failed verification: "), lit("it may not be from the sender it names.")}}
	}
	return nil
}

// known says that Halo did not know the sender when the mail came in, or could not say.
func (in Arrival) known() para {
	switch {
	case in.Own || in.Has != nil:
		return nil
	case in.Unasked:
		return para{lit("Halo could not be asked whether it knows this sender. The form looks again.")}
	}
	return para{lit("Halo did not know this sender when the mail came in.")}
}

// has is whom Halo has.
func (in Arrival) has() para {
	if in.Has == nil {
		return nil
	}
	whom := "Halo has this domain as that of "
	if user := oneLine(in.Has.User, maxShown); user != "" {
		whom = "Halo has this sender as " + user + " of "
	}
	return append(append(para{lit(whom)}, named(in.Has.Client)...), lit(", "+in.Has.Why+"."))
}

// mail is what an alert knows of its mail, a line each.
func (in Arrival) mail() para {
	a := in.Alert
	ticket := strings.TrimLeft(oneLine(a.TicketID, maxTicket), "#")
	p := lines("From", sender(a), "Subject", oneLine(a.Subject, maxSubject))
	if ticket != "" {
		number := lit("#" + ticket)
		if in.TicketURL != "" {
			number = link(in.TicketURL, number.text)
		}
		p = p.line(bold("Ticket: "), number)
	}
	if connection := oneLine(a.Connection, maxShown); connection != "" {
		p = p.line(bold(labelConnection+": "), lit(connection))
	}
	return p
}

// sender is a name and an address as mail programs show them; never empty.
func sender(a draft.Alert) string {
	name, email := oneLine(a.SenderName, maxShown), draft.ShownAddress(oneLine(a.Email, maxMail))
	switch {
	case name == "" && email == "":
		return "unknown"
	case name == "" || name == email:
		return email
	case email == "":
		return name
	}
	return name + " <" + email + ">"
}

// domain is what a company registered of an address's host, else the host.
func domain(email string) string {
	_, host, ok := cutLast(oneLine(email, maxMail), "@")
	if !ok {
		return ""
	}
	host = strings.ToLower(host)
	if d := draft.Company(host); d != "" {
		return d
	}
	return host
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
