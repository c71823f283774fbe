package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os/user"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// createCmd creates a client as the modal does: it looks first, survives being killed, and
// makes at most one client for a key.
type createCmd struct {
	Name        string   `required:"" help:"Client name."`
	Website     string   `placeholder:"DOMAIN" help:"Website; later mails are matched to the client by it."`
	TradingName string   `placeholder:"NAME" help:"Trading name."`
	Notes       string   `placeholder:"TEXT" help:"Notes."`
	Sender      string   `placeholder:"ADDRESS" help:"Who wrote, for --filing."`
	SenderName  string   `placeholder:"NAME" help:"The sender's name; made from the address when left out."`
	Ticket      string   `placeholder:"NUMBER" help:"The sender's ticket, for --filing."`
	Filing      string   `placeholder:"WORDS" help:"What to file once there is a client, with commas: user (the sender becomes a user of it), ticket (the ticket moves to it), domain (Halo matches later mails of the sender's domain to it). Nothing else is filed, whatever HALO_FILING says."`
	Connection  string   `placeholder:"NAME" help:"Halo connection, one of HALO_CONNECTIONS; the first when left out."`
	IfExists    string   `enum:"use,create,fail" default:"use" help:"When Halo has a client with the same name or website: ${enum} (${default})."`
	Key         shellKey `placeholder:"KEY" help:"Names this request: run again with the same key, it goes on where it was, and never makes a second client. Made up when left out."`
	Wait        patience `placeholder:"DURATION" help:"Stop waiting after so long (30s, 5m); the request stays in the database. Without it a Halo that does not answer is waited for up to 15 minutes."`
	JSON        bool     `name:"json" help:"Print JSON: id, name, toplevel_id, website, url, created, filed; or why there is no client."`
}

// Help lists the exit codes.
func (createCmd) Help() string {
	return `Exit codes:
  0  created, or the client that was there is used
  2  bad usage or configuration
  3  it exists, and --if-exists is fail; or several clients match
  4  Halo refused
  5  Halo did not answer in time; nothing was created
  6  unconfirmed: it was sent to Halo, which did not answer. Do not create it by hand; run the
     same command again with the same --key
  7  the client is there, and not everything of --filing was filed; run it again with the same
     --key to try what is left once more`
}

// The exit codes of requests that ended without a client, or not all filed.
const (
	exitExists      = 3
	exitRefused     = 4
	exitUnreachable = 5
	exitUnconfirmed = 6
	exitNotFiled    = 7
)

// createdClient is what a script gets.
type createdClient struct {
	ID         int    `json:"id"`
	Name       string `json:"name"`
	TopLevelID int    `json:"toplevel_id"`
	Website    string `json:"website"`
	URL        string `json:"url"`
	Created    bool   `json:"created"`
	Filed      *filed `json:"filed,omitempty"`
}

// notCreated is what it gets instead.
type notCreated struct {
	Error   string  `json:"error"`
	Outcome string  `json:"outcome"` // exists, refused, unreachable, unconfirmed; "" while it is in hand
	Found   []match `json:"found,omitempty"`
	Key     string  `json:"key"`
}

