package draft

import (
	"bufio"
	"encoding/base64"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"halobot/internal/text"
)

// header is a mail's header: the fields in order, with lower-case names and unfolded values,
// which are bytes in any charset.
type header []struct{ name, value string }

// Bounds of a header. What is beyond one is passed over, the rest is still read.
const (
	maxLine  = 64 << 10 // bytes of a line
	maxField = 64 << 10 // bytes of a field, its further lines included
	maxAlike = 50       // fields of one name
)

// envelopeFrom stands for the line that begins a mail in a mailbox, and what procmail
// hands on: From sender@host, a date.
const envelopeFrom = "from "

// readHeader reads the fields that kept names, up to the empty line. It is more forgiving
// than net/mail, which gives a mail up over one broken line: lines that are no header are
// passed over, and white space may stand before a colon. It takes time in proportion to
// what it reads. any reports whether there was a field at all.
func readHeader(r *bufio.Reader, kept func(name string) bool) (h header, any bool, err error) {
	var value []byte
	name := ""
	alike := make(map[string]int)
	end := func() {
		if alike[name]++; name != "" && alike[name] <= maxAlike {
			h = append(h, struct{ name, value string }{name, string(value)})
		}
		name, value = "", nil
	}
	for {
		line, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		before, after, colon := strings.Cut(line, ":")
		switch {
		case line == "":
			if any {
				end()
				return h, any, nil
			}
		case line[0] == ' ' || line[0] == '\t':
			if folded := strings.TrimSpace(line); name != "" && len(value)+len(folded) < maxField {
				value = append(append(value, ' '), folded...)
			}
		case strings.HasPrefix(line, "From ") && !spaceThenColon(line) || strings.HasPrefix(line, ">From "):
			end()
			any = true
			if sender := strings.Fields(line); len(sender) > 1 && kept(envelopeFrom) {
				name, value = envelopeFrom, []byte(sender[1])
			}
		case colon:
			end()
			any = true
			if n := strings.ToLower(text.Line(before)); kept(n) {
				name, value = n, []byte(strings.TrimSpace(after))
			}
		default:
			end()
		}
		if err != nil {
			end()
			return h, any, nil
		}
	}
}

// spaceThenColon reports a field whose colon stands behind white space: "From : jane@acme.com".
func spaceThenColon(line string) bool {
	return strings.HasPrefix(strings.TrimLeft(line[len("From"):], " \t"), ":")
}

// readLine reads a line without its end; of one longer than maxLine only that much.
func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part[:min(maxLine-len(line), len(part))]...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(string(line), "\r\n"), err
		}
	}
}

// get returns the first field of that name, "" for none.
func (h header) get(name string) string {
	for _, f := range h {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// all returns the fields of that name, in order.
func (h header) all(name string) []string {
	var values []string
	for _, f := range h {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// toUTF8 reads bytes in a charset. What is UTF-8 already is taken as such, whatever it is
// said to be; in a charset that is unknown or not said, other bytes are read as Windows-1252,
// which has a character for nearly every byte and is what mailers that send raw 8-bit
// text mostly mean: better a wrong letter than no name.
func toUTF8(s, charset string) string {
	stateful := strings.Contains(s, "\x1b$")
	if utf8.ValidString(s) && !stateful && !notInHeaders(charset) {
		return s
	}
	if stateful && charset == "" {
		charset = "iso-2022-jp"
	}
	if enc, err := htmlindex.Get(charset); err == nil && charset != "utf-8" {
		if decoded, err := enc.NewDecoder().String(s); err == nil {
			return decoded
		}
	}
	if enc, err := ianaindex.MIME.Encoding(charset); err == nil && enc != nil && charset != "utf-8" {
		if decoded, err := enc.NewDecoder().String(s); err == nil {
			return decoded
		}
	}
	if decoded, err := charmap.Windows1252.NewDecoder().String(s); err == nil && !utf8.ValidString(s) {
		return decoded
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// notInHeaders reports whether a charset, in lower case, means other letters by ASCII's bytes: no header
// is written raw in it, whatever its mail's text is in.
func notInHeaders(charset string) bool {
	return strings.HasPrefix(charset, "utf-16") || charset == "hz-gb-2312"
}

// encodedWord is RFC 2047's, with the language of RFC 2231 section 5 allowed, and with white
// space in the text, which mailers leave in.
var encodedWord = regexp.MustCompile(`=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=`)

// decodeWords decodes the encoded words of a header. Neighbours in one charset are decoded as
// one: mailers cut a character in two between them.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	var out strings.Builder
	var pending, charset string
	flush := func() {
		out.WriteString(toUTF8(pending, charset))
		pending = ""
	}
	last := 0
	for _, m := range encodedWord.FindAllStringSubmatchIndex(s, -1) {
		if between := s[last:m[0]]; last == 0 || strings.TrimSpace(between) != "" {
			flush()
			out.WriteString(between)
		}
		if next := strings.ToLower(s[m[2]:m[3]]); next != charset {
			flush()
			charset = next
		}
		if body := s[m[6]:m[7]]; strings.EqualFold(s[m[4]:m[5]], "b") {
			pending += decodeBase64(body)
		} else {
			pending += decodeQ(body)
		}
		last = m[1]
	}
	flush()
	out.WriteString(s[last:])
	return out.String()
}

// decodeBase64 decodes what it can, also without padding and with strangers in between.
func decodeBase64(s string) string {
	s = strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '+' || r == '/' {
			return r
		}
		return -1
	}, s)
	decoded, _ := base64.RawStdEncoding.DecodeString(s)
	return string(decoded)
}

// decodeQ decodes RFC 2047's Q encoding; an = that encodes nothing stays.
func decodeQ(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
			continue
		case s[i] == '=' && i+2 < len(s):
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}
