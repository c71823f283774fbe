package halo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

// listing is a connection on a synctest clock whose Halo lists as many clients as total says,
// or answers with status.
func listing(log io.Writer) (c *Connection, total, status *atomic.Int64, calls *times) {
	total, status, calls = new(atomic.Int64), new(atomic.Int64), new(times)
	status.Store(200)
	c = New(Settings{Name: "halo", URL: "https://acme.halopsa.com"}, &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/auth/token":
			return made(r, 200, "application/json", `{"access_token":"x"}`), nil
		case "/api/authinfo":
			return made(r, 404, "", ""), nil
		}
		if r.URL.Path == "/api/Client" {
			calls.add()
		}
		answer := made(r, int(status.Load()), "application/json", listed(r, int(total.Load())))
		if status.Load() != 200 {
			answer.Header.Set("Retry-After", "90")
		}
		return answer, nil
	})}, quietTo(log))
	return c, total, status, calls
}

// keeping runs c for a second, and then on until the returned function is called.
func keeping(t *testing.T, c *Connection) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx)
	}()
	time.Sleep(time.Second)
	return func() { cancel(); <-done }
}

func TestTheDirectoryIsReadAtStartAndEveryQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, total, _, calls := listing(io.Discard)
		total.Store(230)
		stop := keeping(t, c)
		if n := c.DirectorySize(); n != 230 || c.DirectoryAge() > time.Second {
			t.Errorf("%d clients, %s old", n, c.DirectoryAge())
		}
		if n := len(calls.all()); n != 3 {
			t.Errorf("%d pages for 230 clients, want 3", n)
		}
		total.Store(250)
		time.Sleep(14 * time.Minute)
		if n := c.DirectorySize(); n != 230 {
			t.Errorf("%d clients before the quarter of an hour, want 230", n)
		}
		time.Sleep(3 * time.Minute)
		if n := c.DirectorySize(); n != 250 || c.DirectoryAge() > 3*time.Minute {
			t.Errorf("%d clients, %s old; want 250", n, c.DirectoryAge())
		}
		stop()
	})
}

// The race detector looks on: Run asks how long the reading took.
func TestTheWholeListIsReadForACreateBesideRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, total, _, _ := listing(io.Discard)
		total.Store(10)
		stop := keeping(t, c)
		defer stop()
		total.Store(20)
		if err := c.readWhole(t.Context(), forLook, time.Now()); err != nil || c.DirectorySize() != 20 {
			t.Errorf("%d clients, %v; want 20", c.DirectorySize(), err)
		}
	})
}

func TestAFailedReadKeepsTheOldDirectoryAndSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		c, total, status, calls := listing(&log)
		total.Store(30)
		stop := keeping(t, c)
		status.Store(503)
		time.Sleep(17 * time.Minute)
		if n := c.DirectorySize(); n != 30 || c.DirectoryAge() < 17*time.Minute {
			t.Errorf("%d clients, %s old; want the old ones", n, c.DirectoryAge())
		}
		if n := len(calls.all()); n < 2 || n > 4 {
			t.Errorf("%d reads, want those that Retry-After allows", n)
		}
		status.Store(200)
		time.Sleep(2 * time.Minute)
		if c.DirectoryAge() > 2*time.Minute {
			t.Errorf("the directory is %s old, two minutes after Halo was back", c.DirectoryAge())
		}
		stop()
		wantIn(t, "the log", log.String(), "level=WARN", "503", "the last one stays in use")
	})
}

func TestFreshenReadsAtMostOnceAMinuteAndOneAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, total, _, calls := listing(io.Discard)
		total.Store(230)
		c.Freshen(t.Context())
		if n := len(calls.all()); n != 0 {
			t.Errorf("%d calls before the directory was read, want none", n)
		}
		if err := c.ready(t.Context(), forLook); err != nil {
			t.Fatal(err)
		}
		before := len(calls.all())
		total.Store(235)
		c.Freshen(t.Context())
		if n := len(calls.all()) - before; n != 0 {
			t.Errorf("%d calls within a minute of the whole read, want none", n)
		}
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { c.Freshen(t.Context()) })
		}
		all.Wait()
		if n := len(calls.all()) - before; n != 1 {
			t.Errorf("%d calls by 20 at once, want 1", n)
		}
		if n := c.DirectorySize(); n != 235 {
			t.Errorf("%d clients, want 235", n)
		}
		time.Sleep(59 * time.Second)
		c.Freshen(t.Context())
		if n := len(calls.all()) - before; n != 1 {
			t.Errorf("%d calls within a minute, want 1", n)
		}
	})
}

func TestTheNewestAreReadDownToAKnownOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, total, _, calls := listing(io.Discard)
		total.Store(200)
		if err := c.ready(t.Context(), forLook); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct{ more, calls int64 }{{0, 1}, {9, 1}, {10, 2}, {49, 2}, {50, 3}, {120, 4}, {400, 10}} {
			total.Add(step.more)
			before := int64(len(calls.all()))
			if _, _, err := c.newest(t.Context(), fare{}); err != nil {
				t.Fatal(err)
			}
			if n := int64(len(calls.all())) - before; n != step.calls {
				t.Errorf("%d new ones took %d calls, want %d", step.more, n, step.calls)
			}
			if n := int64(c.DirectorySize()); n != total.Load() {
				t.Errorf("%d clients are known, want %d", n, total.Load())
			}
		}
	})
}

