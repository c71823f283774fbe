package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"halobot/internal/text"
)

// mailbox is a sender as a mail names it. Its address is one that [canonicalAddress] takes.
type mailbox struct{ name, address string }

// mailboxes reads a list of mailboxes: as RFC 5322 has it, with its groups, comments and
// quoted parts, and as mailers write it against that: commas and addresses in a name without
// quotes, brackets of all kinds around an address, a name behind it, the whole in an encoded
// word. Those without a usable address are left out.
func mailboxes(s string) []mailbox {
	if len(s) > maxMailboxes { // the address mostly ends it
		s = s[:maxMailboxes/2] + " " + s[len(s)-maxMailboxes/2:]
	}
	s = linked.ReplaceAllString(text.Line(s), "$1")
	s = squareBrackets.ReplaceAllString(s, "<$1>")
	if at := behalf.FindStringIndex(s); at != nil && strings.Contains(s[:at[0]], "@") && strings.Contains(s[at[1]:], "@") {
		return append(scanMailboxes(s[at[1]:]), scanMailboxes(s[:at[0]])...) // a server, for somebody
	}
	for _, s := range []string{s, decodeWords(s), withoutComments(s)} {
		if found := scanMailboxes(s); len(found) > 0 {
			return found
		}
	}
	return nil
}

// withoutComments is s without what RFC 5322 allows within an address, where there are brackets: comments,
// and white space.
func withoutComments(s string) string {
	return inBrackets.ReplaceAllStringFunc(s, func(address string) string {
		return spacesAround.ReplaceAllString(innerComment.ReplaceAllString(address, " "), "$1")
	})
}

var (
	inBrackets   = regexp.MustCompile(`<[^<>]+@[^<>]+>|^[^<>@,;\s]+\s*@\s*[^<>@,;\s]+$`)
	innerComment = regexp.MustCompile(`\([^()]*\)`)
	spacesAround = regexp.MustCompile(`\s*([@.<>])\s*`)
)

// squareBrackets are how older versions of Outlook, and Notes, write an address in plain text, and
// linked how programs do that know Markdown.
var (
	squareBrackets = regexp.MustCompile(`\[(?:mailto:)?([^\[\]\s@]+@[^\[\]\s]+)\]`)
	linked         = regexp.MustCompile(`\[([^\[\]\s@]+@[^\[\]\s]+)\]\(mailto:[^()\s]*\)`)
)

// maxMailboxes bounds what is read of a list, in bytes: its beginning and its end.
const maxMailboxes = 8 << 10

// scan is one mailbox in the making.
type scan struct {
	phrase  strings.Builder // what can be a name: text outside of comments and brackets, quotes undone
	bare    strings.Builder // what can be an address: the same, with quotes
	comment string
	address string // that stood in brackets
	before  int    // how much of phrase stood before it
}

func scanMailboxes(s string) []mailbox {
	var found []mailbox
	var now scan
	for i := 0; i < len(s); {
		rest := s[i:]
		switch c := s[i]; {
		case strings.HasPrefix(rest, "=?"):
			word := rest[:2]
			if at := encodedWord.FindStringIndex(rest[:min(len(rest), 1000)]); at != nil && at[0] == 0 {
				word = rest[:at[1]]
			}
			now.phrase.WriteString(word)
			now.bare.WriteString(word)
			i += len(word)
			continue
		case c == '"':
			if inside, size, ok := quotedString(rest); ok {
				now.phrase.WriteString(inside)
				now.bare.WriteString(rest[:size])
				i += size
				continue
			}
		case c == '(':
			if inside, size, ok := comment(rest); ok {
				now.comment = inside
				if now.address == "" {
					now.phrase.WriteString(rest[:size])
				}
				now.bare.WriteByte(' ')
				i += size
				continue
			}
		case c == '<':
			from, ends := 1, ">,;"
			switch {
			case strings.HasPrefix(rest, "<@"): // a source route has commas
				ends = ">"
			case strings.HasPrefix(rest, `<"`): // "jane, doe"@acme.com
				_, size, _ := quotedString(rest[1:])
				from += size
			}
			end := len(rest) - len(strings.TrimLeftFunc(rest[from:], func(r rune) bool { return !strings.ContainsRune(ends, r) }))
			if address, ok := bracketed(rest[1:end]); ok && now.address == "" {
				now.address, now.before = address, now.phrase.Len()
				i += end
				continue
			}
		case c == '>':
			i++
			continue
		case c == ',' || c == ';':
			if box, ok := now.box(); ok {
				found = append(found, box)
				now = scan{}
				if len(found) >= maxFound {
					return found
				}
				i++
				continue
			}
		case c == ':' && strings.Contains(rest, ";") && now.address == "" && !strings.Contains(now.bare.String(), "@"):
			now = scan{} // it was a group's name
			i++
			continue
		}
		now.phrase.WriteByte(s[i])
		now.bare.WriteByte(s[i])
		i++
	}
	if box, ok := now.box(); ok {
		found = append(found, box)
	}
	return found
}

