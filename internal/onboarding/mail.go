package onboarding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Mail is a mail that is to become an alert in a channel, unless Halo knows its sender.
type Mail struct {
	// Key is the same when the mail is delivered again: it then joins the first.
	Key     string     `json:"key" river:"unique"`
	Channel string     `json:"channel"`
	Mail    draft.Mail `json:"mail"`
	// Said is what the command line says over the mail, the Halo connection for one.
	Said draft.Alert `json:"said"`
	At   time.Time   `json:"at"`
}

// mailKind names the job; part of what is stored.
const mailKind = "post_alert"

var mails = []string{mailKind}

// Kind implements river.JobArgs.
func (Mail) Kind() string { return mailKind }

// InsertOpts gives each channel a queue of its own, which one worker serves: its alerts come in
// the order in which the mails came.
func (m Mail) InsertOpts() river.InsertOpts {
	return river.InsertOpts{
		Queue:       mailQueue(m.Channel),
		MaxAttempts: maxAttempts,
		UniqueOpts:  river.UniqueOpts{ByArgs: true, ByState: rivertype.JobStates()},
	}
}

func mailQueue(channel string) string { return "mail-" + strings.ToLower(channel) }

// MailOutcome is what became of a mail.
type MailOutcome string

// The outcomes. The empty one is of a mail that is still to be posted.
const (
	MailPosted  MailOutcome = "posted"
	MailAdded   MailOutcome = "added"   // into the thread of an open alert
	MailKnown   MailOutcome = "known"   // to Halo: nothing was posted
	MailIgnored MailOutcome = "ignored" // a bounce or an automatic reply: nothing was posted
	MailGivenUp MailOutcome = "given up"
)

var mailOutcomes = []MailOutcome{MailPosted, MailAdded, MailKnown, MailIgnored, MailGivenUp}

// Reading is a mail as the MSP's rules and Halo have it.
type Reading struct {
	Alert draft.Alert `json:"alert"`
	// Own says that only an address of the MSP's own is known.
	Own bool `json:"own,omitempty"`
	// Has is whom Halo has by the sender's address.
	Has *halo.Sender `json:"has,omitempty"`
	// Unasked says why Halo could not be asked; "" when it was, or there was no need to.
	Unasked string `json:"unasked,omitempty"`
}

// Posted is an alert as it stands in Slack.
type Posted struct {
	TS string `json:"ts,omitempty"`
	// ThreadTS is of the open alert that this mail was added to; "" when it has one of its own.
	ThreadTS string `json:"thread_ts,omitempty"`
	// Blind says why no open alert was looked for; "" when one was, or when the bot is simply not
	// meant to read the channel.
	Blind string `json:"blind,omitempty"`
}

