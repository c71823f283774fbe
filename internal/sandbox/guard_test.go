package sandbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	s := startSandbox(t, Options{})
	port := s.URL()[strings.LastIndex(s.URL(), ":")+1:]
	tests := []struct {
		name, method, path, host string
		header                   map[string]string
		want                     int
	}{
		{"the page", "GET", "/", "127.0.0.1:" + port, nil, 200},
		{"the page as localhost", "GET", "/", "localhost:" + port, nil, 200},
		{"a name that an outsider points here", "GET", "/", "evil.example:" + port, nil, 421},
		{"the same, for the news", "GET", "/news", "evil.example", nil, 421},
		{"an action from the page", "POST", "/act/calm", "127.0.0.1:" + port, map[string]string{"Origin": s.URL(), "Sec-Fetch-Site": "same-origin", "Cookie": s.cookie() + "=" + s.key}, 200},
		{"an action from another site", "POST", "/act/calm", "127.0.0.1:" + port, map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"an action from another site, old browser", "POST", "/act/calm", "127.0.0.1:" + port, map[string]string{"Origin": "https://evil.example"}, 403},
		{"an action from another port", "POST", "/act/calm", "127.0.0.1:" + port, map[string]string{"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403},
		{"an action that does not exist", "POST", "/act/nothing", "127.0.0.1:" + port, nil, 404},
	}
	for _, test := range tests {
		req, err := http.NewRequestWithContext(t.Context(), test.method, s.URL()+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = test.host
		for key, value := range test.header {
			req.Header.Set(key, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if resp.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", test.name, resp.StatusCode, test.want)
		}
		if csp := resp.Header.Get("Content-Security-Policy"); test.want != 421 && !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: Content-Security-Policy %q", test.name, csp)
		}
	}
	for name, url := range map[string]string{"Slack": s.slack.APIURL() + "api.test", "Halo": s.tenants[0].url + "/api/authinfo"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "evil.example"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("the local %s answers another host with %d", name, resp.StatusCode)
		}
	}
}
