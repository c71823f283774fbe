package sandbox

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"halobot/internal/sandbox/localslack"
)

// choosing is a modal with everything that one chooses in.
const choosing = `{"type":"modal","title":{"type":"plain_text","text":"Choosing"},"submit":{"type":"plain_text","text":"Done"},"blocks":[
	{"type":"alert","level":"warning","text":{"type":"plain_text","text":"The sender is not verified."}},
	{"type":"input","block_id":"client","optional":true,"dispatch_action":true,"label":{"type":"plain_text","text":"Find a client"},
		"element":{"type":"external_select","action_id":"find","min_query_length":2,"placeholder":{"type":"plain_text","text":"Name or number"}}},
	{"type":"input","block_id":"then","optional":true,"label":{"type":"plain_text","text":"Then"},"element":{"type":"checkboxes","action_id":"filing",
		"options":[{"value":"user","text":{"type":"mrkdwn","text":"Add *jane@acme.com*"},"description":{"type":"plain_text","text":"as a user"}},{"value":"ticket","text":{"type":"plain_text","text":"Move ticket #881"}}],
		"initial_options":[{"value":"user","text":{"type":"mrkdwn","text":"Add *jane@acme.com*"},"description":{"type":"plain_text","text":"as a user"}}]}},
	{"type":"actions","block_id":"close","elements":[{"type":"checkboxes","action_id":"sure","options":[{"value":"yes","text":{"type":"plain_text","text":"Close it"}}],
		"confirm":{"title":{"type":"plain_text","text":"Really?"},"text":{"type":"plain_text","text":"It stays closed."},"confirm":{"type":"plain_text","text":"Close"},"deny":{"type":"plain_text","text":"Leave it"}}}]}]}`

// standIn takes the bot's place at the sandbox's Slack: it opens the form at a command, and has
// two clients to choose from. What it is told of comes through the channel.
func standIn(t *testing.T, s *Sandbox) <-chan slack.InteractionCallback {
	t.Helper()
	s.KillBot()
	if err := s.slack.Wait(t.Context(), func(now *localslack.Snapshot) bool { return now.Sockets() == 0 }); err != nil {
		t.Fatal(err)
	}
	api := slack.New(s.slack.BotToken(), slack.OptionAppLevelToken(s.slack.AppToken()), slack.OptionAPIURL(s.slack.APIURL()))
	client := socketmode.New(api)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	told := make(chan slack.InteractionCallback, 100)
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				if e.Request == nil || e.Request.EnvelopeID == "" {
					continue
				}
				var answer any
				switch e.Type {
				case socketmode.EventTypeSlashCommand:
					var view slack.ModalViewRequest
					if err := json.Unmarshal([]byte(choosing), &view); err != nil {
						t.Error(err)
					}
					if _, err := api.OpenViewContext(ctx, e.Data.(slack.SlashCommand).TriggerID, view); err != nil {
						t.Error(err)
					}
				case socketmode.EventTypeInteractive:
					in := e.Data.(slack.InteractionCallback)
					if in.Type == slack.InteractionTypeBlockSuggestion {
						answer = clientsLike(in.Value)
					}
					told <- in
				}
				if err := client.AckCtx(ctx, e.Request.EnvelopeID, answer); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		}
	}()
	go client.RunContext(ctx)
	t.Cleanup(func() { cancel(); <-done })
	if err := s.slack.Wait(t.Context(), func(now *localslack.Snapshot) bool { return now.Sockets() == 1 }); err != nil {
		t.Fatal(err)
	}
	return told
}

func clientsLike(typed string) map[string]any {
	out := []*slack.OptionBlockObject{}
	for _, c := range [][2]string{{"12", "Acme Ltd (#12)"}, {"13", "Acme GmbH (#13)"}} {
		if strings.Contains(strings.ToLower(c[1]), strings.ToLower(typed)) {
			out = append(out, slack.NewOptionBlockObject(c[0], slack.NewTextBlockObject("plain_text", c[1], false, false), nil))
		}
	}
	return map[string]any{"options": out}
}

// next gives the next thing of a kind that the app was told of.
func next(t *testing.T, told <-chan slack.InteractionCallback, kind slack.InteractionType) slack.InteractionCallback {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		select {
		case in := <-told:
			if in.Type == kind {
				return in
			}
		case <-ctx.Done():
			t.Fatalf("the app was told of no %s", kind)
		}
	}
}

