package localslack

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Snapshot is the workspace at one moment. It is only good inside the function that it was
// given to; what it hands out may be kept, and must not be changed.
type Snapshot struct{ s *Slack }

// Wait returns nil once cond holds, and looks after every change. It returns an error that
// says how things stood when ctx ends or the workspace is closed. cond must not call Slack's
// own methods.
func (s *Slack) Wait(ctx context.Context, cond func(*Snapshot) bool) error {
	for {
		s.mu.Lock()
		ok, changed := cond(&Snapshot{s}), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("local Slack: waited in vain (%w); %s", context.Cause(ctx), s.summary())
		case <-s.done:
			return fmt.Errorf("local Slack: closed while waiting")
		}
	}
}

// Look calls f with the workspace as it is now. f must not call Slack's own methods.
func (s *Slack) Look(f func(*Snapshot)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&Snapshot{s})
}

// Changed is closed at the next change of anything that a Snapshot shows. Take it before
// looking, so that no change is missed.
func (s *Slack) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Messages are a channel's messages, thread replies among them, oldest first.
func (n *Snapshot) Messages(channel string) []*Message { return n.s.messages[channel] }

// Message finds one, or nil.
func (n *Snapshot) Message(channel, ts string) *Message {
	_, m := n.s.find(channel, ts)
	return m
}

// Thread is a message's replies, oldest first, without the message itself.
func (n *Snapshot) Thread(channel, ts string) []*Message {
	var replies []*Message
	for _, m := range n.s.messages[channel] {
		if m.ThreadTS == ts && m.TS != ts {
			replies = append(replies, m)
		}
	}
	return replies
}

// EphemeralsFor are the messages that only this person sees, oldest first.
func (n *Snapshot) EphemeralsFor(user string) []*Message { return n.s.ephemerals[user] }

// DMs are the messages between the app and a person, oldest first.
func (n *Snapshot) DMs(user string) []*Message { return n.s.messages["D"+user[1:]] }

// Notices are what Slack itself told a person.
func (n *Snapshot) Notices(user string) []Notice { return n.s.notices[user] }

// OpenView is the modal on top of a person's stack, or nil.
func (n *Snapshot) OpenView(user string) *View { return n.s.top(user) }

// Stack is all of a person's modals, the root first.
func (n *Snapshot) Stack(user string) []*View { return n.s.stacks[user] }

// View finds an open modal or a published home tab by id, or nil.
func (n *Snapshot) View(id string) *View { return n.s.views[id] }

// Home is a person's home tab, or nil before the app published one.
func (n *Snapshot) Home(user string) *View { return n.s.homes[user] }

// Executions are the workflow steps that were run, oldest first.
func (n *Snapshot) Executions() []*Execution { return n.s.executions }

// Execution finds one, or nil.
func (n *Snapshot) Execution(id string) *Execution {
	for _, e := range n.s.executions {
		if e.ID == id {
			return e
		}
	}
	return nil
}

// Sockets counts the Socket Mode connections that are up, ghosts included.
func (n *Snapshot) Sockets() int { return len(n.s.sockets) }

// People are all accounts, by id.
func (n *Snapshot) People() []Person {
	return sorted(n.s.people, func(p Person) string { return p.ID })
}

// Channels are all conversations, by name; direct messages come first.
func (n *Snapshot) Channels() []Channel {
	return sorted(n.s.channels, func(c Channel) string { return c.Name + c.ID })
}

func sorted[V any](m map[string]V, key func(V) string) []V {
	list := make([]V, 0, len(m))
	for _, v := range m {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b V) int { return strings.Compare(key(a), key(b)) })
	return list
}

// summary says how things stand, for the error of a Wait in vain.
func (s *Slack) summary() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	add("%d sockets", len(s.sockets))
	for _, id := range slices.Sorted(maps.Keys(s.messages)) {
		list := s.messages[id]
		if len(list) > 0 {
			add("%d messages in %s, the last: %q", len(list), id, list[len(list)-1].Text)
		}
	}
	for _, user := range slices.Sorted(maps.Keys(s.ephemerals)) {
		if list := s.ephemerals[user]; len(list) > 0 {
			add("%d ephemerals for %s, the last: %q", len(list), user, list[len(list)-1].Text)
		}
	}
	for _, user := range slices.Sorted(maps.Keys(s.stacks)) {
		if v := s.top(user); v != nil {
			add("%s has %q open (errors %v, trouble %q)", user, v.Title, v.Errors, v.Trouble)
		}
	}
	for _, user := range slices.Sorted(maps.Keys(s.notices)) {
		if list := s.notices[user]; len(list) > 0 {
			add("%s was told %q", user, list[len(list)-1].Text)
		}
	}
	return strings.Join(parts, "; ")
}
