// Package halobot_test holds the tests that concern the module as a whole.
package halobot_test

import (
	"errors"
	"go/build"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport says which of the module's packages each may import: the arrows between the
// parts. A name covers its subfolders. Test files may import what they like.
var mayImport = map[string][]string{
	"internal/text":       nil,
	"internal/outage":     nil,
	"internal/draft":      {"internal/text"},
	"internal/modals":     {"internal/draft", "internal/text"},
	"internal/halo":       {"internal/draft", "internal/outage", "internal/text"},
	"internal/onboarding": {"internal/draft", "internal/halo", "internal/outage", "internal/text"},
	"internal/slackbot":   {"internal/draft", "internal/halo", "internal/modals", "internal/onboarding", "internal/outage", "internal/text"},
	"internal/config":     {"internal/draft", "internal/halo"},
	"internal/sandbox":    {"internal/sandbox"},
	"deploy":              nil,
	"cmd/bot":             {"internal"},
}

// mayNotImport keeps technologies in their places, and the pure packages pure.
var mayNotImport = map[string][]string{
	"internal/text":       {"github.com/slack-go", "github.com/riverqueue", "database/sql", "net/http", "os"},
	"internal/outage":     {"github.com/slack-go", "github.com/riverqueue", "database/sql", "net/http", "os"},
	"internal/draft":      {"github.com/slack-go", "github.com/riverqueue", "database/sql", "net/http", "os"},
	"internal/modals":     {"github.com/riverqueue", "database/sql", "net/http", "os"},
	"internal/halo":       {"github.com/slack-go", "github.com/riverqueue", "database/sql"},
	"internal/onboarding": {"github.com/slack-go", "net/http"},
	"internal/slackbot":   {"github.com/riverqueue", "database/sql"},
	"internal/config":     {"github.com/slack-go", "github.com/riverqueue", "database/sql", "net/http"},
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	for dir, imports := range packages(t) {
		part := partOf(dir)
		if part == "" {
			t.Errorf("%s is in no part of the design: say in this test what it may import", dir)
			continue
		}
		for _, path := range imports {
			if own, ok := strings.CutPrefix(path, "halobot/"); ok && !anyCovers(append([]string{part}, mayImport[part]...), own) {
				t.Errorf("%s imports %s, against the direction of the arrows", dir, path)
			}
			if anyCovers(mayNotImport[part], path) {
				t.Errorf("%s imports %s, which belongs in another part", dir, path)
			}
		}
	}
}

// packages lists the module's packages by their folder, each with its non-test imports.
func packages(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name := d.Name(); dir != "." && (strings.HasPrefix(name, ".") || name == "testdata") {
			return fs.SkipDir
		}
		p, err := build.ImportDir(dir, 0)
		if none := (*build.NoGoError)(nil); errors.As(err, &none) {
			return nil
		} else if err != nil {
			return err
		}
		if len(p.GoFiles) > 0 {
			found[filepath.ToSlash(dir)] = p.Imports
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for part := range mayImport {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(dir string) bool { return covers(part, dir) }) {
			t.Errorf("no package in %s: is the folder named otherwise now?", part)
		}
	}
	return found
}

func partOf(dir string) string {
	for part := range mayImport {
		if covers(part, dir) {
			return part
		}
	}
	return ""
}

func anyCovers(prefixes []string, path string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return covers(p, path) })
}

func covers(prefix, path string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}
