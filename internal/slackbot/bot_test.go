package slackbot

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// longest bounds every wait; what takes longer has failed.
const longest = time.Minute

// requests keep requests in memory. A test ends them by hand.
type requests struct {
	mu       sync.Mutex
	receipts []onboarding.Receipt
	joiners  []onboarding.Request
	alerts   map[string]onboarding.Alert
	broken   error
	changed  chan struct{}
}

func newRequests() *requests {
	return &requests{alerts: map[string]onboarding.Alert{}, changed: make(chan struct{})}
}

func (f *requests) bump() {
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *requests) find(key string) int {
	for i := len(f.receipts) - 1; i >= 0; i-- {
		if f.receipts[i].Request.Key == key {
			return i
		}
	}
	return -1
}

func (f *requests) Submit(_ context.Context, r onboarding.Request) (onboarding.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.bump()
	if f.broken != nil {
		return onboarding.Receipt{}, f.broken
	}
	if i := f.find(r.Key); i >= 0 {
		first := f.receipts[i]
		switch first.State.Outcome {
		case onboarding.Exists, onboarding.Refused, onboarding.Unreachable, onboarding.Denied:
		default:
			first.Joined = true
			if first.State.Outcome == "" && string(first.Request.Reply) != string(r.Reply) {
				if r.At.IsZero() {
					r.At = time.Now()
				}
				f.joiners = append(f.joiners, r)
			}
			return first, nil
		}
	}
	if r.At.IsZero() {
		r.At = time.Now()
	}
	receipt := onboarding.Receipt{Request: r}
	f.receipts = append(f.receipts, receipt)
	return receipt, nil
}

func (f *requests) Find(_ context.Context, key string) (onboarding.Receipt, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return onboarding.Receipt{}, false, f.broken
	}
	if i := f.find(key); i >= 0 {
		return f.receipts[i], true, nil
	}
	return onboarding.Receipt{}, false, nil
}

func (f *requests) Typed(_ context.Context, key, person string) (*onboarding.Words, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, j := range slices.Backward(f.joiners) {
		if j.Key == key && j.By.ID == person {
			return &onboarding.Words{Draft: j.Draft, Then: j.Then}, nil
		}
	}
	return nil, f.broken
}

func (f *requests) Answer(_ context.Context, r onboarding.Request) (onboarding.Receipt, error) {
	return onboarding.Receipt{Request: r}, f.broken
}

func (f *requests) Dismissal(context.Context, string) (*onboarding.Request, error) { return nil, nil }

func (f *requests) NewestAnswer(context.Context, string) (int, bool, error) { return 0, true, nil }

func (f *requests) DismissedAlert(context.Context, string, string) (string, error) { return "", nil }

func (f *requests) WaitingAlerts(_ context.Context, _ time.Time, channels []string, most int) (list []onboarding.Alert, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(f.alerts)) {
		if a := f.alerts[key]; len(list) < most && (len(channels) == 0 || slices.Contains(channels, a.Channel)) {
			list = append(list, a)
		}
	}
	return list, nil
}

func (f *requests) History(_ context.Context, q onboarding.Query) ([]onboarding.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []onboarding.Receipt
	for _, r := range f.receipts {
		if q.By == "" || r.Request.By.ID == q.By {
			list = append(list, r)
		}
	}
	slices.Reverse(list)
	return list, f.broken
}

func (f *requests) SaveAlert(_ context.Context, a onboarding.Alert) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.bump()
	a.Closed = f.alerts[a.Key].Closed
	f.alerts[a.Key] = a
	return nil
}

func (f *requests) Alert(_ context.Context, key string) (onboarding.Alert, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.alerts[key]
	return a, ok, nil
}

func (f *requests) CloseAlert(_ context.Context, key string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.alerts[key]
	a.Closed = true
	f.alerts[key] = a
	return nil
}

func (f *requests) OpenAlerts(_ context.Context, email, ticket string) ([]onboarding.Alert, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []onboarding.Alert
	for _, a := range f.alerts {
		if !a.Closed && (email != "" && a.Email == email || ticket != "" && a.TicketID == ticket) {
			list = append(list, a)
		}
	}
	return list, nil
}

// Nothing is filed and no form is kept here: what is, is seen through the built bot.
func (f *requests) File(context.Context, onboarding.FileRequest) ([]onboarding.Receipt, error) {
	return nil, f.broken
}

