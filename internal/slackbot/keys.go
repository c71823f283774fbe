package slackbot

import (
	"crypto/rand"
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
