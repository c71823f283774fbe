package bottest

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	"halobot/internal/sandbox/planted"
)

// build is the bot's binary, made when the first stage asks for it.
var build struct {
	once sync.Once
	dir  string
	path string
	err  error
}

// Main runs a package's tests and removes the binary after them. It has the method of a
// *testing.M, so that it can be handed on to whoever wraps that.
type Main struct {
	*testing.M
	// Parallel is how many tests run side by side unless -parallel says so; 0 leaves Go's own
	// number, that of the cores, which is low for tests that mostly wait.
	Parallel int
}

// Run returns the exit code.
func (m Main) Run() int {
	if m.Parallel > 0 {
		// The command line is not read yet, and has the last word.
		if err := flag.Set("test.parallel", strconv.Itoa(m.Parallel)); err != nil {
			panic(err)
		}
	}
	code := m.M.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	return code
}

// Binary builds the bot, as a release is built, and returns its path. Under the race detector the
// bot has that too, and a stage fails when its bot reports a race; since that makes the bot several
// times slower, the short form leaves such tests out. The package's TestMain must run [Main].
func Binary(t testing.TB) string {
	t.Helper()
	if raced && testing.Short() {
		t.Skip("the bot is a process of its own here, which is slow with the race detector")
	}
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "halobot-test-"); build.err != nil {
			return
		}
		build.path = filepath.Join(build.dir, "bot")
		build.err = compile(build.path)
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}

// Broken builds a bot that has a fault, and returns its path.
func Broken(t testing.TB, f planted.Fault) string {
	t.Helper()
	dir := t.TempDir()
	overlay, err := f.Overlay(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "bot")
	if err := compile(path, "-overlay", overlay); err != nil {
		t.Fatal(err)
	}
	return path
}

func compile(path string, how ...string) error {
	as, cgo := []string{"-trimpath", "-ldflags", "-s -w"}, "CGO_ENABLED=0"
	if raced {
		as, cgo = []string{"-race"}, "CGO_ENABLED=1"
	}
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", path}, as, how, []string{"halobot/cmd/bot"})...)
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the bot: %w\n%s", err, out)
	}
	return nil
}
