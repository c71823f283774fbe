package localslack_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"halobot/internal/sandbox/localslack"
)

// object is decoded JSON; at walks into it.
type object map[string]any

func (o object) at(path ...any) any {
	var v any = map[string]any(o)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func (o object) str(path ...any) string {
	s, _ := o.at(path...).(string)
	return s
}

// call posts a form to the Web API with the bot token.
func call(t *testing.T, s *localslack.Slack, method string, pairs ...string) object {
	t.Helper()
	form := url.Values{"token": {s.BotToken()}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(s.APIURL()+method, form)
	return answer(t, resp, err)
}

// callJSON posts a JSON body with the bot token in the header.
func callJSON(t *testing.T, s *localslack.Slack, method string, body any) object {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Authorization", "Bearer "+s.BotToken())
	resp, err := http.DefaultClient.Do(req)
	return answer(t, resp, err)
}

// callAs posts a form with a token in the header.
func callAs(t *testing.T, s *localslack.Slack, token, method string, pairs ...string) object {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+method, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	return answer(t, resp, err)
}

func answer(t *testing.T, resp *http.Response, err error) object {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatalf("answer is no JSON: %s", raw)
	}
	return o
}

// post sends JSON to a URL and gives status and body.
func post(t *testing.T, u string, body any) (int, string) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(u, "application/json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// conn is a bare Socket Mode client: no library between the test and the wire.
type conn struct {
	t  *testing.T
	ws *websocket.Conn
}

// socketURL asks for a WebSocket address.
func socketURL(t *testing.T, s *localslack.Slack) string {
	t.Helper()
	o := callAs(t, s, s.AppToken(), "apps.connections.open")
	if o.str("url") == "" {
		t.Fatalf("apps.connections.open: %v", o)
	}
	return o.str("url")
}

// dial connects and leaves the greeting to be read.
func dial(t *testing.T, s *localslack.Slack) *conn {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(socketURL(t, s), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.Close() })
	return &conn{t, ws}
}

// connect connects and reads the greeting.
func connect(t *testing.T, s *localslack.Slack) *conn {
	t.Helper()
	c := dial(t, s)
	if hello := c.next(); hello.str("type") != "hello" {
		t.Fatalf("greeted with %v", hello)
	}
	return c
}

func (c *conn) read() (object, error) {
	_ = c.ws.SetReadDeadline(time.Now().Add(20 * time.Second))
	var o object
	err := c.ws.ReadJSON(&o)
	return o, err
}

func (c *conn) next() object {
	c.t.Helper()
	o, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return o
}

// ack acknowledges; payload may be nil.
func (c *conn) ack(envelope object, payload any) {
	c.t.Helper()
	frame := object{"envelope_id": envelope.str("envelope_id")}
	if payload != nil {
		frame["payload"] = payload
	}
	if err := c.ws.WriteJSON(frame); err != nil {
		c.t.Fatal(err)
	}
}

// plainView is the smallest modal with one required and one optional input.
func plainView() object {
	text := func(s string) object { return object{"type": "plain_text", "text": s} }
	return object{
		"type": "modal", "title": text("New client"), "submit": text("Create"), "callback_id": "form",
		"private_metadata": "keep", "notify_on_close": true,
		"blocks": []any{
			object{"type": "input", "block_id": "name", "label": text("Client name"),
				"element": object{"type": "plain_text_input", "action_id": "value", "max_length": 10}},
			object{"type": "input", "block_id": "web", "optional": true, "label": text("Website"),
				"element": object{"type": "plain_text_input", "action_id": "value"}},
		},
	}
}

func message(text string) []any {
	return []any{object{"type": "section", "text": object{"type": "mrkdwn", "text": text}}}
}

func buttons(actionID, value string) []any {
	return append(message("Unknown sender"), object{"type": "actions", "elements": []any{object{
		"type": "button", "action_id": actionID, "value": value, "text": object{"type": "plain_text", "text": "Create client"},
	}}})
}

func raw(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