func TestPageChoosesWithMouseAndKeyboard(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	told := standIn(t, s)
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client")
	b.form("Choosing")
	b.in("Choosing").sees("The sender is not verified.", "Add jane@acme.com", "as a user")

	// With the keyboard alone: a letter, two, down to the second, back up by going round, Enter.
	b.fill("Find a client", "a")
	b.sees("from 2 characters on")
	b.press(enter) // with nothing to choose yet it does nothing
	b.write("cme")
	b.sees("Acme GmbH (#13)")
	b.press(arrowDown)
	b.press(escape)
	b.seesNo("Acme GmbH (#13)")
	b.fill("Find a client", "acme")
	b.sees("Acme GmbH (#13)")
	b.press(arrowDown)
	b.press(enter)
	if in := next(t, told, slack.InteractionTypeBlockActions); in.ActionCallback.BlockActions[0].SelectedOption.Value != "13" {
		t.Errorf("told of %+v", in.ActionCallback.BlockActions[0])
	}
	if got := b.value("Find a client"); got != "Acme GmbH (#13)" {
		t.Errorf("the field says %q", got)
	}
	b.fill("Find a client", "nobody")
	b.sees("No results")
	b.press(tabKey) // what was not chosen is not there
	if got := b.value("Find a client"); got != "Acme GmbH (#13)" {
		t.Errorf("the field says %q", got)
	}

	b.fill("Find a client", "#12")
	b.sees("Acme Ltd (#12)")
	at := eval[[2]float64](b, `eyes.until(() => { const r = document.querySelector("[role=option]")?.getBoundingClientRect(); return r && [r.x + r.width / 2, r.y + r.height / 2]; }, () => "a choice")`)
	b.do(mouseAt(at))
	if in := next(t, told, slack.InteractionTypeBlockActions); in.ActionCallback.BlockActions[0].SelectedOption.Value != "12" {
		t.Errorf("told of %+v", in.ActionCallback.BlockActions[0])
	}

	b.in("Choosing").click("Close it")
	b.in("Really?").click("Leave it")
	b.in("Choosing").click("Close it")
	b.in("Really?").click("Close")
	if in := next(t, told, slack.InteractionTypeBlockActions); in.ActionCallback.BlockActions[0].ActionID != "sure" || len(in.ActionCallback.BlockActions[0].SelectedOptions) != 1 {
		t.Errorf("told of %+v", in.ActionCallback.BlockActions[0])
	}

	b.in("Choosing").click("Move ticket #881")
	b.click("Done")
	in := next(t, told, slack.InteractionTypeViewSubmission)
	values := in.View.State.Values
	if got := values["client"]["find"].SelectedOption; got.Value != "12" || got.Text.Text != "Acme Ltd (#12)" {
		t.Errorf("submitted the client %+v", got)
	}
	if got := values["then"]["filing"].SelectedOptions; len(got) != 2 || got[0].Value != "user" || got[1].Value != "ticket" {
		t.Errorf("submitted the boxes %+v", got)
	}
	b.noForm()
}

func TestPageTypingInASelectSurvivesTheAppsUpdates(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	told := standIn(t, s)
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client")
	b.form("Choosing")
	b.fill("Find a client", "acme")
	b.sees("Acme GmbH (#13)")
	var view slack.ModalViewRequest
	if err := json.Unmarshal([]byte(strings.Replace(choosing, "not verified", "verified", 1)), &view); err != nil {
		t.Fatal(err)
	}
	api := slack.New(s.slack.BotToken(), slack.OptionAPIURL(s.slack.APIURL()))
	if _, err := api.UpdateViewContext(t.Context(), view, "", "", next(t, told, slack.InteractionTypeBlockSuggestion).View.ID); err != nil {
		t.Fatal(err)
	}
	// What stood above is gone, something else came in its place; the choices are still open.
	b.sees("The sender is verified.")
	if at := b.keyboardAt(); at != "Find a client (optional)" {
		t.Errorf("the keyboard went to %q", at)
	}
	b.press(arrowDown)
	b.press(enter)
	if in := next(t, told, slack.InteractionTypeBlockActions); in.ActionCallback.BlockActions[0].SelectedOption.Value != "13" {
		t.Errorf("told of %+v", in.ActionCallback.BlockActions[0])
	}
}

func TestPageSaysThatTheAppHasNoChoices(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	standIn(t, s)
	b := open(t, s.Address(), wide)
	b.say("/halo-new-client")
	b.form("Choosing")
	s.slack.RefuseSockets("link_disabled")
	s.slack.DropSockets()
	b.fill("Find a client", "acme")
	b.sees("The app’s choices could not be shown.")
}

func TestPageDrawsAttachmentsAndMails(t *testing.T) {
	t.Parallel()
	s := startForPage(t, Options{})
	attachments := json.RawMessage(`[
		{"color":"danger","pretext":"From the flow","author_name":"Mailroom","title":"Ticket 881","title_link":"https://example.com/","text":"*Printer* on fire","fields":[{"title":"From","value":"jane@acme.com"}],"footer":"Sent by a flow"},
		{"blocks":[{"type":"section","text":{"type":"plain_text","text":"Below"},"accessory":{"type":"button","action_id":"within","text":{"type":"plain_text","text":"Press me"}}}]}]`)
	if _, err := s.slack.PostRawAttachments(localslack.Desk, "", attachments); err != nil {
		t.Fatal(err)
	}
	mail, err := s.slack.PostEmail(localslack.Desk, localslack.Email{
		From: localslack.Mailbox{Name: "Jane Doe", Address: "jane@acme.com"}, To: []localslack.Mailbox{{Address: "desk@service-desk.example"}},
		Subject: "My printer", Text: "It burns.",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.slack.Share(localslack.Tess, localslack.Desk, mail, "Who is that?"); err != nil {
		t.Fatal(err)
	}
	b := open(t, s.Address(), wide)
	b.sees("From the flow", "Mailroom", "Ticket 881", "Printer on fire", "From jane@acme.com", "Sent by a flow", "Below",
		"My printer from Jane Doe <jane@acme.com>", "Who is that?")
	b.click("My printer")
	b.sees("It burns.")
	b.click("Press me")
	for {
		_, changed := s.slack.Traffic(1 << 60)
		if got := strings.Join(clicks(s), " "); got == "within=" {
			break
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("the app was told of no click")
		}
	}
}
