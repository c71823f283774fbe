package onboarding_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

var oldWrite = flag.String("old.write", "", "makes TestWriteAnOldDatabase keep what the present bot leaves behind under this name in testdata/old")

// TestWriteAnOldDatabase has the present bot leave a database behind, of each kind, for the
// upgrade tests of later versions: requests waiting in every phase, a finished history, alerts
// open and settled, and directories. Beside it lies what Halo had by then.
//
//	go test ./internal/onboarding -run WriteAnOldDatabase -old.write 2026-11
func TestWriteAnOldDatabase(t *testing.T) {
	if *oldWrite == "" {
		t.Skip("only by hand: -old.write")
	}
	path := filepath.Join("testdata", "old", *oldWrite)
	t.Run("sqlite", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "halobot.db")
		o := leaveBehind(t, "sqlite:"+file)
		vacuumed := file + ".copy"
		tool(t, "sqlite3", file, "VACUUM INTO '"+vacuumed+"'")
		data, err := os.ReadFile(vacuumed)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if _, err := w.Write(data); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		keep(t, path+".sqlite.gz", packed.Bytes())
		keep(t, path+".sqlite.halo.json", o.halo(t))
	})
	t.Run("postgres", func(t *testing.T) {
		url := bottest.Postgres(t)
		o := leaveBehind(t, url)
		keep(t, path+".postgres.sql", tool(t, "pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert", "100", url))
		keep(t, path+".postgres.halo.json", o.halo(t))
	})
}

// tool runs a program and returns what it prints.
func tool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

