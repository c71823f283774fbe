package config

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const exampleFile = "../../.env.example"

var exampleLine = regexp.MustCompile(`(?m)^#?([A-Z][A-Z0-9_]*)=(.*)$`)

func TestTheExampleFileHoldsEveryVariable(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, m := range exampleLine.FindAllStringSubmatch(string(data), -1) {
		if !strings.HasPrefix(m[1], "HALO_PROD_") && !strings.HasPrefix(m[1], "HALO_UAT_") {
			shown = append(shown, m[1])
		}
	}
	known := knownNames(nil)
	for _, name := range known {
		if !slices.Contains(shown, name) {
			t.Errorf("%s is not in .env.example", name)
		}
	}
	for _, name := range shown {
		if !slices.Contains(known, name) {
			t.Errorf("%s is in .env.example, but nothing reads it", name)
		}
	}
}

func TestTheReadmeHoldsEveryVariable(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range knownNames(nil) {
		if !strings.Contains(string(readme), "`"+name+"`") {
			t.Errorf("README.md does not explain %s", name)
		}
	}
}

func TestACopiedExampleFileAsksForTheFiveRequiredValues(t *testing.T) {
	t.Parallel()
	_, err := Load(nil, exampleFile, Everything)
	problems := problemsOf(t, err)
	if len(problems) != 5 {
		t.Errorf("problems = %q, want five", problems)
	}
	for _, p := range problems {
		if !strings.Contains(p, " is not set. ") {
			t.Errorf("problem %q is not about a missing value", p)
		}
	}
}

func TestTheExampleFilesValuesAreValid(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	// All but several connections, which exclude a single one, and then those too.
	enabled := regexp.MustCompile(`(?m)^#([A-Z][A-Z0-9_]*=)`).ReplaceAll(data, []byte("$1"))
	several := filepath.Join(t.TempDir(), "several")
	single := filepath.Join(t.TempDir(), "single")
	write(t, several, string(enabled))
	write(t, single, regexp.MustCompile(`(?m)^HALO_(CONNECTIONS|PROD_.*|UAT_.*)=.*$`).ReplaceAllString(string(enabled), ""))

	tokens := complete[:2]
	c, err := Load(tokens, several, Everything)
	if err != nil {
		t.Error(err)
	}
	if len(c.Halo) != 2 || c.Halo[0].Name != "prod" || c.Halo[1].ClientSecret != "from the API application in uat" {
		t.Errorf("connections = %+v, want prod and uat", c.Halo)
	}
	c, err = Load(complete, single, Everything)
	if err != nil {
		t.Error(err)
	}
	if len(c.Halo) != 1 || !slices.Equal(c.Halo[0].CatchAll, []int{12, 13}) || c.Halo[0].Scope != "read:customers edit:customers" {
		t.Errorf("connections = %+v, want the one of the example", c.Halo)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings = %q, want none", c.Warnings)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
