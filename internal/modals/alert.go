package modals

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// UnknownSender is an alert: the mail's sender and subject, and the "Create client" button. Its
// metadata {email, domain, ticket_id} is how an open alert is found again; domain is the
// registrable one, also when it gives mailboxes to anybody.
func UnknownSender(a draft.Alert) Message {
	c := newBody().note(append(para{lit("Unknown sender: ")}, lit(sender(a))))
	if s := oneLine(a.Subject, maxSubject); s != "" {
		c.note(para{lit(s)})
	}
	m := c.
		show(slack.NewHeaderBlock(plain("Unknown sender"))).
		show(mail(a).blocks()...).
		show(para{lit("Halo did not know this sender when the mail came in.")}.blocks()...).
		show(actions(button(ActionNewClient, "Create client", a.Value(), slack.StylePrimary))...).
		message()
	m.Metadata = &slack.SlackMetadata{EventType: EventAlert, EventPayload: map[string]any{
		"email":     oneLine(a.Email, maxMail),
		"domain":    domain(a.Email),
		"ticket_id": oneLine(a.TicketID, maxTicket),
	}}
	return m
}

// MoreMail is the thread reply for another mail of an alert's domain.
func MoreMail(a draft.Alert) Message {
	return newBody().say(
		para{lit("Another mail from the same domain. The button above serves for both.")},
		mail(a)).message()
}

// mail is what an alert knows of its mail, a line each.
func mail(a draft.Alert) para {
	ticket := strings.TrimLeft(oneLine(a.TicketID, maxTicket), "#")
	if ticket != "" {
		ticket = "#" + ticket
	}
	return lines(
		"From", sender(a),
		"Subject", oneLine(a.Subject, maxSubject),
		"Ticket", ticket,
		labelConnection, oneLine(a.Connection, maxShown))
}

// sender is a name and an address as mail programs show them; never empty.
func sender(a draft.Alert) string {
	name, email := oneLine(a.SenderName, maxShown), oneLine(a.Email, maxMail)
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
