package halo

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decoder reads an answer value by value.
type decoder struct {
	*json.Decoder
	from *bounded
}

func newDecoder(r io.Reader) *decoder {
	// A proxy, or an older .NET, may begin with a byte order mark.
	b := &bounded{r: transform.NewReader(r, unicode.BOMOverride(transform.Nop)), total: maxAnswer, value: maxValue}
	return &decoder{json.NewDecoder(b), b}
}

// token is the next token of an answer that may not end here.
func (d *decoder) token() (json.Token, error) {
	t, err := d.Token()
	d.from.value = maxValue
	return t, notYet(err)
}

// end reads the delimiter that ends what is being read.
func (d *decoder) end(want json.Delim) error {
	t, err := d.token()
	if err == nil && t != want {
		err = errNotJSON
	}
	return err
}

// decode reads the next value into v.
func (d *decoder) decode(v any) error {
	err := d.Decode(v)
	d.from.value = maxValue
	return notYet(err)
}

// skip leaves out the next value, however long it is.
func (d *decoder) skip() error {
	for depth := 0; ; {
		t, err := d.token()
		switch {
		case err != nil:
			return err
		case t == json.Delim('['), t == json.Delim('{'):
			if depth++; depth > maxDepth {
				return errTooLarge
			}
		case t == json.Delim(']'), t == json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// notYet turns the end of input in the middle of an answer into an error that says so.
func notYet(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// isHTML reports whether an answer says that it is a web page, which Halo's API does not give.
func isHTML(r *http.Response) bool {
	return strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "html")
}

// begin reads the first token of an answer: { or [; anything else is no JSON to read on.
func (d *decoder) begin(r *http.Response) (json.Delim, error) {
	if isHTML(r) {
		return 0, errNotJSON
	}
	t, err := d.Token()
	switch start, _ := t.(json.Delim); {
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.EOF):
		return 0, errNotJSON
	case err != nil:
		return 0, err
	case start == '{', start == '[':
		return start, nil
	}
	return 0, errNotJSON
}

// readJSON reads a small answer into v.
func readJSON(r *http.Response, v any) error {
	if isHTML(r) {
		return errNotJSON
	}
	return newDecoder(r.Body).decode(v)
}

// readOne reads one record: an object, or the only one in an array or in an object's list of
// that key. Halo's document says an object; what answers differs by version.
func readOne[Row any](r *http.Response, key string) (one Row, err error) {
	var raw json.RawMessage
	if isHTML(r) {
		return one, errNotJSON
	}
	switch err := newDecoder(r.Body).Decode(&raw); {
	case errors.As(err, new(*json.SyntaxError)), errors.Is(err, io.EOF):
		return one, errNotJSON
	case err != nil:
		return one, err
	case raw[0] != '{' && raw[0] != '[':
		return one, errNotJSON
	}
	if raw[0] == '{' {
		var lists map[string]json.RawMessage
		if err := json.Unmarshal(raw, &lists); err != nil {
			return one, err
		}
		inner := json.RawMessage(nil)
		for name, value := range lists {
			if strings.EqualFold(name, "id") {
				return one, json.Unmarshal(raw, &one)
			}
			if strings.EqualFold(name, key) && value[0] == '[' {
				inner = value
			}
		}
		if inner == nil {
			return one, json.Unmarshal(raw, &one)
		}
		raw = inner
	}
	var all []Row
	if err := json.Unmarshal(raw, &all); err != nil {
		return one, err
	}
	if len(all) != 1 {
		return one, errNotOne
	}
	return all[0], nil
}

// count is a list's record_count, where it has one.
type count struct {
	n    int
	said bool
}

// readList gives each row of a list to visit: of an array, or of an object that holds one under
// key beside a record_count.
func readList[Row any](r *http.Response, key string, visit func(Row) error) (total count, err error) {
	return readListOf(r, []string{key}, visit)
}

// readListOf is readList where versions differ in the key.
func readListOf[Row any](r *http.Response, keys []string, visit func(Row) error) (total count, err error) {
	d := newDecoder(r.Body)
	start, err := d.begin(r)
	if err != nil {
		return total, err
	}
	if start == '[' {
		return total, readRows(d, visit)
	}
	found := false
	for d.More() {
		t, err := d.token()
		if err != nil {
			return total, err
		}
		name, _ := t.(string)
		name = strings.ToLower(name)
		switch {
		case slices.Contains(keys, name):
			found = true
			switch next, err := d.token(); {
			case err != nil:
				return total, err
			case next == nil: // null: none
			case next != json.Delim('['):
				return total, errNoList
			default:
				if err := readRows(d, visit); err != nil {
					return total, err
				}
			}
		case name == "record_count":
			var n number
			if err := d.decode(&n); err != nil {
				return total, err
			}
			total = count{max(0, int(n)), true}
		default:
			if err := d.skip(); err != nil {
				return total, err
			}
		}
	}
	if err := d.end('}'); err != nil {
		return total, err
	}
	if !found {
		return total, errNoList
	}
	return total, nil
}

// readRows reads an array's rows and its end.
func readRows[Row any](d *decoder, visit func(Row) error) error {
	for d.More() {
		var row Row
		if err := d.decode(&row); err != nil {
			return err
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	return d.end(']')
}
