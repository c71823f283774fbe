package localslack_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/localslack"
)

// The official SDKs for JavaScript, with their own idea of Slack, judge the local one: what is
// in testdata/referees runs against it. They come from npm once, into the user's cache.

// referees gives the folder in which they are installed. Without Node and npm the test is
// skipped, except where CI provides them.
func referees(t *testing.T) string {
	t.Helper()
	dir, err := installed()
	if _, missing := err.(*exec.Error); missing && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var installed = sync.OnceValues(func() (string, error) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", err
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir() // no home
	}
	sources := os.DirFS("testdata/referees")
	lock, err := os.ReadFile("testdata/referees/package-lock.json")
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "halobot-referees")
	modules := filepath.Join(root, fmt.Sprintf("%x", sha256.Sum256(lock))[:16])
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	if _, err := os.Stat(modules); err != nil {
		// Made beside and put in place at once, so that nobody finds half of it.
		fresh, err := os.MkdirTemp(root, "fresh-")
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(fresh)
		if err := os.CopyFS(fresh, sources); err != nil {
			return "", err
		}
		npm := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
		npm.Dir = fresh
		if out, err := npm.CombinedOutput(); err != nil {
			return "", fmt.Errorf("npm ci: %w\n%s", err, out)
		}
		if err := os.Rename(fresh, modules); err != nil && !os.IsExist(err) {
			if _, there := os.Stat(modules); there != nil {
				return "", err
			}
		}
	}
	// The scripts may have changed since; each run has its own, beside the modules.
	run, err := os.MkdirTemp(modules, "run-")
	if err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() { os.RemoveAll(run) })
	return run, os.CopyFS(run, sources)
})

// cleanups are done after all tests.
var cleanups []func()

// referee is one of the scripts, running against a workspace.
type referee struct {
	t      *testing.T
	lines  *bufio.Scanner
	errors *bytes.Buffer
}

func startReferee(t *testing.T, s *localslack.Slack, script string, env ...string) *referee {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", script)
	cmd.Dir = referees(t)
	cmd.Env = append(os.Environ(), append(env, "SLACK_API_URL="+s.APIURL(), "SLACK_BOT_TOKEN="+s.BotToken(), "SLACK_APP_TOKEN="+s.AppToken())...)
	r := &referee{t: t, errors: &bytes.Buffer{}}
	cmd.Stderr = r.errors
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s wrote:\n%s", script, r.errors)
		}
	})
	return r
}

// says waits for a line.
func (r *referee) says(want string) {
	r.t.Helper()
	for r.lines.Scan() {
		if r.lines.Text() == want {
			return
		}
	}
	r.t.Fatalf("never said %q", want)
}

func TestTheWebAPIClientReadsEveryAnswer(t *testing.T) {
	t.Parallel()
	dir := referees(t)
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	s.RateLimit("bots.info", 1, time.Second)
	mend := s.Break("bots.info", 1, localslack.Status(503))
	defer mend()
	node := exec.CommandContext(t.Context(), "node", "web-api.js")
	node.Dir = dir
	node.Env = append(os.Environ(), "SLACK_API_URL="+s.APIURL(), "SLACK_BOT_TOKEN="+s.BotToken(), "SLACK_APP_TOKEN="+s.AppToken(),
		"CHANNEL="+localslack.Desk, "PERSON="+localslack.Tess, "GROUP="+localslack.TechGroup)
	if out, err := node.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if n := s.Calls("bots.info"); n < 3 {
		t.Errorf("bots.info was called %d times, through a 429 and a 503", n)
	}
}

func TestTheSocketModeClientTakesEverything(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{EventRetries: []time.Duration{0}})
	r := startReferee(t, s, "socket-mode.js")
	r.says("connected")
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	must(s.Command(localslack.Tess, localslack.Desk, "/x", "Acme"))(t)
	r.says("command /x Acme")
	wait(t, s, func(now *localslack.Snapshot) bool { return len(now.EphemeralsFor(localslack.Tess)) == 1 })

	call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x", "blocks", raw(append(buttons("go", "1"), object{
		"type": "actions", "elements": []any{object{"type": "external_select", "action_id": "find"}},
	})))
	m := lastMessage(s, localslack.Desk)
	must(s.Click(localslack.Tess, m, "go"))(t)
	r.says("block_actions go")
	it := must(s.Suggest(localslack.Tess, m, "find", "acme"))(t)
	r.says("block_suggestion acme")
	if got := must(it.Choices(t.Context()))(t); !slices.Equal(got, []localslack.Choice{{Text: "Acme", Value: "12"}}) {
		t.Errorf("choices: %v", got)
	}
	must(must(s.OpenHome(localslack.Tess))(t).Wait(t.Context()))(t)
	r.says("event app_home_opened 0")

	for _, lose := range []func(){func() { s.Refresh("refresh_requested") }, s.DropSockets} {
		lose()
		r.says("connected")
		wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	}
	must(s.Command(localslack.Tess, localslack.Desk, "/x", "again"))(t)
	r.says("command /x again")
}

