//go:build !linux

package localhalo

import (
	"io"
	"net"
)

// reserve finds a free port of 127.0.0.1. While nobody listens at it somebody else may be given it.
func reserve() (addr string, port io.Closer, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	return l.Addr().String(), l, l.Close()
}
