package halo

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// list says which clients to list.
type list struct {
	name  string // only those whose name contains this
	size  int    // rows to a page; Halo is said to give no more than 100
	max   int    // pages to read
	old   bool   // the oldest first, so that pages stay where they are while clients are added
	notes bool
	fare  fare
}

// page is one page of a list, held to what was asked for.
type page struct {
	clients  []area // those with an id
	rows     int    // all that came
	total    count
	ordered  bool // by their ids, as asked
	matching bool // every name holds what was searched for
	unpaged  bool // it was cut off: far more came than a page has
	size     int  // about what the clients take in memory
	websites bool // some row has a website, or says that it has none
	notes    bool
}

// page reads one page of GET /api/Client, and notices where it is not what was asked for.
func (c *Connection) page(ctx context.Context, l list, no int) (page, error) {
	return c.pageWith(ctx, l, no, func(*http.Response) {})
}

// pageWith is page with a view of the answer's head.
func (c *Connection) pageWith(ctx context.Context, l list, no int, head func(*http.Response)) (page, error) {
	p := page{ordered: true, matching: true}
	q := call{endpoint: "client_list", path: "Client", query: l.query(no), fare: l.fare}
	err := c.do(ctx, q, func(r *http.Response) (err error) {
		head(r)
		p.total, err = readList(r, "clients", func(a area) error {
			p.rows++
			if a.ID <= 0 {
				return nil
			}
			if n := len(p.clients); n > 0 && a.ID != p.clients[n-1].ID && (a.ID > p.clients[n-1].ID) != l.old {
				p.ordered = false
			}
			p.matching = p.matching && (l.name == "" || holds(a.Name.s, l.name))
			p.websites = p.websites || a.Website.there
			p.notes = p.notes || a.Notes.there
			p.clients = append(p.clients, a)
			if p.size += a.size(); p.size > c.room(l) {
				return errTooLarge
			}
			return nil
		})
		return err
	})
	switch {
	case l.max > 0 && p.size > c.room(l):
		c.notice(IgnoresPaging)
		p.unpaged = true
		return p, nil
	case err != nil:
		return p, err
	}
	c.topLevels.note(p.clients...)
	for i := range p.clients {
		p.clients[i].Website.there = p.websites // some leave out what is empty
	}
	if !p.ordered {
		c.notice(IgnoresOrder)
	}
	if !p.matching {
		c.notice(IgnoresSearch)
	}
	if l.notes && len(p.clients) > 0 && !p.notes {
		c.notice(OmitsNotes)
	}
	return p, nil
}

// Limits on what is kept of lists, in bytes of memory.
const (
	maxRows = 24 << 20  // of one page, where the whole list is read: some send it all at once
	maxLive = 512 << 10 // of one page of a walk, of which many go on at the same time
	rowSize = 256       // about what a row takes beside its texts
)

// share is how much one connection may keep, in bytes of memory: together, however many there are,
// they keep no more than two of the largest.
type share struct {
	directory int // of its directory; while the list is read anew there are two
	page      int // of one page of the whole list
}

func shareOf(connections int) share {
	n := max(2, connections)
	return share{2 * maxDirectory / n, 2 * maxRows / n}
}

// room is how much may be kept of a page.
func (c *Connection) room(l list) int {
	if l.max > 0 {
		return maxLive
	}
	return c.share.page
}

// size is about what the client takes in memory.
func (a area) size() int {
	return rowSize + len(a.Name.s) + len(a.Website.s) + len(a.Ref.s) + len(a.TopLevel.s) + len(a.Notes.key)
}

// walked is what a walk through a list saw.
type walked struct {
	clients  []area // each once
	ended    bool   // the list was read to its end: what is not in it is not there
	ordered  bool
	matching bool
}

