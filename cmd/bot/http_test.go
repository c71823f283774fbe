package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
	"halobot/internal/slackbot"
)

// served is a bot in this process that serves HTTP_ADDR.
type served struct {
	*testing.T
	slack   *localslack.Slack
	halo    *localhalo.Server
	environ []string
	log     *safeBuffer
}

// safeBuffer takes writes while it is read.
type safeBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

func newServed(t *testing.T) *served {
	t.Helper()
	s := &served{T: t, slack: localslack.Start(localslack.Options{}), halo: localhalo.New(localhalo.Options{Judge: halospec.Judge(t)}), log: &safeBuffer{}}
	t.Cleanup(s.slack.Close)
	if err := s.halo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.halo.Close)
	s.environ = []string{
		"SLACK_API_URL=" + s.slack.APIURL(), "SLACK_APP_TOKEN=" + s.slack.AppToken(), "SLACK_BOT_TOKEN=" + s.slack.BotToken(),
		"HALO_URL=" + s.halo.URL(), "HALO_CLIENT_ID=" + localhalo.DefaultClientID, "HALO_CLIENT_SECRET=" + localhalo.DefaultClientSecret,
		"DATABASE_URL=sqlite:" + t.TempDir() + "/bot.db", "HTTP_ADDR=127.0.0.1:0", "SLACK_SOCKETS=1",
	}
	return s
}

func (s *served) ctx() context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	s.Cleanup(cancel)
	return ctx
}

var servedAt = regexp.MustCompile(`address=(127\.0\.0\.1:\d+)`)

// get reads a path once the bot serves.
func (s *served) get(path string) (status int, body string) {
	s.Helper()
	s.until("the bot to serve", func() bool { return servedAt.MatchString(s.log.String()) })
	status, body, err := s.ask(path)
	if err != nil {
		s.Fatal(err)
	}
	return status, body
}

// ask reads a path of a bot that serves; any goroutine may.
func (s *served) ask(path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(s.ctx(), http.MethodGet, "http://"+servedAt.FindStringSubmatch(s.log.String())[1]+path, nil)
	if err != nil {
		return 0, "", err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

// until looks every few milliseconds.
func (s *served) until(what string, holds func() bool) {
	s.Helper()
	ctx, tick := s.ctx(), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.Fatalf("waited in vain for %s\n%s", what, s.log)
		}
	}
}

// answers waits until a path answers with a status and a text.
func (s *served) answers(path string, status int, text string) {
	s.Helper()
	s.until(path+" to answer with "+text, func() bool {
		got, body := s.get(path)
		return got == status && strings.TrimSpace(body) == text
	})
}

