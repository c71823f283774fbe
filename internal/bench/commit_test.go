package bench

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"modernc.org/sqlite"
)

// disk is a scratch database on the disk that the bot's lies on, to learn what one durable
// commit costs at this moment.
type disk struct {
	testing.TB
	db *sql.DB
}

func newDisk(tb testing.TB) *disk {
	tb.Helper()
	_, _ = sqlite.Fdatasync(true) // as the bot has it
	db, err := sql.Open("sqlite", "file:"+filepath.Join(tb.TempDir(), "scratch.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	d := &disk{TB: tb, db: db}
	d.exec("CREATE TABLE note (id integer PRIMARY KEY, words text NOT NULL)")
	return d
}

func (d *disk) exec(query string, args ...any) {
	d.Helper()
	if _, err := d.db.Exec(query, args...); err != nil {
		d.Fatal(err)
	}
}

// commit is the time of one durable commit of a request's size, in milliseconds: the median
// of fifty, a pause between them as between people's clicks.
func (d *disk) commit() float64 {
	words := strings.Repeat("x", 1500)
	var took []float64
	for range 50 {
		began := time.Now()
		d.exec("INSERT INTO note (words) VALUES (?)", words)
		took = append(took, milliseconds(time.Since(began)))
		time.Sleep(2 * time.Millisecond)
	}
	return quantile(took, .5)
}
