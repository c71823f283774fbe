package localhalo

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// Point is a place in a request's course at which it can be held.
type Point string

// The places.
const (
	Arrived Point = "arrived" // read whole, nothing done yet
	Stored  Point = "stored"  // carried out, nothing answered yet
)

// Hold stops one request in its course, so that a test can do something meanwhile: kill the
// caller, say. It stays held when its caller has gone.
type Hold struct {
	server  *Server
	match   Match
	point   Point
	reached chan struct{}
	call    Call // set before reached is closed
	end     sync.Once
	drop    bool // set before ended is closed
	ended   chan struct{}
}

// Hold stops the next request that matches, at p. Two holds take two requests.
func (s *Server) Hold(m Match, p Point) *Hold {
	if m == nil {
		m = onAPI
	}
	h := &Hold{server: s, match: m, point: p, reached: make(chan struct{}), ended: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds = append(s.holds, h)
	return h
}

// Wait returns the request once it is held, or an error when ctx ends or the tenant closes.
func (h *Hold) Wait(ctx context.Context) (Call, error) {
	select {
	case <-h.reached:
		return h.call, nil
	case <-ctx.Done():
		return Call{}, ctx.Err()
	case <-h.server.done:
		return Call{}, errors.New("localhalo: closed")
	}
}

// Release lets the request go on as if nothing had been. A hold that no request has met yet
// is given up.
func (h *Hold) Release() { h.finish(false) }

// Drop breaks the request's connection: at Arrived nothing was done, at Stored everything.
func (h *Hold) Drop() { h.finish(true) }

func (h *Hold) finish(drop bool) {
	h.end.Do(func() {
		h.drop = drop
		close(h.ended)
	})
	h.server.mu.Lock()
	defer h.server.mu.Unlock()
	h.server.holds = slices.DeleteFunc(h.server.holds, func(g *Hold) bool { return g == h })
}

// held stops the call at p if a hold asks for it, and says whether to drop it.
func (s *Server) held(c *Call, p Point) (drop bool) {
	s.mu.Lock()
	i := slices.IndexFunc(s.holds, func(h *Hold) bool { return h.point == p && h.match(*c) })
	if i < 0 {
		s.mu.Unlock()
		return false
	}
	h := s.holds[i]
	s.holds = slices.Delete(s.holds, i, i+1)
	h.call = *c
	s.mu.Unlock()
	close(h.reached)
	select {
	case <-h.ended:
		return h.drop
	case <-s.done:
		return true
	}
}
