package bottest

import (
	"net"
	"testing"
)

// FreeAddress is an address of this machine on which nobody listens: for a program that has to be told
// one, and cannot choose a port by itself.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was written
	return l.Addr().String()
}
