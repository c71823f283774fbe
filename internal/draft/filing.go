package draft

import (
	"slices"
	"strings"
)

// Filing is one thing that can be done with an alert's sender and ticket once their client is
// there.
type Filing string

// The filings.
const (
	FileUser   Filing = "user"   // the sender becomes a user of the client
	FileTicket Filing = "ticket" // the ticket moves to the client
	FileDomain Filing = "domain" // later mails from the sender's domain are matched to the client
)

// ParseFilings reads a list of filings with commas, case and surrounding space aside; each is
// given once, in the order above. It is false for a word that is none; "" is no filing.
func ParseFilings(s string) ([]Filing, bool) {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ',' || r == ' ' })
	var filings []Filing
	for _, f := range []Filing{FileUser, FileTicket, FileDomain} {
		if slices.Contains(words, string(f)) {
			filings = append(filings, f)
			words = slices.DeleteFunc(words, func(w string) bool { return w == string(f) })
		}
	}
	return filings, len(words) == 0
}
