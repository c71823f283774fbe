package slackbot

import (
	"context"
	"encoding/json"
	"html"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/text"
)

// runCommand answers /halo-new-client: the form, filled in from the text after it.
func (b *Bot) runCommand(ctx context.Context, in *incoming, c command) {
	if d := b.people.cheap(in.who, in.at.ID); d != nil {
		in.ack(ctx, map[string]string{"response_type": "ephemeral", "text": d.Reason})
		return
	}
	o := in.origin(viaCommand)
	f := modals.Form{Draft: parseCommand(c.Text)}
	b.offer(ctx, in, c.Trigger, o, f)
}

// origin is where in came from.
func (in *incoming) origin(via string) origin {
	return origin{
		Key: newKey(), Via: via, User: in.who.ID,
		Channel: in.at.ID, ChannelName: in.at.Name,
		URL: in.url, URLAt: time.Now().UTC().Truncate(time.Second),
	}
}

// parseCommand reads what was typed after the command: a website at its end, and a name.
func parseCommand(typed string) draft.Draft {
	words := strings.Fields(unlink(typed))
	if len(words) == 0 {
		return draft.Draft{}
	}
	var d draft.Draft
	if host, err := draft.ParseWebsite(words[len(words)-1]); err == nil {
		d.Website, words = host, words[:len(words)-1]
	}
	d.Name = text.Cut(strings.Join(words, " "), draft.MaxName)
	return d
}

// unlink is text without Slack's marks: <http://acme.com|acme.com> is acme.com, &amp; is &
// (docs.slack.dev/messaging/formatting-message-text).
func unlink(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "<")
		out.WriteString(before)
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, ">")
		if !closed {
			out.WriteString("<" + rest)
			break
		}
		target, label, labelled := strings.Cut(inside, "|")
		if !labelled {
			label = target
		}
		out.WriteString(label)
		text = after
	}
	return html.UnescapeString(out.String())
}

// offer opens f, and attends to it when that worked.
func (b *Bot) offer(ctx context.Context, in *incoming, trigger string, o origin, f modals.Form) {
	if v, ok := b.openForm(ctx, in, trigger, o, f); ok {
		b.attend(in.who, o, f, v)
	}
}

// attend does what is left to do beside a form that is open: find out whether its person may use
// it, and, only for those, what is known of the message that it is about.
func (b *Bot) attend(who person, o origin, f modals.Form, v opened) {
	b.work.aside(asideTime, func(ctx context.Context) {
		defer b.guard("attending to a form")
		if !b.turnAway(ctx, who, o, v) && o.Message != "" {
			b.inform(ctx, o, b.form(o, f), v)
		}
	})
}

// openForm acknowledges in and opens f at the same time, since a trigger lives three seconds;
// when that fails the person gets a button with a new trigger.
func (b *Bot) openForm(ctx context.Context, in *incoming, trigger string, o origin, f modals.Form) (opened, bool) {
	f = b.form(o, f)
	v, err := b.openAndAck(ctx, in, trigger, f.View())
	if err != nil {
		b.log.WarnContext(ctx, "a form could not be opened", "key", o.Key, "err", explain(err))
		if err := b.tell(ctx, o, modals.Reopen(sayNotOpened, reopenValue(o, f))); err != nil {
			b.log.WarnContext(ctx, "a person could not be told that their form did not open", "key", o.Key, "err", explain(err))
		}
		return opened{}, false
	}
	if h, ok := b.halo(f.Draft.Connection); ok {
		b.work.aside(time.Minute, h.Freshen)
	}
	return v, true
}

// openAndAck acknowledges in and opens v at the same time.
func (b *Bot) openAndAck(ctx context.Context, in *incoming, trigger string, v slack.ModalViewRequest) (opened, error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.ack(ctx, nil)
	}()
	w, err := b.open(ctx, trigger, v)
	<-done
	return w, err
}

// form completes f with what every form has.
func (b *Bot) form(o origin, f modals.Form) modals.Form {
	f.Connections = b.connections()
	if f.Draft.Connection == "" {
		f.Draft.Connection = f.Connections[0]
	}
	f.AskChannel, f.Channel = o.asksChannel(), o.Channel
	f.Key = o.Key
	f.Metadata = o.metadata()
	return f
}

// reopen is the value of the button that opens a form again.
type reopen struct {
	Origin origin      `json:"o"`
	Draft  draft.Draft `json:"d"`
	Notice string      `json:"n,omitempty"`
}

// maxValue is Slack's limit for a button's value, in characters.
const maxValue = 2000

// reopenValue packs a form into a button; what does not fit is left out, notes first.
func reopenValue(o origin, f modals.Form) string {
	// A click on the button brings its own response_url.
	o.URL, o.URLAt = "", time.Time{}
	r := reopen{Origin: o, Draft: f.Draft, Notice: f.Notice}
	for _, drop := range []func(){
		func() {},
		func() { r.Notice = "" },
		func() { r.Draft.Notes = text.Cut(r.Draft.Notes, 500) },
		func() { r.Draft.Notes = "" },
		func() { r.Draft.TradingName, r.Origin.Email = "", "" },
	} {
		drop()
		// Strings only: this cannot fail.
		if s, err := json.Marshal(r); err == nil && len([]rune(string(s))) <= maxValue {
			return string(s)
		}
	}
	s, _ := json.Marshal(reopen{Origin: origin{Key: o.Key, Via: o.Via, Channel: o.Channel, Thread: o.Thread, Alert: o.Alert}})
	return string(s)
}

// pressReopen opens the form that did not open the first time.
func (b *Bot) pressReopen(ctx context.Context, in *incoming, i interaction) {
	var r reopen
	if decode([]byte(i.Actions[0].Value), &r) != nil || r.Origin.Key == "" {
		in.ack(ctx, nil)
		b.say(ctx, in, sayNotFound)
		return
	}
	o := r.Origin
	o.User, o.URL, o.URLAt = in.who.ID, in.url, time.Now()
	if b.refused(ctx, in, b.asking(in)) || b.refused(ctx, in, o.Channel) {
		return
	}
	b.offer(ctx, in, i.Trigger, o, modals.Form{Draft: r.Draft, Notice: r.Notice})
}

// refused acknowledges in and tells the person so, when it is known at once that they may not.
func (b *Bot) refused(ctx context.Context, in *incoming, channel string) bool {
	d := b.people.cheap(in.who, channel)
	if d == nil {
		return false
	}
	in.ack(ctx, nil)
	b.say(ctx, in, d.Reason)
	return true
}

// say tells the person of in a sentence: in the modal that they pressed in, else beside it.
func (b *Bot) say(ctx context.Context, in *incoming, text string) {
	if in.modal != "" {
		err := b.views.draw(ctx, in.modal, true, func() error {
			return b.updateView(ctx, in.modal, "", modals.Notice("New Halo client", text))
		})
		if err == nil {
			return
		}
	}
	o := origin{User: in.who.ID, Channel: in.at.ID, URL: in.url, URLAt: time.Now()}
	if err := b.tell(ctx, o, modals.Note(text)); err != nil {
		b.log.WarnContext(ctx, "a person could not be told", "err", explain(err))
	}
}
