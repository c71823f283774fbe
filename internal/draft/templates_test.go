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
		Other: map[string]string{"mailbox": "desk & co", "user": "not this one", "two words": "2", "contact.phone": "0123", "ticket.id": "not this one"},
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
		{"{{mailbox}} {{two words}} {{contact.phone}} {{contact}}|", sample, "desk & co 2 0123 |"},
		{"{{#mailbox}}yes{{/mailbox}}{{^mailbox}}no{{/mailbox}} {{^nothing}}none{{/nothing}}", sample, "yes none"},
		{"{{#sender}}{{name}}{{/sender}}", sample, "Jane “J” O'Doe & <Co>"},
		{"{{^sender}}nobody{{/sender}}{{#sender}}somebody{{/sender}}", empty, "nobody"},
		{"{{#mailbox}}({{.}}) {{#lower}}{{.}} {{TRADING_NAME}}{{trading_name}}{{/lower}}{{/mailbox}}", sample, "(desk & co) desk & co acme's"},
		{"{{#company}}{{sender.domain}}{{/company}} {{#company}} {{email}} {{/company}}", sample, "Acme Rockets Acme Rockets"},
		{"{{#domain}}{{sender.email}}{{/domain}} {{#host}}{{website}}{{/host}}", sample, "acme-rockets.co.uk acme.com"},
		{"{{#title}}jane o'doe & CO{{/title}} {{#lower}}ÄB & <C>{{/lower}}", sample, "Jane O'doe & Co äb & <c>"},
		{"{{#title}}{{#company}}{{#domain}}{{email}}{{/domain}}{{/company}} & {{mailbox}}{{/title}}", sample, "Acme Rockets & Desk & Co"},
		{"{{#nothing}}{{nothing}}{{/nothing}}{{^nothing}}{{trading_name}}{{/nothing}}", sample, "Acme's"},
		{"{{! a comment }}{{!-- and another --}}|", sample, "|"},
		{"{{#company}}{{sender.domain}}{{/company}}{{#domain}}{{sender.domain}}{{/domain}}{{#host}}{{sender.domain}}{{/host}}|", free, "|"},
		{"{{sender.email}}{{now}}{{ticket.id}}{{#company}}{{nothing}}{{/company}}{{#lower}}{{/lower}}{{#host}}{{/host}}|", empty, "|"},
		{"{{nothing.at.all}}{{website}}|", Context{Alert: Alert{Website: "TBC"}}, "|"},
	} {
		got := prefill(t, Sources{Notes: tt.template}, tt.in)
		if got.Notes != tt.want {
			t.Errorf("%s\n got %q\nwant %q", tt.template, got.Notes, tt.want)
		}
	}
}

func TestTemplatesThatCannotBeUsedAreAllNamed(t *testing.T) {
	t.Parallel()
	_, err := ParseTemplates(Sources{Name: "{{#name}}", Website: "{{email}}", TradingName: "{{", Notes: "{{/name}}"})
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

func TestTemplateIsRefusedForWhatItNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"{{sender.mail}}":                        "{{sender.mail}} is not known: there is {{sender.email}}, {{sender.name}}, {{sender.domain}}",
		"{{#subject}}{{ticket.nr}}{{/subject}}":  "{{ticket.nr}} is not known",
		"{{#lower}}{{user.email}}{{/lower}}":     "{{user.email}} is not known",
		"{{^channel.topic}}x{{/channel.topic}}":  "{{channel.topic}} is not known",
		"{{alert.link}}":                         "{{alert.link}} is not known",
		"{{sender.email.host}}":                  "{{sender.email.host}} is not known",
		"{{subject.first}}":                      "{{subject.first}} is not known: subject has no parts",
		"{{company.name}}":                       "{{company.name}} is not known",
		"{{sender}}":                             "{{sender}} is several values",
		"{{{ticket}}}":                           "{{ticket}} is several values",
		"{{& alert}}":                            "{{alert}} is several values",
		"{{company}}":                            "{{company}} has nothing to change. Write {{#company}}…{{/company}}",
		"{{#sender}}{{lower}}{{/sender}}":        "{{lower}} has nothing to change",
		"{{^domain}}x{{/domain}}":                "{{^domain}} would never be shown",
		"{{> /etc/passwd}}":                      "{{> /etc/passwd}} is a partial",
		"{{#lower}}{{>x}}{{/lower}}":             "{{> x}} is a partial",
		"{{=<% %>=}}<%#lower%>{{>x}}<%/lower%>":  "it changes Mustache's delimiters",
		"{{.}}":                                  "{{.}} stands for the value of the section around it",
		"{{#sender}}{{.}}{{/sender}}":            "{{.}} stands for the value of the section around it",
		"{{^name}}{{.}}{{/name}}":                "{{.}} stands for the value of the section around it",
		"{{}}":                                   "it is not Mustache",
		"{{#name}}":                              "it is not Mustache",
		"{{#name}}{{#email}}{{/name}}{{/email}}": "it is not Mustache",
		"{{name":                                 "it is not Mustache",
		"{{/name}}":                              "it is not Mustache",
		"{{a{b}}":                                "is not the name of a value",
		"{{{a}}}}{{{{b}}}}":                      "is not the name of a value",
		strings.Repeat("{{#name}}", maxNesting+1) + strings.Repeat("{{/name}}", maxNesting+1): "nested more than",
	} {
		_, err := ParseTemplate(source)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s is refused with %v, want %q", source, err, want)
		}
	}
	if _, err := ParseTemplate(strings.Repeat("{{#name}}", maxNesting) + strings.Repeat("{{/name}}", maxNesting)); err != nil {
		t.Errorf("sections as deep as they may be: %v", err)
	}
}

