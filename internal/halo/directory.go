package halo

import (
	"slices"
	"strings"
	"sync"
	"time"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// directory is what the bot keeps at hand of every client of the tenant: enough to say which ones
// to read when a name or a website is asked for. It gives ids only: whatever is said of a client is
// read from Halo first.
type directory struct {
	reading    chan struct{} // holds one token: whoever reads the whole list has it
	sweep      *sweep        // the reading in hand, if any; for who has the token
	freshening sync.Mutex    // held by Freshen
	overtaken  chan struct{} // asks Run for a whole read ahead of time
	shelf      Shelf         // nil = the directory lives in memory only
	restored   sync.Once
	made       time.Time
	room       int // for known, in bytes

	mu        sync.RWMutex
	known     roll // nil until the whole list was read once
	size      int  // of known, in bytes
	top       int  // every client up to this id is known
	began     time.Time
	read      time.Time // when the whole list was read
	took      time.Duration
	fresh     time.Time // when the newest clients were read
	notes     bool      // whether the whole list was read with the notes' marks
	done      int       // rows read so far of a whole read in hand, and how many there will be
	total     int
	wanted    time.Time            // when a create last had to wait for the whole list
	demands   map[string]time.Time // since when a request has waited for a list read after that
	lately    []lately             // what the bot made
	mails     map[int]string       // by client: its sites' e-mail domains, as far as they are known
	mailless  bool                 // Halo lists sites without their e-mail domains; for Run
	mailsRead time.Time
}

// entry is what is known of a client.
type entry struct {
	id       int
	name     string // as Halo has it
	key      string // text.Key of it; "" for one that nobody can type
	hosts    string // its websites' hosts, with spaces between them
	ref      string // its reference, or the key in its notes' mark
	inactive bool
	missed   bool   // not in the whole list as it was read last, only before
	sited    uint32 // minute of the Unix time at which its websites were read; 0 = they were not
}

type lately struct {
	client Client
	key    string   // text.Key of its name
	hosts  []string // its websites'
	at     time.Time
}

const (
	// longestKey bounds the names that are compared: what a person can type has 250 characters.
	longestKey = 1500
	longestRef = 200
	// maxDirectory bounds a directory in memory, in bytes: room for about 300,000 clients.
	maxDirectory = 48 << 20
	entrySize    = 112
	// latelyFor is for how long after a create a list may lack the client without being believed.
	latelyFor = 5 * time.Minute
	// sitedFor is for how long a client's websites are taken to be what they were, where lists
	// do not have them.
	sitedFor = 24 * time.Hour
)

func entryOf(a area) entry {
	e := entry{id: int(a.ID), name: text.Short(a.Name.s, draft.MaxName), ref: a.Notes.key, inactive: bool(a.Inactive)}
	if e.key = text.Key(a.Name.s); len(e.key) > longestKey {
		e.key = ""
	}
	if e.ref == "" && len(a.Ref.s) <= longestRef {
		e.ref = a.Ref.s
	}
	if a.Website.there {
		e.hosts, e.sited = strings.Join(draft.Hosts(a.Website.s), " "), minute(time.Now())
	}
	return e
}

func minute(t time.Time) uint32 { return uint32(t.Unix() / 60) } //nolint:gosec // good until the year 10136

func (e entry) size() int { return entrySize + len(e.name) + len(e.key) + len(e.hosts) + len(e.ref) }

// at reports whether one of the client's websites is host.
func (e entry) at(host string) bool { return host != "" && hasWord(e.hosts, host) }

func hasWord(words, word string) bool {
	if !strings.Contains(words, word) {
		return false
	}
	return slices.Contains(strings.Fields(words), word)
}

// roll is a list of clients in the order of their ids. It is looked through from end to end,
// which for a hundred thousand takes half a millisecond, and half of what a map takes.
type roll []entry

func (r roll) find(id int) (int, bool) {
	return slices.BinarySearchFunc(r, id, func(e entry, id int) int { return e.id - id })
}

// set enters a client, or replaces what was known of it. Websites that a list does not show are
// kept as they were.
func (r *roll) set(e entry) {
	i, found := r.find(e.id)
	if !found {
		*r = slices.Insert(*r, i, e)
		return
	}
	if old := (*r)[i]; e.sited == 0 {
		e.hosts, e.sited = old.hosts, old.sited
	}
	(*r)[i] = e
}

func (r roll) size() (n int) {
	for _, e := range r {
		n += e.size()
	}
	return n
}

func newDirectory(room int) directory {
	return directory{
		reading: make(chan struct{}, 1), overtaken: make(chan struct{}, 1), made: time.Now(),
		demands: map[string]time.Time{}, mails: map[int]string{}, room: room,
	}
}

// add remembers a client that the bot made, for as long as Halo's lists may not show it. It does
// not say that all before it are known.
func (d *directory) add(c Client) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lately = slices.DeleteFunc(d.lately, func(l lately) bool { return time.Since(l.at) > latelyFor })
	d.lately = append(d.lately, lately{c, text.Key(c.Name), draft.Hosts(c.Website), time.Now()})
}

// recent are the clients that the bot made lately with the same key or host.
func (d *directory) recent(key, host string) []Client {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var clients []Client
	for _, l := range d.lately {
		same := key != "" && key == l.key || host != "" && slices.Contains(l.hosts, host)
		if same && time.Since(l.at) <= latelyFor {
			clients = append(clients, l.client)
		}
	}
	return clients
}

// enter enters clients as they were just read; false when there is no room for them.
func (d *directory) enter(clients ...area) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known == nil {
		return true
	}
	for _, a := range clients {
		e := entryOf(a)
		if d.size += e.size(); d.size > d.room {
			d.size = d.known.size() + e.size() // what was replaced counts no more
		}
		if d.size > d.room {
			return false
		}
		d.known.set(e)
	}
	return true
}

// merge enters the newest clients, down to one that was known; false when there is no room for
// them.
func (d *directory) merge(clients []area) bool {
	if !d.enter(clients...) {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range clients {
		d.top = max(d.top, int(a.ID))
	}
	d.fresh = time.Now()
	return true
}

// each shows every client, the oldest first.
func (d *directory) each(visit func(entry)) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, e := range d.known {
		visit(e)
	}
}

// ids lists the clients that match, the oldest first.
func (d *directory) ids(match func(entry) bool) (found []int) {
	d.each(func(e entry) {
		if match(e) {
			found = append(found, e.id)
		}
	})
	return found
}

// complete reports whether the whole list was ever read, and up to which id all clients are known.
func (d *directory) complete() (top int, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.top, d.known != nil
}

// readSince reports whether the whole list was read, and that reading begun at or after since.
func (d *directory) readSince(since time.Time) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.known != nil && !d.began.Before(since)
}

// demand is the time since which a request waits for a list that was read after it. It stands
// until met.
func (d *directory) demand(key string) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	for k, at := range d.demands {
		if now.Sub(at) > time.Hour {
			delete(d.demands, k)
		}
	}
	if at, ok := d.demands[key]; ok {
		return at
	}
	d.demands[key] = now
	return now
}

func (d *directory) met(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.demands, key)
}

// DirectorySize is how many clients the directory holds.
func (c *Connection) DirectorySize() int {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.known)
}

// DirectoryAge is how long ago the whole list was read, or, before the first time, how old the
// connection is: an age that grows beyond an hour is worth an alarm either way.
func (c *Connection) DirectoryAge() time.Duration {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.read.IsZero() {
		return time.Since(d.made)
	}
	return time.Since(d.read)
}
