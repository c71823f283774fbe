package localslack

import (
	"net/http"
	"time"
)

// Trouble is what becomes of a call instead of its answer. At first the call is not done;
// AfterDoing makes one that is.
type Trouble struct {
	failure *failure
	body    string // sent with 200 in place of the answer
	silent  bool   // nothing is ever said; the connection stays open
	hangUp  bool   // the connection is closed without a word
	done    bool
}

// RefusedWith is ok:false with an error code: internal_error, access_denied, token_revoked.
func RefusedWith(code string) Trouble { return Trouble{failure: fail(code)} }

// Status is an HTTP status without JSON, as from a proxy in between.
func Status(status int) Trouble { return Trouble{failure: &failure{status: status}} }

// Limited is 429 with Retry-After.
func Limited(retryAfter time.Duration) Trouble { return Trouble{failure: rateLimited(retryAfter)} }

// BrokenJSON is 200 with an answer that ends in the middle.
func BrokenJSON() Trouble { return Trouble{body: `{"ok":true,"channel":"C0000`} }

// Empty is an answer that says that all is well, and nothing of what was asked for.
func Empty() Trouble { return Trouble{body: `{"ok":true}`} }

// Silence never answers: the caller has to give up.
func Silence() Trouble { return Trouble{silent: true} }

// HangUp closes the connection without an answer.
func HangUp() Trouble { return Trouble{hangUp: true} }

// AfterDoing is the same trouble after the call was done.
func (t Trouble) AfterDoing() Trouble {
	t.done = true
	return t
}

// Break makes the next n calls of a method end in trouble, or all of them with n 0. What it
// returns ends it.
func (s *Slack) Break(method string, n int, how Trouble) (mend func()) {
	x := &fault{method: method, left: n, forever: n == 0, trouble: how}
	s.faults.add(x)
	return func() { s.faults.remove(x) }
}

// RateLimit answers the next n calls of a method with 429 and Retry-After.
func (s *Slack) RateLimit(method string, n int, retryAfter time.Duration) {
	s.Break(method, n, Limited(retryAfter))
}

// Fail answers the next n calls of a method with ok:false and an error code, undone.
func (s *Slack) Fail(method string, n int, code string) { s.Break(method, n, RefusedWith(code)) }

// FailStatus answers the next n calls of a method with an HTTP status and no JSON, undone.
func (s *Slack) FailStatus(method string, n, status int) { s.Break(method, n, Status(status)) }

// LoseAnswers does what the next n calls of a method ask for, and closes the connection
// instead of answering.
func (s *Slack) LoseAnswers(method string, n int) { s.Break(method, n, HangUp().AfterDoing()) }

// meet gives a call its trouble in place of an answer. It reports whether it was answered.
func (t Trouble) meet(w http.ResponseWriter, r *http.Request, e *pending, over <-chan struct{}) bool {
	switch {
	case t.failure != nil:
		status, header, body := t.failure.answer()
		write(w, status, header, body, e)
	case t.body != "":
		e.end(http.StatusOK, []byte(t.body))
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write([]byte(t.body)) // the caller may be gone
	case t.silent:
		e.end(0, nil)
		select {
		case <-r.Context().Done():
		case <-over:
		}
		hangUp(w)
	case t.hangUp:
		e.end(0, nil)
		hangUp(w)
	default:
		return false
	}
	return true
}
