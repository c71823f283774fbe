package halo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// directory is what the bot keeps at hand of every client of the tenant: enough to say which
// ones to read when a name or a website is asked for. It answers with ids only, which are read
// live before anybody is told.
type directory struct {
	reading    chan struct{} // holds one token: whoever reads the whole list has it
	freshening sync.Mutex    // held by Freshen
	overtaken  chan struct{} // asks Run for a whole read ahead of time
	shelf      Shelf         // nil = the directory lives in memory only
	restored   sync.Once
	made       time.Time

	mu    sync.RWMutex
	known roll      // nil until the whole list was read once
	top   int       // every client up to this id is known
	read  time.Time // when the whole list was read
	fresh time.Time // when the newest clients were read
	done  int       // rows read so far of a whole read in hand, and how many there will be
	total int
}

// entry is a client's name and website, as text.Key and draft.HostKey have them.
type entry struct{ name, host string }

// roll is a list of clients in the order of their ids. It is looked through from end to end,
// which for a hundred thousand takes half a millisecond, and half of what a map takes.
type roll []enrolled

type enrolled struct {
	id int
	entry
}

// set enters a client, or replaces what was known of it.
func (r *roll) set(id int, e entry) {
	i, found := slices.BinarySearchFunc(*r, id, func(c enrolled, id int) int { return c.id - id })
	if found {
		(*r)[i].entry = e
		return
	}
	*r = slices.Insert(*r, i, enrolled{id, e})
}

func newDirectory() directory {
	return directory{reading: make(chan struct{}, 1), overtaken: make(chan struct{}, 1), made: time.Now()}
}

func entryOf(a area) entry { return entry{text.Key(a.Name.s), draft.HostKey(a.Website.s)} }

// add enters a client that was just made; it does not say that all before it are known.
func (d *directory) add(a area) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.known != nil {
		d.known.set(int(a.ID), entryOf(a))
	}
}

// merge enters the newest clients, down to one that was known.
func (d *directory) merge(rows []area) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range rows {
		d.known.set(int(a.ID), entryOf(a))
		d.top = max(d.top, int(a.ID))
	}
	d.fresh = time.Now()
}

// ids lists the clients that match, the oldest first.
func (d *directory) ids(match func(entry) bool) []int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var found []int
	for _, c := range d.known {
		if match(c.entry) {
			found = append(found, c.id)
		}
	}
	return found
}

// complete reports whether the whole list was ever read, and up to which id all clients are known.
func (d *directory) complete() (top int, ok bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.top, d.known != nil
}

// DirectorySize is how many clients the directory holds.
func (c *Connection) DirectorySize() int {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.known)
}

// DirectoryAge is how long ago the whole list was read, or, before the first time, how old the
// connection is: an age that grows beyond an hour is worth an alarm either way.
func (c *Connection) DirectoryAge() time.Duration {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.read.IsZero() {
		return time.Since(d.made)
	}
	return time.Since(d.read)
}

const (
	refreshEvery = 15 * time.Minute
	freshenEvery = time.Minute
	wholePage    = 100
	wholePages   = 2000 // beyond them it is no list of clients, but one without an end
)

