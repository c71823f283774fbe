package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"halobot/internal/sandbox/localslack"
)

// slackState is the workspace as one person sees it.
type slackState struct {
	Person    string                   `json:"person"`
	AppName   string                   `json:"appName"`
	People    []personState            `json:"people"`
	Channels  []channelState           `json:"channels"`
	Commands  []commandInfo            `json:"commands"`
	Shortcuts []shortcutInfo           `json:"shortcuts"`
	Messages  map[string][]messageInfo `json:"messages"`
	Stack     []viewState              `json:"stack"`
	Home      *viewState               `json:"home"`
}

type personState struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Note string `json:"note,omitempty"`
	Seat bool   `json:"seat"` // one can sit at the keyboard as this person
	Bot  bool   `json:"bot"`
	Here bool   `json:"here"` // somebody sits at a page as this person
}

type channelState struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Kind  string `json:"kind"` // public, private, shared, app
	Topic string `json:"topic"`
}

type messageInfo struct {
	Channel string          `json:"channel"`
	TS      string          `json:"ts"`
	Thread  string          `json:"thread,omitempty"`
	User    string          `json:"user,omitempty"`
	Bot     string          `json:"bot,omitempty"`
	App     bool            `json:"app"` // by the bot's app
	Slack   bool            `json:"slack,omitempty"`
	Only    bool            `json:"only,omitempty"` // only this person sees it
	Edited  bool            `json:"edited,omitempty"`
	Text    string          `json:"text"`
	Blocks  json.RawMessage `json:"blocks,omitempty"`
	Replies int             `json:"replies,omitempty"`

	Attachments json.RawMessage `json:"attachments,omitempty"`
	Files       json.RawMessage `json:"files,omitempty"`
}

type viewState struct {
	ID      string            `json:"id"`
	Hash    string            `json:"hash"`
	Title   string            `json:"title"`
	Submit  string            `json:"submit"`
	Close   string            `json:"close"`
	Blocks  json.RawMessage   `json:"blocks"`
	State   localslack.State  `json:"state"`
	Errors  map[string]string `json:"errors,omitempty"`
	Trouble string            `json:"trouble,omitempty"`
	Busy    bool              `json:"busy,omitempty"`
}

// seats are the people one can be, in the order of the menu.
var seats = []struct{ id, note string }{
	{localslack.Tess, "technician"},
	{localslack.Tom, "technician"},
	{localslack.Gwen, "guest"},
	{localslack.Stella, "from another workspace"},
}

// topics say what a channel is there for in the sandbox.
var topics = map[string]string{
	localslack.Desk:    "Where technicians ask and answer",
	localslack.Mail:    "Mails from senders that Halo does not know",
	localslack.General: "The bot is not in this channel",
	localslack.Private: "The bot is not in this channel",
	localslack.Leads:   "Failures that need an administrator are reported here",
	localslack.Shared:  "Shared with another company, whose people see the bot’s messages too",
}

// messagesShown is how many of a channel's messages the page gets.
const messagesShown = 200

// seatFor is the person that somebody may be; the first technician for an unknown one.
func seatFor(person string) string {
	if seatOf(person) == len(seats) {
		return seats[0].id
	}
	return person
}

// slackFor is the workspace as a person sees it.
func (s *Sandbox) slackFor(person string) slackState {
	v := slackState{
		Person: person, AppName: cmp.Or(s.app.Name, "The bot"),
		Commands: s.app.Commands, Shortcuts: s.app.Shortcuts, Messages: map[string][]messageInfo{}, Stack: []viewState{},
	}
	s.slack.Look(func(now *localslack.Snapshot) {
		for _, p := range now.People() {
			seat := slices.IndexFunc(seats, func(seat struct{ id, note string }) bool { return seat.id == p.ID })
			state := personState{ID: p.ID, Name: p.RealName, Seat: seat >= 0, Bot: p.Bot, Here: s.seated.has(p.ID)}
			if seat >= 0 {
				state.Note = seats[seat].note
			}
			v.People = append(v.People, state)
		}
		slices.SortStableFunc(v.People, func(a, b personState) int { return seatOf(a.ID) - seatOf(b.ID) })
		s.conversations(now, &v)
		for _, view := range now.Stack(person) {
			v.Stack = append(v.Stack, stateOf(view))
		}
		if home := now.Home(person); home != nil {
			state := stateOf(home)
			v.Home = &state
		}
	})
	return v
}

func seatOf(id string) int {
	for i, seat := range seats {
		if seat.id == id {
			return i
		}
	}
	return len(seats)
}

