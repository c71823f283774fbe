package slackbot

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// Every kind of person, on every way in.
// unknown is a wait: Slack has said neither yes nor no.
const unknown = "unknown"

func TestWhoMay(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		user    string
		want    string // of the refusal; "" permits
		atOnce  bool   // from the payload alone
		arrange func(*bench)
		config  func(*Config)
	}{
		"technician":           {user: localslack.Tess},
		"guest":                {user: localslack.Gwen, want: "Guests"},
		"single-channel guest": {user: localslack.Sol, want: "Guests"},
		"stranger":             {user: localslack.Stella, want: "Only members", atOnce: true},
		"other workspace":      {user: localslack.Erin, want: "Only members", atOnce: true},
		"deactivated":          {user: localslack.Dora, want: "deactivated"},
		"bot":                  {user: localslack.Robot, want: "Bots and apps"},
		"nobody":               {user: "U0NOBODY", want: "Only members"},
		"invisible": {user: localslack.Tom, want: "Only members", arrange: func(b *bench) {
			b.slack.SetPerson(localslack.Person{ID: localslack.Tom, Name: "tom", Invisible: true})
		}},
		"look-up down for a moment": {user: localslack.Tess, arrange: func(b *bench) {
			b.slack.FailStatus("users.info", 1, http.StatusBadGateway)
		}},
		"look-up down": {user: localslack.Tess, want: unknown, arrange: func(b *bench) {
			b.slack.FailStatus("users.info", 100, http.StatusBadGateway)
		}},
		"no scope": {user: localslack.Tess, want: unknown, arrange: func(b *bench) {
			b.slack.SetScopes("chat:write", "commands")
		}},
		"allowed channel": {user: localslack.Tess, config: func(c *Config) {
			c.AllowedChannels = []string{localslack.Desk, localslack.Mail}
		}},
		"other channel": {user: localslack.Tess, want: "this channel", atOnce: true, config: func(c *Config) {
			c.AllowedChannels = []string{localslack.Leads}
		}},
		"in the user group": {user: localslack.Tess, config: func(c *Config) {
			c.AllowedUsergroups = []string{"S0OTHER", localslack.TechGroup}
		}, arrange: func(b *bench) {
			b.slack.SetUserGroup(localslack.UserGroup{ID: "S0OTHER"})
		}},
		"not in the user group": {user: localslack.Tom, want: "user groups", config: func(c *Config) {
			c.AllowedUsergroups = []string{"S0OTHER"}
		}, arrange: func(b *bench) {
			b.slack.SetUserGroup(localslack.UserGroup{ID: "S0OTHER", Users: []string{localslack.Tess}})
		}},
		"user group unknown": {user: localslack.Tess, want: unknown, config: func(c *Config) {
			c.AllowedUsergroups = []string{localslack.TechGroup}
		}, arrange: func(b *bench) {
			b.slack.Fail("usergroups.users.list", 1, "missing_scope")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := tt.config
			if change == nil {
				change = func(*Config) {}
			}
			b := idle(t, change)
			if tt.arrange != nil {
				tt.arrange(b)
			}
			if _, err := b.bot.self.ask(b.ctx()); err != nil {
				t.Fatal(err)
			}
			team := localslack.Team
			if tt.user == localslack.Stella || tt.user == localslack.Erin {
				team = localslack.OtherTeam
			}
			calls := b.slack.Calls("users.info")
			if d := b.bot.gate.atOnce(person{ID: tt.user, Team: team}, localslack.Desk); (d != nil) != tt.atOnce {
				t.Errorf("refused at once: %v, want %v", d, tt.atOnce)
			}
			if n := b.slack.Calls("users.info") - calls; n != 0 {
				t.Errorf("the check at once made %d calls", n)
			}
			err := b.bot.Permit(b.ctx(), onboarding.Request{
				By: onboarding.Person{ID: tt.user}, Via: onboarding.ViaCommand, Place: onboarding.Place{ID: localslack.Desk},
			})
			reason, no := isDenied(err)
			switch {
			case tt.want == unknown && (err == nil || no):
				t.Errorf("Permit returned %v, want neither a yes nor a no", err)
			case tt.want == unknown:
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (!no || !has(reason, tt.want, "othing was created")):
				t.Errorf("Permit returned %v, want a refusal with %q", err, tt.want)
			}
		})
	}
}

