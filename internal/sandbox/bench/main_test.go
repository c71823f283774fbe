package bench

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
)

var (
	rounds = flag.Int("rounds", 5, "alternating rounds of bot and floor; the figures are their medians")
	atRest = flag.Duration("rest", 10*time.Second, "how long an idle process is watched")
	heavy  = flag.Bool("heavy", false, "also measure what takes many minutes: growth, outages, 10,000 jobs")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := bottest.Main{M: m}.Run()
	if floorBuild.dir != "" {
		_ = os.RemoveAll(floorBuild.dir)
	}
	os.Exit(code)
}

// floorBuild is the floor's binary, made when it is first asked for.
var floorBuild struct {
	once sync.Once
	dir  string
	path string
}

func floorBinary(tb testing.TB) string {
	tb.Helper()
	floorBuild.once.Do(func() {
		dir, err := os.MkdirTemp("", "halobot-floor-")
		if err != nil {
			tb.Fatal(err)
		}
		floorBuild.dir = dir
		path := filepath.Join(dir, "floor")
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./testdata/floor")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			tb.Fatalf("build the floor: %v\n%s", err, out)
		}
		floorBuild.path = path
	})
	if floorBuild.path == "" {
		tb.Fatal("the floor could not be built")
	}
	return floorBuild.path
}

// onlyHeavy skips a measurement that takes many minutes, unless -heavy asks for it.
func onlyHeavy(b *testing.B) {
	b.Helper()
	if !*heavy {
		b.Skip("takes many minutes: ask for it with -heavy")
	}
}
