package halo

import (
	"net/http"
	"slices"
	"testing"

	"halobot/internal/sandbox/localhalo"
)

const (
	acmeID    = 2
	unknownID = 12
)

// office is a tenant with a catch-all client, a client and an agent that may write tickets.
func office(t *testing.T, change ...func(*localhalo.Options)) (*Connection, *localhalo.Server) {
	t.Helper()
	o := localhalo.Options{
		Granted:  []string{"read:customers", "edit:customers", "edit:tickets"},
		CatchAll: unknownID,
		Clients:  []localhalo.Client{{ID: acmeID, Name: "Acme Ltd", Website: "acme.com"}, {ID: unknownID, Name: "Unknown"}, {ID: 30, Name: "Globex"}},
		FirstID:  100,
	}
	for _, f := range change {
		f(&o)
	}
	return tenant(t, o, func(s *Settings) {
		s.CatchAll, s.Scope = []int{unknownID}, "read:customers edit:customers edit:tickets"
	})
}

func mainSiteOf(t *testing.T, c *Connection, client int) Site {
	t.Helper()
	main, err := c.MainSite(soon(t), client)
	if err != nil || main.Site.ID == 0 {
		t.Fatalf("the main site of #%d is %+v, %v", client, main, err)
	}
	return main.Site
}

func jane(c Site) NewUser {
	return NewUser{Email: "jane.doe@acme.com", Name: "Jane  van Doe", ClientID: c.ClientID, SiteID: c.ID, Key: "halo/k/user", Asked: "Tess"}
}

func TestAUserIsCreatedOnASiteAndFoundByEveryAddress(t *testing.T) {
	t.Parallel()
	c, s := office(t)
	site := mainSiteOf(t, c, acmeID)
	made, err := c.CreateUser(soon(t), jane(site))
	if err != nil {
		t.Fatal(err)
	}
	if made.ID == 0 || made.Name != "Jane van Doe" || made.SiteID != site.ID || made.ClientID != acmeID || !made.Has("JANE.DOE@acme.com") {
		t.Errorf("created %+v", made)
	}
	kept := s.Users(acmeID)
	i := slices.IndexFunc(kept, func(u localhalo.User) bool { return u.ID == made.ID })
	if i < 0 || kept[i].Welcomed || kept[i].FirstName != "Jane van" || kept[i].Surname != "Doe" || markedKey(kept[i].Notes) != "halo/k/user" {
		t.Errorf("Halo keeps %+v", kept)
	}
	if unknown := s.UnknownFields(); len(unknown) > 0 {
		t.Errorf("Halo does not know %v", unknown)
	}
	second := s.AddUser(localhalo.User{Name: "Second", Email: "x@acme.com", Email2: "Second@Private.example", ClientID: acmeID})
	third := s.AddUser(localhalo.User{Name: "Third", Email: "y@acme.com", Email3: "third@private.example", ClientID: 30, Inactive: true})
	for email, want := range map[string]struct{ in, id int }{
		"jane.doe@acme.com":      {acmeID, made.ID},
		"second@private.example": {acmeID, second.ID},
		"SECOND@private.example": {0, second.ID},
		"third@private.example":  {0, third.ID},
	} {
		found, err := c.FindUsers(soon(t), want.in, email)
		if err != nil || len(found) != 1 || found[0].ID != want.id {
			t.Errorf("%s in %d: %+v, %v; want #%d", email, want.in, found, err, want.id)
		}
	}
	for email, in := range map[string]int{"third@private.example": acmeID, "nobody@acme.com": 0, "doe@acme.com": 0, "jane": acmeID} {
		if found, err := c.FindUsers(soon(t), in, email); err != nil || len(found) > 0 {
			t.Errorf("%s in %d: %+v, %v", email, in, found, err)
		}
	}
}

