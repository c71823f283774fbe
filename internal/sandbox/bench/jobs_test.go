package bench

import (
	"fmt"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
)

// TestMeasuringWholeJobs keeps the driver and the floor from rotting: that figures come out,
// never which.
func TestMeasuringWholeJobs(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*system{"bot": startBots(t, bottest.Options{}), "floor": startFloor(t)} {
		l := s.load(2, 6)
		if len(l.samples) != 6 {
			t.Errorf("%s: %d of 6 jobs were measured", name, len(l.samples))
		}
		for _, one := range l.samples {
			if one.modal <= 0 || one.ack <= 0 || one.message <= 0 {
				t.Errorf("%s: a job took %+v, want times above zero", name, one)
			}
		}
		if clients := s.Halo.Len(); clients != 6 {
			t.Errorf("%s: Halo has %d clients after 6 jobs", name, clients)
		}
	}
}

// BenchmarkJobs is what technicians feel, beside the floor: one of them, who takes a breath
// between messages and clicks, a desk of 16 without a pause, and 64 who all click at once.
func BenchmarkJobs(b *testing.B) {
	for _, c := range []struct{ atOnce, jobs int }{{1, 80}, {16, 480}, {64, 640}} {
		b.Run(fmt.Sprintf("at-once=%d", c.atOnce), func(b *testing.B) { compare(b, c.atOnce, c.jobs) })
	}
}

// compare gives bot and floor the same jobs, in turns.
func compare(b *testing.B, atOnce, jobs int) {
	bot, floor, disk := startBots(b, bottest.Options{}), startFloor(b), newDisk(b)
	for _, s := range []*system{bot, floor} {
		if atOnce == 1 {
			s.breath = 20 * time.Millisecond
		}
		s.load(atOnce, 2*atOnce) // connections are made, people looked up
	}
	ours, least := figures{}, figures{}
	for range *rounds {
		bare, stored := disk.commit()
		ours.put("commit-ms", bare)
		ours.put("river-commit-ms", stored)
		ours.add(bot.load(atOnce, jobs))
		least.add(floor.load(atOnce, jobs))
	}
	ours.put("resident-MiB", bot.resident())
	least.put("resident-MiB", floor.resident())

	t := newTable("", "bot", "floor", "ratio", "difference")
	metrics := map[string]float64{"commit-ms": ours.median("commit-ms"), "river-commit-ms": ours.median("river-commit-ms")}
	for _, name := range []string{
		"modal-p50-ms", "modal-p99-ms", "ack-p50-ms", "ack-p99-ms", "message-p50-ms", "message-p99-ms",
		"jobs/s", "cpu-ms/job", "resident-MiB",
	} {
		if name == "jobs/s" && bot.breath > 0 {
			continue // it is the breaths' own
		}
		r, d := relate(ours, least, name, ratio), relate(ours, least, name, difference)
		t.row(name, ours.median(name), least.median(name), r, d)
		metrics["bot-"+name], metrics["floor-"+name] = ours.median(name), least.median(name)
	}
	t.row("one durable commit, ms", ours.median("commit-ms"))
	t.row("one through River, ms", ours.median("river-commit-ms"))
	t.print()
	metrics["modal-p50-ratio"] = relate(ours, least, "modal-p50-ms", ratio)
	metrics["modal-p99-ratio"] = relate(ours, least, "modal-p99-ms", ratio)
	metrics["ack-p50-more-ms"] = relate(ours, least, "ack-p50-ms", difference)
	metrics["message-p50-more-ms"] = relate(ours, least, "message-p50-ms", difference)
	metrics["cpu-ratio"] = relate(ours, least, "cpu-ms/job", ratio)
	report(b, metrics)
}
