package sandbox

import "syscall"

// endWithParent has the kernel kill the child when this process dies, however it dies.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
