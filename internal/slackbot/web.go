package slackbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"
)

// web calls Slack's Web API through slack-go. It adds what slack-go leaves out: a call that
// Slack carried out counts as done even when its answer cannot be decoded (slack-go reports an
// error for blocks that it does not know), every call is counted, and an error can be asked
// what it means.
type web struct {
	cfg     Config
	hc      *observed
	log     *slog.Logger
	limiter *limiter
	health  *health
}

// answer is the part of Slack's answers that the bot uses.
type answer struct {
	OK        bool   `json:"ok"`
	Error     string `json:"error"`
	TS        string `json:"ts"`
	MessageTS string `json:"message_ts"` // of chat.postEphemeral
	View      struct {
		ID   string `json:"id"`
		Root string `json:"root_view_id"`
		Hash string `json:"hash"`
	} `json:"view"`
}

// do makes one call with the bot's token.
func (w *web) do(call func(*slack.Client) error) (answer, error) { return w.as(w.cfg.BotToken, call) }

// ask makes one call for the sake of its answer: one that cannot be read is none.
func (w *web) ask(question func(*slack.Client) error) error {
	return question(slack.New(w.cfg.BotToken, apiOptions(w.cfg, w.hc)...))
}

// as makes one call with a token.
func (w *web) as(token string, call func(*slack.Client) error) (answer, error) {
	tap := &tap{observed: w.hc}
	if token != w.cfg.BotToken {
		tap.observed = &observed{hc: w.hc.hc, metrics: w.hc.metrics} // says nothing of the bot's
	}
	err := call(slack.New(token, apiOptions(w.cfg, tap)...))
	if err != nil && tap.OK {
		w.log.Debug("Slack did it, but its answer could not be read", "error", err)
		err = nil
	}
	return tap.answer, err
}

// tap is the HTTP client of one call, and has its answer.
type tap struct {
	*observed
	answer
}

// Do implements slack-go's HTTP client.
func (t *tap) Do(req *http.Request) (resp *http.Response, err error) {
	resp, t.answer, err = t.do(req)
	return resp, err
}

// maxAnswer bounds what is read of one answer.
const maxAnswer = 8 << 20

// observed is the HTTP client of every call: it counts calls and reads the answer's outline.
type observed struct {
	hc      *http.Client
	metrics *metrics
	health  *health // nil: the token is nobody's concern
}

// Do implements slack-go's HTTP client.
func (o *observed) Do(req *http.Request) (*http.Response, error) {
	resp, _, err := o.do(req)
	return resp, err
}

func (o *observed) do(req *http.Request) (*http.Response, answer, error) {
	method, made := methodOf(req), time.Now()
	resp, err := o.hc.Do(req)
	if err != nil {
		o.metrics.call(method, "network")
		return nil, answer{}, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	resp.Body.Close()
	if err != nil {
		o.metrics.call(method, "network")
		return nil, answer{}, fmt.Errorf("reading Slack's answer: %w", err)
	}

	var a answer
	if err := json.Unmarshal(body, &a); err != nil && !isTypeError(err) {
		a = answer{}
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	o.metrics.call(method, class(resp.StatusCode, a))
	if variable := tokenOf(method); o.health != nil && variable != "" && resp.StatusCode == http.StatusOK && (a.OK || a.Error != "") {
		o.health.answered(method, variable, a.Error, made)
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		a = answer{}
	case !a.OK && a.Error == "" && method != responseURL:
		return nil, answer{}, errNeither // slack-go takes it for a yes
	}
	return resp, a, nil
}

var errNeither = errors.New("an answer of Slack's that says neither yes nor no")

// classes are what class may say, and that no answer came.
var classes = []string{"ok", "refused", "client", "server", "rate_limited", "network"}

// class is a bounded label for what became of a call.
func class(status int, a answer) string {
	switch {
	case status == http.StatusTooManyRequests, a.Error == "ratelimited", a.Error == "rate_limited":
		return "rate_limited"
	case status >= 500:
		return "server"
	case status >= 400:
		return "client"
	case a.OK || a.Error == "":
		return "ok"
	}
	return "refused"
}

// methods are the Web API methods that the bot calls; the metrics' label is bounded by them.
var methods = []string{
	"apps.connections.open", "auth.test", "chat.postEphemeral", "chat.postMessage", "chat.update",
	"conversations.history", "conversations.open", "functions.completeError", "functions.completeSuccess", "team.info",
	"usergroups.users.list", "users.info", "views.open", "views.publish", "views.update",
}

func methodOf(req *http.Request) string {
	if m := path.Base(req.URL.Path); slices.Contains(methods, m) {
		return m
	}
	return responseURL
}

// responseURL stands for the methods in whose place a response_url was called.
const responseURL = "response_url"

// tokenOf is the variable of the token that a method is called with; "" for a response_url, which
// takes none.
func tokenOf(method string) string {
	switch method {
	case responseURL:
		return ""
	case "apps.connections.open":
		return appToken
	}
	return botToken
}

// code is Slack's word for why it refused a call, or "".
func code(err error) string {
	var refused slack.SlackErrorResponse
	if errors.As(err, &refused) {
		return refused.Err
	}
	return ""
}

// explain is an error with everything that Slack said of it, for the log.
func explain(err error) string {
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) {
		return err.Error()
	}
	s := err.Error()
	for _, m := range refused.ResponseMetadata.Messages {
		s += "; " + m
	}
	if refused.Needed != "" {
		s += fmt.Sprintf("; needs the scope %s, has %s", refused.Needed, refused.Provided)
	}
	return s
}

// maxRetryAfter bounds what is believed of a Retry-After: Slack's own are of seconds, a proxy's may
// be anything.
const maxRetryAfter = 5 * time.Minute

// retryAfter is how long Slack wants the next call to wait, when it said so.
func retryAfter(err error) (time.Duration, bool) {
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		return min(max(limited.RetryAfter, time.Second), maxRetryAfter), true
	}
	switch code(err) {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return 30 * time.Second, true
	}
	return 0, false
}

