package slackbot

import (
	"context"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// forms open the form in which a client is described, and take what is submitted in it.
type forms struct {
	*parts
	intake *intake
	gate   *gate
	teller *teller
	views  *views
}

// offer opens f, and attends to it when that worked.
func (f *forms) offer(ctx context.Context, in *incoming, trigger string, a asked, form modals.Form) {
	if v, ok := f.open(ctx, in, trigger, a, form); ok {
		f.attend(in.who, a, form, v)
	}
}

// open acknowledges in and opens form at the same time, since a trigger lives three seconds; when
// that fails the person gets a button with a new trigger.
func (f *forms) open(ctx context.Context, in *incoming, trigger string, a asked, form modals.Form) (opened, bool) {
	form = f.teller.form(a, form)
	v, err := f.openAndAck(ctx, in, trigger, form.View())
	if err != nil {
		f.log.WarnContext(ctx, "a form could not be opened", "request", a.Key, "error", explain(err))
		if deadTokens[code(err)] {
			in.beside(ctx, sayDead)
		} else {
			in.show(ctx, modals.Reopen(sayNotOpened, reopenValue(a, form)))
		}
		return opened{}, false
	}
	if h, ok := f.halos.named(form.Draft.Connection); ok {
		f.work.aside(time.Minute, h.Freshen)
	}
	return v, true
}

// closed ends what goes on beside a form that a person closed.
func (f *forms) closed(ctx context.Context, in *incoming, i interaction) {
	f.views.close(i.View.ID)
	in.ack(ctx, nil)
}

// openAndAck acknowledges in and opens v at the same time.
func (f *forms) openAndAck(ctx context.Context, in *incoming, trigger string, v slack.ModalViewRequest) (opened, error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.ack(ctx, nil)
	}()
	w, err := f.views.open(ctx, trigger, v)
	<-done
	return w, err
}

// reopen is the value of the button that opens a form again.
type reopen struct {
	Asked  asked       `json:"o"`
	Draft  draft.Draft `json:"d"`
	Notice string      `json:"n,omitempty"`
}

// maxValue is Slack's limit for a button's value, in characters.
const maxValue = 2000

// reopenValue packs a form into a button; what does not fit is left out, notes first.
func reopenValue(a asked, form modals.Form) string {
	// A click on the button brings its own response_url.
	a.URL, a.URLAt = "", time.Time{}
	r := reopen{Asked: a, Draft: form.Draft, Notice: form.Notice}
	for _, drop := range []func(){
		func() {},
		func() { r.Notice = "" },
		func() { r.Draft.Notes = text.Cut(r.Draft.Notes, 500) },
		func() { r.Draft.Notes = "" },
		func() { r.Draft.TradingName, r.Asked.Email = "", "" },
	} {
		drop()
		if s := mustJSON(r); len([]rune(string(s))) <= maxValue {
			return string(s)
		}
	}
	return string(mustJSON(reopen{Asked: asked{Key: a.Key, Via: a.Via, Channel: a.Channel, wayBack: wayBack{Thread: a.Thread, Alert: a.Alert}}}))
}

// pressReopen opens the form that did not open the first time.
func (f *forms) pressReopen(ctx context.Context, in *incoming, i interaction) {
	var r reopen
	if decode([]byte(i.Actions[0].Value), &r) != nil || r.Asked.Key == "" {
		in.ack(ctx, nil)
		in.say(ctx, sayNotFound)
		return
	}
	if f.gate.refused(ctx, in, f.gate.asking(in)) || f.gate.refused(ctx, in, r.Asked.Channel) {
		return
	}
	r.Asked.wayBack = r.Asked.clicked(in.url)
	f.offer(ctx, in, i.Trigger, r.Asked, modals.Form{Draft: r.Draft, Notice: r.Notice})
}

// pressTryAgain opens the form of a request that failed, with everything still filled in. The
// form comes first, since a trigger lives three seconds; what it holds is fetched then.
func (f *forms) pressTryAgain(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, f.gate.asking(in)) {
		return
	}
	id := in.modal
	if id == "" {
		v, err := f.openAndAck(ctx, in, i.Trigger, loadingView())
		if err != nil {
			f.log.WarnContext(ctx, "a form could not be opened", "error", explain(err))
			in.beside(ctx, orDead(err, sayPressAgain))
			return
		}
		id = v.id
	}
	in.ack(ctx, nil)
	v := f.viewAgain(ctx, in, i.Actions[0].Value)
	err := f.views.draw(ctx, id, true, func() error {
		_, err := f.views.update(ctx, id, "", v)
		return err
	})
	if err != nil && !gone(err) {
		f.log.WarnContext(ctx, "a form could not be filled in", "error", explain(err))
		in.beside(ctx, orDead(err, sayPressAgain))
	}
}

// viewAgain is the modal for "Try again": the form, unless its person may not, or the request
// has come further since. A workflow step's request is not a person's to try again.
func (f *forms) viewAgain(ctx context.Context, in *incoming, key string) slack.ModalViewRequest {
	if err := f.gate.member(ctx, in.who, remembered); err != nil {
		reason, no := isDenied(err)
		if !no {
			reason = orDead(err, sayUnverified.String())
		}
		return notAllowed(reason)
	}
	receipt, known, err := f.intake.find(ctx, key)
	if err != nil {
		return modals.Notice(formTitle, sayNotKept)
	}
	a, ok := askedAgain(receipt.Request)
	if !known || !ok || a.Step != "" {
		return modals.Notice(formTitle, sayNotFound)
	}
	a.wayBack = a.clicked(in.url)
	if s := receipt.State; s.Outcome != onboarding.Exists && receipt.Request.Ending(s.Outcome, "").Frees {
		own, err := f.typed(ctx, receipt.Request, in.who)
		if err != nil {
			return modals.Notice(formTitle, sayNotKept)
		}
		return f.teller.retryForm(a, own, s).View()
	}
	receipt.Joined = true
	return f.teller.viewNow(receipt, in.who.ID, receipt.Request.Words())
}

// typed are a person's own words: those with which they joined r, else r's.
func (f *forms) typed(ctx context.Context, r onboarding.Request, who person) (onboarding.Words, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	own, err := f.requests.Typed(ctx, r.Key, who.ID)
	if err != nil || own == nil {
		return r.Words(), err
	}
	return *own, nil
}

// pressHomeNew opens a form from the home tab, which is in no channel.
func (f *forms) pressHomeNew(ctx context.Context, in *incoming, i interaction) {
	f.openEmpty(ctx, in, i, onboarding.ViaHome)
}

// chooseGlobal answers the global shortcut, which happens in no channel: the form asks for one.
func (f *forms) chooseGlobal(ctx context.Context, in *incoming, i interaction) {
	f.openEmpty(ctx, in, i, onboarding.ViaShortcut)
}

// openEmpty opens a form that asks for the channel to answer in.
func (f *forms) openEmpty(ctx context.Context, in *incoming, i interaction, via onboarding.Via) {
	if !f.gate.refused(ctx, in, "") {
		f.offer(ctx, in, i.Trigger, in.asked(via), modals.Form{})
	}
}

// asked is what a form needs to know of in.
func (in *incoming) asked(via onboarding.Via) asked {
	return asked{Key: newKey(), Via: via, Channel: in.at.ID, ChannelName: in.at.Name, wayBack: wayBack{Workspace: in.who.Workspace}.clicked(in.url)}
}
