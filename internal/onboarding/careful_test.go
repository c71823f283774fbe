package onboarding_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// deed is something that was done or said about a company. It took effect at one moment between
// its two times.
type deed struct {
	does       does
	who        string // whoever asked or was told; "" for the channel
	key        string
	name, host string // that were asked for, or posted
	ids        []int  // of the clients that were made, told of or read
	from, to   time.Time
}

// does is what a deed is.
type does string

const (
	asks    does = "asks"             // a submission that was accepted
	posts   does = "posts"            // a POST to Halo; without ids, one that made nothing
	created does = "is told: created" // as are the next two
	exists  does = "is told: exists"
	nothing does = "is told: nothing was created"
	reads   does = "reads Halo" // at the end of all
)

// company is what a single careful person would know of one, who did one thing after the other.
type company struct {
	clients []made
	asked   []string // the keys that were asked for,
	open    []string // and of these those that have no answer; both sorted
}

type made struct {
	id              int
	key, name, host string
}

// like reports whether two clients are of one company: by name or by host, as the bot has it.
func (m made) like(d deed) bool {
	return m.key == d.key || strings.EqualFold(m.name, d.name) || m.host != "" && m.host == d.host
}

// careful is the sequential specification: what such a person does next, and says. Everything that
// the bot did at once must have an order in which they could have done it.
var careful = porcupine.Model{
	Partition: byCompany,
	Init:      func() any { return company{} },
	Equal:     func(a, b any) bool { return reflect.DeepEqual(a, b) },
	Step: func(state, input, _ any) (bool, any) {
		c, d := state.(company), input.(deed)
		ours := slices.IndexFunc(c.clients, func(m made) bool { return m.key == d.key })
		at, open := slices.BinarySearch(c.open, d.key)
		before, asked := slices.BinarySearch(c.asked, d.key)
		closed := c
		if open {
			closed.open = slices.Delete(slices.Clone(c.open), at, at+1)
		}
		switch d.does {
		case asks:
			if !asked {
				c.asked = slices.Insert(slices.Clone(c.asked), before, d.key)
			}
			if ours < 0 && !open {
				c.open = slices.Insert(slices.Clone(c.open), at, d.key)
			}
			return true, c
		case posts:
			if len(d.ids) == 0 {
				return true, c
			}
			// Only what was asked for, and what nobody has.
			if !open || len(d.ids) != 1 || slices.ContainsFunc(c.clients, func(m made) bool { return m.like(d) }) {
				return false, c
			}
			closed.clients = append(slices.Clip(c.clients), made{d.ids[0], d.key, d.name, d.host})
			return true, closed
		case created:
			return ours >= 0 && len(d.ids) == 1 && c.clients[ours].id == d.ids[0], c
		case exists:
			known := asked && len(d.ids) > 0 && ours < 0
			for _, id := range d.ids {
				known = known && slices.ContainsFunc(c.clients, func(m made) bool { return m.id == id })
			}
			return known, closed
		case nothing:
			return asked && ours < 0, closed
		case reads:
			var ids []int
			for _, m := range c.clients {
				ids = append(ids, m.id)
			}
			return len(ids) == len(d.ids) && !slices.ContainsFunc(ids, func(id int) bool { return !slices.Contains(d.ids, id) }), c
		}
		panic("a deed without a name")
	},
	DescribeOperation: func(input, _ any) string {
		d := input.(deed)
		return strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s %v", d.who, d.does, d.key, d.name, d.host, d.ids))
	},
	DescribeState: func(state any) string { return fmt.Sprintf("%+v", state) },
}

// byCompany parts a history where nothing done in one part can matter to another: no name, host or
// key is in two of them.
func byCompany(history []porcupine.Operation) [][]porcupine.Operation {
	parent := map[string]string{}
	var root func(string) string
	root = func(a string) string {
		if parent[a] == "" || parent[a] == a {
			return a
		}
		parent[a] = root(parent[a])
		return parent[a]
	}
	of := func(d deed) []string {
		all := []string{"key " + d.key}
		if d.name != "" {
			all = append(all, "name "+strings.ToLower(d.name))
		}
		if d.host != "" {
			all = append(all, "host "+d.host)
		}
		return all
	}
	for _, op := range history {
		names := of(op.Input.(deed))
		for _, other := range names[1:] {
			parent[root(other)] = root(names[0])
		}
	}
	parts := map[string][]porcupine.Operation{}
	for _, op := range history {
		company := root(of(op.Input.(deed))[0])
		parts[company] = append(parts[company], op)
	}
	var all [][]porcupine.Operation
	for _, part := range parts {
		all = append(all, part)
	}
	return all
}

