package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// child is what the test binary does when it is run as a Process by the tests below.
func child(what string) {
	switch what {
	case "environment":
		for _, v := range os.Environ() {
			println(v)
		}
	case "wait":
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		println("ready")
		<-terminated
		println("stopping")
		os.Exit(7)
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		println("ready")
		time.Sleep(time.Minute)
	case "unfinished":
		os.Stdout.WriteString("one\ntwo")
	}
}

func TestMain(m *testing.M) {
	if what := os.Getenv("SANDBOX_TEST_CHILD"); what != "" {
		child(what)
		return
	}
	code := m.Run()
	for _, clean := range slices.Backward(cleanups) {
		clean()
	}
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func newChild(t *testing.T, what string) *Process {
	t.Helper()
	p := NewProcess(Command{Path: os.Args[0], Dir: t.TempDir(), Env: []string{"SANDBOX_TEST_CHILD=" + what}})
	t.Cleanup(p.Kill)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProcessInheritsNothing(t *testing.T) {
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-test")
	p := newChild(t, "environment")
	if _, err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := p.Output(), "SANDBOX_TEST_CHILD=environment\n"; got != want {
		t.Errorf("environment:\n%s", got)
	}
}

func TestEnvironmentKeepsOnlyWhatAProgramNeeds(t *testing.T) {
	t.Setenv("HOME", "/home/tess")
	t.Setenv("SLACK_BOT_TOKEN", "xoxb-test")
	env := strings.Join(Environment(map[string]string{"A": "1", "PATH": "/bin"}), " ")
	if !strings.HasPrefix(env, "A=1 HOME=/home/tess PATH=/bin") || strings.Contains(env, "SLACK") {
		t.Errorf("environment: %s", env)
	}
}

func TestStopLetsTheProgramEndByItself(t *testing.T) {
	t.Parallel()
	p := newChild(t, "wait")
	if err := p.WaitFor(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	state, err := p.Wait(t.Context())
	if err != nil || state.ExitCode() != 7 || p.Running() || p.Pid() != 0 {
		t.Errorf("ended with %v, %v", state, err)
	}
	if got := p.Output(); got != "ready\nstopping\n" {
		t.Errorf("wrote %q", got)
	}
}

func TestStopKillsAProgramThatWillNotEnd(t *testing.T) {
	t.Parallel()
	p := newChild(t, "stubborn")
	if err := p.WaitFor(t.Context(), "ready"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Stop(ctx); err == nil || p.Running() {
		t.Errorf("Stop: %v, running %t", err, p.Running())
	}
}

func TestKilledProgramsStartAgain(t *testing.T) {
	t.Parallel()
	p := newChild(t, "wait")
	for run := 1; run <= 3; run++ {
		if err := p.WaitFor(t.Context(), "ready"); err != nil {
			t.Fatal(err)
		}
		if err := p.Start(); err == nil {
			t.Fatal("started twice at once")
		}
		p.Kill()
		state, err := p.Wait(t.Context())
		if err != nil || state.Success() || p.Runs() != run {
			t.Fatalf("run %d ended with %v, %v", p.Runs(), state, err)
		}
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if lines := p.Lines(1); len(lines) < 2 || lines[0].Seq != 2 || lines[0].Run != 2 {
		t.Errorf("lines after the first: %+v", lines)
	}
}

func TestLastLineCountsWithoutItsEnd(t *testing.T) {
	t.Parallel()
	p := newChild(t, "unfinished")
	if _, err := p.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.Output(); got != "one\ntwo\n" {
		t.Errorf("wrote %q", got)
	}
	if err := p.WaitFor(t.Context(), "three"); err == nil {
		t.Error("waited for a line of a program that has ended")
	}
}

func TestAProgramThatIsNotThere(t *testing.T) {
	t.Parallel()
	p := NewProcess(Command{Path: t.TempDir() + "/none"})
	if err := p.Start(); err == nil {
		t.Error("started")
	}
	if _, err := p.Wait(t.Context()); err == nil || p.Running() {
		t.Error("it runs")
	}
}
