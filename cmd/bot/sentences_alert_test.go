package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
	"halobot/internal/sandbox/sentences"
)

// What somebody reads who has a mail posted, and what a mail server's log has of it.
func TestSentencesOfBotAlert(t *testing.T) {
	t.Parallel()
	workspace := localslack.Start(localslack.Options{})
	t.Cleanup(workspace.Close)
	tenant := localhalo.New(localhalo.Options{
		Clients: []localhalo.Client{{ID: 12, Name: "Initech", Website: "initech.com", MainSite: "Main", MainSiteID: 1012}},
		Users:   []localhalo.User{{ID: 31, Name: "Milton Waddams", Email: "milton@initech.com", ClientID: 12, SiteID: 1012}},
	})
	if err := tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	environ := map[string]string{
		"SLACK_API_URL": workspace.APIURL(), "SLACK_BOT_TOKEN": workspace.BotToken(),
		"HALO_URL": tenant.URL(), "HALO_CLIENT_ID": localhalo.DefaultClientID, "HALO_CLIENT_SECRET": localhalo.DefaultClientSecret,
		"OWN_DOMAINS": "service-desk.example", "DATABASE_URL": "sqlite:" + t.TempDir() + "/bot.db",
	}
	readable := strings.NewReplacer(tenant.URL(), "https://acme.halopsa.com", workspace.APIURL(), "https://slack.com/api/")
	var out strings.Builder
	line := func(code int, says string) {
		fmt.Fprintf(&out, "\t(%d) %s\n", code, strings.ReplaceAll(strings.TrimSpace(logTime.ReplaceAllString(messageTS.ReplaceAllString(readable.Replace(says), "1764000000.000100"), "time=…")), "\n", "\n\t    "))
	}

	// Each is a command by itself, in this order, while no bot has made a database.
	mail := func(from string, more ...string) string {
		return "From: " + from + "\nSubject: Printer on fire\n" + strings.Join(more, "") + "\nHelp!\n"
	}
	for _, tt := range []struct {
		when  string
		flags []string
		mail  string
		env   map[string]string
		do    func()
	}{
		{when: "a stranger writes", mail: mail("Jane Doe <jane@acme.com>")},
		{when: "a colleague of theirs writes", mail: mail("Bob <bob@acme.com>")},
		{when: "Halo has a client of the sender's domain", mail: mail("Bill <bill@initech.com>")},
		{when: "Halo has the sender as a user", mail: mail("Milton <milton@initech.com>")},
		{when: "the same, with flags", flags: []string{"--email", "milton@initech.com"}},
		{when: "the mail is from the service desk itself", mail: mail("Tom <tom@service-desk.example>")},
		{when: "the mail is a bounce", mail: mail("MAILER-DAEMON <mailer-daemon@acme.com>", "Return-Path: <>\n")},
		{when: "the mail is an automatic reply", mail: mail("Jane Doe <jane@acme.com>", "Auto-Submitted: auto-replied\n")},
		{when: "the mail names no sender", mail: "Subject: Printer on fire\n\nHelp!\n"},
		{when: "there is nothing on standard input"},
		{when: "the mail is a bounce, and the database cannot be used", mail: mail("MAILER-DAEMON <mailer-daemon@acme.com>", "Return-Path: <>\n"), env: map[string]string{"DATABASE_URL": "rubbish"}},
		{when: "every flag is wrong", flags: []string{"--channel", "#mail-alerts", "--email", "jane", "--on-error", "retry"}},
		{when: "the connection is not one of Halo's", flags: []string{"--email", "jane@acme.com", "--connection", "prod"}},
		{when: "two ways to print", flags: []string{"--print", "--json"}},
		{when: "nothing is set", flags: []string{"--email", "jane@acme.com"}, env: map[string]string{
			"SLACK_BOT_TOKEN": "", "HALO_URL": "", "HALO_CLIENT_ID": "", "HALO_CLIENT_SECRET": ""}},
		{when: "DATABASE_URL is no database's", flags: []string{"--email", "jane@acme.com"}, env: map[string]string{"DATABASE_URL": "rubbish"}},
		{when: "the bot is not in the channel", flags: []string{"--channel", "C0NOWHERE", "--email", "jane@acme.com"}},
		{when: "Halo does not know the secret", flags: []string{"--email", "ann@dune.com"}, env: map[string]string{"HALO_CLIENT_SECRET": "of-another-application"}},
		{when: "Halo is away", flags: []string{"--email", "ann@dune.com"}, env: map[string]string{"HALO_URL": "http://127.0.0.1:1"}},
		{when: "the bot token was revoked", flags: []string{"--email", "ann@dune.com"}, do: func() { workspace.SetTokenError("token_revoked") }},
	} {
		if tt.do != nil {
			tt.do()
		}
		env := maps.Clone(environ)
		maps.Copy(env, tt.env)
		args := append([]string{"alert"}, tt.flags...)
		if !strings.Contains(strings.Join(args, " "), "--channel") {
			args = append(args, "--channel", localslack.Mail)
		}
		var list []string
		for name, value := range env {
			list = append(list, name+"="+value)
		}
		var said bytes.Buffer
		code := run(t.Context(), args, list, strings.NewReader(tt.mail), &said, &said)
		fmt.Fprintf(&out, "When %s:\n", tt.when)
		line(code, said.String())
	}

	c := alertCmd{Channel: localslack.Mail}
	ends := func(end func(w *world) error) {
		var said bytes.Buffer
		err := end(&world{stdout: &said, stderr: &said})
		code := report(err, &said)
		line(code, said.String())
	}
	out.WriteString("\nWhen it was stored first:\n")
	for _, s := range []onboarding.MailState{
		{},
		{Problem: "Halo did not answer in time."},
		{Problem: "The bot is not in the channel. Invite it there.", Mend: true},
		{Outcome: onboarding.MailGivenUp, Problem: "Slack did not take the message."},
		{Outcome: onboarding.MailPosted, Reading: onboarding.Reading{
			Alert: draft.Alert{Email: "jane@acme.com"}, Unasked: "More mails came within a minute than Halo may be asked about."},
			Posted: onboarding.Posted{TS: "1764000000.000100", Blind: "The bot may not read the channel."}},
	} {
		ends(func(w *world) error { return c.answer(w, nil, onboarding.MailReceipt{State: s}, exitOK) })
	}
	out.WriteString("\nWhen the database is busy, or did not say:\n")
	maybe := &onboarding.MaybeStoredError{Err: context.DeadlineExceeded}
	ends(func(*world) error { return c.notStored(context.DeadlineExceeded) })
	ends(func(*world) error { return c.notStored(maybe) })
	ends(func(*world) error { return alertCmd{Channel: localslack.Mail, Email: "jane@acme.com"}.notStored(maybe) })
	out.WriteString("\nWhen it is typed, and no mail is given:\n")
	ends(func(w *world) error { return c.Run(t.Context(), w) })
	sentences.Check(t, "bot alert", out.String())
}

// messageTS is a message's id in Slack, another one at each run.
var messageTS = regexp.MustCompile(`\b\d{10}\.\d{6}\b`)

// logTime is when a line of the log was written.
var logTime = regexp.MustCompile(`time=\S+`)
