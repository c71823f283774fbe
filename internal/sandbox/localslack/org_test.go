package localslack_test

import (
	"testing"

	"halobot/internal/sandbox/localslack"
)

func TestAnOrganisationsTokenSaysOfWhichWorkspaceItSpeaks(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetOrgInstall(true)
	for _, method := range []string{"team.info", "usergroups.list", "usergroups.users.list", "users.list", "conversations.list", "bots.info"} {
		pairs := []string{"usergroup", localslack.TechGroup, "bot", localslack.BotID}
		if o := call(t, s, method, pairs...); o.str("error") != "missing_argument" {
			t.Errorf("%s without team_id: %v", method, o)
		}
		if o := call(t, s, method, append(pairs, "team_id", localslack.Team)...); o.at("ok") != true {
			t.Errorf("%s with team_id: %v", method, o)
		}
		if o := call(t, s, method, append(pairs, "team_id", "T0000000NOT")...); o.str("error") != "team_access_not_granted" {
			t.Errorf("%s with another team_id: %v", method, o)
		}
	}
	if o := call(t, s, "auth.test"); o.at("is_enterprise_install") != true || o.str("team_id") != localslack.Org || o.str("enterprise_id") != localslack.Org {
		t.Errorf("auth.test: %v", o)
	}
	if o := call(t, s, "users.info", "user", localslack.Tess); o.str("user", "enterprise_user", "teams", 0) != localslack.Team || o.str("user", "team_id") != localslack.Team {
		t.Errorf("users.info: %v", o)
	}
	if o := call(t, s, "usergroups.users.list", "usergroup", localslack.TechGroup, "team_id", localslack.OtherTeam); o.str("error") != "no_such_subteam" {
		t.Errorf("another workspace's group: %v", o)
	}
	if o := call(t, s, "team.info", "team_id", localslack.OtherTeam); o.str("team", "email_domain") != "other.example" {
		t.Errorf("the other workspace: %v", o)
	}
	s.SetOrgInstall(false)
	if o := call(t, s, "usergroups.list"); o.at("ok") != true {
		t.Errorf("a workspace's token without team_id: %v", o)
	}
}

func TestAnOrganisationsPayloadsHaveNoTeam(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.SetOrgInstall(true)
	must(d.Command(localslack.Tess, localslack.Desk, "/x", ""))(t)
	command := d.c.next()
	if command.str("payload", "is_enterprise_install") != "true" || command.str("payload", "enterprise_id") != localslack.Org || command.str("payload", "team_id") != localslack.Team {
		t.Errorf("command: %v", command)
	}
	it := must(d.OpenHome(localslack.Tess))(t)
	event := d.c.next()
	d.c.ack(event, nil)
	must(it.Wait(t.Context()))(t)
	if event.at("payload", "authorizations", 0, "team_id") != nil || event.at("payload", "authorizations", 0, "is_enterprise_install") != true || event.str("payload", "team_id") != localslack.Team {
		t.Errorf("event: %v", event)
	}
	must(d.Command(localslack.Erin, localslack.Desk, "/x", ""))(t)
	if command := d.c.next(); command.str("payload", "team_id") != localslack.OtherTeam {
		t.Errorf("from the organisation's other workspace: %v", command)
	}
	id := d.open(finder())
	view := d.top()
	must(d.Suggest(localslack.Tess, view, "find", "acme"))(t)
	asked := d.c.next()
	if asked.str("payload", "user", "team_id") != localslack.Org || asked.str("payload", "view", "app_installed_team_id") != localslack.Org {
		t.Errorf("asked: %v", asked)
	}
	must(d.SubmitView(localslack.Tess, id, localslack.Values{"Client name": "Acme"}))(t)
	submitted := d.c.next()
	payload := object(submitted.at("payload").(map[string]any))
	if _, has := payload["team"]; !has || payload["team"] != nil || payload.at("is_enterprise_install") != true ||
		payload.str("enterprise", "id") != localslack.Org || payload.str("user", "team_id") != localslack.Team || payload.str("view", "team_id") != localslack.Team {
		t.Errorf("submitted: %v", submitted)
	}
	d.c.ack(submitted, nil)
}
