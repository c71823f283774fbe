package slackbot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// people knows who may have clients created: full members of the bot's own workspace, in the
// allowed channels and user groups. What Slack says of a person is kept for a few minutes.
type people struct {
	bot    *Bot
	known  *cache.Cache // user id → slack.User; "group "+id → []string
	flight singleflight.Group
}

// remember is how long what Slack says of a person or a user group is believed.
const remember = 3 * time.Minute

func newPeople(b *Bot) *people {
	return &people{bot: b, known: cache.New(remember, 5*time.Minute)}
}

// Permit implements onboarding.Gate: the binding check, made before anything is written to
// Halo. Requests of a workflow or of the command line have no person to check: whoever may
// publish a workflow or open a shell was let in elsewhere. A look-up that fails refuses.
func (b *Bot) Permit(ctx context.Context, r onboarding.Request) error {
	if r.By.ID == "" && (r.Via == viaStep || r.Via == onboarding.ViaShell) {
		return nil
	}
	var denied *onboarding.DeniedError
	if b.answers(r.Via, r.Place.ID) {
		denied = b.people.member(ctx, r.By.ID)
	} else {
		denied = b.people.check(ctx, person{ID: r.By.ID, Name: r.By.Name}, r.Place.ID)
	}
	// A nil *DeniedError must not become an error.
	if denied != nil {
		return denied
	}
	return nil
}

// answers reports whether it is an answer to what the bot asked in SLACK_ERROR_CHANNEL. That
// channel is for answers, also where clients may not be created from it otherwise.
func (b *Bot) answers(via, channel string) bool {
	return via == viaButton && channel != "" && channel == b.cfg.ErrorChannel
}

// denied makes a refusal of a sentence.
func denied(sentence string) *onboarding.DeniedError {
	return &onboarding.DeniedError{Reason: sentence}
}

// cheap is what is known without a call: from the payload and from earlier look-ups. It returns
// nil when that does not speak against it. An empty channel is not checked.
func (p *people) cheap(who person, channel string) *onboarding.DeniedError {
	me := p.bot.me()
	// In an Enterprise Grid a payload may name the organisation or another of its workspaces;
	// only the look-up can tell there.
	if who.Team != "" && me.Team != "" && me.Enterprise == "" && who.Team != me.Team {
		return denied(sayStranger)
	}
	if d := p.channel(channel); d != nil {
		return d
	}
	if u, ok := p.known.Get(who.ID); ok {
		if d := judge(me, u.(slack.User)); d != nil {
			return d
		}
	}
	return p.cachedGroups(who.ID)
}

// channel checks the list of allowed channels.
func (p *people) channel(id string) *onboarding.DeniedError {
	allowed := p.bot.cfg.AllowedChannels
	if id == "" || len(allowed) == 0 || slices.Contains(allowed, id) {
		return nil
	}
	return denied(sayChannel)
}

// check is the binding check, from Slack's own word.
func (p *people) check(ctx context.Context, who person, channel string) *onboarding.DeniedError {
	if len(p.bot.cfg.AllowedChannels) > 0 && channel == "" {
		return denied(sayChannel)
	}
	if d := p.channel(channel); d != nil {
		return d
	}
	return p.member(ctx, who.ID)
}

// member is the binding check of a person alone.
func (p *people) member(ctx context.Context, user string) *onboarding.DeniedError {
	me, err := p.bot.whoAmI(ctx)
	if err != nil {
		p.bot.log.WarnContext(ctx, "refused: Slack does not say who the bot is", "err", explain(err))
		return denied(sayUnverified)
	}
	u, err := p.user(ctx, user)
	switch {
	case code(err) == "user_not_visible", code(err) == "user_not_found":
		return denied(sayStranger)
	case err != nil:
		p.bot.log.WarnContext(ctx, "refused: Slack does not say who this is", "user", user, "err", explain(err))
		return denied(sayUnverified)
	}
	if d := judge(me, u); d != nil {
		return d
	}
	return p.groups(ctx, user)
}

// turnAway tells somebody who opened a form and may not use it so, in the form, before they type
// more. It reports whether nothing more is to be done for them: who could not be checked keeps
// the form, since they are checked again when they submit it, and learns nothing else.
func (b *Bot) turnAway(ctx context.Context, who person, o origin, v opened) bool {
	d := b.people.member(ctx, who.ID)
	if d == nil || d.Reason == sayUnverified {
		return d != nil
	}
	if _, err := b.refreshView(ctx, v.id, v.hash, notAllowed(d)); err != nil && err != errMovedOn {
		b.log.WarnContext(ctx, "a person could not be turned away in their form", "key", o.Key, "err", explain(err))
	}
	return true
}

