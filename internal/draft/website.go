package draft

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/width"

	"halobot/internal/text"
)

// sentence is an error whose text is for the person who typed the value.
type sentence string

func (s sentence) Error() string { return string(s) }

func sentencef(format string, args ...any) error { return sentence(fmt.Sprintf(format, args...)) }

// ParseWebsite reads what people paste as a website (a link, a domain, an e-mail address) and
// returns its bare host: lower-case, IDN in punycode, without scheme, user, port, path, trailing
// dot or leading "www.". What gets pasted along comes off: quotation marks, brackets, the
// punctuation after it, characters that show nothing. What it returns parses to itself.
//
// It refuses what could not be a client's own: several websites, no host at all, IP addresses,
// schemes other than http, https and mailto, names that no public name server knows (an ending
// that the public suffix list does not have, labels that DNS forbids, symbols), endings
// themselves, more than [MaxWebsite] characters, free mail, and hosts that strangers share; see
// [NobodyOf]. The error's text is a sentence for the person who typed it.
func ParseWebsite(s string) (host string, err error) {
	s = text.Line(s)
	if s == "" {
		return "", sentence("Type the company's domain, like acme.com.")
	}
	s = markdownLink.ReplaceAllString(s, "$1")
	if len(Hosts(s)) > 1 {
		return "", sentence("One website only. Type the main one, like acme.com, or leave it empty.")
	}
	s = unwrap(marked(alone(s)))
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return "", sentence("A web address has no spaces. Type it as acme.com, or leave it empty.")
	}
	scheme, typed := authority(s)
	if !slices.Contains([]string{"", "http", "https", "mailto"}, scheme) {
		return "", sentencef("“%s:” does not begin a web address. Type it as acme.com, or leave it empty.", excerpt(scheme))
	}
	host, ok := bareHost(typed)
	shown := excerpt(cmp.Or(typed, s))
	switch {
	case isIP(typed), isIP(host):
		return "", sentencef("“%s” is an IP address. Type the company's domain, like acme.com.", shown)
	case !ok, !strings.Contains(host, "."):
		return "", sentencef(sayNoAddress, shown)
	case len(host) > MaxWebsite:
		return "", sentencef("This domain has %d characters, and Halo takes %d. Check it, or leave the website empty.", len(host), MaxWebsite)
	}
	switch NobodyOf(host) {
	case FreeMail:
		return "", sentencef("Anybody can have an address at %s, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain.", shown)
	case Shared:
		return "", sentencef("Many companies share %s, so this client would take in the mail of strangers. Leave the website empty, or type the company's own domain.", shown)
	case Ending:
		return "", sentencef("“%s” is only an ending. Type the company's own domain, like acme.%s.", shown, host)
	case Unroutable, NoDomain:
		return "", sentencef(sayNoAddress, shown)
	}
	return host, nil
}

const sayNoAddress = "“%s” is not a web address that exists. Type it as acme.com, or leave it empty."

// excerpt is s as a sentence may quote it.
func excerpt(s string) string { return text.Short(text.Line(s), 41) }

// unwrap takes off s what is written around a web address and after it, and undoes what
// keyboards make of one: full-width forms, and dashes for the hyphen.
func unwrap(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Dash, r) {
			return '-'
		}
		return r
	}, width.Fold.String(s))
	around := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.In(r, unicode.Quotation_Mark, unicode.Ps, unicode.Pe) || strings.ContainsRune("`´<>*~,;", r)
	}
	if isAddr(s) {
		return s
	}
	s = strings.TrimRightFunc(s, func(r rune) bool { return around(r) || strings.ContainsRune(".:!?…|", r) })
	if !strings.HasPrefix(s, "[") || !strings.Contains(s, "]") { // as [::1]:80 has them
		s = strings.TrimLeftFunc(s, func(r rune) bool { return around(r) || r == '.' })
	}
	return s
}

// alone is one of the same website written again and again, with nothing else beside but signs;
// else s.
func alone(s string) string {
	one := ""
	for word := range strings.FieldsSeq(s) {
		switch host := hostKey(word); {
		case host == "" && !strings.ContainsFunc(word, func(r rune) bool { return unicode.In(r, unicode.L, unicode.N) }):
		case host == "" || one != "" && hostKey(one) != host:
			return s
		default:
			one = cmp.Or(one, word)
		}
	}
	return cmp.Or(one, s)
}

