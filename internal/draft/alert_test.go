package draft

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseAlertTakesWhatCanBeUsed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 400)
	for _, tt := range []struct {
		name, in string
		want     Alert
	}{
		{"nothing", "", Alert{}},
		{"a bare address", "jane@acme.com", Alert{Email: "jane@acme.com"}},
		{"a domain in capitals", " Jane@ACME.com\n", Alert{Email: "Jane@acme.com"}},
		{"a header", `"Doe, Jane" <jane@acme.com>`, Alert{Email: "jane@acme.com", SenderName: "Doe, Jane"}},
		{"a header with a comma left unquoted", `Acme, Inc. <info@acme.com>`, Alert{Email: "info@acme.com", SenderName: "Acme, Inc."}},
		{"a header with a comment", `jane@acme.com (Jane Doe)`, Alert{Email: "jane@acme.com", SenderName: "Jane Doe"}},
		{"an encoded header", `=?utf-8?q?J=C3=B6rg?= <joerg@acme.de>`, Alert{Email: "joerg@acme.de", SenderName: "Jörg"}},
		{"several addresses", "jane@acme.com, bob@initech.de", Alert{Email: "jane@acme.com"}},
		{"several with semicolons", "jane@acme.com; bob@initech.de", Alert{Email: "jane@acme.com"}},
		{"a mailto link", "mailto:jane%2Bx@acme.com?subject=Hi", Alert{Email: "jane+x@acme.com"}},
		{"Slack's link", "<mailto:jane@acme.com|jane@acme.com>", Alert{Email: "jane@acme.com"}},
		{"Slack's link after a name", "Jane &lt;<mailto:jane@acme.com|jane@acme.com>&gt;", Alert{Email: "jane@acme.com", SenderName: "Jane"}},
		{"an address in prose", "New mail from jane@acme.com.", Alert{Email: "jane@acme.com"}},
		{"an IDN", "jörg@bücher.de", Alert{Email: "jörg@bücher.de"}},
		{"an address on this host", "root@localhost", Alert{Email: "root@localhost"}},
		{"an address at an IP address", "jane@[10.0.0.1]", Alert{Email: "jane@[10.0.0.1]"}},
		{"no address", "Jane Doe", Alert{}},
		{"an array", `["jane@acme.com"]`, Alert{Email: "jane@acme.com"}},
		{"a JSON string", `"jane@acme.com"`, Alert{Email: "jane@acme.com"}},
		{"broken JSON", `{"email": "jane@acme.com", "subject": "cut of`, Alert{Email: "jane@acme.com", Subject: "cut of"}},
		{"a broken list", `[{"email":"jane@acme.com","notes":"\u00c4","list":["a","b"],"subject":"a "b" c"}]`, Alert{Email: "jane@acme.com", Subject: `a "b" c`, Notes: "Ä"}},
		{"broken JSON cut off within the address", `{"ticket_id":7,"email":"jane@acme.c`, Alert{TicketID: "7"}},
		{"broken JSON without an address", `{"email": `, Alert{}},
		{"null", `null`, Alert{}},
		{"every key", `{"email":"jane@acme.com","sender_name":"Jane","subject":"Help","ticket_id":"12345","name":"Acme Ltd",
			"website":"www.acme.com","trading_name":"Acme","notes":"line 1\nline 2","connection":"uat","on_error":"Stop_All"}`,
			Alert{Email: "jane@acme.com", SenderName: "Jane", Subject: "Help", TicketID: "12345", Name: "Acme Ltd",
				Website: "www.acme.com", TradingName: "Acme", Notes: "line 1\nline 2", Connection: "uat", OnError: StopAll}},
		{"JSON in a JSON string, with a JSON string in it", `"{\"email\":\"jane@acme.com\",\"subject\":\"a, \\\"b\\\": c\"}"`, Alert{Email: "jane@acme.com", Subject: `a, "b": c`}},
		{"JSON in a list", `[{"email":"jane@acme.com","subject":"a, \"b\": c"}]`, Alert{Email: "jane@acme.com", Subject: `a, "b": c`}},
		{"an empty list", `[]`, Alert{}},
		{"JSON in a JSON string", `"{\"email\":\"jane@acme.com\",\"ticket_id\":7}"`, Alert{Email: "jane@acme.com", TicketID: "7"}},
		{"a ticket's number", `{"ticket_id":12345}`, Alert{TicketID: "12345"}},
		{"a ticket's number with a fraction of nothing", `{"ticket_id":12345.0}`, Alert{TicketID: "12345"}},
		{"a ticket's number with its sign", `{"ticket_id":"# 12345"}`, Alert{TicketID: "12345"}},
		{"a long number is kept digit by digit", `{"ticket_id":123456789012345678901}`, Alert{TicketID: "123456789012345678901"}},
		{"wrong types", `{"email":[7],"sender_name":{"a":1},"subject":true,"ticket_id":false,"name":7,"website":null,"notes":[],"on_error":3}`, Alert{}},
		{"a number for the address", `{"email":7}`, Alert{}},
		{"no address where it should be", `{"email":"Jane Doe","from":"jane@acme.com"}`, Alert{Email: "jane@acme.com", Other: map[string]string{"from": "jane@acme.com"}}},
		{"an unknown word", `{"on_error":"explode"}`, Alert{}},
		{"unknown keys", `{"email":"jane@acme.com","mailbox":"desk","priority":2,"vip":true,"none":null,"deep":{"a":1},"list":[1]}`,
			Alert{Email: "jane@acme.com", Other: map[string]string{"mailbox": "desk", "priority": "2", "vip": "true"}}},
		{"the key other", `{"other":{"mailbox":"desk","deep":{}}}`, Alert{Other: map[string]string{"mailbox": "desk"}}},
		{"the sender's own name wins", `{"email":"Jane <jane@acme.com>","sender_name":"Jane Doe"}`, Alert{Email: "jane@acme.com", SenderName: "Jane Doe"}},
		{"control characters and line breaks", `{"name":"Acme\u0000\r\n\tLtd\u001b","notes":"a\u0000b\r\nc\u2028d\u0007\n"}`,
			Alert{Name: "Acme Ltd", Notes: "ab\nc\nd"}},
		{"marks that turn the writing", `{"sender_name":"moc.emca\u202e\u200b evil"}`, Alert{SenderName: "moc.emca evil"}},
		{"entities", `{"name":"Smith &amp; Sons","subject":"a &lt; b &amp;amp; c","notes":"&lt;b&gt;"}`,
			Alert{Name: "Smith & Sons", Subject: "a < b & c", Notes: "<b>"}},
		{"mentions stay text", `{"name":"<!channel> & <@U1>"}`, Alert{Name: "<!channel> & <@U1>"}},
		{"encoded words", `{"sender_name":"=?iso-8859-1?Q?J=F6rg?=","subject":"=?UTF-8?B?w4RyZ2Vy?="}`, Alert{SenderName: "Jörg", Subject: "Ärger"}},
		{"half a surrogate pair", `{"name":"Acme \ud83d"}`, Alert{Name: "Acme \uFFFD"}},
		{"what is too long", fmt.Sprintf(`{"email":"%[1]s@acme.com","sender_name":%[1]q,"subject":%[1]q,"ticket_id":%[1]q,"name":%[1]q}`, long),
			Alert{SenderName: long[:2*maxSenderName], Subject: long[:2*maxSubject], TicketID: long[:2*maxTicketID], Name: long[:2*MaxName]}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ParseAlert(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(got, ParseAlert(got.Value())); diff != "" {
				t.Error("after a round through Value:", diff)
			}
		})
	}
}

