package draft

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"halobot/internal/text"
)

// CompanyName guesses a company's name from its domain, host or e-mail address
// (acme-rockets.co.uk → Acme Rockets). It is "" where the domain is nobody's, see [NobodyOf],
// and where the name could be taken for another one, see [Readable].
func CompanyName(domain string) string {
	shown, deceives := Readable(Company(domain))
	label, _, _ := strings.Cut(shown, ".")
	if deceives || strings.HasPrefix(label, "xn--") {
		return ""
	}
	words := strings.FieldsFunc(label, func(r rune) bool { return r == '-' || r == '_' })
	for i, word := range words {
		first, size := utf8.DecodeRuneInString(word)
		words[i] = string(unicode.ToTitle(first)) + word[size:]
	}
	return strings.Join(words, " ")
}

// Readable is host as people write it: international letters, not punycode. Where it could be
// taken for another host deceives is true, and the punycode has to stand beside it: a label mixes
// scripts, or is wholly of letters that look like Latin ones under an ending where its script is
// not at home. What is no host comes back as it is.
func Readable(host string) (shown string, deceives bool) {
	ascii, err := lookup.ToASCII(host)
	if err != nil || !strings.Contains(ascii, "xn--") {
		return host, false
	}
	shown, err = idna.ToUnicode(ascii)
	if err != nil {
		return host, false
	}
	if again, err := lookup.ToASCII(shown); err != nil || again != ascii {
		return ascii, false
	}
	home := otherScripts[ascii[strings.LastIndex(ascii, ".")+1:]]
	for label := range strings.SplitSeq(strings.TrimSuffix(shown, "."), ".") {
		if text.Mixed(label) || text.LikeLatin(label) && !home {
			deceives = true
		}
	}
	return shown, deceives
}

// otherScripts are the countries' endings under which words in Cyrillic, Greek or Armenian
// letters are what one expects; an ending in such letters is one as well.
var otherScripts = func() map[string]bool {
	all := make(map[string]bool)
	for _, end := range strings.Fields(`ru su by ua bg kz kg tj uz mn rs me mk ba md am gr cy
		xn--p1ai xn--90ais xn--j1amh xn--90ae xn--80ao21a xn--90a3ac xn--d1alf xn--l1acc xn--e1a4c
		xn--qxam xn--qxa6a xn--y9a3aq xn--80asehdb xn--80aswg xn--c1avg xn--j1aef xn--d1acj3b xn--80adxhks xn--p1acf`) {
		all[end] = true
	}
	return all
}()

// ShownHost is host as it is shown: readable, and with the punycode beside it where it could be
// taken for another. What is no host comes back as it is.
func ShownHost(host string) string {
	shown, deceives := Readable(host)
	if !deceives {
		return shown
	}
	ascii, _ := lookup.ToASCII(host) // Readable had it
	return shown + " (" + ascii + ")"
}

// ShownAddress is an e-mail address with its domain as [ShownHost] has it.
func ShownAddress(address string) string {
	host := hostOf(address)
	return strings.TrimSuffix(address, host) + ShownHost(host)
}

// TypedHost is host as a person would type it: readable, but in punycode where it could be
// taken for another. [ParseWebsite] reads it as host.
func TypedHost(host string) string {
	if shown, deceives := Readable(host); !deceives {
		return shown
	}
	return host
}
