package draft

import (
	"fmt"
	"strings"
	"testing"

	"halobot/internal/sandbox/sentences"
)

// What stands below a field that cannot be accepted.
func TestSentencesOfFields(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, d := range []Draft{
		{},
		{Name: strings.Repeat("x", MaxName+1)},
		{Name: "Acme", TradingName: strings.Repeat("x", MaxTradingName+1), Notes: strings.Repeat("x", MaxNotes+1)},
		{Name: "Acme", Website: "acme.com, acme.de"},
		{Name: "Acme", Website: "acme rockets.com"},
		{Name: "Acme", Website: "192.168.1.10"},
		{Name: "Acme", Website: "co.uk"},
		{Name: "Acme", Website: "ftp://acme.com"},
		{Name: "Acme", Website: "acme.con"},
		{Name: "Acme", Website: "jane@gmail.com"},
		{Name: "Acme", Website: "https://www.facebook.com/acme"},
		{Name: "Acme", Website: strings.Repeat(strings.Repeat("a", 60)+".", 4) + "abcd.com"},
	} {
		_, problems := d.Validate()
		for _, in := range Fields {
			if problem := problems[in.Field]; problem != "" {
				typed := *in.Of(&d)
				if len(typed) > 40 {
					typed = fmt.Sprintf("%d characters", len(typed))
				}
				fmt.Fprintf(&out, "%s, %q:\n\t%s\n", in.Label, typed, problem)
			}
		}
	}
	sentences.Check(t, "What is typed into a field", out.String())
}
