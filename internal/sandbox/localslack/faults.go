package localslack

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// Anything, given for a method's name, means every call. Besides the Web API's methods these
// can be named: "response_url", "webhook" (incoming ones) and "ack" (an acknowledgement on a
// socket; only Hold knows it).
const Anything = "*"

// Absence is how Slack is away.
type Absence int

// The ways of being away. While it is, sockets are closed and none is accepted.
const (
	Present     Absence = iota
	Unavailable         // every request is answered 503
	Unreachable         // every connection is closed without an answer
)

// fault is what happens to the next calls of a method.
type fault struct {
	method  string
	left    int // calls that it still hits
	forever bool
	trouble Trouble
	hold    *Hold
}

// faults are the faults that are switched on. It has a lock of its own: calls wait outside of
// the workspace's.
type faults struct {
	mu     sync.Mutex
	list   []*fault
	absent Absence
	calls  map[string]int
	done   <-chan struct{} // closed when the workspace is
}

func newFaults(done <-chan struct{}) *faults {
	return &faults{calls: map[string]int{}, done: done}
}

func (f *faults) add(x *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, x)
}

func (f *faults) remove(x *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = slices.DeleteFunc(f.list, func(y *fault) bool { return y == x })
}

// take finds the first fault for a call and uses it up by one.
func (f *faults) take(method string) *fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[method]++
	for i, x := range f.list {
		if x.method != method && (x.method != Anything || method == "ack") {
			continue
		}
		if x.left--; x.left <= 0 && !x.forever {
			f.list = slices.Delete(f.list, i, i+1)
		}
		return x
	}
	return nil
}

// during answers a call as do does, unless a fault is on.
func (f *faults) during(w http.ResponseWriter, r *http.Request, method string, e *pending, do func() (int, http.Header, any)) {
	f.mu.Lock()
	absent := f.absent
	f.mu.Unlock()
	switch absent {
	case Unavailable:
		e.end(http.StatusServiceUnavailable, nil)
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	case Unreachable:
		e.end(0, nil)
		hangUp(w)
		return
	}
	x := f.take(method)
	if x == nil {
		x = &fault{}
	}
	if x.hold != nil && x.hold.at == Before && !x.hold.wait(r.Context()) {
		e.end(0, nil)
		hangUp(w)
		return
	}
	if !x.trouble.done && x.trouble.meet(w, r, e, f.done) {
		return
	}
	status, header, body := do()
	if x.hold != nil && x.hold.at == After && !x.hold.wait(r.Context()) {
		e.end(0, nil)
		hangUp(w)
		return
	}
	if x.trouble.done && x.trouble.meet(w, r, e, f.done) {
		return
	}
	write(w, status, header, body, e)
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, as from a host that is gone
	}
	_ = c.Close()
}

// ClearFaults ends all faults, holds included, and brings Slack back.
func (s *Slack) ClearFaults() {
	s.faults.mu.Lock()
	list := s.faults.list
	s.faults.list = nil
	s.faults.mu.Unlock()
	for _, x := range list {
		if x.hold != nil {
			x.hold.Release()
		}
	}
	s.SetAway(Present)
	s.RefuseSockets("")
}

// Calls counts the calls of a method so far, whatever came of them.
func (s *Slack) Calls(method string) int {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return s.faults.calls[method]
}

// SetAway makes Slack unreachable, or brings it back.
func (s *Slack) SetAway(how Absence) {
	s.faults.mu.Lock()
	s.faults.absent = how
	s.faults.mu.Unlock()
	if how != Present {
		s.DropSockets()
	}
}

func (f *faults) away() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.absent != Present
}
