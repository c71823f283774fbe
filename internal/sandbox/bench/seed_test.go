package bench

import (
	"database/sql"
	"path/filepath"
	"testing"

	"halobot/internal/sandbox/bottest"
)

// withFinished sets a stage whose SQLite database holds n finished requests, and starts no bot
// on it. The rows are copies of one that a bot has finished, with keys and companies of their
// own: what 100,000 jobs would leave behind, in seconds.
func withFinished(tb testing.TB, n int, o bottest.Options) *system {
	tb.Helper()
	s := startBots(tb, o)
	s.load(1, 1)
	s.stop()
	if n < 2 {
		return s
	}
	db, err := sql.Open("sqlite", "file:"+s.databasePath())
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // everything is committed
	exec := func(statement string, args ...any) {
		tb.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			tb.Fatalf("store %d finished requests: %v", n, err)
		}
	}
	exec(`WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ?)
		INSERT INTO river_job (args, attempt, attempted_at, attempted_by, created_at, finalized_at, kind,
			max_attempts, metadata, priority, queue, state, scheduled_at, tags, unique_key, unique_states)
		SELECT jsonb_set(args,
				'$.key', printf('seeded%09d', i),
				'$.host', printf('seeded%09d.example', i),
				'$.title', printf('seeded company %09d', i),
				'$.draft.name', printf('Seeded Company %09d', i)),
			attempt, attempted_at, attempted_by, created_at, finalized_at, kind,
			max_attempts, metadata, priority, queue, state, scheduled_at, tags, randomblob(32), unique_states
		FROM (SELECT * FROM river_job WHERE state = 'completed' LIMIT 1), number`, n-1)
	exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	var stored int
	if err := db.QueryRow(`SELECT count(*) FROM river_job WHERE state = 'completed'`).Scan(&stored); err != nil || stored != n {
		tb.Fatalf("%d finished requests are stored, want %d (%v)", stored, n, err)
	}
	return s
}

// databasePath is where the stage's SQLite file lies.
func (s *system) databasePath() string { return filepath.Join(s.Dir, "halobot.db") }
