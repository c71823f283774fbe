package slackbot

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// How a filing's end is told.
const (
	inAnswer onboarding.Surface = "answer" // the message that names the client, drawn anew
	inThread onboarding.Surface = "thread" // a message about what was not filed
)

var filedPlaces = map[onboarding.Surface]func(*occasion, context.Context) (string, error){
	inAnswer: (*occasion).redrawAnswer,
	onAlert:  (*occasion).redrawAlert,
	inModal:  (*occasion).redrawModals,
	inReport: (*occasion).reportStep,
	inThread: func(o *occasion, ctx context.Context) (string, error) {
		first, err := o.first(ctx)
		if err != nil {
			return "", err
		}
		return o.postStep(ctx, first)
	},
}

// filedSurfaces are where a filing's end is told. What is done is added where the client was told
// of. What is not done also gets a message of its own, since nobody is notified that a message has
// changed. A workflow gets both as outputs.
func (o *occasion) filedSurfaces() (list []onboarding.Surface) {
	add := func(where onboarding.Surface, wanted bool) {
		if wanted {
			list = append(list, where)
		}
	}
	people := o.back.Step == ""
	add(inAnswer, people)
	add(onAlert, people && o.back.Alert != "")
	add(inModal, people)
	add(inThread, people && o.s.Outcome != onboarding.Done)
	add(inReport, o.reportsStep())
	return list
}

// reportsStep reports whether SLACK_ERROR_CHANNEL is told how a filing ended: when it failed in a
// way that would be reported of a create, and when it takes an administrator to mend it.
func (o *occasion) reportsStep() bool {
	if o.cfg.ErrorChannel == "" {
		return false
	}
	switch o.s.Outcome {
	case onboarding.Unconfirmed:
		return true
	case onboarding.Refused, onboarding.Unreachable:
		return o.s.Configuration || o.end.Report == onboarding.ReportFailure
	case onboarding.Left:
		return o.s.NotFiled == onboarding.NotNoScope || o.s.NotFiled == onboarding.NotNoCatchAll
	}
	return false
}

// reportStep tells SLACK_ERROR_CHANNEL. Only a workflow's filing has its buttons there, since a
// workflow has no thread for them.
func (o *occasion) reportStep(ctx context.Context) (string, error) {
	first, err := o.first(ctx)
	if err != nil {
		return "", err
	}
	step := o.step(onboarding.Receipt{Request: o.r, State: o.s})
	if o.back.Step == "" {
		step.Again, step.Move = "", ""
	}
	return o.web.post(ctx, o.r.Key+" report", o.cfg.ErrorChannel, "", modals.ReportStep(first.res, step))
}

// first is the telling of the request that got the client of a filing.
func (o *occasion) first(ctx context.Context) (*occasion, error) {
	receipt, known, err := o.requests.Find(ctx, o.r.File.Of)
	if err != nil {
		return nil, err
	}
	if !known { // the request is not kept any more
		receipt.Request, receipt.State.Client = o.r, &o.r.File.Client
	}
	first, _ := o.occasion(onboarding.Telling{Request: receipt.Request, State: receipt.State, Now: o.now})
	return first, nil
}

// posted is the ts of the message that names the client; "" when it is not known, or the message
// cannot be changed.
func (o *occasion) posted() string {
	if ts := o.mark(inChannel); messageTS.MatchString(ts) {
		return ts
	}
	return ""
}

var messageTS = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)

// answerPatience is how long a filing's end waits for the message that names its client.
const answerPatience = time.Minute

// redrawAnswer adds what was filed to the message that names the client; where that cannot be
// changed, a message says it.
func (o *occasion) redrawAnswer(ctx context.Context) (string, error) {
	first, err := o.first(ctx)
	if err != nil {
		return "", err
	}
	ts := first.posted()
	posts := first.back.Step == "" && len(first.r.Reply) > 0
	if ts == "" && posts && first.mark(inChannel) == "" && o.waited() < answerPatience {
		return "", &onboarding.LaterError{After: time.Second, Err: errors.New("the client was not told of yet")}
	}
	if ts != "" {
		err = first.upToDate(ctx, func() error {
			_, err := o.web.send(modals.Announcement(first.res), func(api *slack.Client, m modals.Message) error {
				_, _, _, err := api.UpdateMessageContext(ctx, first.r.Place.ID, ts, options(m)...)
				return err
			})
			return err
		})
		if !forGood(err) {
			return "done", err
		}
		o.log.WarnContext(ctx, "the message that names a client cannot be changed", "error", explain(err))
	}
	if o.s.Outcome != onboarding.Done {
		return "not needed", nil // a message is on its way anyhow
	}
	return o.postStep(ctx, first)
}

// redrawAlert adds what was filed to the alert's line.
func (o *occasion) redrawAlert(ctx context.Context) (string, error) {
	first, err := o.first(ctx)
	if err != nil {
		return "", err
	}
	return first.alert(ctx)
}

// modalOpen is how long a modal that shows a client may stay open and still be redrawn.
const modalOpen = time.Hour

