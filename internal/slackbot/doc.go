// Package slackbot is the bot's side towards Slack: it holds the sockets, answers what people
// press and type, says who may do what, and tells people what became of a request. What a
// request goes through in between is package onboarding's.
//
// A tour, room by room; bot.go puts them together:
//
//   - sockets (sockets.go, pace.go): the connections, supervised;
//   - router (router.go, envelope.go, incoming.go, workers.go): from a raw envelope to its handler,
//     never blocking and never dying;
//   - forms (forms.go, form_*.go): opening the form, attending to it, taking what is submitted;
//     choices.go, answers.go, home.go and step.go are the other things that can be pressed or asked
//     for;
//   - intake.go, asked.go, keys.go: from what was asked for to a stored request;
//   - gate (gate.go): who may;
//   - teller (teller.go, teller_*.go): a file for each thing to tell;
//   - health.go: what keeps the bot from people, a dead token above all;
//   - web (web.go, post.go, problem.go): Slack's Web API, what its refusals mean, posting;
//     views.go: modals, and the order in which they are drawn;
//   - alertpost.go, check.go, manifest.go: what the commands ask of Slack.
//
// What it guarantees: views.open is the first call after a click, nothing over a network comes
// before it; a submission is stored before it is acknowledged; an envelope that is not handled
// is not acknowledged either, so that Slack tells the person; a final modal is never overtaken
// by an earlier one; an outcome is told at least once, and where it lasts.
package slackbot
