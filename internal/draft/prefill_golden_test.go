package draft

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// realAlerts are buttons' values as alert flows write them, with nobody's real name in them.
var realAlerts = []struct{ name, value string }{
	{"bare address", "bob@initech.de"},
	{"sub-domain", "bob@mail.initech.co.uk"},
	{"deep sub-domain", "alerts@eu-west.prod.mail.globex.com.au"},
	{"plus tag", "bob+helpdesk@initech.de"},
	{"dots and capitals", "Bob.O.Brien@INITECH.IE"},
	{"hyphenated domain", "post@acme-rockets.co.uk"},
	{"digits in the domain", "info@24-7-plumbing.com"},
	{"IDN in Unicode", "jörg@bücher-müller.de"},
	{"IDN in punycode", "info@xn--bcher-kva.de"},
	{"IDN under an IDN ending", "почта@почта.рф"},
	{"Japanese ending", "info@acme.co.jp"},
	{"new ending", "hello@tessier-ashpool.agency"},
	{"city council", "it.support@anytown.gov.uk"},
	{"school", "office@st-marys.anytown.sch.uk"},
	{"Microsoft 365 tenant", "admin@contoso.onmicrosoft.com"},
	{"free mail", "jane.doe1984@gmail.com"},
	{"free mail of a country", "jane@yahoo.co.uk"},
	{"free mail on a sub-domain", "jane@eu.outlook.com"},
	{"internet access provider", "familie.mueller@t-online.de"},
	{"RFC 2606 name", "jane@example.com"},
	{"quoted display name", `"Doe, Jane (Accounts)" <jane.doe@initech.de>`},
	{"unquoted comma", `Acme, Inc. <billing@acme.com>`},
	{"display name that is an address", `"jane@gmail.com" <jane@hooli.xyz>`},
	{"Slack link", "<mailto:jane@acme.com|jane@acme.com>"},
	{"Slack link after a name", "Jane Doe &lt;<mailto:jane@acme.com|jane@acme.com>&gt;"},
	{"several addresses", "jane@acme.com; bob@initech.de, eve@hooli.xyz"},
	{"address in prose", "Unknown sender jane@acme.com wrote to support@msp.example."},
	{"none", "Voicemail from +44 20 7946 0000"},
	{"empty", ""},
	{"full object", `{"email":"jane.doe@initech.de","sender_name":"Jane Doe","subject":"VPN drops every hour","ticket_id":48213}`},
	{"everything said", `{"email":"jane@globex.com","sender_name":"Jane","subject":"New laptop","ticket_id":"0048214","name":"Globex Corporation Ltd","website":"https://www.globex.co.uk/contact","trading_name":"Globex","notes":"Referred by Initech.\nCall before 5 pm.","connection":"uat","on_error":"bounce"}`},
	{"website that is no website", `{"email":"jane@globex.com","website":"TBC"}`},
	{"website of free mail", `{"email":"jane@gmail.com","website":"gmail.com","subject":"Quote please"}`},
	{"free mail and the company's website", `{"email":"acmeplumbing@hotmail.com","sender_name":"Acme Plumbing","website":"www.acme-plumbing.com"}`},
	{"encoded name and subject", `{"email":"joerg@mueller.de","sender_name":"=?UTF-8?B?SsO2cmcgTcO8bGxlcg==?=","subject":"=?iso-8859-1?Q?Drucker_gel=F6scht?="}`},
	{"entities", `{"email":"info@smith-and-sons.com","name":"Smith &amp; Sons","subject":"Invoices &gt; 30 days"}`},
	{"keys of its own", `{"email":"jane@acme.com","mailbox":"support@msp.example","priority":2,"vip":true}`},
	{"header in the address", `{"email":"\"Doe, Jane\" <jane@acme.com>"}`},
	{"wrong types", `{"email":{"address":"jane@acme.com"},"subject":["a"],"ticket_id":true,"name":null,"notes":5}`},
	{"cut off in the middle", `{"email":"jane@acme.com","subject":"This value was longer than its writer thou`},
	{"mention of the channel", `{"email":"jane@acme.com","name":"<!channel> Ltd","subject":"<@U123> & <https://evil.example|click>"}`},
	{"markup and templates", `{"email":"jane@acme.com","name":"{{sender.email}} </b><script>","subject":"{{#if x}} *bold* ` + "`code`" + `"}`},
	{"control characters", `{"email":"jane@acme.com\r\nBcc: all@acme.com","name":"Acme\u0000\u0007\nLtd","subject":"\u202eevil\u202c\ttext","notes":"one\r\ntwo\u0000"}`},
	{"endless name", `{"email":"jane@acme.com","name":"` + strings.Repeat("Acme ", 80) + `"}`},
	{"emoji and combining letters", `{"email":"hi@cafe.example","name":"Cafe` + "\u0301" + ` 👩‍🍳","subject":"🔥🔥🔥"}`},
	{"address of no use", `{"email":"root@localhost","sender_name":"root","subject":"Cron"}`},
	{"address at an IP address", "bob@[192.168.1.10]"},
	{"public suffix", "registrar@co.uk"},
}

// realMails are mails as they reach the command's standard input.
var realMails = []struct{ name, message string }{
	{"mail", "From: Jane Doe <jane.doe@initech.de>\nTo: support@msp.example\nSubject: Printer on fire [ID:0048213]\n\nHelp!"},
	{"mail, folded and encoded", "From: =?utf-8?q?J=C3=B6rg_M=C3=BCller?=\n <joerg@m=?=, joerg@xn--mller-kva.de>\nSubject: =?utf-8?q?Dr=C3=BCcker?=\n =?utf-8?q?_kaputt?=\n\n"},
	{"mail, encoded", "From: =?windows-1252?Q?Caf=E9_=93Central=94?= <hello@cafe-central.fr>\nSubject: =?utf-8?b?UHJvYmzDqG1l?= ID:0048215\n\n"},
	{"mail through a list", "From: \"Jane Doe via Billing\" <billing@lists.initech.de>\nSender: owner@lists.initech.de\nReply-To: jane@acme.com\nSubject: Re: [Billing] Order #99812\n\n"},
	{"mail without a From", "Return-Path: <bounce+7421=desk@mailer.acme.com>\nSubject: Your report\n\n"},
}

func TestPrefilledFieldsOfRealAlerts(t *testing.T) {
	t.Parallel()
	templates, err := ParseTemplates(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	type golden struct {
		Case  string `json:"case"`
		Value string `json:"value"`
		Alert Alert  `json:"alert"`
		Draft Draft  `json:"draft"`
	}
	var all []golden
	add := func(name, value string, a Alert) {
		c := Context{Alert: a, Permalink: "https://msp.slack.com/archives/C1/p1763980000000100",
			Now: time.Date(2026, 11, 24, 10, 30, 0, 0, time.UTC)}
		if a.TicketID != "" {
			c.TicketURL = "https://halo.example/ticket?id=" + a.TicketID
		}
		d, errs := templates.Prefill(c)
		if len(errs) > 0 {
			t.Errorf("%s: %v", name, errs)
		}
		all = append(all, golden{name, value, a, d})
	}
	for _, tt := range realAlerts {
		add(tt.name, tt.value, ParseAlert(tt.value))
	}
	for _, tt := range realMails {
		a, err := readAlert(strings.NewReader(tt.message))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		add(tt.name, tt.message, a)
	}

	var got bytes.Buffer
	enc := json.NewEncoder(&got)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(all); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "prefill.golden.json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error("run with -update if this is meant:", diff)
	}
}
