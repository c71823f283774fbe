package halo

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/sandbox/localhalo"
)

func TestACreateIsOnePostOfAnArrayOfOne(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change   func(*Settings)
		client   NewClient
		want     map[string]any
		mustMark bool
	}{
		"everything": {
			func(s *Settings) { s.TopLevelID = 2 },
			acme(),
			map[string]any{
				"name": "Acme Ltd", "website": "acme.com", "trading_name": "Acme", "ref": "halo/T1/C1/171.25", "toplevel_id": 2.0,
				"notes": "First line\n  second\n\nCreated for Tess (U123) in #service-desk, https://acme.slack.com/archives/C1/p17125 · halobot request halo/T1/C1/171.25",
			},
			true,
		},
		"only a name": {
			func(*Settings) {},
			NewClient{Draft: draft.Draft{Name: "R&D <Ltd>"}, Key: "k", Asked: "Tess\nTwo  lines"},
			map[string]any{"name": "R&D <Ltd>", "ref": "k", "notes": "Created for Tess Two lines · halobot request k"},
			true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body []byte
			var head http.Header
			var path string
			s := fake(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ = io.ReadAll(r.Body)
				head, path = r.Header, r.Method+" "+r.URL.RequestURI()
				answer(w, 201, map[string]any{"id": 1, "name": c.client.Draft.Name})
			})
			if _, err := connect(t, s.URL+"/api/", c.change).Create(soon(t), nil, c.client); err != nil {
				t.Fatal(err)
			}
			var got []map[string]any
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]map[string]any{c.want}, got); diff != "" {
				t.Errorf("posted (-want +got):\n%s", diff)
			}
			if path != "POST /api/Client" {
				t.Errorf("called %s", path)
			}
			for key, want := range map[string]string{
				"Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer " + testToken, "User-Agent": "halobot/1.2.3", "Accept": "application/json",
			} {
				if got := head.Get(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
		})
	}
}

func TestACreatedClientIsReadFromEveryShapeOfAnswer(t *testing.T) {
	t.Parallel()
	full := Client{ID: 12, Name: "Acme Ltd", TopLevelID: 2, TopLevel: "Customers", Website: "acme.com", TradingName: "Acme", Ref: "k"}
	const object = `{"id":12,"name":"Acme Ltd","toplevel_id":2,"toplevel_name":"Customers","website":"acme.com","trading_name":"Acme","ref":"k","customfields":[{"id":1}],"logo":"data:"}`
	for name, c := range map[string]struct {
		body string
		want Client
	}{
		"an object":           {object, full},
		"an array":            {"[" + object + "]", full},
		"clients":             {`{"clients":[` + object + `]}`, full},
		"clients, capital":    {`{"Clients":[` + object + `],"record_count":1}`, full},
		"space around":        {"\r\n " + object + "\n", full},
		"an id as a string":   {`{"id":"12","name":"A","website":"","trading_name":""}`, Client{ID: 12, Name: "A"}},
		"an id with fraction": {`{"id":12.0,"name":"A","website":"","trading_name":""}`, Client{ID: 12, Name: "A"}},
		"capital keys":        {`{"ID":12,"Name":"A","Website":"w.com","Trading_Name":"T"}`, Client{ID: 12, Name: "A", Website: "w.com", TradingName: "T"}},
		"values of any type":  {`{"id":12,"name":17,"website":{"a":1},"trading_name":["x"],"inactive":"True","toplevel_id":"x","ref":1.50}`, Client{ID: 12, Name: "17", Inactive: true, Ref: "1.50", Partial: true}},
		"null for the rest":   {`{"id":12,"name":null,"website":null,"trading_name":null,"toplevel_id":null,"inactive":null}`, Client{ID: 12, Partial: true}},
		"the id only":         {`{"id":12}`, Client{ID: 12, Partial: true}},
		"empty fields":        {`{"id":12,"name":"A","website":"","trading_name":"","inactive":1}`, Client{ID: 12, Name: "A", Inactive: true}},
		"no trading name":     {`{"id":12,"name":"A","website":"w.com"}`, Client{ID: 12, Name: "A", Website: "w.com", Partial: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, reply(200, "application/json", c.body))
			sent := acme()
			sent.Draft.Name = c.want.Name
			got, err := connect(t, s.URL).Create(soon(t), nil, sent)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAnswerThatNamesAnotherClientIsUnknown(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"ACME  Ltd": true, "Globex": false, "": false, "Acme Ltd.": false} {
		s := fake(t, func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, map[string]any{"id": 12, "name": name}) })
		_, err := connect(t, s.URL).Create(soon(t), nil, acme())
		if known != (err == nil) {
			t.Errorf("%q: %v", name, err)
		}
		if !known {
			if failed := failure(t, err); failed.Outcome != Unknown || !strings.Contains(failed.Message, "another one") {
				t.Errorf("%q: %s, %q", name, failed.Outcome, failed.Message)
			}
		}
	}
}

