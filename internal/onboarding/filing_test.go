package onboarding

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// toFile asks for filings of acme's client.
func toFile(what ...draft.Filing) FileRequest {
	return FileRequest{
		Of: acme(), Client: halo.Client{ID: acmeID}, By: Person{ID: "U1"}, Via: ViaButton,
		Filing: Filing{What: what, Email: " Jane.Doe@acme.com", Ticket: "881", Domain: "acme.com"},
	}
}

// file has c store what is to be filed.
func (c *clerk) file(r FileRequest) []Receipt {
	c.Helper()
	receipts, err := c.File(c.Context(), r)
	if err != nil {
		c.Fatal(err)
	}
	return receipts
}

func TestEachThingIsFiledOnceInTheOrderInWhichItIsAskedFor(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	var got []draft.Filing
	for _, r := range c.file(toFile(draft.FileDomain, draft.FileUser, draft.FileDomain, "fridge")) {
		if got = append(got, r.Request.File.What); r.Joined || r.Request.Round != 1 || (r.Request.Title != "") != (r.Request.File.What == draft.FileUser) {
			t.Errorf("the receipt is %+v", r)
		}
	}
	if diff := cmp.Diff([]draft.Filing{draft.FileDomain, draft.FileUser}, got); diff != "" {
		t.Errorf("filed is (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{filingKind, filingKind}, c.kinds()); diff != "" {
		t.Errorf("stored is (-want +got):\n%s", diff)
	}
	if receipts := c.file(toFile("fridge")); len(receipts) > 0 || len(c.kinds()) != 2 {
		t.Errorf("the receipts of nothing are %+v", receipts)
	}
	stand, err := c.Filings(t.Context(), acme().Key)
	if err != nil || len(stand) != 2 || stand[0].Request.File.What != draft.FileUser || stand[1].Request.File.What != draft.FileDomain {
		t.Errorf("they stand as %+v, %v", stand, err)
	}
}

func TestAFilingIsTriedAnewOnceItWasLeftOrFailed(t *testing.T) {
	t.Parallel()
	for ended, joins := range map[Outcome]bool{"": true, Done: true, Left: false, Refused: false, Unreachable: false, Unconfirmed: false} {
		c := newClerk(t)
		c.file(toFile(draft.FileTicket))
		if ended != "" {
			c.ends(1, ended, time.Minute)
		}
		want := Receipt{Joined: joins, Request: Request{Round: 2}}
		if joins {
			want.Request.Round, want.State.Outcome = 1, ended
		}
		got := c.file(toFile(draft.FileTicket))[0]
		if got.Joined != want.Joined || got.Request.Round != want.Request.Round || got.State.Outcome != want.State.Outcome {
			t.Errorf("%q: the receipt is %+v", ended, got)
		}
		stand, err := c.Filings(t.Context(), acme().Key)
		if err != nil || len(stand) != 1 || stand[0].Request.Round != want.Request.Round {
			t.Errorf("%q: they stand as %+v, %v", ended, stand, err)
		}
	}
}

func TestAUsersFilingComesAfterThoseThatMayMakeThem(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		change func(*FileRequest)
		ended  Outcome
		ago    time.Duration
		after  bool
	}{
		"in hand":                    {after: true},
		"done lately":                {ended: Done, ago: lately - time.Minute, after: true},
		"done long ago":              {ended: Done, ago: lately + time.Minute},
		"of which nothing is known":  {ended: Unconfirmed, after: true},
		"left":                       {ended: Left},
		"refused":                    {ended: Refused},
		"of another client":          {change: func(r *FileRequest) { r.Client.ID = globexID }},
		"of another address":         {change: func(r *FileRequest) { r.Filing.Email = "j@x.example" }},
		"of the address in capitals": {change: func(r *FileRequest) { r.Filing.Email = "JANE.DOE@acme.com " }, after: true},
		"in another Halo":            {change: func(r *FileRequest) { r.Of.Draft.Connection = "uat" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClerk(t)
			other := toFile(draft.FileUser)
			other.Of.Key = "T1-C1-9"
			if k.change != nil {
				k.change(&other)
			}
			c.file(other)
			if k.ended != "" {
				c.ends(1, k.ended, k.ago)
			}
			var want []int64
			if k.after {
				want = []int64{1}
			}
			if diff := cmp.Diff(want, c.file(toFile(draft.FileUser))[0].Request.After); diff != "" {
				t.Errorf("it comes after (-want +got):\n%s", diff)
			}
			if r := c.file(toFile(draft.FileTicket))[0].Request; len(r.After) > 0 {
				t.Errorf("the ticket comes after %v", r.After)
			}
		})
	}
}

