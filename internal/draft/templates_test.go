package draft

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// sample is a context in which everything is known.
var sample = Context{
	Alert: Alert{
		Email: "jane+x@mail.acme-rockets.co.uk", SenderName: "Jane “J” O'Doe & <Co>", Subject: `a < b & "c"`,
		TicketID: "12345", Name: "Acme & Sons", Website: "https://www.acme.com/x", TradingName: "Acme's",
		Notes: "one\n<two> & three", Connection: "uat", OnError: Stop,
		Other: map[string]string{"mailbox": "desk & co", "user": "not this one", "two words": "2"},
	},
	UserID: "U1", UserName: "tess", ChannelID: "C1", ChannelName: "alerts",
	Permalink: "https://msp.slack.com/archives/C1/p1?a=1&b=2", TicketURL: "https://halo.example/ticket?id=12345",
	Now: time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC),
}

func prefill(t *testing.T, s Sources, c Context) Draft {
	t.Helper()
	templates, err := ParseTemplates(s)
	if err != nil {
		t.Fatal(err)
	}
	d, errs := templates.Prefill(c)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return d
}

func TestTemplatesWritePlainText(t *testing.T) {
	t.Parallel()
	empty := Context{}
	free := Context{Alert: Alert{Email: "jane@gmail.com"}}
	for _, tt := range []struct {
		template string
		in       Context
		want     string
	}{
		{"{{sender.email}} {{sender.domain}}", sample, "jane+x@mail.acme-rockets.co.uk mail.acme-rockets.co.uk"},
		{"{{sender.name}}", sample, "Jane “J” O'Doe & <Co>"},
		{"{{{sender.name}}}", sample, "Jane “J” O'Doe & <Co>"},
		{"<b>{{subject}}</b> & {{subject}}", sample, `<b>a < b & "c"</b> & a < b & "c"`},
		{"{{ticket.id}} {{ticket.url}}", sample, "12345 https://halo.example/ticket?id=12345"},
		{"{{user.id}} {{user.name}} {{channel.id}} {{channel.name}}", sample, "U1 tess C1 alerts"},
		{"{{alert.permalink}}", sample, "https://msp.slack.com/archives/C1/p1?a=1&b=2"},
		{"{{now}}", sample, "2026-11-24 10:30 UTC"},
		{"{{email}} {{sender_name}} {{ticket_id}}", sample, "jane+x@mail.acme-rockets.co.uk Jane “J” O'Doe & <Co> 12345"},
		{"{{name}} {{website}} {{trading_name}} {{connection}} {{on_error}}", sample, "Acme & Sons https://www.acme.com/x Acme's uat stop"},
		{"{{notes}}", sample, "one\n<two> & three"},
		{"{{mailbox}} {{[two words]}}", sample, "desk & co 2"},
		{`{{lookup this "mailbox"}}`, sample, "desk & co"},
		{"{{#if mailbox}}yes{{else}}no{{/if}} {{#unless nothing}}none{{/unless}}", sample, "yes none"},
		{"{{#with sender}}{{name}}{{/with}}", sample, "Jane “J” O'Doe & <Co>"},
		{"{{company sender.domain}} {{company email}}", sample, "Acme Rockets Acme Rockets"},
		{"{{domain sender.email}} {{host website}}", sample, "acme-rockets.co.uk acme.com"},
		{`{{title "jane o'doe & CO"}} {{lower "ÄB & <C>"}}`, sample, "Jane O'doe & Co äb & <c>"},
		{`{{default nothing trading_name "x"}}`, sample, "Acme's"},
		{`{{default nothing "A & B"}}`, sample, "A & B"},
		{`{{default nothing sender.nothing}}|`, sample, "|"},
		{"{{company sender.domain}}{{domain sender.domain}}{{host sender.domain}}|", free, "|"},
		{"{{sender.email}}{{now}}{{ticket.id}}{{company nothing}}{{lower nothing}}{{title nothing}}{{host nothing}}|", empty, "|"},
		{"{{nothing.at.all}}|", empty, "|"},
	} {
		got := prefill(t, Sources{Notes: tt.template}, tt.in)
		if got.Notes != tt.want {
			t.Errorf("%s\n got %q\nwant %q", tt.template, got.Notes, tt.want)
		}
	}
}

func TestTemplatesThatDoNotParseAreAllNamed(t *testing.T) {
	t.Parallel()
	_, err := ParseTemplates(Sources{Name: "{{#if name}}", Website: "{{email}}", TradingName: "{{", Notes: "{{/if}}"})
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 {
		t.Fatalf("not a line per template: %v", err)
	}
	for i, variable := range []string{"PREFILL_NAME: ", "PREFILL_TRADING_NAME: ", "PREFILL_NOTES: "} {
		if !strings.HasPrefix(lines[i], variable) || len(lines[i]) < len(variable)+5 {
			t.Errorf("line %d is %q, want it to name %s", i, lines[i], variable)
		}
	}
}

