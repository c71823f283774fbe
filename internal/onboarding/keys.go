package onboarding

import (
	"context"
	"database/sql"
	"fmt"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// keysVersion is raised when text.Key or draft.HostKey compare in another way, so that what an
// earlier version stored for comparison is worked out anew.
const keysVersion = 2

// keysOf returns the keys by which two requests for the same company are recognised.
func keysOf(d draft.Draft) (host, title string) {
	return draft.HostKey(d.Website), text.Key(d.Name)
}

// rekey brings the stored requests' keys up to date, once a version. set is the statement that
// gives request $1 the host $2 and the title $3.
func rekey(ctx context.Context, db *sql.DB, set string) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after the commit there is nothing to roll back
	var done bool
	if err := tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM halobot_keys WHERE version >= $1`, keysVersion).Scan(&done); err != nil || done {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT id, coalesce(args->'draft'->>'name', ''), coalesce(args->'draft'->>'website', ''),
		coalesce(args->>'host', ''), coalesce(args->>'title', '') FROM river_job WHERE kind = $1`, Request{}.Kind())
	if err != nil {
		return err
	}
	defer rows.Close()
	type stale struct {
		id          int64
		host, title string
	}
	var all []stale
	for rows.Next() {
		var s stale
		var d draft.Draft
		var host, title string
		if err := rows.Scan(&s.id, &d.Name, &d.Website, &host, &title); err != nil {
			return err
		}
		if s.host, s.title = keysOf(d); s.host != host || s.title != title {
			all = append(all, s)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, s := range all {
		if _, err := tx.ExecContext(ctx, set, s.id, s.host, s.title); err != nil {
			return fmt.Errorf("request %d: %w", s.id, err)
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO halobot_keys (version) VALUES ($1)`, keysVersion); err != nil {
		return err
	}
	return tx.Commit()
}
