package bottest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
	"testing"
)

// FreeAddress is an address of this machine on which nobody listens: for a program that has to be told
// one, and cannot choose a port by itself.
func FreeAddress(t testing.TB) string {
	t.Helper()
	for {
		// Nobody is given one of these by chance, to connect from or to listen on, before the program has it.
		address := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		l, err := net.Listen("tcp", address)
		if err == nil {
			_ = l.Close()
			return address
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
}
