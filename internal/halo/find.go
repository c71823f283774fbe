package halo

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"halobot/internal/draft"
)

// Found is what a look saw.
type Found struct {
	Same []Client // same host or same name, confirmed by id
	Own  *Client  // carries the request's own key
}

// Limits on one look.
const (
	namePages    = 5
	keyPages     = 5
	listPage     = 100
	maxConfirmed = 10
	maxDetails   = 5
	atOnce       = 4
)

// Look returns every client with the same name or website as d, inactive ones too, and any
// client that carries key. Names and the newest clients are read live; older websites, and names
// that only white space sets apart, are known from the directory, which is waited for where it
// was not read yet. At most ten of the same are returned, the active ones first. A part of the
// look that fails fails the look.
func (c *Connection) Look(ctx context.Context, d draft.Draft, key string) (Found, error) {
	want := entry{draft.NameKey(d.Name), draft.HostKey(d.Website)}
	same := func(e entry) bool {
		return want.name != "" && e.name == want.name || want.host != "" && e.host == want.host
	}
	if err := c.ready(ctx); err != nil {
		return Found{}, err
	}
	var newest, named []area
	g, live := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		newest, err = c.newest(live)
		return err
	})
	g.Go(func() (err error) {
		named, err = c.named(live, d.Name)
		return err
	})
	if err := g.Wait(); err != nil {
		return Found{}, err
	}

	var own, others []int
	for _, a := range slices.Concat(newest, named) {
		switch {
		case a.carries(key):
			own = append(own, int(a.ID))
		case same(entryOf(a)):
			others = append(others, int(a.ID))
		}
	}
	confirmed, err := c.confirm(ctx, slices.Concat(own, others, c.directory.ids(same)))
	if err != nil {
		return Found{}, err
	}
	var found Found
	for _, a := range confirmed {
		switch client := a.client(); {
		case a.carries(key) && found.Own == nil:
			found.Own = &client
		case same(entryOf(a)):
			found.Same = append(found.Same, client)
		}
	}
	slices.SortStableFunc(found.Same, func(a, b Client) int {
		switch {
		case a.Inactive == b.Inactive:
			return cmp.Compare(a.ID, b.ID)
		case a.Inactive:
			return 1
		default:
			return -1
		}
	})
	return found, nil
}

// named lists the clients whose name contains name, the newest first, as far as is worth reading:
// the directory knows the older ones.
func (c *Connection) named(ctx context.Context, name string) ([]area, error) {
	term := searchTerm(name)
	if term == "" {
		return nil, nil
	}
	var found []area
	_, err := c.walk(ctx, list{name: term, size: listPage, max: namePages}, func(rows []area, _ int) bool {
		found = append(found, rows...)
		return false
	})
	return found, err
}

// searchTerm is what to search for so that a client of this name is among the hits. Halo
// searches by SQL Server's LIKE, in which brackets mean something else; % and _ match themselves.
func searchTerm(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '[' || r == ']' })
	longest := ""
	for _, part := range parts {
		if part = strings.TrimSpace(part); len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// confirm reads clients by their ids, each once, in the order given, at most maxConfirmed; those
// that are gone are left out.
func (c *Connection) confirm(ctx context.Context, ids []int) ([]area, error) {
	var once []int
	for _, id := range ids {
		if !slices.Contains(once, id) {
			once = append(once, id)
		}
	}
	once = once[:min(len(once), maxConfirmed)]
	read := make([]area, len(once))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, id := range once {
		g.Go(func() (err error) {
			read[i], err = c.area(ctx, id)
			if status(err) == http.StatusNotFound {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(read, func(a area) bool { return a.ID <= 0 }), nil
}

// FindByKey looks for the client that carries key in ref or in its notes' last line, among those
// whose name contains name and among the newest. nil without an error means that both lists were
// read and hold no such client. A namesake without the key is never returned.
func (c *Connection) FindByKey(ctx context.Context, key, name string) (*Client, error) {
	var newest, named []area
	g, live := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := c.walk(live, list{size: listPage, max: 1, notes: true}, func(rows []area, _ int) bool {
			newest = rows
			return true
		})
		return err
	})
	if term := searchTerm(name); term != "" {
		g.Go(func() error {
			_, err := c.walk(live, list{name: term, size: listPage, max: keyPages, notes: true}, func(rows []area, _ int) bool {
				named = append(named, rows...)
				return slices.ContainsFunc(rows, func(a area) bool { return a.carries(key) })
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	rows := slices.Concat(newest, named)
	for _, a := range rows {
		if a.carries(key) {
			return c.listed(ctx, a)
		}
	}

	// Where a list leaves the notes out, the namesakes' own are read, the newest first.
	var unread []int
	for _, a := range rows {
		if !a.Notes.said && draft.NameKey(a.Name.s) == draft.NameKey(name) && !slices.Contains(unread, int(a.ID)) {
			unread = append(unread, int(a.ID))
		}
	}
	slices.SortFunc(unread, func(a, b int) int { return cmp.Compare(b, a) })
	namesakes, err := c.confirm(ctx, unread[:min(len(unread), maxDetails)])
	if err != nil {
		return nil, err
	}
	for _, a := range namesakes {
		if a.carries(key) {
			client := a.client()
			return &client, nil
		}
	}
	return nil, nil //nolint:nilnil // nothing found is an answer of its own
}

// listed reads in full a client whose row proved to be the one that is looked for.
func (c *Connection) listed(ctx context.Context, row area) (*Client, error) {
	a, err := c.area(ctx, int(row.ID))
	if status(err) == http.StatusNotFound {
		// Halo lists it and does not give it: deleted or merged this very moment. It may not be
		// taken for one that was never made.
		return nil, &Error{Outcome: NotDone, Message: "Halo lists the client but does not give it out; it may just have been deleted.", Err: err}
	}
	if err != nil {
		return nil, err
	}
	client := a.client()
	return &client, nil
}
