package slackbot

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/slack-go/slack"
)

// identity is who the bot is in Slack.
type identity struct {
	Team       string // "T…"
	TeamName   string
	Enterprise string // "E…", or "" outside Enterprise Grid
	URL        string // the workspace's own address, ending in "/"
	BotID      string // "B…"
	UserName   string
}

// Workspace is where the bot works, for a log.
type Workspace struct {
	Team string // its name
	ID   string // "T…", or "E…" of an organisation
	Bot  string // the bot's user name
}

// orgWide reports whether an enterprise organisation installed the bot: what speaks of one
// workspace then has to say which.
func (i identity) orgWide() bool { return i.Enterprise != "" && i.Team == i.Enterprise }

// self knows who the bot is, once it has asked.
type self struct {
	web *web
	mu  sync.Mutex
	identity
}

// ask returns the bot's identity, asking Slack for it once.
func (s *self) ask(ctx context.Context) (identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Team != "" {
		return s.identity, nil
	}
	var who *slack.AuthTestResponse
	err := s.web.ask(func(api *slack.Client) (err error) {
		who, err = api.AuthTestContext(ctx)
		if err == nil && who.TeamID == "" {
			err = errors.New("the answer names no workspace")
		}
		return err
	})
	if err != nil {
		return identity{}, err
	}
	s.identity = identity{Team: who.TeamID, TeamName: who.Team, Enterprise: who.EnterpriseID, URL: who.URL, BotID: who.BotID, UserName: who.User}
	return s.identity, nil
}

// known is the identity as far as it is known, without a call.
func (s *self) known() identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identity
}

// link is the address of a message, else of its channel. It is made up from the workspace's own
// address, without a call.
func (s *self) link(channel, message, thread string) string {
	base := s.known().URL
	if base == "" || channel == "" {
		return ""
	}
	link := strings.TrimSuffix(base, "/") + "/archives/" + channel
	if message == "" {
		return link
	}
	link += "/p" + strings.ReplaceAll(message, ".", "")
	if thread != "" && thread != message {
		link += "?thread_ts=" + thread + "&cid=" + channel
	}
	return link
}
