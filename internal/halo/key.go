package halo

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"halobot/internal/text"
)

const (
	keyPages   = 5
	maxDetails = 20 // namesakes whose notes are read, where no list has them
)

// Carriers are the clients that carry a request's key, as Halo had them.
type Carriers struct {
	Clients []Client // the oldest first; more than one are to be merged
	// Since is when the reading began that found them, or found none: it says nothing of what
	// was stored after it.
	Since time.Time
}

// FindByKey returns the clients that carry key in ref or in their notes' last line, among those
// whose name contains name and among the newest; where this Halo's lists prove nothing, among
// all. None without an error means that the lists were read and hold no such client. A namesake
// without the key is never returned.
func (c *Connection) FindByKey(ctx context.Context, key, name string) (Carriers, error) {
	f := fare{urgency: forCreate}
	found := Carriers{Since: time.Now()}
	carriers, namesakes, err := c.keyLive(ctx, f, key, name)
	if err == nil && c.listsAreNoProof() {
		carriers, namesakes, found.Since, err = c.keyInAll(ctx, key, name)
	}
	if err != nil {
		return found, err
	}
	ids := slices.Sorted(maps.Keys(carriers))
	if len(ids) == 0 {
		// Where a list leaves the notes out, the namesakes' own are read, the newest first.
		slices.SortFunc(namesakes, func(a, b int) int { return cmp.Compare(b, a) })
		namesakes = slices.Compact(namesakes)
		ids = namesakes[:min(len(namesakes), maxDetails)]
	}
	for part := range slices.Chunk(ids, maxConfirmed) {
		confirmed, err := c.confirm(ctx, f, part, carriers)
		if err != nil {
			return found, err
		}
		for _, a := range confirmed {
			if a.carries(key) {
				found.Clients = append(found.Clients, a.client())
			}
		}
	}
	if len(found.Clients) == 0 && len(carriers) > 0 {
		// It may not be taken for one that was never made.
		return found, &Error{Outcome: NotDone, Message: "Halo lists the client with the request's key but gives it out without; it may just have been changed."}
	}
	c.directory.met(settling + key)
	return found, nil
}

// settling stands before a key in the directory's demands: looking for what an unanswered POST made
// is kept apart from the look before a create.
const settling = "settling "

// keyLive looks for the key among the newest clients and those whose name contains name. The
// carriers are by their ids, as they were listed.
func (c *Connection) keyLive(ctx context.Context, f fare, key, name string) (carriers map[int]area, namesakes []int, err error) {
	if c.listsAreNoProof() {
		return nil, nil, nil
	}
	var newest, named walked
	g, live := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		newest, err = c.walk(live, list{size: listPage, max: 1, notes: true, fare: f}, nil)
		return err
	})
	g.Go(func() (err error) {
		named, err = c.named(live, f, name, keyPages, true)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	carriers = map[int]area{}
	for _, a := range slices.Concat(newest.clients, named.clients) {
		switch {
		case a.carries(key):
			carriers[int(a.ID)] = a
		case !a.Notes.there && text.Key(a.Name.s) == text.Key(name):
			namesakes = append(namesakes, int(a.ID))
		}
	}
	return carriers, namesakes, nil
}

// keyInAll looks for the key in the whole list, read since the key was first looked for.
func (c *Connection) keyInAll(ctx context.Context, key, name string) (carriers map[int]area, namesakes []int, since time.Time, err error) {
	since = c.directory.demand(settling + key)
	if err := c.readWhole(ctx, forLook, since); err != nil {
		return nil, nil, since, err
	}
	carriers = map[int]area{}
	notes, name := !c.habits.has(OmitsNotes), text.Key(name)
	c.directory.each(func(e entry) {
		switch {
		case e.ref == key && !e.missed:
			carriers[e.id] = area{ID: number(e.id), Name: jsonText{s: e.name}, Ref: jsonText{s: key}, Inactive: truth(e.inactive)}
		case e.ref == key, !notes && e.key == name:
			namesakes = append(namesakes, e.id)
		}
	})
	return carriers, namesakes, since, nil
}
