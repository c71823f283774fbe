package onboarding

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// LoadDirectory returns what SaveDirectory kept last for a connection, nil when nothing.
//
// The directories of clients have a table of their own, since they are a cache and not work:
// one row a connection, written over.
func (s *Service) LoadDirectory(ctx context.Context, connection string) ([]byte, error) {
	var data []byte
	err := s.db.sql.QueryRowContext(ctx, `SELECT directory FROM halobot_directory WHERE connection = $1`, connection).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("load the directory of clients: %w", err)
	}
	return data, nil
}

// SaveDirectory keeps a connection's directory of clients for the next start, over the last one.
func (s *Service) SaveDirectory(ctx context.Context, connection string, directory []byte) error {
	_, err := s.db.sql.ExecContext(ctx, `INSERT INTO halobot_directory (connection, directory) VALUES ($1, $2)
		ON CONFLICT (connection) DO UPDATE SET directory = excluded.directory`, connection, directory)
	if err != nil {
		return fmt.Errorf("keep the directory of clients: %w", err)
	}
	return nil
}
