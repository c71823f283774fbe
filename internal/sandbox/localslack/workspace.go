package localslack

import "slices"

// The workspace, the other one that shares a channel with it, and the apps.
const (
	Team      = "T000000DESK"
	OtherTeam = "T00000OTHER"
	Org       = "E0000000ORG" // the enterprise organisation that both may be in
	App       = "A000000HALO" // the app under test
	Bot       = "U0000000BOT" // its bot user
	BotID     = "B000000HALO" // its bot
	HookBot   = "B000000HOOK" // the bot behind its incoming webhook
	OtherApp  = "A00000OTHER" // somebody else's app, with its bot
	OtherBot  = "B00000OTHER"
)

// The people.
const (
	Tess   = "U000000TESS" // technician
	Tom    = "U0000000TOM" // second technician
	Gwen   = "U000000GWEN" // guest in several channels
	Sol    = "U0000000SOL" // guest in one channel
	Stella = "U0000STELLA" // of another workspace, in the shared channel
	Erin   = "U000000ERIN" // of another workspace of the same enterprise organisation
	Dora   = "U000000DORA" // deactivated
	Robot  = "U00000ROBOT" // another app's bot user

	Slackbot = "USLACKBOT" // Slack itself
)

// The channels and the user group.
const (
	Desk     = "C000000DESK" // #service-desk
	Mail     = "C000000MAIL" // #mail-alerts
	General  = "C0000GENERL" // #general: the bot is not in it
	Archived = "C000ARCHIVE" // #old-desk: archived
	Private  = "C000PRIVATE" // #finance: private, the bot is not in it
	Leads    = "C00000LEADS" // #leads: private, the bot is in it
	Shared   = "C0000SHARED" // #acme-shared: shared with OtherTeam

	TechGroup = "S000000TECH" // @technicians: Tess and Tom
)

// Person is a user account. Its zero flags make a full member.
type Person struct {
	ID, Name, RealName, Email string
	TeamID                    string // "" means Team
	Bot, Deleted              bool
	Restricted                bool   // guest of several channels (with UltraRestricted: of one)
	UltraRestricted           bool   // guest of one channel
	Stranger                  bool   // of another workspace
	EnterpriseID              string // with an enterprise organisation: enterprise_user
	Teams                     []string
	Invisible                 bool // users.info answers user_not_visible
}

func (p Person) team() string {
	if p.TeamID == "" {
		return Team
	}
	return p.TeamID
}

// Channel is a conversation; Members are user ids.
type Channel struct {
	ID, Name  string
	Private   bool
	Archived  bool
	ExtShared bool   // shared with another workspace
	With      string // a direct message's other side
	Members   []string
}

func (c Channel) direct() bool { return c.With != "" }

func (c Channel) has(user string) bool { return slices.Contains(c.Members, user) }

// UserGroup is a named group of people.
type UserGroup struct {
	ID, Handle, Name string
	Users            []string
	Disabled         bool
}

// workspace is who and what is there.
type workspace struct {
	people     map[string]Person
	channels   map[string]Channel
	userGroups map[string]UserGroup
}

func firstWorkspace() workspace {
	w := workspace{map[string]Person{}, map[string]Channel{}, map[string]UserGroup{}}
	for _, p := range []Person{
		{ID: Tess, Name: "tess", RealName: "Tess Technician", Email: "tess@service-desk.example"},
		{ID: Tom, Name: "tom", RealName: "Tom Technician", Email: "tom@service-desk.example"},
		{ID: Gwen, Name: "gwen", RealName: "Gwen Guest", Restricted: true},
		{ID: Sol, Name: "sol", RealName: "Sol Single", Restricted: true, UltraRestricted: true},
		{ID: Stella, Name: "stella", RealName: "Stella Stranger", TeamID: OtherTeam, Stranger: true},
		{ID: Erin, Name: "erin", RealName: "Erin Enterprise", TeamID: OtherTeam, EnterpriseID: Org, Teams: []string{OtherTeam}},
		{ID: Dora, Name: "dora", RealName: "Dora Departed", Deleted: true},
		{ID: Robot, Name: "robot", RealName: "Robot", Bot: true},
		{ID: Slackbot, Name: "slackbot", RealName: "Slackbot", Bot: true},
		{ID: Bot, Name: "halo-clients", RealName: "Halo Clients", Bot: true},
	} {
		w.people[p.ID] = p
	}
	insiders := []string{Tess, Tom, Gwen, Sol, Erin}
	everybody := append([]string{Stella, Bot}, insiders...)
	for _, c := range []Channel{
		{ID: Desk, Name: "service-desk", Members: append([]string{Bot}, insiders...)},
		{ID: Mail, Name: "mail-alerts", Members: append([]string{Bot}, insiders...)},
		{ID: General, Name: "general", Members: insiders},
		{ID: Archived, Name: "old-desk", Archived: true, Members: everybody},
		{ID: Private, Name: "finance", Private: true, Members: []string{Tess, Tom}},
		{ID: Leads, Name: "leads", Private: true, Members: []string{Tess, Tom, Bot}},
		{ID: Shared, Name: "acme-shared", ExtShared: true, Members: everybody},
	} {
		w.channels[c.ID] = c
	}
	w.userGroups[TechGroup] = UserGroup{ID: TechGroup, Handle: "technicians", Name: "Technicians", Users: []string{Tess, Tom}}
	return w
}

// dm finds or makes the direct message between the app and a person.
func (w *workspace) dm(user string) Channel {
	id := "D" + user[1:]
	c, ok := w.channels[id]
	if !ok {
		c = Channel{ID: id, With: user, Members: []string{user, Bot}}
		w.channels[id] = c
	}
	return c
}
