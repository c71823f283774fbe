package slackbot_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to lock the bot's database from outside

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

var manyMails = flag.Int("mails", 100, "how many mails TestManyMailsAtOnceBecomeAlertsInOrder pipes in")

// onEach runs a test on a SQLite file and on a Postgres server.
func onEach(t *testing.T, test func(t *testing.T, o bottest.Options)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1", "DATABASE_URL": bottest.Postgres(t)}})
	})
}

// pipe is a bot alert that a mail server runs.
type pipe struct {
	desk
	cmd    *exec.Cmd
	out    bytes.Buffer
	errors heard
}

// heard is what a command has written so far.
type heard struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.String()
}

func mailOf(sender, subject string) string {
	return fmt.Sprintf("From: %s\nMessage-ID: <%s.%s>\nSubject: %s\n\nHello\n", sender, subject, sender, subject)
}

// feed starts bot alert with a mail.
func (d desk) feed(channel, mail string) *pipe {
	d.Helper()
	p := &pipe{desk: d, cmd: exec.CommandContext(d.Context(), d.Path(), "alert", "--channel", channel, "--json")}
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdin = d.Dir, d.Env(), strings.NewReader(mail)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.errors
	if err := p.cmd.Start(); err != nil {
		d.Fatal(err)
	}
	return p
}

// said waits for the command's end, which must be a success, and is what it printed.
func (p *pipe) said() (out said) {
	p.Helper()
	if err := p.cmd.Wait(); err != nil || json.Unmarshal(p.out.Bytes(), &out) != nil {
		p.Fatalf("bot alert: %v\n%s%s", err, &p.out, &p.errors)
	}
	return out
}

// kill ends the command as its mail server may.
func (p *pipe) kill() {
	p.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Wait(); err == nil {
		p.Fatal("the command had ended before it was killed")
	}
}

// alerts are the texts of a channel's messages, those in threads included, in their order.
func (d desk) alerts(channel string) (texts []string) {
	d.Slack.Look(func(now *localslack.Snapshot) {
		for _, m := range now.Messages(channel) {
			texts = append(texts, bottest.Say(m.Blocks))
		}
	})
	return texts
}

// once fails unless exactly one message of the channel speaks of the sender.
func (d desk) once(channel, sender string) {
	d.Helper()
	n := 0
	for _, text := range d.alerts(channel) {
		n += strings.Count(text, sender)
	}
	if n != 1 {
		d.Errorf("%s is in %d messages of %q, want one", sender, n, d.alerts(channel))
	}
}

func TestAStoredMailIsPostedOnceWhoeverDies(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("kills processes")
	}
	onEach(t, func(t *testing.T, o bottest.Options) {
		d := newDesk(t, o)
		for _, at := range []localslack.Moment{localslack.Before, localslack.After} {
			// The bot dies: the command goes on where it was.
			sender := fmt.Sprintf("bot%d@dies%d.example", at, at)
			posting := d.Slack.Hold("chat.postMessage", at)
			command := d.feed(localslack.Mail, mailOf(sender, "Hello"))
			d.halted(posting)
			d.Kill(0)
			posting.Drop()
			if got := command.said(); got.Outcome != "posted" || got.Email != sender {
				t.Errorf("the command said %+v", got)
			}
			d.once(localslack.Mail, sender)
			d.Start(0)

			// The command dies: the bot posts.
			sender = fmt.Sprintf("pipe@ends%d.example", at)
			posting = d.Slack.Hold("chat.postMessage", at)
			mail := mailOf(sender, "Hello")
			command = d.feed(localslack.Mail, mail)
			d.halted(posting)
			command.kill()
			posting.Release()
			// Delivered again, since the mail server has no answer.
			if got := d.feed(localslack.Mail, mail).said(); got.Outcome != "posted" {
				t.Errorf("delivered again, the command said %+v", got)
			}
			d.once(localslack.Mail, sender)
		}
	})
}

// Halo hangs, and no bot runs: the command does not wait for a minute, and asks no more than it
// may.
func TestWithoutABotTheCommandPostsWithAFewRequestsToHalo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, o bottest.Options) {
		d := newDesk(t, o)
		d.awaitDirectory()
		d.Kill(0)
		asked := func() int { return len(d.Halo.Calls(toHalo)) }
		before := asked()
		if got := d.feed(localslack.Mail, mailOf("jane@acme.example", "Hello")).said(); got.Outcome != "posted" {
			t.Errorf("the command said %+v", got)
		}
		if n := asked() - before; n > 3 {
			t.Errorf("a mail made %d requests to Halo", n)
		}
		if text := strings.Join(d.alerts(localslack.Mail), "\n"); strings.Contains(text, "could not be asked") {
			t.Errorf("Halo was asked, and the alert says %q", text)
		}
		d.Halo.Inject(localhalo.On(localhalo.KindUsers), 0, localhalo.Hang())
		if got := d.feed(localslack.Mail, mailOf("joe@bcme.example", "Hello")).said(); got.Outcome != "posted" {
			t.Errorf("while Halo hangs, the command said %+v", got)
		}
		if text := strings.Join(d.alerts(localslack.Mail), "\n"); !strings.Contains(text, "Halo could not be asked whether it knows this sender") {
			t.Errorf("the alert says %q", text)
		}
	})
}