// transient reports whether the same call may well succeed later: no answer, an answer that is
// not Slack's, one of the codes that speak of Slack's own trouble, or a dead token, which says
// nothing of what was asked for.
func transient(err error) bool {
	c := code(err)
	return c == "" || passing[c] || deadTokens[c]
}

// badMessage reports whether Slack takes offence at a message itself, wherever it is posted.
func badMessage(err error) bool {
	switch code(err) {
	case "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long",
		"metadata_too_large", "invalid_metadata_format", "invalid_metadata_schema", "no_text":
		return true
	}
	return false
}

// gone reports whether a view is no longer there: its person closed it.
func gone(err error) bool {
	switch code(err) {
	case "not_found", "view_not_found":
		return true
	}
	return false
}

func isTypeError(err error) bool {
	var t *json.UnmarshalTypeError
	return errors.As(err, &t)
}

// respond posts to a response_url: five uses within 30 minutes of the click, and it reaches
// channels that the bot may not post in (docs.slack.dev/interactivity/handling-user-interaction).
//
// The address was kept in a database: no other host than Slack's is called, or SLACK_API_URL's.
func (w *web) respond(ctx context.Context, address string, m response) error {
	if !w.cfg.slacks(address) {
		return errors.New("the response_url is not one of Slack's")
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing an answer: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("the response_url is no address")
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.hc.Do(req)
	if err != nil {
		return fmt.Errorf("answering through the response_url: %w", withoutURL(err))
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answering through the response_url: Slack answered %d", resp.StatusCode)
	}
	var a answer
	if json.NewDecoder(io.LimitReader(resp.Body, maxAnswer)).Decode(&a) == nil && a.Error != "" {
		return fmt.Errorf("answering through the response_url: %w", slack.SlackErrorResponse{Err: a.Error})
	}
	return nil
}

// slacks reports whether an address is on one of Slack's hosts, or on that of SLACK_API_URL.
func (cfg Config) slacks(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	if own, err := url.Parse(cfg.APIURL); err == nil && own.Host != "" && u.Scheme == own.Scheme && u.Host == own.Host {
		return true
	}
	return u.Scheme == "https" && u.Port() == "" && slices.ContainsFunc([]string{"slack.com", "slack-gov.com"}, func(domain string) bool {
		return u.Host == domain || strings.HasSuffix(u.Host, "."+domain)
	})
}

// response is the body of a post to a response_url.
type response struct {
	Type        string               `json:"response_type,omitempty"` // "ephemeral" or "in_channel"
	Replace     bool                 `json:"replace_original"`
	Thread      string               `json:"thread_ts,omitempty"`
	Text        string               `json:"text"`
	Blocks      []slack.Block        `json:"blocks,omitempty"`
	Attachments json.RawMessage      `json:"attachments,omitempty"`
	Metadata    *slack.SlackMetadata `json:"metadata,omitempty"`
}