// Run keeps the directory until ctx ends: it reads the whole list at once, and then every 15
// minutes; after a failure sooner. A failed read leaves the directory as it was.
func (c *Connection) Run(ctx context.Context) {
	c.restore(ctx)
	pause := time.Second
	for {
		err := c.readWhole(ctx)
		if ctx.Err() != nil {
			return
		}
		// Replicas and connections that started together do not stay together.
		wait := refreshEvery + rand.N(refreshEvery/10)
		if err != nil {
			pause = min(2*pause, time.Minute)
			wait = pause
			var failed *Error
			if errors.As(err, &failed) {
				wait = max(wait, failed.RetryAfter)
			}
			c.log.Warn("the list of Halo's clients could not be read; the last one stays in use",
				"error", err, "age", c.DirectoryAge().Round(time.Second), "again_in", wait)
		} else {
			pause = time.Second
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.directory.overtaken:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// readWhole reads the whole list into the directory; when somebody else is at it, after them.
func (c *Connection) readWhole(ctx context.Context) error {
	d := &c.directory
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-ctx.Done():
		return c.stillReading(ctx.Err())
	}
	return c.readWholeHolding(ctx)
}

func (c *Connection) readWholeHolding(ctx context.Context) error {
	d := &c.directory
	began := time.Now()
	known, top, websites := roll{}, 0, false
	ended, err := c.walk(ctx, list{size: wholePage, max: wholePages, old: true, fare: fare{urgency: forUpkeep}}, func(rows []area, total int) bool {
		for _, a := range rows {
			known.set(int(a.ID), entryOf(a))
			top = max(top, int(a.ID))
			websites = websites || a.Website.said
		}
		d.mu.Lock()
		d.done, d.total = len(known), total
		d.mu.Unlock()
		return false
	})
	if err == nil && !ended {
		err = &Error{Outcome: NotDone, Message: fmt.Sprintf("Halo lists more than %d clients.", wholePage*wholePages)}
	}
	if err != nil {
		return err
	}
	if len(known) > 0 && !websites {
		c.log.Warn("Halo lists its clients without their websites: only names can be compared")
	}
	clients := len(known)
	d.mu.Lock()
	d.known, d.top, d.read, d.fresh = known, top, time.Now(), time.Now()
	d.mu.Unlock()
	c.log.Debug("read the list of Halo's clients", "clients", clients, "took", time.Since(began))
	c.shelve(ctx)
	return nil
}

// ready waits until the whole list was read once. It reads it itself when nobody does.
func (c *Connection) ready(ctx context.Context) error {
	d := &c.directory
	c.restore(ctx)
	if _, ok := d.complete(); ok {
		return nil
	}
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-ctx.Done():
		return c.stillReading(ctx.Err())
	}
	if _, ok := d.complete(); ok {
		return nil
	}
	err := c.readWholeHolding(ctx)
	if err != nil && ctx.Err() != nil {
		return c.stillReading(err)
	}
	return err
}

func (c *Connection) stillReading(err error) *Error {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	return &Error{
		Outcome:    NotDone,
		Message:    fmt.Sprintf("The bot is still reading Halo's list of clients (%d of %d), which it needs to see whether this one exists.", d.done, d.total),
		RetryAfter: 5 * time.Second,
		Own:        true,
		Err:        err,
	}
}

// A row of a list is large, and one or two clients are new as a rule: a few rows are asked for
// first, and pages of many only when those do not lead back to a client that is known.
const (
	newestFew   = 10
	newestPage  = 50
	newestPages = 10
)

// newest reads the newest clients live, down to one that the directory knows, and enters them.
// The directory has to be ready.
func (c *Connection) newest(ctx context.Context, f fare) ([]area, error) {
	top, _ := c.directory.complete()
	var found []area
	var reached, ended bool
	var err error
	for _, l := range []list{{size: newestFew, max: 1, fare: f}, {size: newestPage, max: newestPages, fare: f}} {
		found = nil
		ended, err = c.walk(ctx, l, func(rows []area, _ int) bool {
			found = append(found, rows...)
			for _, a := range rows {
				reached = reached || int(a.ID) <= top
			}
			return reached
		})
		if err != nil || reached || ended {
			break
		}
	}
	switch {
	case err != nil:
		return nil, err
	case !reached && !ended:
		// More came in since the last whole read than is worth reading now: an import.
		select {
		case c.directory.overtaken <- struct{}{}:
		default:
		}
		return nil, &Error{
			Outcome:    NotDone,
			Message:    fmt.Sprintf("Halo has more than %d new clients; the bot is reading its list of them anew.", newestPage*newestPages),
			RetryAfter: 15 * time.Second,
		}
	}
	c.directory.merge(found)
	return found, nil
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
	if !due {
		return
	}
	if _, err := c.newest(ctx, fare{urgency: forForm}); err != nil {
		c.log.Warn("Halo's newest clients could not be read", "error", err)
	}
}
