package slackbot_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// The bot's buttons, by action_id.
const (
	useClient    = "halo_use_client"
	createAnyway = "halo_create_anyway"
	tryAgain     = "halo_try_again"
	lookAgain    = "halo_look_again"
	createAgain  = "halo_create_again"
	reopen       = "halo_reopen"
	homeNew      = "halo_home_new"
)

// kind is a kind of person.
type kind struct {
	name string
	is   localslack.Person // what Slack says of them
	// says is how the sentence begins with which they are refused; "" for those who may.
	says string
	// atOnce: what they did says it already, or what is known of others does (who is in a user
	// group), so that nothing opens and nobody is looked up.
	atOnce bool
	// elsewhere: they act in a channel that is not allowed.
	elsewhere bool
	// unknown: users.info fails; slow: it answers only when everything else has happened.
	unknown, slow bool
}

var kinds = []kind{
	{name: "guest of several channels", is: localslack.Person{Restricted: true}, says: "Guests may not"},
	{name: "guest of one channel", is: localslack.Person{Restricted: true, UltraRestricted: true}, says: "Guests may not"},
	{name: "stranger", is: localslack.Person{TeamID: localslack.OtherTeam, Stranger: true}, says: "Only members of the workspace", atOnce: true},
	{name: "of another workspace of the organisation", is: localslack.Person{TeamID: localslack.OtherTeam, EnterpriseID: "E1", Teams: []string{localslack.OtherTeam}}, says: "Only members of the workspace", atOnce: true},
	{name: "stranger by users.info alone", is: localslack.Person{Stranger: true}, says: "Only members of the workspace"},
	{name: "nobody that Slack shows", is: localslack.Person{Invisible: true}, says: "Only members of the workspace"},
	{name: "bot", is: localslack.Person{Bot: true}, says: "Bots and apps may not"},
	{name: "deactivated", is: localslack.Person{Deleted: true}, says: "This account is deactivated"},
	{name: "guest, and Slack is slow to say so", is: localslack.Person{Restricted: true}, says: "Guests may not", slow: true},
	{name: "Slack does not say who", says: "The bot could not find out", unknown: true},
	{name: "outside of the user group", says: "Only members of certain user groups", atOnce: true},
	{name: "in another channel", says: "Clients may not be created from this channel", atOnce: true, elsewhere: true},
	{name: "full member"},
}

// way is a way in.
type way struct {
	name string
	// action is the button of a message; value is its value.
	action string
	value  func(*guarded) string
	// act is any other way.
	act func(g *guarded, user, channel string) (*localslack.Interaction, error)
	// opens: it opens a form. noWhere: it happens in no channel, and the form asks for one.
	opens, noWhere bool
	// does is what a full member sees: in their modal, else where the question was.
	does string
}

