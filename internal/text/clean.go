package text

import (
	"strings"
	"unicode"
)

// Line is s as one line for people to read and for Halo to keep; "" when s shows nothing.
func Line(s string) string {
	return strings.Join(strings.Fields(clean(s)), " ")
}

// Lines is s with \n as its only line break and nothing in it that cannot be seen. The white
// space around and inside it is as it was typed.
func Lines(s string) string { return clean(lineBreaks.Replace(s)) }

var lineBreaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n",
	"\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Invisible reports whether r shows nothing by itself: what Unicode calls default ignorable
// (joiners, direction marks, soft hyphens, fillers, variation selectors, tags), and the other
// format characters that have no sign of their own.
func Invisible(r rune) bool {
	return r > unicode.MaxASCII &&
		unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

const (
	zwnj, zwj         = '\u200C', '\u200D'
	brailleBlank      = '\u2800'
	lostObject        = '\uFFFC'
	notUTF8           = "\uFFFD"
	nothing      rune = -1
)

// clean drops what shows nothing. White space stays.
func clean(s string) string {
	last := ' ' // what the next character follows
	return strings.Map(func(r rune) rune {
		switch {
		case r == brailleBlank:
			r = ' '
		case r == lostObject, unicode.IsControl(r) && !unicode.IsSpace(r), Invisible(r) && !shapes(last, r):
			return nothing
		}
		last = r
		return r
	}, strings.ToValidUTF8(s, notUTF8))
}

// shapes reports whether r, invisible itself, may change how the character before it is drawn.
func shapes(before, r rune) bool {
	switch {
	case r == zwj, r == zwnj:
		return before != zwj && before != zwnj && !unicode.IsSpace(before)
	case unicode.Is(unicode.Variation_Selector, r):
		return unicode.In(before, unicode.S, unicode.Han, unicode.Mongolian)
	}
	return false
}