func TestFlowsAndShellsAreNotAsked(t *testing.T) {
	t.Parallel()
	b := idle(t)
	for _, via := range []onboarding.Via{onboarding.ViaStep, onboarding.ViaShell} {
		if err := b.bot.Permit(b.ctx(), onboarding.Request{Via: via}); err != nil {
			t.Errorf("%s: %v", via, err)
		}
	}
	if n := b.slack.Calls(localslack.Anything); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}

func TestEnterprisePeopleOfThisWorkspaceMay(t *testing.T) {
	t.Parallel()
	me := identity{Team: "T1", Enterprise: "E1"}
	for name, tt := range map[string]struct {
		user slack.User
		ours bool
	}{
		"own workspace":        {slack.User{TeamID: "T1"}, true},
		"member of both":       {slack.User{TeamID: "E1", Enterprise: slack.EnterpriseUser{EnterpriseID: "E1", Teams: []string{"T2", "T1"}}}, true},
		"other workspace":      {slack.User{TeamID: "T2", Enterprise: slack.EnterpriseUser{EnterpriseID: "E1", Teams: []string{"T2"}}}, false},
		"other organisation":   {slack.User{TeamID: "T9", Enterprise: slack.EnterpriseUser{EnterpriseID: "E9", Teams: []string{"T1"}}}, false},
		"no team at all":       {slack.User{}, false},
		"stranger of the team": {slack.User{TeamID: "T1", IsStranger: true}, false},
	} {
		if got := judge(me, tt.user) == nil; got != tt.ours {
			t.Errorf("%s: allowed %v, want %v", name, got, tt.ours)
		}
	}
	if judge(identity{Team: "T1"}, slack.User{TeamID: "T2", Enterprise: slack.EnterpriseUser{EnterpriseID: "", Teams: []string{"T1"}}}) == nil {
		t.Error("outside of an organisation only the team counts")
	}
}

// Somebody of another workspace can press buttons in a shared channel. Nothing opens for them,
// and nothing is stored.
func TestStrangersAreRefusedOnEveryWayIn(t *testing.T) {
	t.Parallel()
	b := start(t)
	press := func(action, value string) {
		t.Helper()
		blocks := must(json.Marshal([]any{map[string]any{"type": "actions", "elements": []any{map[string]any{
			"type": "button", "action_id": action, "value": value, "text": map[string]any{"type": "plain_text", "text": "x"},
		}}}}))
		m := must(b.slack.PostRaw(localslack.Shared, "x", blocks))
		before := 0
		b.slack.Look(func(now *localslack.Snapshot) { before = len(now.EphemeralsFor(localslack.Stella)) })
		b.did(b.slack.Click(localslack.Stella, m, action))
		b.until(func(now *localslack.Snapshot) bool {
			list := now.EphemeralsFor(localslack.Stella)
			return len(list) > before && has(readable(list[len(list)-1].Blocks), "Only members")
		})
	}
	press(modals.ActionNewClient, "jane@acme.com")
	press(modals.ActionUse, "k 1")
	press(modals.ActionCreateAnyway, "k")
	press(modals.ActionTryAgain, "k")
	press(modals.ActionLookAgain, "k")
	press(modals.ActionCreateAgain, "k")
	press(modals.ActionHomeNew, "k")
	press(modals.ActionReopen, `{"o":{"k":"k"}}`)
	if len(b.asked.receipts) != 0 || b.slack.Calls("views.open") != 0 {
		t.Errorf("%d requests were stored, views.open was called %d times", len(b.asked.receipts), b.slack.Calls("views.open"))
	}
}

