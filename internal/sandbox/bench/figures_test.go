package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// figures are a system's, over all rounds. Each holds one value a round.
type figures map[string][]float64

// add takes one round's.
func (f figures) add(l load) {
	n := float64(len(l.samples))
	for name, of := range map[string]func(sample) time.Duration{
		"modal":   func(s sample) time.Duration { return s.modal },
		"ack":     func(s sample) time.Duration { return s.ack },
		"message": func(s sample) time.Duration { return s.message },
	} {
		values := make([]float64, len(l.samples))
		for i, s := range l.samples {
			values[i] = milliseconds(of(s))
		}
		f.put(name+"-p50-ms", quantile(values, .5))
		f.put(name+"-p99-ms", quantile(values, .99))
	}
	f.put("jobs/s", n/l.took.Seconds())
	f.put("cpu-ms/job", milliseconds(l.cpu)/n)
}

func (f figures) put(name string, value float64) { f[name] = append(f[name], value) }

// median is the middle one of the rounds.
func (f figures) median(name string) float64 { return quantile(f[name], .5) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// quantile is the value that a share q of values does not exceed.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(q*float64(len(sorted)-1)+.5)]
}

// relate is the median over the rounds of what of says of the bot and the floor in one round:
// what disturbs a round disturbs both.
func relate(bot, floor figures, name string, of func(bot, floor float64) float64) float64 {
	var all []float64
	for i := range min(len(bot[name]), len(floor[name])) {
		all = append(all, of(bot[name][i], floor[name][i]))
	}
	return quantile(all, .5)
}

func ratio(bot, floor float64) float64      { return bot / floor }
func difference(bot, floor float64) float64 { return bot - floor }

// table prints figures for people, past the test's log, which cuts after ten lines. The
// benchmark's own line is for programs.
type table struct{ w *tabwriter.Writer }

func newTable(heads ...string) table {
	t := table{tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintln(t.w, "\n"+strings.Join(heads, "\t")+"\t")
	return t
}

func (t table) row(name string, cells ...any) {
	fmt.Fprint(t.w, name)
	for _, c := range cells {
		switch c := c.(type) {
		case float64:
			fmt.Fprintf(t.w, "\t%.2f", c)
		default:
			fmt.Fprintf(t.w, "\t%v", c)
		}
	}
	fmt.Fprint(t.w, "\t\n")
}

func (t table) print() { _ = t.w.Flush() }

// report gives the benchmark's line its figures, without the time per operation, which here
// is the time of a whole measurement.
func report(b *testing.B, metrics map[string]float64) {
	b.ReportMetric(0, "ns/op")
	for unit, value := range metrics {
		b.ReportMetric(value, unit)
	}
}
