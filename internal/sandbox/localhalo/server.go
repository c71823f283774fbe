package localhalo

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is a Halo tenant. Its methods may be called at any time, from any goroutine.
type Server struct {
	opts Options
	done chan struct{} // closed by Close

	mu          sync.Mutex
	http        *http.Server
	serving     chan struct{}
	addr        string    // kept across Stop and Start
	port        io.Closer // the address's, reserved
	byID        map[int]*stored
	inIDOrder   []*stored
	inNameOrder []*stored
	nextID      int
	nextRef     int
	allListed   time.Time // from then on lists hide nothing
	sites       *table[Site]
	users       *table[User]
	tickets     *table[Ticket]
	lists       Lists
	lacks       map[string][]string // by kind of answer: the properties that this version has not
	tokens      map[string]token
	faults      []*Fault
	holds       []*Hold
	calls       []*Call
	seq         int
	counts      map[Kind]int
	unknown     map[string]bool
	late        sync.WaitGroup // clients that turn up after their request

	watch   sync.Mutex
	waiters chan struct{} // closed at the next change
}

// New makes a tenant. It answers through Handler, or on a port of its own after Start.
func New(o Options) *Server {
	o.fill()
	s := &Server{
		opts: o, done: make(chan struct{}), waiters: make(chan struct{}),
		byID: make(map[int]*stored), nextID: o.FirstID, nextRef: 1, lists: o.Lists, lacks: make(map[string][]string),
		sites:   newTable(func(s *Site) *int { return &s.ID }, firstSite, o.Sites),
		users:   newTable(func(u *User) *int { return &u.ID }, 1, nil),
		tickets: newTable(func(t *Ticket) *int { return &t.ID }, 1, nil),
		tokens:  make(map[string]token), counts: make(map[Kind]int), unknown: make(map[string]bool),
	}
	s.seed()
	return s
}

// Start listens on a free port of 127.0.0.1 and serves until Stop or Close. After a Stop it takes the
// same port again, which nobody else was given meanwhile.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return errors.New("localhalo: started already")
	}
	if s.addr == "" {
		var err error
		if s.addr, s.port, err = reserve(); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	serving := make(chan struct{})
	s.http, s.serving = srv, serving
	go func() {
		defer close(serving)
		srv.Serve(l) // ends with Stop's close, which is no news
	}()
	return nil
}

// Stop takes the tenant off the network, breaking every connection: a Halo that cannot be
// reached. What is in it stays; Start brings it back.
func (s *Server) Stop() {
	s.mu.Lock()
	srv, serving := s.http, s.serving
	s.http = nil
	s.mu.Unlock()
	if srv != nil {
		srv.Close()
		<-serving
	}
}

// Close stops the tenant for good and lets go of everything that was held or is late.
func (s *Server) Close() {
	s.Stop()
	s.mu.Lock()
	select {
	case <-s.done:
	default:
		close(s.done)
		if s.port != nil {
			_ = s.port.Close()
		}
	}
	s.mu.Unlock()
	s.late.Wait()
}

// URL is what HALO_URL should be. Empty before Start.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == "" {
		return ""
	}
	return "http://" + s.addr
}

// Handler is the tenant as a handler, for a server of the caller's own.
func (s *Server) Handler() http.Handler { return s }

// bodyLimit is far above what any caller of a client API needs.
const bodyLimit = 8 << 20

// ServeHTTP answers one request: it is recorded, held where a test holds it, carried out or
// not, and answered or not, as the faults say.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.ToLower(strings.TrimRight(r.URL.Path, "/"))
	if s.opts.Pages != nil && !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/auth/") {
		s.opts.Pages.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		http.Error(w, "", http.StatusRequestEntityTooLarge)
		return
	}
	if s.opts.Judge != nil {
		s.opts.Judge(r, body)
	}
	in := &request{Request: r, path: path, body: body}
	in.call = s.arrived(in)
	a := s.process(in)
	s.answered(in.call, a)
	a.send(w, in, s.done)
}

