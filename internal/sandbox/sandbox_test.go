package sandbox

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// buffer is a bytes.Buffer for two goroutines.
type buffer struct {
	mu   sync.Mutex
	data bytes.Buffer
	more chan struct{}
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
	return b.data.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.data.String()
}

func TestRunSaysWhereThePageIsAndLeavesNothing(t *testing.T) {
	bot, err := theBot()
	if err != nil {
		t.Fatal(err)
	}
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	out := &buffer{more: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, Options{Executable: bot}, out) }()
	for !strings.Contains(out.String(), "Ctrl-C") {
		select {
		case <-out.more:
		case err := <-ended:
			t.Fatalf("it ended: %v", err)
		}
	}
	_, after, _ := strings.Cut(out.String(), "http://127.0.0.1:")
	url := "http://127.0.0.1:" + strings.Fields(after)[0]
	resp, err := http.Get(url)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("GET %s: %v, %v", url, resp, err)
	}
	resp.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// BenchmarkTheFirstScreen is what passes between the sandbox's start and its page:
//
//	go test ./internal/sandbox -run NONE -bench FirstScreen
func BenchmarkTheFirstScreen(b *testing.B) {
	bot, err := theBot()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Start(b.Context(), Options{Executable: bot})
		if err != nil {
			b.Fatal(err)
		}
		resp, err := http.Get(s.Address())
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatalf("GET: %v, %v", resp, err)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		b.StopTimer()
		s.Close()
		b.StartTimer()
		if err != nil {
			b.Fatal(err)
		}
	}
}

func TestKeptSandboxGoesOn(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "kept")
	s := startSandbox(t, Options{Keep: dir})
	s.tenants[0].halo.Add(localhalo.Client{Name: "Kept Ltd"})
	s.Close()
	if _, err := os.Stat(filepath.Join(dir, "halobot.db")); err != nil {
		t.Error(err)
	}
	again := startSandbox(t, Options{Keep: dir})
	if n := len(again.tenants[0].halo.Named("Kept Ltd")); n != 1 {
		t.Errorf("%d of the clients that were kept", n)
	}
}

func TestTheBotIsStartedAgainWhenItDiesByItself(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	s.bot.Signal(syscall.SIGKILL) // not by the page's switch
	if err := waitBot(t, s, func() bool { return s.bot.Runs() == 2 && s.bot.Running() }); err != nil {
		t.Error(err)
	}
}

func TestTheBotStaysDeadWhenAPersonKilledIt(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	s.KillBot()
	if v := s.botState(); v.State != "dead" || v.Pid != 0 {
		t.Errorf("state %+v", v)
	}
	if err := s.StartBot(); err != nil {
		t.Fatal(err)
	}
	if err := s.connected(t.Context()); err != nil {
		t.Error(err)
	}
	if s.bot.Runs() != 2 {
		t.Errorf("%d runs", s.bot.Runs())
	}
}

func waitBot(t *testing.T, s *Sandbox, cond func() bool) error {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		changed := s.bot.Changed()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%w; the bot wrote\n%s", ctx.Err(), s.bot.Output())
		}
	}
}

func TestTwoTenantsTwoConnections(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{Connections: 2})
	it, err := s.slack.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme acme.example")
	if err != nil {
		t.Fatal(err)
	}
	view, err := it.Opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.slack.SubmitView(localslack.Tess, view.ID, localslack.Values{"Halo connection": "uat"}); err != nil {
		t.Fatal(err)
	}
	uat := s.tenants[1].halo
	if err := uat.Wait(t.Context(), func() bool { return len(uat.Named("Acme")) == 1 }); err != nil {
		t.Error(err)
	}
	if n := len(s.tenants[0].halo.Named("Acme")); n != 0 {
		t.Errorf("%d clients in the other tenant", n)
	}
}

func TestAFaultEndsAndLeavesTheOthersOn(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	for _, id := range []string{"limit", "away", "slow", "down"} {
		if err := s.SetFault(id, true, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"away", "slow"} {
		if err := s.SetFault(id, false, ""); err != nil {
			t.Fatal(err)
		}
	}
	var on []string
	for _, f := range s.faultInfos() {
		if f.On {
			on = append(on, f.ID)
		}
	}
	if got := strings.Join(on, " "); got != "down limit" {
		t.Errorf("on: %s", got)
	}
	resp, err := http.Post(s.slack.APIURL()+"chat.postMessage", "application/x-www-form-urlencoded", strings.NewReader("token="+s.slack.BotToken()))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTooManyRequests {
		t.Errorf("Slack answers a message with %d, want 429 still", resp.StatusCode)
	}
	s.Calm()
	for _, f := range s.faultInfos() {
		if f.On {
			t.Errorf("%s is on after all were switched off", f.ID)
		}
	}
	if err := s.SetFault("nothing", true, ""); err == nil {
		t.Error("a fault that does not exist was switched on")
	}
	if err := s.SetFault("slow", true, "7 seconds"); err == nil {
		t.Error("a time that is no choice was taken")
	}
	if err := s.SetFault("slow", false, "6 seconds"); err != nil {
		t.Fatal(err)
	}
	for _, f := range s.faultInfos() {
		if f.ID == "slow" && (f.On || f.Choice != "6 seconds") {
			t.Errorf("a choice while it is off made it %+v", f)
		}
	}
}

// news reads a page's news until each has come, and returns all that came.
func news(t *testing.T, s *Sandbox, until ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/news", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var all strings.Builder
	lines := bufio.NewReader(resp.Body)
	for {
		line, err := lines.ReadString('\n')
		all.WriteString(line)
		missing := ""
		for _, want := range until {
			if !strings.Contains(all.String(), want) {
				missing = want
			}
		}
		if missing == "" {
			return all.String()
		}
		if err != nil {
			t.Fatalf("waiting for news of %q: %v", missing, err)
		}
	}
}

func TestNewsTellNoSecrets(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	it, err := s.slack.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme acme.example")
	if err != nil {
		t.Fatal(err)
	}
	view, err := it.Opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.slack.SubmitView(localslack.Tess, view.ID, nil); err != nil {
		t.Fatal(err)
	}
	all := news(t, s, "event: traffic", "chat.postMessage", "POST /api/Client", "POST /auth/token")
	for name, secret := range map[string]string{"bot token": s.slack.BotToken(), "app token": s.slack.AppToken(), "Halo secret": s.tenants[0].key} {
		if strings.Contains(all, secret) {
			t.Errorf("the news have the %s", name)
		}
	}
}

func TestHaloOnlyUsesTheSlackItIsGiven(t *testing.T) {
	t.Parallel()
	slack := localslack.Start(localslack.Options{})
	t.Cleanup(slack.Close)
	s := startSandbox(t, Options{HaloOnly: true, Variables: map[string]string{
		"SLACK_BOT_TOKEN": slack.BotToken(), "SLACK_APP_TOKEN": slack.AppToken(), "SLACK_API_URL": slack.APIURL(),
	}})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := slack.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() > 0 }); err != nil {
		t.Fatal(err)
	}
	all := news(t, s, "event: faults", "event: halo", "event: bot")
	if strings.Contains(all, "event: slack") || !strings.Contains(all, `"haloOnly":true`) {
		t.Error("the page is told of a Slack that is not the sandbox's")
	}
}
