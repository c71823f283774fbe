package draft

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"halobot/internal/text"
)

// Addresses finds the e-mail addresses in a Slack message's text, in order, once each.
// The message may be as Slack sends it, with <mailto:…|…> links and entities, or plain. The
// domain of each is lower-case; an address whose domain has no dot is not taken.
func Addresses(message string) []string {
	var found []string
	seen := make(map[string]bool)
	for _, match := range addressLike.FindAllString(unescape(unlink(message)), -1) {
		address, ok := canonicalAddress(strings.TrimLeft(match, ".'"))
		if key := strings.ToLower(address); ok && !seen[key] && strings.Contains(hostOf(address), ".") && !isIP(hostOf(address)) {
			seen[key] = true
			found = append(found, address)
		}
	}
	return found
}

// addressLike leaves out what RFC 5322 allows before the @ but running text and Slack's
// markup put around an address: * ~ ` / | and the like.
var addressLike = regexp.MustCompile(`[\p{L}\p{M}\p{N}._%+'=&-]+@[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}.-]*`)

var slackLink = regexp.MustCompile(`<([^<>]*)>`)

// unlink replaces Slack's <url|label> links: those to an address by the address, in angle
// brackets; those to a page by their label; mentions by nothing.
func unlink(s string) string {
	return slackLink.ReplaceAllStringFunc(strings.ToValidUTF8(s, "\uFFFD"), func(link string) string {
		target, label, _ := strings.Cut(link[1:len(link)-1], "|")
		address, ok := fromMailto(target)
		switch {
		case ok:
			return "<" + address + ">"
		case strings.Contains(target, "://"):
			return " " + label + " "
		case target != "" && strings.ContainsAny(target[:1], "@#!"):
			return " "
		}
		return "<" + target + ">"
	})
}

// unescape undoes the three entities that Slack puts into text
// (docs.slack.dev/messaging/formatting-message-text), and no others.
func unescape(s string) string { return slackEntities.Replace(s) }

var slackEntities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

var mailto = regexp.MustCompile(`(?is)^mailto:([^?]+)`)

// fromMailto is the address that a link leads to.
func fromMailto(link string) (address string, ok bool) {
	m := mailto.FindStringSubmatch(link)
	if m == nil {
		return "", false
	}
	if plain, err := url.PathUnescape(m[1]); err == nil && utf8.ValidString(plain) {
		return plain, true
	}
	return m[1], true
}

// parseSender reads one sender, however it is written: a bare address, Name <address>,
// a mailto: link, Slack's form of one, a header of a mail with several. Of several it
// takes the first that can be used; address is "" when there is none.
func parseSender(s string) (name, address string) {
	s = text.Line(unescape(unlink(s)))
	if boxes := mailboxes(s); len(boxes) > 0 {
		return boxes[0].name, boxes[0].address
	}
	if all := Addresses(s); len(all) > 0 {
		return "", all[0]
	}
	return "", ""
}

// maxAddress is what RFC 5321 makes of its limits: 64 before the @, 255 after it.
const maxAddress = 64 + 1 + 255

// canonicalAddress returns an address with its domain in lower-case and its local part
// without quotes that it does not need, and whether it is one. Inner hosts are taken, as
// mailers have them: without a dot, with underscores, an IP address in brackets.
func canonicalAddress(s string) (string, bool) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || s[0] == '.' || utf8.RuneCountInString(s) > maxAddress || !utf8.ValidString(s) {
		return "", false
	}
	local, domain := s[:at], strings.ToLower(strings.TrimRight(s[at+1:], ".-"))
	if inside, size, ok := quotedString(local); ok && local[0] == '"' && size == len(local) && text.Line(inside) == inside {
		switch {
		case inside == "" || strings.ContainsAny(inside, "\"\\"):
			return "", false
		case isLocal(inside):
			local = inside
		}
	} else if !isLocal(local) {
		return "", false
	}
	if !isMailHost(domain) {
		return "", false
	}
	return local + "@" + domain, true
}

func isLocal(s string) bool {
	return s[0] != '.' && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", r)
	})
}

// isMailHost reports whether host can stand behind an @ in a header, as mailers write it: that
// no name server can know it is for [NobodyOf] to say.
func isMailHost(host string) bool {
	if strings.HasPrefix(host, "[") {
		return strings.HasSuffix(host, "]") && isAddr(strings.TrimPrefix(host[1:], "ipv6:"))
	}
	ascii, err := lookup.ToASCII(host)
	if err != nil {
		ascii = host // with a label that is no punycode
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if !isLabel(strings.NewReplacer("_", "a", "-", "a").Replace(label)) {
			return false
		}
	}
	return len(ascii) <= 255
}

// hostOf is what stands behind an address's @.
func hostOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// domainOf is the domain of an address in lower-case ASCII, or "".
func domainOf(address string) string {
	host := strings.TrimSuffix(hostOf(address), ".")
	ascii, err := lookup.ToASCII(host)
	switch lower := strings.ToLower(host); {
	case err == nil:
		return ascii
	case isMailHost(lower):
		return lower
	}
	return ""
}
