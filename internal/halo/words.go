package halo

import (
	"bytes"
	"encoding/json"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"halobot/internal/text"
)

// maxWords is how many characters of Halo's own words are shown.
const maxWords = 300

// wordsOf digs Halo's sentence out of an error's body, as one line without markup; "" when the
// body is HTML or holds no sentence. The shapes are those that Halo's .NET front end and its
// modules produce: a JSON string, {Message}, {ClassName, Message}, {error}, {resultCode,
// errorMessage}, a map from a field's path to what is wrong with it, or plain text. clean takes
// secrets out of it.
func wordsOf(contentType string, body []byte, clean func(string) string) string {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0, body[0] == '<', strings.Contains(strings.ToLower(contentType), "html"), !utf8.Valid(body):
		return ""
	case bytes.IndexByte([]byte(`{["`), body[0]) >= 0:
		var v any
		if json.Unmarshal(body, &v) != nil {
			return "" // half an answer
		}
		return tidy(sentence(v, 0), clean)
	}
	return tidy(string(body), clean)
}

// sentenceKeys are the keys that hold a sentence, the most telling first.
var sentenceKeys = []string{"errormessage", "exceptionmessage", "message", "error_description", "error", "detail", "title"}

// problemKeys hold a map from a field's path to what is wrong with it, beside a sentence that
// only says that something is.
var problemKeys = []string{"modelstate", "errors"}

// sentence finds the sentence in a decoded body. depth guards against bodies made to be deep.
func sentence(v any, depth int) string {
	if depth > 5 {
		return ""
	}
	switch v := v.(type) {
	case string:
		// A sentence that was encoded twice.
		if inner := strings.TrimSpace(v); strings.HasPrefix(inner, "{") || strings.HasPrefix(inner, `"`) {
			var w any
			if json.Unmarshal([]byte(inner), &w) == nil {
				return sentence(w, depth+1)
			}
		}
		return v
	case []any:
		return joinSentences(v, depth)
	case map[string]any:
		lower := make(map[string]any, len(v))
		for k, value := range v {
			lower[strings.ToLower(k)] = value
		}
		found := ""
		for _, k := range sentenceKeys {
			if found = sentence(lower[k], depth+1); found != "" {
				break
			}
		}
		for _, k := range problemKeys {
			if problems := sentence(lower[k], depth+1); problems != "" {
				return strings.TrimSpace(found + " " + problems)
			}
		}
		if found != "" {
			return found
		}
		return byPath(v, depth)
	}
	return "" // null, numbers and truth values say nothing
}

func joinSentences(values []any, depth int) string {
	var all []string
	for _, value := range values {
		if s := sentence(value, depth+1); s != "" {
			all = append(all, s)
		}
	}
	return strings.Join(all, "; ")
}

// byPath reads a map whose keys are fields' paths ("[0].name") and whose values are sentences.
func byPath(v map[string]any, depth int) string {
	var all []string
	for _, path := range slices.Sorted(maps.Keys(v)) {
		if s := sentence(v[path], depth+1); s != "" && !secretKey.MatchString(path) {
			all = append(all, strings.TrimPrefix(path+": "+s, ": "))
		}
	}
	return strings.Join(all, "; ")
}

// secretKey is the name of what is not said, whatever it holds.
var secretKey = regexp.MustCompile(`(?i)token|secret|password`)

var (
	stackTrace = regexp.MustCompile(`(?s)\r?\n\s*at .*`)
	markup     = regexp.MustCompile(`<[^>]*>`)
)

// tidy makes one short line of text: no markup, no stack trace, nothing invisible. Secrets go
// last, when nothing is left that could hide one, and first, before a part of one is cut off.
func tidy(s string, clean func(string) string) string {
	s = clean(text.Lines(html.UnescapeString(clean(text.Lines(s)))))
	s = stackTrace.ReplaceAllString(s, "")
	if bare := markup.ReplaceAllString(s, ""); clean(bare) != bare {
		s = clean(bare) // a secret with markup inside it
	}
	return clean(text.Line(markup.ReplaceAllString(s, " ")))
}

// words is wordsOf without the connection's secrets, which a body may echo, and cut. Secrets
// go first: half of one is still one.
func (c *Connection) words(contentType string, body []byte) string {
	return text.Short(wordsOf(contentType, []byte(c.clean(string(body))), c.clean), maxWords)
}

// clean takes the connection's secrets out of what others wrote, also where characters that
// nobody sees stand inside them.
func (c *Connection) clean(s string) string {
	s = c.hide(s)
	bare := strings.Map(func(r rune) rune {
		if text.Invisible(r) {
			return -1
		}
		return r
	}, s)
	if hidden := c.hide(bare); hidden != bare {
		return hidden
	}
	return s
}

func (c *Connection) hide(s string) string {
	for _, secret := range append(c.tokens.known(), c.settings.ClientSecret) {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[hidden]")
			s = strings.ReplaceAll(s, url.QueryEscape(secret), "[hidden]")
		}
	}
	return s
}

// cause is what went wrong below HTTP, as part of a sentence.
func (c *Connection) cause(err error) string {
	return strings.TrimRight(text.Short(tidy(err.Error(), c.clean), maxWords), ". ")
}
