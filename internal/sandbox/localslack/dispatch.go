package localslack

import (
	"encoding/json"
	"slices"
	"time"
)

// patience is how long a person waits for the app's acknowledgement.
const patience = 3 * time.Second

// envelope is a payload on its way to the app.
type envelope struct {
	it        *Interaction
	answers   bool // accepts_response_payload
	attempt   int  // retry_attempt
	reason    string
	redeliver bool // carries retry fields because a test wanted them

	sentAt time.Time
	on     *socket
	timer  *time.Timer

	acked  ackFunc     // what the acknowledgement does; may be nil
	failed func(error) // what the person sees instead; may be nil
}

// ackFunc does what an acknowledgement's payload asks for. It is called with mu held.
type ackFunc func(payload json.RawMessage) (action string, err error)

func (e *envelope) event() bool { return e.it.Type == "events_api" }

// dispatch sends an envelope to one socket. Commands and interactions are tried once; events
// again, at the pauses of Options.EventRetries. The caller holds mu.
func (s *Slack) dispatch(e *envelope) {
	c := s.pick()
	if c == nil {
		s.unsent(e, ErrNoSocket)
		return
	}
	o := map[string]any{
		"envelope_id": e.it.EnvelopeID, "type": e.it.Type, "payload": e.it.Payload,
		"accepts_response_payload": e.answers,
	}
	if e.event() || e.redeliver {
		o["retry_attempt"], o["retry_reason"] = e.attempt, e.reason
	}
	frame := encode(o)
	s.log.add(Entry{Direction: ToApp, Kind: "envelope", Method: e.it.Type}, frame)
	e.on, e.sentAt = c, time.Now()
	e.it.sentAt = e.sentAt
	id := e.it.EnvelopeID
	s.pending[id] = append(s.pending[id], e)
	e.timer = time.AfterFunc(patience, func() { s.expired(e) })
	c.send(frame)
	e.it.sentOne.Do(func() { close(e.it.sent) })
}

// unsent is the end of an attempt that was not acknowledged. The caller holds mu.
func (s *Slack) unsent(e *envelope, why error) {
	if e.event() && e.attempt < len(s.opt.EventRetries) && !s.closed {
		s.retrying[e] = true
		e.timer = time.AfterFunc(s.opt.EventRetries[e.attempt], func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if !s.retrying[e] {
				return
			}
			delete(s.retrying, e)
			e.attempt++
			e.reason = "timeout"
			s.dispatch(e)
		})
		return
	}
	if e.failed != nil {
		e.failed(why)
	}
	e.it.end(Ack{}, why)
	s.bump()
}

func (s *Slack) expired(e *envelope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.take(e) {
		s.unsent(e, ErrTimeout)
	}
}

// take removes an envelope from those that are under way.
func (s *Slack) take(e *envelope) bool {
	id := e.it.EnvelopeID
	i := slices.Index(s.pending[id], e)
	if i < 0 {
		return false
	}
	s.pending[id] = slices.Delete(s.pending[id], i, i+1)
	if len(s.pending[id]) == 0 {
		delete(s.pending, id)
	}
	return true
}

// acked takes an acknowledgement. One that comes too late, or for something unknown, is
// nothing to Slack.
func (s *Slack) acked(on *socket, id string, payload json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending[id]) == 0 {
		return
	}
	e := s.pending[id][0]
	if s.strictAcks && e.on != on {
		return
	}
	s.take(e)
	e.timer.Stop()
	ack := Ack{After: time.Since(e.sentAt)}
	if e.answers && string(payload) != "null" {
		ack.Payload = payload
	}
	var err error
	if e.acked != nil {
		ack.Action, err = e.acked(ack.Payload)
	}
	e.it.end(ack, err)
	s.bump()
}

// stopPending ends everything that is under way, for Close. The caller holds mu.
func (s *Slack) stopPending() {
	for _, list := range s.pending {
		for _, e := range list {
			e.timer.Stop()
			e.it.end(Ack{}, ErrClosed)
		}
	}
	for e := range s.retrying {
		e.timer.Stop()
		e.it.end(Ack{}, ErrClosed)
	}
	clear(s.pending)
	clear(s.retrying)
}

// Redeliver sends an interaction's envelope again, word for word, as Slack does with events
// (and as a proxy in between may do with anything). With attempt above zero it carries that
// retry_attempt. The result is an interaction of its own; a modal reacts to its answer only if
// it is still open.
func (s *Slack) Redeliver(i *Interaction, attempt int) *Interaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := s.newInteraction(i.Type, i.user, i.channel)
	again.EnvelopeID, again.Payload = i.EnvelopeID, i.Payload
	again.TriggerID, again.ResponseURL = i.TriggerID, i.ResponseURL
	e := &envelope{it: again, answers: i.Type != "events_api", attempt: attempt, redeliver: attempt > 0, acked: i.acked}
	again.acked = i.acked
	if attempt > 0 {
		e.reason = "timeout"
	}
	s.dispatch(e)
	return again
}