func TestReadinessFollowsTheSocketAndTheDatabase(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	s.slack.RefuseSockets("too_many_websockets")
	cfg, err := config.Load(s.environ, "", config.Everything)
	if err != nil {
		t.Fatal(err)
	}
	log, metrics := cfg.Logger(s.log), newRegistry()
	requests, err := onboarding.Open(t.Context(), onboarding.Config{DatabaseURL: cfg.Database, Log: log, Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	bot := slackbot.New(slackbot.Config{
		AppToken: cfg.Slack.AppToken, BotToken: cfg.Slack.BotToken, APIURL: cfg.Slack.APIURL, Sockets: 1, OnError: draft.Exception,
		Templates: cfg.Prefill, Halos: connect(cfg, log, metrics).forSlack(), Requests: requests, Log: log, Metrics: metrics,
	})
	well := &health{bot: bot, requests: requests, log: log}
	well.watch(metrics)
	end, err := serveHTTP(cfg.HTTPAddr, metrics, well.trouble, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	s.answers("/readyz", http.StatusServiceUnavailable, "no socket to Slack is connected")
	s.answers("/healthz", http.StatusOK, "ok")
	// heart beats from now on, for a watchdog of its own.
	heart := func() (beats *atomic.Int32) {
		beats = new(atomic.Int32)
		watchdog := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { beats.Add(1) }))
		t.Cleanup(watchdog.Close)
		go well.heartbeat(t.Context(), watchdog.URL, 20*time.Millisecond)
		return beats
	}
	silent := func(what string) {
		t.Helper()
		beats := heart()
		time.Sleep(1200 * time.Millisecond) // the first look is after a second
		if n := beats.Load(); n != 0 {
			t.Errorf("%s: the watchdog was asked %d times", what, n)
		}
	}
	silent("no socket")

	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- bot.Run(ctx) }()
	s.slack.RefuseSockets("")
	s.answers("/readyz", http.StatusOK, "ready")
	beats := heart()
	s.until("the watchdog to be asked", func() bool { return beats.Load() > 2 })
	s.slack.RefuseSockets("too_many_websockets")
	s.slack.DropSockets()
	s.answers("/readyz", http.StatusServiceUnavailable, "Slack turns sockets away: too_many_websockets")
	s.slack.RefuseSockets("")
	s.answers("/readyz", http.StatusOK, "ready")

	if err := requests.Close(); err != nil {
		t.Error(err)
	}
	s.answers("/readyz", http.StatusServiceUnavailable, "the database takes no write")
	silent("no database")
	s.answers("/healthz", http.StatusOK, "ok")
	if _, body := s.get("/metrics"); !strings.Contains(body, "\nhalobot_requests_open NaN\n") || !strings.Contains(body, "\nhalobot_database_writable 0\n") {
		t.Error("without a database the metrics speak of one all the same")
	}
	for _, path := range []string{"/", "/metrics/x", "/debug/pprof/"} {
		if status, _ := s.get(path); status != http.StatusNotFound {
			t.Errorf("%s is answered with %d", path, status)
		}
	}
	stop()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// What a person would find broken is what /readyz says, and that it is whole again.
func TestReadinessIsWhatPeopleWouldFind(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	var watched atomic.Int32
	watchdog := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/ping/secret-path" {
			t.Errorf("the watchdog was asked %s %s", r.Method, r.URL)
		}
		watched.Add(1)
		http.Error(w, "away", http.StatusBadGateway)
	}))
	t.Cleanup(watchdog.Close)
	dir := t.TempDir()
	s.environ = append(s.environ, "DATABASE_URL=sqlite:"+dir+"/bot.db", "HEARTBEAT_URL="+watchdog.URL+"/ping/secret-path")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, nil, s.environ, strings.NewReader(""), io.Discard, s.log) }()
	t.Cleanup(func() { stop(); <-ended })
	s.answers("/readyz", http.StatusOK, "ready")
	s.until("the watchdog to be asked", func() bool { return watched.Load() > 0 })
	s.until("its answer to be logged", func() bool { return strings.Contains(s.log.String(), "it answered 502") })
	if strings.Contains(s.log.String(), "secret-path") {
		t.Error("the log holds the watchdog's address")
	}

	s.slack.SetTokenError("token_revoked")
	s.answers("/readyz", http.StatusServiceUnavailable, "Slack does not take SLACK_BOT_TOKEN (token_revoked)")
	s.until("the metrics to tell", func() bool {
		_, body := s.get("/metrics")
		return strings.Contains(body, `halobot_slack_token_accepted{token="bot"} 0`)
	})
	s.slack.SetTokenError("")
	s.answers("/readyz", http.StatusOK, "ready")

	if err := os.Rename(dir+"/bot.db", dir+"/elsewhere.db"); err != nil {
		t.Fatal(err)
	}
	s.answers("/readyz", http.StatusServiceUnavailable, onboarding.ErrMoved.Error())
	if err := os.Rename(dir+"/elsewhere.db", dir+"/bot.db"); err != nil {
		t.Fatal(err)
	}
	s.answers("/readyz", http.StatusOK, "ready")
}

// Whoever can reach HTTP_ADDR can hold neither the bot's sockets nor its database up.
func TestHTTPIsBounded(t *testing.T) {
	t.Parallel()
	var gathered atomic.Int32
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "x"}, func() float64 { return float64(gathered.Add(1)) }))
	calm := &calmGatherer{Gatherer: reg}
	for range 100 {
		if _, err := calm.Gather(); err != nil {
			t.Fatal(err)
		}
	}
	if n := gathered.Load(); n > 2 {
		t.Errorf("asked 100 times within a moment, the database was asked %d times", n)
	}

	s := newServed(t)
	var open []net.Conn
	log := slog.New(slog.NewTextHandler(s.log, nil))
	end, err := serveHTTP("127.0.0.1:0", reg, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	address := servedAt.FindStringSubmatch(s.log.String())[1]
	for range maxConnections {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
		if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\n"); err != nil { // and never an end of the header
			t.Fatal(err)
		}
	}
	// The next one is served when the first of those have run out of time.
	s.answers("/healthz", http.StatusOK, "ok")
	if _, err := io.Copy(io.Discard, open[0]); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a connection without an end of its header: %v", err)
	}
	for _, c := range open {
		c.Close() //nolint:errcheck // closed or not, it is over
	}
}

