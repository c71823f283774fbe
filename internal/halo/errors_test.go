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
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// wantOutcome is the rule, told a second time and in another way: what a create and a call that
// reads mean when they end with this status and no client.
func wantOutcome(status int) (create, read Outcome) {
	switch {
	case status == 429:
		return NotDone, NotDone
	case status/100 == 4:
		return Refused, Refused
	case status/100 == 3:
		return Unknown, Refused
	default:
		return Unknown, NotDone
	}
}

func TestEveryStatusHasItsOutcome(t *testing.T) {
	t.Parallel()
	for status := 100; status <= 599; status++ {
		create, read := wantOutcome(status)
		for _, sent := range []bool{true, false} {
			if got := classify(status, true, sent); got != create {
				t.Errorf("classify(%d, create) = %s, want %s", status, got, create)
			}
			if got := classify(status, false, sent); got != read {
				t.Errorf("classify(%d, read) = %s, want %s", status, got, read)
			}
		}
	}
	for sent, want := range map[bool]Outcome{false: NotDone, true: Unknown} {
		if got := classify(0, true, sent); got != want {
			t.Errorf("no answer, sent %t: %s, want %s", sent, got, want)
		}
		if got := classify(0, false, sent); got != NotDone {
			t.Errorf("no answer to a read, sent %t: %s, want %s", sent, got, NotDone)
		}
	}
}

// trip is a transport that answers API calls by itself.
type trip func(r *http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// made is an answer.
func made(r *http.Request, status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

func TestACallsEndIsToldByItsStatus(t *testing.T) {
	t.Parallel()
	for status := 100; status <= 599; status++ {
		posts := 0
		c := connect(t, "https://acme.halopsa.com")
		c.http.Transport = trip(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.URL.Path == "/auth/token":
				return made(r, 200, "application/json", `{"access_token":"`+testToken+`","expires_in":3600}`), nil
			case r.URL.Path == "/api/authinfo":
				return made(r, 404, "text/html", "<p>no"), nil
			case r.Method == http.MethodPost:
				posts++
				io.Copy(io.Discard, r.Body) //nolint:errcheck // it is in memory
			}
			return made(r, status, "application/json", `{"Message":"Said by Halo"}`), nil
		})
		create, read := wantOutcome(status)
		_, err := c.Create(soon(t), nil, acme())
		failed := failure(t, err)
		if failed.Outcome != create || failed.Status != status {
			t.Errorf("%d on a create: %s, status %d; want %s", status, failed.Outcome, failed.Status, create)
		}
		if want := map[bool]int{false: 1, true: 2}[status == 401]; posts != want {
			t.Errorf("%d on a create: sent %d times, want %d", status, posts, want)
		}
		_, err = c.page(soon(t), list{size: 1}, 1)
		if failure(t, err).Outcome != read {
			t.Errorf("%d on a list: %s, want %s", status, failure(t, err).Outcome, read)
		}
		if away := strings.Contains(err.Error(), "is not available"); away != (status == 503) {
			t.Errorf("%d on a list: %q", status, err)
		}
		if redirects := strings.Contains(err.Error(), "a redirect"); redirects != (status/100 == 3) {
			t.Errorf("%d on a list: %q", status, err)
		}
		if want := status/100 == 3 || status == 401 || status == 403; failed.Configuration != want {
			t.Errorf("%d is the administrator's to mend: %t, want %t", status, failed.Configuration, want)
		}
		if !strings.HasSuffix(failed.Message, ".") || strings.Contains(failed.Message, "\n") {
			t.Errorf("%d: %q is not one line of sentences", status, failed.Message)
		}
	}
}

