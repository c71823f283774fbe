package sandbox

import (
	"context"
	"crypto/subtle"
	"embed"
	"net/http"
	"strings"
	"time"
)

//go:embed page
var assets embed.FS

// pages is the sandbox's own address: the page, its news, what people do in it.
func (s *Sandbox) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /page/", uncached(http.FileServerFS(assets)))
	mux.HandleFunc("GET /{$}", s.servePage)
	// The bot's links to messages lead here; the page opens them itself.
	mux.Handle("GET /archives/", file("page/index.html"))
	mux.HandleFunc("GET /news", s.serveNews)
	mux.HandleFunc("POST /act/{action}", s.serveAct)
	mux.HandleFunc("POST /act/suggest", s.serveSuggest)
	return mux
}

// servePage is GET /, and GET /?key=…, which is what the terminal shows: it lets the browser do
// what can be done in the page. Another user of the machine has no key, and may look.
func (s *Sandbox) servePage(w http.ResponseWriter, r *http.Request) {
	if !r.URL.Query().Has("key") {
		file("page/index.html").ServeHTTP(w, r)
		return
	}
	if s.holdsKey(r.FormValue("key")) {
		http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: s.key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// cookie is the name of the cookie that holds the key. Cookies do not tell ports apart.
func (s *Sandbox) cookie() string {
	return "sandbox-" + s.url[strings.LastIndexByte(s.url, ':')+1:]
}

func (s *Sandbox) holdsKey(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

// portal fills a tenant's own address, beside its API: where the links to clients, users and
// tickets lead.
func (s *Sandbox) portal(mux *http.ServeMux, t *tenant) {
	mux.Handle("GET /page/", uncached(http.FileServerFS(assets)))
	for _, path := range []string{"/customers", "/ticket", "/tickets"} {
		mux.Handle("GET "+path, file("page/portal.html"))
	}
	mux.Handle("GET /{$}", http.RedirectHandler("/customers", http.StatusFound))
	mux.HandleFunc("GET /portal/news", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.ctx, cancel)()
		woken := wake(ctx, t.halo.Changed)
		st := newStream(w)
		pulse := time.NewTicker(signOf)
		defer pulse.Stop()
		for st.err == nil {
			st.send("halo", []tenantState{t.state()})
			st.flush()
			if !st.wait(ctx, woken, pulse.C) {
				return
			}
		}
	})
}

func file(name string) http.Handler {
	return uncached(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, assets, name)
	}))
}

// uncached keeps browsers from mixing the assets of two versions: the files carry no dates.
func uncached(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
