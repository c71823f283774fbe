//go:build !linux

package bottest

import (
	"syscall"
	"testing"
)

// AsUser skips the test: programs are run as other users on Linux alone.
func AsUser(t testing.TB, _, _ int) *syscall.SysProcAttr {
	t.Skip("runs a program as another user, which is for Linux")
	return nil
}
