//go:build unix

package sandbox

import "syscall"

// Suspend stops the program where it is, as a machine that goes to sleep does, until Resume.
func (p *Process) Suspend() { p.Signal(syscall.SIGSTOP) }

// Resume lets a suspended program go on.
func (p *Process) Resume() { p.Signal(syscall.SIGCONT) }
