package halo

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halobot/internal/draft"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testSecret = "s3cret+/with=signs"
	testToken  = "bearer-of-this-test"
)

// client is an http.Client whose connections end with the test.
func client(t *testing.T) *http.Client {
	transport := newTransport()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// connect makes a connection to url; change, where given, alters its settings.
func connect(t *testing.T, url string, change ...func(*Settings)) *Connection {
	t.Helper()
	s := Settings{Name: "halo", URL: url, ClientID: "test-app", ClientSecret: testSecret, Version: "1.2.3"}
	for _, f := range change {
		f(&s)
	}
	return New(s, client(t), slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// tenant starts a local Halo and connects to it.
func tenant(t *testing.T, o localhalo.Options, change ...func(*Settings)) (*Connection, *localhalo.Server) {
	t.Helper()
	o.ClientID, o.ClientSecret, o.Judge = "test-app", testSecret, halospec.Judge(t)
	s := localhalo.New(o)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return connect(t, s.URL(), change...), s
}

// fake is a Halo that answers as a test says: the token endpoint gives testToken, authinfo is
// not there, everything else is h.
func fake(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/auth/token":
			answer(w, http.StatusOK, map[string]any{"access_token": testToken, "token_type": "Bearer", "expires_in": 3600})
		case "/api/authinfo":
			http.NotFound(w, r)
		default:
			h(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

// reply is a handler that answers the same every time.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // a test's own client sent it
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // so is its reader
	}
}

// failure is the *Error that every call has to fail with.
func failure(t *testing.T, err error) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) {
		t.Fatalf("the error is %T (%v), want *Error", err, err)
	}
	return failed
}

// soon is a context that no healthy test outlives.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// timed is a context whose time a test ends.
type timed struct {
	context.Context
	over chan struct{}
}

func (c timed) Done() <-chan struct{} { return c.over }

func (c timed) Err() error {
	select {
	case <-c.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// acme is what most tests create.
func acme() NewClient {
	return NewClient{
		Draft: draft.Draft{Name: "Acme Ltd", Website: "acme.com", TradingName: "Acme", Notes: "First line\n  second"},
		Key:   "halo/T1/C1/171.25",
		Asked: "Tess (U123) in #service-desk, https://acme.slack.com/archives/C1/p17125",
	}
}

// counter counts by name.
type counter struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *counter) add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name]++
}

func (c *counter) get(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[name]
}

func wantIn(t *testing.T, what, s string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(s, part) {
			t.Errorf("%s is %q, without %q", what, s, part)
		}
	}
}

// quiet is for servers whose complaints are what a test is after.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func quietTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(soon(t))
}