func TestAHaloThatIsAwayHoldsAnAlertUpForAMinuteAtMost(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	d := newDesk(t, bottest.Options{})
	d.Halo.Stop()
	began := time.Now()
	first := d.feed(localslack.Mail, mailOf("ann@first.example", "Hello"))
	second := d.feed(localslack.Mail, mailOf("ben@second.example", "Hello"))
	if a, b := first.said(), second.said(); a.Outcome != "kept" || b.Outcome != "kept" {
		t.Errorf("the commands said %+v and %+v", a, b)
	}
	d.Await("the alerts", func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Mail)) == 2 })
	if took := time.Since(began); took < 50*time.Second || took > 80*time.Second {
		t.Errorf("they came after %v", took)
	}
	for _, text := range d.alerts(localslack.Mail) {
		if !strings.Contains(text, "Halo could not be asked whether it knows this sender") {
			t.Errorf("an alert says %q", text)
		}
	}
}

func TestAnOldDatabaseTakesMails(t *testing.T) {
	t.Parallel()
	for _, old := range []string{"2026-11.sqlite.gz", "2026-11.postgres.sql"} {
		t.Run(old, func(t *testing.T) {
			t.Parallel()
			url := bottest.Restore(t, "../onboarding/testdata/old/"+old)
			d := newDesk(t, bottest.Options{Bots: -1, Env: map[string]string{"DATABASE_URL": url}})
			if got := d.feed(localslack.Mail, mailOf("jane@acme.example", "Hello")).said(); got.Outcome != "posted" {
				t.Errorf("the command said %+v", got)
			}
			if n := len(d.storedMails()); n != 1 {
				t.Errorf("%d mails are stored, want one", n)
			}
		})
	}
}

func TestMailsOutlastASlackThatIsAway(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, o bottest.Options) {
		d := newDesk(t, o)
		// For seconds: the mail holds its place, and the next one comes after it.
		d.Slack.FailStatus("chat.postMessage", 2, 503)
		first := d.feed(localslack.Mail, mailOf("ann@first.example", "Hello"))
		d.called("chat.postMessage", 1)
		second := d.feed(localslack.Mail, mailOf("ben@second.example", "Hello"))
		if a, b := first.said(), second.said(); a.Outcome != "posted" || b.Outcome != "posted" || a.TS > b.TS {
			t.Errorf("the commands said %+v, then %+v", a, b)
		}
		if testing.Short() {
			return
		}
		// For longer than the command waits: it is kept, whatever becomes of the bot.
		d.Slack.FailStatus("chat.postMessage", 1000, 503)
		kept := d.feed(localslack.Mail, mailOf("cay@third.example", "Hello")).said()
		if kept.Outcome != "kept" || !strings.Contains(kept.Reason, "Slack answered 503") {
			t.Errorf("the command said %+v", kept)
		}
		d.Kill(0)
		d.Slack.ClearFaults()
		d.Start(0)
		d.Await("the alert", func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Mail)) == 3 })
		d.once(localslack.Mail, "cay@third.example")
	})
}

