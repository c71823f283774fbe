package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestNoProblemHoldsASecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		"hush-hush-42", `quo"te\d`, "sp ace", "per%cent", "ümlaut", "a@b:c/d?e#f", "<angle&amp>", "xoxb-hush-42", "xoxp-hush-42", "xapp-hush-42",
	} {
		t.Run(secret, func(t *testing.T) {
			t.Parallel()
			// Every variable holds it at once, so that it also stands where it does not belong.
			var env []string
			for _, name := range knownNames([]string{"prod"}) {
				env = append(env, name+"="+secret)
			}
			for _, more := range [][]string{
				nil,
				{"HALO_CONNECTIONS=prod"},
				{"HALO_CONNECTIONS=", "DATABASE_URL=mysql://bot:" + secret + "@db/bot", "HALO_URL=https://bot:" + secret + "@acme.com"},
			} {
				_, problems := load(t, Everything, with(env, more...)...)
				if len(problems) < 5 {
					t.Fatalf("problems = %q: too few for the test to mean anything", problems)
				}
				for _, p := range problems {
					if strings.Contains(p, secret) || strings.Contains(p, url.QueryEscape(secret)) {
						t.Errorf("problem %q holds the secret", p)
					}
				}
			}
		})
	}
}

func FuzzNoProblemOrLogLineHoldsASecret(f *testing.F) {
	f.Add("hush", "sqlite:x", "1", true)
	f.Add(`q"\u0041`, "postgres://a:b@c/d", "C1,#x", false)
	f.Fuzz(func(t *testing.T, noise, database, other string, asJSON bool) {
		const marker = "s3cr3tMarker"
		secret := marker + noise + marker
		env := []string{
			"SLACK_APP_TOKEN=" + secret, "SLACK_BOT_TOKEN=" + secret, "HALO_CLIENT_SECRET=" + secret,
			"DATABASE_URL=" + database, "SLACK_ALLOWED_CHANNELS=" + other, "SLACK_SOCKETS=" + other, "HALO_URL=" + other,
		}
		c, err := Load(env, filepath.Join(t.TempDir(), ".env"), Everything&^Rules)
		problems := problemsOf(t, err)
		c.LogJSON = asJSON
		var log bytes.Buffer
		c.Logger(&log).Error("failed with "+secret, "err", fmt.Errorf("call: %w", errors.New(secret)), "secret", secret)
		texts := problems
		if visible(secret) { // else no command gets as far as logging
			texts = append(texts, log.String())
		}
		for _, text := range texts {
			if strings.Contains(text, marker) {
				t.Errorf("%q holds the secret %q", text, secret)
			}
		}
		if asJSON && !json.Valid(log.Bytes()) {
			t.Errorf("redacting broke the JSON: %s", log.Bytes())
		}
	})
}

type stringer struct{ secret string }

func (s stringer) String() string { return "stringer " + s.secret }

type valuer struct{ secret string }

func (v valuer) LogValue() slog.Value {
	return slog.GroupValue(slog.String("inner", v.secret))
}

func TestNoRecordHoldsASecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"hush-hush", `q"uo\te`, "am p&er", "päss<word>"}
	for _, asJSON := range []bool{false, true} {
		for _, secret := range secrets {
			t.Run(fmt.Sprint(asJSON, secret), func(t *testing.T) {
				t.Parallel()
				var out bytes.Buffer
				c := Config{LogJSON: asJSON, secrets: secrets}
				log := c.Logger(&out).With("with", secret).WithGroup("group")
				log.Info("message "+secret,
					"string", secret,
					"error", &url.Error{Op: "Post", URL: "https://h/?s=" + url.QueryEscape(secret), Err: errors.New(secret)},
					"stringer", stringer{secret}, "valuer", valuer{secret}, "bytes", []byte(secret),
					"struct", struct{ Secret string }{secret}, "slice", []string{secret},
					"quoted", fmt.Errorf("not %q", secret),
				)
				for _, form := range []string{secret, url.QueryEscape(secret)} {
					if bytes.Contains(out.Bytes(), []byte(form)) {
						t.Errorf("the record holds %q: %s", form, out.String())
					}
				}
				if asJSON && !json.Valid(out.Bytes()) {
					t.Errorf("not JSON: %s", out.String())
				}
				if n := bytes.Count(out.Bytes(), []byte(redacted)); n < 8 {
					t.Errorf("%d redactions, want one for each place: %s", n, out.String())
				}
			})
		}
	}
}

func TestWhatLooksLikeASecretIsTakenOut(t *testing.T) {
	t.Parallel()
	redact := NewRedactor("", "abc", "long-secret", "long-secret-and-longer")
	for _, tc := range []struct{ text, want string }{
		{"token xoxb-123-abc.", "token [redacted]."},
		{"rotating xoxe.xoxp-1-Mi4 and xapp-1-A02", "rotating [redacted] and [redacted]"},
		{"a value that begins with xoxb-.", "a value that begins with xoxb-."},
		{"Authorization: Bearer eyJh.eyJz.sig_-~+/=", "Authorization: Bearer [redacted]"},
		{"grant_type=client_credentials&client_secret=h%20x&scope=all", "grant_type=client_credentials&client_secret=[redacted]&scope=all"},
		{`{"access_token":"abc.def","expires_in":3600}`, `{"access_token":"[redacted]","expires_in":3600}`},
		{`msg="{\"refresh_token\": \"abc\"}"`, `msg="{\"refresh_token\": \"[redacted]\"}"`},
		{"cannot parse postgres://bot:p%40ss@db:5432/bot", "cannot parse postgres://bot:[redacted]@db:5432/bot"},
		{"host=db user=bot password=hush dbname=bot", "host=db user=bot password=[redacted] dbname=bot"},
		{"wss://wss-primary.slack.com/link/?ticket=12-34&app_id=5", "wss://wss-primary.slack.com/link/?ticket=[redacted]&app_id=5"},
		{"POST https://hooks.slack.com/actions/T1/2/abc: EOF", "POST https://hooks.slack.com/[redacted] EOF"},
		{"long-secret-and-longer, long-secret, abc", "[redacted], [redacted], abc"},
		{"see https://acme.halopsa.com:8443/customers?clientid=12", "see https://acme.halopsa.com:8443/customers?clientid=12"},
		{"mail jane@acme.com about http://acme.com", "mail jane@acme.com about http://acme.com"},
	} {
		if got := redact.String(tc.text); got != tc.want {
			t.Errorf("String(%q)\n got %q\nwant %q", tc.text, got, tc.want)
		}
	}
}

func TestEverySecretIsListedAskedForOrNot(t *testing.T) {
	t.Parallel()
	c, _ := load(t, 0, with(complete,
		"HALO_UAT_CLIENT_SECRET=uat-secret", "DATABASE_URL=postgres://bot:p%40ss@db/bot?password=other")...)
	got := strings.Join(c.Secrets(), " ")
	for _, want := range []string{"xapp-test", "xoxb-test", "hush-hush", "uat-secret", "p@ss", "p%40ss", "other"} {
		if !strings.Contains(got, want) {
			t.Errorf("Secrets() = %q, want %q among them", got, want)
		}
	}
}
