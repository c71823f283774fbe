package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
)

// checkCmd tries everything that the bot needs and says what to do about what is wrong.
type checkCmd struct {
	Dial bool `help:"Open a socket to Slack as well, for a moment. While it is open Slack may send it somebody's click, which then has to be repeated."`
	JSON bool `name:"json" help:"Print JSON."`
}

// Help lists the exit codes.
func (checkCmd) Help() string {
	return `Nothing is changed anywhere. Whether creating is permitted is said only as far as it can be
known without creating.

Exit codes: 0 all is well, 1 something is wrong, 2 the configuration is.`
}

// finding is one thing that was looked at.
type finding struct {
	Check  string `json:"check"`
	Status status `json:"status"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// status is how a finding turned out.
type status string

// A warning does not keep the bot from working; what was skipped depends on what failed.
const (
	fine    status = "ok"
	warning status = "warning"
	wrong   status = "failed"
	skipped status = "skipped"
)

var marks = map[status]string{fine: "✓", warning: "!", wrong: "✗", skipped: "-"}

func ok(check, detail string) finding { return finding{Check: check, Status: fine, Detail: detail} }

func bad(check, detail, fix string) finding { return finding{check, wrong, detail, fix} }

// checkTimeout bounds each part.
const checkTimeout = 30 * time.Second

func (c checkCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Everything)
	var invalid *config.Invalid
	if err != nil && !errors.As(err, &invalid) {
		return err
	}
	ch := &checks{cfg: cfg, dial: c.Dial, redact: config.NewRedactor(cfg.Secrets()...)}
	parts := []func(context.Context) []finding{
		func(context.Context) []finding { return configuration(cfg, invalid) },
		ch.bot, ch.app, ch.database,
	}
	for i, connection := range connect(cfg, quietLog(cfg, w.stderr), prometheus.NewRegistry()) {
		parts = append(parts, func(ctx context.Context) []finding { return ch.halo(ctx, connection, cfg.Halo[i]) })
	}

	var found []finding
	for part := range inOrder(ctx, parts) {
		for _, f := range part {
			f.Detail, f.Fix = printable(ch.redact.String(f.Detail)), printable(ch.redact.String(f.Fix))
			found = append(found, f)
			if !c.JSON {
				fmt.Fprintln(w.stdout, f.line())
			}
		}
	}
	failed := slices.ContainsFunc(found, func(f finding) bool { return f.Status == wrong })
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

func (f finding) line() string {
	line := marks[f.Status] + " " + f.Check + ": " + f.Detail
	if f.Fix != "" {
		line += "\n    → " + f.Fix
	}
	return line
}

// inOrder runs the parts side by side, and gives out what each found in their order.
func inOrder(ctx context.Context, parts []func(context.Context) []finding) func(yield func([]finding) bool) {
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

// checks share the configuration.
type checks struct {
	cfg    config.Config
	dial   bool
	redact *config.Redactor
}

func configuration(cfg config.Config, invalid *config.Invalid) []finding {
	const name = "Configuration"
	var found []finding
	if invalid == nil {
		found = append(found, ok(name, "complete"))
	} else {
		for _, problem := range invalid.Problems {
			found = append(found, finding{Check: name, Status: wrong, Detail: problem})
		}
	}
	for _, w := range cfg.Warnings {
		found = append(found, finding{Check: name, Status: warning, Detail: w})
	}
	return found
}

func (c *checks) database(ctx context.Context) []finding {
	const name = "Database"
	if c.cfg.Database == "" {
		return []finding{{name, skipped, "DATABASE_URL cannot be used.", ""}}
	}
	got := onboarding.CheckDatabase(ctx, c.cfg.Database)
	if !got.OK {
		return []finding{bad(name, got.Detail, got.Fix)}
	}
	return []finding{ok(name, got.Detail)}
}

// halo looks at one connection.
func (c *checks) halo(ctx context.Context, connection *halo.Connection, settings halo.Settings) []finding {
	name := "Halo " + connection.Name()
	if settings.URL == "" || settings.ClientID == "" || settings.ClientSecret == "" {
		return []finding{{name, skipped, "not configured completely", ""}}
	}
	var found []finding
	for _, line := range connection.Check(ctx) {
		f := finding{name + " " + line.Name, fine, line.Detail, line.Fix}
		switch {
		case !line.OK:
			f.Status = wrong
		case line.Fix != "":
			f.Status = warning
		}
		found = append(found, f)
	}
	return found
}
