package slackbot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/sandbox/sentences"
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
		got := problemOf(fmt.Errorf("call Slack: %w", c.err), "C1", "TOKEN")
		if got.What != c.what || got.Fix != c.fix || got.Passing != c.passing {
			t.Errorf("%v:\ngot  %q, %q, %v\nwant %q, %q, %v", c.err, got.What, got.Fix, got.Passing, c.what, c.fix, c.passing)
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

// What an administrator reads of each refusal of Slack's, and of a Slack that does not answer.
func TestSentencesOfSlacksAnswers(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	say := func(when string, err error) {
		p := problemOf(fmt.Errorf("call Slack: %w", err), "C0123ABCD", botTokenFix)
		fmt.Fprintf(&out, "%s:\n\t%s\n", when, strings.TrimSpace(p.What+" "+p.Fix))
	}
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		say(code, slackError(code))
	}
	say("a refusal that is not known", slackError("brand_new_error"))
	say("one of Slack's own troubles", slackError("service_unavailable"))
	say("missing_scope", slack.SlackErrorResponse{Err: "missing_scope", Needed: "chat:write"})
	say("a pause", &slack.RateLimitedError{RetryAfter: 30 * time.Second})
	say("503", slack.StatusCodeError{Code: 503})
	say("404", slack.StatusCodeError{Code: 404})
	say("no answer", context.DeadlineExceeded)
	say("no connection", &url.Error{Op: "Post", URL: "https://slack.com/api/", Err: errors.New("no route to host")})
	sentences.Check(t, "What Slack's answers mean", out.String())
}
