package halo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"
)

// sweep is a reading of the whole list of clients. It outlives whoever carries it on: the next
// one goes on where it stands.
type sweep struct {
	began, touched time.Time
	notes          bool
	page           int  // read last
	furthest       int  // page read so far
	total          int  // clients, as the last page counts them
	backs          int  // how often it went back
	known          roll // in the order in which they came
	seen           map[int]bool
	size, top      int
	websites       bool // some row had one
	ordered        bool
}

const (
	refreshEvery = 15 * time.Minute
	wholePage    = 100
	// maxBacks bounds how often a reading goes back for clients that moved up: a count may mean anything.
	maxBacks = 10
	// sweepRests is after how long a reading that nobody carries on is begun anew.
	sweepRests = 2 * time.Minute
	// wantedFor is for how long a create that was told to come back counts as waiting.
	wantedFor = 30 * time.Second
)

// Run keeps the directory until ctx ends: it reads the whole list at once, and then every 15
// minutes, or less often where that takes long; after a failure sooner. A failed read leaves the
// directory as it was.
func (c *Connection) Run(ctx context.Context) {
	c.restore(ctx)
	pause := time.Second
	for ctx.Err() == nil {
		err := c.readWhole(ctx, forUpkeep, time.Now())
		if err == nil {
			err = c.readWebsites(ctx, forUpkeep)
		}
		if err == nil {
			c.readMailDomains(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		wait := c.directory.rests()
		if err != nil {
			level := slog.LevelWarn
			if pause > time.Second { // said before
				level = LogLevel(err)
			}
			pause = min(2*pause, time.Minute)
			wait = pause
			var failed *Error
			if errors.As(err, &failed) {
				wait = max(wait, failed.RetryAfter)
			}
			c.log.Log(ctx, level, "the list of Halo's clients could not be read; the last one stays in use",
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
	}
}

// rests is how long nobody need read the whole list after it was read. Replicas and connections that
// started together do not stay together.
func (d *directory) rests() time.Duration {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return max(refreshEvery, 4*d.took) + rand.N(refreshEvery/10)
}

// ready waits until the whole list was read once. It reads it itself when nobody does.
func (c *Connection) ready(ctx context.Context, u urgency) error {
	return c.readWhole(ctx, u, time.Time{})
}

// readWhole waits until the whole list was read in a reading that began at or after since, and
// reads it where nobody else does. When ctx ends first, its Error is Own and says how far the
// reading is, and the next caller carries it on.
func (c *Connection) readWhole(ctx context.Context, u urgency, since time.Time) error {
	d := &c.directory
	c.restore(ctx)
	for !d.readSince(since) {
		if u == forLook {
			d.mu.Lock()
			d.wanted = time.Now()
			d.mu.Unlock()
		}
		select {
		case d.reading <- struct{}{}:
		case <-ctx.Done():
			return c.stillReading(ctx.Err())
		}
		err := error(nil)
		if !d.readSince(since) {
			err = c.carryOn(ctx, u)
		}
		<-d.reading
		var failed *Error
		if err != nil && (ctx.Err() != nil || errors.As(err, &failed) && failed.Own) {
			return c.stillReading(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// carryOn reads on to the list's end, from where the last reading stands.
func (c *Connection) carryOn(ctx context.Context, u urgency) error {
	d := &c.directory
	if d.sweep == nil || time.Since(d.sweep.touched) > sweepRests {
		d.sweep = &sweep{began: time.Now(), ordered: true, notes: c.listsAreNoProof(), known: roll{}, seen: map[int]bool{}}
	}
	s := d.sweep
	for {
		ended, err := c.readOn(ctx, s, c.pressing(u))
		if errors.Is(err, errEndless) {
			d.sweep = nil
		}
		if err != nil {
			return err
		}
		s.touched = time.Now()
		if ended {
			d.sweep = nil
			c.replace(ctx, s)
			return nil
		}
	}
}

// pressing is the urgency with which a page is read: reading in the background becomes urgent while
// a create waits for it.
func (c *Connection) pressing(u urgency) urgency {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	if u == forUpkeep && !d.wanted.IsZero() && time.Since(d.wanted) < wantedFor {
		return forLook
	}
	return u
}

var errEndless = errors.New("the list is too long")

// readOn reads the sweep's next page.
func (c *Connection) readOn(ctx context.Context, s *sweep, u urgency) (ended bool, err error) {
	l := list{size: wholePage, old: true, notes: s.notes, fare: fare{urgency: u}}
	p, err := c.page(ctx, l, s.page+1)
	if err != nil {
		return false, err
	}
	s.page++
	again := s.page <= s.furthest
	s.furthest = max(s.furthest, s.page)
	before := len(s.known)
	for _, a := range p.clients {
		if s.seen[int(a.ID)] {
			continue
		}
		e := entryOf(a)
		s.seen[e.id] = true
		s.known = append(s.known, e)
		s.size += e.size()
		s.top = max(s.top, e.id)
	}
	s.websites, s.ordered = s.websites || p.websites, s.ordered && p.ordered
	seen := len(s.known)
	if s.size > c.share.directory {
		return false, tooMany(seen)
	}
	d := &c.directory
	d.mu.Lock()
	d.done, d.total = seen, max(p.total.n, seen)
	d.mu.Unlock()
	fell := s.total - p.total.n
	s.total = p.total.n
	switch {
	case fell > 0 && p.total.said && s.page > 1 && s.backs < maxBacks:
		// As many were deleted meanwhile, and what stood after them has moved up, to pages read before.
		s.backs++
		s.page = max(0, s.page-2-(fell-1)/cmp.Or(c.shortPage(), l.size))
		return false, nil
	case again:
	case seen == before && withheld(l, p, s.page, seen):
		return false, &Error{
			Outcome: NotDone, Err: errEndless,
			Message: fmt.Sprintf("Halo gives only %d of its %d clients, whichever page is asked for: the bot cannot see whether this one exists.", seen, p.total.n),
		}
	case seen == before:
		return true, nil
	}
	return c.last(l, p, seen), nil
}

func tooMany(clients int) *Error {
	return &Error{
		Outcome: NotDone, Err: errEndless,
		Message: fmt.Sprintf("Halo lists more than %d clients, which is more than the bot can compare.", clients),
	}
}

// replace makes what a sweep has read the directory. A client that it has not met stays, as missed, until the
// next one has not met it either: its row may have moved up while the list was read.
func (c *Connection) replace(ctx context.Context, s *sweep) {
	d := &c.directory
	if len(s.known) > 0 && !s.websites {
		c.notice(OmitsWebsites)
	}
	now := time.Now()
	d.mu.Lock()
	for i, e := range s.known {
		if e.sited != 0 {
			continue
		}
		if s.websites { // this Halo leaves out what is empty
			s.known[i].sited = minute(now)
		} else if at, found := d.known.find(e.id); found {
			s.known[i].hosts, s.known[i].sited = d.known[at].hosts, d.known[at].sited
		}
	}
	for _, e := range d.known {
		if size := s.size + e.size(); !e.missed && !s.seen[e.id] && size <= d.room {
			e.missed, s.size = true, size
			s.known = append(s.known, e)
		}
	}
	slices.SortFunc(s.known, func(a, b entry) int { return a.id - b.id })
	d.known, d.size, d.top, d.notes = slices.Clip(s.known), s.size, s.top, s.notes
	d.began, d.read, d.fresh, d.took = s.began, now, now, now.Sub(s.began)
	d.mu.Unlock()
	c.log.Debug("read the list of Halo's clients", "clients", len(s.known), "took", now.Sub(s.began))
	c.shelve(ctx)
}

func (c *Connection) stillReading(err error) *Error {
	d := &c.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	far := fmt.Sprintf(" (%d of %d)", d.done, d.total)
	if d.total == 0 {
		far = ", of which Halo has given none so far"
	}
	return &Error{
		Outcome:    NotDone,
		Message:    fmt.Sprintf("The bot is still reading Halo's clients%s, which it needs to see whether this one exists.", far),
		RetryAfter: 5 * time.Second,
		Own:        true,
		Reading:    &Progress{d.done, d.total},
		Err:        err,
	}
}
