package slackbot_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	_ "modernc.org/sqlite" // to read the bot's database

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
	"halobot/internal/slackbot"
)

// Secrets with everything in them that a log, JSON, HTML or a web address writes in another way.
const (
	oddBotToken = `xoxb-9Z"q\w%41+/=&<é>'~#?@:;`
	oddAppToken = `xapp-8Y"q\w%41+/=&<é>'~#?@:;`
	oddSecret   = `7X k"w\v%41+/=&<é>'~#?@:;{}`
	oddPassword = `6W"q\w%41+/=&<é>'~#?@:;`
)

// forms are a secret as it is, and as it is written elsewhere.
func forms(secret string) []string {
	quote := func(s string) string { s = strconv.Quote(s); return s[1 : len(s)-1] }
	var list []string
	// What is cut in the middle of a secret is no less of one.
	for _, s := range []string{secret, secret[:9]} {
		list = append(list, s, quote(s), quote(quote(s)), url.QueryEscape(s), url.PathEscape(s),
			html.EscapeString(s), strings.Trim(string(encoded(s)), `"`))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// checkLeaks looks for secrets in what came out at several places.
func checkLeaks(t *testing.T, came map[string]string, secrets ...string) {
	t.Helper()
	for where, text := range came {
		for _, secret := range secrets {
			for _, form := range forms(secret) {
				if at := strings.Index(text, form); at >= 0 {
					t.Errorf("%q is in %s: …%s…", secret, where, text[max(0, at-200):min(len(text), at+100)])
					break
				}
			}
		}
	}
}

// came is everything that came out of a stage's bot: its log, all that people see, its metrics,
// and what is kept of errors.
func (d desk) came() map[string]string {
	d.Helper()
	out := map[string]string{"the log": d.Bots[0].Output(), "the metrics": d.scrape("/metrics")}
	var said strings.Builder
	d.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			for _, m := range now.Messages(c.ID) {
				fmt.Fprintln(&said, m.Text, string(m.Blocks), string(m.Metadata))
			}
		}
		for _, p := range now.People() {
			for _, m := range now.EphemeralsFor(p.ID) {
				fmt.Fprintln(&said, m.Text, string(m.Blocks))
			}
			for _, v := range now.Stack(p.ID) {
				fmt.Fprintln(&said, v.Title, string(v.Blocks), v.Errors)
			}
			if v := now.Home(p.ID); v != nil {
				fmt.Fprintln(&said, string(v.Blocks))
			}
		}
		for _, x := range now.Executions() {
			fmt.Fprintln(&said, x.Error, x.Outputs)
		}
	})
	out["Slack"] = said.String()
	out["the errors in the database"] = d.errors()
	for where, text := range out {
		if text == "" {
			d.Errorf("there is nothing in %s: nothing was looked at", where)
		}
	}
	return out
}

// errors are what River keeps of failed attempts, with a count of the requests.
func (d desk) errors() string {
	d.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.Dir, "halobot.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		d.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only read
	var n int
	var all sql.NullString
	if err := db.QueryRowContext(d.Context(), `SELECT count(*), group_concat(errors) FROM river_job`).Scan(&n, &all); err != nil {
		d.Fatal(err)
	}
	return fmt.Sprint(n, " requests ", all.String)
}

