package onboarding

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are nil-safe: a service without a registry counts nothing.
type metrics struct {
	requests *prometheus.CounterVec
	stages   *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_requests_total",
			Help: "Requests that ended, by outcome.",
		}, []string{"outcome", "via", "connection"}),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "halobot_stage_seconds",
			Help:    "How long the stages of a request take.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25},
		}, []string{"stage"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.stages)
	}
	return m
}

// stage measures until the returned function is called.
func (m *metrics) stage(name string) func() {
	began := time.Now()
	return func() { m.stages.WithLabelValues(name).Observe(time.Since(began).Seconds()) }
}

func (m *metrics) ended(r Request, o Outcome) {
	m.requests.WithLabelValues(string(o), r.Via, r.Draft.Connection).Inc()
}

// watchOpen registers the gauge of requests in hand, counted when it is scraped.
func (s *Service) watchOpen(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "halobot_requests_open",
		Help: "Requests that have not ended, or whose end has not been told; -1 when the database does not answer.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		var n float64
		err := s.db.sql.QueryRowContext(ctx, `SELECT count(*) FROM river_job
			WHERE state IN ('available', 'retryable', 'running', 'scheduled') AND kind = $1`, Request{}.Kind()).Scan(&n)
		if err != nil {
			return -1
		}
		return n
	}))
}
