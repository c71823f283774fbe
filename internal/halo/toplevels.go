package halo

import "sync/atomic"

// topLevels notes whether the clients that were read are under several top levels.
type topLevels struct {
	first   atomic.Int64
	several atomic.Bool
}

func (t *topLevels) note(clients ...area) {
	for _, a := range clients {
		id := int64(a.TopLevelID)
		if id > 0 && !t.first.CompareAndSwap(0, id) && t.first.Load() != id {
			t.several.Store(true)
		}
	}
}

// SeveralTopLevels reports whether the clients that were read since the start are under several
// top levels: where there is one only, nobody wants to be told which.
func (c *Connection) SeveralTopLevels() bool { return c.topLevels.several.Load() }
