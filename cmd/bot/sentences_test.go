package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
	"halobot/internal/sandbox/sentences"
)

var _ = flag.Bool("update", false, "write the golden file anew")

// What somebody reads who calls a command wrongly, and who waits for one and gets no client.
func TestSentencesOfTheCommandLine(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	for _, args := range [][]string{
		{"nonsense"}, {"--nonsense"},
		{"create"}, {"create", "--name", "Acme", "--if-exists", "maybe"}, {"create", "--name", "Acme", "--key", "a b"}, {"create", "--name", "Acme", "--wait", "5"},
		{"history", "--limit", "-1"}, {"history", "--since", "yesterday"}, {"history", "--json", "--csv"},
		{"sandbox", "--connections", "3"}, {"sandbox", "--port", "65536"},
		{"backup"}, {"ready"}, {"check", "--nonsense"},
	} {
		_, _, stderr := command(t, nil, args...)
		fmt.Fprintf(&out, "$ bot %s\n%s\n", strings.Join(args, " "), stderr)
	}

	_, _, stderr := command(t, map[string]string{"DATABASE_URL": "sqlite:nowhere/bot.db"}, "history")
	fmt.Fprintf(&out, "$ bot history\n%s\n", stderr)
	at := time.Date(2026, 11, 24, 8, 12, 0, 0, time.Local)
	acme := halo.Client{ID: 12, Name: "ACME ltd"}
	request := func(key string, s onboarding.State) onboarding.Receipt {
		return onboarding.Receipt{State: s, Request: onboarding.Request{
			Key: key, Draft: draft.Draft{Connection: "halo", Name: "Acme Ltd", Website: "acme.com"}, At: at,
			By: onboarding.Person{ID: "U1", Name: "Tess"}, Via: "alert", Place: onboarding.Place{Name: "mail-alerts"},
		}}
	}
	entries := newEntries([]onboarding.Receipt{
		request("k1-anyway", onboarding.State{Outcome: onboarding.Created, Client: &halo.Client{ID: 4711, Name: "Acme Ltd"}}),
		request("k1", onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{acme}}),
		request("k2", onboarding.State{Phase: onboarding.Checking}),
	}, func(_ string, id int) string {
		if id == 0 {
			return ""
		}
		return halo.ClientURL("https://acme.halopsa.com", id)
	})
	var table strings.Builder
	if err := historyTable(&table, entries); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "$ bot history\n%s", when.ReplaceAllString(table.String(), "$1 …  "))

	out.WriteString("\nWhile bot create waits:\n")
	for _, s := range []onboarding.State{
		{},
		{Phase: onboarding.Waiting, Ahead: &onboarding.Person{Name: "Tess"}},
		{Phase: onboarding.Checking},
		{Phase: onboarding.Outage, Problem: "Halo's rate limit is reached (429)."},
	} {
		fmt.Fprintf(&out, "\t%s\n", waitingFor(s))
	}

	out.WriteString("\nWhen there is no client:\n")
	for _, end := range []struct {
		ifExists string
		state    onboarding.State
	}{
		{"fail", onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{acme}}},
		{"use", onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{acme, acme}}},
		{"use", onboarding.State{Outcome: onboarding.Refused, Problem: `Halo refused: "Customer type is mandatory".`}},
		{"use", onboarding.State{Outcome: onboarding.Unreachable, Problem: "Halo did not answer in time. The bot tried for 15 minutes."}},
		{"use", onboarding.State{Outcome: onboarding.Unconfirmed}},
		{"use", onboarding.State{Phase: onboarding.Outage}},
		{"use", onboarding.State{Phase: onboarding.Checking, Deadline: time.Now()}},
	} {
		r := onboarding.Receipt{State: end.state}
		r.Request.Key, r.Request.Draft.Connection, r.Request.Draft.Name = "shell-order-66", "halo", "Acme Ltd"
		code, problem := createCmd{Key: "order-66", IfExists: end.ifExists}.failure(r)
		fmt.Fprintf(&out, "\t(%d) %s\n", code, problem)
	}
	sentences.Check(t, "The command line", out.String())
}

