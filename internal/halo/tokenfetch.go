package halo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// fetchFrom asks one token endpoint.
func (t *tokens) fetchFrom(ctx context.Context, endpoint string) (token, error) {
	c := t.connection
	if err := c.ceiling.pass(ctx, fare{urgency: forCreate}); err != nil {
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
		return c.unanswered("Halo's token endpoint", err, false, false)
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
	case r.StatusCode >= 200 && r.StatusCode <= 299 && isPage(r, answer.body):
		e.Outcome = NotDone // nobody has said no: it may be a proxy's page, or another address
		e.Message = fmt.Sprintf("%s answered %d with a web page, not with a token. Something may stand before Halo for the time being; "+
			"if this stays so, set %s to what Halo shows as Auth Server under %s.", where, r.StatusCode, c.variable("AUTH_URL"), haloAPIPage)
	case r.StatusCode == http.StatusForbidden && isPage(r, answer.body):
		e.Message = c.barred()
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
