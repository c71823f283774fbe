package halo

import (
	"fmt"
	"strings"
	"testing"

	"halobot/internal/sandbox/localhalo"
)

func TestFindSender(t *testing.T) {
	t.Parallel()
	const catchAll = 1
	o := localhalo.Options{
		Clients: []localhalo.Client{
			{ID: catchAll, Name: "Unknown senders", Website: "catchall.example"},
			{ID: 2, Name: "Acme Ltd", Website: "https://www.acme.com"},
			{ID: 3, Name: "Initech", Website: "initech.co.uk", Inactive: true},
			{ID: 4, Name: "Initech UK", Website: "www.initech.co.uk"},
			{ID: 5, Name: "Initech Labs", Website: "labs.initech.co.uk"},
			{ID: 6, Name: "Private", Website: "gmail.com"},
		},
		Users: []localhalo.User{
			{ID: 10, Name: "Jane Doe", Email: "Jane.Doe@Acme.com", ClientID: 2},
			{ID: 11, Name: "Bob", Email: "bob@gmail.com", ClientID: 4, Inactive: true},
			{ID: 12, Name: "Filed away", Email: "eve@labs.initech.co.uk", ClientID: catchAll},
			{ID: 13, Name: "Near", Email: "xjane@initech.co.uk", ClientID: 2},
			{ID: 14, Name: "By login", Email: "other@acme.com", Login: "tom@nowhere.example", ClientID: 2},
			{ID: 15, Name: "Gone", Email: "gone@nowhere.example", ClientID: 99},
			{ID: 16, Name: "", Email: "noname@nowhere.example", ClientID: 2},
			{ID: 17, Name: "No client", Email: "none@nowhere.example", ClientID: -1},
			{ID: 18, Name: "Twice, filed away", Email: "twice@nowhere.example", ClientID: catchAll},
			{ID: 19, Name: "Twice", Email: "twice@nowhere.example", ClientID: 2},
		},
	}
	c, _ := tenant(t, o, func(s *Settings) { s.CatchAll = []int{catchAll} })
	for email, want := range map[string]struct {
		client   int
		user     string
		standing Standing // Known where it is ""
	}{
		"jane.doe@acme.com":            {client: 2, user: "Jane Doe"},
		" JANE.DOE@ACME.COM ":          {client: 2, user: "Jane Doe"},
		"bob@gmail.com":                {4, "Bob", InactiveUser},
		"somebody@acme.com":            {client: 2, user: ""},
		"a+b@mail.initech.co.uk":       {client: 4, user: ""},
		"eve@labs.initech.co.uk":       {client: 5, user: ""},
		"jane@initech.co.uk":           {client: 4, user: ""},
		"noname@nowhere.example":       {client: 2, user: "noname@nowhere.example"},
		"twice@nowhere.example":        {client: 2, user: "Twice"},
		"other@gmail.com":              {},
		"x@catchall.example":           {1, "", UnderCatchAll},
		"tom@nowhere.example":          {},
		"gone@nowhere.example":         {},
		"none@nowhere.example":         {},
		"jane.doe@acme.com.au":         {},
		"jane":                         {},
		"@acme.com":                    {},
		"jane@":                        {},
		"":                             {},
		"%@acme.example":               {},
		"jane&search=@other.example":   {},
		"\"jane doe\"@unknown.example": {},
	} {
		if want.standing == "" {
			want.standing = Known
		}
		t.Run(email, func(t *testing.T) {
			t.Parallel()
			got, err := c.FindSender(soon(t), email)
			switch {
			case err != nil:
				t.Fatal(err)
			case want.client == 0 && got != nil:
				t.Errorf("found %+v", got)
			case want.client != 0 && (got == nil || got.Client.ID != want.client || got.User != want.user || got.Standing != want.standing):
				t.Errorf("found %+v, want #%d by %q, %s", got, want.client, want.user, want.standing)
			}
		})
	}
}

func TestFindSenderSeesAClientThatIsNew(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: localhalo.Seeded(5)})
	if err := c.ready(soon(t), forLook); err != nil {
		t.Fatal(err)
	}
	added := s.Add(localhalo.Client{Name: "Acme Ltd", Website: "acme.com"})
	got, err := c.FindSender(soon(t), "jane@acme.com")
	if err != nil || got == nil || got.Client.ID != added.ID {
		t.Errorf("found %+v, %v; want #%d", got, err, added.ID)
	}
}

