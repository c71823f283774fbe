package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/slackbot"
	"halobot/internal/text"
)

// alertCmd posts an unknown-sender alert, unless Halo knows the sender.
type alertCmd struct {
	Channel     string `placeholder:"ID" help:"Channel to post in (C0123ABCD)."`
	Email       string `placeholder:"ADDRESS" help:"The sender's address. Without it, a mail message is read from standard input."`
	SenderName  string `placeholder:"NAME" help:"The sender's name."`
	Subject     string `placeholder:"TEXT" help:"The mail's subject."`
	Ticket      string `placeholder:"ID" help:"The Halo ticket's id."`
	Name        string `placeholder:"NAME" help:"Client name to propose; guessed from the domain when left out."`
	Website     string `placeholder:"DOMAIN" help:"Website to propose; the address's domain when left out."`
	TradingName string `placeholder:"NAME" help:"Trading name to propose."`
	Notes       string `placeholder:"TEXT" help:"Notes to propose."`
	Connection  string `placeholder:"NAME" help:"Halo connection, one of HALO_CONNECTIONS; the first when left out."`
	OnError     string `placeholder:"WORD" help:"exception, bounce, continue, stop or stop_all; ON_ERROR when left out."`
	Print       bool   `xor:"output" help:"Print the message (JSON for chat.postMessage or an incoming webhook) instead of posting it."`
	JSON        bool   `name:"json" xor:"output" help:"Print what was done as JSON."`
}

// Help lists the exit codes.
func (alertCmd) Help() string {
	return `It looks first: a sender that Halo knows is not posted, and another mail of a company
whose alert is still open goes into that alert's thread. With --print it looks in Halo only,
and only where Halo is configured.

Where the bot's database can be written (DATABASE_URL), the mail is stored first and cannot be
lost: the bot that runs posts it, or, when none does, this command. A busy database is waited for,
half a minute at most. What takes longer than 20 seconds from then on is said to be kept, and is
posted later. The same mail delivered again joins the first.

Exit codes, with flags:
  0  posted, added to an open alert, or kept
  2  bad usage or configuration
  3  Halo knows the sender; nothing was posted
  4  Slack or Halo refused; not posted, though kept where there is the database
  5  Slack, Halo or the database did not answer; nothing was posted

Exit codes, with a mail on standard input (those of a mail pipe, sysexits.h):
  0   posted, added to an open alert, kept, or nothing to post: Halo knows the sender, or the
      mail is a bounce or an automatic reply. It says which
  65  the mail names no sender at all
  75  not posted: deliver the mail again later. Also for what somebody has to mend first
      (configuration, permissions), so that no mail is bounced for it`
}

// The exit codes of a mail pipe (sysexits.h).
const (
	exDataErr  = 65
	exTempFail = 75
)

// alertResult is what `bot alert --json` prints.
type alertResult struct {
	Outcome  string `json:"outcome"` // posted, added, known, ignored, kept
	Email    string `json:"email,omitempty"`
	Channel  string `json:"channel,omitempty"`
	TS       string `json:"ts,omitempty"`
	ThreadTS string `json:"thread_ts,omitempty"` // of the open alert, when added
	Client   *match `json:"client,omitempty"`    // when known
	User     string `json:"user,omitempty"`      // when known: the user with exactly this address
	Reason   string `json:"reason,omitempty"`    // when ignored, or kept
}

func (c alertCmd) Run(ctx context.Context, w *world) error {
	if c.Email != "" {
		return c.run(ctx, w, draft.Mail{Senders: []draft.Sender{{Source: draft.FromField, Name: c.SenderName, Email: c.Email}}}, exitExists)
	}
	if isTerminal(w.stdin) {
		return &exitError{exitInvalid, errors.New("whose mail is it? Give --email, or feed a mail message to standard input: bot alert --channel C0123ABCD < mail.eml")}
	}
	mail, err := draft.ReadMail(w.stdin)
	if err == nil {
		// Read the rest: a mailer takes a broken pipe for a failed delivery.
		_, err = io.Copy(io.Discard, w.stdin)
	} else if errors.Unwrap(err) == nil {
		return &exitError{exDataErr, err} // it was read, and it is the mail that is wrong
	}
	switch {
	case err != nil:
	case mail.Noise != "":
		c.note(ctx, w, mail)
		return c.ignored(w, mail.Noise)
	default:
		err = c.run(ctx, w, mail, exitOK)
	}
	if err != nil {
		return &exitError{exTempFail, err}
	}
	return nil
}

