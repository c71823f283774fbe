package localhalo

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind is what a request asks for.
type Kind string

// The kinds of request.
const (
	KindToken        Kind = "token"    // POST /auth/token
	KindAuthInfo     Kind = "authinfo" // GET /api/authinfo
	KindList         Kind = "list"     // GET /api/Client
	KindGet          Kind = "get"      // GET /api/Client/{id}
	KindCreate       Kind = "create"   // POST /api/Client without an id
	KindUpdate       Kind = "update"   // POST /api/Client with an id
	KindUsers        Kind = "users"    // GET /api/Users
	KindUser         Kind = "user"     // GET /api/Users/{id}
	KindUserCreate   Kind = "create user"
	KindUserUpdate   Kind = "update user"
	KindSites        Kind = "sites" // GET /api/Site
	KindSite         Kind = "site"  // GET /api/Site/{id}
	KindSiteCreate   Kind = "create site"
	KindSiteUpdate   Kind = "update site"
	KindTickets      Kind = "tickets" // GET /api/Tickets
	KindTicket       Kind = "ticket"  // GET /api/Tickets/{id}
	KindTicketCreate Kind = "create ticket"
	KindTicketUpdate Kind = "update ticket"
	KindTopLevel     Kind = "top level" // GET /api/TopLevel
	KindOther        Kind = "other"
)

// kinds are those of each resource: its list, one of it, a new one, a changed one.
var kinds = map[string]struct{ list, one, create, update Kind }{
	"/api/client":  {KindList, KindGet, KindCreate, KindUpdate},
	"/api/users":   {KindUsers, KindUser, KindUserCreate, KindUserUpdate},
	"/api/site":    {KindSites, KindSite, KindSiteCreate, KindSiteUpdate},
	"/api/tickets": {KindTickets, KindTicket, KindTicketCreate, KindTicketUpdate},
}

// Call is a request that the tenant received. Secrets and tokens are left out of it.
type Call struct {
	Seq    int
	At     time.Time
	Kind   Kind
	ID     int // in the path, or of the first element that was posted; 0 for none
	Method string
	Path   string
	Query  url.Values
	Body   string // cut after 16 KiB

	// What became of it; zero while it is in hand.
	Done   bool
	Took   time.Duration
	Status int    // 0 when no answer was sent
	Answer string // cut after 16 KiB, without properties that are always empty, 5 rows of a list
	Fault  string // the name of the fault that it met
	Stored []int  // the ids of what it made: clients, users, sites or tickets
}

// request is a call in hand.
type request struct {
	*http.Request
	path  string // lower case, no slash at the end
	body  []byte
	query query
	call  *Call
	hide  time.Duration // how long lists will not show what it makes
}

const (
	callsKept = 4000
	textKept  = 16 << 10
	redacted  = "(hidden)"
)

// kindOf is what a request asks for, and the id that it is about.
func kindOf(method, path string, body []byte) (Kind, int) {
	get := method == http.MethodGet
	switch {
	case path == "/auth/token":
		return KindToken, 0
	case path == "/api/authinfo" && get:
		return KindAuthInfo, 0
	case path == "/api/toplevel" && get:
		return KindTopLevel, 0
	}
	if k, ok := kinds[path]; ok && get {
		return k.list, 0
	} else if ok && method == http.MethodPost {
		var ids []struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(body, &ids) == nil && len(ids) > 0 && intOf(ids[0].ID) > 0 {
			return k.update, intOf(ids[0].ID)
		}
		return k.create, 0
	}
	slash := max(strings.LastIndexByte(path, '/'), 0)
	if k, ok := kinds[path[:slash]]; ok && get {
		id, _ := strconv.Atoi(path[slash+1:])
		return k.one, id
	}
	return KindOther, 0
}

// arrived records a request as it comes in.
func (s *Server) arrived(in *request) *Call {
	kind, id := kindOf(in.Method, in.path, in.body)
	c := &Call{
		At: s.opts.Now(), Kind: kind, ID: id,
		Method: in.Method, Path: in.URL.Path, Query: in.URL.Query(), Body: cutText(in.body),
	}
	if c.Kind == KindToken {
		form, _ := url.ParseQuery(string(in.body))
		if form.Has("client_secret") {
			form.Set("client_secret", redacted)
		}
		c.Body = form.Encode()
	}
	s.mu.Lock()
	s.seq++
	c.Seq = s.seq
	s.counts[c.Kind]++
	if len(s.calls) >= 2*callsKept {
		s.calls = slices.Clone(s.calls[callsKept:])
	}
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	s.changed()
	return c
}

// answered records what became of it, before the answer is on its way.
func (s *Server) answered(c *Call, a *answer) {
	s.mu.Lock()
	c.Done, c.Took, c.Fault = true, time.Since(c.At), a.fault
	if a.end == endWell || a.end == endHalf {
		c.Status = a.status
		shown := a.shown
		if shown == nil {
			shown = a.body
		}
		c.Answer = cutText(shown)
	}
	s.mu.Unlock()
	s.changed()
}

// noteStored records what a request made, as soon as they are there.
func (s *Server) noteStored(c *Call, a *answer) {
	if len(a.stored) == 0 {
		return
	}
	s.mu.Lock()
	c.Stored = append(c.Stored, a.stored...)
	s.mu.Unlock()
	s.changed()
}

func cutText(b []byte) string {
	if len(b) <= textKept {
		return string(b)
	}
	b = b[:textKept]
	for !utf8.Valid(b[len(b)-min(len(b), utf8.UTFMax):]) && len(b) > textKept-utf8.UTFMax {
		b = b[:len(b)-1]
	}
	return string(b) + "…"
}

// Calls are the latest requests (4,000 at least) that match, oldest first; nil matches all.
func (s *Server) Calls(m Match) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if m == nil || m(*c) {
			out = append(out, *c)
		}
	}
	return out
}

// Count is how many requests of a kind came in since the start.
func (s *Server) Count(k Kind) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[k]
}

// changed wakes everybody who waits for a change.
func (s *Server) changed() {
	s.watch.Lock()
	defer s.watch.Unlock()
	close(s.waiters)
	s.waiters = make(chan struct{})
}

// Changed is closed at the next change: a request that came in or was answered, something
// that was made, changed or removed. Take it before looking, then nothing is missed.
func (s *Server) Changed() <-chan struct{} {
	s.watch.Lock()
	defer s.watch.Unlock()
	return s.waiters
}

// Wait returns nil as soon as cond holds, looking again at each change, or ctx's error.
func (s *Server) Wait(ctx context.Context, cond func() bool) error {
	for {
		changed := s.Changed()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
