package sandbox

import (
	"net"
	"net/http"
)

// guard lets through what is meant for this server: its own address as the host, so that
// no name that an outsider points at 127.0.0.1 gets an answer; and, for requests that change
// something, none that a page of another site sends.
func guard(addr net.Addr, next http.Handler) http.Handler {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		panic(err) // every TCP listener's address has a port
	}
	hosts := map[string]bool{"127.0.0.1:" + port: true, "localhost:" + port: true}
	sameSite := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hosts[r.Host] {
			http.Error(w, "This is a sandbox on 127.0.0.1, and answers to no other name.", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "+
			"connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'")
		sameSite.ServeHTTP(w, r)
	})
}
