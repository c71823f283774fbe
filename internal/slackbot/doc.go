// Package slackbot is the bot's side towards Slack: it holds the sockets, answers what people
// press and type, says who may do what, and tells people what became of a request. What a
// request goes through in between is package onboarding's.
//
// A tour:
//
//   - bot.go: what the bot is made of, and Run;
//   - sockets.go, pace.go: the sockets, supervised; envelope.go, dispatch.go: from a raw
//     envelope to a handler, never blocking and never dying;
//   - command.go, button.go, shortcuts.go, submission.go, choices.go, home.go, step.go: one file
//     for each thing that can be pressed or typed;
//   - people.go: who may (onboarding.Gate);
//   - announcer.go, progress.go, settle.go: telling people (onboarding.Announcer);
//   - web.go, post.go, views.go: Slack's Web API, posting with its fallbacks, and the order of a
//     modal's updates;
//   - check.go, alertpost.go, manifest.go, problem.go: what the commands ask of Slack, the app's
//     manifest, and what Slack's refusals mean to an administrator;
//   - origin.go: where a request came from, kept in modals and with the request.
//
// What it guarantees: views.open is the first call after a click, nothing over a network comes
// before it; a submission is stored before it is acknowledged; an envelope that is not handled
// is not acknowledged either, so that Slack tells the person; a final modal is never overtaken
// by an earlier one; an outcome is told at least once.
package slackbot
