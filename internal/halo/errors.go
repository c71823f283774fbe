package halo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"halobot/internal/text"
)

// Outcome says what a failed call means for a create.
type Outcome string

// The three outcomes that are not success.
const (
	NotDone Outcome = "not done" // safe to send again
	Refused Outcome = "refused"  // sending again gets the same answer
	Unknown Outcome = "unknown"  // it may have happened
)

// Error is a call that Halo did not carry out as asked, or may not have. Every error of a
// [Connection] is one. Only a call that writes can end as [Unknown]: one that reads, or
// fetches a token, can always be made again.
type Error struct {
	Outcome    Outcome
	Status     int           // HTTP status; 0 when there was no answer
	Message    string        // a sentence for the technician, never HTML, never a secret
	Words      string        // what Halo itself said, of which Message makes a sentence; "" when nothing
	RetryAfter time.Duration // 0 = not said
	// Own says that the bot itself makes the caller wait, not Halo: for its request ceiling, or
	// for its first reading of the list of clients.
	Own bool
	// Mandatory says that Halo wants a field that it was not sent, as far as its words tell.
	Mandatory bool
	// Reading is how far the bot is with the list that the caller has to wait for; nil otherwise.
	Reading *Progress
	// Configuration says that an administrator has to mend something: the address, the
	// credentials, a permission.
	Configuration bool
	Err           error
}

// Progress is how much of a reading is done, in clients.
type Progress struct{ Done, Total int }

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.Err }

