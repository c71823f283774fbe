package localhalo

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// User is a person who belongs to a site, and so to its client.
type User struct {
	ID        int
	Name      string
	FirstName string
	Surname   string
	Email     string
	Email2    string
	Email3    string
	Login     string
	Phone     string
	Notes     string
	SiteID    int // the client's main site when 0
	ClientID  int // the site's, whatever else was said
	Inactive  bool
	Welcomed  bool // Halo mailed them: they were created without sendwelcomeemail:false
}

// addresses are all addresses under which the person writes, in lower case.
func (u *User) addresses() []string {
	var list []string
	for _, a := range []string{u.Email, u.Email2, u.Email3} {
		if a != "" {
			list = append(list, strings.ToLower(a))
		}
	}
	return list
}

// place puts the person on the site that their SiteID or ClientID says. s.mu is held.
func (s *Server) place(u *User) {
	if site := s.sites.find(u.SiteID); site != nil {
		u.ClientID = site.row.ClientID
	} else if c := s.byID[u.ClientID]; c != nil {
		u.SiteID = c.MainSiteID
	}
}

// decimal is a whole number as Halo writes some: 18.0.
type decimal int

func (d decimal) MarshalJSON() ([]byte, error) {
	return append(strconv.AppendInt(nil, int64(d), 10), ".0"...), nil
}

type userRow struct {
	ID         id      `json:"id"`
	Name       string  `json:"name"`
	Email      string  `json:"emailaddress"`
	Email2     string  `json:"email2"`
	Email3     string  `json:"email3"`
	Login      string  `json:"networklogin"`
	ClientID   id      `json:"client_id"`
	ClientName string  `json:"client_name"`
	SiteID     decimal `json:"site_id"`
	SiteIDInt  int     `json:"site_id_int"`
	SiteName   string  `json:"site_name"`
	Inactive   bool    `json:"inactive"`
	Use        string  `json:"use"`
}

type userDetail struct {
	userRow
	FirstName string `json:"firstname"`
	Surname   string `json:"surname"`
	Phone     string `json:"phonenumber"`
	Notes     string `json:"notes"`
}

func (s *Server) userRow(u *User) userRow {
	q := s.opts.Answer.IDsAsStrings
	return userRow{
		ID: id{u.ID, q}, Name: u.Name, Email: u.Email, Email2: u.Email2, Email3: u.Email3, Login: u.Login, ClientID: id{u.ClientID, q},
		ClientName: s.clientName(u.ClientID), SiteID: decimal(u.SiteID), SiteIDInt: u.SiteID, SiteName: s.siteName(u.SiteID), Inactive: u.Inactive, Use: "user",
	}
}

func (s *Server) userOwn(u *User) json.RawMessage {
	return s.render("user", userDetail{s.userRow(u), u.FirstName, u.Surname, u.Phone, u.Notes})
}

// listUsers is GET /api/Users. search covers names, addresses, logins and telephone numbers,
// anywhere in them: the caller has to compare.
func (s *Server) listUsers(q query) *answer {
	term, inactive := strings.ToLower(q.Get("search")), q.isTrue("includeinactive")
	client, site := q.int("client_id"), q.int("site_id")
	return listOf(s, "users", s.users, q, func(u *User) bool {
		return (inactive || !u.Inactive) && (client == 0 || u.ClientID == client) && (site == 0 || u.SiteID == site) &&
			strings.Contains(strings.ToLower(strings.Join([]string{u.Name, u.FirstName, u.Surname, u.Email, u.Email2, u.Email3, u.Login, u.Phone}, "\n")), term)
	}, func(u *User) json.RawMessage { return s.render("users", s.userRow(u)) })
}

// getUser is GET /api/Users/{id}.
func (s *Server) getUser(in *request) *answer { return getOf(s, in, s.users, "user", s.userOwn) }

// users are what POST /api/Users takes.
var users = resource{one: "user", many: "users", types: func() map[string]string { return userTypes }, apply: (*Server).applyUser}

var userTypes = map[string]string{
	"id": whole, "name": "string", "firstname": "string", "surname": "string", "emailaddress": "string", "email2": "string", "email3": "string",
	"site_id": whole, "client_id": whole, "phonenumber": "string", "notes": "string", "inactive": "boolean", "networklogin": "string",
	"other1": "string", "other2": "string", "other3": "string", "other4": "string", "other5": "string",
	"sendwelcomeemail": "boolean", "neversendemails": "boolean", "customfields": "array",
}

var userWidths = map[string]int{"name": 255, "firstname": 255, "surname": 255, "emailaddress": 255, "email2": 255, "email3": 255}

// applyUser is the user that fields make of a new or an existing one. Another site_id moves
// them; nothing keeps two from having one address.
func (s *Server) applyUser(fields map[string]json.RawMessage) (keeper, *answer) {
	var u User
	id := intOf(fields["id"])
	if id > 0 {
		old := s.users.find(id)
		if old == nil {
			return nil, sentence(http.StatusNotFound, "No user was found with this id.")
		}
		u = old.row
	}
	refusal := s.texts("users", fields, userWidths, map[string]*string{
		"name": &u.Name, "firstname": &u.FirstName, "surname": &u.Surname, "emailaddress": &u.Email, "email2": &u.Email2,
		"email3": &u.Email3, "phonenumber": &u.Phone, "notes": &u.Notes, "networklogin": &u.Login,
	})
	if refusal != nil {
		return nil, refusal
	}
	if strings.TrimSpace(u.Name) == "" {
		return nil, sentence(http.StatusBadRequest, "A user needs a name.")
	}
	if value, sent := fields["site_id"]; sent && !s.drops("users", "site_id") {
		u.SiteID = intOf(value)
	}
	site := s.sites.find(u.SiteID)
	if site == nil {
		// A client alone is not enough: it has several sites, perhaps.
		return nil, sentence(http.StatusBadRequest, "A user needs a site.")
	}
	if client := intOf(fields["client_id"]); client > 0 && client != site.row.ClientID {
		return nil, sentence(http.StatusBadRequest, invalidPlace)
	}
	setBool(fields, "inactive", &u.Inactive)
	if id <= 0 {
		u.Welcomed = true
		setBool(fields, "sendwelcomeemail", &u.Welcomed)
	}
	return func(hidden time.Time) written {
		s.place(&u)
		k := s.users.put(u, hidden)
		return written{k.row.ID, id <= 0, s.userOwn(&k.row), nil}
	}, nil
}

// AddUser puts a user into the tenant, or changes the one with their id.
func (s *Server) AddUser(u User) User {
	s.mu.Lock()
	defer s.changed()
	defer s.mu.Unlock()
	s.place(&u)
	return s.users.put(u, time.Time{}).row
}

// Users are a client's users, of all clients for 0, by id.
func (s *Server) Users(client int) []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users.all(func(u *User) bool { return client == 0 || u.ClientID == client })
}

// listTopLevels is GET /api/TopLevel.
func (s *Server) listTopLevels() *answer {
	rows := []map[string]any{}
	for _, t := range s.opts.TopLevels {
		rows = append(rows, map[string]any{"id": id{t.ID, s.opts.Answer.IDsAsStrings}, "name": t.Name, "long_name": t.Name, "parentid": 0})
	}
	if s.opts.TopLevelShape == "array" {
		return jsonAnswer(http.StatusOK, rows)
	}
	return jsonAnswer(http.StatusOK, map[string]any{"record_count": len(rows), s.opts.TopLevelShape: rows})
}
