package onboarding_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// olds are the databases that earlier versions of the bot left behind; see TestWriteAnOldDatabase.
var olds = []string{
	"2026-11.sqlite.gz",
	"2026-11.postgres.sql",
}

// What is to become of each request: its outcome, and how many POSTs it may still take.
var upgraded = map[string]struct {
	outcome string
	posts   int
}{
	// These had ended.
	"Created Ltd":     {"created", 0},
	"Alerted":         {"created", 0},
	"Known Ltd":       {"used", 0},
	"Known":           {"exists", 0},
	"Refused Ltd":     {"refused", 0},
	"Unconfirmed Ltd": {"unconfirmed", 0},
	"Denied Ltd":      {"denied", 0},
	"Step Ltd":        {"created", 0},
	"Shell Ltd":       {"created", 0},
	// These had not, or nobody had been told.
	"Outage Ltd":   {"created", 1},
	"Queued Ltd":   {"created", 1},
	"Checking Ltd": {"created", 0}, // Halo has it
	"Doubted Ltd":  {"created", 1}, // Halo said 503 and does not have it
	"Told Ltd":     {"created", 0},
	"Marked Ltd":   {"created", 1}, // it may have been sent, and was not
	"Waiting Ltd":  {"exists", 0},  // the same website as the one before
	"Nightly Ltd":  {"created", 1},
	"Looked Ltd":   {"created", 1},
	"Stepping Ltd": {"created", 1},
}

func TestWhatAnOlderBotLeftBehindGoesOnAndEndsRight(t *testing.T) {
	t.Parallel()
	for _, old := range olds {
		t.Run(old, func(t *testing.T) {
			t.Parallel()
			o := inherit(t, filepath.Join("testdata", "old", old))
			o.Start(0)
			var now map[string]entry
			await(o.Stage, "every request to end", func(ctx context.Context) bool {
				now = o.history(ctx)
				for name, want := range upgraded {
					if now[name].Outcome != want.outcome {
						return false
					}
				}
				return true
			}, func() any { return now })
			if len(now) != len(upgraded) {
				t.Errorf("the history is %+v", now)
			}
			// Everybody is told who has not been: once.
			for name, want := range upgraded {
				channel := localslack.Desk
				switch now[name].Via {
				case "step", "shell":
					continue
				case "alert":
					channel = localslack.Mail
				}
				if want.posts > 0 || name == "Checking Ltd" || name == "Told Ltd" {
					awaitClient(o.Stage, channel, name)
				}
			}
			o.AwaitAside(localslack.Tom, "Marked Ltd") // joined it
			o.AwaitAside("U0000000006", "Marked Ltd")  // waited for it
			for name, want := range upgraded {
				posts := 0
				for _, h := range o.Halos {
					posts += len(h.Calls(localhalo.Creating(name)))
				}
				if posts != want.posts {
					t.Errorf("%s: %d POSTs, want %d", name, posts, want.posts)
				}
				o.Slack.Look(func(s *localslack.Snapshot) {
					if n := announced(s, name); n > 1 {
						t.Errorf("%s was announced %d times", name, n)
					}
				})
			}
			for name, h := range o.Halos {
				for _, kind := range []localhalo.Kind{localhalo.KindUserCreate, localhalo.KindUserUpdate, localhalo.KindSiteUpdate, localhalo.KindTicketUpdate} {
					if n := len(h.Calls(localhalo.On(kind))); n != 0 {
						t.Errorf("%s: %d times %s, and nobody asked for it", name, n, kind)
					}
				}
			}
			o.sameCompaniesAreFound()
			o.alertsAreKnown()
			o.senderIsFiled(now["Shell Ltd"])
		})
	}
}

// inherit sets a stage on which a bot of today takes over what an older one left behind.
func inherit(t *testing.T, old string) office {
	t.Helper()
	url := bottest.Restore(t, old)
	kind := strings.TrimSuffix(strings.TrimSuffix(old, ".gz"), ".sql") // 2026-11.sqlite
	data, err := os.ReadFile(kind + ".halo.json")
	if err != nil {
		t.Fatal(err)
	}
	var clients []localhalo.Client
	if err := json.Unmarshal(data, &clients); err != nil {
		t.Fatal(err)
	}
	o := office{bottest.New(t, bottest.Options{
		Bots: -1,
		Halos: []bottest.Tenant{
			{Name: "prod", Halo: localhalo.Options{Clients: clients, FirstID: 1000, Granted: []string{"read:customers", "edit:customers", "edit:tickets"}}},
			{Name: "uat"},
		},
		Env: map[string]string{
			"DATABASE_URL": url, "HALO_FILING": "user,ticket,domain",
			"HALO_PROD_SCOPE": "read:customers edit:customers edit:tickets", "HALO_PROD_CATCH_ALL_CLIENTS": "1",
		},
	})}
	o.Slack.SetChannelRate(0, 0)
	people(o.Stage, 20)
	return o
}

