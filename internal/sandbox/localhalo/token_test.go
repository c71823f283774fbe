package localhalo_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
)

func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	with := func(key, value string) url.Values {
		f := credentials("read:customers")
		f.Set(key, value)
		return f
	}
	tests := []struct {
		name   string
		opts   localhalo.Options
		query  string
		form   url.Values
		status int
		err    string
	}{
		{"gives a token", localhalo.Options{}, "", credentials("read:customers edit:customers"), 200, ""},
		{"a wrong secret", localhalo.Options{}, "", with("client_secret", "x"), 400, "invalid_client"},
		{"a wrong secret, the other status", localhalo.Options{CredentialStatus: 401}, "", with("client_secret", "x"), 401, "invalid_client"},
		{"a wrong id", localhalo.Options{}, "", with("client_id", "x"), 400, "invalid_client"},
		{"a scope that does not exist", localhalo.Options{}, "", with("scope", "read:users"), 400, "invalid_scope"},
		{"a scope that was not granted", localhalo.Options{}, "", with("scope", "all"), 400, "invalid_scope"},
		{"all grants every scope", localhalo.Options{Granted: []string{"all"}}, "", with("scope", "edit:tickets"), 200, ""},
		{"another grant", localhalo.Options{}, "", with("grant_type", "password"), 400, "unsupported_grant_type"},
		{"a tenant that is not said", localhalo.Options{Tenant: "acme"}, "", credentials(""), 400, "invalid_request"},
		{"a tenant in the form", localhalo.Options{Tenant: "acme"}, "", with("tenant", "acme"), 400, "invalid_request"},
		{"a tenant in the query", localhalo.Options{Tenant: "acme"}, "?tenant=acme", credentials(""), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, test.opts)
			status, body := c.token(test.query, test.form)
			if got, _ := body["error"].(string); status != test.status || got != test.err {
				t.Errorf("answered %d %v, want %d and error %q", status, body, test.status, test.err)
			}
			if status == http.StatusOK && (body["expires_in"] != 3600.0 || body["token_type"] != "Bearer" || body["scope"] != test.form.Get("scope")) {
				t.Errorf("token answer %v", body)
			}
		})
	}
}

func TestAPITurnsAwayWhoeverHasNoToken(t *testing.T) {
	t.Parallel()
	now := time.Now()
	c := start(t, localhalo.Options{ExpiresIn: time.Second, Now: func() time.Time { return now }})
	for _, bearer := range []string{"nonsense", " "} {
		c.bearer = bearer
		if status, body := c.call("GET", "/api/Client", ""); status != 401 || body != "" {
			t.Errorf("bearer %q: answered %d %q, want 401 and nothing", bearer, status, body)
		}
	}
	c.bearer = ""
	if status, _ := c.call("GET", "/api/Client", ""); status != 200 {
		t.Errorf("a new token: answered %d", status)
	}
	now = now.Add(time.Second)
	if status, _ := c.call("GET", "/api/Client", ""); status != 401 {
		t.Errorf("an expired token: answered %d, want 401", status)
	}
}

func TestRevokedTokensAreWorthless(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("GET", "/api/Client", "")
	c.halo.RevokeTokens()
	if status, _ := c.call("GET", "/api/Client", ""); status != 401 {
		t.Errorf("answered %d, want 401", status)
	}
}

func TestScopesAreKeptApart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scope        string
		list, create int
	}{
		{"", 403, 403},
		{"read:customers", 200, 403},
		{"edit:customers", 403, 201},
		{"read:customers edit:customers", 200, 201},
		{"all", 200, 201},
	}
	for _, test := range tests {
		t.Run(test.scope, func(t *testing.T) {
			t.Parallel()
			c := start(t, localhalo.Options{Granted: []string{"all"}})
			c.scope = test.scope
			if status, body := c.call("GET", "/api/Client", ""); status != test.list || status == 403 && body != "" {
				t.Errorf("list: %d %q, want %d", status, body, test.list)
			}
			if status, body := c.call("POST", "/api/Client", `[{"name":"Acme"}]`); status != test.create || status == 403 && body != "" {
				t.Errorf("create: %d %q, want %d", status, body, test.create)
			}
		})
	}
}

func TestAuthInfoNeedsNoToken(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Tenant: "acme"})
	c.bearer = "none"
	info := c.object("GET", "/API/AuthInfo", "", 200)
	if info["auth_url"] != c.halo.URL()+"/auth" || info["tenant_id"] != "acme" {
		t.Errorf("authinfo = %v", info)
	}
	old := start(t, localhalo.Options{NoAuthInfo: true})
	old.bearer = "none"
	if status, _ := old.call("GET", "/api/authinfo", ""); status != 404 {
		t.Errorf("without authinfo: answered %d, want 404", status)
	}
}
