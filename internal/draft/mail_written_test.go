package draft

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// The same person, as mailers write her against the rules, and as programs forward and hand on her mail.
func TestOneSenderWrittenInManyWays(t *testing.T) {
	t.Parallel()
	const (
		address   = "b.kunze@kunze-heizung.de"
		name      = "Birgit Kunze"
		page      = "From: Tess <tess@northgate-msp.example>\n"
		colleague = "From: Tess <tess@northgate-msp.example>\nContent-Type: text/plain; charset=utf-8\n\n"
	)
	base64Of := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	templates, err := ParseTemplates(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var recipients strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&recipients, "user%d@somewhere.example,\n ", i)
	}
	for _, tt := range []struct{ what, mail, name string }{
		{"no brackets, comma", "From: \"Kunze, Birgit\" b.kunze@kunze-heizung.de\nSubject: x\n\nx", "Kunze, Birgit"},
		{"no brackets", "From: Birgit Kunze b.kunze@kunze-heizung.de\n\nx", name},
		{"trailing name", "From: <b.kunze@kunze-heizung.de> Birgit Kunze\n\nx", name},
		{"twice", "From: b.kunze@kunze-heizung.de <b.kunze@kunze-heizung.de>\n\nx", ""},
		{"open", "From: Birgit Kunze <b.kunze@kunze-heizung.de\n\nx", name},
		{"double", "From: Birgit Kunze <<b.kunze@kunze-heizung.de>>\n\nx", name},
		{"mailto", "From: Birgit Kunze <mailto:b.kunze@kunze-heizung.de>\n\nx", name},
		{"blank first", "\n\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"mbox", "From b.kunze@kunze-heizung.de Mon Mar  9 10:00:00 2026\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"bom", "\xef\xbb\xbfFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"cr", "From: Birgit Kunze <b.kunze@kunze-heizung.de>\rSubject: y\r\rx", name},
		{"empty fold", "From: Birgit Kunze\n \n <b.kunze@kunze-heizung.de>\n\nx", name},
		{"nul", "From: Birgit\x00 Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"garbage line", "Received: x\nthis is no header\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"trailing dot", "From: Birgit Kunze <b.kunze@kunze-heizung.de.>\n\nx", name},
		{"zero width in domain", "From: Birgit Kunze <b.kunze@kunze\u200b-heizung.de>\n\nx", name},
		{"zero width before", "From: Birgit Kunze <\u200bb.kunze@kunze-heizung.de>\n\nx", name},
		{"nbsp in brackets", "From: Birgit Kunze <b.kunze@kunze-heizung.de\u00a0>\n\nx", name},
		{"entities in plain", colleague + "From: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;\nSent: Monday\nTo: x\nSubject: y\n", name},
		{"thunderbird de", colleague + "-------- Weitergeleitete Nachricht --------\nBetreff: \tHeizung\nDatum: \tMon, 9 Mar 2026 08:55:00 +0100\nVon: \tBirgit Kunze <b.kunze@kunze-heizung.de>\nAn: \tsupport@northgate-msp.example\n", name},
		{"notes", colleague + "----- Forwarded by Tess Fletcher/NG on 09.03.2026 10:00 -----\n\nFrom:\tBirgit Kunze <b.kunze@kunze-heizung.de>\nTo:\tsupport@northgate-msp.example\nDate:\t09.03.2026 08:55\nSubject:\tHeizung\n", name},
		{"notes html-ish brackets", colleague + "Von:\t\"Birgit Kunze\" [b.kunze@kunze-heizung.de]\nAn:\tsupport@northgate-msp.example\nDatum:\t09.03.2026\n", name},
		{"horde", colleague + "----- Weitergeleitete Nachricht von Birgit Kunze <b.kunze@kunze-heizung.de> -----\n   Datum: Mon, 09 Mar 2026 08:55:00 +0100\n     Von: Birgit Kunze <b.kunze@kunze-heizung.de>\nAntwort an: Birgit Kunze <b.kunze@kunze-heizung.de>\n Betreff: Heizung\n      An: support@northgate-msp.example\n", name},
		{"samsung", colleague + "-------- Originalnachricht --------\nVon: Birgit Kunze <b.kunze@kunze-heizung.de> \nDatum: 09.03.26  08:55  (GMT+01:00) \nAn: support@northgate-msp.example \nBetreff: Heizung \n", name},
		{"proton", colleague + "------- Forwarded Message -------\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\nDate: On Monday, March 9th, 2026 at 08:55\nSubject: Heizung\nTo: support@northgate-msp.example\n", name},
		{"gmail proton link", colleague + "From: Birgit Kunze <[b.kunze@kunze-heizung.de](mailto:b.kunze@kunze-heizung.de)>\nDate: On Monday\nSubject: Heizung\n", name},
		{"bold markdown", colleague + "*Von:* Birgit Kunze <b.kunze@kunze-heizung.de>\n*Gesendet:* Montag\n*An:* x\n*Betreff:* y\n", name},
		{"outlook safe link text", colleague + "From: Birgit Kunze <b.kunze@kunze-heizung.de<mailto:b.kunze@kunze-heizung.de>>\nSent: Monday\nTo: x<mailto:x@northgate-msp.example>\nSubject: y\n", name},
		{"one line head", colleague + "From: Birgit Kunze <b.kunze@kunze-heizung.de> Sent: Monday, March 9, 2026 To: support@northgate-msp.example Subject: Heizung\n", name},
		{"one line head de", colleague + "> -----Ursprüngliche Nachricht----- Von: Birgit Kunze <b.kunze@kunze-heizung.de> Gesendet: Montag, 9. März An: Service Desk Betreff: Heizung steht\n", name},
		{"one line head, words before it", colleague + "Hallo zusammen Von: Birgit Kunze <b.kunze@kunze-heizung.de> Gesendet: Montag An: Service Desk Betreff: Heizung steht\n", name},
		{"swiss german gmail", colleague + "---------- Forwarded message ---------\nVon: Birgit Kunze <b.kunze@kunze-heizung.de>\nDate: Mo., 9. März 2026 um 08:55 Uhr\nSubject: Heizung\nTo: <support@northgate-msp.example>\n", name},
		{"via external tag", "From: \"Birgit Kunze [External]\" <b.kunze@kunze-heizung.de>\n\nx", "Birgit Kunze [External]"},
		{"sender only stranger", "From: support@northgate-msp.example\nSender: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"reply to several", "From: support@northgate-msp.example\nReply-To: support@northgate-msp.example, Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"redirected keeps from own", "From: Tess <tess@northgate-msp.example>\nX-Forwarded-For: b.kunze@kunze-heizung.de desk@northgate-msp.example\nX-Original-From: =?utf-8?Q?Birgit_Kunze?= <b.kunze@kunze-heizung.de>\n\nx", name},
		{"srs path", "Return-Path: <SRS0=abcd=EF=kunze-heizung.de=b.kunze@forwarder.example>\nFrom: Tess <tess@northgate-msp.example>\nSubject: x\n\nhi", "*"},
		{"latin1 8bit no charset", "From: J\xfcrgen <b.kunze@kunze-heizung.de>\n\nx", "Jürgen"},
		{"koi in enc word unknown charset", "From: =?x-unknown?Q?J=FCrgen?= <b.kunze@kunze-heizung.de>\n\nx", "Jürgen"},
		{"utf-8 word with spaces", "From: =?UTF-8?Q?Birgit Kunze?= <b.kunze@kunze-heizung.de>\n\nx", name},
		{"rfc2231 lang", "From: =?UTF-8*de?Q?Birgit_Kunze?= <b.kunze@kunze-heizung.de>\n\nx", name},
		{"quoted enc word", "From: \"=?UTF-8?Q?Birgit_Kunze?=\" <b.kunze@kunze-heizung.de>\n\nx", name},
		{"enc word glued", "From: =?UTF-8?Q?Birgit_Kunze?=<b.kunze@kunze-heizung.de>\n\nx", name},
		{"calendar invite via google", "From: Birgit Kunze <calendar-notification@google.com>\nReply-To: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"google drive share", "From: \"Birgit Kunze (via Google Docs)\" <drive-shares-dm-noreply@google.com>\nReply-To: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
		{"sharepoint", "From: Birgit Kunze <no-reply@sharepointonline.com>\nReply-To: b.kunze@kunze-heizung.de\n\nx", name},
		{"unquoted comma", "From: Kunze, Birgit <b.kunze@kunze-heizung.de>\n\nx", "Kunze, Birgit"},
		{"many commas", "From: Birgit Kunze, CEO, Kunze GmbH <b.kunze@kunze-heizung.de>\n\nx", "Birgit Kunze, CEO, Kunze GmbH"},
		{"escaped quotes", "From: \"Birgit \\\"Biggi\\\" Kunze\" <b.kunze@kunze-heizung.de>\n\nx", "Birgit \"Biggi\" Kunze"},
		{"semicolon", "From: b.kunze@kunze-heizung.de;\n\nx", ""},
		{"dropbox", "From: \"b.kunze@kunze-heizung.de (via Dropbox)\" <no-reply@dropbox.com>\n\nx", "*"},
		{"wetransfer", "From: \"b.kunze@kunze-heizung.de\" <noreply@wetransfer.com>\nReply-To: b.kunze@kunze-heizung.de\n\nx", "*"},
		{"calendar", "From: Birgit Kunze <b.kunze@kunze-heizung.de>\nSender: Google Calendar <calendar-notification@google.com>\n\nx", name},
		{"via quoted address", "From: 'b.kunze@kunze-heizung.de' via Support <support@northgate-msp.example>\n\nx", "*"},
		{"behalf head", colleague + "From: Sekretariat <office@kunze-heizung.de> On Behalf Of Birgit Kunze <b.kunze@kunze-heizung.de>\nSent: x\nTo: y\nSubject: z\n", name},
		{"utf8 no hyphen", "From: =?utf8?Q?J=C3=BCrgen?= <b.kunze@kunze-heizung.de>\n\nx", "Jürgen"},
		{"cp1252", "From: =?cp1252?Q?J=FCrgen_=96_x?= <b.kunze@kunze-heizung.de>\n\nx", "Jürgen – x"},
		{"iso-8859-8-i", "From: =?iso-8859-8-i?B?6eXx6Q==?= <b.kunze@kunze-heizung.de>\n\nx", "יוסי"},
		{"macroman", "From: =?macintosh?Q?J=9Frgen?= <b.kunze@kunze-heizung.de>\n\nx", "Jürgen"},
		{"x-mac-roman", "From: =?x-mac-roman?Q?J=9Frgen?= <b.kunze@kunze-heizung.de>\n\nx", "Jürgen"},
		{"iso-8859-15 euro", "From: =?iso-8859-15?Q?=A4_Kunze?= <b.kunze@kunze-heizung.de>\n\nx", "€ Kunze"},
		{"whole From in b64 with comma", "From: =?utf-8?B?" + base64Of("\"Kunze, Birgit\" <b.kunze@kunze-heizung.de>") + "?=\n\nx", "Kunze, Birgit"},
		{"double encoded", "From: =?utf-8?B?" + base64Of("=?utf-8?Q?Birgit_Kunze?=") + "?= <b.kunze@kunze-heizung.de>\n\nx", name},
		{"mojibake stays", "From: JÃ¼rgen <b.kunze@kunze-heizung.de>\n" + "Content-Type: text/plain; charset=utf-8\n\nx", "JÃ¼rgen"},
		{"html only lists head", page + "Content-Type: text/html\n\n<ul><li>From: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;</li><li>Date: x</li><li>Subject: y</li></ul>", name},
		{"dl head", page + "Content-Type: text/html\n\n<dl><dt>From:</dt><dd>Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;</dd><dt>Date:</dt><dd>x</dd><dt>Subject:</dt><dd>y</dd></dl>", name},
		{"table head value in next cell", page + "Content-Type: text/html\n\n<table><tr><td><b>From:</b></td><td>Birgit Kunze</td><td>&lt;b.kunze@kunze-heizung.de&gt;</td></tr><tr><td>Sent:</td><td>Monday</td></tr><tr><td>Subject:</td><td>z</td></tr></table>", "*"},
		{"hidden preheader address", page + "Content-Type: text/html\n\n<div style=\"display:none\">From: Evil &lt;e@evil-host.com&gt;<br>Sent: x<br>Subject: y</div><p>Von: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;<br>Gesendet: x<br>Betreff: y</p>", name},
		{"hidden, with what is hidden within", page + "Content-Type: text/html\n\n<div hidden><div>x</div>From: Evil &lt;e@evil-host.com&gt;<br>Sent: x</div><p>Von: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;<br>Gesendet: x<br>Betreff: y</p>", name},
		{"comment hidden head", page + "Content-Type: text/html\n\n<!-- From: Evil <e@evil-host.com>\nSent: x\nSubject: y --><p>Von: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;<br>Gesendet: x<br>Betreff: y</p>", name},
		{"qp soft break in address", page + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nVon: Birgit Kunze <b.kunze@kunze-=\nheizung.de>\nGesendet: x\nBetreff: y\n", name},
		{"address wrapped over lines", colleague + "> Von: Birgit Kunze <b.kunze@kunze-\n> heizung.de>\n> Gesendet: x\n> Betreff: y\n", "*"},
		{"attached eml named by filename*", page + "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nsiehe\n--m\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename*=utf-8''Heizung%20steht.eml\nContent-Transfer-Encoding: base64\n\n" + base64Of("From: Birgit Kunze <b.kunze@kunze-heizung.de>\nSubject: x\n\nhi") + "\n--m--\n", name},
		{"signed and attached eml", page + "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n\n--m\nContent-Type: message/rfc822\n\nContent-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\n--s\nContent-Type: text/plain\n\nhi\n--s--\n--m--\n", name},
		{"disclaimer before", colleague + "*** EXTERNAL ***\nFrom outside: be careful\n\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\nSent: x\nTo: y\nSubject: z", name},
		{"date header in German prose quoted", colleague + "Am Mo., 9. März 2026 um 08:55 Uhr schrieb Birgit Kunze <\nb.kunze@kunze-heizung.de>:\n> hallo\n", name},
		{"outlook mobile quoting", colleague + "Holen Sie sich Outlook für iOS\n________________________________\nVon: Birgit Kunze <b.kunze@kunze-heizung.de>\nGesendet: Montag, März 9, 2026 8:55:12 AM\nAn: Support <support@northgate-msp.example>\nBetreff: x\n", name},
		{"halo action mail", colleague + "---- Reply above this line ----\n\nTicket: 0004711\nUser: Birgit Kunze\nEmail: b.kunze@kunze-heizung.de\nSummary: Heizung\n", "*"},
		{"hidden, and never ended", page + "Content-Type: text/html\n\n<div style=\"display: none\">x<p>Von: Birgit Kunze &lt;b.kunze@kunze-heizung.de&gt;<br>Gesendet: x<br>Betreff: y</p>", name},
		{"three thousand recipients before", "To: " + recipients.String() + "tess@northgate-msp.example\nFrom: Birgit Kunze <b.kunze@kunze-heizung.de>\n\nx", name},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, tt.mail, address, tt.name)
			m, err := ReadMail(strings.NewReader(tt.mail))
			if err != nil {
				t.Fatal(err)
			}
			d, errs := templates.Prefill(Context{Alert: m.Alert(northgate), Rules: northgate})
			if len(errs) > 0 || d.Website != "kunze-heizung.de" || d.Name != "Kunze Heizung" {
				t.Errorf("the form has %+v, %v", d, errs)
			}
		})
	}
}
