package localhalo_test

import (
	"fmt"
	"net/http"
	"testing"

	"halobot/internal/sandbox/localhalo"
)

func TestListLeavesOutWhatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: []localhalo.Client{{
		Name: "Acme", Website: "acme.com", TradingName: "Acme Trading", Notes: "secret", Domain: "acme.com", Ref: "k1", TopLevelID: 1,
	}}})
	tests := []struct {
		query   string
		website any
		notes   any
	}{
		{"", nil, nil},
		{"?include_website=true", "acme.com", nil},
		{"?includenotes=true", nil, "secret"},
		{"?include_website=True&includenotes=1", "acme.com", "secret"},
	}
	for _, test := range tests {
		row := c.clients(test.query)[0]
		if row["website"] != test.website || row["notes"] != test.notes {
			t.Errorf("%q: website %v, notes %v", test.query, row["website"], row["notes"])
		}
		for _, never := range []string{"trading_name", "domain"} {
			if _, has := row[never]; has {
				t.Errorf("%q: the row has %s", test.query, never)
			}
		}
		if row["ref"] != "k1" || row["toplevel_name"] != "Customers" || row["main_site_id"] == nil || row["logo"] == "" {
			t.Errorf("%q: row %v", test.query, row)
		}
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: localhalo.Seeded(300)})
	tests := []struct {
		query string
		rows  int
	}{
		{"", 300},
		{"?page_size=10&page_no=1", 300},
		{"?count=7", 7},
		{"?pageinate=true", 50},
		{"?pageinate=true&page_size=100", 50},
		{"?pageinate=true&page_size=100&page_no=1", 100},
		{"?pageinate=true&page_size=1000&page_no=1", 100},
		{"?pageinate=true&page_size=70&page_no=5", 20},
		{"?pageinate=true&page_size=100&page_no=4", 0},
	}
	for _, test := range tests {
		sep := "?"
		if test.query != "" {
			sep = "&"
		}
		got := c.object("GET", "/api/Client"+test.query+sep+"includeinactive=true", "", http.StatusOK)
		if n := len(got["clients"].([]any)); n != test.rows {
			t.Errorf("%q: %d rows, want %d", test.query, n, test.rows)
		}
		if got["record_count"] != 300.0 {
			t.Errorf("%q: record_count %v", test.query, got["record_count"])
		}
	}

	seen := make(map[float64]bool)
	for page := 1; page <= 3; page++ {
		for _, r := range c.clients(fmt.Sprintf("?pageinate=true&page_size=100&page_no=%d&includeinactive=true", page)) {
			seen[r["id"].(float64)] = true
		}
	}
	if len(seen) != 300 {
		t.Errorf("three pages show %d clients of 300", len(seen))
	}
}

func TestListFiltersAndOrders(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: []localhalo.Client{
		{Name: "beta", TopLevelID: 2}, {Name: "Alpha & Sons", TopLevelID: 1}, {Name: "Gone", Inactive: true}, {Name: "alphabet", Website: "gone.example"},
	}})
	tests := []struct{ query, want string }{
		{"", "Alpha & Sons, alphabet, beta"},
		{"?includeinactive=true", "Alpha & Sons, alphabet, beta, Gone"},
		{"?includeinactive=true&includeactive=false", "Gone"},
		{"?order=id", "beta, Alpha & Sons, alphabet"},
		{"?order=id&orderdesc=true&includeinactive=true", "alphabet, Gone, Alpha & Sons, beta"},
		{"?order=name&orderdesc=true", "beta, alphabet, Alpha & Sons"},
		{"?search_name_only=ALPHA", "Alpha & Sons, alphabet"},
		{"?search_name_only=alpha+%26+sons", "Alpha & Sons"},
		{"?search=gone", ""},
		{"?search=gone&includeinactive=true", "Gone"},
		{"?toplevel_id=2", "beta"},
		{"?domain=gone.example", "Alpha & Sons, alphabet, beta"},
	}
	for _, test := range tests {
		if got := names(c.clients(test.query)); got != test.want {
			t.Errorf("%q: %s; want %s", test.query, got, test.want)
		}
	}
	if status, body := c.call("GET", "/api/Client?advanced_search=%5B%5D", ""); status != 400 || body != `"Invalid advanced search parameter."` {
		t.Errorf("advanced_search: %d %s", status, body)
	}
}

func TestGetGivesTheWholeClient(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{Clients: []localhalo.Client{{ID: 12, Name: "Acme", TradingName: "Acme Trading", Notes: "n", Website: "acme.com"}}})
	got := c.object("GET", "/api/client/12?includedetails=true", "", http.StatusOK)
	if got["id"] != 12.0 || got["trading_name"] != "Acme Trading" || got["website"] != "acme.com" || got["notes"] != "n" || len(got) < 450 {
		t.Errorf("%d properties, id %v, trading_name %v", len(got), got["id"], got["trading_name"])
	}
	got = c.object("GET", "/api/client/12", "", http.StatusOK)
	if _, has := got["trading_name"]; has || got["name"] != "Acme" {
		t.Error("without includedetails the details are there")
	}
	for _, path := range []string{"/api/Client/13?includedetails=true", "/api/Nothing", "/api/Client/x"} {
		if status, body := c.call("GET", path, ""); status != 404 || len(body) < 10 {
			t.Errorf("%s: %d %s, want 404 and a sentence", path, status, body)
		}
	}
}

func TestUsersAreSearchedAnywhere(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{
		Clients: []localhalo.Client{{ID: 5, Name: "Acme"}},
		Users: []localhalo.User{
			{ID: 1, Name: "Jane", Email: "Jane@acme.com", ClientID: 5},
			{ID: 2, Name: "Other", Email: "notjane@acme.com", ClientID: 5},
			{ID: 3, Name: "Gone", Email: "jane@acme.com", ClientID: 5, Inactive: true},
		},
	})
	got := c.object("GET", "/api/Users?search=jane%40acme.com", "", http.StatusOK)
	users := got["users"].([]any)
	if got["record_count"] != 2.0 || len(users) != 2 {
		t.Fatalf("found %v", got)
	}
	first := users[0].(map[string]any)
	if first["emailaddress"] != "Jane@acme.com" || first["client_id"] != 5.0 || first["client_name"] != "Acme" {
		t.Errorf("first user %v", first)
	}
}

func TestTopLevelsComeInTheShapesSeen(t *testing.T) {
	t.Parallel()
	for shape, want := range map[string]string{"": "[", "toplevels": "{", "tree": "{"} {
		c := start(t, localhalo.Options{TopLevelShape: shape})
		if status, body := c.call("GET", "/api/TopLevel", ""); status != 200 || body[:1] != want {
			t.Errorf("%q: %d %s", shape, status, body)
		}
	}
}

func TestSeededClientsDiffer(t *testing.T) {
	t.Parallel()
	seenName, seenHost := map[string]bool{}, map[string]bool{}
	for _, c := range localhalo.Seeded(5000) {
		if seenName[c.Name] || c.Website != "" && seenHost[c.Website] {
			t.Fatalf("%q (%s) is there twice", c.Name, c.Website)
		}
		seenName[c.Name], seenHost[c.Website] = true, true
	}
}
