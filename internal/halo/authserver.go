package halo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// This file finds out where tokens are got, and where the secret may go.

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
	halos := slices.ContainsFunc(halosOwn, func(d string) bool { return host == d || strings.HasSuffix(host, "."+d) })
	return host, host == own || halos || domain != "" && domain == draft.RegistrableDomain(own)
}
