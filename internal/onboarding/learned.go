package onboarding

import (
	"context"
	"errors"
	"fmt"

	"halobot/internal/halo"
)

// remember keeps the id of a client that this attempt made and could not write into its request,
// because another process has that by now, or because the database did not take it: the next
// attempt, whoever makes it, finds it here.
func (a *attempt) remember(ctx context.Context, c halo.Client) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	if err := a.queue.learn(ctx, a.job.ID, c.ID); err != nil {
		a.log.Warn("the id of a new client could not be kept; it will be found by its key", "client", c.ID, "error", err)
	}
}

// remembered are the clients that earlier attempts made, as Halo has them now; those that are
// gone are left out.
func (a *attempt) remembered(ctx context.Context, api Halo) (all []halo.Client, err error) {
	ids, err := a.queue.learned(ctx, a.job.ID)
	if err != nil {
		return nil, fmt.Errorf("read what was learned of request %d: %w", a.job.ID, err)
	}
	ctx, cancel := a.looking(ctx)
	defer cancel()
	for _, id := range ids {
		client, err := api.Client(ctx, id)
		switch {
		case err == nil:
			all = append(all, client)
		case !gone(err):
			return nil, err
		}
	}
	return all, nil
}

// gone reports whether Halo said that there is no such client.
func gone(err error) bool {
	var he *halo.Error
	return errors.As(err, &he) && he.Status == 404
}

// learn and learned keep ids in a table of their own, since only who holds a request writes into
// it.
func (q *riverQueue[TTx]) learn(ctx context.Context, job int64, client int) error {
	_, err := q.sql.ExecContext(ctx, `INSERT INTO halobot_learned (request, client) VALUES ($1, $2) ON CONFLICT DO NOTHING`, job, client)
	return err
}

func (q *riverQueue[TTx]) learned(ctx context.Context, job int64) (ids []int, err error) {
	rows, err := q.sql.QueryContext(ctx, `SELECT client FROM halobot_learned WHERE request = $1 ORDER BY client`, job)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	for rows.Next() {
		var id int
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
