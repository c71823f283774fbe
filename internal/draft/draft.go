package draft

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"halobot/internal/text"
)

// Draft is a client that does not exist in Halo yet: what a person typed or a
// template filled in.
type Draft struct {
	Connection  string `json:"connection,omitempty"`
	Name        string `json:"name"`
	Website     string `json:"website,omitempty"`
	TradingName string `json:"trading_name,omitempty"`
	Notes       string `json:"notes,omitempty"`
}

// Field names one input of a draft.
type Field string

// The fields of a draft, in the order in which a person meets them.
const (
	Connection  Field = "connection"
	Name        Field = "name"
	Website     Field = "website"
	TradingName Field = "trading_name"
	Notes       Field = "notes"
)

// Problems holds one sentence per field that cannot be accepted.
type Problems map[Field]string

// Limits in characters. Halo's database holds 250 for a website and far more for the
// names; 250 keeps them readable.
const (
	MaxName        = 250
	MaxWebsite     = 250
	MaxTradingName = 250
	MaxNotes       = 3000
)

// Validate returns the draft as it is to be stored, and what is wrong with it;
// Problems is nil when nothing is. A field with a problem is returned tidied, but
// otherwise as it was typed, so that it can be shown again.
//
// The names become one line without surplus white space; the website becomes its bare
// host, see [ParseWebsite]. Notes stay exactly as typed, except for what no database
// holds: NUL characters go, bytes that are not UTF-8 become U+FFFD. Whether the connection
// exists is for others to know.
func (d Draft) Validate() (Draft, Problems) {
	problems := Problems{}
	d.Connection = text.Line(d.Connection)
	d.Name = text.Line(d.Name)
	d.Website = text.Line(d.Website)
	d.TradingName = text.Line(d.TradingName)
	d.Notes = strings.ReplaceAll(strings.ToValidUTF8(d.Notes, "\uFFFD"), "\x00", "")

	if d.Name == "" {
		problems[Name] = "Type the client's name."
	}
	if d.Website != "" {
		if host, err := ParseWebsite(d.Website); err != nil {
			problems[Website] = err.Error()
		} else {
			d.Website = host
		}
	}
	for _, limit := range []struct {
		field   Field
		subject string
		value   string
		max     int
	}{
		{Name, "The name has", d.Name, MaxName},
		{TradingName, "The trading name has", d.TradingName, MaxTradingName},
		{Notes, "The notes have", d.Notes, MaxNotes},
	} {
		if n := utf8.RuneCountInString(limit.value); n > limit.max {
			problems[limit.field] = fmt.Sprintf("%s %d characters. Shorten to %d at most.", limit.subject, n, limit.max)
		}
	}

	if len(problems) == 0 {
		return d, nil
	}
	return d, problems
}