// An id alone may be anybody's: a proxy's cache, an answer to another. Halo's word for it decides; where
// Halo does not say, the id is believed.
func TestAnIDAloneIsHeldToWhomHaloHasUnderIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		has    map[string]any
		known  bool
	}{
		"the client":        {200, map[string]any{"id": 12, "name": "Acme Ltd", "emailaddress": "jane@acme.com"}, true},
		"another":           {200, map[string]any{"id": 12, "name": "Globex", "emailaddress": "jo@globex.com"}, false},
		"nobody":            {404, map[string]any{}, false},
		"no answer to that": {503, map[string]any{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					answer(w, 201, map[string]any{"id": 12})
					return
				}
				answer(w, c.status, c.has)
			})
			halo := connect(t, s.URL)
			client, ofClient := halo.Create(soon(t), nil, acme())
			user, ofUser := halo.CreateUser(soon(t), NewUser{Email: "jane@acme.com", ClientID: 5, SiteID: 6, Key: "k"})
			for what, made := range map[string]struct {
				id  int
				err error
			}{"client": {client.ID, ofClient}, "user": {user.ID, ofUser}} {
				switch {
				case !c.known:
					if failed := failure(t, made.err); failed.Outcome != Unknown {
						t.Errorf("%s: %s, %q", what, failed.Outcome, failed.Message)
					}
				case made.err != nil || made.id != 12:
					t.Errorf("%s: #%d, %v", what, made.id, made.err)
				}
			}
		})
	}
}

func TestAnAnswerWithoutAUsableIDIsUnknown(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", " ", "null", "true", "12", `"12"`, "{}", "[]", "[{}]", "[12]", `{"id":null}`, `{"id":0}`, `{"id":-1}`, `{"id":"-1"}`, `{"id":12.5}`,
		`{"id":1e300}`, `{"id":"x"}`, `{"id":{"id":12}}`, `{"clients":[]}`, `{"clients":[{"id":1},{"id":2}]}`, `[{"id":1},{"id":2}]`,
		`{"id":12`, `[{"id":12}`, "<html>12</html>", `{"Message":"An error has occurred."}`,
	} {
		for _, status := range []int{200, 201, 202, 204} {
			if status == 204 && body != "" {
				continue
			}
			s := fake(t, reply(status, "application/json", body))
			_, err := connect(t, s.URL).Create(soon(t), nil, acme())
			if err == nil {
				t.Errorf("%d %q is taken for a client", status, body)
			} else if failed := failure(t, err); failed.Outcome != Unknown || failed.Status != status {
				t.Errorf("%d %q: %s, status %d; want %s", status, body, failed.Outcome, failed.Status, Unknown)
			}
		}
	}
}

