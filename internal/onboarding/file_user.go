package onboarding

import (
	"context"
	"time"

	"halobot/internal/halo"
)

// fileUser makes the sender a user of the client. They are looked for first, by all of their
// addresses and inactive ones too: who is a user of another client is neither touched nor made
// again, and who is one of a catch-all client is moved.
func (a *attempt) fileUser(ctx context.Context, api Halo) (time.Duration, error) {
	if same, wait, err := a.sameClient(ctx, api); !same {
		return wait, err
	}
	f := a.request.File
	look, cancel := a.looking(ctx)
	defer cancel()
	mine, err := a.userOf(look, api)
	switch {
	case err != nil:
		return a.fail(ctx, err)
	case mine != nil:
		how := FiledMoved
		if a.state.SentTo != "" {
			how = FiledMade
		}
		return 0, a.filed(ctx, a.orAlready(how), func(s *State) { s.User = mine })
	}
	everywhere, err := api.FindUsers(look, 0, f.Filing.Email)
	if err != nil {
		return a.fail(ctx, err)
	}
	var unknown, other *halo.User
	for i, u := range everywhere {
		switch {
		case u.ClientID == f.Client.ID:
			return 0, a.filed(ctx, FiledAlready, func(s *State) { s.User = &everywhere[i] })
		case api.IsCatchAll(halo.Client{ID: u.ClientID, Name: u.Client}):
			unknown = &everywhere[i]
		default:
			other = &everywhere[i]
		}
	}
	if other != nil {
		return 0, a.leave(ctx, NotOtherClient, func(s *State) { s.User = other })
	}
	site, wait, err := a.mainSite(ctx, api)
	if site == nil {
		return wait, err
	}
	if unknown != nil {
		return a.moveUser(ctx, api, *unknown, *site)
	}
	var user halo.User
	post := func(ctx context.Context) (err error) {
		user, err = api.CreateUser(ctx, halo.NewUser{
			Email: f.Filing.Email, Name: f.Filing.Name, ClientID: f.Client.ID, SiteID: site.ID,
			Key: a.request.Reference(), Asked: a.request.Asked(),
		})
		return err
	}
	return a.send(ctx, api, post, func() error {
		return a.filed(ctx, FiledMade, func(s *State) { s.User = &user })
	})
}

// moveUser moves somebody whom Halo made a user of a catch-all client by itself.
func (a *attempt) moveUser(ctx context.Context, api Halo, u halo.User, to halo.Site) (time.Duration, error) {
	var moved halo.User
	write := func(ctx context.Context) (err error) {
		moved, err = api.MoveUser(ctx, u.ID, a.request.File.Client.ID, to.ID)
		return err
	}
	return a.repeat(ctx, write, func() error {
		return a.filed(ctx, FiledMoved, func(s *State) { s.User = &moved })
	})
}

// userOf is the client's user of the sender's address, an active one where there are several; nil
// when there is none. Halo's list may not show yet whom the bot itself made lately.
func (a *attempt) userOf(ctx context.Context, api Halo) (*halo.User, error) {
	f := a.request.File
	users, err := api.FindUsers(ctx, f.Client.ID, f.Filing.Email)
	if err != nil {
		return nil, err
	}
	for _, id := range a.request.After {
		ahead, known, err := a.byID(ctx, id)
		if err != nil {
			return nil, err
		}
		if !known || ahead.state.Outcome != Done || ahead.state.User == nil {
			continue
		}
		switch u, err := api.User(ctx, ahead.state.User.ID); {
		case err == nil && u.ClientID == f.Client.ID && u.Has(f.Filing.Email):
			users = append(users, u)
		case err != nil && !gone(err):
			return nil, err
		}
	}
	var found *halo.User
	for i := range users {
		if found == nil || found.Inactive && !users[i].Inactive {
			found = &users[i]
		}
	}
	return found, nil
}

// userTurnedUp ends the request with the user that an unanswered POST made: in their client an
// address is proof enough. The time that it returns is when the look began.
func (a *attempt) userTurnedUp(ctx context.Context, api Halo) (time.Time, error) {
	began := a.clock.now()
	look, cancel := a.looking(ctx)
	defer cancel()
	user, err := a.userOf(look, api)
	if err != nil || user == nil {
		return began, err
	}
	return began, a.filed(ctx, FiledMade, func(s *State) { s.User = user })
}