func TestAMandatoryFieldIsForTheAdministratorToSet(t *testing.T) {
	t.Parallel()
	for status := 300; status <= 599; status++ {
		c := connect(t, "https://acme.halopsa.com")
		c.http.Transport = trip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/auth/token" {
				return made(r, 200, "application/json", `{"access_token":"`+testToken+`","expires_in":3600}`), nil
			}
			if r.Body != nil {
				io.Copy(io.Discard, r.Body) //nolint:errcheck // it is in memory
			}
			return made(r, status, "application/json", `{"Message":"Customer type is mandatory."}`), nil
		})
		_, err := c.Create(soon(t), nil, acme())
		failed := failure(t, err)
		if want := status != 429; failed.Mandatory != want {
			t.Errorf("%d: a field is missing: %t, want %t", status, failed.Mandatory, want)
		}
		told := strings.Contains(failed.Message, "CLIENT_FIELDS")
		if want := status != 429 && status != 401 && status != 403; told != want {
			t.Errorf("%d: %q", status, failed.Message)
		}
		if _, err := c.page(soon(t), list{size: 1}, 1); failure(t, err).Mandatory {
			t.Errorf("%d on a list: a field is missing", status)
		}
	}
}

func TestEveryStatusHasItsClass(t *testing.T) {
	t.Parallel()
	for status := 0; status <= 700; status++ {
		want := "error"
		switch {
		case status == 429:
			want = "429"
		case status/100 == 2 || status/100 == 4 || status/100 == 5:
			want = fmt.Sprintf("%dxx", status/100)
		}
		if got := class(status, nil); got != want {
			t.Errorf("%d is of the class %q, want %q", status, got, want)
		}
	}
	for err, want := range map[error]string{context.Canceled: cancelled, context.DeadlineExceeded: "timeout", io.EOF: "error"} {
		if got := class(200, err); got != want {
			t.Errorf("%v is of the class %q, want %q", err, got, want)
		}
	}
}

func TestOnlyARefusalIsAWarningToTheLog(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]slog.Level{
		errors.New("any"):        slog.LevelWarn,
		&Error{Outcome: Refused}: slog.LevelWarn,
		&Error{Outcome: NotDone}: slog.LevelDebug,
		&Error{Outcome: Unknown}: slog.LevelDebug,
	} {
		if got := LogLevel(fmt.Errorf("call: %w", err)); got != want {
			t.Errorf("%v is of the level %v, want %v", err, got, want)
		}
	}
}

func TestRefusalsAreToldInHalosWordsOrByTheirStatus(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    []string
		not     []string
	}{
		"a sentence":  {reply(400, "application/json", `"An Outcome must be entered."`), []string{`Halo refused: "An Outcome must be entered".`}, nil},
		"a page":      {reply(404, "text/html", "<h1>Not here</h1>"), []string{"Halo answered 404 and gave no reason."}, []string{"<"}},
		"nothing":     {reply(400, "", ""), []string{"Halo answered 400 and gave no reason."}, nil},
		"permission":  {reply(403, "", ""), []string{"edit:customers", `"Read and Modify"`, haloAPIPage}, nil},
		"with words":  {reply(403, "application/json", `{"Message":"No access"}`), []string{"edit:customers", `Halo said: "No access".`}, nil},
		"busy":        {reply(429, "", ""), []string{"429"}, nil},
		"maintenance": {reply(503, "text/html", "<h1>Maintenance"), []string{"503"}, []string{"Maintenance"}},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://new.halopsa.com/api/Client?x=1", http.StatusPermanentRedirect)
		}, []string{"HALO_PROD_URL redirects to https://new.halopsa.com/api/Client", "308"}, []string{"x=1"}},
		"a redirect to nowhere": {reply(302, "", ""), []string{"302", "HALO_PROD_URL"}, nil},
		"500 with words":        {reply(500, "application/json", `{"Message":"Deadlock"}`), []string{"500", "does not say whether the client was created", `"Deadlock"`}, nil},
		"500 with a page":       {reply(502, "text/html", "<h1>Bad Gateway</h1>"), []string{"502", "does not say whether"}, []string{"Gateway"}},
		"no id":                 {reply(201, "application/json", `{"name":"Acme Ltd"}`), []string{"201", "without an id", "does not say whether"}, nil},
		"not JSON":              {reply(200, "text/html", `<p>Fine`), []string{"200", "does not say whether"}, []string{"Fine"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, c.handler)
			_, err := connect(t, s.URL, func(s *Settings) { s.VarPrefix = "HALO_PROD_" }).Create(soon(t), nil, acme())
			got := failure(t, err).Message
			wantIn(t, "the message", got, c.want...)
			for _, not := range c.not {
				if strings.Contains(got, not) {
					t.Errorf("the message is %q, with %q", got, not)
				}
			}
		})
	}
}

