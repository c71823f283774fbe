package halo

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// tokens keeps the connection's access token: one fetch at a time, renewed before it expires.
type tokens struct {
	connection *Connection
	flight     singleflight.Group

	mu       sync.Mutex
	current  token
	recent   []string // tokens that may still be on their way, to keep out of messages
	endpoint string   // where a token was last got; "" = not known yet
}

type token struct {
	value   string
	scope   string    // as granted; "" = not said
	renewAt time.Time // wall clock; zero = when Halo turns it down
}

// last is the token that was got last, good or not; empty before the first.
func (t *tokens) last() token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// get returns a token that is good for the next call.
func (t *tokens) get(ctx context.Context) (token, error) {
	if current, good := t.have(); good {
		return current, nil
	}
	// The fetch serves all who wait for it, so it does not end with the first one's patience.
	result := t.flight.DoChan("", func() (any, error) {
		if current, good := t.have(); good {
			return current, nil // of a fetch that ended just now
		}
		return t.fetch(context.WithoutCancel(ctx))
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return token{}, r.Err
		}
		return r.Val.(token), nil
	case <-ctx.Done():
		return token{}, t.connection.unanswered("Halo", ctx.Err(), false, false)
	}
}

// have is the token at hand, and whether it is still good.
func (t *tokens) have() (token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	current := t.current
	return current, current.value != "" && (current.renewAt.IsZero() || time.Now().Round(0).Before(current.renewAt))
}

// drop forgets a token that Halo turned down, unless another has taken its place.
func (t *tokens) drop(bad token) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.value == bad.value {
		t.current = token{}
	}
}

// came reports whether a token was ever got.
func (t *tokens) came() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.endpoint != ""
}

// known lists the tokens that an answer may echo.
func (t *tokens) known() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.recent)
}

func (t *tokens) keep(got token, endpoint string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.endpoint = got, endpoint
	if !slices.Contains(t.recent, got.value) {
		t.recent = append(t.recent, got.value)
		t.recent = t.recent[max(0, len(t.recent)-4):]
	}
}

// fetch gets a new token.
func (t *tokens) fetch(ctx context.Context) (token, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*readTimeout)
	defer cancel()
	candidates, sure, err := t.endpoints(ctx)
	if err != nil {
		return token{}, err
	}
	for i, endpoint := range candidates {
		var got token
		if got, err = t.fetchFrom(ctx, endpoint); err == nil {
			t.keep(got, endpoint)
			return got, nil
		}
		var failed *Error
		if errors.As(err, &failed) && failed.Outcome == Refused && !sure {
			// Halo was too busy to say where its tokens are; that they are not here means little.
			failed.Outcome = NotDone
		}
		if failed == nil || failed.Status != http.StatusNotFound || i == len(candidates)-1 {
			break
		}
	}
	return token{}, err
}
