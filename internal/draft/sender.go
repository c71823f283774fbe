package draft

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules are what an MSP says of its own mail.
type Rules struct {
	// OwnDomains are its own mail domains, lower-case ASCII; what is below one is its own too.
	OwnDomains []string
	// AuthservID names the mail server whose word on a sender is believed; "" = none.
	AuthservID string
	// TicketTags stand before a ticket's number in a subject: "ID:" reads [ID:0001234].
	TicketTags []string
}

// Own reports whether an address, or a host, is the MSP's.
func (r Rules) Own(address string) bool {
	host := domainOf(address)
	return host != "" && slices.ContainsFunc(r.OwnDomains, func(own string) bool {
		return host == own || strings.HasSuffix(host, "."+own)
	})
}

// Source is where a mail names a sender.
type Source string

// The sources, those of a mail in the order in which they are believed.
const (
	FromField Source = "from"
	ReplyTo   Source = "reply-to"
	Original  Source = "original" // X-Original-From and its kin
	Forwarded Source = "forwarded"
	Quoted    Source = "quoted"  // the line above a quotation
	Path      Source = "path"    // Sender, Return-Path, the mailbox format's "From "
	Labelled  Source = "message" // what a message in Slack says
)

// Sender is somebody whom a mail or a message names as its sender.
type Sender struct {
	Source Source `json:"source"`
	Name   string `json:"name,omitempty"`
	Email  string `json:"email"`
}

// senderFields are the fields that name a sender, in the order in which they are believed
// once From cannot be. Mailing lists and gateways that write their own address into From
// keep the sender in one of those for Original (Author is RFC 9057's).
var senderFields = []struct {
	name   string
	source Source
}{
	{"from", FromField},
	{"reply-to", ReplyTo},
	{"x-original-from", Original}, {"original-from", Original}, {"author", Original},
	{"x-mailman-original-from", Original}, {"x-google-original-from", Original}, {"x-original-sender", Original},
	{"original-sender", Original}, {"x-original-reply-to", Original},
}

// pathFields name who sent a mail on its way, which is seldom who wrote it.
var pathFields = []string{"sender", "x-mailfrom", "x-envelope-from", "return-path", envelopeFrom}

// choose takes, of the senders in order, the first who can be a stranger who wrote. Where
// there is none, it takes who is named all the same: a relay or an inner host before the MSP
// itself, whose own address is the last. ok is false without any.
func (r Rules) choose(senders []Sender) (s Sender, ok bool) {
	authors := slices.DeleteFunc(slices.Clone(senders), func(s Sender) bool { return s.Source == Path })
	for _, pass := range []struct {
		senders []Sender
		fits    func(Sender) bool
	}{
		{senders, func(s Sender) bool {
			return !r.Own(s.Email) && isPublic(s.Email) && !IsRelay(s.Email) && !isReturnAddress(s)
		}},
		{authors, func(s Sender) bool { return !r.Own(s.Email) }},
		{authors, func(Sender) bool { return true }},
		{senders, func(s Sender) bool { return !r.Own(s.Email) }},
		{senders, func(Sender) bool { return true }},
	} {
		if i := slices.IndexFunc(pass.senders, pass.fits); i >= 0 {
			return pass.senders[i], true
		}
	}
	return Sender{}, false
}

// credible are the senders without those whom the text names and who did not write it: who is
// quoted only wrote what a colleague hands on, not what comes from a relay; and where From names
// the one for whom it was sent, as "Jane via Support", a head in the text may be of the mail that
// Jane answers.
func (r Rules) credible(senders []Sender) []Sender {
	i := slices.IndexFunc(senders, func(s Sender) bool { return s.Source == FromField })
	if i < 0 {
		return senders
	}
	from := senders[i]
	name := handedOn(from.Name)
	return slices.DeleteFunc(slices.Clone(senders), func(s Sender) bool {
		switch s.Source {
		case Quoted:
			return !r.Own(from.Email) || name != ""
		case Forwarded, Labelled:
			return name != "" && !sharesWord(name, strings.ToLower(s.Name+" "+s.Email))
		}
		return false
	})
}

// isPublic reports whether an address is at a host that somebody can have on the internet.
func isPublic(address string) bool {
	switch NobodyOf(address) {
	case NoDomain, Unroutable, Ending:
		return false
	}
	return true
}

