package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
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
	return beat(ctx, s.sql, s.beat, s.clock.now())
}

// sqliteBeat writes the heartbeat's row; what stands in the way of any other write, stands in its way.
const sqliteBeat = `INSERT INTO halobot_heartbeat (id, beat) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET beat = excluded.beat`

// postgresBeat does the same, and comes by whatever stands in the way of a request's row alone:
// rights, and locks, are a table's.
const postgresBeat = `WITH request AS (INSERT INTO river_job (kind, args, max_attempts) SELECT '', '{}', 1 WHERE false) ` + sqliteBeat

// beatOn is the statement of a beat on a server, or on a file.
func beatOn(server bool) string {
	if server {
		return postgresBeat
	}
	return sqliteBeat
}

func beat(ctx context.Context, db *sql.DB, statement string, now time.Time) error {
	if _, err := db.ExecContext(ctx, statement, now.Unix()); err != nil {
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
