package slackbot

import (
	"fmt"
	"regexp"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// filedAs says how something came to be filed. {email}, {ticket} and the like stand for what was
// seen ([SayFiled]).
var filedAs = map[draft.Filing]map[onboarding.Filed]string{
	draft.FileUser: {
		onboarding.FiledAlready: "{email} is its user already.",
		onboarding.FiledMade:    "{email} is its user now.",
		onboarding.FiledMoved:   "{email} was moved to it, and is its user now.",
	},
	draft.FileTicket: {
		onboarding.FiledAlready: "Ticket {ticket} is on it already.",
		onboarding.FiledMoved:   "Ticket {ticket} was moved to it. Check SLA and agreement.",
	},
	draft.FileDomain: {
		onboarding.FiledAlready: "Halo matches mails from {domain} to it already.",
		onboarding.FiledMade:    "Halo matches later mails from {domain} to it.",
	},
}

// notFiled says why something was left as it is, and what to do about it.
var notFiled = map[onboarding.NotFiled]string{
	onboarding.NotForged:      "The mail failed verification, so nothing of it is filed.",
	onboarding.NotNoAddress:   "The sender has no e-mail address that could be a user's.",
	onboarding.NotOwnDomain:   "{subject} is your own, and no client's.",
	onboarding.NotACompanys:   "{subject} is no company's own domain: mails from it are not matched to one client.",
	onboarding.NotOnCatchAll:  "{client} is where Halo keeps what unknown senders write, so nothing is filed under it.",
	onboarding.NotOtherClient: "{email} is a user of {user's client} already, and was left there. Move them in Halo if that is wrong.",
	onboarding.NotWhichSite:   "{client} has several sites, and none of them is its main one. Choose one in Halo, then try again.",
	onboarding.NotNoSite:      "{client} has no site in Halo, and a user or a ticket needs one. Add one in Halo, then try again.",
	onboarding.NotNoTicket:    "Halo has no ticket {ticket}, so nothing was moved.",
	onboarding.NotNoCatchAll:  "The bot moves a ticket only away from a client that unknown senders are filed under, and does not know which those are. Ask its administrator to set HALO_CATCH_ALL_CLIENTS.",
	onboarding.NotElsewhere:   "Ticket {ticket} is on {ticket's client}, where somebody has put it, and was left there.",
	onboarding.NotClosed:      "Ticket {ticket} is closed, and was left where it is.",
	onboarding.NotMerged:      "Ticket {ticket} was merged into #{merged}, and was left where it is.",
	onboarding.NotDeleted:     "Ticket {ticket} was deleted, so it was not moved.",
	onboarding.NotTheSenders:  "Ticket {ticket} (“{title}”) is from {from} as Halo has it, not from {email}, and was left where it is. Move it only if it is right all the same.",
	onboarding.NotNoUser:      "{email} is no user of {client}, and a ticket needs one. Add them, and try again.",
	onboarding.NotNoScope:     "The bot may not move tickets. Ask its administrator: the API application in Halo needs edit:tickets, and so does HALO_SCOPE.",
	onboarding.NotOtherDomain: "Its main site has another mail domain, {site}, which was left as it is.",
	onboarding.NotKept:        "Halo took it and did not keep it. Set it in Halo by hand.",
	onboarding.NotHere:        "{client} is a client of the Halo at {old address}, and the connection leads to another one today: file it there by hand.",
	onboarding.NotThatClient:  "{number's client} has the number of {client} in Halo today, under another name and website, so nothing was filed. Find {client} in Halo, and file it there by hand.",
}

// SayFiled says in a sentence how a filing stands, and what to do where it is not done. It is plain
// text, in which others' words are as they wrote them.
func SayFiled(f onboarding.Receipt) string {
	var says strings.Builder
	for _, p := range sayFiled(f, nil) {
		says.WriteString(p.Text)
	}
	return says.String()
}

// seen are the marks in a sentence that stand for what was seen.
var seen = regexp.MustCompile(`\{[a-z' ]+\}`)

// sayFiled is SayFiled in pieces, with links into Halo; h may be nil.
func sayFiled(f onboarding.Receipt, h Halo) (pieces []modals.Piece) {
	says, known := sentenceOf(f), whatWasSeen(f, h)
	at := 0
	for _, m := range seen.FindAllStringIndex(says, -1) {
		if p, ok := known[says[m[0]:m[1]]]; ok {
			pieces = append(pieces, modals.Piece{Text: says[at:m[0]]}, p)
			at = m[1]
		}
	}
	return append(pieces, modals.Piece{Text: says[at:]})
}

// sentenceOf is the sentence for how a filing stands.
func sentenceOf(f onboarding.Receipt) string {
	file, s := f.Request.File, f.State
	switch s.Outcome {
	case onboarding.Done:
		says := filedAs[file.What][s.Filed]
		if file.What == draft.FileUser && s.User != nil && s.User.Inactive {
			says += " The user is inactive in Halo."
		}
		return says
	case onboarding.Left:
		return notFiled[s.NotFiled]
	case "":
		return "It is not finished yet; the request is kept and goes on."
	case onboarding.Unconfirmed:
		return "Halo was asked to add {email}, and never showed the user. Look in Halo, and add them by hand only if they are not there."
	}
	return s.Problem
}

// whatWasSeen is what the marks stand for.
func whatWasSeen(f onboarding.Receipt, h Halo) map[string]modals.Piece {
	file, s := f.Request.File, f.State
	client := func(name string, id int) modals.Piece {
		p := modals.Piece{Text: clientNamed(name, id)}
		if h != nil {
			p.URL = h.ClientURL(id)
		}
		return p
	}
	number := ticketNumber(f)
	known := map[string]modals.Piece{
		"{email}": {Text: file.Filing.Email}, "{domain}": {Text: file.Filing.Domain}, "{subject}": {Text: file.Subject()},
		"{ticket}": {Text: "#" + number}, "{client}": {Text: file.Client.Name},
		"{old address}": {Text: file.At},
	}
	if h != nil {
		known["{ticket}"] = modals.Piece{Text: "#" + number, URL: h.TicketURL(number)}
	}
	if s.User != nil {
		known["{user's client}"] = client(s.User.Client, s.User.ClientID)
		if h != nil {
			known["{email}"] = modals.Piece{Text: file.Filing.Email, URL: h.UserURL(s.User.ID)}
		}
	}
	if t := s.Ticket; t != nil {
		from := strings.Join(t.From, ", ")
		if from == "" {
			from = "nobody"
		}
		known["{ticket's client}"] = client(t.Client, t.ClientID)
		known["{merged}"] = modals.Piece{Text: fmt.Sprint(t.MergedInto)}
		known["{title}"] = modals.Piece{Text: text.Short(text.Line(t.Subject), 100)}
		known["{from}"] = modals.Piece{Text: from}
	}
	for _, c := range s.Found {
		known["{number's client}"] = client(c.Name, c.ID)
	}
	if s.Site != nil {
		known["{site}"] = modals.Piece{Text: text.Short(text.Line(s.Site.EmailDomain), 100)}
	}
	return known
}

func ticketNumber(f onboarding.Receipt) string {
	return strings.TrimLeft(f.Request.File.Filing.Ticket, "#0 ")
}

// clientNamed is a client's name with its number.
func clientNamed(name string, id int) string {
	return strings.TrimSpace(fmt.Sprintf("%s (#%d)", name, id))
}
