package modals

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// How much of a text is shown, in characters. Halo's own sentences and mails have no limit.
const (
	maxText    = 3900 // a message's text: chat.update refuses more than 4,000
	maxShown   = 150  // a name, a website or a label in a sentence
	maxSubject = 250
	maxMail    = 254 // RFC 5321 allows no longer address
	maxTicket  = 40
	maxProblem = 1000
	maxBrief   = 300 // a problem in a status line
	maxSection = 3000
)

// cut shortens s to at most most characters; the last one is then an ellipsis.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most-1 {
			return strings.TrimRight(s[:i], " \n\u200d") + "…"
		}
		n++
	}
	return s
}

// hidden are characters that are not seen themselves and change how others are: controls, and
// the marks that turn the direction of writing. The joiners (U+200C, U+200D) stay: emoji and
// several scripts are written with them.
var hidden = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x00ad, Hi: 0x00ad, Stride: 1}, // soft hyphen
		{Lo: 0x061c, Hi: 0x061c, Stride: 1}, // Arabic letter mark
		{Lo: 0x180e, Hi: 0x180e, Stride: 1},
		{Lo: 0x200b, Hi: 0x200b, Stride: 1}, // zero-width space
		{Lo: 0x200e, Hi: 0x200f, Stride: 1}, // direction marks
		{Lo: 0x202a, Hi: 0x202e, Stride: 1}, // embeddings and overrides
		{Lo: 0x2060, Hi: 0x206f, Stride: 1}, // isolates, invisible operators
		{Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
		{Lo: 0xfff9, Hi: 0xfffc, Stride: 1},
	},
	R32: []unicode.Range32{{Lo: 0xe0000, Hi: 0xe0fff, Stride: 1}}, // tags
}

// clean returns s without hidden characters and with \n as its only line break. Tabs stay.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r), unicode.Is(hidden, r):
			return -1
		}
		return r
	}, s)
}

// oneLine is s as shown on one line, of at most most characters.
func oneLine(s string, most int) string {
	return cut(strings.Join(strings.Fields(clean(s)), " "), most)
}

// shownName is a client's name in a sentence; never empty.
func shownName(s string) string {
	if s = oneLine(s, maxShown); s != "" {
		return s
	}
	return "(no name)"
}

// sentence is s on one line, ended like a sentence; never empty.
func sentence(s string, most int) string {
	if s = oneLine(s, most); s == "" {
		return "The reason is not known."
	}
	if end, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, `"')]”’»`)); strings.ContainsRune(".!?…", end) {
		return s
	}
	return s + "."
}

// Slack's mrkdwn has an escape for three characters only (docs.slack.dev/messaging/
// formatting-message-text). What else would format is replaced by its look-alike.
var mrkdwnSafe = map[rune]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;",
	'*': "∗", '_': "ˍ", '~': "∼", '`': "ˋ", '|': "∣",
}

var emojiCode = regexp.MustCompile(`:([\w+'-]+):`)

// escape writes s as mrkdwn that shows as s. At most most characters come out: it never ends
// in half an entity.
func escape(s string, most int) string {
	s = emojiCode.ReplaceAllString(s, "∶$1∶")
	var b strings.Builder
	n := 0
	for _, r := range s {
		safe, ok := mrkdwnSafe[r]
		if !ok {
			safe = string(r)
		}
		if n += utf8.RuneCountInString(safe); n > most {
			break
		}
		b.WriteString(safe)
	}
	return b.String()
}

// safeURL is raw in a form that can stand in a link, or "" when it is no web address.
func safeURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil {
		return ""
	}
	var b strings.Builder
	for _, c := range []byte(u.String()) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("<>|\"`\\^{}*", c) >= 0 {
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	if b.Len() > maxURL {
		return ""
	}
	return b.String()
}

const maxURL = 3000

var userID = regexp.MustCompile(`^[UW][A-Z0-9]{1,63}$`)

// plain is a plain_text object in which nothing is read as mark-up or emoji. s must not be empty.
func plain(s string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
}
