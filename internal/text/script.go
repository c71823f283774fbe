package text

import (
	"strings"
	"unicode"
)

// Mixed reports whether the word s mixes scripts that nobody writes together (Latin and
// Cyrillic, say), or has Latin letters of no language: it can be taken for another word.
//
// The combinations that it lets pass are those of the level "highly restrictive" of Unicode
// Technical Standard #39, section 5.2: one script alone, or Latin with Japanese, Chinese or
// Korean writing.
func Mixed(s string) bool {
	scripts := make(map[string]bool)
	for _, r := range s {
		name := scriptOf(r)
		if name == "Latin" && !written(r) {
			return true
		}
		if name != "" {
			scripts[name] = true
		}
	}
	return !together(scripts)
}

// LikeLatin reports whether each letter of s is one of another script that looks like a Latin
// one. There are words of which that is true, like the Russian one for sugar.
func LikeLatin(s string) bool {
	letters, alike := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
		if strings.ContainsRune(likeLatin, r) {
			alike++
		}
	}
	return letters > 0 && alike == letters
}

// together reports whether people write the scripts in one word.
func together(scripts map[string]bool) bool {
	if len(scripts) < 2 {
		return true
	}
	for _, allowed := range []string{"Latin Han Hiragana Katakana", "Latin Han Bopomofo", "Latin Han Hangul"} {
		n := 0
		for _, name := range strings.Fields(allowed) {
			if scripts[name] {
				n++
			}
		}
		if n == len(scripts) {
			return true
		}
	}
	return false
}

// scriptOf is the script of a letter; "" for what several scripts share.
func scriptOf(r rune) string {
	if r <= unicode.MaxASCII {
		if unicode.IsLetter(r) {
			return "Latin"
		}
		return ""
	}
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Inherited" && unicode.Is(table, r) {
			return name
		}
	}
	return ""
}

// written reports whether languages are written with the Latin letter r: those of Latin-1 and
// of Extended-A and -B but for the ones below, the Romanian, African and Vietnamese ones, and
// those for use with the first. Beyond are phonetic signs and styles.
func written(r rune) bool {
	return (r <= 0x24F || 0x1E00 <= r && r <= 0x1EFF || r == 'ə' || r == 'ɛ' || r == 'ɔ' || r == 'ɓ' || r == 'ɗ') &&
		!strings.ContainsRune("ıĸŀŉſƅƨƽǀǃȷ", r)
}

// likeLatin are the small letters of Cyrillic, Greek and Armenian that look like Latin ones.
const likeLatin = "асԁеһіјӏорԛѕԝхуүѵѡьъгѕпҽ" + "αικνορυωητχγ" + "սոցօհզյք"
