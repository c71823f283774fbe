package draft

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"regexp"
	"slices"
	"strings"

	"halobot/internal/text"
)

// Mail is what is kept of a mail message to tell later whose it is: names and words that
// strangers wrote, within limits, and nothing that the MSP's rules decide.
type Mail struct {
	// Key is the same when the mail is delivered again: a hash of From, Reply-To, Date,
	// Subject, Message-ID and the body.
	Key     string `json:"key"`
	Noise   Noise  `json:"noise,omitempty"`
	Subject string `json:"subject,omitempty"`
	// Senders are in the order in which they are believed.
	Senders []Sender `json:"senders,omitempty"`
	// Results are the mail's Authentication-Results, the topmost first.
	Results []string `json:"results,omitempty"`
}

// Bounds of a mail.
const (
	maxMail    = 32 << 20 // bytes that are read
	maxResults = 20
	maxResult  = 4 << 10
)

// mailField reports whether a header's field is of use.
func mailField(name string) bool { return usedFields[name] }

var usedFields = func() map[string]bool {
	used := setOf("subject", "date", "message-id", "content-type", "content-transfer-encoding", "content-disposition",
		"auto-submitted", "precedence", "x-failed-recipients", "authentication-results")
	for _, f := range senderFields {
		used[f.name] = true
	}
	for _, name := range slices.Concat(pathFields, autoReplyFields) {
		used[name] = true
	}
	return used
}()

// ReadMail reads a mail message, at most 32 MB of it: a writer at the other end of a pipe may
// find the rest unread. Without a header, or without any sender in one that is not noise, the
// error's text is a sentence for whoever feeds the mails; a reader's error is wrapped.
func ReadMail(r io.Reader) (Mail, error) {
	in := &noting{r: io.LimitReader(r, maxMail)}
	lines := bufio.NewReaderSize(in, 16<<10)
	h, any, err := readHeader(lines, mailField)
	if err != nil {
		return Mail{}, fmt.Errorf("read the mail: %w", err)
	}
	if !any {
		return Mail{}, sentence("There is no mail in the input. Feed the whole message, with its header, to standard input.")
	}
	sum := sha256.New()
	for _, name := range []string{"from", "reply-to", "date", "subject", "message-id"} {
		fmt.Fprintf(sum, "%q\n", h.all(name))
	}
	whole := io.TeeReader(lines, sum)
	var b body
	b.read(h, whole, 0, new(int))
	if _, err := io.Copy(io.Discard, whole); err != nil || in.err != nil {
		return Mail{}, fmt.Errorf("read the mail: %w", in.err)
	}
	m := newMail(h, b, sum)
	if m.Noise == "" && len(m.Senders) == 0 {
		return Mail{}, sentence("The mail names no sender: there is no e-mail address in From, Reply-To, Sender or Return-Path. Create the client by hand if it needs one.")
	}
	return m, nil
}

// noting keeps its reader's error: what takes a body apart passes over a part that ends early.
type noting struct {
	r   io.Reader
	err error
}

func (n *noting) Read(p []byte) (int, error) {
	size, err := n.r.Read(p)
	if err != nil && err != io.EOF {
		n.err = err
	}
	return size, err
}

