package config

import (
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const redacted = "[redacted]"

// Redactor takes secrets out of text: those that it was given, however a log or a web
// address has quoted them, and whatever looks like one. It is safe for concurrent use.
type Redactor struct{ known *strings.Replacer }

// shortest is the length from which a secret is looked for as such. Replacing shorter ones
// would make text unreadable and show by its gaps what they are.
const shortest = 6

// NewRedactor makes a Redactor; empty secrets are ignored.
func NewRedactor(secrets ...string) *Redactor {
	forms := map[string]bool{}
	for _, s := range secrets {
		if len(s) < shortest {
			continue
		}
		userinfo := url.UserPassword("", s).String()
		for _, form := range []string{
			s, inGo(s), inJSON(s, true), inJSON(s, false),
			url.QueryEscape(s), url.PathEscape(s), strings.TrimPrefix(userinfo, ":"),
		} {
			// An error may have quoted it before the log does.
			forms[form], forms[inGo(form)], forms[inJSON(form, false)] = true, true, true
		}
	}
	// The longest first: one secret may begin with another.
	longest := slices.SortedFunc(maps.Keys(forms), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range longest {
		pairs = append(pairs, form, redacted)
	}
	return &Redactor{strings.NewReplacer(pairs...)}
}

// inGo is s as it stands between the quotes of a Go string, which slog's text has.
func inGo(s string) string {
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}

// inJSON is s as it stands between the quotes of a JSON string; slog does not escape HTML,
// encoding/json does.
func inJSON(s string, escapeHTML bool) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(escapeHTML)
	_ = e.Encode(s) // a string always encodes, and a Builder always takes it
	return b.String()[1 : b.Len()-len("\"\n")]
}

// look is the form of a secret that need not be known.
type look struct {
	marks []string // in lower case; without any of them the form cannot match, which is quick to see
	form  *regexp.Regexp
	with  string
}

// looks take no quote and no backslash, so that JSON stays JSON.
var looks = []look{
	{[]string{"xox"}, regexp.MustCompile(`\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]+`), redacted},
	{[]string{"xapp-"}, regexp.MustCompile(`\bxapp-[A-Za-z0-9-]+`), redacted},
	{[]string{"bearer"}, regexp.MustCompile(`(?i)(\bBearer\s+)[A-Za-z0-9._~+/=-]+`), "${1}" + redacted},
	{[]string{"secret=", "token=", "password=", "ticket="},
		regexp.MustCompile(`(?i)((?:client_secret|access_token|refresh_token|id_token|password|ticket)=)[^\s&"\\]+`), "${1}" + redacted},
	{[]string{"secret", "token", "password"},
		regexp.MustCompile(`(?i)((?:client_secret|access_token|refresh_token|id_token|password)\\*"\s*:\s*\\*")[^"\\]+`), "${1}" + redacted},
	{[]string{"@"}, regexp.MustCompile(`(://[^\s/:@"\\]*:)[^\s/@"\\]+@`), "${1}" + redacted + "@"},
	// A response_url lets its holder write into the conversation.
	{[]string{"hooks.slack"}, regexp.MustCompile(`(\bhooks\.slack(?:-gov)?\.com/)[^\s"\\<>|]+`), "${1}" + redacted},
}

// String is s without secrets.
func (r *Redactor) String(s string) string {
	s = r.known.Replace(s)
	lower := strings.ToLower(s)
	for _, l := range looks {
		if slices.ContainsFunc(l.marks, func(mark string) bool { return strings.Contains(lower, mark) }) {
			s = l.form.ReplaceAllString(s, l.with)
		}
	}
	return s
}

// Writer redacts what is written to w. A secret must not be split between two writes; slog's
// handlers write a record at once.
func (r *Redactor) Writer(w io.Writer) io.Writer { return redactingWriter{r, w} }

type redactingWriter struct {
	redact *Redactor
	to     io.Writer
}

// Write reports p as written when its redacted form was.
func (w redactingWriter) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.to, w.redact.String(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