// ignored says that nobody has to be alerted of the mail.
func (c alertCmd) ignored(w *world, noise draft.Noise) error {
	if c.JSON {
		return printJSON(w.stdout, alertResult{Outcome: "ignored", Reason: string(noise)})
	}
	out := w.stdout
	if c.Print {
		out = w.stderr
	}
	_, err := fmt.Fprintf(out, "Nothing was posted: the mail is %s.\n", noise)
	return err
}

// isTerminal reports whether nothing can be read from r without somebody typing.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return r == nil
	}
	info, err := file.Stat()
	return err != nil || info.Mode()&os.ModeCharDevice != 0
}

var alertChannel = regexp.MustCompile(`^[CG][A-Z0-9]+$`)

// run posts the alert of mail and the flags. When Halo knows the sender, it ends with the exit code
// known.
func (c alertCmd) run(ctx context.Context, w *world, mail draft.Mail, known int) error {
	if err := c.usable(); err != nil {
		return err
	}
	cfg, err := c.configured(w)
	if err != nil {
		return err
	}
	all := connect(cfg, quietLog(cfg, w.stderr), prometheus.NewRegistry())
	if len(all) > 0 {
		if _, err := all.named(c.Connection); err != nil {
			return &exitError{exitInvalid, fmt.Errorf("nothing was posted. --connection: %w", err)}
		}
	}
	if !c.Print {
		receipt, err := c.store(ctx, w, cfg, all, mail)
		if err == nil {
			return c.answer(w, all, receipt, known)
		}
		if onboarding.Busy(err) {
			return c.notStored(err)
		}
		if !errors.Is(err, onboarding.ErrNoDatabase) {
			fmt.Fprintf(w.stderr, "bot: going on without the database, since the mail could not be stored first: %v\n", err)
		}
	}
	return c.atOnce(ctx, w, cfg, all, mail, known)
}

// atOnce posts without a database.
func (c alertCmd) atOnce(ctx context.Context, w *world, cfg config.Config, all connections, mail draft.Mail, known int) error {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout+slackPatience)
	defer cancel()
	settings := slackConfig(cfg, quietLog(cfg, w.stderr))
	settings.Halos = all.glancing(nil)
	bot := slackbot.New(settings)
	alert := mail.Alert(cfg.Mail).Under(c.said())
	r := onboarding.Reading{Alert: alert, Own: cfg.Mail.Own(alert.Email)}
	if !c.Print {
		var err error
		if r, err = bot.Read(ctx, onboarding.Mail{Mail: mail, Said: c.said()}); err != nil {
			return notPosted(err)
		}
	}
	if r.Alert.Email == "" {
		return &exitError{exitInvalid, errors.New("nothing was posted:\n  - --email is not an e-mail address")}
	}
	if len(all) > 0 && !r.Own {
		isKnown, err := c.look(ctx, w, bot, &r)
		if err != nil {
			return err
		}
		if isKnown {
			return c.known(w, all, r, known)
		}
	}
	if c.Print {
		return printJSON(w.stdout, bot.Payload(c.Channel, r))
	}
	posted, err := bot.PostNow(ctx, c.Channel, r)
	if err != nil {
		return notPosted(err)
	}
	return c.posted(w, r, posted)
}

// posted says where the alert is.
func (c alertCmd) posted(w *world, r onboarding.Reading, p onboarding.Posted) error {
	if p.Blind != "" {
		fmt.Fprintf(w.stderr, "bot: posted without looking for an open alert of this company: %s\n", p.Blind)
	}
	if r.Unasked != "" {
		fmt.Fprintf(w.stderr, "bot: posted without looking through all of Halo's clients: %s\n", text.Line(r.Unasked))
	}
	done := alertResult{Outcome: "posted", Email: r.Alert.Email, Channel: c.Channel, TS: p.TS, ThreadTS: p.ThreadTS}
	where := "posted in " + c.Channel
	if p.ThreadTS != "" {
		done.Outcome, where = "added", "added to the open alert in "+c.Channel
	}
	if c.JSON {
		return printJSON(w.stdout, done)
	}
	_, err := fmt.Fprintf(w.stdout, "%s: %s (%s)\n", text.Line(r.Alert.Email), where, p.TS)
	return err
}

// notStored is the error when the database did not store the mail in time. The command does not go
// on without it, as many mails at once would each ask Halo by themselves.
func (c alertCmd) notStored(err error) error {
	said, next := "nothing was posted: the bot's database is busy", "Try again."
	if maybe := (*onboarding.MaybeStoredError)(nil); errors.As(err, &maybe) {
		said, err = "the bot's database did not say whether the mail is kept", maybe.Err
		next = "If it is, it will be posted. Give the same mail again to be sure: it joins the first."
		if c.Email != "" { // which cannot be told from another mail of theirs
			next = "If it is, it will be posted. Look in the channel before you try again."
		}
	}
	return &exitError{exitUnreachable, fmt.Errorf("%s (%w). %s", said, err, next)}
}

