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
	if err != nil || got.ThreadTS != open || got.Blind != "" {
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

// Whoever can be told apart is: behind one address there may be many, and behind one domain too.
func TestMailsOfStrangersWithOneAddressOrDomainAreAlertsOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := idle(t)
	for _, tt := range []struct {
		name, email string
		thread      bool
	}{
		{"Ines", "dse@docusign.net", false},
		{"Rui", "dse@docusign.net", false},
		{"Rui", "dse@docusign.net", true},
		{"", "root@rack1.internal", false},
		{"", "root@rack1.internal", false},
		{"Ines", "ines@gmail.com", false},
		{"Rui", "rui@gmail.com", false},
		{"Rui F.", "rui@gmail.com", true},
		{"Gwen", "gwen@nhs.net", false},
		{"Huw", "huw@nhs.net", false},
	} {
		got, err := b.bot.PostAlert(t.Context(), localslack.Mail, modals.Arrival{Alert: draft.Alert{Email: tt.email, SenderName: tt.name}})
		if err != nil || (got.ThreadTS != "") != tt.thread {
			t.Errorf("%+v: PostAlert returned %+v, %v", tt, got, err)
		}
	}
	for range 2 {
		got, err := b.bot.PostAlert(t.Context(), localslack.Mail, modals.Arrival{Own: true, Alert: draft.Alert{Email: "sam@service-desk.example"}})
		if err != nil || got.ThreadTS != "" {
			t.Errorf("an alert of a colleague's mail is taken for one of another: %+v, %v", got, err)
		}
	}
}
