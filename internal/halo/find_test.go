package halo

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

func ids(clients []Client) []int {
	var all []int
	for _, c := range clients {
		all = append(all, c.ID)
	}
	return all
}

func TestLookFindsTheSameNameOrWebsiteAndNothingSimilar(t *testing.T) {
	t.Parallel()
	clients := []localhalo.Client{
		{ID: 1, Name: "Acme Ltd", Website: "https://www.acme.com/about", TradingName: "Globex"},
		{ID: 2, Name: "ACME  ltd", Website: "other.example", Inactive: true},
		{ID: 3, Name: "Acme Ltd (old)", Website: "acme.com.au"},
		{ID: 4, Name: "Initech", Website: "initech.co.uk"},
		{ID: 5, Name: "Initech Services", Website: "WWW.Initech.co.uk", Inactive: true},
		{ID: 6, Name: "100% [UK] Sons & Co", Website: "support.initech.co.uk"},
		{ID: 7, Name: "Bare", Website: ""},
	}
	c, _ := tenant(t, localhalo.Options{Clients: append(localhalo.Seeded(150), clients...), FirstID: 1000})
	for name, k := range map[string]struct {
		draft draft.Draft
		want  []int
	}{
		"a name and a website":    {draft.Draft{Name: "acme ltd", Website: "acme.com"}, []int{1, 2}},
		"a name":                  {draft.Draft{Name: " Acme Ltd "}, []int{1, 2}},
		"a website":               {draft.Draft{Name: "Something else", Website: "acme.com"}, []int{1}},
		"the active first":        {draft.Draft{Name: "initech services", Website: "initech.co.uk"}, []int{4, 5}},
		"a part of a name":        {draft.Draft{Name: "Acme"}, nil},
		"a trading name":          {draft.Draft{Name: "Globex"}, nil},
		"a part of a website":     {draft.Draft{Name: "x", Website: "co.uk"}, nil},
		"a sub-domain is another": {draft.Draft{Name: "x", Website: "support.initech.co.uk"}, []int{6}},
		"LIKE's own characters":   {draft.Draft{Name: "100% [UK] sons & co"}, []int{6}},
		"no website is not equal": {draft.Draft{Name: "Another", Website: ""}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := c.Look(soon(t), nil, Wanted{Draft: k.draft, Key: "key"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(k.want, ids(found.Same)); diff != "" {
				t.Errorf("same (-want +got):\n%s", diff)
			}
			if len(found.Own) > 0 {
				t.Errorf("own is %+v", found.Own)
			}
			for _, s := range found.Same {
				if s.Partial {
					t.Errorf("%+v was not read by its id", s)
				}
			}
		})
	}
}

func TestLookSeesWhatChangedSinceTheDirectoryWasRead(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(30)})
	first := s.Add(localhalo.Client{Name: "First", Website: "first.example"})
	gone := s.Add(localhalo.Client{Name: "Gone", Website: "gone.example"})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	s.Remove(gone.ID)
	added := s.Add(localhalo.Client{Name: "Added", Website: "added.example"})
	for website, want := range map[string][]int{"first.example": {first.ID}, "gone.example": nil, "added.example": {added.ID}} {
		found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "New", Website: website}, Key: "key"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, ids(found.Same)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", website, diff)
		}
	}
}

func TestLookSeesWhatTheBotMadeWhileHaloDoesNotListItYet(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(3)})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	s.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Hide(time.Hour))
	made, err := c.Create(soon(t), nil, acme())
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "Other", Website: "acme.com"}, Key: "another key"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{made.ID}, ids(found.Same)); diff != "" {
		t.Errorf("same (-want +got):\n%s", diff)
	}
}

func TestAHitWhoseDetailsNoLongerMatchIsNone(t *testing.T) {
	t.Parallel()
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		row := map[string]any{"id": 7, "name": "Acme Ltd", "website": "acme.com"}
		if r.URL.Path == "/api/Client" {
			answer(w, 200, map[string]any{"record_count": 1, "clients": []any{row}})
			return
		}
		row["name"], row["website"] = "Renamed", "renamed.example"
		answer(w, 200, row)
	})
	found, err := connect(t, s.URL).Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
	if err != nil || len(found.Same) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}

