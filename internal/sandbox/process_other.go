//go:build !linux

package sandbox

import "syscall"

// endWithParent has no means here: a child outlives this process if this process is killed.
func endWithParent() *syscall.SysProcAttr { return nil }
