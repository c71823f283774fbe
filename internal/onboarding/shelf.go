package onboarding

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// shelf is what a service keeps beside its work.
type shelf interface {
	SaveAlert(ctx context.Context, a Alert) error
	Alert(ctx context.Context, key string) (Alert, bool, error)
	CloseAlert(ctx context.Context, key string) error
	WaitingAlerts(ctx context.Context, since time.Time, channels []string, most int) ([]Alert, error)
	OpenAlerts(ctx context.Context, email, ticketID string) ([]Alert, error)
	forgetAlerts(ctx context.Context) error

	answered(ctx context.Context, r Request) error
	DismissedAlert(ctx context.Context, channel, email string) (ts string, err error)

	KeepForm(ctx context.Context, key string, form json.RawMessage) error
	Form(ctx context.Context, key string) (form json.RawMessage, known bool, err error)
	forgetForms(ctx context.Context) error

	LoadDirectory(ctx context.Context, connection string) ([]byte, error)
	SaveDirectory(ctx context.Context, connection string, directory []byte) error

	Beat(ctx context.Context) error
}

// sqlShelf is the shelf in tables beside River's.
type sqlShelf struct {
	sql     *sql.DB
	inPlace func() error // as database has it
	beat    string       // as database has it
	clock   *clock
}

// LoadDirectory returns what SaveDirectory kept last for a connection, nil when nothing.
//
// The directories of clients have a table of their own, since they are a cache and not work:
// one row a connection, written over.
func (s *sqlShelf) LoadDirectory(ctx context.Context, connection string) ([]byte, error) {
	var data []byte
	err := s.sql.QueryRowContext(ctx, `SELECT directory FROM halobot_directory WHERE connection = $1`, connection).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("load the directory of clients: %w", err)
	}
	return data, nil
}

// SaveDirectory keeps a connection's directory of clients for the next start, over the last one.
func (s *sqlShelf) SaveDirectory(ctx context.Context, connection string, directory []byte) error {
	_, err := s.sql.ExecContext(ctx, `INSERT INTO halobot_directory (connection, directory) VALUES ($1, $2)
		ON CONFLICT (connection) DO UPDATE SET directory = excluded.directory`, connection, directory)
	if err != nil {
		return fmt.Errorf("keep the directory of clients: %w", err)
	}
	return nil
}
