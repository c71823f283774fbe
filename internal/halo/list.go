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

// walk reads a list page by page and gives each page's rows to visit, until visit says stop, or
// the list or the allowance of pages ends; ended tells whether the list did. Rows without an id
// are left out. A Halo that ignores paging and answers with everything is understood.
func (c *Connection) walk(ctx context.Context, l list, visit func(rows []area, total int) (stop bool)) (ended bool, err error) {
	seen := map[number]bool{}
	for page := 1; ; page++ {
		rows, total, err := c.page(ctx, l, page)
		if err != nil {
			return false, err
		}
		fresh := make([]area, 0, len(rows))
		for _, row := range rows {
			if row.ID > 0 && !seen[row.ID] {
				seen[row.ID] = true
				fresh = append(fresh, row)
			}
		}
		stop := visit(fresh, total)
		full := len(rows) == l.size || len(rows) < l.size && len(seen) < total
		switch {
		case len(fresh) == 0, !full:
			return true, nil
		case stop, page == l.max:
			return false, nil
		}
	}
}

// page reads one page of GET /api/Client.
func (c *Connection) page(ctx context.Context, l list, page int) (rows []area, total int, err error) {
	q := call{endpoint: "client_list", path: "Client", query: l.query(page), fare: l.fare}
	err = c.do(ctx, q, func(r *http.Response) error {
		rows, total, err = readList[area](r, "clients")
		return err
	})
	return rows, total, err
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
	var got area
	q := call{
		endpoint: "client_get",
		fare:     f,
		path:     "Client/" + strconv.Itoa(id),
		query:    url.Values{"includedetails": {"true"}},
	}
	err := c.do(ctx, q, func(r *http.Response) (err error) {
		got, err = readArea(r)
		return err
	})
	switch {
	case status(err) == http.StatusNotFound, err == nil && int(got.ID) != id:
		return area{}, &Error{
			Outcome: Refused,
			Status:  http.StatusNotFound,
			Message: "Halo has no client #" + strconv.Itoa(id) + ", or none that the bot may see.",
			Err:     err,
		}
	case err != nil:
		return area{}, err
	}
	return got, nil
}
