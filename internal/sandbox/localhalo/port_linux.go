package localhalo

import (
	"io"
	"net"
	"os"
	"syscall"
)

// reserve keeps a free port of 127.0.0.1 from everybody who asks for any free port, until it is closed.
// To listen at the port itself is possible meanwhile: a socket that is bound and does not listen stands
// in the way of nobody who names the port.
func reserve() (addr string, port io.Closer, err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, os.NewSyscallError("socket", err)
	}
	kept := os.NewFile(uintptr(fd), "port")
	defer func() {
		if err != nil {
			_ = kept.Close()
		}
	}()
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return "", nil, os.NewSyscallError("setsockopt", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return "", nil, os.NewSyscallError("bind", err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return "", nil, os.NewSyscallError("getsockname", err)
	}
	at := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	return at.String(), kept, nil
}