func TestAlertDomain(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"":                        "",
		"bob@mail.initech.co.uk":  "mail.initech.co.uk",
		"Bob+halo@INITECH.co.uk.": "initech.co.uk",
		"jörg@bücher.de":          "xn--bcher-kva.de",
	} {
		if got := (Alert{Email: email}).Domain(); got != want {
			t.Errorf("the domain of %q is %q, want %q", email, got, want)
		}
	}
}

func TestValueKeepsMarkupReadable(t *testing.T) {
	t.Parallel()
	got := Alert{Email: "jane@acme.com", Subject: `<a> & "b"`}.Value()
	if want := `{"email":"jane@acme.com","subject":"<a> & \"b\""}`; got != want {
		t.Errorf("value %s, want %s", got, want)
	}
	if got := (Alert{}).Value(); got != "{}" || !(Alert{}).Empty() || (Alert{Subject: "x"}).Empty() {
		t.Errorf("the empty alert's value is %s", got)
	}
}

func TestValueCutsNotesFirstThenTheSubject(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", MaxNotes)
	full := Alert{Email: "jane@acme.com", SenderName: long[:400], Subject: long[:500], Name: long[:400], Notes: long, Connection: "uat"}

	got := ParseAlert(full.Value())
	if n := utf8.RuneCountInString(full.Value()); n != maxValue {
		t.Errorf("the value has %d characters, not all that there may be", n)
	}
	if got.Notes == "" || got.Notes == long || !strings.HasPrefix(long, got.Notes) {
		t.Errorf("notes cut to %d characters", utf8.RuneCountInString(got.Notes))
	}
	got.Notes = full.Notes
	if diff := cmp.Diff(full, got); diff != "" {
		t.Error("more than the notes was cut:", diff)
	}

	full.Other = map[string]string{"a": long[:2000], "b": long[:600]}
	got = ParseAlert(full.Value())
	if got.Notes != "" || got.Subject == full.Subject || got.Other["a"] != full.Other["a"] || got.Name != full.Name {
		t.Errorf("notes of %d, subject of %d, other %d, name of %d characters", utf8.RuneCountInString(got.Notes),
			utf8.RuneCountInString(got.Subject), len(got.Other), utf8.RuneCountInString(got.Name))
	}
}