// redrawModals adds what was filed to the modals in which the client, or any filing of it, was asked
// for, where they are still open.
func (o *occasion) redrawModals(ctx context.Context) (string, error) {
	first, err := o.first(ctx)
	if err != nil || first.waited() > modalOpen {
		return "not needed", err
	}
	filings, err := o.requests.Filings(ctx, first.r.Key)
	if err != nil {
		return "", err
	}
	whose := map[string]string{first.back.View: first.r.By.ID}
	for _, f := range filings {
		back, _ := readWayBack(f.Request.Reply)
		whose[back.View] = f.Request.By.ID
	}
	delete(whose, "") // asked for without one
	for view, person := range whose {
		// Somebody who joined the request is also shown what they typed themselves.
		typed, err := o.requests.Typed(ctx, first.r.Key, person)
		if err != nil {
			return "", err
		}
		shown := *first
		shown.back.View, shown.files, shown.res.Typed = view, true, nil
		shown.res.Joined = person != first.r.By.ID
		if typed != nil {
			shown.res.Typed = o.otherWords(first.r, typed.Draft)
		}
		err = shown.upToDate(ctx, func() error { _, err := shown.modal(ctx); return err })
		if err != nil {
			return "", err
		}
	}
	return markDone, nil
}

// postStep posts what became of one step where the client was told of.
func (o *occasion) postStep(ctx context.Context, first *occasion) (string, error) {
	m := modals.StepEnded(first.res, o.step(onboarding.Receipt{Request: o.r, State: o.s}))
	return o.publish(ctx, m, o.r.Place, cmp.Or(o.back.Thread, first.posted()), o.back.URL)
}

// upToDate draws what depends on the client's filings, and draws it again when one ended meanwhile:
// whichever of several drawers is last has seen all that the others have drawn.
func (o *occasion) upToDate(ctx context.Context, draw func() error) error {
	var last []onboarding.Receipt
	for try := 0; ; try++ {
		filings, err := o.requests.Filings(ctx, o.r.Key)
		if err != nil {
			return err
		}
		same := slices.EqualFunc(filings, last, func(a, b onboarding.Receipt) bool {
			return a.Request.Key == b.Request.Key && a.Request.Round == b.Request.Round && a.State.Outcome == b.State.Outcome
		})
		if try > 0 && same || try == 5 {
			return nil
		}
		last = filings
		o.noteFilings(&o.res, o.r, o.back, filings)
		if err := draw(); err != nil {
			return err
		}
	}
}

// noteFilings notes in res how the filings of r's client stand.
func (t *teller) noteFilings(res *modals.Result, r onboarding.Request, back wayBack, filings []onboarding.Receipt) {
	var asked []draft.Filing
	if r.Then != nil {
		asked = slices.Clone(r.Then.What)
	}
	ended := map[draft.Filing]bool{}
	res.Steps = nil
	for _, f := range filings {
		asked = append(asked, f.Request.File.What)
		if f.State.Outcome != "" {
			ended[f.Request.File.What] = true
			res.Steps = append(res.Steps, t.step(f))
		}
	}
	res.Follows = slices.ContainsFunc(asked, func(what draft.Filing) bool { return !ended[what] })
	res.CanFile = slices.ContainsFunc(t.filing(back, r.Draft.Connection, nil).Offered, func(what draft.Filing) bool {
		return !slices.Contains(asked, what)
	})
}

// step is how a filing that has ended is shown.
func (t *teller) step(f onboarding.Receipt) modals.Step {
	file, s := f.Request.File, f.State
	h, _ := t.halos.named(f.Request.Draft.Connection)
	step := modals.Step{What: file.What, Done: s.Outcome == onboarding.Done, Says: sayFiled(f, h), Word: string(s.Outcome)}
	ticket := "ticket #" + ticketNumber(f)
	briefs := map[draft.Filing][2]string{
		draft.FileUser:   {file.Filing.Email + " not added", file.Filing.Email + " is its user"},
		draft.FileTicket: {ticket + " not moved", ticket + " moved"},
		draft.FileDomain: {file.Filing.Domain + " not set", "mails from " + file.Filing.Domain + " match it"},
	}
	step.Brief = briefs[file.What][0]
	if step.Done {
		step.Brief, step.Word = briefs[file.What][1], string(s.Filed)
		if file.What == draft.FileTicket && s.Filed == onboarding.FiledAlready {
			step.Brief = ticket + " is on it"
		}
		if warning := warningOf(s); warning != "" {
			step.Says = append(step.Says, modals.Piece{Text: " Halo said: " + warning})
		}
		return step
	}
	if s.Outcome == onboarding.Left {
		step.Word = string(s.NotFiled)
	}
	if !slices.Contains(hopeless, s.NotFiled) {
		step.Again = again{Of: file.Of, What: file.What}.value()
	}
	if s.NotFiled == onboarding.NotTheSenders && s.Ticket != nil {
		step.Move = again{Of: file.Of, What: file.What, Sender: onboarding.Sender(*s.Ticket)}.value()
		step.Confirm = sayMoveAnyway(f)
	}
	return step
}

// hopeless are the reasons that another try cannot mend.
var hopeless = []onboarding.NotFiled{
	onboarding.NotForged, onboarding.NotNoAddress, onboarding.NotOwnDomain, onboarding.NotACompanys, onboarding.NotHere, onboarding.NotThatClient,
}

func warningOf(s onboarding.State) string {
	switch {
	case s.Ticket != nil && s.Ticket.Warning != "":
		return s.Ticket.Warning
	case s.User != nil:
		return s.User.Warning
	}
	return ""
}

// again is the value of a button that has a filing tried once more.
type again struct {
	Of     string       `json:"k"`
	What   draft.Filing `json:"w"`
	Sender string       `json:"s,omitempty"` // the ticket's sender, as the person was shown it
}

func (a again) value() string { return string(mustJSON(a)) }
