package onboarding

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are nil-safe: a service without a registry counts nothing.
type metrics struct {
	requests *prometheus.CounterVec
	stores   *prometheus.CounterVec
	filings  *prometheus.CounterVec
	mails    *prometheus.CounterVec
	answers  map[Outcome]prometheus.Counter
	stages   *prometheus.HistogramVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_requests_total",
			Help: "Requests that ended, by outcome.",
		}, []string{"outcome", "via", "connection"}),
		stores: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_stores_total",
			Help: "Submissions by what became of them before they were acknowledged.",
		}, []string{"outcome"}),
		filings: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_filings_total",
			Help: "Filings of users, tickets and domains that ended, by outcome.",
		}, []string{"outcome", "what", "connection"}),
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_mails_total",
			Help: "Stored mails of bot alert that ended, by outcome.",
		}, []string{"outcome"}),
		answers: map[Outcome]prometheus.Counter{
			Dismissed: prometheus.NewCounter(prometheus.CounterOpts{
				Name: "halobot_alerts_dismissed_total",
				Help: "Alerts that somebody said are of no client.",
			}),
			Reopened: prometheus.NewCounter(prometheus.CounterOpts{
				Name: "halobot_alerts_reopened_total",
				Help: "Dismissed alerts that somebody opened again.",
			}),
		},
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "halobot_stage_seconds",
			Help:    "How long the stages of a request take.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25},
		}, []string{"stage"}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.stores, m.filings, m.mails, m.stages, m.answers[Dismissed], m.answers[Reopened])
	}
	return m
}

// stage measures until the returned function is called.
func (m *metrics) stage(name string) func() {
	took := stopwatch()
	return func() { m.stages.WithLabelValues(name).Observe(took().Seconds()) }
}

func (m *metrics) ended(r Request, o Outcome) {
	if r.File != nil {
		m.filings.WithLabelValues(string(o), string(r.File.What), r.Draft.Connection).Inc()
		return
	}
	if r.Answer != nil {
		if counter, ok := m.answers[o]; ok {
			counter.Inc()
		}
		return
	}
	m.requests.WithLabelValues(string(o), string(r.Via), r.Draft.Connection).Inc()
}

// zero makes every series exist from the start, with the value 0, so that the first event of a kind
// counts as an increase.
func (m *metrics) zero(connections map[string]Halo) {
	for connection := range connections {
		for what := range filers {
			for _, o := range []Outcome{Done, Left, Refused, Unreachable, Unconfirmed, Denied} {
				m.filings.WithLabelValues(string(o), string(what), connection)
			}
		}
		for _, via := range vias {
			for _, o := range []Outcome{Created, Used, Exists, Refused, Unreachable, Unconfirmed, Denied} {
				m.requests.WithLabelValues(string(o), string(via), connection)
			}
		}
	}
	for _, stage := range []string{"store", "look", "create", "announce"} {
		m.stages.WithLabelValues(stage)
	}
	for _, o := range mailOutcomes {
		m.mails.WithLabelValues(string(o))
	}
	for _, outcome := range []string{"stored", "joined", "dismissed", "failed"} {
		m.stores.WithLabelValues(outcome)
	}
}

// stored counts what became of a submission.
func (m *metrics) stored(r Receipt, err error) {
	outcome := "stored"
	switch {
	case err != nil:
		outcome = "failed"
	case r.Dismissed != nil:
		outcome = "dismissed"
	case r.Joined:
		outcome = "joined"
	}
	m.stores.WithLabelValues(outcome).Inc()
}

// census counts the requests and the mails in hand.
type census struct {
	open   float64       // has not ended, or its end has not been told
	oldest time.Duration // since the oldest of those that have not ended was asked for
	stuck  float64
	mails  float64 // not posted yet
}

// stuckAfter is how long a request may be in hand before it takes a person to look why.
const stuckAfter = 30 * time.Minute

// Stuck counts the requests that have not ended half an hour after they were asked for, and of
// which none of the bot's own looks in Halo explains why.
func (s *Service) Stuck(ctx context.Context) (int, error) {
	c, err := s.count(ctx)
	return int(c.stuck), err
}

// mostCounted bounds how many requests are looked at one by one.
const mostCounted = 200

func (s *Service) count(ctx context.Context) (census, error) {
	var c census
	open, err := s.queue.open(ctx)
	c.open, c.mails = float64(open[Request{}.Kind()]), float64(open[mailKind])
	if err != nil || c.open == 0 {
		return c, err
	}
	rows, err := s.queue.list(ctx, selection{kinds: requests, open: true, most: mostCounted})
	if err != nil {
		return c, err
	}
	for _, row := range rows {
		found, err := decode(row)
		if err != nil {
			return c, err
		}
		if found.state.Outcome != "" {
			continue
		}
		age := s.clock.since(row.CreatedAt)
		c.oldest = max(c.oldest, age)
		looked := row.AttemptedAt != nil && s.clock.since(*row.AttemptedAt) < stuckAfter
		if age > stuckAfter && !(found.state.Sent() && looked) {
			c.stuck++
		}
	}
	return c, nil
}

// watchOpen registers the gauges of requests in hand, counted when they are scraped. They are NaN
// when the database does not answer.
func (s *Service) watchOpen(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	var (
		mu   sync.Mutex
		at   time.Time
		last census
		err  error
	)
	counted := func(part func(census) float64) func() float64 {
		return func() float64 {
			mu.Lock()
			defer mu.Unlock()
			if at.IsZero() || s.clock.since(at) > time.Second { // once for all
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				last, err = s.count(ctx)
				cancel()
				at = s.clock.now()
			}
			if err != nil {
				return math.NaN()
			}
			return part(last)
		}
	}
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "halobot_requests_open",
			Help: "Requests that have not ended, or whose end has not been told.",
		}, counted(func(c census) float64 { return c.open })),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "halobot_requests_oldest_seconds",
			Help: "How long ago the oldest request that has not ended was asked for; 0 without any.",
		}, counted(func(c census) float64 { return c.oldest.Seconds() })),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "halobot_requests_stuck",
			Help: "Requests that have not ended after half an hour and are not being looked for in Halo.",
		}, counted(func(c census) float64 { return c.stuck })),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "halobot_mails_open",
			Help: "Mails of bot alert that are stored and have not become an alert yet.",
		}, counted(func(c census) float64 { return c.mails })),
	)
}
