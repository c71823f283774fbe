package draft

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// CompanyName guesses a company's name from its domain, host or e-mail address
// (acme-rockets.co.uk → Acme Rockets). It is "" where the domain is nobody's, see [NobodyOf].
func CompanyName(domain string) string {
	label, _, _ := strings.Cut(Company(domain), ".")
	if readable, err := idna.ToUnicode(label); err == nil {
		label = readable
	}
	words := strings.FieldsFunc(label, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToTitle(first)) + word[size:]
	}
	return strings.Join(words, " ")
}