var ways = []way{
	{name: "command", opens: true, does: "New Halo client", act: func(g *guarded, user, channel string) (*localslack.Interaction, error) {
		return g.Slack.Command(user, channel, "/halo-new-client", "")
	}},
	{name: "alert", opens: true, does: "New Halo client", action: createClient, value: func(g *guarded) string { return value("email", g.address) }},
	{name: "message shortcut", opens: true, does: "New Halo client", act: func(g *guarded, user, channel string) (*localslack.Interaction, error) {
		m, err := g.Slack.PostAsOtherApp(channel, "mail of "+g.address, nil)
		if err != nil {
			return nil, err
		}
		return g.Slack.MessageShortcut(user, channel, m.TS, createClient)
	}},
	{name: "global shortcut", opens: true, noWhere: true, does: "New Halo client", act: func(g *guarded, user, _ string) (*localslack.Interaction, error) {
		return g.Slack.GlobalShortcut(user, "halo_new_client_global")
	}},
	{name: "home tab", opens: true, noWhere: true, does: "New Halo client", act: func(*guarded, string, string) (*localslack.Interaction, error) {
		return nil, fmt.Errorf("a home tab has the button only for those who may")
	}},
	{name: "reopen", opens: true, does: "New Halo client", action: reopen, value: func(g *guarded) string {
		return fmt.Sprintf(`{"o":{"k":"reopen-%s","v":"command","c":%q},"d":{"name":"Acme"}}`, g.address, localslack.Desk)
	}},
	{name: "submission", does: "is now in Halo", act: func(g *guarded, user, _ string) (*localslack.Interaction, error) {
		return g.Slack.SubmitView(user, g.forms[user], localslack.Values{"Client name": "Client of " + user})
	}},
	{name: "use this client", action: useClient, does: "chose a client", value: func(g *guarded) string { return g.found["Acme Use"] + " 12" }},
	{name: "create anyway", action: createAnyway, does: "asked to create", value: func(g *guarded) string { return g.found["Acme Anyway"] }},
	{name: "look again", action: lookAgain, does: "asked to look again", value: func(g *guarded) string { return g.found["Acme Look"] }},
	{name: "create again", action: createAgain, does: "asked to create", value: func(g *guarded) string { return g.found["Acme Again"] }},
	{name: "try again", action: tryAgain, does: "Halo refused this", value: func(g *guarded) string { return g.refused }},
}

// guarded is a desk at which only the technicians may, in #service-desk.
type guarded struct {
	desk
	found    map[string]string // keys of requests that Halo has a client for, by name
	refused  string            // key of one that Halo refused
	address  string            // of the mail of the moment
	seen     int               // traffic up to here is older than the last act
	forms    map[string]string // view ids, by person
	recorded map[string]*localslack.Interaction
}

// cell is a person at an entry.
type cell struct {
	kind
	way
	user, address string
	began         int // traffic up to here is older than their act
	on            *localslack.Message
	it            *localslack.Interaction
}

func newGuarded(t *testing.T, env map[string]string) *guarded {
	t.Helper()
	all := map[string]string{
		"SLACK_ALLOWED_CHANNELS": localslack.Desk, "SLACK_ALLOWED_USERGROUPS": localslack.TechGroup,
		"SLACK_ERROR_CHANNEL": localslack.Leads,
	}
	for name, value := range env {
		all[name] = value
	}
	g := &guarded{
		desk: desk{bottest.New(t, bottest.Options{
			Env: all, Bots: -1,
			Halo: localhalo.Options{Clients: []localhalo.Client{{ID: 12, Name: "Acme Ltd", Website: "acme.com"}}},
		})},
		found: map[string]string{}, forms: map[string]string{}, recorded: map[string]*localslack.Interaction{},
	}
	g.Slack.SetChannelRate(0, 0)
	return g
}

// prepare asks for what the buttons of the table are about.
func (g *guarded) prepare() {
	g.Helper()
	for _, name := range []string{"Acme Use", "Acme Anyway", "Acme Look", "Acme Again"} {
		v := g.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": name, "Website": "acme.com"})
		g.found[name] = buttonValue(g, g.awaitModal(v.ID, "Already in Halo", name).Blocks, createAnyway)
	}
	g.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(400, localhalo.Sentence, "Halo refused this"))
	v := g.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Initech"})
	g.refused = privateMetadata(g, g.awaitModal(v.ID, "Could not create"))["k"].(string)

	g.recorded["global shortcut"] = g.record(g.Slack.GlobalShortcut(localslack.Tess, "halo_new_client_global"))
	g.recorded["home tab"] = g.record(g.Slack.Click(localslack.Tess, g.home(localslack.Tess), homeNew))
}

func (g *guarded) record(it *localslack.Interaction, err error) *localslack.Interaction {
	g.Helper()
	g.opened(it, err)
	return it
}

