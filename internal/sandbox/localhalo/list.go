package localhalo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// list is GET /api/Client.
func (s *Server) list(q url.Values) *answer {
	if q.Get("advanced_search") != "" {
		// Which filters clients have is not documented; an unknown one is refused.
		return sentence(http.StatusBadRequest, "Invalid advanced search parameter.")
	}
	page, paged := pageOf(q)
	website, notes := isTrue(q, "include_website"), isTrue(q, "includenotes")

	s.mu.Lock()
	defer s.mu.Unlock()
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
		own := object(r)
		whole[i] = with(own, rowRest())
		if len(shown) < rowsShown {
			shown = append(shown, own)
		}
	}
	return &answer{
		status: http.StatusOK, contentType: jsonType,
		body: envelope("clients", whole, total, page, paged), shown: envelope("clients", shown, total, page, paged),
	}
}

// envelope is an answer with rows in it.
func envelope(name string, rows []json.RawMessage, total int, p page, paged bool) []byte {
	size := 100
	for _, r := range rows {
		size += len(r) + 1
	}
	b := make([]byte, 0, size)
	b = append(b, '{')
	if paged {
		b = fmt.Appendf(b, `"page_no":%d,"page_size":%d,`, p.no, p.size)
	}
	b = fmt.Appendf(b, `"record_count":%d,%q:[`, total, name)
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
type page struct{ no, size int }

const (
	maxPage     = 100
	defaultPage = 50
)

// pageOf reads the window. page_no and page_size count for nothing without pageinate=true,
// and page_size counts for nothing without page_no.
func pageOf(q url.Values) (page, bool) {
	if !isTrue(q, "pageinate") {
		n, _ := strconv.Atoi(q.Get("count"))
		return page{no: 1, size: max(n, 0)}, false
	}
	no, err := strconv.Atoi(q.Get("page_no"))
	if err != nil || no < 1 {
		return page{no: 1, size: defaultPage}, true
	}
	size, err := strconv.Atoi(q.Get("page_size"))
	if err != nil || size < 1 {
		size = defaultPage
	}
	return page{no: no, size: min(size, maxPage)}, true
}

// matching is the window's clients and how many there are in all. s.mu is held.
func (s *Server) matching(q url.Values, p page) (rows []*stored, total int) {
	term := strings.ToLower(q.Get("search_name_only"))
	if term == "" {
		// What else search covers in a real tenant (addresses, searchable custom fields) these
		// clients have not.
		term = strings.ToLower(q.Get("search"))
	}
	inactive := isTrue(q, "includeinactive")
	active := !strings.EqualFold(q.Get("includeactive"), "false")
	top, _ := strconv.Atoi(q.Get("toplevel_id"))
	now := time.Now()

	order := s.inNameOrder
	if strings.EqualFold(q.Get("order"), "id") {
		order = s.inIDOrder
	}
	at := func(i int) *stored { return order[i] }
	if isTrue(q, "orderdesc") {
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
	own := s.own(&c.Client, isTrue(in.URL.Query(), "includedetails"))
	return &answer{status: http.StatusOK, contentType: jsonType, body: with(own, areaRest()), shown: own}
}

func isTrue(q url.Values, key string) bool {
	v, _ := strconv.ParseBool(strings.ToLower(q.Get(key)))
	return v
}
