package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// Options are the command line's. The zero value is a good sandbox.
type Options struct {
	Port        int    // of the page; 0 is any free one
	Keep        string // directory for the database and Halo's clients; "" is a temporary one, removed at the end
	HaloOnly    bool   // a real Slack: Variables has the SLACK_… ones
	Connections int    // Halo tenants: 1 (when 0) or 2

	// Executable is the bot; this very program when "".
	Executable string
	// Variables are set for the bot besides, or in place of, those that the sandbox sets.
	Variables map[string]string

	judge func(r *http.Request, body []byte) // of what is sent to the local Halos, in tests
}

// Sandbox is a running sandbox.
type Sandbox struct {
	opts    Options
	dir     string
	url     string
	slack   *localslack.Slack // nil with HaloOnly
	app     manifest
	tenants []*tenant
	bot     *Process
	faults  faultBoard
	notices noticeBoard
	seated  seating
	key     string    // without which nothing can be done in the page
	kept    io.Closer // the lock on a directory that is kept; nil without one

	servers []*http.Server
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	wg      sync.WaitGroup

	mu      sync.Mutex
	killed  bool          // by a person: not started again by itself
	changed chan struct{} // closed when the bot's state changes
}

// tenant is one local Halo.
type tenant struct {
	name  string // as in HALO_CONNECTIONS
	title string
	url   string
	halo  *localhalo.Server
	id    string // the API application's
	key   string
}

// Run runs a sandbox until ctx ends. It prints where the page is.
func Run(ctx context.Context, o Options, stdout io.Writer) error {
	fmt.Fprintln(stdout, "Starting a local Slack, a local Halo and the bot…")
	s, err := Start(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	fmt.Fprintf(stdout, "The sandbox is ready: %s\n", s.Address())
	for _, t := range s.tenants {
		fmt.Fprintf(stdout, "  Halo (%s): %s/customers\n", t.name, t.url)
	}
	if o.Keep != "" {
		fmt.Fprintf(stdout, "  kept in %s\n", s.dir)
	}
	fmt.Fprintln(stdout, "Stop it with Ctrl-C.")
	<-ctx.Done()
	return nil
}

// Start starts a sandbox: the local Slack, the local Halos, the bot and the page.
func Start(ctx context.Context, o Options) (_ *Sandbox, err error) {
	s := &Sandbox{opts: o, changed: make(chan struct{}), key: rand.Text()}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if s.opts.Executable == "" {
		if s.opts.Executable, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("finding this program: %w", err)
		}
	}
	if s.dir, err = directory(o.Keep); err != nil {
		return nil, err
	}
	if o.Keep != "" {
		if s.kept, err = lock(filepath.Join(s.dir, "sandbox.lock")); err != nil {
			return nil, fmt.Errorf("%s is in use by another sandbox (stop that one first, or give this one a directory of its own): %w", s.dir, err)
		}
	}
	page, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(o.Port))
	if err != nil {
		return nil, fmt.Errorf("the page's port: %w", err)
	}
	s.url = "http://" + page.Addr().String()
	if err := s.startTenants(); err != nil {
		page.Close()
		return nil, err
	}
	if !o.HaloOnly {
		if err := s.startSlack(ctx); err != nil {
			page.Close()
			return nil, err
		}
	}
	s.serve(page, s.pages())

	s.bot = NewProcess(Command{Path: s.opts.Executable, Dir: s.dir, Env: Environment(s.variables())})
	if err := s.bot.Start(); err != nil {
		return nil, err
	}
	s.wg.Go(s.keepRunning)
	return s, nil
}

// URL is the page's address, at which everybody on this machine may look.
func (s *Sandbox) URL() string { return s.url }

// Address is the page's address with the key to what can be done in it.
func (s *Sandbox) Address() string { return s.url + "/?key=" + s.key }

