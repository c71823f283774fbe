package localhalo

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Site is one of a client's sites. Halo makes the main one with the client.
type Site struct {
	ID          int
	Name        string
	ClientID    int
	EmailDomain string // by which the intake of mail matches senders
	Inactive    bool
}

// firstSite is the id of the first site that Halo makes.
const firstSite = 1001

// mainSite gives a client the main site that Halo makes for each. s.mu is held.
func (s *Server) mainSite(c *Client) {
	setIfZero(&c.MainSite, "Main")
	if c.MainSiteID == 0 || s.sites.find(c.MainSiteID) == nil {
		c.MainSiteID = s.sites.put(Site{ID: c.MainSiteID, Name: c.MainSite, ClientID: c.ID}, time.Time{}).row.ID
	}
}

// siteRow is a site as it is in lists; its e-mail domain is among the details.
type siteRow struct {
	ID         id     `json:"id"`
	Name       string `json:"name"`
	ClientID   id     `json:"client_id"`
	ClientName string `json:"client_name"`
	Inactive   bool   `json:"inactive"`
	Use        string `json:"use"`
}

type siteDetail struct {
	siteRow
	EmailDomain string `json:"emaildomain"`
	MainSite    bool   `json:"isprimary"`
}

func (s *Server) siteRow(site *Site) siteRow {
	q := s.opts.Answer.IDsAsStrings
	return siteRow{
		ID: id{site.ID, q}, Name: site.Name, ClientID: id{site.ClientID, q}, ClientName: s.clientName(site.ClientID),
		Inactive: site.Inactive, Use: "site",
	}
}

func (s *Server) siteOwn(site *Site) json.RawMessage {
	c := s.byID[site.ClientID]
	return s.render("site", siteDetail{s.siteRow(site), site.EmailDomain, c != nil && c.MainSiteID == site.ID})
}

func (s *Server) clientName(id int) string {
	if c := s.byID[id]; c != nil {
		return c.Name
	}
	return ""
}

func (s *Server) siteName(id int) string {
	if site := s.sites.find(id); site != nil {
		return site.row.Name
	}
	return ""
}

// listSites is GET /api/Site: of one client with client_id, of all without.
func (s *Server) listSites(q query) *answer {
	term, client, inactive := strings.ToLower(q.Get("search")), q.int("client_id"), q.isTrue("includeinactive")
	return listOf(s, "sites", s.sites, q, func(site *Site) bool {
		return (client == 0 || site.ClientID == client) && (inactive || !site.Inactive) && strings.Contains(strings.ToLower(site.Name), term)
	}, func(site *Site) json.RawMessage { return s.render("sites", s.siteRow(site)) })
}

// getSite is GET /api/Site/{id}.
func (s *Server) getSite(in *request) *answer { return getOf(s, in, s.sites, "site", s.siteOwn) }

// sites are what POST /api/Site takes.
var sites = resource{one: "site", many: "sites", types: func() map[string]string { return siteTypes }, apply: (*Server).applySite}

var siteTypes = map[string]string{
	"id": whole, "name": "string", "client_id": whole, "emaildomain": "string", "inactive": "boolean", "notes": "string",
	"phonenumber": "string", "timezone": "string", "sla_id": "integer(int32)", "colour": "string", "ref": "string", "customfields": "array",
}

// applySite changes a site, or makes one more for a client. Doing it again changes nothing.
func (s *Server) applySite(fields map[string]json.RawMessage) (keeper, *answer) {
	var site Site
	id := intOf(fields["id"])
	if id > 0 {
		old := s.sites.find(id)
		if old == nil {
			return nil, sentence(http.StatusNotFound, "No site was found with this id.")
		}
		site = old.row
	}
	if value, sent := fields["client_id"]; sent {
		site.ClientID = intOf(value)
	}
	refusal := s.texts("sites", fields, map[string]int{"emaildomain": 4000}, map[string]*string{"name": &site.Name, "emaildomain": &site.EmailDomain})
	switch {
	case refusal != nil:
		return nil, refusal
	case s.byID[site.ClientID] == nil:
		return nil, sentence(http.StatusBadRequest, "A site needs a client.")
	case strings.TrimSpace(site.Name) == "":
		return nil, sentence(http.StatusBadRequest, "A site needs a name.")
	}
	setBool(fields, "inactive", &site.Inactive)
	return func(hidden time.Time) written {
		k := s.sites.put(site, hidden)
		return written{k.row.ID, id <= 0, s.siteOwn(&k.row), nil}
	}, nil
}

// AddSite puts a site into the tenant, or changes the one with its id.
func (s *Server) AddSite(site Site) Site {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	return s.sites.put(site, time.Time{}).row
}

// Sites are a client's sites, of all clients for 0, by id.
func (s *Server) Sites(client int) []Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sites.all(func(site *Site) bool { return client == 0 || site.ClientID == client })
}
