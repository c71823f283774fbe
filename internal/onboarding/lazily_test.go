package onboarding

import (
	"context"
	"database/sql"
	"testing"
)

// level is what PRAGMA synchronous says: 1 is NORMAL, 2 is FULL.
func level(t *testing.T, in interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (n int) {
	t.Helper()
	if err := in.QueryRowContext(t.Context(), "PRAGMA synchronous").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOnlyWhatIsMarkedIsWrittenLazily(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		ctx  func(context.Context) context.Context
		want int
	}{
		"durably": {func(ctx context.Context) context.Context { return ctx }, 2},
		"lazily":  {lazy, 1},
	} {
		for end, finish := range map[string]func(*sql.Tx) error{"commit": (*sql.Tx).Commit, "rollback": (*sql.Tx).Rollback} {
			t.Run(name+", "+end, func(t *testing.T) {
				t.Parallel()
				db := compiled(t)
				tx, err := db.BeginTx(tt.ctx(t.Context()), nil)
				if err != nil {
					t.Fatal(err)
				}
				if n := level(t, tx); n != tt.want {
					t.Errorf("level %d in the transaction, want %d", n, tt.want)
				}
				// A statement's own mark changes nothing in a transaction.
				var id int
				if err := tx.QueryRowContext(lazy(t.Context()), "INSERT INTO client (name) VALUES ('Acme') RETURNING id").Scan(&id); err != nil {
					t.Fatal(err)
				}
				if n := level(t, tx); n != tt.want {
					t.Errorf("level %d after a statement, want %d", n, tt.want)
				}
				if err := finish(tx); err != nil {
					t.Fatal(err)
				}
				if n := level(t, db); n != 2 {
					t.Errorf("level %d after the transaction, want FULL", n)
				}
			})
		}
	}
}

func TestALazyStatementLeavesNoTrace(t *testing.T) {
	t.Parallel()
	db := compiled(t)
	const insert = "INSERT INTO client (name) VALUES (?) RETURNING id"
	var id int
	if err := db.QueryRowContext(lazy(t.Context()), insert, "Acme").Scan(&id); err != nil || id != 1 {
		t.Fatalf("id %d, %v", id, err)
	}
	if n := level(t, db); n != 2 {
		t.Errorf("level %d after a lazy statement, want FULL", n)
	}
	if err := db.QueryRowContext(lazy(t.Context()), insert, "Acme").Scan(&id); err == nil {
		t.Error("the same name went in twice")
	}
	if n := level(t, db); n != 2 {
		t.Errorf("level %d after a lazy statement that failed, want FULL", n)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	tx, err := db.BeginTx(lazy(cancelled), nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_ = tx.Rollback() // database/sql may have done so
	if n := level(t, db); n != 2 {
		t.Errorf("level %d after a lazy transaction was broken off, want FULL", n)
	}
}