// Close stops the bot, then everything else, and removes what is not to be kept.
func (s *Sandbox) Close() {
	s.mu.Lock()
	s.killed = true // nothing starts it again
	s.mu.Unlock()
	s.cancel()
	if s.bot != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		s.bot.Stop(ctx) // killed when it will not end
		cancel()
	}
	for _, server := range s.servers {
		server.Close()
	}
	if s.slack != nil {
		s.slack.Close()
	}
	for _, t := range s.tenants {
		t.halo.Close()
		if s.kept != nil {
			s.save(t)
		}
	}
	s.wg.Wait()
	if s.kept != nil {
		s.kept.Close()
	}
	if s.opts.Keep == "" && s.dir != "" {
		os.RemoveAll(s.dir)
	}
}

// connected returns once the bot has a socket to the local Slack.
func (s *Sandbox) connected(ctx context.Context) error {
	return s.slack.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
}

func directory(keep string) (string, error) {
	if keep == "" {
		return os.MkdirTemp("", "halobot-sandbox-")
	}
	dir, err := filepath.Abs(keep)
	if err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o700)
}

// serve serves h on l until Close, for this host's own names only.
func (s *Sandbox) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: guard(l.Addr(), h), ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	s.wg.Go(func() { server.Serve(l) }) // ends with Close
}

// startSlack starts the local Slack, with the app installed from the bot's own manifest.
func (s *Sandbox) startSlack(ctx context.Context) error {
	printed, err := s.command(ctx, nil, "manifest")
	if err != nil {
		return fmt.Errorf("asking the bot for its manifest: %w", err)
	}
	if s.app, err = readManifest(printed); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.slack = localslack.New("http://"+l.Addr().String(), localslack.Options{
		BotToken: "xoxb-sandbox-" + rand.Text(), AppToken: "xapp-sandbox-" + rand.Text(), TeamURL: s.url + "/",
	})
	s.serve(l, s.slack.Handler())
	if err := s.slack.Install(printed); err != nil {
		return err
	}
	return s.firstMessages()
}

// command runs one of the bot's other commands to its end and returns what it printed.
func (s *Sandbox) command(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.opts.Executable, args...)
	cmd.Dir, cmd.Stdin = s.dir, stdin
	cmd.Env = Environment(s.variables())
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}

// variables is the bot's configuration: what the README's table has, no more.
func (s *Sandbox) variables() map[string]string {
	v := map[string]string{
		"DATABASE_URL":     "sqlite:" + filepath.Join(s.dir, "halobot.db"),
		"HALO_SETTLE_TIME": "30s", // short, so that one can watch it pass
		"HALO_FILING":      "user,ticket,domain",
		"OWN_DOMAINS":      "service-desk.example",
		"AUTHSERV_ID":      mailServer,
	}
	if s.slack != nil {
		v["SLACK_APP_TOKEN"], v["SLACK_BOT_TOKEN"] = s.slack.AppToken(), s.slack.BotToken()
		v["SLACK_API_URL"] = s.slack.APIURL()
		v["SLACK_ERROR_CHANNEL"] = localslack.Leads
	}
	names := make([]string, len(s.tenants))
	for i, t := range s.tenants {
		names[i] = t.name
		prefix := "HALO_"
		if len(s.tenants) > 1 {
			prefix += strings.ToUpper(t.name) + "_"
		}
		v[prefix+"URL"], v[prefix+"CLIENT_ID"], v[prefix+"CLIENT_SECRET"] = t.url, t.id, t.key
		v[prefix+"SCOPE"] = scope
		v[prefix+"TOPLEVEL_ID"], v[prefix+"CATCH_ALL_CLIENTS"] = "1", strconv.Itoa(catchAll)
		v[prefix+"REQUESTS_PER_MINUTE"] = "600" // nobody else uses this Halo
	}
	if len(names) > 1 {
		v["HALO_CONNECTIONS"] = strings.Join(names, ",")
	}
	maps.Copy(v, s.opts.Variables)
	return v
}
