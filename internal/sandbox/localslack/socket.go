package localslack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Socket Mode: docs.slack.dev/apis/events-api/using-socket-mode.
const (
	maxSockets     = 10
	maxFrame       = 20 << 10 // bigger frames from the app are dropped without a word
	ticketLife     = 30 * time.Second
	warningTime    = 10 * time.Second       // from a warning to the end
	refusalTime    = 100 * time.Millisecond // for a refused socket to hear why
	writeTimeout   = 5 * time.Second
	connectionTime = 3600 // approximate_connection_time, in seconds
)

// link is the Socket Mode side: the sockets and what is under way on them.
type link struct {
	sockets  map[*socket]bool
	tickets  shelf[time.Time]
	pending  map[string][]*envelope // sent and not acknowledged, by envelope id
	retrying map[*envelope]bool     // events that wait for their next attempt
	opens    []time.Time
	refusing string // the reason with which new sockets are sent away
}

func newLink() link {
	return link{
		sockets: map[*socket]bool{}, tickets: newShelf[time.Time](),
		pending: map[string][]*envelope{}, retrying: map[*envelope]bool{},
	}
}

// socket is one connection of the app. A ghost has none: Slack believes in it all the same.
type socket struct {
	ws   *websocket.Conn
	out  chan []byte
	gone chan struct{}
	once sync.Once
}

// drop ends the connection as a dying network does, without a word.
func (c *socket) drop() {
	c.once.Do(func() {
		close(c.gone)
		if c.ws == nil {
			return
		}
		if tcp, ok := c.ws.NetConn().(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.ws.Close()
	})
}

// hangUp ends the connection as a server does that has said all.
func (c *socket) hangUp() {
	c.once.Do(func() {
		close(c.gone)
		if c.ws != nil {
			_ = c.ws.Close()
		}
	})
}

// send queues a frame; nil ends the connection. One that does not take its frames is dropped.
func (c *socket) send(frame []byte) {
	select {
	case c.out <- frame:
	case <-c.gone:
	default:
		if c.ws != nil {
			c.drop()
		}
	}
}

func (s *Slack) appsConnectionsOpen(args) (map[string]any, error) {
	now, ticket := time.Now(), secret()
	s.opens = append(s.opens, now)
	s.tickets.put(ticket, now, func(at time.Time) bool { return now.Sub(at) > ticketLife })
	ws := "ws" + strings.TrimPrefix(s.base, "http")
	return map[string]any{"url": fmt.Sprintf("%s/link/?ticket=%s&app_id=%s", ws, ticket, App)}, nil
}

var upgrader = websocket.Upgrader{
	CheckOrigin: func(*http.Request) bool { return true }, // clients of Socket Mode are programs
}

// serveSocket takes one connection and serves it until it ends.
func (s *Slack) serveSocket(w http.ResponseWriter, r *http.Request) {
	if s.faults.away() {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	ticket := r.URL.Query().Get("ticket")
	s.mu.Lock()
	at, ok := s.tickets.items[ticket]
	delete(s.tickets.items, ticket) // good for one connection
	if s.closed || !ok || time.Since(at) > ticketLife {
		s.mu.Unlock()
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	s.wg.Add(1)
	s.mu.Unlock()
	defer s.wg.Done()
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered by Upgrade
	}
	c := &socket{ws: ws, out: make(chan []byte, 1024), gone: make(chan struct{})}
	if !s.register(c) {
		c.drop()
		return
	}
	defer s.unregister(c)
	s.wg.Go(func() { s.writeTo(c) })
	s.readFrom(c)
}

// register greets a new socket, or sends it away. It reports whether to go on.
func (s *Slack) register(c *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.faults.away() {
		return false
	}
	reason := s.refusing
	if reason == "" && len(s.sockets) >= maxSockets {
		reason = "too_many_websockets"
	}
	if reason != "" {
		s.disconnect(c, reason, refusalTime)
		return true
	}
	s.sockets[c] = true
	hello := encode(map[string]any{
		"type":            "hello",
		"num_connections": len(s.sockets),
		"connection_info": map[string]any{"app_id": App},
		"debug_info":      debugInfo(),
	})
	s.log.add(Entry{Direction: ToApp, Kind: "socket", Method: "hello"}, hello)
	c.send(hello)
	s.bump()
	return true
}

func debugInfo() map[string]any {
	return map[string]any{
		"host": "localslack", "started": "2026-01-01 00:00:00.000", "build_number": 1,
		"approximate_connection_time": connectionTime,
	}
}

// disconnect asks the app to leave and ends the connection after grace. The caller holds mu.
func (s *Slack) disconnect(c *socket, reason string, grace time.Duration) {
	frame := encode(map[string]any{"type": "disconnect", "reason": reason, "debug_info": debugInfo()})
	s.log.add(Entry{Direction: ToApp, Kind: "socket", Method: "disconnect"}, frame)
	c.send(frame)
	time.AfterFunc(grace, func() { c.send(nil) })
}

func (s *Slack) unregister(c *socket) {
	c.drop()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, c)
	s.bump()
}

func (s *Slack) writeTo(c *socket) {
	ping := time.NewTicker(s.opt.PingEvery)
	defer ping.Stop()
	for {
		var err error
		select {
		case <-c.gone:
			return
		case <-s.done:
			c.drop()
			return
		case frame := <-c.out:
			if frame == nil {
				c.hangUp()
				return
			}
			_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
			err = c.ws.WriteMessage(websocket.TextMessage, frame)
		case <-ping.C:
			err = c.ws.WriteControl(websocket.PingMessage, []byte("Ping from localslack"), time.Now().Add(writeTimeout))
		}
		if err != nil {
			c.drop()
			return
		}
	}
}

func (s *Slack) readFrom(c *socket) {
	for {
		kind, frame, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind != websocket.TextMessage || len(frame) >= maxFrame {
			continue
		}
		var ack struct {
			EnvelopeID string          `json:"envelope_id"`
			Payload    json.RawMessage `json:"payload"`
		}
		if json.Unmarshal(frame, &ack) != nil || ack.EnvelopeID == "" {
			continue
		}
		s.log.add(Entry{Direction: FromApp, Kind: "ack"}, frame)
		x := s.faults.take("ack")
		if x == nil || x.hold == nil {
			s.acked(c, ack.EnvelopeID, ack.Payload)
			continue
		}
		s.wg.Go(func() { // the socket goes on meanwhile
			if x.hold.until(c.gone) {
				s.acked(c, ack.EnvelopeID, ack.Payload)
			}
		})
	}
}

// pick chooses a socket for an envelope: any of them, without a pattern. The caller holds mu.
func (s *Slack) pick() *socket {
	if len(s.sockets) == 0 {
		return nil
	}
	n := rand.IntN(len(s.sockets))
	for c := range s.sockets {
		if n == 0 {
			return c
		}
		n--
	}
	return nil
}

// Opens are the times at which apps.connections.open was granted.
func (s *Slack) Opens() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.opens)
}
