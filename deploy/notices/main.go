// Command notices writes the licences of everything that is built into the bot, for the archives,
// the packages and the image:
//
//	go run ./deploy/notices > THIRD_PARTY_NOTICES
//
// It fails when a module brings no licence along.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	log.SetFlags(0)
	if err := write(os.Stdout); err != nil {
		log.Fatal("notices: ", err)
	}
}

const head = `halobot contains the following third-party software, each part under its own licence.
The source of each is what "go mod download MODULE@VERSION" brings.
`

// systems are those that a release is built for.
var systems = []string{"linux", "darwin", "windows"}

func write(w io.Writer) error {
	modules := map[string]string{} // "path version" → folder
	for _, system := range systems {
		if err := list(system, modules); err != nil {
			return err
		}
	}
	goroot, err := exec.Command("go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return err
	}
	root, version, _ := strings.Cut(strings.TrimSpace(string(goroot)), "\n")
	modules["Go's standard library "+version] = root

	if _, err := io.WriteString(w, head); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		texts, err := licences(modules[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		rule := strings.Repeat("=", 80)
		if _, err := fmt.Fprintf(w, "\n%s\n%s\n%s\n\n%s", rule, name, rule, bytes.Join(texts, []byte("\n"))); err != nil {
			return err
		}
	}
	return nil
}

// list adds the modules of the packages that the bot is built from on a system.
func list(system string, modules map[string]string) error {
	cmd := exec.Command("go", "list", "-deps", "-f", `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}	{{.Dir}}{{end}}{{end}}`, "halobot/cmd/bot")
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list on %s: %w", system, err)
	}
	for line := range strings.Lines(string(out)) {
		if name, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			modules[name] = dir
		}
	}
	return nil
}

var licence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// licences are the texts of the files in dir that say what may be done with it.
func licences(dir string) ([][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for _, e := range entries {
		if e.IsDir() || !licence.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, append(bytes.TrimSpace(text), '\n'))
	}
	if len(texts) == 0 {
		return nil, errors.New("there is no licence in " + dir)
	}
	return texts, nil
}
