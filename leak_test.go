package halobot_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// haloSecret has what forms, addresses, JSON and logs write in another way.
const haloSecret = `s3cr3t "with"+odd/chars&42`

// TestNoSecretLeavesTheBot runs jobs that end well and badly through the built bot, all that it
// can log included, and then looks for secrets in everything that came out of it or stayed behind.
func TestNoSecretLeavesTheBot(t *testing.T) {
	t.Parallel()
	echo := `{"error":"invalid_request","error_description":"client_secret=` + url.QueryEscape(haloSecret) + `"}`
	for name, tc := range map[string]struct {
		env    map[string]string
		goes   func(s *bottest.Stage) // wrong
		title  string                 // of the modal in the end
		others string                 // that must not come out either
	}{
		"created":                       {title: "Created"},
		"refused in words":              {goes: onCreate(localhalo.Refuse(400, localhalo.Exception, "Not with the secret "+haloSecret)), title: "Could not create"},
		"refused with a page":           {goes: onCreate(localhalo.Refuse(403, localhalo.HTMLPage, haloSecret)), title: "Could not create"},
		"wrong secret":                  {env: map[string]string{"HALO_CLIENT_SECRET": "an0ther-s3cret"}, title: "Could not create", others: "an0ther-s3cret"},
		"secret said by the token page": {goes: onToken(localhalo.Effect{Skip: true, Status: 400, ContentType: "application/json", Body: echo}), title: "Could not create"},
		"answer lost":                   {goes: onCreate(localhalo.StoreThenReset()), title: "Created"},
		"Slack away for a moment": {goes: func(s *bottest.Stage) {
			s.Slack.LoseAnswers("chat.postMessage", 1)
			s.Slack.FailStatus("views.update", 1, http.StatusBadGateway)
		}, title: "Created"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{"HTTP_ADDR": "127.0.0.1:0", "LOG_FORMAT": "json"}
			for k, v := range tc.env {
				env[k] = v
			}
			s := bottest.New(t, bottest.Options{Halo: localhalo.Options{ClientSecret: haloSecret}, Env: env, Bots: -1})
			if tc.goes != nil {
				tc.goes(s)
			}
			s.Start(0)
			view := s.Form(localslack.Tess, localslack.Desk, "Acme acme.com")
			s.Submit(localslack.Tess, view.ID, nil)
			s.AwaitView(localslack.Tess, tc.title)
			if tc.title == "Created" {
				s.AwaitMessage(localslack.Desk, "Acme")
			}

			secrets := []string{s.Slack.BotToken(), s.Slack.AppToken(), haloSecret, url.QueryEscape(haloSecret), `s3cr3t \"with`}
			if tc.others != "" {
				secrets = append(secrets, tc.others)
			}
			for where, text := range remains(t, s) {
				for _, secret := range secrets {
					if at := strings.Index(text, secret); at >= 0 {
						t.Errorf("%q is in %s: …%s…", secret, where, text[max(0, at-100):min(len(text), at+100)])
					}
				}
				if found := bearer.FindString(text); found != "" {
					t.Errorf("%q is in %s", found, where)
				}
			}
		})
	}
}

var bearer = regexp.MustCompile(`Bearer [A-Za-z0-9._-]{10,}`)

func onCreate(e localhalo.Effect) func(*bottest.Stage) {
	return func(s *bottest.Stage) { s.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, e) }
}

func onToken(e localhalo.Effect) func(*bottest.Stage) {
	return func(s *bottest.Stage) { s.Halo.Inject(localhalo.On(localhalo.KindToken), 0, e) }
}

// remains is everything that came out of the bot, and what stays of it on disk.
func remains(t *testing.T, s *bottest.Stage) map[string]string {
	t.Helper()
	all := map[string]string{"the log": s.Bots[0].Output(), "the metrics": metrics(t, s)}
	var said strings.Builder
	s.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			for _, m := range now.Messages(c.ID) {
				said.WriteString(m.Text + string(m.Blocks))
			}
		}
		for _, m := range append(now.DMs(localslack.Tess), now.EphemeralsFor(localslack.Tess)...) {
			said.WriteString(m.Text + string(m.Blocks))
		}
		for _, v := range now.Stack(localslack.Tess) {
			said.WriteString(string(v.Blocks) + v.PrivateMetadata)
		}
	})
	all["Slack"] = said.String()
	for _, c := range s.Halo.Clients() {
		all["Halo"] += c.Notes + c.Ref
	}
	files, err := filepath.Glob(filepath.Join(s.Dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no database in %s: %v", s.Dir, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(file)] = string(data)
	}
	for _, where := range []string{"the log", "the metrics", "Slack"} {
		if all[where] == "" {
			t.Errorf("there is nothing in %s: nothing was looked at", where)
		}
	}
	return all
}

var served = regexp.MustCompile(`"address":"(127\.0\.0\.1:\d+)"`)

func metrics(t *testing.T, s *bottest.Stage) string {
	t.Helper()
	m := served.FindStringSubmatch(s.Bots[0].Output())
	if m == nil {
		t.Fatal("the bot does not say where it serves its metrics")
	}
	client := http.Client{Timeout: 10 * time.Second}
	resp, err := client.Get("http://" + m[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
