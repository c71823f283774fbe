package localhalo

import (
	"maps"
	"slices"
	"strings"
)

// SetLists changes how lists differ from what is asked of them.
func (s *Server) SetLists(change func(*Lists)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lists.Ignores = slices.Clone(s.lists.Ignores)
	change(&s.lists)
}

// Ignore makes lists ignore a query parameter (see Lists.Ignores) until heed is called.
func (s *Server) Ignore(parameter string) (heed func()) {
	s.SetLists(func(l *Lists) { l.Ignores = append(l.Ignores, parameter) })
	return func() {
		s.SetLists(func(l *Lists) {
			if i := slices.Index(l.Ignores, parameter); i >= 0 {
				l.Ignores = slices.Delete(l.Ignores, i, i+1)
			}
		})
	}
}

// heeded is what a call asks for, as far as the tenant minds it.
func (s *Server) heeded(in *request) query {
	q := query{maps.Clone(in.URL.Query())}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.lists.Ignores {
		if of, parameter, some := strings.Cut(name, "."); !some {
			q.drop(name)
		} else if ignoring, ok := listNames[in.call.Kind]; ok && ignoring == of {
			q.drop(parameter)
		}
	}
	return q
}

var listNames = map[Kind]string{KindList: "clients", KindUsers: "users", KindSites: "sites", KindTickets: "tickets"}

func (q query) drop(parameter string) {
	q.Del(parameter)
	if parameter == "order" {
		q.Del("orderdesc")
	}
}
