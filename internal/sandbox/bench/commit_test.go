package bench

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"modernc.org/sqlite"
)

// disk is a scratch database on the disk that the bot's lies on, to learn what one durable
// commit costs at this moment.
type disk struct {
	testing.TB
	db    *sql.DB
	queue *river.Client[*sql.Tx]
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
	driver := riversqlite.New(db)
	migrator, err := rivermigrate.New(driver, nil)
	if err == nil {
		_, err = migrator.Migrate(tb.Context(), rivermigrate.DirectionUp, nil)
	}
	if err == nil {
		d.queue, err = river.NewClient(driver, &river.Config{})
	}
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// note is a job of a request's size.
type note struct {
	Words string `json:"words"`
}

func (note) Kind() string { return "note" }

func (d *disk) exec(query string, args ...any) {
	d.Helper()
	if _, err := d.db.Exec(query, args...); err != nil {
		d.Fatal(err)
	}
}

// commit is the time of one durable commit of a request's size, in milliseconds: the bare one,
// and the one that a plain River makes when it stores a job.
func (d *disk) commit() (bare, stored float64) {
	words := strings.Repeat("x", 1500)
	return d.median(func() { d.exec("INSERT INTO note (words) VALUES (?)", words) }),
		d.median(func() {
			if _, err := d.queue.Insert(d.Context(), note{Words: words}, nil); err != nil {
				d.Fatal(err)
			}
		})
}

// median is that of fifty times, a pause between them as between people's clicks.
func (d *disk) median(do func()) float64 {
	var took []float64
	for range 50 {
		time.Sleep(20 * time.Millisecond)
		began := time.Now()
		do()
		took = append(took, milliseconds(time.Since(began)))
	}
	return quantile(took, .5)
}
