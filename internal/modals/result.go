package modals

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// maxChoices is how many found clients get buttons.
const maxChoices = 5

// Created is the modal of a request that has a client (created or used).
func Created(r Result) slack.ModalViewRequest {
	return newBody().done(r).asker(r).whose(r).modal(doneTitle(r))
}

func doneTitle(r Result) string {
	if r.Existing {
		return "Already in Halo"
	}
	return "Created"
}

// done says that there is a client, and what is left to do.
func (c *body) done(r Result) *body {
	says := append(named(r.Client.or(r)), lit(" is now in Halo."))
	if r.Existing {
		says = append(named(r.Client.or(r)), lit(" is the client. It was already in Halo, so nothing was created."))
	}
	return c.
		say(append(para{lit("✓ ")}, says...), details(r.Client)).
		show(actions(openButton(r.Client.URL))...).
		say(beside(r), twins(r), dropped(r)).
		filed(r)
}

// beside says which clients were there already when this one was wanted.
func beside(r Result) para {
	if len(r.Beside) == 0 || r.Existing {
		return nil
	}
	return append(clients(para{lit("Created beside ")}, r.Beside), lit(", which Halo had already."))
}

// twins says that one request has several clients.
func twins(r Result) para {
	if len(r.Twins) == 0 {
		return nil
	}
	p := append(para{lit("⚠️ Halo has more than one client for this request: ")}, named(r.Client.or(r))...)
	return append(clients(append(p, lit(" and ")), r.Twins), lit(". Please merge them in Halo."))
}

// clients appends a list of clients.
func clients(p para, list []Client) para {
	for i, c := range list {
		if i > 0 {
			p = append(p, lit(", "))
		}
		p = append(p, named(c)...)
	}
	return p
}

// AlreadyThere is the modal that asks whether to use an existing client.
func AlreadyThere(r Result) slack.ModalViewRequest {
	return question(r).modal("Already in Halo")
}

// Unconfirmed is the modal that asks what to do about a create that was never found.
func Unconfirmed(r Result) slack.ModalViewRequest {
	return unconfirmed(r).modal("Not confirmed")
}

// or is c, with what was typed where Halo's answer has nothing.
func (c Client) or(r Result) Client {
	c.Name = r.clientName()
	return c
}

// named is a client as a sentence names it: its name, a link where there is one, and its id.
func named(c Client) para {
	p := para{link(c.URL, shownName(c.Name))}
	if c.ID > 0 {
		p = append(p, lit(fmt.Sprintf(" (#%d)", c.ID)))
	}
	return p
}

// details are the lines under a client's name.
func details(c Client) para {
	p := lines(append(values(draft.Draft{Website: c.Website, TradingName: c.TradingName}, maxShown),
		"Top level", oneLine(c.TopLevel, maxShown),
		labelConnection, oneLine(c.Connection, maxShown))...)
	if c.Inactive {
		p = p.line(bold("It is inactive in Halo."))
	}
	return p
}

// lines are label and value, one pair a line; a pair without value is left out.
func lines(pairs ...string) para {
	var p para
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			p = p.line(bold(pairs[i]+": "), lit(pairs[i+1]))
		}
	}
	return p
}

// line appends runs on a line of their own.
func (p para) line(runs ...run) para {
	if len(p) > 0 {
		p = append(p, lit("\n"))
	}
	return append(p, runs...)
}

// dropped says what Halo did not keep.
func dropped(r Result) para {
	if len(r.Dropped) == 0 {
		return nil
	}
	labels := make([]string, len(r.Dropped))
	advice := "Please add what is missing in Halo."
	for i, l := range r.Dropped {
		labels[i] = oneLine(l, maxShown)
		if strings.EqualFold(l, draft.Label(draft.Website)) {
			advice = "Please add what is missing in Halo: without the website, later mails are not matched to this client."
		}
	}
	return para{lit("⚠️ Halo did not keep: "), bold(text.Short(strings.Join(labels, ", "), maxBrief)), lit(". " + advice)}
}

// origin is the sender and the ticket that it began with.
func origin(r Result) para {
	var p para
	if mail := oneLine(r.SenderMail, maxMail); mail != "" {
		p = append(p, lit("From "), lit(draft.ShownAddress(mail)))
	}
	if ticket := r.ticket(); ticket != nil {
		if p != nil {
			p = append(p, lit(" · "))
		}
		p = append(p, *ticket)
	}
	return p
}

