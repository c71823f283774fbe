package halo

import (
	"encoding/json"
	"math"
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
		Marked:      a.Notes.key,
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
