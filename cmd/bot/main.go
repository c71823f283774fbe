// Command bot lets a service desk create clients in Halo PSA without leaving Slack.
// Without arguments it runs the bot; bot --help lists the other commands.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"halobot/internal/config"
)

func main() {
	ctx, stop := context.WithCancel(context.Background())
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-asked
		signal.Stop(asked) // a second signal, handled by nobody any more, stops at once
		stop()
	}()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// memoryGoal has garbage collected sooner rather than let the process grow far beyond it. What is
// kept at one time is bounded where it is read.
const memoryGoal = 256 << 20

// The exit codes that all commands share; a command's help lists its own.
const (
	exitOK      = 0
	exitFailed  = 1
	exitInvalid = 2 // bad usage or configuration
)

// exitError ends a command with a code; Err, when there is one, is told on standard error.
type exitError struct {
	Code int
	Err  error
}

func (e *exitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit %d", e.Code)
	}
	return e.Err.Error()
}

func (e *exitError) Unwrap() error { return e.Err }

// cli is the command line.
type cli struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Run      runCmd      `cmd:"" default:"1" help:"Run the bot (Socket Mode). This is what bot does without arguments."`
	Sandbox  sandboxCmd  `cmd:"" help:"Run the bot against a local Slack and a local Halo, with a web page. Needs no account."`
	Check    checkCmd    `cmd:"" help:"Test tokens, scopes, sockets and every Halo connection, and say what to fix. Changes nothing in Slack and Halo."`
	Alert    alertCmd    `cmd:"" help:"Post an unknown-sender alert, from flags or from a mail message on standard input."`
	Create   createCmd   `cmd:"" help:"Create a client from a shell or a script."`
	History  historyCmd  `cmd:"" help:"List what was created, found and refused: when, by whom, from where."`
	Manifest manifestCmd `cmd:"" help:"Print the Slack app manifest (JSON)."`
	Backup   backupCmd   `cmd:"" help:"Copy the SQLite database of a bot, also while it runs."`
	Ready    readyCmd    `cmd:"" help:"Ask the bot that runs here whether it can take requests (/readyz); for containers' health checks."`
}

// world is what a command may touch outside of its own process.
type world struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run is the whole program: it returns the exit code instead of ending the process.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	var c cli
	// kong ends the program by itself after --help and --version.
	type exit int
	defer func() {
		if r := recover(); r != nil {
			asked, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(asked)
		}
	}()
	parser, err := kong.New(&c,
		kong.Name("bot"),
		kong.Description("Create clients in Halo PSA from Slack: never twice, never lost."),
		kong.Vars{"version": version()},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&world{environ: environ, stdin: stdin, stdout: stdout, stderr: stderr}),
	)
	if err != nil {
		panic(err) // the command line's own definition is wrong
	}
	kctx, err := parser.Parse(joinNegative(args))
	if err != nil {
		fmt.Fprintf(stderr, "bot: %s. See %s --help.\n", strings.TrimRight(err.Error(), ".?"), commandOf(err))
		return exitInvalid
	}
	err = kctx.Run()
	if err != nil {
		// The configuration knows every secret that is set, whether this command needs it or not.
		cfg, _ := config.Load(environ, ".env", 0)
		stderr = config.NewRedactor(cfg.Secrets()...).Writer(stderr)
	}
	return report(err, stderr)
}

// commandOf is the command that a usage error is about, as it is called.
func commandOf(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if node := wrong.Context.Selected(); node != nil {
			return "bot " + node.Name
		}
	}
	return "bot"
}

// report tells why a command failed and returns its exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var exit *exitError
	var invalid *config.Invalid
	if errors.As(err, &exit) {
		code, err = exit.Code, exit.Err
	} else if errors.As(err, &invalid) {
		code = exitInvalid
	}
	switch {
	case err == nil:
	case errors.As(err, &invalid):
		fmt.Fprintln(stderr, invalid)
	default:
		fmt.Fprintf(stderr, "bot: %v\n", err)
	}
	return code
}

// version is what --version prints.
func version() string { return "halobot " + moduleVersion() + " " + runtime.Version() }

// moduleVersion is the module's version, or the commit that the binary was built from.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + s.Value[:min(12, len(s.Value))]
		}
	}
	return "devel"
}
