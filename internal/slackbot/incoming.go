package slackbot

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// person is whoever did something in Slack, as the payload tells it.
type person struct {
	ID        string
	Name      string
	Team      string // their own, or their organisation; "" when the payload does not say
	Workspace string // in which they did it; "" when the payload does not say
}

// asker is the person as a request knows them.
func (p person) asker() onboarding.Person { return onboarding.Person{ID: p.ID, Name: p.Name} }

// workspace is the first of ids that is a workspace's, and not an organisation's.
func workspace(ids ...string) string {
	for _, id := range ids {
		if strings.HasPrefix(id, "T") {
			return id
		}
	}
	return ""
}

// place is a channel.
type place struct{ ID, Name string }

// acker acknowledges an envelope; a socket is one.
type acker interface {
	// AckCtx queues an acknowledgement.
	AckCtx(ctx context.Context, envelopeID string, payload any) error
	// Written returns when what was queued is most likely on its way, or ctx has ended.
	Written(ctx context.Context)
	// IfAgain has do done whenever the acknowledgement had to be queued once more, since it may
	// have been lost, and is on its way again.
	IfAgain(envelopeID string, do func(context.Context))
}

// incoming is one envelope in hand.
type incoming struct {
	*router
	sock acker
	envelope

	who   person
	at    place  // where it happened, for the allow list and for answers
	url   string // response_url
	modal string // the id of the modal that it came from, or ""

	onHome bool // it came from the home tab

	mu    sync.Mutex
	acked bool
}

// ackTimeout bounds how long an acknowledgement may wait for a place in slack-go's queue, which
// has 20 and stands still while the socket is away.
const ackTimeout = 2 * time.Second

// maxAck is less than the 20 KB above which Slack drops an acknowledgement without a word.
const maxAck = 20_000

// ack acknowledges the envelope; only the first call does. A nil payload sends none.
func (in *incoming) ack(ctx context.Context, payload any) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.acked {
		return
	}
	in.acked = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
	defer cancel()
	if err := in.sock.AckCtx(ctx, in.ID, payload); err != nil {
		in.metrics.envelope("ack", "lost")
		in.log.WarnContext(ctx, "an acknowledgement was lost; Slack shows the person an error", "error", err)
	}
	in.work.acked()
}

// isAcked reports whether the envelope was acknowledged.
func (in *incoming) isAcked() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.acked
}

// ackErrors keeps the form open with a sentence under each named input.
func (in *incoming) ackErrors(ctx context.Context, errors map[string]string) {
	in.ack(ctx, slack.NewErrorsViewSubmissionResponse(errors))
}

// ackView replaces the submitted modal. A view too large for an acknowledgement is drawn by
// views.update instead.
func (in *incoming) ackView(ctx context.Context, v slack.ModalViewRequest) {
	payload := slack.NewUpdateViewSubmissionResponse(&v)
	if body, err := json.Marshal(payload); err == nil && len(body) < maxAck {
		in.ack(ctx, payload)
		return
	}
	wait := loadingView()
	in.ack(ctx, slack.NewUpdateViewSubmissionResponse(&wait))
	if _, err := in.views.update(ctx, in.modal, "", v); err != nil {
		in.log.WarnContext(ctx, "a modal could not be drawn", "error", explain(err))
	}
}

// to is the person of in, and the ways to show them something alone.
func (in *incoming) to() addressee {
	return addressee{user: in.who.ID, channel: in.at.ID, url: in.url, urlAt: time.Now()}
}

// beside tells the person in a sentence without touching what they pressed in.
func (in *incoming) beside(ctx context.Context, text string) { in.show(ctx, modals.Note(text)) }

// show shows m to the person alone.
func (in *incoming) show(ctx context.Context, m modals.Message) {
	if in.who.ID == "" {
		return
	}
	if err := in.web.aside(ctx, in.to(), m); err != nil {
		in.log.WarnContext(ctx, "a person could not be told", "error", explain(err))
	}
}

// say tells the person in a sentence: in the modal that they pressed in, else beside it.
func (in *incoming) say(ctx context.Context, text string) {
	if in.modal != "" {
		err := in.views.draw(ctx, in.modal, true, func() error {
			_, err := in.views.update(ctx, in.modal, "", modals.Notice(formTitle, text))
			return err
		})
		if err == nil {
			return
		}
	}
	in.beside(ctx, text)
}

// formTitle is the title of a modal that has no result to show.
const formTitle = "New Halo client"
