package halo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestNothingLeaks holds every failing path against the secret and the token, with a Halo that
// repeats both in all it answers.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	echo := func(shape string) string {
		return strings.NewReplacer("{secret}", testSecret, "{escaped}", url.QueryEscape(testSecret), "{token}", testToken).Replace(shape)
	}
	shapes := []string{
		`"{secret} {escaped} Bearer {token}"`, `{"Message":"{secret} {token}"}`, `{"error":"invalid_client","error_description":"{secret} {token}"}`,
		`{"error":"invalid_scope","error_description":"{secret}{token}"}`, `{"[0].{secret}":["{token}"]}`, `client_secret={escaped}&token={token}`,
		`<p>{secret}{token}`, `{"id":"{secret}","Message":"{token}`, strings.Repeat("x", maxWords-5) + "{secret}{token}", `{"access_token":"{token}"}`,
	}
	statuses := []int{200, 201, 301, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503}

	var log bytes.Buffer
	check := func(c *Connection, where string, secrets ...string) {
		log.Reset()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, created := c.Create(ctx, nil, acme())
		_, looked := c.Look(ctx, nil, Wanted{Draft: acme().Draft, Key: "key"})
		_, byKey := c.FindByKey(ctx, "key", "Acme")
		_, sender := c.FindSender(ctx, "jane@acme.com")
		_, read := c.Client(ctx, 7)
		c.Freshen(ctx)
		whole := c.readWhole(ctx, forLook, time.Now())
		c.log.Warn("read", "error", whole, "settings", c.settings)
		text := fmt.Sprint(c.Check(ctx))
		for _, err := range []error{created, looked, byKey, sender, read, whole} {
			for ; err != nil; err = errors.Unwrap(err) {
				text += "\n" + err.Error() + fmt.Sprintf(" %v %+v", err, err)
			}
		}
		text += log.String()
		for _, secret := range append(secrets, testSecret, url.QueryEscape(testSecret), testSecret[:8]) {
			if at := strings.Index(text, secret); at >= 0 {
				t.Fatalf("%s: %q is in …%s…", where, secret, text[max(0, at-80):min(len(text), at+80)])
			}
		}
	}
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	settings := Settings{Name: "halo", ClientID: "test-app", ClientSecret: testSecret}

	for _, tokenFails := range []bool{false, true} {
		for _, shape := range shapes {
			for _, status := range statuses {
				handler := func(w http.ResponseWriter, r *http.Request) {
					if r.Body != nil {
						io.Copy(io.Discard, r.Body) //nolint:errcheck // in memory
					}
					w.Header().Set("Location", "https://elsewhere.example/"+url.PathEscape(testSecret)+"?secret="+url.QueryEscape(testSecret))
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(status)
					io.WriteString(w, echo(shape)) //nolint:errcheck // in memory
				}
				c := New(settings, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
					w := httptest.NewRecorder()
					switch {
					case r.URL.Path == "/api/authinfo":
						w.WriteHeader(404)
					case r.URL.Path == "/auth/token" && !tokenFails:
						answer(w, 200, map[string]any{"access_token": testToken, "scope": testSecret + " " + testToken})
					default:
						handler(w, r)
					}
					response := w.Result()
					response.Request = r
					return response, nil
				})}, logger)
				c.settings.URL = "https://acme.halopsa.com"
				where, secrets := fmt.Sprintf("%d %s (token endpoint: %t)", status, shape, tokenFails), []string{testToken, testToken[:12]}
				if tokenFails && !strings.Contains(shape, "access_token") {
					secrets = nil // nobody was given it: it is a word like any other
				}
				check(c, where, secrets...)
			}
		}
	}
	for _, cause := range []string{"dial", "oauth"} {
		for _, onlyAPI := range []bool{false, true} {
			c := New(settings, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
				if onlyAPI && r.URL.Path == "/auth/token" {
					return made(r, 200, "application/json", `{"access_token":"`+testToken+`"}`), nil
				}
				return nil, fmt.Errorf("%s: it broke at %s with %s", cause, testSecret, r.Header.Get("Authorization"))
			})}, logger)
			c.settings.URL = "https://acme.halopsa.com"
			checkMessages(t, c, cause)
		}
	}
}

// checkMessages is for causes that hold a secret themselves, which no transport's do: there the
// message has to be clean.
func checkMessages(t *testing.T, c *Connection, where string) {
	t.Helper()
	for _, err := range []error{
		func() error { _, err := c.Create(soon(t), nil, acme()); return err }(),
		func() error { _, err := c.Client(soon(t), 7); return err }(),
	} {
		if text := err.Error(); strings.Contains(text, testSecret) || strings.Contains(text, testToken) {
			t.Errorf("%s: %q", where, text)
		}
	}
}
