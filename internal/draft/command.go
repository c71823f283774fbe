package draft

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"halobot/internal/text"
)

// Typed is what somebody typed after the command.
type Typed struct {
	Draft Draft
	Help  bool // they asked how it is used
	// Left is a domain that was typed and is nobody's, see [NobodyOf]: the website is empty
	// because of it.
	Left string
}

// ParseCommand reads what is typed after the command, as Slack sends it: a name, and a website
// or an e-mail address after it, before it, or in brackets. A website alone has its name guessed,
// as an alert's has. Of several websites at one end all are kept in the field, for the person
// to choose.
func ParseCommand(typed string) Typed {
	typed = text.Line(unescape(plainLinks(typed)))
	if slices.Contains([]string{"help", "?", "-h", "--help"}, strings.ToLower(typed)) {
		return Typed{Help: true}
	}
	words := slices.DeleteFunc(words(typed), word.isLabel)
	from, to := websites(words)
	sites := words[from:to]
	var t Typed
	var found []string
	for _, w := range sites {
		switch host, left := w.website(); {
		case left != "":
			t.Left = left
		case host != "" && !slices.Contains(found, host):
			found = append(found, host)
		}
	}
	if from == 0 && to == 1 && to < len(words) && !slices.ContainsFunc(words[to:], func(w word) bool { return !w.isForm() }) {
		to = 0 // Booking.com B.V.
	}
	name := nameOf(slices.Concat(words[:from], words[to:]))
	if name == "" && len(found) > 0 {
		name = CompanyName(found[0])
		if len(sites) > 1 && len(found) == 1 { // Booking.com booking.com
			name = unwrap(string(sites[0]))
		}
	}
	t.Draft.Name = text.Cut(name, MaxName)
	t.Draft.Website = strings.Join(found, " ")
	return t
}

// word is one of those that were typed, with what stands around it.
type word string

// words splits a line at its spaces, and where a comma stands between a name and a website.
func words(line string) (all []word) {
	for _, s := range strings.Fields(line) {
		parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|", r) })
		if len(parts) > 1 && slices.ContainsFunc(parts, func(s string) bool { return word(s).isWebsite() }) && !strings.Contains(s, "://") {
			for _, part := range parts {
				all = append(all, word(part))
			}
			continue
		}
		all = append(all, word(s))
	}
	return all
}

// websites finds the words from:to that are the website, with the signs beside it: at the end,
// else at the beginning, else what can be nothing else.
func websites(words []word) (from, to int) {
	part := func(w word) bool { return w.isWebsite() || w.isSign() }
	from, to = len(words), len(words)
	for from > 0 && part(words[from-1]) {
		from--
	}
	if slices.ContainsFunc(words[from:to], word.isWebsite) {
		return from, to
	}
	for from, to = 0, 0; to < len(words) && part(words[to]); {
		to++
	}
	if slices.ContainsFunc(words[from:to], word.isWebsite) {
		return from, to
	}
	for i, w := range words {
		if w.isWebsite() && w.isMarked() {
			return i, i + 1
		}
	}
	return len(words), len(words)
}

// website is the host that w names; left is its domain where that is nobody's.
func (w word) website() (host, left string) {
	if w.isAbbreviation() {
		return "", ""
	}
	host, err := ParseWebsite(string(w))
	switch {
	case err == nil && strings.Contains(string(w), "@") && !strings.Contains(string(w), "://"):
		return RegistrableDomain(host), "" // as of a mail's sender
	case err == nil:
		return host, ""
	}
	host = HostKey(string(w))
	switch why := NobodyOf(host); {
	case why == FreeMail, why == Shared, why == Unroutable && strings.Contains(string(w), "@"):
		return "", host
	}
	return "", ""
}

func (w word) isWebsite() bool {
	host, left := w.website()
	return host != "" || left != ""
}

// isSign reports that w is no word at all: a dash, a bracket.
func (w word) isSign() bool {
	return !strings.ContainsFunc(string(w), func(r rune) bool {
		return unicode.In(r, unicode.L, unicode.N, unicode.S) && r != '|' && r != '=' && r != '>'
	})
}

// isLabel reports that w says what the next words are.
func (w word) isLabel() bool {
	label, is := strings.CutSuffix(strings.ToLower(string(w)), ":")
	return is && labels[label]
}

var labels = setOf("name", "client", "company", "customer", "kunde", "firma", "website", "web", "webseite", "url", "domain", "site", "homepage",
	"email", "e-mail", "mail")

