package onboarding

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// The words that mark a request that follows another one, whose question it answers.
const (
	Anyway = "anyway" // another client is wanted beside those that Halo has
	Look   = "look"   // what was never confirmed is looked for once more
	Again  = "again"  // and created once more
)

// Follow is the key of the request that a person asks for with word after the one with key. It
// is the same however often, and by however many people, the same button is pressed.
func Follow(key, word string) string {
	if word == Again {
		// Creating again follows the last creation, not the looks in between.
		key, _ = unfollow(key, Look)
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
	for _, word := range []string{Anyway, Look, Again} {
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

// decided is the request that has answered the question which one with key would answer, or is about
// to: the first answer holds, be it a client that Halo has or another one beside it.
func decided(ctx context.Context, in lister, key string) (stored, bool, error) {
	base, _ := unfollow(key, Anyway)
	for next := base; ; next = Follow(next, Anyway) {
		found, known, err := newest(ctx, in, next)
		switch {
		case err != nil, !known && next != base:
			return stored{}, false, err
		case known && !found.request.Ending(found.state.Outcome, "").Frees:
			return found, true, nil
		}
	}
}
