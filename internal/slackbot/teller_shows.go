package slackbot

import (
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// result is what a request came to, as modals shows it.
func (t *teller) result(r onboarding.Request, s onboarding.State) modals.Result {
	back, _ := readWayBack(r.Reply)
	end := r.Ending(s.Outcome, t.cfg.OnError)
	res := modals.Result{
		Key:        r.Key,
		RequestID:  r.Reference(),
		Connection: r.Draft.Connection,
		Draft:      r.Draft,
		Existing:   s.Outcome == onboarding.Used,
		Problem:    s.Problem,
		Denied:     s.Outcome == onboarding.Denied,
		Chosen:     r.Use != 0,
		CanRetry:   opensAgain(end.Asker),
		Next:       sayAfter(end, back),
		By:         r.By.ID,
		TicketID:   back.Ticket,
		SenderMail: back.Email,
	}
	if r.Via.Unattended() {
		res.By, res.CanRetry = "", false
	}
	if len(t.halos) == 1 {
		res.Draft.Connection = ""
	}
	for _, connection := range []string{back.Connection, r.Draft.Connection} {
		if res.TicketURL == "" && connection != "" {
			res.TicketURL = t.halos.ticketURL(connection, back.Ticket)
		}
	}
	if s.Client != nil {
		res.Client = t.halos.had(r.Draft.Connection, s, *s.Client)
		t.noteFilings(&res, r, back, nil)
		res.Follows = res.Follows && !s.Asked
	}
	for _, c := range s.Found {
		res.Found = append(res.Found, t.halos.match(r.Draft, s, c))
	}
	for _, c := range s.Twins {
		res.Twins = append(res.Twins, t.halos.had(r.Draft.Connection, s, c))
	}
	for _, c := range back.Beside {
		res.Beside = append(res.Beside, t.halos.client(r.Draft.Connection, halo.Client{ID: c.ID, Name: c.Name}))
	}
	if s.Outcome == onboarding.Unconfirmed {
		res.Problem = s.Said
		if s.Moved != "" {
			res.Problem = sayMoved(s.SentTo, s.Moved)
		}
	}
	for _, f := range s.Dropped {
		res.Dropped = append(res.Dropped, draft.Label(f))
	}
	return res
}

// opensAgain reports whether a "Try again" is offered that opens the form with everything filled
// in.
func opensAgain(a onboarding.Answer) bool {
	return a == onboarding.AnswerForm || a == onboarding.AnswerReturned
}

// otherWords are what somebody typed who joined r; nil where it is what r's person typed.
func (t *teller) otherWords(r onboarding.Request, typed draft.Draft) *draft.Draft {
	if typed == r.Draft {
		return nil
	}
	if len(t.halos) == 1 {
		typed.Connection = ""
	}
	return &typed
}

// view is the modal of a request that has ended; own are the words of whoever has it open.
func (t *teller) view(back wayBack, r onboarding.Request, s onboarding.State, res modals.Result, own onboarding.Words) slack.ModalViewRequest {
	switch r.Ending(s.Outcome, t.cfg.OnError).Asker {
	case onboarding.AnswerClient:
		return modals.Created(res)
	case onboarding.AnswerChoice:
		return modals.AlreadyThere(res)
	case onboarding.AnswerDoubt:
		return modals.Unconfirmed(res)
	case onboarding.AnswerForm:
		a, _ := askedAgain(r)
		a.wayBack = back
		return t.retryForm(a, own, s).View()
	case onboarding.AnswerReturned:
		if res.Typed != nil {
			back.Thread = "" // it holds the words of whoever came first
		}
		return modals.Notice("Returned", sayNoClient(r, s.Problem)+" "+sayReturned(back))
	}
	if s.Outcome == onboarding.Denied {
		return notAllowed(s.Problem)
	}
	return modals.Notice("Could not create", strings.TrimSpace(sayNoClient(r, s.Problem)+" "+res.Next))
}

// told is the message that says what the modal would have said.
func (t *teller) told(r onboarding.Request, s onboarding.State, res modals.Result) modals.Message {
	switch r.Ending(s.Outcome, t.cfg.OnError).Asker {
	case onboarding.AnswerClient:
		return modals.Announcement(res)
	case onboarding.AnswerChoice:
		return modals.Question(res)
	case onboarding.AnswerDoubt:
		return modals.AskAgain(res)
	}
	return modals.Failure(res)
}

// viewNow is the modal of somebody whose request has just been stored, or joined another, perhaps
// with other words.
func (t *teller) viewNow(receipt onboarding.Receipt, asker string, own onboarding.Words) slack.ModalViewRequest {
	r, s := receipt.Request, receipt.State
	res := t.result(r, s)
	if receipt.Joined {
		res.Joined, res.Typed = r.By.ID != asker, t.otherWords(r, own.Draft)
	}
	switch {
	case s.Outcome != "":
		back, _ := readWayBack(r.Reply)
		return t.view(back, r, s, res, own)
	case receipt.Joined && r.By.ID != asker:
		return inHandView(r, res, sayInHand(r))
	default:
		return inHandView(r, res, sayProgress(r, s))
	}
}

// inHandView is the modal of a request that has not ended.
func inHandView(r onboarding.Request, res modals.Result, doing modals.Words) slack.ModalViewRequest {
	if r.Use != 0 || r.LookOnly {
		return modals.Checking(res, doing)
	}
	return modals.Creating(res, doing)
}

// form completes f with what every form has.
func (t *teller) form(a asked, f modals.Form) modals.Form {
	f.Connections = t.halos.names()
	if f.Draft.Connection == "" {
		f.Draft.Connection = f.Connections[0]
	}
	f.AskChannel, f.Channel = a.asksChannel(), a.Channel
	f.Filing = t.filing(a.wayBack, f.Draft.Connection, f.Filing.Ticked)
	if f.Draft.Connection != f.Connections[0] {
		f.Filing.Connection = f.Draft.Connection
	}
	f.Find = a.Message != "" && (a.Via == onboarding.ViaAlert || a.Email != "")
	f.Key = a.Key
	f.Metadata = a.metadata()
	if a.Verdict == draft.Failed && !a.Sure && f.Problem == "" && f.Notice == "" {
		f.Notice = sayForged // whichever way somebody came back to the form
	}
	return f
}

// retryForm is the form with everything that was typed and ticked, to be submitted again.
func (t *teller) retryForm(a asked, own onboarding.Words, s onboarding.State) modals.Form {
	form := modals.Form{Draft: own.Draft, Problem: s.Problem, Next: sayNext(s)}
	form.Filing.Ticked = []draft.Filing{}
	if own.Then != nil {
		form.Filing.Ticked = own.Then.What
	}
	return t.form(a, form)
}
