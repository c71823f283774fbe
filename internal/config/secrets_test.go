package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
)

func TestSecretsAreReadFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		write(t, path, text)
		return path
	}
	c, problems := load(t, Everything,
		"SLACK_APP_TOKEN_FILE="+file("app", "xapp-test\n"), "SLACK_BOT_TOKEN=", "SLACK_BOT_TOKEN_FILE="+file("bot", "xoxb-test\r\n"),
		"HALO_CONNECTIONS=prod", "HALO_PROD_URL=https://acme.halopsa.com", "HALO_PROD_CLIENT_ID=id-1",
		"HALO_PROD_CLIENT_SECRET_FILE="+file("halo", "hush-hush"),
		"DATABASE_URL_FILE="+file("db", "postgres://bot:swordfish@db/bot\n"), "HEARTBEAT_URL_FILE="+file("ping", "https://watchdog.example/ping/secret-path?rid=secret-query"))
	if problems != nil {
		t.Fatalf("problems = %q", problems)
	}
	got := []string{c.Slack.AppToken, c.Slack.BotToken, c.Halo[0].ClientSecret, c.Database, c.HeartbeatURL}
	want := []string{"xapp-test", "xoxb-test", "hush-hush", "postgres://bot:swordfish@db/bot", "https://watchdog.example/ping/secret-path?rid=secret-query"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	redact := NewRedactor(c.Secrets()...)
	for _, secret := range append(want[:3:3], "swordfish", "ping/secret-path", "rid=secret-query") {
		if got := redact.String("before " + secret + " after"); strings.Contains(got, secret) {
			t.Errorf("%s is not kept out of the log", secret)
		}
	}
}

func TestASecretsFileThatCannotBeUsedIsExplained(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty, big, missing := filepath.Join(dir, "empty"), filepath.Join(dir, "big"), filepath.Join(dir, "missing")
	write(t, empty, "\n")
	write(t, big, strings.Repeat("x", 64<<10+1))
	for set, want := range map[string]string{
		missing: "SLACK_BOT_TOKEN_FILE names a file, " + missing + ", that could not be read: no such file or directory.",
		dir:     "SLACK_BOT_TOKEN_FILE names a file, " + dir + ", that could not be read: is a directory.",
		empty:   "SLACK_BOT_TOKEN_FILE names a file, " + empty + ", that is empty.",
		big:     "SLACK_BOT_TOKEN_FILE names a file, " + big + ", that could not be read: it has more than 65536 bytes.",
	} {
		_, problems := load(t, Everything, with(complete, "SLACK_BOT_TOKEN=", "SLACK_BOT_TOKEN_FILE="+set)...)
		if diff := cmp.Diff([]string{want}, problems); diff != "" {
			t.Errorf("%s:\n%s", set, diff)
		}
	}
	_, problems := load(t, Everything, with(complete, "HALO_CLIENT_SECRET_FILE="+empty)...)
	if diff := cmp.Diff([]string{"HALO_CLIENT_SECRET and HALO_CLIENT_SECRET_FILE are both set. Remove one of them."}, problems); diff != "" {
		t.Errorf("both set:\n%s", diff)
	}
	if _, problems := load(t, Database, "SLACK_BOT_TOKEN_FILE="+missing); problems != nil {
		t.Errorf("a command that does not use the token: %q", problems)
	}
}

// The unit names a credential for every secret; who runs it gives some, and the rest in .env.
func TestACredentialThatWasNotGivenCountsAsNotSet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "halo"), "from systemd\n")
	for _, where := range [][]string{
		{"CREDENTIALS_DIRECTORY=" + dir, "SLACK_BOT_TOKEN_FILE=" + dir + "/bot", "HALO_CLIENT_SECRET_FILE=" + dir + "/halo"},
		{"SLACK_BOT_TOKEN_FILE=/run/credentials/halobot.service/bot", "HALO_CLIENT_SECRET_FILE=" + dir + "/halo"},
	} {
		c, problems := load(t, Everything, with(complete[:4], where...)...)
		if problems != nil || c.Slack.BotToken != "xoxb-test" || c.Halo[0].ClientSecret != "from systemd" {
			t.Errorf("%q: problems %q, %s, %s", where, problems, c.Slack.BotToken, c.Halo[0].ClientSecret)
		}
	}
}

