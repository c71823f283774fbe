package slackbot_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// office is a stage whose bot serves its numbers, with what workflows and administrators do.
type office struct{ *bottest.Stage }

func newOffice(t *testing.T, o bottest.Options) office {
	t.Helper()
	env := map[string]string{"HTTP_ADDR": "127.0.0.1:0"}
	for name, value := range o.Env {
		env[name] = value
	}
	o.Env = env
	if o.Slack.EventRetries == nil { // Slack's own pauses are of minutes
		o.Slack.EventRetries = []time.Duration{0, time.Second, 5 * time.Second}
	}
	s := office{bottest.New(t, o)}
	s.Slack.SetChannelRate(0, 0)
	return s
}

// command runs another command of the bot beside it; -1 when that could not be done.
func (s office) command(args ...string) (stdout string, code int) {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), s.Path(), args...)
	cmd.Dir, cmd.Env = s.Dir, s.Env()
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Errorf("bot %s: %v", args[0], err)
		return "", -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// step is an execution of the Workflow Builder step.
type step struct {
	s  office
	it *localslack.Interaction
	id string
}

// run runs a workflow up to the step.
func (s office) run(inputs map[string]any) step {
	s.Helper()
	it, x, err := s.Slack.RunStep("create_halo_client", inputs)
	if err != nil {
		s.Fatal(err)
	}
	return step{s, it, x.ID}
}

// key is the request's.
func (x step) key() string { return "fn-" + x.id }

// sent returns when the event is on its way to the bot.
func (x step) sent() step {
	x.s.Helper()
	ctx, cancel := x.s.Patience()
	defer cancel()
	if err := x.it.Sent(ctx); err != nil {
		x.s.Fatal(err)
	}
	return x
}

// again sends the event once more, as Slack does, and returns when the bot has taken it.
func (x step) again(attempt int) {
	x.s.Helper()
	x.s.Acked(x.s.Slack.Redeliver(x.it, attempt))
}

// end waits until the step has ended.
func (x step) end() (ended *localslack.Execution) {
	x.s.Helper()
	x.s.Await("the step to end", func(now *localslack.Snapshot) bool {
		ended = now.Execution(x.id)
		return ended.Done
	})
	return ended
}

// entry is a line of bot history --json.
type entry struct {
	Key, Outcome, Phase, Connection, Name, Via string
	ID                                         int
}

// history is what was asked for with a key; "" is any.
func (s office) history(key string) (list []entry) {
	s.Helper()
	out, code := s.command("history", "--json", "--limit", "0")
	if code != 0 {
		s.Fatalf("bot history ended with %d", code)
	}
	lines := bufio.NewScanner(strings.NewReader(out))
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			s.Fatal(err)
		}
		if key == "" || e.Key == key {
			list = append(list, e)
		}
	}
	return list
}

var servedAt = regexp.MustCompile(`serving health and metrics" address=(\S+)`)

// metrics are the lines that the bot exports at HTTP_ADDR.
func (s office) metrics() []string {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	if err := s.Bots[0].WaitFor(ctx, "serving health and metrics"); err != nil {
		s.Fatal(err)
	}
	address := servedAt.FindStringSubmatch(s.Bots[0].Output())
	if address == nil {
		s.Fatalf("the bot does not say where it serves:\n%s", s.Bots[0].Output())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address[1]+"/metrics", nil)
	if err != nil {
		s.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.Fatal(err)
	}
	return strings.Split(string(bytes.TrimSpace(body)), "\n")
}

// awaitMetric waits until the bot exports a line.
func (s office) awaitMetric(line string) {
	s.Helper()
	s.poll("the bot to export "+line, func() bool {
		for _, l := range s.metrics() {
			if l == line {
				return true
			}
		}
		return false
	})
}

// quiet waits until every request has ended and whoever must know was told.
func (s office) quiet() {
	s.Helper()
	s.awaitMetric("halobot_requests_open 0")
}

// poll looks again and again at what nothing announces.
func (s office) poll(what string, holds func() bool) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			s.Fatalf("waited in vain for %s", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// told are a channel's messages that say all of words.
func (s office) told(channel string, words ...string) (list []*localslack.Message) {
	s.Helper()
	s.Slack.Look(func(now *localslack.Snapshot) {
		for _, m := range now.Messages(channel) {
			if bottest.Says([]*localslack.Message{m}, words...) {
				list = append(list, m)
			}
		}
	})
	return list
}

// posts is how many creates of that name a Halo got.
func posts(h *localhalo.Server, name string) int { return len(h.Calls(localhalo.Creating(name))) }

// clientURL is a client's page in a Halo.
func clientURL(h *localhalo.Server, id int) string {
	return fmt.Sprintf("%s/customers?clientid=%d", h.URL(), id)
}