// LogLevel is that of the line about a failure that is tried again by itself: while Halo does not
// answer at all, the connection tells the log of that, and each call need not.
func LogLevel(err error) slog.Level {
	var failed *Error
	if errors.As(err, &failed) && failed.Outcome != Refused {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// classify decides what a call that failed means. status is 0 when no answer came; sent says
// whether any of the write's body may have left by then.
//
// A 2xx comes here when its answer had no usable id or named another client: something may have
// been made. A 401 comes here when a new token was refused too. With 429 nothing was begun. With 503
// that is not known, since a proxy may answer so after Halo has stored, nor with a redirect, which
// may follow what was stored (RFC 9110, 15.4.4); where nothing is written it means a wrong address.
func classify(status int, writes, sent bool) Outcome {
	switch {
	case status == http.StatusTooManyRequests:
		return NotDone
	case status >= 400 && status <= 499, status >= 300 && status <= 399 && !writes:
		return Refused
	case !writes, status == 0 && !sent:
		return NotDone
	default:
		return Unknown
	}
}

// class is the metric label for the end of a request.
func class(status int, err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return cancelled
	case isTimeout(err):
		return "timeout"
	case err != nil:
		return "error"
	case status == http.StatusTooManyRequests:
		return "429"
	case status >= 200 && status <= 299:
		return "2xx"
	case status >= 400 && status <= 499:
		return "4xx"
	case status >= 500 && status <= 599:
		return "5xx"
	default:
		return "error"
	}
}

// Classes are what class may say.
var Classes = []string{"2xx", "4xx", "429", "5xx", "timeout", "error", cancelled}

// Endpoints are the names under which calls are observed.
var Endpoints = []string{
	"token", "authinfo", "toplevel", "users", "client_list", "client_get", "client_create",
	"user_get", "user_create", "user_update", "site_list", "site_get", "site_update", "ticket_list", "ticket_get", "ticket_update",
}

// cancelled is the class of a call that its caller broke off.
const cancelled = "cancelled"

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// unanswered is the error of a call to who that got no answer at all.
func (c *Connection) unanswered(who string, err error, create, sent bool) *Error {
	e := &Error{Outcome: classify(0, create, sent), Err: err}
	err = withoutAddress(err)
	switch {
	case errors.Is(err, errTooLate):
		e.Message = "The time for this attempt was over before anything was sent to Halo."
	case errors.Is(err, context.Canceled):
		e.Message = "The call to Halo was broken off."
	case isTimeout(err):
		e.Message = "Halo did not answer in time."
	case sent:
		e.Message = "The connection to Halo broke before it answered: " + c.cause(err) + "."
	default:
		e.Message = fmt.Sprintf("%s cannot be reached at %s: %s.", who, c.settings.URL, c.cause(err))
	}
	return e
}

// withoutAddress is an error without the address that url.Error's own text repeats, with what was
// searched for.
func withoutAddress(err error) error {
	var outer *url.Error
	for errors.As(err, &outer) {
		err = outer.Err
	}
	return err
}

// answered is the error of a call that was answered with anything but a 2xx.
func (c *Connection) answered(q call, r *http.Response, body []byte) *Error {
	e := &Error{
		Outcome:    classify(r.StatusCode, q.writes(), true),
		Status:     r.StatusCode,
		RetryAfter: retryAfter(r.Header, time.Now()),
		Configuration: r.StatusCode == http.StatusUnauthorized || r.StatusCode == http.StatusForbidden ||
			r.StatusCode >= 300 && r.StatusCode <= 399,
	}
	words := c.words(r.Header.Get("Content-Type"), body)
	e.Words = words
	e.Mandatory = q.writes() && r.StatusCode != http.StatusTooManyRequests && mandatory.MatchString(words)
	switch {
	case r.StatusCode == http.StatusTooManyRequests:
		e.Message = c.withWords("Halo's rate limit is reached (429).", words)
	case r.StatusCode == http.StatusServiceUnavailable && e.Outcome == NotDone:
		e.Message = "Halo is not available at the moment (503)."
	case r.StatusCode == http.StatusUnauthorized:
		e.Message = fmt.Sprintf("Halo does not accept the bot's token, not even a new one (401). "+
			"Check in Halo, under %s, that the API application and the agent it logs in as are active.", haloAPIPage)
		e.Message = c.withWords(e.Message, words)
	case r.StatusCode == http.StatusForbidden && isPage(r, body):
		e.Message = c.barred()
	case r.StatusCode == http.StatusForbidden:
		e.Message = fmt.Sprintf("Halo does not permit this (403). The API application needs the permission edit:customers "+
			"(and read:customers), under %s, and the agent it logs in as needs the Client access level "+
			`"Read and Modify" with the use of all customers.`, haloAPIPage)
		if strings.HasPrefix(q.path, "Tickets") {
			e.Message = fmt.Sprintf("Halo does not permit this (403). The API application needs the permission edit:tickets, under %s, "+
				"and the agent it logs in as has to be allowed to see and edit tickets of the clients that unknown senders are filed under.", haloAPIPage)
		}
		e.Message = c.withWords(e.Message, words)
	case r.StatusCode >= 300 && r.StatusCode <= 399:
		e.Message = c.redirected("URL", r)
		if q.writes() {
			e.Message += fmt.Sprintf(" That does not say whether %s.", q.effect)
		}
	case e.Outcome == Refused && words != "":
		e.Message = "Halo refused: " + quote(words) + "."
	case e.Outcome == Refused:
		e.Message = notItsWords(r.StatusCode)
	case e.Outcome == Unknown:
		e.Message = c.withWords(fmt.Sprintf("Halo answered %d, which does not say whether %s.", r.StatusCode, q.effect), words)
	default:
		e.Message = c.withWords(fmt.Sprintf("Halo answered %d.", r.StatusCode), words)
	}
	if e.Mandatory && q.path == "Client" && r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusForbidden {
		e.Message += fmt.Sprintf(" If this is a field that the form does not have, ask the bot's administrator to set it for every new client in %s.",
			c.variable("CLIENT_FIELDS"))
	}
	return e
}

// mandatory are Halo's words for a field that has to be there. It is only for what people are told.
var mandatory = regexp.MustCompile(`(?i)\b(mandatory|required|(must|has to|have to|needs to) be (entered|selected|specified|set|given|chosen|filled)|cannot be (blank|empty|null)|please (select|enter|choose|specify))\b`)

// isPage reports whether an answer is a web page, whatever it says that it is.
func isPage(r *http.Response, body []byte) bool {
	return isHTML(r) || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// unreadable is the error of a call whose 2xx answer could not be used.
func (c *Connection) unreadable(q call, r *http.Response, err error) *Error {
	e := &Error{Outcome: classify(r.StatusCode, q.writes(), true), Status: r.StatusCode, Err: err}
	what := "not in the form that its API promises"
	switch {
	case errors.Is(err, errTooLarge):
		what = "at too great a length"
	case isTimeout(err):
		what = "and did not finish in time"
	case errors.Is(err, io.ErrUnexpectedEOF):
		what = "and the connection broke in the middle"
	case errors.Is(err, errNotJSON):
		what = "not in its own words"
	case errors.Is(err, errNoID):
		what = "without an id"
	case errors.Is(err, errAnother):
		what = "and named another one than it was sent"
	}
	e.Message = fmt.Sprintf("Halo answered %d, %s.", r.StatusCode, what)
	if q.writes() {
		e.Message += fmt.Sprintf(" That does not say whether %s.", q.effect)
	}
	return e
}

// haloAPIPage is where an administrator finds the API application.
const haloAPIPage = "Configuration → Integrations → HaloPSA API"

func notItsWords(status int) string {
	return fmt.Sprintf("Halo answered %d and gave no reason.", status)
}

// barred says that somebody else than Halo does not let the bot through.
func (c *Connection) barred() string {
	return fmt.Sprintf("Something before Halo, a proxy or a firewall, answered 403 with a page of its own. "+
		"It has to let this machine through to %s.", c.settings.URL)
}

// redirected names where an address redirects to, without the query.
func (c *Connection) redirected(suffix string, r *http.Response) string {
	variable := c.variable(suffix)
	to, err := r.Location()
	if err != nil {
		return fmt.Sprintf("Halo answered %d, a redirect to nowhere. Check %s.", r.StatusCode, variable)
	}
	where := text.Short(tidy(to.Scheme+"://"+to.Host+to.Path, c.clean), 120)
	return fmt.Sprintf("%s redirects to %s (%d): set it to Halo's own address.", variable, where, r.StatusCode)
}

func (c *Connection) withWords(sentence, words string) string {
	if words == "" {
		return sentence
	}
	return sentence + " Halo said: " + quote(words) + "."
}

// quote puts Halo's words in quotation marks, which replace its last full stop.
func quote(words string) string { return `"` + strings.TrimRight(words, ". ") + `"` }

// retryAfter reads the header in both its forms (RFC 9110, section 10.2.3); 0 when there is
// none, or none that makes sense. At most an hour.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		wait = time.Duration(min(max(seconds, 0), 3600) * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		// The server's own clock is what the date was made with.
		if date, err := http.ParseTime(h.Get("Date")); err == nil {
			now = date
		}
		wait = at.Sub(now)
	}
	return min(max(wait, 0), time.Hour)
}

// status is the HTTP status behind an error; 0 when there is none.
func status(err error) int {
	var failed *Error
	if errors.As(err, &failed) {
		return failed.Status
	}
	return 0
}
