package slackbot

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

// ownDomains tell the MSP's own mail from a stranger's: those that are configured, and the
// workspace's e-mail domains as far as they are known.
type ownDomains struct {
	*parts
	list atomic.Pointer[[]string]
}

// rules are the configured ones with the workspace's domains.
func (o *ownDomains) rules() draft.Rules {
	rules := o.cfg.Mail
	if list := o.list.Load(); list != nil {
		rules.OwnDomains = slices.Concat(rules.OwnDomains, *list)
	}
	return rules
}

// learn asks Slack once for the workspace's domains, but for those that are nobody's: at gmail.com
// everybody would be of the house. The scope for it is not among those that the bot needs;
// without it only what is configured counts.
func (o *ownDomains) learn(ctx context.Context) error {
	if o.list.Load() != nil {
		return nil
	}
	var info *slack.TeamInfo
	_, err := o.web.do(func(api *slack.Client) (err error) {
		info, err = api.GetTeamInfoContext(ctx)
		return err
	})
	if err != nil && code(err) != "missing_scope" {
		return err // the next one who wants to know asks again
	}
	domains := []string{}
	if err == nil && info != nil {
		for d := range strings.FieldsFuncSeq(info.EmailDomain, func(r rune) bool { return r == ',' || r == ' ' }) {
			if d = draft.HostKey(d); draft.NobodyOf(d) == "" {
				domains = append(domains, d)
			}
		}
	}
	o.list.Store(&domains)
	return nil
}

// learnAside is learn for what can do without.
func (o *ownDomains) learnAside(ctx context.Context) {
	if err := o.learn(ctx); err != nil {
		o.log.DebugContext(ctx, "Slack does not say which e-mail domains are the workspace's", "err", explain(err))
	}
}

// domainOf is the part of an address behind its @.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return strings.ToLower(domain)
}
