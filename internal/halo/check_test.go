package halo

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// told is a check's lines as one text per line: name, whether it holds, what it says.
func told(lines []CheckLine) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %t: %s %s", l.Name, l.OK, l.Detail, l.Fix))
	}
	return all
}

// wantLines holds lines to one part each.
func wantLines(t *testing.T, lines []CheckLine, want [][]string) {
	t.Helper()
	got := told(lines)
	if len(got) != len(want) {
		t.Fatalf("the check says %q, want %d lines", got, len(want))
	}
	for i, parts := range want {
		wantIn(t, "a line", got[i], parts...)
	}
}

func TestCheckOnAHealthyHalo(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(37)}, func(s *Settings) { s.CatchAll = []int{1, 99} })
	wantLines(t, c.Check(soon(t)), [][]string{
		{"token true", "read:customers edit:customers", "shows when one is created"},
		{"clients true", "37"},
		{"clock true", "s apart"},
		{"catch-all true", "Client #1 is "},
		{"catch-all false", "no client #99", "HALO_CATCH_ALL_CLIENTS"},
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
	list := `{"record_count":5,"clients":[{"id":1,"name":"A","website":""}]}`
	for name, k := range map[string]struct {
		scope any // as granted
		list  http.HandlerFunc
		wants string
		want  [][]string
	}{
		"less was granted": {"read:customers", reply(200, "application/json", list), "", [][]string{
			{"token false", "without edit:customers", haloAPIPage}, {"clients true"}, {"clock true"},
		}},
		"more was granted":         {"all offline_access", reply(200, "application/json", list), "", [][]string{{"token true"}, {"clients true"}, {"clock true"}}},
		"editing includes reading": {"edit:customers", reply(200, "application/json", list), "", [][]string{{"token true"}, {"clients true"}, {"clock true"}}},
		"all was asked for":        {"read:customers edit:customers", reply(200, "application/json", list), "all", [][]string{{"token true"}, {"clients true"}, {"clock true"}}},
		"the scope is not said":    {nil, reply(200, "application/json", list), "", [][]string{{"token true", "did not say"}, {"clients true"}, {"clock true"}}},
		"no permission": {"all", reply(403, "", ""), "", [][]string{
			{"token true"}, {"clients false", "edit:customers", "Read and Modify"},
		}},
		"nothing to be seen": {"all", reply(200, "application/json", `{"clients":[]}`), "", [][]string{
			{"token true"}, {"clients true", "sees none", "all customers"}, {"clock true"},
		}},
		"no websites": {"all", reply(200, "application/json", `[{"id":1,"name":"A"}]`), "", [][]string{
			{"token true"}, {"clients true", "names only"}, {"clock true"},
		}},
		"the clock is off": {"all", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(-5*time.Minute).UTC().Format(http.TimeFormat))
			reply(200, "application/json", list)(w, r)
		}, "", [][]string{{"token true"}, {"clients true"}, {"clock false", "5m", "NTP"}}},
		"nobody there": {"all", cutOff, "", [][]string{{"token true"}, {"clients false", "HALO_URL"}}},
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
				if r.URL.Path == "/api/Client" {
					k.list(w, r)
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
	c, _ := tenant(t, localhalo.Options{}, func(s *Settings) { s.ClientSecret, s.VarPrefix = "wrong", "HALO_UAT_" })
	lines := c.Check(soon(t))
	wantLines(t, lines, [][]string{{"token false", "HALO_UAT_CLIENT_SECRET", "HALO_UAT_URL"}})
	if strings.Contains(fmt.Sprint(lines), "wrong") {
		t.Errorf("%v holds the secret", lines)
	}
}
