package config

import (
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/sandbox/sentences"
)

var _ = flag.Bool("update", false, "write the golden file anew")

// complete is an environment in which nothing is missing.
var complete = []string{
	"SLACK_APP_TOKEN=xapp-test", "SLACK_BOT_TOKEN=xoxb-test",
	"HALO_URL=https://acme.halopsa.com/api/", "HALO_CLIENT_ID=id-1", "HALO_CLIENT_SECRET=hush-hush",
}

func load(t *testing.T, needs Needs, env ...string) (Config, []string) {
	t.Helper()
	c, err := Load(env, filepath.Join(t.TempDir(), ".env"), needs)
	return c, problemsOf(t, err)
}

func problemsOf(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var invalid *Invalid
	if !errors.As(err, &invalid) || len(invalid.Problems) == 0 {
		t.Fatalf("Load's error is %T %v, want an *Invalid with problems", err, err)
	}
	return invalid.Problems
}

func with(env []string, more ...string) []string { return slices.Concat(env, more) }

func TestACompleteEnvironmentGetsTheDefaults(t *testing.T) {
	t.Parallel()
	got, problems := load(t, Everything, complete...)
	if problems != nil {
		t.Fatalf("problems = %q", problems)
	}
	if got.Prefill == nil {
		t.Error("no templates: want the built-in ones")
	}
	got.Prefill, got.secrets = nil, nil
	want := Config{
		Slack: Slack{AppToken: "xapp-test", BotToken: "xoxb-test", APIURL: "https://slack.com/api/", Sockets: 2},
		Halo: []halo.Settings{{
			Name: "halo", URL: "https://acme.halopsa.com", ClientID: "id-1", ClientSecret: "hush-hush",
			Scope: "read:customers edit:customers", RequestsPerMinute: 60, VarPrefix: "HALO_",
		}},
		SettleTime: 2 * time.Minute,
		OnError:    draft.Exception,
		Mail:       draft.Rules{OwnDomains: []string{"acme.halopsa.com"}, TicketTags: []string{"ID:"}},
		Database:   "sqlite:halobot.db",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Config{})); diff != "" {
		t.Errorf("Config differs (-want +got):\n%s", diff)
	}
}

func TestEveryMissingVariableIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, problems := load(t, Everything)
	want := []string{"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "HALO_URL", "HALO_CLIENT_ID", "HALO_CLIENT_SECRET"}
	if len(problems) != len(want) {
		t.Fatalf("problems = %q, want one for each of %q", problems, want)
	}
	for i, name := range want {
		if rest, ok := strings.CutPrefix(problems[i], name+" is not set. "); !ok || rest == "" {
			t.Errorf("problem %d = %q, want that %s is not set and where to get it", i, problems[i], name)
		}
	}
}

func TestACommandIsAskedOnlyForWhatItUses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		command string
		needs   Needs
		env     []string
	}{
		{"one that uses nothing", 0, nil},
		{"history", Database, []string{"HALO_URL=not a url", "SLACK_SOCKETS=many"}},
		{"alert", BotToken | Halo, with(complete[1:], "SLACK_APP_TOKEN=rubbish", "DATABASE_URL=rubbish")},
		{"create", Halo | Database, complete[2:]},
	} {
		t.Run(tc.command, func(t *testing.T) {
			t.Parallel()
			if _, problems := load(t, tc.needs, tc.env...); problems != nil {
				t.Errorf("problems = %q, want none", problems)
			}
		})
	}
}