// asking is the channel that counts where a button of the bot's own question is pressed. Direct
// messages and SLACK_ERROR_CHANNEL hold what was asked for elsewhere.
func (b *Bot) asking(in *incoming) string {
	if strings.HasPrefix(in.at.ID, "D") || in.at.ID == b.cfg.ErrorChannel {
		return ""
	}
	return in.at.ID
}

// barred is the binding check of somebody who pressed a button that acts or tells by itself. It
// is made after the acknowledgement, and tells them; a question that they may not answer stays
// for others, and one that was pressed while Slack did not say who they are stays for them.
func (b *Bot) barred(ctx context.Context, in *incoming) bool {
	d := b.people.member(ctx, in.who.ID)
	switch {
	case d == nil:
		return false
	case d.Reason == sayUnverified:
		b.beside(ctx, in, origin{}, d.Reason)
	default:
		b.say(ctx, in, d.Reason)
	}
	return true
}

// notAllowed is a refusal as a modal.
func notAllowed(d *onboarding.DeniedError) slack.ModalViewRequest {
	return modals.Notice("Not allowed", d.Reason)
}

// judge says whether u is a full, active, human member of the bot's workspace.
func judge(me identity, u slack.User) *onboarding.DeniedError {
	switch {
	case u.Deleted:
		return denied(sayLeft)
	case u.IsBot, u.IsWorkflowBot, u.IsConnectorBot, u.ID == "USLACKBOT":
		return denied(sayBot)
	case u.IsStranger, !ours(me, u):
		return denied(sayStranger)
	case u.IsRestricted, u.IsUltraRestricted:
		return denied(sayGuest)
	}
	return nil
}

// ours reports whether u belongs to the bot's workspace: by its team, or in an Enterprise Grid
// by the organisation's list of the person's workspaces. An organisation-wide installation has
// the organisation itself for a team.
func ours(me identity, u slack.User) bool {
	if u.TeamID != "" && u.TeamID == me.Team {
		return true
	}
	return me.Enterprise != "" && u.Enterprise.EnterpriseID == me.Enterprise &&
		(me.Team == me.Enterprise || slices.Contains(u.Enterprise.Teams, me.Team))
}

// groups checks the list of allowed user groups: one of them is enough.
func (p *people) groups(ctx context.Context, user string) *onboarding.DeniedError {
	groups := p.bot.cfg.AllowedUsergroups
	if len(groups) == 0 {
		return nil
	}
	unknown := false
	for _, g := range groups {
		members, err := p.members(ctx, g)
		if err != nil {
			p.bot.log.WarnContext(ctx, "Slack does not say who is in a user group", "group", g, "err", explain(err))
			unknown = true
			continue
		}
		if slices.Contains(members, user) {
			return nil
		}
	}
	if unknown {
		return denied(sayUnverified)
	}
	return denied(sayGroup)
}

// cachedGroups is groups from what is known already.
func (p *people) cachedGroups(user string) *onboarding.DeniedError {
	groups := p.bot.cfg.AllowedUsergroups
	for _, g := range groups {
		members, ok := p.known.Get("group " + g)
		if !ok || slices.Contains(members.([]string), user) {
			return nil
		}
	}
	if len(groups) == 0 {
		return nil
	}
	return denied(sayGroup)
}

// user is what Slack says of a person.
func (p *people) user(ctx context.Context, id string) (slack.User, error) {
	return lookUp(ctx, p, id, func(ctx context.Context) (slack.User, error) {
		u, err := p.bot.web.api.GetUserInfoContext(ctx, id)
		if err != nil {
			return slack.User{}, err
		}
		if u.ID == "" {
			return slack.User{}, errors.New("the answer names nobody")
		}
		return *u, nil
	})
}

// members are the people of a user group.
func (p *people) members(ctx context.Context, group string) ([]string, error) {
	return lookUp(ctx, p, "group "+group, func(ctx context.Context) ([]string, error) {
		return p.bot.web.api.GetUserGroupMembersContext(ctx, group)
	})
}

// lookUp asks once at a time for a key, tries a passing fault again quickly, and remembers.
func lookUp[T any](ctx context.Context, p *people, key string, ask func(context.Context) (T, error)) (T, error) {
	if v, ok := p.known.Get(key); ok {
		return v.(T), nil
	}
	flight := p.flight.DoChan(key, func() (any, error) {
		// Others may be waiting for it when the first to ask has gone.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
		defer cancel()
		var v T
		var err error
		for try := range 3 {
			if v, err = ask(ctx); err == nil {
				p.known.SetDefault(key, v)
				return v, nil
			}
			if !transient(err) || !sleep(ctx, quickTry(err, try)) {
				break
			}
		}
		return v, err
	})
	select {
	case r := <-flight:
		return r.Val.(T), r.Err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// quickTry is the pause before the next of a few quick tries.
func quickTry(err error, try int) time.Duration {
	if after, ok := retryAfter(err); ok {
		return min(after, 3*time.Second)
	}
	return time.Duration(try+1) * 200 * time.Millisecond
}
