package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// complete is an environment in which nothing is missing.
var complete = []string{
	"SLACK_APP_TOKEN=xapp-test", "SLACK_BOT_TOKEN=xoxb-test",
	"HALO_URL=https://acme.halopsa.com/api/", "HALO_CLIENT_ID=id-1", "HALO_CLIENT_SECRET=hush-hush",
}

func load(t *testing.T, needs Needs, env ...string) (Config, []string) {
	t.Helper()
	c, err := Load(env, filepath.Join(t.TempDir(), ".env"), needs)
	return c, problemsOf(t, err)
}

func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var invalid *Invalid
	if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		t.Fatalf("Load's error is %T %v, want an *Invalid with problems", err, err)
	}
	return invalid.Problems
}

func with(env []string, more ...string) []string {
	return append(append([]string{}, env...), more...)
}

func TestEveryMissingVariableIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, problems := load(t, Everything&^Rules)
	want := []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "HALO_URL", "HALO_CLIENT_ID", "HALO_CLIENT_SECRET"}
	if len(problems) != len(want) {
		t.Fatalf("problems = %q, want one for each of %q", problems, want)
	}
	for i, name := range want {
		if rest, ok := strings.CutPrefix(problems[i], name+" is not set. "); !ok || rest == "" {
			t.Errorf("problem %d = %q, want that %s is not set and where to get it", i, problems[i], name)
		}
	}
}

func TestACommandIsAskedOnlyForWhatItUses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		needs Needs
		env   []string
	}{
		{"nothing", 0, nil},
		{"history", Database, []string{"HALO_URL=not a url", "SLACK_SOCKETS=many"}},
		{"alert", BotToken | Halo, with(complete[1:], "SLACK_APP_TOKEN=rubbish", "DATABASE_URL=rubbish")},
		{"create", Halo | Database, complete[2:]},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, problems := load(t, tc.needs, tc.env...); problems != nil {
				t.Errorf("problems = %q, want none", problems)
			}
		})
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	file := "\ufeffDATABASE_URL=sqlite:from-file.db\r\nLOG_FORMAT=json\r\n"
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load([]string{"DATABASE_URL=sqlite:from-env.db"}, path, Database)
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "sqlite:from-env.db" || !c.LogJSON {
		t.Errorf("Database = %q, LogJSON = %v; want the environment's database and the file's format", c.Database, c.LogJSON)
	}
}
