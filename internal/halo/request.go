package halo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// call is one request to Halo's API.
type call struct {
	endpoint string // as Settings.Observe is told
	path     string // below {HALO_URL}/api/
	query    url.Values
	body     []byte // what a write sends; nil = a call that reads
	effect   string // of a write, as part of a sentence: "the client was created"
	fare     fare
}

// writes reports whether the call may change something in Halo.
func (q call) writes() bool { return q.body != nil }

// do makes a call with a good token. read is given a 2xx answer; what it returns fails the call.
// A call whose token is turned down is made once more with a new one: nothing was done.
func (c *Connection) do(ctx context.Context, q call, read func(*http.Response) error) error {
	for renewed := false; ; renewed = true {
		t, err := c.tokens.get(ctx)
		if err != nil {
			return err
		}
		err = c.once(ctx, q, t, read)
		var failed *Error
		if !renewed && errors.As(err, &failed) && failed.Status == http.StatusUnauthorized {
			c.tokens.drop(t)
			continue
		}
		return err
	}
}

// maxErrorBody is how much of a failed call's answer is read.
const maxErrorBody = 64 << 10

// once sends one request. Every call to the API passes here.
func (c *Connection) once(ctx context.Context, q call, t token, read func(*http.Response) error) error {
	if err := c.ceiling.pass(ctx, q.fare); err != nil {
		return err
	}
	var body *onceBody
	if q.writes() {
		body = newOnceBody(ctx, q.body)
	} else {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, readTimeout)
		defer cancel()
	}
	r, err := c.newRequest(ctx, q, t, body)
	if err != nil {
		return c.unanswered("Halo", err, q.writes(), false)
	}
	response, err := c.send(r, q.endpoint)
	if err != nil {
		return c.unanswered("Halo", err, q.writes(), body.withdraw())
	}
	defer response.Body.Close() //nolint:errcheck // what was needed was read
	if response.StatusCode < 200 || response.StatusCode > 299 {
		head, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody)) // half of it may do
		return c.answered(q, response, head)
	}
	if err := read(response); err != nil {
		return c.unreadable(q, response, err)
	}
	return nil
}

func (c *Connection) newRequest(ctx context.Context, q call, t token, body *onceBody) (*http.Request, error) {
	method, address := http.MethodGet, c.settings.URL+"/api/"+q.path
	if q.query != nil {
		address += "?" + q.query.Encode()
	}
	if body != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	if body != nil {
		// No GetBody: without it net/http can send the body on one connection only.
		r.Body, r.ContentLength = body, int64(len(q.body))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if t.value != "" {
		r.Header.Set("Authorization", "Bearer "+t.value)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", c.userAgent())
	return r, nil
}

func (c *Connection) userAgent() string { return "halobot/" + c.settings.Version }

// send sends a request, and tells the observer how it ended.
func (c *Connection) send(r *http.Request, endpoint string) (*http.Response, error) {
	began := time.Now()
	response, err := c.http.Do(r)
	status := 0
	if err == nil {
		status = response.StatusCode
	}
	ended := class(status, err)
	c.settings.Observe(endpoint, ended, time.Since(began))
	switch {
	case ended == cancelled: // says nothing of Halo
	case err != nil:
		c.outage.Failed(withoutAddress(err), "endpoint", endpoint)
	case classify(status, false, true) == NotDone && status > 299:
		c.outage.Failed(fmt.Errorf("answered %d", status), "endpoint", endpoint)
	default:
		c.outage.Answered()
	}
	return response, err
}

// errTooLate says that a create's deadline passed before its body was handed over.
var errTooLate = errors.New("the deadline for sending has passed")

// errWithdrawn ends a request that has failed already.
var errWithdrawn = errors.New("the request was withdrawn")

// onceBody is a create's body. It knows for certain whether any of it was handed to the
// connection: net/http's own errors do not say so, and its traces race with its writes. Without
// the body Halo has no client to make, whatever became of the head.
//
// It is not handed over after the deadline by the wall clock, either: the timers behind a
// context stand still while the machine sleeps.
type onceBody struct {
	deadline time.Time // wall clock; zero = none
	mu       sync.Mutex
	reader   *bytes.Reader
	begun    bool
	refused  error
}

func newOnceBody(ctx context.Context, content []byte) *onceBody {
	b := &onceBody{reader: bytes.NewReader(content)}
	if deadline, ok := ctx.Deadline(); ok {
		b.deadline = deadline.Round(0)
	}
	return b
}

func (b *onceBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.begun && b.refused == nil && !b.deadline.IsZero() && !time.Now().Round(0).Before(b.deadline) {
		b.refused = errTooLate
	}
	if b.refused != nil {
		return 0, b.refused
	}
	b.begun = true
	return b.reader.Read(p)
}

func (b *onceBody) Close() error { return nil }

// withdraw sees to it that a body which was not begun never will be, and reports whether it was.
// A call without a body was never begun.
func (b *onceBody) withdraw() (begun bool) {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refused == nil {
		b.refused = errWithdrawn
	}
	return b.begun
}
