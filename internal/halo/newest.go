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
	case !w.ended && c.directory.isAnothers(w.clients):
		c.directory.forget()
		anew := c.anew("Halo has other clients under the numbers that the bot knows")
		c.log.Warn(anew.Message)
		return nil, false, anew
	case w.ended, reached && w.ordered:
		if !c.directory.merge(w.clients) {
			return nil, false, tooMany(c.DirectorySize())
		}
		return w.clients, true, nil
	case !w.ordered:
		return w.clients, false, nil
	}
	// More came in since the last whole read than is worth reading now: an import.
	return nil, false, c.anew(fmt.Sprintf("Halo has more than %d new clients", len(w.clients)))
}

// anew has the whole list read ahead of time, and says why.
func (c *Connection) anew(why string) *Error {
	select {
	case c.directory.overtaken <- struct{}{}:
	default:
	}
	return &Error{Outcome: NotDone, Message: why + "; the bot is reading its list of them anew.", RetryAfter: 15 * time.Second}
}

// isAnothers reports whether every client that has a known one's id has another name and another
// website: Halo was set up anew, or from a copy, and has given its numbers out again.
func (d *directory) isAnothers(clients []area) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	others := false
	for _, a := range clients {
		at, found := d.known.find(int(a.ID))
		if !found {
			continue
		}
		if was, is := d.known[at], entryOf(a); is.key == was.key || is.hosts != "" && is.hosts == was.hosts {
			return false
		}
		others = true
	}
	return others
}

// forget forgets the clients, so that they are read anew before anything is said of them.
func (d *directory) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known, d.size, d.top, d.mails = nil, 0, 0, map[int]string{}
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
