package halo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// told is a check's lines as one text per line: name, whether it holds, what it says.
func told(lines []Finding) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s: %s %s", l.Name, l.Grade, l.Detail, l.Fix))
	}
	return all
}

// wantLines holds the lines of the same names to their parts, and no other line may be wrong.
func wantLines(t *testing.T, lines []Finding, want [][]string) {
	t.Helper()
	t.Logf("the check says %q", told(lines))
	rest := slices.Clone(told(lines))
	for _, parts := range want {
		name, _, _ := strings.Cut(parts[0], " ")
		at := slices.IndexFunc(rest, func(line string) bool { return strings.HasPrefix(line, name+" ") })
		if at < 0 {
			t.Errorf("nothing is said of %q", parts)
			continue
		}
		wantIn(t, "a line", rest[at], parts...)
		rest = slices.Delete(rest, at, at+1)
	}
	for _, line := range rest {
		if strings.Contains(line, " wrong: ") {
			t.Errorf("also wrong: %s", line)
		}
	}
}

func TestCheckOnAHealthyHalo(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(37)}, func(s *Settings) { s.CatchAll = []int{1, 99} })
	wantLines(t, c.Check(soon(t)), [][]string{
		{"token fine", "read:customers edit:customers", "shows when one is created"},
		{"clients fine", "37"},
		{"clock fine", "s apart"},
		{"catch-all fine", "Client #1 is "},
		{"catch-all wrong", "no client #99", "HALO_CATCH_ALL_CLIENTS"},
	})
	for _, call := range s.Calls(nil) {
		if call.Method != http.MethodGet && call.Kind != localhalo.KindToken {
			t.Errorf("the check made a %s of %s", call.Method, call.Path)
		}
	}
	if s.Len() != 37 {
		t.Error("the check changed something")
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	list := `{"record_count":1,"clients":[{"id":1,"name":"A","website":"","notes":null}]}`
	for name, k := range map[string]struct {
		scope any // as granted
		list  http.HandlerFunc
		wants string
		want  [][]string
	}{
		"less was granted": {"read:customers", reply(200, "application/json", list), "", [][]string{
			{"token wrong", "without edit:customers", haloAPIPage}, {"clients fine"}, {"clock fine"},
		}},
		"more was granted":         {"all offline_access", reply(200, "application/json", list), "", [][]string{{"token fine"}, {"clients fine"}, {"clock fine"}}},
		"editing includes reading": {"edit:customers", reply(200, "application/json", list), "", [][]string{{"token fine"}, {"clients fine"}, {"clock fine"}}},
		"all was asked for":        {"read:customers edit:customers", reply(200, "application/json", list), "all", [][]string{{"token fine"}, {"clients fine"}, {"clock fine"}}},
		"the scope is not said":    {nil, reply(200, "application/json", list), "", [][]string{{"token fine", "did not say"}, {"clients fine"}, {"clock fine"}}},
		"no permission": {"all", reply(403, "", ""), "", [][]string{
			{"token fine"}, {"clients wrong", "edit:customers", "Read and Modify"},
		}},
		"nothing to be seen": {"all", reply(200, "application/json", `{"clients":[]}`), "", [][]string{
			{"token fine"}, {"clients advice", "sees none", "all customers"}, {"clock fine"},
		}},
		"no websites": {"all", reply(200, "application/json", `[{"id":1,"name":"A"}]`), "", [][]string{
			{"token fine"}, {"clients fine"}, {"lists", "without their notes"}, {"lists wrong", "without their websites"},
		}},
		"the clock is off": {"all", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
			reply(200, "application/json", list)(w, r)
		}, "", [][]string{{"token fine"}, {"clients fine"}, {"clock wrong", "5m", "NTP"}}},
		"nobody there": {"all", cutOff, "", [][]string{{"token fine"}, {"clients wrong", "HALO_URL"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &authServer{token: func(w http.ResponseWriter, r *http.Request) {
				given := map[string]any{"access_token": testToken, "expires_in": 3600}
				if k.scope != nil {
					given["scope"] = k.scope
				}
				answer(w, 200, given)
			}}
			s := a.serve(t)
			s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/api/Client" && r.URL.Query().Get("search_name_only") > "A":
					answer(w, 200, []any{})
					return
				case r.URL.Path == "/api/Client":
					k.list(w, r)
					return
				case r.URL.Path == "/api/Client/1":
					answer(w, 200, map[string]any{"id": 1, "name": "A", "website": "", "ref": "", "notes": "", "main_site_id": 7})
					return
				}
				a.ServeHTTP(w, r)
			})
			wantLines(t, connect(t, s.URL, func(s *Settings) { s.Scope = k.wants }).Check(soon(t)), k.want)
		})
	}
}

func TestCheckOnWrongCredentialsStopsThere(t *testing.T) {
	t.Parallel()
	c, _ := tenant(t, localhalo.Options{}, func(s *Settings) { s.ClientSecret, s.VarPrefix = "not-the-secret", "HALO_UAT_" })
	lines := c.Check(soon(t))
	wantLines(t, lines, [][]string{{"token wrong", "HALO_UAT_CLIENT_ID", "HALO_UAT_CLIENT_SECRET"}})
	if strings.Contains(fmt.Sprint(lines), "not-the-secret") {
		t.Errorf("%v holds the secret", lines)
	}
}

func TestCheckAdvisesOnWhatIsAtFault(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		token http.HandlerFunc
		want  string
	}{
		"a page":      {reply(200, "text/html", "<h1>"), "HALO_AUTH_URL"},
		"nothing":     {reply(404, "", ""), "HALO_AUTH_URL"},
		"maintenance": {reply(503, "", ""), "again"},
		"too often":   {reply(429, "", ""), "again"},
		"no answer":   {cutOff, "HALO_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := connect(t, (&authServer{token: k.token}).serve(t).URL).Check(soon(t))
			// What is seen may say already what to do: then there is no fix that repeats it.
			if len(found) != 1 || !strings.Contains(found[0].Detail+found[0].Fix, k.want) || strings.Contains(found[0].Detail+found[0].Fix, "SECRET") {
				t.Errorf("%+v, want one with %s that says nothing of secrets", found, k.want)
			}
		})
	}
}