func TestTemplateThatFailsLeavesItsFieldEmpty(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"{{lower}}", "{{company a b c}}", "{{default}}", "{{> nothing}}", `{{ifMatchesRegexStr}}`} {
		templates, err := ParseTemplates(Sources{Name: failing, TradingName: "{{trading_name}}"})
		if err != nil {
			t.Fatal(err)
		}
		d, errs := templates.Prefill(sample)
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), "PREFILL_NAME: ") || strings.Contains(errs[0].Error(), "\n") {
			t.Errorf("%s: errors %q", failing, errs)
		}
		if d.Name != "" || d.TradingName != "Acme's" || d.Website != "acme.com" {
			t.Errorf("%s: %+v", failing, d)
		}
	}
}

func TestPrefillKeepsToTheModalsLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü ", 4000)
	got := prefill(t, Sources{Name: long, TradingName: long, Notes: long, Website: strings.Repeat("a.", 200) + "com"}, Context{})
	for field, limit := range map[string]int{got.Name: MaxName, got.TradingName: MaxTradingName, got.Notes: MaxNotes} {
		if n := utf8.RuneCountInString(field); n > limit || n < limit-1 {
			t.Errorf("%d characters where %d are allowed", n, limit)
		}
	}
	if got.Website != "" {
		t.Errorf("website %q", got.Website)
	}
	got = prefill(t, Sources{Name: " a\r\n b\t\x00c ", Notes: "\n\n a\r\nb\x00\n"}, Context{})
	if got.Name != "a b c" || got.Notes != "a\nb" {
		t.Errorf("%q, %q", got.Name, got.Notes)
	}
}

func TestWhatTheAlertSaysWinsOverTheSendersDomain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		in   Alert
		want Draft
	}{
		{"nothing said", Alert{Email: "bob@mail.initech.co.uk"}, Draft{Name: "Initech", Website: "initech.co.uk"}},
		{"a website", Alert{Email: "bob@initech.de", Website: "https://support.acme.com/"}, Draft{Name: "Acme", Website: "support.acme.com"}},
		{"a website that is none", Alert{Email: "bob@initech.de", Website: "n/a"}, Draft{Name: "Initech", Website: "initech.de"}},
		{"a website of free mail", Alert{Email: "bob@initech.de", Website: "gmail.com"}, Draft{Name: "Initech", Website: "initech.de"}},
		{"names", Alert{Email: "bob@initech.de", Name: "Initech GmbH", TradingName: "Ini"}, Draft{Name: "Initech GmbH", Website: "initech.de", TradingName: "Ini"}},
		{"free mail", Alert{Email: "bob@gmail.com", SenderName: "Bob"}, Draft{}},
		{"free mail with a website", Alert{Email: "bob@gmail.com", Website: "acme.com"}, Draft{Name: "Acme", Website: "acme.com"}},
		{"no address", Alert{}, Draft{}},
	} {
		got := prefill(t, Sources{}, Context{Alert: tt.in})
		got.Notes = ""
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestTemplatesServeSeveralAtOnce(t *testing.T) {
	t.Parallel()
	templates, err := ParseTemplates(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	want, _ := templates.Prefill(sample)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got, errs := templates.Prefill(sample); got != want || len(errs) > 0 {
				t.Errorf("got %+v, %v", got, errs)
			}
		})
	}
	wg.Wait()
}

func FuzzTemplates(f *testing.F) {
	for _, s := range []string{defaults.Name, defaults.Website, defaults.Notes, "{{#each this}}{{@key}}{{/each}}",
		"{{#with sender as |s|}}{{s.name}}{{/with}}", "{{lookup a b}}", "{{{{raw}}}}x{{{{/raw}}}}", "{{!-- x --}}{{../x}}"} {
		f.Add(s, "jane@acme.com")
	}
	f.Fuzz(func(t *testing.T, source, value string) {
		templates, err := ParseTemplates(Sources{Name: source, Website: source, Notes: source})
		if err != nil {
			return
		}
		c := sample
		c.Alert = ParseAlert(value)
		d, _ := templates.Prefill(c)
		checkText(t, "name", d.Name, MaxName, false)
		checkText(t, "notes", d.Notes, MaxNotes, true)
		if d.Website != "" {
			if host, err := ParseWebsite(d.Website); err != nil || host != d.Website {
				t.Errorf("website %q", d.Website)
			}
		}
	})
}
