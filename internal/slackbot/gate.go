package slackbot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"
	"golang.org/x/sync/singleflight"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// gate says who may have clients created: full members of the bot's own workspace, in the allowed
// channels and user groups. A no is a *onboarding.DeniedError; any other error means that Slack
// did not say, which is neither a yes nor a no.
type gate struct {
	*parts
	known  *cache.Cache // user id → said[slack.User]; groupKey → said[[]string]
	flight singleflight.Group
}

// said is what Slack said, and when.
type said[T any] struct {
	what T
	at   time.Time
}

// How old Slack's word may be: for what is checked while a person waits, and for what binds.
const (
	remembered = 3 * time.Minute
	binding    = 30 * time.Second
)

func newGate(p *parts) *gate {
	return &gate{parts: p, known: cache.New(remembered, 5*time.Minute)}
}

// permit is the binding check, made before anything is written to Halo. Requests of a workflow or
// of the command line have no person to check: whoever may publish a workflow or open a shell was
// let in elsewhere.
func (g *gate) permit(ctx context.Context, r onboarding.Request) error {
	if r.By.ID == "" && r.Via.Unattended() {
		return nil
	}
	if !g.answers(r.Via, r.Place.ID) {
		if r.Place.ID == "" && len(g.cfg.AllowedChannels) > 0 {
			return denied(sayChannel)
		}
		if err := g.channel(r.Place.ID); err != nil {
			return err
		}
	}
	back, _ := readWayBack(r.Reply)
	return g.member(ctx, person{ID: r.By.ID, Workspace: back.Workspace}, binding)
}

// answers reports whether it is an answer to what the bot asked in SLACK_ERROR_CHANNEL. That
// channel is for answers, also where clients may not be created from it otherwise.
func (g *gate) answers(via onboarding.Via, channel string) bool {
	return via == onboarding.ViaButton && channel != "" && channel == g.cfg.ErrorChannel
}

// deniedError is a no of the gate's.
type deniedError struct{ noEntry }

func (e deniedError) Error() string { return e.String() }

// Unwrap is the no as a request's life knows it.
func (e deniedError) Unwrap() error { return &onboarding.DeniedError{Reason: e.String()} }

func denied(why noEntry) error { return deniedError{why} }

// isDenied reports whether err is a no, and its reason.
func isDenied(err error) (reason string, no bool) {
	var d *onboarding.DeniedError
	if errors.As(err, &d) {
		return d.Reason, true
	}
	return "", false
}

// atOnce checks what is known without a call: from the payload and from what Slack said earlier. It
// returns nil when nothing known speaks against the person. An empty channel is not checked.
func (g *gate) atOnce(who person, channel string) error {
	me := g.self.known()
	// In an Enterprise Grid a payload may name the organisation or another of its workspaces;
	// only Slack can tell there.
	if who.Team != "" && me.Team != "" && me.Enterprise == "" && who.Team != me.Team {
		return denied(sayStranger)
	}
	if err := g.channel(channel); err != nil {
		return err
	}
	if u, ok := recall[slack.User](g, who.ID, remembered); ok {
		if err := judge(me, u); err != nil {
			return err
		}
	}
	for _, group := range g.cfg.AllowedUsergroups {
		team := ""
		if me.orgWide() {
			team = who.Workspace
		}
		members, ok := recall[[]string](g, groupKey(group, team), remembered)
		if !ok || slices.Contains(members, who.ID) {
			return nil
		}
	}
	if len(g.cfg.AllowedUsergroups) > 0 {
		return denied(sayGroup)
	}
	return nil
}

// channel checks the list of allowed channels.
func (g *gate) channel(id string) error {
	allowed := g.cfg.AllowedChannels
	if id == "" || len(allowed) == 0 || slices.Contains(allowed, id) {
		return nil
	}
	return denied(sayChannel)
}

// member checks a person alone, by Slack's word of at most that age.
func (g *gate) member(ctx context.Context, who person, age time.Duration) error {
	user := who.ID
	me, err := g.self.ask(ctx)
	if err != nil {
		return fmt.Errorf("ask Slack who the bot is: %w", err)
	}
	u, err := ask(ctx, g, user, age, func(api *slack.Client, ctx context.Context) (slack.User, error) {
		u, err := api.GetUserInfoContext(ctx, user)
		if err == nil && u.ID == "" {
			err = errors.New("the answer names nobody")
		}
		if err != nil {
			return slack.User{}, err
		}
		return *u, nil
	})
	switch {
	case code(err) == "user_not_visible", code(err) == "user_not_found":
		return denied(sayStranger)
	case err != nil:
		return fmt.Errorf("ask Slack who %s is: %w", user, err)
	}
	if err := judge(me, u); err != nil {
		return err
	}
	team := ""
	if me.orgWide() {
		team = cmp.Or(who.Workspace, workspace(append([]string{u.TeamID}, u.Enterprise.Teams...)...))
	}
	return g.groups(ctx, user, team, age)
}

