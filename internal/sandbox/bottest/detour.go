package bottest

import (
	"bytes"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Detour is a way to a server on which connections break.
type Detour struct {
	URL string // the server's, by this way
	// LoseCommits has commits arrive at a PostgreSQL server, and their connections break before the
	// answer.
	LoseCommits atomic.Bool

	server string

	mu   sync.Mutex
	cut  bool
	open map[net.Conn]bool
}

// NewDetour makes a way to the server that a URL names; it ends with the test.
func NewDetour(t testing.TB, to string) *Detour {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	d := &Detour{server: u.Host, open: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(); d.Cut() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go d.carry(client)
		}
	}()
	u.Host = l.Addr().String()
	d.URL = u.String()
	return d
}

// Cut breaks every connection, and every new one at once.
func (d *Detour) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = true
	for c := range d.open {
		_ = c.Close()
	}
}

// Mend lets new connections through again.
func (d *Detour) Mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = false
}

// keep notes an open connection; false when the way is cut.
func (d *Detour) keep(c net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.cut {
		d.open[c] = true
	}
	return !d.cut
}

func (d *Detour) end(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, c)
	_ = c.Close()
}

// carry carries one connection, until one side ends it or a commit's answer comes that is to be lost.
func (d *Detour) carry(client net.Conn) {
	defer d.end(client)
	if !d.keep(client) {
		return
	}
	server, err := net.Dial("tcp", d.server)
	if err != nil {
		return
	}
	defer server.Close() //nolint:errcheck // what it wrote was taken, or is to be lost
	var lost atomic.Bool
	go func() {
		defer client.Close() //nolint:errcheck // as above
		pass(client, server, func([]byte) bool { return !lost.Load() })
	}()
	pass(server, client, func(sent []byte) bool {
		if d.LoseCommits.Load() && bytes.Contains(sent, []byte("commit\x00")) {
			lost.Store(true)
		}
		return true
	})
}

// pass carries what comes from one side to the other, as long as it may.
func pass(to, from net.Conn, may func(sent []byte) bool) {
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil || !may(buf[:n]) {
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
