package sandbox

import (
	"context"
	"embed"
	"net/http"
	"time"
)

//go:embed page
var assets embed.FS

// pages is the sandbox's own address: the page, its news, what people do in it.
func (s *Sandbox) pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /page/", uncached(http.FileServerFS(assets)))
	mux.Handle("GET /{$}", file("page/index.html"))
	// The bot's links to messages lead here; the page opens them itself.
	mux.Handle("GET /archives/", file("page/index.html"))
	mux.HandleFunc("GET /news", s.serveNews)
	mux.HandleFunc("POST /act/{action}", s.serveAct)
	mux.HandleFunc("POST /act/suggest", s.serveSuggest)
	return mux
}

// portal fills a tenant's own address, beside its API: where the links to clients lead.
func (s *Sandbox) portal(mux *http.ServeMux, t *tenant) {
	mux.Handle("GET /page/", uncached(http.FileServerFS(assets)))
	mux.Handle("GET /customers", file("page/portal.html"))
	mux.Handle("GET /ticket", file("page/portal.html"))
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