// called waits until a method of Slack's was called so often.
func (d desk) called(method string, times int) {
	d.Helper()
	ctx, cancel := d.Patience()
	defer cancel()
	for d.Slack.Calls(method) < times {
		select {
		case <-ctx.Done():
			d.Fatalf("%s was called %d times, want %d", method, d.Slack.Calls(method), times)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// lock keeps everybody else from writing the bot's database until what it returns is called.
func (d desk) lock() (unlock func()) {
	d.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.Dir, "halobot.db")+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	if err != nil {
		d.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		d.Fatal(err)
	}
	unlock = sync.OnceFunc(func() { _, _ = tx.Rollback(), db.Close() })
	d.Cleanup(unlock)
	return unlock
}

// Without it, each of many mails would ask Halo by itself.
func TestABusyDatabaseIsWaitedForAndNotDoneWithout(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for half a minute")
	}
	t.Run("while others write", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
		unlock := d.lock()
		p := d.feed(localslack.Mail, mailOf("jane@acme.example", "Hello"))
		office(d).poll("the command to open the database again", func() bool {
			return strings.Count(p.errors.String(), "River: Driver does not support listener") > 1
		})
		unlock()
		if got := p.said(); got.Outcome != "posted" && got.Outcome != "kept" {
			t.Errorf("the command said %+v", got)
		}
		if n := len(d.storedMails()); n != 1 || strings.Contains(p.errors.String(), "database") {
			t.Errorf("%d mails are stored, want one; the command says %s", n, &p.errors)
		}
	})
	t.Run("for good", func(t *testing.T) {
		t.Parallel()
		d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
		d.lock()
		asked := len(d.Halo.Calls(localhalo.On(localhalo.KindUsers)))
		p := d.feed(localslack.Mail, mailOf("jane@acme.example", "Hello"))
		var exit *exec.ExitError
		// Whether the time is over before or after a store was begun is a matter of the moment.
		said := func(words string) bool { return strings.Contains(p.errors.String(), words) }
		if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 75 || said("database is busy") == said("did not say whether the mail is kept") {
			t.Errorf("the command ended with %v, want 75: %s", err, &p.errors)
		}
		if n := len(d.Halo.Calls(localhalo.On(localhalo.KindUsers))) - asked; n > 0 || len(d.alerts(localslack.Mail)) > 0 {
			t.Errorf("it asked Halo %d times, and the channel has %q", n, d.alerts(localslack.Mail))
		}
	})
}

// A database that cannot be written is done without: the mail becomes an alert all the same.
func TestWithoutADatabaseThatItCanWriteTheCommandPostsAtOnce(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(d desk, file string){
		// SQLite only reads a file that a later version than its own has to write
		// (sqlite.org/fileformat2.html, 1.3.3).
		"read-only": func(d desk, file string) {
			f, err := os.OpenFile(file, os.O_RDWR, 0)
			if err == nil {
				_, err = f.WriteAt([]byte{3}, 18)
				err = errors.Join(err, f.Close())
			}
			if err != nil {
				d.Fatal(err)
			}
		},
		"no database": func(d desk, file string) {
			if err := os.WriteFile(file, []byte(strings.Repeat("not a database. ", 100)), 0o600); err != nil {
				d.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_SOCKETS": "1"}})
			ctx, cancel := d.Patience()
			defer cancel()
			if err := d.Bots[0].Stop(ctx); err != nil {
				t.Fatal(err)
			}
			spoil(d, filepath.Join(d.Dir, "halobot.db"))
			asked := len(d.Halo.Calls(toHalo))
			p := d.feed(localslack.Mail, mailOf("jane@acme.example", "Hello"))
			if got := p.said(); got.Outcome != "posted" {
				t.Errorf("the command said %+v", got)
			}
			if !strings.Contains(p.errors.String(), "could not be stored first") {
				t.Errorf("it says nothing of the database: %s", &p.errors)
			}
			d.once(localslack.Mail, "jane@acme.example")
			if n := len(d.Halo.Calls(toHalo)) - asked; n > 3 {
				t.Errorf("a mail made %d requests to Halo", n)
			}
			// What may pass is for the mail server to deliver again.
			d.Slack.FailStatus("chat.postMessage", 1, 503)
			p = d.feed(localslack.Mail, mailOf("joe@bcme.example", "Hello"))
			var exit *exec.ExitError
			if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 75 {
				t.Errorf("the command ended with %v, want 75: %s", err, &p.errors)
			}
		})
	}
}

