package onboarding

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrMoved says that the database is not where it was opened any more: what is stored now is lost
// with this process.
var ErrMoved = errors.New("the database file was removed or replaced; restart the bot once it is back in its place")

// Beat tries what storing a request takes: it commits a row, and looks whether the file is the one
// that was opened. Nothing less tells of a full disk or a database that can only be read.
func (s *sqlShelf) Beat(ctx context.Context) error {
	if s.inPlace != nil {
		if err := s.inPlace(); err != nil {
			return err
		}
	}
	_, err := s.sql.ExecContext(ctx, `INSERT INTO halobot_heartbeat (id, beat) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET beat = excluded.beat`, s.clock.now().Unix())
	if err != nil {
		return fmt.Errorf("write to the database: %w", err)
	}
	return nil
}

// inPlace returns what tells whether the file at path is still the opened one.
func inPlace(path string, opened fs.FileInfo) func() error {
	return func() error {
		now, err := os.Stat(path)
		if err != nil || !os.SameFile(opened, now) {
			return ErrMoved
		}
		return nil
	}
}
