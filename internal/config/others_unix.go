//go:build unix

package config

import (
	"io/fs"
	"os"
	"syscall"
)

// others reports whether others than the user of this process may read a file, and whether they
// may change it. root may do anything anyway; a file of root's that the user's group reads is how
// a service is given one.
func others(info fs.FileInfo) (read, write bool) {
	owner, mode := 0, info.Mode().Perm()
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(stat.Uid)
	}
	readers := fs.FileMode(0o044)
	if owner == 0 && os.Geteuid() != 0 {
		readers = 0o004
	}
	return mode&readers != 0, mode&0o022 != 0 || owner != 0 && owner != os.Geteuid()
}