// ticket is the alert's ticket, a link where there is one; nil without.
func (r Result) ticket() *run {
	id := strings.TrimLeft(oneLine(r.TicketID, maxTicket), "#")
	if id == "" && safeURL(r.TicketURL) == "" {
		return nil
	}
	label := "the ticket"
	if id != "" {
		label = "ticket #" + id
	}
	l := link(r.TicketURL, label)
	return &l
}

// question asks which client is meant.
func question(r Result) *body {
	asked := para{bold(r.draftName())}
	if w := oneLine(draft.ShownHost(r.Draft.Website), maxShown); w != "" {
		asked = append(asked, lit(" ("+w+")"))
	}
	c, it := newBody(), "it"
	if len(r.Found) == 1 {
		c.say(append(append(para{lit("Halo already has ")}, r.Found[0].says()...), lit(" Nothing was created.")))
	} else {
		it = "them"
		c.say(append(append(para{lit(fmt.Sprintf("Halo already has %d clients with the name or the website of ", len(r.Found)))}, asked...), lit(". Nothing was created.")))
	}
	c.choices(r.Key, r.Found, len(r.Found) > 1)
	whoAsked, another := para{lit("You asked for ")}, para{lit("a new client")}
	if r.Typed != nil {
		whoAsked = append(first(r), lit(" asked for "))
		another = para{lit("another client, "), bold(shownName(r.Typed.Name)), lit(",")}
	}
	p := append(append(whoAsked, asked...), lit(". If it is another company, Create anyway makes "))
	return c.
		say(append(append(p, another...), lit(" beside "+it+"."))).
		show(actions(button(ActionCreateAnyway, "Create anyway", r.Key, slack.StyleDefault))...).
		whoseChoice(r)
}

// choices adds found clients, each with its own row of buttons: the same action id may stand
// twice in a view, but not twice in a block. Unless named, only what is known of them is shown.
func (c *body) choices(key string, found []Match, named bool) *body {
	style := slack.StylePrimary
	if len(found) > 1 {
		style = slack.StyleDefault
	}
	for i, k := range found {
		if i == maxChoices {
			c.say(para{lit(fmt.Sprintf("…and %d more in Halo.", len(found)-maxChoices))})
			break
		}
		p := details(k.Client)
		if named && p != nil {
			p = k.says().line(p...)
		} else if named {
			p = k.says()
		}
		c.say(p).show(k.buttons(key, style)...)
	}
	return c
}

// unconfirmed asks what to do about a create that was sent and never seen.
func unconfirmed(r Result) *body {
	c := newBody().say(
		para{lit("Halo was asked several times to create "), bold(r.draftName()),
			lit(", and never showed the client. It may or may not be there.")})
	if r.Problem != "" {
		c.say(para{lit(sentence(r.Problem, maxProblem))})
	}
	c.say(
		para{lit("Look for "), bold(r.draftName()), lit(" in Halo first. If it is there, press Look again: the bot finds it by its reference. " +
			"If it is not there, press Create again. Both look before anything is sent.")},
		lines("Reference", oneLine(r.RequestID, maxBrief), labelConnection, oneLine(r.Draft.Connection, maxShown)))
	return c.show(doubtButtons(r.Key, slack.StylePrimary)...)
}

// doubtButtons are those of a create that was sent and never seen.
func doubtButtons(key string, style slack.Style) []slack.Block {
	return actions(
		button(ActionLookAgain, "Look again", key, style),
		button(ActionCreateAgain, "Create again", key, slack.StyleDefault))
}

// failed says that there is no client.
func (r Result) failed() para {
	if r.Chosen {
		return para{lit("The client that was chosen for "), bold(r.draftName()), lit(" could not be used.")}
	}
	return para{bold(r.draftName()), lit(" could not be created in Halo.")}
}

// framed is a problem, and that nothing was created.
func framed(problem string) para {
	return para{lit(sentence(problem, maxProblem) + " Nothing was created.")}
}

// reason is why there is no client.
func (r Result) reason() para {
	if r.Denied {
		return para{lit(sentence(r.Problem, maxProblem))}
	}
	return framed(r.Problem)
}
