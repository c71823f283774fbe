package halo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// authServer records token calls and gives tokens that number themselves.
type authServer struct {
	mu       sync.Mutex
	forms    []url.Values
	asked    []string // path and query
	authinfo http.HandlerFunc
	token    http.HandlerFunc // nil = give one
	lives    any              // expires_in; nil = 3600
}

func (a *authServer) serve(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return s
}

func (a *authServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasSuffix(r.URL.Path, "/token"):
		r.ParseForm() //nolint:errcheck // a bad one shows in what is recorded
		a.mu.Lock()
		a.forms = append(a.forms, r.PostForm)
		a.asked = append(a.asked, r.URL.RequestURI())
		n := len(a.forms)
		a.mu.Unlock()
		if a.token != nil {
			a.token(w, r)
			return
		}
		given := map[string]any{"access_token": fmt.Sprintf("%s-%d", testToken, n), "token_type": "Bearer", "expires_in": 3600}
		if a.lives != nil {
			given["expires_in"] = a.lives
		}
		answer(w, 200, given)
	case r.URL.Path == "/api/authinfo" && a.authinfo != nil:
		a.authinfo(w, r)
	case r.URL.Path == "/api/Client":
		answer(w, 200, map[string]any{"clients": []any{}})
	default:
		http.NotFound(w, r)
	}
}

func (a *authServer) fetches() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.forms)
}

func TestATokenIsAskedForAsHaloWantsIt(t *testing.T) {
	t.Parallel()
	a := &authServer{}
	s := a.serve(t)
	c := connect(t, s.URL, func(s *Settings) { s.Tenant, s.Scope = "acme & co", "read:customers  edit:customers" })
	if _, err := c.tokens.get(soon(t)); err != nil {
		t.Fatal(err)
	}
	form := a.forms[0]
	for key, want := range map[string]string{
		"grant_type": "client_credentials", "client_id": "test-app", "client_secret": testSecret, "scope": "read:customers edit:customers",
	} {
		if got := form.Get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if got, want := a.asked[0], "/auth/token?tenant=acme+%26+co"; got != want {
		t.Errorf("asked at %s, want %s", got, want)
	}
}

func TestTheTokenEndpointIsFoundWhereverItIs(t *testing.T) {
	t.Parallel()
	info := func(v map[string]any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				w.WriteHeader(http.StatusTeapot)
				return
			}
			answer(w, 200, v)
		}
	}
	const here = "{here}" // the server's own address
	for name, c := range map[string]struct {
		authinfo        http.HandlerFunc
		authURL, tenant string
		token           http.HandlerFunc
		want            []string
	}{
		"discovered":            {info(map[string]any{"auth_url": here + "/elsewhere", "tenant_id": "t1"}), "", "", nil, []string{"/elsewhere/token?tenant=t1"}},
		"discovered, with /":    {info(map[string]any{"AUTH_URL": here + "/auth/", "tenant_id": nil}), "", "", nil, []string{"/auth/token"}},
		"the set tenant wins":   {info(map[string]any{"auth_url": here + "/auth", "tenant_id": "t1"}), "", "mine", nil, []string{"/auth/token?tenant=mine"}},
		"no discovery":          {nil, "", "", nil, []string{"/auth/token"}},
		"a page for discovery":  {reply(200, "text/html", "<html>"), "", "", nil, []string{"/auth/token"}},
		"rubbish for discovery": {reply(200, "application/json", `["x"]`), "", "", nil, []string{"/auth/token"}},
		"nothing discovered":    {info(map[string]any{"auth_url": "", "tenant_id": 7}), "", "", nil, []string{"/auth/token?tenant=7"}},
		"no address discovered": {info(map[string]any{"auth_url": "ftp://x"}), "", "", nil, []string{"/auth/token"}},
		"discovery is broken":   {reply(500, "text/html", "<p>"), "", "", nil, []string{"/auth/token"}},
		"set":                   {nil, here + "/auth", "", nil, []string{"/auth/token"}},
		"set, with /token":      {nil, here + "/auth/token", "", nil, []string{"/auth/token"}},
		"set, with a tenant":    {nil, here + "/auth/token?tenant=x", "", nil, []string{"/auth/token?tenant=x"}},
		"set, at the root": {nil, here, "t", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/token" {
				http.NotFound(w, r)
				return
			}
			answer(w, 200, map[string]any{"access_token": testToken, "expires_in": 60})
		}, []string{"/auth/token?tenant=t", "/token?tenant=t"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authServer{token: c.token}
			s := a.serve(t)
			if c.authinfo != nil {
				a.authinfo = func(w http.ResponseWriter, r *http.Request) {
					recorder := httptest.NewRecorder()
					c.authinfo(recorder, r)
					body := strings.ReplaceAll(recorder.Body.String(), here, s.URL)
					reply(recorder.Code, recorder.Header().Get("Content-Type"), body)(w, r)
				}
			}
			conn := connect(t, s.URL, func(o *Settings) {
				o.AuthURL, o.Tenant = strings.ReplaceAll(c.authURL, here, s.URL), c.tenant
			})
			if _, err := conn.tokens.get(soon(t)); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(a.asked, " "); got != strings.Join(c.want, " ") {
				t.Errorf("asked at %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheSecretIsNotSentUnencryptedBecauseAnAnswerSaysSo(t *testing.T) {
	t.Parallel()
	c := connect(t, "https://acme.halopsa.com")
	c.http.Transport = trip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme != "https" {
			t.Errorf("%s was called", r.URL)
		}
		if r.URL.Path == "/api/authinfo" {
			return made(r, 200, "application/json", `{"auth_url":"http://acme.halopsa.com/auth"}`), nil
		}
		return made(r, 200, "application/json", `{"access_token":"x","expires_in":60}`), nil
	})
	if _, err := c.tokens.get(soon(t)); err != nil {
		t.Fatal(err)
	}
}

