package halo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// area is what is read of a client; Halo's own name for the type is Area. A row of a list has
// fewer of its fields: the website only when asked for, the trading name never.
type area struct {
	ID          number   `json:"id"`
	Name        jsonText `json:"name"`
	TopLevelID  number   `json:"toplevel_id"`
	TopLevel    jsonText `json:"toplevel_name"`
	Website     jsonText `json:"website"`
	TradingName jsonText `json:"trading_name"`
	Ref         jsonText `json:"ref"`
	Notes       jsonText `json:"notes"`
	Inactive    truth    `json:"inactive"`
}

func (a area) client() Client {
	return Client{
		ID:          int(a.ID),
		Name:        a.Name.s,
		TopLevelID:  int(a.TopLevelID),
		TopLevel:    a.TopLevel.s,
		Website:     a.Website.s,
		TradingName: a.TradingName.s,
		Ref:         a.Ref.s,
		Inactive:    bool(a.Inactive),
		Partial:     !a.Name.said || !a.Website.said || !a.TradingName.said,
	}
}

// number is a whole number that may come as a number, as a string or with a fraction of zero;
// anything else is 0, which is no id: Halo's own ids for "none" are not positive either.
type number int

func (n *number) UnmarshalJSON(b []byte) error {
	*n = 0
	f, err := strconv.ParseFloat(strings.TrimSpace(strings.Trim(string(b), `"`)), 64)
	if err == nil && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32 {
		*n = number(f)
	}
	return nil
}

// jsonText is a string that may come as a number, or not at all.
type jsonText struct {
	s    string
	said bool // there, and not null
}

func (t *jsonText) UnmarshalJSON(b []byte) error {
	*t = jsonText{}
	switch c := b[0]; {
	case c == '"':
		t.said = json.Unmarshal(b, &t.s) == nil
	case c == '-', '0' <= c && c <= '9':
		*t = jsonText{string(b), true}
	}
	return nil
}

// truth is a boolean that may come as a number or a string.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*t = true
	default:
		*t = false
	}
	return nil
}

// Limits on what is read of an answer. A client has some 470 properties and a logo in base64; a
// list is decoded as it comes in, so only one row of it is held.
const (
	maxAnswer = 8 << 20
	maxList   = 64 << 20
)

var (
	errTooLarge = errors.New("the answer is too large")
	errNotJSON  = errors.New("the answer is not JSON")
	errNoList   = errors.New("the answer holds no list")
)

// capped reads at most n bytes and fails, rather than ends, beyond them.
type capped struct {
	r io.Reader
	n int64
}

func (c *capped) Read(p []byte) (int, error) {
	if c.n <= 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.n)])
	c.n -= int64(n)
	return n, err
}

// looksLikeJSON reports whether an answer that begins with first may be decoded.
func looksLikeJSON(r *http.Response, first byte) bool {
	return (first == '{' || first == '[') && !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "html")
}

// readBody reads a whole answer that is JSON.
func readBody(r *http.Response) ([]byte, error) {
	body, err := io.ReadAll(&capped{r.Body, maxAnswer})
	if err != nil {
		return nil, err
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 || !looksLikeJSON(r, body[0]) {
		return nil, errNotJSON
	}
	return body, nil
}

// readJSON reads a whole answer into v.
func readJSON(r *http.Response, v any) error {
	body, err := readBody(r)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, v)
}

// readArea reads one client: an object, or the only one in an array or in {"clients": […]}.
// Halo's document says an object; what answers differs by version.
func readArea(r *http.Response) (area, error) {
	body, err := readBody(r)
	if err != nil {
		return area{}, err
	}
	if body[0] == '{' {
		var a struct {
			area
			Clients json.RawMessage `json:"clients"`
		}
		if err := json.Unmarshal(body, &a); err != nil || a.ID > 0 || len(a.Clients) == 0 || a.Clients[0] != '[' {
			return a.area, err
		}
		body = a.Clients
	}
	var all []area
	if err := json.Unmarshal(body, &all); err != nil {
		return area{}, err
	}
	if len(all) != 1 {
		return area{}, fmt.Errorf("the answer holds %d clients", len(all))
	}
	return all[0], nil
}

// readList reads a list's rows: an array, or an object that holds one under key beside a
// record_count, which is 0 when it is not said.
func readList[Row any](r *http.Response, key string) (rows []Row, count int, err error) {
	d := json.NewDecoder(&capped{r.Body, maxList})
	start, err := d.Token()
	switch {
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.EOF):
		return nil, 0, errNotJSON
	case err != nil:
		return nil, 0, err
	case start == json.Delim('['):
		rows, err = readRows[Row](d)
		return rows, 0, err
	case start != json.Delim('{'):
		return nil, 0, errNotJSON
	}
	found := false
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, 0, whole(err)
		}
		switch name, _ := name.(string); strings.ToLower(name) {
		case key:
			found = true
			next, err := d.Token()
			if err != nil {
				return nil, 0, whole(err)
			}
			if next == nil {
				continue // null: none
			}
			if next != json.Delim('[') {
				return nil, 0, errNoList
			}
			more, err := readRows[Row](d)
			if err != nil {
				return nil, 0, err
			}
			rows = slices.Concat(rows, more)
		case "record_count":
			var n number
			if err := d.Decode(&n); err != nil {
				return nil, 0, whole(err)
			}
			count = int(n)
		default:
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return nil, 0, whole(err)
			}
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, 0, whole(err)
	}
	if !found {
		return nil, 0, errNoList
	}
	return rows, count, nil
}

// readRows reads an array's rows and its end.
func readRows[Row any](d *json.Decoder) (rows []Row, err error) {
	for d.More() {
		var row Row
		if err := d.Decode(&row); err != nil {
			return nil, whole(err)
		}
		rows = append(rows, row)
	}
	_, err = d.Token()
	return rows, whole(err)
}

// whole makes the end of an answer before its time an error that says so.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