func stateOf(v *localslack.View) viewState {
	return viewState{
		ID: v.ID, Hash: v.Hash, Title: v.Title, Submit: v.Submit, Close: v.Close,
		Blocks: v.Blocks, State: v.State, Errors: v.Errors, Trouble: v.Trouble, Busy: v.Busy,
	}
}

// conversations fills in the channels that the person is in, and what they see there.
func (s *Sandbox) conversations(now *localslack.Snapshot, v *slackState) {
	for _, c := range now.Channels() {
		if c.With != "" || c.Archived || !slices.Contains(c.Members, v.Person) {
			continue
		}
		kind := "public"
		switch {
		case c.ExtShared:
			kind = "shared"
		case c.Private:
			kind = "private"
		}
		v.Channels = append(v.Channels, channelState{c.ID, c.Name, kind, topics[c.ID]})
		v.Messages[c.ID] = shownMessages(now.Messages(c.ID))
	}
	order := func(c channelState) int {
		switch c.ID {
		case localslack.Desk:
			return 0
		case localslack.Mail:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(v.Channels, func(a, b channelState) int { return order(a) - order(b) })
	direct := "D" + v.Person[1:]
	v.Channels = append(v.Channels, channelState{direct, v.AppName, "app", "The bot’s own corner: its home tab, and what it told you directly"})
	v.Messages[direct] = shownMessages(now.DMs(v.Person))

	add := func(channel string, m messageInfo) {
		if _, seen := v.Messages[channel]; !seen {
			channel = v.Channels[0].ID // nowhere in particular: where they start
		}
		v.Messages[channel] = append(v.Messages[channel], m)
	}
	for _, m := range now.EphemeralsFor(v.Person) {
		shown := shown(m)
		shown.Only = true
		add(m.Channel, shown)
	}
	for i, n := range now.Notices(v.Person) {
		at := s.notices.at(v.Person, i)
		add(n.Channel, messageInfo{Channel: n.Channel, TS: fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000), Slack: true, Only: true, Text: n.Text})
	}
	for _, list := range v.Messages {
		slices.SortStableFunc(list, func(a, b messageInfo) int { return strings.Compare(a.TS, b.TS) })
	}
}

func shownMessages(list []*localslack.Message) []messageInfo {
	replies := make(map[string]int)
	for _, m := range list {
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			replies[m.ThreadTS]++
		}
	}
	out := []messageInfo{}
	for _, m := range list[max(0, len(list)-messagesShown):] {
		info := shown(m)
		info.Replies = replies[m.TS]
		out = append(out, info)
	}
	return out
}

func shown(m *localslack.Message) messageInfo {
	return messageInfo{
		Channel: m.Channel, TS: m.TS, Thread: m.ThreadTS, User: m.User, Bot: m.BotID, App: m.AppID == localslack.App,
		Edited: m.Edited, Text: m.Text, Blocks: m.Blocks, Attachments: m.Attachments, Files: m.Files,
	}
}

// seating knows who sits at the open pages.
type seating struct {
	mu      sync.Mutex
	pages   map[string]int // by person
	changed chan struct{}
}

func (b *seating) has(person string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pages[person] > 0
}

// sit notes that a person sits at one more page, until leave is called.
func (b *seating) sit(person string) (leave func()) {
	b.move(person, 1)
	return func() { b.move(person, -1) }
}

func (b *seating) move(person string, by int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages == nil {
		b.pages = make(map[string]int)
	}
	b.pages[person] += by
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = make(chan struct{})
}

// Changed is closed when somebody comes or leaves.
func (b *seating) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// noticeBoard remembers when Slack's own notices were first seen; they carry no time.
type noticeBoard struct {
	mu    sync.Mutex
	times map[string][]time.Time
}

func (b *noticeBoard) at(person string, i int) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.times == nil {
		b.times = make(map[string][]time.Time)
	}
	for len(b.times[person]) <= i {
		b.times[person] = append(b.times[person], time.Now())
	}
	return b.times[person][i]
}

// botState is the child process as the page shows it.
type botState struct {
	State   string `json:"state"` // running, dead, ended
	Pid     int    `json:"pid"`
	Runs    int    `json:"runs"`
	Sockets int    `json:"sockets"`
	Remote  bool   `json:"remote"` // its Slack is a real one
}

func (s *Sandbox) botState() botState {
	v := botState{State: "running", Pid: s.bot.Pid(), Runs: s.bot.Runs(), Remote: s.slack == nil}
	if !s.bot.Running() {
		v.State = "ended"
		if s.killedByHand() {
			v.State = "dead"
		}
	}
	if s.slack != nil {
		s.slack.Look(func(now *localslack.Snapshot) { v.Sockets = now.Sockets() })
	}
	return v
}
