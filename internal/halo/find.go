package halo

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// Wanted is the client that a look looks for.
type Wanted struct {
	Draft draft.Draft
	Key   string // the request's
	// Recent are clients that the bot made lately, which Halo's lists may not show yet. They
	// count for what Halo says of them now, and for what is remembered here only while Halo
	// does not give them out at all.
	Recent []Client
}

// Found is what a look saw.
type Found struct {
	Same []Client // same host or same name, confirmed by id, the active ones first
	Own  []Client // carry the request's own key; more than one are to be merged
}

// Same says what a client and a draft have in common, as they stand: the name, the website.
func Same(d draft.Draft, c Client) (name, website bool) {
	name = text.Key(d.Name) != "" && text.Key(d.Name) == text.Key(c.Name)
	website = draft.HostKey(d.Website) != "" && draft.HostKey(d.Website) == draft.HostKey(c.Website)
	return name, website
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

// Look returns every client with the same name or website as the draft, inactive ones too, and
// those that carry the request's key. Names and the newest clients are read live; older websites,
// and names that only white space sets apart, are known from the directory, which is waited for
// where it was not read yet. At most ten of the same are returned. A part of the look that fails
// fails the look.
func (c *Connection) Look(ctx context.Context, turn *Turn, w Wanted) (Found, error) {
	f := fare{forCreate, turn}
	want := entry{text.Key(w.Draft.Name), draft.HostKey(w.Draft.Website)}
	same := func(e entry) bool {
		return want.name != "" && e.name == want.name || want.host != "" && e.host == want.host
	}
	if err := c.ready(ctx); err != nil {
		return Found{}, err
	}
	var newest, named []area
	g, live := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		newest, err = c.newest(live, f)
		return err
	})
	g.Go(func() (err error) {
		named, err = c.named(live, f, w.Draft.Name)
		return err
	})
	if err := g.Wait(); err != nil {
		return Found{}, err
	}

	var own, others []int
	for _, a := range slices.Concat(newest, named) {
		switch {
		case a.carries(w.Key):
			own = append(own, int(a.ID))
		case same(entryOf(a)):
			others = append(others, int(a.ID))
		}
	}
	for _, r := range w.Recent {
		others = append(others, r.ID)
	}
	confirmed, err := c.confirm(ctx, f, slices.Concat(own, others, c.directory.ids(same)))
	if err != nil {
		return Found{}, err
	}
	var found Found
	for _, a := range confirmed {
		switch client := a.client(); {
		case a.carries(w.Key):
			found.Own = append(found.Own, client)
		case same(entryOf(a)):
			found.Same = append(found.Same, client)
		}
	}
	for _, r := range w.Recent {
		name, website := Same(w.Draft, r)
		shown := slices.ContainsFunc(confirmed, func(a area) bool { return int(a.ID) == r.ID })
		if !shown && (name || website) {
			found.Same = append(found.Same, r)
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
func (c *Connection) named(ctx context.Context, f fare, name string) ([]area, error) {
	term := searchTerm(name)
	if term == "" {
		return nil, nil
	}
	var found []area
	_, err := c.walk(ctx, list{name: term, size: listPage, max: namePages, fare: f}, func(rows []area, _ int) bool {
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
func (c *Connection) confirm(ctx context.Context, f fare, ids []int) ([]area, error) {
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
			read[i], err = c.area(ctx, f, id)
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

// FindByKey returns the clients that carry key in ref or in their notes' last line, among those
// whose name contains name and among the newest; more than one are to be merged. None without an
// error means that both lists were read and hold no such client. A namesake without the key is
// never returned.
func (c *Connection) FindByKey(ctx context.Context, key, name string) ([]Client, error) {
	f := fare{urgency: forCreate}
	var newest, named []area
	g, live := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := c.walk(live, list{size: listPage, max: 1, notes: true, fare: f}, func(rows []area, _ int) bool {
			newest = rows
			return true
		})
		return err
	})
	if term := searchTerm(name); term != "" {
		g.Go(func() error {
			_, err := c.walk(live, list{name: term, size: listPage, max: keyPages, notes: true, fare: f}, func(rows []area, _ int) bool {
				named = append(named, rows...)
				return false
			})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	rows := slices.Concat(newest, named)
	var own []int
	for _, a := range rows {
		if a.carries(key) {
			own = append(own, int(a.ID))
		}
	}
	if len(own) == 0 {
		// Where a list leaves the notes out, the namesakes' own are read, the newest first.
		for _, a := range rows {
			if !a.Notes.said && text.Key(a.Name.s) == text.Key(name) && !slices.Contains(own, int(a.ID)) {
				own = append(own, int(a.ID))
			}
		}
		slices.SortFunc(own, func(a, b int) int { return cmp.Compare(b, a) })
		own = own[:min(len(own), maxDetails)]
	}
	confirmed, err := c.confirm(ctx, f, own)
	if err != nil {
		return nil, err
	}
	var found []Client
	for _, a := range confirmed {
		if a.carries(key) {
			found = append(found, a.client())
		}
	}
	if len(found) == 0 && slices.ContainsFunc(rows, func(a area) bool { return a.carries(key) }) {
		// Halo lists it and does not give it: deleted or merged this very moment. It may not be
		// taken for one that was never made.
		return nil, &Error{Outcome: NotDone, Message: "Halo lists the client but does not give it out; it may just have been deleted."}
	}
	return found, nil
}