func TestValueFitsWhateverTheAlertHolds(t *testing.T) {
	t.Parallel()
	quotes := strings.Repeat(`"`, 4000)
	other := make(map[string]string)
	for i := range 100 {
		other[fmt.Sprint(i, quotes)] = quotes
	}
	a := Alert{Email: strings.Repeat("'", 64) + "@acme.com", SenderName: quotes, Subject: quotes, TicketID: quotes, Name: quotes,
		Website: quotes, TradingName: quotes, Notes: quotes, Connection: quotes, OnError: "?", Other: other}
	if n := len(a.tidy().Other); n != maxOther {
		t.Errorf("%d others are kept", n)
	}
	value := a.Value()
	if n := utf8.RuneCountInString(value); n > maxValue {
		t.Errorf("the value has %d characters", n)
	}
	if got := ParseAlert(value); got.Email != a.Email || got.Name == "" || got.TicketID == "" {
		t.Errorf("kept %+v", got)
	}
}

func FuzzParseAlert(f *testing.F) {
	for _, s := range []string{
		"jane@acme.com", `"Doe, Jane" <jane@acme.com>`, "<mailto:jane@acme.com|jane@acme.com>", `Jane &lt;jane@acme.com&gt;`,
		`{"email":"jane@acme.com","ticket_id":12345,"vip":true,"notes":"a\nb","on_error":"stop","other":{"k":"v"}}`,
		`{"email":"jane@acme.com","subject":"=?utf-8?q?=26amp=3B?="`, `{"name":"\ud83d\u0000&amp;lt;","":"x"}`, "{", "null", "\xff@\xfe.com", "<.@a.c", "<a..{b}@c.de>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := ParseAlert(s)
		for _, text := range a.texts() {
			checkText(t, text.key, *text.value, text.max, text.key == "notes")
		}
		for key, value := range a.Other {
			checkText(t, "a key", key, maxOtherKey, false)
			checkText(t, key, value, maxOtherValue, false)
		}
		if _, ok := ParseOnError(string(a.OnError)); len(a.Other) > maxOther || a.OnError != "" && !ok {
			t.Errorf("%d others, on_error %q", len(a.Other), a.OnError)
		}
		if a.Domain() != "" && a.Email == "" || a.Domain() == "" && a.Email != "" && !strings.HasSuffix(a.Email, "]") {
			t.Errorf("email %q has the domain %q", a.Email, a.Domain())
		}
		if again := a.tidy(); !reflect.DeepEqual(a, again) {
			t.Error("tidied again: ", cmp.Diff(a, again))
		}
		value := a.Value()
		if n := utf8.RuneCountInString(value); n > maxValue {
			t.Errorf("a value of %d characters", n)
		}
		if again := ParseAlert(value); value == a.json() && !reflect.DeepEqual(a, again) {
			t.Error("after a round through Value: ", cmp.Diff(a, again))
		}
	})
}

func checkText(t *testing.T, what, s string, max int, multiline bool) {
	t.Helper()
	if n := utf8.RuneCountInString(s); n > max || !utf8.ValidString(s) || s != strings.TrimSpace(s) {
		t.Errorf("%s: %q (%d characters)", what, s, n)
	}
	for _, r := range s {
		if unicode.IsControl(r) && (r != '\n' && r != '\t' || !multiline) {
			t.Errorf("%s holds %U", what, r)
		}
	}
}
