package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"modernc.org/sqlite"
)

func compiled(t *testing.T) *sql.DB {
	t.Helper()
	connector, err := sqlite.NewConnector("file:" + filepath.Join(t.TempDir(), "test.db") + sqlitePragmas)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(compiling{connector})
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.SetMaxOpenConns(1)
	must(t, db, `CREATE TABLE client (id integer PRIMARY KEY, name text UNIQUE)`)
	return db
}

func must(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestAStatementServesTwoReadersAtOnce(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	for i := range 3 {
		must(t, db, `INSERT INTO client (name) VALUES (?)`, fmt.Sprint(i))
	}
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	pairs := 0
	outer, err := tx.Query(`SELECT id FROM client WHERE id > ?`, 0)
	if err != nil {
		t.Fatal(err)
	}
	for outer.Next() {
		inner, err := tx.Query(`SELECT id FROM client WHERE id > ?`, 1)
		if err != nil {
			t.Fatal(err)
		}
		for inner.Next() {
			pairs++
		}
		if err := errors.Join(inner.Err(), inner.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(outer.Err(), outer.Close()); err != nil {
		t.Fatal(err)
	}
	if pairs != 6 {
		t.Errorf("%d pairs, want 3 by 2", pairs)
	}
}

func TestAStatementOutlivesItsFailure(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	const insert = `INSERT INTO client (name) VALUES (?) RETURNING id`
	add := func(ctx context.Context, name string) error {
		var id int
		return db.QueryRowContext(ctx, insert, name).Scan(&id)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, step := range []struct {
		ctx  context.Context
		name string
		ok   bool
	}{{t.Context(), "Acme", true}, {t.Context(), "Acme", false}, {cancelled, "Ajax", false}, {t.Context(), "Ajax", true}} {
		if err := add(step.ctx, step.name); (err == nil) != step.ok {
			t.Errorf("inserting %s: %v, want success %t", step.name, err, step.ok)
		}
	}
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM client`).Scan(&n); err != nil || n != 2 {
		t.Errorf("%d clients (%v), want 2", n, err)
	}
}

func TestAStatementSeesANewColumn(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	must(t, db, `INSERT INTO client (name) VALUES ('Acme')`)
	columns := func() int {
		rows, err := db.Query(`SELECT * FROM client`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() //nolint:errcheck // read to the end
		names, err := rows.Columns()
		for rows.Next() {
		}
		if err := errors.Join(err, rows.Err()); err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	before := columns()
	must(t, db, `ALTER TABLE client ADD COLUMN website text`)
	if after := columns(); before != 2 || after != 3 {
		t.Errorf("%d columns, then %d, want 2 and 3", before, after)
	}
}

func TestOnlySoManyStatementsAreKept(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	for i := range 2 * maxIdle {
		must(t, db, fmt.Sprintf(`INSERT INTO client (name) VALUES ('%d')`, i))
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // handed back
	err = conn.Raw(func(c any) error {
		if n := len(c.(*compilingConn).idle); n > maxIdle {
			t.Errorf("%d statements are kept, want at most %d", n, maxIdle)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestALimitIsWhatIsAskedForEachTime(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	for i := range 5 {
		must(t, db, `INSERT INTO client (name) VALUES (?)`, fmt.Sprint(i))
	}
	for _, limit := range []int{2, 5, 1, 0} {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM (SELECT id FROM client ORDER BY id LIMIT ?)`, limit).Scan(&n); err != nil || n != limit {
			t.Errorf("LIMIT %d gave %d rows (%v)", limit, n, err)
		}
	}
}
