package bottest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// LoseCommits returns the URL of a way to a Postgres database on which, while lose is true, a
// commit arrives and the connection breaks before its answer.
func LoseCommits(t testing.TB, database string, lose *atomic.Bool) string {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go pass(client, server, lose)
		}
	}()
	u.Host = l.Addr().String()
	return u.String()
}

// pass carries one connection, until one side ends it or a commit is lost.
func pass(client net.Conn, server string, lose *atomic.Bool) {
	defer client.Close() //nolint:errcheck // what it wrote was taken, or is to be lost
	up, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer up.Close() //nolint:errcheck // as above
	var lost atomic.Bool
	go func() {
		defer client.Close() //nolint:errcheck // as above
		answer := make([]byte, 64<<10)
		for {
			n, err := up.Read(answer)
			if err != nil || lost.Load() {
				return
			}
			if _, err := client.Write(answer[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if lose.Load() && bytes.Contains(buf[:n], []byte("commit\x00")) {
			lost.Store(true)
		}
		if _, err := up.Write(buf[:n]); err != nil {
			return
		}
		if lost.Load() {
			// The answer ends the connection, and this with it.
			_, _ = io.Copy(io.Discard, client)
			return
		}
	}
}
