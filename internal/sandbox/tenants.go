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
	"time"

	"halobot/internal/sandbox/localhalo"
)

// catchAll is the client that mails of unknown senders are filed under.
const catchAll = 1

// startTenants starts the local Halos, each on a port of its own, with some clients in it.
func (s *Sandbox) startTenants() error {
	kinds := []struct{ name, title string }{{"halo", "Service Desk"}}
	if s.opts.Connections > 1 {
		kinds = []struct{ name, title string }{{"prod", "Service Desk"}, {"uat", "Service Desk, acceptance tests"}}
	}
	for i, kind := range kinds {
		t := &tenant{name: kind.name, title: kind.title, id: "sandbox-" + kind.name, key: rand.Text()}
		clients, err := loadClients(s.clientsFile(t))
		if err != nil {
			return err
		}
		if clients == nil {
			clients = firstClients(24 - 16*i)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		t.url = "http://" + l.Addr().String()
		pages := http.NewServeMux()
		s.tenants = append(s.tenants, t)
		t.halo = localhalo.New(localhalo.Options{
			ClientID: t.id, ClientSecret: t.key, Clients: clients, Users: firstUsers, DefaultTopLevel: 1, Pages: pages,
		})
		s.portal(pages, t)
		s.serve(l, t.halo.Handler())
	}
	return nil
}

// firstClients are what a tenant has from the start: the catch-all, one whose people write
// mails, one that is no longer a client, and n more.
func firstClients(n int) []localhalo.Client {
	clients := []localhalo.Client{
		{ID: catchAll, Name: "Unknown senders", Notes: "Mails from senders that belong to no client are filed here.", TopLevelID: 1},
		{ID: 12, Name: "Initech Ltd", Website: "initech.example", TradingName: "Initech", TopLevelID: 1, Notes: "Contract renewed until June. Ask for Milton."},
		{ID: 13, Name: "Globex Corporation", Website: "globex.example", TopLevelID: 1, Inactive: true},
	}
	for i, c := range localhalo.Seeded(n) {
		c.ID = 14 + i
		clients = append(clients, c)
	}
	for i := range clients {
		clients[i].Created = time.Now().AddDate(0, 0, -400+11*i)
	}
	return clients
}

var firstUsers = []localhalo.User{
	{ID: 1, Name: "Milton Waddams", Email: "milton@initech.example", ClientID: 12},
	{ID: 2, Name: "General User", Email: "", ClientID: catchAll},
}

// clientsFile is where a tenant's clients are kept when the sandbox is.
func (s *Sandbox) clientsFile(t *tenant) string {
	return filepath.Join(s.dir, t.name+"-clients.json")
}

// loadClients reads kept clients; nil when there are none.
func loadClients(file string) ([]localhalo.Client, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var clients []localhalo.Client
	if err := json.Unmarshal(data, &clients); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return clients, nil
}

func saveClients(file string, clients []localhalo.Client) error {
	data, err := json.MarshalIndent(clients, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
