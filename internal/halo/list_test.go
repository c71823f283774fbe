package halo

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// answeringPages is a connection to a Halo that answers each page of a list with the rows that pages gives.
func answeringPages(t *testing.T, pages func(no int) string) *Connection {
	t.Helper()
	c := connect(t, "https://acme.halopsa.com")
	c.http.Transport = trip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Path {
		case "/auth/token":
			return made(r, 200, "application/json", `{"access_token":"`+testToken+`","expires_in":3600}`), nil
		case "/api/authinfo":
			return made(r, 404, "text/html", "<p>no"), nil
		}
		var no int
		fmt.Sscan(r.URL.Query().Get("page_no"), &no) //nolint:errcheck // the test's own client wrote it
		return made(r, 200, "application/json", pages(no)), nil
	})
	return c
}

// rowsOf are rows with these ids, in JSON.
func rowsOf(ids ...int) string {
	var rows []string
	for _, id := range ids {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"name":"Acme %d","website":""}`, id, id))
	}
	return strings.Join(rows, ",")
}

func TestAPageIsHeldToWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		list  list
		rows  string
		habit Habit // "" = all is as asked
	}{
		"the newest first":             {list{}, rowsOf(3, 2, 1), ""},
		"the oldest first":             {list{old: true}, rowsOf(1, 2, 3), ""},
		"one twice":                    {list{}, rowsOf(2, 2, 1), ""},
		"one twice, the oldest first":  {list{old: true}, rowsOf(1, 1, 2), ""},
		"the oldest, unasked":          {list{}, rowsOf(1, 2), IgnoresOrder},
		"the newest, unasked":          {list{old: true}, rowsOf(2, 1), IgnoresOrder},
		"one amid the others":          {list{}, rowsOf(3, 1, 2), IgnoresOrder},
		"a row without an id":          {list{}, rowsOf(3, 0, 2), ""},
		"what was searched for":        {list{name: "acme"}, rowsOf(2, 1), ""},
		"what was not":                 {list{name: "globex"}, rowsOf(2, 1), IgnoresSearch},
		"what was not, among the rest": {list{name: "acme 1"}, rowsOf(12, 2, 1), IgnoresSearch},
		"no notes":                     {list{notes: true}, rowsOf(2, 1), OmitsNotes},
		"no notes of nobody":           {list{notes: true}, "", ""},
		"some notes":                   {list{notes: true}, `{"id":2,"notes":"typed"},{"id":1}`, ""},
		"no notes, unasked":            {list{}, rowsOf(1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := answeringPages(t, func(int) string { return `{"clients":[` + k.rows + `]}` })
			k.list.size = 10
			p, err := c.page(soon(t), k.list, 1)
			if err != nil || p.ordered != (k.habit != IgnoresOrder) || p.matching != (k.habit != IgnoresSearch) {
				t.Errorf("the page is %+v, %v", p, err)
			}
			var want []Habit
			if k.habit != "" {
				want = []Habit{k.habit}
			}
			if diff := cmp.Diff(want, c.Habits()); diff != "" {
				t.Errorf("noticed (-want +got):\n%s", diff)
			}
		})
	}
}

// kilobytes are rows with the ids from first down, of 1024 bytes each.
func kilobytes(first, n int) (rows []string) {
	for id := first; id > first-n; id-- {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"name":%q}`, id, strings.Repeat("n", 1024-rowSize)))
	}
	return rows
}

func TestAPageMayTakeItsRoomAndNoMore(t *testing.T) {
	t.Parallel()
	const walks, wholes = maxLive / 1024, 2 * maxLive / 1024
	for name, k := range map[string]struct {
		pages, rows int
		cut         bool
	}{
		"a walk's room":              {1, walks, false},
		"more than a walk's room":    {1, walks + 1, true},
		"the whole list's":           {0, wholes, false},
		"more than the whole list's": {0, wholes + 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := answeringPages(t, func(int) string { return "[" + strings.Join(kilobytes(k.rows, k.rows), ",") + "]" })
			c.share.page = 2 * maxLive
			p, err := c.page(soon(t), list{size: 10, max: k.pages}, 1)
			if tooLarge := errors.Is(err, errTooLarge); tooLarge != (k.cut && k.pages == 0) || err != nil && !tooLarge {
				t.Errorf("it ends with %v", err)
			}
			if want := k.cut && k.pages > 0; p.unpaged != want || slices.Contains(c.Habits(), IgnoresPaging) != want {
				t.Errorf("unpaged: %t, noticed %q; want %t", p.unpaged, c.Habits(), want)
			}
		})
	}
}

