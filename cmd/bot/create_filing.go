package main

import (
	"slices"
	"strconv"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
	"halobot/internal/text"
)

// filed is what became of what was to be filed, for scripts. A part that was not asked for is left
// out.
type filed struct {
	UserID      int        `json:"user_id,omitempty"`
	TicketMoved bool       `json:"ticket_moved"`
	DomainSet   bool       `json:"domain_set"`
	User        *filedPart `json:"user,omitempty"`
	Ticket      *filedPart `json:"ticket,omitempty"`
	Domain      *filedPart `json:"domain,omitempty"`

	all bool // everything is done
}

type filedPart struct {
	Done bool `json:"done"`
	// How it came about: already, made, moved.
	How onboarding.Filed `json:"how,omitempty"`
	// Reason is why not: an onboarding.NotFiled; else refused, unreachable, unconfirmed or denied;
	// "" while it is in hand. Problem is the same in plain words, with Halo's own.
	Reason  string `json:"reason,omitempty"`
	Problem string `json:"problem,omitempty"`

	says string
}

// wish is what the flags want filed, nil for nothing, and what is wrong with them.
func (c createCmd) wish(sender draft.Alert, website string) (then *onboarding.Filing, problems []string) {
	what, ok := draft.ParseFilings(c.Filing)
	if !ok {
		problems = append(problems, "--filing: must be a list of user, ticket and domain, with commas.")
	}
	if c.Sender != "" && sender.Email == "" {
		problems = append(problems, "--sender: is not an e-mail address.")
	}
	ticket, err := strconv.Atoi(strings.TrimLeft(sender.TicketID, "0"))
	if sender.TicketID != "" && (err != nil || ticket <= 0) {
		problems = append(problems, "--ticket: is no ticket's number.")
	}
	for _, needs := range []struct {
		what    draft.Filing
		missing bool
		says    string
	}{
		{draft.FileUser, c.Sender == "", "user needs --sender."},
		{draft.FileTicket, c.Sender == "", "ticket needs --sender, whose ticket it is."},
		{draft.FileTicket, c.Ticket == "", "ticket needs --ticket."},
		{draft.FileDomain, c.Sender == "" && website == "", "domain needs --sender or --website."},
	} {
		if needs.missing && slices.Contains(what, needs.what) {
			problems = append(problems, "--filing: "+needs.says)
		}
	}
	return onboarding.FilingOf(what, sender, website), problems
}

// newFiled is how filings stand; nil where nothing was asked for.
func newFiled(then *onboarding.Filing, filings []onboarding.Receipt) *filed {
	if then == nil {
		return nil
	}
	out := &filed{all: true}
	for _, what := range then.What {
		const kept = "It is not finished yet; the request is kept and goes on."
		part := &filedPart{Problem: kept, says: kept}
		if i := slices.IndexFunc(filings, func(f onboarding.Receipt) bool { return f.Request.File.What == what }); i >= 0 {
			s := filings[i].State
			*part = filedPart{Done: s.Outcome == onboarding.Done, How: s.Filed, says: text.Line(slackbot.SayFiled(filings[i]))}
			if !part.Done {
				part.Reason, part.Problem = string(s.Outcome), part.says
			}
			if s.Outcome == onboarding.Left {
				part.Reason = string(s.NotFiled)
			}
			if part.Done && what == draft.FileUser {
				out.UserID = s.User.ID
			}
		}
		out.all = out.all && part.Done
		switch what {
		case draft.FileUser:
			out.User = part
		case draft.FileTicket:
			out.Ticket, out.TicketMoved = part, part.Done
		case draft.FileDomain:
			out.Domain, out.DomainSet = part, part.Done
		}
	}
	return out
}

// lines are how filings stand, for people.
func (f *filed) lines() (lines []string) {
	if f == nil {
		return nil
	}
	for _, part := range []*filedPart{f.User, f.Ticket, f.Domain} {
		switch {
		case part == nil:
		case part.Done:
			lines = append(lines, "✓ "+part.says)
		default:
			lines = append(lines, "✗ "+part.says)
		}
	}
	return lines
}
