package slackbot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// filing is what a form offers to do with the sender and the ticket that it is about. ticked is what
// somebody ticked before; nil where nobody was asked yet. It calls nobody.
func (p *parts) filing(about wayBack, connection string, ticked []draft.Filing) modals.Filing {
	h, known := p.halos.named(connection)
	if !known || about.Verdict == draft.Failed || !strings.Contains(about.Email, "@") || p.own.rules().Own(about.Email) {
		return modals.Filing{}
	}
	offered, first := h.Offers()
	f := modals.Filing{
		Email: about.Email, Ticket: strings.TrimLeft(about.Ticket, "#0 "), Domain: draft.Company(domainOf(about.Email)),
	}
	ticket, err := strconv.Atoi(f.Ticket)
	for _, what := range offered {
		switch {
		case what == draft.FileTicket && (err != nil || ticket <= 0 || cmp.Or(about.Connection, h.Name()) != h.Name()):
		case what == draft.FileDomain && (f.Domain == "" || p.own.rules().Own(f.Domain)):
		default:
			f.Offered = append(f.Offered, what)
		}
	}
	switch {
	case ticked != nil:
		f.Ticked = ticked
	case p.cfg.Mail.AuthservID != "" && about.Verdict != draft.Passed:
		f.Hint = sayUnverifiedMail
	default:
		f.Ticked = first
	}
	return f
}

// wish is what of ticked applies, to be filed once there is a client of the connection; nil for
// nothing.
func (p *parts) wish(about wayBack, connection string, ticked []draft.Filing) *onboarding.Filing {
	f := p.filing(about, connection, ticked)
	w := &onboarding.Filing{
		Email: f.Email, Name: draft.PersonName(about.Sender, f.Email), Ticket: f.Ticket, Domain: f.Domain, Verdict: about.Verdict,
	}
	for _, what := range f.Offered {
		if slices.Contains(ticked, what) {
			w.What = append(w.What, what)
		}
	}
	if w.What == nil {
		return nil
	}
	return w
}
