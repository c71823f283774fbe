package main

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// fault is something that keeps the bot from people, and what an administrator is told of it.
type fault struct {
	*bottest.Stage
	client *http.Client
	base   string // of HTTP_ADDR
	db     string // DATABASE_URL
	detour *bottest.Detour
}

// mostLines is how many lines a fault, its end and a request may take in the log.
const mostLines = 12

// faults are each brought about in a bot that is well. mend ends one.
var faults = []struct {
	name   string
	on     func(t *testing.T, f *fault) // which database; nil: a SQLite file
	strike func(f *fault) (mend func())
	ready  string         // what /readyz says, with 503; "" = it stays ready
	metric string         // begins a line of the metrics meanwhile
	check  *regexp.Regexp // what bot check says meanwhile
	log    []string       // what the log says of it
	after  string         // and of its end
}{
	{
		name: "full disk", on: smallDisk, strike: (*fault).fillDisk,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: The folder \S+ takes no write: no space left on device\.\n +→ .*disk is neither full`),
		log:   []string{`reason="the database takes no write"`, "disk is full", "Is the disk full"}, after: "msg=ready",
	},
	{
		name: "locked SQLite", strike: (*fault).lockFile,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: \S+ cannot be written: .*database is locked.*\n +→ .*nothing but the bot uses it`),
		log:   []string{`reason="the database takes no write"`, "Run bot check"}, after: "msg=ready",
	},
	{
		name: "removed file", strike: (*fault).removeFile,
		ready: onboarding.ErrMoved.Error(), metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database files: A bot that runs works with a file that was removed .* or replaced since`),
		log:   []string{`reason="` + onboarding.ErrMoved.Error() + `"`, "restore a backup"}, after: "msg=ready",
	},
	{
		name: "replaced file", strike: (*fault).replaceFile,
		ready: onboarding.ErrMoved.Error(), metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database files: A bot that runs works with a file that was removed .* or replaced since`),
		log:   []string{`reason="` + onboarding.ErrMoved.Error() + `"`}, after: "msg=ready",
	},
	{
		name: "read-only Postgres", on: aPostgres, strike: (*fault).readOnly,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: The database \S+ at \S+ cannot be written: .*read-only transaction.*\n +→ .*a read-only replica does not do`),
		log:   []string{`reason="the database takes no write"`, "read only connection"}, after: "msg=ready",
	},
	{
		name: "Postgres that gives no right", on: aPostgresRole, strike: (*fault).revoke,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: .* cannot be written: .*permission denied for table river_job.*\n +→ Let the user of DATABASE_URL`),
		log:   []string{`reason="the database takes no write"`, "permission denied for table river_job"}, after: "msg=ready",
	},
	{
		name: "locked Postgres", on: aPostgres, strike: (*fault).lockTable,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: The database \S+ at \S+ cannot be written: `),
		log:   []string{`reason="the database takes no write"`}, after: "msg=ready",
	},
	{
		name: "Postgres that is gone", on: aPostgresFarAway, strike: (*fault).cutOff,
		ready: "the database takes no write", metric: "halobot_database_writable 0",
		check: regexp.MustCompile(`✗ Database: The database cannot be reached: `),
		log:   []string{`reason="the database takes no write"`, "level=ERROR msg=\"the database cannot be used: what needs it waits\""},
		after: `msg="the database can be used again"`,
	},
	{
		name: "revoked token", strike: (*fault).revokeToken,
		ready: "Slack does not take SLACK_BOT_TOKEN (token_revoked)", metric: `halobot_slack_token_accepted{token="bot"} 0`,
		check: regexp.MustCompile(`✗ Bot token: `),
		log:   []string{"Slack does not take a token any more", "reason=token_revoked", "the token was revoked; install the app again"},
		after: `msg="Slack takes the token again"`,
	},
	{
		name: "no socket", strike: (*fault).refuseSockets,
		ready: "Slack turns sockets away: link_disabled", metric: "halobot_slack_sockets_connected 0",
		check: regexp.MustCompile(`✗ Running bot: It is not ready: Slack turns sockets away: link_disabled\.`),
		log:   []string{"Socket Mode is switched off."}, after: "msg=ready",
	},
	{
		name: "no more files", strike: (*fault).limitFiles,
		ready: "the process can open no more files", metric: "halobot_slack_sockets_connected",
		check: regexp.MustCompile(`✗ Running bot: What serves HTTP_ADDR, \S+, does not answer\.\n +→ .*ulimit -n`),
		log:   []string{`reason="the process can open no more files"`, "too many open files", "Raise its limit"}, after: "msg=ready",
	},
	{
		name: "Halo that is down", strike: (*fault).stopHalo,
		metric: `halobot_halo_unreachable_seconds{connection="halo"} `,
		check:  regexp.MustCompile(`✗ Halo token: Halo cannot be reached at `),
		log:    []string{`level=WARN msg="Halo cannot be used: what needs it waits" connection=halo`}, after: `msg="Halo can be used again" connection=halo`,
	},
}

// TestFaultsAreTold breaks what the bot stands on, one thing a bot, and looks at all that an
// administrator has: /readyz, the metrics, bot check and the log; and once it is mended, again.
func TestFaultsAreTold(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for what is looked at every few seconds")
	}
	for _, c := range faults {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFault(t, c.on)
			struck := f.lastLine()
			mend := c.strike(f)
			began := time.Now()
			if c.metric != "" {
				f.awaitMetric(c.metric) // by which it is found where nobody asks /readyz
			}
			if c.ready != "" {
				f.awaitReady(http.StatusServiceUnavailable, c.ready)
			} else {
				f.awaitLogAfter(0, c.log[0])
				if status, said := f.get("/readyz"); status != http.StatusOK {
					t.Errorf("/readyz says %d %s", status, said)
				}
			}
			known := time.Since(began)
			code, said := f.check()
			if code != exitFailed || !c.check.MatchString(said) {
				t.Errorf("bot check exits with %d and says\n%s", code, said)
			}
			for _, line := range c.log {
				f.awaitLogAfter(0, line)
			}
			mark := f.lastLine()
			mend()
			began = time.Now()
			f.awaitReady(http.StatusOK, "ready")
			t.Logf("known after %v, its end after %v", known.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
			f.awaitLogAfter(mark, c.after)
			f.works()
			// Whatever was tried again and again meanwhile.
			if n := f.lastLine() - struck; n > mostLines {
				t.Errorf("the log has %d lines about it", n)
			}
		})
	}
}

// newFault starts a bot that is well.
func newFault(t *testing.T, on func(*testing.T, *fault)) *fault {
	t.Helper()
	// One connection, kept open, which no other test's server ends.
	f := &fault{client: &http.Client{Timeout: readyTimeout, Transport: &http.Transport{}}}
	f.db = "sqlite:" + filepath.Join(t.TempDir(), "halobot.db")
	if on != nil {
		on(t, f)
	}
	f.Stage = bottest.New(t, bottest.Options{Env: map[string]string{
		"DATABASE_URL": f.db, "HTTP_ADDR": "127.0.0.1:0", "LOG_LEVEL": "info", "SLACK_SOCKETS": "1",
	}})
	f.base = "http://" + servedAt.FindStringSubmatch(f.Bots[0].Output())[1]
	f.awaitReady(http.StatusOK, "ready")
	f.awaitLogAfter(0, "msg=ready")
	return f
}

func (f *fault) get(path string) (status int, body string) {
	f.Helper()
	resp, err := f.client.Get(f.base + path)
	if err != nil {
		f.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		f.Fatal(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(raw))
}

// awaitReady waits until /readyz answers so, as somebody who asks every second.
func (f *fault) awaitReady(status int, said string) {
	f.Helper()
	ctx, cancel := f.Patience()
	defer cancel()
	for {
		got, body := f.get("/readyz")
		if got == status && body == said {
			return
		}
		if !sleep(ctx, time.Second) {
			f.Fatalf("/readyz says %d %q, want %d %q", got, body, status, said)
		}
	}
}

// awaitMetric waits for a line of the metrics that begins so, and goes on with more than 0.
func (f *fault) awaitMetric(line string) {
	f.Helper()
	ctx, cancel := f.Patience()
	defer cancel()
	for {
		_, metrics := f.get("/metrics")
		if strings.Contains(metrics, "\n"+line) && !strings.Contains(metrics, "\n"+line+"0\n") {
			return
		}
		if !sleep(ctx, time.Second) {
			f.Fatalf("the metrics do not say %s", line)
		}
	}
}

func (f *fault) lastLine() int {
	lines := f.Bots[0].Lines(0)
	return lines[len(lines)-1].Seq
}

// awaitLogAfter waits for a line after one that is known.
func (f *fault) awaitLogAfter(seq int, text string) {
	f.Helper()
	ctx, cancel := f.Patience()
	defer cancel()
	for {
		changed := f.Bots[0].Changed()
		for _, line := range f.Bots[0].Lines(seq) {
			if strings.Contains(line.Text, text) {
				return
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			f.Fatalf("the log does not say %q", text)
		}
	}
}

// check runs bot check beside the bot.
func (f *fault) check() (code int, said string) {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), f.Path(), "check")
	cmd.Dir, cmd.Env = f.Dir, append(f.Env(), "HTTP_ADDR="+strings.TrimPrefix(f.base, "http://"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		f.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// works has a person get a client.
func (f *fault) works() {
	f.Helper()
	f.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Works Again"})
	f.AwaitMessage(localslack.Desk, "|Works Again>")
}

// turnedDown has a person be told that what they typed could not be stored, and the metrics know it.
func (f *fault) turnedDown() {
	f.Helper()
	view := f.Form(localslack.Tess, localslack.Desk, "Too Early")
	if ack := f.Submit(localslack.Tess, view.ID, nil); ack.Action != "errors" {
		f.Errorf("a submission that cannot be stored is answered with %q", ack.Action)
	}
	if _, metrics := f.get("/metrics"); !strings.Contains(metrics, `halobot_stores_total{outcome="failed"} 1`) {
		f.Error("the metrics do not tell of a submission that could not be stored")
	}
}

// smallDisk is a database on a disk of a few megabytes.
func smallDisk(t *testing.T, f *fault) {
	t.Helper()
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("only root mounts a small disk")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=8m", "halobot-test", dir).CombinedOutput(); err != nil {
		t.Skipf("this machine mounts no small disk: %v %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	f.db = "sqlite:" + filepath.Join(dir, "halobot.db")
}

func (f *fault) fillDisk() (mend func()) {
	f.Helper()
	filler, err := os.Create(filepath.Join(filepath.Dir(f.file()), "filler"))
	if err != nil {
		f.Fatal(err)
	}
	defer filler.Close() //nolint:errcheck // it is there to be big
	for size := 1 << 20; size >= 1<<12; size >>= 1 {
		for err = nil; err == nil; {
			_, err = filler.Write(make([]byte, size))
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		f.Fatal(err)
	}
	f.turnedDown()
	return func() {
		if err := os.Remove(filler.Name()); err != nil {
			f.Error(err)
		}
	}
}

func (f *fault) file() string { return strings.TrimPrefix(f.db, "sqlite:") }

func (f *fault) lockFile() (mend func()) {
	f.Helper()
	db, err := sql.Open("sqlite", f.file()+"?_pragma=busy_timeout(5000)")
	if err != nil {
		f.Fatal(err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	if _, err := conn.ExecContext(f.Context(), "BEGIN EXCLUSIVE"); err != nil {
		f.Fatal(err)
	}
	return func() {
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			f.Error(err)
		}
	}
}

func (f *fault) rename(from, to string) {
	f.Helper()
	if err := os.Rename(from, to); err != nil {
		f.Fatal(err)
	}
}

func (f *fault) removeFile() (mend func()) {
	aside := f.file() + ".aside"
	f.rename(f.file(), aside)
	return func() { f.rename(aside, f.file()) }
}

func (f *fault) replaceFile() (mend func()) {
	f.Helper()
	other := filepath.Join(f.TB.TempDir(), "other.db")
	if err := onboarding.Backup(f.Context(), f.db, other); err != nil {
		f.Fatal(err)
	}
	aside := f.file() + ".aside"
	f.rename(f.file(), aside)
	f.rename(other, f.file())
	return func() { f.rename(aside, f.file()) }
}

func aPostgres(t *testing.T, f *fault) { f.db = bottest.Postgres(t) }

func aPostgresFarAway(t *testing.T, f *fault) {
	f.detour = bottest.NewDetour(t, bottest.Postgres(t))
	f.db = f.detour.URL
}

// administer does something to the database as the owner of the server.
func administer(t testing.TB, databaseURL string, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	server, err := url.Parse(os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	server.Path = u.Path
	conn, err := pgx.Connect(ctx, server.String()+"&default_transaction_read_only=off")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // done with it
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, strings.ReplaceAll(statement, "{database}", strings.TrimPrefix(u.Path, "/"))); err != nil {
			t.Fatal(err)
		}
	}
}

// endSessions has every session that is to feel a setting begin anew.
const endSessions = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"

func (f *fault) readOnly() (mend func()) {
	administer(f, f.db, "ALTER DATABASE {database} SET default_transaction_read_only = on", endSessions)
	// The sessions that were begun since are left as they are.
	return func() { administer(f, f.db, "ALTER DATABASE {database} RESET default_transaction_read_only") }
}

// aPostgresRole is a database of a role of its own.
func aPostgresRole(t *testing.T, f *fault) {
	database := bottest.Postgres(t)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	role := strings.TrimPrefix(u.Path, "/") + "_role"
	administer(t, database, "CREATE ROLE "+role+" LOGIN PASSWORD 'sesame'", "ALTER DATABASE {database} OWNER TO "+role, "GRANT ALL ON SCHEMA public TO "+role)
	t.Cleanup(func() {
		administer(t, database, "ALTER DATABASE {database} OWNER TO CURRENT_USER", "DROP OWNED BY "+role+" CASCADE", "DROP ROLE "+role)
	})
	u.User = url.UserPassword(role, "sesame")
	f.db = u.String()
}

func (f *fault) revoke() (mend func()) {
	u, _ := url.Parse(f.db)
	role := u.User.Username()
	administer(f, f.db, "REVOKE INSERT ON river_job FROM "+role)
	return func() { administer(f, f.db, "GRANT INSERT ON river_job TO "+role) }
}

func (f *fault) lockTable() (mend func()) {
	f.Helper()
	conn, err := pgx.Connect(f.Context(), f.db)
	if err != nil {
		f.Fatal(err)
	}
	for _, statement := range []string{"BEGIN", "LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE"} {
		if _, err := conn.Exec(f.Context(), statement); err != nil {
			f.Fatal(err)
		}
	}
	return func() {
		if err := conn.Close(f.Context()); err != nil {
			f.Error(err)
		}
	}
}

func (f *fault) cutOff() (mend func()) {
	f.detour.Cut()
	return f.detour.Mend
}

func (f *fault) revokeToken() (mend func()) {
	f.Slack.SetTokenError("token_revoked")
	return func() { f.Slack.SetTokenError("") }
}

func (f *fault) refuseSockets() (mend func()) {
	f.Slack.RefuseSockets("link_disabled")
	f.Slack.DropSockets()
	return func() { f.Slack.RefuseSockets("") }
}

// limitFiles lets the bot open no file beyond those that it has open.
func (f *fault) limitFiles() (mend func()) {
	f.Helper()
	if _, err := exec.LookPath("prlimit"); err != nil {
		f.Skip("there is no prlimit")
	}
	pid := strconv.Itoa(f.Bots[0].Pid())
	limit := func(soft string) {
		f.Helper()
		if out, err := exec.Command("prlimit", "--pid", pid, "--nofile="+soft+":").CombinedOutput(); err != nil {
			f.Fatalf("%v %s", err, out)
		}
	}
	was, err := exec.Command("prlimit", "--pid", pid, "--nofile", "--noheadings", "--raw", "-o", "SOFT").Output()
	if err != nil {
		f.Fatal(err)
	}
	limit("3") // what is open above it stays so
	return func() { limit(strings.TrimSpace(string(was))) }
}

func (f *fault) stopHalo() (mend func()) {
	f.Halo.Stop()
	f.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Patience"})
	return func() {
		if err := f.Halo.Start(); err != nil {
			f.Error(err)
		}
		f.AwaitMessage(localslack.Desk, "|Patience>")
	}
}
