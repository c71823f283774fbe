package localslack

import (
	"context"
	"sync"
)

// Moment says when a call is held.
type Moment int

// The moments of a call.
const (
	Before Moment = iota // it has arrived; nothing is done yet
	After                // it is done; nothing is answered yet
)

// Hold is a call brought to a halt. A call is let go when its Slack is closed or its caller
// hangs up.
type Hold struct {
	at      Moment
	arrived chan struct{}
	verdict chan bool // true: go on
	once    sync.Once
	done    <-chan struct{}
}

// Hold halts the next call of a method. With Before, dropping it means that it is never done;
// with After it is done, and its answer is lost. Release or Drop it in the end.
func (s *Slack) Hold(method string, at Moment) *Hold {
	h := &Hold{at: at, arrived: make(chan struct{}), verdict: make(chan bool, 1), done: s.done}
	s.faults.add(&fault{method: method, left: 1, hold: h})
	return h
}

// Arrived returns when a call is halted.
func (h *Hold) Arrived(ctx context.Context) error {
	select {
	case <-h.arrived:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Release lets the call go on.
func (h *Hold) Release() { h.once.Do(func() { h.verdict <- true }) }

// Drop closes the call's connection without an answer.
func (h *Hold) Drop() { h.once.Do(func() { h.verdict <- false }) }

// wait halts a call until the verdict.
func (h *Hold) wait(ctx context.Context) bool { return h.until(ctx.Done()) }

// until halts its caller until the verdict, or until the other side is gone.
func (h *Hold) until(gone <-chan struct{}) bool {
	close(h.arrived)
	select {
	case ok := <-h.verdict:
		return ok
	case <-gone:
		return false
	case <-h.done:
		return false
	}
}
