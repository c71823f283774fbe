// Package config turns the environment, and the .env file beside it, into one
// validated [Config].
//
// It guarantees that
//   - a start with bad configuration learns of every problem at once: [Load] returns an
//     *[Invalid] that names each variable, what is wrong with it and where to get its value;
//   - no problem, warning or log line holds a secret: see [Redactor];
//   - a command is asked only for what it uses: see [Needs].
//
// Start reading at Load in config.go; the variables stand in one table in variables.go,
// a Halo connection's in connections.go.
package config
