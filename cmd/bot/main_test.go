package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/halospec"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

func TestMain(m *testing.M) {
	testscript.Main(bottest.Main{M: m, Parallel: 8}, map[string]func(){"bot": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
	}})
}

// TestScripts runs testdata/script. Each script has a local Slack and a local Halo to itself;
// the commands beside testscript's own are those of scriptCommands.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Cmds:               scriptCommands,
		Setup: func(env *testscript.Env) error {
			slack := localslack.Start(localslack.Options{})
			env.Defer(slack.Close)
			halo := localhalo.New(localhalo.Options{
				FirstID: 4711, Judge: halospec.Judge(t), Granted: []string{"read:customers", "edit:customers", "edit:tickets"},
			})
			if err := halo.Start(); err != nil {
				return err
			}
			env.Defer(halo.Close)
			env.Values[standsKey{}] = &stands{slack: slack, halo: halo}
			env.Setenv("halo_url", halo.URL())
			env.Setenv("desk", localslack.Desk)
			env.Setenv("mail", localslack.Mail)
			env.Setenv("general", localslack.General)
			env.Setenv("private", localslack.Private)
			env.Setenv("group", localslack.TechGroup)
			return nil
		},
	})
}

var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	// configured sets what an administrator must set.
	"configured": func(ts *testscript.TestScript, _ bool, _ []string) {
		slack, halo := standsOf(ts).slack, standsOf(ts).halo
		for name, value := range map[string]string{
			"SLACK_API_URL":      slack.APIURL(),
			"SLACK_APP_TOKEN":    slack.AppToken(),
			"SLACK_BOT_TOKEN":    slack.BotToken(),
			"HALO_URL":           halo.URL(),
			"HALO_CLIENT_ID":     localhalo.DefaultClientID,
			"HALO_CLIENT_SECRET": localhalo.DefaultClientSecret,
			"HALO_SETTLE_TIME":   "1s",
		} {
			ts.Setenv(name, value)
		}
	},
	// exits CODE COMMAND… runs a command that must exit with that code.
	"exits": func(ts *testscript.TestScript, _ bool, args []string) { exits(ts, args) },
	"halo":  haloCommand,
	"slack": slackCommand,
}

