package halo

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// NormaliseURL reads Halo's address as people paste it (without a scheme, with /api, /auth or
// a trailing slash, from the browser's address bar) and returns scheme, host and, where Halo
// lies under one, path. http is kept as typed. The error's text completes a sentence that
// begins with the variable's name, and does not repeat s.
func NormaliseURL(s string) (string, error) {
	u, err := parseAddress(s)
	if err != nil {
		return "", err
	}
	own := segments(u.Path)
	for i, segment := range own {
		if belowRoot[strings.ToLower(segment)] {
			own = own[:i]
			break
		}
	}
	return u.Scheme + "://" + u.Host + join(own), nil
}

// belowRoot are the first segments of what lies under Halo's own root: its API and its pages.
var belowRoot = map[string]bool{
	"api": true, "auth": true, "token": true, "swagger": true,
	"customers": true, "customer": true, "tickets": true, "ticket": true, "config": true, "portal": true, "home": true,
}

// NormaliseAuthURL does the same for the authorisation server's address, of which the path is
// kept but for a last /token, and a tenant in the query.
func NormaliseAuthURL(s string) (string, error) {
	u, err := parseAddress(s)
	if err != nil {
		return "", err
	}
	own := segments(u.Path)
	if n := len(own); n > 0 && strings.EqualFold(own[n-1], "token") {
		own = own[:n-1]
	}
	address := u.Scheme + "://" + u.Host + join(own)
	if tenant := u.Query().Get("tenant"); tenant != "" {
		address += "?" + url.Values{"tenant": {tenant}}.Encode()
	}
	return address, nil
}

func parseAddress(s string) (*url.URL, error) {
	s = strings.Trim(strings.TrimSpace(s), `"'<>`)
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "https://" + strings.TrimLeft(s, "/")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || strings.ContainsAny(u.Host, " \t,"):
		return nil, errors.New("must be a web address like https://acme.halopsa.com")
	case u.User != nil:
		return nil, errors.New("must not hold a user name or password; write https://acme.halopsa.com")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("must begin with https://")
	}
	u.Host = strings.ToLower(u.Host)
	return u, nil
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func join(segments []string) string {
	if len(segments) == 0 {
		return ""
	}
	return "/" + strings.Join(segments, "/")
}

// ClientURL is the link to a client in Halo.
func (c *Connection) ClientURL(id int) string { return ClientURL(c.settings.URL, id) }

// ClientURL is the link to a client in the Halo at an address, as [Connection.Address] has it.
func ClientURL(address string, id int) string {
	base, _, _ := strings.Cut(address, "?")
	return fmt.Sprintf("%s/customers?clientid=%d", base, id)
}

var ticketID = regexp.MustCompile(`^[0-9]{1,18}$`)

// TicketURL is the link to a ticket in Halo; "" for an id that is none.
func (c *Connection) TicketURL(id string) string {
	if !ticketID.MatchString(id) {
		return ""
	}
	return c.settings.URL + "/ticket?id=" + id
}