// isForm reports that w is the form of a company, or a part of one, which alone is nobody's name.
func (w word) isForm() bool {
	s := strings.ToLower(unwrap(string(w)))
	return w.isSign() || forms[strings.ReplaceAll(s, ".", "")] || !slices.ContainsFunc(strings.Split(s, "."), func(label string) bool { return !forms[label] })
}

// isMarked reports that w can be nothing but a website, though it stands among other words.
func (w word) isMarked() bool {
	s := string(w)
	return strings.ContainsAny(s, "@") || strings.Contains(s, "://") || strings.HasPrefix(strings.ToLower(s), "www.") ||
		strings.ContainsFunc(s[:1], func(r rune) bool { return strings.ContainsRune("([<{", r) })
}

// isAbbreviation tells companies' forms and titles from websites whose ending is a word, too:
// Co.KG, Pty.Ltd, Mr.Green. Case decides where letters alone do not.
func (w word) isAbbreviation() bool {
	s := unwrap(string(w))
	if strings.ContainsAny(s, "@/:") || strings.HasPrefix(strings.ToLower(s), "www.") {
		return false
	}
	labels := strings.Split(s, ".")
	end := labels[len(labels)-1]
	form := func(label string) bool { return abbreviations[strings.ToLower(label)] }
	letter := func(label string) bool { return utf8.RuneCountInString(label) == 1 }
	switch {
	case !slices.ContainsFunc(labels, func(l string) bool { return !form(l) && !letter(l) }): // Co.KG
		return true
	case strings.ToLower(end) != end && form(end) && end != "Co" && end != "CO": // Müller.GmbH
		return true
	case strings.ToLower(s) != s && len(end) == 2 && !slices.ContainsFunc(labels[:len(labels)-1], func(l string) bool { return !letter(l) }): // R.US
		return true
	}
	// Mr.Green, but not Acme.Com or Acme.De.
	return title.MatchString(end) && len(end) > 2 && !slices.Contains([]string{"Com", "Net", "Org", "Info", "Biz"}, end)
}

var title = regexp.MustCompile(`^\p{Lu}\p{Ll}+$`)

// forms are those of companies, abbreviations what else names are shortened with, too: titles.
var (
	forms = setOf(strings.Fields(`ab ag aps as asa bhd bros bv bvba cia cie co corp cv doo eg ek eood ev ewiv fa gbr
		ges gesmbh gmbh inc kft kg kgaa kk lda limited llc llp lp ltd ltda mbh nv nyrt od ohg oo ood oy oyj plc pt pte pty
		pvt rt sa sac sarl sas sca scs sdn se sia sl slu snc spa spk srl sro stg ug uab vof zoo zrt`)...)
	abbreviations = func() map[string]bool {
		all := setOf(strings.Fields(`dent dipl dr fr hc ing jr jun jur mag med mr mrs ms mt nat no nr phil prof rer sen sr st ste`)...)
		maps.Copy(all, forms)
		return all
	}()
)

// nameOf is words as a name, without the signs and the quotation marks around it.
func nameOf(words []word) string {
	var parts []string
	for _, w := range words {
		parts = append(parts, string(w))
	}
	for len(parts) > 0 && word(parts[len(parts)-1]).isSign() {
		parts = parts[:len(parts)-1]
	}
	for len(parts) > 0 && word(parts[0]).isSign() {
		parts = parts[1:]
	}
	return unquote(inParentheses.ReplaceAllString(strings.Trim(strings.Join(parts, " "), ",;:| "), "$1"))
}

var inParentheses = regexp.MustCompile(`^\(([^()]+)\)$`)

// unquote takes off the quotation marks that hold the whole of s.
func unquote(s string) string {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if !unicode.Is(unicode.Quotation_Mark, first) || !unicode.Is(unicode.Quotation_Mark, last) {
		return s
	}
	inside := strings.TrimSuffix(strings.TrimPrefix(s, string(first)), string(last))
	if strings.ContainsRune(inside, first) || strings.ContainsRune(inside, last) {
		return s // two quotations
	}
	return text.Line(inside)
}

var slackMark = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// plainLinks writes Slack's links as what was typed: <http://acme.com|acme.com> is acme.com.
// Mentions of people and channels are nobody's name.
func plainLinks(s string) string {
	s = markdownLink.ReplaceAllString(s, "$1")
	return slackMark.ReplaceAllStringFunc(s, func(mark string) string {
		m := slackMark.FindStringSubmatch(mark)
		target, label := m[1], m[2]
		address, ok := fromMailto(target)
		switch {
		case ok:
			return address
		case target != "" && strings.ContainsAny(target[:1], "@#!"):
			return " "
		case label != "":
			return label
		default:
			return target
		}
	})
}
