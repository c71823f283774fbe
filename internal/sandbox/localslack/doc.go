// Package localslack is a Slack workspace in one process: the Web API, Socket Mode, the people
// who type and click, and the faults that a real Slack has on a bad day.
//
// It is written from Slack's documentation and knows nothing of the bot that is tried against
// it. Where the real Slack is strict it is strict: triggers die after three seconds, Block Kit
// limits are held (package blockkit), a modal's answer must come in time, a channel that the
// app is not in refuses it. Where Slack's behaviour is not known, the comment says so.
//
// # A tour
//
//	s := localslack.Start(localslack.Options{})      // on a free port of 127.0.0.1
//	defer s.Close()
//	// Give the bot SLACK_API_URL=s.APIURL(), SLACK_BOT_TOKEN=s.BotToken(), SLACK_APP_TOKEN=s.AppToken()
//	err := s.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
//
//	it, err := s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme acme.com")
//	ack, err := it.Wait(ctx)                         // acknowledged, or what the person saw instead
//	view, err := it.Opened(ctx)                      // the modal that it led to
//	sub, err := s.SubmitView(localslack.Tess, view.ID, localslack.Values{"Client name": "Acme Ltd"})
//	ack, err = sub.Wait(ctx)
//	err = s.Wait(ctx, func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Desk)) == 1 })
//
// Nothing polls: [Slack.Wait] looks again after each change. What a [Snapshot] gives out is
// never changed afterwards, so it may be kept.
//
// # Where to look
//
//   - workspace.go: who and what is there from the start (Tess, Desk, …); settings.go changes
//     it, install.go installs the app from its manifest.
//   - person.go, submit.go, post.go: what a person, a flow or another app does.
//   - interaction.go: what came of it; forge.go: what nobody can do and the app must stand.
//   - api.go and method_*.go: the Web API; responseurl.go: response_url and incoming webhooks.
//   - socket.go, dispatch.go: Socket Mode; sockets_faulty.go breaks it.
//   - faults.go, trouble.go, hold.go: API calls that fail, vanish or wait, so that a test can kill the bot
//     at an exact point.
//   - traffic.go: everything that crossed the wire, without tokens.
//   - click.go, suggest.go: what people press, choose and look for; attachments.go, email.go:
//     what hangs on messages; org.go: an organisation-wide install.
//   - testdata/referees: Slack's own SDKs for JavaScript, which judge all of this in the tests.
package localslack
