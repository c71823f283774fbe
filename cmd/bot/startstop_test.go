package main

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

// Not parallel: it looks at every goroutine. Each is asked while it is being stopped.
func TestFiftyServersStartAndStopAtOnce(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			log := &safeBuffer{}
			end, err := serveHTTP("127.0.0.1:0", prometheus.NewRegistry(), func() string { return "" }, slog.New(slog.NewTextHandler(log, nil)))
			if err != nil {
				t.Error(err)
				return
			}
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			var asking sync.WaitGroup
			for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
				asking.Go(func() {
					if resp, err := client.Get("http://" + servedAt.FindStringSubmatch(log.String())[1] + path); err == nil {
						_, _ = io.Copy(io.Discard, resp.Body)
						_ = resp.Body.Close()
					}
				})
			}
			end()
			asking.Wait()
		})
	}
	all.Wait()
	goleak.VerifyNone(t, ignore)
}
