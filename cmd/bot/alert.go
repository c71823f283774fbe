package main

import (
	"cmp"
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
	"halobot/internal/modals"
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

Exit codes, with flags:
  0  posted, or added to an open alert
  2  bad usage or configuration
  3  Halo knows the sender; nothing was posted
  4  Slack or Halo refused; nothing was posted
  5  Slack or Halo did not answer; nothing was posted

Exit codes, with a mail on standard input (those of a mail pipe, sysexits.h):
  0   posted, added to an open alert, or nothing to post: Halo knows the sender, or the mail
      is a bounce or an automatic reply. It says which
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
	Outcome  string `json:"outcome"` // posted, added, known, ignored
	Email    string `json:"email,omitempty"`
	Channel  string `json:"channel,omitempty"`
	TS       string `json:"ts,omitempty"`
	ThreadTS string `json:"thread_ts,omitempty"` // of the open alert, when added
	Client   *match `json:"client,omitempty"`    // when known
	User     string `json:"user,omitempty"`      // the same, when a user has exactly this address
	Reason   string `json:"reason,omitempty"`    // when ignored
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
		// A mailer takes a broken pipe for a failed delivery.
		_, err = io.Copy(io.Discard, w.stdin)
	} else if errors.Unwrap(err) == nil {
		return &exitError{exDataErr, err} // it was read, and it is the mail that is wrong
	}
	switch {
	case err != nil:
	case mail.Noise != "":
		return c.ignored(w, mail.Noise)
	default:
		err = c.run(ctx, w, mail, exitOK)
	}
	if err != nil {
		return &exitError{exTempFail, err}
	}
	return nil
}

// ignored says that the mail is one that nobody has to be alerted of.
func (c alertCmd) ignored(w *world, noise draft.Noise) error {
	if c.JSON {
		return printJSON(w.stdout, alertResult{Outcome: "ignored", Reason: string(noise)})
	}
	out := w.stdout
	if c.Print {
		out = w.stderr
	}
	_, err := fmt.Fprintf(out, "The mail is %s. Nothing was posted.\n", noise)
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

// run posts the alert of mail and the flags. A sender that Halo knows ends it with the code known.
func (c alertCmd) run(ctx context.Context, w *world, mail draft.Mail, known int) error {
	if err := c.usable(); err != nil {
		return err
	}
	cfg, err := c.configured(w)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout+slackPatience)
	defer cancel()
	var bot *slackbot.Bot
	rules := cfg.Mail
	if !c.Print {
		bot = slackbot.New(slackConfig(cfg, quietLog(cfg, w.stderr)))
		if rules, err = bot.MailRules(ctx); err != nil {
			return notPosted(err)
		}
	}
	alert := c.over(mail.Alert(rules))
	if alert.Email == "" {
		return &exitError{exitInvalid, errors.New("nothing was posted.\n  - --email is no e-mail address.")}
	}
	in := modals.Arrival{Alert: alert, Own: rules.Own(alert.Email)}
	if len(cfg.Halo) > 0 {
		sender, err := c.look(ctx, w, cfg, &in)
		if err != nil {
			return err
		}
		if sender != nil {
			return c.known(w, alert, sender, known)
		}
	}
	if c.Print {
		return printJSON(w.stdout, slackbot.AlertPayload(c.Channel, in))
	}
	posted, err := bot.PostAlert(ctx, c.Channel, in)
	if err != nil {
		return notPosted(err)
	}
	if posted.Blind != nil {
		fmt.Fprintf(w.stderr, "bot: posted without a look for an open alert of this company: %s\n", posted.Blind.What)
	}
	done := alertResult{Outcome: "posted", Email: alert.Email, Channel: c.Channel, TS: posted.TS, ThreadTS: posted.ThreadTS}
	where := "posted in " + c.Channel
	if posted.ThreadTS != "" {
		done.Outcome, where = "added", "added to the open alert in "+c.Channel
	}
	if c.JSON {
		return printJSON(w.stdout, done)
	}
	_, err = fmt.Fprintf(w.stdout, "%s: %s (%s)\n", text.Line(alert.Email), where, posted.TS)
	return err
}

// notPosted is the end without an alert for which Slack is to blame.
func notPosted(err error) error {
	code := exitRefused
	if p := (*slackbot.Problem)(nil); errors.As(err, &p) && p.Passing {
		code = exitUnreachable
	}
	return &exitError{code, fmt.Errorf("the alert was not posted. %w", err)}
}

