package bench

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"halobot/internal/sandbox/bottest"
)

// BenchmarkPostgres is what replicas bring: 64 at once on one, two and four bots that share a
// PostgreSQL database. The server and the stand-ins run on the same machine, so this shows
// what sharing costs, not what more machines bring.
func BenchmarkPostgres(b *testing.B) {
	const atOnce, jobs = 64, 640
	t := newTable("bots", "jobs/s", "CPU ms/job", "modal p50 ms", "ack p50 ms", "message p50 ms", "resident MiB each")
	metrics := map[string]float64{}
	for _, bots := range []int{1, 2, 4} {
		s := startBots(b, bottest.Options{Bots: bots, Env: map[string]string{"DATABASE_URL": bottest.Postgres(b)}})
		s.load(atOnce, 2*atOnce)
		f := figures{}
		for range *rounds {
			f.add(s.load(atOnce, jobs))
		}
		t.row(fmt.Sprint(bots), f.median("jobs/s"), f.median("cpu-ms/job"), f.median("modal-p50-ms"),
			f.median("ack-p50-ms"), f.median("message-p50-ms"), s.resident()/float64(bots))
		metrics[fmt.Sprintf("jobs/s@%d", bots)] = f.median("jobs/s")
		metrics[fmt.Sprintf("cpu-ms/job@%d", bots)] = f.median("cpu-ms/job")
		metrics[fmt.Sprintf("ack-p50-ms@%d", bots)] = f.median("ack-p50-ms")
		s.stop()
	}
	t.print()
	report(b, metrics)
}

// commits returns what tells how many transactions a database's server has committed in it. It asks
// from beside the database, and so does not count itself.
func commits(b *testing.B, database string) func() float64 {
	u, err := url.Parse(database)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.WithoutCancel(b.Context())
	conn, err := pgx.Connect(ctx, os.Getenv("TEST_DATABASE_URL"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(ctx) })
	return func() (n float64) {
		b.Helper()
		name := strings.TrimPrefix(u.Path, "/")
		if err := conn.QueryRow(ctx, "SELECT xact_commit FROM pg_stat_database WHERE datname = $1", name).Scan(&n); err != nil {
			b.Fatal(err)
		}
		return n
	}
}