// What is known of a guest from an earlier look-up refuses at once, on every way in.
func TestKnownGuestsAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := start(t)
	if err := b.bot.Permit(b.ctx(), onboarding.Request{By: onboarding.Person{ID: localslack.Gwen}, Place: onboarding.Place{ID: localslack.Desk}}); err == nil {
		t.Fatal("a guest is allowed")
	}
	b.did(b.slack.Command(localslack.Gwen, localslack.Desk, slashCommand, "Acme"))
	b.until(func(now *localslack.Snapshot) bool {
		list := now.EphemeralsFor(localslack.Gwen)
		return len(list) == 1 && has(list[0].Text, "Guests may not")
	})
	m := must(b.slack.Post(localslack.Tess, localslack.Desk, "mail jane@acme.com", ""))
	b.did(b.slack.MessageShortcut(localslack.Gwen, localslack.Desk, m.TS, callbackShortcut))
	b.did(b.slack.GlobalShortcut(localslack.Gwen, callbackGlobal))
	b.until(func(now *localslack.Snapshot) bool {
		return len(now.EphemeralsFor(localslack.Gwen)) == 2 && len(now.DMs(localslack.Gwen)) == 1
	})
	if n := b.slack.Calls("views.open"); n != 0 {
		t.Errorf("views.open was called %d times", n)
	}
}

func TestHelpAfterTheCommandIsAnsweredWithExamplesAndNoForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.did(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, " Help "))
	b.until(func(now *localslack.Snapshot) bool {
		list := now.EphemeralsFor(localslack.Tess)
		return len(list) == 1 && strings.Count(list[0].Text, "`"+slashCommand+" ") == 3
	})
	if n := b.slack.Calls("views.open"); n != 0 {
		t.Errorf("views.open was called %d times", n)
	}
}

func TestTheFormSaysWhyAnAddressAfterTheCommandIsNoWebsite(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.opened(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, "Carol carol.nye@gmail.com"))
	if !has(readable(form.Blocks), "The address is at gmail.com, where anybody can have an address") {
		t.Errorf("the form says %s", readable(form.Blocks))
	}
}

func TestAGuestNotYetKnownIsRefusedInTheModal(t *testing.T) {
	t.Parallel()
	b := start(t)
	asked := b.slack.Hold("users.info", localslack.Before)
	form := b.opened(b.slack.Command(localslack.Gwen, localslack.Desk, slashCommand, "Acme acme.com"))
	b.submit(localslack.Gwen, form, nil)
	r := b.only()
	asked.Release()
	denied := b.bot.Permit(b.ctx(), r)
	if denied == nil {
		t.Fatal("a guest is allowed")
	}
	b.now(r.Key, onboarding.State{Outcome: onboarding.Denied, Problem: denied.Error()})
	b.slack.Look(func(now *localslack.Snapshot) {
		if v := now.View(form.ID); v.Title != "Not allowed" || !has(readable(v.Blocks), "Guests may not") {
			t.Errorf("the modal is %q: %s", v.Title, readable(v.Blocks))
		}
		if n := len(now.Messages(localslack.Desk)); n != 0 {
			t.Errorf("%d messages were posted", n)
		}
	})
}

// In Halo's notes people stand by the name that others see, once Slack has told it.
func TestAPersonIsCalledByTheirDisplayName(t *testing.T) {
	t.Parallel()
	g := idle(t).bot.gate
	tess := person{ID: "U1", Name: "tess.t"}
	if got := g.called(tess).Name; got != "tess.t" {
		t.Errorf("called %q before Slack was asked", got)
	}
	for want, profile := range map[string]slack.UserProfile{
		"Tess":            {DisplayName: "Tess", RealName: "Tess Technician"},
		"Tess Technician": {RealName: "Tess Technician"},
		"tess.t":          {},
	} {
		g.known.SetDefault("U1", said[slack.User]{what: slack.User{ID: "U1", Profile: profile}, at: time.Now()})
		if got := g.called(tess); got.Name != want || got.ID != "U1" {
			t.Errorf("called %+v, want %q", got, want)
		}
	}
}
