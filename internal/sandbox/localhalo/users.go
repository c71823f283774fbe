package localhalo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

type userRow struct {
	ID         id     `json:"id"`
	Name       string `json:"name"`
	Email      string `json:"emailaddress"`
	Email2     string `json:"email2"`
	Login      string `json:"networklogin"`
	ClientID   id     `json:"client_id"`
	ClientName string `json:"client_name"`
	SiteID     id     `json:"site_id"`
	SiteName   string `json:"site_name"`
	Inactive   bool   `json:"inactive"`
	Use        string `json:"use"`
}

// listUsers is GET /api/Users. search covers names, addresses and logins, anywhere in them:
// the caller has to compare.
func (s *Server) listUsers(q url.Values) *answer {
	term := strings.ToLower(q.Get("search"))
	inactive := isTrue(q, "includeinactive")
	page, paged := pageOf(q)
	from := (page.no - 1) * page.size

	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []json.RawMessage
	total := 0
	for _, u := range s.users {
		if u.Inactive && !inactive ||
			!strings.Contains(strings.ToLower(u.Name+"\n"+u.Email+"\n"+u.Email2+"\n"+u.Login), term) {
			continue
		}
		if total >= from && (page.size == 0 || len(rows) < page.size) {
			rows = append(rows, s.userRow(u))
		}
		total++
	}
	return &answer{
		status: http.StatusOK, contentType: jsonType,
		body: envelope("users", rows, total, page, paged), shown: envelope("users", rows[:min(len(rows), rowsShown)], total, page, paged),
	}
}

func (s *Server) userRow(u User) json.RawMessage {
	q := s.opts.Answer.IDsAsStrings
	r := userRow{
		ID: id{u.ID, q}, Name: u.Name, Email: u.Email, Email2: u.Email2, Login: u.Login,
		ClientID: id{u.ClientID, q}, SiteID: id{mainSiteID(u.ClientID), q}, Inactive: u.Inactive, Use: "user",
	}
	if c := s.byID[u.ClientID]; c != nil {
		r.ClientName, r.SiteName = c.Name, c.MainSite
	}
	return object(r)
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