func TestTheSecretIsNotSentToAnAddressThatRedirects(t *testing.T) {
	t.Parallel()
	a := &authServer{authinfo: func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://acme.halopsa.com/api/authinfo", http.StatusMovedPermanently)
	}}
	_, err := connect(t, a.serve(t).URL).tokens.get(soon(t))
	failed := failure(t, err)
	if failed.Outcome != Refused || a.fetches() != 0 {
		t.Errorf("%s after %d fetches; want %s after none", failed.Outcome, a.fetches(), Refused)
	}
	wantIn(t, "the message", failed.Message, "HALO_URL redirects to https://acme.halopsa.com/api/authinfo")
}

func TestDiscoveryIsKeptOnlyOnceATokenWasGot(t *testing.T) {
	t.Parallel()
	var discoveries counter
	a := &authServer{token: reply(503, "", "")}
	a.authinfo = func(w http.ResponseWriter, r *http.Request) {
		discoveries.add("")
		http.NotFound(w, r)
	}
	c := connect(t, a.serve(t).URL)
	if _, err := c.tokens.get(soon(t)); err == nil {
		t.Fatal("a token was got from a 503")
	}
	a.token = nil
	for range 2 {
		got, err := c.tokens.get(soon(t))
		if err != nil {
			t.Fatal(err)
		}
		c.tokens.drop(got)
	}
	if n := discoveries.get(""); n != 2 {
		t.Errorf("asked where tokens are %d times, want 2", n)
	}
}

func TestManyCallersShareOneFetch(t *testing.T) {
	t.Parallel()
	enough := make(chan struct{})
	a := &authServer{}
	a.authinfo = func(w http.ResponseWriter, r *http.Request) {
		<-enough
		http.NotFound(w, r)
	}
	c := connect(t, a.serve(t).URL)
	var all sync.WaitGroup
	var started sync.WaitGroup
	for range 40 {
		started.Add(1)
		all.Go(func() {
			started.Done()
			if _, err := c.tokens.get(soon(t)); err != nil {
				t.Error(err)
			}
		})
	}
	started.Wait()
	close(enough)
	all.Wait()
	if n := a.fetches(); n != 1 {
		t.Errorf("40 callers made %d fetches", n)
	}
}

