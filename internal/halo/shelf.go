package halo

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"halobot/internal/text"
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

// A shelved directory is gzipped JSON: a head, then each client in the order of the ids, then the
// sites' e-mail domains.
type shelfHead struct {
	Version int       `json:"version"`
	Address string    `json:"address"` // the tenant's: another's clients say nothing of this one's
	Read    time.Time `json:"read"`
	Top     int       `json:"top"`
	Clients int       `json:"clients"`
}

type shelfClient struct {
	ID       int    `json:"i"`
	Name     string `json:"n"`
	Hosts    string `json:"h,omitempty"`
	Ref      string `json:"r,omitempty"`
	Inactive bool   `json:"x,omitempty"`
	Sited    uint32 `json:"s,omitempty"`
}

// shelfVersion is changed with the form.
const shelfVersion = 3

// shelve saves the directory; a failure costs the next start a reading.
func (c *Connection) shelve(ctx context.Context) {
	d := &c.directory
	if d.shelf == nil {
		return
	}
	data, err := d.pack(c.Address())
	if err == nil {
		err = d.shelf.SaveDirectory(ctx, c.settings.Name, data)
	}
	if err != nil {
		c.log.Warn("the list of clients could not be kept for the next start", "error", err)
	}
}

func (d *directory) pack(address string) ([]byte, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var data bytes.Buffer
	zip := gzip.NewWriter(&data)
	out := json.NewEncoder(zip)
	err := out.Encode(shelfHead{shelfVersion, address, d.read, d.top, len(d.known)})
	for _, e := range d.known {
		if err == nil {
			err = out.Encode(shelfClient{e.id, e.name, e.hosts, e.ref, e.inactive, e.sited})
		}
	}
	if err == nil {
		err = out.Encode(d.mails)
	}
	err = errors.Join(err, zip.Close())
	return data.Bytes(), err
}

// restore takes the directory of an earlier start from the shelf, once.
func (c *Connection) restore(ctx context.Context) {
	d := &c.directory
	if d.shelf == nil {
		return
	}
	d.restored.Do(func() {
		data, err := d.shelf.LoadDirectory(ctx, c.settings.Name)
		var in *directory
		if err == nil && len(data) > 0 {
			in, err = unpack(data, c.Address(), d.room)
		}
		if err != nil {
			c.log.Warn("the list of clients of the last start could not be used", "error", err)
		}
		if in == nil {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.known == nil {
			d.known, d.size, d.top, d.read, d.began, d.mails = in.known, in.known.size(), in.top, in.read, in.read, in.mails
		}
	})
}

// unpack reads what pack wrote, as far as there is room; nil for another version's, another tenant's, or
// an old one.
func unpack(data []byte, address string, room int) (*directory, error) {
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("unpack it: %w", err)
	}
	in := json.NewDecoder(io.LimitReader(zip, 2*int64(room)))
	var head shelfHead
	if err := in.Decode(&head); err != nil {
		return nil, fmt.Errorf("read it: %w", err)
	}
	age := time.Since(head.Read)
	if head.Version != shelfVersion || head.Address != address || age > shelfLife || age < -time.Minute {
		return nil, nil //nolint:nilnil // as good as nothing
	}
	d := &directory{known: roll{}, top: head.Top, read: head.Read, mails: map[int]string{}}
	size := 0
	for range head.Clients {
		var s shelfClient
		if err := in.Decode(&s); err != nil {
			return nil, fmt.Errorf("read a client of it: %w", err)
		}
		e := entry{id: s.ID, name: s.Name, key: text.Key(s.Name), hosts: s.Hosts, ref: s.Ref, inactive: s.Inactive, sited: s.Sited}
		if size += e.size(); size > room {
			return nil, errors.New("it is too large")
		}
		if n := len(d.known); s.ID <= 0 || n > 0 && s.ID <= d.known[n-1].id {
			return nil, errors.New("its clients are not in order")
		}
		d.known = append(d.known, e)
	}
	if err := in.Decode(&d.mails); err != nil {
		return nil, fmt.Errorf("read its e-mail domains: %w", err)
	}
	return d, nil
}