// operations are deeds as the checker wants them. Each company is read at the end.
func operations(deeds []deed) []porcupine.Operation {
	var ops []porcupine.Operation
	for i, d := range deeds {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: d, Call: d.from.UnixNano(), Return: d.to.UnixNano()})
	}
	var end time.Time
	for _, d := range deeds {
		if d.to.After(end) {
			end = d.to
		}
	}
	for _, part := range byCompany(ops) {
		read := deed{does: reads, key: part[0].Input.(deed).key, from: end.Add(time.Second), to: end.Add(2 * time.Second)}
		for _, op := range part {
			if d := op.Input.(deed); d.does == posts {
				read.ids = append(read.ids, d.ids...)
			}
		}
		ops = append(ops, porcupine.Operation{ClientId: len(ops), Input: read, Call: read.from.UnixNano(), Return: read.to.UnixNano()})
	}
	return ops
}

// TestTheCheckerTellsACarefulPersonFromOthers is what its word on a soak is worth.
func TestTheCheckerTellsACarefulPersonFromOthers(t *testing.T) {
	t.Parallel()
	start := time.Now()
	// at sets the times, in seconds.
	at := func(from, to float64, d deed) deed {
		d.from, d.to = start.Add(time.Duration(from*1e9)), start.Add(time.Duration(to*1e9))
		return d
	}
	ask := func(key string) deed { return deed{does: asks, key: key, name: "Acme Ltd", host: "acme.com"} }
	post := func(key string, ids ...int) deed {
		return deed{does: posts, key: key, name: "Acme Ltd", host: "acme.com", ids: ids}
	}
	told := func(what does, key string, ids ...int) deed { return deed{does: what, key: key, ids: ids} }
	for name, c := range map[string]struct {
		careful bool
		deeds   []deed
	}{
		"a create": {true, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(0, 4, told(created, "a", 1))}},
		"a create sent again": {true, []deed{
			at(0, 1, ask("a")), at(2, 3, post("a")), at(4, 5, post("a", 1)), at(0, 6, told(created, "a", 1)),
		}},
		"a second one of the company is told of the first": {true, []deed{
			at(0, 1, ask("a")), at(0, 1, ask("b")), at(2, 3, post("a", 1)), at(0, 4, told(created, "a", 1)), at(0, 9, told(exists, "b", 1)),
		}},
		"refused, asked again and created": {true, []deed{
			at(0, 1, ask("a")), at(2, 3, post("a")), at(0, 4, told(nothing, "a")), at(5, 6, ask("a")), at(6, 7, post("a", 1)), at(0, 8, told(created, "a", 1)),
		}},
		"told late of what was true": {true, []deed{
			at(0, 1, ask("a")), at(0, 9, told(nothing, "a")), at(5, 6, ask("a")), at(6, 7, post("a", 1)), at(0, 8, told(created, "a", 1)),
		}},
		"two clients for a key":     {false, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(4, 5, post("a", 2))}},
		"two clients for a company": {false, []deed{at(0, 1, ask("a")), at(0, 1, ask("b")), at(2, 5, post("a", 1)), at(2, 5, post("b", 2))}},
		"two that are alike only by host": {false, []deed{
			at(0, 1, ask("a")), at(0, 1, deed{does: asks, key: "b", name: "Other", host: "acme.com"}),
			at(2, 5, post("a", 1)), at(2, 5, deed{does: posts, key: "b", name: "Other", host: "acme.com", ids: []int{2}}),
		}},
		"nobody asked":               {false, []deed{at(2, 3, post("a", 1))}},
		"created before it was":      {false, []deed{at(0, 1, ask("a")), at(0, 2, told(created, "a", 1)), at(3, 4, post("a", 1))}},
		"created as another":         {false, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(0, 4, told(created, "a", 2))}},
		"exists and never did":       {false, []deed{at(0, 1, ask("a")), at(0, 4, told(exists, "a", 1))}},
		"refused and made":           {false, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(0, 4, told(nothing, "a"))}},
		"exists, and made another":   {false, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(4, 5, ask("b")), at(4, 6, told(exists, "b", 1)), at(7, 8, post("b", 2))}},
		"two answers to one request": {false, []deed{at(0, 1, ask("a")), at(2, 3, post("a", 1)), at(0, 4, told(created, "a", 1)), at(3.5, 4, told(nothing, "a"))}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := porcupine.CheckOperations(careful, operations(c.deeds)); got != c.careful {
				t.Errorf("the checker says %v", got)
			}
		})
	}
}
