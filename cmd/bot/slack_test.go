package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// The sentences can be read together here.
func TestWhatSlacksRefusalsMean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err       error
		what, fix string
		passing   bool
	}{
		{slackError("not_in_channel"), "The bot is not in the channel C1 (not_in_channel).", "Type /invite @halo-clients in that channel.", false},
		{slackError("channel_not_found"), "Slack knows no channel C1, or it is private and the bot is not in it (channel_not_found).", "Check the id; for a private channel type /invite @halo-clients in it.", false},
		{slackError("is_archived"), "The channel C1 is archived (is_archived).", "Unarchive it, or choose another.", false},
		{slackError("restricted_action_read_only_channel"), "The workspace does not let the bot post in the channel C1 (restricted_action_read_only_channel).", "Let it: the channel's name › Settings › Posting permissions.", false},
		{slackError("invalid_auth"), "Slack does not accept the token (invalid_auth).", "TOKEN", false},
		{slackError("account_inactive"), "The app was uninstalled from the workspace, or its bot user removed (account_inactive).", "TOKEN", false},
		{slackError("service_unavailable"), "Slack refused (service_unavailable).", "Try again later.", true},
		{slackError("brand_new_error"), "Slack refused (brand_new_error).", "", false},
		{slack.SlackErrorResponse{Err: "missing_scope", Needed: "chat:write"}, "The app lacks the scope chat:write.", scopeFix, false},
		{slack.SlackErrorResponse{Err: "invalid_blocks", ResponseMetadata: slack.ResponseMetadata{Messages: []string{"[ERROR] too long"}}}, "Slack refused (invalid_blocks). [ERROR] too long", "", false},
		{&slack.RateLimitedError{RetryAfter: 30 * time.Second}, "Slack wants the bot to wait for 30s.", "Try again then.", true},
		{slack.StatusCodeError{Code: 503}, "Slack answered 503.", "Try again later; status.slack.com tells of outages.", true},
		{slack.StatusCodeError{Code: 404}, "There is no Slack Web API at SLACK_API_URL (it answers 404).", "Leave SLACK_API_URL out, or set it to https://slack.com/api/.", false},
		{context.DeadlineExceeded, "Slack did not answer in time.", "Try again later; status.slack.com tells of outages.", true},
		{&url.Error{Op: "Post", URL: "https://slack.com/api/?token=xoxb-1", Err: errors.New("no route to host")}, "Slack cannot be reached: no route to host.", "Check that this machine reaches SLACK_API_URL.", true},
	} {
		what, fix, passing := slackProblem(fmt.Errorf("call Slack: %w", c.err), "C1", "TOKEN")
		if what != c.what || fix != c.fix || passing != c.passing {
			t.Errorf("%v:\ngot  %q, %q, %v\nwant %q, %q, %v", c.err, what, fix, passing, c.what, c.fix, c.passing)
		}
	}
}

func TestAnAlertsButtonIsFoundAmongBlocksOfAnyKind(t *testing.T) {
	t.Parallel()
	button := `{"type":"actions","elements":[{"type":"hologram","depth":3},{"type":"button","action_id":"halo_new_client","value":"jane@acme.com"}]}`
	for blocks, want := range map[string]bool{
		`[` + button + `]`: true,
		`[{"type":"carousel","elements":{"first":1}},{"type":"rich_text","elements":[{"type":"x","value":5}]},` + button + `]`: true,
		`[{"type":"section","accessory":{"type":"button","action_id":"halo_new_client"}}]`:                                     false,
		`[{"type":"section"}]`: false,
		`[]`:                   false,
		`null`:                 false,
		``:                     false,
		`"text"`:               false,
	} {
		value, found := alertButton([]byte(blocks))
		if found != want || found && value != "jane@acme.com" {
			t.Errorf("%s: %q, %v", blocks, value, found)
		}
	}
}

func TestWhatIsPostedIsWhatIsLookedFor(t *testing.T) {
	t.Parallel()
	m := modals.UnknownSender(draft.Alert{Email: "jane@acme.com", Connection: "prod"})
	encoded, err := (&slack.Blocks{BlockSet: m.Blocks}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	value, found := alertButton(encoded)
	if a := draft.ParseAlert(value); !found || a.Email != "jane@acme.com" || a.Connection != "prod" {
		t.Errorf("found %v: %+v", found, a)
	}
}

// command runs the command line in this process.
func command(t *testing.T, environ map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var list []string
	for name, value := range environ {
		list = append(list, name+"="+value)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), args, list, strings.NewReader(""), &out, &errs)
	return code, out.String(), errs.String()
}

func TestCheckTellsTokensOfTwoAppsFromEachOther(t *testing.T) {
	t.Parallel()
	for app, want := range map[string]int{localslack.App: exitOK, localslack.OtherApp: exitFailed} {
		workspace := localslack.Start(localslack.Options{AppToken: "xapp-1-" + app + "-1-local"})
		t.Cleanup(workspace.Close)
		tenant := localhalo.New(localhalo.Options{})
		if err := tenant.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(tenant.Close)
		code, stdout, stderr := command(t, map[string]string{
			"SLACK_API_URL":      workspace.APIURL(),
			"SLACK_APP_TOKEN":    workspace.AppToken(),
			"SLACK_BOT_TOKEN":    workspace.BotToken(),
			"HALO_URL":           tenant.URL(),
			"HALO_CLIENT_ID":     localhalo.DefaultClientID,
			"HALO_CLIENT_SECRET": localhalo.DefaultClientSecret,
			"DATABASE_URL":       "sqlite:" + t.TempDir() + "/bot.db",
		}, "check")
		said := strings.Contains(stdout, "✗ Tokens: SLACK_BOT_TOKEN belongs to the app "+localslack.App+", SLACK_APP_TOKEN to "+localslack.OtherApp)
		if code != want || said != (want == exitFailed) {
			t.Errorf("app %s: exit %d\n%s%s", app, code, stdout, stderr)
		}
	}
}

func TestMayNotReadIsNotAnOutage(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		&url.Error{Op: "Post", Err: http.ErrHandlerTimeout}:                    false,
		fmt.Errorf("call: %w", slackError("missing_scope")):                    true,
		fmt.Errorf("call: %w", slackError("not_in_channel")):                   true,
		fmt.Errorf("call: %w", slackError("invalid_auth")):                     false,
		fmt.Errorf("call: %w", &slack.RateLimitedError{RetryAfter: time.Hour}): false,
	} {
		if got := mayNotRead(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func slackError(code string) error { return slack.SlackErrorResponse{Err: code} }
