package localslack_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"halobot/internal/sandbox/localslack"
)

// TestSlackGoReadsEveryAnswer: what the stand-in answers is what a client library of the real
// Slack expects.
func TestSlackGoReadsEveryAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	api := client(s)
	me := must(api.AuthTest())(t)
	if me.UserID != localslack.Bot || me.TeamID != localslack.Team || me.BotID != localslack.BotID || me.Header.Get("X-OAuth-Scopes") == "" {
		t.Errorf("auth.test: %+v", me)
	}
	if u := must(api.GetUserInfo(localslack.Stella))(t); !u.IsStranger || u.TeamID != localslack.OtherTeam {
		t.Errorf("users.info: %+v", u)
	}
	if u := must(api.GetUserInfo(localslack.Erin))(t); u.Enterprise.EnterpriseID == "" {
		t.Errorf("users.info: %+v", u)
	}
	if all := must(api.GetUsers())(t); len(all) != 10 {
		t.Errorf("users.list: %d people", len(all))
	}
	if team := must(api.GetTeamInfo())(t); team.EmailDomain != "service-desk.example" {
		t.Errorf("team.info: %+v", team)
	}
	if groups := must(api.GetUserGroups(slack.GetUserGroupsOptionIncludeUsers(true)))(t); len(groups) != 1 || len(groups[0].Users) != 2 {
		t.Errorf("usergroups.list: %+v", groups)
	}
	if members := must(api.GetUserGroupMembers(localslack.TechGroup))(t); len(members) != 2 {
		t.Errorf("usergroups.users.list: %v", members)
	}
	if c := must(api.GetConversationInfo(&slack.GetConversationInfoInput{ChannelID: localslack.Shared}))(t); !c.IsExtShared || !c.IsMember {
		t.Errorf("conversations.info: %+v", c)
	}
	channels, _, err := api.GetConversations(&slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}})
	if err != nil || len(channels) != 6 { // not the private one that it is not in
		t.Errorf("conversations.list: %d channels, %v", len(channels), err)
	}
	members, _, err := api.GetUsersInConversation(&slack.GetUsersInConversationParameters{ChannelID: localslack.Leads})
	if err != nil || len(members) != 3 {
		t.Errorf("conversations.members: %v, %v", members, err)
	}
	dm, _, _, err := api.OpenConversation(&slack.OpenConversationParameters{Users: []string{localslack.Tess}})
	if err != nil || dm.ID == "" {
		t.Errorf("conversations.open: %v, %v", dm, err)
	}
	_, ts, err := api.PostMessage(localslack.Desk, slack.MsgOptionText("hello", false), slack.MsgOptionMetadata(slack.SlackMetadata{
		EventType: "made", EventPayload: map[string]any{"id": 7},
	}), slack.MsgOptionBlocks(slack.NewDividerBlock()))
	if err != nil {
		t.Fatal(err)
	}
	history := must(api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: localslack.Desk, IncludeAllMetadata: true}))(t)
	if m := history.Messages; len(m) != 1 || m[0].Timestamp != ts || m[0].Metadata.EventPayload["id"] != 7.0 || len(m[0].Blocks.BlockSet) != 1 {
		t.Errorf("conversations.history: %+v", m)
	}
	if _, _, _, err := api.UpdateMessage(localslack.Desk, ts, slack.MsgOptionText("changed", false), slack.MsgOptionBlocks()); err != nil {
		t.Errorf("chat.update: %v", err)
	}
	if link := must(api.GetPermalink(&slack.PermalinkParameters{Channel: localslack.Desk, Ts: ts}))(t); link == "" {
		t.Error("chat.getPermalink gave nothing")
	}
	must(api.PostEphemeral(localslack.Desk, localslack.Tess, slack.MsgOptionText("psst", false)))(t)
	if _, _, err := api.DeleteMessage(localslack.Desk, ts); err != nil {
		t.Errorf("chat.delete: %v", err)
	}
	if b := must(api.GetBotInfo(slack.GetBotInfoParameters{Bot: localslack.BotID}))(t); b.AppID != localslack.App {
		t.Errorf("bots.info: %+v", b)
	}
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab}
	home.Blocks.BlockSet = []slack.Block{slack.NewDividerBlock()}
	if v := must(api.PublishViewContext(t.Context(), slack.PublishViewContextRequest{UserID: localslack.Tess, View: home}))(t); v.ID == "" || v.Hash == "" {
		t.Errorf("views.publish: %+v", v)
	}
	if err := slack.PostWebhook(s.WebhookURL(localslack.Desk), &slack.WebhookMessage{Text: "hooked"}); err != nil {
		t.Errorf("webhook: %v", err)
	}
}

func TestSlackGoReadsEveryRefusal(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	api := client(s)
	_, _, err := api.PostMessage(localslack.Desk, slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject("mrkdwn", "", false, false), nil, nil)))
	var refusal slack.SlackErrorResponse
	if !errors.As(err, &refusal) || refusal.Err != "invalid_blocks" || len(refusal.ResponseMetadata.Messages) != 1 || len(refusal.Errors) != 1 {
		t.Errorf("invalid blocks: %#v", err)
	}
	s.SetScopes("commands")
	_, err = api.GetUserInfo(localslack.Tess)
	if !errors.As(err, &refusal) || refusal.Needed != "users:read" || refusal.Provided != "commands" {
		t.Errorf("a missing scope: %#v", err)
	}
	s.RateLimit("auth.test", 1, 7*time.Second)
	_, err = api.AuthTest()
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("rate limited: %#v", err)
	}
	s.FailStatus("auth.test", 1, 503)
	_, err = api.AuthTest()
	var status slack.StatusCodeError
	if !errors.As(err, &status) || status.Code != 503 {
		t.Errorf("HTTP 503: %#v", err)
	}
}

