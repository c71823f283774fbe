package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"halobot/internal/text"
)

// Said is what a message in Slack says of a mail, or of somebody.
type Said struct {
	Senders []Sender // whom its structure names as the sender
	Subject string
	Lines   []string // its texts as Slack has them, in the order in which they are read
}

// ReadMessage finds out who wrote, of all whom a message names: whom it calls the sender before
// anybody else, a recipient last, and never where it says To or Cc; an address that nobody reads
// only where there is no other, and none of the MSP's own.
func (r Rules) ReadMessage(s Said) Alert {
	named := slices.Clone(s.Senders)
	for _, found := range sayings(s.Lines) {
		named = append(named, found...)
	}
	who, ok := r.choose(named)
	if !ok || r.Own(who.Email) {
		who = Sender{}
	}
	who.Name = tidyName(who.Name, who.Email)
	if who.Name == "" {
		for _, filled := range formSenders(strings.Join(flat(s.Lines), "\n")) {
			if strings.EqualFold(filled.address, who.Email) {
				who.Name = filled.name
			}
		}
	}
	return Alert{Email: who.Email, SenderName: who.Name, Subject: s.Subject, TicketID: r.ticketID(s.Subject)}.tidy()
}

// sayings are whom the lines name, those that count most first: called the sender, called the
// one to answer, called a contact, mentioned, mentioned as a recipient.
func sayings(lines []string) (found [5][]Sender) {
	for _, s := range lines {
		for _, box := range quotedSenders(unescape(unlink(s))) {
			found[2] = append(found[2], Sender{Labelled, box.name, box.address})
		}
	}
	label := headWord(0) // of a line that is nothing but a label
	contact := false
	for _, line := range flat(lines) {
		kind, value := headLine(line)
		isContact := false
		if kind == 0 {
			word, rest, ok := strings.Cut(line, ":")
			if isContact = ok && isContactLabel(word); isContact {
				value = rest
			}
		}
		if bare := strings.ToLower(strings.Trim(line, "*_: ")); kind == 0 && !isContact {
			switch {
			case headWords()[bare] != 0:
				label, contact = headWords()[bare], false
				continue
			case isContactLabel(bare):
				label, contact = 0, true
				continue
			case label != 0 || contact:
				kind, isContact, value = label, contact, line
			}
		}
		if strings.Trim(value, "*_ ") == "" && (kind != 0 || isContact) {
			label, contact = kind, isContact
			continue
		}
		label, contact = 0, false
		add := func(level int, source Source, boxes []mailbox) {
			for _, box := range boxes {
				found[level] = append(found[level], Sender{source, strings.Trim(box.name, "*_ "), box.address})
			}
		}
		switch {
		case kind&headFrom != 0:
			add(0, Labelled, mailboxes(value))
		case kind&headOther != 0 && replyWord.MatchString(line):
			add(1, Labelled, mailboxes(value))
		case kind&(headTo|headOther) != 0:
		case isContact:
			add(2, Labelled, mailboxes(value))
		default:
			for _, m := range mentions(line) {
				found[m.level] = append(found[m.level], Sender{Labelled, "", m.address})
			}
		}
	}
	return found
}

var replyWord = regexp.MustCompile(`(?i)^[^:：]*(reply|antwort|répondre|antwoord|responder|rispondi|svar|odpowiedz)`)

// flat are the lines without Slack's markup.
func flat(lines []string) []string {
	var all []string
	for _, s := range lines {
		for line := range strings.Lines(unrolled(text.Lines(unescape(unlink(s))))) {
			if line = text.Line(line); line != "" {
				all = append(all, line)
			}
		}
	}
	return all
}

// mention is an address in running text.
type mention struct {
	level   int
	address string
}

// mentions are the addresses in a line of prose; the word before one may say whose it is.
func mentions(line string) (found []mention) {
	rest := line
	notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, address := range Addresses(line) {
		level := 3
		if place := placeOf(address, rest); place != nil {
			before := strings.TrimRightFunc(rest[:place[0]], notLetter)
			word := strings.ToLower(strings.TrimLeftFunc(before[max(0, strings.LastIndexFunc(before, notLetter)):], notLetter))
			switch kind := headWords()[word]; {
			case kind&headFrom != 0 && len(word) > 2:
				level = 0
			case kind&headTo != 0, word == "cc":
				level = 4
			}
			rest = rest[place[1]:]
		}
		found = append(found, mention{level, address})
	}
	return found
}