func TestManyMailsAtOnceBecomeAlertsInOrder(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	onEach(t, func(t *testing.T, o bottest.Options) {
		const ceiling = 100
		o.Env["HALO_REQUESTS_PER_MINUTE"] = fmt.Sprint(ceiling)
		d := newDesk(t, o)
		channels := []string{localslack.Mail, localslack.Desk, localslack.General}
		turns := make(chan struct{}, 50) // processes at once, as a mail server has them
		var pipes sync.WaitGroup
		for i := range *manyMails {
			pipes.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				cmd := exec.CommandContext(t.Context(), d.Path(), "alert", "--channel", channels[i%len(channels)])
				cmd.Dir, cmd.Env, cmd.Stdin = d.Dir, d.Env(), strings.NewReader(mailOf(fmt.Sprintf("jo@company%d.example", i), "Hello"))
				if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("without the database")) {
					t.Errorf("mail %d: %v\n%s", i, err, out)
				}
			})
		}
		pipes.Wait()
		long, cancel := context.WithTimeout(t.Context(), time.Duration(*manyMails)*2*time.Second+time.Minute)
		defer cancel()
		posted := func(now *localslack.Snapshot) (n int) {
			for _, channel := range channels {
				n += len(now.Messages(channel))
			}
			return n
		}
		if err := d.Slack.Wait(long, func(now *localslack.Snapshot) bool { return posted(now) >= *manyMails }); err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{}
		for _, m := range slices.Backward(d.storedMails()) {
			want[m.Mail.Channel] = append(want[m.Mail.Channel], m.Mail.Mail.Senders[0].Email)
		}
		for channel, senders := range want {
			var got []string
			for _, text := range d.alerts(channel) {
				got = append(got, slices.DeleteFunc(slices.Clone(senders), func(s string) bool {
					return !strings.Contains(text, s+"\n") && !strings.Contains(text, s+" ") && !strings.HasSuffix(text, s)
				})...)
			}
			if !slices.Equal(got, senders) {
				t.Errorf("%s has the alerts of\n%q\nwhile the mails came as\n%q", channel, got, senders)
			}
		}
		t.Logf("%d mails, %d requests to Halo", *manyMails, d.below(ceiling, time.Time{}))
	})
}

// below fails when some minute since then saw more requests to Halo than the ceiling, and counts them
// all.
func (d desk) below(ceiling int, since time.Time) int {
	d.Helper()
	var at []time.Time
	for _, call := range d.Halo.Calls(toHalo) {
		if !call.At.Before(since) {
			at = append(at, call.At)
		}
	}
	for i := ceiling; i < len(at); i++ {
		if at[i].Sub(at[i-ceiling]) < time.Minute {
			d.Errorf("%d requests came in %v", ceiling+1, at[i].Sub(at[i-ceiling]))
			break
		}
	}
	return len(at)
}

// While no bot runs, the commands follow each other, and stay below the ceiling together. A bot that
// starts knows nothing of their requests, and stays below it by itself.
func TestManyMailsWithoutABotStayBelowTheCeiling(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits as long as the commands do")
	}
	onEach(t, func(t *testing.T, o bottest.Options) {
		const ceiling, mails = 15, 30 // each mail is worth a request at least
		o.Env["HALO_REQUESTS_PER_MINUTE"] = fmt.Sprint(ceiling)
		d := newDesk(t, o)
		d.awaitDirectory()
		d.Kill(0)
		killed := time.Now()
		channels := []string{localslack.Mail, localslack.Desk, localslack.General}
		var pipes []*pipe
		for i := range mails {
			pipes = append(pipes, d.feed(channels[i%len(channels)], mailOf(fmt.Sprintf("jo@company%d.example", i), "Hello")))
		}
		posted := 0
		for _, p := range pipes {
			switch got := p.said(); got.Outcome {
			case "posted":
				posted++
			case "kept":
			default:
				t.Errorf("a command said %+v", got)
			}
		}
		if n := d.below(ceiling, killed); n == 0 || posted == 0 {
			t.Errorf("%d requests to Halo, %d alerts", n, posted)
		}
		if posted == mails {
			return
		}
		started := time.Now()
		d.Start(0)
		d.Await("all alerts", func(now *localslack.Snapshot) bool {
			n := 0
			for _, channel := range channels {
				n += len(now.Messages(channel))
			}
			return n == mails
		})
		d.below(ceiling, started)
	})
}

// awaitDirectory waits until the bot has kept its list of clients.
func (d desk) awaitDirectory() {
	d.Helper()
	requests := d.requests()
	defer requests.Close() //nolint:errcheck // nothing was written
	office(d).poll("the list of clients to be kept", func() bool {
		kept, err := requests.LoadDirectory(d.Context(), "halo")
		if err != nil {
			d.Fatal(err)
		}
		return len(kept) > 0
	})
}

// requests is the bot's database.
func (d desk) requests() *onboarding.Service {
	d.Helper()
	requests, err := onboarding.Open(d.Context(), onboarding.Config{DatabaseURL: d.DatabaseURL(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		d.Fatal(err)
	}
	return requests
}

// toHalo is what the ceiling counts.
func toHalo(c localhalo.Call) bool {
	return c.Kind != localhalo.KindToken && c.Kind != localhalo.KindAuthInfo
}

// storedMails are the mails in the bot's database, the newest first.
func (d desk) storedMails() []onboarding.MailReceipt {
	d.Helper()
	requests := d.requests()
	defer requests.Close() //nolint:errcheck // nothing was written
	list, err := requests.Mails(d.Context(), onboarding.Query{})
	if err != nil {
		d.Fatal(err)
	}
	return list
}
