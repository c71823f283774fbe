package halo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"

	"halobot/internal/draft"
	"halobot/internal/text"
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
		return token{}, t.connection.unanswered(ctx.Err(), false, false)
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

// endpoints lists where tokens may be got, likeliest first; sure is false when Halo should
// have said and could not.
func (t *tokens) endpoints(ctx context.Context) (candidates []string, sure bool, err error) {
	t.mu.Lock()
	known := t.endpoint
	t.mu.Unlock()
	if known != "" {
		return []string{known}, true, nil
	}
	s := t.connection.settings
	if s.AuthURL != "" {
		base, err := NormaliseAuthURL(s.AuthURL)
		if err != nil {
			return nil, true, &Error{Outcome: Refused, Configuration: true, Message: t.connection.variable("AUTH_URL") + " " + err.Error() + ".", Err: err}
		}
		if u, err := url.Parse(base); err == nil && u.Path == "" {
			// The server's root: hosted ones have it below /auth, others at the root.
			return []string{tokenURL(base, "/auth", s.Tenant), tokenURL(base, "", s.Tenant)}, true, nil
		}
		return []string{tokenURL(base, "", s.Tenant)}, true, nil
	}
	base, tenant, sure, err := t.discover(ctx)
	if err != nil {
		return nil, false, err
	}
	if s.Tenant != "" {
		tenant = s.Tenant
	}
	return []string{tokenURL(base, "", tenant)}, sure, nil
}

// tokenURL is the token endpoint of an authorisation server. Hosted Halo wants the tenant in
// the query; one that the address brings along serves where none is set.
func tokenURL(base, path, tenant string) string {
	base, query, _ := strings.Cut(base, "?")
	if tenant != "" {
		query = url.Values{"tenant": {tenant}}.Encode()
	}
	address := base + path + "/token"
	if query != "" {
		address += "?" + query
	}
	return address
}

// discover asks Halo where its authorisation server is: GET /api/authinfo, which needs no
// token. A Halo that does not say is taken to have it at /auth.
func (t *tokens) discover(ctx context.Context) (base, tenant string, sure bool, err error) {
	c := t.connection
	fallback := c.settings.URL + "/auth"
	var info struct {
		AuthURL jsonText `json:"auth_url"`
		Tenant  jsonText `json:"tenant_id"`
	}
	err = c.once(ctx, call{endpoint: "authinfo", path: "authinfo", fare: fare{urgency: forCreate}}, token{}, func(r *http.Response) error {
		return readJSON(r, &info)
	})
	var failed *Error
	switch {
	case err == nil:
	case !errors.As(err, &failed), failed.Own, failed.Status == 0, failed.Status == http.StatusTooManyRequests:
		return "", "", false, err
	case failed.Status >= 300 && failed.Status <= 399 && strings.HasPrefix(fallback, "http://"):
		// Most likely to https: the secret is not sent to find out.
		return "", "", false, err
	case failed.Status >= 500, isTimeout(err):
		return fallback, "", false, nil
	default:
		return fallback, "", true, nil
	}
	base, err = NormaliseAuthURL(info.AuthURL.s)
	if info.AuthURL.s == "" || err != nil {
		return fallback, info.Tenant.s, true, nil
	}
	if strings.HasPrefix(c.settings.URL, "https://") && !strings.HasPrefix(base, "https://") {
		// The secret does not go unencrypted because an answer says so.
		return fallback, info.Tenant.s, true, nil
	}
	if host, trusted := c.trusts(base); !trusted {
		return "", "", true, &Error{
			Outcome: Refused, Configuration: true,
			Message: fmt.Sprintf("Halo at %s says that its tokens are at %s, which is another domain: the bot does not send its secret there. "+
				"If that is right, set %s to the Auth Server that Halo shows under %s.",
				c.settings.URL, text.Short(tidy(host, c.clean), 120), c.variable("AUTH_URL"), haloAPIPage),
		}
	}
	return base, info.Tenant.s, true, nil
}

// halosOwn are the domains under which Halo runs its customers' tenants and their tokens.
var halosOwn = []string{"halopsa.com", "haloitsm.com", "haloservicedesk.com"}

// trusts reports whether the secret may go where an answer says that tokens are: to the same
// host or registrable domain, or to Halo's own.
func (c *Connection) trusts(authURL string) (host string, trusted bool) {
	mine, err1 := url.Parse(c.settings.URL)
	its, err2 := url.Parse(authURL)
	if err1 != nil || err2 != nil {
		return authURL, false
	}
	host = strings.ToLower(its.Hostname())
	own := strings.ToLower(mine.Hostname())
	domain := draft.RegistrableDomain(host)
	return host, host == own || slices.Contains(halosOwn, domain) || domain != "" && domain == draft.RegistrableDomain(own)
}