func TestWhatFollowsAClientIsAskedForOnce(t *testing.T) {
	t.Parallel()
	then := &Filing{What: []draft.Filing{draft.FileUser}, Email: sender}
	for name, k := range map[string]struct {
		then   *Filing
		file   *File
		client *halo.Client
		asked  bool
		stored bool
	}{
		"there is a client":    {then: then, client: &halo.Client{ID: acmeID}, stored: true},
		"nothing is to follow": {client: &halo.Client{ID: acmeID}},
		"there is none":        {then: then},
		"it was asked for":     {then: then, client: &halo.Client{ID: acmeID}, asked: true},
		"it is a filing":       {then: then, client: &halo.Client{ID: acmeID}, file: &File{}},
	} {
		c := newClerk(t)
		a := &attempt{Service: c.Service, log: c.log, stored: stored{request: acme(), state: State{Outcome: Created, Client: k.client, Asked: k.asked}}}
		a.request.Then, a.request.File, a.state.Ended = k.then, k.file, time.Now()
		if k.stored {
			c.failing(func(ctx context.Context) error {
				err := a.thenFile(ctx)
				if err != nil && a.state.Asked {
					t.Errorf("%s: it counts as asked for: %v", name, err)
				}
				return err
			})
		}
		if err := a.thenFile(t.Context()); err != nil || len(c.kinds()) > 0 != k.stored || a.state.Asked != (k.stored || k.asked) {
			t.Errorf("%s: %v, stored %q, asked %t", name, err, c.kinds(), a.state.Asked)
		}
		if stand, err := c.Filings(t.Context(), acme().Key); err != nil || len(stand) > 0 != k.stored || k.stored && !stand[0].Request.File.Seen.Equal(a.state.Ended) {
			t.Errorf("%s: filed is %+v, %v", name, stand, err)
		}
	}
}

func TestFilingsOfADatabaseThatFailsAreNotTakenForNone(t *testing.T) {
	t.Parallel()
	c := newClerk(t)
	other := toFile(draft.FileUser)
	other.Of.Key = "T1-C1-9"
	c.file(other)
	c.failing(func(ctx context.Context) error {
		_, err := c.File(ctx, toFile(draft.FileUser, draft.FileTicket))
		return err
	})
	c.failing(func(ctx context.Context) error { _, err := c.Filings(ctx, acme().Key); return err })
	c.writes(1, "no state")
	if receipts, err := c.File(t.Context(), toFile(draft.FileUser)); err != nil { // joined to its own, which is whole
		t.Errorf("%+v, %v", receipts, err)
	}
	third := toFile(draft.FileUser)
	third.Of.Key = "T1-C1-10"
	if receipts, err := c.File(t.Context(), third); err == nil {
		t.Errorf("what cannot be read is overlooked: %+v", receipts)
	}
}

func TestAllIsFiledOnceEachOfItHasEnded(t *testing.T) {
	t.Parallel()
	filing := func(what draft.Filing, o Outcome) Receipt {
		return Receipt{Request: Request{File: &File{What: what}}, State: State{Outcome: o}}
	}
	both := &Filing{What: []draft.Filing{draft.FileUser, draft.FileTicket}}
	for name, k := range map[string]struct {
		then    *Filing
		client  *halo.Client
		filings []Receipt
		want    bool
	}{
		"both have":        {both, &halo.Client{}, []Receipt{filing(draft.FileUser, Done), filing(draft.FileTicket, Left)}, true},
		"one is in hand":   {both, &halo.Client{}, []Receipt{filing(draft.FileUser, Done), filing(draft.FileTicket, "")}, false},
		"one is not asked": {both, &halo.Client{}, []Receipt{filing(draft.FileUser, Done), filing(draft.FileDomain, Done)}, false},
		"none is":          {both, &halo.Client{}, nil, false},
		"no client":        {both, nil, nil, true},
		"nothing to file":  {nil, &halo.Client{}, nil, true},
	} {
		r := Receipt{Request: Request{Then: k.then}, State: State{Client: k.client}}
		if got := r.Filed(k.filings); got != k.want {
			t.Errorf("%s: all is filed: %t, want %t", name, got, k.want)
		}
	}
}

func TestWhatIsFiledOfAnAlert(t *testing.T) {
	t.Parallel()
	a := draft.Alert{Email: sender, SenderName: "Jane", TicketID: "881", Verified: draft.Passed}
	what := []draft.Filing{draft.FileUser}
	for name, k := range map[string]struct {
		what    []draft.Filing
		alert   draft.Alert
		website string
		want    *Filing
	}{
		"nothing":              {nil, a, "x.example", nil},
		"the sender's domain":  {what, a, "x.example", &Filing{What: what, Email: sender, Name: "Jane", Ticket: "881", Domain: "acme.com", Verdict: draft.Passed}},
		"the client's website": {what, draft.Alert{}, "x.example", &Filing{What: what, Domain: "x.example"}},
	} {
		if diff := cmp.Diff(k.want, FilingOf(k.what, k.alert, k.website), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
