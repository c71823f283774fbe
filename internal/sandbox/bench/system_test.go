package bench

import (
	"maps"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// system is a program under measurement, as processes between stand-ins of its own.
type system struct {
	*bottest.Stage
	processes []*sandbox.Process
	people    []string // one for each job at a time: a person has one modal
	channels  []string // not used yet: a channel takes one message a second
	made      int      // channels so far
	waiting   []string // the channels of what was left waiting
	inbox     *inbox

	// breath is what a person takes before the command and before the submission: what a system
	// does after a message must not count against the next modal, which nobody asks for in the
	// same millisecond.
	breath time.Duration
}

// settings are the bot's for all measurements: no ceiling of its own, its usual log.
func settings(more map[string]string) map[string]string {
	env := map[string]string{"HALO_REQUESTS_PER_MINUTE": "0", "LOG_LEVEL": ""}
	maps.Copy(env, more)
	return env
}

// newSystem sets a stage without starting anything.
func newSystem(tb testing.TB, o bottest.Options) *system {
	tb.Helper()
	bots := o.Bots
	o.Bots, o.Env = -1, settings(o.Env)
	s := &system{Stage: bottest.New(tb, o)}
	for range max(bots, 1) {
		p := sandbox.NewProcess(sandbox.Command{Path: s.Path(), Dir: s.Dir, Env: s.Env()})
		s.add(p)
	}
	s.inbox = newInbox(tb, s.Slack)
	return s
}

// add takes p over, and sees to its end.
func (s *system) add(p *sandbox.Process) {
	s.processes = append(s.processes, p)
	s.Cleanup(func() {
		ctx, cancel := s.Patience()
		defer cancel()
		if s.Failed() {
			s.Logf("its complaints:\n%s", complaints(p.Output()))
		}
		p.Stop(ctx) //nolint:errcheck // it was killed then
	})
}

// complaints are what a log holds beside its routine.
func complaints(log string) string {
	var kept []string
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "level=INFO") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// startBots sets a stage and starts the bot, o.Bots times.
func startBots(tb testing.TB, o bottest.Options) *system {
	tb.Helper()
	s := newSystem(tb, o)
	s.start()
	return s
}

// startFloor sets a stage and starts the floor on it.
func startFloor(tb testing.TB) *system {
	tb.Helper()
	s := newFloor(tb)
	s.start()
	return s
}

func newFloor(tb testing.TB) *system {
	tb.Helper()
	path := floorBinary(tb)
	s := newSystem(tb, bottest.Options{})
	s.processes = nil
	s.add(sandbox.NewProcess(sandbox.Command{Path: path, Dir: s.Dir, Env: s.Env()}))
	return s
}

// start starts every process, one after the other, and waits for a socket of each.
func (s *system) start() {
	s.Helper()
	for _, p := range s.processes {
		before := s.sockets()
		if err := p.Start(); err != nil {
			s.Fatal(err)
		}
		s.Await("a socket", func(now *localslack.Snapshot) bool { return now.Sockets() > before })
	}
}

// stop ends every process as an administrator would, and waits until Slack has noticed.
func (s *system) stop() {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	for _, p := range s.processes {
		if err := p.Stop(ctx); err != nil {
			s.Fatal(err)
		}
	}
	s.Await("the sockets to go", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
}

func (s *system) sockets() (n int) {
	s.Slack.Look(func(now *localslack.Snapshot) { n = now.Sockets() })
	return n
}
