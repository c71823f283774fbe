package localhalo

import (
	"cmp"
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

type token struct {
	scopes  []string
	expires time.Time
}

// Halo's scopes, as far as they matter here. There is no read:users: users are under customers.
var scopes = []string{
	"all", "all:standard", "admin", "read:customers", "edit:customers", "read:crm", "edit:crm",
	"read:tickets", "edit:tickets", "read:assets", "edit:assets", "read:contracts", "edit:contracts",
	"read:items", "edit:items", "read:invoices", "edit:invoices", "read:kb", "edit:kb", "read:suppliers",
}

// giveToken is POST /auth/token: client credentials in a form, nothing else.
func (s *Server) giveToken(in *request) *answer {
	if in.Method != http.MethodPost {
		return empty(http.StatusMethodNotAllowed)
	}
	form, err := url.ParseQuery(string(in.body))
	if err != nil || !strings.HasPrefix(in.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return oauthError(http.StatusBadRequest, "invalid_request")
	}
	if form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type")
	}
	if s.opts.Tenant != "" && !strings.EqualFold(in.URL.Query().Get("tenant"), s.opts.Tenant) {
		return oauthError(http.StatusBadRequest, "invalid_request")
	}
	if !same(form.Get("client_id"), s.opts.ClientID) || !same(form.Get("client_secret"), s.opts.ClientSecret) {
		return oauthError(s.opts.CredentialStatus, "invalid_client")
	}
	var asked []string
	for _, scope := range strings.Fields(form.Get("scope")) {
		granted := slices.Contains(s.opts.Granted, scope) || slices.Contains(s.opts.Granted, "all")
		switch {
		case !slices.Contains(scopes, scope), !granted && !s.opts.TrimsScopes:
			return oauthError(http.StatusBadRequest, "invalid_scope")
		case granted:
			asked = append(asked, scope)
		}
	}
	value := rand.Text()
	s.mu.Lock()
	for old, t := range s.tokens {
		if s.opts.Now().After(t.expires) {
			delete(s.tokens, old)
		}
	}
	s.tokens[value] = token{scopes: asked, expires: s.opts.Now().Add(s.opts.ExpiresIn)}
	s.mu.Unlock()

	given := map[string]any{
		"access_token": value, "token_type": "Bearer",
		"expires_in": int(s.opts.ExpiresIn / time.Second), "scope": strings.Join(asked, " "),
	}
	a := jsonAnswer(http.StatusOK, given)
	given["access_token"] = redacted
	a.shown = object(given)
	return a
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func oauthError(status int, code string) *answer {
	return jsonAnswer(status, map[string]string{"error": code})
}

// authInfo is GET /api/authinfo, which asks for no token: where to get one.
func (s *Server) authInfo(in *request) *answer {
	if s.opts.NoAuthInfo {
		return sentence(http.StatusNotFound, "There is nothing at this address.")
	}
	scheme := "http"
	if in.TLS != nil {
		scheme = "https"
	}
	return jsonAnswer(http.StatusOK, map[string]any{
		"auth_url": cmp.Or(s.opts.AuthURL, scheme+"://"+in.Host+"/auth"), "tenant_id": s.opts.Tenant, "auth_type": 0,
	})
}

// authorised returns 0, or the status that turns the caller away: one of the scopes is needed.
func (s *Server) authorised(header string, scopes []string) int {
	kind, value, _ := strings.Cut(header, " ")
	s.mu.Lock()
	t, ok := s.tokens[value]
	s.mu.Unlock()
	if !ok || !strings.EqualFold(kind, "Bearer") || !s.opts.Now().Before(t.expires) {
		return http.StatusUnauthorized
	}
	if slices.ContainsFunc(t.scopes, func(has string) bool {
		return has == "all" || has == "all:standard" || slices.Contains(scopes, has)
	}) {
		return 0
	}
	return http.StatusForbidden
}

// Tokens are the bearer tokens that are good now: what a test makes the tenant repeat, and looks
// for where it must not be.
func (s *Server) Tokens() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.tokens))
}

// RevokeTokens makes every token given so far worthless, as an administrator's reset of the
// API application does.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}
