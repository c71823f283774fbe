package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut shortens s to at most n characters. It takes no accent from its letter, unless the
// accents alone are more than n; white space and joiners before the cut go too.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	end := max(n, 0)
	for end > 0 && unicode.Is(unicode.M, runes[end]) {
		end--
	}
	if end == 0 {
		end = max(n, 0)
	}
	return strings.TrimRightFunc(string(runes[:end]), func(r rune) bool {
		return unicode.IsSpace(r) || r == zwj || r == zwnj
	})
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

// Middle shortens s to at most n characters by an ellipsis in its middle, so that both ends show.
func Middle(s string, n int) string {
	runes := []rune(s)
	if len(runes) <= n {
		return s
	}
	head := Cut(s, n/2)
	tail := runes[len(runes)-max(0, n-1-utf8.RuneCountInString(head)):]
	for len(tail) > 0 && (unicode.Is(unicode.M, tail[0]) || tail[0] == zwj || tail[0] == zwnj) {
		tail = tail[1:]
	}
	return head + Cut("…", n) + string(tail)
}
