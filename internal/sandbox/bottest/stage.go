package bottest

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Options say how a stage differs from the usual one: one bot, one Halo, SQLite.
type Options struct {
	Slack localslack.Options
	Halo  localhalo.Options
	// Halos are several connections by name, in this order, instead of Halo.
	Halos []Tenant
	// Env adds to, or replaces, the bot's variables. An empty value leaves one out.
	Env map[string]string
	// Front stands something before Slack's Web API: it is given the address, and returns the bots'.
	Front func(apiURL string) string
	// Path is the binary of the bots; "" is [Binary]'s.
	Path string
	// Bots is how many processes share the work; more than one want a Postgres DATABASE_URL.
	// Negative: none of them is started, the test does that.
	Bots int
}

// Tenant is one of several Halo connections.
type Tenant struct {
	Name string
	Halo localhalo.Options
}

// Stage is a workspace, its Halos and its bots.
type Stage struct {
	testing.TB
	Slack *localslack.Slack
	Halo  *localhalo.Server // the default connection's
	Halos map[string]*localhalo.Server
	Bots  []*sandbox.Process
	Dir   string // the bots' working directory
	env   map[string]string
	path  string
}

// patience bounds every wait; what takes longer has failed.
const patience = 60 * time.Second

// New sets the stage, starts the bots and waits until each is connected. Everything is
// taken down with the test; when that has failed, the bots' logs are shown.
func New(t testing.TB, o Options) *Stage {
	t.Helper()
	s := &Stage{TB: t, Dir: t.TempDir(), Halos: map[string]*localhalo.Server{}, path: o.Path}
	if s.path == "" {
		s.path = Binary(t)
	}
	s.Slack = localslack.Start(o.Slack)
	t.Cleanup(s.Slack.Close)
	s.env = map[string]string{
		"SLACK_API_URL":            s.Slack.APIURL(),
		"SLACK_BOT_TOKEN":          s.Slack.BotToken(),
		"SLACK_APP_TOKEN":          s.Slack.AppToken(),
		"DATABASE_URL":             "sqlite:" + filepath.Join(s.Dir, "halobot.db"),
		"HALO_REQUESTS_PER_MINUTE": "0",
		"HALO_SETTLE_TIME":         "2s",
		"LOG_LEVEL":                "debug",
	}
	if o.Front != nil {
		s.env["SLACK_API_URL"] = o.Front(s.Slack.APIURL())
	}
	s.tenants(o)
	maps.Copy(s.env, o.Env)
	bots := max(o.Bots, -o.Bots, 1)
	for i := range bots {
		s.Bots = append(s.Bots, sandbox.NewProcess(sandbox.Command{Path: s.path, Dir: s.Dir, Env: s.Env()}))
		t.Cleanup(func() { s.takeDown(i) })
	}
	if o.Bots >= 0 {
		for i := range s.Bots {
			s.Start(i)
		}
	}
	return s
}

func (s *Stage) tenants(o Options) {
	tenants := o.Halos
	if len(tenants) == 0 {
		tenants = []Tenant{{Halo: o.Halo}}
	} else {
		var names []string
		for _, t := range tenants {
			names = append(names, t.Name)
		}
		s.env["HALO_CONNECTIONS"] = strings.Join(names, ",")
	}
	for _, t := range tenants {
		t.Halo.Judge = halospec.Judge(s.TB)
		server := localhalo.New(t.Halo)
		if err := server.Start(); err != nil {
			s.Fatal(err)
		}
		s.Cleanup(server.Close)
		if s.Halo == nil {
			s.Halo = server
		}
		prefix := "HALO_"
		if t.Name != "" {
			prefix += strings.ToUpper(t.Name) + "_"
		}
		s.Halos[t.Name] = server
		s.env[prefix+"URL"] = server.URL()
		s.env[prefix+"CLIENT_ID"] = orDefault(t.Halo.ClientID, localhalo.DefaultClientID)
		s.env[prefix+"CLIENT_SECRET"] = orDefault(t.Halo.ClientSecret, localhalo.DefaultClientSecret)
	}
}

func orDefault(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// Env is the environment of the bots, for a command beside them.
func (s *Stage) Env() []string {
	vars := maps.Clone(s.env)
	maps.DeleteFunc(vars, func(_, value string) bool { return value == "" })
	return sandbox.Environment(vars)
}

// DatabaseURL is where the bots keep their requests.
func (s *Stage) DatabaseURL() string { return s.env["DATABASE_URL"] }

// Path is the bot's binary.
func (s *Stage) Path() string { return s.path }

// Start starts a bot that does not run, and waits until it is connected.
func (s *Stage) Start(bot int) {
	s.Helper()
	if err := s.Bots[bot].Start(); err != nil {
		s.Fatal(err)
	}
	// Its own word for it counts: the workspace may still see the sockets of a bot that has died.
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Bots[bot].WaitFor(ctx, "connected to Slack"); err != nil {
		s.Fatal(err)
	}
	// The bot may know it before the workspace does.
	s.Await("the bot's sockets", func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
}

// Kill ends a bot with SIGKILL and waits until it is dead, and, where it was the only one, until
// its sockets are gone.
func (s *Stage) Kill(bot int) {
	s.Helper()
	s.Bots[bot].Kill()
	ctx, cancel := s.Patience()
	defer cancel()
	if _, err := s.Bots[bot].Wait(ctx); err != nil {
		s.Fatalf("the bot could not be killed: %v", err)
	}
	if len(s.Bots) == 1 {
		s.Await("the dead bot's sockets to go", func(now *localslack.Snapshot) bool { return now.Sockets() == 0 })
	}
}

// Restart kills a bot and starts it again.
func (s *Stage) Restart(bot int) {
	s.Helper()
	s.Kill(bot)
	s.Start(bot)
}

func (s *Stage) takeDown(bot int) {
	p := s.Bots[bot]
	if p.Running() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			s.Errorf("bot %d did not stop: %v", bot, err)
		}
	}
	out := p.Output()
	if strings.Contains(out, "panic:") || strings.Contains(out, "DATA RACE") {
		s.Errorf("bot %d has panicked", bot)
	}
	if s.Failed() {
		s.Logf("bot %d said:\n%s", bot, tail(out, 200))
	}
}

func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Patience is a context for one wait.
func (s *Stage) Patience() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(s.Context(), patience, fmt.Errorf("nothing came of it within %v", patience))
}

// Await waits for something that people in Slack can see.
func (s *Stage) Await(what string, seen func(now *localslack.Snapshot) bool) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Slack.Wait(ctx, seen); err != nil {
		s.Fatalf("waiting for %s: %v\n%s", what, err, s.describe())
	}
}

// AwaitHalo waits for something in a Halo.
func (s *Stage) AwaitHalo(what string, h *localhalo.Server, holds func() bool) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	if err := h.Wait(ctx, holds); err != nil {
		s.Fatalf("waiting for %s: %v\n%s", what, err, s.describe())
	}
}