func exits(ts *testscript.TestScript, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// stands are a script's stand-ins.
type stands struct {
	slack *localslack.Slack
	halo  *localhalo.Server
	held  *localhalo.Hold
}

type standsKey struct{}

func standsOf(ts *testscript.TestScript) *stands { return ts.Value(standsKey{}).(*stands) }

// haloCommand is what happens in Halo:
//
//	halo client NAME WEBSITE [inactive]
//	halo user ADDRESS NAME CLIENT-ID
//	halo receive ADDRESS NAME SUBJECT  a mail, which becomes a ticket
//	halo close TICKET-ID
//	halo ticket TICKET-ID CLIENT-ID    fails unless it is there
//	halo users CLIENT-ID ADDRESS COUNT fails unless the client has so many users of that address
//	halo fault KIND EFFECT [TIMES]     (no TIMES: from now on)
//	halo mend                          ends all faults
//	halo stop, halo start
//	halo hold KIND                     holds the next such request once it is carried out
//	halo held                          waits until it is
//	halo drop                          breaks its connection
//	halo await KIND COUNT              waits until so many came in
//	halo has NAME COUNT                fails unless there are so many clients of that name
//	halo created NAME                  prints the create's body
//	halo posted COUNT                  fails unless so many creates came in
func haloCommand(ts *testscript.TestScript, _ bool, args []string) {
	s := standsOf(ts)
	halo := s.halo
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	switch args[0] {
	case "client":
		halo.Add(localhalo.Client{Name: args[1], Website: args[2], Inactive: len(args) > 3, TopLevelID: 1})
	case "user":
		halo.AddUser(localhalo.User{Email: args[1], Name: args[2], ClientID: number(ts, args[3])})
	case "receive":
		halo.Receive(localhalo.Mail{Address: args[1], Name: args[2], Subject: args[3]})
	case "close":
		halo.ChangeTicket(number(ts, args[1]), func(t *localhalo.Ticket) { t.Closed = true })
	case "ticket":
		if t, _ := halo.Ticket(number(ts, args[1])); t.ClientID != number(ts, args[2]) {
			ts.Fatalf("the ticket is %+v", t)
		}
	case "users":
		n := 0
		for _, u := range halo.Users(number(ts, args[1])) {
			if u.Email == args[2] {
				n++
			}
		}
		if n != number(ts, args[3]) {
			ts.Fatalf("client %s has %d users of %s", args[1], n, args[2])
		}
	case "fault":
		hidden := localhalo.StoreThenReset()
		hidden.Hide = 15 * time.Second
		effects := map[string]localhalo.Effect{
			"fail":        localhalo.Fail(),
			"forbid":      localhalo.Forbid(),
			"hide":        hidden, // lose, and show it in no list for a while
			"lose":        localhalo.StoreThenReset(),
			"refuse":      localhalo.Refuse(400, localhalo.Sentence, "A main site must be entered for this Customer"),
			"mandatory":   localhalo.Refuse(400, localhalo.Message, "Customer Type is mandatory"),
			"reset":       localhalo.Reset(),
			"unavailable": localhalo.Unavailable(),
		}
		effect, known := effects[args[2]]
		if !known {
			ts.Fatalf("no effect %q", args[2])
		}
		times := 0
		if len(args) > 3 {
			var err error
			times, err = strconv.Atoi(args[3])
			ts.Check(err)
		}
		halo.Inject(localhalo.On(localhalo.Kind(args[1])), times, effect)
	case "mend":
		halo.ClearFaults()
	case "stop":
		halo.Stop()
	case "start":
		ts.Check(halo.Start())
	case "hold":
		s.held = halo.Hold(localhalo.On(localhalo.Kind(args[1])), localhalo.Stored)
	case "held":
		_, err := s.held.Wait(ctx)
		ts.Check(err)
	case "drop":
		s.held.Drop()
	case "await":
		want, err := strconv.Atoi(args[2])
		ts.Check(err)
		ts.Check(halo.Wait(ctx, func() bool { return halo.Count(localhalo.Kind(args[1])) >= want }))
	case "has":
		want, err := strconv.Atoi(args[2])
		ts.Check(err)
		if got := len(halo.Named(args[1])); got != want {
			ts.Fatalf("Halo has %d clients %q, want %d", got, args[1], want)
		}
	case "created":
		for _, c := range halo.Calls(localhalo.Creating(args[1])) {
			fmt.Fprintf(ts.Stdout(), "%s\n", c.Body)
		}
	case "posted":
		want, err := strconv.Atoi(args[1])
		ts.Check(err)
		if got := halo.Count(localhalo.KindCreate); got != want {
			ts.Fatalf("Halo got %d creates, want %d", got, want)
		}
	default:
		ts.Fatalf("halo %s?", args[0])
	}
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

// slackCommand is what happens in Slack:
//
//	slack messages CHANNEL             prints how many, and each with its metadata; replies indented
//	slack await CHANNEL COUNT          waits until so many are there
//	slack scopes SCOPE…                the bot token's, from now on
//	slack fail METHOD CODE [TIMES]
//	slack away METHOD                  the next call is answered with 503
//	slack token CODE                   every call is answered with that error of the token
//	slack member CHANNEL in|out        the bot
//	slack sockets COUNT                waits until so many are open
func slackCommand(ts *testscript.TestScript, _ bool, args []string) {
	slack := standsOf(ts).slack
	switch args[0] {
	case "messages":
		slack.Look(func(now *localslack.Snapshot) {
			messages := now.Messages(args[1])
			fmt.Fprintf(ts.Stdout(), "%d messages\n", len(messages))
			for _, m := range messages {
				indent := ""
				if m.ThreadTS != "" && m.ThreadTS != m.TS {
					indent = "  "
				}
				fmt.Fprintf(ts.Stdout(), "%s%s | %s\n", indent, strings.ReplaceAll(m.Text, "\n", " / "), metadataType(m.Metadata))
			}
		})
	case "await":
		want, err := strconv.Atoi(args[2])
		ts.Check(err)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		ts.Check(slack.Wait(ctx, func(now *localslack.Snapshot) bool { return len(now.Messages(args[1])) >= want }))
	case "scopes":
		slack.SetScopes(args[1:]...)
	case "fail":
		times := 1
		if len(args) > 3 {
			var err error
			times, err = strconv.Atoi(args[3])
			ts.Check(err)
		}
		slack.Fail(args[1], times, args[2])
	case "away":
		slack.FailStatus(args[1], 1, 503)
	case "token":
		slack.SetTokenError(args[1])
	case "sockets":
		want, err := strconv.Atoi(args[1])
		ts.Check(err)
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		ts.Check(slack.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() == want }))
	case "member":
		slack.SetMember(args[1], localslack.Bot, args[2] == "in")
	default:
		ts.Fatalf("slack %s?", args[0])
	}
}

func metadataType(raw json.RawMessage) string {
	var m struct {
		Type string `json:"event_type"`
	}
	if json.Unmarshal(raw, &m) != nil {
		return ""
	}
	return strings.TrimSpace(m.Type)
}
