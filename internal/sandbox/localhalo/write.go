package localhalo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// resource is what can be posted: clients, users, sites or tickets.
type resource struct {
	one, many string
	types     func() map[string]string // of its properties
	// apply checks one posted element. What it returns keeps it; refusal is Halo's no to it.
	apply func(s *Server, fields map[string]json.RawMessage) (keep keeper, refusal *answer)
}

// keeper keeps a checked element, in no list before hidden, and renders it for the answer.
type keeper func(hidden time.Time) written

// written is what an element became.
type written struct {
	id   int
	made bool // it is new
	own  json.RawMessage
	rest []byte // further members of the answer, which the traffic log leaves out
}

// write is a POST: a JSON array, an element without an id makes something new, one with an id
// changes what has it. All of it is kept or nothing.
func (s *Server) write(in *request, of resource) *answer {
	if mediaType, _, _ := strings.Cut(in.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return empty(http.StatusUnsupportedMediaType)
	}
	var elements []json.RawMessage
	if trimmed := bytes.TrimSpace(in.body); len(trimmed) == 0 || trimmed[0] != '[' || json.Unmarshal(trimmed, &elements) != nil {
		return bindingError("", "The body cannot be read into a list of "+of.many+" because the type requires a JSON array.")
	}
	if len(elements) == 0 {
		return sentence(http.StatusBadRequest, "There is no "+of.one+" in the request.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keepers := make([]keeper, len(elements))
	for i, raw := range elements {
		fields, unknown, err := bind(of, i, raw)
		var bad *fieldError
		if errors.As(err, &bad) {
			return bindingError(bad.path, bad.sentence)
		}
		for _, name := range unknown {
			s.unknown[name] = true
		}
		var refusal *answer
		if keepers[i], refusal = of.apply(s, fields); refusal != nil {
			return refusal
		}
	}
	var hidden time.Time
	if hide := max(in.hide, s.lists.Lag); hide > 0 {
		hidden = s.opts.Now().Add(hide)
	}
	a := &answer{status: s.opts.Answer.Status, contentType: jsonType}
	var whole, shown []json.RawMessage
	for _, keep := range keepers {
		w := keep(hidden)
		if w.made {
			a.stored = append(a.stored, w.id)
		}
		own := s.opts.Answer.without(w.own)
		whole, shown = append(whole, with(own, w.rest)), append(shown, own)
	}
	a.body, a.shown = s.opts.Answer.wrap(of.many, whole), s.opts.Answer.wrap(of.many, shown)
	return a
}

// without takes out of an answer what the tenant omits.
func (a Answer) without(own json.RawMessage) json.RawMessage { return less(own, a.Omits) }

// wrap puts what was written into the answer's shape. Several are always an array.
func (a Answer) wrap(many string, written []json.RawMessage) []byte {
	switch {
	case a.Shape == InList:
		return object(map[string]any{many: written})
	case a.Shape == InArray || len(written) > 1:
		return object(written)
	}
	return written[0]
}

// less is an object without some of its members.
func less(own json.RawMessage, names []string) json.RawMessage {
	if len(names) == 0 {
		return own
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(own, &members); err != nil {
		panic(err) // made by object
	}
	for _, name := range names {
		delete(members, name)
	}
	return object(members)
}

// texts sets what was posted as text, unless the tenant drops it, and says what is too long.
func (s *Server) texts(kind string, fields map[string]json.RawMessage, widths map[string]int, to map[string]*string) (refusal *answer) {
	for name, text := range to {
		value, sent := fields[name]
		if !sent {
			continue
		}
		v := textOf(value)
		if width := widths[name]; width > 0 && len(utf16.Encode([]rune(v))) > width {
			return sentence(http.StatusBadRequest, fmt.Sprintf("The value of %s is longer than %d characters.", name, width))
		}
		if !s.drops(kind, name) {
			*text = v
		}
	}
	return nil
}

// drops says whether the tenant takes a field without keeping it.
func (s *Server) drops(kind, name string) bool {
	return slices.Contains(s.opts.Drops, name) && kind == "clients" || slices.Contains(s.opts.Drops, kind+"."+name)
}

// render is a thing as the tenant's answers show it: without what its version has not.
func (s *Server) render(kind string, v any) json.RawMessage { return less(object(v), s.lacks[kind]) }

// UnknownFields are the names, seen in any POST so far, that Halo does not have. Halo ignores
// them, and so loses what was meant.
func (s *Server) UnknownFields() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.unknown))
	for name := range s.unknown {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
