package modals

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"halobot/internal/text"
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

// oneLine is s as shown on one line, no longer than most characters.
func oneLine(s string, most int) string { return text.Short(text.Line(s), most) }

// shownName is a client's name in a sentence; never empty.
func shownName(s string) string { return cmp.Or(oneLine(s, maxShown), "(no name)") }

// sentence is s on one line, ended like a sentence; never empty.
func sentence(s string, most int) string {
	return cmp.Or(text.Sentence(s, most), "The reason is not known.")
}

// Slack's mrkdwn has an escape for three characters only (docs.slack.dev/messaging/
// formatting-message-text). What else would format is replaced by its look-alike.
var mrkdwnSafe = map[rune]string{
	'&': "&amp;", '<': "&lt;", '>': "&gt;",
	'*': "∗", '_': "ˍ", '~': "∼", '`': "ˋ", '|': "∣",
}

var emojiCode = regexp.MustCompile(`:([\w+'-]+):`)

// escape writes s as mrkdwn that shows as s. It returns no more than most characters, and never
// half an entity.
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
