package onboarding

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// besideFiles are the endings of the files that SQLite and the bot keep beside a database. A bot
// that cannot use one of these files cannot work.
var besideFiles = []string{"-wal", "-shm", "-lock", "-worker-*"}

// checkFiles looks for what is wrong with the files beside a database: one that is another owner's,
// one that this user cannot write, one that others may read, and a running bot that works with a
// file which is no longer the one at path.
func checkFiles(path string) []DatabaseCheck {
	var files []string
	for _, end := range besideFiles {
		some, _ := filepath.Glob(globbed(path) + end) // the pattern is good
		files = append(files, some...)
	}
	base, err := os.Stat(path)
	if err != nil {
		return nil
	}
	owner, known := ownerOf(base)
	var foreign, closed, open []string
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			continue // it is gone by now
		}
		name := filepath.Base(file)
		if whose, _ := ownerOf(info); known && whose != owner {
			foreign = append(foreign, fmt.Sprintf("%s (%s's)", name, ownerName(whose)))
		} else if f, err := os.OpenFile(file, os.O_RDWR, 0); err != nil {
			closed = append(closed, name)
		} else {
			_ = f.Close()
		}
		if known && info.Mode().Perm()&0o077 != 0 {
			open = append(open, fmt.Sprintf("%s (mode %04o)", name, info.Mode().Perm()))
		}
	}
	shown := absolute(path)
	var found []DatabaseCheck
	say := func(ok bool, detail, fix string) {
		found = append(found, DatabaseCheck{Part: "files", OK: ok, Detail: detail, Fix: fix})
	}
	if len(foreign) > 0 {
		say(false, fmt.Sprintf("The database is %s's, and not so is %s: a bot cannot work with it.", ownerName(owner), strings.Join(foreign, ", ")),
			fmt.Sprintf("chown --reference=%s %s-*", shown, shown))
	}
	if len(closed) > 0 {
		say(false, fmt.Sprintf("Beside the database, %s cannot be written by this user.", strings.Join(closed, ", ")),
			fmt.Sprintf("Run it as the bot's user, or let that user write: chmod 600 %s-*", shown))
	}
	if len(open) > 0 {
		say(true, fmt.Sprintf("Others than its user may read or change %s, beside the database; what people typed passes through it.", strings.Join(open, ", ")),
			fmt.Sprintf("chmod 600 %s-*", shown))
	}
	if known && os.Geteuid() == 0 && owner != 0 {
		say(true, fmt.Sprintf("The database is %s's, and this runs as root, who may do more.", ownerName(owner)),
			fmt.Sprintf("Try it as that user, and use no other for the bot's commands: runuser -u %s -- …", ownerName(owner)))
	}
	if elsewhere(path, base) {
		found = append(found, workedElsewhere(shown))
	}
	if len(found) == 0 {
		say(true, "Owners and modes of the files beside the database are as they should be.", "")
	}
	return found
}

func workedElsewhere(shown string) DatabaseCheck {
	return DatabaseCheck{Part: "files",
		Detail: fmt.Sprintf("A bot that runs works with a file that was removed from %s or replaced since: what it stores is lost with it.", shown),
		Fix:    "Stop the bot, put the right file in place, and start it.",
	}
}

// elsewhere reports whether a living process, when it opened path, noted another file than base,
// the one that is there now. base is nil when there is none.
func elsewhere(path string, base os.FileInfo) bool {
	leases, _ := filepath.Glob(globbed(path) + "-worker-*") // the pattern is good
	for _, file := range leases {
		noted, err := os.ReadFile(file)
		if err != nil || len(noted) == 0 || base != nil && string(noted) == fileID(base) {
			continue
		}
		lease := flock.New(file)
		free, err := lease.TryRLock()
		_ = lease.Close()
		if err == nil && !free {
			return true
		}
	}
	return false
}
