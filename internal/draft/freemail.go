package draft

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed freemail.txt
var freeMailList string

var freeMail = sync.OnceValue(func() map[string]bool {
	domains := make(map[string]bool)
	for line := range strings.Lines(freeMailList) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			domains[line] = true
		}
	}
	return domains
})

// IsFreeMail reports whether domain, or the domain that it belongs to, gives mailboxes to
// anybody. The domains are those of freemail.txt, which names its source.
func IsFreeMail(domain string) bool {
	for host, ok := HostKey(domain), true; ok; _, host, ok = strings.Cut(host, ".") {
		if freeMail()[host] {
			return true
		}
	}
	return false
}