func TestAWalkThatTakesMoreThanTwoPagesRoomSawNothing(t *testing.T) {
	t.Parallel()
	const each = maxLive / 1024
	for pages, want := range map[int]int{2: 2 * each, 3: 0} {
		c := answeringPages(t, func(no int) string { return "[" + strings.Join(kilobytes(9999-(no-1)*each, each), ",") + "]" })
		w, err := c.walk(soon(t), list{size: each, max: pages}, nil)
		if err != nil || len(w.clients) != want || w.ended || slices.Contains(c.Habits(), IgnoresPaging) != (want == 0) {
			t.Errorf("of %d pages: %d clients, ended %t, %v, noticed %q; want %d", pages, len(w.clients), w.ended, err, c.Habits(), want)
		}
	}
}

func TestAWalkReadsAsFarAsItMayOrHasTo(t *testing.T) {
	t.Parallel()
	pages := []string{rowsOf(9, 8), rowsOf(7, 6), rowsOf(5, 4), rowsOf(3)}
	for name, k := range map[string]struct {
		pages  []string
		max    int
		until  int // a client that is enough
		counts string
		read   int // pages
		ended  bool
	}{
		"as many pages as it may":                      {pages: pages, max: 3, read: 3},
		"to what is enough":                            {pages: pages, max: 9, until: 6, read: 2},
		"on where the order is not Halo's":             {pages: []string{rowsOf(9, 8), rowsOf(6, 7), rowsOf(5, 4)}, max: 3, until: 6, read: 3},
		"to an empty page":                             {pages: pages, max: 9, read: 5, ended: true},
		"to a short page, where all are counted":       {pages: pages, max: 9, counts: "7", read: 4, ended: true},
		"past a full page that is said to be the last": {pages: pages, max: 9, counts: "2", read: 4, ended: true},
		"to a page that is short, but not the last":    {pages: []string{rowsOf(9), rowsOf(8, 7)}, max: 2, counts: "3", read: 2},
		"a single page":                                {pages: pages, max: 1, read: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read := 0
			c := answeringPages(t, func(no int) string {
				read = max(read, no)
				rows := ""
				if no <= len(k.pages) {
					rows = k.pages[no-1]
				}
				if k.counts != "" {
					return `{"record_count":` + k.counts + `,"clients":[` + rows + `]}`
				}
				return "[" + rows + "]"
			})
			w, err := c.walk(soon(t), list{size: 2, max: k.max}, func(a area) bool { return int(a.ID) == k.until })
			if err != nil || read != k.read || w.ended != k.ended {
				t.Errorf("%d pages read, ended %t, %v; want %d, %t", read, w.ended, err, k.read, k.ended)
			}
		})
	}
}

func TestAShortPageIsAHabitOfAListAndNotOfASearch(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]Habit{"": {ShortPages}, "acme": nil} {
		c := connect(t, "https://acme.halopsa.com")
		if last := c.last(list{name: name, size: 100}, page{rows: 30, total: count{70, true}}, 30); last {
			t.Errorf("searched for %q: 30 of 70 are taken for all", name)
		}
		if diff := cmp.Diff(want, c.Habits()); diff != "" {
			t.Errorf("searched for %q (-want +got):\n%s", name, diff)
		}
	}
}

func TestClientsThatAreCountedAndNotGivenAreWithheld(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		list    list
		rows    int // of the last page, which brought nothing new
		no      int
		seen    int
		counted count
		want    bool
	}{
		"none at all":                        {no: 1, counted: count{7, true}, want: true},
		"nothing after the first page":       {no: 2, seen: 3, counted: count{7, true}, want: true},
		"one was deleted while it was read":  {no: 3, seen: 6, counted: count{7, true}},
		"the same page again":                {rows: 3, no: 3, seen: 3, counted: count{7, true}, want: true},
		"all of them":                        {no: 2, seen: 7, counted: count{7, true}},
		"more than it counts":                {no: 2, seen: 8, counted: count{7, true}},
		"it does not count":                  {no: 2, seen: 3},
		"a search, which may count them all": {list: list{name: "acme"}, no: 2, seen: 3, counted: count{7, true}},
	} {
		if got := withheld(k.list, page{rows: k.rows, total: k.counted}, k.no, k.seen); got != k.want {
			t.Errorf("%s: withheld %t, want %t", name, got, k.want)
		}
	}
}

func TestConnectionsShareTheRoomOfTwo(t *testing.T) {
	t.Parallel()
	for connections, want := range map[int]share{
		1: {maxDirectory, maxRows}, 2: {maxDirectory, maxRows}, 4: {maxDirectory / 2, maxRows / 2},
	} {
		if got := shareOf(connections); got != want {
			t.Errorf("each of %d has %+v, want %+v", connections, got, want)
		}
	}
}

func TestEveryTextOfARowCounts(t *testing.T) {
	t.Parallel()
	said := func(s string) jsonText { return jsonText{s: s} }
	a := area{Name: said("n"), Website: said("ww"), Ref: said("rrrr"), TopLevel: said("tttttttt")}
	a.Notes.key = "kkkkkkkkkkkkkkkk"
	if got := a.size(); got != rowSize+31 {
		t.Errorf("it takes %d bytes, want %d", got, rowSize+31)
	}
}