func TestOneCallersPatienceDoesNotEndTheFetchForOthers(t *testing.T) {
	t.Parallel()
	reached, enough := make(chan struct{}), make(chan struct{})
	a := &authServer{}
	a.authinfo = func(w http.ResponseWriter, r *http.Request) {
		close(reached)
		<-enough
		http.NotFound(w, r)
	}
	c := connect(t, a.serve(t).URL)
	brief, cancel := contextWithCancel(t)
	first := make(chan error)
	go func() {
		_, err := c.tokens.get(brief)
		first <- err
	}()
	<-reached
	cancel()
	if failed := failure(t, <-first); failed.Outcome != NotDone {
		t.Errorf("the impatient caller is told %s, want %s", failed.Outcome, NotDone)
	}
	close(enough)
	if _, err := c.tokens.get(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := a.fetches(); n != 1 {
		t.Errorf("%d fetches, want 1", n)
	}
}

func TestATokenIsRenewedBeforeItExpires(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lives          any
		fresh, renewed time.Duration // when it is still in use, and no longer
	}{
		"an hour":        {3600, 58 * time.Minute, 59*time.Minute + time.Second},
		"as a string":    {"3600", 58 * time.Minute, 59*time.Minute + time.Second},
		"twenty seconds": {20, 17 * time.Second, 19 * time.Second},
		"for ever":       {nil, 24 * time.Hour, 0},
		"no time":        {0, 24 * time.Hour, 0},
		"less than none": {-5, 24 * time.Hour, 0},
		"in words":       {"soon", 24 * time.Hour, 0},
		"ages":           {1e30, 24 * time.Hour, 0},
		"with a point":   {json.Number("3600.0"), 58 * time.Minute, 59*time.Minute + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fetches := 0
				conn := New(Settings{URL: "https://acme.halopsa.com"}, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Path != "/auth/token" {
						return made(r, 404, "", ""), nil
					}
					fetches++
					life := ""
					if c.lives != nil {
						given, _ := json.Marshal(c.lives)
						life = `,"expires_in":` + string(given)
					}
					return made(r, 200, "application/json", fmt.Sprintf(`{"access_token":"t%d"%s}`, fetches, life)), nil
				})}, nil)
				get := func(want int) {
					t.Helper()
					if _, err := conn.tokens.get(t.Context()); err != nil {
						t.Fatal(err)
					}
					if fetches != want {
						t.Errorf("%d fetches, want %d", fetches, want)
					}
				}
				get(1)
				time.Sleep(c.fresh)
				get(1)
				if c.renewed > 0 {
					time.Sleep(c.renewed - c.fresh)
					get(2)
				}
			})
		})
	}
}

func TestAPageInTheTokensPlaceIsWaitedForOnceATokenCame(t *testing.T) {
	t.Parallel()
	page := false
	a := &authServer{token: func(w http.ResponseWriter, r *http.Request) {
		if page {
			reply(200, "text/html", "<html>Back soon</html>")(w, r)
			return
		}
		answer(w, 200, map[string]any{"access_token": testToken})
	}}
	c := connect(t, a.serve(t).URL)
	got, err := c.tokens.get(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	page = true
	c.tokens.drop(got)
	_, err = c.tokens.get(soon(t))
	if failed := failure(t, err); failed.Outcome != NotDone || failed.Configuration {
		t.Errorf("%+v", failed)
	}
}

func TestARevokedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{})
	if _, err := c.Create(soon(t), nil, acme()); err != nil {
		t.Fatal(err)
	}
	s.RevokeTokens()
	second := acme()
	second.Key = "halo/second"
	if _, err := c.Create(soon(t), nil, second); err != nil {
		t.Fatal(err)
	}
	if n := s.Len(); n != 2 {
		t.Errorf("%d clients, want 2", n)
	}
	if n := s.Count(localhalo.KindToken); n != 2 {
		t.Errorf("%d tokens, want 2", n)
	}
}

func TestATokenThatIsNeverAcceptedIsRefused(t *testing.T) {
	t.Parallel()
	var calls counter
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		calls.add(r.Method)
		w.WriteHeader(http.StatusUnauthorized)
	})
	_, err := connect(t, s.URL).Create(soon(t), nil, acme())
	if failed := failure(t, err); failed.Outcome != Refused || failed.Status != 401 {
		t.Errorf("%s, status %d; want %s, 401", failed.Outcome, failed.Status, Refused)
	}
	if n := calls.get(http.MethodPost); n != 2 {
		t.Errorf("sent %d times, want 2", n)
	}
}

