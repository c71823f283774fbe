package onboarding_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
)

// pgbouncer stands PgBouncer before a database: by the URL's own name in transaction mode, and as
// "sessions" in session mode.
func pgbouncer(t *testing.T, database string) (transactions, sessions string) {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil { // where Debian has it, off PATH
			t.Skip("there is no pgbouncer")
		}
	}
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	address := bottest.FreeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	name := strings.TrimPrefix(u.Path, "/")
	server := fmt.Sprintf("host=%s port=%s dbname=%s user=%s", u.Hostname(), u.Port(), name, u.User.Username())
	if password, known := u.User.Password(); known {
		server += " password=" + password
	}
	dir, err := os.MkdirTemp("", "halobot-pgbouncer-") // which another user can read
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := filepath.Join(dir, "pgbouncer.ini")
	if err := os.WriteFile(config, fmt.Appendf(nil, `[databases]
%s = %s
sessions = %s pool_mode=session
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = any
pool_mode = transaction
`, name, server, server, port), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-q", config)
	if os.Geteuid() == 0 { // as whom it does not run
		who, err := user.Lookup("nobody")
		if err != nil {
			t.Skip(err)
		}
		uid, _ := strconv.Atoi(who.Uid)
		gid, _ := strconv.Atoi(who.Gid)
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = bottest.AsUser(t, uid, gid)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatal(err)
		}
	}
	u.Host = address
	transactions = u.String()
	u.Path = "/sessions"
	return transactions, u.String()
}

// Behind a pooler that shares sessions, bots take each other for dead: none starts, and bot check
// says why and what to write instead.
func TestAPoolerThatSharesSessionsIsFound(t *testing.T) {
	t.Parallel()
	transactions, sessions := pgbouncer(t, bottest.Postgres(t))
	open := func(url string) error {
		service, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: url, Work: onboarding.WorkAll, Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			err = service.Close()
		}
		return err
	}
	for range 3 { // whatever the pooler has in stock by then
		got := onboarding.CheckDatabase(t.Context(), transactions)
		if len(got) != 1 || got[0].OK || got[0].Part != "pooler" || !strings.Contains(got[0].Detail, "transaction mode") || !strings.Contains(got[0].Fix, "pool_mode=session") {
			t.Errorf("the check says %+v", got)
		}
		if err := open(transactions); err == nil || !strings.Contains(err.Error(), "pool_mode=session") {
			t.Errorf("a start says %v", err)
		}
		if got := overall(t, sessions); !got.OK {
			t.Errorf("a pool of whole sessions: %+v", got)
		}
		if err := open(sessions); err != nil {
			t.Errorf("a pool of whole sessions: %v", err)
		}
	}
}