// badValues are values that cannot be used, each with its sentence.
var badValues = []struct{ set, want string }{
	{"SLACK_APP_TOKEN=xoxb-test", "SLACK_APP_TOKEN holds the bot token (xoxb-…), which belongs elsewhere. " + whereAppToken},
	{"SLACK_BOT_TOKEN=xapp-test", "SLACK_BOT_TOKEN holds the app-level token (xapp-…), which belongs elsewhere. " + whereBotToken},
	{"SLACK_BOT_TOKEN=xoxp-test", "SLACK_BOT_TOKEN holds a user token (xoxp-…), which belongs elsewhere. " + whereBotToken},
	{"SLACK_BOT_TOKEN=xoxb-", "SLACK_BOT_TOKEN holds only a token's beginning. " + whereBotToken},
	{"SLACK_BOT_TOKEN=xoxb-1 2", "SLACK_BOT_TOKEN holds white space inside the token: it was pasted with something else. " + whereBotToken},
	{"SLACK_BOT_TOKEN=hello", "SLACK_BOT_TOKEN is not a token that begins with xoxb-. " + whereBotToken},
	{`SLACK_BOT_TOKEN="xoxb-1"`, "SLACK_BOT_TOKEN has quotes around its value. Remove them: docker's --env-file and systemd's Environment= take them literally."},
	{"SLACK_BOT_TOKEN=xoxb-1\u200b2", "SLACK_BOT_TOKEN holds characters that cannot be seen, which a copy brought along. Type it, or paste it by way of a plain text editor."},
	{"SLACK_API_URL=slack.com", "SLACK_API_URL must be a web address like https://slack.com/api/."},
	{"SLACK_API_URL=https://slack.com/api/?x=1", "SLACK_API_URL must be a plain web address, without user, ? or #."},
	{"SLACK_SOCKETS=0", "SLACK_SOCKETS must be a whole number from 1 to 10."},
	{"SLACK_SOCKETS=11", "SLACK_SOCKETS must be a whole number from 1 to 10."},
	{"SLACK_SOCKETS=two", "SLACK_SOCKETS must be a whole number from 1 to 10."},
	{"SLACK_ALLOWED_CHANNELS=C1,#general", "SLACK_ALLOWED_CHANNELS must be a comma-separated list of channel ids (C0123ABCD); entry 2 is not one. Names do not work, since they change. " + whereChannel},
	{"SLACK_ALLOWED_USERGROUPS=C1", "SLACK_ALLOWED_USERGROUPS must be a comma-separated list of user group ids (S0123ABCD); entry 1 is not one. Names do not work, since they change. " + whereUsergroup},
	{"SLACK_ERROR_CHANNEL=general", "SLACK_ERROR_CHANNEL must be one channel id (C0123ABCD), not a name. " + whereChannel},
	{"HALO_URL=ftp://acme.halopsa.com", "HALO_URL must begin with https://. " + whereURL},
	{"HALO_AUTH_URL=https://", "HALO_AUTH_URL must be a web address like https://acme.halopsa.com."},
	{"HALO_TENANT=https://acme.halopsa.com", "HALO_TENANT must be the tenant's bare name, as Halo shows it under HaloPSA API › Tenant."},
	{"HALO_SCOPE=read:customers,edit:customers", "HALO_SCOPE must be separated by spaces, not commas."},
	{"HALO_TOPLEVEL_ID=1.0", "HALO_TOPLEVEL_ID must be a whole number from 0 to 2147483647. " + whereID},
	{"HALO_CATCH_ALL_CLIENTS=12,Unknown", "HALO_CATCH_ALL_CLIENTS must be a comma-separated list of client ids (numbers); entry 2 is not one. " + whereID},
	{"HALO_CATCH_ALL_CLIENTS=0", "HALO_CATCH_ALL_CLIENTS must be a comma-separated list of client ids (numbers); entry 1 is not one. " + whereID},
	{"HALO_CLIENT_FIELDS=customertype=1", `HALO_CLIENT_FIELDS must be a JSON object like {"customertype":1}.`},
	{`HALO_CLIENT_FIELDS={"Name":"x"}`, `HALO_CLIENT_FIELDS may not hold "Name", which the bot fills in itself.`},
	{"HALO_FILING=users", "HALO_FILING must be ask, off, or a comma-separated list of user, ticket and domain."},
	{"HALO_FILING=,", "HALO_FILING must be ask, off, or a comma-separated list of user, ticket and domain."},
	{"HALO_SETTLE_TIME=120", "HALO_SETTLE_TIME must be a duration from 1s to 1h, like 2m or 90s."},
	{"HALO_SETTLE_TIME=2h", "HALO_SETTLE_TIME must be a duration from 1s to 1h, like 2m or 90s."},
	{"HALO_REQUESTS_PER_MINUTE=5", "HALO_REQUESTS_PER_MINUTE must be a whole number from 10 to 100000, or 0 for no ceiling."},
	{"HALO_REQUESTS_PER_MINUTE=1000000", "HALO_REQUESTS_PER_MINUTE must be a whole number from 10 to 100000, or 0 for no ceiling."},
	{"HALO_REQUESTS_PER_MINUTE=-1", "HALO_REQUESTS_PER_MINUTE must be a whole number from 10 to 100000, or 0 for no ceiling."},
	{"OWN_DOMAINS=msp.example,desk", "OWN_DOMAINS must be a comma-separated list of mail domains, like msp.example; entry 2 is not one."},
	{"OWN_DOMAINS=@msp.example,gmail.com", "OWN_DOMAINS holds gmail.com, where anybody can have an address: their mail would be taken for your own. Leave it out."},
	{"AUTHSERV_ID=mx.msp.example; dmarc", "AUTHSERV_ID must be one server's name, like mx.example.com. Copy it from a mail's source: the first word of the topmost Authentication-Results that your mail server wrote."},
	{"TICKET_TAGS=,", "TICKET_TAGS must be a comma-separated list of what stands before a ticket's number in a subject, like ID: or IN-."},
	{"ON_ERROR=retry", "ON_ERROR must be exception, bounce, continue, stop or stop_all."},
	{"DATABASE_URL=sqlite:", "DATABASE_URL names no file. Write sqlite:halobot.db, or sqlite:/var/lib/halobot/halobot.db."},
	{"DATABASE_URL=sqlite:///x.db", "DATABASE_URL must hold a plain path after sqlite:, like sqlite:/var/lib/halobot/halobot.db."},
	{"DATABASE_URL=sqlite::memory:", "DATABASE_URL must name a file: what is only in memory is lost with the process."},
	{"DATABASE_URL=mysql://h/d", "DATABASE_URL must be sqlite:PATH, or postgres:// with user, password, host and database. Characters of a password that mean something in a web address (@ / : # ? %) are written as %40, %2F and so on."},
	{"HTTP_ADDR=8080", "HTTP_ADDR must be host:port, like 127.0.0.1:8080, or :8080 for every address of the machine."},
	{"HTTP_ADDR=:http", "HTTP_ADDR must be host:port, like 127.0.0.1:8080, or :8080 for every address of the machine."},
	{"HEARTBEAT_URL=not an address", "HEARTBEAT_URL must be a web address like https://watchdog.example/ping."},
	{"LOG_LEVEL=loud", "LOG_LEVEL must be debug, info, warn or error."},
	{"LOG_FORMAT=xml", "LOG_FORMAT must be text or json."},
}

