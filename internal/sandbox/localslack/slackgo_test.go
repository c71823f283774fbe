package localslack_test

import (
	"context"
	"io"
	"log"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"halobot/internal/sandbox/localslack"
)

// client is a slack-go client of the workspace.
func client(s *localslack.Slack) *slack.Client {
	return slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()),
		slack.OptionLog(log.New(io.Discard, "", 0)))
}

// runBot connects a slack-go bot whose events go to handle, one after the other.
func runBot(t *testing.T, s *localslack.Slack, handle func(*socketmode.Client, socketmode.Event)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	sm := socketmode.New(client(s))
	done := make(chan struct{}, 2)
	go func() {
		_ = sm.RunContext(ctx)
		done <- struct{}{}
	}()
	go func() {
		defer func() { done <- struct{}{} }()
		for {
			select {
			case e := <-sm.Events:
				handle(sm, e)
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-done; <-done })
	wait(t, s, func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
}

func form() slack.ModalViewRequest {
	text := func(s string) *slack.TextBlockObject { return slack.NewTextBlockObject("plain_text", s, false, false) }
	website := slack.NewInputBlock("website", text("Website"), nil, slack.NewPlainTextInputBlockElement(nil, "website"))
	website.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: "form", Title: text("New client"), Submit: text("Create"),
		PrivateMetadata: localslack.Desk,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("name", text("Client name"), nil, slack.NewPlainTextInputBlockElement(nil, "name")),
			website,
		}},
	}
}

func TestABotWrittenWithSlackGoDoesItsJobHere(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	runBot(t, s, func(sm *socketmode.Client, e socketmode.Event) {
		switch data := e.Data.(type) {
		case slack.SlashCommand:
			_ = sm.Ack(*e.Request)
			if _, err := sm.OpenView(data.TriggerID, form()); err != nil {
				t.Errorf("views.open: %v", err)
			}
		case slack.InteractionCallback:
			done := form()
			done.Blocks, done.Submit = slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}, nil
			_ = sm.Ack(*e.Request, slack.NewUpdateViewSubmissionResponse(&done))
			values := data.View.State.Values
			text := values["name"]["name"].Value + "|" + values["website"]["website"].Value + "|" + data.User.TeamID
			if _, _, err := sm.PostMessage(data.View.PrivateMetadata, slack.MsgOptionText(text, false)); err != nil {
				t.Errorf("chat.postMessage: %v", err)
			}
		}
	})

	it := must(s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme"))(t)
	view := must(it.Opened(t.Context()))(t)
	sub := must(s.SubmitView(localslack.Tess, view.ID, localslack.Values{"Client name": "Acme Ltd"}))(t)
	if ack := must(sub.Wait(t.Context()))(t); ack.Action != "update" {
		t.Errorf("answered %q, want update", ack.Action)
	}
	wait(t, s, func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Desk)) == 1 })
	s.Look(func(now *localslack.Snapshot) {
		if got, want := now.Messages(localslack.Desk)[0].Text, "Acme Ltd||"+localslack.Team; got != want {
			t.Errorf("posted %q, want %q", got, want)
		}
		if v := now.OpenView(localslack.Tess); v == nil || v.ID != view.ID || v.Submit != "" {
			t.Errorf("the modal was not updated in place: %+v", v)
		}
	})
}
