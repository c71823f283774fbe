package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
)

// mostUnread is how many unreadable entries are named; the rest are counted.
const mostUnread = 20

// tryDatabase says what this version makes of the database copied, which must not be own, the
// bot's.
func tryDatabase(ctx context.Context, copied, own string) []finding {
	wrong := func(detail, fix string) []finding {
		return []finding{{Check: "Copy", Status: slackbot.Wrong, Detail: detail, Fix: fix}}
	}
	shown := "The database"
	if !strings.HasPrefix(copied, "postgres://") && !strings.HasPrefix(copied, "postgresql://") {
		shown = strings.TrimPrefix(copied, "sqlite:")
		copied = "sqlite:" + shown
	} else if _, err := pgx.ParseConfig(copied); err != nil {
		// pgx's own text may hold parts of the address, and so the password.
		return wrong("The address cannot be read.", "Write postgres:// with user, password, host and database.")
	} else if sameServer(copied, own) {
		return wrong("That is the bot's own database; nothing was changed.", "Give the address of a copy: docs/operations.md has the commands.")
	}
	began := time.Now()
	t, err := onboarding.Try(ctx, copied)
	var lite *sqlite.Error
	switch {
	case errors.Is(err, onboarding.ErrInUse):
		return wrong("Others are connected to it; nothing was changed.", "Give the address of a copy that nobody works with.")
	case errors.Is(err, onboarding.ErrNoDatabase):
		return wrong(shown+" was not made by a bot.", "Give a file that bot backup wrote, or the address of a copy of the bot's database.")
	case errors.Is(err, fs.ErrNotExist):
		return wrong(shown+" is not there.", "Give the path of a file that bot backup wrote.")
	case errors.As(err, new(*pgconn.ConnectError)):
		return wrong(fmt.Sprintf("The database cannot be reached: %v.", err), "Check its address, and that this machine reaches the server.")
	case errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_NOTADB:
		return wrong(shown+" is no database.", "Give a file that bot backup wrote.")
	case err != nil:
		return wrong(fmt.Sprintf("This version cannot open it: %v.", err), "Stay with the version that you have.")
	}
	found := []finding{
		{Check: "Copy", Status: slackbot.Fine, Detail: fmt.Sprintf("This version opened it, brought it up to date and read it in %v.", time.Since(began).Round(10*time.Millisecond))},
		{Check: "Copy", Status: slackbot.Fine, Detail: fmt.Sprintf(
			"It holds requests: %d; others who joined one: %d; filings: %d; mails: %d; answers to alerts: %d; alerts that wait for one: %d. At the start go on: %d.",
			t.Requests, t.Joiners, t.Filings, t.Mails, t.Answers, t.Alerts, t.Open)},
	}
	for i, err := range t.Unread {
		if i == mostUnread {
			found = append(found, finding{Check: "Copy", Status: slackbot.Wrong, Detail: fmt.Sprintf("More that cannot be read: %d.", len(t.Unread)-i)})
			break
		}
		found = append(found, finding{Check: "Copy", Status: slackbot.Wrong, Detail: fmt.Sprintf("This version cannot %v.", err), Fix: "Stay with the version that you have, and report it."})
	}
	for _, newer := range t.Newer {
		found = append(found, finding{Check: "Copy", Status: slackbot.Warning, Detail: "A newer version worked with it: " + newer + ".", Fix: "docs/operations.md says what may go back."})
	}
	return found
}

// sameServer reports whether two addresses name one database.
func sameServer(a, b string) bool {
	one, err := pgx.ParseConfig(a)
	other, err2 := pgx.ParseConfig(b)
	return err == nil && err2 == nil && one.Host == other.Host && one.Port == other.Port && one.Database == other.Database
}
