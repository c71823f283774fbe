package slackbot

import (
	"slices"
	"testing"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// organisation is a bot that an enterprise organisation installed, not a workspace.
func organisation(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	b := idle(t, change...)
	b.slack.SetOrgInstall(true)
	return b.connect()
}

func onlyTechnicians(c *Config) { c.AllowedUsergroups = []string{localslack.TechGroup} }

func TestAnOrganisationWideInstallKeepsTheUserGroups(t *testing.T) {
	t.Parallel()
	b := organisation(t, onlyTechnicians)
	for _, tt := range []struct {
		who string
		may bool
	}{{localslack.Tess, true}, {localslack.Tom, true}, {localslack.Erin, false}} {
		r := onboarding.Request{Via: onboarding.ViaCommand, By: onboarding.Person{ID: tt.who}, Place: onboarding.Place{ID: localslack.Desk}}
		err := b.bot.Permit(b.ctx(), r)
		if reason, no := isDenied(err); no == tt.may || err != nil && !no {
			t.Errorf("%s: %v (%s)", tt.who, err, reason)
		}
		// And with the workspace that the payload named.
		r.Reply = wayBack{Workspace: localslack.Team}.reply()
		if err := b.bot.Permit(b.ctx(), r); (err == nil) != tt.may {
			t.Errorf("%s, in the workspace: %v", tt.who, err)
		}
	}
	if refused := b.slack.Calls("usergroups.users.list"); refused == 0 {
		t.Error("nobody asked who is in the group")
	}
	if list, _ := b.slack.Traffic(0); slices.ContainsFunc(list, func(e localslack.Entry) bool { return has(string(e.Answer), "missing_argument") }) {
		t.Error("a call lacked its team_id")
	}
}

func TestAnOrganisationsPeopleGoTheWholeWay(t *testing.T) {
	t.Parallel()
	b := organisation(t, onlyTechnicians)
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	if back, _ := readWayBack(r.Reply); back.Workspace != localslack.Team {
		t.Errorf("kept %s, without the workspace", r.Reply)
	}
	if err := b.bot.Permit(b.ctx(), r); err != nil {
		t.Error(err)
	}
	b.now(r.Key, created())
	b.until(func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Desk)) == 1 })

	m := b.alert("jane@acme.com")
	form = b.press(localslack.Tom, m)
	b.did(b.slack.SubmitView(localslack.Tom, form.ID, localslack.Values{"Client name": "Acme Ltd"}))
	b.did(b.slack.OpenHome(localslack.Tess))
	b.until(func(now *localslack.Snapshot) bool {
		home := now.Home(localslack.Tess)
		return home != nil && has(string(home.Blocks), modals.ActionHomeNew)
	})

	// The workspace's domains are learned where a message was chosen.
	mail := must(b.slack.Post(localslack.Tess, localslack.Desk, "from desk@service-desk.example, jane@globex.com", ""))
	b.did(b.slack.MessageShortcut(localslack.Tess, localslack.Desk, mail.TS, callbackShortcut))
	b.soon("the workspace's domains are known", func() bool {
		return slices.Contains(b.bot.router.forms.own.rules().OwnDomains, "service-desk.example")
	})
	if list, _ := b.slack.Traffic(0); slices.ContainsFunc(list, func(e localslack.Entry) bool { return has(string(e.Answer), "missing_argument") }) {
		t.Error("a call lacked its team_id")
	}
}

func TestBotCheckUnderstandsAnOrganisationsInstall(t *testing.T) {
	t.Parallel()
	b := idle(t, onlyTechnicians)
	b.slack.SetOrgInstall(true)
	for _, f := range Check(b.ctx(), b.cfg, false) {
		if f.Status == Wrong {
			t.Errorf("found %+v", f)
		}
	}
}
