// Package bottest is the stage for end-to-end tests and benchmarks: the built bot, as
// processes of its own, between a local Slack and local Halos.
//
// A bot gets nothing but the environment variables that an administrator would set. A test
// acts as people do (stage.go, people.go), breaks what it likes through [Stage.Slack],
// [Stage.Halo] and [Stage.Kill], and waits for what people see ([Stage.Await]); nothing
// sleeps for luck. [Main] builds the binary once for a package's tests.
package bottest
