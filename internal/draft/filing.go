package draft

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"halobot/internal/text"
)

// Filing is one thing that can be done with an alert's sender and ticket once their client is
// there.
type Filing string

// The filings.
const (
	FileUser   Filing = "user"   // the sender becomes a user of the client
	FileTicket Filing = "ticket" // the ticket moves to the client
	FileDomain Filing = "domain" // later mails from the sender's domain are matched to the client
)

// ParseFilings reads a list of filings with commas, case and surrounding space aside; each is
// given once, in the order above. It is false for a word that is none; "" is no filing.
func ParseFilings(s string) ([]Filing, bool) {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ',' || r == ' ' })
	var filings []Filing
	for _, f := range []Filing{FileUser, FileTicket, FileDomain} {
		if slices.Contains(words, string(f)) {
			filings = append(filings, f)
			words = slices.DeleteFunc(words, func(w string) bool { return w == string(f) })
		}
	}
	return filings, len(words) == 0
}

// PersonName is what a user is called who writes from email under a display name: that name
// without quotation marks and what lists add to it; else the words of the address. It is at most
// 250 characters, and "" only without an address.
func PersonName(display, email string) string {
	name := text.Line(display)
	if m := via.FindStringSubmatch(name); m != nil {
		name = m[1]
	}
	name = strings.Trim(name, " '\"“”‘’<>")
	if strings.ContainsAny(name, "@") || !strings.ContainsFunc(name, unicode.IsLetter) {
		name = ""
	}
	if name == "" {
		local, _, _ := strings.Cut(text.Line(email), "@")
		local, _, _ = strings.Cut(local, "+")
		words := strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._- ", r) })
		for i, w := range words {
			first, size := utf8.DecodeRuneInString(w)
			words[i] = string(unicode.ToUpper(first)) + w[size:]
		}
		if name = strings.Join(words, " "); name == "" {
			name = local
		}
	}
	return text.Cut(name, maxSenderName)
}
