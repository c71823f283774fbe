package onboarding_test

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // to lock the bot's database from outside

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// look matches the live look for a name, which comes right before each POST.
func look(c localhalo.Call) bool {
	return c.Kind == localhalo.KindList && c.Query.Get("search_name_only") != ""
}

// crash is one point at which the bot is killed.
type crash struct {
	name string
	// reach submits the form and returns when the bot has come to the point; let, if any, is
	// called once it is dead.
	reach func(s *bottest.Stage, view string) (let func())
	// again says that the person saw the submission fail, and submits once more.
	again bool
	posts int // at most
	// told is what the person also reads, in a direct message.
	told []string
}

var form = localslack.Values{"Client name": "Acme Ltd", "Website": "acme.com", "Notes": "typed"}

var crashes = []crash{
	{name: "before the store", again: true, posts: 1, reach: func(s *bottest.Stage, view string) func() {
		unlock := holdSubmissions(s)
		press(s, view)
		return unlock
	}},
	{name: "after the store, before the acknowledgement", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		unlock := holdSubmissions(s)
		looking := s.Halo.Hold(look, localhalo.Arrived)
		press(s, view)
		// There is one socket, so what is acknowledged now was read after the submission.
		next, err := s.Slack.Command(localslack.Tom, localslack.Desk, "/halo-new-client", "")
		if err != nil {
			s.Fatal(err)
		}
		s.Acked(next)
		// Without a socket the acknowledgement has nowhere to go.
		s.Slack.RefuseSockets("too_many_websockets")
		s.Slack.DropSockets()
		unlock()
		arrived(s, looking)
		return func() { s.Slack.RefuseSockets("") }
	}},
	{name: "after the acknowledgement, before the POST", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		looking := s.Halo.Hold(look, localhalo.Arrived)
		s.Submit(localslack.Tess, view, form)
		arrived(s, looking)
		return nil
	}},
	{name: "POST sent, not stored by Halo", posts: 2, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
		s.Submit(localslack.Tess, view, form)
		arrived(s, posting)
		return posting.Drop
	}},
	{name: "POST on its way, stored by Halo after the restart", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(creating, localhalo.Arrived)
		s.Submit(localslack.Tess, view, form)
		arrived(s, posting)
		return func() { time.AfterFunc(postLimit/2, posting.Release) }
	}},
	{name: "stored, answer lost", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
		s.Submit(localslack.Tess, view, form)
		arrived(s, posting)
		return posting.Drop
	}},
	{name: "stored, then 503, and listed late", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		s.Halo.Inject(creating, 1, hidden(storedThen503(), 3*time.Second))
		s.Submit(localslack.Tess, view, form)
		awaitSaid(s, byHand)
		return nil
	}},
	{name: "while Slack does not say who may", posts: 1, reach: func(s *bottest.Stage, _ string) func() {
		mend := s.Slack.Break("users.info", 0, localslack.Status(http.StatusServiceUnavailable))
		// Of Tess the bot may have heard when her form opened.
		s.Submit(localslack.Tom, s.Form(localslack.Tom, localslack.Desk, "").ID, form)
		awaitSaid(s, "Slack does not say")
		return mend
	}},
	{name: "while Slack's Web API is away", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(creating, localhalo.Stored)
		s.Submit(localslack.Tess, view, form)
		arrived(s, posting)
		mend := s.Slack.Break(localslack.Anything, 0, localslack.Status(http.StatusServiceUnavailable))
		posting.Release()
		ctx, cancel := s.Patience()
		defer cancel()
		if err := s.Bots[0].WaitFor(ctx, "an end cannot be told yet"); err != nil {
			s.Fatal(err)
		}
		return mend
	}},
	{name: "sent once more with other words meanwhile", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(creating, localhalo.Stored)
		first, err := s.Slack.SubmitView(localslack.Tess, view, form)
		if err != nil {
			s.Fatal(err)
		}
		arrived(s, posting)
		s.Acked(s.Slack.Forge(first, func(payload map[string]any) {
			values := payload["view"].(map[string]any)["state"].(map[string]any)["values"].(map[string]any)
			values["notes"].(map[string]any)["value"].(map[string]any)["value"] = "other words"
		}))
		return posting.Drop
	}, told: []string{"Acme Ltd", "typed", "other words"}},
	{name: "answer read, not yet committed", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		posting := s.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
		s.Submit(localslack.Tess, view, form)
		arrived(s, posting)
		unlock := holdCommits(s)
		posting.Release()
		s.AwaitHalo("the answer to be read", s.Halo, func() bool {
			calls := s.Halo.Calls(localhalo.On(localhalo.KindCreate))
			return len(calls) == 1 && calls[0].Done
		})
		return unlock
	}},
	{name: "created, before the modal", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		return atSlack(s, view, "views.update", localslack.Before)
	}},
	{name: "created, before the message", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		return atSlack(s, view, "chat.postMessage", localslack.Before)
	}},
	{name: "message sent, not yet marked", posts: 1, reach: func(s *bottest.Stage, view string) func() {
		return atSlack(s, view, "chat.postMessage", localslack.After)
	}},
}

