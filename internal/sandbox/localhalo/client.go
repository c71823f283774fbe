package localhalo

import (
	"encoding/json"
	"strconv"
	"time"
)

// Client is one of the tenant's clients.
type Client struct {
	ID          int
	Name        string
	Website     string
	TradingName string
	Notes       string
	Ref         string
	AccountsID  string
	Domain      string
	Colour      string
	TopLevelID  int
	Inactive    bool
	VIP         bool
	MainSite    string // its name
	MainSiteID  int
	Created     time.Time
}

// TopLevel is a node that clients hang from.
type TopLevel struct {
	ID   int
	Name string
}

// head are the properties that rows and details share.
type head struct {
	ID           id     `json:"id"`
	Name         string `json:"name"`
	TopLevelID   id     `json:"toplevel_id"`
	TopLevelName string `json:"toplevel_name"`
	Inactive     bool   `json:"inactive"`
	Colour       string `json:"colour"`
	Ref          string `json:"ref"`
	AccountsID   string `json:"accountsid"`
	VIP          bool   `json:"is_vip"`
	MainSiteID   id     `json:"main_site_id"`
	Use          string `json:"use"`
}

// row is a client in the list; what is nil there was not asked for.
type row struct {
	head
	Website *string `json:"website,omitempty"`
	Notes   *string `json:"notes,omitempty"`
	Logo    string  `json:"logo,omitempty"`
}

// detail is a client by itself.
type detail struct {
	head
	Created      string  `json:"datecreated"`
	MainSiteName string  `json:"main_site_name"`
	Website      *string `json:"website,omitempty"`
	TradingName  *string `json:"trading_name,omitempty"`
	Notes        *string `json:"notes,omitempty"`
	Domain       *string `json:"domain,omitempty"`
	Logo         string  `json:"logo,omitempty"`
}

// id is written as a number, or as a string by a tenant that does so.
type id struct {
	n      int
	quoted bool
}

func (i id) MarshalJSON() ([]byte, error) {
	b := strconv.AppendInt(nil, int64(i.n), 10)
	if i.quoted {
		b = append(append([]byte{'"'}, b...), '"')
	}
	return b, nil
}

// halofmt is how Halo writes times: no offset, UTC meant.
const halofmt = "2006-01-02T15:04:05.000"

func (s *Server) headOf(c *Client) head {
	q := s.opts.Answer.IDsAsStrings
	return head{
		ID: id{c.ID, q}, Name: c.Name, TopLevelID: id{c.TopLevelID, q}, TopLevelName: s.topLevelName(c.TopLevelID),
		Inactive: c.Inactive, Colour: c.Colour, Ref: c.Ref, AccountsID: c.AccountsID, VIP: c.VIP,
		MainSiteID: id{c.MainSiteID, q}, Use: "client",
	}
}

func (s *Server) topLevelName(id int) string {
	for _, t := range s.opts.TopLevels {
		if t.ID == id {
			return t.Name
		}
	}
	return ""
}

// own renders what the tenant knows of a client; the answer carries areaRest besides.
func (s *Server) own(c *Client, details bool) json.RawMessage {
	d := detail{head: s.headOf(c), Created: c.Created.UTC().Format(halofmt), MainSiteName: c.MainSite}
	if details {
		d.Website, d.TradingName, d.Notes, d.Domain = &c.Website, &c.TradingName, &c.Notes, &c.Domain
		d.Logo = s.opts.Logo
	}
	return s.render("client", d)
}

// object renders what this package made itself: nothing that JSON cannot say.
func object(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// with appends members to an object.
func with(object json.RawMessage, members []byte) json.RawMessage {
	b := make([]byte, 0, len(object)+len(members))
	b = append(b, object[:len(object)-1]...)
	b = append(b, members...)
	return append(b, '}')
}
