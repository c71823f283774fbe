package deploy_test

import (
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
