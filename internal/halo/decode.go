package halo

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// area is what is read of a client; Halo's own name for the type is Area. A row of a list has
// fewer of its fields: the website and the notes only when asked for, the trading name never.
type area struct {
	ID          number   `json:"id"`
	Name        jsonText `json:"name"`
	TopLevelID  number   `json:"toplevel_id"`
	TopLevel    jsonText `json:"toplevel_name"`
	Website     jsonText `json:"website"`
	TradingName jsonText `json:"trading_name"`
	Ref         jsonText `json:"ref"`
	Notes       mark     `json:"notes"`
	Inactive    truth    `json:"inactive"`
	MainSite    number   `json:"main_site_id"`
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

func (a area) number() int { return int(a.ID) }

// carries reports whether the request with this key made the client.
func (a area) carries(key string) bool {
	return key != "" && (a.Ref.s == key || a.Notes.key == key)
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
	s     string // at most maxText characters
	said  bool   // there, and not null
	there bool   // the property was there, if only as null
}

// maxText is how many characters are kept of a value: far more than a name or a website has.
const maxText = 1000

func (t *jsonText) UnmarshalJSON(b []byte) error {
	*t = jsonText{there: true}
	switch c := b[0]; {
	case c == '"':
		t.said = json.Unmarshal(b, &t.s) == nil
	case c == '-', '0' <= c && c <= '9':
		t.s, t.said = string(b), true
	}
	if len(t.s) > maxText && utf8.RuneCountInString(t.s) > maxText {
		t.s = string([]rune(t.s)[:maxText])
	}
	return nil
}

// mark is what is kept of the notes: the key in the bot's mark at their end.
type mark struct {
	key   string
	there bool
}

func (m *mark) UnmarshalJSON(b []byte) error {
	*m = mark{there: true}
	var notes string
	if json.Unmarshal(b, &notes) == nil {
		m.key = strings.Clone(markedKey(notes))
	}
	return nil
}

// truth is a boolean that may come as a number or a string.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	s := strings.ToLower(strings.Trim(string(b), `"`))
	*t = s == "true" || s == "1"
	return nil
}

// Limits on what is read of an answer, whatever Halo sends. A client has some 470 properties, and
// a logo that may be large.
const (
	maxAnswer = 128 << 20 // of bytes, unpacked
	maxString = 64 << 10  // of bytes in one string; what is beyond it is left out
	maxValue  = 2 << 20   // of bytes in one client or row, after that
	maxDepth  = 100
)

var (
	errTooLarge = errors.New("the answer is too large")
	errNotJSON  = errors.New("the answer is not JSON")
	errNoList   = errors.New("the answer holds no list")
	errNotOne   = errors.New("the answer does not hold one client")
)

// bounded hands on an answer with its long strings cut, and fails, rather than ends, beyond its
// limits: those of the answer, and of the value in hand.
type bounded struct {
	r     io.Reader
	total int // still allowed
	value int // still allowed for the value in hand

	inside  bool // a string
	kept    int  // bytes of it
	escape  int  // bytes of an escape sequence that are still to come
	skipped bool // whether the escape sequence is left out
}

func (b *bounded) Read(p []byte) (int, error) {
	for {
		if b.total <= 0 || b.value <= 0 {
			return 0, errTooLarge
		}
		n, err := b.r.Read(p[:min(len(p), b.total)])
		b.total -= n
		n = b.shorten(p[:n])
		b.value -= n
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// shorten leaves out, in place, what is too long in strings; what is left is JSON if p was.
func (b *bounded) shorten(p []byte) int {
	n := 0
	for _, c := range p {
		keep := true
		switch {
		case !b.inside:
			b.inside, b.kept = c == '"', 0
		case b.escape > 0:
			b.escape--
			if b.escape == 0 && c == 'u' {
				b.escape = -4
			}
			keep = !b.skipped
		case b.escape < 0:
			b.escape++
			keep = !b.skipped
		case c == '"':
			b.inside = false
		default:
			keep = b.kept < maxString
			if c == '\\' {
				b.escape, b.skipped = 1, !keep
			}
		}
		if keep {
			p[n] = c
			n++
			b.kept++
		}
	}
	return n
}

// decoder reads an answer value by value.
type decoder struct {
	*json.Decoder
	from *bounded
}

func newDecoder(r io.Reader) *decoder {
	b := &bounded{r: r, total: maxAnswer, value: maxValue}
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

// notYet makes the end of an answer before its time an error that says so.
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
