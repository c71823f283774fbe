// Package deploy_test holds what is shipped beside the bot to what it says.
package deploy_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

const state = "/var/lib/halobot"

// machine is this one, with the package on it.
type machine struct {
	*testing.T
	uid, gid int
}

// run runs a command that must succeed, and returns what it said.
func (m machine) run(name string, args ...string) string {
	m.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		m.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// install installs or upgrades the package, and returns what that said.
func (m machine) install(deb string) string {
	m.Helper()
	return m.run("dpkg", "--force-unsafe-io", "-i", deb) // which is quicker
}

// as makes a command of the service: its user, its folder, its environment and nothing else.
func (m machine) as(ctx context.Context, name string, args ...string) *exec.Cmd {
	m.Helper()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = m.unit("WorkingDirectory")[0]
	cmd.SysProcAttr = bottest.AsUser(m, m.uid, m.gid)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	for _, pair := range m.unit("Environment") {
		cmd.Env = append(cmd.Env, strings.ReplaceAll(pair, "%d", "/run/credentials/halobot.service"))
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd
}

// unit is what the installed unit says, every value of a key.
func (m machine) unit(key string) []string {
	m.Helper()
	text, err := os.ReadFile("/usr/lib/systemd/system/halobot.service")
	if err != nil {
		m.Fatal(err)
	}
	var values []string
	for _, found := range regexp.MustCompile(`(?m)^`+key+`=(.*)$`).FindAllStringSubmatch(string(text), -1) {
		values = append(values, found[1])
	}
	if len(values) == 0 {
		m.Fatalf("the unit has no %s", key)
	}
	return values
}

// start starts the service as the unit does, and waits until it is ready. stop ends it by
// SIGTERM, or by kill -9.
func (m machine) start() (stop func(how string)) {
	m.Helper()
	ctx, cancel := context.WithCancel(m.Context())
	var log bytes.Buffer
	cmd := m.as(ctx, m.unit("ExecStart")[0])
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		m.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for m.as(m.Context(), "/usr/bin/halobot", "ready").Run() != nil {
		select {
		case err := <-ended:
			m.Fatalf("the service ended: %v\n%s", err, log.String())
		case <-time.After(50 * time.Millisecond): // between two looks
		}
	}
	return func(how string) {
		m.Helper()
		if how == "kill -9" {
			_ = cmd.Process.Kill()
			<-ended
			cancel()
			return
		}
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
			m.Fatalf("the service ended with %v\n%s", err, log.String())
		}
	}
}

// documented runs the shell lines of docs/operations.md that hold something, as they are written
// there. systemctl does nothing: the service is the test's.
func (m machine) documented(something string, environ []string) {
	m.Helper()
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		m.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(block[1], something) {
			continue
		}
		bin := m.TempDir()
		if err := os.WriteFile(filepath.Join(bin, "systemctl"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			m.Fatal(err)
		}
		cmd := exec.Command("bash", "-euo", "pipefail", "-c", block[1])
		cmd.Env = append(os.Environ(), append(environ, "PATH="+bin+":"+os.Getenv("PATH"))...)
		if out, err := cmd.CombinedOutput(); err != nil {
			m.Fatalf("%v\n%s\n%s", err, block[1], out)
		}
		return
	}
	m.Fatalf("docs/operations.md has no commands with %q", something)
}

func (m machine) owned(path string, mode os.FileMode) {
	m.Helper()
	info, err := os.Stat(path)
	if err != nil {
		m.Fatal(err)
	}
	if uid := int(info.Sys().(*syscall.Stat_t).Uid); info.Mode().Perm() != mode || uid != m.uid {
		m.Errorf("%s has mode %o and user %d, want %o and %d", path, info.Mode().Perm(), uid, mode, m.uid)
	}
}

// The package for this machine, HALOBOT_DEB, is installed, started as its unit says, upgraded and
// purged.
func TestThePackageInstallsRunsUpgradesAndPurges(t *testing.T) {
	deb := os.Getenv("HALOBOT_DEB")
	if deb == "" || os.Getuid() != 0 {
		t.Skip("needs HALOBOT_DEB, the path of a package, and root")
	}
	if _, err := os.Stat(state); err == nil {
		t.Fatalf("%s is there already: this test would delete it", state)
	}
	m := machine{T: t}
	t.Cleanup(func() {
		_ = exec.Command("dpkg", "--purge", "halobot").Run()
		_ = os.RemoveAll(state)
		_ = exec.Command("userdel", "halobot").Run()
	})

	said := m.install(deb)
	if !strings.Contains(said, "fill in "+state+"/.env") {
		t.Errorf("the installation does not say what comes next:\n%s", said)
	}
	u, err := user.Lookup(m.unit("User")[0])
	if err != nil {
		t.Fatal(err)
	}
	m.uid, _ = strconv.Atoi(u.Uid)
	m.gid, _ = strconv.Atoi(u.Gid)
	m.owned(state, 0o700)
	m.owned(state+"/.env", 0o600)
	for _, path := range []string{"/usr/share/man/man1/halobot.1", "/usr/share/doc/halobot/copyright", "/usr/share/doc/halobot/THIRD_PARTY_NOTICES"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	out, err := m.as(t.Context(), m.unit("ExecStart")[0]).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "SLACK_APP_TOKEN is not set") {
		t.Errorf("with the .env of the package it ends with %v:\n%s", err, out)
	}

	slack := localslack.Start(localslack.Options{})
	t.Cleanup(slack.Close)
	halo := localhalo.New(localhalo.Options{})
	if err := halo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(halo.Close)
	environment := fmt.Sprintf("SLACK_API_URL=%s\nSLACK_APP_TOKEN=%s\nSLACK_BOT_TOKEN=%s\nHALO_URL=%s\nHALO_CLIENT_ID=%s\nHALO_CLIENT_SECRET='%s'\nHTTP_ADDR=%s\nHALO_SETTLE_TIME=1s\n",
		slack.APIURL(), slack.AppToken(), slack.BotToken(), halo.URL(), localhalo.DefaultClientID, localhalo.DefaultClientSecret, bottest.FreeAddress(t))
	if err := os.WriteFile(state+"/.env", []byte(environment), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := m.start()
	create := func(key, name string) {
		t.Helper()
		out, err := m.as(t.Context(), "/usr/bin/halobot", "create", "--key", key, "--name", name).CombinedOutput()
		if err != nil || len(halo.Named(name)) != 1 {
			t.Fatalf("create ended with %v, and Halo has %d clients of that name:\n%s", err, len(halo.Named(name)), out)
		}
	}
	create("first", "Acme Rockets")
	m.owned(state+"/halobot.db", 0o600)

	// A copy, in which one request waits for Halo, is gone back to an hour later, after a crash.
	halo.Inject(localhalo.Creating("Initech"), 0, localhalo.Unavailable())
	m.as(t.Context(), "/usr/bin/halobot", "create", "--key", "waiting", "--name", "Initech", "--wait", "2s").Run() //nolint:errcheck // it goes on
	m.documented("runuser -u halobot -- halobot backup", nil)
	copies, err := filepath.Glob("/var/backups/halobot-????-??-??.db") // the day of the newest is today
	if err != nil || len(copies) == 0 {
		t.Fatalf("there is no backup: %v", err)
	}
	backup := slices.Max(copies)
	t.Cleanup(func() { _ = os.Remove(backup) })
	halo.ClearFaults()
	create("waiting", "Initech")
	create("since", "Globex")
	stop("kill -9")
	m.documented("systemctl stop halobot", []string{"BACKUP=" + backup})
	m.owned(state+"/halobot.db", 0o600)
	stop = m.start()
	for key, name := range map[string]string{"first": "Acme Rockets", "waiting": "Initech", "since": "Globex", "another": "Globex"} {
		create(key, name)
	}

	// dpkg leaves a service that runs alone where there is no systemd.
	m.install(newer(m, deb))
	stop("SIGTERM")
	if text, err := os.ReadFile(state + "/.env"); err != nil || string(text) != environment {
		t.Errorf("the upgrade changed .env: %v\n%s", err, text)
	}
	m.owned(state+"/.env", 0o600)
	stop = m.start()
	out, err = m.as(t.Context(), "/usr/bin/halobot", "history").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Acme Rockets") {
		t.Errorf("after the upgrade the history is (%v):\n%s", err, out)
	}
	stop("SIGTERM")

	said = m.run("dpkg", "--purge", "halobot")
	if !strings.Contains(said, "the database in "+state+" stays") {
		t.Errorf("the purge does not say what stays:\n%s", said)
	}
	if _, err := os.Stat(state + "/halobot.db"); err != nil {
		t.Errorf("the purge took the database: %v", err)
	}
	if _, err := os.Stat(state + "/.env"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the purge left the secrets: %v", err)
	}
}

// newer is the package with a version that comes after its own.
func newer(m machine, deb string) string {
	m.Helper()
	dir, path := filepath.Join(m.TempDir(), "files"), filepath.Join(m.TempDir(), "newer.deb")
	m.run("dpkg-deb", "-R", deb, dir)
	control := filepath.Join(dir, "DEBIAN", "control")
	text, err := os.ReadFile(control)
	if err != nil {
		m.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^Version: .*$`).ReplaceAll(text, []byte("Version: 999.0.0"))
	if err := os.WriteFile(control, text, 0o644); err != nil {
		m.Fatal(err)
	}
	m.run("dpkg-deb", "-Znone", "-b", dir, path) // packing it takes long
	return path
}
