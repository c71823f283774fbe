package bottest

import (
	"os"
	"syscall"
	"testing"
)

// AsUser has a program run as a user, who is the present one unless this process is root's, and end with
// this process, however that dies.
func AsUser(_ testing.TB, uid, gid int) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: os.Geteuid() != 0}, // only root may
		Pdeathsig:  syscall.SIGKILL,
	}
}
