package localhalo

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// list is GET /api/Client.
func (s *Server) list(q query) *answer {
	if q.Get("advanced_search") != "" {
		// Which filters clients have is not documented; an unknown one is refused.
		return sentence(http.StatusBadRequest, "Invalid advanced search parameter.")
	}
	website, notes := q.isTrue("include_website"), q.isTrue("includenotes")

	s.mu.Lock()
	defer s.mu.Unlock()
	page := s.pageOf(q)
	rows, total := s.matching(q, page)
	whole := make([]json.RawMessage, len(rows))
	var shown []json.RawMessage
	for i, c := range rows {
		r := row{head: s.headOf(&c.Client), Logo: s.opts.Logo}
		if website {
			r.Website = &c.Website
		}
		if notes {
			r.Notes = &c.Notes
		}
		own := s.render("clients", r)
		whole[i] = with(own, rowRest())
		if len(shown) < rowsShown {
			shown = append(shown, own)
		}
	}
	return s.listed("clients", whole, shown, total, page)
}

// listed is the answer with those rows in it. s.mu is held.
func (s *Server) listed(name string, rows, shown []json.RawMessage, total int, p page) *answer {
	a := &answer{status: http.StatusOK, contentType: jsonType}
	if name == "sites" && s.opts.BareSites {
		a.body, a.shown = object(rows), object(shown)
		return a
	}
	if s.lists.NoCount {
		total = -1
	}
	a.body, a.shown = envelope(name, rows, total, p), envelope(name, shown, total, p)
	return a
}

// envelope is rows and what is said of them: how many there are in all, unless that is negative.
func envelope(name string, rows []json.RawMessage, total int, p page) []byte {
	size := 100
	for _, r := range rows {
		size += len(r) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, '{')
	if p.asked {
		b = fmt.Appendf(b, `"page_no":%d,"page_size":%d,`, p.no, p.size)
	}
	if total >= 0 {
		b = fmt.Appendf(b, `"record_count":%d,`, total)
	}
	b = fmt.Appendf(b, "%q:[", name)
	for i, r := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, r...)
	}
	return append(b, "]}"...)
}

// rowsShown is how many rows of an answer the traffic log keeps.
const rowsShown = 5

// page is a window on a list; size 0 is all of it.
type page struct {
	no, size int
	asked    bool
}

// has says whether the window shows the row of that number, from 0.
func (p page) has(row int) bool {
	return p.size == 0 || row >= (p.no-1)*p.size && row < p.no*p.size
}

const (
	maxPage     = 100
	defaultPage = 50
)

// pageOf reads the window. page_no and page_size count for nothing without pageinate=true,
// and page_size counts for nothing without page_no. s.mu is held.
func (s *Server) pageOf(q query) page {
	if !q.isTrue("pageinate") {
		return page{no: 1, size: max(q.int("count"), 0)}
	}
	p := page{no: q.int("page_no"), size: q.int("page_size"), asked: true}
	if p.no < 1 || p.size < 1 {
		p.no, p.size = max(p.no, 1), defaultPage
	}
	p.size = min(p.size, cmp.Or(s.lists.PageCap, maxPage))
	return p
}

// matching is the window's clients and how many there are in all. s.mu is held.
func (s *Server) matching(q query, p page) (rows []*stored, total int) {
	term := strings.ToLower(q.Get("search_name_only"))
	if term == "" {
		// What else search covers in a real tenant (addresses, searchable custom fields) these
		// clients have not.
		term = strings.ToLower(q.Get("search"))
	}
	inactive := q.isTrue("includeinactive")
	active := !strings.EqualFold(q.Get("includeactive"), "false")
	top := q.int("toplevel_id")
	now := s.opts.Now()

	order := s.inNameOrder
	if strings.EqualFold(q.Get("order"), "id") {
		order = s.inIDOrder
	}
	at := func(i int) *stored { return order[i] }
	if q.isTrue("orderdesc") {
		at = func(i int) *stored { return order[len(order)-1-i] }
	}
	from := (p.no - 1) * p.size
	to := from + p.size
	if p.size == 0 {
		to = len(order)
	}
	if inactive && active && top == 0 && term == "" && now.After(s.allListed) {
		// Nothing is left out: the window is where it says.
		for i := from; i < min(to, len(order)); i++ {
			rows = append(rows, at(i))
		}
		return rows, len(order)
	}
	wanted := pairsOf(term)
	for i := range order {
		c := at(i)
		if !c.pairs.cover(wanted) || c.Inactive && !inactive || !c.Inactive && !active || top > 0 && c.TopLevelID != top ||
			!strings.Contains(c.lower, term) || !c.visible(now) {
			continue
		}
		if total >= from && total < to {
			rows = append(rows, c)
		}
		total++
	}
	return rows, total
}

// get is GET /api/Client/{id}.
func (s *Server) get(in *request) *answer {
	id, err := strconv.Atoi(in.path[len("/api/client/"):])
	if err != nil {
		return sentence(http.StatusNotFound, "There is nothing at this address.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.byID[id]
	if !ok {
		return sentence(http.StatusNotFound, "No client was found with this id.")
	}
	own := s.own(&c.Client, in.query.isTrue("includedetails"))
	return &answer{status: http.StatusOK, contentType: jsonType, body: with(own, areaRest()), shown: own}
}

// query is what a call asks for, without the parameters that the tenant ignores.
type query struct{ url.Values }

func (q query) isTrue(key string) bool {
	v, _ := strconv.ParseBool(strings.ToLower(q.Get(key)))
	return v
}

func (q query) int(key string) int {
	n, _ := strconv.Atoi(q.Get(key))
	return n
}

// listOf is a list of users, sites or tickets: those that match, by id.
func listOf[T any](s *Server, name string, t *table[T], q query, match func(*T) bool, render func(*T) json.RawMessage) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.pageOf(q)
	now := s.opts.Now()
	rows := []json.RawMessage{}
	total, last := 0, len(t.rows)-1
	for i := range t.rows {
		k := t.rows[i]
		if q.isTrue("orderdesc") {
			k = t.rows[last-i]
		}
		if now.Before(k.hidden) || !match(&k.row) {
			continue
		}
		if p.has(total) {
			rows = append(rows, render(&k.row))
		}
		total++
	}
	return s.listed(name, rows, rows[:min(len(rows), rowsShown)], total, p)
}

// getOf is one user, site or ticket.
func getOf[T any](s *Server, in *request, t *table[T], one string, render func(*T) json.RawMessage) *answer {
	n, err := strconv.Atoi(in.path[strings.LastIndexByte(in.path, '/')+1:])
	if err != nil {
		return sentence(http.StatusNotFound, "There is nothing at this address.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := t.find(n)
	if k == nil {
		return sentence(http.StatusNotFound, "No "+one+" was found with this id.")
	}
	return &answer{status: http.StatusOK, contentType: jsonType, body: render(&k.row)}
}