func TestABoltAppWorksHere(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	startReferee(t, s, "bolt.js")
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })

	// A command opens the form; a search in it turns it into another, and keeps what is chosen.
	view := must(must(s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", ""))(t).Opened(t.Context()))(t)
	found := must(must(s.Suggest(localslack.Tess, view, "find", "ac"))(t).Choices(t.Context()))(t)
	if !slices.Equal(found, []localslack.Choice{{Text: "Acme for ac", Value: "12"}}) {
		t.Fatalf("choices: %v", found)
	}
	must(s.Click(localslack.Tess, view, "find", "12"))(t)
	wait(t, s, func(now *localslack.Snapshot) bool { return now.OpenView(localslack.Tess).Title == "Has 12" })
	refused := must(must(s.SubmitView(localslack.Tess, view.ID, localslack.Values{"Name": "wrong"}))(t).Wait(t.Context()))(t)
	if refused.Action != "errors" {
		t.Errorf("a wrong name: %+v", refused)
	}
	done := must(must(s.SubmitView(localslack.Tess, view.ID, localslack.Values{"Name": "Acme", "then": "user,ticket"}))(t).Wait(t.Context()))(t)
	if done.Action != "update" {
		t.Errorf("submitted: %+v", done)
	}
	says := func(channel, text string) {
		t.Helper()
		wait(t, s, func(now *localslack.Snapshot) bool {
			return slices.ContainsFunc(now.Messages(channel), func(m *localslack.Message) bool { return m.Text == text })
		})
	}
	says(localslack.Desk, "Acme 12 user+ticket")

	another := must(must(s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", ""))(t).Opened(t.Context()))(t)
	must(s.CloseView(localslack.Tess, another.ID))(t)
	wait(t, s, func(now *localslack.Snapshot) bool { return len(now.DMs(localslack.Tess)) == 1 })
	mail := must(s.PostEmail(localslack.Mail, localslack.Email{From: localslack.Mailbox{Address: "jane@acme.com"}, Subject: "Printer"}))(t)
	must(s.MessageShortcut(localslack.Tess, localslack.Mail, mail.TS, "halo_new_client"))(t)
	says(localslack.Mail, "jane@acme.com")

	call(t, s, "chat.postMessage", "channel", localslack.Desk, "text", "x", "attachments", raw([]any{object{"blocks": buttons("press", "7")}}))
	must(s.Click(localslack.Tess, lastMessage(s, localslack.Desk), "press"))(t)
	says(localslack.Desk, "pressed 7")

	must(s.OpenHome(localslack.Tess))(t)
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Home(localslack.Tess) != nil })
	for name, want := range map[string]string{"Acme": "made Acme", "bad": ""} {
		_, x, err := s.RunStep("step", map[string]any{"name": name})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, s, func(now *localslack.Snapshot) bool { return now.Execution(x.ID).Done })
		s.Look(func(now *localslack.Snapshot) {
			end := now.Execution(x.ID)
			if got, _ := end.Outputs["id"].(string); got != want || !end.ByItsToken || (end.Error == "") != (want != "") {
				t.Errorf("the step ended with %+v", end)
			}
		})
	}
}

func lastMessage(s *localslack.Slack, channel string) (m *localslack.Message) {
	s.Look(func(now *localslack.Snapshot) {
		list := now.Messages(channel)
		m = list[len(list)-1]
	})
	return m
}

// TestWhatTheBotShowsIsWhatSlacksTypesSay holds every golden view and message of the bot to
// @slack/types, as strictly as TypeScript can.
func TestWhatTheBotShowsIsWhatSlacksTypesSay(t *testing.T) {
	t.Parallel()
	dir := referees(t)
	golden, err := filepath.Glob("../../modals/testdata/*.json")
	if err != nil || len(golden) < 20 {
		t.Fatalf("%d golden files (%v)", len(golden), err)
	}
	var ts strings.Builder
	ts.WriteString(`import type { HomeView, KnownBlock, MessageMetadata, ModalView } from "@slack/types";
// No blocks but those that Slack knows: its own types let any object pass.
type Known<V> = Omit<V, "blocks"> & { blocks: KnownBlock[] };
type Message = { text: string; blocks?: KnownBlock[]; metadata: MessageMetadata | null };
export type Shown = { modal: Known<ModalView>; home: Known<HomeView>; message: Message };
`)
	for _, path := range golden {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var o struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if o.Type == "" {
			o.Type = "message"
		}
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		fmt.Fprintf(&ts, "export const %s: Shown[%q] = %s;\n", strings.ReplaceAll(name, "-", "_"), o.Type, raw)
	}
	if err := os.WriteFile(filepath.Join(dir, "golden.ts"), []byte(ts.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	tsc := exec.CommandContext(t.Context(), "node", "../node_modules/typescript/bin/tsc", "--strict", "--noEmit", "--skipLibCheck",
		"--module", "nodenext", "--moduleResolution", "nodenext", "golden.ts")
	tsc.Dir = dir
	if out, err := tsc.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
