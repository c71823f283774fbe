package slackbot

import (
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/sandbox/localslack"
)

// Whoever draws the bot's alerts anew, with the button beside the text, has one alert a company
// all the same.
func TestAnOpenAlertIsFoundWithItsButtonBesideTheText(t *testing.T) {
	t.Parallel()
	b := idle(t)
	jane := draft.Alert{Email: "jane@acme-rockets.co.uk", Connection: "halo"}
	first := modals.UnknownSender(modals.Arrival{Alert: jane})
	button := slack.NewButtonBlockElement(modals.ActionNewClient, jane.Value(), slack.NewTextBlockObject(slack.PlainTextType, "Create client", false, false))
	first.Blocks = []slack.Block{slack.NewSectionBlock(
		slack.NewTextBlockObject(slack.PlainTextType, "Unknown sender: jane", false, false), nil, slack.NewAccessory(button))}
	open, err := b.bot.web.post(t.Context(), "first", localslack.Mail, "", first)
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.bot.PostAlert(t.Context(), localslack.Mail, modals.Arrival{Alert: draft.Alert{Email: "bob@acme-rockets.co.uk", Connection: "halo"}})
	if err != nil || got.ThreadTS != open || got.Blind != nil {
		t.Errorf("PostAlert returned %+v, %v; want it in the thread of %s", got, err, open)
	}
}

func TestPostingAnAlertKeepsTheShortPausesThatSlackAsksFor(t *testing.T) {
	t.Parallel()
	b := idle(t)
	b.slack.RateLimit("chat.postMessage", 1, time.Second)
	if _, err := b.bot.PostAlert(t.Context(), localslack.Mail, modals.Arrival{Alert: draft.Alert{Email: "jane@acme.com"}}); err != nil {
		t.Error(err)
	}
	b.slack.RateLimit("chat.postMessage", 1, time.Hour)
	ctx := b.ctx()
	_, err := b.bot.PostAlert(ctx, localslack.Mail, modals.Arrival{Alert: draft.Alert{Email: "ann@gmail.com"}})
	var p *Problem
	if !errors.As(err, &p) || !p.Passing || ctx.Err() != nil {
		t.Errorf("the error is %v; want at once one that may pass", err)
	}
}
