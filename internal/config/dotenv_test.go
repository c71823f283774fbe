package config

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	write(t, path, "\ufeffDATABASE_URL=sqlite:file.db\r\nLOG_FORMAT=json\r\nLOG_LEVEL=debug\r\n")
	c, err := Load([]string{"DATABASE_URL=sqlite:env.db", "LOG_LEVEL="}, path, Database)
	if err != nil {
		t.Fatal(err)
	}
	if c.Database != "sqlite:env.db" || !c.LogJSON || c.LogLevel.String() != "INFO" {
		t.Errorf("Database = %q, LogJSON = %v, LogLevel = %v; want the environment's database, the file's format and, since the environment has it empty, the default level",
			c.Database, c.LogJSON, c.LogLevel)
	}
}

func TestABrokenFileIsToldByItsLine(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file string
		line string
	}{
		"no equals sign":         {"A=1\n# x\n\nhush hush\nB=2\n", "line 4:"},
		"no equals sign, last":   {"A=1\nhush-hush", "line 2:"},
		"a space in the name":    {"A=1\nHUSH HUSH=hush-hush\n", "line 2:"},
		"a quote left open":      {"A='1'\nB='hush-hush\nC=3\n", "line 2:"},
		"after a value of lines": {"A='1\n2\n3'\nhush-hush\n", "line 4:"},
		"windows line ends":      {"A=1\r\nB=2\r\n?=hush-hush\r\n", "line 3:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), ".env")
			write(t, path, tc.file)
			_, err := Load(nil, path, 0)
			problems := problemsOf(t, err)
			if len(problems) != 1 || !strings.Contains(problems[0], tc.line) || strings.Contains(strings.ToLower(problems[0]), "hush") {
				t.Errorf("problems = %q, want one that says %q and quotes nothing", problems, tc.line)
			}
		})
	}
}

func TestAFileThatCannotBeReadIsAProblem(t *testing.T) {
	t.Parallel()
	_, err := Load(nil, t.TempDir(), 0)
	problems := problemsOf(t, err)
	if len(problems) != 1 || !strings.Contains(problems[0], "could not be read: is a directory.") {
		t.Errorf("problems = %q, want one that says why", problems)
	}
}
