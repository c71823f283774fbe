package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Command is what a Process runs. It inherits nothing: Env is its whole environment.
type Command struct {
	Path string
	Args []string // without the program's own name
	Dir  string
	Env  []string // NAME=value; see Environment
}

// Environment is an environment of vars, with PATH, HOME and TMPDIR as they are here unless
// vars names them.
func Environment(vars map[string]string) []string {
	env := make([]string, 0, len(vars)+3)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if _, own := vars[name]; own {
			continue
		}
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range vars {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

// Process is a program that runs as a child, one run after another: started, killed,
// started again. Its methods may be called from any goroutine. On Linux a run ends with
// the process that started it.
type Process struct {
	command Command

	mu      sync.Mutex
	run     *run // the latest; nil before the first
	runs    int
	lines   []Line
	seq     int
	waiters chan struct{} // closed at the next line, start or end
}

// run is one life of the program.
type run struct {
	cmd  *exec.Cmd
	from int           // seq of the last line before it
	done chan struct{} // closed once it has ended and its output is read
}

// NewProcess starts nothing yet.
func NewProcess(c Command) *Process {
	return &Process{command: c, waiters: make(chan struct{})}
}

// Start begins a run. It is an error while one is going on.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run != nil && !p.run.ended() {
		return errors.New("the program is running already")
	}
	cmd := exec.Command(p.command.Path, p.command.Args...)
	cmd.Dir, cmd.Env = p.command.Dir, p.command.Env
	if cmd.Env == nil {
		cmd.Env = []string{} // nil would be this process's environment
	}
	cmd.SysProcAttr = endWithParent()
	p.runs++
	out := &lineWriter{process: p, run: p.runs}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		p.runs--
		return fmt.Errorf("starting %s: %w", p.command.Path, err)
	}
	r := &run{cmd: cmd, from: p.seq, done: make(chan struct{})}
	p.run = r
	p.wake()
	go func() {
		cmd.Wait() // what it says is in cmd.ProcessState
		out.flush()
		p.mu.Lock()
		defer p.mu.Unlock()
		close(r.done)
		p.wake()
	}()
	return nil
}

func (r *run) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// Kill ends the run with SIGKILL and returns when it is over.
func (p *Process) Kill() { p.end(os.Kill) }

// Stop asks the run to end with SIGTERM and returns when it has. When ctx ends first the run
// is killed, and ctx's error returned.
func (p *Process) Stop(ctx context.Context) error {
	r := p.signal(syscall.SIGTERM)
	if r == nil {
		return nil
	}
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		p.Kill()
		return ctx.Err()
	}
}

func (p *Process) end(s os.Signal) {
	if r := p.signal(s); r != nil {
		<-r.done
	}
}

// Signal sends a signal to the run, if there is one.
func (p *Process) Signal(s os.Signal) { p.signal(s) }

func (p *Process) signal(s os.Signal) *run {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil || p.run.ended() {
		return nil
	}
	p.run.cmd.Process.Signal(s) // fails only when it has just ended
	return p.run
}

// Running says whether a run is going on.
func (p *Process) Running() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.run != nil && !p.run.ended()
}

// Runs is how many runs there were, the present one included.
func (p *Process) Runs() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.runs
}

// Pid is the present run's process id, 0 when there is none.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil || p.run.ended() {
		return 0
	}
	return p.run.cmd.Process.Pid
}

// Wait returns how the latest run ended, once it has.
func (p *Process) Wait(ctx context.Context) (*os.ProcessState, error) {
	p.mu.Lock()
	r := p.run
	p.mu.Unlock()
	if r == nil {
		return nil, errors.New("the program was never started")
	}
	select {
	case <-r.done:
		return r.cmd.ProcessState, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Changed is closed at the next line, start or end.
func (p *Process) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiters
}

// WaitFor returns once the latest run has written a line that holds text. It is an error
// when the run, or ctx, ends first.
func (p *Process) WaitFor(ctx context.Context, text string) error {
	for {
		changed, running := p.Changed(), p.Running()
		output := p.Output()
		if strings.Contains(output, text) {
			return nil
		}
		if !running {
			return fmt.Errorf("the program ended before it wrote %q:\n%s", text, output)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the program to write %q: %w\n%s", text, ctx.Err(), output)
		}
	}
}

// wake tells everybody who waits. p.mu is held.
func (p *Process) wake() {
	close(p.waiters)
	p.waiters = make(chan struct{})
}
