package slackbot

import (
	"context"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// runCommand answers /halo-new-client: the form, filled in from the text after it.
func (f *forms) runCommand(ctx context.Context, in *incoming, c command) {
	answer := func(text string) {
		in.ack(ctx, map[string]string{"response_type": "ephemeral", "text": text})
	}
	if reason, no := isDenied(f.gate.atOnce(in.who, in.at.ID)); no {
		answer(reason)
		return
	}
	typed := draft.ParseCommand(c.Text)
	if typed.Help {
		answer(sayHelp)
		return
	}
	form := modals.Form{Draft: typed.Draft}
	if typed.Draft.Website == "" {
		form.Notice = sayNobodys("The address is at", typed.Left)
	}
	f.offer(ctx, in, c.Trigger, in.asked(onboarding.ViaCommand), form)
}
