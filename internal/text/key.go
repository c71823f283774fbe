package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Key is what two texts must share to be the same; "" when s shows nothing. Similar is not
// same: endings (Ltd, Limited), words (and, &) and accents count.
func Key(s string) string {
	s = strings.Map(func(r rune) rune {
		if Invisible(r) {
			return nothing
		}
		return r
	}, Line(s))
	s = fold.String(norm.NFD.String(width.Fold.String(s)))
	// Fold swaps the cases of Cherokee instead of dropping them.
	s = strings.Map(plain, strings.ToLower(s))
	return norm.NFC.String(strings.ReplaceAll(s, "…", "..."))
}

var fold = cases.Fold()

// plain is the character that stands for all of r's kind of quotation mark, apostrophe and
// dash.
func plain(r rune) rune {
	switch {
	case strings.ContainsRune(apostrophes, r):
		return '\''
	case unicode.Is(unicode.Quotation_Mark, r), strings.ContainsRune(doublePrimes, r):
		return '"'
	case unicode.Is(unicode.Dash, r):
		return '-'
	}
	return r
}

// Unicode's Quotation_Mark does not tell single from double ones, and leaves out the letters
// and accents that are typed in their place.
const (
	apostrophes  = "'‘’‚‛‹›`´ʹʻʼʽʾʿˈˊˋ՚׳′‵\u07F4\u07F5ꞌ"
	doublePrimes = "ʺˮ˵˶״″‶"
)
