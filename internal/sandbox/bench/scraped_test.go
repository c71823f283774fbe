package bench

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"sync"
	"testing"

	"halobot/internal/sandbox/bottest"
)

// BenchmarkScraped is what a crowd that asks for the metrics without a pause costs technicians: the
// same jobs on one bot, alone and beside the crowd, in turns. The acknowledgements' ratio is to be 1.
func BenchmarkScraped(b *testing.B) {
	const atOnce, jobs, crowd = 4, 80, 64
	bot := startBots(b, bottest.Options{Env: map[string]string{"HTTP_ADDR": "127.0.0.1:0"}})
	served := regexp.MustCompile(`serving health and metrics" address=(\S+)`).FindStringSubmatch(bot.processes[0].Output())
	if served == nil {
		b.Fatal("the bot does not say where it serves")
	}
	bot.load(atOnce, 2*atOnce)
	alone, beside := figures{}, figures{}
	for range *rounds {
		alone.add(bot.load(atOnce, jobs))
		leave := scrape(b, "http://"+served[1]+"/metrics", crowd)
		beside.add(bot.load(atOnce, jobs))
		beside.put("scrapes", float64(leave()))
	}
	metrics := map[string]float64{"scrapes": beside.median("scrapes")}
	t := newTable("metrics", "alone", "beside a crowd", "ratio")
	for _, name := range []string{"modal-p50-ms", "ack-p50-ms", "ack-p99-ms", "message-p50-ms", "cpu-ms/job"} {
		r := relate(beside, alone, name, ratio)
		t.row(name, alone.median(name), beside.median(name), r)
		metrics["scraped-"+name+"-ratio"] = r
	}
	t.print()
	report(b, metrics)
}

// scrape has many ask for an address, each again as soon as it is answered, until the function that
// it returns is called, which counts the answers.
func scrape(tb testing.TB, address string, many int) (leave func() int) {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: many}}
	var crowd sync.WaitGroup
	answers := make([]int, many)
	for i := range many {
		crowd.Go(func() {
			for ctx.Err() == nil {
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
				if err != nil {
					return
				}
				answer, err := client.Do(r)
				if err != nil {
					continue
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
				answers[i]++
			}
		})
	}
	return func() (all int) {
		cancel()
		crowd.Wait()
		client.CloseIdleConnections()
		for _, n := range answers {
			all += n
		}
		return all
	}
}
