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
	Own  []Client // carry the request's own key, the oldest first; more than one are to be merged
}

// Same says what a client and a draft have in common, as they stand: the name, the website.
func Same(d draft.Draft, c Client) (name, website bool) {
	key, host := text.Key(d.Name), draft.HostKey(d.Website)
	return key != "" && key == text.Key(c.Name), host != "" && slices.Contains(draft.Hosts(c.Website), host)
}

// Still reports whether c, as read by its number, may be the client that had the number before: it
// has that one's name, website or reference, or carries the key of the request that made it. It may
// be as well where either name is not known.
func (c Client) Still(was Client, key string) bool {
	if was.Name == "" || c.Name == "" || text.Key(was.Name) == text.Key(c.Name) {
		return true
	}
	hosts := draft.Hosts(c.Website)
	website := slices.ContainsFunc(draft.Hosts(was.Website), func(host string) bool { return slices.Contains(hosts, host) })
	return website || c.Ref != "" && (c.Ref == was.Ref || c.Ref == key) || c.Marked != "" && c.Marked == key
}

// Limits on one look.
const (
	namePages    = 5
	listPage     = 100
	maxConfirmed = 10
	atOnce       = 4
)

// Look returns every client with the same name or website as the draft, inactive ones too, and
// those that carry the request's key. Names and the newest clients are read live; older websites,
// and names that only white space sets apart, are known from the directory, which is waited for
// where it was not read yet. Where this Halo's lists prove nothing, the whole list is read anew
// first: that may take minutes, and until then an Own Error says how far it is. At most ten of
// the same are returned. A part of the look that fails fails the look.
func (c *Connection) Look(ctx context.Context, turn *Turn, w Wanted) (Found, error) {
	f := fare{urgency: forCreate, turn: turn}
	key, host := text.Key(w.Draft.Name), draft.HostKey(w.Draft.Website)
	same := func(e entry) bool { return key != "" && e.key == key || e.at(host) }
	live, err := c.lookLive(ctx, f, w)
	if err != nil {
		return Found{}, err
	}
	if host != "" {
		if err := c.readWebsites(ctx, forLook); err != nil {
			return Found{}, err
		}
	}

	recent := c.directory.recent(key, host)
	for _, r := range w.Recent {
		if name, website := Same(w.Draft, r); name || website {
			recent = append(recent, r)
		}
	}
	var own, others []int
	listed := map[int]area{}
	for _, a := range live {
		switch {
		case a.carries(w.Key):
			own = append(own, int(a.ID))
		case same(entryOf(a)):
			others = append(others, int(a.ID))
		default:
			continue
		}
		listed[int(a.ID)] = a
	}
	for _, r := range recent {
		others = append(others, r.ID)
	}
	own = append(own, c.directory.ids(func(e entry) bool { return w.Key != "" && e.ref == w.Key })...)
	slices.Sort(own)
	confirmed, err := c.confirm(ctx, f, slices.Concat(own, others, c.directory.ids(same)), listed)
	if err != nil {
		return Found{}, err
	}
	var found Found
	shown := map[int]bool{}
	for _, a := range confirmed {
		client := a.client()
		shown[client.ID] = true
		name, website := Same(w.Draft, client)
		switch {
		case a.carries(w.Key):
			found.Own = append(found.Own, client)
		case name || website:
			found.Same = append(found.Same, client)
		}
	}
	for _, r := range recent {
		if !shown[r.ID] { // Halo does not show it yet
			shown[r.ID] = true
			found.Same = append(found.Same, r)
		}
	}
	slices.SortStableFunc(found.Same, activeFirst)
	c.directory.met(w.Key)
	return found, nil
}

func activeFirst(a, b Client) int {
	switch {
	case a.Inactive == b.Inactive:
		return cmp.Compare(a.ID, b.ID)
	case a.Inactive:
		return 1
	default:
		return -1
	}
}

// lookLive brings the directory up to date, and returns the clients that were read live for it:
// the newest, and those whose name contains the wanted one. Where these lists are no proof, it
// waits for the whole list instead.
func (c *Connection) lookLive(ctx context.Context, f fare, w Wanted) ([]area, error) {
	if err := c.catchUp(ctx, w.Key); err != nil || c.listsAreNoProof() {
		return nil, err
	}
	var newest []area
	var named walked
	proven := false
	g, live := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		newest, proven, err = c.newest(live, f)
		return err
	})
	g.Go(func() (err error) {
		named, err = c.named(live, f, w.Draft.Name, namePages, false)
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	c.directory.enter(named.clients...)
	if proven && (named.matching || named.ended) {
		return slices.Concat(newest, named.clients), nil
	}
	return nil, c.catchUp(ctx, w.Key)
}

// catchUp waits for the directory; where this Halo's lists are no proof, for one that was read
// since the request with this key first asked.
func (c *Connection) catchUp(ctx context.Context, key string) error {
	if err := c.ready(ctx, forLook); err != nil || !c.listsAreNoProof() {
		return err
	}
	return c.readWhole(ctx, forLook, c.directory.demand(key))
}

// named lists the clients whose name contains name, the newest first, as far as is worth reading:
// the directory knows the older ones.
func (c *Connection) named(ctx context.Context, f fare, name string, pages int, notes bool) (walked, error) {
	term := searchTerm(name)
	if term == "" {
		return walked{ended: true, ordered: true, matching: true}, nil
	}
	return c.walk(ctx, list{name: term, size: listPage, max: pages, notes: notes, fare: f}, nil)
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

// confirm reads clients by their ids, each once, in the order given, at most maxConfirmed. One that
// Halo does not give out is taken as it was just listed, by its id: it may be one that the bot's agent
// may not read. Those that were not listed are gone, and left out.
func (c *Connection) confirm(ctx context.Context, f fare, ids []int, listed map[int]area) ([]area, error) {
	var once []int
	for _, id := range ids {
		if id > 0 && !slices.Contains(once, id) {
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
				read[i] = listed[id]
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	read = slices.DeleteFunc(read, func(a area) bool { return a.ID <= 0 })
	c.directory.enter(read...)
	return read, nil
}