func TestAnUnansweredUserIsUnknownAndSettledByLooking(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		effect localhalo.Effect
		want   Outcome
		kept   int
	}{
		"lost after storing":  {localhalo.StoreThenReset(), Unknown, 1},
		"500 after storing":   {localhalo.StoreThenFail(), Unknown, 1},
		"503 after storing":   {localhalo.StoreThenUnavailable(), Unknown, 1},
		"another's name":      {localhalo.Pretend(map[string]any{"emailaddress": "bob@acme.com"}), Unknown, 0},
		"lost before storing": {localhalo.Reset(), Unknown, 0},
		"refused":             {localhalo.Refuse(400, localhalo.Message, "No"), Refused, 0},
		"too many":            {localhalo.TooMany("1"), NotDone, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := office(t)
			site := mainSiteOf(t, c, acmeID)
			s.Inject(localhalo.On(localhalo.KindUserCreate), 1, k.effect)
			_, err := c.CreateUser(soon(t), jane(site))
			if failed := failure(t, err); failed.Outcome != k.want {
				t.Errorf("%s (%v), want %s", failed.Outcome, err, k.want)
			}
			if n := s.Count(localhalo.KindUserCreate); n != 1 {
				t.Errorf("sent %d times", n)
			}
			if found, err := c.FindUsers(soon(t), acmeID, jane(site).Email); err != nil || len(found) != k.kept {
				t.Errorf("found %+v, %v; want %d", found, err, k.kept)
			}
		})
	}
}

func TestAUserIsMovedToAnotherClient(t *testing.T) {
	t.Parallel()
	c, s := office(t)
	site := mainSiteOf(t, c, acmeID)
	u := s.AddUser(localhalo.User{Name: "Jane", Email: "jane@acme.com", ClientID: unknownID})
	s.Inject(localhalo.On(localhalo.KindUserUpdate), 1, localhalo.StoreThenReset())
	for range 2 { // it can be repeated
		moved, err := c.MoveUser(soon(t), u.ID, acmeID, site.ID)
		if err != nil || moved.SiteID != site.ID || moved.ClientID != acmeID {
			t.Errorf("moved %+v, %v", moved, err)
		}
	}
	s.Inject(localhalo.On(localhalo.KindUserUpdate), 1, localhalo.Pretend(nil))
	if moved, err := c.MoveUser(soon(t), u.ID, unknownID, mainSiteOf(t, c, unknownID).ID); err == nil {
		t.Logf("moved %+v", moved)
	}
	if _, err := c.User(soon(t), 4040); status(err) != 404 {
		t.Errorf("no such user: %v", err)
	}
}

func TestTheMainSite(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		change  func(*localhalo.Options)
		want    int // 0 = a person chooses
		choices int
	}{
		"as Halo says": {func(o *localhalo.Options) {
			o.Sites = []localhalo.Site{{ID: 70, Name: "Second", ClientID: acmeID}, {ID: 71, Name: "Main", ClientID: acmeID}}
			o.Clients[0].MainSiteID = 70
		}, 70, 0},
		"the only one": {func(o *localhalo.Options) {
			o.Lacks = []string{"client.main_site_id", "clients.main_site_id"}
			o.Sites = []localhalo.Site{{ID: 70, Name: "Head office", ClientID: acmeID}, {ID: 71, Name: "Old", ClientID: acmeID, Inactive: true}}
			o.Clients[0].MainSiteID = 70
		}, 70, 0},
		"the one called Main": {func(o *localhalo.Options) {
			o.Lacks = []string{"client.main_site_id", "clients.main_site_id"}
			o.BareSites = true
			o.Sites = []localhalo.Site{{ID: 70, Name: "Second", ClientID: acmeID}, {ID: 71, Name: "main", ClientID: acmeID}}
			o.Clients[0].MainSiteID = 70
		}, 71, 0},
		"several": {func(o *localhalo.Options) {
			o.Lacks = []string{"client.main_site_id", "clients.main_site_id"}
			o.Sites = []localhalo.Site{{ID: 70, Name: "North", ClientID: acmeID}, {ID: 71, Name: "South", ClientID: acmeID}}
			o.Clients[0].MainSiteID = 70
		}, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := office(t, k.change)
			main, err := c.MainSite(soon(t), acmeID)
			if err != nil || main.Site.ID != k.want || len(main.Choices) != k.choices {
				t.Errorf("%+v, %v; want #%d or %d to choose from", main, err, k.want, k.choices)
			}
		})
	}
}