// markdownLink is a link as Markdown has it: [Acme](https://acme.com).
var markdownLink = regexp.MustCompile(`\[[^\[\]]*\]\(((?:https?://|mailto:)[^()\s]+)\)`)

// marked is the one word of s that can be nothing but a website or an address, whatever stands beside
// it, as in Jane <jane@acme.com>; else s. A domain among words is not marked: "acme rockets.com" may be
// one with a space too many.
func marked(s string) string {
	words := strings.Fields(s)
	if len(words) == 2 && word(words[0]).isLabel() {
		return words[1]
	}
	at := slices.IndexFunc(words, func(w string) bool { return word(w).isMarked() && hostKey(w) != "" })
	if at < 0 || slices.ContainsFunc(slices.Delete(slices.Clone(words), at, at+1), func(w string) bool { return hostKey(w) != "" }) {
		return s
	}
	return words[at]
}

// HostKey is what two websites must share to be the same; "" when s holds no host. It is
// lenient: for what Halo has stored over the years, where a website may stand among other
// words. For whatever [ParseWebsite] accepts, it is what ParseWebsite returns.
func HostKey(s string) string {
	if hosts := Hosts(s); len(hosts) > 0 {
		return hosts[0]
	}
	return ""
}

// Hosts lists every host in s, as [HostKey] has them, once each: a website's field in Halo may
// hold several.
func Hosts(s string) []string {
	s = text.Line(s)
	if !strings.ContainsAny(s, " |") && strings.Count(s, "://") < 2 {
		if key := hostKey(s); key != "" {
			return []string{key}
		}
	}
	var all []string
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|", r) }) {
		if key := hostKey(word); key != "" && !slices.Contains(all, key) {
			all = append(all, key)
		}
	}
	return all
}

func hostKey(s string) string {
	_, typed := authority(unwrap(s))
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

// authority takes a URL, or what is left of one, apart: its scheme, lower-case and without
// the colon, and its host without user and port. Slack's <url|label> is a URL, too.
func authority(s string) (scheme, host string) {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">")
	if isAddr(s) {
		return "", s
	}
	for {
		before, after, ok := strings.Cut(s, ":")
		if !ok || !isScheme(before) || startsWithPort(after) || scheme != "" && !strings.HasPrefix(strings.ToLower(before), "http") {
			break
		}
		scheme, s = strings.ToLower(before), strings.TrimLeft(after, `/\`)
	}
	s, _, _ = strings.Cut(toSlashes.Replace(strings.TrimLeft(s, `/\`)), "/")
	s = s[strings.LastIndex(s, "@")+1:]
	if isAddr(s) {
		return scheme, s
	}
	if bare, ok := strings.CutSuffix(strings.TrimRight(s, "0123456789"), ":"); ok {
		s = bare
	}
	return scheme, s
}

// toSlashes makes one of all that can end a host.
var toSlashes = strings.NewReplacer(`\`, "/", "?", "/", "#", "/", "|", "/")

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
// may hold is left to isLabel and symbol: the profile's own check admits what DNS does not.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(),
	idna.CheckHyphens(false), idna.StrictDomainName(false), idna.CheckJoiners(true))

// bareHost is host in lower-case ASCII, without a trailing dot or a leading "www.".
func bareHost(host string) (string, bool) {
	ascii, err := lookup.ToASCII(host)
	if err != nil { // a joiner where no script needs it, else for good
		ascii, err = lookup.ToASCII(strings.Map(func(r rune) rune {
			if text.Invisible(r) {
				return -1
			}
			return r
		}, host))
	}
	if err != nil {
		return "", false
	}
	ascii = strings.TrimSuffix(ascii, ".")
	for label := range strings.SplitSeq(ascii, ".") {
		if !isLabel(label) {
			return "", false
		}
	}
	if people, err := idna.ToUnicode(ascii); err != nil || strings.ContainsFunc(people, symbol) {
		return "", false
	}
	return withoutWWW(ascii), true
}

// symbol reports what IDNA2008 keeps out of domains (RFC 5892): everything but letters, marks
// and digits, the hyphen, and the few signs that scripts write words with.
func symbol(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune("-.·͵׳״・\u200c\u200d", r)
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
