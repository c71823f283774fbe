//go:build race

package bottest

// raced says that the tests run under the race detector: the bot that they build does then too.
const raced = true