// cutOff reads a request whole and breaks the connection.
func cutOff(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body) //nolint:errcheck // the connection ends here
	panic(http.ErrAbortHandler)
}

func TestWhatGotNoAnswerIsUnknownOnceItMayHaveArrived(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		late    bool // the time is over then
		want    string
	}{
		"the connection breaks": {handler: cutOff, want: "broke"},
		"half an answer": {handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "500")
			io.WriteString(w, `{"id":12,"name":"Ac`) //nolint:errcheck // the test reads it
		}, want: "broke"},
		"no answer in time": {handler: func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) //nolint:errcheck // only its end matters
		}, late: true, want: "in time"},
		"half an answer in time": {handler: func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) //nolint:errcheck // only its end matters
			io.WriteString(w, `{"id":`) //nolint:errcheck // the test reads it
			w.(http.Flusher).Flush()
		}, late: true, want: "in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := timed{soon(t), make(chan struct{})}
			var calls counter
			s := fake(t, func(w http.ResponseWriter, r *http.Request) {
				calls.add(r.Method)
				if r.Method == http.MethodGet {
					answer(w, 200, map[string]any{"clients": []any{}})
					return
				}
				c.handler(w, r)
				if c.late {
					close(ctx.over)
					<-r.Context().Done()
				}
			})
			conn := connect(t, s.URL)
			// A first call leaves a connection open, so that the create goes out on a used one:
			// there net/http is readiest to send again.
			if _, err := conn.page(soon(t), list{size: 1}, 1); err != nil {
				t.Fatal(err)
			}
			_, err := conn.Create(ctx, nil, acme())
			failed := failure(t, err)
			if failed.Outcome != Unknown {
				t.Errorf("the outcome is %s (%v), want %s", failed.Outcome, err, Unknown)
			}
			wantIn(t, "the message", failed.Message, c.want)
			if n := calls.get(http.MethodPost); n != 1 {
				t.Errorf("the create was sent %d times", n)
			}
		})
	}
}

func TestWhatNeverLeftIsNotDone(t *testing.T) {
	t.Parallel()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet()
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)

	dialFails := func(err error) func(*http.Transport) {
		return func(t *http.Transport) {
			t.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, err }
		}
	}
	for name, c := range map[string]struct {
		url    string
		change func(*http.Transport)
		want   string
	}{
		"nobody listens":        {"http://127.0.0.1:1", nil, "refused"},
		"no such host":          {"https://acme.invalid", dialFails(&net.DNSError{Err: "no such host", Name: "acme.invalid", IsNotFound: true}), "no such host"},
		"no route in time":      {"https://acme.invalid", dialFails(context.DeadlineExceeded), "in time"},
		"not the one it claims": {untrusted.URL, nil, "certificate"},
		"no TLS there":          {strings.Replace(plain.URL, "http:", "https:", 1), nil, "HTTP response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, c.url)
			conn.tokens.keep(token{value: testToken}, "") // so that the create itself is what fails
			if c.change != nil {
				c.change(conn.http.Transport.(*http.Transport))
			}
			_, err := conn.Create(soon(t), nil, acme())
			failed := failure(t, err)
			if failed.Outcome != NotDone || failed.Status != 0 {
				t.Errorf("%s (status %d): %v; want %s", failed.Outcome, failed.Status, err, NotDone)
			}
			wantIn(t, "the message", failed.Message, c.want)
		})
	}
}

