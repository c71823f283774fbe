package sandbox

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localslack"
)

// What the lab can make go wrong with a filing comes to what it says, through the bot: whatever is
// lost is filed once all the same, and what Halo or somebody in it does not allow is said.
func TestWhatTheLabBreaksOfAFilingEndsAsItSays(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for the bot a dozen times")
	}
	s := startSandbox(t, Options{})
	const (
		user, noUser     = "{email} is its user", "{email} not added"
		ticket, noTicket = "ticket #{ticket} moved", "ticket #{ticket} not moved"
		domain, noDomain = "mails from {host} match it", "{host} not set"
		refused          = "An account manager has to be chosen"
	)
	for i, c := range []struct {
		fault, choice string
		line          []string
		thread        string
	}{
		{"lost", "a user", []string{user, ticket, domain}, "is its user now"},
		{"lost", "a ticket", []string{user, ticket, domain}, "was moved to it"},
		{"lost", "a site", []string{user, ticket, domain}, "later mails"},
		{"stored503", "a ticket", []string{user, ticket, domain}, "was moved to it"},
		{"refuses", "a user", []string{noUser, noTicket, domain}, refused},
		{"refuses", "a ticket", []string{user, noTicket, domain}, refused},
		{"refuses", "a site", []string{user, ticket, noDomain}, refused},
		{"moved", "", []string{user, noTicket, domain}, "Initech Ltd"},
		{"closed", "", []string{user, noTicket, domain}, "is closed"},
		{"general", "", []string{user, ticket, domain}, "is its user now"},
	} {
		name := c.fault + " " + c.choice
		if err := s.SetFault(c.fault, true, c.choice); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		// The bot posts once a second in each channel.
		channel := []string{localslack.Mail, localslack.Desk, localslack.Leads}[i%3]
		host := fmt.Sprintf("lab%d.example", i)
		address := "jane@" + host
		if _, err := s.Alert(t.Context(), channel, sample{From: "Jane Doe <" + address + ">", Subject: "Printer", Body: "It smokes.\n"}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		number := 0
		for _, k := range s.tenants[0].halo.Tickets(0) {
			number = max(number, k.ID)
		}
		m := s.seen(t, channel, func(m *localslack.Message) bool {
			return m.ThreadTS == "" && strings.Contains(string(m.Blocks), address)
		})
		it, err := s.slack.Click(localslack.Tess, m, "halo_new_client")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := it.Opened(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := s.slack.SubmitView(localslack.Tess, v.ID, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line := strings.NewReplacer("{email}", address, "{ticket}", strconv.Itoa(number), "{host}", host).Replace(strings.Join(c.line, " · "))
		s.seen(t, channel, func(now *localslack.Message) bool {
			return now.TS == m.TS && strings.Contains(string(now.Blocks), line)
		})
		s.seen(t, channel, func(now *localslack.Message) bool {
			return now.ThreadTS == m.TS && strings.Contains(string(now.Blocks), c.thread)
		})
		s.Calm()
		users := 0
		for _, u := range s.tenants[0].halo.Users(0) {
			if u.Email == address && u.ClientID != catchAll {
				users++
			}
		}
		if want := map[bool]int{true: 1, false: 0}[c.line[0] == user]; users != want {
			t.Errorf("%s: %d users, want %d", name, users, want)
		}
		if _, err := s.slack.CloseAll(localslack.Tess); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// seen waits for a message in a channel.
func (s *Sandbox) seen(t *testing.T, channel string, is func(*localslack.Message) bool) (found *localslack.Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := s.slack.Wait(ctx, func(now *localslack.Snapshot) bool {
		for _, m := range now.Messages(channel) {
			if is(m) {
				found = m
				return true
			}
		}
		return false
	})
	if err != nil {
		t.Fatalf("no such message came: %v", err)
	}
	return found
}
