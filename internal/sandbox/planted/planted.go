// Package planted takes away what the bot's promise rests on, one thing at a time: for tests that
// show that they would notice. The product knows nothing of it: a fault is a small edit of the
// source that only one build sees, through the -overlay of go build and go test.
package planted

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Fault is something taken away.
type Fault struct {
	Name  string
	Edits []Edit
}

// Edit puts New in the place of Old, which stands in File exactly once. File is named from the
// module's root.
type Edit struct{ File, Old, New string }

// Overlay writes into dir what -overlay takes, and returns the file's path.
func (f Fault) Overlay(dir string) (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	edited := map[string]string{}
	for _, e := range f.Edits {
		path := filepath.Join(root, filepath.FromSlash(e.File))
		source, ok := edited[path]
		if !ok {
			raw, err := os.ReadFile(path)
			if err != nil {
				return "", fmt.Errorf("plant %q: %w", f.Name, err)
			}
			source = string(raw)
		}
		if n := strings.Count(source, e.Old); n != 1 {
			return "", fmt.Errorf("plant %q: %s has %d times, want once:\n%s", f.Name, e.File, n, e.Old)
		}
		edited[path] = strings.Replace(source, e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for path, source := range edited {
		copied := filepath.Join(dir, fmt.Sprintf("%d-%s", len(replace), filepath.Base(path)))
		if err := os.WriteFile(copied, []byte(source), 0o600); err != nil {
			return "", err
		}
		replace[path] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o600)
}

// moduleRoot asks the go command, since a binary built with -trimpath does not know.
func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