func (c createCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Halo|config.Database|config.Mail)
	if err != nil {
		return err
	}
	log := quietLog(cfg, w.stderr)
	all := connect(cfg, log, prometheus.NewRegistry())
	connection, request, err := c.request(all, cfg.Mail)
	if err != nil {
		return err
	}
	requests, err := onboarding.Open(ctx, onboarding.Config{
		DatabaseURL: cfg.Database,
		Halos:       all.forRequests(),
		Work:        onboarding.WorkShell,
		Settle:      cfg.SettleTime,
		Log:         log,
	})
	if err != nil {
		return err
	}
	defer requests.Close() //nolint:errcheck // everything is committed by then
	if made := requests.Made(); made != "" {
		fmt.Fprintf(w.stderr, "bot create %s %s\n", made, onboarding.OtherDatabase)
	}
	for _, c := range all {
		c.Keep(requests)
	}

	receipt, err := requests.Submit(ctx, request)
	if errors.As(err, new(*onboarding.MaybeStoredError)) {
		return fmt.Errorf("the request may have been stored or not. Run it again with --key %s: that is safe, and never makes a second client (%w)", c.Key, err)
	}
	if err != nil {
		return fmt.Errorf("the request was not stored, and this run created nothing: %w", err)
	}
	if receipt.Joined && !sameWish(receipt.Request, request) {
		return &exitError{exitInvalid, fmt.Errorf("the key %s belongs to an earlier request, for %q. Give each client a key of its own", c.Key, receipt.Request.Draft.Name)}
	}
	if c.Wait > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.Wait))
		defer cancel()
	}
	j := &shellJob{
		requests: requests, connection: connection, rules: cfg.Mail, news: progress{out: w.stderr}, receipt: receipt, then: request.Then,
		file: receipt.Joined && (receipt.State.Outcome != "" || !reflect.DeepEqual(receipt.Request.Then, request.Then)),
	}
	if err := j.work(ctx); err != nil {
		return err
	}
	return c.answer(w, connection, j.receipt, newFiled(j.then, j.filings))
}

// request is what the flags ask for. Everything that is wrong with them is in the error.
func (c *createCmd) request(all connections, rules draft.Rules) (*halo.Connection, onboarding.Request, error) {
	var problems []string
	connection, err := all.named(c.Connection)
	if err != nil {
		problems = append(problems, "--connection: "+err.Error()+".")
		connection = all[0]
	}
	d, invalid := draft.Draft{
		Connection:  connection.Name(),
		Name:        c.Name,
		Website:     c.Website,
		TradingName: c.TradingName,
		Notes:       c.Notes,
	}.Validate()
	for _, in := range draft.Fields {
		if problem := invalid[in.Field]; problem != "" {
			problems = append(problems, in.Flag()+": "+problem)
		}
	}
	sender := draft.ParseAlert(draft.Alert{Email: c.Sender, SenderName: c.SenderName, TicketID: c.Ticket}.Value())
	then, wrong := c.wish(sender, d.Website)
	problems = append(problems, wrong...)
	r := onboarding.Request{
		Draft: d, By: onboarding.Person{Name: shellUser()}, Via: onboarding.ViaShell, IfExists: onboarding.IfExists(c.IfExists), Then: then,
	}
	r.Fields, err = connection.ClientFields().Render(draft.Context{
		Alert: sender, UserName: r.By.Name, TicketURL: connection.TicketURL(sender.TicketID), Now: time.Now(), Rules: rules,
	}.Of(d))
	if err != nil {
		problems = append(problems, "HALO_CLIENT_FIELDS: "+err.Error()+".")
	}
	if len(problems) > 0 {
		return nil, onboarding.Request{}, &exitError{exitInvalid, errors.New("nothing was created.\n  - " + strings.Join(problems, "\n  - "))}
	}
	if c.Key == "" {
		c.Key = shellKey(strings.ToLower(rand.Text()))
	}
	r.Key = keyPrefix + string(c.Key)
	return connection, r, nil
}

// sameWish reports whether two requests want the same client.
func sameWish(a, b onboarding.Request) bool {
	return a.Draft.Connection == b.Draft.Connection &&
		text.Key(a.Draft.Name) == text.Key(b.Draft.Name) &&
		draft.HostKey(a.Draft.Website) == draft.HostKey(b.Draft.Website)
}