// stored is every byte of the database.
func (d desk) stored() string {
	d.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(d.Dir, "*"))
	if err != nil || len(files) == 0 {
		d.Fatalf("no database in %s: %v", d.Dir, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			d.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

var listening = regexp.MustCompile(`address"?[=:]"?(127\.0\.0\.1:\d+)`)

// scrape reads what the bot serves.
func (d desk) scrape(path string) string {
	d.Helper()
	m := listening.FindStringSubmatch(d.Bots[0].Output())
	if m == nil {
		d.Fatalf("the bot does not say where it serves:\n%s", d.Bots[0].Output())
	}
	client := http.Client{Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + m[1] + path)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	return string(body)
}

func newOddDesk(t *testing.T, format string) desk {
	t.Helper()
	return newDesk(t, bottest.Options{
		Slack: localslack.Options{BotToken: oddBotToken, AppToken: oddAppToken},
		Halo:  localhalo.Options{ClientSecret: oddSecret},
		Env:   map[string]string{"HTTP_ADDR": "127.0.0.1:0", "LOG_FORMAT": format, "LOG_LEVEL": "debug", "SLACK_ERROR_CHANNEL": localslack.Leads},
	})
}

// A Halo that repeats the secret and the bearer, in every shape and header, with every status, to
// every call of a create's, and then at the token endpoint.
func TestWhatHaloRepeatsLeaksNowhere(t *testing.T) {
	t.Parallel()
	d := newOddDesk(t, "text")
	d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Before"})
	d.AwaitView(localslack.Tess, "Created")
	tokens := d.Halo.Tokens()
	if len(tokens) != 1 {
		t.Fatalf("%d bearers were given", len(tokens))
	}
	echo := oddSecret + " Bearer " + tokens[0]
	header := http.Header{
		"Location":         {"https://elsewhere.example/?client_secret=" + url.QueryEscape(oddSecret)},
		"Www-Authenticate": {"Bearer " + tokens[0]}, "Retry-After": {tokens[0]}, "X-Echo": {"client_secret=" + url.QueryEscape(oddSecret)},
	}
	shapes := []localhalo.BodyShape{
		localhalo.Sentence, localhalo.Plain, localhalo.Message, localhalo.Exception, localhalo.ErrorField,
		localhalo.ResultCode, localhalo.FieldMap, localhalo.HTMLPage,
	}
	// A 401 makes the bot forget the bearer that is repeated: last.
	statuses := []int{302, 400, 403, 404, 409, 422, 429, 500, 503, 401}
	n := 0
	try := func(status int, e localhalo.Effect, title string) {
		n++
		name := fmt.Sprintf("Echo %d", n)
		user := fmt.Sprintf("U%dECHO", n)
		d.Slack.SetPerson(localslack.Person{ID: user, Name: strings.ToLower(user)})
		d.Slack.SetMember(localslack.Desk, user, true)
		e.Header = header
		d.Halo.Inject(localhalo.Creating(name), 0, e)
		v := d.Ask(user, localslack.Desk, localslack.Values{"Client name": name})
		d.Await(fmt.Sprintf("what became of a %d", status), func(now *localslack.Snapshot) bool {
			v := now.View(v.ID)
			return v.Title == title && !strings.Contains(bottest.Say(v.Blocks), "Looking")
		})
	}
	for i, status := range statuses {
		title := "Could not create"
		if status == 302 || status == 429 || status >= 500 {
			title = "Creating…"
		}
		for s, shape := range shapes {
			if status == 400 || s%2 == i%2 && (status != 401 || s < 4) {
				try(status, localhalo.Refuse(status, shape, strings.Repeat("x ", s*40)+echo), title)
			}
		}
	}
	// The calls before a create, and the token endpoint.
	looks := d.Halo.Inject(localhalo.On(localhalo.KindList), 0, localhalo.Effect{Skip: true, Status: 403, Header: header, Body: string(encoded(echo))})
	d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Looked"})
	d.AwaitView(localslack.Tess, "Could not create")
	looks.Clear()
	refusals := []string{
		`{"error":"invalid_client","error_description":` + string(encoded(echo)) + `}`,
		`{"access_token":` + string(encoded(tokens[0])) + `,"error":"` + tokens[0] + `"}`,
		"client_secret=" + url.QueryEscape(oddSecret), "<html>" + echo,
	}
	for _, body := range refusals {
		refused := d.Halo.Inject(localhalo.On(localhalo.KindToken), 0, localhalo.Effect{Skip: true, Status: 400, Header: header, ContentType: "application/json", Body: body})
		d.Halo.RevokeTokens() // now that no request which is still in hand can fetch another
		d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Tokenless"})
		d.AwaitView(localslack.Tess, "Could not create")
		refused.Clear()
	}
	came := d.came()
	came["the database"] = d.stored()
	checkLeaks(t, came, append(tokens, oddBotToken, oddAppToken, oddSecret)...)
}

// Slack refuses, is away, breaks connections and answers with garbage, at every call that the
// bot makes, while sockets come and go.
func TestSlacksTroublesLeakNothing(t *testing.T) {
	t.Parallel()
	d := newOddDesk(t, "json")
	for _, trouble := range []func(method string){
		func(m string) { d.Slack.Fail(m, 1, "fatal_error") },
		func(m string) { d.Slack.Fail(m, 1, "restricted_action") },
		func(m string) { d.Slack.FailStatus(m, 1, http.StatusBadGateway) },
		func(m string) { d.Slack.LoseAnswers(m, 1) },
		func(m string) { d.Slack.RateLimit(m, 1, time.Second) },
	} {
		for _, method := range []string{"response_url", "views.open", "views.update", "chat.postMessage", "chat.postEphemeral", "users.info", "conversations.open", "auth.test"} {
			trouble(method)
		}
	}
	// Refusals go through the response_url; forms that do not open, through all that is left.
	d.click(localslack.Stella, d.question(localslack.Shared, createClient, "jane@acme.com"), createClient)
	d.awaitTraffic("the last way to her to fail", func([]localslack.Entry) bool { return d.Slack.Calls("conversations.open") > 0 })
	for range 3 {
		it, err := d.Slack.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme")
		if err != nil {
			t.Fatal(err)
		}
		d.Acked(it)
	}
	d.AwaitAside(localslack.Tess, "Open the form")
	d.Slack.ClearFaults()

	for _, method := range []string{"apps.connections.open", "apps.connections.open"} {
		d.Slack.FailStatus(method, 1, http.StatusBadGateway)
	}
	d.Slack.LoseAnswers("apps.connections.open", 1)
	d.Slack.RefuseSockets("too_many_websockets")
	d.Slack.DropSockets()
	d.awaitTraffic("sockets to be refused", func(traffic []localslack.Entry) bool {
		return slices.ContainsFunc(traffic, func(e localslack.Entry) bool { return e.Kind == "socket" && e.Method == "disconnect" })
	})
	d.Slack.RefuseSockets("")
	d.Await("the sockets to be back", func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })

	m := d.post(localslack.Mail, alert("jane@acme.com"))
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitAlert(m, "✓")
	came := d.came()
	secrets := d.Slack.Secrets()
	if len(secrets) < 8 {
		t.Errorf("the bot was given %d secrets only", len(secrets))
	}
	checkLeaks(t, came, append(secrets, oddSecret)...)
	checkLeaks(t, map[string]string{"the database": d.stored()}, oddBotToken, oddAppToken, oddSecret)
}

// Every command, with tokens and addresses that lead nowhere, at the most talkative level.
func TestWhatCannotStartLeaksNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Bots: -1})
	escaped := url.QueryEscape(oddPassword)
	commands := map[string][][]string{
		"the bot itself": {{}},
		"all":            {{}, {"check", "--json"}, {"history"}, {"create", "--name", "Acme"}, {"alert", "--email", "jane@acme.com", "--channel", localslack.Mail}},
	}
	for _, c := range []struct {
		name     string
		env      map[string]string
		commands [][]string
		secrets  []string
	}{
		{"wrong tokens", map[string]string{"SLACK_BOT_TOKEN": oddBotToken, "SLACK_APP_TOKEN": oddAppToken, "HALO_CLIENT_SECRET": oddSecret},
			commands["all"], []string{oddBotToken, oddAppToken, oddSecret}},
		{"a wrong app token", map[string]string{"SLACK_APP_TOKEN": oddAppToken}, commands["the bot itself"], []string{oddAppToken}},
		{"tokens in each other's place", map[string]string{"SLACK_BOT_TOKEN": oddAppToken, "SLACK_APP_TOKEN": oddBotToken}, commands["all"], []string{oddBotToken, oddAppToken}},
		{"secrets where others belong", map[string]string{"HALO_URL": oddSecret, "HALO_CLIENT_SECRET": oddSecret, "SLACK_API_URL": oddBotToken, "HTTP_ADDR": oddPassword,
			"SLACK_BOT_TOKEN": oddBotToken, "DATABASE_URL": "postgres://bot:" + oddPassword + "@localhost/x"}, commands["all"], []string{oddBotToken, oddSecret, oddPassword}},
		{"a database that is away", map[string]string{"DATABASE_URL": "postgres://bot:" + escaped + "@127.0.0.1:1/halobot?sslmode=disable"}, commands["all"], []string{oddPassword}},
		{"a database with the password behind", map[string]string{"DATABASE_URL": "postgres://bot@127.0.0.1:1/halobot?sslmode=disable&password=" + escaped}, commands["all"], []string{oddPassword}},
		{"a database that cannot be", map[string]string{"DATABASE_URL": "postgres://bot:" + escaped + "@127.0.0.1:1/halobot?sslmode=nonsense"}, commands["all"], []string{oddPassword}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, args := range c.commands {
				cmd := exec.CommandContext(t.Context(), d.Path(), args...)
				cmd.Dir = t.TempDir()
				cmd.Env = d.Env()
				for name, value := range c.env {
					cmd.Env = append(cmd.Env, name+"="+value)
				}
				out, err := cmd.CombinedOutput()
				if exit := new(exec.ExitError); !errors.As(err, &exit) && len(args) == 0 {
					t.Errorf("the bot ended with %v:\n%s", err, out)
				}
				checkLeaks(t, map[string]string{"the output of bot " + strings.Join(args, " "): string(out)}, c.secrets...)
				if len(out) == 0 {
					t.Errorf("bot %v says nothing", args)
				}
			}
		})
	}
}