func TestAnImportIsReadAsAWholeBeforeAnybodyIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, total, _, _ := listing(io.Discard)
		total.Store(10)
		stop := keeping(t, c)
		total.Store(2000)
		_, _, err := c.newest(t.Context(), fare{})
		if failed := failure(t, err); failed.Outcome != NotDone || failed.RetryAfter == 0 {
			t.Errorf("%+v", failed)
		}
		time.Sleep(failure(t, err).RetryAfter)
		if _, _, err := c.newest(t.Context(), fare{}); err != nil {
			t.Error(err)
		}
		if n := c.DirectorySize(); n != 2000 {
			t.Errorf("%d clients, want 2000", n)
		}
		stop()
	})
}

func TestAnImportIsSaidAsFarAsItWasRead(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(5), FirstID: 1000, Lists: localhalo.Lists{PageCap: 37}})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		s.Add(localhalo.Client{Name: fmt.Sprint("Imported ", i)})
	}
	_, _, err := c.newest(soon(t), fare{})
	wantIn(t, "the error", failure(t, err).Message, "more than 370 new clients") // ten pages of 37
}

func TestClientsOfAnotherLifeOfHaloAreForgotten(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(60)})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	look := func(website string) ([]int, error) {
		t.Helper()
		found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "Acme Ltd", Website: website}, Key: "key"})
		return ids(found.Same), err
	}
	again := func(id int) { // as in a copy of long ago that went on by itself
		s.Add(localhalo.Client{ID: id, Name: fmt.Sprint("Second ", id), Website: fmt.Sprintf("second%d.example", id)})
	}
	for id := 52; id < 60; id++ { // people may change a few
		again(id)
	}
	for id := 58; id <= 60; id++ {
		s.Remove(id)
	}
	before := s.Count(localhalo.KindList)
	if same, err := look("new.example"); err != nil || len(same) > 0 || s.Count(localhalo.KindList) != before+2 {
		t.Errorf("after some were changed: %v, %v, %d lists read", same, err, s.Count(localhalo.KindList)-before)
	}
	for id := 1; id < 58; id++ {
		again(id)
		if id > 51 {
			s.Add(localhalo.Client{ID: id, Name: fmt.Sprint("Third ", id)})
		}
	}
	_, err := look("second20.example")
	if failed := failure(t, err); failed.Outcome != NotDone || failed.RetryAfter == 0 {
		t.Errorf("%+v", failed)
	}
	for range 2 { // and is not forgotten again
		if same, err := look("second20.example"); err != nil || !slices.Equal(same, []int{20}) {
			t.Errorf("found %v, %v; want #20", same, err)
		}
	}
}

func TestAFailureAmidTheNewestHidesNothingFromTheNextLook(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(5)})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	wanted := s.Add(localhalo.Client{Name: "Wanted", Website: "acme.com"})
	for i := range 60 {
		s.Add(localhalo.Client{Name: fmt.Sprint("Later ", i)})
	}
	s.Inject(func(call localhalo.Call) bool { return call.Query.Get("page_no") == "2" }, 1, localhalo.Fail())
	if _, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"}); err == nil {
		t.Fatal("the look did not fail")
	}
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
	if err != nil || len(found.Same) != 1 || found.Same[0].ID != wanted.ID {
		t.Errorf("found %+v, %v; want #%d", found, err, wanted.ID)
	}
}

func TestAListWithoutWebsitesIsSaidInTheLog(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := fake(t, reply(200, "application/json", `{"clients":[{"id":1,"name":"A"}]}`))
	c := New(Settings{URL: s.URL}, client(t), quietTo(&log))
	if err := c.readWhole(soon(t), forLook, time.Now()); err != nil {
		t.Fatal(err)
	}
	wantIn(t, "the log", log.String(), "level=WARN", "without their websites")
}

// TestTheDirectoryIsSmall measures what 20,000 clients take: they are held for years.
func TestTheDirectoryIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("measures memory")
	}
	const clients = 20_000
	c, total, _, _ := listing(io.Discard)
	total.Store(clients)
	before := heap()
	if err := c.readWhole(t.Context(), forLook, time.Now()); err != nil {
		t.Fatal(err)
	}
	took := heap() - before
	t.Logf("%d clients take %.1f MB, %d bytes each", c.DirectorySize(), float64(took)/1e6, took/clients)
	if c.DirectorySize() != clients || took > 10<<20 {
		t.Errorf("%d clients take %d bytes, want at most 10 MB", c.DirectorySize(), took)
	}
	runtime.KeepAlive(c)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkDirectoryLookup(b *testing.B) {
	c, total, _, _ := listing(io.Discard)
	total.Store(20_000)
	if err := c.readWhole(b.Context(), forLook, time.Now()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if n := len(c.directory.ids(func(e entry) bool { return e.at("c777.example") })); n != 1 {
			b.Fatal(n)
		}
	}
}

func TestAClientsLogoIsNotKept(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("moves megabytes")
	}
	logo := strings.Repeat("A", 90_000)
	c, _ := tenant(t, localhalo.Options{Clients: localhalo.Seeded(100), Logo: logo})
	// A page of a hundred logos is far above what one answer may hold at once.
	if err := c.readWhole(soon(t), forLook, time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := c.DirectorySize(); n != 100 {
		t.Errorf("%d clients, want 100", n)
	}
}

func TestARollIsInTheOrderOfIDs(t *testing.T) {
	t.Parallel()
	var r roll
	for _, id := range []int{7, 3, 9, 3, 1, 9} {
		r.set(entry{id: id, name: fmt.Sprint(id, len(r))})
	}
	want := roll{{id: 1, name: "1 3"}, {id: 3, name: "3 3"}, {id: 7, name: "7 0"}, {id: 9, name: "9 4"}}
	if !slices.Equal(r, want) {
		t.Errorf("the roll is %v, want %v", r, want)
	}
}
