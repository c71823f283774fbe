package onboarding

import (
	"testing"

	"halobot/internal/draft"
)

func TestTheNotesSayWhoAskedAndLinkTheAlertOnce(t *testing.T) {
	t.Parallel()
	const link = "https://acme.slack.com/archives/C1/p17125"
	tess, at := Person{ID: "U1", Name: "Tess"}, Place{ID: "C1", Name: "mail-alerts", Link: link}
	for want, r := range map[string]Request{
		"Tess in #mail-alerts, " + link: {By: tess, Place: at, Draft: draft.Draft{Notes: "Called on Monday."}},
		"Tess in #mail-alerts":          {By: tess, Place: at, Draft: draft.Draft{Notes: "Subject: Printer\nAlert: " + link + "\n"}},
		"U1 in #mail-alerts":            {By: Person{ID: "U1"}, Place: Place{Name: "mail-alerts"}},
		"tess (command line)":           {By: Person{Name: "tess (command line)"}},
	} {
		if got := r.Asked(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}