func TestACreateOverHTTP2IsSentOnce(t *testing.T) {
	t.Parallel()
	var calls counter
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.add(fmt.Sprintf("%s %d", r.Method, r.ProtoMajor))
		if r.Method == http.MethodPost {
			cutOff(w, r)
		}
		answer(w, 200, map[string]any{"clients": []any{}})
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	conn := New(Settings{URL: s.URL}, s.Client(), nil)
	conn.tokens.keep(token{value: testToken}, "")
	if _, err := conn.page(soon(t), list{size: 1}, 1); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Create(soon(t), nil, acme())
	if failed := failure(t, err); failed.Outcome != Unknown {
		t.Errorf("the outcome is %s (%v), want %s", failed.Outcome, err, Unknown)
	}
	if n := calls.get("POST 2"); n != 1 {
		t.Errorf("the create was sent %d times over HTTP/2", n)
	}
}

// TestAnIdleConnectionClosedByHalo closes the kept connection at the moment at which the create
// goes out on it. Whichever wins, the create arrives at most once, and what is called not done
// did not arrive.
func TestAnIdleConnectionClosedByHalo(t *testing.T) {
	t.Parallel()
	for range 50 {
		var calls counter
		s := fake(t, func(w http.ResponseWriter, r *http.Request) {
			calls.add(r.Method)
			io.Copy(io.Discard, r.Body) //nolint:errcheck // only its end matters
			answer(w, 200, map[string]any{"id": 5, "clients": []any{}})
		})
		conn := connect(t, s.URL)
		if _, err := conn.page(soon(t), list{size: 1}, 1); err != nil {
			t.Fatal(err)
		}
		go s.CloseClientConnections()
		_, err := conn.Create(soon(t), nil, acme())
		n := calls.get(http.MethodPost)
		if n > 1 {
			t.Fatalf("the create was sent %d times", n)
		}
		if err != nil && failure(t, err).Outcome == NotDone && n != 0 {
			t.Errorf("the create is called not done (%v) and arrived", err)
		}
		s.Close()
	}
}

// asleep is a context whose deadline has passed by the wall clock, while its timer, which
// stands still in a suspended machine, has not fired.
type asleep struct{ context.Context }

func (asleep) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second).Round(0), true }

func TestNothingIsSentAfterTheDeadlineByTheWallClock(t *testing.T) {
	t.Parallel()
	var calls counter
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			calls.add(r.Method)
		}
	})
	conn := connect(t, s.URL)
	if _, err := conn.tokens.get(soon(t)); err != nil {
		t.Fatal(err)
	}
	_, err := conn.Create(asleep{soon(t)}, nil, acme())
	if failed := failure(t, err); failed.Outcome != NotDone || !errors.Is(err, errTooLate) {
		t.Errorf("%s: %v; want %s, too late", failed.Outcome, err, NotDone)
	}
	if n := calls.get(http.MethodPost); n != 0 {
		t.Errorf("the create was sent %d times", n)
	}
}

