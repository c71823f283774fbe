package slackbot_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

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
		{"500", localslack.Status(http.StatusInternalServerError), localhalo.Fail(), false},
		{"429", localslack.Limited(time.Second), localhalo.TooMany("1"), false},
		{"half of an answer", localslack.BrokenJSON(), localhalo.Effect{
			Name: "half", Skip: true, Status: http.StatusOK, ContentType: "application/json", Body: `{"clients":[{"id":`,
		}, false},
		{"an answer that says nothing", localslack.Empty(), localhalo.Effect{
			Name: "empty", Skip: true, Status: http.StatusOK, ContentType: "application/json", Body: `{}`,
		}, false},
		{"silence", localslack.Silence(), localhalo.Hang(), true},
	}
	const (
		nothingYet = "Nothing was created for Acme Ltd yet"
		byHand     = "do not create it by hand"
	)
	questions := []struct {
		name   string
		method string          // of Slack
		match  localhalo.Match // of Halo
		told   func(kind string) []string
	}{
		{"who may", "users.info", nil, func(string) []string { return []string{"Slack does not say", nothingYet} }},
		{"who is in the user group", "usergroups.users.list", nil, func(string) []string { return []string{"Slack does not say", nothingYet} }},
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
			if k.name == "an answer that says nothing" && q.told == nil {
				continue // whoever says that it was told is believed
			}
			t.Run(q.name+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				if k.slow && testing.Short() {
					t.Skip("waits for answers until they are given up")
				}
				d := newDesk(t, bottest.Options{Env: map[string]string{"HALO_SETTLE_TIME": "1s", "SLACK_ALLOWED_USERGROUPS": localslack.TechGroup}})
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

// Before the first token came, nobody can tell a proxy's page from a wrong address: it is waited for.
func TestAFirstTokenThatDoesNotComeIsNotANo(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]localhalo.Effect{
		"a page": {Name: "page", Skip: true, Status: http.StatusOK, ContentType: "text/html", Body: "<html>Back soon</html>"},
		"503":    localhalo.Unavailable(),
		"reset":  localhalo.Reset(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Bots: -1})
			fault := d.Halo.Inject(localhalo.On(localhalo.KindToken), 0, effect)
			d.Start(0)
			v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd acme.com")
			d.Submit(localslack.Tess, v.ID, nil)
			d.awaitModal(v.ID, "Creating…", "Nothing was created for Acme Ltd yet")
			fault.Clear()
			d.awaitModal(v.ID, "Created", "Acme Ltd")
		})
	}
}

// A request whose row the database does not give, or not whole, waits until it does.
func TestARowThatCannotBeReadIsNotANo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		postgres bool
		breaks   string
		mends    string // "" where the end of the transaction does
		bot      string // what the bot logs meanwhile
	}{
		"no such table": {
			breaks: `ALTER TABLE river_job RENAME TO away`, mends: `ALTER TABLE away RENAME TO river_job`, bot: "no such table",
		},
		"half of a row": {
			breaks: `UPDATE river_job SET args = jsonb_set(args, '$.kept', args->>'$.at', '$.at', 'half')`,
			mends:  `UPDATE river_job SET args = jsonb_set(args, '$.at', args->>'$.kept')`,
			bot:    `parsing time`,
		},
		"silence": {postgres: true, breaks: `LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE`, bot: "context deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tt.postgres && testing.Short() {
				t.Skip("waits for answers until they are given up")
			}
			o := bottest.Options{Env: map[string]string{}}
			if tt.postgres {
				o.Env["DATABASE_URL"] = bottest.Postgres(t)
			}
			d := newDesk(t, o)
			db, err := sql.Open("sqlite", "file:"+filepath.Join(d.Dir, "halobot.db")+"?_pragma=busy_timeout(10000)")
			if tt.postgres {
				db, err = sql.Open("pgx", d.DatabaseURL())
			}
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // nothing is left to write

			mend := d.Slack.Break("users.info", 0, localslack.Status(http.StatusServiceUnavailable))
			v := d.Form(localslack.Tess, localslack.Desk, "Acme Ltd")
			d.Submit(localslack.Tess, v.ID, nil)
			d.awaitModal(v.ID, "Creating…", "Slack does not say")
			tx, err := db.BeginTx(d.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
			if _, err := tx.Exec(tt.breaks); err != nil {
				t.Fatal(err)
			}
			if tt.mends != "" {
				if err := tx.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			mend()
			ctx, cancel := d.Patience()
			defer cancel()
			if err := d.Bots[0].WaitFor(ctx, tt.bot); err != nil {
				t.Fatal(err)
			}
			if tt.mends == "" {
				err = tx.Rollback()
			} else {
				_, err = db.Exec(tt.mends)
			}
			if err != nil {
				t.Fatal(err)
			}
			d.awaitModal(v.ID, "Created", "Acme Ltd")
			d.AwaitMessage(localslack.Desk, "created", "Acme Ltd")
			if d.Halo.Len() != 1 {
				t.Errorf("%d clients", d.Halo.Len())
			}
		})
	}
}

// The check that binds goes by what Slack said within the last half minute: somebody who was made
// a guest, or taken out of the group, creates nothing after that, however their form was opened.
func TestWhoWasAllowedIsAskedAboutAnewAfterHalfAMinute(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for half a minute to pass")
	}
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_ALLOWED_USERGROUPS": localslack.TechGroup}})
	for _, who := range []string{localslack.Tess, localslack.Tom} {
		d.awaitModal(d.Ask(who, localslack.Desk, localslack.Values{"Client name": "Before of " + who}).ID, "Created")
	}
	tess, tom := d.Form(localslack.Tess, localslack.Desk, "After Ltd"), d.Form(localslack.Tom, localslack.Desk, "Afterwards Ltd")
	d.Slack.SetPerson(localslack.Person{ID: localslack.Tess, Name: "tess", Restricted: true})
	d.Slack.SetUserGroup(localslack.UserGroup{ID: localslack.TechGroup, Users: []string{localslack.Tess}})
	ctx, cancel := d.Patience()
	defer cancel()
	select {
	case <-time.After(31 * time.Second):
	case <-ctx.Done():
	}
	d.Submit(localslack.Tess, tess.ID, nil)
	d.Submit(localslack.Tom, tom.ID, nil)
	d.awaitModal(tess.ID, "Not allowed", "Guests")
	d.awaitModal(tom.ID, "Not allowed", "user groups")
	if d.Halo.Len() != 2 {
		t.Errorf("%d clients, want the two from before", d.Halo.Len())
	}
}
