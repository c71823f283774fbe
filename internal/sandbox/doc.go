// Package sandbox runs the bot where nothing can go wrong for good: against a local Slack and
// a local Halo, with a web page that shows both sides, all on 127.0.0.1.
//
// It imports none of the bot's own packages. The bot is a child process from the same
// executable, given nothing but environment variables, so what one sees is what production
// does, and killing it is a real kill.
//
// What it guarantees: it listens on 127.0.0.1 only, answers no request that names another
// host, changes nothing on a request from another site, loads nothing from other hosts, and
// leaves nothing behind except in the directory that --keep names.
//
// Where to start reading:
//
//   - sandbox.go: [Run] and [Start] put the parts together; bot.go keeps the bot alive, or dead;
//     process.go is the child process.
//   - localslack and localhalo, the stand-ins, which the tests use too.
//   - news.go sends the page what changes, state.go says what it shows; act.go does what people
//     do in it. faults.go is the list of what can be made to go wrong, mails.go that of the
//     mails that can come in.
//   - page/: the page itself. app.js gives the server's news to its parts.
package sandbox
