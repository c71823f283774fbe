package bench

import (
	"fmt"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
)

// BenchmarkFinished is what stored history costs: the same jobs beside 0, 10,000 and 100,000
// finished requests.
func BenchmarkFinished(b *testing.B) {
	onlyHeavy(b)
	grow(b, "finished", []int{0, 10_000, 100_000}, func(b *testing.B, n int) *system {
		s := withFinished(b, n, bottest.Options{})
		s.start()
		return s
	})
}

// BenchmarkDirectory is what a large tenant costs: the same jobs with 100, 10,000 and 100,000
// clients in Halo.
func BenchmarkDirectory(b *testing.B) {
	onlyHeavy(b)
	grow(b, "clients", []int{100, 10_000, 100_000}, func(b *testing.B, n int) *system {
		return startBots(b, bottest.Options{Halo: localhalo.Options{Clients: localhalo.Seeded(n)}})
	})
}

// grow measures systems of growing size in turns.
func grow(b *testing.B, what string, sizes []int, start func(*testing.B, int) *system) {
	const atOnce, jobs = 16, 480
	systems, of := make([]*system, len(sizes)), make([]figures, len(sizes))
	for i, n := range sizes {
		systems[i], of[i] = start(b, n), figures{}
		systems[i].load(atOnce, 2*atOnce)
		of[i].put("resident-MiB", systems[i].resident())
	}
	for range *rounds {
		for i, s := range systems {
			of[i].add(s.load(atOnce, jobs))
		}
	}
	t := newTable(what, "jobs/s", "CPU ms/job", "ack p50 ms", "message p50 ms", "resident MiB before", "and after")
	metrics := map[string]float64{}
	for i, n := range sizes {
		f := of[i]
		after := systems[i].resident()
		t.row(fmt.Sprint(n), f.median("jobs/s"), f.median("cpu-ms/job"), f.median("ack-p50-ms"),
			f.median("message-p50-ms"), f.median("resident-MiB"), after)
		metrics[fmt.Sprintf("jobs/s@%d", n)] = f.median("jobs/s")
		metrics[fmt.Sprintf("cpu-ms/job@%d", n)] = f.median("cpu-ms/job")
		metrics[fmt.Sprintf("resident-MiB@%d", n)] = after
	}
	t.print()
	report(b, metrics)
}

// BenchmarkTenThousandJobs is what is left in memory of a busy year.
func BenchmarkTenThousandJobs(b *testing.B) {
	onlyHeavy(b)
	const atOnce, jobs, part = 16, 10_000, 1000
	s := startBots(b, bottest.Options{})
	s.load(atOnce, 2*atOnce)
	t := newTable("jobs", "resident MiB", "jobs/s", "CPU ms/job")
	t.row("0", s.resident())
	f := figures{}
	for done := part; done <= jobs; done += part {
		f.add(s.load(atOnce, part))
		last := func(name string) float64 { return f[name][len(f[name])-1] }
		t.row(fmt.Sprint(done), s.resident(), last("jobs/s"), last("cpu-ms/job"))
	}
	t.print()
	report(b, map[string]float64{"resident-MiB": s.resident(), "jobs/s": f.median("jobs/s"), "cpu-ms/job": f.median("cpu-ms/job")})
}
