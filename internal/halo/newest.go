package halo

import (
	"context"
	"fmt"
	"time"
)

// A row of a list is large, and one or two clients are new as a rule: a few rows are asked for
// first, and pages of many only when those do not lead back to a client that is known.
const (
	newestFew   = 10
	newestPage  = 50
	newestPages = 10

	freshenEvery = time.Minute
)

// newest reads the newest clients live, down to one that the directory knows, and enters them.
// The directory has to be ready. proven is false where this Halo's order does not say that they
// are the newest.
func (c *Connection) newest(ctx context.Context, f fare) (clients []area, proven bool, err error) {
	top, _ := c.directory.complete()
	reached := false
	known := func(a area) bool {
		reached = reached || int(a.ID) <= top
		return reached
	}
	var w walked
	for _, l := range []list{{size: newestFew, max: 1, fare: f}, {size: newestPage, max: newestPages, fare: f}} {
		w, err = c.walk(ctx, l, known)
		if err != nil || w.ended || reached || !w.ordered {
			break
		}
	}
	switch {
	case err != nil:
		return nil, false, err
	case w.ended, reached && w.ordered:
		if !c.directory.merge(w.clients) {
			return nil, false, tooMany(c.DirectorySize())
		}
		return w.clients, true, nil
	case !w.ordered:
		return w.clients, false, nil
	}
	// More came in since the last whole read than is worth reading now: an import.
	select {
	case c.directory.overtaken <- struct{}{}:
	default:
	}
	return nil, false, &Error{
		Outcome:    NotDone,
		Message:    fmt.Sprintf("Halo has more than %d new clients; the bot is reading its list of them anew.", len(w.clients)),
		RetryAfter: 15 * time.Second,
	}
}

// Freshen reads the newest clients into the directory, at most once a minute and one at a time;
// otherwise, and while the whole list was not read yet, it does nothing.
func (c *Connection) Freshen(ctx context.Context) {
	d := &c.directory
	if !d.freshening.TryLock() {
		return
	}
	defer d.freshening.Unlock()
	d.mu.RLock()
	due := d.known != nil && time.Since(d.fresh) >= freshenEvery
	d.mu.RUnlock()
	if !due || c.listsAreNoProof() {
		return
	}
	if _, _, err := c.newest(ctx, fare{urgency: forForm}); err != nil {
		c.log.Debug("Halo's newest clients could not be read", "error", err)
	}
}