func TestAnAnswerOfSeveralMegabytesIsReadAndALargerOneIsNot(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("moves megabytes")
	}
	for size, ok := range map[int]bool{5 << 20: true, maxAnswer: false} {
		s := fake(t, reply(201, "application/json", `{"logo":"`+strings.Repeat("A", size)+`","id":12}`))
		got, err := connect(t, s.URL).Create(soon(t), nil, acme())
		switch {
		case ok && (err != nil || got.ID != 12):
			t.Errorf("%d bytes: %+v, %v", size, got, err)
		case !ok && err == nil:
			t.Errorf("%d bytes were read", size)
		case !ok && failure(t, err).Outcome != Unknown:
			t.Errorf("%d bytes: %s, want %s", size, failure(t, err).Outcome, Unknown)
		}
	}
}

func TestARedirectOfACreateIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		var calls counter
		s := fake(t, func(w http.ResponseWriter, r *http.Request) {
			calls.add(r.Method)
			http.Redirect(w, r, "/api/Elsewhere", status)
		})
		_, err := connect(t, s.URL).Create(soon(t), nil, acme())
		if failed := failure(t, err); failed.Outcome != Unknown {
			t.Errorf("%d: %s, want %s", status, failed.Outcome, Unknown)
		}
		if calls.get(http.MethodPost) != 1 || calls.get(http.MethodGet) != 0 {
			t.Errorf("%d was followed: %v", status, calls.n)
		}
	}
}

func TestTheMarkIsRecognisedOnlyAsTheLastWords(t *testing.T) {
	t.Parallel()
	const key = "halo/T1/C1/171.25"
	line := withMark("", "Tess", key)
	for notes, want := range map[string]bool{
		line:                              true,
		withMark("typed", "Tess", key):    true,
		withMark("typed\r\n", "", key):    true,
		"typed\r\n\r\n" + line + "\r\n ":  true,
		"<p>typed</p><p>" + line + "</p>": true,
		line + "<br/>&nbsp;":              true,
		line + "\nAdded by a person":      false,
		line + "0":                        false,
		withMark("", "Tess", "x"+key):     false,
		withMark(line, "Tess", "other"):   false,
		"":                                false,
		key:                               false,
		"halobot request":                 false,
	} {
		if got := (area{Notes: mark{key: markedKey(notes)}}).carries(key); got != want {
			t.Errorf("%q carries the key: %t, want %t", notes, got, want)
		}
	}
	if (area{Notes: mark{key: markedKey(withMark("", "Tess", ""))}}).carries("") {
		t.Error("an empty key is recognised")
	}
}

func TestACreateAgainstALocalHalo(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]localhalo.Options{
		"an object":   {},
		"an array":    {Answer: localhalo.Answer{Status: 200, Shape: localhalo.InArray, IDsAsStrings: true}},
		"clients":     {Answer: localhalo.Answer{Shape: localhalo.InList}},
		"with tenant": {Tenant: "acme"},
		"no authinfo": {NoAuthInfo: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.FirstID = 4711
			c, s := tenant(t, o)
			got, err := c.Create(soon(t), nil, acme())
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != 4711 || got.Name != "Acme Ltd" {
				t.Errorf("created %+v", got)
			}
			kept, ok := s.Client(4711)
			if !ok || kept.Website != "acme.com" || kept.TradingName != "Acme" || markedKey(kept.Notes) != acme().Key {
				t.Errorf("Halo keeps %+v", kept)
			}
			if unknown := s.UnknownFields(); len(unknown) > 0 {
				t.Errorf("Halo does not know %v", unknown)
			}
			read, err := c.Client(soon(t), 4711)
			if err != nil || read.TradingName != "Acme" || read.Partial {
				t.Errorf("read %+v, %v", read, err)
			}
		})
	}
}

func TestAClientThatIsNotThereIsA404(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"404":           reply(404, "", ""),
		"without an id": reply(200, "application/json", `{"name":null}`),
		"another one":   reply(200, "application/json", `{"id":13,"name":"Other"}`),
	} {
		_, err := connect(t, fake(t, handler).URL).Client(soon(t), 12)
		if failed := failure(t, err); failed.Status != 404 || failed.Outcome != Refused {
			t.Errorf("%s: %s, status %d; want %s, 404", name, failed.Outcome, failed.Status, Refused)
		} else {
			wantIn(t, name, failed.Message, "no client #12")
		}
	}
}