// answer prints what became of the request.
func (c createCmd) answer(w *world, connection *halo.Connection, r onboarding.Receipt, f *filed) error {
	s := r.State
	switch s.Outcome {
	case onboarding.Created, onboarding.Used:
		client := createdClient{
			ID:         s.Client.ID,
			Name:       s.Client.Name,
			TopLevelID: s.Client.TopLevelID,
			Website:    s.Client.Website,
			URL:        connection.ClientURL(s.Client.ID),
			Created:    s.Outcome == onboarding.Created,
			Filed:      f,
		}
		for _, field := range s.Dropped {
			fmt.Fprintf(w.stderr, "bot: Halo did not keep the %s; set it there.\n", strings.ReplaceAll(string(field), "_", " "))
		}
		if err := c.print(w.stdout, client); err != nil {
			return err
		}
		if f != nil && !f.all {
			return &exitError{exitNotFiled, fmt.Errorf("the client is there, and not everything was filed. Run it again with --key %s to try what is left once more", c.Key)}
		}
		return nil
	}

	code, problem := c.failure(r)
	out := notCreated{Error: problem, Outcome: string(s.Outcome), Key: string(c.Key)}
	for _, client := range s.Found {
		out.Found = append(out.Found, newMatch(client, connection.ClientURL(client.ID)))
	}
	if c.JSON {
		if err := printJSON(w.stdout, out); err != nil {
			return err
		}
	} else {
		for _, m := range out.Found {
			inactive := ""
			if m.Inactive {
				inactive = ", inactive"
			}
			fmt.Fprintf(w.stdout, "%s (#%d%s): %s\n", text.Line(m.Name), m.ID, inactive, m.URL)
		}
	}
	return &exitError{code, errors.New(text.Line(problem))}
}

// print prints the client that is there, and what was filed.
func (c createCmd) print(out io.Writer, client createdClient) error {
	if c.JSON {
		return printJSON(out, client)
	}
	verb := "is in Halo already"
	if client.Created {
		verb = "was created"
	}
	lines := []string{fmt.Sprintf("%s (#%d) %s: %s", text.Line(client.Name), client.ID, verb, client.URL)}
	lines = append(lines, client.Filed.lines()...)
	_, err := fmt.Fprintln(out, strings.Join(lines, "\n"))
	return err
}

// failure says why there is no client, and with which code to exit.
func (c createCmd) failure(r onboarding.Receipt) (code int, problem string) {
	s := r.State
	code = r.Request.Ending(s.Outcome, "").Exit
	name, again := text.Line(r.Request.Draft.Name), fmt.Sprintf("Run it again with --key %s", c.Key)
	const nothing = "Nothing was created."
	switch s.Outcome {
	case onboarding.Exists:
		if len(s.Found) > 1 && c.IfExists == string(onboarding.UseExisting) {
			return code, "Halo has several clients with the name or the website of " + name + ". " + nothing + " Choose one of them, or create another with --if-exists create."
		}
		return code, "Halo already has a client with the name or the website of " + name + ". " + nothing
	case onboarding.Unreachable:
		return code, name + " could not be created. " + sentence(s.Problem) + " " + nothing + " " + again + " when Halo answers."
	case onboarding.Unconfirmed:
		return code, name + " was sent to Halo, which never showed it. Look in Halo for a client whose Reference is " +
			r.Request.Reference() + ". Only if there is none, create it with another --key."
	case "":
		if s.Sent() {
			return exitUnconfirmed, name + " was sent to Halo, which has not answered yet. Do not create it by hand. " + again + ": it looks for it first."
		}
		return exitUnreachable, name + " is not created yet; nothing was sent to Halo. The request is kept: a running bot goes on with it. " + again + " to wait for it."
	}
	if s.Outcome == onboarding.Denied {
		return code, s.Problem
	}
	return code, name + " could not be created. " + sentence(s.Problem) + " " + nothing
}

// sentence is a problem, in Halo's words, as a sentence.
func sentence(problem string) string { return text.Sentence(problem, 1000) }

// shellUser is who runs the command.
func shellUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username + " (command line)"
	}
	return "command line"
}

// shellKey is a request's key without the prefix that keeps it apart from Slack's.
type shellKey string

const keyPrefix = "shell-"

var keyForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,63}$`)

// UnmarshalText takes a key also as the history shows it.
func (k *shellKey) UnmarshalText(text []byte) error {
	s := strings.TrimPrefix(string(text), keyPrefix)
	if !keyForm.MatchString(s) {
		return errors.New("a key has 1 to 64 letters, digits and . _ : @ + -, and begins with a letter or digit")
	}
	*k = shellKey(s)
	return nil
}
