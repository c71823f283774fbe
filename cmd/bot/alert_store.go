package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
	"halobot/internal/text"
)

const (
	// storePatience bounds the storing of a mail, since others may be ahead of it at the database.
	storePatience = 30 * time.Second
	// answerPatience is how long the command waits for what becomes of a stored mail.
	answerPatience = 20 * time.Second
	// partingPatience is how long it waits after that for what is on its way to Slack.
	partingPatience = 5 * time.Second
	// glanceRequests is how many requests to Halo a command makes for one mail at most.
	glanceRequests = 3
)

// store stores the mail in the bot's database and waits for what becomes of it, at most for
// answerPatience. It posts the mail itself while no bot is running to do so. After an error nothing
// was stored, or it is not known whether something was.
func (c alertCmd) store(ctx context.Context, w *world, cfg config.Config, all connections, mail draft.Mail) (onboarding.MailReceipt, error) {
	requests, receipt, err := c.keep(ctx, w, cfg, mail)
	if err != nil {
		return receipt, err
	}
	defer requests.Close() //nolint:errcheck // everything is committed by then
	for _, connection := range all {
		connection.Keep(requests)
	}
	settings := slackConfig(cfg, quietLog(cfg, w.stderr))
	settings.Requests, settings.Halos = requests, all.glancing(requests)
	requests.PostMails(slackbot.New(settings))
	return await(ctx, requests, receipt), nil
}

// keep opens the bot's database and stores the mail.
func (c alertCmd) keep(ctx context.Context, w *world, cfg config.Config, mail draft.Mail) (requests *onboarding.Service, receipt onboarding.MailReceipt, err error) {
	where, err := config.Load(w.environ, ".env", config.Database)
	if err != nil {
		return nil, receipt, err
	}
	stored := onboarding.Mail{Key: c.key(mail), Channel: c.Channel, Mail: mail, Said: c.said()}
	err = insist(ctx, func(ctx context.Context) (err error) {
		requests, err = onboarding.Open(ctx, onboarding.Config{
			DatabaseURL: where.Database,
			Existing:    true,
			Work:        onboarding.WorkMails,
			MailChannel: c.Channel,
			Log:         quietLog(cfg, w.stderr),
		})
		if err != nil {
			return err
		}
		if receipt, err = requests.StoreMail(ctx, stored); err != nil {
			return errors.Join(err, requests.Close())
		}
		return nil
	})
	return requests, receipt, err
}

// insist calls store again while the database is busy, for storePatience at most. Once it is not
// known whether something was stored, no later error says that nothing was.
func insist(ctx context.Context, store func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	inDoubt := false
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := store(ctx)
		switch {
		case err == nil:
			return nil
		case errors.As(err, new(*onboarding.MaybeStoredError)):
			inDoubt = true
		case inDoubt:
			err = &onboarding.MaybeStoredError{Err: err}
		}
		if !onboarding.Busy(err) || !sleep(ctx, pause) {
			return err
		}
	}
}

// key identifies the mail in this channel. A mail that only flags describe gets a new key every
// time.
func (c alertCmd) key(mail draft.Mail) string {
	return "mail-" + cmp.Or(mail.Key, strings.ToLower(rand.Text())) + "-" + c.Channel
}

// await waits until a stored mail has ended, or cannot go on before a person mends something; at
// most for answerPatience.
func await(ctx context.Context, requests *onboarding.Service, r onboarding.MailReceipt) onboarding.MailReceipt {
	waiting, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	standsIn, before := false, r.State.Failures
	look := func(ctx context.Context) {
		if found, known, err := requests.FindMail(ctx, r.Mail.Key); err == nil && known {
			r = found
		}
	}
	for pause := 5 * time.Millisecond; r.State.Outcome == "" && !(r.State.Mend && r.State.Failures > before) && sleep(waiting, pause); pause = min(pause*3/2, 500*time.Millisecond) {
		if !standsIn {
			// After an error it asks again, the next time round; the mail is safe meanwhile.
			standsIn, _ = requests.StandIn(waiting)
		}
		look(waiting)
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingPatience)
	defer cancel()
	_ = requests.Stop(parting)
	if r.State.Outcome == "" {
		look(context.WithoutCancel(ctx))
	}
	return r
}

// answer says what became of a stored mail.
func (c alertCmd) answer(w *world, all connections, r onboarding.MailReceipt, known int) error {
	s := r.State
	switch {
	case s.Outcome == onboarding.MailPosted, s.Outcome == onboarding.MailAdded:
		return c.posted(w, s.Reading, s.Posted)
	case s.Outcome == onboarding.MailKnown:
		return c.known(w, all, s.Reading, known)
	case s.Outcome == onboarding.MailIgnored:
		return c.ignored(w, r.Mail.Mail.Noise)
	case s.Outcome == onboarding.MailGivenUp:
		return &exitError{exitRefused, fmt.Errorf("the alert was not posted, and will not be tried again. %s",
			sentence(s.Problem)+" Create the client by hand if it needs one.")}
	case s.Mend:
		return &exitError{exitRefused, fmt.Errorf("the alert is not posted yet. The mail is kept, and will be posted once this is fixed. %s", sentence(s.Problem))}
	}
	if c.JSON {
		return printJSON(w.stdout, alertResult{Outcome: "kept", Channel: c.Channel, Reason: s.Problem})
	}
	said := fmt.Sprintf("The mail is kept, and will be posted in %s.", c.Channel)
	if s.Problem != "" {
		said += " Not yet: " + sentence(s.Problem)
	}
	_, err := fmt.Fprintln(w.stdout, text.Line(said))
	return err
}

// note stores a mail that nobody has to be alerted of, for the history, where there is a database.
func (c alertCmd) note(ctx context.Context, w *world, mail draft.Mail) {
	if c.Print || c.usable() != nil {
		return
	}
	cfg, err := c.configured(w)
	if err != nil {
		return
	}
	requests, _, err := c.keep(ctx, w, cfg, mail)
	switch {
	case err == nil:
		_ = requests.Close() // everything is committed
	case !errors.Is(err, onboarding.ErrNoDatabase) && ctx.Err() == nil:
		fmt.Fprintf(w.stderr, "bot: the mail is not in the history: %v\n", err)
	}
}

// glancing is a connection that a command uses sparingly: it makes at most glanceRequests for a
// mail, and, counted together with the other mails of the last minute, no more than two thirds of
// the requests that the bot may make in a minute: the bot may have run within it.
type glancing struct {
	*halo.Connection
	lately func(context.Context, time.Duration) (mails int, err error) // nil = not known
}

func (g glancing) FindSender(ctx context.Context, email string) (*halo.Sender, error) {
	if most := g.RequestsPerMinute(); g.lately != nil && most > 0 {
		mails, err := g.lately(ctx, halo.CeilingWindow)
		if err != nil {
			return nil, err
		}
		if (mails+1)*glanceRequests > most*2/3 {
			return nil, &halo.Error{Outcome: halo.NotDone, Own: true, Message: "More mails came within a minute than Halo may be asked about."}
		}
	}
	return g.GlanceSender(ctx, email, glanceRequests)
}

// glancing are the connections as a command beside the bot uses them.
func (cs connections) glancing(requests *onboarding.Service) []slackbot.Halo {
	list := make([]slackbot.Halo, len(cs))
	for i, c := range cs {
		g := glancing{Connection: c}
		if requests != nil {
			g.lately = requests.MailsEnded
		}
		list[i] = g
	}
	return list
}
