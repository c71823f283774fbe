package halo

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func jsonAnswer(body []byte) *http.Response {
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}
}

var someAnswers = []string{
	`{"record_count":2,"clients":[{"id":1,"name":"Acme","website":"acme.com","notes":"x halobot request k"},{"id":"2.0","inactive":"true"}]}`,
	`[{"id":7,"name":null}]`, `{"id":7,"name":"A\u0000\ud800\\\"","logo":"data:"}`, `{"Clients":[{"ID":1}],"record_count":"9"}`, `{"clients":null}`, `[[[]]]`, `{"clients":[{"id":1e9}`,
}

// FuzzLists holds the list decoder to the plain one: it never panics, never holds an over-long
// text, and where it finds a list, that is the list that encoding/json sees.
func FuzzLists(f *testing.F) {
	for _, answer := range someAnswers {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got []area
		_, err := readList(jsonAnswer(body), "clients", func(a area) error {
			got = append(got, a)
			return nil
		})
		for _, a := range got {
			if utf8.RuneCountInString(a.Name.s) > maxText || len(a.Notes.key) > longestRef {
				t.Errorf("a text of %d characters", utf8.RuneCountInString(a.Name.s))
			}
			_ = entryOf(a)
		}
		if err != nil || !json.Valid(body) {
			return
		}
		var plain struct{ Clients []area }
		if bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			err = json.Unmarshal(body, &plain.Clients)
		} else {
			err = json.Unmarshal(body, &plain)
		}
		same := func(a, b area) bool { return a.ID == b.ID && a.Name.s == b.Name.s && a.Notes.key == b.Notes.key }
		if err == nil && !bytes.Contains(bytes.ToLower(body), []byte("clients\":")) && len(plain.Clients) == len(got) && !slices.EqualFunc(got, plain.Clients, same) {
			t.Errorf("%q is read as %+v, and is %+v", body, got, plain.Clients)
		}
	})
}

// FuzzClient holds the decoder of one client to giving an id only where there is one.
func FuzzClient(f *testing.F) {
	for _, answer := range someAnswers {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := readOne[area](jsonAnswer(body), "clients")
		if err == nil && a.ID > 0 && !bytes.Contains(bytes.ToLower(body), []byte("id")) && !bytes.Contains(body, []byte(`\u`)) {
			t.Errorf("%q has the id %d", body, a.ID)
		}
		if _, err := readOne[userRow](jsonAnswer(body), "users"); err == nil {
			_, _ = readOne[ticketRow](jsonAnswer(body), "tickets")
		}
	})
}

// FuzzShortening holds the reader that cuts long strings: what it hands on of JSON is JSON, the
// same where no string was too long.
func FuzzShortening(f *testing.F) {
	for _, answer := range someAnswers {
		f.Add([]byte(answer), uint8(3))
	}
	f.Fuzz(func(t *testing.T, body []byte, repeat uint8) {
		body = bytes.ReplaceAll(body, []byte("A"), bytes.Repeat([]byte(`A\u00e4\\`), int(repeat)*100))
		out, err := io.ReadAll(&bounded{r: io.MultiReader(bytes.NewReader(body[:len(body)/3]), bytes.NewReader(body[len(body)/3:])), total: maxAnswer, value: maxAnswer})
		if err != nil {
			t.Fatal(err)
		}
		if json.Valid(body) && !json.Valid(out) {
			t.Errorf("%q became %q", body, out)
		}
		if len(body) < maxString && !bytes.Equal(body, out) {
			t.Errorf("%q became %q", body, out)
		}
	})
}

// FuzzStoredDirectory holds the directory as stored: nothing that stands there harms, and what is
// taken from it is in order.
func FuzzStoredDirectory(f *testing.F) {
	const address = "https://acme.halopsa.com"
	c := New(Settings{URL: address}, nil, nil)
	c.directory.known = roll{{id: 1, name: "Acme", hosts: "acme.com globex.com", sited: 7}, {id: 9, name: "Zeta", ref: "k", inactive: true}}
	c.directory.mails = map[int]string{1: "acme.example"}
	c.directory.top, c.directory.read = 9, time.Now()
	packed, err := c.directory.pack(address)
	if err != nil {
		f.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		f.Fatal(err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, false)
	f.Add(plain, true)
	f.Add([]byte(strings.Replace(string(plain), `"i":9`, `"i":1`, 1)), true)
	f.Fuzz(func(t *testing.T, data []byte, pack bool) {
		if pack {
			data = zipped(func(w io.Writer) { w.Write(data) }) //nolint:errcheck // it is in memory
		}
		d, err := unpack(data, address, maxDirectory)
		if err != nil || d == nil {
			return
		}
		if !slices.IsSortedFunc(d.known, func(a, b entry) int { return a.id - b.id }) {
			t.Error("it is not in order")
		}
		next := New(Settings{URL: address}, nil, nil)
		next.directory.known, next.directory.mails = d.known, d.mails
		next.Search("acme", 10)
		next.directory.mailed("acme.example")
	})
}
