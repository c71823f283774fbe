package onboarding

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"halobot/internal/halo"
	"halobot/internal/sandbox/localhalo"
)

// reach is a connection whose readings are dated by the lane's clock.
type reach struct {
	*halo.Connection
	lane *lane
}

func (r reach) FindByKey(ctx context.Context, key, name string) (halo.Carriers, error) {
	found, err := r.Connection.FindByKey(ctx, key, name)
	found.Since = r.lane.now()
	return found, err
}

// line takes a process's calls to the lane's Halo.
type line struct {
	*lane
	by *mortal
}

func (l line) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	if l.weather.HaloDown {
		return nil, errors.New("connect: connection refused")
	}
	in, out := r.Clone(r.Context()), httptest.NewRecorder()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	writes := r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/api/")
	if writes {
		effect := effects[l.weather.Post]
		effect.Hide = l.weather.Late
		l.halo.Inject(nil, 1, effect)
	}
	func() {
		defer func() {
			if p := recover(); p == http.ErrAbortHandler { //nolint:errorlint // it is thrown as it is
				err = io.ErrUnexpectedEOF
			} else if p != nil {
				panic(p)
			}
		}()
		l.halo.ServeHTTP(out, in)
	}()
	if writes {
		l.by.posted = true
		if l.weather.Die == suspended {
			l.suspend()
		}
	}
	if err != nil {
		return nil, err
	}
	return out.Result(), nil
}

// effects are the answers to a write.
var effects = map[answer]localhalo.Effect{
	storedAndLost: localhalo.StoreThenReset(),
	storedAnd503:  localhalo.StoreThenUnavailable(),
	lost:          localhalo.Reset(),
	only503:       localhalo.Unavailable(),
	refusedIt:     localhalo.Refuse(http.StatusBadRequest, localhalo.Sentence, "A cost centre is mandatory"),
	tooMany:       localhalo.TooMany(""),
}

// slackOf is a lane's Slack.
type slackOf lane

var errAway = errors.New("slack.com: timeout")

func (s *slackOf) reached() error {
	if s.weather.Slack {
		return errAway
	}
	return nil
}

func (*slackOf) Own(string) bool                            { return false }
func (s *slackOf) Permit(context.Context, Request) error    { return s.reached() }
func (s *slackOf) Progress(context.Context, *Telling) error { return s.reached() }
func (*slackOf) Surfaces(Telling) []Surface                 { return []Surface{"view"} }
func (s *slackOf) Tell(_ context.Context, _ Surface, t Telling) (string, error) {
	if err := s.reached(); err != nil {
		return "", err
	}
	who := telling{t.Request.Key, t.Request.Round, t.Request.By.ID, false, t.State.Outcome}
	if t.Joiner != nil {
		who.person, who.joined = t.Joiner.By.ID+" "+t.Joiner.Draft.Name, true
	}
	s.told[who] = true
	return "shown", nil
}