// Whoever may change .env could have every token sent to a host of their own.
func TestAFileThatOthersMayChangeIsNotTrusted(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file's mode says nothing here")
	}
	const text = "SLACK_API_URL=https://evil.example/api/\nHALO_CLIENT_SECRET=from-the-file\nLOG_LEVEL=debug\n"
	for name, tt := range map[string]struct {
		mode    os.FileMode
		owner   int // 0 = leave it
		environ []string
		refused string // the variables
		warned  bool
	}{
		"its user's alone":        {mode: 0o600},
		"readable by all":         {mode: 0o644, warned: true},
		"readable by a group":     {mode: 0o640, warned: true},
		"writable by all":         {mode: 0o602, refused: "HALO_CLIENT_SECRET, SLACK_API_URL"},
		"writable by a group":     {mode: 0o660, refused: "HALO_CLIENT_SECRET, SLACK_API_URL"},
		"another user's":          {mode: 0o600, owner: 12345, refused: "HALO_CLIENT_SECRET, SLACK_API_URL"},
		"what the environment is": {mode: 0o666, environ: []string{"SLACK_API_URL=https://slack.com/api/", "HALO_CLIENT_SECRET=hush-hush"}},
		"in part":                 {mode: 0o666, environ: []string{"HALO_CLIENT_SECRET=hush-hush"}, refused: "SLACK_API_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), ".env")
			write(t, path, text)
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			if tt.owner != 0 {
				if err := os.Chown(path, tt.owner, -1); err != nil {
					t.Skip("only root gives files away")
				}
			}
			c, err := Load(tt.environ, path, 0)
			problems := problemsOf(t, err)
			if tt.refused == "" && problems != nil || tt.refused != "" && (len(problems) != 1 || !strings.Contains(problems[0], " so "+tt.refused+" cannot be taken from it.") || !strings.Contains(problems[0], "chmod 600")) {
				t.Errorf("problems = %q, want %q refused", problems, tt.refused)
			}
			if warned := len(c.Warnings) == 1 && strings.Contains(c.Warnings[0], "chmod 600"); warned != tt.warned || len(c.Warnings) > 1 {
				t.Errorf("warnings = %q", c.Warnings)
			}
			if c.LogLevel.String() != "DEBUG" {
				t.Error("what is no secret was not read")
			}
			if c, _ := Load(tt.environ, path, BotToken|Halo); tt.refused != "" && c.Slack.APIURL != "https://slack.com/api/" {
				t.Errorf("the tokens would go to %s", c.Slack.APIURL)
			}
		})
	}
}

func TestADatabaseThatOthersMayReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bot.db")
	for mode, want := range map[os.FileMode]int{0o600: 0, 0o644: 1, 0o660: 1} {
		write(t, path, "")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, problems := load(t, Database, "DATABASE_URL=sqlite:"+path)
		if problems != nil || len(c.Warnings) != want || want == 1 && !strings.Contains(c.Warnings[0], "chmod 600 "+path) {
			t.Errorf("mode %o: problems %q, warnings %q", mode, problems, c.Warnings)
		}
	}
}

func TestEachConnectionHasItsOwnFieldsAndFiling(t *testing.T) {
	t.Parallel()
	c, problems := load(t, Halo, "HALO_CONNECTIONS=prod,uat,dev", "HALO_FILING=ticket,user",
		"HALO_PROD_URL=https://a.halopsa.com", "HALO_PROD_CLIENT_ID=p", "HALO_PROD_CLIENT_SECRET=secret",
		"HALO_UAT_URL=https://b.halopsa.com", "HALO_UAT_CLIENT_ID=u", "HALO_UAT_CLIENT_SECRET=secret",
		"HALO_DEV_URL=https://c.halopsa.com", "HALO_DEV_CLIENT_ID=d", "HALO_DEV_CLIENT_SECRET=secret",
		"HALO_PROD_CLIENT_FIELDS={\n \"customertype\": 1\n}", "HALO_UAT_FILING=OFF", "HALO_DEV_FILING=ask")
	if problems != nil || c.Warnings != nil {
		t.Fatalf("problems %q, warnings %q", problems, c.Warnings)
	}
	prod, uat, dev := c.Halo[0], c.Halo[1], c.Halo[2]
	if diff := cmp.Diff([]string{"customertype"}, prod.ClientFields.Names()); diff != "" || uat.ClientFields != nil {
		t.Errorf("fields: %s, and %v", diff, uat.ClientFields)
	}
	if diff := cmp.Diff([]draft.Filing{draft.FileUser, draft.FileTicket}, prod.Filing); diff != "" || prod.NoFiling {
		t.Errorf("prod: %s, %v", diff, prod.NoFiling)
	}
	if !uat.NoFiling || dev.NoFiling || dev.Filing != nil {
		t.Errorf("uat is off: %v; dev: %v %v", uat.NoFiling, dev.NoFiling, dev.Filing)
	}
}
