package localslack

import (
	"slices"
	"time"
)

// installation is the app as it is installed: what it may do and what is declared of it.
type installation struct {
	scopes      []string
	tokenError  string
	commands    []string // nil: any
	shortcuts   map[string]string
	events      []string // nil: any
	functions   map[string]function
	stepTokens  map[string]string // token → execution id
	omitTeam    bool              // view_submission.user has no team_id
	orgWide     bool              // installed by the organisation, not by the workspace
	strictAcks  bool
	rate        float64
	burst       int
	limiters    map[string]*channelLimiter
	homeEnabled bool
}

// allScopes are those that the app has until SetScopes or Install say otherwise.
var allScopes = []string{
	"commands", "chat:write", "chat:write.public", "users:read", "usergroups:read", "team:read",
	"channels:read", "groups:read", "im:read", "im:write",
	"channels:history", "groups:history", "im:history",
}

func firstInstallation() installation {
	return installation{
		scopes:      slices.Clone(allScopes),
		functions:   map[string]function{},
		stepTokens:  map[string]string{},
		rate:        1,
		burst:       4,
		limiters:    map[string]*channelLimiter{},
		homeEnabled: true,
	}
}

func (s *Slack) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.bump()
}

// SetScopes replaces the bot token's scopes.
func (s *Slack) SetScopes(scopes ...string) {
	s.change(func() { s.scopes = slices.Clone(scopes) })
}

// SetTokenError answers every call with an error of the token itself: token_revoked,
// account_inactive, token_expired. "" ends it.
func (s *Slack) SetTokenError(code string) { s.change(func() { s.tokenError = code }) }

// SetPerson adds an account or replaces one. It does not join channels.
func (s *Slack) SetPerson(p Person) { s.change(func() { s.people[p.ID] = p }) }

// SetChannel adds a channel or replaces one.
func (s *Slack) SetChannel(c Channel) { s.change(func() { s.channels[c.ID] = c }) }

// SetUserGroup adds a user group or replaces one.
func (s *Slack) SetUserGroup(g UserGroup) { s.change(func() { s.userGroups[g.ID] = g }) }

// SetMember puts a person or the bot into a channel, or out of it.
func (s *Slack) SetMember(channel, user string, member bool) {
	s.change(func() {
		c := s.channels[channel]
		c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(u string) bool { return u == user })
		if member {
			c.Members = append(c.Members, user)
		}
		s.channels[channel] = c
	})
}

// SetChannelRate sets how many messages a second a channel takes on average, and how many at
// once (1 and 4; the burst that Slack allows is not documented). A rate of 0 lifts the limit.
func (s *Slack) SetChannelRate(perSecond float64, burst int) {
	s.change(func() {
		s.rate, s.burst = perSecond, burst
		s.limiters = map[string]*channelLimiter{}
	})
}

// SetTeamURL sets where permalinks and auth.test's url lead.
func (s *Slack) SetTeamURL(u string) { s.change(func() { s.teamURL = u }) }

// SetClock sets the clock by which triggers and response_urls expire and messages are stamped.
// The three seconds of an acknowledgement always run in real time.
func (s *Slack) SetClock(now func() time.Time) { s.change(func() { s.now = now }) }

// SetSubmitterTeam says whether view_submission.user carries team_id. It does at first; the
// documented example does not.
func (s *Slack) SetSubmitterTeam(sent bool) { s.change(func() { s.omitTeam = !sent }) }

// SetStrictAcks says whether an acknowledgement counts only on the socket that brought the
// envelope. What the real Slack does is not known; at first any socket of the app will do.
func (s *Slack) SetStrictAcks(strict bool) { s.change(func() { s.strictAcks = strict }) }

// SetHomeEnabled says whether the app has a home tab.
func (s *Slack) SetHomeEnabled(on bool) { s.change(func() { s.homeEnabled = on }) }