func (f *requests) Filings(context.Context, string) ([]onboarding.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return nil, f.broken
}
func (f *requests) KeepForm(context.Context, string, json.RawMessage) error { return f.broken }
func (f *requests) Form(context.Context, string) (json.RawMessage, bool, error) {
	return nil, false, f.broken
}

func (f *requests) setBroken(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = err
}

// wait returns once cond holds of the stored requests.
func (f *requests) wait(t *testing.T, cond func([]onboarding.Receipt) bool) []onboarding.Receipt {
	t.Helper()
	for {
		f.mu.Lock()
		list, changed := slices.Clone(f.receipts), f.changed
		f.mu.Unlock()
		if cond(list) {
			return list
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatal("the test is over")
		case <-time.After(longest):
			t.Fatalf("waited in vain; stored are %d requests", len(list))
		}
	}
}

// tenant is a Halo connection.
type tenant struct {
	name   string
	sender func(email string) (*halo.Sender, error)
	fields *draft.ClientFields
}

func (h tenant) Name() string    { return h.name }
func (h tenant) Address() string { return "https://" + h.name + ".halopsa.com" }

func (h tenant) ClientURL(id int) string {
	return "https://" + h.name + ".example/customers?clientid=" + itoa(id)
}
func (h tenant) TicketURL(id string) string {
	return "https://" + h.name + ".example/ticket?id=" + id
}
func (h tenant) ClientFields() *draft.ClientFields                      { return h.fields }
func (h tenant) Freshen(context.Context)                                {}
func (h tenant) Search(string, int) (clients []halo.Client, ready bool) { return nil, true }
func (h tenant) UserURL(id int) string                                  { return "https://" + h.name + ".example/user?id=" + itoa(id) }
func (h tenant) SeveralTopLevels() bool                                 { return true }
func (h tenant) IsCatchAll(halo.Client) bool                            { return false }
func (h tenant) Offers() (offered, ticked []draft.Filing)               { return nil, nil }
func (h tenant) FindSender(_ context.Context, email string) (*halo.Sender, error) {
	if h.sender == nil {
		return nil, nil
	}
	return h.sender(email)
}

func itoa(n int) string { return string(must(json.Marshal(n))) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// bench is a bot that runs against a local Slack.
type bench struct {
	*testing.T
	slack *localslack.Slack
	bot   *Bot
	asked *requests
	log   *logBook
	cfg   Config
}

// start runs a bot; change may adapt its configuration.
func start(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	return idle(t, change...).connect()
}

// connect lets the bot run.
func (b *bench) connect() *bench {
	t := b.T
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.bot.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run returned %v", err)
		}
		b.bot.web.hc.hc.CloseIdleConnections()
	})
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() >= b.cfg.Sockets })
	return b
}

// idle makes a bot that does not run: its announcer and gate work all the same.
func idle(t *testing.T, change ...func(*Config)) *bench {
	t.Helper()
	s := localslack.Start(localslack.Options{})
	t.Cleanup(s.Close)
	s.SetChannelRate(0, 0)
	b := &bench{T: t, slack: s, asked: newRequests(), log: &logBook{}}
	b.cfg = Config{
		AppToken: s.AppToken(), BotToken: s.BotToken(), APIURL: s.APIURL(), Sockets: 1,
		OnError:   draft.Exception,
		Templates: must(draft.ParseTemplates(draft.Sources{})),
		Halos:     []Halo{tenant{name: "halo"}},
		Requests:  b.asked,
		Log:       slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, f := range change {
		f(&b.cfg)
	}
	b.bot = New(b.cfg)
	t.Cleanup(b.bot.web.hc.hc.CloseIdleConnections)
	return b
}

// logBook keeps the log.
type logBook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func (b *bench) ctx() context.Context {
	ctx, cancel := context.WithTimeout(b.Context(), longest)
	b.Cleanup(cancel)
	return ctx
}

// until waits until cond holds of the workspace.
func (b *bench) until(cond func(*localslack.Snapshot) bool) {
	b.Helper()
	if err := b.slack.Wait(b.ctx(), cond); err != nil {
		b.Fatalf("%v\nlog:\n%s", err, b.log)
	}
}

// soon waits for what nobody announces.
func (b *bench) soon(what string, cond func() bool) {
	b.Helper()
	ctx := b.ctx()
	for !cond() {
		if !sleep(ctx, 5*time.Millisecond) {
			b.Fatalf("waited in vain: %s\nlog:\n%s", what, b.log)
		}
	}
}

// did takes an interaction that must have been acknowledged.
func (b *bench) did(it *localslack.Interaction, err error) *localslack.Interaction {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := it.Wait(b.ctx()); err != nil {
		b.Fatalf("%v\nlog:\n%s", err, b.log)
	}
	return it
}

// opened is the modal that an interaction led to.
func (b *bench) opened(it *localslack.Interaction, err error) *localslack.View {
	b.Helper()
	v, err := b.did(it, err).Opened(b.ctx())
	if err != nil {
		b.Fatalf("%v\nlog:\n%s", err, b.log)
	}
	return v
}

// command types the slash command in #service-desk and returns the form.
func (b *bench) command(text string) *localslack.View {
	b.Helper()
	return b.opened(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, text))
}

