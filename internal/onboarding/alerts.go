package onboarding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Alert is an alert message that the bot knows of.
//
// Alerts have a table of their own, since they are not work: nothing is done with one until
// somebody submits, a newer click replaces what an older one told (its response_url lives for
// 30 minutes), and they are found by address and ticket.
type Alert struct {
	Key         string // as in Request.Key
	Channel     string
	TS          string
	Email       string
	TicketID    string
	Message     json.RawMessage // text and blocks as clicked, opaque here
	ResponseURL string
	ClickedAt   time.Time
	Closed      bool
}

// Posted is when its message was posted.
func (a Alert) Posted() time.Time {
	seconds, _, _ := strings.Cut(a.TS, ".")
	at, _ := strconv.ParseInt(seconds, 10, 64)
	return time.Unix(at, 0)
}

// SaveAlert stores what a click told of an alert, over what was known; Closed is left as it is, and
// so is the message where a has none.
func (s *sqlShelf) SaveAlert(ctx context.Context, a Alert) error {
	_, err := s.sql.ExecContext(ctx, `
		INSERT INTO halobot_alert (key, channel, ts, email, ticket_id, message, response_url, clicked_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (key) DO UPDATE SET
			email = excluded.email, ticket_id = excluded.ticket_id,
			message = CASE excluded.message WHEN '' THEN halobot_alert.message ELSE excluded.message END,
			response_url = excluded.response_url, clicked_at = excluded.clicked_at`,
		a.Key, a.Channel, a.TS, a.Email, a.TicketID, string(a.Message), a.ResponseURL, a.ClickedAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("store the alert: %w", err)
	}
	return nil
}

const selectAlert = `SELECT key, channel, ts, email, ticket_id, message, response_url, clicked_at, settled FROM halobot_alert `

func scanAlert(row interface{ Scan(...any) error }) (Alert, error) {
	var a Alert
	var message string
	var clicked int64
	err := row.Scan(&a.Key, &a.Channel, &a.TS, &a.Email, &a.TicketID, &message, &a.ResponseURL, &clicked, &a.Closed)
	a.Message, a.ClickedAt = json.RawMessage(message), time.UnixMilli(clicked)
	return a, err
}

// Alert returns an alert by its key, and whether it is known.
func (s *sqlShelf) Alert(ctx context.Context, key string) (Alert, bool, error) {
	a, err := scanAlert(s.sql.QueryRowContext(ctx, selectAlert+`WHERE key = $1`, key))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Alert{}, false, nil
	case err != nil:
		return Alert{}, false, fmt.Errorf("read the alert: %w", err)
	}
	return a, true, nil
}

// CloseAlert marks an alert as closed: its button is gone.
func (s *sqlShelf) CloseAlert(ctx context.Context, key string) error {
	if _, err := s.sql.ExecContext(ctx, `UPDATE halobot_alert SET settled = true WHERE key = $1`, key); err != nil {
		return fmt.Errorf("close the alert: %w", err)
	}
	return nil
}

// WaitingAlerts lists the alerts that were posted since then in one of channels and that nobody has
// answered or is answering, oldest first, at most that many; no channels are all of them.
func (s *sqlShelf) WaitingAlerts(ctx context.Context, since time.Time, channels []string, most int) ([]Alert, error) {
	args := []any{fmt.Sprintf("%d.000000", since.Unix()), Request{}.Kind(), answering{}.Kind(), most}
	var in []string
	for _, channel := range channels {
		args = append(args, channel)
		in = append(in, fmt.Sprintf("$%d", len(args)))
	}
	posted := "ts >= $1"
	if in != nil {
		posted += " AND channel IN (" + strings.Join(in, ", ") + ")"
	}
	return s.alerts(ctx, `WHERE NOT settled AND `+posted+` AND NOT EXISTS (
			SELECT 1 FROM river_job WHERE kind IN ($2, $3) AND args->>'key' = halobot_alert.key AND finalized_at IS NULL)
		ORDER BY ts LIMIT $4`, args...)
}

// OpenAlerts lists the open alerts with the same ticket or address, oldest first; an
// empty word matches nothing.
func (s *sqlShelf) OpenAlerts(ctx context.Context, email, ticketID string) ([]Alert, error) {
	return s.alerts(ctx, `WHERE NOT settled AND ((email = $1 AND email <> '') OR (ticket_id = $2 AND ticket_id <> ''))
		ORDER BY clicked_at`, email, ticketID)
}

func (s *sqlShelf) alerts(ctx context.Context, where string, args ...any) ([]Alert, error) {
	rows, err := s.sql.QueryContext(ctx, selectAlert+where, args...)
	if err != nil {
		return nil, fmt.Errorf("list open alerts: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	var out []Alert
	for rows.Next() {
		a, err := scanAlert(rows)
		if err != nil {
			return nil, fmt.Errorf("read an open alert: %w", err)
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// forgetAlerts deletes alerts that nobody clicked for as long as requests are kept.
func (s *sqlShelf) forgetAlerts(ctx context.Context) error {
	before := s.clock.now().Add(-Retention).UnixMilli()
	_, err := s.sql.ExecContext(ctx, `DELETE FROM halobot_alert WHERE clicked_at < $1`, before)
	if err == nil {
		_, err = s.sql.ExecContext(ctx, `DELETE FROM halobot_answer WHERE answered < $1`, before)
	}
	return err
}
