package localslack

// An organisation-wide install (docs.slack.dev/enterprise/developing-for-enterprise-orgs): one
// bot token for every workspace of an enterprise organisation.

// SetOrgInstall says whether the organisation installed the app, and not the workspace. Then
// auth.test names the organisation, payloads have no team but an enterprise, people have an
// enterprise_user, and methods that speak of one workspace want its team_id.
func (s *Slack) SetOrgInstall(on bool) {
	s.change(func() { s.orgWide = on })
}

const orgName = "Organisation"

// nameInstall gives payloads the organisation that installed the app, or says that none did.
func (s *Slack) nameInstall(payload map[string]any, team map[string]any) {
	if s.orgWide {
		payload["team"], payload["is_enterprise_install"] = nil, true
		payload["enterprise"] = map[string]any{"id": Org, "name": orgName}
		return
	}
	payload["team"], payload["enterprise"], payload["is_enterprise_install"] = team, nil, false
}

// oneWorkspace checks the team_id of a method that speaks of one workspace: an organisation's
// token has to say which.
func (s *Slack) oneWorkspace(a args) error {
	if !s.orgWide {
		return nil
	}
	switch team := a.team(); team {
	case "":
		return fail("missing_argument")
	case Team, OtherTeam:
		return nil
	}
	return fail("team_access_not_granted")
}

// team is the workspace that a call names; team.info has a second name for it.
func (a args) team() string {
	if a.has("team_id") {
		return a["team_id"]
	}
	return a["team"]
}

// elsewhere reports whether a call speaks of the organisation's other workspace.
func (s *Slack) elsewhere(a args) bool { return s.orgWide && a.team() == OtherTeam }

// member is a person as the app sees them: in an organisation, those of the workspace have an
// account of it.
func (s *Slack) member(p Person) Person {
	if s.orgWide && p.EnterpriseID == "" && p.team() == Team && !p.Bot {
		p.EnterpriseID, p.Teams = Org, []string{Team}
	}
	return p
}

// workspaceOf is the workspace of the install in which a person is: their own, if it is the
// organisation's.
func (s *Slack) workspaceOf(user string) string {
	if p := s.people[user]; s.orgWide && p.EnterpriseID == Org {
		return p.team()
	}
	return Team
}
