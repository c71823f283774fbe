package slackbot

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"halobot/internal/draft"
)

// ownDomains tell the MSP's own mail from a stranger's: those that are configured, and the
// workspace's e-mail domains as far as they are known.
type ownDomains struct {
	*parts
	list atomic.Pointer[[]string]

	mu    sync.Mutex
	asked map[string]bool // by workspace
}

// rules are the configured ones with the workspace's domains.
func (o *ownDomains) rules() draft.Rules {
	rules := o.cfg.Mail
	if list := o.list.Load(); list != nil {
		rules.OwnDomains = slices.Concat(rules.OwnDomains, *list)
	}
	return rules
}

// learn asks Slack once for a workspace's domains, but for those that are nobody's: at gmail.com
// everybody would be of the house. The scope for it is not among those that the bot needs;
// without it only what is configured counts. An organisation's bot knows the workspace only
// where somebody pressed something; "" learns nothing there.
func (o *ownDomains) learn(ctx context.Context, team string) error {
	me, err := o.self.ask(ctx)
	if err != nil {
		return err
	}
	if !me.orgWide() {
		team = ""
	} else if team == "" {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.asked[team] {
		return nil
	}
	var info struct {
		Team struct {
			Domains string `json:"email_domain"`
		} `json:"team"`
	}
	form := url.Values{}
	if team != "" {
		form.Set("team", team)
		form.Set("team_id", team)
	}
	if err := o.web.raw(ctx, o.cfg, "team.info", form, &info); err != nil && code(err) != "missing_scope" {
		return err // the next one who wants to know asks again
	}
	var domains []string
	if known := o.list.Load(); known != nil {
		domains = slices.Clone(*known)
	}
	for d := range strings.FieldsFuncSeq(info.Team.Domains, func(r rune) bool { return r == ',' || r == ' ' }) {
		if d = draft.HostKey(d); draft.NobodyOf(d) == "" {
			domains = append(domains, d)
		}
	}
	o.list.Store(&domains)
	if o.asked == nil {
		o.asked = map[string]bool{}
	}
	o.asked[team] = true
	return nil
}

// learnAside is learn for what can do without.
func (o *ownDomains) learnAside(ctx context.Context, team string) {
	if err := o.learn(ctx, team); err != nil {
		o.log.DebugContext(ctx, "Slack does not say which e-mail domains are the workspace's", "error", explain(err))
	}
}

// domainOf is the part of an address behind its @.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	return strings.ToLower(domain)
}
