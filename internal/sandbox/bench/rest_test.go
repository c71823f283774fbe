package bench

import (
	"fmt"
	"os"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localslack"
)

// BenchmarkStart is how long a deployment is away: from starting the process to its first
// socket, with nothing and with years of finished requests in the database.
func BenchmarkStart(b *testing.B) {
	for _, finished := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("finished=%d", finished), func(b *testing.B) {
			var bot *system
			if finished == 0 {
				bot = newSystem(b, bottest.Options{})
				bot.start() // the schema is made once
				bot.stop()
			} else {
				bot = withFinished(b, finished, bottest.Options{})
			}
			floor := newFloor(b)
			ours, least := figures{}, figures{}
			for b.Loop() {
				ours.put("start-ms", milliseconds(bot.firstSocket()))
				least.put("start-ms", milliseconds(floor.firstSocket()))
			}
			t := newTable("", "bot", "floor", "difference")
			t.row("start to first socket, ms", ours.median("start-ms"), least.median("start-ms"),
				relate(ours, least, "start-ms", difference))
			t.print()
			report(b, map[string]float64{"bot-start-ms": ours.median("start-ms"), "floor-start-ms": least.median("start-ms")})
		})
	}
}

// firstSocket starts the system, stops it, and returns how long the first socket took.
func (s *system) firstSocket() time.Duration {
	s.Helper()
	began := time.Now()
	if err := s.processes[0].Start(); err != nil {
		s.Fatal(err)
	}
	s.Await("a socket", func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
	took := time.Since(began)
	s.stop()
	return took
}

// atRest is how long an idle process is watched.
const atRest = 10 * time.Second

// BenchmarkRest is what an administrator pays for a bot that nobody uses right now: one that was
// just started, and one that has had its first jobs.
func BenchmarkRest(b *testing.B) {
	bot, floor := startBots(b, bottest.Options{}), startFloor(b)
	b.Run("fresh", func(b *testing.B) { rest(b, bot, floor) })
	bot.load(16, 200)
	floor.load(16, 200)
	time.Sleep(2 * time.Second) // modals are drawn once more within a second of their submission
	b.Run("jobs=200", func(b *testing.B) { rest(b, bot, floor) })
}

func rest(b *testing.B, bot, floor *system) {
	oursBefore, leastBefore, began := bot.cpu(), floor.cpu(), time.Now()
	time.Sleep(atRest)
	watched := time.Since(began)
	share := func(used time.Duration) float64 { return 100 * float64(used) / float64(watched) }
	ours, least := share(bot.cpu()-oursBefore), share(floor.cpu()-leastBefore)

	t := newTable("", "bot", "floor")
	t.row("resident, MiB", bot.resident(), floor.resident())
	t.row("idle, % of one core", ours, least)
	t.print()
	report(b, map[string]float64{
		"bot-resident-MiB": bot.resident(), "floor-resident-MiB": floor.resident(),
		"bot-idle-%": ours, "floor-idle-%": least,
	})
}

// BenchmarkBinary is the size of a stripped bot.
func BenchmarkBinary(b *testing.B) {
	metrics := map[string]float64{}
	for name, path := range map[string]string{"bot-MB": bottest.Binary(b), "floor-MB": floorBinary(b)} {
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		metrics[name] = float64(info.Size()) / 1e6
	}
	report(b, metrics)
}