// panicky is a keeper of requests whose every answer is a panic that holds a secret.
type panicky struct{}

func (panicky) die() { panic(fmt.Errorf("cannot go on with %q", oddSecret)) }

func (p panicky) Submit(context.Context, onboarding.Request) (r onboarding.Receipt, err error) {
	p.die()
	return
}

func (p panicky) Find(context.Context, string) (r onboarding.Receipt, ok bool, err error) {
	p.die()
	return
}

func (p panicky) Typed(context.Context, string, string) (d *onboarding.Words, err error) {
	p.die()
	return
}

func (p panicky) Filings(context.Context, string) (r []onboarding.Receipt, err error) {
	p.die()
	return
}

func (p panicky) History(context.Context, onboarding.Query) (r []onboarding.Receipt, err error) {
	p.die()
	return
}

func (p panicky) SaveAlert(context.Context, onboarding.Alert) error { p.die(); return nil }

func (p panicky) Alert(context.Context, string) (a onboarding.Alert, ok bool, err error) {
	p.die()
	return
}

func (p panicky) CloseAlert(context.Context, string) error { p.die(); return nil }

func (p panicky) OpenAlerts(context.Context, string, string) (a []onboarding.Alert, err error) {
	p.die()
	return
}

func (p panicky) File(context.Context, onboarding.FileRequest) (r []onboarding.Receipt, err error) {
	p.die()
	return
}

