package localhalo_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/localhalo"
)

const acme = `[{"name":"Acme Ltd","website":"acme.com","trading_name":"Acme","notes":"Hello","ref":"k1","toplevel_id":1}]`

func TestCreateMakesAClient(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	got := c.object("POST", "/api/Client", acme, http.StatusCreated)
	if got["id"] != 1.0 || got["website"] != "acme.com" || got["trading_name"] != "Acme" || got["main_site_id"] != 1001.0 || len(got) < 450 {
		t.Errorf("%d properties: id %v, website %v", len(got), got["id"], got["website"])
	}
	want := localhalo.Client{ID: 1, Name: "Acme Ltd", Website: "acme.com", TradingName: "Acme", Notes: "Hello", Ref: "k1", TopLevelID: 1, MainSite: "Main", MainSiteID: 1001}
	kept, _ := c.halo.Client(1)
	kept.Created = want.Created
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameCreateTwiceMakesTwoClients(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("POST", "/api/Client", acme)
	c.call("POST", "/api/Client", acme)
	if n := len(c.halo.Named("Acme Ltd")); n != 2 || c.halo.Len() != 2 {
		t.Errorf("%d clients", n)
	}
}

func TestAnIDMakesItAnUpdate(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("POST", "/api/Client", acme)
	c.call("POST", "/api/Client", `[{"id":1,"notes":"Changed"}]`)
	kept, _ := c.halo.Client(1)
	if kept.Notes != "Changed" || kept.Name != "Acme Ltd" || c.halo.Len() != 1 || c.halo.Count(localhalo.KindUpdate) != 1 {
		t.Errorf("kept %+v of %d", kept, c.halo.Len())
	}
	if status, _ := c.call("POST", "/api/Client", `[{"id":99,"notes":"Changed"}]`); status != 404 {
		t.Errorf("an id that is not there: %d, want 404", status)
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, body, says string }{
		{"a bare object", `{"name":"Acme"}`, "requires a JSON array"},
		{"nothing", ``, "requires a JSON array"},
		{"broken JSON", `[{"name":`, "requires a JSON array"},
		{"an empty array", `[]`, "no client"},
		{"an element that is no object", `["Acme"]`, "could not be read"},
		{"a fraction for a whole number", `[{"name":"Acme","toplevel_id":1.0}]`, "[0].toplevel_id"},
		{"text for a number", `[{"name":"Acme","toplevel_id":"first"}]`, "whole number"},
		{"a number beyond 32 bits", `[{"name":"Acme","toplevel_id":2147483648}]`, "whole number"},
		{"an object for text", `[{"name":{"text":"Acme"}}]`, "[0].name"},
		{"text for an array", `[{"name":"Acme","customfields":"x"}]`, "customfields"},
		{"a word for a truth", `[{"name":"Acme","inactive":"perhaps"}]`, "inactive"},
		{"no name", `[{"website":"acme.com"}]`, "needs a name"},
		{"a top level that is not there", `[{"name":"Acme","toplevel_id":77}]`, "top level"},
		{"a website of 251 characters", `[{"name":"Acme","website":"` + strings.Repeat("w", 251) + `"}]`, "250"},
	}
	c := start(t, localhalo.Options{})
	for _, test := range tests {
		if status, body := c.call("POST", "/api/Client", test.body); status != 400 || !strings.Contains(body, test.says) {
			t.Errorf("%s: %d %s, want 400 and %q", test.name, status, body, test.says)
		}
	}
	if c.halo.Len() != 0 {
		t.Errorf("%d clients were made", c.halo.Len())
	}
	if status, _ := c.call("POST", "/api/Client", `[{"name":"Acme","toplevel_id":"1","website":"`+strings.Repeat("w", 250)+`"}]`); status != 201 {
		t.Errorf("what Halo converts: answered %d", status)
	}
}

func TestUnknownFieldsAreIgnoredButNoted(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.object("POST", "/api/Client", `[{"name":"Acme","web_site":"acme.com","Trading_Name":"A","tradingname":"B"}]`, http.StatusCreated)
	if diff := cmp.Diff([]string{"tradingname", "web_site"}, c.halo.UnknownFields()); diff != "" {
		t.Error(diff)
	}
	if kept, _ := c.halo.Client(1); kept.Website != "" || kept.TradingName != "A" {
		t.Errorf("kept %+v", kept)
	}
}

func TestTenantsTreatWhatIsCreatedDifferently(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{AutoRef: true, Drops: []string{"website", "notes", "trading_name"}, FirstID: 4711})
	c.object("POST", "/api/Client", acme, http.StatusCreated)
	kept, _ := c.halo.Client(4711)
	if kept.Ref != "C-000001" || kept.Website != "" || kept.Notes != "" || kept.TradingName != "" || kept.Name != "Acme Ltd" {
		t.Errorf("kept %+v", kept)
	}
}

func TestAnswersComeInTheShapesSeen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		answer localhalo.Answer
		status int
		start  string
		path   func(any) any
	}{
		{localhalo.Answer{}, 201, "{", func(v any) any { return v }},
		{localhalo.Answer{Status: 200, Shape: localhalo.InArray}, 200, "[", func(v any) any { return v.([]any)[0] }},
		{localhalo.Answer{Shape: localhalo.InList}, 201, `{"clients"`, func(v any) any { return v.(map[string]any)["clients"].([]any)[0] }},
	}
	for _, test := range tests {
		c := start(t, localhalo.Options{Answer: test.answer})
		status, body := c.call("POST", "/api/Client", acme)
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil || status != test.status || !strings.HasPrefix(body, test.start) {
			t.Fatalf("%+v: %d %.40s (%v)", test.answer, status, body, err)
		}
		if client := test.path(v).(map[string]any); client["id"] != 1.0 {
			t.Errorf("%+v: id %v", test.answer, client["id"])
		}
	}

	c := start(t, localhalo.Options{Answer: localhalo.Answer{IDsAsStrings: true, Omits: []string{"website", "trading_name"}}})
	got := c.object("POST", "/api/Client", acme, http.StatusCreated)
	_, website := got["website"]
	_, trading := got["trading_name"]
	if got["id"] != "1" || website || trading {
		t.Errorf("id %v, website %t, trading_name %t", got["id"], website, trading)
	}
}

func TestPathsDoNotTellCase(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.object("POST", "/API/client", acme, http.StatusCreated)
	c.object("GET", "/api/CLIENT/1", "", http.StatusOK)
}
