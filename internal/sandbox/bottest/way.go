package bottest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Way is a way to a server that can be cut.
type Way struct {
	URL    string // the server's, by this way
	server string

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// NewWay makes a way to the server that a URL names; it ends with the test.
func NewWay(t testing.TB, to string) *Way {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &Way{server: u.Host, open: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(); w.Cut() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	u.Host = l.Addr().String()
	w.URL = u.String()
	return w
}

// Cut breaks every connection, and every new one at once.
func (w *Way) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for c := range w.open {
		_ = c.Close()
	}
}

// Mend lets new connections through again.
func (w *Way) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

// keep notes an open connection; false when the way is cut.
func (w *Way) keep(c net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.cut {
		w.open[c] = true
	}
	return !w.cut
}

func (w *Way) end(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, c)
	_ = c.Close()
}

func (w *Way) carry(client net.Conn) {
	defer w.end(client)
	if !w.keep(client) {
		return
	}
	server, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // what it wrote was taken, or is to be lost
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
}
