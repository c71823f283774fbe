package bottest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// PostgresClock starts a PostgreSQL server of the test's own, whose clock set puts so far ahead of the
// machine's, or behind it, while it runs. Without faketime or PostgreSQL's programs the test is
// skipped.
func PostgresClock(t testing.TB) (url string, set func(ahead time.Duration)) {
	t.Helper()
	faketime := newestOf(t, "faketime", "/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib64/faketime/libfaketime.so.1")
	initdb := newestOf(t, "PostgreSQL's server", "/usr/lib/postgresql/*/bin/initdb", "/usr/bin/initdb", "/usr/local/bin/initdb")
	dir, err := os.MkdirTemp("", "halobot-clock-") // the test's own folders are for its user alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	data, clock := filepath.Join(dir, "data"), filepath.Join(dir, "clock")
	set = func(ahead time.Duration) {
		t.Helper()
		// Renamed into its place: the server may be reading it.
		if err := os.WriteFile(clock+".next", fmt.Appendf(nil, "%+.3f\n", ahead.Seconds()), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(clock+".next", clock); err != nil {
			t.Fatal(err)
		}
	}
	set(0)
	whose := asPostgres(t, dir)
	run := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(filepath.Dir(initdb), program), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = whose
		return cmd
	}
	if out, err := run("initdb", "-D", data, "-U", "halobot", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("make a PostgreSQL cluster: %v\n%s", err, out)
	}
	address := FreeAddress(t)
	_, port, _ := net.SplitHostPort(address)
	server := run("postgres", "-D", data, "-p", port, "-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=100")
	said, err := os.Create(filepath.Join(dir, "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close() //nolint:errcheck // the server writes it
	server.Stderr = said
	// What PostgreSQL waits with goes on as it is: only what it says is the time is set.
	server.Env = append(os.Environ(), "LD_PRELOAD="+faketime, "FAKETIME_TIMESTAMP_FILE="+clock, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1")
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // at once
		_ = server.Wait()
	})
	url = "postgres://halobot@" + address + "/postgres?sslmode=disable"
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, url)
		if err == nil {
			_ = conn.Close(ctx)
			return url, set
		}
		select {
		case <-ctx.Done():
			out, _ := os.ReadFile(said.Name())
			t.Fatalf("PostgreSQL does not answer: %v\n%s", err, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// newestOf is a file that one of the patterns finds; without one the test is skipped.
func newestOf(t testing.TB, what string, patterns ...string) string {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			return slices.Max(found)
		}
	}
	t.Skip(what + " is not installed")
	return ""
}

// asPostgres has PostgreSQL run as its own user where this process is root's, as whom it refuses to. The
// user owns dir then.
func asPostgres(t testing.TB, dir string) *syscall.SysProcAttr {
	t.Helper()
	uid, gid := os.Getuid(), os.Getgid()
	if uid == 0 {
		postgres, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("PostgreSQL does not run as root, and there is no user postgres")
		}
		if uid, err = strconv.Atoi(postgres.Uid); err != nil {
			t.Fatal(err)
		}
		if gid, err = strconv.Atoi(postgres.Gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	return AsUser(t, uid, gid)
}