func keep(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// office is a stage with two connections, whose bot is about to be replaced.
type office struct{ *bottest.Stage }

// halo is what the first connection's Halo has.
func (o office) halo(t *testing.T) []byte {
	t.Helper()
	data, err := json.MarshalIndent(o.Halo.Clients(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return append(data, '\n')
}

// leaveBehind has the bot work at everything that it can be at, and kills it.
func leaveBehind(t *testing.T, databaseURL string) office {
	t.Helper()
	o := office{bottest.New(t, bottest.Options{
		Bots: -1,
		Halos: []bottest.Tenant{
			{Name: "prod", Halo: localhalo.Options{Clients: []localhalo.Client{
				{Name: "Known Ltd", Website: "https://www.known.example/"}, {Name: "Unrelated Ltd"},
			}}},
			{Name: "uat"},
		},
		Env: map[string]string{"DATABASE_URL": databaseURL, "HALO_SETTLE_TIME": "1s"},
	})}
	o.Slack.SetChannelRate(0, 0)
	// The directory of the second connection is never read.
	o.Halos["uat"].Inject(localhalo.On(localhalo.KindList), 0, localhalo.Slow(time.Hour))
	o.Start(0)
	o.finished()
	o.Kill(0)

	env := append(slices.DeleteFunc(o.Env(), func(v string) bool { return strings.HasPrefix(v, "HALO_SETTLE_TIME") }), "HALO_SETTLE_TIME=1h")
	o.Bots[0] = sandbox.NewProcess(sandbox.Command{Path: o.Path(), Dir: o.Dir, Env: env})
	o.Start(0)
	o.unfinished()
	return o
}

// finished makes the history.
func (o office) finished() {
	command := func(name, website string) {
		_, _ = o.Slack.CloseAll(localslack.Tess) // there may be none
		o.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": name, "Website": website, "Notes": "typed"})
	}
	command("Created Ltd", "created.example")
	o.AwaitView(localslack.Tess, "Created", "Created Ltd")

	mail := func(user, address string) *localslack.View {
		_, _ = o.Slack.CloseAll(user) // there may be none
		return openAlert(o.Stage, user, alert(o.Stage, address))
	}
	o.Submit(localslack.Tom, mail(localslack.Tom, "jane@alerted.example").ID, nil)
	o.AwaitView(localslack.Tom, "Created", "alerted.example")
	o.Submit(localslack.Tom, mail(localslack.Tom, "bob@known.example").ID, nil)
	click(o.Stage, localslack.Tom, o.AwaitView(localslack.Tom, "Already in Halo"), modals.ActionUse)
	o.AwaitMessage(localslack.Mail, "Known Ltd", "chose")
	o.Submit(localslack.Tom, mail(localslack.Tom, "eve@known.example").ID, nil)
	o.AwaitView(localslack.Tom, "Already in Halo", "Create anyway")
	mail(localslack.Tom, "carol@open.example")

	o.Halo.Inject(localhalo.Creating("Refused Ltd"), 1, localhalo.Refuse(400, localhalo.Message, "The postcode is mandatory"))
	command("Refused Ltd", "")
	o.AwaitView(localslack.Tess, "Could not create", "postcode")
	o.Halo.Inject(localhalo.Creating("Unconfirmed Ltd"), 3, localhalo.Fail())
	command("Unconfirmed Ltd", "")
	o.AwaitMessage(localslack.Desk, "Unconfirmed Ltd", neverFound)

	nina := people(o.Stage, 1)[0]
	o.Slack.FailStatus("users.info", 1000, 503)
	o.Ask(nina, localslack.Desk, localslack.Values{"Client name": "Denied Ltd"})
	o.AwaitView(nina, "Not allowed")
	o.Slack.ClearFaults()

	_, x, err := o.Slack.RunStep("create_halo_client", map[string]any{"name": "Step Ltd"})
	if err != nil {
		o.Fatal(err)
	}
	o.Await("the step to end", func(now *localslack.Snapshot) bool { return now.Execution(x.ID).Done })
	shell := exec.CommandContext(o.Context(), o.Path(), "create", "--name", "Shell Ltd", "--key", "done")
	shell.Dir, shell.Env = o.Dir, o.Env()
	if out, err := shell.CombinedOutput(); err != nil {
		o.Fatalf("%v: %s", err, out)
	}
}

// unfinished has a request wait in each phase, and kills the bot there.
func (o office) unfinished() {
	crew := people(o.Stage, 20)
	ask := func(values localslack.Values) {
		o.Ask(crew[0], localslack.Desk, values)
		crew = crew[1:]
	}
	named := func(name string) localhalo.Match {
		return func(c localhalo.Call) bool {
			return c.Kind == localhalo.KindList && c.Query.Get("search_name_only") == name
		}
	}
	o.Halo.Inject(named("Outage Ltd"), 0, localhalo.Unavailable())
	ask(localslack.Values{"Client name": "Outage Ltd", "Website": "outage.example"})
	ask(localslack.Values{"Client name": "Queued Ltd", "Halo connection": "uat"})
	lost := localhalo.StoreThenReset()
	lost.Hide = time.Hour
	o.Halo.Inject(localhalo.Creating("Checking Ltd"), 1, lost)
	ask(localslack.Values{"Client name": "Checking Ltd", "Website": "checking.example"})
	doubted := localhalo.Unavailable()
	doubted.Header = map[string][]string{"Retry-After": {"30"}}
	o.Halo.Inject(localhalo.Creating("Doubted Ltd"), 1, doubted)
	ask(localslack.Values{"Client name": "Doubted Ltd"})
	o.awaitPhases(map[string]string{"Outage Ltd": "outage", "Queued Ltd": "queued", "Checking Ltd": "checking", "Doubted Ltd": "outage"})

	o.Slack.FailStatus("chat.postMessage", 100_000, 500)
	ask(localslack.Values{"Client name": "Told Ltd"})
	o.awaitPhases(map[string]string{"Told Ltd": ""})

	// From here on it is a matter of seconds: looks and POSTs have deadlines.
	marked := alert(o.Stage, "jane@marked.example")
	first, second := openAlert(o.Stage, localslack.Tess, marked), openAlert(o.Stage, localslack.Tom, marked)
	// Once the sender was looked up, nothing turns the open forms into what is known by then.
	o.AwaitHalo("the sender to be looked up for both", o.Halo, func() bool {
		asked := o.Halo.Calls(func(c localhalo.Call) bool {
			return c.Kind == localhalo.KindUsers && c.Query.Get("search") == "jane@marked.example"
		})
		return len(asked) == 2 && asked[0].Done && asked[1].Done
	})
	posting := o.Halo.Hold(creating, localhalo.Arrived)
	o.Submit(localslack.Tess, first.ID, localslack.Values{"Client name": "Marked Ltd"})
	arrived(o.Stage, posting)
	o.Submit(localslack.Tom, second.ID, localslack.Values{"Client name": "Marked Limited", "Notes": "the joiner's"})
	ask(localslack.Values{"Client name": "Waiting Ltd", "Website": "www.marked.example"})
	o.awaitPhases(map[string]string{"Waiting Ltd": "waiting"})

	shell := sandbox.NewProcess(sandbox.Command{Path: o.Path(), Dir: o.Dir, Env: o.Env(), Args: []string{"create", "--name", "Nightly Ltd", "--key", "nightly"}})
	nightly := o.Halo.Hold(localhalo.Creating("Nightly Ltd"), localhalo.Arrived)
	if err := shell.Start(); err != nil {
		o.Fatal(err)
	}
	arrived(o.Stage, nightly)
	looks := []*localhalo.Hold{o.Halo.Hold(named("Looked Ltd"), localhalo.Arrived), o.Halo.Hold(named("Stepping Ltd"), localhalo.Arrived)}
	ask(localslack.Values{"Client name": "Looked Ltd"})
	if _, _, err := o.Slack.RunStep("create_halo_client", map[string]any{"name": "Stepping Ltd"}); err != nil {
		o.Fatal(err)
	}
	for _, look := range looks {
		arrived(o.Stage, look)
	}
	shell.Kill()
	o.Kill(0)
	posting.Drop()
	nightly.Drop()
}

// awaitPhases waits until requests, by the names of their clients, are in a phase; "" is ended.
func (o office) awaitPhases(want map[string]string) {
	o.Helper()
	ctx, cancel := o.Patience()
	defer cancel()
	for {
		missing := ""
		now := o.history(ctx)
		for name, phase := range want {
			if e := now[name]; e.Phase != phase || phase == "" && e.Outcome == "" {
				missing = name
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-ctx.Done():
			o.Fatalf("%s never came into phase %q: %+v", missing, want[missing], now[missing])
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// entry is a line of bot history --json.
type entry struct {
	Key, Outcome, Phase, Connection, Name, Via string
	ID                                         int
}

// history is the newest request for each name.
func (o office) history(ctx context.Context) map[string]entry {
	o.Helper()
	cmd := exec.CommandContext(ctx, o.Path(), "history", "--json", "--limit", "0")
	cmd.Dir, cmd.Env = o.Dir, o.Env()
	out, err := cmd.Output()
	if err != nil {
		o.Fatalf("bot history: %v", err)
	}
	all := map[string]entry{}
	for line := range strings.Lines(string(out)) {
		var e entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			o.Fatal(err)
		}
		if _, newer := all[e.Name]; !newer {
			all[e.Name] = e
		}
	}
	return all
}
