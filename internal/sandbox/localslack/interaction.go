package localslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// What a person sees when an interaction fails. Interaction.Wait returns them.
var (
	// ErrTimeout: the app did not acknowledge within three seconds.
	ErrTimeout = errors.New("operation_timeout: the app did not respond in time")
	// ErrNoSocket: there was no connection to send it to.
	ErrNoSocket = errors.New("dispatch_failed: the app has no connection")
	// ErrTrouble: a submission's answer was not one that Slack can show.
	ErrTrouble = errors.New("trouble connecting: the app's answer could not be shown")
	// ErrClosed: the workspace was closed.
	ErrClosed = errors.New("local Slack closed")
)

// Interaction is something that a person (or a flow) did and the app is told of.
type Interaction struct {
	EnvelopeID  string
	Type        string // slash_commands, interactive, events_api
	Payload     json.RawMessage
	TriggerID   string
	ResponseURL string // "" where there is none

	s       *Slack
	user    string
	channel string
	ended   chan struct{}
	once    sync.Once
	ack     Ack
	err     error
	sent    chan struct{} // closed when a socket took the envelope
	sentOne sync.Once
	sentAt  time.Time     // when an envelope was last handed to a socket; guarded by s.mu
	shown   chan struct{} // closed when a modal was opened by it
	view    *View
	opening time.Duration    // from sentAt to the arrival of the call that opened it
	acked   ackFunc          // kept for redelivery
	choices []map[string]any // what a block_suggestion was answered with
}

// Ack is the app's acknowledgement.
type Ack struct {
	Payload json.RawMessage // nil without
	After   time.Duration   // from sending the envelope
	Action  string          // a submission's response_action
}

func (s *Slack) newInteraction(kind, user, channel string) *Interaction {
	return &Interaction{
		EnvelopeID: secret(), Type: kind, s: s, user: user, channel: channel,
		ended: make(chan struct{}), sent: make(chan struct{}), shown: make(chan struct{}),
	}
}

// Wait returns the acknowledgement, or why there is none: ErrTimeout, ErrNoSocket, ErrTrouble.
// An event waits through its redeliveries.
func (i *Interaction) Wait(ctx context.Context) (Ack, error) {
	select {
	case <-i.ended:
		return i.ack, i.err
	case <-ctx.Done():
		return Ack{}, fmt.Errorf("waiting for the app to acknowledge: %w", context.Cause(ctx))
	}
}

// Sent returns when the envelope was written to a socket.
func (i *Interaction) Sent(ctx context.Context) error {
	select {
	case <-i.sent:
		return nil
	case <-i.ended:
		return i.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Opened returns the modal that the app opened with this interaction's trigger, as it was
// opened.
func (i *Interaction) Opened(ctx context.Context) (*View, error) {
	select {
	case <-i.shown:
		return i.view, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a modal: %w", context.Cause(ctx))
	case <-i.s.done:
		return nil, ErrClosed
	}
}

// SentAt is when the envelope was handed to a socket, the last time if there were several.
func (i *Interaction) SentAt() time.Time {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	return i.sentAt
}

// OpenedAfter is the time from then to the arrival of the call that opened a modal, once
// Opened has returned it. What Slack itself needs to open one is not in it.
func (i *Interaction) OpenedAfter() time.Duration {
	i.s.mu.Lock()
	defer i.s.mu.Unlock()
	return i.opening
}

// openedView is called with mu held, once: a trigger works once.
func (i *Interaction) openedView(v *View) {
	i.view, i.opening = v, i.s.arrived.Sub(i.sentAt)
	close(i.shown)
}

func (i *Interaction) end(a Ack, err error) {
	i.once.Do(func() {
		i.ack, i.err = a, err
		close(i.ended)
	})
}
