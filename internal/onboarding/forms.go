package onboarding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// FormKept is how long what stands in a form is kept.
const FormKept = 24 * time.Hour

// KeepForm keeps what stands in a form while it shows something else: Slack gives a form no room for
// it. form is opaque here; it takes the place of what was kept under the key.
func (s *sqlShelf) KeepForm(ctx context.Context, key string, form json.RawMessage) error {
	_, err := s.sql.ExecContext(ctx, `
		INSERT INTO halobot_form (key, form, kept_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET form = excluded.form, kept_at = excluded.kept_at`,
		key, string(form), s.clock.now().UnixMilli())
	if err != nil {
		return fmt.Errorf("keep the form: %w", err)
	}
	return nil
}

// Form returns what was kept of a form, and whether it is known: it is for [FormKept].
func (s *sqlShelf) Form(ctx context.Context, key string) (form json.RawMessage, known bool, err error) {
	var kept string
	err = s.sql.QueryRowContext(ctx, `SELECT form FROM halobot_form WHERE key = $1 AND kept_at >= $2`,
		key, s.clock.now().Add(-FormKept).UnixMilli()).Scan(&kept)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("read the form: %w", err)
	}
	return json.RawMessage(kept), true, nil
}

// forgetForms deletes what is not to be kept any longer.
func (s *sqlShelf) forgetForms(ctx context.Context) error {
	_, err := s.sql.ExecContext(ctx, `DELETE FROM halobot_form WHERE kept_at < $1`, s.clock.now().Add(-FormKept).UnixMilli())
	return err
}
