package slackbot

import (
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
)

// newKey is a key for a request without an alert.
func newKey() string { return strings.ToLower(rand.Text()) }

// messageKey is the key of a request about a message: everybody who works on that message
// shares it.
func messageKey(team, channel, ts string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return -1
	}, team+"-"+channel+"-"+ts)
}

// The words that mark a request that follows another one.
const (
	wordAnyway = "anyway"
	wordLook   = "look"
	wordAgain  = "again"
)

// follow is the key of the request that a person asks for with word after the one with key. It
// is the same however often, and by however many people, the same button is pressed.
func follow(key, word string) string {
	if word == wordAgain {
		// Creating again follows the last creation, not the looks in between.
		key, _ = unfollow(key, wordLook)
	}
	base, n := unfollow(key, word)
	if n == 0 {
		return key + "-" + word
	}
	return fmt.Sprintf("%s-%s%d", base, word, n+1)
}

// unfollow splits the key "k-word7" into "k" and 7, and "k-word" into "k" and 1; with any other
// key it returns the key and 0.
func unfollow(key, word string) (string, int) {
	i := strings.LastIndex(key, "-"+word)
	if i < 0 {
		return key, 0
	}
	rest := key[i+1+len(word):]
	if rest == "" {
		return key[:i], 1
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 2 {
		return key, 0
	}
	return key[:i], n
}

// Followed is the key of the request that the one with key follows; "" when it follows none.
func Followed(key string) string {
	for _, word := range []string{wordAnyway, wordLook, wordAgain} {
		switch base, n := unfollow(key, word); n {
		case 0:
		case 1:
			return base
		case 2:
			return base + "-" + word
		default:
			return fmt.Sprintf("%s-%s%d", base, word, n-1)
		}
	}
	return ""
}
