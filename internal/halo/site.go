package halo

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/patrickmn/go-cache"

	"halobot/internal/draft"
)

// Site is a site of a client.
type Site struct {
	ID       int
	Name     string
	ClientID int
	Inactive bool
	// EmailDomain is what later mails are matched by; Unsaid where Halo did not say.
	EmailDomain string
	Unsaid      bool
}

// siteRow is what is read of a site.
type siteRow struct {
	ID       number   `json:"id"`
	Name     jsonText `json:"name"`
	ClientID number   `json:"client_id"`
	Inactive truth    `json:"inactive"`
	Domain   jsonText `json:"emaildomain"`
}

func (s siteRow) number() int { return int(s.ID) }

// of reports whether it may be a site of the client.
func (s siteRow) of(clientID int) bool { return s.ClientID == 0 || int(s.ClientID) == clientID }

func (s siteRow) site(clientID int) Site {
	return Site{
		ID: int(s.ID), Name: s.Name.s, ClientID: clientID, Inactive: bool(s.Inactive),
		EmailDomain: strings.TrimSpace(s.Domain.s), Unsaid: !s.Domain.there,
	}
}

// siteOf reads one site of a client, which some Halos do not name with it. An Error with status 404
// when there is none.
func (c *Connection) siteOf(ctx context.Context, clientID, id int) (Site, error) {
	row, err := record[siteRow](ctx, c, fare{urgency: forCreate}, "site_get", "Site", "sites", id)
	if err == nil && !row.of(clientID) {
		err = noRecord("Site", id, nil)
	}
	if err != nil {
		return Site{}, err
	}
	return row.site(clientID), nil
}

// MainSite is where a client's users belong.
type MainSite struct {
	Site    Site   // ID is 0 when a person has to choose
	Choices []Site // then: the client's active sites, of which there may be none
}

// mainFor is for how long it is remembered which site of a client is its main one: for as long as
// a client takes to be made, and what follows it to be filed. The site itself is read each time.
const mainFor = time.Minute

// noteMain remembers a client's main site, where Halo names it.
func (c *Connection) noteMain(a area) {
	if a.ID > 0 && a.MainSite > 0 {
		c.mains.DeleteExpired()
		c.mains.Set(strconv.Itoa(int(a.ID)), int(a.MainSite), cache.DefaultExpiration)
	}
}

// MainSite finds a client's main site: the one that Halo says; else its only active one; else
// the one called Main.
func (c *Connection) MainSite(ctx context.Context, clientID int) (MainSite, error) {
	if id, ok := c.mains.Get(strconv.Itoa(clientID)); ok {
		site, err := c.siteOf(ctx, clientID, id.(int))
		if err == nil && !site.Inactive {
			return MainSite{Site: site}, nil
		}
		if err != nil && status(err) != http.StatusNotFound {
			return MainSite{}, err
		}
	}
	client, err := c.area(ctx, fare{urgency: forCreate}, clientID)
	if err != nil {
		return MainSite{}, err
	}
	if client.MainSite > 0 {
		site, err := c.siteOf(ctx, clientID, int(client.MainSite))
		if status(err) != http.StatusNotFound {
			c.noteMain(client)
			return MainSite{Site: site}, err
		}
	}
	sites, err := c.sitesOf(ctx, clientID)
	if err != nil {
		return MainSite{}, err
	}
	if len(sites) == 1 {
		return MainSite{Site: sites[0]}, nil
	}
	var main []Site
	for _, s := range sites {
		if strings.EqualFold(strings.TrimSpace(s.Name), "Main") {
			main = append(main, s)
		}
	}
	if len(main) == 1 {
		return MainSite{Site: main[0]}, nil
	}
	return MainSite{Choices: sites}, nil
}

// sitesOf lists a client's active sites, as far as one page has them.
func (c *Connection) sitesOf(ctx context.Context, clientID int) ([]Site, error) {
	var sites []Site
	q := sitesQuery(1)
	q.Set("client_id", strconv.Itoa(clientID))
	_, err := c.sites(ctx, fare{urgency: forCreate}, q, func(s siteRow) {
		// A Halo that ignores client_id lists everybody's.
		if s.ID > 0 && !bool(s.Inactive) && s.of(clientID) {
			sites = append(sites, s.site(clientID))
		}
	})
	return sites, err
}