// TestSlackGoReadsEveryPayload drives every kind of envelope through slack-go's socketmode.
func TestSlackGoReadsEveryPayload(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	seen := make(chan string, 10)
	runBot(t, s, func(sm *socketmode.Client, e socketmode.Event) {
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			_ = sm.Ack(*e.Request)
			seen <- "command " + data.Command + " by " + data.UserID + " with " + data.Text
			if _, err := sm.OpenView(data.TriggerID, form()); err != nil {
				t.Errorf("views.open: %v", err)
			}
		case slack.InteractionCallback:
			_ = sm.Ack(*e.Request)
			what := string(data.Type) + " " + data.CallbackID + " by " + data.User.ID
			if len(data.ActionCallback.BlockActions) > 0 {
				a := data.ActionCallback.BlockActions[0]
				what += " " + a.ActionID + "=" + a.Value + " on " + data.Container.ChannelID + data.Message.Text
			}
			if data.Type == slack.InteractionTypeViewSubmission {
				what = string(data.Type) + " " + data.View.CallbackID + " " + data.View.State.Values["name"]["name"].Value
			}
			seen <- what
		case slackevents.EventsAPIEvent:
			_ = sm.Ack(*e.Request)
			switch ev := data.InnerEvent.Data.(type) {
			case *slackevents.AppHomeOpenedEvent:
				seen <- "home of " + ev.User + " tab " + ev.Tab
			case *slackevents.FunctionExecutedEvent:
				seen <- fmt.Sprint("step ", ev.Function.CallbackID, " ", ev.Inputs["name"])
				if err := sm.FunctionCompleteSuccess(ev.FunctionExecutionID, slack.FunctionCompleteSuccessRequestOptionOutput(map[string]string{"id": "7"})); err != nil {
					t.Errorf("functions.completeSuccess: %v", err)
				}
			}
		case *socketmode.ErrorBadMessage:
			seen <- "cannot be read"
		}
	})
	expect := func(want string) {
		t.Helper()
		select {
		case got := <-seen:
			if got != want {
				t.Errorf("the bot saw %q, want %q", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("the bot saw nothing, want %q", want)
		}
	}
	it := must(s.Command(localslack.Tess, localslack.Desk, "/x", "a b"))(t)
	expect("command /x by " + localslack.Tess + " with a b")
	view := must(it.Opened(t.Context()))(t)
	must(s.SubmitView(localslack.Tess, view.ID, localslack.Values{"name": "Acme"}))(t)
	expect("view_submission form Acme")
	m := must(s.PostByWebhook(localslack.Desk, map[string]any{"text": "alert", "blocks": buttons("new", "v")}))(t)
	must(s.Click(localslack.Tess, m, "new"))(t)
	expect("block_actions  by " + localslack.Tess + " new=v on " + localslack.Desk + "alert")
	must(s.MessageShortcut(localslack.Tess, localslack.Desk, m.TS, "short"))(t)
	expect("message_action short by " + localslack.Tess)
	must(s.GlobalShortcut(localslack.Tess, "glob"))(t)
	expect("shortcut glob by " + localslack.Tess)
	must(s.OpenHome(localslack.Tess))(t)
	expect("home of " + localslack.Tess + " tab home")
	_, x, err := s.RunStep("make", map[string]any{"name": "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	expect("step make Acme")
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Execution(x.ID).Outputs["id"] == "7" })
	odd := must(s.PostRaw(localslack.Desk, "odd", []byte(raw(append(buttons("new", "v"), object{"type": "context", "elements": []any{object{"type": "sparkle"}}})))))(t)
	must(s.Click(localslack.Tess, odd, "new"))(t)
	expect("cannot be read") // slack-go's own limit: a bot has to take it from the raw JSON
}

// TestTwoSocketsLoseNothingWhileTheyAreRefreshed: nothing goes to a socket that was asked to
// leave. What is unacknowledged at that moment is another matter: slack-go may drop the
// acknowledgement when the disconnect overtakes it.
func TestTwoSocketsLoseNothingWhileTheyAreRefreshed(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	for range 2 {
		runBot(t, s, func(sm *socketmode.Client, e socketmode.Event) {
			if e.Type == socketmode.EventTypeSlashCommand {
				_ = sm.Ack(*e.Request)
			}
		})
	}
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() == 2 })
	var wg sync.WaitGroup
	for i := range 40 {
		if i%10 == 5 {
			wg.Wait()
			s.RefreshOne("refresh_requested")
		}
		it := must(s.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
		wg.Go(func() {
			if _, err := it.Wait(t.Context()); err != nil {
				t.Errorf("command %d: %v", i, err)
			}
		})
		if i%10 == 9 {
			wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() == 2 })
		}
	}
	wg.Wait()
	if got := len(s.Opens()); got != 6 {
		t.Errorf("%d connections opened, want 6: two, and one for each refresh", got)
	}
}
