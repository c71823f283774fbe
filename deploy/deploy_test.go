package deploy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The manual page knows every variable that the example file has.
func TestTheManualPageKnowsEveryVariable(t *testing.T) {
	t.Parallel()
	page := strings.ReplaceAll(read(t, "halobot.1"), `\-`, "-")
	for _, m := range regexp.MustCompile(`(?m)^#?([A-Z][A-Z0-9_]*)=`).FindAllStringSubmatch(read(t, "../.env.example"), -1) {
		if name := m[1]; !strings.Contains(page, name) && !strings.HasPrefix(name, "HALO_PROD_") && !strings.HasPrefix(name, "HALO_UAT_") {
			t.Errorf("halobot.1 does not know %s", name)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `bot ([a-z]+)` ").FindAllStringSubmatch(read(t, "../README.md"), -1) {
		if !strings.Contains(page, "\n.B "+m[1]+"\n") {
			t.Errorf("halobot.1 does not know the command %s", m[1])
		}
	}
}

// What starts the bot hands every secret over in a file, by the name that the bot reads.
func TestEverySecretIsHandedOverInAFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "HALO_CLIENT_SECRET", "DATABASE_URL"} {
		file := strings.ToLower(name)
		for path, want := range map[string][]string{
			"halobot.service": {"LoadCredential=halobot." + file + "\n", "Environment=" + name + "_FILE=%d/halobot." + file + "\n"},
			"compose.yaml":    {name + "_FILE: /run/secrets/" + file + "\n", "  " + file + ": {file: ../secrets/" + file + "}\n"},
			"kubernetes.yaml": {name + "_FILE: /run/secrets/halobot/" + file + "\n", file + "="}, // in the command that makes the secret
		} {
			for _, line := range want {
				if !strings.Contains(read(t, path), line) {
					t.Errorf("%s lacks %q", path, line)
				}
			}
		}
	}
}

// A Go program crashes with 2, which is also bad configuration's: the unit starts it again whatever the
// code, and gives up only on what fails again and again.
func TestTheUnitStartsACrashAgain(t *testing.T) {
	t.Parallel()
	unit := read(t, "halobot.service")
	for _, line := range []string{"Restart=always", "StartLimitIntervalSec=300", "StartLimitBurst=10"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("halobot.service lacks %s", line)
		}
	}
	if strings.Contains(unit, "RestartPreventExitStatus") {
		t.Error("halobot.service leaves a bot that crashed dead")
	}
}

// What the rules and the dashboard ask for is served.
func TestTheRulesAndTheDashboardAskForMetricsThatExist(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{} // which other tests hold to what is served
	for _, m := range regexp.MustCompile("(?m)^\\| `(halobot_\\w+)` \\|").FindAllStringSubmatch(read(t, "../docs/operations.md"), -1) {
		documented[m[1]] = true
	}
	if len(documented) < 15 {
		t.Fatalf("docs/operations.md documents %d metrics", len(documented))
	}
	shown := map[string]bool{}
	for _, path := range []string{"alerts.rules.yaml", "alerts.test.yaml", "dashboard.json"} {
		for _, name := range regexp.MustCompile(`\bhalobot_\w+`).FindAllString(read(t, path), -1) {
			name = strings.TrimSuffix(name, "_bucket")
			if shown[name] = true; !documented[name] {
				t.Errorf("%s asks for %s, which is not served", path, name)
			}
		}
	}
	for name := range documented {
		if !shown[name] {
			t.Errorf("neither a rule nor the dashboard makes use of %s", name)
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Fatalf("%d panels, %v", len(dashboard.Panels), err)
	}
	for _, p := range dashboard.Panels {
		if p.Title == "" || len(p.Targets) == 0 || p.Targets[0].Expr == "" {
			t.Errorf("an empty panel: %+v", p)
		}
	}
	rules := read(t, "alerts.rules.yaml")
	for _, m := range regexp.MustCompile("(?m)^\\| `(Halobot\\w+)` ").FindAllStringSubmatch(read(t, "../docs/operations.md"), -1) {
		if !strings.Contains(rules, "- alert: "+m[1]+"\n") {
			t.Errorf("docs/operations.md explains %s, which is no rule", m[1])
		}
	}
}
