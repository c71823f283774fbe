package localhalo_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"halobot/internal/sandbox/localhalo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caller calls a tenant as its API application does.
type caller struct {
	t      *testing.T
	ctx    context.Context // of its API calls
	halo   *localhalo.Server
	http   *http.Client
	scope  string
	bearer string
}

func start(t *testing.T, o localhalo.Options) *caller {
	t.Helper()
	halo := localhalo.New(o)
	if err := halo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(halo.Close)
	hc := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(hc.CloseIdleConnections)
	return &caller{t: t, ctx: t.Context(), halo: halo, http: hc, scope: "read:customers edit:customers"}
}

func credentials(scope string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {localhalo.DefaultClientID},
		"client_secret": {localhalo.DefaultClientSecret}, "scope": {scope},
	}
}

func (c *caller) token(query string, form url.Values) (int, map[string]any) {
	c.t.Helper()
	resp, err := c.http.PostForm(c.halo.URL()+"/auth/token"+query, form)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// try makes a call, with a token got beforehand if there is none.
func (c *caller) try(method, path, body string) (*http.Response, []byte, error) {
	c.t.Helper()
	if c.bearer == "" {
		_, granted := c.token("", credentials(c.scope))
		c.bearer, _ = granted["access_token"].(string)
	}
	req, err := http.NewRequestWithContext(c.ctx, method, c.halo.URL()+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, data, err
}

// lose makes a call whose caller gives up once the condition holds.
func (c *caller) lose(method, path, body string, holds func() bool) {
	c.t.Helper()
	of := c.ctx
	defer func() { c.ctx = of }()
	var giveUp context.CancelFunc
	c.ctx, giveUp = context.WithCancel(of)
	defer giveUp()
	go func() {
		if c.halo.Wait(of, holds) == nil {
			giveUp()
		}
	}()
	if _, _, err := c.try(method, path, body); !errors.Is(err, context.Canceled) {
		c.t.Errorf("%s %s ended with %v", method, path, err)
	}
}

// call makes a call that must be answered.
func (c *caller) call(method, path, body string) (int, string) {
	c.t.Helper()
	resp, data, err := c.try(method, path, body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, string(data)
}

// object makes a call that must be answered with an object.
func (c *caller) object(method, path, body string, status int) map[string]any {
	c.t.Helper()
	got, data := c.call(method, path, body)
	if got != status {
		c.t.Fatalf("%s %s: status %d, want %d: %.300s", method, path, got, status, data)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		c.t.Fatalf("%s %s: %v: %.300s", method, path, err, data)
	}
	return v
}

// clients are the rows of a list.
func (c *caller) clients(query string) []map[string]any {
	c.t.Helper()
	var rows []map[string]any
	for _, r := range c.object("GET", "/api/Client"+query, "", http.StatusOK)["clients"].([]any) {
		rows = append(rows, r.(map[string]any))
	}
	return rows
}

func names(rows []map[string]any) string {
	var out []string
	for _, r := range rows {
		out = append(out, r["name"].(string))
	}
	return strings.Join(out, ", ")
}
