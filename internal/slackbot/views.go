package slackbot

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"

	"halobot/internal/modals"
)

// views draws modals, and keeps each modal's updates in order: while a handler is between accepting a
// submission and having its answer on the way, nobody else draws that modal; and progress is
// never drawn over an outcome.
type views struct {
	web   *web
	work  *workers
	mu    sync.Mutex
	known *cache.Cache // view id → *viewState
}

type viewState struct {
	turn    chan struct{} // holds one token: whoever has it may draw
	waiting atomic.Int32  // drawers without a turn yet
	final   bool
	began   time.Time // when the last attempt in it did
	closed  chan struct{}
	shut    sync.Once // closes closed
}

func newViews(p *parts) *views {
	return &views{web: p.web, work: p.work, known: cache.New(time.Hour, 10*time.Minute)}
}

// viewTurn bounds how long a drawer waits for another one: longer than an acknowledgement
// takes, short enough that a handler that hangs does not keep the outcome from people.
const viewTurn = 4 * time.Second

func (o *views) state(id string) *viewState {
	// Add fails when there is one already, which then is the one to use.
	s := &viewState{turn: make(chan struct{}, 1), closed: make(chan struct{})}
	for o.known.Add(id, s, cache.DefaultExpiration) != nil {
		if v, ok := o.known.Get(id); ok {
			return v.(*viewState)
		}
	}
	return s
}

// wait waits for the turn to draw a view, and returns what gives it back.
func (s *viewState) wait(ctx context.Context) (release func()) {
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	timer := time.NewTimer(viewTurn)
	defer timer.Stop()
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }
	case <-timer.C:
	case <-ctx.Done():
	}
	return func() {}
}

// close notes that a person closed a modal, or all of those that were opened from it.
func (o *views) close(id string) {
	s := o.state(id)
	s.shut.Do(func() { close(s.closed) })
}

// whileOpen is ctx until the modal is closed: for what goes on beside it.
func (o *views) whileOpen(ctx context.Context, v opened) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	its, first := o.state(v.id).closed, o.state(v.root).closed
	go func() {
		defer cancel()
		select {
		case <-its:
		case <-first:
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// begin starts a new attempt in a modal: until release, nobody else draws it, and then progress
// may be drawn again. Without a modal it does nothing.
func (o *views) begin(ctx context.Context, id string) (release func()) {
	if id == "" {
		return func() {}
	}
	s := o.state(id)
	release = s.wait(ctx)
	o.mu.Lock()
	defer o.mu.Unlock()
	s.final, s.began = false, time.Now()
	return release
}

// attempt is when the last attempt in a modal began.
func (o *views) attempt(id string) time.Time {
	s := o.state(id)
	o.mu.Lock()
	defer o.mu.Unlock()
	return s.began
}

// awaited reports whether a drawer waits for its turn.
func (o *views) awaited(id string) bool { return o.state(id).waiting.Load() > 0 }

// draw waits for its turn and calls update. Progress (not final) is left out after an outcome.
func (o *views) draw(ctx context.Context, id string, final bool, update func() error) error {
	s := o.state(id)
	defer s.wait(ctx)()
	o.mu.Lock()
	skip := s.final && !final
	o.mu.Unlock()
	if skip {
		return nil
	}
	if err := update(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s.final = s.final || final
	return nil
}

// update replaces a modal and returns its new hash; the caller has the turn. With a hash, it
// replaces the modal only if it is still as it was then (else the error is overtaken). The error
// of a modal that was closed is gone.
func (o *views) update(ctx context.Context, id, hash string, v slack.ModalViewRequest) (string, error) {
	a, err := o.web.do(func(api *slack.Client) error {
		_, err := api.UpdateViewContext(ctx, v, "", hash, id)
		return err
	})
	return a.View.Hash, err
}

// refresh replaces a form that nobody has submitted yet, and leaves any other alone. It returns
// the view's new hash, or errMovedOn.
func (o *views) refresh(ctx context.Context, v opened, next slack.ModalViewRequest) (string, error) {
	hash, err := o.update(ctx, v.id, v.hash, next)
	if gone(err) || overtaken(err) {
		return "", errMovedOn
	}
	return hash, err
}

// errMovedOn says that a form was submitted or closed meanwhile.
var errMovedOn = errors.New("the form was submitted or closed meanwhile")

// overtaken reports whether a modal was drawn by somebody else since.
func overtaken(err error) bool { return code(err) == "hash_conflict" }

// outcome draws how an attempt in a modal ended, as view has it then.
func (o *views) outcome(ctx context.Context, id string, view func(context.Context) slack.ModalViewRequest) error {
	var hash string
	began := o.attempt(id)
	err := o.draw(ctx, id, true, func() (err error) {
		hash, err = o.update(ctx, id, "", view(ctx))
		return err
	})
	if err != nil || time.Since(began) > ackTravel {
		return err
	}
	// The attempt has only just been acknowledged. That travels by the socket and may reach
	// Slack after this, which it would draw over.
	again := func(ctx context.Context) {
		if !sleep(ctx, ackTravel) {
			return
		}
		_ = o.draw(ctx, id, true, func() error {
			if o.attempt(id) != began {
				return errMovedOn // progress of the new attempt is drawn as before
			}
			v := view(ctx)
			_, err := o.update(ctx, id, hash, v)
			if overtaken(err) {
				_, err = o.update(ctx, id, "", v)
			}
			return err
		})
	}
	if !o.work.finish(handlerTimeout, again) {
		again(ctx) // a stop waits for this announcement
	}
	return nil
}

// ackTravel is more than an acknowledgement takes to Slack.
const ackTravel = time.Second

// opened is a modal just opened, or drawn anew.
type opened struct {
	id, hash string
	// root is the modal that all of them on the screen were opened from, which may be itself: Slack
	// names that one when a person closes all at once.
	root string
	// again says that it was open before: something may have been typed in it.
	again bool
}

// open opens a modal. It is the first call after a click.
func (o *views) open(ctx context.Context, trigger string, v slack.ModalViewRequest) (opened, error) {
	a, err := o.web.do(func(api *slack.Client) error {
		_, err := api.OpenViewContext(ctx, trigger, v)
		return err
	})
	return opened{id: a.View.ID, root: cmp.Or(a.View.Root, a.View.ID), hash: a.View.Hash}, err
}

// loadingView is shown where the content must be fetched first.
func loadingView() slack.ModalViewRequest { return modals.Notice("One moment", sayLoading) }
