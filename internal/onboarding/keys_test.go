package onboarding

import (
	"log/slog"
	"slices"
	"testing"

	"halobot/internal/draft"
)

func TestARequestThatAnEarlierVersionStoredIsStillTheSameCompany(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, databaseURL string) {
		reopen := func() *Service {
			s, err := Open(t.Context(), Config{DatabaseURL: databaseURL, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		submit := func(s *Service, key, name, website string) Request {
			r, err := s.Submit(t.Context(), Request{Key: key, Draft: draft.Draft{Connection: "halo", Name: name, Website: website}})
			if err != nil {
				t.Fatal(err)
			}
			return r.Request
		}

		s := reopen()
		submit(s, "by-name", "Acme Ltd\u200e", "")
		submit(s, "by-host", "Globex", "globex.com")
		submit(s, "other", "Initech", "initech.com")
		// What a version stored that took the mark for a part of the name, and knew no such host.
		for _, change := range []struct{ key, host, title string }{
			{"by-name", "", "acme ltd\u200e"},
			{"by-host", "", "globex"},
		} {
			var id int64
			if err := s.db.sql.QueryRowContext(t.Context(), `SELECT id FROM river_job WHERE args->>'key' = $1`, change.key).Scan(&id); err != nil {
				t.Fatal(err)
			}
			if _, err := s.db.sql.ExecContext(t.Context(), s.db.setKeys, id, change.host, change.title); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.db.sql.ExecContext(t.Context(), `DELETE FROM halobot_keys`); err != nil {
			t.Fatal(err)
		}
		if r := submit(s, "unseen", "Acme Ltd", ""); len(r.After) != 0 {
			t.Fatalf("the stored keys are not those of an earlier version: %v", r.After)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}

		s = reopen()
		defer s.Close() //nolint:errcheck // nothing more is done with it
		var want []int64
		for _, key := range []string{"by-name", "unseen", "by-host"} {
			found, _, err := newest(t.Context(), s.queue, key)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, found.job.ID)
		}
		slices.Sort(want)
		got := submit(s, "new", "ACME ltd", "www.globex.com").After
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("the new request waits for %v, want %v", got, want)
		}
	})
}

func TestKeysAreWorkedOutAnewOnceAVersion(t *testing.T) {
	t.Parallel()
	// Whoever changes one of these raises keysVersion, and shelfVersion in package halo.
	host, title := keysOf(draft.Draft{Name: "  „Müller’s“ – Straße\u200e Ｃo… ", Website: "https://www.Färberei.de/x"})
	if host != "xn--frberei-5wa.de" || title != `"müller's" - strasse co...` || keysVersion != 2 {
		t.Errorf("keys of version %d: %q, %q", keysVersion, host, title)
	}
}
