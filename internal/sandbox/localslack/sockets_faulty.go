package localslack

import "time"

// Refresh asks every socket to leave, as Slack does once every few hours, and ends the
// connection a second later. reason is refresh_requested, or warning (the end then comes ten
// seconds later, and envelopes keep coming).
func (s *Slack) Refresh(reason string) { s.refresh(reason, maxSockets) }

// RefreshOne does that to one socket, chosen at random.
func (s *Slack) RefreshOne(reason string) { s.refresh(reason, 1) }

func (s *Slack) refresh(reason string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sockets {
		if n--; n < 0 || c.ws == nil {
			continue
		}
		grace := time.Second
		if reason == "warning" {
			grace = warningTime
		} else {
			delete(s.sockets, c) // no envelope goes to it any more
		}
		s.disconnect(c, reason, grace)
	}
	s.bump()
}

// DropSockets resets every connection without a word, and forgets ghosts.
func (s *Slack) DropSockets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sockets {
		c.drop()
	}
	clear(s.sockets)
	s.bump()
}

// RefuseSockets answers each new connection with a disconnect of this reason
// (too_many_websockets, link_disabled) until it is called with "".
func (s *Slack) RefuseSockets(reason string) { s.change(func() { s.refusing = reason }) }

// Garbage sends a text frame as it is to every socket.
func (s *Slack) Garbage(frame []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.sockets {
		c.send(frame)
	}
}

// AddGhost registers a connection that nobody holds, as reconnecting over a half-open network
// leaves behind: it counts, and swallows its share of the envelopes.
func (s *Slack) AddGhost() {
	s.change(func() {
		s.sockets[&socket{out: make(chan []byte, 1), gone: make(chan struct{})}] = true
	})
}
