package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotSQLite says that a database has tools of its own for a backup.
var ErrNotSQLite = errors.New("only a SQLite database is copied; for PostgreSQL use pg_dump")

// Backup copies the SQLite database that a URL names to a new file at path, mode 600, as it stands at
// one moment, also while a bot works with it. The copy has its name only once it is whole and on
// disk. A file that is there already is left alone: the error then is fs.ErrExist. Nothing is
// written to the database.
func Backup(ctx context.Context, databaseURL, path string) error {
	source, ok := strings.CutPrefix(databaseURL, "sqlite:")
	if !ok {
		return ErrNotSQLite
	}
	if _, err := os.Stat(source); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fs.ErrExist
		}
		return fmt.Errorf("write %s: %w", path, err)
	}
	partial, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".partial-*") // mode 600
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name()) //nolint:errcheck // gone already once it has its name
	err = vacuumInto(ctx, source, partial.Name())
	if err == nil {
		err = partial.Sync()
	}
	if err = errors.Join(err, partial.Close()); err != nil {
		return err
	}
	// Unlike a renamed file, a link takes nobody's place.
	if err := os.Link(partial.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// vacuumInto copies one file into another, which must be empty (sqlite.org/lang_vacuum.html).
func vacuumInto(ctx context.Context, source, target string) error {
	db, err := sql.Open("sqlite", fileURI(source)+"?mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer db.Close() //nolint:errcheck // it was only read
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", target); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// fileURI is a path as SQLite's URIs have it (sqlite.org/uri.html).
func fileURI(path string) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
}
