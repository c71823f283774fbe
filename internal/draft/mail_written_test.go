package draft

import (
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
		colleague = "From: Tess <tess@northgate-msp.example>\nContent-Type: text/plain; charset=utf-8\n\n"
	)
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
