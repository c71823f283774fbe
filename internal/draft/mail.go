package draft

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"halobot/internal/text"
)

// maxHeader bounds how much of a mail is read.
const maxHeader = 1 << 20

// ParseMail reads a mail message's sender and subject, and the ticket's id where the
// subject names one beyond doubt. Of the message it reads the header alone, at most 1 MB:
// a writer at the other end of a pipe may find the rest unread.
//
// The sender is the first usable address of From, Sender, Return-Path, or of the
// mailbox format's "From " line. Without any, the error's text is a sentence for whoever
// feeds the mails; lines that are no header are passed over.
func ParseMail(r io.Reader) (Alert, error) {
	header, err := readHeader(io.LimitReader(r, maxHeader))
	if err != nil {
		return Alert{}, fmt.Errorf("read the mail: %w", err)
	}
	if len(header) == 0 {
		return Alert{}, sentence("There is no mail in the input. Feed the whole message, with its header, to standard input.")
	}
	a := Alert{}
	for _, field := range []string{"from", "sender", "return-path", envelopeFrom} {
		for _, value := range header[field] {
			if a.Email == "" {
				a.SenderName, a.Email = parseSender(value)
			}
		}
	}
	if a.Email == "" {
		return Alert{}, sentence("The mail names no sender: there is no e-mail address in From, Sender or Return-Path. Create the client by hand if it needs one.")
	}
	if subjects := header["subject"]; len(subjects) > 0 {
		a.Subject = subjects[0]
	}
	a = a.tidy()
	a.TicketID = ticketID(a.Subject)
	return a, nil
}

// envelopeFrom stands for the line that begins a mail in a mailbox, and what procmail
// hands on: From sender@host, a date.
const envelopeFrom = "from "

// readHeader reads header fields by their lower-case names, continuation lines joined.
// It is more forgiving than net/mail, which gives a mail up over one broken line.
func readHeader(r io.Reader) (map[string][]string, error) {
	fields := make(map[string][]string)
	var name string
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		end := err != nil
		line = toUTF8(strings.TrimRight(line, "\r\n"))
		switch before, value, ok := strings.Cut(line, ":"); {
		case line == "":
			if len(fields) > 0 {
				return fields, nil
			}
		case line[0] == ' ' || line[0] == '\t':
			if values := fields[name]; len(values) > 0 {
				values[len(values)-1] += " " + strings.TrimSpace(line)
			}
		case strings.HasPrefix(line, "From ") || strings.HasPrefix(line, ">From "):
			_, sender, _ := strings.Cut(line, " ")
			sender, _, _ = strings.Cut(strings.TrimSpace(sender), " ")
			name = envelopeFrom
			fields[name] = append(fields[name], sender)
		case ok:
			name = strings.ToLower(text.Line(before))
			fields[name] = append(fields[name], strings.TrimSpace(value))
		default:
			name = ""
		}
		if end {
			return fields, nil
		}
	}
}

// toUTF8 reads bytes that are not UTF-8 as Windows-1252, which has a character for
// nearly every byte and is what mailers that send raw 8-bit headers mostly mean.
func toUTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return decoded
}

// wordDecoder decodes RFC 2047 words in every charset that browsers know. One in an
// unknown charset is still read, as toUTF8 has it: better a wrong letter than no name.
var wordDecoder = mime.WordDecoder{CharsetReader: func(charset string, input io.Reader) (io.Reader, error) {
	if enc, err := htmlindex.Get(charset); err == nil {
		return enc.NewDecoder().Reader(input), nil
	}
	raw, err := io.ReadAll(input)
	return strings.NewReader(toUTF8(string(raw))), err
}}

func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	decoded, err := wordDecoder.DecodeHeader(s)
	if err != nil {
		return s
	}
	return decoded
}

// ticketToken finds a ticket's id where a service desk puts it into a subject: [#12345],
// [ID:12345], or Halo's own ID:0012345. A bare number, "#12345" or "Order ID: 12345" may
// be anything.
var ticketToken = regexp.MustCompile(`(?i)\[(?:ticket )?#(\d{3,12})\]|\[(?:ticket )?id: ?(\d{3,12})\]|\bid:(\d{7,12})\b`)

// ticketID is the one ticket that subject names, without leading zeros; "" for none or
// for several.
func ticketID(subject string) string {
	var id string
	for _, match := range ticketToken.FindAllStringSubmatch(subject, -1) {
		found := strings.TrimLeft(match[1]+match[2]+match[3], "0")
		if id != "" && found != id {
			return ""
		}
		id = found
	}
	return id
}
