package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"

	"halobot/internal/halo"
)

func newRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewBuildInfoCollector(),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return reg
}

// serveHTTP serves /healthz, /readyz and /metrics at addr; an empty one is off. The returned
// function ends it.
func serveHTTP(addr string, reg *prometheus.Registry, trouble func() string, log *slog.Logger) (func(), error) {
	if addr == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := trouble(); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(&calmGatherer{Gatherer: reg, before: trouble}, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	server := &http.Server{
		Handler:           paced(mux),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go server.Serve(netutil.LimitListener(listener, maxConnections)) //nolint:errcheck // it ends with Close
	log.Info("serving health and metrics", "address", listener.Addr().String())
	return func() { _ = server.Close() }, nil
}

const (
	// maxConnections is how many may be open at once; more of them wait. Each ends by its timeouts.
	maxConnections = 64
	// maxPerSecond is how many requests are answered in a second; more of them wait. What makes the
	// metrics up must not take the processor from clicks.
	maxPerSecond = 20
)

// paced lets h answer maxPerSecond requests.
func paced(h http.Handler) http.Handler {
	pace := rate.NewLimiter(maxPerSecond, maxPerSecond)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pace.Wait(r.Context()) == nil {
			h.ServeHTTP(w, r)
		}
	})
}

// calmGatherer gathers at most once a second, however many ask: what is gathered asks the
// database, which has clicks to keep.
type calmGatherer struct {
	prometheus.Gatherer
	// before is called first, so that what is found by looking shows where nobody asks /readyz: one
	// metric after the other is gathered, and a look may take seconds. nil = nothing.
	before func() string

	mu   sync.Mutex
	at   time.Time
	last []*dto.MetricFamily
	err  error
}

// Gather returns what was gathered less than a second ago, or gathers.
func (g *calmGatherer) Gather() ([]*dto.MetricFamily, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at.IsZero() || time.Since(g.at) > time.Second {
		if g.before != nil {
			_ = g.before() // the log has it
		}
		g.last, g.err = g.Gatherer.Gather()
		g.at = time.Now()
	}
	return g.last, g.err
}

// haloMetrics returns what a connection reports its calls to.
func haloMetrics(reg prometheus.Registerer) func(connection string) func(endpoint, class string, took time.Duration) {
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "halobot_halo_calls_total",
		Help: "Calls to Halo, by endpoint and class of answer.",
	}, []string{"connection", "endpoint", "class"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "halobot_halo_call_seconds",
		Help: "How long Halo takes to answer.",
	}, []string{"connection", "endpoint"})
	reg.MustRegister(calls, seconds)
	return func(connection string) func(string, string, time.Duration) {
		for _, endpoint := range halo.Endpoints {
			seconds.WithLabelValues(connection, endpoint)
			for _, class := range halo.Classes {
				calls.WithLabelValues(connection, endpoint, class)
			}
		}
		var silentSince atomic.Int64 // Unix nanoseconds; 0 = the last call was answered
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "halobot_halo_unreachable_seconds",
			Help:        "Since when no call to Halo was answered by Halo itself; 0 when the last one was.",
			ConstLabels: prometheus.Labels{"connection": connection},
		}, func() float64 {
			if since := silentSince.Load(); since != 0 {
				return time.Since(time.Unix(0, since)).Seconds()
			}
			return 0
		}))
		return func(endpoint, class string, took time.Duration) {
			switch class {
			case "cancelled": // by the bot itself: a form was closed
			case "5xx", "timeout", "error":
				silentSince.CompareAndSwap(0, time.Now().UnixNano())
			default:
				silentSince.Store(0)
			}
			calls.WithLabelValues(connection, endpoint, class).Inc()
			seconds.WithLabelValues(connection, endpoint).Observe(took.Seconds())
		}
	}
}

// watchDirectories exports each connection's directory of known clients.
func watchDirectories(reg prometheus.Registerer, all connections) {
	for _, c := range all {
		labels := prometheus.Labels{"connection": c.Name()}
		reg.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name:        "halobot_directory_age_seconds",
				Help:        "Time since the directory of clients was last read whole.",
				ConstLabels: labels,
			}, func() float64 { return c.DirectoryAge().Seconds() }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name:        "halobot_directory_clients",
				Help:        "Clients in the directory.",
				ConstLabels: labels,
			}, func() float64 { return float64(c.DirectorySize()) }),
		)
	}
}