// sameCompaniesAreFound asks anew for what is there, written otherwise.
func (o office) sameCompaniesAreFound() {
	o.Helper()
	for _, values := range []localslack.Values{
		{"Client name": "OUTAGE  ltd"},
		{"Client name": "Something else", "Website": "https://www.CHECKING.example/about"},
		{"Client name": "looked LTD"},
	} {
		_, _ = o.Slack.CloseAll(localslack.Tess) // there may be none
		o.Ask(localslack.Tess, localslack.Desk, values)
		o.AwaitView(localslack.Tess, "Already in Halo")
	}
}

// alertsAreKnown presses the button of an alert that was answered long ago: its answer is shown.
func (o office) alertsAreKnown() {
	o.Helper()
	ctx, cancel := o.Patience()
	defer cancel()
	_, ts, _ := strings.Cut(o.history(ctx)["Alerted"].Key, localslack.Mail+"-")
	click, err := o.Slack.Click(localslack.Tom, alert(o.Stage, "jane@alerted.example"), modals.ActionNewClient)
	if err != nil {
		o.Fatal(err)
	}
	if _, err := click.Opened(ctx); err != nil {
		o.Fatal(err)
	}
	_, _ = o.Slack.CloseAll(localslack.Tom)
	again := o.Slack.Forge(click, func(payload map[string]any) {
		payload["message"].(map[string]any)["ts"] = ts
		payload["container"].(map[string]any)["message_ts"] = ts
	})
	form, err := again.Opened(ctx)
	if err != nil {
		o.Fatal(err)
	}
	// The form may show what became of the alert before anybody can submit it.
	if it, err := o.Slack.SubmitView(localslack.Tom, form.ID, localslack.Values{"Client name": "Another name"}); err == nil {
		o.Acked(it)
	}
	o.AwaitView(localslack.Tom, "Created", "Alerted")
	if n := len(o.Halo.Calls(localhalo.Creating("Another name"))); n != 0 {
		o.Errorf("%d POSTs for an alert that was answered", n)
	}
}

// senderIsFiled runs a shell's command of long ago again, and wants its sender filed too.
func (o office) senderIsFiled(long entry) {
	o.Helper()
	ctx, cancel := o.Patience()
	defer cancel()
	cmd := exec.CommandContext(ctx, o.Path(), "create", "--name", long.Name, "--key", long.Key, "--connection", "prod",
		"--sender", "jane@shell.example", "--filing", "user,domain", "--json")
	cmd.Dir, cmd.Env = o.Dir, o.Env()
	out, err := cmd.Output()
	var said struct {
		ID    int
		Filed struct {
			UserID    int  `json:"user_id"`
			DomainSet bool `json:"domain_set"`
		}
	}
	if err != nil || json.Unmarshal(out, &said) != nil {
		o.Fatalf("%v: %s", err, out)
	}
	users := o.Halo.Users(said.ID)
	if len(users) != 1 || users[0].ID != said.Filed.UserID || users[0].Email != "jane@shell.example" || !said.Filed.DomainSet {
		o.Errorf("the users are %+v, and bot create says %s", users, out)
	}
}

// announced counts the messages that announce a client of that name.
func announced(now *localslack.Snapshot, name string) (n int) {
	for _, c := range now.Channels() {
		for _, m := range now.Messages(c.ID) {
			if a, ok := announces(m); ok && a.Name == name && c.With == "" {
				n++
			}
		}
	}
	return n
}

// await looks again and again at what nothing announces.
func await(s *bottest.Stage, what string, holds func(context.Context) bool, describe func() any) {
	s.Helper()
	ctx, cancel := s.Patience()
	defer cancel()
	for !holds(ctx) {
		select {
		case <-ctx.Done():
			s.Fatalf("waited in vain for %s: %+v", what, describe())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