// MailState is how far a mail has come.
type MailState struct {
	Outcome MailOutcome `json:"outcome,omitempty"`
	Reading Reading     `json:"reading,omitzero"`
	Posted  Posted      `json:"posted,omitzero"`
	// Problem is why it is not posted yet, a sentence, and Mend that it takes a person to mend
	// that. Failures counts how often there was one, and Since is when the first came up.
	Problem  string    `json:"problem,omitempty"`
	Mend     bool      `json:"mend,omitempty"`
	Failures int       `json:"failures,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
}

// MailReceipt is a mail and how it stands.
type MailReceipt struct {
	Mail   Mail // as stored: the first one's when it was delivered again
	State  MailState
	Joined bool // the same mail had been stored before
	job    int64
}

// Poster reads mails and posts alerts. Its errors may pass, after as long as a *LaterError says,
// unless they are a *MendError.
type Poster interface {
	// Read says what alert a mail is to become, by the MSP's rules.
	Read(ctx context.Context, m Mail) (Reading, error)
	// Sender asks Halo whom it has by the alert's address; known says that nobody has to do
	// anything about the mail. The error is a *halo.Error or the context's.
	Sender(ctx context.Context, r Reading) (sender *halo.Sender, known bool, err error)
	// Post posts the alert, or finds the one that an earlier call has posted, where it can.
	Post(ctx context.Context, m Mail, r Reading) (Posted, error)
}

// MendError is one that takes a person to mend it.
type MendError struct{ Err error }

func (e *MendError) Error() string { return e.Err.Error() }
func (e *MendError) Unwrap() error { return e.Err }

// StoreMail stores m durably, to be posted by the process that serves its channel; a mail that was
// stored before is joined, and tried now if it waits to be tried again. With a *MaybeStoredError it is
// not known whether it was stored, with any other error it was not.
func (s *Service) StoreMail(ctx context.Context, m Mail) (receipt MailReceipt, err error) {
	if m.At.IsZero() {
		m.At = s.clock.now().UTC()
	}
	m.Mail = printableMail(m.Mail)
	err = s.queue.together(ctx, []string{"key " + m.Key, mailQueue(m.Channel)}, func(tx jobs) error {
		first, err := mailRow(ctx, tx, m.Key)
		if err != nil {
			return err
		}
		if first != nil {
			receipt, err = decodeMail(first)
			receipt.Joined, receipt.job = true, first.ID
			return err
		}
		receipt = MailReceipt{Mail: m}
		return tx.insert(ctx, m)
	})
	if err != nil {
		return MailReceipt{}, fmt.Errorf("store the mail: %w", err)
	}
	if receipt.Joined && receipt.State.Outcome == "" {
		if err := s.queue.hasten(ctx, receipt.job); err != nil {
			s.log.Info("a mail that was delivered again is not tried before its time", "mail", m.Key, "error", err)
		}
	}
	return receipt, nil
}

// printableMail drops U+0000, which Postgres cannot keep.
func printableMail(m draft.Mail) draft.Mail {
	drop := func(s string) string { return strings.ReplaceAll(s, "\x00", "") }
	out := m
	out.Subject, out.Senders, out.Results = drop(m.Subject), nil, nil
	for _, s := range m.Senders {
		out.Senders = append(out.Senders, draft.Sender{Source: s.Source, Name: drop(s.Name), Email: drop(s.Email)})
	}
	for _, r := range m.Results {
		out.Results = append(out.Results, drop(r))
	}
	return out
}

// FindMail returns the mail with a key, and whether it is known.
func (s *Service) FindMail(ctx context.Context, key string) (MailReceipt, bool, error) {
	row, err := mailRow(ctx, s.queue, key)
	if err != nil || row == nil {
		return MailReceipt{}, false, err
	}
	found, err := decodeMail(row)
	return found, err == nil, err
}

// mailRow is the job of a mail; nil when there is none.
func mailRow(ctx context.Context, in lister, key string) (*rivertype.JobRow, error) {
	rows, err := in.list(ctx, selection{kinds: mails, key: new(key), most: 1})
	if err != nil {
		return nil, fmt.Errorf("look up mail %s: %w", key, err)
	}
	if len(rows) == 0 {
		return nil, nil //nolint:nilnil // not stored is an answer of its own
	}
	return rows[0], nil
}

func decodeMail(row *rivertype.JobRow) (MailReceipt, error) {
	var out MailReceipt
	err := json.Unmarshal(row.EncodedArgs, &out.Mail)
	if output := row.Output(); err == nil && len(output) > 0 {
		err = json.Unmarshal(output, &out.State)
	}
	if err != nil {
		return MailReceipt{}, fmt.Errorf("read mail %d: %w", row.ID, err)
	}
	if out.Mail.Mail.Noise != "" { // from the start, whether somebody has come to it or not
		out.State.Outcome = MailIgnored
	}
	return out, nil
}

// MailsEnded counts the mails that ended lately.
func (s *Service) MailsEnded(ctx context.Context, lately time.Duration) (int, error) {
	return s.queue.endedSince(ctx, mailKind, s.clock.now().Add(-lately))
}

// Mails lists what became of mails, newest first; q.By is no concern of theirs.
func (s *Service) Mails(ctx context.Context, q Query) ([]MailReceipt, error) {
	var out []MailReceipt
	q.By = ""
	err := s.page(ctx, mails, q, func(row *rivertype.JobRow) error {
		m, err := decodeMail(row)
		out = append(out, m)
		return err
	})
	return out, err
}

// ErrNoDatabase says that there is no database yet that a bot has made.
var ErrNoDatabase = errors.New("no bot has made the database that DATABASE_URL names")
