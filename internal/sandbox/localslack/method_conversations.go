package localslack

import (
	"slices"
	"strings"
)

var (
	readScopes    = []string{"channels:read", "groups:read", "im:read", "mpim:read"}
	historyScopes = []string{"channels:history", "groups:history", "im:history", "mpim:history"}
)

// family is a conversation's kind, as scopes name it.
func (c Channel) family() string {
	switch {
	case c.direct():
		return "im"
	case c.Private:
		return "groups"
	}
	return "channels"
}

func (c Channel) object() map[string]any {
	o := map[string]any{
		"id": c.ID, "created": 1700000000, "is_archived": c.Archived, "context_team_id": Team,
		"is_channel": !c.Private && !c.direct(), "is_group": false, "is_im": c.direct(), "is_mpim": false,
		"is_private": c.Private || c.direct(), "is_general": c.ID == General,
		"is_ext_shared": c.ExtShared, "is_shared": c.ExtShared, "is_org_shared": false,
	}
	if c.direct() {
		o["user"] = c.With
		return o
	}
	o["name"], o["name_normalized"] = c.Name, c.Name
	o["is_member"], o["num_members"] = c.has(Bot), len(c.Members)
	o["creator"], o["topic"], o["purpose"] = Tess, map[string]any{"value": ""}, map[string]any{"value": ""}
	if c.ExtShared {
		o["shared_team_ids"] = []string{Team, OtherTeam}
	}
	return o
}

// visible finds a conversation that the app may see, given the scope for its kind.
func (s *Slack) visible(id, right string) (Channel, error) {
	c, ok := s.channels[id]
	if !ok || (c.Private || c.direct()) && !c.has(Bot) {
		return c, fail("channel_not_found")
	}
	return c, s.need(c.family() + ":" + right)
}

func (s *Slack) conversationsInfo(a args) (map[string]any, error) {
	c, err := s.visible(a["channel"], "read")
	if err != nil {
		return nil, err
	}
	o := c.object()
	if !a.yes("include_num_members") {
		delete(o, "num_members")
	}
	return map[string]any{"channel": o}, nil
}

func (s *Slack) conversationsList(a args) (map[string]any, error) {
	types := strings.Split(a["types"], ",")
	if a["types"] == "" {
		types = []string{"public_channel"}
	}
	families := map[string]string{"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
	var wanted []string
	for _, t := range types {
		f, ok := families[strings.TrimSpace(t)]
		if !ok {
			return nil, fail("invalid_types")
		}
		if err := s.need(f + ":read"); err != nil {
			return nil, err
		}
		wanted = append(wanted, f)
	}
	var rows []any
	for _, c := range sorted(s.channels, func(c Channel) string { return c.ID }) {
		hidden := (c.Private || c.direct()) && !c.has(Bot)
		if slices.Contains(wanted, c.family()) && !hidden && (!c.Archived || !a.yes("exclude_archived")) {
			rows = append(rows, c.object())
		}
	}
	return page(a, "channels", rows, 100, maxPage)
}

func (s *Slack) conversationsMembers(a args) (map[string]any, error) {
	c, err := s.visible(a["channel"], "read")
	if err != nil {
		return nil, err
	}
	var rows []any
	for _, m := range c.Members {
		rows = append(rows, m)
	}
	return page(a, "members", rows, 100, maxPage)
}

func (s *Slack) conversationsOpen(a args) (map[string]any, error) {
	p, ok := s.people[a["users"]]
	switch {
	case strings.Contains(a["users"], ","):
		return nil, fail("method_not_supported_for_channel_type") // no group messages here
	case !ok:
		return nil, fail("user_not_found")
	case p.Deleted:
		return nil, fail("user_disabled")
	case p.Bot:
		return nil, fail("cannot_dm_bot")
	case p.Invisible:
		return nil, fail("user_not_visible")
	}
	return map[string]any{"channel": map[string]any{"id": s.dm(p.ID).ID}}, nil
}

// history finds a conversation that the app may read.
func (s *Slack) history(id string) (Channel, error) {
	c, err := s.visible(id, "history")
	if err == nil && !c.has(Bot) {
		err = fail("not_in_channel")
	}
	return c, err
}

func (s *Slack) conversationsHistory(a args) (map[string]any, error) {
	c, err := s.history(a["channel"])
	if err != nil {
		return nil, err
	}
	var rows []any
	for _, m := range slices.Backward(s.messages[c.ID]) {
		if (m.ThreadTS == "" || m.ThreadTS == m.TS) && within(m.TS, a) {
			rows = append(rows, s.withReplies(m, a))
		}
	}
	return page(a, "messages", rows, 100, maxHistory)
}

func (s *Slack) conversationsReplies(a args) (map[string]any, error) {
	c, err := s.history(a["channel"])
	if err != nil {
		return nil, err
	}
	if _, m := s.find(c.ID, a["ts"]); m == nil {
		return nil, fail("thread_not_found")
	}
	var rows []any
	for _, m := range s.messages[c.ID] {
		if m.TS == a["ts"] || m.ThreadTS == a["ts"] && within(m.TS, a) {
			rows = append(rows, s.withReplies(m, a))
		}
	}
	return page(a, "messages", rows, maxHistory, maxHistory)
}

// withReplies is a message with what history says of its thread.
func (s *Slack) withReplies(m *Message, a args) map[string]any {
	o := m.Object(a.yes("include_all_metadata"))
	if m.ThreadTS != m.TS {
		return o
	}
	replies := (&Snapshot{s}).Thread(m.Channel, m.TS)
	o["reply_count"] = len(replies)
	if len(replies) > 0 {
		o["latest_reply"] = replies[len(replies)-1].TS
	}
	return o
}

// within applies oldest, latest and inclusive. Timestamps may come without their fraction.
func within(ts string, a args) bool {
	inclusive := a.yes("inclusive")
	after := func(x, y string) bool {
		switch compareTS(pad(x), pad(y)) {
		case 1:
			return true
		case 0:
			return inclusive
		}
		return false
	}
	oldest, latest := a["oldest"], a["latest"]
	return (oldest == "" || oldest == "0" || after(ts, oldest)) && (latest == "" || after(latest, ts))
}

func pad(ts string) string {
	whole, fraction, _ := strings.Cut(ts, ".")
	return whole + "." + (fraction + "000000")[:6]
}