// However many ask for the metrics, they take no more of the processor than twenty a second do.
func TestMetricsTakeLittleOfTheProcessorHoweverManyAsk(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	s := newServed(t)
	end, err := serveHTTP("127.0.0.1:0", reg, nil, slog.New(slog.NewTextHandler(s.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	var answered atomic.Int32
	began := time.Now()
	var crowd sync.WaitGroup
	for range maxConnections {
		crowd.Go(func() {
			for answered.Load() < 2*maxPerSecond {
				if _, _, err := s.ask("/metrics"); err != nil {
					t.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	crowd.Wait()
	if most := maxPerSecond * (time.Since(began).Seconds() + 1); float64(answered.Load()) > most {
		t.Errorf("%d requests were answered in %v, want at most %.0f", answered.Load(), time.Since(began), most)
	}
}

// sample is a line of the metrics.
var (
	sample = regexp.MustCompile(`(?m)^(halobot_\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? \S+$`)
	series = regexp.MustCompile(`(?m)^(halobot_\S+(?: \S+)*) \S+$`)
	label  = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)
	row    = regexp.MustCompile("(?m)^\\| `(halobot_\\w+)` \\|([^|]*)\\|")
)

// documented are the metrics of docs/operations.md with their labels.
func documented(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		all[m[1]] = nil
		for name := range strings.SplitSeq(m[2], ",") {
			if name = strings.Trim(name, " `"); name != "" {
				all[m[1]] = append(all[m[1]], name)
			}
		}
		slices.Sort(all[m[1]])
	}
	return all
}

// After jobs of every kind of end, and with garbage from Slack, the metrics are those of the
// documentation, and their labels hold nothing that a person, a mail or Slack's payloads said.
func TestTheMetricsAreTheDocumentedOnesAndBounded(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	s.slack.SetChannelRate(0, 0)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, nil, s.environ, strings.NewReader(""), io.Discard, s.log) }()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the bot ended with %d\n%s", code, s.log)
		}
	})
	_, atStart := s.get("/metrics")
	await := func(cond func(*localslack.Snapshot) bool) {
		t.Helper()
		if err := s.slack.Wait(s.ctx(), cond); err != nil {
			t.Fatalf("%v\n%s", err, s.log)
		}
	}
	await(func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })

	s.halo.Inject(localhalo.Creating("Zweigstelle"), 0, localhalo.Refuse(400, localhalo.Sentence, "Zweigstelle is not wanted"))
	var last *localslack.Interaction
	for name, title := range map[string]string{"Quixotic": "Created", "Zweigstelle": "Could not create"} {
		it, err := s.slack.Command(localslack.Tess, localslack.Desk, "/halo-new-client", name)
		if err != nil {
			t.Fatal(err)
		}
		v, err := it.Opened(s.ctx())
		if err != nil {
			t.Fatal(err)
		}
		if last, err = s.slack.SubmitView(localslack.Tess, v.ID, nil); err != nil {
			t.Fatal(err)
		}
		await(func(now *localslack.Snapshot) bool { return now.View(v.ID).Title == title })
	}
	await(func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Desk)) > 0 })
	for _, key := range []string{"type", "callback_id"} {
		forged := s.slack.Forge(last, func(payload map[string]any) {
			payload[key] = "gibberish"
			payload["view"].(map[string]any)[key] = "gibberish"
		})
		if _, err := forged.Wait(s.ctx()); err != nil && !errors.Is(err, localslack.ErrTrouble) {
			t.Fatal(err)
		}
	}

	ready := []string{"HTTP_ADDR=" + servedAt.FindStringSubmatch(s.log.String())[1]}
	var said bytes.Buffer
	if code := run(ctx, []string{"ready"}, ready, strings.NewReader(""), &said, &said); code != exitOK || said.String() != "ready\n" {
		t.Errorf("bot ready exits with %d and says %q", code, said.String())
	}

	body := ""
	s.until("metrics that were gathered since", func() bool {
		_, body = s.get("/metrics")
		return strings.Contains(body, `halobot_requests_total{connection="halo",outcome="refused",via="command"} 1`)
	})
	for _, m := range series.FindAllStringSubmatch(body, -1) {
		if !strings.Contains(atStart, "\n"+m[1]+" ") {
			t.Errorf("%s was not there from the start", m[1])
		}
	}
	exported := map[string][]string{}
	for _, m := range sample.FindAllStringSubmatch(body, -1) {
		names := []string{}
		for _, l := range label.FindAllStringSubmatch(m[2], -1) {
			if l[1] == "le" {
				continue
			}
			names = append(names, l[1])
			if !regexp.MustCompile(`^(?:[a-z0-9][A-Za-z_. ]*|429)$`).MatchString(l[2]) || len(l[2]) > 30 {
				t.Errorf("%s has the label %s=%q", m[1], l[1], l[2])
			}
			for _, said := range []string{"tess", "quixotic", "zweigstelle", "gibberish", "desk"} {
				if strings.Contains(strings.ToLower(l[2]), said) {
					t.Errorf("%s has the label %s=%q", m[1], l[1], l[2])
				}
			}
		}
		slices.Sort(names)
		if len(names) == 0 {
			names = nil
		}
		if was, known := exported[m[1]]; known && !slices.Equal(was, names) {
			t.Errorf("%s has the labels %q and %q", m[1], was, names)
		}
		exported[m[1]] = names
	}
	if promtool, err := exec.LookPath("promtool"); err == nil {
		lint := exec.CommandContext(s.ctx(), promtool, "check", "metrics")
		lint.Stdin = strings.NewReader(body)
		if out, err := lint.CombinedOutput(); err != nil {
			t.Errorf("promtool does not like the metrics: %v\n%s", err, out)
		}
	} else if os.Getenv("CI") != "" {
		t.Error("CI has no promtool")
	}
	if diff := cmp.Diff(documented(t), exported); diff != "" {
		t.Errorf("docs/operations.md says other metrics than are served (-documented +served):\n%s", diff)
	}
	for _, want := range []string{
		`halobot_requests_total{connection="halo",outcome="created",via="command"} 1`,
		`halobot_requests_total{connection="halo",outcome="refused",via="command"} 1`,
		`halobot_slack_sockets_connected 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the metrics do not say %s", want)
		}
	}
}
