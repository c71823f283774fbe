package draft

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"halobot/internal/text"
)

// sentence is an error whose text is for the person who typed the value.
type sentence string

func (s sentence) Error() string { return string(s) }

func sentencef(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// ParseWebsite reads what people paste as a website (a link, a domain, an e-mail address)
// and returns its bare host: lower-case, IDN in punycode, without scheme, user, port, path,
// trailing dot or leading "www.". What it returns parses to itself.
//
// It refuses what could not be a client's own: no host at all, IP addresses, localhost,
// public suffixes (the ICANN and the private ones of publicsuffix.org), schemes other than
// http and https, labels that DNS forbids, more than [MaxWebsite] characters, free-mail
// domains. The error's text is a sentence for the person who typed it.
func ParseWebsite(s string) (host string, err error) {
	s = trim(s)
	switch {
	case s == "":
		return "", sentence("Type the company's domain, like acme.com.")
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", sentence("A website has no spaces. Type only the domain, like acme.com.")
	}
	scheme, typed := authority(s)
	if scheme != "" && scheme != "http" && scheme != "https" {
		return "", sentencef("“%s:” does not begin a web address. Type only the domain, like acme.com.", excerpt(scheme))
	}
	shown := excerpt(typed)
	if shown == "" {
		return "", sentencef("“%s” holds no domain. Type only the domain, like acme.com.", excerpt(s))
	}
	if isIP(typed) {
		return "", sentencef("“%s” is an IP address. Type the company's domain, like acme.com.", shown)
	}
	host, ok := bareHost(typed)
	switch {
	case !ok:
		return "", sentencef("“%s” is no domain: between the dots are 1 to 63 letters, digits or inner hyphens. Check it, or leave the website empty.", shown)
	case isIP(host):
		return "", sentencef("“%s” is an IP address. Type the company's domain, like acme.com.", shown)
	case host == "localhost", strings.HasSuffix(host, ".localhost"), host == "localhost.localdomain":
		return "", sentencef("“%s” only means the computer itself. Type the company's domain, like acme.com.", shown)
	case !strings.Contains(host, "."):
		return "", sentencef("“%s” has no dot. Type the whole domain, like acme.com.", shown)
	case len(host) > MaxWebsite:
		return "", sentencef("This domain has %d characters, and Halo takes %d. Check it, or leave the website empty.", len(host), MaxWebsite)
	case publicSuffix(host) == host:
		return "", sentencef("“%s” is only an ending. Type the company's own domain, like acme.%s.", shown, host)
	case IsFreeMail(host):
		return "", sentencef("Anybody can have an address at %s, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain.", shown)
	}
	return host, nil
}

// excerpt is s as a sentence may quote it.
func excerpt(s string) string { return text.Short(text.Line(s), 41) }

// HostKey is what two websites must share to be the same; "" when s holds no host. It is
// lenient: for what Halo has stored over the years, where a website may stand among other
// words. For whatever [ParseWebsite] accepts, it is what ParseWebsite returns.
func HostKey(s string) string {
	if key := hostKey(trim(s)); key != "" {
		return key
	}
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		if key := hostKey(strings.Trim(word, `()[]{}<>"'.`)); key != "" {
			return key
		}
	}
	return ""
}

func hostKey(s string) string {
	_, typed := authority(s)
	typed = strings.Trim(typed, ".")
	host, ok := bareHost(typed)
	if !ok {
		host = withoutWWW(strings.ToLower(typed))
		if strings.Contains(typed, "..") || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			return ""
		}
	}
	if !strings.Contains(host, ".") {
		return ""
	}
	return host
}

// RegistrableDomain is the part of host that somebody registered
// (mail.initech.co.uk → initech.co.uk), or "".
func RegistrableDomain(host string) string {
	host = HostKey(host)
	if host == "" || isIP(host) {
		return ""
	}
	suffix := publicSuffix(host)
	owner, ok := strings.CutSuffix(host, "."+suffix)
	if !ok {
		return ""
	}
	return owner[strings.LastIndex(owner, ".")+1:] + "." + suffix
}

// tenantDomains are those under which Microsoft 365 gives each customer a name of its own.
// The public suffix list does not have them.
var tenantDomains = []string{"mail.onmicrosoft.com", "onmicrosoft.com"}

// publicSuffix is the end of host under which anybody may register a name.
func publicSuffix(host string) string {
	for _, suffix := range tenantDomains {
		if host == suffix || strings.HasSuffix(host, "."+suffix) {
			return suffix
		}
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix
}

// trim takes off what gets pasted along with a value.
func trim(s string) string {
	return strings.TrimFunc(strings.ToValidUTF8(s, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || text.Invisible(r)
	})
}

// authority takes a URL, or what is left of one, apart: its scheme, lower-case and without
// the colon, and its host without user and port. Slack's <url|label> is a URL, too.
func authority(s string) (scheme, host string) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	if isAddr(s) {
		return "", s
	}
	if before, after, ok := strings.Cut(s, ":"); ok && isScheme(before) && !startsWithPort(after) {
		scheme, s = strings.ToLower(before), after
	}
	s = strings.TrimLeft(s, `/\`)
	if i := strings.IndexAny(s, `/\?#|`); i >= 0 {
		s = s[:i]
	}
	s = s[strings.LastIndex(s, "@")+1:]
	if isAddr(s) {
		return scheme, s
	}
	if i := strings.LastIndex(s, ":"); i >= 0 && strings.Trim(s[i+1:], "0123456789") == "" {
		s = s[:i]
	}
	return scheme, s
}

// isScheme leaves the dot out, which RFC 3986 allows and no scheme in use has:
// with a dot it is a host before a port.
func isScheme(s string) bool {
	return s != "" && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789+-") == ""
}

func startsWithPort(s string) bool {
	rest := strings.TrimLeft(s, "0123456789")
	return len(rest) < len(s) && (rest == "" || strings.ContainsAny(rest[:1], `/\?#|`))
}

// isIP reports IP addresses in all the forms that browsers take, which is any host whose
// last label is a number (url.spec.whatwg.org/#ends-in-a-number-checker).
func isIP(host string) bool {
	if isAddr(host) {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndex(host, ".")+1:]
	if hex, ok := strings.CutPrefix(strings.ToLower(last), "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return last != "" && strings.Trim(last, "0123456789") == ""
}

func isAddr(s string) bool {
	_, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return err == nil
}

// lookup maps a host as browsers do (UTS #46, non-transitional). Which characters a label
// may hold is left to isLabel: the profile's own check admits what DNS does not.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
	idna.CheckHyphens(false), idna.StrictDomainName(false))

// bareHost is host in lower-case ASCII, without a trailing dot or a leading "www.".
func bareHost(host string) (string, bool) {
	ascii, err := lookup.ToASCII(host)
	if err != nil {
		return "", false
	}
	ascii = strings.TrimSuffix(ascii, ".")
	for label := range strings.SplitSeq(ascii, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	return withoutWWW(ascii), true
}

// withoutWWW leaves www.com and www.co.uk as they are: there it is the registered name.
func withoutWWW(host string) string {
	for {
		rest, ok := strings.CutPrefix(host, "www.")
		if !ok || publicSuffix(rest) == rest {
			return host
		}
		host = rest
	}
}

func isLabel(s string) bool {
	return 1 <= len(s) && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