func TestHandlebarsIsRefusedWithItsNewSpelling(t *testing.T) {
	t.Parallel()
	for old, now := range map[string]string{
		"{{#if name}}{{name}}{{/if}}":                    "{{#name}}…{{/name}}",
		"{{#if sender.name}}a{{else}}b{{/if}}":           "{{#sender.name}}…{{/sender.name}}",
		"{{~#if name~}}x{{/if}}":                         "{{#name}}…{{/name}}",
		"{{#unless name}}x{{/unless}}":                   "{{^name}}…{{/name}}",
		"{{#with sender}}{{name}}{{/with}}":              "{{#sender}}…{{/sender}}",
		"{{#each this}}x{{/each}}":                       "{{#this}}…{{/this}}",
		"{{#name}}a{{else}}b{{/name}}":                   "{{/x}}{{^x}}",
		"{{if name}}x{{/if}}":                            "{{#x}}…{{/x}}",
		"{{company sender.domain}}":                      "{{#company}}{{sender.domain}}{{/company}}",
		"{{{domain sender.email}}}":                      "{{#domain}}{{sender.email}}{{/domain}}",
		"{{title \"x\"}}":                                "{{#title}}…{{/title}}",
		"{{company (host website)}}":                     "{{#company}}…{{/company}}",
		"{{default region name}}":                        "{{#region}}{{region}}{{/region}}{{^region}}{{name}}{{/region}}",
		"{{default name (company sender.domain)}}":       "{{#x}}{{x}}{{/x}}{{^x}}{{y}}{{/x}}",
		`{{lookup this "mailbox"}}`:                      "{{mailbox}}",
		"{{log name}}":                                   "does not print",
		"{{[two words]}}":                                "{{two words}}",
		"{{this.name}}":                                  "{{name}}",
		"{{../name}}":                                    "{{name}}",
		"{{@root.name}}":                                 "{{name}}",
		"{{name~}}":                                      "{{name}}",
		"{{this}}":                                       "{{.}}",
		"{{#if email}}a{{#name}}b{{if subject}}c{{/if}}": "{{#email}}…{{/email}}",
	} {
		_, err := ParseTemplate(old)
		if err == nil || !strings.Contains(err.Error(), "is Handlebars") || !strings.Contains(err.Error(), "Write "+now) && !strings.Contains(err.Error(), now) {
			t.Errorf("%s is refused with %v, want %s", old, err, now)
		}
	}
}

// A section's name in a flow's own keys, or a group's, does not reach a template.
func TestTemplatesValuesOfAFlowDoNotReplaceTheBotsOwn(t *testing.T) {
	t.Parallel()
	c := sample
	c.Alert.Other = map[string]string{"company": "x", "sender": "x", "sender.email": "x", "now": "x", "a": "1", "a.b": "2"}
	got := prefill(t, Sources{Notes: "{{#company}}{{sender.domain}}{{/company}} {{sender.email}} {{now}} {{a}}{{a.b}}"}, c)
	if want := "Acme Rockets jane+x@mail.acme-rockets.co.uk 2026-11-24 10:30 UTC 1"; got.Notes != want {
		t.Errorf("got %q, want %q", got.Notes, want)
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
	for _, in := range Fields {
		f.Add(in.Template, "jane@acme.com")
	}
	for _, s := range []string{"{{#sender}}{{.}}{{email}}{{/sender}}", "{{&a}}{{{b}}}",
		"{{#lower}}{{#title}}{{#company}}{{x}}{{/company}}{{/title}}{{/lower}}", "{{^a}}b{{/a}}{{!c}}", "{{> a}}{{=<% %>=}}<%a%>", "{{#if a}}{{else}}{{/if}}"} {
		f.Add(s, "jane@acme.com")
	}
	f.Fuzz(func(t *testing.T, source, value string) {
		templates, err := ParseTemplates(Sources{Name: source, Website: source, Notes: source})
		if err != nil {
			return
		}
		c := sample
		c.Alert = ParseAlert(value)
		d, errs := templates.Prefill(c)
		if len(errs) > 0 {
			t.Error(errs)
		}
		checkText(t, "name", d.Name, MaxName, false)
		checkText(t, "notes", d.Notes, MaxNotes, true)
		if d.Website != "" {
			if host, err := ParseWebsite(d.Website); err != nil || host != d.Website {
				t.Errorf("website %q", d.Website)
			}
		}
	})
}
