package halo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Shelf keeps a connection's directory between starts, so that a restart, or a command beside
// the bot, need not read the whole list of a large tenant before its first create.
type Shelf interface {
	// LoadDirectory returns what was saved last; nothing and no error when nothing was.
	LoadDirectory(ctx context.Context, connection string) ([]byte, error)
	SaveDirectory(ctx context.Context, connection string, directory []byte) error
}

// Keep puts the directory on a shelf from now on. It must be called before the connection is
// used.
func (c *Connection) Keep(s Shelf) { c.directory.shelf = s }

// shelfLife is how old a shelved directory may be to stand in until the list is read anew.
// What is younger than it is read live before each create; only a name or website that was
// changed since is missed.
const shelfLife = 24 * time.Hour

// shelved is the directory's form on the shelf: gzipped JSON. A client's name and host stand at
// its id's place, and the ids in their order.
type shelved struct {
	Read    time.Time `json:"read"`
	Top     int       `json:"top"`
	IDs     []int     `json:"ids"`
	Names   []string  `json:"names"`
	Hosts   []string  `json:"hosts"`
	Version int       `json:"version"`
}

// shelfVersion is changed with the form, and when names or hosts are compared in another way.
const shelfVersion = 3

// shelve saves the directory; a failure costs the next start a reading.
func (c *Connection) shelve(ctx context.Context) {
	d := &c.directory
	if d.shelf == nil {
		return
	}
	d.mu.RLock()
	n := len(d.known)
	out := shelved{
		Read: d.read, Top: d.top, Version: shelfVersion,
		IDs: make([]int, n), Names: make([]string, n), Hosts: make([]string, n),
	}
	for i, c := range d.known {
		out.IDs[i], out.Names[i], out.Hosts[i] = c.id, c.name, c.host
	}
	d.mu.RUnlock()
	var data bytes.Buffer
	zip := gzip.NewWriter(&data)
	err := json.NewEncoder(zip).Encode(out)
	if err == nil {
		err = zip.Close()
	}
	if err == nil {
		err = d.shelf.SaveDirectory(ctx, c.settings.Name, data.Bytes())
	}
	if err != nil {
		c.log.Warn("the list of clients could not be kept for the next start", "error", err)
	}
}

// restore takes the directory of an earlier start from the shelf, once.
func (c *Connection) restore(ctx context.Context) {
	d := &c.directory
	if d.shelf == nil {
		return
	}
	d.restored.Do(func() {
		in, err := c.unshelve(ctx)
		if err != nil {
			c.log.Warn("the list of clients of the last start could not be used", "error", err)
			return
		}
		if in == nil || time.Since(in.Read) > shelfLife {
			return
		}
		known := make(roll, len(in.IDs))
		for i, id := range in.IDs {
			known[i] = enrolled{id, entry{in.Names[i], in.Hosts[i]}}
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.known == nil {
			d.known, d.top, d.read = known, in.Top, in.Read
		}
	})
}

func (c *Connection) unshelve(ctx context.Context) (*shelved, error) {
	data, err := c.directory.shelf.LoadDirectory(ctx, c.settings.Name)
	if err != nil || len(data) == 0 {
		return nil, err
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpack it: %w", err)
	}
	var in shelved
	if err := json.NewDecoder(zip).Decode(&in); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	if in.Version != shelfVersion {
		return nil, nil //nolint:nilnil // kept by another version: as good as nothing
	}
	if len(in.Names) != len(in.IDs) || len(in.Hosts) != len(in.IDs) {
		return nil, fmt.Errorf("it holds %d clients with %d names and %d hosts", len(in.IDs), len(in.Names), len(in.Hosts))
	}
	return &in, nil
}