// These sentences are what an administrator reads first; read them together.
func TestABadValueIsExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range badValues {
		t.Run(tc.set, func(t *testing.T) {
			t.Parallel()
			_, problems := load(t, Everything, with(complete, tc.set)...)
			if diff := cmp.Diff([]string{tc.want}, problems); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEachBadTemplateIsNamedByItsVariable(t *testing.T) {
	t.Parallel()
	_, problems := load(t, Everything, with(complete, "PREFILL_NAME={{", "PREFILL_NOTES={{#if}")...)
	if len(problems) != 2 || !strings.HasPrefix(problems[0], "PREFILL_NAME cannot be used: ") ||
		!strings.HasPrefix(problems[1], "PREFILL_NOTES cannot be used: ") {
		t.Errorf("problems = %q, want one for each of the two templates", problems)
	}
}

func TestValuesAreReadAsPasted(t *testing.T) {
	t.Parallel()
	c, problems := load(t, Everything, with(complete,
		"SLACK_BOT_TOKEN= xoxb-test\n", "SLACK_API_URL=http://127.0.0.1:9999/api",
		"SLACK_ALLOWED_CHANNELS= C1 , ,G2,", "SLACK_ALLOWED_USERGROUPS=S1", "SLACK_ERROR_CHANNEL=C3",
		"HALO_CATCH_ALL_CLIENTS=7, 8", "HALO_REQUESTS_PER_MINUTE=0", "HALO_TOPLEVEL_ID=4",
		"DATABASE_URL=postgresql://bot:pw@db/bot", "HTTP_ADDR=[::1]:0", "LOG_LEVEL=DEBUG", "LOG_FORMAT=JSON", "ON_ERROR= Stop_All ")...)
	if problems != nil {
		t.Fatalf("problems = %q", problems)
	}
	got := []any{
		c.Slack.BotToken, c.Slack.APIURL, c.Slack.AllowedChannels, c.Slack.AllowedUsergroups, c.Slack.ErrorChannel,
		c.Halo[0].CatchAll, c.Halo[0].RequestsPerMinute, c.Halo[0].TopLevelID,
		c.Database, c.HTTPAddr, c.LogLevel.String(), c.LogJSON, c.OnError,
	}
	want := []any{
		"xoxb-test", "http://127.0.0.1:9999/api/", []string{"C1", "G2"}, []string{"S1"}, "C3",
		[]int{7, 8}, 0, 4,
		"postgresql://bot:pw@db/bot", "[::1]:0", "DEBUG", true, draft.StopAll,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values differ (-want +got):\n%s", diff)
	}
}

func TestWithProblemsTheRestIsStillRead(t *testing.T) {
	t.Parallel()
	c, problems := load(t, Everything, with(complete, "SLACK_SOCKETS=0", "LOG_FORMAT=json")...)
	if problems == nil || !c.LogJSON || len(c.Halo) != 1 {
		t.Errorf("problems = %q, LogJSON = %v, connections = %d; want a problem and all else", problems, c.LogJSON, len(c.Halo))
	}
}

// What an administrator reads at the first start, and of each value that cannot be used.
func TestSentencesOfTheConfiguration(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	_, err := Load(nil, filepath.Join(t.TempDir(), ".env"), Everything)
	fmt.Fprintf(&out, "Nothing is set:\n\n%v\n\n", err)
	for _, bad := range badValues {
		_, problems := load(t, Everything, with(complete, bad.set)...)
		fmt.Fprintf(&out, "%s\n\t%s\n", strings.ReplaceAll(bad.set, "\u200b", "<U+200B>"), strings.Join(problems, "\n\t"))
	}
	sentences.Check(t, "The configuration", out.String())
}
