package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/config"
)

const (
	// slackTimeout bounds one call; slack-go's own client waits for ever.
	slackTimeout = 10 * time.Second
	// slackPatience bounds a call with the pauses that Slack asks for.
	slackPatience = 45 * time.Second
)

func newSlack(cfg config.Config) *slack.Client {
	return slack.New(cfg.Slack.BotToken,
		slack.OptionAppLevelToken(cfg.Slack.AppToken),
		slack.OptionAPIURL(cfg.Slack.APIURL),
		slack.OptionHTTPClient(&http.Client{Timeout: slackTimeout}),
		slack.OptionRetry(3)) // on 429 alone, when Slack says it may be called again
}

// slackMessage is the part of a message of a channel's history that is read.
type slackMessage struct {
	TS       string `json:"ts"`
	BotID    string `json:"bot_id"`
	Metadata struct {
		EventType    string         `json:"event_type"`
		EventPayload map[string]any `json:"event_payload"`
	} `json:"metadata"`
	Blocks json.RawMessage `json:"blocks"`
}

// slackHistory reads the newest messages of a channel, with their metadata. It does not go
// through slack-go, which gives up a whole page over one block of somebody else's that it does
// not know.
func slackHistory(ctx context.Context, cfg config.Config, channel string, since time.Time, limit int) ([]slackMessage, error) {
	form := url.Values{
		"channel":              {channel},
		"oldest":               {strconv.FormatInt(since.Unix(), 10)},
		"limit":                {strconv.Itoa(limit)},
		"include_all_metadata": {"true"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cfg.Slack.APIURL+"conversations.history", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+cfg.Slack.BotToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := (&http.Client{Timeout: slackTimeout}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if resp.StatusCode != http.StatusOK {
		return nil, slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	var page struct {
		OK       bool           `json:"ok"`
		Error    string         `json:"error"`
		Needed   string         `json:"needed"`
		Messages []slackMessage `json:"messages"`
	}
	const most = 16 << 20
	if err := json.NewDecoder(io.LimitReader(resp.Body, most)).Decode(&page); err != nil {
		return nil, err
	}
	if !page.OK {
		return nil, slack.SlackErrorResponse{Err: page.Error, Needed: page.Needed}
	}
	return page.Messages, nil
}

// mayNotRead reports whether a channel's history is simply not for the bot: an older manifest
// did not ask for it, or the bot is not in the channel.
func mayNotRead(err error) bool {
	var refused slack.SlackErrorResponse
	return errors.As(err, &refused) && (refused.Err == "missing_scope" || refused.Err == "not_in_channel")
}

// slackWords says what Slack's refusals mean, and what to do, in the words of its screens. In
// them %s is the channel's id; the codes are those of docs.slack.dev/reference/methods.
var slackWords = map[string]struct{ what, fix string }{
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
	"msg_too_long":              {"Slack takes no message that long.", ""},
	"accesslimited":             {"The workspace is limited at the moment.", "Try again later."},
	"team_added_to_org":         {"The workspace is being moved into an organisation.", "Try again later."},
	"external_channel_migrated": {"The channel %s was moved to another workspace.", "Choose another."},
}

// slackPassing are refusals that speak of Slack's own trouble.
var slackPassing = map[string]bool{
	"ratelimited": true, "rate_limited": true, "message_limit_exceeded": true, "fatal_error": true, "internal_error": true,
	"service_unavailable": true, "request_timeout": true, "team_added_to_org": true, "accesslimited": true,
}

// slackProblem says what a failed call means, what to do about it, and whether it may pass by
// itself. where is the channel that it was about; tokenFix where the token comes from.
func slackProblem(err error, where, tokenFix string) (what, fix string, passing bool) {
	var refused slack.SlackErrorResponse
	var status slack.StatusCodeError
	var limited *slack.RateLimitedError
	switch {
	case errors.As(err, &limited):
		return fmt.Sprintf("Slack wants the bot to wait for %s.", limited.RetryAfter), "Try again then.", true
	case errors.As(err, &status) && status.Code == http.StatusNotFound:
		return "There is no Slack Web API at SLACK_API_URL (it answers 404).", "Leave SLACK_API_URL out, or set it to https://slack.com/api/.", false
	case errors.As(err, &status):
		return fmt.Sprintf("Slack answered %d.", status.Code), "Try again later; status.slack.com tells of outages.", status.Retryable()
	case errors.Is(err, context.DeadlineExceeded):
		return "Slack did not answer in time.", "Try again later; status.slack.com tells of outages.", true
	case !errors.As(err, &refused):
		var outer *url.Error
		for errors.As(err, &outer) {
			err = outer.Err
		}
		return fmt.Sprintf("Slack cannot be reached: %v.", err), "Check that this machine reaches SLACK_API_URL.", true
	case refused.Err == "missing_scope":
		return fmt.Sprintf("The app lacks the scope %s.", refused.Needed), scopeFix, false
	}
	words, known := slackWords[refused.Err]
	if !known && strings.HasPrefix(refused.Err, "restricted_action") {
		words, known = slackWords["restricted_action"], true
	}
	passing = slackPassing[refused.Err]
	if !known {
		what = strings.Join(append([]string{fmt.Sprintf("Slack refused (%s).", refused.Err)}, refused.ResponseMetadata.Messages...), " ")
		if passing {
			fix = "Try again later."
		}
		return what, fix, passing
	}
	what = strings.ReplaceAll(words.what, "%s", where)
	if fix = words.fix; fix == "" {
		fix = tokenFix
	}
	return strings.TrimSuffix(what, ".") + " (" + refused.Err + ").", fix, passing
}

const (
	scopeFix    = "Add it at api.slack.com/apps › your app › OAuth & Permissions › Scopes › Bot Token Scopes, then choose Reinstall to Workspace."
	botTokenFix = "Set SLACK_BOT_TOKEN to the Bot User OAuth Token at api.slack.com/apps › your app › OAuth & Permissions (install the app first)."
	appTokenFix = "Set SLACK_APP_TOKEN to a token of api.slack.com/apps › your app › Basic Information › App-Level Tokens, with the scope connections:write."
)
