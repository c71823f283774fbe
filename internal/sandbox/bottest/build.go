package bottest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
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
type Main struct{ *testing.M }

// Run returns the exit code.
func (m Main) Run() int {
	code := m.M.Run()
	if build.dir != "" {
		_ = os.RemoveAll(build.dir)
	}
	return code
}

// Binary builds the bot, as a release is built, and returns its path. The package's TestMain
// must run [Main].
func Binary(t testing.TB) string {
	t.Helper()
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "halobot-test-"); build.err != nil {
			return
		}
		build.path = filepath.Join(build.dir, "bot")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", build.path, "halobot/cmd/bot")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("build the bot: %w\n%s", err, out)
		}
	})
	if build.err != nil {
		t.Fatal(build.err)
	}
	return build.path
}