// A client that is listed is there, though the bot's agent may not read it: it is not created again.
func TestAListedClientThatHaloDoesNotGiveOutIsStillThere(t *testing.T) {
	t.Parallel()
	for name, detail := range map[string]http.HandlerFunc{
		"404":        reply(404, "application/json", ""),
		"nothing":    reply(200, "application/json", "{}"),
		"its mark":   reply(404, "application/json", ""),
		"a half one": reply(200, "application/json", `{"name":"Acme Ltd"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row := map[string]any{"id": 7, "name": "Acme Ltd"}
			if name == "its mark" {
				row["ref"] = "key"
			}
			s := fake(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/api/Client" {
					answer(w, 200, map[string]any{"record_count": 1, "clients": []any{row}})
					return
				}
				detail(w, r)
			})
			found, err := connect(t, s.URL).Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
			if got := ids(slices.Concat(found.Same, found.Own)); err != nil || !slices.Equal(got, []int{7}) || (name == "its mark") != (len(found.Own) == 1) {
				t.Errorf("found %+v, %v", found, err)
			}
		})
	}
}

func TestAWebsiteThatListsDoNotShowIsReadByItself(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(20), Lists: localhalo.Lists{Ignores: []string{"include_website"}}})
	old := s.Clients()[3]
	for range 2 { // the second time from memory
		found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "New", Website: old.Website}, Key: "k"})
		if err != nil || len(found.Same) != 1 || found.Same[0].ID != old.ID {
			t.Errorf("found %+v, %v; want #%d", found.Same, err, old.ID)
		}
	}
	if n := s.Count(localhalo.KindGet); n > 20+2 {
		t.Errorf("%d clients were read by their ids, want each once and the hit twice", n)
	}
}

func TestLookReadsTheWholeListAnewWhereListsAreNoProof(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded((namePages + 1) * listPage), Lists: localhalo.Lists{Ignores: []string{"search_name_only"}}})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	old := s.Clients()[3]
	old.Website = "acme.com" // by hand
	s.Add(old)
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
	if err != nil || len(found.Same) != 1 || found.Same[0].ID != old.ID {
		t.Errorf("found %+v, %v; want #%d", found.Same, err, old.ID)
	}
}

func TestLookTellsTheRequestsOwnClientFromOthers(t *testing.T) {
	t.Parallel()
	for name, autoRef := range map[string]bool{"by its reference": false, "by its notes": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := tenant(t, localhalo.Options{AutoRef: autoRef, Clients: []localhalo.Client{{Name: "Acme Ltd", Ref: "x"}}})
			made, err := c.Create(soon(t), nil, acme())
			if err != nil {
				t.Fatal(err)
			}
			found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: acme().Key})
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Own) != 1 || found.Own[0].ID != made.ID {
				t.Errorf("own is %+v, want #%d", found.Own, made.ID)
			}
			if diff := cmp.Diff([]int{s.Clients()[0].ID}, ids(found.Same)); diff != "" {
				t.Errorf("same (-want +got):\n%s", diff)
			}
		})
	}
}

// Neither the newest clients nor the names have it any more.
func TestLookKnowsTheRequestsOwnClientAfterItWasRenamedLongAgo(t *testing.T) {
	t.Parallel()
	own := localhalo.Client{ID: 500, Name: "Renamed", Ref: acme().Key}
	var newer []localhalo.Client
	for n := range 2 * newestFew {
		newer = append(newer, localhalo.Client{ID: 600 + n, Name: fmt.Sprint("Newer ", n)})
	}
	c, _ := tenant(t, localhalo.Options{Clients: append(newer, own)})
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: acme().Key})
	if err != nil || len(found.Own) != 1 || found.Own[0].ID != own.ID {
		t.Errorf("own is %+v, %v; want #%d", found.Own, err, own.ID)
	}
}

func TestTheActiveComeFirstAndOtherwiseTheOldest(t *testing.T) {
	t.Parallel()
	clients := []Client{{ID: 5, Inactive: true}, {ID: 4}, {ID: 1, Inactive: true}, {ID: 2}}
	slices.SortFunc(clients, activeFirst)
	if diff := cmp.Diff([]int{2, 4, 1, 5}, ids(clients)); diff != "" {
		t.Errorf("in order (-want +got):\n%s", diff)
	}
}

func TestHitsAreConfirmedOnceEachAndAtMostTen(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(20)})
	var wanted []int
	for _, client := range s.Clients() {
		wanted = append(wanted, client.ID, client.ID, 0, -1)
	}
	for name, k := range map[string]struct{ ids, want []int }{
		"each once":         {wanted[:12], []int{wanted[0], wanted[4], wanted[8]}},
		"but what is gone":  {[]int{99_999, wanted[0]}, wanted[:1]},
		"as they are asked": {[]int{wanted[4], wanted[0]}, []int{wanted[4], wanted[0]}},
	} {
		before := s.Count(localhalo.KindGet)
		got, err := c.confirm(soon(t), fare{urgency: forCreate}, k.ids, nil)
		if err != nil {
			t.Fatal(err)
		}
		var confirmed []int
		for _, a := range got {
			confirmed = append(confirmed, int(a.ID))
		}
		if diff := cmp.Diff(k.want, confirmed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if n := s.Count(localhalo.KindGet) - before; n > 3 {
			t.Errorf("%s: %d clients were read", name, n)
		}
	}
	if got, err := c.confirm(soon(t), fare{urgency: forCreate}, wanted, nil); err != nil || len(got) != maxConfirmed {
		t.Errorf("of 20 %d were confirmed, %v", len(got), err)
	}
}

func TestAnyPartOfALookThatFailsFailsIt(t *testing.T) {
	t.Parallel()
	parts := map[string]localhalo.Match{
		"the newest": func(c localhalo.Call) bool {
			return c.Kind == localhalo.KindList && c.Query.Get("page_size") == strconv.Itoa(newestFew)
		},
		"the names":   func(c localhalo.Call) bool { return c.Query.Get("search_name_only") != "" },
		"the details": localhalo.On(localhalo.KindGet),
		"everything":  nil,
	}
	faults := map[string]struct {
		effect localhalo.Effect
		want   Outcome
	}{
		"500":     {localhalo.Fail(), NotDone},
		"503":     {localhalo.Unavailable(), NotDone},
		"429":     {localhalo.TooMany("1"), NotDone},
		"reset":   {localhalo.Reset(), NotDone},
		"half":    {localhalo.StoreThenHalf(), NotDone},
		"403":     {localhalo.Forbid(), Refused},
		"refused": {localhalo.Refuse(400, localhalo.Message, "No"), Refused},
	}
	for part, match := range parts {
		for fault, f := range faults {
			t.Run(part+" "+fault, func(t *testing.T) {
				t.Parallel()
				c, s := tenant(t, localhalo.Options{Clients: []localhalo.Client{{Name: "Acme Ltd", Website: "acme.com"}}})
				if err := c.ready(soon(t), forLook); err != nil {
					t.Fatal(err)
				}
				s.Inject(match, 50, f.effect)
				found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
				if err == nil {
					t.Fatalf("found %+v", found)
				}
				if failed := failure(t, err); failed.Outcome != f.want {
					t.Errorf("%s (%v), want %s", failed.Outcome, err, f.want)
				}
			})
		}
	}
}

// lister is a Halo whose list does as it likes.
func lister(t *testing.T, total int, pick func(all []map[string]any, r *http.Request) []map[string]any) *Connection {
	t.Helper()
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		var all []map[string]any
		for id := 1; id <= total; id++ {
			all = append(all, map[string]any{"id": id, "name": fmt.Sprintf("Client %d", id), "website": fmt.Sprintf("c%d.example", id)})
		}
		if id, ok := strings.CutPrefix(r.URL.Path, "/api/Client/"); ok {
			n, _ := strconv.Atoi(id)
			answer(w, 200, all[n-1])
			return
		}
		answer(w, 200, map[string]any{"record_count": total, "clients": pick(all, r)})
	})
	return connect(t, s.URL)
}

func pageOf(rows []map[string]any, r *http.Request, size int) []map[string]any {
	no, _ := strconv.Atoi(r.URL.Query().Get("page_no"))
	from := min((no-1)*size, len(rows))
	return rows[from:min(from+size, len(rows))]
}

func TestListsAreReadWholeHoweverHaloPages(t *testing.T) {
	t.Parallel()
	type rows = []map[string]any
	for name, pick := range map[string]func(all rows, r *http.Request) rows{
		"everything at once":            func(all rows, _ *http.Request) rows { return all },
		"a smaller page than asked for": func(all rows, r *http.Request) rows { return pageOf(all, r, 30) },
		"its own order":                 func(all rows, r *http.Request) rows { return pageOf(all, r, 100) },
		"pages that overlap": func(all rows, r *http.Request) rows {
			page := pageOf(all, r, 100)
			if len(page) > 0 && len(page) < 100 {
				page = all[len(all)-100:]
			}
			return page
		},
		"other ids among them": func(all rows, r *http.Request) rows {
			return append(slices.Clone(pageOf(all, r, 98)), map[string]any{"id": -1, "name": "none"}, map[string]any{"id": "x"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := lister(t, 230, pick)
			found, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "New", Website: "www.c117.example"}, Key: "key"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]int{117}, ids(found.Same)); diff != "" {
				t.Errorf("same (-want +got):\n%s", diff)
			}
			if n := c.DirectorySize(); n != 230 {
				t.Errorf("the directory holds %d clients, want 230", n)
			}
		})
	}
}

// A proxy, or an older .NET, may begin with a byte order mark.
func TestAByteOrderMarkIsReadOver(t *testing.T) {
	t.Parallel()
	const mark = "\uFEFF"
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		body := `{"record_count":1,"clients":[{"id":7,"name":"Acme Ltd","website":"acme.com"}],"users":[]}`
		if r.Method == http.MethodPost {
			body = `{"id":12,"name":"Acme Ltd"}`
		}
		reply(200, "application/json", mark+body)(w, r)
	})
	c := connect(t, s.URL)
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
	if err != nil || len(found.Same) != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
	if made, err := c.Create(soon(t), nil, acme()); err != nil || made.ID != 12 {
		t.Errorf("made %+v, %v", made, err)
	}
}

func TestEveryListAsksForInactiveClientsAndWebsites(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(3)})
	if _, err := c.Look(soon(t), nil, Wanted{Draft: draft.Draft{Name: "R&D + #1", Website: "acme.com"}, Key: "key"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.FindByKey(soon(t), "key", "R&D + #1"); err != nil {
		t.Fatal(err)
	}
	lists := s.Calls(localhalo.On(localhalo.KindList))
	for _, call := range lists {
		for _, key := range []string{"includeinactive", "includeactive", "include_website", "pageinate"} {
			if call.Query.Get(key) != "true" {
				t.Errorf("%v does not ask for %s", call.Query, key)
			}
		}
		if term := call.Query.Get("search_name_only"); term != "" && term != "R&D + #1" {
			t.Errorf("searched for %q", term)
		}
	}
	if len(lists) != 5 {
		t.Errorf("%d lists were read, want the directory and twice two", len(lists))
	}
}

func TestWhatIsNoListFailsTheCall(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", "null", "12", `"x"`, "<html>", "{}", `{"record_count":0}`, `{"clients":{}}`, `{"clients":[{"id":1}`, `{"clients":[{"id":1},`,
		`{"clients":[12]}`, `[{"id":1}`, `{"clients":[]`, `{"error":"x"}`, `{"clients":"`,
	} {
		c := connect(t, fake(t, reply(200, "application/json", body)).URL)
		if rows, err := c.page(soon(t), list{size: 10}, 1); err == nil {
			t.Errorf("%q is taken for a list: %v", body, rows)
		} else if failed := failure(t, err); failed.Outcome != NotDone {
			t.Errorf("%q: %s, want %s", body, failed.Outcome, NotDone)
		}
	}
	for body, want := range map[string]int{
		`{"clients":null}`: 0, `{"clients":[]}`: 0, `[]`: 0, `[{"id":1},{"id":"2"}]`: 2,
		`{"Record_Count":"7","columns":{"a":[1]},"CLIENTS":[{"id":1}],"more":[[]]}`: 1, `{"clients":[null]}`: 1,
	} {
		c := connect(t, fake(t, reply(200, "application/json", body)).URL)
		if rows, err := c.page(soon(t), list{size: 10}, 1); err != nil || rows.rows != want {
			t.Errorf("%q: %v, %v; want %d rows", body, rows, err, want)
		}
	}
}

func TestFindByKeyFindsOnlyWhatCarriesTheKey(t *testing.T) {
	t.Parallel()
	const key = "halo/T1/C1/171.25"
	mark := withMark("typed", "Tess", key)
	for name, k := range map[string]struct {
		clients []localhalo.Client
		drops   []string
		want    int
	}{
		"by its reference":                {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Ref: key}}, want: 5},
		"by its notes":                    {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Ref: "C00017", Notes: mark}}, want: 5},
		"inactive":                        {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Ref: key, Inactive: true}}, want: 5},
		"renamed meanwhile":               {clients: []localhalo.Client{{ID: 5, Name: "Renamed", Ref: key}}, want: 5},
		"an older namesake":               {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Website: "acme.com", Ref: "halo/T1/C1/171.2"}}},
		"an inactive namesake":            {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Inactive: true, Notes: "halobot request"}}},
		"the key amid a namesake's notes": {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Notes: mark + "\nand more"}}},
		"another request's":               {clients: []localhalo.Client{{ID: 5, Name: "Acme Ltd", Ref: key + "1", Notes: withMark(mark, "Tess", key+"1")}}},
		"beside namesakes": {clients: []localhalo.Client{
			{ID: 5, Name: "Acme Ltd"}, {ID: 6, Name: "Acme Ltd", Ref: key}, {ID: 7, Name: "Acme Ltd", Inactive: true},
		}, want: 6},
		"nothing": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := tenant(t, localhalo.Options{Clients: slices.Concat(localhalo.Seeded(20), k.clients), FirstID: 100})
			got, err := c.FindByKey(soon(t), key, "Acme Ltd")
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case k.want == 0 && len(got.Clients) > 0:
				t.Errorf("found %+v", got)
			case k.want != 0 && (len(got.Clients) != 1 || got.Clients[0].ID != k.want):
				t.Errorf("found %+v, want #%d", got, k.want)
			case len(got.Clients) > 0 && got.Clients[0].Partial:
				t.Errorf("%+v was not read by its id", got)
			}
		})
	}
}

