// Package modals draws what the bot shows in Slack and reads what people type there: a
// [draft.Draft] and the result of a request on one side, Block Kit views and messages on the
// other. It is pure: no network, no state, no clock.
//
// Two promises hold on every surface, whatever a person, a mail or Halo wrote:
//
//   - It is within Slack's limits (docs.slack.dev/reference/block-kit), counted in characters.
//   - It is shown as text. Nothing mentions, pings, links or formats but what this package
//     means to; control characters and those that turn the direction of writing are left out.
//
// Both rest on a [para]: a sentence made of runs, which draws itself as a rich_text block, where
// Slack reads no mark-up at all, and as the escaped mrkdwn of a message's text. Start reading
// there (para.go, and text.go below it). form.go is the modal with its inputs; result.go,
// progress.go and home.go are what is shown instead of it; messages.go, alert.go and status.go
// are what channels see.
package modals
