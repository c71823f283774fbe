package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Cut shortens s to at most n characters. It takes no accent from its letter and does not cut
// an emoji in two, unless that alone is longer than n; white space before the cut goes too.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	end, left := 0, n
	for rest, state := s, -1; rest != ""; {
		var seen string
		seen, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if left -= utf8.RuneCountInString(seen); left < 0 {
			break
		}
		end += len(seen)
	}
	if end == 0 && n > 0 {
		end = len(string([]rune(s)[:n]))
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace)
}

// Short shortens s to at most n characters, the last of which is then an ellipsis.
func Short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return Cut(s, n-1) + Cut("…", n)
}

// Sentence is s on one line of at most n characters, which ends like a sentence; "" when s
// shows nothing.
func Sentence(s string, n int) string {
	s = Short(Line(s), n)
	if end, _ := utf8.DecodeLastRuneInString(strings.TrimRight(s, `"')]”’»`)); s == "" || strings.ContainsRune(".!?…", end) {
		return s
	}
	return s + "."
}