// returnAddress is one that only mail servers write to.
var returnAddress = regexp.MustCompile(`(?i)^(bounces?|return|returns|prvs|srs[01]|mailer-daemon|postmaster|noreply|no-reply|do-?not-?reply|` +
	`www-data|www|apache|httpd|nginx|root|nobody|daemon|web|cron|owner|wordpress)([-+=_.]|$)|[=]|-(bounces?|owner|request|return)$|-bounces?[-+]|^owner-`)

func isReturnAddress(s Sender) bool {
	return (s.Source == Path || s.Source == Labelled) && returnAddress.MatchString(s.Email[:strings.LastIndexByte(s.Email, '@')])
}

// forwardedPath is an address that a forwarder has written into its own (SRS), or that the
// sender's own server has signed (BATV), and ownFrom one that a list has written into its own:
// local=domain@list.example.
var (
	forwardedPath = regexp.MustCompile(`(?i)^(?:srs[01][=+-].*=(?P<host>[^=]+\.[^=]+)|prvs=[0-9a-z]+|btv1==[0-9a-z]+=)=(?P<local>[^=]+)$`)
	ownFrom       = regexp.MustCompile(`^(?P<local>[^=]+)=(?P<host>[^=]+\.[^=]+)$`)
)

// unwrapped is the address that pattern finds in another's local part, none when it is no
// public one.
func unwrapped(address string, pattern *regexp.Regexp) []mailbox {
	m := pattern.FindStringSubmatch(address[:strings.LastIndexByte(address, '@')])
	if m == nil {
		return nil
	}
	host := cmp.Or(m[pattern.SubexpIndex("host")], hostOf(address))
	if inner, ok := canonicalAddress(m[pattern.SubexpIndex("local")] + "@" + host); ok && isPublic(inner) {
		return []mailbox{{"", inner}}
	}
	return nil
}

// inside are the addresses that a From holds besides its own: in a name, as "ines@faro.example
// via Support", or in its local part. They count where its own does not.
func inside(from string) (boxes []mailbox) {
	own := mailboxes(from)
	for _, address := range Addresses(decodeWords(from[:min(len(from), maxMailboxes)])) {
		if !slices.ContainsFunc(own, func(box mailbox) bool { return strings.EqualFold(box.address, address) }) {
			boxes = append(boxes, mailbox{"", address})
		}
	}
	for _, box := range own {
		boxes = append(boxes, unwrapped(box.address, ownFrom)...)
	}
	return boxes
}

// via is how lists and services write whom they hand on into From's name, before their own and
// after it.
var (
	via    = regexp.MustCompile(`(?i)^(.+?)\s+\(?(?:via|über|par|door|por|a través de|tramite|attraverso|przez|gennem|genom|in teams|in microsoft teams)(?:\s+\S.*)?$`)
	behalf = regexp.MustCompile(`(?i)\s(?:on behalf of|im auftrag von|de la part de|au nom de|namens|en nombre de|per conto di|em nome de|på vegne af|på vegne av|på uppdrag av|w imieniu)\s+`)
)

// handedOn is the name of the one for whom a list or a service wrote From, "" when the name
// does not say so.
func handedOn(name string) string {
	if m := via.FindStringSubmatch(name); m != nil {
		return tidyName(m[1], "")
	}
	if at := behalf.FindStringIndex(name); at != nil {
		return tidyName(name[at[1]:], "")
	}
	return ""
}

// echoed is name when the address says it, too: web forms and services write the name of the
// one who wrote into From, and the address into Reply-To. A word of it must be in the address,
// none may be in from, the domain of the service, and what an office is called is no name.
func echoed(name, address, from string) string {
	address = strings.ToLower(address)
	said := false
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if utf8.RuneCountInString(word) < 3 {
			continue
		}
		if offices[word] || strings.Contains(from, word) {
			return ""
		}
		said = said || strings.Contains(address, word)
	}
	if !said {
		return ""
	}
	return name
}

var offices = setOf("admin", "anfrage", "contact", "contacto", "contato", "contatti", "enquiries", "enquiry", "form", "formular", "formulaire", "forms", "hello",
	"help", "helpdesk", "hola", "info", "kontakt", "kontaktformular", "mail", "mailer", "noreply", "notification", "notifications", "office", "reply", "sales",
	"service", "support", "team", "web", "webform", "webmaster", "website", "webseite", "wordpress")

// handsOn reports an address of a service that hands on what others wrote.
func handsOn(address string) bool { return IsRelay(address) || NobodyOf(address) == Ending }

// sharesWord reports whether a word of name is in other, which is lower-case.
func sharesWord(name, other string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }) {
		if utf8.RuneCountInString(word) >= 3 && strings.Contains(other, word) {
			return true
		}
	}
	return false
}
