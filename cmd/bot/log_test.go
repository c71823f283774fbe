package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// linesAfter are the log's lines after a known one.
func linesAfter(p *sandbox.Process, seq int) (texts []string) {
	for _, line := range p.Lines(seq) {
		texts = append(texts, line.Text)
	}
	return texts
}

func TestANormalDayIsTwoLinesARequest(t *testing.T) {
	t.Parallel()
	f := newFault(t, nil)
	mark := f.lastLine()
	const requests = 3
	for i := range requests {
		name := fmt.Sprintf("Day %d", i)
		f.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": name})
		f.AwaitMessage(localslack.Desk, "|"+name+">")
	}
	for i, press := range []string{"halo_new_client", "halo_dismiss_alert"} {
		cmd := exec.CommandContext(f.Context(), f.Path(), "alert", "--channel", localslack.Mail, "--email", fmt.Sprintf("jane@day-%d.com", i))
		cmd.Dir, cmd.Env = f.Dir, f.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		alert := f.AwaitMessage(localslack.Mail, fmt.Sprintf("jane@day-%d.com", i))
		if _, err := f.Slack.Click(localslack.Tess, alert, press); err != nil {
			t.Fatal(err)
		}
		switch press {
		case "halo_new_client":
			view := f.AwaitView(localslack.Tess, "New Halo client", "jane@day-0.com")
			f.Submit(localslack.Tess, view.ID, localslack.Values{"Client name": "Of A Mail"})
			f.AwaitMessage(localslack.Mail, "|Of A Mail>")
		default:
			f.awaitLogAfter(mark, "an alert was answered") // which may be said after what came of it
			f.awaitLogAfter(mark, "outcome=dismissed")
		}
	}
	lines := linesAfter(f.Bots[0], mark)
	// The forms', the alerts' two answers, and that each mail became an alert.
	if len(lines) != 2*requests+2*2+2 {
		t.Errorf("%d requests and two alerts are %d lines:\n%s", requests, len(lines), strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		if !strings.Contains(line, " request=") && !strings.Contains(line, " mail=") {
			t.Errorf("a line names nothing: %s", line)
		}
	}
}

// An outage of Postgres and one of Halo at once, with requests in hand, are their beginnings and ends.
func TestOutagesAreNotALineATry(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for outages to last")
	}
	f := newFault(t, aPostgresFarAway)
	const requests = 8
	var names []string
	f.Halo.Stop()
	for i := range requests {
		names = append(names, fmt.Sprintf("Patient %d", i))
		f.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": names[i]})
	}
	f.awaitLogAfter(0, "Halo cannot be used")
	f.detour.Cut()
	f.awaitLogAfter(0, "the database cannot be used")
	time.Sleep(4 * time.Second) // of tries: mails are looked for every few seconds, and requests are due
	f.detour.Mend()
	f.awaitLogAfter(0, "the database can be used again")
	if err := f.Halo.Start(); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f.AwaitMessage(localslack.Desk, "|"+name+">")
	}
	f.awaitLogAfter(0, "Halo can be used again")
	of := map[string]int{}
	for _, line := range linesAfter(f.Bots[0], 0) {
		for _, what := range []string{"cannot be used", "can be used again", "not ready", "msg=ready"} {
			if strings.Contains(line, what) {
				of[what]++
			}
		}
		// Each of the two has a beginning and an end; the rest is of the start and the requests'.
		if strings.Contains(line, "level=WARN") || strings.Contains(line, "level=ERROR") {
			of["alarming"]++
		}
	}
	if of["cannot be used"] != 2 || of["can be used again"] != 2 {
		t.Errorf("the outages are told %v", of)
	}
	// That a new database was made, the two beginnings, and that the list of clients is the old one.
	if of["alarming"] > 4 {
		t.Errorf("%d lines are alarming\n%s", of["alarming"], f.Bots[0].Output())
	}
}

// said is a line of a log in JSON.
type said struct {
	Level, Msg, Fix, Error       string
	Version, Database, Team, Bot string
	Halo, On                     string
	Sockets                      int
	Problems                     []string
}

