package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// fault is something that a person can make go wrong from the page.
type fault struct {
	ID        string
	Side      string // halo or slack
	Name      string
	Expect    string // what the bot should do about it
	Momentary bool   // it happens once, when asked for
	Seconds   []int  // how long it may be made to take; the first at first
	// on makes it happen and returns what ends it; nil when nothing does.
	on func(s *Sandbox, seconds int) (off func())
}

// The faults of Halo are those of the first tenant: a second one goes on working.
var faults = []fault{
	{
		ID: "lost", Side: "halo", Name: "Stores it, loses the answer",
		Expect: "The client is in Halo before the bot knows. The bot looks for its own reference, finds it, and announces that one: one client, not two.",
		on:     halo(localhalo.On(localhalo.KindCreate), localhalo.StoreThenReset()),
	},
	{
		ID: "late", Side: "halo", Name: "Loses the connection, stores it later",
		Expect: "The client turns up 8 seconds after the connection broke. The bot waits and looks before it would send anything again: one client.",
		on:     halo(localhalo.On(localhalo.KindCreate), localhalo.StoreLate(8*time.Second)),
	},
	{
		ID: "slow", Side: "halo", Name: "Slow", Seconds: []int{3, 6, 15},
		Expect: "Every call takes this long. The form opens at once all the same and says how it goes. A Halo that takes 15 seconds counts as not answering: the bot keeps trying, and says so.",
		on: func(s *Sandbox, seconds int) func() {
			return s.tenants[0].halo.Inject(nil, 0, localhalo.Slow(time.Duration(seconds)*time.Second)).Clear
		},
	},
	{
		ID: "down", Side: "halo", Name: "Down for maintenance (503)",
		Expect: "The bot keeps trying for 15 minutes and says so. Switch this off, and the client is created; nothing has to be typed again.",
		on:     halo(nil, localhalo.Unavailable()),
	},
	{
		ID: "busy", Side: "halo", Name: "Too many requests (429)",
		Expect: "The bot waits as long as Halo asks (5 seconds) and tries again by itself. Switch this off, and the client is created.",
		on:     halo(nil, localhalo.TooMany("5")),
	},
	{
		ID: "refuses", Side: "halo", Name: "Refuses the client",
		Expect: "The form shows Halo’s own sentence and offers to try again, with everything still filled in. Nothing was created.",
		on: halo(localhalo.On(localhalo.KindCreate),
			localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "An account manager has to be chosen before this client can be saved.")),
	},
	{
		ID: "token", Side: "halo", Name: "Takes the token back", Momentary: true,
		Expect: "The next call gets a 401. The bot asks for one new token and goes on; nobody notices.",
		on: func(s *Sandbox, _ int) func() {
			s.tenants[0].halo.RevokeTokens()
			return nil
		},
	},
	{
		ID: "refresh", Side: "slack", Name: "Refreshes a socket", Momentary: true,
		Expect: "As Slack does every few hours. The bot holds two sockets, so commands go on without a gap.",
		on: func(s *Sandbox, _ int) func() {
			s.slack.RefreshOne("refresh_requested")
			return nil
		},
	},
	{
		ID: "drop", Side: "slack", Name: "Drops every connection", Momentary: true,
		Expect: "Without a word, as a router does. A command in this moment fails; within a second or two the bot is back.",
		on: func(s *Sandbox, _ int) func() {
			s.slack.DropSockets()
			return nil
		},
	},
	{
		ID: "limit", Side: "slack", Name: "Takes no messages (429)",
		Expect: "The form shows the result at once. The message in the channel follows when this is off; it is late, not lost.",
		on: func(s *Sandbox, _ int) func() {
			s.slack.RateLimit("chat.postMessage", 1<<30, 2*time.Second)
			return s.slack.ClearFaults
		},
	},
	{
		ID: "away", Side: "slack", Name: "Away",
		Expect: "Commands and clicks fail, as they would. What was accepted before goes on in Halo, and is announced when Slack is back.",
		on: func(s *Sandbox, _ int) func() {
			s.slack.SetAway(localslack.Unavailable)
			return s.slack.ClearFaults
		},
	},
}

func halo(m localhalo.Match, e localhalo.Effect) func(*Sandbox, int) func() {
	return func(s *Sandbox, _ int) func() { return s.tenants[0].halo.Inject(m, 0, e).Clear }
}

// faultBoard knows which faults are on.
type faultBoard struct {
	mu      sync.Mutex
	off     map[string]func() // by id: what ends it
	seconds map[string]int    // by id: as chosen
	changed chan struct{}
}

// SetFault switches one of the page's faults on or off. seconds is one of its choices, 0 for
// the one that was chosen last.
func (s *Sandbox) SetFault(id string, on bool, seconds int) error {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.ID == id })
	if i < 0 || faults[i].Side == "slack" && s.slack == nil {
		return fmt.Errorf("there is no fault %q", id)
	}
	f := faults[i]
	if seconds != 0 && !slices.Contains(f.Seconds, seconds) {
		return fmt.Errorf("%q cannot be made to take %d seconds", f.Name, seconds)
	}
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	if seconds != 0 && seconds != b.chosen(f) {
		b.set(s, f, false)
		b.seconds[id] = seconds
	}
	b.set(s, f, on)
	b.tell()
	return nil
}

// chosen is how long the fault takes at present, 0 where there is no choice.
func (b *faultBoard) chosen(f fault) int {
	if n, ok := b.seconds[f.ID]; ok || len(f.Seconds) == 0 {
		return n
	}
	return f.Seconds[0]
}

// Calm switches every fault off.
func (s *Sandbox) Calm() {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range faults {
		b.set(s, f, false)
	}
	b.tell()
}

// set does one switch. b.mu is held.
func (b *faultBoard) set(s *Sandbox, f fault, on bool) {
	if b.off == nil {
		b.off, b.seconds = make(map[string]func()), make(map[string]int)
	}
	off, isOn := b.off[f.ID]
	switch {
	case f.Momentary:
		if on {
			f.on(s, 0)
		}
	case on && !isOn:
		b.off[f.ID] = f.on(s, b.chosen(f))
	case !on && isOn:
		delete(b.off, f.ID)
		off()
		b.again(s, f)
	}
}

// again switches the other faults of Slack on once more: the local Slack ends all of them
// together.
func (b *faultBoard) again(s *Sandbox, ended fault) {
	for _, f := range faults {
		if _, on := b.off[f.ID]; on && f.Side == "slack" && ended.Side == "slack" {
			b.off[f.ID] = f.on(s, b.chosen(f))
		}
	}
}

func (b *faultBoard) tell() {
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = make(chan struct{})
}

// Changed is closed at the next switch.
func (b *faultBoard) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// faultInfo is a fault as the page shows it.
type faultInfo struct {
	ID        string `json:"id"`
	Side      string `json:"side"`
	Name      string `json:"name"`
	Expect    string `json:"expect"`
	Momentary bool   `json:"momentary"`
	On        bool   `json:"on"`
	Choices   []int  `json:"choices,omitempty"` // of seconds
	Seconds   int    `json:"seconds,omitempty"`
}

func (s *Sandbox) faultInfos() []faultInfo {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []faultInfo
	for _, f := range faults {
		if f.Side == "slack" && s.slack == nil {
			continue
		}
		_, on := b.off[f.ID]
		list = append(list, faultInfo{f.ID, f.Side, f.Name, f.Expect, f.Momentary, on, f.Seconds, b.chosen(f)})
	}
	return list
}
