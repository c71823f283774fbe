package draft

import (
	"strings"
)

// Verdict says whether a mail is from whom its From names.
type Verdict string

// The verdicts, as a button's value has them.
const (
	Unverified Verdict = "" // nobody said so, or nobody who is believed
	Passed     Verdict = "pass"
	Failed     Verdict = "fail"
)

// parseVerdict reads a flow's word for it.
func parseVerdict(s string) Verdict {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "pass", "passed":
		return Passed
	case "fail", "failed":
		return Failed
	}
	return Unverified
}

// verdict is what the mail server called server says of a mail from host. results are the
// mail's Authentication-Results, the topmost first: a server adds its own on top, so that
// what stands below one of its own may be anybody's (RFC 8601 section 5). DMARC's word
// counts; without one, SPF's or DKIM's for the domain that From is of (RFC 7489 section 3.1).
func verdict(server string, results []string, host string) Verdict {
	if server == "" {
		return Unverified
	}
	for _, value := range results {
		id, methods := authResults(value)
		if !strings.EqualFold(id, server) {
			continue
		}
		aligned := Unverified
		for _, m := range methods {
			switch {
			case m.method == "dmarc" && m.result == "fail":
				return Failed
			case m.result != "pass":
			case m.method == "dmarc" && (m.props["header.from"] == "" || sameOrganisation(m.props["header.from"], host)),
				m.method == "spf" && sameOrganisation(m.props["smtp.mailfrom"], host),
				m.method == "dkim" && (sameOrganisation(m.props["header.d"], host) || m.props["header.d"] == "" && sameOrganisation(m.props["header.i"], host)):
				aligned = Passed
			}
		}
		return aligned
	}
	return Unverified
}

// sameOrganisation is DMARC's relaxed alignment.
func sameOrganisation(domain, host string) bool {
	domain, host = strings.ToLower(domainOf(domain)), strings.ToLower(host)
	if domain == "" || host == "" {
		return false
	}
	if domain == host {
		return true
	}
	registered := RegistrableDomain(domain)
	return registered != "" && registered == RegistrableDomain(host)
}

// authResult is one method's result with its properties, all in lower-case.
type authResult struct {
	method, result string
	props          map[string]string
}

// authResults reads an Authentication-Results field (RFC 8601 section 2.2). id is "" for one
// that names no server.
func authResults(value string) (id string, all []authResult) {
	for i, part := range splitOutside(value, ';') {
		var words []string
		for _, word := range splitOutside(part, ' ') {
			if word != "" {
				words = append(words, word)
			}
		}
		switch {
		case len(words) == 0:
		case i == 0:
			if !strings.Contains(words[0], "=") {
				id = strings.TrimSuffix(words[0], ".")
			}
		default:
			r := authResult{props: make(map[string]string)}
			for n, word := range words {
				key, value, ok := strings.Cut(strings.ToLower(word), "=")
				switch {
				case n == 0 && ok:
					method, _, _ := strings.Cut(key, "/") // with its version
					r.method, r.result = strings.TrimSpace(method), value
				case ok && r.props[key] == "":
					r.props[key] = value
				}
			}
			all = append(all, r)
		}
	}
	return id, all
}

// splitOutside splits s at sep outside of quoted strings and comments, which it undoes, and
// without white space around = and /.
func splitOutside(s string, sep byte) []string {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(s); {
		rest := s[i:]
		if s[i] == '"' {
			if inside, size, ok := quotedString(rest); ok {
				if sep == ' ' {
					part.WriteString(strings.ReplaceAll(inside, " ", ""))
				} else {
					part.WriteString(rest[:size])
				}
				i += size
				continue
			}
		}
		if s[i] == '(' {
			if _, size, ok := comment(rest); ok {
				part.WriteByte(' ')
				i += size
				continue
			}
		}
		c := s[i]
		if c == '\t' || c == '\r' || c == '\n' {
			c = ' '
		}
		i++
		if c == ' ' && (strings.HasPrefix(strings.TrimLeft(s[i:], " \t\r\n"), "=") || strings.HasSuffix(part.String(), "=")) {
			continue
		}
		if c == sep {
			parts = append(parts, part.String())
			part.Reset()
			continue
		}
		part.WriteByte(c)
	}
	return append(parts, part.String())
}
