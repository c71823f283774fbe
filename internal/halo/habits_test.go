package halo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

// oddTenants are Halos whose lists are not what is asked for, and what is then to be noticed.
var oddTenants = map[string]struct {
	lists localhalo.Lists
	habit Habit // "" = none that shows
}{
	"all is as asked":            {},
	"order":                      {localhalo.Lists{Ignores: []string{"order"}}, IgnoresOrder},
	"the direction":              {localhalo.Lists{Ignores: []string{"orderdesc"}}, IgnoresOrder},
	"search":                     {localhalo.Lists{Ignores: []string{"search_name_only"}}, IgnoresSearch},
	"websites":                   {localhalo.Lists{Ignores: []string{"include_website"}}, OmitsWebsites},
	"notes":                      {localhalo.Lists{Ignores: []string{"includenotes"}}, OmitsNotes},
	"the page's size":            {localhalo.Lists{PageCap: 37}, ShortPages},
	"the page's size, uncounted": {localhalo.Lists{PageCap: 37, NoCount: true}, ""},
	"paging":                     {localhalo.Lists{Ignores: []string{"pageinate"}}, ""},
	"order and search":           {localhalo.Lists{Ignores: []string{"order", "search_name_only"}}, IgnoresOrder},
	"order, search, websites, size": {localhalo.Lists{
		Ignores: []string{"order", "search_name_only", "include_website", "includenotes"}, PageCap: 29, NoCount: true,
	}, IgnoresOrder},
}

// each runs f as a subtest for every odd tenant, with 230 clients in it.
func each(t *testing.T, o localhalo.Options, f func(t *testing.T, c *Connection, s *localhalo.Server)) {
	for name, odd := range oddTenants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := o
			o.Clients, o.Lists, o.FirstID = localhalo.Seeded(230), odd.lists, 1000
			c, s := tenant(t, o)
			if err := c.ready(soon(t), forLook); err != nil {
				t.Fatal(err)
			}
			f(t, c, s)
			if odd.habit != "" && !slices.Contains(c.Habits(), odd.habit) {
				t.Errorf("noticed %q, without %q", c.Habits(), odd.habit)
			}
			if name == "all is as asked" && len(c.Habits()) > 0 {
				t.Errorf("noticed %q", c.Habits())
			}
		})
	}
}

func TestAClientAddedByHandIsSeenWhateverHaloIgnores(t *testing.T) {
	t.Parallel()
	each(t, localhalo.Options{}, func(t *testing.T, c *Connection, s *localhalo.Server) {
		for i, wanted := range []draft.Draft{
			{Name: "Acme Ltd"}, {Name: "By website", Website: "acme-by-hand.example"}, {Name: "By the second website", Website: "second.example"},
		} {
			added := s.Add(localhalo.Client{Name: []string{"ACME  Ltd", "Aaa", "Zzz"}[i], Website: []string{"", "https://www.acme-by-hand.example/", "first.example; second.example"}[i]})
			found, err := c.Look(soon(t), nil, Wanted{Draft: wanted, Key: fmt.Sprint("key ", i)})
			if err != nil || len(found.Same) != 1 || found.Same[0].ID != added.ID {
				t.Errorf("%s: found %+v, %v; want #%d", wanted.Name, found.Same, err, added.ID)
			}
		}
		if _, err := c.FindByKey(soon(t), "another", "Acme"); err != nil { // notes are asked for here alone
			t.Error(err)
		}
	})
}