func newMail(h header, b body, sum hash.Hash) Mail {
	charset := b.charset // what a mailer writes raw into a header is mostly in its text's
	if notInHeaders(charset) {
		charset = ""
	}
	decode := func(raw string) string { return toUTF8(raw, charset) }
	m := Mail{
		Key:     base64.RawURLEncoding.EncodeToString(sum.Sum(nil)),
		Subject: text.Cut(text.Line(decodeWords(decode(h.get("subject")))), maxSubject),
	}
	m.Noise = noise(h, b.report, m.Subject)
	add := func(source Source, boxes ...mailbox) {
		for _, box := range boxes {
			s := Sender{source, text.Cut(box.name, maxSenderName), box.address}
			if len(m.Senders) < maxFound {
				m.Senders = append(m.Senders, s)
			}
		}
	}
	for _, f := range senderFields {
		for _, value := range h.all(f.name) {
			add(f.source, mailboxes(decode(value))...)
		}
	}
	for _, value := range h.all("from") {
		add(Original, inside(decode(value))...)
	}
	for _, page := range slices.Concat(b.plain, b.html) {
		add(Forwarded, forwardedSenders(page)...)
	}
	for _, inner := range b.forwarded {
		for _, f := range senderFields {
			for _, value := range inner.all(f.name) {
				add(Forwarded, mailboxes(decode(value))...)
			}
		}
	}
	for _, page := range slices.Concat(b.plain, b.html) {
		add(Quoted, quotedSenders(page)...)
	}
	for _, page := range slices.Concat(b.plain, b.html) {
		add(Labelled, formSenders(page)...)
	}
	for _, name := range pathFields {
		for _, value := range h.all(name) {
			boxes := mailboxes(decode(value))
			for _, box := range boxes {
				add(Path, unwrapped(box.address, forwardedPath)...)
			}
			add(Path, boxes...)
		}
	}
	for _, value := range h.all("authentication-results") {
		if len(m.Results) < maxResults {
			m.Results = append(m.Results, strings.ToValidUTF8(value[:min(len(value), maxResult)], "\uFFFD"))
		}
	}
	return m
}

// Alert is the alert of the mail, by the MSP's rules: the sender, the subject, the ticket and
// the verdict. Where only an own address of the MSP's is left, that is its Email: see
// [Rules.Own].
func (m Mail) Alert(r Rules) Alert {
	a := Alert{Subject: m.Subject, TicketID: r.ticketID(m.Subject)}
	s, ok := r.choose(r.credible(m.Senders))
	if !ok {
		return a.tidy()
	}
	a.Email, a.SenderName = s.Email, s.Name
	var authors []Sender
	for _, other := range m.Senders {
		if other.Source == FromField {
			authors = append(authors, other)
		}
	}
	if len(authors) > 0 && s.Source != Forwarded && s.Source != Quoted && (r.Own(authors[0].Email) || handsOn(authors[0].Email)) {
		name := cmp.Or(handedOn(authors[0].Name), echoed(authors[0].Name, s.Email, domainOf(authors[0].Email)))
		switch {
		case s.Source == FromField && name != "", s.Name == "":
			a.SenderName = name
		case s.Source == FromField && handsOn(s.Email) && sharesWord(s.Name, domainOf(s.Email)):
			a.SenderName = "" // a service's own name is nobody's who wrote
		}
	}
	// Whoever reads a mail of several authors may see another one than the server judged.
	if s.Source == FromField {
		a.Verified = verdict(r.AuthservID, m.Results, domainOf(s.Email))
		if a.Verified == Passed && len(authors) > 1 {
			a.Verified = Unverified
		}
	}
	return a.tidy()
}

// ticketID is the one ticket that subject names, without leading zeros; "" for none or for
// several. A ticket stands in brackets, [ID:1234], or has as many digits as Halo writes by
// itself, ID:0001234: a bare number, "#12345" or "Order ID: 12345" may be anything.
func (r Rules) ticketID(subject string) string {
	var id string
	for _, tag := range r.TicketTags {
		tag = regexp.QuoteMeta(strings.TrimSpace(tag))
		token := regexp.MustCompile(`(?i)\[\s*(?:ticket\s+)?` + tag + `\s*(\d{1,12})\s*\]|(?:^|[^\pL\pN])` + tag + `(\d{7,12})(?:[^\pL\pN]|$)`)
		for _, match := range token.FindAllStringSubmatch(subject, -1) {
			found := strings.TrimLeft(match[1]+match[2], "0")
			if id != "" && found != id {
				return ""
			}
			id = found
		}
	}
	return id
}
