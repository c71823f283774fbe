package draft

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestParseMailReadsSenderAndSubject(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     Alert
	}{
		{"a plain mail", "From: Jane Doe <jane@acme.com>\nTo: desk@msp.example\nSubject: Printer on fire\n\nFrom: evil@body.com\n",
			Alert{Email: "jane@acme.com", SenderName: "Jane Doe", Subject: "Printer on fire"}},
		{"with CRLF, and no body", "FROM: jane@ACME.com\r\nsubject: Hi\r\n",
			Alert{Email: "jane@acme.com", Subject: "Hi"}},
		{"without a last line break", "From: jane@acme.com", Alert{Email: "jane@acme.com"}},
		{"folded lines", "From: \"Doe,\n Jane\"\n\t<jane@acme.com>\nSubject: one\n  two\n\tthree\n\n",
			Alert{Email: "jane@acme.com", SenderName: "Doe, Jane", Subject: "one two three"}},
		{"encoded words", "From: =?UTF-8?B?SsO2cmcgTcO8bGxlcg==?= <joerg@mueller.de>\nSubject: =?iso-8859-1?Q?Dr=FCcker_?=\n =?utf-8?q?defekt?=\n\n",
			Alert{Email: "joerg@mueller.de", SenderName: "Jörg Müller", Subject: "Drücker defekt"}},
		{"encoded words in other charsets", "From: =?shift_jis?B?iMCUkQ==?= <a@b.jp>\nSubject: =?koi8-r?B?8NLJ18XU?=\n\n",
			Alert{Email: "a@b.jp", SenderName: "安泊", Subject: "Привет"}},
		{"an unknown charset", "From: =?x-unknown?Q?J=F6rg?= <joerg@acme.de>\nSubject: =?x-unknown?Q?J=C3=B6rg?=\n\n",
			Alert{Email: "joerg@acme.de", SenderName: "Jörg", Subject: "Jörg"}},
		{"raw 8-bit headers", "From: J\xf6rg <joerg@acme.de>\nSubject: Caf\xe9 \x96 au lait\n\n",
			Alert{Email: "joerg@acme.de", SenderName: "Jörg", Subject: "Café – au lait"}},
		{"raw UTF-8 headers", "From: Jörg <jörg@bücher.de>\nSubject: Grüße\n\n",
			Alert{Email: "jörg@bücher.de", SenderName: "Jörg", Subject: "Grüße"}},
		{"an unquoted comma", "From: Acme, Inc. <info@acme.com>\n\n", Alert{Email: "info@acme.com", SenderName: "Acme, Inc."}},
		{"several authors", "From: Jane <jane@acme.com>, Bob <bob@initech.de>\n\n", Alert{Email: "jane@acme.com", SenderName: "Jane"}},
		{"no From but a Sender", "Sender: desk@acme.com\nReturn-Path: <bounce@mailer.com>\n\n", Alert{Email: "desk@acme.com"}},
		{"a garbled From", "From: Jane Doe\nSender: \nReturn-Path: <jane@acme.com>\n\n", Alert{Email: "jane@acme.com"}},
		{"a From on a host without a dot", "From: root@localhost\nReturn-Path: <ops@acme.com>\n\n", Alert{Email: "ops@acme.com"}},
		{"Reply-To is no sender", "From: jane@acme.com\nReply-To: bob@initech.de\n\n", Alert{Email: "jane@acme.com"}},
		{"a mailbox's first line, without a sender", "From \nSender: jane@acme.com\n\n", Alert{Email: "jane@acme.com"}},
		{"a mailbox's first line", "From jane@acme.com Tue Nov 24 10:00:00 2026\nSubject: Hi\n\n", Alert{Email: "jane@acme.com", Subject: "Hi"}},
		{"a broken line among the good", "\n\nReceived: x\nthis is no header\n\tnor is this\nFrom: jane@acme.com\n: odd\nSubject: Hi\n\n",
			Alert{Email: "jane@acme.com", Subject: "Hi"}},
		{"a byte order mark", "\ufeffFrom: jane@acme.com\n\n", Alert{Email: "jane@acme.com"}},
		{"a ticket in the subject", "From: jane@acme.com\nSubject: Re: Printer [ID:0012345]\n\n",
			Alert{Email: "jane@acme.com", Subject: "Re: Printer [ID:0012345]", TicketID: "12345"}},
		{"a long subject", "From: jane@acme.com\nSubject: " + strings.Repeat("ü", 1000) + "\n\n",
			Alert{Email: "jane@acme.com", Subject: strings.Repeat("ü", maxSubject)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAlert(iotest.OneByteReader(strings.NewReader(tt.in)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMailWithoutASenderSaysWhatToDo(t *testing.T) {
	t.Parallel()
	const (
		noSender = "The mail names no sender: there is no e-mail address in From, Reply-To, Sender or Return-Path. Create the client by hand if it needs one."
		noMail   = "There is no mail in the input. Feed the whole message, with its header, to standard input."
	)
	for in, want := range map[string]string{
		"":                               noMail,
		"\r\n\r\n":                       noMail,
		"hello\n":                        noMail,
		"Subject: Hi\n\njane@acme.com\n": noSender,
		"From: <>\nReturn-Path: x\n\n":   noSender,
		"From: undisclosed:;\n\n":        noSender,
		"\nFrom : Jane\nReply-To: a@\n":  noSender,
	} {
		if got, err := readAlert(strings.NewReader(in)); err == nil || err.Error() != want {
			t.Errorf("readAlert(%q) = %+v, %v", in, got, err)
		}
	}
}

func TestParseMailPassesAReadersErrorOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("the pipe burst")
	for _, begun := range []string{"From: jane@acme.com\n", "From: jane@acme.com\n\nHi", "From: jane@acme.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"} {
		if _, err := readAlert(io.MultiReader(strings.NewReader(begun), iotest.ErrReader(broken))); !errors.Is(err, broken) {
			t.Errorf("behind %q: got %v", begun, err)
		}
	}
}

// endless is a header that never ends.
type endless struct{ n int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	e.n += len(p)
	return len(p), nil
}

func TestReadingAMailThatNeverEndsStops(t *testing.T) {
	t.Parallel()
	var rest endless
	got, err := readAlert(io.MultiReader(strings.NewReader("From: jane@acme.com\nSubject: "), &rest))
	if err != nil || got.Email != "jane@acme.com" || len(got.Subject) != maxSubject {
		t.Errorf("got %+v, %v", got, err)
	}
	if rest.n > 2*maxMail {
		t.Errorf("read %d bytes", rest.n)
	}
}

func TestTicketIDOnlyWhereTheSubjectLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]string{
		"[#12345] Printer":                 "",
		"Re: Printer [ID: 0012345]":        "12345",
		"Printer ID:0012345":               "12345",
		"RE: ID:0012345 - Printer":         "12345",
		"[ID:12345] Printer":               "12345",
		"[Ticket ID:12345]":                "12345",
		"[ID:12345] Fwd: [#99] ID:0012345": "12345",
		"[ID:12345] and [ID:12346]":        "",
		"[ID:12345] and ID:0012346":        "",
		"Order #12345":                     "",
		"Order ID: 4711":                   "",
		"Invoice ID:4711":                  "",
		"GRID:0012345":                     "",
		"[ID:0000]":                        "",
		"[ID:12]":                          "12",
		"[ID:1234567890123]":               "",
		"Printer":                          "",
		"":                                 "",
	} {
		if got := (Rules{TicketTags: []string{"ID:"}}).ticketID(subject); got != want {
			t.Errorf("the ticket of %q is %q, want %q", subject, got, want)
		}
	}
}

// A header of a megabyte or more takes time and memory in proportion to its length, whatever it is
// made of. Not parallel: all that is allocated meanwhile counts.
func TestLongHeadersAreReadThrough(t *testing.T) {
	for what, header := range map[string]string{
		"folds":         "Subject: x\n" + strings.Repeat(" a\n", 350_000),
		"empty folds":   "Subject: x\n" + strings.Repeat(" \n", 500_000),
		"hops":          strings.Repeat("Received: from a.example by b.example with ESMTP; Mon, 9 Mar 2026 10:02:40 +0000\n", 25_000),
		"one line":      "Received: " + strings.Repeat("x", 2<<20) + "\n",
		"senders":       strings.Repeat("Reply-To: x@y.example, (((((((((((((\n", 50_000),
		"comments":      "Reply-To: " + strings.Repeat("(", 1<<20) + "\n",
		"quotes":        "Reply-To: " + strings.Repeat("\"<", 1<<19) + "\n",
		"groups":        "Reply-To: " + strings.Repeat(":;", 1<<19) + "\n",
		"encoded words": "Subject: " + strings.Repeat("=?utf-8?Q?a?= ", 1<<17) + "\n",
		"addresses":     "Reply-To: " + strings.Repeat("x@y.example,\n ", 1<<17) + "\n",
		"results":       strings.Repeat("Authentication-Results: mx.msp.example; "+strings.Repeat("( ", 20_000)+"\n", 50),
	} {
		t.Run(what, func(t *testing.T) {
			mail := header + "From: Ines <ines@faro-azulejos.pt>\n\nHi"
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := ReadMail(strings.NewReader(mail))
			if err != nil {
				t.Fatal(err)
			}
			if a := m.Alert(Rules{AuthservID: "mx.msp.example"}); a.Email != "ines@faro-azulejos.pt" {
				t.Errorf("it is from %q", a.Email)
			}
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > 100*uint64(len(mail)) {
				t.Errorf("%d bytes of mail took %d of memory", len(mail), took)
			}
		})
	}
}

// The key is of the mail, not of its way: a mail server that delivers it again adds hops.
func TestAMailsKeyIsTheSameWhenItComesAgain(t *testing.T) {
	t.Parallel()
	key := func(s string) string {
		m, err := ReadMail(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return m.Key
	}
	const mail = "From: jane@acme.com\nDate: Mon, 9 Mar 2026 10:02:40 +0000\nSubject: Hi\nMessage-ID: <1@acme.com>\n\nOne\n"
	if key(mail) != key("Received: by mx.msp.example\nReturn-Path: <jane@acme.com>\n"+mail) {
		t.Error("another hop makes another mail of it")
	}
	for _, part := range []string{"jane", "10:02", "Hi", "<1@", "One"} {
		if key(mail) == key(strings.Replace(mail, part, "x"+part, 1)) {
			t.Errorf("a mail with another %q is the same", part)
		}
	}
}

// A header is read whatever its mail's text is in, and its address however long the name before it.
func TestASenderIsFoundWhateverTheTextIsInAndHoweverLongTheName(t *testing.T) {
	t.Parallel()
	const from = "From: Jane Roe <jane@stranger.example>\n"
	mails := map[string]string{
		"a long name":        "From: " + strings.Repeat("Jane of the long name ", 1000) + "<jane@stranger.example>\n\nHi",
		"a long word":        "From: =?utf-8?B?" + strings.Repeat("QUFB", 3000) + "?= <jane@stranger.example>\n\nHi",
		"a long list behind": "From: Jane Roe <jane@stranger.example>" + strings.Repeat(", x@y.example", 2000) + "\n\nHi",
	}
	for _, charset := range []string{"utf-16", "UTF-16LE", "utf-16be", "hz-gb-2312", "utf-7", "utf-32", "ucs-2", "ibm037", "iso-2022-jp", "shift_jis", "x-unknown"} {
		mails[charset] = from + "Content-Type: text/plain; charset=" + charset + "\nContent-Transfer-Encoding: base64\n\n//5oAGkA\n"
		mails[charset+" in a part"] = from + "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html; charset=" + charset + "\n\nh\x00i\x00\n--b--\n"
	}
	for name, mail := range mails {
		m, err := ReadMail(strings.NewReader(mail))
		if err != nil || len(m.Senders) == 0 || !slices.ContainsFunc(m.Senders, func(s Sender) bool { return s.Email == "jane@stranger.example" }) {
			t.Errorf("%s: %.200v, %v", name, m.Senders, err)
		}
	}
}

func FuzzReadMail(f *testing.F) {
	f.Add([]byte("From: =?utf-8?q?J=C3=B6rg?= <j@acme.de>\r\nSubject: [#123] a\r\n b\r\n\r\nbody"))
	f.Add([]byte("From jane@acme.com Tue\n>From x\nSender: a@b.c\n: \n x\n\n"))
	f.Add([]byte("From: \xff\xfe@\x80.de\nReturn-Path: <a@b.cc>"))
	for _, name := range []string{"forward-outlook-de", "forward-thunderbird-en", "bounce", "raw-koi8", "whole-from-encoded"} {
		mail, err := os.ReadFile(filepath.Join("testdata", "mails", name+".eml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(mail)
	}
	f.Add([]byte(mailFrom("Authentication-Results: mx; dmarc=pass (x) header.from=\"a\"; spf=", mixed("mixed", "Content-Type: message/rfc822\n\nFrom: a@b.cc\n", htmlPage+"\n<a href=mailto:a@b.cc>From</a>:"))))
	rules := northgate
	rules.AuthservID, rules.TicketTags = "mx", []string{"ID:", "#", "(?"}
	f.Fuzz(func(t *testing.T, mail []byte) {
		m, err := ReadMail(strings.NewReader(string(mail)))
		if err != nil {
			if m.Key != "" || len(m.Senders) > 0 {
				t.Errorf("%+v with %v", m, err)
			}
			return
		}
		checkText(t, "the subject", m.Subject, maxSubject, false)
		for _, s := range m.Senders {
			checkText(t, "a name", s.Name, maxSenderName, false)
			checkText(t, "an address", s.Email, maxAddress, false)
		}
		stored, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var again Mail
		if err := json.Unmarshal(stored, &again); err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("stored and read again: %s, %v", cmp.Diff(m, again), err)
		}
		a := m.Alert(rules)
		if a.Email == "" && m.Noise == "" || a.Notes != "" {
			t.Errorf("%+v", a)
		}
		if diff := cmp.Diff(a, ParseAlert(a.Value())); diff != "" {
			t.Error("after a round through Value: ", diff)
		}
	})
}
