package halo

import (
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

// amid does something in the tenant when a page of the whole list has been asked for, and is not read yet.
func amid(s *localhalo.Server, page int, change func()) {
	s.Inject(func(call localhalo.Call) bool {
		return call.Kind == localhalo.KindList && call.Query.Get("page_no") == strconv.Itoa(page)
	}, 1, localhalo.Effect{Name: "meanwhile", Before: func(*localhalo.Server, localhalo.Call) { change() }})
}

func TestAWholeReadMissesNobodyWhileOthersAreDeleted(t *testing.T) {
	t.Parallel()
	const clients = 350
	for name, k := range map[string]struct {
		lists localhalo.Lists
		gone  map[int]int // how many are deleted before which page
		pages int         // read at most
	}{
		"one at the second page":             {gone: map[int]int{2: 1}, pages: 6},
		"one at the last":                    {gone: map[int]int{4: 1}, pages: 6},
		"one at the second, two at the last": {gone: map[int]int{2: 1, 4: 2}, pages: 8},
		"all that the last page had":         {gone: map[int]int{4: 50}, pages: 7},
		"more than a page":                   {gone: map[int]int{4: 130}, pages: 8},
		"of small pages":                     {lists: localhalo.Lists{PageCap: 37}, gone: map[int]int{2: 1, 5: 40}, pages: 17},
		"in another order":                   {lists: localhalo.Lists{Ignores: []string{"order"}}, gone: map[int]int{2: 1, 4: 2}, pages: 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(clients), Lists: k.lists})
			for page, n := range k.gone {
				amid(s, page, func() {
					for _, first := range s.Clients()[:n] {
						s.Remove(first.ID)
					}
				})
			}
			if err := c.ready(soon(t), forLook); err != nil {
				t.Fatal(err)
			}
			known := c.directory.ids(func(entry) bool { return true })
			for _, left := range s.Clients() {
				if !slices.Contains(known, left.ID) {
					t.Errorf("#%d is missing", left.ID)
				}
			}
			if n := s.Count(localhalo.KindList); n > k.pages {
				t.Errorf("%d pages were read, want at most %d", n, k.pages)
			}
		})
	}
}

func TestAWholeReadEndsWhateverIsCounted(t *testing.T) {
	t.Parallel()
	var read atomic.Int64
	c := answeringPages(t, func(no int) string {
		var ids []int
		for i := (no-1)*wholePage + 1; i <= min(no*wholePage, 450); i++ {
			ids = append(ids, i)
		}
		return fmt.Sprintf(`{"record_count":%d,"clients":[%s]}`, 1000-read.Add(1), rowsOf(ids...))
	})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	if n := read.Load(); n > 30 || c.DirectorySize() != 450 {
		t.Errorf("%d pages were read, %d clients are known", n, c.DirectorySize())
	}
}

// One that is deleted while another is made leaves the count as it was.
func TestAClientIsForgottenWhenTwoWholeReadsHaveNotMetIt(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(150)})
	read := func() {
		t.Helper()
		if err := c.readWhole(soon(t), forLook, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	read()
	gone, moved := s.Clients()[0], s.Clients()[100]
	amid(s, 2, func() {
		s.Remove(gone.ID)
		s.Add(localhalo.Client{Name: "Added"})
	})
	read()
	found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "New", Website: moved.Website}, Key: "key"})
	if err != nil || len(found.Same) != 1 || found.Same[0].ID != moved.ID {
		t.Errorf("found %+v, %v; want #%d", found.Same, err, moved.ID)
	}
	is := func(e entry) bool { return e.id == gone.ID }
	read()
	if len(c.directory.ids(is)) != 1 {
		t.Errorf("#%d is forgotten after one read", gone.ID)
	}
	if shown, _ := c.Search(gone.Name, 10); slices.ContainsFunc(shown, func(a Client) bool { return a.ID == gone.ID }) {
		t.Errorf("#%d is still offered", gone.ID)
	}
	read()
	if len(c.directory.ids(is)) != 0 {
		t.Errorf("#%d is still known after two reads", gone.ID)
	}
}

func TestFindByKeyKnowsAClientThatTheWholeListHasJustMissed(t *testing.T) {
	t.Parallel()
	clients := localhalo.Seeded(150)
	clients[0].Ref, clients[100].Ref = "gone", "moved"
	c, s := tenant(t, localhalo.Options{Clients: clients})
	c.notice(IgnoresSearch)
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	gone, moved := s.Clients()[0], s.Clients()[100]
	amid(s, 2, func() {
		s.Remove(gone.ID)
		s.Add(localhalo.Client{Name: "Added"})
	})
	for _, k := range []struct {
		key  string
		want []int
	}{{"moved", []int{moved.ID}}, {"gone", nil}} {
		got, err := c.FindByKey(soon(t), k.key, "Acme Ltd")
		if err != nil || !slices.Equal(ids(got.Clients), k.want) {
			t.Errorf("%s: found %+v, %v; want %v", k.key, got.Clients, err, k.want)
		}
	}
}