// notPosted is the error when Slack kept the alert from being posted.
func notPosted(err error) error {
	code := exitRefused
	if slackbot.NotPosted(err) {
		code = exitUnreachable
	}
	return &exitError{code, fmt.Errorf("the alert was not posted. %w", err)}
}

// slackPatience bounds the posting of an alert, including the pauses that Slack asks for.
const slackPatience = 45 * time.Second

// usable says everything that is wrong with the flags.
func (c alertCmd) usable() error {
	var problems []string
	switch {
	case c.Channel == "" && c.Print: // an incoming webhook has its own
	case !alertChannel.MatchString(c.Channel):
		problems = append(problems, "--channel must be a channel's id (C0123ABCD): open the channel in Slack, click its name, and look at the bottom of the About tab.")
	}
	if c.Email != "" && draft.ParseAlert(c.Email).Email == "" {
		problems = append(problems, "--email is not an e-mail address.")
	}
	if _, ok := draft.ParseOnError(c.OnError); c.OnError != "" && !ok {
		problems = append(problems, "--on-error must be exception, bounce, continue, stop or stop_all.")
	}
	if len(problems) > 0 {
		return &exitError{exitInvalid, errors.New("nothing was posted.\n  - " + strings.Join(problems, "\n  - "))}
	}
	return nil
}

// said is what the flags say, which takes precedence over the mail.
func (c alertCmd) said() draft.Alert {
	return draft.Alert{
		Email: c.Email, SenderName: c.SenderName, Subject: c.Subject, TicketID: c.Ticket,
		Name: c.Name, Website: c.Website, TradingName: c.TradingName, Notes: c.Notes,
		Connection: c.Connection, OnError: draft.OnError(c.OnError),
	}
}

// configured reads the configuration. Printing needs no Halo: where none is configured, the result
// has none.
func (c alertCmd) configured(w *world) (config.Config, error) {
	if !c.Print {
		return config.Load(w.environ, ".env", config.Mail|config.Halo|config.BotToken)
	}
	cfg, err := config.Load(w.environ, ".env", config.Mail)
	if err != nil {
		return cfg, err
	}
	whole, err := config.Load(w.environ, ".env", config.Mail|config.Halo)
	if err != nil {
		fmt.Fprintln(w.stderr, "bot: Halo was not asked whether it knows the sender: it is not configured here. See bot check.")
		return cfg, nil
	}
	return whole, nil
}

// lookTimeout is how long Halo may take to say whether it knows the sender.
const lookTimeout = 30 * time.Second

// look asks Halo whether it knows the sender.
func (c alertCmd) look(ctx context.Context, w *world, bot *slackbot.Bot, r *onboarding.Reading) (known bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	r.Has, known, err = bot.Sender(ctx, *r)
	var failed *halo.Error
	switch {
	case err == nil:
		return known, nil
	case !errors.As(err, &failed):
		return false, err
	case failed.Own, ctx.Err() != nil:
		// The client list is too long to be read here. The alert's form looks again, in a bot
		// that has it at hand.
		r.Unasked = err.Error()
		return false, nil
	}
	code := exitUnreachable
	if failed.Outcome == halo.Refused {
		code = exitRefused
	}
	return false, &exitError{code, fmt.Errorf("the alert was not posted, since Halo could not say whether it knows the sender. %w", err)}
}

func (c alertCmd) known(w *world, all connections, r onboarding.Reading, code int) error {
	client := newMatch(r.Has.Client, "")
	if connection, err := all.named(r.Alert.Connection); err == nil {
		client.URL = connection.ClientURL(client.ID)
	}
	whom := "the company of " + text.Line(r.Alert.Email) + ","
	if r.Has.User != "" {
		whom = text.Line(r.Alert.Email) + ", " + text.Line(r.Has.User) + " of"
	}
	said := fmt.Sprintf("Nothing was posted. Halo knows %s %s (#%d): %s", whom, text.Line(client.Name), client.ID, client.URL)
	switch {
	case c.JSON:
		if err := printJSON(w.stdout, alertResult{Outcome: "known", Email: r.Alert.Email, Client: &client, User: r.Has.User}); err != nil {
			return err
		}
	case c.Print:
		fmt.Fprintln(w.stderr, said)
	default:
		fmt.Fprintln(w.stdout, said)
	}
	if code == exitOK {
		return nil
	}
	return &exitError{Code: code}
}
