package halo

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"halobot/internal/sandbox/sentences"
)

var _ = flag.Bool("update", false, "write the golden file anew")

// What people read of each answer of Halo's that is none, when a client was to be created.
func TestSentencesOfHalosAnswers(t *testing.T) {
	t.Parallel()
	const (
		asJSON = "application/json"
		said   = `{"Message":"Customer type is mandatory."}`
		page   = "<html><h1>Not here</h1></html>"
	)
	var out strings.Builder
	for _, tt := range []struct {
		when   string
		tokens func(r *http.Request) (*http.Response, error) // nil: as it should be
		api    func(r *http.Request) (*http.Response, error)
	}{
		{"a field is missing (400)", nil, answers(400, asJSON, said)},
		{"400, as a page", nil, answers(400, "text/html", page)},
		{"the token is not accepted (401)", nil, answers(401, asJSON, `{"Message":"Not logged in."}`)},
		{"not permitted (403)", nil, answers(403, asJSON, `"Forbidden."`)},
		{"a proxy's 403", nil, answers(403, "text/html", page)},
		{"404", nil, answers(404, "text/html", page)},
		{"rate limit (429)", nil, answers(429, asJSON, `"Too many requests."`)},
		{"500", nil, answers(500, asJSON, said)},
		{"502, as a page", nil, answers(502, "text/html", page)},
		{"503", nil, answers(503, "text/html", page)},
		{"a redirect", nil, func(r *http.Request) (*http.Response, error) {
			a := made(r, 302, "text/html", "")
			a.Header.Set("Location", "https://login.example.com/?secret=1")
			return a, nil
		}},
		{"200 without an id", nil, answers(200, asJSON, `[{"name":"Acme Ltd"}]`)},
		{"200 with another's name", nil, answers(200, asJSON, `[{"id":7,"name":"Globex"}]`)},
		{"200, as a page", nil, answers(200, "text/html", page)},
		{"the connection breaks", nil, func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }},
		{"the credentials are turned down", answers(401, asJSON, `{"error":"invalid_client"}`), nil},
		{"the scope is not granted", answers(400, asJSON, `{"error":"invalid_scope"}`), nil},
		{"no tokens are to be had there", answers(404, "text/html", page), nil},
		{"the tokens' server is in trouble", answers(503, "text/html", page), nil},
		{"nobody answers", func(*http.Request) (*http.Response, error) { return nil, errors.New("no route to host") }, nil},
	} {
		c := connect(t, "https://acme.halopsa.com")
		c.http.Transport = trip(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.URL.Path == "/auth/token" && tt.tokens != nil:
				return tt.tokens(r)
			case r.URL.Path == "/auth/token":
				return made(r, 200, asJSON, `{"access_token":"`+testToken+`","expires_in":3600}`), nil
			case r.URL.Path == "/api/authinfo":
				return made(r, 404, "text/html", page), nil
			case r.Body != nil:
				_, _ = io.Copy(io.Discard, r.Body)
			}
			return tt.api(r)
		})
		_, err := c.Create(soon(t), nil, acme())
		failed := failure(t, err)
		fmt.Fprintf(&out, "%s (%s):\n\t%s\n", tt.when, failed.Outcome, failed.Message)
	}
	out.WriteString("\nHalos that do not list as asked (in the log, and in bot check):\n")
	for _, h := range []Habit{IgnoresOrder, IgnoresSearch, OmitsWebsites, OmitsNotes, ShortPages, IgnoresPaging} {
		fmt.Fprintf(&out, "\t%s\n", h)
	}
	sentences.Check(t, "What Halo's answers mean", out.String())
}

func answers(status int, contentType, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) { return made(r, status, contentType, body), nil }
}
