package slackbot_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// behind is a desk whose bot reaches Slack by way of something that answers the first calls of a
// method otherwise, and counts them all.
func behind(t *testing.T, method string, calls int64, odd http.HandlerFunc) (desk, *atomic.Int64) {
	t.Helper()
	asked := new(atomic.Int64)
	front := func(apiURL string) string {
		to, err := url.Parse(strings.TrimSuffix(apiURL, "/api/"))
		if err != nil {
			t.Fatal(err)
		}
		pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path.Base(r.URL.Path) == method && asked.Add(1) <= calls {
				io.Copy(io.Discard, r.Body) //nolint:errcheck // it is thrown away
				odd(w, r)
				return
			}
			pass.ServeHTTP(w, r)
		}))
		t.Cleanup(s.Close)
		t.Cleanup(s.CloseClientConnections)
		return s.URL + "/api/"
	}
	return newDesk(t, bottest.Options{Front: front, Env: map[string]string{"SLACK_SOCKETS": "1"}}), asked
}

func says200(kind, body string, header ...string) http.HandlerFunc {
	return saysStatus(200, kind, body, header...)
}

func saysStatus(status int, kind, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body) //nolint:errcheck // the bot may have had enough
	}
}

func TestAnOddAnswerOfSlackKeepsNobodyFromBeingTold(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]http.HandlerFunc{
		"a page":                       says200("text/html", "<html>Log in to this network</html>"),
		"a page that says it is JSON":  says200("application/json", "<html></html>"),
		"nothing":                      says200("application/json", ""),
		"null":                         says200("application/json", "null"),
		"another kind of JSON":         says200("application/json", `[7,{"ok":true}]`),
		"neither yes nor no":           says200("application/json", `{}`),
		"no, in words that nobody has": says200("application/json", `{"ok":false,"error":"of_a_new_kind"}`),
		"no, for no reason":            says200("application/json", `{"ok":false}`),
		"too many, for how long":       saysStatus(429, "text/html", "slow down"),
		"too many, for less than none": saysStatus(429, "application/json", `{"ok":false,"error":"ratelimited"}`, "Retry-After", "-5"),
		"too many, until soon":         saysStatus(429, "application/json", `{"ok":false,"error":"ratelimited"}`, "Retry-After", "soon"),
		"ten megabytes":                says200("application/json", `{"ok":false,"error":"`+strings.Repeat("x", 10<<20)+`"}`),
		"half": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, `{"ok":tr`) //nolint:errcheck // it is cut off anyway
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, asked := behind(t, "chat.postMessage", 2, odd)
			d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd"})
			d.AwaitView(localslack.Tess, "Created", "Acme Ltd")
			d.Await("somebody to be told where it lasts", func(now *localslack.Snapshot) bool {
				return bottest.Says(append(now.Messages(localslack.Desk), now.DMs(localslack.Tess)...), "Acme Ltd", "in Halo")
			})
			if n := len(d.Halo.Named("Acme Ltd")); n != 1 || asked.Load() < 3 {
				t.Errorf("%d clients, %d messages", n, asked.Load())
			}
		})
	}
}

func TestOddSocketsAreGivenUpForGoodOnes(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]func(c *websocket.Conn){
		"close at once": func(c *websocket.Conn) {},
		"a hello of another kind": func(c *websocket.Conn) {
			c.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":"many","connection_info":[]}`)) //nolint:errcheck // it may be closed
		},
		"binary": func(c *websocket.Conn) {
			c.WriteMessage(websocket.BinaryMessage, []byte{0, 1, 2}) //nolint:errcheck // as above
		},
		"forty megabytes": func(c *websocket.Conn) {
			c.WriteMessage(websocket.TextMessage, []byte(`{"type":"interactive","payload":"`+strings.Repeat("x", 40<<20)+`"}`)) //nolint:errcheck // as above
		},
		"unknown envelopes": func(c *websocket.Conn) {
			for _, frame := range []string{
				`7`, `null`, `[]`, `{}`, `{"type":"of_a_new_kind","envelope_id":"e1","payload":{}}`, `{"type":"interactive","envelope_id":"e2"}`,
				`{"type":"interactive","envelope_id":"e3","payload":{"type":"of_a_new_kind","user":7}}`, `{"type":"slash_commands","envelope_id":"e4","payload":"x"}`,
				`{"type":"events_api","envelope_id":"e5","payload":{"event":{"type":["x"]}}}`, `{"type":"disconnect","reason":7}`,
			} {
				c.WriteMessage(websocket.TextMessage, []byte(frame)) //nolint:errcheck // as above
			}
			for range 5 {
				if _, _, err := c.ReadMessage(); err != nil { // the acknowledgements, until it is closed
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			up := websocket.Upgrader{}
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				c, err := up.Upgrade(w, r, nil)
				if err != nil {
					return
				}
				odd(c)
				c.Close() //nolint:errcheck // it is over
			}))
			t.Cleanup(s.Close)
			d, asked := behind(t, "apps.connections.open", 3, func(w http.ResponseWriter, r *http.Request) {
				says200("application/json", `{"ok":true,"url":"ws`+strings.TrimPrefix(s.URL, "http")+`"}`)(w, r)
			})
			if asked.Load() < 4 {
				t.Errorf("it opened %d sockets", asked.Load())
			}
			d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Acme Ltd"})
			d.AwaitView(localslack.Tess, "Created", "Acme Ltd")
		})
	}
}
