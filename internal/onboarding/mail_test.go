package onboarding

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// mailroom posts mails as its test says, and remembers them.
type mailroom struct {
	mu     sync.Mutex
	sender func() (*halo.Sender, bool, error)
	post   func(n int) error // n counts from 1
	posts  int
	posted []Reading
}

func (o *mailroom) Read(_ context.Context, m Mail) (Reading, error) {
	return Reading{Alert: m.Mail.Alert(draft.Rules{}).Under(m.Said)}, nil
}

func (o *mailroom) Sender(context.Context, Reading) (*halo.Sender, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sender == nil {
		return nil, false, nil
	}
	return o.sender()
}

func (o *mailroom) Post(_ context.Context, _ Mail, r Reading) (Posted, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.posts++
	if o.post != nil {
		if err := o.post(o.posts); err != nil {
			return Posted{}, err
		}
	}
	o.posted = append(o.posted, r)
	return Posted{TS: r.Alert.Email}, nil
}

func (o *mailroom) done() []Reading {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.posted)
}

// deliver starts a service that posts through o.
func deliver(t *testing.T, databaseURL string, work Work, o *mailroom) *Service {
	t.Helper()
	s, err := Open(t.Context(), Config{DatabaseURL: databaseURL, Work: work, MailChannel: "C1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.PostMails(o)
	if work == WorkAll {
		if err := s.Start(t.Context(), &people{}, &people{}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// from is a mail that came so long ago.
func from(sender string, ago time.Duration) Mail {
	return Mail{
		Key: "mail-" + sender, Channel: "C1", At: time.Now().Add(-ago),
		Mail: draft.Mail{Senders: []draft.Sender{{Source: draft.FromField, Name: "N\x00N", Email: sender}}},
	}
}

func storeMail(t *testing.T, s *Service, m Mail) MailReceipt {
	t.Helper()
	r, err := s.StoreMail(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func awaitMail(t *testing.T, s *Service, m Mail) (r MailReceipt) {
	t.Helper()
	await(t, "the end of "+m.Key, func() bool {
		var err error
		r, _, err = s.FindMail(t.Context(), m.Key)
		return err == nil && r.State.Outcome != ""
	})
	return r
}

func TestALookThatCannotBeHadHoldsAnAlertUpForAMinute(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		away := &halo.Error{Outcome: halo.NotDone, Message: "Halo cannot be reached"}
		o := &mailroom{sender: func() (*halo.Sender, bool, error) { return nil, false, away }}
		s := deliver(t, db, WorkAll, o)
		m := from("jane@acme.example", lookPatience-2*time.Second)
		storeMail(t, s, m)
		storeMail(t, s, from("joe@acme.example", lookPatience)) // behind it
		r := awaitMail(t, s, m)
		if r.State.Outcome != MailPosted || !strings.Contains(r.State.Reading.Unasked, "Halo cannot be reached") {
			t.Errorf("it is %+v", r.State)
		}
		if took := r.State.Ended.Sub(r.Mail.At); took < lookPatience || took > lookPatience+30*time.Second {
			t.Errorf("it took %v", took)
		}
		awaitMail(t, s, from("joe@acme.example", 0))
		if got := o.done(); len(got) != 2 || got[0].Alert.Email != "jane@acme.example" || got[1].Unasked == "" {
			t.Errorf("posted were %+v", got)
		}
	})
}

func TestWhatHaloRefusesToSayHoldsNoAlertUp(t *testing.T) {
	t.Parallel()
	o := &mailroom{sender: func() (*halo.Sender, bool, error) {
		return nil, false, &halo.Error{Outcome: halo.Refused, Message: "Forbidden"}
	}}
	s := deliver(t, "sqlite:"+t.TempDir()+"/bot.db", WorkAll, o)
	m := from("jane@acme.example", 0)
	storeMail(t, s, m)
	if r := awaitMail(t, s, m); r.State.Outcome != MailPosted || r.State.Reading.Unasked == "" || r.State.Ended.Sub(m.At) > lookPatience/2 {
		t.Errorf("it is %+v", r.State)
	}
}

func TestMailsThatCannotBePostedAreTriedAgainAndKeptTheirPlace(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		refused := &MendError{Err: errors.New("no such channel")}
		o := &mailroom{post: func(n int) error {
			switch n {
			case 1:
				return errors.New("Slack is away")
			case 2:
				return &LaterError{After: 10 * time.Millisecond, Err: errors.New("later")}
			case 4:
				return refused
			}
			return nil
		}}
		s := deliver(t, db, WorkNothing, o)
		var all []Mail
		for _, sender := range []string{"a@one.example", "b@two.example", "c@three.example"} {
			m := from(sender, 0)
			if r := storeMail(t, s, m); r.Joined {
				t.Errorf("%s joined %+v", sender, r)
			}
			if r := storeMail(t, s, m); !r.Joined {
				t.Errorf("%s did not join", sender)
			}
			all = append(all, m)
		}
		deliver(t, db, WorkAll, o)
		for _, m := range all {
			if r := awaitMail(t, s, m); r.State.Outcome != MailPosted || r.State.Posted.TS == "" || r.State.Problem != "" {
				t.Errorf("%s is %+v", m.Key, r.State)
			}
		}
		var got []string
		for _, r := range o.done() {
			got = append(got, r.Alert.Email)
		}
		// The second one was refused, and is tried again after those behind it.
		if want := []string{"a@one.example", "c@three.example", "b@two.example"}; !slices.Equal(got, want) {
			t.Errorf("posted were %q, want %q", got, want)
		}
		if list, err := s.Mails(t.Context(), Query{Limit: 2}); err != nil || len(list) != 2 || list[0].Mail.Key != all[2].Key {
			t.Errorf("the history is %+v, %v", list, err)
		}
	})
}

// Two would post in another order than that of the mails.
func TestOneProcessAtATimePostsMails(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		o := &mailroom{}
		bot := deliver(t, db, WorkAll, o)
		command := deliver(t, db, WorkMails, o)
		if stands, err := command.StandIn(t.Context()); err != nil || stands {
			t.Errorf("beside a bot, a command stands in: %v, %v", stands, err)
		}
		if err := bot.Close(); err != nil {
			t.Fatal(err)
		}
		await(t, "the command to stand in", func() bool {
			stands, err := command.StandIn(t.Context())
			return err == nil && stands
		})
		m := from("jane@acme.example", 0)
		storeMail(t, command, m)
		awaitMail(t, command, m)
	})
}

func TestACommandMakesNoDatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		config := Config{DatabaseURL: db, Existing: true, Work: WorkMails, MailChannel: "C1", Log: slog.New(slog.DiscardHandler)}
		if _, err := Open(t.Context(), config); !errors.Is(err, ErrNoDatabase) {
			t.Errorf("Open returned %v", err)
		}
		deliver(t, db, WorkNothing, &mailroom{})
		s, err := Open(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