func TestATicketIsMovedAndReadAgain(t *testing.T) {
	t.Parallel()
	c, s := office(t)
	site := mainSiteOf(t, c, acmeID)
	u := s.AddUser(localhalo.User{Name: "Jane", Email: "jane@acme.com", ClientID: acmeID})
	ticket := s.AddTicket(localhalo.Ticket{Summary: "Printer", ClientID: unknownID, ReportedBy: "Jane@acme.com"})
	read, err := c.Ticket(soon(t), ticket.ID)
	if err != nil || read.ClientID != unknownID || read.Subject != "Printer" || !read.IsFrom("jane@acme.com") || read.IsFrom("bob@acme.com") || read.Closed {
		t.Fatalf("read %+v, %v", read, err)
	}
	if can, err := c.CanMoveTickets(soon(t)); err != nil || !can {
		t.Errorf("it can move tickets: %t, %v", can, err)
	}
	to := TicketMove{TicketID: ticket.ID, ClientID: acmeID, SiteID: site.ID, UserID: u.ID}
	moved, err := c.MoveTicket(soon(t), to)
	if err != nil || moved.ClientID != acmeID || moved.SiteID != site.ID || moved.UserID != u.ID {
		t.Errorf("moved %+v, %v", moved, err)
	}
	if kept, _ := s.Ticket(ticket.ID); kept.Mailed {
		t.Error("the move mailed its user")
	}
	if unknown := s.UnknownFields(); len(unknown) > 0 {
		t.Errorf("Halo does not know %v", unknown)
	}
	// Its answer is lost: reading again says what became of it.
	s.ChangeTicket(ticket.ID, func(t *localhalo.Ticket) { t.ClientID = unknownID })
	s.Inject(localhalo.On(localhalo.KindTicketUpdate), 1, localhalo.StoreThenReset())
	if _, err := c.MoveTicket(soon(t), to); err != nil {
		t.Errorf("the answer was lost: %v", err)
	}
	if _, err := c.Ticket(soon(t), 4040); status(err) != 404 {
		t.Errorf("no such ticket: %v", err)
	}
}

