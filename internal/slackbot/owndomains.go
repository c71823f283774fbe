package slackbot

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"
)

// ownDomains are the workspace's e-mail domains, as far as they are known.
type ownDomains struct {
	*parts
	list atomic.Pointer[[]string]
}

// learn asks Slack once. The scope for it is not among those that the bot needs: without it every
// address counts as an outsider's.
func (o *ownDomains) learn(ctx context.Context) {
	if o.list.Load() != nil {
		return
	}
	var info *slack.TeamInfo
	_, err := o.web.do(func(api *slack.Client) (err error) {
		info, err = api.GetTeamInfoContext(ctx)
		return err
	})
	if err != nil && transient(err) {
		return // the next shortcut asks again
	}
	domains := []string{}
	if err == nil && info != nil {
		domains = strings.FieldsFunc(strings.ToLower(info.EmailDomain), func(r rune) bool { return r == ',' || r == ' ' })
	}
	o.list.Store(&domains)
}

// outsider is the first address that is not of the own domains.
func (o *ownDomains) outsider(addresses []string) string {
	var own []string
	if list := o.list.Load(); list != nil {
		own = *list
	}
	for _, a := range addresses {
		if !slices.Contains(own, domainOf(a)) {
			return a
		}
	}
	return ""
}

// domainOf is the part of an address behind its @.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return strings.ToLower(domain)
}