// home opens a person's home tab.
func (d desk) home(user string) (v *localslack.View) {
	d.Helper()
	before := ""
	d.Slack.Look(func(now *localslack.Snapshot) {
		if v := now.Home(user); v != nil {
			before = v.Hash
		}
	})
	it, err := d.Slack.OpenHome(user)
	if err != nil {
		d.Fatal(err)
	}
	d.Acked(it)
	d.Await(user+"'s home tab", func(now *localslack.Snapshot) bool {
		v = now.Home(user)
		return v != nil && v.Hash != before
	})
	return v
}

func privateMetadata(d interface{ Fatal(...any) }, v *localslack.View) object {
	var m object
	if err := json.Unmarshal([]byte(v.PrivateMetadata), &m); err != nil {
		d.Fatal(err)
	}
	return m
}

// buttonValue is the value of the first button with action.
func buttonValue(d interface{ Fatal(...any) }, blocks json.RawMessage, action string) (found string) {
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case object:
			if v["action_id"] == action && found == "" {
				found, _ = v["value"].(string)
			}
			for _, inner := range v {
				walk(inner)
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	var v any
	_ = json.Unmarshal(blocks, &v)
	walk(v)
	if found == "" {
		d.Fatal("no button " + action + " in " + string(blocks))
	}
	return found
}

// question is a message of the bot's with one button.
func (d desk) question(channel, action, value string) *localslack.Message {
	d.Helper()
	return d.raw(channel, object{"text": "a question", "blocks": []any{object{"type": "actions", "elements": []any{object{
		"type": "button", "action_id": action, "value": value, "text": object{"type": "plain_text", "text": "Press"},
	}}}}})
}

// as makes an interaction somebody else's.
func as(p localslack.Person) func(map[string]any) {
	team := p.TeamID
	if team == "" {
		team = localslack.Team
	}
	return func(payload map[string]any) {
		if _, nested := payload["user"]; nested {
			payload["user"] = object{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": team}
			return
		}
		payload["user_id"], payload["user_name"], payload["team_id"] = p.ID, p.Name, team
	}
}

// person is the account of a cell.
func (c *cell) person() localslack.Person {
	p := c.is
	p.ID, p.Name = c.user, strings.ToLower(c.user)
	return p
}

// channel is where the person acts.
func (c *cell) channel() string {
	if c.elsewhere {
		return localslack.Mail
	}
	return localslack.Desk
}

// act does it. What Slack's clients would not let such a person do is forged from what another
// one did.
func (g *guarded) act(c *cell) {
	g.Helper()
	if newer, _ := g.Slack.Traffic(g.seen); len(newer) > 0 {
		g.seen = newer[len(newer)-1].N
	}
	c.began, g.address = g.seen, c.address
	var err error
	switch {
	case c.way.name == "submission" && c.is.Deleted:
		c.it = g.leave(c)
		return
	case c.way.act != nil:
		c.it, err = c.way.act(g, c.user, c.channel())
	default:
		c.on = g.question(c.channel(), c.action, c.value(g))
		c.it, err = g.Slack.Click(c.user, c.on, c.action)
	}
	switch first := g.recorded[c.way.name]; {
	case err == nil:
		g.recorded[c.way.name] = c.it
	case first == nil:
		g.Fatal(err)
	default:
		c.it = g.Slack.Forge(first, as(c.person()))
		c.on = nil
	}
}

// leave is a person who is deactivated between their submission and the look at who they are.
func (g *guarded) leave(c *cell) *localslack.Interaction {
	g.Helper()
	asked := g.Slack.Hold("users.info", localslack.Before)
	p := c.person()
	p.Deleted = false
	g.Slack.SetPerson(p)
	it, err := c.way.act(g, c.user, c.channel())
	if err != nil {
		g.Fatal(err)
	}
	g.halted(asked)
	g.Slack.SetPerson(c.person())
	asked.Release()
	return it
}

// sees is everything that a person can read.
func sees(now *localslack.Snapshot, user string) string {
	var b strings.Builder
	for _, m := range slices.Concat(now.EphemeralsFor(user), now.DMs(user)) {
		b.WriteString(m.Text + "\n")
	}
	for _, v := range now.Stack(user) {
		fmt.Fprintf(&b, "%s: %s %v\n", v.Title, bottest.Say(v.Blocks), v.Errors)
	}
	return b.String()
}

// may reports whether the entry lets them go on, for the moment at least: a form that asks for
// the channel opens in none, and one whose person Slack does not name is checked when it is
// submitted.
func (c *cell) may() bool {
	return c.says == "" || c.elsewhere && c.noWhere || c.unknown && c.opens
}

// waits reports whether what was asked for is stored, and goes on when Slack says who asked.
func (c *cell) waits() bool { return c.unknown && c.way.name == "submission" }

// check waits for what becomes of a cell.
func (g *guarded) check(t *testing.T, c *cell) {
	t.Helper()
	g.Acked(c.it)
	want := c.says
	switch {
	case c.may():
		want = c.does
	case c.waits():
		want = "othing was created"
	}
	var saw string
	g.Await(fmt.Sprintf("%s, %s: %q", c.kind.name, c.way.name, want), func(now *localslack.Snapshot) bool {
		saw = sees(now, c.user)
		if c.on != nil && c.may() && !c.opens {
			saw += now.Message(c.on.Channel, c.on.TS).Text
		}
		return strings.Contains(saw, want)
	})
	if c.may() || c.waits() {
		return
	}
	if n := strings.Count(saw, want); n != 1 || !says(saw, "othing was created") || !strings.Contains(saw, "ask ") && !strings.Contains(saw, "a member of the workspace can") {
		t.Errorf("%s, %s: told %d times, in\n%s", c.kind.name, c.way.name, n, saw)
	}
	if c.on != nil && !c.opens {
		if now := g.message(c.on.Channel, c.on.TS); !strings.Contains(string(now.Blocks), c.action) {
			t.Errorf("%s, %s: the question is gone for everybody: %s", c.kind.name, c.way.name, now.Blocks)
		}
	}
	g.checkOrder(t, c)
}

// checkOrder holds the calls to their order: nobody is looked up before the form is open, and
// nobody at all where the payload says enough.
func (g *guarded) checkOrder(t *testing.T, c *cell) {
	t.Helper()
	traffic, _ := g.Slack.Traffic(c.began)
	first := func(method, mention string) int {
		return slices.IndexFunc(traffic, func(e localslack.Entry) bool {
			return e.Direction == localslack.FromApp && e.Method == method && strings.Contains(string(e.Sent), mention)
		})
	}
	asked, open := first("users.info", c.user), -1
	if c.it.TriggerID != "" {
		open = first("views.open", c.it.TriggerID)
	}
	switch {
	case c.atOnce && (asked >= 0 || open >= 0):
		t.Errorf("%s, %s: users.info is call %d, views.open %d; want neither", c.kind.name, c.way.name, asked, open)
	case !c.atOnce && (c.opens || c.action == tryAgain) && (open < 0 || asked >= 0 && asked < open):
		t.Errorf("%s, %s: users.info is call %d, views.open %d", c.kind.name, c.way.name, asked, open)
	}
	for _, call := range g.Halo.Calls(localhalo.On(localhalo.KindUsers)) {
		if strings.Contains(call.Query.Encode(), strings.TrimSuffix(c.address, "@example.com")) {
			t.Errorf("%s, %s: Halo was asked for the sender", c.kind.name, c.way.name)
		}
	}
}

// Every kind of person, at every way in: who may not is refused with a sentence, nothing is
// looked up before a trigger is used, and no client is created but the full member's own.
func TestWhoMayAtEveryEntry(t *testing.T) {
	t.Parallel()
	g := newGuarded(t, nil)
	cells := g.people()
	g.Start(0)
	g.openForms(cells)
	g.prepare()
	for k, row := range cells {
		t.Run(kinds[k].name, func(t *testing.T) {
			for _, c := range row {
				g.Slack.SetPerson(c.person())
			}
			if kinds[k].slow {
				for _, c := range row {
					asked := g.Slack.Hold("users.info", localslack.Before)
					g.act(c)
					g.halted(asked)
					g.Acked(c.it)
					asked.Release()
					g.check(t, c)
				}
				return
			}
			if kinds[k].unknown {
				g.Slack.Fail("users.info", 1000, "missing_scope")
			}
			rest := slices.DeleteFunc(slices.Clone(row), func(c *cell) bool {
				if c.is.Deleted && c.way.name == "submission" { // whose hold must catch nobody else
					g.act(c)
					g.check(t, c)
					return true
				}
				return false
			})
			for _, c := range rest {
				g.act(c)
			}
			for _, c := range rest {
				g.check(t, c)
			}
			g.Slack.ClearFaults()
		})
	}
	g.AwaitClients(g.Halo, "Acme Anyway", 1)
	// Members' submissions make clients, and so do those of people of whom Slack did not say who
	// they are, as soon as it does.
	want := []string{"Acme Anyway", "Acme Ltd"}
	for k, row := range cells {
		if kinds[k].unknown || k == len(cells)-1 {
			own := row[slices.IndexFunc(row, func(c *cell) bool { return c.way.name == "submission" })]
			g.AwaitClients(g.Halo, "Client of "+own.user, 1)
			want = append(want, "Client of "+own.user)
		}
	}
	slices.Sort(want)
	var names []string
	for _, c := range g.Halo.Clients() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		t.Errorf("Halo has %q, want %q", names, want)
	}
}

// people makes an account for every cell, all of them full members for the time being.
func (g *guarded) people() [][]*cell {
	group := localslack.UserGroup{ID: localslack.TechGroup, Users: []string{localslack.Tess}}
	var cells [][]*cell
	for k, kind := range kinds {
		var row []*cell
		for w, way := range ways {
			c := &cell{kind: kind, way: way, user: fmt.Sprintf("U%02d%02dGUARD", k, w)}
			c.address = fmt.Sprintf("jane%02d%02d@example.com", k, w)
			row = append(row, c)
			g.Slack.SetPerson(localslack.Person{ID: c.user, Name: strings.ToLower(c.user)})
			for _, channel := range []string{localslack.Desk, localslack.Mail} {
				g.Slack.SetMember(channel, c.user, true)
			}
			if !strings.Contains(kind.name, "outside of the user group") {
				group.Users = append(group.Users, c.user)
			}
		}
		cells = append(cells, row)
	}
	g.Slack.SetUserGroup(group)
	return cells
}

// openForms opens the forms that are submitted later, while Slack does not say who anybody is
// and the bot knows nobody.
func (g *guarded) openForms(cells [][]*cell) {
	g.Helper()
	g.Slack.Fail("users.info", 1000, "missing_scope")
	before, opened := g.Slack.Calls("users.info"), 0
	for _, row := range cells {
		for _, c := range row {
			if c.way.name != "submission" {
				continue
			}
			opened++
			if c.elsewhere {
				v := g.opened(g.Slack.GlobalShortcut(c.user, "halo_new_client_global"))
				if err := g.Slack.Fill(c.user, v.ID, localslack.Values{"Answer in": localslack.Mail}); err != nil {
					g.Fatal(err)
				}
				g.forms[c.user] = v.ID
				continue
			}
			g.forms[c.user] = g.Form(c.user, localslack.Desk, "").ID
		}
	}
	g.awaitTraffic("everybody to be looked up", func([]localslack.Entry) bool {
		return g.Slack.Calls("users.info") >= before+opened
	})
	g.Slack.ClearFaults()
}

// awaitTraffic waits until cond holds of what crossed the wire.
func (d desk) awaitTraffic(what string, cond func([]localslack.Entry) bool) {
	d.Helper()
	ctx, cancel := d.Patience()
	defer cancel()
	for {
		traffic, changed := d.Slack.Traffic(0)
		if cond(traffic) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			d.Fatalf("waiting for %s: %v", what, ctx.Err())
		}
	}
}
