// Command mutate says whether the tests would notice a change of the code that the promise rests on:
// it has gremlins change one operator at a time, and runs the package's short tests on each. What then
// still passes must stand in lives.tsv, with the reason why no test can or need tell the difference.
//
//	go -C .ci/mutate run . [-since REF] [PACKAGE ...]
//
// With -since only files that differ from REF are looked at. It is a module of its own, so that the
// bot does not depend on it.
//
// gremlins leaves alone what Go's coverage has in no block, and that has no condition of a case: of
// halo.classify, say, nothing would be mutated. So gremlins is given a go command, this program
// again, that calls every line of the wanted files covered.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
)

const gremlins = "github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0"

// target is a package whose mutants are to be killed.
type target struct {
	files []string // nil = all
	tests []string // the files whose tests are run, in their short form; nil = all
}

var targets = map[string]target{
	"internal/text":  {},
	"internal/draft": {},
	"internal/halo": {
		files: []string{"errors.go", "find.go", "list.go"},
		tests: []string{"errors_test.go", "find_test.go", "list_test.go"},
	},
	// These keep their requests in memory, or wait for nothing.
	"internal/onboarding": {
		files: []string{"work.go", "settle.go", "submit.go", "tell.go", "filing.go", "file.go", "file_user.go"},
		tests: []string{
			"work_test.go", "turn_test.go", "settle_test.go", "submit_test.go", "tell_test.go", "simlife_test.go", "filing_test.go", "filings_test.go",
		},
	},
}

// mutant is one change that the tests did not notice.
type mutant struct{ file, change, line string }

// The environment of this program as gremlins' go command.
const (
	realGo = "MUTATE_GO"    // the real one
	wanted = "MUTATE_FILES" // the files to mutate, as profiles name them, with spaces
)

func main() {
	log.SetFlags(0)
	if filepath.Base(os.Args[0]) == "go" {
		asGo()
		return
	}
	since := flag.String("since", "", "look only at files that differ from this commit or branch")
	flag.Parse()
	if err := os.Chdir("../.."); err != nil { // the repository's root
		log.Fatal(err)
	}
	packages := flag.Args()
	if len(packages) == 0 {
		for name := range targets {
			packages = append(packages, name)
		}
		slices.Sort(packages)
	}
	explained, err := read(".ci/mutate/lives.tsv")
	if err != nil {
		log.Fatal(err)
	}
	failed := false
	for _, name := range packages {
		t, known := targets[strings.TrimPrefix(name, "./")]
		if !known {
			log.Fatalf("%s is none of the packages that are mutated", name)
		}
		ok, err := t.run(strings.TrimPrefix(name, "./"), *since, explained)
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		failed = failed || !ok
	}
	if failed {
		os.Exit(1)
	}
}

