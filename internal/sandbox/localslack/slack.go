package localslack

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"halobot/internal/sandbox/blockkit"
)

// Options are what a workspace starts with. The zero value is fine.
type Options struct {
	BotToken string // accepted as the app's bot token
	AppToken string // accepted as its app-level token
	TeamURL  string // where permalinks lead ("https://service-desk.slack.com/")

	// PingEvery is the pause between WebSocket pings (10 s; Slack's own is not known).
	PingEvery time.Duration
	// EventRetries are the pauses before an event that was not acknowledged is sent again
	// (at once, one minute, five minutes: docs.slack.dev/apis/events-api).
	EventRetries []time.Duration
}

// Slack is a workspace with one app installed. All methods may be called at any time by any
// goroutine.
type Slack struct {
	opt    Options
	mux    *http.ServeMux
	server *http.Server // nil unless Start made it
	log    *traffic
	faults *faults
	done   chan struct{} // closed by Close
	wg     sync.WaitGroup

	mu      sync.Mutex // guards all below
	closed  bool
	changed chan struct{} // closed and renewed at each change
	now     func() time.Time
	base    string // http://host:port, for the URLs that are handed out
	teamURL string
	workspace
	installation
	conversation
	surfaces
	link
	triggers     shelf[*trigger]
	responseURLs shelf[*responseURL]
	chosen       map[chooser]State          // by people, in messages
	offers       map[offer][]map[string]any // the latest choices of external sources
	known        map[string]bool            // block types younger than blockkit
	lastTS       int64
	arrived      time.Time // when the call in hand came in
	caller       string    // the token of the call in hand
	serial       int
}

// New makes a workspace that is reached through Handler; base is the URL that it will be
// served at, "http://127.0.0.1:8080".
func New(base string, opt Options) *Slack {
	def := func(v *string, to string) {
		if *v == "" {
			*v = to
		}
	}
	def(&opt.BotToken, "xoxb-local-workspace-bot")
	def(&opt.AppToken, "xapp-local-workspace-app")
	def(&opt.TeamURL, "https://service-desk.slack.com/")
	if opt.PingEvery == 0 {
		opt.PingEvery = 10 * time.Second
	}
	if opt.EventRetries == nil {
		opt.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	done := make(chan struct{})
	s := &Slack{
		opt:          opt,
		log:          newTraffic(),
		faults:       newFaults(done),
		done:         done,
		changed:      make(chan struct{}),
		now:          time.Now,
		base:         strings.TrimSuffix(base, "/"),
		teamURL:      opt.TeamURL,
		workspace:    firstWorkspace(),
		installation: firstInstallation(),
		conversation: newConversation(),
		surfaces:     newSurfaces(),
		link:         newLink(),
		triggers:     newShelf[*trigger](),
		responseURLs: newShelf[*responseURL](),
		chosen:       map[chooser]State{},
		offers:       map[offer][]map[string]any{},
		known:        map[string]bool{},
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/api/{method}", s.serveAPI)
	s.mux.HandleFunc("GET /link/", s.serveSocket)
	s.mux.HandleFunc("POST /actions/{id}", s.serveResponseURL)
	s.mux.HandleFunc("POST /services/{channel}", s.serveWebhook)
	return s
}

// Start makes a workspace and serves it on a free port of 127.0.0.1. It panics when there is
// none, as httptest does.
func Start(opt Options) *Slack {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic("localslack: " + err.Error())
	}
	s := New("http://"+l.Addr().String(), opt)
	s.server = &http.Server{Handler: s.mux}
	s.wg.Go(func() { _ = s.server.Serve(l) }) // returns when Close closes it
	return s
}

// Close ends everything: sockets, held calls, timers. It returns when no goroutine is left.
func (s *Slack) Close() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	close(s.done)
	s.stopPending()
	s.mu.Unlock()
	if s.server != nil {
		_ = s.server.Close()
	}
	s.wg.Wait()
}

// Handler serves the workspace: /api/…, /link/ (Socket Mode), /actions/… (response_url) and
// /services/… (incoming webhooks).
func (s *Slack) Handler() http.Handler { return s.mux }

// APIURL is the base of the Web API, with its trailing slash.
func (s *Slack) APIURL() string { return s.base + "/api/" }

// BotToken is the app's bot token.
func (s *Slack) BotToken() string { return s.opt.BotToken }

// AppToken is the app's app-level token.
func (s *Slack) AppToken() string { return s.opt.AppToken }

// bump tells everybody who waits that something changed. The caller holds mu.
func (s *Slack) bump() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// knownTypes lets blockkit pass what the workspace has seen and its tables have not. The
// caller holds mu.
func (s *Slack) knownTypes() blockkit.Option {
	types := make([]string, 0, len(s.known))
	for t := range s.known {
		types = append(types, t)
	}
	return blockkit.AlsoKnown(types...)
}
