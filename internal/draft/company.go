package draft

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// CompanyName guesses a company's name from its domain, host or e-mail address
// (acme-rockets.co.uk → Acme Rockets). It is "" for what is no domain, and for free mail,
// which says nothing of a company.
func CompanyName(domain string) string {
	domain = RegistrableDomain(domain)
	if domain == "" || IsFreeMail(domain) {
		return ""
	}
	label, _, _ := strings.Cut(domain, ".")
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
