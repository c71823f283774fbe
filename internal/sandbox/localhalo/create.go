package localhalo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// post is POST /api/Client: a JSON array, an element without an id a new client, one with an
// id a change to that client.
func (s *Server) post(in *request) *answer {
	if mediaType, _, _ := strings.Cut(in.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(mediaType), "application/json") {
		return empty(http.StatusUnsupportedMediaType)
	}
	var elements []json.RawMessage
	if trimmed := bytes.TrimSpace(in.body); len(trimmed) == 0 || trimmed[0] != '[' || json.Unmarshal(trimmed, &elements) != nil {
		return bindingError("", "The body cannot be read into a list of clients because the type requires a JSON array.")
	}
	if len(elements) == 0 {
		return sentence(http.StatusBadRequest, "There is no client in the request.")
	}
	var posted []map[string]json.RawMessage
	var unknown []string
	for i, raw := range elements {
		fields, names, err := bind(i, raw)
		var bad *fieldError
		if errors.As(err, &bad) {
			return bindingError(bad.path, bad.sentence)
		}
		posted, unknown = append(posted, fields), append(unknown, names...)
	}
	return s.save(in, posted, unknown)
}

// save checks and keeps what was posted: all of it or nothing.
func (s *Server) save(in *request, posted []map[string]json.RawMessage, unknown []string) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range unknown {
		s.unknown[name] = true
	}
	changes := make([]*stored, len(posted))
	for i, fields := range posted {
		c, problem := s.apply(fields)
		if problem != "" {
			return sentence(http.StatusBadRequest, problem)
		}
		if c == nil {
			return sentence(http.StatusNotFound, "No client was found with this id.")
		}
		changes[i] = c
	}
	a := &answer{status: s.opts.Answer.Status, contentType: jsonType}
	var whole, shown []json.RawMessage
	for _, c := range changes {
		switch old := s.byID[c.ID]; {
		case c.ID == 0:
			s.number(c)
			if in.hide > 0 {
				c.hidden = time.Now().Add(in.hide)
			}
			a.stored = append(a.stored, c.ID)
		case old != nil:
			s.take(old)
		}
		s.put(c)
		own := s.answerOwn(&c.Client)
		whole, shown = append(whole, with(own, areaRest())), append(shown, own)
	}
	a.body, a.shown = s.opts.Answer.wrap(whole), s.opts.Answer.wrap(shown)
	return a
}

// number gives a new client what Halo gives it: an id, a time, a site, perhaps a reference.
func (s *Server) number(c *stored) {
	c.ID, c.Created = s.nextID, time.Now()
	s.nextID++
	setIfZero(&c.MainSite, "Main")
	if s.opts.AutoRef {
		c.Ref = fmt.Sprintf("C-%06d", s.nextRef)
		s.nextRef++
	}
}

// widths are Halo's column widths, in UTF-16 units. A longer value is refused.
var widths = map[string]int{"name": 4000, "trading_name": 4000, "website": 250, "domain": 250, "ref": 4000, "accountsid": 4000}

// apply is the client that fields make of a new or an existing one: nil for an id that is
// not there, a sentence for what Halo refuses.
func (s *Server) apply(fields map[string]json.RawMessage) (*stored, string) {
	c := &stored{Client: Client{TopLevelID: s.opts.DefaultTopLevel}}
	if id := intOf(fields["id"]); id > 0 {
		old := s.byID[id]
		if old == nil {
			return nil, ""
		}
		c.Client, c.hidden = old.Client, old.hidden
	}
	for name, to := range map[string]*string{
		"name": &c.Name, "website": &c.Website, "trading_name": &c.TradingName, "notes": &c.Notes, "ref": &c.Ref,
		"accountsid": &c.AccountsID, "domain": &c.Domain, "colour": &c.Colour, "newclient_sitename": &c.MainSite,
	} {
		value, sent := fields[name]
		if !sent {
			continue
		}
		text := textOf(value)
		if width := widths[name]; width > 0 && len(utf16.Encode([]rune(text))) > width {
			return nil, fmt.Sprintf("The value of %s is longer than %d characters.", name, width)
		}
		if !slices.Contains(s.opts.Drops, name) {
			*to = text
		}
	}
	if strings.TrimSpace(c.Name) == "" {
		return nil, "A client needs a name."
	}
	for name, to := range map[string]*bool{"inactive": &c.Inactive, "is_vip": &c.VIP} {
		if value, sent := fields[name]; sent {
			*to, _ = strconv.ParseBool(textOf(value))
		}
	}
	if value, sent := fields["toplevel_id"]; sent {
		top := intOf(value)
		if top > 0 && s.topLevelName(top) == "" {
			return nil, "The top level does not exist."
		}
		c.TopLevelID = top
	}
	return c, ""
}

func textOf(value json.RawMessage) string {
	text, quoted := scalar(value)
	if text == "null" && !quoted {
		return ""
	}
	return text
}

func intOf(value json.RawMessage) int {
	n, _ := strconv.Atoi(textOf(value))
	return n
}

// answerOwn is what the answer to a create says of the client.
func (s *Server) answerOwn(c *Client) json.RawMessage {
	own := s.own(c, true)
	if len(s.opts.Answer.Omits) == 0 {
		return own
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(own, &members); err != nil {
		panic(err) // made by object
	}
	for _, name := range s.opts.Answer.Omits {
		delete(members, name)
	}
	return object(members)
}

// wrap puts clients into the answer's shape. Several are always an array.
func (a Answer) wrap(clients []json.RawMessage) []byte {
	switch {
	case a.Shape == InList:
		return object(map[string]any{"clients": clients})
	case a.Shape == InArray || len(clients) > 1:
		return object(clients)
	}
	return clients[0]
}

// UnknownFields are the names, seen in any create so far, that Halo's client does not have.
// Halo ignores them, and so loses what was meant.
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
