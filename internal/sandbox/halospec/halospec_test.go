package halospec_test

import (
	"net/http"
	"strings"
	"testing"

	"halobot/internal/sandbox/halospec"
)

func TestWhatMayBeSent(t *testing.T) {
	t.Parallel()
	const jsonType, form = "application/json; charset=utf-8", "application/x-www-form-urlencoded"
	tests := []struct {
		name, method, path, media, body string
		says                            string // "" when it may be sent
	}{
		{"a client", "POST", "/api/Client", jsonType, `[{"name":"Acme","website":"acme.example","trading_name":"A","notes":"n","ref":"k","toplevel_id":1}]`, ""},
		{"the path in another case", "POST", "/api/client", jsonType, `[{"name":"Acme"}]`, ""},
		{"a client with further fields", "POST", "/api/Client", jsonType, `[{"name":"Acme","customertype":1,"customfields":[{"name":"CFType","value":3}]}]`, ""},
		{"a changed client", "POST", "/api/Client", jsonType, `[{"id":12,"inactive":true}]`, ""},
		{"a client without a name", "POST", "/api/Client", jsonType, `[{"website":"acme.example"}]`, "name"},
		{"a property that there is not", "POST", "/api/Client", jsonType, `[{"name":"Acme","webiste":"acme.example"}]`, "webiste"},
		{"text for a number", "POST", "/api/Client", jsonType, `[{"name":"Acme","toplevel_id":"1"}]`, "toplevel_id"},
		{"a fraction", "POST", "/api/Client", jsonType, `[{"name":"Acme","toplevel_id":1.0}]`, "1.0 is not written"},
		{"a website that is too long", "POST", "/api/Client", jsonType, `[{"name":"Acme","website":"` + strings.Repeat("w", 251) + `"}]`, "website"},
		{"no array", "POST", "/api/Client", jsonType, `{"name":"Acme"}`, "array"},
		{"an empty array", "POST", "/api/Client", jsonType, `[]`, "minimum number of items"},
		{"JSON and more", "POST", "/api/Client", jsonType, `[{"name":"Acme"}] []`, "follows"},
		{"a user", "POST", "/api/Users", jsonType, `[{"name":"Jane","firstname":"Jane","emailaddress":"j@acme.example","site_id":5,"client_id":6,"sendwelcomeemail":false,"notes":"k"}]`, ""},
		{"a user without a site", "POST", "/api/Users", jsonType, `[{"name":"Jane","client_id":6,"sendwelcomeemail":false}]`, "site_id"},
		{"a user who may be mailed", "POST", "/api/Users", jsonType, `[{"name":"Jane","site_id":5}]`, "sendwelcomeemail"},
		{"a user who is silenced", "POST", "/api/Users", jsonType, `[{"name":"Jane","site_id":5,"sendwelcomeemail":false,"neversendemails":true}]`, "neversendemails"},
		{"a moved user", "POST", "/api/Users", jsonType, `[{"id":640,"site_id":5,"client_id":6}]`, ""},
		{"a site's domain", "POST", "/api/Site", jsonType, `[{"id":5,"client_id":6,"emaildomain":"acme.example"}]`, ""},
		{"a site of no client", "POST", "/api/Site", jsonType, `[{"id":5,"emaildomain":"acme.example"}]`, "client_id"},
		{"a moved ticket", "POST", "/api/Tickets", jsonType, `[{"id":881,"client_id":6,"site_id":5,"user_id":7,"sendack":false}]`, ""},
		{"a ticket moved by halves", "POST", "/api/Tickets", jsonType, `[{"id":881,"client_id":6}]`, "site_id"},
		{"a ticket moved by force", "POST", "/api/Tickets", jsonType, `[{"id":881,"client_id":6,"site_id":5,"user_id":7,"_novalidate":true}]`, "_novalidate"},
		{"a token", "POST", "/auth/token", form, "grant_type=client_credentials&client_id=a&client_secret=b&scope=read%3Acustomers", ""},
		{"another grant", "POST", "/auth/token", form, "grant_type=password&client_id=a&client_secret=b", "grant_type"},
		{"two secrets", "POST", "/auth/token", form, "grant_type=client_credentials&client_id=a&client_secret=b&client_secret=c", "2 times"},
		{"a form for a client", "POST", "/api/Client", form, "name=Acme", "type"},
		{"a list", "GET", "/api/Client", "", "", ""},
		{"a list with a body", "GET", "/api/Client", jsonType, "[]", "no body"},
		{"an action", "POST", "/api/Actions", jsonType, "[]", "no such call"},
		{"a deletion", "DELETE", "/api/Client", jsonType, "", "no such call"},
	}
	for _, test := range tests {
		err := halospec.Check(test.method, test.path, test.media, []byte(test.body))
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v, want %q in it", test.name, err, test.says)
		}
	}
}

// failing is a test that keeps what it is failed with.
type failing struct {
	testing.TB
	cleanup func()
	said    []string
}

func (f *failing) Cleanup(do func()) { f.cleanup = do }
func (f *failing) Error(args ...any) { f.said = append(f.said, args[0].(string)) }

func TestAJudgedTestFailsAtItsEnd(t *testing.T) {
	t.Parallel()
	f := &failing{TB: t}
	judge := halospec.Judge(f)
	for path, body := range map[string]string{"/api/Client": `[{"name":"Acme"}]`, "/api/Users": `[{"name":"Jane"}]`, "/auth/token": "client_secret=hush"} {
		r, err := http.NewRequest(http.MethodPost, "http://halo.example"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		judge(r, []byte(body))
	}
	if len(f.said) != 0 {
		t.Errorf("said before the end: %q", f.said)
	}
	f.cleanup()
	if all := strings.Join(f.said, "\n"); len(f.said) != 2 || !strings.Contains(all, "/api/Users") || strings.Contains(all, "hush") {
		t.Errorf("said %q", f.said)
	}
}
