package onboarding

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// filers is how each thing is filed.
var filers = map[draft.Filing]func(*attempt, context.Context, Halo) (time.Duration, error){
	draft.FileUser:   (*attempt).fileUser,
	draft.FileTicket: (*attempt).fileTicket,
	draft.FileDomain: (*attempt).fileDomain,
}

// file does what the request is for. Nothing that a forged mail asks for is filed.
func (a *attempt) file(ctx context.Context) (time.Duration, error) {
	f := a.request.File
	api, err := a.halo(a.request.Draft.Connection)
	switch {
	case err != nil:
		return 0, a.unconfigured(ctx)
	case f.At != "" && f.At != api.Address():
		return 0, a.leave(ctx, NotHere, nil)
	case api.IsCatchAll(f.Client):
		return 0, a.leave(ctx, NotOnCatchAll, nil)
	case f.Filing.Verdict == draft.Failed:
		return 0, a.leave(ctx, NotForged, nil)
	case f.What != draft.FileDomain && !strings.Contains(f.Filing.Email, "@"):
		return 0, a.leave(ctx, NotNoAddress, nil)
	case a.gate.Own(f.Subject()):
		return 0, a.leave(ctx, NotOwnDomain, nil)
	}
	return filers[f.What](a, ctx, api)
}

// Subject is the address or the domain that the filing is about.
func (f File) Subject() string {
	if f.What == draft.FileDomain {
		return f.Filing.Domain
	}
	return f.Filing.Email
}

// filed ends a filing that is in Halo as asked for.
func (a *attempt) filed(ctx context.Context, how Filed, detail func(*State)) error {
	return a.end(ctx, Done, func(s *State) {
		s.Filed = how
		detail(s)
	})
}

// leave ends a filing that is not done.
func (a *attempt) leave(ctx context.Context, why NotFiled, detail func(*State)) error {
	return a.end(ctx, Left, func(s *State) {
		s.NotFiled = why
		if detail != nil {
			detail(s)
		}
	})
}

// repeat makes a write that can be repeated, and does so again, after a wait, until Halo answers it.
// The mark is committed first: what is found there after a crash may be its work. made ends the
// filing with what Halo has then.
func (a *attempt) repeat(ctx context.Context, write func(context.Context) error, made func() error) (time.Duration, error) {
	a.state.Sends++
	if err := a.save(ctx); err != nil {
		a.state.Sends-- // nothing is sent
		return 0, err
	}
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), postTimeout)
	defer cancel()
	err := write(writing)
	if err == nil {
		return 0, made()
	}
	var he *halo.Error
	if errors.As(err, &he) && he.Outcome == halo.Unknown {
		a.log.Warn("a write that can be repeated was not answered: trying again", "error", err)
		return a.outage(ctx, AwayHalo, he.Message, he.RetryAfter)
	}
	a.state.Sends--
	return a.fail(ctx, err)
}

// sameClient reports whether the client's number is still its own: a Halo that was restored gives
// numbers out again. Where it is not, the filing is ended; where that cannot be said, wait is how long
// to wait.
func (a *attempt) sameClient(ctx context.Context, api Halo) (same bool, wait time.Duration, err error) {
	f := a.request.File
	if a.clock.since(f.Seen) < justFiled {
		return true, 0, nil
	}
	look, cancel := a.looking(ctx)
	defer cancel()
	now, err := api.Client(look, f.Client.ID)
	switch {
	case gone(err): // what follows says so, where it is more than not to be read
		return true, 0, nil
	case err != nil:
		wait, err := a.fail(ctx, err)
		return false, wait, err
	case now.Still(f.Client, Request{Key: f.Of, Draft: a.request.Draft}.Reference()):
		return true, 0, nil
	}
	return false, 0, a.leave(ctx, NotThatClient, func(s *State) { s.Found = []halo.Client{now} })
}

// orAlready is how something that is there came to be: already, unless it may be the work of an
// earlier write of this filing.
func (a *attempt) orAlready(how Filed) Filed {
	if a.state.Sends > 0 {
		return how
	}
	return FiledAlready
}

