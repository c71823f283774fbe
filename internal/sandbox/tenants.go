package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// catchAll is the client that mails of unknown senders are filed under.
const catchAll = 1

// startTenants starts the local Halos, each on a port of its own, with some clients in it.
func (s *Sandbox) startTenants() error {
	kinds := []struct{ name, title string }{{"halo", "Service desk"}}
	if s.opts.Connections > 1 {
		kinds = []struct{ name, title string }{{"prod", "Service desk"}, {"uat", "Acceptance tests"}}
	}
	for i, kind := range kinds {
		t := &tenant{name: kind.name, title: kind.title, id: "sandbox-" + kind.name, key: rand.Text()}
		kept, err := s.load(t)
		if err != nil {
			return err
		}
		if kept == nil {
			kept = firstContents(24 - 16*i)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		t.url = "http://" + l.Addr().String()
		pages := http.NewServeMux()
		s.tenants = append(s.tenants, t)
		t.halo = localhalo.New(localhalo.Options{
			ClientID: t.id, ClientSecret: t.key, Granted: strings.Fields(scope),
			Clients: kept.Clients, Sites: kept.Sites, Users: kept.Users, Tickets: kept.Tickets,
			DefaultTopLevel: 1, CatchAll: catchAll, FirstTicket: 10482, Pages: pages, Judge: s.opts.judge,
		})
		s.portal(pages, t)
		s.serve(l, t.halo.Handler())
	}
	return nil
}

// scope is what the tenants' API applications were granted, and the bot asks for.
const scope = "read:customers edit:customers edit:tickets"

// contents are what a tenant keeps.
type contents struct {
	Clients []localhalo.Client
	Sites   []localhalo.Site
	Users   []localhalo.User
	Tickets []localhalo.Ticket
}

// known is somebody who is in Halo from the start.
var known = localhalo.User{ID: 1, Name: "Milton Waddams", Email: "milton@initech.example", ClientID: 12, SiteID: 1012}

// firstContents are what a tenant has from the start: the catch-all, a client whose people write
// mails, one that is no longer a client, and n more.
func firstContents(n int) *contents {
	clients := []localhalo.Client{
		{ID: catchAll, Name: localhalo.Unknown, MainSite: localhalo.Unknown, Notes: "Mails from senders that belong to no client are filed here.", TopLevelID: 1},
		{ID: 12, Name: "Initech Ltd", Website: "initech.example", TradingName: "Initech", TopLevelID: 1, Notes: "Contract renewed until June. Ask for Milton.", MainSiteID: known.SiteID},
		{ID: 13, Name: "Globex Corporation", Website: "globex.example", TopLevelID: 1, Inactive: true},
	}
	for i, c := range localhalo.Seeded(n) {
		c.ID = 14 + i
		clients = append(clients, c)
	}
	for i := range clients {
		clients[i].Created = time.Now().AddDate(0, 0, -400+11*i)
	}
	return &contents{
		Clients: clients,
		Sites:   []localhalo.Site{{ID: known.SiteID, Name: "Main", ClientID: known.ClientID, EmailDomain: "initech.example"}},
		Users:   []localhalo.User{known, {ID: 2, Name: "General User", ClientID: catchAll}},
		Tickets: []localhalo.Ticket{{
			ID: 10317, Summary: "Laptop does not wake up", ReportedBy: known.Email, Created: time.Now().Add(-26 * time.Hour),
			ClientID: known.ClientID, SiteID: known.SiteID, UserID: known.ID,
		}},
	}
}

// file is where a tenant's contents are kept when the sandbox is.
func (s *Sandbox) file(t *tenant) string { return filepath.Join(s.dir, t.name+".json") }

// load reads kept contents; nil when there are none. Before there were users and tickets, the
// clients alone were kept, in a file of another name.
func (s *Sandbox) load(t *tenant) (*contents, error) {
	var kept contents
	for file, into := range map[string]any{s.file(t): &kept, filepath.Join(s.dir, t.name+"-clients.json"): &kept.Clients} {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return &kept, nil
	}
	return nil, nil
}

func (s *Sandbox) save(t *tenant) error {
	data, err := json.MarshalIndent(contents{t.halo.Clients(), t.halo.Sites(0), t.halo.Users(0), t.halo.Tickets(0)}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(s.file(t), data, 0o600)
}