func TestABodyIsHandedOverOnceOrNever(t *testing.T) {
	t.Parallel()
	buffer := make([]byte, 10)
	b := newOnceBody(t.Context(), []byte("body"))
	if begun := b.withdraw(); begun {
		t.Error("a body that was never read is called begun")
	}
	if n, err := b.Read(buffer); n != 0 || !errors.Is(err, errWithdrawn) {
		t.Errorf("a withdrawn body gives %d bytes, %v", n, err)
	}
	b = newOnceBody(t.Context(), []byte("body"))
	if n, err := b.Read(buffer[:1]); n != 1 || err != nil {
		t.Errorf("a fresh body gives %d bytes, %v", n, err)
	}
	if begun := b.withdraw(); !begun {
		t.Error("a body of which a byte was read is not called begun")
	}
	if n, err := b.Read(buffer); n != 0 || err == nil {
		t.Errorf("a body goes on after it was withdrawn: %d bytes, %v", n, err)
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"30":                            30 * time.Second,
		" 1.5 ":                         1500 * time.Millisecond,
		"-5":                            0,
		"NaN":                           0,
		"1e300":                         time.Hour,
		"Tue, 24 Nov 2026 12:02:00 GMT": 2 * time.Minute,
		"Tue, 24 Nov 2026 11:00:00 GMT": 0,
		"Thu, 24 Dec 2026 11:00:00 GMT": time.Hour,
		"soon":                          0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q is %s, want %s", value, got, want)
		}
	}
	ahead := http.Header{"Retry-After": {"Tue, 24 Nov 2026 12:10:00 GMT"}, "Date": {"Tue, 24 Nov 2026 12:09:30 GMT"}}
	if got := retryAfter(ahead, now); got != 30*time.Second {
		t.Errorf("with Halo's clock ahead: %s, want 30s", got)
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]Outcome{429: NotDone, 503: Unknown} {
		s := fake(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "17")
			w.WriteHeader(status)
		})
		_, err := connect(t, s.URL).Create(soon(t), nil, acme())
		if failed := failure(t, err); failed.RetryAfter != 17*time.Second || failed.Outcome != want {
			t.Errorf("%d: %s, again after %s; want %s, 17s", status, failed.Outcome, failed.RetryAfter, want)
		}
	}
}

func TestRequestsAreObservedByEndpointAndClass(t *testing.T) {
	t.Parallel()
	var status atomic.Int64
	brief := timed{soon(t), make(chan struct{})}
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		switch status := int(status.Load()); status {
		case 0:
			panic(http.ErrAbortHandler)
		case -1:
			close(brief.over)
			<-r.Context().Done()
		default:
			answer(w, status, map[string]any{"id": 1, "name": acme().Draft.Name, "clients": []any{}, "users": []any{}})
		}
	})
	var seen counter
	c := connect(t, s.URL, func(s *Settings) {
		s.Observe = func(endpoint, class string, d time.Duration) {
			if d < 0 || d > time.Minute {
				t.Errorf("%s took %s", endpoint, d)
			}
			seen.add(endpoint + " " + class)
		}
	})
	ctx := soon(t)
	for _, now := range []int64{200, 404, 429, 500, 302, 0} {
		status.Store(now)
		c.page(ctx, list{size: 1}, 1) //nolint:errcheck // only what was observed matters
	}
	status.Store(200)
	c.users(ctx, fare{urgency: forForm}, 0, "a@b.c") //nolint:errcheck // as above
	c.Client(ctx, 1)                                 //nolint:errcheck // as above
	c.Create(ctx, nil, acme())                       //nolint:errcheck // as above
	status.Store(-1)
	c.page(brief, list{size: 1}, 1) //nolint:errcheck // as above
	for _, want := range []string{
		"authinfo 4xx", "token 2xx", "client_list 2xx", "client_list 4xx", "client_list 429", "client_list 5xx",
		"client_list timeout", "users 2xx", "client_get 2xx", "client_create 2xx",
	} {
		if n := seen.get(want); n != 1 {
			t.Errorf("%q was observed %d times, want once (%v)", want, n, seen.n)
		}
	}
	// A redirect, and a connection that broke: net/http sends a read again by itself.
	if n := seen.get("client_list error"); n != 2 {
		t.Errorf("errors were observed %d times, want 2 (%v)", n, seen.n)
	}
}

func TestSettingsKeepTheSecretWhenPrinted(t *testing.T) {
	t.Parallel()
	s := Settings{Name: "prod", URL: "https://acme.halopsa.com", ClientSecret: testSecret}
	var log bytes.Buffer
	quietTo(&log).Info("settings", "halo", s)
	for _, printed := range []string{fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s", s, s, s, s), log.String()} {
		if strings.Contains(printed, testSecret) {
			t.Errorf("%q holds the secret", printed)
		}
		wantIn(t, "what is printed", printed, "prod")
	}
}
