package halo

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// readWebsites reads, one by one, the clients whose websites no list shows.
func (c *Connection) readWebsites(ctx context.Context, u urgency) error {
	d := &c.directory
	old := minute(time.Now().Add(-sitedFor))
	unread := func() []int { return d.ids(func(e entry) bool { return e.sited < old }) }
	if len(unread()) == 0 {
		return nil
	}
	select {
	case d.reading <- struct{}{}:
		defer func() { <-d.reading }()
	case <-ctx.Done():
		return c.stillReading(ctx.Err())
	}
	ids := unread()
	if len(ids) == 0 {
		return nil
	}
	d.mu.Lock()
	d.total, d.done = len(d.known), len(d.known)-len(ids)
	d.mu.Unlock()
	g, live := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, id := range ids {
		g.Go(func() error {
			if live.Err() != nil {
				return live.Err()
			}
			a, err := c.area(live, fare{urgency: c.pressing(u)}, id)
			switch {
			case status(err) == 404:
				a = area{ID: number(id), Website: jsonText{there: true}}
			case err != nil:
				return err
			}
			a.Website.there = true // where it is left out, it is empty
			d.enter(a)
			d.mu.Lock()
			d.done++
			d.mu.Unlock()
			return nil
		})
	}
	err := g.Wait()
	c.shelve(ctx)
	var failed *Error
	if err != nil && (ctx.Err() != nil || errors.As(err, &failed) && failed.Own) {
		return c.stillReading(err)
	}
	return err
}
