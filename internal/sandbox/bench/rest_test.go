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

// BenchmarkRest is what an administrator pays for a bot that nobody uses right now: one that was
// just started, on each database, and one that has had its first jobs.
func BenchmarkRest(b *testing.B) {
	bot, floor := startBots(b, bottest.Options{}), startFloor(b)
	b.Run("fresh", func(b *testing.B) { rest(b, bot, floor) })
	bot.load(16, 200)
	floor.load(16, 200)
	b.Run("jobs=200", func(b *testing.B) { rest(b, bot, floor) })
	b.Run("postgres", func(b *testing.B) {
		url := bottest.Postgres(b)
		bot := startBots(b, bottest.Options{Env: map[string]string{"DATABASE_URL": url}})
		committed := commits(b, url)
		rest(b, bot, floor, figure{"commits a second", "commits/s", func(*system) float64 { return committed() }})
	})
}

// figure is something that a system does ever more of.
type figure struct {
	name, unit string
	so         func(s *system) float64 // far, since it was started
}

// calm is after how long a process does only what it goes on to do: modals are drawn once more
// within a second of their submission, and River's leader begins within some fifteen.
const calm = 20 * time.Second

// rest watches bot and floor, side by side, for as long as -rest says. more is of the bot alone.
func rest(b *testing.B, bot, floor *system, more ...figure) {
	time.Sleep(calm)
	both := []figure{
		{"idle, % of one core", "idle-%", func(s *system) float64 { return 100 * s.cpu().Seconds() }},
		{"wake-ups a second", "wakeups/s", (*system).wakeups},
		{"written, MB an hour", "MB/h", func(s *system) float64 { return s.written() / 1e6 * 3600 }},
	}
	far := func(s *system, all []figure) (so []float64) {
		for _, f := range all {
			so = append(so, f.so(s))
		}
		return so
	}
	of := append(both, more...)
	oursBefore, leastBefore, began := far(bot, of), far(floor, both), time.Now()
	time.Sleep(*atRest)
	ours, least, watched := far(bot, of), far(floor, both), time.Since(began).Seconds()

	t := newTable("", "bot", "floor")
	t.row("resident, MiB", bot.resident(), floor.resident())
	metrics := map[string]float64{"bot-resident-MiB": bot.resident(), "floor-resident-MiB": floor.resident()}
	for i, f := range of {
		metrics["bot-"+f.unit] = (ours[i] - oursBefore[i]) / watched
		cells := []any{metrics["bot-"+f.unit]}
		if i < len(both) {
			metrics["floor-"+f.unit] = (least[i] - leastBefore[i]) / watched
			cells = append(cells, metrics["floor-"+f.unit])
		}
		t.row(f.name, cells...)
	}
	t.print()
	report(b, metrics)
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