func (p panicky) WaitingAlerts(context.Context, time.Time, []string, int) (a []onboarding.Alert, err error) {
	p.die()
	return
}

func (p panicky) Answer(context.Context, onboarding.Request) (r onboarding.Receipt, err error) {
	p.die()
	return
}

func (p panicky) Dismissal(context.Context, string) (r *onboarding.Request, err error) {
	p.die()
	return
}

func (p panicky) NewestAnswer(context.Context, string) (round int, shown bool, err error) {
	p.die()
	return
}

func (p panicky) DismissedAlert(context.Context, string, string) (ts string, err error) {
	p.die()
	return
}

func (p panicky) KeepForm(context.Context, string, json.RawMessage) error { p.die(); return nil }

func (p panicky) Form(context.Context, string) (f json.RawMessage, ok bool, err error) {
	p.die()
	return
}

// book keeps a log.
type book struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// A panic's value goes into the log as any other, and people are told without it.
func TestAPanicLeaksNothing(t *testing.T) {
	t.Parallel()
	s := localslack.Start(localslack.Options{BotToken: oddBotToken, AppToken: oddAppToken})
	t.Cleanup(s.Close)
	s.SetChannelRate(0, 0)
	cfg, err := config.Load([]string{
		"SLACK_BOT_TOKEN=" + oddBotToken, "SLACK_APP_TOKEN=" + oddAppToken, "HALO_URL=https://acme.halopsa.com",
		"HALO_CLIENT_ID=x", "HALO_CLIENT_SECRET=" + oddSecret, "LOG_LEVEL=debug",
	}, filepath.Join(t.TempDir(), "none"), config.Everything)
	if err != nil {
		t.Fatal(err)
	}
	log, numbers := &book{}, prometheus.NewRegistry()
	templates, err := draft.ParseTemplates(draft.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	bot := slackbot.New(slackbot.Config{
		AppToken: oddAppToken, BotToken: oddBotToken, APIURL: s.APIURL(), Sockets: 1, OnError: draft.Exception,
		Templates: templates, Halos: []slackbot.Halo{nowhere{}}, Requests: panicky{}, Log: cfg.Logger(log), Metrics: numbers,
	})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	await := func(cond func(*localslack.Snapshot) bool) {
		t.Helper()
		if err := s.Wait(ctx, cond); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
	}
	did := func(it *localslack.Interaction, err error) *localslack.Interaction {
		t.Helper()
		if err == nil {
			_, err = it.Wait(ctx)
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
		return it
	}
	await(func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
	v, err := did(s.Command(localslack.Tess, localslack.Desk, "/halo-new-client", "Acme")).Opened(ctx)
	if err != nil {
		t.Fatal(err)
	}
	did(s.SubmitView(localslack.Tess, v.ID, nil))
	await(func(now *localslack.Snapshot) bool {
		return strings.Contains(fmt.Sprint(now.View(v.ID).Errors), "fault of its own")
	})
	did(s.OpenHome(localslack.Tess))
	blocks := encoded([]any{object{"type": "actions", "elements": []any{button("jane@acme.com")}}})
	m, err := s.PostRaw(localslack.Desk, "alert", blocks)
	if err != nil {
		t.Fatal(err)
	}
	did(s.Click(localslack.Tess, m, createClient))
	await(func(now *localslack.Snapshot) bool {
		return bottest.Says(now.EphemeralsFor(localslack.Tess), "fault of its own")
	})

	for strings.Count(log.String(), "cannot go on with") < 3 {
		select {
		case <-ctx.Done():
			t.Fatalf("fewer panics were logged than three:\n%s", log)
		case <-time.After(5 * time.Millisecond):
		}
	}
	all := map[string]string{"the log": log.String()}
	s.Look(func(now *localslack.Snapshot) { all["Slack"] = sees(now, localslack.Tess) })
	families, err := numbers.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all["the metrics"] = fmt.Sprint(families)
	checkLeaks(t, all, oddSecret, oddBotToken, oddAppToken)
}

// nowhere is a Halo connection that nobody asks anything of.
type nowhere struct{}

func (nowhere) Name() string                      { return "halo" }
func (nowhere) Address() string                   { return "" }
func (nowhere) ClientURL(int) string              { return "" }
func (nowhere) TicketURL(string) string           { return "" }
func (nowhere) ClientFields() *draft.ClientFields { return nil }
func (nowhere) FindSender(context.Context, string) (*halo.Sender, error) {
	return nil, nil
}
func (nowhere) Freshen(context.Context)                                {}
func (nowhere) Search(string, int) (clients []halo.Client, ready bool) { return nil, true }
func (nowhere) UserURL(int) string                                     { return "" }
func (nowhere) SeveralTopLevels() bool                                 { return false }
func (nowhere) IsCatchAll(halo.Client) bool                            { return false }
func (nowhere) Offers() (offered, ticked []draft.Filing)               { return nil, nil }
