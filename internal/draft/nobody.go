package draft

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// Nobody is why a domain is no company's own.
type Nobody string

// The reasons. The empty one is said of a domain that can be a company's.
const (
	FreeMail   Nobody = "free mail"  // gives mailboxes to anybody
	Shared     Nobody = "shared"     // companies that have nothing to do with each other are behind it
	Ending     Nobody = "ending"     // anybody may register a name under it
	Unroutable Nobody = "unroutable" // the public Internet has no such name: .local, .internal, a misspelt ending, no punycode
	NoDomain   Nobody = "no domain"
)

// NobodyOf says why domain (a host, a link, an address) is no company's own. The lists that it
// asks, freemail.txt, shared.txt, professions.txt and tenants.txt, name their sources; an entry counts for what
// is below it too, and is asked for before the registrable domain is taken.
func NobodyOf(domain string) Nobody {
	host := HostKey(domain)
	switch suffix := publicSuffix(host); {
	case host == "" || isIP(host):
		return NoDomain
	case listed(freeMail(), host):
		return FreeMail
	case listed(shared(), host), listed(professions(), host):
		return Shared
	case !resolves(host), !exists(host):
		return Unroutable
	case suffix == host:
		return Ending
	}
	return ""
}

// Company is the domain that a company registered, of a host, a link or an address
// (mail.initech.co.uk → initech.co.uk); "" where it is nobody's, see [NobodyOf].
func Company(domain string) string {
	if NobodyOf(domain) != "" {
		return ""
	}
	return RegistrableDomain(domain)
}

// IsFreeMail reports whether domain, or the domain that it belongs to, gives mailboxes to
// anybody.
func IsFreeMail(domain string) bool { return NobodyOf(domain) == FreeMail }

// IsRelay reports whether domain is of a service that hands on what others wrote: whose the
// address is says nothing of who did.
func IsRelay(domain string) bool { return listed(shared(), HostKey(domain)) }

//go:embed freemail.txt
var freeMailList string

//go:embed shared.txt
var sharedList string

//go:embed professions.txt
var professionList string

//go:embed tenants.txt
var tenantList string

var (
	freeMail    = sync.OnceValue(func() map[string]bool { return domains(freeMailList) })
	shared      = sync.OnceValue(func() map[string]bool { return domains(sharedList) })
	professions = sync.OnceValue(func() map[string]bool { return domains(professionList) })
	tenants     = sync.OnceValue(func() map[string]bool { return domains(tenantList) })
)

// domains reads a list: one domain a line, what follows it is a remark.
func domains(list string) map[string]bool {
	all := make(map[string]bool)
	for line := range strings.Lines(list) {
		if words := strings.Fields(line); len(words) > 0 && words[0][0] != '#' {
			all[words[0]] = true
		}
	}
	return all
}

// listed reports whether host, or a domain that it belongs to, is in list.
func listed(list map[string]bool, host string) bool {
	for ok := true; ok; _, host, ok = strings.Cut(host, ".") {
		if list[host] {
			return true
		}
	}
	return false
}

// publicSuffix is the end of host under which anybody may register a name, or is given one.
func publicSuffix(host string) string {
	for end, ok := host, true; ok; _, end, ok = strings.Cut(end, ".") {
		if tenants()[end] {
			return end
		}
	}
	suffix, _ := publicsuffix.PublicSuffix(host)
	return suffix
}

// resolves reports whether a name server can have every label of host, underscores allowed.
func resolves(host string) bool {
	_, err := lookup.ToASCII(host)
	return err == nil && !slices.ContainsFunc(strings.Split(host, "."), func(label string) bool {
		return !isLabel(strings.ReplaceAll(label, "_", "a"))
	})
}

// exists reports whether a public name can end like host: by the rules of the public suffix
// list, not by its default for what it does not know. What RFC 6761 and 6762 set apart (test,
// invalid, localhost, local) and what networks use inside (internal, corp, lan, home) is not on
// it. The table has the exceptions.
func exists(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if real, ok := endings[suffix[strings.LastIndex(suffix, ".")+1:]]; ok {
		return real
	}
	return icann || strings.Contains(suffix, ".")
}

var endings = map[string]bool{
	"onion":   false, // on the list, and no company's own (RFC 7686)
	"arpa":    false, // the same (RFC 3172; home.arpa: RFC 8375)
	"example": true,  // for documentation and for trying things out: nobody can have it (RFC 6761)
}
