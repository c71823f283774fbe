package halobot_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/sandbox/blockkit"
)

var jsonExample = regexp.MustCompile("(?ms)^```json\n(.*?)^```$")

// examples are the JSON blocks of a page of the documentation.
func examples(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range jsonExample.FindAllSubmatch(text, -1) {
		found = append(found, string(m[1]))
	}
	if len(found) == 0 {
		t.Fatalf("%s has no JSON examples", page)
	}
	return found
}

func TestTheAlertsInTheDocumentationWork(t *testing.T) {
	t.Parallel()
	messages := 0
	for _, example := range examples(t, "docs/alerts.md") {
		var message struct {
			Blocks json.RawMessage `json:"blocks"`
		}
		if err := json.Unmarshal([]byte(example), &message); err != nil {
			t.Errorf("%v in\n%s", err, example)
			continue
		}
		blocks := []byte(message.Blocks)
		if strings.HasPrefix(example, "{\n  \"type\": \"button\"") {
			blocks = []byte(`[{"type":"actions","elements":[` + example + `]}]`)
		}
		if blocks == nil {
			continue // what bot alert prints
		}
		messages++
		for _, problem := range blockkit.Validate(blockkit.Message, blocks) {
			t.Errorf("Slack would refuse it: %s in\n%s", problem, example)
		}
		value := regexp.MustCompile(`"value": ("(?:[^"\\]|\\.)*")`).FindStringSubmatch(example)
		if !strings.Contains(example, `"action_id": "halo_new_client"`) || value == nil {
			t.Errorf("no button of this bot's in\n%s", example)
			continue
		}
		var text string
		if err := json.Unmarshal([]byte(value[1]), &text); err != nil {
			t.Fatal(err)
		}
		if a := draft.ParseAlert(text); a.Email != "jane.doe@acme-rockets.co.uk" {
			t.Errorf("the button's value is read as %+v in\n%s", a, example)
		}
	}
	if messages != 3 {
		t.Errorf("%d examples with a button, want three", messages)
	}
}

func TestTheJSONInTheDocumentationIsValid(t *testing.T) {
	t.Parallel()
	for _, example := range examples(t, "docs/flows.md") {
		if !json.Valid([]byte(example)) {
			t.Errorf("not JSON:\n%s", example)
		}
	}
}

func TestTheMetricsInTheDocumentationAreTheOnesThatAreServed(t *testing.T) {
	t.Parallel()
	served := map[string]bool{}
	for dir := range packages(t) {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`\bName:\s+"(halobot_\w+)"`).FindAllSubmatch(source, -1) {
				served[string(m[1])] = true
			}
		}
	}
	page, err := os.ReadFile("docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, m := range regexp.MustCompile(`\bhalobot_\w+`).FindAllString(string(page), -1) {
		shown[m] = true
	}
	if diff := cmp.Diff(served, shown); diff != "" {
		t.Errorf("docs/operations.md shows other metrics than there are (-served +shown):\n%s", diff)
	}
}

func TestTheTestsThatTheThreatModelNamesExist(t *testing.T) {
	t.Parallel()
	written := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`).FindAllSubmatch(source, -1) {
			written[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(page), -1) {
		if !written[m[1]] {
			t.Errorf("docs/security.md names %s, which is not there", m[1])
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)

func TestLinksBetweenPagesLeadSomewhere(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "README.md", "CONTRIBUTING.md", "CHANGELOG.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
