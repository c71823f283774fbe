package localslack

import (
	"strconv"
	"strings"
)

func (s *Slack) authTest(args) (map[string]any, error) {
	o := map[string]any{
		"url": s.teamURL, "team": "Service Desk", "user": s.people[Bot].Name, "team_id": Team,
		"user_id": Bot, "bot_id": BotID, "is_enterprise_install": s.orgWide,
	}
	if s.orgWide {
		o["team"], o["team_id"], o["enterprise_id"] = orgName, Org, Org
	}
	return o, nil
}

func (s *Slack) teamInfo(a args) (map[string]any, error) {
	if s.elsewhere(a) {
		return map[string]any{"team": map[string]any{"id": OtherTeam, "name": "Other", "domain": "other", "email_domain": "other.example"}}, nil
	}
	return map[string]any{"team": map[string]any{
		"id": Team, "name": "Service Desk", "domain": "service-desk", "email_domain": "service-desk.example",
		"icon": map[string]any{"image_default": true},
	}}, nil
}

func (s *Slack) botsInfo(a args) (map[string]any, error) {
	bots := map[string]map[string]any{
		BotID:    {"id": BotID, "app_id": App, "user_id": Bot, "name": "halo-clients", "deleted": false},
		HookBot:  {"id": HookBot, "app_id": App, "name": "incoming-webhook", "deleted": false},
		OtherBot: {"id": OtherBot, "app_id": OtherApp, "user_id": Robot, "name": "robot", "deleted": false},
	}
	b, ok := bots[a["bot"]]
	if !ok {
		return nil, fail("bot_not_found")
	}
	return map[string]any{"bot": b}, nil
}

func (p Person) object() map[string]any {
	o := map[string]any{
		"id": p.ID, "team_id": p.team(), "name": p.Name, "real_name": p.RealName,
		"deleted": p.Deleted, "is_bot": p.Bot, "is_app_user": false, "updated": 0,
		"profile": map[string]any{
			"real_name": p.RealName, "display_name": p.Name, "email": p.Email, "team": p.team(),
		},
		"tz": "Europe/London",
	}
	if p.Stranger {
		o["is_stranger"] = true
	}
	if !p.Deleted {
		o["is_restricted"], o["is_ultra_restricted"] = p.Restricted, p.UltraRestricted
		o["is_admin"], o["is_owner"] = false, false
	}
	if p.EnterpriseID != "" {
		o["enterprise_user"] = map[string]any{
			"id": "W" + p.ID[1:], "enterprise_id": p.EnterpriseID, "enterprise_name": orgName,
			"is_admin": false, "is_owner": false, "teams": p.Teams,
		}
	}
	return o
}

func (s *Slack) usersInfo(a args) (map[string]any, error) {
	p, ok := s.people[a["user"]]
	switch {
	case !ok:
		return nil, fail("user_not_found")
	case p.Invisible:
		return nil, fail("user_not_visible")
	}
	return map[string]any{"user": s.member(p).object()}, nil
}

func (s *Slack) usersList(a args) (map[string]any, error) {
	var members []any
	for _, p := range sorted(s.people, func(p Person) string { return p.ID }) {
		if !p.Invisible && (!s.elsewhere(a) || p.team() == OtherTeam) {
			members = append(members, s.member(p).object())
		}
	}
	return page(a, "members", members, 200, maxPage)
}

func (s *Slack) usergroupsList(a args) (map[string]any, error) {
	list := []any{}
	for _, g := range sorted(s.userGroups, func(g UserGroup) string { return g.ID }) {
		if s.elsewhere(a) || g.Disabled && !a.yes("include_disabled") {
			continue
		}
		o := map[string]any{
			"id": g.ID, "team_id": Team, "is_usergroup": true, "name": g.Name, "handle": g.Handle,
			"is_external": false, "date_delete": 0, "user_count": len(g.Users),
		}
		if g.Disabled {
			o["date_delete"] = 1
		}
		if a.yes("include_users") {
			o["users"] = g.Users
		}
		list = append(list, o)
	}
	return map[string]any{"usergroups": list}, nil
}

func (s *Slack) usergroupsUsersList(a args) (map[string]any, error) {
	g, ok := s.userGroups[a["usergroup"]]
	switch {
	case !ok, s.elsewhere(a):
		return nil, fail("no_such_subteam")
	case g.Disabled && !a.yes("include_disabled"):
		return nil, fail("subteam_disabled")
	}
	return map[string]any{"users": append([]string{}, g.Users...)}, nil
}

// The most rows that a page may have.
const (
	maxPage    = 1000
	maxHistory = 999
)

// page cuts one page out of a list: docs.slack.dev/apis/web-api/pagination.
func page(a args, key string, rows []any, def, most int) (map[string]any, error) {
	start := 0
	if c := a["cursor"]; c != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(c, "row:"))
		if err != nil || !strings.HasPrefix(c, "row:") || n < 0 || n > len(rows) {
			return nil, fail("invalid_cursor")
		}
		start = n
	}
	end := min(start+a.limit(def, most), len(rows))
	next := ""
	if end < len(rows) {
		next = "row:" + strconv.Itoa(end)
	}
	cut := rows[start:end]
	if cut == nil {
		cut = []any{}
	}
	return map[string]any{
		key: cut, "has_more": next != "",
		"response_metadata": map[string]any{"next_cursor": next},
	}, nil
}