// walk reads a list page by page until it ends, enough says so, or the allowance of pages is used
// up. A Halo that ignores paging and answers with everything is understood; where that is too much
// for a walk, nothing was walked: only the whole list says what is there.
func (c *Connection) walk(ctx context.Context, l list, enough func(area) bool) (walked, error) {
	w := walked{ordered: true, matching: true}
	seen := map[number]bool{}
	size := 0
	for no := 1; ; no++ {
		p, err := c.page(ctx, l, no)
		if err != nil {
			return w, err
		}
		if size += p.size; p.unpaged || size > 2*maxLive {
			c.notice(IgnoresPaging)
			return walked{}, nil
		}
		w.ordered, w.matching = w.ordered && p.ordered, w.matching && p.matching
		before, stop := len(seen), false
		for _, a := range p.clients {
			if !seen[a.ID] {
				seen[a.ID] = true
				w.clients = append(w.clients, a)
				stop = stop || enough != nil && enough(a)
			}
		}
		switch {
		case len(seen) == before, c.last(l, p, len(seen)):
			w.ended = !withheld(l, p, no, len(seen))
			return w, nil
		case stop && p.ordered, no == l.max:
			return w, nil
		}
	}
}

// last reports whether a page that brought something new is the list's last one, after seen
// clients. Where Halo does not say how many there are, only an empty page says so.
func (c *Connection) last(l list, p page, seen int) bool {
	switch {
	case p.rows >= l.size, p.rows == c.shortPage(), !p.total.said:
		return false
	case seen < p.total.n:
		if l.name == "" { // some count all clients, whatever is searched for
			c.noticeShortPage(p.rows)
		}
		return false
	}
	return true
}

// withheld reports whether Halo has more clients than it gives, whichever page is asked for. That
// one or the other is missing at the end of a long list is no such sign: clients are deleted.
func withheld(l list, p page, no, seen int) bool {
	return l.name == "" && p.total.said && seen < p.total.n && (p.rows > 0 || no <= 2)
}

// query is the list's in Halo's parameters: paging needs pageinate (so spelt); inactive clients
// and websites are left out unless asked for (include_website is not in the OpenAPI document,
// but in Halo's own API guide).
func (l list) query(page int) url.Values {
	q := url.Values{
		"pageinate":       {"true"},
		"page_no":         {strconv.Itoa(page)},
		"page_size":       {strconv.Itoa(l.size)},
		"order":           {"id"},
		"orderdesc":       {strconv.FormatBool(!l.old)},
		"includeactive":   {"true"},
		"includeinactive": {"true"},
		"include_website": {"true"},
	}
	if l.name != "" {
		q.Set("search_name_only", l.name)
	}
	if l.notes {
		q.Set("includenotes", "true")
	}
	return q
}

// area reads one client with all its fields. An Error with status 404 when there is none: Halo
// answers 404, or a client without an id.
func (c *Connection) area(ctx context.Context, f fare, id int) (area, error) {
	a, err := record[area](ctx, c, f, "client_get", "Client", "clients", id)
	c.topLevels.note(a)
	return a, err
}

// record reads one record by its id.
func record[Row interface{ number() int }](ctx context.Context, c *Connection, f fare, endpoint, path, key string, id int) (Row, error) {
	var got, none Row
	q := call{
		endpoint: endpoint,
		path:     path + "/" + strconv.Itoa(id),
		query:    url.Values{"includedetails": {"true"}},
		fare:     f,
	}
	err := c.do(ctx, q, func(r *http.Response) (err error) {
		got, err = readOne[Row](r, key)
		return err
	})
	switch {
	case status(err) == http.StatusNotFound, err == nil && got.number() != id:
		return none, noRecord(path, id, err)
	case err != nil:
		return none, err
	}
	return got, nil
}

func noRecord(path string, id int, err error) *Error {
	return &Error{
		Outcome: Refused,
		Status:  http.StatusNotFound,
		Message: "Halo has no " + recordNames[path] + " #" + strconv.Itoa(id) + ", or none that the bot may see.",
		Err:     err,
	}
}

var recordNames = map[string]string{"Client": "client", "Users": "user", "Site": "site", "Tickets": "ticket"}
