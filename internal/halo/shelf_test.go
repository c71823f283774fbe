package halo

import (
	"context"
	"errors"
	"testing"
	"time"
)

// board is a shelf in memory.
type board struct {
	saved map[string][]byte
	err   error
}

func (b *board) LoadDirectory(_ context.Context, connection string) ([]byte, error) {
	return b.saved[connection], b.err
}

func (b *board) SaveDirectory(_ context.Context, connection string, directory []byte) error {
	b.saved[connection] = directory
	return b.err
}

func TestAShelvedDirectoryServesTheNextStart(t *testing.T) {
	t.Parallel()
	shelf := &board{saved: map[string][]byte{}}
	first := New(Settings{Name: "halo"}, nil, nil)
	first.Keep(shelf)
	first.directory.known = roll{{id: 1, name: "Acme", hosts: "acme.com"}, {id: 2, name: "No website"}}
	first.directory.top, first.directory.read = 2, time.Now()
	first.shelve(t.Context())

	next := New(Settings{Name: "halo"}, nil, nil)
	next.Keep(shelf)
	if err := next.ready(t.Context(), forLook); err != nil {
		t.Fatalf("ready = %v, want to be served from the shelf", err)
	}
	if got := next.directory.ids(func(e entry) bool { return e.at("acme.com") }); len(got) != 1 || got[0] != 1 {
		t.Errorf("ids = %v, want 1", got)
	}
	if top, _ := next.directory.complete(); top != 2 || next.DirectorySize() != 2 {
		t.Errorf("top %d of %d clients, want 2 of 2", top, next.DirectorySize())
	}
}

func TestAShelfThatIsOldBrokenOrAnothersIsNotUsed(t *testing.T) {
	t.Parallel()
	old := &board{saved: map[string][]byte{}}
	c := New(Settings{Name: "halo"}, nil, nil)
	c.Keep(old)
	c.directory.known, c.directory.read = roll{{id: 1}}, time.Now().Add(-shelfLife-time.Hour)
	c.shelve(t.Context())
	for name, shelf := range map[string]*board{
		"old":     old,
		"broken":  {saved: map[string][]byte{"halo": []byte("rubbish")}},
		"failing": {err: errors.New("no database")},
		"other":   {saved: map[string][]byte{"uat": old.saved["halo"]}},
	} {
		c := New(Settings{Name: "halo"}, nil, nil)
		c.Keep(shelf)
		c.restore(t.Context())
		if _, complete := c.directory.complete(); complete {
			t.Errorf("%s: the shelf was used", name)
		}
	}
}

func TestAShelfOfAnotherTenantIsNotUsed(t *testing.T) {
	t.Parallel()
	shelf := &board{saved: map[string][]byte{}}
	trial := New(Settings{Name: "halo", URL: "https://trial.halopsa.com"}, nil, nil)
	trial.Keep(shelf)
	trial.directory.known, trial.directory.top = roll{{id: 900, name: "Acme"}}, 900
	trial.directory.read = time.Now()
	trial.shelve(t.Context())
	for _, s := range []Settings{
		{Name: "halo", URL: "https://live.halopsa.com"},
		{Name: "halo", URL: "https://trial.halopsa.com", Tenant: "other"},
	} {
		c := New(s, nil, nil)
		c.Keep(shelf)
		c.restore(t.Context())
		if _, complete := c.directory.complete(); complete {
			t.Errorf("the directory of %s serves %s", trial.Address(), c.Address())
		}
	}
	again := New(Settings{Name: "halo", URL: "https://trial.halopsa.com/api/"}, nil, nil)
	again.Keep(shelf)
	again.restore(t.Context())
	if top, complete := again.directory.complete(); !complete || top != 900 {
		t.Error("the same tenant's directory was not used")
	}
}
