package localhalo

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// clients are what POST /api/Client takes.
var clients = resource{one: "client", many: "clients", types: func() map[string]string { return areaTypes() }, apply: (*Server).applyClient}

// clientWidths are Halo's column widths, in UTF-16 units. A longer value is refused.
var clientWidths = map[string]int{"name": 4000, "trading_name": 4000, "website": 250, "domain": 250, "ref": 4000, "accountsid": 4000}

// applyClient is the client that fields make of a new or an existing one.
func (s *Server) applyClient(fields map[string]json.RawMessage) (keeper, *answer) {
	c := &stored{Client: Client{TopLevelID: s.opts.DefaultTopLevel}}
	if id := intOf(fields["id"]); id > 0 {
		old := s.byID[id]
		if old == nil {
			return nil, sentence(http.StatusNotFound, "No client was found with this id.")
		}
		c.Client, c.hidden = old.Client, old.hidden
	}
	refusal := s.texts("clients", fields, clientWidths, map[string]*string{
		"name": &c.Name, "website": &c.Website, "trading_name": &c.TradingName, "notes": &c.Notes, "ref": &c.Ref,
		"accountsid": &c.AccountsID, "domain": &c.Domain, "colour": &c.Colour, "newclient_sitename": &c.MainSite,
	})
	if refusal != nil {
		return nil, refusal
	}
	if strings.TrimSpace(c.Name) == "" {
		return nil, sentence(http.StatusBadRequest, "A client needs a name.")
	}
	setBool(fields, "inactive", &c.Inactive)
	setBool(fields, "is_vip", &c.VIP)
	if value, sent := fields["toplevel_id"]; sent {
		top := intOf(value)
		if top > 0 && s.topLevelName(top) == "" {
			return nil, sentence(http.StatusBadRequest, "The top level does not exist.")
		}
		c.TopLevelID = top
	}
	return func(hidden time.Time) written {
		made := c.ID == 0
		if made {
			s.number(c)
			c.hidden = hidden
		} else if old := s.byID[c.ID]; old != nil {
			s.take(old)
		}
		s.put(c)
		return written{c.ID, made, s.own(&c.Client, true), areaRest()}
	}, nil
}

// number gives a new client what Halo gives it: an id, a time, a main site, perhaps a reference.
func (s *Server) number(c *stored) {
	c.ID, c.Created = s.nextID, s.opts.Now()
	s.nextID++
	s.mainSite(&c.Client)
	if s.opts.AutoRef {
		c.Ref = fmt.Sprintf("C-%06d", s.nextRef)
		s.nextRef++
	}
}

func setBool(fields map[string]json.RawMessage, name string, to *bool) {
	if value, sent := fields[name]; sent {
		*to, _ = strconv.ParseBool(textOf(value))
	}
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