func TestFindByKeyReadsTheNotesWhereTheListHasNone(t *testing.T) {
	t.Parallel()
	const key = "halo/1"
	var reads counter
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/Client" {
			var rows []map[string]any
			for id := 30; id > 0; id-- {
				rows = append(rows, map[string]any{"id": id, "name": "Acme Ltd", "ref": fmt.Sprint("C", id)})
			}
			rows[1]["name"] = "Acme Ltd Two"
			answer(w, 200, map[string]any{"clients": rows})
			return
		}
		reads.add(r.URL.Path)
		id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/api/Client/"))
		notes := "typed"
		if id == 27 {
			notes = withMark(notes, "Tess", key)
		}
		answer(w, 200, map[string]any{"id": id, "name": "Acme Ltd", "notes": notes})
	})
	c := connect(t, s.URL)
	got, err := c.FindByKey(soon(t), key, "acme ltd")
	if err != nil || len(got.Clients) != 1 || got.Clients[0].ID != 27 {
		t.Errorf("found %+v, %v; want #27", got, err)
	}
	if len(reads.n) != maxDetails || reads.get("/api/Client/29") != 0 {
		t.Errorf("read %v, want the %d newest of the name", reads.n, maxDetails)
	}
	if got, err := c.FindByKey(soon(t), "halo/2", "acme ltd"); err != nil || len(got.Clients) > 0 {
		t.Errorf("found %+v, %v; want nothing", got, err)
	}
}

