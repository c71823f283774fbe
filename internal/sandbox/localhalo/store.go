package localhalo

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// stored is a client as the tenant keeps it.
type stored struct {
	Client
	lower  string    // its name, for Halo's searches, which do not tell case
	pairs  pairs     // of lower
	hidden time.Time // not in any list before this
}

// setName is called when Name has changed.
func (c *stored) setName() {
	c.lower = strings.ToLower(c.Name)
	c.pairs = pairsOf(c.lower)
}

// pairs are the neighbouring letters of a text, in a set of 64: a text that contains another
// has all of that one's pairs. It keeps the search of a large tenant from reading every name.
type pairs uint64

func pairsOf(text string) pairs {
	var p pairs
	for i := 1; i < len(text); i++ {
		p |= 1 << ((text[i-1]*31 ^ text[i]) & 63)
	}
	return p
}

func (p pairs) cover(other pairs) bool { return p&other == other }

// visible says whether lists show it at t.
func (c *stored) visible(t time.Time) bool { return c.hidden.IsZero() || !t.Before(c.hidden) }

// The tenant's clients, in the two orders that lists ask for. s.mu is held.
func (s *Server) put(c *stored) {
	c.setName()
	if c.hidden.After(s.allListed) {
		s.allListed = c.hidden
	}
	s.byID[c.ID] = c
	i, _ := slices.BinarySearchFunc(s.inIDOrder, c, compareID)
	s.inIDOrder = slices.Insert(s.inIDOrder, i, c)
	i, _ = slices.BinarySearchFunc(s.inNameOrder, c, compareName)
	s.inNameOrder = slices.Insert(s.inNameOrder, i, c)
}

// take removes c from the orders, before it changes.
func (s *Server) take(c *stored) {
	delete(s.byID, c.ID)
	if i, found := slices.BinarySearchFunc(s.inIDOrder, c, compareID); found {
		s.inIDOrder = slices.Delete(s.inIDOrder, i, i+1)
	}
	if i, found := slices.BinarySearchFunc(s.inNameOrder, c, compareName); found {
		s.inNameOrder = slices.Delete(s.inNameOrder, i, i+1)
	}
}

func compareID(a, b *stored) int { return a.ID - b.ID }

func compareName(a, b *stored) int {
	if n := strings.Compare(a.lower, b.lower); n != 0 {
		return n
	}
	return a.ID - b.ID
}

// seed fills the tenant with what the options name, the clients in one go.
func (s *Server) seed() {
	for _, c := range s.opts.Clients {
		if c.ID == 0 {
			c.ID = s.nextID
		}
		s.nextID = max(s.nextID, c.ID+1)
		if c.Created.IsZero() {
			c.Created = s.opts.Now().Add(-24 * time.Hour)
		}
		s.mainSite(&c)
		k := &stored{Client: c}
		k.setName()
		s.byID[c.ID] = k
		s.inIDOrder = append(s.inIDOrder, k)
	}
	for _, u := range s.opts.Users {
		s.place(&u)
		s.users.put(u, time.Time{})
	}
	s.tickets.next = max(s.tickets.next, s.opts.FirstTicket)
	for _, t := range s.opts.Tickets {
		s.tickets.put(t, time.Time{})
	}
	for _, name := range s.opts.Lacks {
		kind, property, _ := strings.Cut(name, ".")
		s.lacks[kind] = append(s.lacks[kind], property)
	}
	slices.SortFunc(s.inIDOrder, compareID)
	s.inNameOrder = slices.Clone(s.inIDOrder)
	slices.SortFunc(s.inNameOrder, compareName)
}

// Add puts a client into the tenant as a person at Halo's own screens would, and returns it
// with its id. A given ID that is taken replaces that client.
func (s *Server) Add(c Client) Client {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	if c.ID == 0 {
		c.ID = s.nextID
	}
	s.nextID = max(s.nextID, c.ID+1)
	if c.Created.IsZero() {
		c.Created = s.opts.Now()
	}
	if old := s.byID[c.ID]; old != nil {
		setIfZero(&c.MainSiteID, old.MainSiteID)
		s.take(old)
	}
	s.mainSite(&c)
	s.put(&stored{Client: c})
	return c
}

// Remove deletes a client, if it is there.
func (s *Server) Remove(id int) {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	if c := s.byID[id]; c != nil {
		s.take(c)
	}
}

// Clients are all clients, by id, those that lists do not show yet among them.
func (s *Server) Clients() []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Client, len(s.inIDOrder))
	for i, c := range s.inIDOrder {
		out[i] = c.Client
	}
	return out
}

// Client is the client with that id.
func (s *Server) Client(id int) (Client, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.byID[id]
	if !ok {
		return Client{}, false
	}
	return c.Client, true
}

// Len is the number of clients.
func (s *Server) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.inIDOrder)
}

// Newest are the n clients with the highest ids, newest first.
func (s *Server) Newest(n int) []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Client
	for _, c := range slices.Backward(s.inIDOrder) {
		if len(out) == n {
			break
		}
		out = append(out, c.Client)
	}
	return out
}

// Named are the clients of exactly that name, by id.
func (s *Server) Named(name string) []Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Client
	lower := strings.ToLower(name)
	i, _ := slices.BinarySearchFunc(s.inNameOrder, lower, func(c *stored, lower string) int {
		return strings.Compare(c.lower, lower)
	})
	for ; i < len(s.inNameOrder) && s.inNameOrder[i].lower == lower; i++ {
		if s.inNameOrder[i].Name == name {
			out = append(out, s.inNameOrder[i].Client)
		}
	}
	return out
}

// Seeded are n clients of a made-up MSP, for Options.Clients: names and websites differ,
// every 20th is inactive, every 10th has no website.
func Seeded(n int) []Client {
	first := []string{"Northwind", "Harbour", "Bluebell", "Granite", "Orchard", "Lantern", "Summit", "Willow", "Copper", "Meadow", "Falcon", "Juniper", "Castle", "Silver", "Maple", "Tidal"}
	second := []string{"Dental", "Logistics", "Accountants", "Joinery", "Architects", "Solicitors", "Foods", "Estates", "Engineering", "Veterinary", "Print", "Care", "Motors"}
	third := []string{"Ltd", "LLP", "Group", "& Sons", "Partners"}
	out := make([]Client, n)
	for i := range out {
		a, b := first[i%len(first)], second[i%len(second)]
		name := fmt.Sprintf("%s %s %s", a, b, third[i%len(third)])
		host := strings.ToLower(a + "-" + b)
		if round := i / (len(first) * len(second) * len(third)); round > 0 {
			name = fmt.Sprintf("%s %d", name, round+1)
		}
		if i >= len(first)*len(second) {
			host = fmt.Sprintf("%s%d", host, i)
		}
		out[i] = Client{Name: name, TopLevelID: 1, Inactive: i%20 == 19}
		if i%10 != 9 {
			out[i].Website = host + ".example"
		}
	}
	return out
}

// TopLevelName is what a top level is called; "" for none.
func (s *Server) TopLevelName(id int) string { return s.topLevelName(id) }
