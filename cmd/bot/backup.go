package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"halobot/internal/config"
	"halobot/internal/onboarding"
)

// backupCmd copies a SQLite database.
type backupCmd struct {
	File string `arg:"" help:"The copy; must not exist."`
}

// Help says how.
func (backupCmd) Help() string {
	return `The copy is of one moment, also while the bot runs, and can be read by nobody else. PostgreSQL has
pg_dump. docs/operations.md says how to go back to a copy.`
}

func (c backupCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Database)
	if err != nil {
		return err
	}
	err = onboarding.Backup(ctx, cfg.Database, c.File)
	switch {
	case errors.Is(err, onboarding.ErrNotSQLite):
		return &exitError{exitInvalid, fmt.Errorf(`DATABASE_URL is of PostgreSQL, which is backed up by its own tool: pg_dump "$DATABASE_URL" > %s`, c.File)}
	case errors.Is(err, fs.ErrExist):
		return &exitError{exitInvalid, fmt.Errorf("%s is there already; nothing was written. Choose another name", c.File)}
	case err != nil:
		return fmt.Errorf("there is no backup: %w", err)
	}
	_, err = fmt.Fprintf(w.stdout, "%s is a copy of %s.\n", c.File, cfg.Database[len("sqlite:"):])
	return err
}