func TestFindByKeyDoesNotSayNothingWhenItCouldNotLook(t *testing.T) {
	t.Parallel()
	for name, match := range map[string]localhalo.Match{
		"the names": func(c localhalo.Call) bool { return c.Query.Get("search_name_only") != "" },
		"the newest": func(c localhalo.Call) bool {
			return c.Kind == localhalo.KindList && c.Query.Get("search_name_only") == ""
		},
		"its own details": localhalo.On(localhalo.KindGet),
	} {
		c, s := tenant(t, localhalo.Options{Clients: []localhalo.Client{{Name: "Acme Ltd", Ref: "key"}}})
		effects := []localhalo.Effect{localhalo.Fail(), localhalo.Reset(), localhalo.Unavailable()}
		if name == "its own details" {
			effects = append(effects, localhalo.Effect{Name: "another key", Members: map[string]any{"ref": "C00017"}})
		} else {
			effects = append(effects, localhalo.Refuse(404, localhalo.NoBody, ""))
		}
		for _, effect := range effects {
			fault := s.Inject(match, 50, effect)
			got, err := c.FindByKey(soon(t), "key", "Acme Ltd")
			if err == nil {
				t.Errorf("%s, %s: found %+v", name, effect.Name, got)
			}
			fault.Clear()
		}
	}
}