// submit fills in and submits a modal.
func (b *bench) submit(user string, v *localslack.View, values localslack.Values) localslack.Ack {
	b.Helper()
	it, err := b.slack.SubmitView(user, v.ID, values)
	if err != nil {
		b.Fatal(err)
	}
	ack, err := it.Wait(b.ctx())
	if err != nil {
		b.Fatalf("%v\nlog:\n%s", err, b.log)
	}
	return ack
}

// only is the one request that was stored.
func (b *bench) only() onboarding.Request {
	b.Helper()
	list := b.asked.wait(b.T, func(l []onboarding.Receipt) bool { return len(l) > 0 })
	if len(list) != 1 {
		b.Fatalf("%d requests were stored, want one", len(list))
	}
	return list[0].Request
}

// now sets the state of the newest request with key and announces it as onboarding does, for
// its joiners too.
func (b *bench) now(key string, s onboarding.State) {
	b.Helper()
	b.asked.mu.Lock()
	i := b.asked.find(key)
	if i < 0 {
		b.asked.mu.Unlock()
		b.Fatalf("there is no request %s", key)
	}
	s.Marks = b.asked.receipts[i].State.Marks
	if s.Outcome != "" && s.Ended.IsZero() {
		s.Ended = time.Now()
	}
	b.asked.receipts[i].State = s
	r := b.asked.receipts[i].Request
	joiners := slices.Clone(b.asked.joiners)
	b.asked.bump()
	b.asked.mu.Unlock()

	t := &onboarding.Telling{Request: r, State: s}
	b.announce(t)
	b.asked.mu.Lock()
	b.asked.receipts[i].State.Marks = t.State.Marks
	b.asked.mu.Unlock()
	if s.Outcome == "" {
		return
	}
	for _, j := range joiners {
		if j.Key != key {
			continue
		}
		t := &onboarding.Telling{Request: r, State: s, Joiner: &onboarding.Joiner{By: j.By, Reply: j.Reply, Draft: &j.Draft, At: j.At}}
		t.State.Marks = nil
		b.announce(t)
	}
}

// announce tells until it is told.
func (b *bench) announce(t *onboarding.Telling) {
	b.Helper()
	if t.State.Outcome == "" {
		t.Now = time.Now()
		if err := b.bot.Progress(b.ctx(), t); err != nil {
			b.Fatalf("Progress: %v\nlog:\n%s", err, b.log)
		}
		return
	}
	for wait := b.announceOnce(t); wait > 0 && wait < 30*time.Second; wait = b.announceOnce(t) {
		time.Sleep(min(wait, time.Second))
	}
}

// announceOnce tells wherever that is due, and returns when something is due again; 0 is never.
func (b *bench) announceOnce(t *onboarding.Telling) time.Duration {
	if t.State.Ended.IsZero() {
		t.State.Ended = time.Now()
	}
	wait, err := onboarding.Tell(b.ctx(), b.bot, t, time.Now, b.bot.teller.log, func(context.Context) error { return nil })
	if err != nil {
		b.Error(err)
	}
	return wait
}

// created is the state of a request that made client 4711.
func created() onboarding.State {
	return onboarding.State{Outcome: onboarding.Created, Ended: time.Now(), Client: &halo.Client{
		ID: 4711, Name: "Acme Ltd", Website: "acme.com", TopLevelID: 1, TopLevel: "Customers",
	}}
}

// readable is everything that can be read on a surface.
func readable(blocks json.RawMessage) string {
	m := message{}
	_ = json.Unmarshal(blocks, &m.Blocks)
	return strings.Join(m.said().Lines, "\n")
}

// has reports whether s holds every part.
func has(s string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
}
