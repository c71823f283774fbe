package modals

import "strings"

// Piece is a piece of a sentence. With an address it is a link; with a user id it mentions that
// person, and Text is their name where they cannot be mentioned.
type Piece struct{ Text, URL, User string }

// Words are a sentence or two.
type Words []Piece

// Plain are words that link to nothing and mention nobody.
func Plain(s string) Words { return Words{{Text: s}} }

// String is what the words say as plain text.
func (w Words) String() string {
	var b strings.Builder
	for _, p := range w {
		if isUser(p.User) {
			b.WriteString("@")
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

func (p Piece) run() run {
	switch {
	case isUser(p.User):
		return mention(p.User)
	case p.URL != "":
		return link(p.URL, p.Text)
	}
	return lit(p.Text)
}

// para is the words as a paragraph; never empty.
func (w Words) para() para {
	if len(w) == 1 && w[0].User == "" && w[0].URL == "" {
		return words(w[0].Text)
	}
	var p para
	for _, piece := range w {
		p = append(p, piece.run())
	}
	return p
}