// The bot's agent may not be allowed to read what it made.
func TestFindByKeyTakesAListedClientThatHaloDoesNotGiveOut(t *testing.T) {
	t.Parallel()
	for name, lists := range map[string]localhalo.Lists{
		"read live": {}, "in the whole list": {Ignores: []string{"search_name_only"}},
	} {
		for detail, effect := range map[string]localhalo.Effect{
			"404": localhalo.Refuse(404, localhalo.NoBody, ""), "no record": {Members: map[string]any{"id": nil}},
		} {
			t.Run(name+", "+detail, func(t *testing.T) {
				t.Parallel()
				c, s := tenant(t, localhalo.Options{Lists: lists, Clients: []localhalo.Client{
					{ID: 5, Name: "Acme Ltd", Ref: "another"}, {ID: 7, Name: "Acme Ltd", Ref: "key"}, {ID: 9, Name: "Globex"},
				}})
				s.Inject(localhalo.On(localhalo.KindGet), 0, effect)
				got, err := c.FindByKey(soon(t), "key", "Acme Ltd")
				if err != nil || len(got.Clients) != 1 {
					t.Fatalf("found %+v, %v", got, err)
				}
				if a := got.Clients[0]; a.ID != 7 || a.Name != "Acme Ltd" || !a.Partial {
					t.Errorf("found %+v, want what is listed of #7, as a part", a)
				}
			})
		}
	}
}

