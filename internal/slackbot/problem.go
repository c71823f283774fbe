package slackbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/slack-go/slack"
)

// Problem is a call that Slack did not carry out, in an administrator's words.
type Problem struct {
	What    string // a sentence
	Fix     string // what to do about it; may be empty
	Passing bool   // it may pass by itself
	err     error
}

func (p *Problem) Error() string { return strings.TrimSpace(p.What + " " + p.Fix) }

func (p *Problem) Unwrap() error { return p.err }

// refusals says what Slack's refusals mean, and what to do, in the words of its screens. In
// them %s is the channel's id; the codes are those of docs.slack.dev/reference/methods. What has
// no fix here is a matter of the token.
var refusals = map[string]struct{ what, fix string }{
	"not_in_channel":            {"The bot is not in the channel %s.", "Type /invite @halo-clients in that channel."},
	"channel_not_found":         {"Slack knows no channel %s, or it is private and the bot is not in it.", "Check the id; for a private channel type /invite @halo-clients in it."},
	"is_archived":               {"The channel %s is archived.", "Unarchive it, or choose another."},
	"restricted_action":         {"The workspace does not let the bot post in the channel %s.", "Let it: the channel's name › Settings › Posting permissions."},
	"invalid_auth":              {"Slack does not accept the token.", ""},
	"not_authed":                {"Slack does not accept the token.", ""},
	"token_revoked":             {"The token was revoked.", ""},
	"token_expired":             {"The token has expired.", ""},
	"account_inactive":          {"The app was uninstalled from the workspace, or its bot user removed.", ""},
	"not_allowed_token_type":    {"This is another kind of token than is needed here.", ""},
	"team_access_not_granted":   {"The app is not installed in this workspace.", "Install it: api.slack.com/apps › your app › Install App."},
	"messages_tab_disabled":     {"The app may not write to people.", "Turn its Messages tab on: api.slack.com/apps › your app › App Home › Show Tabs."},
	"plan_upgrade_required":     {"The workspace's plan has no user groups.", "Empty SLACK_ALLOWED_USERGROUPS."},
	"ekm_access_denied":         {"The organisation's key management does not let the bot post.", "Ask the organisation's administrators."},
	"no_permission":             {"The workspace does not let the bot do this.", "Ask the workspace's administrators."},
	"msg_too_long":              {"Slack takes no message that long.", "Shorten what is to be posted."},
	"accesslimited":             {"The workspace is limited at the moment.", "Try again later."},
	"team_added_to_org":         {"The workspace is being moved into an organisation.", "Try again later."},
	"external_channel_migrated": {"The channel %s was moved to another workspace.", "Choose another."},
}

// passing are the refusals that speak of Slack's own trouble: the same call may well succeed
// later.
var passing = map[string]bool{
	"ratelimited": true, "rate_limited": true, "message_limit_exceeded": true, "fatal_error": true, "internal_error": true,
	"service_unavailable": true, "request_timeout": true, "team_added_to_org": true, "accesslimited": true,
}

// Where the fix of a refused call is.
const (
	scopeFix    = "Add what is missing at api.slack.com/apps › your app › OAuth & Permissions › Scopes › Bot Token Scopes, then choose Reinstall to Workspace."
	botTokenFix = "Set SLACK_BOT_TOKEN to the Bot User OAuth Token at api.slack.com/apps › your app › OAuth & Permissions (install the app first)."
	appTokenFix = "Set SLACK_APP_TOKEN to a token of api.slack.com/apps › your app › Basic Information › App-Level Tokens, with the scope connections:write."
)

// problemOf says what a failed call means and what to do about it. channel is the one that it was
// about; tokenFix where the token comes from.
func problemOf(err error, channel, tokenFix string) *Problem {
	p := &Problem{err: err}
	var refused slack.SlackErrorResponse
	var status slack.StatusCodeError
	var limited *slack.RateLimitedError
	switch {
	case errors.As(err, &limited):
		p.What, p.Fix, p.Passing = fmt.Sprintf("Slack wants the bot to wait for %s.", limited.RetryAfter), "Try again then.", true
	case errors.As(err, &status) && status.Code == http.StatusNotFound:
		p.What, p.Fix = "There is no Slack Web API at SLACK_API_URL (it answers 404).", "Leave SLACK_API_URL out, or set it to https://slack.com/api/."
	case errors.As(err, &status):
		p.What, p.Fix, p.Passing = fmt.Sprintf("Slack answered %d.", status.Code), "Try again later; status.slack.com tells of outages.", status.Retryable()
	case errors.Is(err, context.DeadlineExceeded):
		p.What, p.Fix, p.Passing = "Slack did not answer in time.", "Try again later; status.slack.com tells of outages.", true
	case !errors.As(err, &refused):
		var outer *url.Error
		for errors.As(err, &outer) {
			err = outer.Err
		}
		p.What, p.Fix, p.Passing = fmt.Sprintf("Slack cannot be reached: %v.", err), "Check that this machine reaches SLACK_API_URL.", true
	case refused.Err == "missing_scope":
		p.What, p.Fix = fmt.Sprintf("The app lacks the scope %s.", refused.Needed), scopeFix
	default:
		p.refused(refused, channel, tokenFix)
	}
	return p
}

func (p *Problem) refused(refused slack.SlackErrorResponse, channel, tokenFix string) {
	p.Passing = passing[refused.Err]
	word := refused.Err
	if strings.HasPrefix(word, "restricted_action") {
		word = "restricted_action"
	}
	known, ok := refusals[word]
	if !ok {
		p.What = strings.Join(append([]string{fmt.Sprintf("Slack refused (%s).", refused.Err)}, refused.ResponseMetadata.Messages...), " ")
		if p.Passing {
			p.Fix = "Try again later."
		}
		return
	}
	p.What = strings.TrimSuffix(strings.ReplaceAll(known.what, "%s", channel), ".") + " (" + refused.Err + ")."
	p.Fix = cmp.Or(known.fix, tokenFix)
}