// fileTicket moves the ticket to the client, its user and that one's site.
func (a *attempt) fileTicket(ctx context.Context, api Halo) (time.Duration, error) {
	f := a.request.File
	saw := func(t halo.Ticket) func(*State) { return func(s *State) { s.Ticket = &t } }
	filed, wait, err := a.userFirst(ctx)
	if err != nil || wait > 0 {
		return wait, err
	}
	if same, wait, err := a.sameClient(ctx, api); !same {
		return wait, err
	}
	look, cancel := a.looking(ctx)
	defer cancel()
	may, err := api.CanMoveTickets(look)
	if err != nil {
		return a.fail(ctx, err)
	}
	if !may {
		return 0, a.leave(ctx, NotNoScope, nil)
	}
	id, err := strconv.Atoi(strings.TrimLeft(strings.TrimSpace(f.Filing.Ticket), "#0"))
	if err != nil || id <= 0 {
		return 0, a.leave(ctx, NotNoTicket, nil)
	}
	ticket, err := api.Ticket(look, id)
	switch {
	case gone(err):
		return 0, a.leave(ctx, NotNoTicket, nil)
	case err != nil:
		return a.fail(ctx, err)
	case ticket.Deleted:
		return 0, a.leave(ctx, NotDeleted, saw(ticket))
	case ticket.MergedInto > 0:
		return 0, a.leave(ctx, NotMerged, saw(ticket))
	}
	at := halo.Client{ID: ticket.ClientID, Name: ticket.Client}
	if at.ID == f.Client.ID {
		behind, err := api.Behind(look, ticket)
		at = halo.Client{ID: behind}
		switch {
		case err != nil:
			return a.fail(ctx, err)
		case !api.IsCatchAll(at): // else it was moved by half
			return 0, a.filed(ctx, a.orAlready(FiledMoved), saw(ticket))
		}
	}
	switch {
	case ticket.Closed:
		return 0, a.leave(ctx, NotClosed, saw(ticket))
	case len(api.CatchAll()) == 0:
		return 0, a.leave(ctx, NotNoCatchAll, saw(ticket))
	case !api.IsCatchAll(at):
		return 0, a.leave(ctx, NotElsewhere, saw(ticket))
	case !ticket.IsFrom(f.Filing.Email) && (Sender(ticket) != f.Filing.Confirmed || f.Filing.Confirmed == ""):
		return 0, a.leave(ctx, NotTheSenders, saw(ticket))
	}
	user := filed
	if user == nil {
		user, err = a.userOf(look, api)
	}
	switch {
	case err != nil:
		return a.fail(ctx, err)
	case user == nil:
		return 0, a.leave(ctx, NotNoUser, saw(ticket))
	}
	site := halo.Site{ID: user.SiteID}
	if site.ID <= 0 {
		main, wait, err := a.mainSite(ctx, api)
		if main == nil {
			return wait, err
		}
		site = *main
	}
	move := halo.TicketMove{TicketID: id, ClientID: f.Client.ID, SiteID: site.ID, UserID: user.ID}
	write := func(ctx context.Context) (err error) {
		ticket, err = api.MoveTicket(ctx, move)
		return err
	}
	return a.repeat(ctx, write, func() error {
		return a.filed(ctx, FiledMoved, func(s *State) { s.Ticket, s.User = &ticket, user })
	})
}

// justFiled is for how long a client and its user are taken to be as they were when they were made or
// filed.
const justFiled = time.Minute

// userFirst waits for the user where that is being filed too: the ticket is moved to them. They are
// returned where that has just been done.
func (a *attempt) userFirst(ctx context.Context) (*halo.User, time.Duration, error) {
	f := a.request.File
	if !slices.Contains(f.Filing.What, draft.FileUser) {
		return nil, 0, nil
	}
	user, known, err := newestOf(ctx, a.queue, filingKind, FilingKey(f.Of, draft.FileUser))
	switch s := user.state; {
	case err != nil || !known:
		return nil, 0, err
	case s.Outcome == "":
		return nil, growing(a.clock.since(a.request.At), 100*time.Millisecond, 3*time.Second), nil
	case s.Outcome == Done && s.User != nil && s.User.SiteID > 0 && s.User.Has(f.Filing.Email) && a.clock.since(s.Ended) < justFiled:
		return s.User, 0, nil
	}
	return nil, 0, nil
}

// fileDomain lets Halo match later mails of the domain to the client.
func (a *attempt) fileDomain(ctx context.Context, api Halo) (time.Duration, error) {
	f := a.request.File
	domain := draft.Company(f.Filing.Domain)
	if domain == "" {
		return 0, a.leave(ctx, NotACompanys, nil)
	}
	if same, wait, err := a.sameClient(ctx, api); !same {
		return wait, err
	}
	site, wait, err := a.mainSite(ctx, api)
	if site == nil {
		return wait, err
	}
	is := func(s *State) { s.Site = site }
	matches := func() bool { return slices.Contains(draft.Hosts(site.EmailDomain), domain) }
	switch {
	case matches():
		return 0, a.filed(ctx, a.orAlready(FiledMade), is)
	case site.EmailDomain != "":
		return 0, a.leave(ctx, NotOtherDomain, is)
	}
	write := func(ctx context.Context) error {
		now, err := api.SetSiteDomain(ctx, *site, domain)
		site = &now
		return err
	}
	return a.repeat(ctx, write, func() error {
		switch {
		case matches():
			return a.filed(ctx, FiledMade, is)
		case site.EmailDomain == "":
			return a.leave(ctx, NotKept, is)
		}
		return a.leave(ctx, NotOtherDomain, is)
	})
}

// mainSite finds the client's main site; without one it ends the filing, or says how long to wait.
func (a *attempt) mainSite(ctx context.Context, api Halo) (*halo.Site, time.Duration, error) {
	look, cancel := a.looking(ctx)
	defer cancel()
	main, err := api.MainSite(look, a.request.File.Client.ID)
	switch {
	case err != nil:
		wait, err := a.fail(ctx, err)
		return nil, wait, err
	case main.Site.ID > 0:
		return &main.Site, 0, nil
	case len(main.Choices) == 0:
		return nil, 0, a.leave(ctx, NotNoSite, nil)
	}
	return nil, 0, a.leave(ctx, NotWhichSite, nil)
}
