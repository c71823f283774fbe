package draft

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// oneLine makes s a single line for people to read: control characters and line breaks
// become spaces, runs of white space one space, characters that only deceive the eye go.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case invisible(r):
			return -1
		case unicode.IsControl(r) || unicode.IsSpace(r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// lines keeps s's lines, each ended by a single \n, and rids it of every other control
// character and of white space around the whole.
func lines(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = lineBreaks.Replace(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case invisible(r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// invisible reports the characters that carry no text of their own and are pasted along,
// or put in to deceive: zero-width spaces, soft hyphens, marks that turn the direction of
// writing. The joiners that some scripts need are not among them.
func invisible(r rune) bool {
	switch {
	case r == '\u00AD', r == '\u200B', r == '\u2060', r == '\uFEFF',
		'\u202A' <= r && r <= '\u202E', '\u2066' <= r && r <= '\u2069':
		return true
	}
	return false
}

// cut shortens s to at most n characters; white space before the cut goes too.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRightFunc(string([]rune(s)[:n]), unicode.IsSpace)
}

// excerpt is s as a sentence may quote it.
func excerpt(s string) string {
	s = oneLine(s)
	if short := cut(s, 40); short != s {
		return short + "…"
	}
	return s
}

// unescape undoes the three entities that Slack puts into text
// (docs.slack.dev/messaging/formatting-message-text), and no others.
func unescape(s string) string { return slackEntities.Replace(s) }

var slackEntities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