// box is the mailbox, if it has an address that can be used.
func (s *scan) box() (mailbox, bool) {
	name := s.phrase.String()
	if before := name[:s.before]; strings.TrimSpace(before) != "" {
		name = before // what stands behind is no more of a name: "Ines Faro <ines@faro.example> wrote to bob@globex.example"
	}
	if s.address == "" {
		name = ""
		for _, words := range [][]string{splitWords(s.bare.String()), strings.FieldsFunc(s.bare.String(), looseSpace)} {
			at := slices.IndexFunc(words, func(word string) bool {
				var ok bool
				s.address, ok = bracketed(word)
				return ok
			})
			if at < 0 {
				continue
			}
			if at == len(words)-1 && isNamed(words[:at]) {
				name = strings.ReplaceAll(strings.Join(words[:at], " "), `"`, "") // Ines Faro ines@faro.example
			}
			break
		}
	}
	if inside, ok := bracketed(s.comment); ok && s.address == "" { // Ines Faro (ines@faro.example)
		s.address, name = inside, strings.ReplaceAll(s.phrase.String(), "("+s.comment+")", "")
	}
	if s.address == "" {
		return mailbox{}, false
	}
	if name = tidyName(name, s.address); name == "" {
		name = tidyName(s.comment, s.address)
	}
	return mailbox{name, s.address}, true
}

// isNamed reports whether words that stand before an address without brackets are a name, not prose:
// each begins with a capital letter, or has none, or goes before a surname.
func isNamed(words []string) bool {
	return len(words) <= 5 && !slices.ContainsFunc(words, func(word string) bool {
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, `"'`))
		return unicode.IsLower(first) && !particles[word] || !unicode.IsLetter(first)
	})
}

var particles = setOf("von", "van", "der", "den", "de", "zu", "zum", "del", "della", "da", "di", "dos", "du", "la", "le", "el", "al", "bin", "ben", "ter", "ten")

func looseSpace(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`",;`, r) }

// splitWords splits at white space outside of quotes.
func splitWords(s string) []string {
	if !strings.Contains(s, `"`) {
		return strings.Fields(s)
	}
	var words []string
	start, quoted := -1, false
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s), !quoted && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n'):
			if start >= 0 {
				words = append(words, s[start:i])
			}
			start = -1
			continue
		case s[i] == '"':
			quoted = !quoted
		}
		if start < 0 {
			start = i
		}
	}
	return words
}

// bracketed is the address in s, without what mailers put around it: mailto:, smtp:, a
// source route, brackets, punctuation.
func bracketed(s string) (string, bool) {
	if address, ok := canonicalAddress(s); ok {
		return address, true
	}
	s = strings.Trim(strings.TrimSpace(s), "<>[](),;'‘’“”")
	if address, ok := fromMailto(s); ok {
		s = address
	}
	if route, address, ok := strings.Cut(s, ":"); ok && (strings.HasPrefix(route, "@") || strings.EqualFold(route, "smtp")) {
		s = address
	}
	s, _, _ = strings.Cut(s, "<") // a link to itself
	return canonicalAddress(strings.TrimSpace(s))
}

// tidyName is what of a mailbox's name is one: without quotes around it, and nothing where it
// only says an address again.
func tidyName(name, address string) string {
	name = text.Line(decodeWords(name))
	for {
		bare := strings.Trim(name, ` ",;`)
		for _, quotes := range []string{"''", "‘’", "“”", "„“", "<>", "[]", "()", "``"} {
			open, shut := []rune(quotes)[0], []rune(quotes)[1]
			if r := []rune(bare); len(r) > 1 && r[0] == open && r[len(r)-1] == shut {
				bare = string(r[1 : len(r)-1])
			}
		}
		if bare == name {
			break
		}
		name = bare
	}
	if _, is := bracketed(name); is || strings.EqualFold(name, address) || name == "'" {
		return ""
	}
	return name
}

// quotedString reads the quoted string that s begins with.
func quotedString(s string) (inside string, size int, ok bool) {
	var out strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				out.WriteByte(s[i])
			}
		case '"':
			return out.String(), i + 1, true
		default:
			out.WriteByte(s[i])
		}
	}
	return "", 0, false
}

// comment reads the comment that s begins with, which may hold others.
func comment(s string) (inside string, size int, ok bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s[1:i], i + 1, true
			}
		}
	}
	return "", 0, false
}