// takenOver is what a bot logs that goes on with a dead one's work: River by itself does so later, and
// says nothing.
const takenOver = "taking over requests of a process that died"

func TestKilledAtAnyPointTheBotMakesOneClientAndTells(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills and restarts processes")
	}
	for _, c := range crashes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := bottest.New(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
			view := s.Form(localslack.Tess, localslack.Desk, "")
			let := c.reach(s, view.ID)
			s.Kill(0)
			if let != nil {
				let()
			}
			working := stored(s, inWork)
			s.Start(0)
			if c.again {
				s.Await("the person to see that it failed", func(now *localslack.Snapshot) bool {
					v := now.OpenView(localslack.Tess)
					return v != nil && v.Trouble != "" && !v.Busy
				})
				s.Submit(localslack.Tess, view.ID, nil)
			}
			s.AwaitMessage(localslack.Desk, "Acme Ltd", "acme.com")
			if c.told != nil {
				s.Await("a direct message", func(now *localslack.Snapshot) bool { return bottest.Says(now.DMs(localslack.Tess), c.told...) })
			}
			if working && !strings.Contains(s.Bots[0].Output(), takenOver) {
				t.Error("the new bot waited for the dead one")
			}
			if got := s.Halo.Named("Acme Ltd"); len(got) != 1 || s.Halo.Len() != 1 {
				t.Errorf("clients = %+v, want one", got)
			}
			if posts := s.Halo.Count(localhalo.KindCreate); posts > c.posts {
				t.Errorf("%d POSTs, want at most %d", posts, c.posts)
			}
		})
	}
}

// inWork asks whether a process was at work on something, which is dead.
const inWork = `SELECT count(*) > 0 FROM river_job WHERE state = 'running'`

// stored puts a question to the bot's SQLite database.
func stored(s *bottest.Stage, question string) (yes bool) {
	s.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "halobot.db")+"?_pragma=busy_timeout(5000)")
	if err == nil {
		err = errors.Join(db.QueryRowContext(s.Context(), question).Scan(&yes), db.Close())
	}
	if err != nil {
		s.Fatal(err)
	}
	return yes
}

// press submits the form and returns when the envelope is on its way.
func press(s *bottest.Stage, view string) {
	s.Helper()
	it, err := s.Slack.SubmitView(localslack.Tess, view, form)
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := s.Patience()
	defer cancel()
	if err := it.Sent(ctx); err != nil {
		s.Fatal(err)
	}
}

func arrived(s *bottest.Stage, h *localhalo.Hold) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	if _, err := h.Wait(ctx); err != nil {
		s.Fatal(err)
	}
}

// atSlack brings the bot to a call of Slack's Web API.
func atSlack(s *bottest.Stage, view, method string, at localslack.Moment) func() {
	s.Helper()
	hold := s.Slack.Hold(method, at)
	s.Submit(localslack.Tess, view, form)
	ctx, cancel := s.Patience()
	defer cancel()
	if err := hold.Arrived(ctx); err != nil {
		s.Fatal(err)
	}
	return hold.Drop
}

// holdSubmissions keeps the bot from storing a request, as another process that stores one does.
func holdSubmissions(s *bottest.Stage) (unlock func()) {
	s.Helper()
	lock := flock.New(filepath.Join(s.Dir, "halobot.db-lock"))
	if err := lock.Lock(); err != nil {
		s.Fatal(err)
	}
	return func() {
		if err := lock.Close(); err != nil {
			s.Error(err)
		}
	}
}

// holdCommits keeps the bot from committing anything, as another process's write does.
func holdCommits(s *bottest.Stage) (unlock func()) {
	s.Helper()
	unlock, err := lockWrites(s)
	if err != nil {
		s.Fatal(err)
	}
	return unlock
}

// lockRequests is the like on Postgres: nothing can even be read.
func lockRequests(s *bottest.Stage, url string) (unlock func(), err error) {
	ctx := context.WithoutCancel(s.Context())
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, "BEGIN; LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE"); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return func() {
		if err := conn.Close(ctx); err != nil {
			s.Error(err)
		}
	}, nil
}

func lockWrites(s *bottest.Stage) (unlock func(), err error) {
	if url := s.DatabaseURL(); !strings.HasPrefix(url, "sqlite:") {
		return lockRequests(s, url)
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.Dir, "halobot.db")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(context.WithoutCancel(s.Context()), nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return func() {
		_ = tx.Rollback()
		if err := db.Close(); err != nil {
			s.Error(err)
		}
	}, nil
}
