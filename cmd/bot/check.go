package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
	"halobot/internal/text"
)

// checkCmd tries everything that the bot needs and says what to do about what is wrong.
type checkCmd struct {
	Dial     bool   `help:"Open a socket to Slack as well, for a moment. While it is open Slack may send it somebody's click, which then has to be repeated."`
	Database string `placeholder:"COPY" help:"Try this version on a copy of a database instead, and look at nothing else: a file that bot backup wrote, or the postgres:// address of a copy."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Help lists the exit codes.
func (checkCmd) Help() string {
	return `Nothing is changed but the time of the last try in the database. Whether creating is permitted is said only as far as it can be
known without creating.

With --database this version opens the copy, brings it up to date and reads everything in it, as its
first start would. A file stays as it is: another copy is made in the folder for temporary files
(TMPDIR). A copy in PostgreSQL is changed; one that somebody is connected to is left alone.

Exit codes: 0 all is well, 1 something is wrong, 2 the configuration is.`
}

// finding is one thing that was looked at.
type finding = slackbot.Finding

var marks = map[slackbot.Status]string{slackbot.Fine: "✓", slackbot.Warning: "!", slackbot.Wrong: "✗", slackbot.Skipped: "-"}

// checkTimeout bounds each part.
const checkTimeout = 30 * time.Second

func (c checkCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Everything)
	var invalid *config.Invalid
	if err != nil && !errors.As(err, &invalid) {
		return err
	}
	log, redact := quietLog(cfg, w.stderr), config.NewRedactor(cfg.Secrets()...)
	if c.Database != "" {
		copied, _ := config.Load([]string{"DATABASE_URL=" + c.Database}, ".env", 0) // for its password
		redact = config.NewRedactor(append(cfg.Secrets(), copied.Secrets()...)...)
		return c.report(w, redact, slices.Values([][]finding{tryDatabase(ctx, c.Database, cfg.Database)}), nil)
	}
	parts := []func(context.Context) []finding{
		func(context.Context) []finding { return checkConfiguration(cfg, invalid) },
		func(ctx context.Context) []finding { return slackbot.Check(ctx, slackConfig(cfg, log), c.Dial) },
		func(ctx context.Context) []finding { return checkDatabase(ctx, cfg.Database) },
		func(ctx context.Context) []finding { return checkRunning(ctx, cfg.HTTPAddr) },
	}
	for i, connection := range connect(cfg, log, prometheus.NewRegistry()) {
		parts = append(parts, func(ctx context.Context) []finding { return checkHalo(ctx, connection, cfg.Halo[i]) })
	}

	return c.report(w, redact, inOrder(ctx, parts), invalid)
}

// report prints the findings, and returns the exit code that follows from them.
func (c checkCmd) report(w *world, redact *config.Redactor, parts iter.Seq[[]finding], invalid *config.Invalid) error {
	var found []finding
	for part := range parts {
		for _, f := range part {
			f.Detail, f.Fix = text.Line(redact.String(f.Detail)), text.Line(redact.String(f.Fix))
			found = append(found, f)
			if !c.JSON {
				fmt.Fprintln(w.stdout, line(f))
			}
		}
	}
	failed := slices.ContainsFunc(found, func(f finding) bool { return f.Status == slackbot.Wrong })
	if c.JSON {
		if err := printJSON(w.stdout, map[string]any{"ok": !failed, "checks": found}); err != nil {
			return err
		}
	}
	switch {
	case invalid != nil:
		return &exitError{Code: exitInvalid}
	case failed:
		return &exitError{Code: exitFailed}
	}
	return nil
}

func line(f finding) string {
	line := marks[f.Status] + " " + f.Check + ": " + f.Detail
	if f.Fix != "" {
		line += "\n    → " + f.Fix
	}
	return line
}

// inOrder runs the parts at the same time, and yields their findings in the order of the parts.
func inOrder(ctx context.Context, parts []func(context.Context) []finding) iter.Seq[[]finding] {
	return func(yield func([]finding) bool) {
		var running sync.WaitGroup
		defer running.Wait()
		results := make([]chan []finding, len(parts))
		for i, part := range parts {
			results[i] = make(chan []finding, 1)
			running.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, checkTimeout)
				defer cancel()
				results[i] <- part(ctx)
			})
		}
		for _, result := range results {
			if !yield(<-result) {
				return
			}
		}
	}
}

func checkConfiguration(cfg config.Config, invalid *config.Invalid) []finding {
	const name = "Configuration"
	var found []finding
	if invalid == nil {
		found = append(found, finding{Check: name, Status: slackbot.Fine, Detail: "It is complete."})
	} else {
		for _, problem := range invalid.Problems {
			found = append(found, finding{Check: name, Status: slackbot.Wrong, Detail: problem})
		}
	}
	for _, w := range cfg.Warnings {
		found = append(found, finding{Check: name, Status: slackbot.Warning, Detail: w})
	}
	return found
}

func checkDatabase(ctx context.Context, url string) []finding {
	const name = "Database"
	if url == "" {
		return []finding{{Check: name, Status: slackbot.Skipped, Detail: "DATABASE_URL cannot be used."}}
	}
	var found []finding
	for _, got := range onboarding.CheckDatabase(ctx, url) {
		found = append(found, finding{
			Check: strings.TrimSpace(name + " " + got.Part), Status: statusOf(got.OK, got.Fix), Detail: got.Detail, Fix: got.Fix,
		})
	}
	return found
}

// checkRunning asks the bot that serves addr, if there is one, whether it is well.
func checkRunning(ctx context.Context, addr string) []finding {
	if addr == "" {
		return nil
	}
	f := finding{Check: "Running bot", Status: slackbot.Fine, Detail: "It is ready."}
	said, ready, err := askReady(ctx, addr)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		f.Status, f.Detail = slackbot.Skipped, fmt.Sprintf("None serves HTTP_ADDR, %s.", addr)
	case err != nil:
		f.Status, f.Detail = slackbot.Wrong, fmt.Sprintf("What serves HTTP_ADDR, %s, does not answer.", addr)
		f.Fix = "If it is the bot, it hangs or can open no more files (ulimit -n): look at its log, and restart it."
	case !ready:
		f.Status, f.Detail, f.Fix = slackbot.Wrong, fmt.Sprintf("It is not ready: %s.", said), "Its log says since when, and what to do."
	}
	return []finding{f}
}

func checkHalo(ctx context.Context, connection *halo.Connection, settings halo.Settings) []finding {
	name := "Halo"
	if connection.Name() != config.OnlyConnection {
		name += " " + connection.Name()
	}
	if settings.URL == "" || settings.ClientID == "" || settings.ClientSecret == "" {
		return []finding{{Check: name, Status: slackbot.Skipped, Detail: "It is not configured completely."}}
	}
	var found []finding
	for _, l := range connection.Check(ctx) {
		status := map[halo.Grade]slackbot.Status{halo.Fine: slackbot.Fine, halo.Advice: slackbot.Warning, halo.Wrong: slackbot.Wrong}[l.Grade]
		found = append(found, finding{Check: name + " " + l.Name, Status: status, Detail: l.Detail, Fix: l.Fix})
	}
	return found
}

// statusOf is a finding's status: a warning where all is well but there is still something to do.
func statusOf(ok bool, fix string) slackbot.Status {
	switch {
	case !ok:
		return slackbot.Wrong
	case fix != "":
		return slackbot.Warning
	}
	return slackbot.Fine
}