// slackPatience bounds the posting of an alert with the pauses that Slack asks for.
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
		problems = append(problems, "--email is no e-mail address.")
	}
	if _, ok := draft.ParseOnError(c.OnError); c.OnError != "" && !ok {
		problems = append(problems, "--on-error must be exception, bounce, continue, stop or stop_all.")
	}
	if len(problems) > 0 {
		return &exitError{exitInvalid, errors.New("nothing was posted.\n  - " + strings.Join(problems, "\n  - "))}
	}
	return nil
}

// over is the mail's alert with what the flags say over it, as the button's value has it: what is
// posted here and what is clicked are one.
func (c alertCmd) over(a draft.Alert) draft.Alert {
	a.Email = cmp.Or(c.Email, a.Email)
	a.SenderName = cmp.Or(c.SenderName, a.SenderName)
	a.Subject = cmp.Or(c.Subject, a.Subject)
	a.TicketID = cmp.Or(c.Ticket, a.TicketID)
	a.Name, a.Website, a.TradingName, a.Notes = c.Name, c.Website, c.TradingName, c.Notes
	a.Connection, a.OnError = c.Connection, draft.OnError(c.OnError)
	return draft.ParseAlert(a.Value())
}

// configured reads the configuration. Printing needs no Halo: without one the result has none.
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

// look asks Halo whether it knows the sender, and puts into the alert what it has. An address of
// the MSP's own is nobody whom it could know.
func (c alertCmd) look(ctx context.Context, w *world, cfg config.Config, in *modals.Arrival) (*knownSender, error) {
	alert := in.Alert
	all := connect(cfg, quietLog(cfg, w.stderr), prometheus.NewRegistry())
	connection, err := all.named(alert.Connection)
	if err != nil {
		return nil, &exitError{exitInvalid, fmt.Errorf("nothing was posted. --connection: %w", err)}
	}
	if alert.TicketID != "" {
		in.TicketURL = connection.TicketURL(alert.TicketID)
	}
	if in.Own {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	sender, err := connection.FindSender(ctx, alert.Email)
	var failed *halo.Error
	switch {
	case err == nil && sender == nil:
		return nil, nil
	case err == nil && (sender.Standing != halo.Known || draft.IsRelay(alert.Email)):
		why, ok := whyNotKnown[sender.Standing]
		if !ok {
			why = "but behind this address others write too"
		}
		in.Has = &modals.Found{User: sender.User, Why: why, Client: modals.Client{
			ID: sender.Client.ID, Name: sender.Client.Name, URL: connection.ClientURL(sender.Client.ID),
		}}
		return nil, nil
	case err == nil:
		return &knownSender{*sender, connection.ClientURL(sender.Client.ID)}, nil
	case !errors.As(err, &failed):
		return nil, err
	case failed.Own, ctx.Err() != nil:
		// The client list is too long to be read here in time. The alert's form looks again,
		// in a bot that has it at hand.
		fmt.Fprintf(w.stderr, "bot: posted without a look at all of Halo's clients: %v\n", err)
		return nil, nil
	}
	code := exitUnreachable
	if failed.Outcome == halo.Refused {
		code = exitRefused
	}
	return nil, &exitError{code, fmt.Errorf("the alert was not posted, since Halo could not say whether it knows the sender. %w", err)}
}

// whyNotKnown ends the alert's sentence on whom Halo has.
var whyNotKnown = map[halo.Standing]string{
	halo.UnderCatchAll:  "which unknown senders are filed under",
	halo.InactiveUser:   "where the user is inactive",
	halo.InactiveClient: "which is inactive",
}

// knownSender is a sender that Halo knows, and the link to the client.
type knownSender struct {
	halo.Sender
	url string
}

func (c alertCmd) known(w *world, alert draft.Alert, sender *knownSender, code int) error {
	client := newMatch(sender.Client, sender.url)
	whom := "a sender of"
	if sender.User != "" {
		whom = text.Line(sender.User) + " of"
	}
	said := fmt.Sprintf("Halo knows %s: %s %s (#%d): %s. Nothing was posted.", text.Line(alert.Email), whom, text.Line(client.Name), client.ID, client.URL)
	switch {
	case c.JSON:
		if err := printJSON(w.stdout, alertResult{Outcome: "known", Email: alert.Email, Client: &client, User: sender.User}); err != nil {
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