func sitesQuery(page int) url.Values {
	return url.Values{
		"pageinate": {"true"}, "page_no": {strconv.Itoa(page)}, "page_size": {strconv.Itoa(wholePage)},
		"order": {"id"}, "orderdesc": {"false"},
	}
}

func (c *Connection) sites(ctx context.Context, f fare, q url.Values, visit func(siteRow)) (rows int, err error) {
	err = c.do(ctx, call{endpoint: "site_list", path: "Site", query: q, fare: f}, func(r *http.Response) error {
		_, err := readList(r, "sites", func(s siteRow) error {
			if rows++; rows > maxSites {
				return errTooLarge
			}
			visit(s)
			return nil
		})
		return err
	})
	return rows, err
}

const (
	// maxSites bounds the rows of one answer, and maxSitePages the pages of them.
	maxSites     = 20_000
	maxSitePages = 5000
	mailsEvery   = time.Hour
)

// SetSiteDomain sets the e-mail domain of a site that was just read and has none, and reads it
// back. What the site has then is returned: another domain than the one asked for was there before
// and was not touched, or Halo did not keep it.
func (c *Connection) SetSiteDomain(ctx context.Context, site Site, domain string) (_ Site, err error) {
	if site.Unsaid { // as a row of a list may be
		site, err = c.siteOf(ctx, site.ClientID, site.ID)
	}
	if err != nil || site.EmailDomain != "" {
		return site, err
	}
	fields := map[string]any{"id": site.ID, "client_id": site.ClientID, "emaildomain": domain}
	q := call{endpoint: "site_update", path: "Site", effect: "the site was changed"}
	_, wrote := write[siteRow](ctx, c, fare{urgency: forCreate}, q, "sites", fields, func(siteRow) error { return nil })
	if refusedOrNotDone(wrote) {
		return site, wrote
	}
	// Whatever became of the answer: what the site has now is what counts.
	site, err = c.siteOf(ctx, site.ClientID, site.ID)
	if err == nil && wrote != nil && site.EmailDomain == "" {
		err = wrote
	}
	if err == nil {
		c.directory.setMails(site.ClientID, site.EmailDomain)
	}
	return site, err
}

// setMails notes an e-mail domain of a client's site.
func (d *directory) setMails(clientID int, domain string) {
	hosts := strings.Join(draft.Hosts(domain), " ")
	if hosts == "" {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !hasWord(d.mails[clientID], hosts) {
		d.mails[clientID] = strings.TrimSpace(d.mails[clientID] + " " + hosts)
	}
}

// mailed lists the clients of which a site has this e-mail domain.
func (d *directory) mailed(domain string) []int {
	domain = draft.HostKey(domain)
	d.mu.RLock()
	defer d.mu.RUnlock()
	var ids []int
	for id, domains := range d.mails {
		if domain != "" && hasWord(domains, domain) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// readMailDomains reads the sites' e-mail domains once an hour, where Halo's list has them; a
// failure leaves them as they were.
func (c *Connection) readMailDomains(ctx context.Context) {
	d := &c.directory
	if d.mailless || time.Since(d.mailsRead) < mailsEvery {
		return
	}
	mails := map[int]string{}
	seen, shown, size := map[int]bool{}, false, 0
	for page := 1; page <= maxSitePages; page++ {
		before := len(seen)
		rows, err := c.sites(ctx, fare{urgency: forUpkeep}, sitesQuery(page), func(s siteRow) {
			seen[int(s.ID)] = true
			shown = shown || s.Domain.there
			if hosts := strings.Join(draft.Hosts(s.Domain.s), " "); hosts != "" && s.ClientID > 0 && size < c.share.directory/8 {
				size += len(hosts)
				mails[int(s.ClientID)] = strings.TrimSpace(mails[int(s.ClientID)] + " " + hosts)
			}
		})
		if err != nil {
			c.log.Debug("Halo's sites could not be read", "error", err)
			return
		}
		if rows > 0 && !shown {
			d.mailless = true
			return
		}
		if len(seen) == before {
			break
		}
	}
	d.mu.Lock()
	d.mails, d.mailsRead = mails, time.Now()
	d.mu.Unlock()
	c.shelve(ctx)
}