func TestALookWaitsForTheDirectory(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: append(localhalo.Seeded(120), localhalo.Client{ID: 500, Name: "Old", Website: "acme.com"})})
	secondPage := func(call localhalo.Call) bool { return call.Query.Get("page_no") == "2" }
	hold := s.Hold(secondPage, localhalo.Arrived)
	running, stop := context.WithCancel(soon(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(running)
	}()
	defer func() { stop(); <-done }()
	if _, err := hold.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	brief, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.Look(brief, nil, Wanted{Draft: acme().Draft, Key: "key"})
	failed := failure(t, err)
	if failed.Outcome != NotDone || failed.RetryAfter == 0 {
		t.Errorf("%+v", failed)
	}
	wantIn(t, "the message", failed.Message, "100 of 121")

	hold.Release()
	found, err := c.Look(soon(t), nil, Wanted{Draft: acme().Draft, Key: "key"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{500}, ids(found.Same)); diff != "" {
		t.Errorf("same (-want +got):\n%s", diff)
	}
}

func TestAClientIsKnownAgainByWhateverItHasKept(t *testing.T) {
	t.Parallel()
	const key = "halo/T1-C1-1"
	was := Client{Name: "Acme Ltd", Website: "acme.com acme.org", Ref: "K-17"}
	for name, k := range map[string]struct {
		was, now Client
		want     bool
	}{
		"nothing":                {was, Client{Name: "Meier", Website: "meier.de", Ref: "K-18", Marked: "halo/T1-C1-2"}, false},
		"the name":               {was, Client{Name: "ACME  ltd", Website: "meier.de"}, true},
		"a website":              {was, Client{Name: "Meier", Website: "meier.de, https://www.ACME.org/about"}, true},
		"the reference":          {was, Client{Name: "Meier", Ref: "K-17"}, true},
		"the key as reference":   {was, Client{Name: "Meier", Ref: key}, true},
		"the key in the notes":   {was, Client{Name: "Meier", Marked: key}, true},
		"what neither ever had":  {Client{Name: "Acme Ltd"}, Client{Name: "Meier"}, false},
		"its name was not known": {Client{Website: "acme.com"}, Client{Name: "Meier", Website: "meier.de"}, true},
		"its name is not said":   {was, Client{Website: "meier.de"}, true},
	} {
		if got := k.now.Still(k.was, key); got != k.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if (Client{Name: "Meier"}).Still(Client{Name: "Acme Ltd"}, "") {
		t.Error("no key is a key")
	}
}

func TestAClientIsReadWithTheKeyInItsNotes(t *testing.T) {
	t.Parallel()
	c, _ := tenant(t, localhalo.Options{Clients: []localhalo.Client{{ID: 1, Name: "Acme Ltd", Notes: withMark("typed", "Tess", "halo/k")}}})
	if got, err := c.Client(soon(t), 1); err != nil || got.Marked != "halo/k" {
		t.Errorf("it is %+v, %v", got, err)
	}
}
