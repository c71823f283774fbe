//go:build unix

package onboarding

import (
	"fmt"
	"io/fs"
	"os/user"
	"strconv"
	"syscall"
)

// ownerOf is the id of a file's user.
func ownerOf(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// ownerName is a user's name, else their id.
func ownerName(uid int) string {
	id := strconv.Itoa(uid)
	if who, err := user.LookupId(id); err == nil {
		return who.Username
	}
	return id
}

// fileID tells a file from every other one that is there at the same time, whatever their names; ""
// where that is not known.
func fileID(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
