package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"halobot/internal/sandbox/localslack"
)

// stream is a page's connection for server-sent events.
type stream struct {
	w    http.ResponseWriter
	flow *http.ResponseController
	last map[string][]byte // by event: what was sent last
	err  error
}

func newStream(w http.ResponseWriter) *stream {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	return &stream{w: w, flow: http.NewResponseController(w), last: make(map[string][]byte)}
}

// send sends an event unless it says what the last one of its name said.
func (st *stream) send(name string, v any) {
	data, ok := v.([]byte)
	if !ok {
		data = mustJSON(v)
	}
	if st.err != nil || bytes.Equal(st.last[name], data) {
		return
	}
	st.last[name] = data
	_, st.err = fmt.Fprintf(st.w, "event: %s\ndata: %s\n\n", name, data)
}

func (st *stream) flush() {
	if st.err == nil {
		st.err = st.flow.Flush()
	}
}

// Changes come in bursts; the page gets them at most this often, and a sign of life this often.
const (
	newsPause = 30 * time.Millisecond
	signOf    = 20 * time.Second
)

// wake calls back through the channel after each change of any source, until ctx ends.
func wake(ctx context.Context, sources ...func() <-chan struct{}) <-chan struct{} {
	woken := make(chan struct{}, 1)
	for _, source := range sources {
		// The next change is asked for before this one is told of, so that none is missed.
		next := source()
		go func() {
			for {
				select {
				case <-next:
					next = source()
				case <-ctx.Done():
					return
				}
				select {
				case woken <- struct{}{}:
				default:
				}
			}
		}()
	}
	return woken
}

// serveNews is GET /news?person=…: what changes, as that person sees it.
func (s *Sandbox) serveNews(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	sources := []func() <-chan struct{}{s.botChanged, s.bot.Changed, s.faults.Changed}
	for _, t := range s.tenants {
		sources = append(sources, t.halo.Changed)
	}
	person := seatFor(r.FormValue("person"))
	if s.slack != nil {
		defer s.seated.sit(person)()
		sources = append(sources, s.seated.Changed, s.slack.Changed, func() <-chan struct{} {
			_, changed := s.slack.Traffic(1 << 60)
			return changed
		})
	}
	woken := wake(ctx, sources...)

	st, traffic := newStream(w), newReader()
	faulty := "" // the tenant that the faults are those of, where there are several
	if len(s.tenants) > 1 {
		faulty = s.tenants[0].name
	}
	st.send("sandbox", map[string]any{"haloOnly": s.slack == nil, "faulty": faulty})
	if s.slack != nil {
		st.send("mails", mailStates())
	}
	pulse := time.NewTicker(signOf)
	defer pulse.Stop()
	for st.err == nil {
		if s.slack != nil {
			st.send("slack", s.slackFor(person))
		}
		tenants := make([]tenantState, len(s.tenants))
		for i, t := range s.tenants {
			tenants[i] = t.state()
		}
		st.send("halo", tenants)
		st.send("bot", s.botState())
		st.send("faults", s.faultInfos())
		if fresh := traffic.news(s); len(fresh) > 0 {
			st.send("traffic", joined(fresh))
		}
		st.flush()
		if !st.wait(ctx, woken, pulse.C) {
			return
		}
	}
}

// wait returns true when there may be news, false when the page has gone.
func (st *stream) wait(ctx context.Context, woken <-chan struct{}, pulse <-chan time.Time) bool {
	for {
		select {
		case <-woken:
			select {
			case <-time.After(newsPause):
				return true
			case <-ctx.Done():
				return false
			}
		case <-pulse:
			if _, st.err = fmt.Fprint(st.w, ": still here\n\n"); st.err != nil {
				return false
			}
			st.flush()
		case <-ctx.Done():
			return false
		}
	}
}

// mailStates are the mails that may come in, and the channels that they may be told of in.
func mailStates() map[string]any {
	var mails []map[string]string
	for _, m := range samples {
		mails = append(mails, map[string]string{"id": m.ID, "from": m.From, "subject": m.Subject, "about": m.About})
	}
	channels := []map[string]string{
		{"id": localslack.Mail, "name": "mail-alerts"},
		{"id": localslack.Shared, "name": "acme-shared"},
	}
	return map[string]any{"mails": mails, "channels": channels}
}