func TestATokenThatSomebodyRenewedIsNotDropped(t *testing.T) {
	t.Parallel()
	c := connect(t, "https://acme.halopsa.com")
	c.tokens.keep(token{value: "new"}, "x")
	c.tokens.drop(token{value: "old"})
	if got, err := c.tokens.get(soon(t)); err != nil || got.value != "new" {
		t.Errorf("got %q, %v; want the new token", got.value, err)
	}
}

func TestTokenFailures(t *testing.T) {
	t.Parallel()
	const js = "application/json"
	for name, c := range map[string]struct {
		token    http.HandlerFunc
		authinfo http.HandlerFunc
		outcome  Outcome
		status   int
		want     []string
	}{
		"wrong credentials, 400": {reply(400, js, `{"error":"invalid_client"}`), nil, Refused, 400, []string{"HALO_UAT_CLIENT_ID", "HALO_UAT_CLIENT_SECRET", haloAPIPage, `"invalid_client"`}},
		"wrong credentials, 401": {reply(401, "", ""), nil, Refused, 401, []string{"HALO_UAT_CLIENT_ID", "HALO_UAT_CLIENT_SECRET", haloAPIPage}},
		"said with a 200":        {reply(200, js, `{"error":"invalid_client"}`), nil, Refused, 200, []string{"HALO_UAT_CLIENT_ID"}},
		"wrong scope":            {reply(400, js, `{"error":"invalid_scope","error_description":"No such scope"}`), nil, Refused, 400, []string{"HALO_UAT_SCOPE", `"read:customers edit:customers"`, `"No such scope"`}},
		"no token endpoint":      {reply(404, "text/html", "<h1>"), nil, Refused, 404, []string{"HALO_UAT_AUTH_URL", "404", "Auth Server"}},
		"a page":                 {reply(200, "text/html", "<h1>"), nil, NotDone, 200, []string{"HALO_UAT_AUTH_URL", "200", "web page"}},
		"a page by another name": {reply(200, "", "\n<!doctype html>"), nil, NotDone, 200, []string{"HALO_UAT_AUTH_URL", "web page"}},
		"a page of a firewall's": {reply(403, "text/html", "<h1>"), nil, Refused, 403, []string{"firewall", "let this machine through"}},
		"no token in it":         {reply(200, js, `{}`), nil, Refused, 200, []string{"HALO_UAT_AUTH_URL"}},
		"moved": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://new.example/auth/token", http.StatusTemporaryRedirect)
		}, nil, Refused, 307, []string{"HALO_UAT_URL redirects to https://new.example/auth/token"}},
		"busy":        {reply(429, "", ""), nil, NotDone, 429, []string{"token endpoint", "429"}},
		"maintenance": {reply(503, "text/html", "<h1>"), nil, NotDone, 503, []string{"token endpoint", "503"}},
		"broken":      {reply(500, js, `{"Message":"Deadlock"}`), nil, NotDone, 500, []string{"500", `"Deadlock"`}},
		"cut off":     {cutOff, nil, NotDone, 0, []string{"token endpoint cannot be reached"}},
		"half an answer": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"access_`) //nolint:errcheck // the test reads it
		}, nil, NotDone, 0, []string{"token endpoint cannot be reached"}},
		"not here, when discovery is broken": {reply(404, "", ""), reply(500, "", ""), NotDone, 404, nil},
		"discovery is busy":                  {nil, reply(429, "", ""), NotDone, 429, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authServer{token: c.token, authinfo: c.authinfo}
			conn := connect(t, a.serve(t).URL, func(s *Settings) { s.VarPrefix = "HALO_UAT_" })
			_, err := conn.Create(soon(t), nil, acme())
			failed := failure(t, err)
			if failed.Outcome != c.outcome || failed.Status != c.status {
				t.Errorf("%s, status %d (%v); want %s, %d", failed.Outcome, failed.Status, err, c.outcome, c.status)
			}
			wantIn(t, "the message", failed.Message, c.want...)
		})
	}
}

func TestATokenAnsweredAsPlainTextIsUnderstood(t *testing.T) {
	t.Parallel()
	a := &authServer{token: reply(200, "text/plain", `{"access_token":"x","expires_in":60,"scope":"all"}`)}
	got, err := connect(t, a.serve(t).URL).tokens.get(soon(t))
	if err != nil || got.value != "x" || got.scope != "all" {
		t.Errorf("got %+v, %v", got, err)
	}
}
