package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"
)

// Trial is what this version of the bot finds in a database that it has brought up to date.
type Trial struct {
	Requests, Filings, Answers, Mails, Joiners int
	Alerts                                     int // that wait for an answer
	// Open are those that go on at the start: they have not ended, or not everybody was told.
	Open int
	// Unread has an error for each entry that this version cannot read.
	Unread []error
	// Newer says, in sentences, what a newer version has left behind and this one does not know.
	Newer []string
}

// ErrInUse says that others are connected to a database that was to be tried.
var ErrInUse = errors.New("others are connected to it")

// Try opens a copy of a database as the bot does, which brings its schema up to date, and reads
// everything that is kept. A SQLite file is left as it is: Try works on a copy of it in the folder
// for temporary files, and removes that afterwards. A Postgres database is changed itself; one that
// others are connected to is left alone, with [ErrInUse].
func Try(ctx context.Context, databaseURL string) (Trial, error) {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		dir, err := os.MkdirTemp("", "halobot-try-") // mode 700
		if err != nil {
			return Trial{}, err
		}
		defer os.RemoveAll(dir) //nolint:errcheck // what is left is in the folder for temporary files
		copied := filepath.Join(dir, "copy.db")
		if err := Backup(ctx, databaseURL, copied); err != nil {
			return Trial{}, err
		}
		databaseURL = "sqlite:" + copied
	} else if err := unused(ctx, databaseURL); err != nil {
		return Trial{}, err
	}
	s, err := Open(ctx, Config{DatabaseURL: databaseURL, Existing: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return Trial{}, err
	}
	defer s.Close() //nolint:errcheck // it was only read
	return s.trial(ctx)
}

// unused is ErrInUse when another client is connected to a Postgres database.
func unused(ctx context.Context, databaseURL string) error {
	pc, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return errUnreadableURL
	}
	conn, err := pgx.ConnectConfig(ctx, pc)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it was only read
	var others int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others); err != nil {
		return fmt.Errorf("ask who works with the database: %w", err)
	}
	if others > 0 {
		return ErrInUse
	}
	return nil
}

// trial reads what is kept.
func (s *Service) trial(ctx context.Context) (t Trial, err error) {
	for _, k := range []struct {
		kind  string
		count *int
		read  func(*rivertype.JobRow) error
	}{
		{Request{}.Kind(), &t.Requests, readRequest},
		{filingKind, &t.Filings, readRequest},
		{answering{}.Kind(), &t.Answers, readRequest},
		{mailKind, &t.Mails, readMail},
		{joiner{}.Kind(), &t.Joiners, readJoiner},
	} {
		if err := s.page(ctx, []string{k.kind}, Query{}, func(row *rivertype.JobRow) error {
			*k.count++
			if row.FinalizedAt == nil {
				t.Open++
			}
			if err := k.read(row); err != nil {
				t.Unread = append(t.Unread, err)
			}
			return nil
		}); err != nil {
			return t, err
		}
	}
	err = s.db.sql.QueryRowContext(ctx, `SELECT count(*) FROM halobot_alert WHERE NOT settled`).Scan(&t.Alerts)
	return t, errors.Join(err, s.newer(ctx, &t))
}

func readRequest(row *rivertype.JobRow) error {
	_, err := decode(row)
	return err
}

func readMail(row *rivertype.JobRow) error {
	_, err := decodeMail(row)
	return err
}

func readJoiner(row *rivertype.JobRow) error {
	var told State
	err := json.Unmarshal(row.EncodedArgs, &joiner{})
	if output := row.Output(); err == nil && len(output) > 0 {
		err = json.Unmarshal(output, &told)
	}
	if err != nil {
		return fmt.Errorf("read joiner %d: %w", row.ID, err)
	}
	return nil
}

// newer notes in t what this version would pass over.
func (s *Service) newer(ctx context.Context, t *Trial) error {
	var keys int
	if err := s.db.sql.QueryRowContext(ctx, `SELECT max(version) FROM halobot_keys`).Scan(&keys); err != nil {
		return fmt.Errorf("read the version of the keys: %w", err)
	}
	if keys > keysVersion {
		t.Newer = append(t.Newer, fmt.Sprintf("names and websites are compared by rules of version %d, and by this version's of %d", keys, keysVersion))
	}
	rows, err := s.db.sql.QueryContext(ctx, `SELECT kind, count(*) FROM river_job WHERE kind NOT IN ($1, $2, $3, $4, $5) GROUP BY kind ORDER BY kind`,
		Request{}.Kind(), filingKind, answering{}.Kind(), mailKind, joiner{}.Kind())
	if err != nil {
		return fmt.Errorf("read the kinds of work: %w", err)
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return err
		}
		t.Newer = append(t.Newer, fmt.Sprintf("%d of the kind %s wait for a version that knows it", n, kind))
	}
	return rows.Err()
}
