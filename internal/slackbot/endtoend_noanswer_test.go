package slackbot_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// No answer is not a no: whatever is asked, and however it is not answered, the request waits, its
// person is told what for, and when there is an answer it ends as if there had always been one.
func TestNoAnswerIsNotANo(t *testing.T) {
	t.Parallel()
	kinds := []struct {
		name  string
		slack localslack.Trouble
		halo  localhalo.Effect
		slow  bool
	}{
		{"a connection that breaks", localslack.HangUp(), localhalo.Reset(), false},
		{"503", localslack.Status(http.StatusServiceUnavailable), localhalo.Unavailable(), false},
		{"429", localslack.Limited(time.Second), localhalo.TooMany("1"), false},
		{"half of an answer", localslack.BrokenJSON(), localhalo.Effect{
			Name: "half", Skip: true, Status: http.StatusOK, ContentType: "application/json", Body: `{"clients":[{"id":`,
		}, false},
		{"silence", localslack.Silence(), localhalo.Hang(), true},
	}
	const (
		nothingYet = "Nothing was created yet"
		byHand     = "do not create it by hand"
	)
	questions := []struct {
		name   string
		method string          // of Slack
		match  localhalo.Match // of Halo
		told   func(kind string) []string
	}{
		{"who may", "users.info", nil, func(string) []string { return []string{"Slack does not say", nothingYet} }},
		{"the look", "", localhalo.On(localhalo.KindList), func(string) []string { return []string{nothingYet} }},
		{"the POST", "", localhalo.On(localhalo.KindCreate), func(kind string) []string {
			if kind == "429" {
				return []string{nothingYet}
			}
			return []string{byHand}
		}},
		{"telling the modal", "views.update", nil, nil},
		{"telling the channel", "chat.postMessage", nil, nil},
	}
	for _, q := range questions {
		for _, k := range kinds {
			t.Run(q.name+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				if k.slow && testing.Short() {
					t.Skip("waits for answers until they are given up")
				}
				d := newDesk(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "1s"}})
				mend := func() {}
				if q.method != "" {
					mend = d.Slack.Break(q.method, 0, k.slack)
				}
				v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
				if q.match != nil {
					fault := d.Halo.Inject(q.match, 0, k.halo)
					mend = fault.Clear
				}
				d.Submit(localslack.Tess, v.ID, nil)
				switch {
				case q.told != nil:
					d.awaitModal(v.ID, "Creating…", q.told(k.name)...)
				case q.method == "views.update":
					d.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
				default:
					d.awaitModal(v.ID, "Created", "Acme Ltd")
				}
				mend()
				d.awaitModal(v.ID, "Created", "Acme Ltd")
				d.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
				made := 0
				for _, c := range d.Halo.Clients() {
					if strings.HasPrefix(c.Name, "Acme Ltd") {
						made++
					}
				}
				if made != 1 {
					t.Errorf("%d clients were made", made)
				}
			})
		}
	}
}
