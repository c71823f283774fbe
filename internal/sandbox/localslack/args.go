package localslack

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const maxBody = 4 << 20

// args are a call's arguments, from a form, a query or a JSON object. Each is its text: a
// JSON string's contents, or any other JSON value as it was written.
type args map[string]string

// readArgs reads the arguments of a call, and its body for the traffic log.
func readArgs(r *http.Request) (args, []byte, error) {
	a := args{}
	add := func(values url.Values) {
		for k := range values {
			a[k] = values.Get(k)
		}
	}
	add(r.URL.Query())
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return nil, nil, err
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case kind == "application/json" && len(bytes.TrimSpace(body)) == 0:
		return a, nil, nil
	case kind == "application/json":
		var m map[string]json.RawMessage
		if err := json.Unmarshal(body, &m); err != nil {
			return nil, body, fail("invalid_json")
		}
		for k, raw := range m {
			var s string
			if json.Unmarshal(raw, &s) == nil {
				a[k] = s
			} else {
				a[k] = string(raw)
			}
		}
		return a, body, nil
	case strings.HasPrefix(kind, "multipart/"):
		return nil, nil, fail("invalid_post_type") // only file uploads need it
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, body, fail("invalid_form_data")
	}
	add(values)
	return a, encode(a), nil
}

func (a args) has(name string) bool { return a[name] != "" && a[name] != "null" }

func (a args) yes(name string) bool {
	switch a[name] {
	case "true", "1":
		return true
	}
	return false
}

// limit is how many rows a page may have.
func (a args) limit(def, most int) int {
	n, err := strconv.Atoi(a["limit"])
	if err != nil || n <= 0 {
		return def
	}
	return min(n, most)
}

// token is the caller's: from the Authorization header, else, where that will do, the argument.
func (a args) token(r *http.Request, headerOnly bool) string {
	if t, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok || headerOnly {
		return t
	}
	return a["token"]
}
