package draft

import (
	"fmt"
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

// Problems holds one sentence per field that cannot be accepted.
type Problems map[Field]string

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
	for _, in := range Fields {
		value := in.Of(&d)
		*value = in.tidy(*value)
		switch n := utf8.RuneCountInString(*value); {
		case n == 0 && in.Required != "":
			problems[in.Field] = in.Required
		case n > 0 && in.check != nil:
			stored, err := in.check(*value)
			if err != nil {
				problems[in.Field] = err.Error()
				continue
			}
			*value = stored
		case n > in.Max:
			problems[in.Field] = fmt.Sprintf("%s %d characters. Shorten to %d at most.", in.has, n, in.Max)
		}
	}
	if len(problems) == 0 {
		return d, nil
	}
	return d, problems
}