func TestTheStartSaysWhoRunsWhereWithWhat(t *testing.T) {
	t.Parallel()
	s := bottest.New(t, bottest.Options{Env: map[string]string{
		"LOG_FORMAT": "json", "LOG_LEVEL": "info", "HTTP_ADDR": "127.0.0.1:0", "AUTHSERV_ID": "mx.example.com", "SLACK_ERROR_CHANNEL": localslack.Desk,
	}})
	if made := "made a new database at " + filepath.Join(s.Dir, "halobot.db") + ": was another expected?"; !strings.Contains(s.Bots[0].Output(), `"level":"WARN","msg":"`+made) {
		t.Errorf("the start does not say that it %s", made)
	}
	var start said
	for line := range strings.Lines(s.Bots[0].Output()) {
		if strings.Contains(line, `"msg":"started"`) {
			if err := json.Unmarshal([]byte(line), &start); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := said{
		Level: "INFO", Msg: "started", Version: start.Version, Database: filepath.Join(s.Dir, "halobot.db"), Sockets: 2,
		Team: "Service Desk (" + localslack.Team + ")", Bot: "@halo-clients", Halo: "halo at " + s.Halo.URL(),
		On: "filing, mail verdicts, error channel, health and metrics",
	}
	if fmt.Sprint(start) != fmt.Sprint(want) || !strings.HasPrefix(start.Version, "halobot ") {
		t.Errorf("the start says\n%+v, want\n%+v", start, want)
	}
}

// Whatever a bot dies of, its last line is in the format that was chosen, at ERROR, and says what to
// do.
func TestTheLastLineSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	for name, c := range map[string]struct {
		env  map[string]string
		dead string // Slack's word for the token
		code int
		why  string
	}{
		"bad configuration": {env: map[string]string{"HALO_URL": "not an address", "LOG_LEVEL": "loud"}, code: exitInvalid, why: "configuration cannot be used"},
		"no folder":         {env: map[string]string{"DATABASE_URL": "sqlite:/nonexistent/halobot.db"}, code: exitFailed, why: "/nonexistent/halobot.db"},
		"no Postgres":       {env: map[string]string{"DATABASE_URL": "postgres://sesame:sesame@127.0.0.1:1/halobot"}, code: exitFailed, why: "DATABASE_URL"}, // whose user is named
		"address taken":     {env: map[string]string{"HTTP_ADDR": taken.Addr().String()}, code: exitFailed, why: "address already in use"},
		"dead token":        {dead: "invalid_auth", code: exitFailed, why: "SLACK_BOT_TOKEN"},
	} {
		for _, format := range []string{"json", "text"} {
			t.Run(name+"/"+format, func(t *testing.T) {
				t.Parallel()
				env := map[string]string{"LOG_FORMAT": format, "LOG_LEVEL": "info"}
				for variable, value := range c.env {
					env[variable] = value
				}
				s := bottest.New(t, bottest.Options{Bots: -1, Env: env})
				if c.dead != "" {
					s.Slack.SetTokenError(c.dead)
				}
				ctx, cancel := s.Patience()
				defer cancel()
				cmd := exec.CommandContext(ctx, s.Path())
				cmd.Dir, cmd.Env = s.Dir, s.Env()
				out, err := cmd.CombinedOutput()
				var exit *exec.ExitError
				if !errors.As(err, &exit) || exit.ExitCode() != c.code {
					t.Errorf("it ends with %v, want exit code %d", err, c.code)
				}
				if strings.Contains(string(out), "sesame") {
					t.Errorf("the password is told: %s", out)
				}
				lines := strings.Split(strings.TrimSpace(string(out)), "\n")
				last := lines[len(lines)-1]
				if format == "text" {
					if !strings.Contains(last, " level=ERROR ") || !strings.Contains(last, ` fix="`) || !strings.Contains(string(out), c.why) {
						t.Errorf("it says\n%s", out)
					}
					return
				}
				for _, line := range lines {
					if !json.Valid([]byte(line)) {
						t.Errorf("no JSON: %s", line)
					}
				}
				var end said
				if err := json.Unmarshal([]byte(last), &end); err != nil || end.Level != "ERROR" || end.Fix == "" || !strings.Contains(end.Msg+end.Error, c.why) {
					t.Errorf("its last line is %s", last)
				}
				if c.code == exitInvalid && len(end.Problems) != 2 {
					t.Errorf("its last line has the problems %q", end.Problems)
				}
			})
		}
	}
}