// called is a person by the name that others see, where Slack has said it: a payload has another
// one. It calls nobody.
func (g *gate) called(who person) person {
	if u, ok := recall[slack.User](g, who.ID, remembered); ok {
		who.Name = cmp.Or(text.Line(u.Profile.DisplayName), text.Line(u.Profile.RealName), who.Name)
	}
	return who
}

// judge says no to who is not a full, active, human member of the bot's workspace.
func judge(me identity, u slack.User) error {
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

// groups checks the list of allowed user groups: one of them is enough. team is the workspace
// that is asked, where the bot has several.
func (g *gate) groups(ctx context.Context, user, team string, age time.Duration) error {
	var unknown error
	for _, group := range g.cfg.AllowedUsergroups {
		members, err := ask(ctx, g, groupKey(group, team), age, func(api *slack.Client, ctx context.Context) ([]string, error) {
			members, err := api.GetUserGroupMembersContext(ctx, group, slack.GetUserGroupMembersOptionTeamID(team))
			if err == nil && members == nil {
				err = errors.New("the answer has no list")
			}
			return members, err
		})
		if team != "" && code(err) == "no_such_subteam" {
			continue // it is another workspace's
		}
		if slices.Contains(members, user) {
			return nil
		}
		if err != nil {
			unknown = fmt.Errorf("ask Slack who is in the user group %s: %w", group, err)
		}
	}
	if unknown == nil && len(g.cfg.AllowedUsergroups) > 0 {
		return denied(sayGroup)
	}
	return unknown
}

func groupKey(group, team string) string { return "group " + group + " " + team }

// recall is what Slack said of key, when that is not older than age.
func recall[T any](g *gate, key string, age time.Duration) (T, bool) {
	if v, ok := g.known.Get(key); ok {
		if s := v.(said[T]); time.Since(s.at) < age {
			return s.what, true
		}
	}
	var none T
	return none, false
}

// ask asks Slack once at a time for a key, tries a passing fault again quickly, and remembers.
func ask[T any](ctx context.Context, g *gate, key string, age time.Duration, question func(*slack.Client, context.Context) (T, error)) (T, error) {
	if v, ok := recall[T](g, key, age); ok {
		return v, nil
	}
	flight := g.flight.DoChan(key, func() (any, error) {
		// Others may be waiting for it when the first to ask has gone.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 8*time.Second)
		defer cancel()
		asked := time.Now()
		var v T
		var err error
		for try := range 3 {
			err = g.web.ask(func(api *slack.Client) (err error) {
				v, err = question(api, ctx)
				return err
			})
			if err == nil {
				g.known.SetDefault(key, said[T]{v, asked})
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

// refused acknowledges in and tells the person so, when it is known at once that they may not.
func (g *gate) refused(ctx context.Context, in *incoming, channel string) bool {
	reason, no := isDenied(g.atOnce(in.who, channel))
	if no {
		in.ack(ctx, nil)
		in.say(ctx, reason)
	}
	return no
}

// asking is the channel that counts where a button of the bot's own question is pressed. Direct
// messages and SLACK_ERROR_CHANNEL hold what was asked for elsewhere.
func (g *gate) asking(in *incoming) string {
	if strings.HasPrefix(in.at.ID, "D") || in.at.ID == g.cfg.ErrorChannel {
		return ""
	}
	return in.at.ID
}

// barred checks somebody who pressed a button that acts or tells by itself, by what Slack says
// now. It is called after the acknowledgement, and tells them; a question that they may not answer
// stays for others, and one that was pressed while Slack did not say who they are stays for them.
func (g *gate) barred(ctx context.Context, in *incoming) bool {
	err := g.member(ctx, in.who, binding)
	if reason, no := isDenied(err); no {
		in.say(ctx, reason)
	} else if err != nil {
		g.log.WarnContext(ctx, "a button was pressed, and Slack does not say who may", "error", explain(err))
		in.beside(ctx, orDead(err, sayUnverified.String()))
	}
	return err != nil
}

// notAllowed is a no as a modal.
func notAllowed(reason string) slack.ModalViewRequest { return modals.Notice("Not allowed", reason) }