// fetchFrom asks one token endpoint.
func (t *tokens) fetchFrom(ctx context.Context, endpoint string) (token, error) {
	c := t.connection
	if err := c.ceiling.take(ctx, fare{urgency: forCreate}); err != nil {
		return token{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	answer := &tokenAnswer{connection: c}
	config := clientcredentials.Config{
		ClientID:     c.settings.ClientID,
		ClientSecret: c.settings.ClientSecret,
		TokenURL:     endpoint,
		Scopes:       strings.Fields(c.settings.Scope),
		AuthStyle:    oauth2.AuthStyleInParams,
	}
	client := &http.Client{Transport: answer, CheckRedirect: c.http.CheckRedirect}
	got, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
	if err != nil {
		return token{}, t.failure(err, answer)
	}
	scope, _ := got.Extra("scope").(string)
	made := token{value: got.AccessToken, scope: scope}
	if !got.Expiry.IsZero() {
		life := time.Until(got.Expiry)
		made.renewAt = got.Expiry.Round(0).Add(-min(time.Minute, life/10))
	}
	return made, nil
}

// failure turns what the oauth2 package says into an Error; its own text may hold the body.
func (t *tokens) failure(err error, answer *tokenAnswer) *Error {
	c := t.connection
	if answer.response == nil {
		e := c.unanswered(err, false, false)
		if !errors.Is(err, context.Canceled) && !isTimeout(err) {
			e.Message = strings.Replace(e.Message, "Halo cannot", "Halo's token endpoint cannot", 1)
		}
		return e
	}
	r := answer.response
	e := &Error{Outcome: classify(r.StatusCode, false, false), Status: r.StatusCode}
	var oauth *oauth2.RetrieveError
	code := ""
	if errors.As(err, &oauth) {
		code = oauth.ErrorCode
	}
	words := c.words(r.Header.Get("Content-Type"), answer.body)
	where := r.Request.URL.Scheme + "://" + r.Request.URL.Host + r.Request.URL.Path
	switch {
	case e.Outcome == NotDone && (r.StatusCode < 200 || r.StatusCode > 299):
		e.RetryAfter = retryAfter(r.Header, time.Now())
		e.Message = c.withWords(fmt.Sprintf("Halo's token endpoint answered %d.", r.StatusCode), words)
	case code == "invalid_scope":
		e.Outcome = Refused
		e.Message = c.withWords(fmt.Sprintf("Halo does not grant the scope %q. Check %s, and the permissions of the API application under %s.",
			c.settings.Scope, c.variable("SCOPE"), haloAPIPage), words)
	case r.StatusCode == http.StatusBadRequest, r.StatusCode == http.StatusUnauthorized, code != "":
		e.Outcome = Refused
		e.Message = c.withWords(fmt.Sprintf("Halo turns down the bot's credentials. Check %s and %s against the API application under %s "+
			`(its authentication method is "Client ID and Secret (Services)").`,
			c.variable("CLIENT_ID"), c.variable("CLIENT_SECRET"), haloAPIPage), words)
	case r.StatusCode >= 300 && r.StatusCode <= 399:
		suffix := "URL"
		if c.settings.AuthURL != "" {
			suffix = "AUTH_URL"
		}
		e.Message = c.redirected(suffix, r)
	case r.StatusCode >= 200 && r.StatusCode <= 299 && t.came():
		e.Outcome = NotDone // it is the right address; something stands before it for the time being
		e.Message = fmt.Sprintf("Halo's token endpoint answered %d, not in its own words.", r.StatusCode)
	default:
		e.Outcome = Refused
		e.Message = fmt.Sprintf("%s answered %d and is no token endpoint. Set %s to what Halo shows as Auth Server under %s.",
			where, r.StatusCode, c.variable("AUTH_URL"), haloAPIPage)
	}
	e.Configuration = e.Outcome == Refused
	return e
}

// tokenAnswer sends the oauth2 package's request over the connection's own client, and keeps
// the answer, of which oauth2 tells too little.
type tokenAnswer struct {
	connection *Connection
	response   *http.Response
	body       []byte
}

// maxTokenAnswer is far above what a token endpoint answers.
const maxTokenAnswer = 1 << 20

func (a *tokenAnswer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", a.connection.userAgent())
	r.Header.Set("Accept", "application/json")
	response, err := a.connection.send(r, "token")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTokenAnswer))
	if err != nil {
		return nil, err
	}
	a.response, a.body = response, body
	answer := *response
	answer.Header = response.Header.Clone()
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '{' {
		// oauth2 reads text/plain as a form.
		answer.Header.Set("Content-Type", "application/json")
		body = usableExpiry(body)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return &answer, nil
}

// usableExpiry is a token endpoint's answer without an expires_in that is no positive whole number:
// the token is then used until Halo turns it down.
func usableExpiry(body []byte) []byte {
	var answer map[string]json.RawMessage
	if json.Unmarshal(body, &answer) != nil {
		return body
	}
	var seconds number
	_ = seconds.UnmarshalJSON(answer["expires_in"]) // anything else is 0
	if seconds > 0 {
		answer["expires_in"] = strconv.AppendInt(nil, int64(seconds), 10)
	} else {
		delete(answer, "expires_in")
	}
	if usable, err := json.Marshal(answer); err == nil {
		return usable
	}
	return body
}
