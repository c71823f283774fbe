package slackbot

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// However a request ends, whatever its word, whatever has become of the modal, and whether Slack takes
// the first message: whoever asked can read of it in a place that is still there. A modal that is gone
// is none, and neither is a message that a reload takes away.
func TestWhoeverAsksIsToldWhereItLasts(t *testing.T) {
	t.Parallel()
	for end, state := range map[string]onboarding.State{
		"created": created(), "exists": exists, "refused": refuse, "unsure": unsure,
		"denied":      {Outcome: onboarding.Denied, Problem: sayGuest.String()},
		"unreachable": {Outcome: onboarding.Unreachable, Problem: "Halo could not be reached."},
	} {
		for _, word := range []draft.OnError{draft.Exception, draft.Bounce, draft.Continue, draft.Stop} {
			for _, closed := range []bool{false, true} {
				for _, failing := range []string{"", "chat.postMessage"} {
					t.Run(fmt.Sprint(end, " ", word, " closed ", closed, " ", failing), func(t *testing.T) {
						t.Parallel()
						b := start(t, func(c *Config) { c.OnError = word })
						form := b.command("Acme acme.com")
						b.submit(localslack.Tess, form, nil)
						r := b.only()
						if closed {
							if _, err := b.slack.CloseView(localslack.Tess, form.ID); err != nil {
								t.Fatal(err)
							}
						}
						before := b.lasting(form.ID)
						if failing != "" {
							b.slack.FailStatus(failing, 1, http.StatusBadGateway)
						}
						ended := state
						ended.Ended = time.Now() // the table may have waited for its turn
						b.now(r.Key, ended)
						if b.lasting(form.ID) == before {
							t.Error("nothing that lasts tells of it")
						}
					})
				}
			}
		}
	}
}

// lasting is what Tess can read, now and after a reload.
func (b *bench) lasting(form string) (all string) {
	b.slack.Look(func(now *localslack.Snapshot) {
		for _, m := range append(now.DMs(localslack.Tess), now.Messages(localslack.Desk)...) {
			all += readable(m.Blocks)
		}
		if v := now.View(form); v != nil {
			all += readable(v.Blocks)
		}
	})
	return all
}