func TestATicketThatDidNotMoveIsNotCalledMoved(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]localhalo.Effect{
		"refused":         localhalo.Refuse(400, localhalo.Sentence, "Please select a valid Client/Site/User"),
		"lost before":     localhalo.Reset(),
		"500 before":      localhalo.Fail(),
		"said and undone": {Name: "201 and nothing", Skip: true, Status: 201, ContentType: "application/json", Body: `{"id":1,"_warning":"A rule has reassigned this ticket"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := office(t)
			u := s.AddUser(localhalo.User{Name: "Jane", Email: "jane@acme.com", ClientID: acmeID})
			ticket := s.AddTicket(localhalo.Ticket{Summary: "Printer", ClientID: unknownID})
			s.Inject(localhalo.On(localhalo.KindTicketUpdate), 1, effect)
			_, err := c.MoveTicket(soon(t), TicketMove{ticket.ID, acmeID, mainSiteOf(t, c, acmeID).ID, u.ID})
			failed := failure(t, err)
			if name == "refused" {
				wantIn(t, "the message", failed.Message, "valid Client/Site/User")
			}
			if name == "said and undone" {
				wantIn(t, "the message", failed.Message, "has not", "A rule has reassigned")
			}
		})
	}
}

func TestASitesDomainIsOnlySetWhereItIsEmpty(t *testing.T) {
	t.Parallel()
	c, s := office(t)
	site := mainSiteOf(t, c, acmeID)
	set, err := c.SetSiteDomain(soon(t), site, "acme.com")
	if err != nil || set.EmailDomain != "acme.com" {
		t.Fatalf("set %+v, %v", set, err)
	}
	kept, err := c.SetSiteDomain(soon(t), mainSiteOf(t, c, acmeID), "other.example")
	if err != nil || kept.EmailDomain != "acme.com" {
		t.Errorf("set over it: %+v, %v", kept, err)
	}
	if n := s.Count(localhalo.KindSiteUpdate); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	// From now on a sender of this domain is known, also where the website is another.
	s.AddUser(localhalo.User{Name: "Bob", Email: "bob@globex.example", ClientID: unknownID})
	if _, err := c.SetSiteDomain(soon(t), mainSiteOf(t, c, 30), "globex.example"); err != nil {
		t.Fatal(err)
	}
	for email, want := range map[string]int{"jane@acme.com": acmeID, "new@globex.example": 30, "bob@globex.example": 30} {
		got, err := c.FindSender(soon(t), email)
		if err != nil || got == nil || got.Client.ID != want || got.Standing != Known {
			t.Errorf("%s: %+v, %v; want #%d", email, got, err, want)
		}
	}
}

// A Halo may name no client with its sites: client 0 must not get them.
func TestASiteStaysItsClientsWhereHaloDoesNotNameThatWithIt(t *testing.T) {
	t.Parallel()
	for name, more := range map[string][]string{
		"where Halo names the main site": nil,
		"where it is found in a list":    {"sites.client_id", "client.main_site_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := office(t, func(o *localhalo.Options) { o.Lacks = append(more, "site.client_id") })
			site := mainSiteOf(t, c, 30)
			if set, err := c.SetSiteDomain(soon(t), site, "globex.example"); err != nil || set.ClientID != 30 || set.EmailDomain != "globex.example" {
				t.Errorf("set %+v, %v", set, err)
			}
			if kept := s.Sites(30); len(kept) != 1 || kept[0].EmailDomain != "globex.example" {
				t.Errorf("Halo keeps %+v", kept)
			}
			if got, err := c.FindSender(soon(t), "new@globex.example"); err != nil || got == nil || got.Client.ID != 30 {
				t.Errorf("who writes from it is %+v, %v", got, err)
			}
		})
	}
}

func TestASiteOfAnotherClientIsNotTouched(t *testing.T) {
	t.Parallel()
	c, s := office(t)
	site := mainSiteOf(t, c, 30)
	site.ClientID, site.Unsaid = acmeID, true
	if set, err := c.SetSiteDomain(soon(t), site, "acme.com"); status(err) != http.StatusNotFound || s.Count(localhalo.KindSiteUpdate) > 0 {
		t.Errorf("set %+v, %v", set, err)
	}
}

func TestSitesDomainsAreTakenFromTheListWhereItHasThem(t *testing.T) {
	t.Parallel()
	s := fake(t, reply(http.StatusOK, "application/json", `{"record_count":3,"sites":[
		{"id":1,"client_id":7,"emaildomain":"acme.example"},
		{"id":2,"client_id":7,"emaildomain":"@acme.test; www.acme.example"},
		{"id":3,"emaildomain":"globex.example"}
	]}`))
	c := connect(t, s.URL)
	c.readMailDomains(soon(t))
	for domain, want := range map[string][]int{
		"acme.example": {7}, "acme.test": {7}, "initech.example": nil,
		"globex.example": nil, // whose client is not said
	} {
		if got := c.directory.mailed(domain); !slices.Equal(got, want) {
			t.Errorf("%s is matched to %v, want %v", domain, got, want)
		}
	}
}

func TestADomainThatHaloDropsIsSeenToBeMissing(t *testing.T) {
	t.Parallel()
	c, _ := office(t, func(o *localhalo.Options) { o.Drops = []string{"sites.emaildomain"} })
	set, err := c.SetSiteDomain(soon(t), mainSiteOf(t, c, acmeID), "acme.com")
	if err != nil || set.EmailDomain != "" {
		t.Errorf("%+v, %v; want the site as it is", set, err)
	}
}

func TestASenderUnderACatchAllIsNotKnown(t *testing.T) {
	t.Parallel()
	o := localhalo.Options{
		Clients: []localhalo.Client{
			{ID: 2, Name: "Acme Ltd", Website: "acme.com; acme.example"}, {ID: 12, Name: " UNKNOWN "}, {ID: 13, Name: "Default"},
			{ID: 30, Name: "Old Ltd", Website: "old.example", Inactive: true},
		},
		Users: []localhalo.User{
			{Name: "A", Email: "a@stranger.example", ClientID: 12}, {Name: "B", Email: "b@stranger.example", ClientID: 13},
			{Name: "C", Email: "c@stranger.example", ClientID: 2, Inactive: true}, {Name: "D", Email: "d@stranger.example", ClientID: 30},
			{Name: "E", Email: "e@other.example", Email2: "e@stranger.example", ClientID: 2},
			{Name: "F", Email: "f@stranger.example", ClientID: 12}, {Name: "F", Email: "f@stranger.example", ClientID: 2},
		},
	}
	c, _ := tenant(t, o) // HALO_CATCH_ALL_CLIENTS is not set
	for email, want := range map[string]Standing{
		"a@stranger.example": UnderCatchAll, "b@stranger.example": UnderCatchAll, "c@stranger.example": InactiveUser,
		"d@stranger.example": InactiveClient, "e@stranger.example": Known, "f@stranger.example": Known,
		"x@old.example": InactiveClient, "x@acme.example": Known, "x@mail.acme.com": Known, "x@stranger.example": "",
	} {
		got, err := c.FindSender(soon(t), email)
		switch {
		case err != nil:
			t.Errorf("%s: %v", email, err)
		case want == "" && got != nil, want != "" && (got == nil || got.Standing != want):
			t.Errorf("%s: %+v, want %q", email, got, want)
		}
	}
}

func TestTheDirectoryIsSearched(t *testing.T) {
	t.Parallel()
	c, _ := tenant(t, localhalo.Options{Clients: []localhalo.Client{
		{ID: 2, Name: "Acme Ltd", Website: "acme.com"}, {ID: 3, Name: "Acme", Inactive: true}, {ID: 4, Name: "The Acme Group", Website: "group.example"},
		{ID: 5, Name: "Globex", Website: "https://www.acme-globex.example/about"}, {ID: 12, Name: "Zeta 2 Ltd"}, {ID: 6, Name: "O’Brien"},
	}})
	if _, ready := c.Search("acme", 10); ready {
		t.Error("it is ready before it was read")
	}
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string][]int{
		"acme": {2, 4, 5, 3}, " ACME  ltd": {2}, "#12": {12}, "12": {12}, "2": {2, 12}, "https://acme.com": {2}, "group.ex": {4},
		"o'brien": {6}, "nothing": nil,
	} {
		got, ready := c.Search(typed, 10)
		if !ready || !slices.Equal(ids(got), want) {
			t.Errorf("%q: %v, want %v", typed, ids(got), want)
		}
	}
	if got, _ := c.Search("acme", 2); !slices.Equal(ids(got), []int{2, 4}) {
		t.Errorf("two of acme: %v", ids(got))
	}
	if got, _ := c.Search("", 3); len(got) != 3 {
		t.Errorf("nothing typed: %v", ids(got))
	}
	if got, _ := c.Search("acme", 10); !got[3].Inactive || got[0].Inactive || got[0].Website != "acme.com" {
		t.Errorf("%+v", got)
	}
}

func BenchmarkSearch(b *testing.B) {
	c := New(Settings{URL: "https://acme.halopsa.com"}, nil, nil)
	for id := range 50_000 {
		a := area{ID: number(id + 1), Name: jsonText{s: "Client " + string(rune('A'+id%26)) + " of many", said: true}}
		c.directory.known = append(c.directory.known, entryOf(a))
	}
	for b.Loop() {
		if found, _ := c.Search("client q of", 100); len(found) != 100 {
			b.Fatal(len(found))
		}
	}
}
