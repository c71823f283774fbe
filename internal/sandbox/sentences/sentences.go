// Package sentences keeps what people read in one file, sentences.txt, to be read from top to
// bottom. Each part of the bot writes its own chapters of it, in its tests, from its own tables:
//
//	go test -p 1 ./cmd/bot ./internal/{config,draft,halo,modals,sandbox,slackbot} -run Sentences -update
package sentences

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Chapters are the file's, in its order: as an administrator sets the bot up, as a technician uses
// it, what either reads when something is wrong, and the sandbox, in which both try it.
var Chapters = []string{
	"The configuration",
	"The command line",
	"bot check",
	"bot alert",
	"What is typed into a field",
	"Forms and messages",
	"What is said beside them",
	"Each end, in each place",
	"What was filed, and what was not",
	"What Halo's answers mean",
	"What Slack's answers mean",
	"The sandbox",
}

var one sync.Mutex

// Check compares a chapter with what is said now, and writes it when the test runs with -update.
func Check(t testing.TB, chapter, says string) {
	t.Helper()
	if !slices.Contains(Chapters, chapter) {
		t.Fatalf("%q is no chapter", chapter)
	}
	one.Lock() // tests of one package run beside each other
	defer one.Unlock()
	// From the folder of whichever part's tests these are.
	path := filepath.FromSlash("../../internal/sandbox/sentences/sentences.txt")
	raw, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	kept := read(raw)
	says = strings.TrimSpace(says) + "\n"
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		kept[chapter] = says
		if err := os.WriteFile(path, write(kept), 0o644); err != nil { //nolint:gosec // for everybody to read
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.Split(kept[chapter], "\n"), strings.Split(says, "\n")); diff != "" {
		t.Errorf("the chapter %q has changed (-sentences.txt +now); run with -update if that is meant:\n%s", chapter, diff)
	}
}

const mark = "# "

// read takes the file apart.
func read(raw []byte) map[string]string {
	chapters := map[string]string{}
	var title string
	for line := range strings.Lines(string(raw)) {
		if t, ok := strings.CutPrefix(line, mark); ok && slices.Contains(Chapters, strings.TrimSpace(t)) {
			title = strings.TrimSpace(t)
			continue
		}
		chapters[title] += line
	}
	for title, says := range chapters {
		chapters[title] = strings.TrimSpace(says) + "\n"
	}
	return chapters
}

// write puts it together.
func write(chapters map[string]string) []byte {
	var out bytes.Buffer
	for _, title := range Chapters {
		if says, ok := chapters[title]; ok {
			if out.Len() > 0 {
				out.WriteString("\n")
			}
			out.WriteString(mark + title + "\n\n" + says)
		}
	}
	return out.Bytes()
}