// process carries a request out, between the holds and as the faults have it.
func (s *Server) process(in *request) *answer {
	if s.held(in.call, Arrived) {
		return &answer{end: endReset, fault: "dropped by the test"}
	}
	e := s.effectOn(in.call)
	if e.Delay > 0 && !s.pause(in.Context(), e.Delay) {
		return &answer{end: endReset, fault: e.Name}
	}
	if e.Before != nil {
		e.Before(s, *in.call)
	}
	a := &answer{status: http.StatusOK}
	in.hide = e.Hide
	switch {
	case e.revoke:
		s.RevokeTokens()
		a = empty(http.StatusUnauthorized)
	case e.Late > 0:
		s.later(e.Late, in)
	case !e.Skip:
		a = s.carryOut(in)
		s.noteStored(in.call, a)
	}
	if e.After != nil {
		e.After(s, *in.call)
	}
	if s.held(in.call, Stored) {
		return &answer{end: endReset, fault: "dropped by the test"}
	}
	return e.replace(a)
}

// carryOut does what the request asks for.
func (s *Server) carryOut(in *request) *answer {
	switch in.call.Kind {
	case KindToken:
		return s.giveToken(in)
	case KindAuthInfo:
		return s.authInfo(in)
	}
	does, ok := api[in.call.Kind]
	if !ok {
		does.scopes = readsCustomers
	}
	if status := s.authorised(in.Header.Get("Authorization"), does.scopes); status != 0 {
		return empty(status)
	}
	if !ok {
		return sentence(http.StatusNotFound, "There is nothing at this address.")
	}
	in.query = s.heeded(in)
	return does.it(s, in)
}

// Clients, sites and users are all under customers. edit:customers does not include reading;
// edit:tickets does.
var (
	readsCustomers = []string{"read:customers"}
	editsCustomers = []string{"edit:customers"}
	readsTickets   = []string{"read:tickets", "edit:tickets"}
	editsTickets   = []string{"edit:tickets"}
)

// api is what can be asked for with a token: each call with the scopes of which it wants one.
var api map[Kind]route

type route struct {
	scopes []string
	it     func(*Server, *request) *answer
}

func init() { // a variable's own value could not name what uses the variable
	lists := func(f func(*Server, query) *answer) func(*Server, *request) *answer {
		return func(s *Server, in *request) *answer { return f(s, in.query) }
	}
	writes := func(of resource) func(*Server, *request) *answer {
		return func(s *Server, in *request) *answer { return s.write(in, of) }
	}
	api = map[Kind]route{
		KindList:         {readsCustomers, lists((*Server).list)},
		KindGet:          {readsCustomers, (*Server).get},
		KindCreate:       {editsCustomers, writes(clients)},
		KindUpdate:       {editsCustomers, writes(clients)},
		KindUsers:        {readsCustomers, lists((*Server).listUsers)},
		KindUser:         {readsCustomers, (*Server).getUser},
		KindUserCreate:   {editsCustomers, writes(users)},
		KindUserUpdate:   {editsCustomers, writes(users)},
		KindSites:        {readsCustomers, lists((*Server).listSites)},
		KindSite:         {readsCustomers, (*Server).getSite},
		KindSiteCreate:   {editsCustomers, writes(sites)},
		KindSiteUpdate:   {editsCustomers, writes(sites)},
		KindTickets:      {readsTickets, lists((*Server).listTickets)},
		KindTicket:       {readsTickets, (*Server).getTicket},
		KindTicketCreate: {editsTickets, writes(tickets)},
		KindTicketUpdate: {editsTickets, writes(tickets)},
		KindTopLevel:     {readsCustomers, func(s *Server, _ *request) *answer { return s.listTopLevels() }},
	}
}

// later carries a request out after its caller has lost the connection.
func (s *Server) later(d time.Duration, in *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.done:
		return // and Close is not waiting for more
	default:
	}
	s.late.Go(func() {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
			s.noteStored(in.call, s.carryOut(in))
		case <-s.done:
		}
	})
}

// pause waits; false when the caller or the tenant went away meanwhile.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}