func TestFindSenderFailsWhenAnyPartDoes(t *testing.T) {
	t.Parallel()
	o := localhalo.Options{
		Clients: []localhalo.Client{{ID: 2, Name: "Acme Ltd", Website: "acme.com"}},
		Users:   []localhalo.User{{Name: "Jane", Email: "jane@acme.com", ClientID: 2}},
	}
	for _, k := range []struct {
		email string
		kind  localhalo.Kind
	}{
		{"jane@nowhere.example", localhalo.KindUsers}, {"jane@acme.com", localhalo.KindGet},
		{"bob@acme.com", localhalo.KindList}, {"bob@acme.com", localhalo.KindGet},
	} {
		c, s := tenant(t, o)
		s.Inject(localhalo.On(k.kind), 50, localhalo.Fail())
		got, err := c.FindSender(soon(t), k.email)
		if err == nil {
			t.Errorf("%s without %s: found %+v", k.email, k.kind, got)
		} else if failed := failure(t, err); failed.Outcome != NotDone {
			t.Errorf("%s without %s: %s, want %s", k.email, k.kind, failed.Outcome, NotDone)
		}
	}
}

func TestAClientIsFoundByItsDomainWhereHaloDoesNotGiveItsUsers(t *testing.T) {
	t.Parallel()
	c, s := tenant(t, localhalo.Options{Clients: []localhalo.Client{{ID: 2, Name: "Acme Ltd", Website: "acme.com"}}})
	for name, answer := range map[string]localhalo.Effect{"no answer": localhalo.Fail(), "a no": localhalo.Forbid()} {
		s.Inject(localhalo.On(localhalo.KindUsers), 1, answer)
		got, err := c.FindSender(soon(t), "jane@acme.com")
		if err != nil || got == nil || got.Client.ID != 2 || got.Standing != Known {
			t.Errorf("%s: found %+v, %v", name, got, err)
		}
	}
}

func TestAGlanceMakesNoMoreRequestsThanAllowed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		more  int  // clients
		kept  bool // the list of them
		lists localhalo.Lists
		why   string // not all of them could be asked about; "" = they could
	}{
		{"a list of one page", wholePage - 2, false, localhalo.Lists{}, ""},
		{"a long list", wholePage, false, localhalo.Lists{}, "too long"},
		{"a long list that was kept", wholePage, true, localhalo.Lists{}, ""},
		{"a list without websites", 1, false, localhalo.Lists{Ignores: []string{"include_website"}}, "without their websites"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := localhalo.Options{
				Lists:   tt.lists,
				Clients: []localhalo.Client{{ID: 2, Name: "Acme Ltd", Website: "acme.com"}},
				Users:   []localhalo.User{{Name: "Jane", Email: "jane@other.example", ClientID: 2}},
			}
			for i := range tt.more {
				o.Clients = append(o.Clients, localhalo.Client{ID: 3 + i, Name: fmt.Sprint("Client ", i)})
			}
			c, s := tenant(t, o)
			if tt.kept {
				if err := c.ready(soon(t), forLook); err != nil {
					t.Fatal(err)
				}
			}
			toApi := func(c localhalo.Call) bool { return c.Kind != localhalo.KindToken && c.Kind != localhalo.KindAuthInfo }
			for _, w := range []struct {
				email string
				user  bool
				found bool
			}{
				{"jane@other.example", true, true},
				{"new@acme.com", false, true},
				{"new@nowhere.example", false, false},
			} {
				before := len(s.Calls(toApi))
				got, err := c.GlanceSender(soon(t), w.email, 3)
				if n := len(s.Calls(toApi)) - before; n > 3 {
					t.Errorf("%s: %d requests", w.email, n)
				}
				if w.user || tt.why == "" {
					if err != nil || (got != nil) != w.found || got != nil && got.Client.ID != 2 {
						t.Errorf("%s: %+v, %v", w.email, got, err)
					}
				} else if err == nil || !failure(t, err).Own || !strings.Contains(err.Error(), tt.why) {
					t.Errorf("%s: %+v, %v; want an error of the bot's own that says %q", w.email, got, err, tt.why)
				}
			}
		})
	}
}