// asGo is the real go command, but that what it says is covered includes all of the wanted files.
func asGo() {
	cmd := exec.Command(os.Getenv(realGo), os.Args[1:]...)
	cmd.Env = append(os.Environ(), "GOFLAGS=-count=1 "+os.Getenv("GOFLAGS")) // what it takes bounds the rest
	profile := slices.Index(os.Args, "-coverprofile")
	if profile < 0 {
		log.Fatal(syscall.Exec(cmd.Path, append([]string{"go"}, os.Args[1:]...), os.Environ()))
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
	f, err := os.OpenFile(os.Args[profile+1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range strings.Fields(os.Getenv(wanted)) {
		fmt.Fprintf(f, "%s:1.1,1000000.1 1 1\n", file)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}

// run mutates a package, and reports whether every mutant was noticed or is explained.
func (t target) run(name, since string, explained map[mutant]string) (bool, error) {
	all, err := filepath.Glob(filepath.Join(name, "*.go"))
	if err != nil {
		return false, err
	}
	all = slices.DeleteFunc(all, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	files := slices.DeleteFunc(slices.Clone(all), func(path string) bool {
		return t.files != nil && !slices.Contains(t.files, filepath.Base(path))
	})
	if since != "" {
		changed, err := exec.Command("git", "diff", "--name-only", "--merge-base", since).Output()
		if err != nil {
			return false, fmt.Errorf("git diff: %w", err)
		}
		files = slices.DeleteFunc(files, func(path string) bool {
			return !slices.Contains(strings.Split(string(changed), "\n"), path)
		})
	}
	if len(files) == 0 {
		fmt.Printf("%s: unchanged\n", name)
		return true, nil
	}

	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "report.json")
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	if err := os.Symlink(self, filepath.Join(dir, "go")); err != nil {
		return false, err
	}
	goPath, err := exec.LookPath("go")
	if err != nil {
		return false, err
	}
	// Not "go run": that has its own go command come first.
	install := exec.Command(goPath, "install", gremlins)
	install.Env = append(os.Environ(), "GOBIN="+dir)
	install.Stderr = os.Stderr
	if err := install.Run(); err != nil {
		return false, fmt.Errorf("install gremlins: %w", err)
	}
	args := []string{"unleash", "./" + name, "--workers", "1", "--timeout-coefficient", "20", "--output", out}
	for _, path := range all {
		if !slices.Contains(files, path) {
			args = append(args, "--exclude-files", "^"+strings.ReplaceAll(filepath.Base(path), ".", `\.`)+"$")
		}
	}
	cmd := exec.Command(filepath.Join(dir, "gremlins"), args...)
	narrowed, err := t.narrowed(name)
	if err != nil {
		return false, err
	}
	cmd.Env = append(os.Environ(), "GOFLAGS=-short -vet=off"+narrowed, "PATH="+dir+":"+os.Getenv("PATH"),
		realGo+"="+goPath, wanted+"=halobot/"+strings.Join(files, " halobot/"))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return false, fmt.Errorf("gremlins: %w", err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return false, err
	}
	var report struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []struct {
				Type, Status string
				Line         int
			}
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return false, err
	}

	counts, ok, seen := map[string]int{}, true, map[mutant]bool{}
	for _, f := range report.Files {
		path := filepath.Join(name, filepath.Base(f.Name))
		source, err := os.ReadFile(path)
		if err != nil {
			return false, err
		}
		lines := strings.Split(string(source), "\n")
		for _, m := range f.Mutations {
			counts[m.Status]++
			if m.Status != "LIVED" && m.Status != "NOT COVERED" {
				continue
			}
			it := mutant{path, m.Type, strings.TrimSpace(lines[m.Line-1])}
			seen[it] = true
			if _, known := explained[it]; !known {
				ok = false
				fmt.Printf("%s:%d\t%s\t%s\n", path, m.Line, m.Type, it.line)
			}
		}
	}
	for it := range explained {
		if slices.Contains(files, it.file) && !seen[it] {
			ok = false
			fmt.Printf("lives.tsv explains what does not live: %s\t%s\t%s\n", it.file, it.change, it.line)
		}
	}
	killed := counts["KILLED"] + counts["TIMED OUT"]
	lived := counts["LIVED"] + counts["NOT COVERED"]
	fmt.Printf("%s: %d mutants, %d killed (%d%%), %d live\n", name, killed+lived, killed, 100*killed/max(1, killed+lived), lived)
	return ok, nil
}

var test = regexp.MustCompile(`(?m)^func (Test\w+)\(t `)

// narrowed is the flag that runs the target's tests alone.
func (t target) narrowed(name string) (string, error) {
	if t.tests == nil {
		return "", nil
	}
	var names []string
	for _, file := range t.tests {
		text, err := os.ReadFile(filepath.Join(name, file))
		if err != nil {
			return "", err
		}
		for _, found := range test.FindAllSubmatch(text, -1) {
			names = append(names, string(found[1]))
		}
	}
	return " -run=^(" + strings.Join(names, "|") + ")$", nil
}

// read reads the list of mutants that may live: file, change, line, reason, with tabs between them.
func read(path string) (map[mutant]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	explained := map[mutant]string{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		fields := strings.SplitN(lines.Text(), "\t", 4)
		if len(fields) != 4 || fields[3] == "" {
			return nil, fmt.Errorf("%s: not file, change, line and reason: %q", path, lines.Text())
		}
		explained[mutant{fields[0], fields[1], fields[2]}] = fields[3]
	}
	return explained, nil
}
