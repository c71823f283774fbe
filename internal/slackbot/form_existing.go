package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
)

// finder turns a form into one for a client that Halo has, and back.
type finder struct{ *forms }

// suggestTime bounds the check whether a person who types may see clients.
const suggestTime = time.Second

// suggest answers what is typed into "Find a client…" with clients from the list at hand.
func (f *finder) suggest(ctx context.Context, in *incoming, i interaction) {
	options := []*slack.OptionBlockObject{}
	defer func() { in.ack(ctx, map[string]any{"options": fitting(options)}) }()
	// Only those who may create clients may see a list of them.
	if _, no := isDenied(f.gate.atOnce(in.who, "")); no {
		return
	}
	asking, cancel := context.WithTimeout(ctx, suggestTime)
	defer cancel()
	if f.gate.member(asking, in.who, remembered) != nil {
		return
	}
	a, _ := readAsked(i.View.Metadata)
	h, ok := f.halos.named(f.chosen(a, i.View))
	if !ok {
		return
	}
	clients, ready := h.Search(i.Typed, maxOptions)
	for _, c := range clients {
		options = append(options, modals.ClientOption(f.halos.client(h.Name(), c)))
	}
	if !ready {
		options = append(options, modals.NoOption(sayStillReading))
	}
}

// maxOptions is how many choices Slack takes.
const maxOptions = 100

// fitting are as many of options as an acknowledgement has room for.
func fitting(options []*slack.OptionBlockObject) []*slack.OptionBlockObject {
	for len(options) > 0 && len(mustJSON(options)) > maxAck-1000 {
		options = options[:len(options)*3/4]
	}
	return options
}

// chosen is the connection that a form is for.
func (f *finder) chosen(a asked, v view) string {
	d, _ := modals.ReadForm(v.State.Values)
	return cmp.Or(d.Connection, a.UseIn, a.Connection, f.halos.names()[0])
}

// keptForm is what stood in a form before a client was chosen in it.
type keptForm struct {
	Draft   draft.Draft    `json:"draft"`
	Channel string         `json:"channel,omitempty"`
	Ticked  []draft.Filing `json:"ticked"`
}

// kept is what stood in a form, and whether it is still known.
func (f *forms) kept(ctx context.Context, view string, within time.Duration) (kept keptForm, known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	raw, known, err := f.requests.Form(ctx, view)
	if err == nil && known {
		err = json.Unmarshal(raw, &kept)
	}
	return kept, known, err
}

// choose turns the form into one for the client that was chosen, once what was typed is kept.
func (f *finder) choose(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, "") {
		return
	}
	in.ack(ctx, nil)
	a, ok := readAsked(i.View.Metadata)
	id, err := strconv.Atoi(i.Actions[0].Option.Value)
	if !ok || err != nil || id <= 0 {
		return // what was chosen is a sentence among the choices, and no client
	}
	connection := f.chosen(a, i.View)
	h, ok := f.halos.named(connection)
	if !ok {
		in.beside(ctx, sayNoConnection(connection))
		return
	}
	kept := keptForm{Ticked: append([]draft.Filing{}, modals.ReadTicked(i.View.State.Values)...)}
	kept.Draft, kept.Channel = modals.ReadForm(i.View.State.Values)
	storing, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := f.requests.KeepForm(storing, i.View.ID, mustJSON(kept)); err != nil {
		f.log.ErrorContext(ctx, "what stands in a form could not be kept", "request", a.Key, "error", err)
		in.beside(ctx, sayNotKept)
		return
	}
	client := halo.Client{ID: id, Name: "Client " + strconv.Itoa(id)}
	if found, _ := h.Search("#"+strconv.Itoa(id), 1); len(found) == 1 && found[0].ID == id {
		client = found[0]
	}
	a.Use, a.UseName, a.UseSite, a.UseIn, a.UseAt = id, client.Name, client.Website, h.Name(), h.Address()
	f.turn(ctx, in, modals.UseForm{
		Client: f.halos.client(h.Name(), client), Email: a.Email,
		Filing: f.filing(a.wayBack, h.Name(), kept.Ticked), Metadata: a.metadata(),
	}.View())
}

// pressed acknowledges what somebody did in a form, and reads what the form is for; not ok says that
// they were told why nothing comes of it.
func (f *finder) pressed(ctx context.Context, in *incoming, i interaction) (a asked, ok bool) {
	if f.gate.refused(ctx, in, "") {
		return asked{}, false
	}
	in.ack(ctx, nil)
	if a, ok = readAsked(i.View.Metadata); !ok {
		in.beside(ctx, sayBrokenForm)
	}
	return a, ok
}

// turn draws another view in the form.
func (f *finder) turn(ctx context.Context, in *incoming, v slack.ModalViewRequest) (hash string, ok bool) {
	err := f.views.draw(ctx, in.modal, true, func() (err error) {
		hash, err = f.views.update(ctx, in.modal, "", v)
		return err
	})
	if err != nil && !gone(err) {
		f.log.WarnContext(ctx, "a form could not be drawn anew", "error", explain(err))
		in.beside(ctx, orDead(err, sayPressAgain))
	}
	return hash, err == nil
}

// drawAgain draws a form anew, and attends to it as it is now.
func (f *finder) drawAgain(ctx context.Context, in *incoming, i interaction, a asked, form modals.Form) {
	if hash, ok := f.turn(ctx, in, f.teller.form(a, form).View()); ok {
		f.attend(in.who, a, form, opened{id: in.modal, hash: hash, root: cmp.Or(i.View.Root, in.modal), again: true})
	}
}

// pressInstead goes back to the form for a new client, with everything still typed.
func (f *finder) pressInstead(ctx context.Context, in *incoming, i interaction) {
	a, ok := f.pressed(ctx, in, i)
	if !ok {
		return
	}
	kept, known, err := f.kept(ctx, i.View.ID, storeTimeout)
	if err != nil {
		f.log.ErrorContext(ctx, "what stood in a form could not be read", "request", a.Key, "error", err)
		in.beside(ctx, sayNotKept)
		return
	}
	form := modals.Form{Sure: a.Sure}
	if !known {
		form.Notice = sayFormGone
	}
	a.Use, a.UseName, a.UseSite, a.UseIn, a.UseAt = 0, "", "", "", ""
	if kept.Channel != "" {
		a.Channel = kept.Channel
	}
	form.Draft, form.Filing.Ticked = kept.Draft, modals.ReadTicked(i.View.State.Values)
	if form.Filing.Ticked == nil {
		form.Filing.Ticked = []draft.Filing{}
	}
	if form.Draft.Connection == "" {
		form.Draft.Connection = cmp.Or(a.Connection, f.halos.names()[0])
	}
	f.drawAgain(ctx, in, i, a, form)
}
