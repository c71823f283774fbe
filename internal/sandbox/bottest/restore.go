package bottest

import (
	"compress/gzip"
	"context"
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // for the kept files
)

// Restore puts a kept database in place for one test and returns its URL: a gzipped SQLite file
// (.gz), or a plain dump of Postgres (.sql; the test is skipped without TEST_DATABASE_URL).
//
// Requests are deleted 400 days after their end; so that the kept ones never are, they end today.
func Restore(t testing.TB, path string) (url string) {
	t.Helper()
	const today = `UPDATE river_job SET finalized_at = current_timestamp WHERE finalized_at IS NOT NULL`
	kept, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close() //nolint:errcheck // only read
	if strings.HasSuffix(path, ".sql") {
		url = Postgres(t)
		dump, err := io.ReadAll(kept)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // done with it
		if _, err := conn.PgConn().Exec(t.Context(), sqlOf(string(dump))+";SET search_path = public;"+today).ReadAll(); err != nil {
			t.Fatal(err)
		}
		return url
	}
	file := filepath.Join(t.TempDir(), "halobot.db")
	plain, err := gzip.NewReader(kept)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the statement below is committed
	if _, err := db.ExecContext(t.Context(), today); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

// sqlOf leaves out of a dump what only psql understands.
func sqlOf(dump string) string {
	var sql strings.Builder
	for line := range strings.Lines(dump) {
		if !strings.HasPrefix(line, `\`) {
			sql.WriteString(line)
		}
	}
	return sql.String()
}