func TestALostAnswerIsFoundByItsKeyWhateverHaloIgnores(t *testing.T) {
	t.Parallel()
	for _, autoRef := range []bool{false, true} {
		each(t, localhalo.Options{AutoRef: autoRef}, func(t *testing.T, c *Connection, s *localhalo.Server) {
			if found, err := c.FindByKey(soon(t), acme().Key, "Acme Ltd"); err != nil || len(found.Clients) > 0 {
				t.Fatalf("before the create: %+v, %v", found, err)
			}
			s.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.StoreThenReset())
			if _, err := c.Create(soon(t), nil, acme()); failure(t, err).Outcome != Unknown {
				t.Fatal(err)
			}
			for i := range 150 { // an import comes after it
				s.Add(localhalo.Client{Name: fmt.Sprint("Imported ", i)})
			}
			found, err := c.FindByKey(soon(t), acme().Key, "Acme Ltd")
			if err != nil || len(found.Clients) != 1 || found.Clients[0].Name != "Acme Ltd" {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

func TestTwoClientsWithOneKeyAreBothFoundTheOldestFirst(t *testing.T) {
	t.Parallel()
	each(t, localhalo.Options{}, func(t *testing.T, c *Connection, s *localhalo.Server) {
		first := s.Add(localhalo.Client{Name: "Acme Ltd", Ref: acme().Key}).ID
		s.Add(localhalo.Client{Name: "Acme Ltd", Ref: acme().Key})
		byKey, err := c.FindByKey(soon(t), acme().Key, "Acme Ltd")
		if err != nil || len(byKey.Clients) != 2 || byKey.Clients[0].ID != first {
			t.Errorf("found %+v, %v", byKey, err)
		}
		looked, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: acme().Key})
		if err != nil || len(looked.Own) != 2 || looked.Own[0].ID != first || len(looked.Same) != 0 {
			t.Errorf("looked at %+v, %v", looked, err)
		}
	})
}

func TestAnEmptyListThatCountsClientsIsNoProof(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"none of them":                  `{"record_count":700,"clients":[]}`,
		"the same page, whichever":      `{"record_count":700,"clients":[{"id":1,"name":"A","website":""},{"id":2,"name":"B","website":""}]}`,
		"rows that have no ids":         `{"record_count":700,"clients":[{"name":"A"},{"name":"B"}]}`,
		"less than it says, and no end": `{"record_count":701,"clients":[{"id":1,"name":"A","website":""}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := connect(t, fake(t, reply(200, "application/json", body)).URL)
			_, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "k"})
			if err == nil {
				t.Fatal("it was taken for a proof of absence")
			}
			if failed := failure(t, err); failed.Outcome != NotDone {
				t.Errorf("%s: %v", failed.Outcome, err)
			}
		})
	}
}

func TestAListThatIsSentAllAtOnceIsReadOnceForAll(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads a long list")
	}
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(6000), FirstID: 10_000, Lists: localhalo.Lists{Ignores: []string{"pageinate"}}})
	added := s.Add(localhalo.Client{Name: "Acme Ltd", Ref: "a key"})
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "k"})
	if err != nil || len(found.Same) != 1 || found.Same[0].ID != added.ID {
		t.Errorf("found %+v, %v", found.Same, err)
	}
	if own, err := c.FindByKey(soon(t), "a key", "Acme Ltd"); err != nil || len(own.Clients) != 1 {
		t.Errorf("found %+v, %v", own, err)
	}
	if !slices.Contains(c.Habits(), IgnoresPaging) {
		t.Errorf("noticed %q", c.Habits())
	}
}

func TestTheDirectoryGrowsNoFurtherThanItsBound(t *testing.T) {
	t.Parallel()
	d := newDirectory(maxDirectory)
	d.known = roll{}
	name := strings.Repeat("n", 250)
	for from, full := 1, false; !full; from += 1000 {
		var clients []area
		for id := range 1000 {
			clients = append(clients, area{ID: number(from + id), Name: jsonText{s: fmt.Sprint(name[:240], from+id), there: true, said: true}})
		}
		full = !d.merge(clients)
		again := d.merge(clients) // the same takes no more
		full = full || !again
		if from > 1_000_000 {
			t.Fatal("it has no bound")
		}
	}
	if size := d.known.size(); size > maxDirectory || size < maxDirectory*9/10 {
		t.Errorf("it holds %d bytes, want little less than %d", size, maxDirectory)
	}
}

// TestACreateWaitsForTheListAndSaysHowFarItIs reads a list that is no proof, below the ceiling, in
// slices, as a request does that comes back again and again.
func TestACreateWaitsForTheListAndSaysHowFarItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const clients = 5000
		c, calls := pacedOver(60, clients)
		c.notice(IgnoresSearch)
		if err := c.ready(t.Context(), forLook); err != nil { // what was read before counts for nothing
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		before, began, done := len(calls.all()), time.Now(), -1
		for {
			turn, err := c.Turn(t.Context(), "key")
			if err == nil {
				if _, err := c.Look(t.Context(), turn, Wanted{Draft: draft.Draft{Name: "New"}, Key: "key"}); err != nil {
					t.Fatal(err)
				}
				break
			}
			failed := failure(t, err)
			if !failed.Own || failed.RetryAfter == 0 {
				t.Fatalf("%+v", failed)
			}
			if failed.Reading != nil { // its last page may be followed by a wait for the ceiling
				if failed.Reading.Done <= done || failed.Reading.Total != clients || !strings.Contains(failed.Message, fmt.Sprint(failed.Reading.Done, " of 5000")) {
					t.Errorf("after %d: %+v, %q", done, failed.Reading, failed.Message)
				}
				done = failed.Reading.Done
			}
			if time.Since(began) > time.Hour {
				t.Fatalf("it still waits after %d calls", len(calls.all())-before)
			}
			time.Sleep(failed.RetryAfter)
		}
		if done <= 0 {
			t.Error("it never said how far it was")
		}
		if n, took := len(calls.all())-before, time.Since(began); n > 50+10 || took > 3*time.Minute {
			t.Errorf("%d calls in %s for 50 pages", n, took)
		}
	})
}

func TestBackgroundReadingHurriesWhileACreateWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := pacedOver(60, 5000)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { c.Run(ctx) })
		began := time.Now()
		for {
			_, err := c.Turn(ctx, "key")
			if err == nil {
				break
			}
			if time.Since(began) > time.Hour {
				t.Fatal("the create still waits")
			}
			time.Sleep(failure(t, err).RetryAfter)
		}
		// 50 pages at half the rate take two minutes.
		if took := time.Since(began); took > 75*time.Second {
			t.Errorf("the first create waited for %s", took)
		}
		cancel()
		all.Wait()
	})
}