// What an administrator reads of bot check, with all in order and with each thing broken.
func TestSentencesOfBotCheck(t *testing.T) {
	t.Parallel()
	clients := []localhalo.Client{{ID: 1, Name: "Unknown", TopLevelID: 1, MainSite: "Main", MainSiteID: 1001}}
	all := []string{"read:customers", "edit:customers", "edit:tickets"}
	var out strings.Builder
	for _, tt := range []struct {
		when string
		halo localhalo.Options
		env  map[string]string
		do   func(*localslack.Slack, *localhalo.Server)
	}{
		{when: "all is well", halo: localhalo.Options{Clients: clients, Granted: all}, env: map[string]string{
			"HALO_CATCH_ALL_CLIENTS": "1", "HALO_SCOPE": strings.Join(all, " "), "HALO_TOPLEVEL_ID": "1",
			"HALO_CLIENT_FIELDS": `{"customertype":1}`, "SLACK_ALLOWED_USERGROUPS": localslack.TechGroup, "SLACK_ERROR_CHANNEL": localslack.Desk}},
		{when: "the bot token was revoked, and Halo does not know the secret", halo: localhalo.Options{Clients: clients},
			env: map[string]string{"HALO_CLIENT_SECRET": "of-another-application"},
			do:  func(s *localslack.Slack, _ *localhalo.Server) { s.SetTokenError("token_revoked") }},
		{when: "nothing is set", env: map[string]string{
			"SLACK_APP_TOKEN": "", "SLACK_BOT_TOKEN": "", "HALO_URL": "", "HALO_CLIENT_ID": "", "HALO_CLIENT_SECRET": "", "DATABASE_URL": ""}},
		{when: "the tokens are exchanged", halo: localhalo.Options{Clients: clients}, env: map[string]string{
			"SLACK_APP_TOKEN": "xoxb-1", "SLACK_BOT_TOKEN": "xapp-1"}},
		{when: "what is configured is not there", halo: localhalo.Options{Clients: clients, Granted: []string{"read:customers"}}, env: map[string]string{
			"SLACK_ALLOWED_CHANNELS": localslack.General + ",C0NOWHERE", "SLACK_ALLOWED_USERGROUPS": "S0NOBODY",
			"HALO_CATCH_ALL_CLIENTS": "99", "HALO_TOPLEVEL_ID": "7", "DATABASE_URL": "sqlite:nowhere/bot.db"},
			do: func(s *localslack.Slack, _ *localhalo.Server) { s.SetScopes("chat:write", "channels:read") }},
		{when: "Halo is empty", halo: localhalo.Options{}},
		{when: "Halo is away", halo: localhalo.Options{Clients: clients}, env: map[string]string{"HALO_URL": "http://127.0.0.1:1"}},
	} {
		fmt.Fprintf(&out, "## %s\n\n%s\n", tt.when, checked(t, tt.halo, tt.env, tt.do))
	}
	sentences.Check(t, "bot check", out.String())
}

// when is a row's time, which is another one in each time zone; with it goes the heading above.
var when = regexp.MustCompile(`(?m)^(TIME|2026-11-24)(?: \d\d:\d\d \S+)?\s+`)

// passing is what is another one at each run.
var passing = regexp.MustCompile(`clock and Halo's are \S+ apart`)

// checked is what bot check prints.
func checked(t *testing.T, o localhalo.Options, env map[string]string, do func(*localslack.Slack, *localhalo.Server)) string {
	t.Helper()
	workspace := localslack.Start(localslack.Options{})
	t.Cleanup(workspace.Close)
	tenant := localhalo.New(o)
	if err := tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	if do != nil {
		do(workspace, tenant)
	}
	dir := t.TempDir()
	environ := map[string]string{
		"SLACK_API_URL": workspace.APIURL(), "SLACK_APP_TOKEN": workspace.AppToken(), "SLACK_BOT_TOKEN": workspace.BotToken(),
		"HALO_URL": tenant.URL(), "HALO_CLIENT_ID": localhalo.DefaultClientID, "HALO_CLIENT_SECRET": localhalo.DefaultClientSecret,
		"DATABASE_URL": "sqlite:" + filepath.Join(dir, "bot.db"),
	}
	maps.Copy(environ, env)
	_, stdout, stderr := command(t, environ, "check")
	says := passing.ReplaceAllString(stdout+stderr, "clock and Halo's are 1s apart")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(dir+string(os.PathSeparator), "", here+string(os.PathSeparator), "", tenant.URL(), "https://acme.halopsa.com", workspace.APIURL(), "https://slack.com/api/").Replace(says)
}
