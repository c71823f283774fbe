package slackbot

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the bot's numbers about Slack. Their labels are bounded, and name no person.
type metrics struct {
	calls       *prometheus.CounterVec
	envelopes   *prometheus.CounterVec
	panics      prometheus.Counter
	connected   prometheus.Gauge
	connections prometheus.Gauge
}

// newMetrics registers them with r; nil keeps them to themselves.
func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_slack_calls_total",
			Help: "Calls to Slack's Web API, by method and by what became of them.",
		}, []string{"method", "class"}),
		envelopes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "halobot_slack_envelopes_total",
			Help: "Envelopes from Slack, by kind and by what became of them.",
		}, []string{"kind", "result"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "halobot_slack_panics_total",
			Help: "Handlers that panicked; each is a fault of the bot.",
		}),
		connected: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "halobot_slack_sockets_connected",
			Help: "This process's sockets that are connected.",
		}),
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "halobot_slack_app_connections",
			Help: "Sockets of the app as Slack last counted them, all processes together.",
		}),
	}
	if r != nil {
		r.MustRegister(m.calls, m.envelopes, m.panics, m.connected, m.connections)
	}
	m.zero()
	return m
}

// kinds are those of what comes over a socket.
var kinds = []string{"command", "button", "submission", "close", "suggestion", "shortcut", "event", "step", "other"}

// zero makes every series exist from the start: the first of a kind is an increase too.
func (m *metrics) zero() {
	for _, method := range append([]string{responseURL}, methods...) {
		for _, class := range classes {
			m.calls.WithLabelValues(method, class)
		}
	}
	for _, kind := range kinds {
		for _, result := range []string{"handled", "unknown", "panic"} {
			m.envelopes.WithLabelValues(kind, result)
		}
	}
	for kind, results := range map[string][]string{"ack": {"lost"}, "any": {"too_late", "not_taken"}, "other": {"unreadable"}} {
		for _, result := range results {
			m.envelopes.WithLabelValues(kind, result)
		}
	}
}

func (m *metrics) call(method, class string) { m.calls.WithLabelValues(method, class).Inc() }

func (m *metrics) envelope(kind, result string) { m.envelopes.WithLabelValues(kind, result).Inc() }
