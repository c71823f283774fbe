package halo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Search returns up to limit clients whose name or website holds what was typed, or whose number
// it is, from the directory alone: it asks nobody and takes milliseconds. The number comes first,
// then names that are it, that begin with it, that hold it, then websites; active clients before
// inactive ones. Only the id, the name, the website and Inactive are filled in, as they were when
// the list was read. A client that unknown senders are filed under is nobody's, and is left out. ready is
// false while the list was not read yet.
func (c *Connection) Search(typed string, limit int) (clients []Client, ready bool) {
	d := &c.directory
	key := text.Key(typed)
	host := draft.HostKey(typed)
	id, _ := strconv.Atoi(strings.TrimPrefix(key, "#"))
	rank := func(e entry) int {
		switch {
		case e.missed, c.catchesAll(e.id, e.key):
			return -1
		case e.id == id:
			return 0
		case key == "":
			return 5
		case e.key == key:
			return 1
		case strings.HasPrefix(e.key, key):
			return 2
		case strings.Contains(e.key, key):
			return 3
		case strings.Contains(e.hosts, key), e.at(host):
			return 4
		}
		return -1
	}
	type hit struct {
		rank int
		entry
	}
	var hits []hit
	order := func(a, b hit) int {
		if a.rank == 0 || b.rank == 0 || a.inactive == b.inactive {
			return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id))
		}
		if a.inactive {
			return 1
		}
		return -1
	}
	d.mu.RLock()
	ready = d.known != nil
	for _, e := range d.known {
		r := rank(e)
		if r < 0 || limit <= 0 {
			continue
		}
		h := hit{r, e}
		if len(hits) == limit && order(h, hits[limit-1]) >= 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(hits, h, order)
		hits = slices.Insert(hits, at, h)[:min(len(hits)+1, limit)]
	}
	d.mu.RUnlock()
	for _, h := range hits {
		host, _, _ := strings.Cut(h.hosts, " ")
		clients = append(clients, Client{ID: h.id, Name: h.name, Website: host, Inactive: h.inactive})
	}
	return clients, ready
}
