package draft

import (
	"encoding/base64"
	"strings"
	"testing"
)

// mailFrom is a mail of fields and a body, as one with a technician's own From when the fields
// name none.
func mailFrom(fields, body string) string {
	if !strings.Contains(strings.ToLower(fields), "from") {
		fields = "From: Sam Desk <sam@northgate-msp.example>\n" + fields
	}
	return strings.ReplaceAll(strings.TrimSuffix(fields, "\n")+"\nTo: support@northgate-msp.example\nSubject: Hello\n\n"+body, "\n", "\r\n")
}

const (
	plainText = "Content-Type: text/plain; charset=utf-8\n"
	htmlPage  = "Content-Type: text/html; charset=utf-8\n"
)

// mixed is a body in two parts.
func mixed(kind, first, second string) string {
	return "Content-Type: multipart/" + kind + "; boundary=\"=_b 1\"\n\npreamble\n--=_b 1\n" + first + "\n--=_b 1\n" + second + "\n--=_b 1--\n"
}

func TestWhoWroteAMailOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ what, mail, email, name string }{
		// From, however it is written.
		{"a group", mailFrom("From: Team: Ines Faro <ines@faro-azulejos.pt>, b@faro-azulejos.pt;", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"an empty group, and Reply-To", mailFrom("From: undisclosed-senders:;\nReply-To: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", ""},
		{"several, one of the MSP's", mailFrom("From: sam@northgate-msp.example, Ines Faro <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"two From fields", mailFrom("From: sam@northgate-msp.example\nFrom: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", ""},
		{"a name with commas", mailFrom("From: Faro, Ines, Dr. <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Faro, Ines, Dr."},
		{"a name with another's address", mailFrom(`From: "billing@bank.example" <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", ""},
		{"a name with another's address, no quotes", mailFrom(`From: billing@bank.example <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", ""},
		{"a name with a bracketed address in quotes", mailFrom(`From: "Ines <ceo@bank.example>" <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines <ceo@bank.example>"},
		{"a comment for the name", mailFrom(`From: ines@faro-azulejos.pt (Ines Faro)`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a comment with an address", mailFrom(`From: (ceo@bank.example) ines@faro-azulejos.pt`, ""), "ines@faro-azulejos.pt", ""},
		{"a comment that nests", mailFrom(`From: Ines (née (so it is) Silva) <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines (née (so it is) Silva)"},
		{"quotes of Outlook", mailFrom(`From: 'Ines Faro' <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a quote that never ends", mailFrom(`From: "Ines Faro <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a bracket that never ends", mailFrom(`From: Ines Faro <ines@faro-azulejos.pt`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"two brackets", mailFrom(`From: Ines Faro <<ines@faro-azulejos.pt>>`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a quote that ends in a backslash", mailFrom(`From: "Ines Faro <ines@faro-azulejos.pt>\`, ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a quote for a name", mailFrom(`From: ' <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", ""},
		{"a comment with a bracket that is none", mailFrom(`From: ines@faro-azulejos.pt (Ines \) Faro)`, ""), "ines@faro-azulejos.pt", `Ines \) Faro`},
		{"a name of five words without brackets", mailFrom(`From: Dra. Maria Ines Silva Faro ines@faro-azulejos.pt`, ""), "ines@faro-azulejos.pt", "Dra. Maria Ines Silva Faro"},
		{"Exchange's word before the address", mailFrom(`From: Ines <SMTP:ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines"},
		{"a mailto link", mailFrom(`From: <mailto:ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", ""},
		{"a source route", mailFrom(`From: Ines <@mx.example,@relay.example:ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Ines"},
		{"plus addressing", mailFrom(`From: ines+desk@faro-azulejos.pt`, ""), "ines+desk@faro-azulejos.pt", ""},
		{"quotes that are not needed", mailFrom(`From: "ines.faro"@faro-azulejos.pt`, ""), "ines.faro@faro-azulejos.pt", ""},
		{"a quoted local part", mailFrom(`From: Ines <"ines faro"@faro-azulejos.pt>`, ""), `"ines faro"@faro-azulejos.pt`, "Ines"},
		{"a quoted local part with a comma, in brackets", mailFrom(`From: Ines <"faro, ines"@faro-azulejos.pt>`, ""), `"faro, ines"@faro-azulejos.pt`, "Ines"},
		{"a quoted local part with a comma and an @", mailFrom(`From: "faro, i@home"@faro-azulejos.pt`, ""), `"faro, i@home"@faro-azulejos.pt`, ""},
		{"an underscore in the host", mailFrom(`From: ines@mail_1.faro-azulejos.pt`, ""), "ines@mail_1.faro-azulejos.pt", ""},
		{"a host in capitals with a dot", mailFrom(`From: Ines@FARO-Azulejos.PT.`, ""), "Ines@faro-azulejos.pt", ""},
		{"an IDN", mailFrom("From: Jörg <jörg@bücher-müller.de>", ""), "jörg@bücher-müller.de", "Jörg"},
		{"folded in every place", mailFrom("From:\n \"Ines\n  Faro\"\n\t<ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"an obsolete field", mailFrom("From \t: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", ""},
		{"a host without a dot", mailFrom("From: root@nas01", ""), "root@nas01", ""},
		{"a label that ends in a hyphen", mailFrom("From: Ines <ines@azulejos-.faro-azulejos.pt>", ""), "ines@azulejos-.faro-azulejos.pt", "Ines"},
		{"a label that begins with a hyphen", mailFrom("From: ines@-Azulejos.faro-azulejos.pt", ""), "ines@-azulejos.faro-azulejos.pt", ""},
		{"a label that is no punycode", mailFrom("From: Ines <ines@XN--A.pt>", ""), "ines@xn--a.pt", "Ines"},
		{"a label that is no punycode, with a good path", mailFrom("From: ines@xn--a.pt\nReturn-Path: <it@faro-azulejos.pt>", ""), "it@faro-azulejos.pt", ""},
		{"the MSP's own, below a label that is no punycode", mailFrom("From: sam@xn--a.northgate-msp.example\nReply-To: root@nas01", ""), "root@nas01", ""},
		{"an address literal", mailFrom("From: scan@[192.0.2.7]", ""), "scan@[192.0.2.7]", ""},
		{"from nowhere, with a good path", mailFrom("From: root@localhost.localdomain\nReturn-Path: <it@faro-azulejos.pt>", ""), "it@faro-azulejos.pt", ""},
		{"no-reply is who it is", mailFrom("From: No Reply <no-reply@faro-azulejos.pt>", ""), "no-reply@faro-azulejos.pt", "No Reply"},

		// RFC 2047, as it comes.
		{"a character cut in two", mailFrom("From: =?utf-8?B?SW7D?= =?utf-8?B?qnMgRmFybw==?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês Faro"},
		{"a language", mailFrom("From: =?utf-8*pt?Q?In=C3=AAs?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"a word in quotes", mailFrom(`From: "=?utf-8?Q?In=C3=AAs_Faro?=" <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Inês Faro"},
		{"a comma within a word", mailFrom(`From: =?utf-8?Q?Faro,_In=C3=AAs?= <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Faro, Inês"},
		{"brackets within a word", mailFrom(`From: =?utf-8?Q?In=C3=AAs_(Faro)_<x@evil.example>?= <ines@faro-azulejos.pt>`, ""), "ines@faro-azulejos.pt", "Inês (Faro) <x@evil.example>"},
		{"spaces within a word", mailFrom("From: =?utf-8?Q?In=C3=AAs Faro?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês Faro"},
		{"no padding", mailFrom("From: =?utf-8?B?SW7DqnM?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"words of two charsets", mailFrom("From: =?iso-8859-1?Q?In=EAs?= =?utf-8?Q?_F=C3=A1ro?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês Fáro"},
		{"an unknown charset", mailFrom("From: =?x-mac-faro?Q?In=EAs?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"the wrong charset", mailFrom("From: =?utf-8?Q?In=EAs?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"a charset that browsers do not know", mailFrom("From: =?ibm850?Q?In=88s?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"an = that ends too early", mailFrom("From: =?utf-8?Q?Ines=4?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Ines=4"},
		{"a letter too many in base64", mailFrom("From: =?utf-8?B?SW7DqnMgS?= <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"gb2312", mailFrom("From: =?gb2312?B?zfXOsA==?= <wang@faro-azulejos.pt>", ""), "wang@faro-azulejos.pt", "王伟"},
		{"the whole in Q", mailFrom("From: =?utf-8?Q?In=C3=AAs_=3Cines=40faro-azulejos=2Ept=3E?=", ""), "ines@faro-azulejos.pt", "Inês"},
		{"the whole in two words", mailFrom("From: =?utf-8?B?SW7DqnMgPGluZXNAZmFyby1h?=\n =?utf-8?B?enVsZWpvcy5wdD4=?=", ""), "ines@faro-azulejos.pt", "Inês"},

		// Raw bytes in the header.
		{"in the body's charset", mailFrom("From: \xc8\xe2\xe0\xed <ivan@zhukov-pila.ru>\nContent-Type: text/plain; charset=windows-1251", "\xcf\xf0\xe8"), "ivan@zhukov-pila.ru", "Иван"},
		{"in the first part's charset", mailFrom("From: \xc8\xe2\xe0\xed <ivan@zhukov-pila.ru>\n"+
			strings.Replace(mixed("mixed", "Content-Type: text/plain; charset=windows-1251\n\n\xcf\xf0", "Content-Type: image/png\n\nx"), "\n\n", "\nX: y\n\n", 1), ""), "ivan@zhukov-pila.ru", "*"},
		{"in no charset", mailFrom("From: In\xeas <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Inês"},
		{"raw ISO-2022-JP that nothing names", mailFrom("From: \x1b$B:4F#\x1b(B <sato@faro-azulejos.pt>", ""), "sato@faro-azulejos.pt", "佐藤"},
		{"raw ISO-2022-JP", mailFrom("From: \x1b$B:4F#\x1b(B <sato@faro-azulejos.pt>\nContent-Type: text/plain; charset=iso-2022-jp", ""), "sato@faro-azulejos.pt", "佐藤"},

		{"in the charset that a page names", mailFrom("Content-Type: text/html", "<meta charset=windows-1251><p>\xce\xf2: \xc8\xe2\xe0\xed &lt;ivan@zhukov-pila.ru&gt;<br>\xc4\xe0\xf2\xe0: x"), "ivan@zhukov-pila.ru", "Иван"},

		// From is not who wrote.
		{"a list, and Reply-To", mailFrom("From: \"Ines Faro via Support\" <support@northgate-msp.example>\nReply-To: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a list in German", mailFrom("From: \"Ines Faro über Support\" <support@northgate-msp.example>\nReply-To: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"Reply-To of both", mailFrom("Reply-To: support@northgate-msp.example, Ines Faro <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a sub-domain of the MSP's", mailFrom("From: <wordpress@shop.northgate-msp.example>\nReply-To: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", ""},
		{"not a sub-domain", mailFrom("From: <x@notnorthgate-msp.example>\nReply-To: ines@faro-azulejos.pt", ""), "x@notnorthgate-msp.example", ""},
		{"X-Original-Sender", mailFrom("Reply-To: support@northgate-msp.example\nX-Original-Sender: ines@faro-azulejos.pt", ""), "ines@faro-azulejos.pt", ""},
		{"Author", mailFrom("Author: Ines Faro <ines@faro-azulejos.pt>", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a relay, and the MSP in Reply-To", mailFrom("From: Ines via Zoom <no-reply@zoom.us>\nReply-To: sam@northgate-msp.example", ""), "no-reply@zoom.us", "Ines"},
		{"a relay behind the MSP's list", mailFrom("X-Original-From: Ines via Docusign <dse@docusign.net>", ""), "dse@docusign.net", "*"},
		{"a private person's form", mailFrom("Reply-To: ines.faro@gmail.com", ""), "ines.faro@gmail.com", ""},
		{"only the MSP", mailFrom("Return-Path: <sam@northgate-msp.example>", "Lunch?"), "sam@northgate-msp.example", "Sam Desk"},
		{"only the MSP and a mail service's bounces", mailFrom("Return-Path: <bounces+12-ab=x@em.sendgrid.net>", "Lunch?"), "sam@northgate-msp.example", "Sam Desk"},
		{"only the MSP and its hosting's user", mailFrom("Return-Path: <www-data@web12.hosting.example>", "Lunch?"), "sam@northgate-msp.example", "Sam Desk"},
		{"an address in the list's name", mailFrom("From: \"ines@faro-azulejos.pt via Support\" <support@northgate-msp.example>", ""), "ines@faro-azulejos.pt", "*"},
		{"an address for the list's name", mailFrom("From: \"ines@faro-azulejos.pt\" <support@northgate-msp.example>", ""), "ines@faro-azulejos.pt", ""},
		{"an address in the list's local part", mailFrom("From: Ines via Support <ines=faro-azulejos.pt@northgate-msp.example>", ""), "ines@faro-azulejos.pt", "Ines"},
		{"a forwarder's path", mailFrom("Return-Path: <SRS0=ab1=xy=faro-azulejos.pt=ines@northgate-msp.example>", ""), "ines@faro-azulejos.pt", ""},
		{"a comment for the address", mailFrom("From: Ines Faro (ines@faro-azulejos.pt)", ""), "ines@faro-azulejos.pt", "Ines Faro"},
		{"a stranger who answers elsewhere", mailFrom("From: Ines <ines@faro-azulejos.pt>\nReply-To: other@elsewhere.example", ""), "ines@faro-azulejos.pt", "Ines"},
		{"a list that is a mail", mailFrom("From: ines@faro-azulejos.pt\nPrecedence: list\nAuto-Submitted: auto-generated", ""), "ines@faro-azulejos.pt", ""},
		{"a form that is a mail", mailFrom("Reply-To: ines@faro-azulejos.pt\nAuto-Submitted: auto-generated\nReturn-Path: <>", ""), "ines@faro-azulejos.pt", ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, tt.mail, tt.email, tt.name)
		})
	}
}

func checkSender(t *testing.T, mail, email, name string) {
	t.Helper()
	m, err := ReadMail(strings.NewReader(mail))
	if err != nil {
		t.Fatalf("%v in\n%s", err, mail)
	}
	if m.Noise != "" {
		t.Fatalf("it is taken for %s", m.Noise)
	}
	a := m.Alert(northgate)
	if a.Email != email || !same(name, a.SenderName) {
		t.Errorf("it is from %q <%s>, want %q <%s>, of %+v in\n%s", a.SenderName, a.Email, name, email, m.Senders, mail)
	}
	if again := ParseAlert(a.Value()); again.Email != a.Email || again.SenderName != a.SenderName {
		t.Errorf("the button knows %q <%s>", again.SenderName, again.Email)
	}
}

func TestForwardedMailsInEveryLanguageAndProgram(t *testing.T) {
	t.Parallel()
	const who = "Ines Faro <ines@faro-azulejos.pt>"
	for _, tt := range []struct{ what, head string }{
		{"Outlook, English", "From: " + who + "\nSent: Monday, 9 March 2026 10:02\nTo: Sam\nSubject: Tiles"},
		{"Outlook, German", "Von: " + who + "\nGesendet: Montag, 9. März 2026 10:02\nAn: Sam\nBetreff: Fliesen"},
		{"Outlook, French", "De\u00a0: " + who + "\nEnvoyé\u00a0: lundi 9 mars\nÀ\u00a0: Sam\nObjet\u00a0: Carreaux"},
		{"Outlook, Dutch", "Van: " + who + "\nVerzonden: maandag 9 maart\nAan: Sam\nOnderwerp: Tegels"},
		{"Outlook, Spanish", "De: " + who + "\nEnviado el: lunes, 9 de marzo\nPara: Sam\nAsunto: Azulejos"},
		{"Outlook, Italian", "Da: " + who + "\nInviato: lunedì 9 marzo\nA: Sam\nOggetto: Piastrelle"},
		{"Outlook, Portuguese", "De: " + who + "\nEnviada em: segunda-feira\nPara: Sam\nAssunto: Azulejos"},
		{"Outlook, Danish", "Fra: " + who + "\nSendt: 9. marts\nTil: Sam\nEmne: Fliser"},
		{"Outlook, Swedish", "Från: " + who + "\nSkickat: den 9 mars\nTill: Sam\nÄmne: Kakel"},
		{"Outlook, Norwegian", "Fra: " + who + "\nSendt: mandag 9. mars\nTil: Sam\nEmne: Fliser"},
		{"Outlook, Polish", "Od: " + who + "\nWysłano: poniedziałek\nDo: Sam\nTemat: Kafelki"},
		{"Outlook, Finnish", "Lähettäjä: " + who + "\nLähetetty: maanantai\nVastaanottaja: Sam\nAihe: Laatat"},
		{"Outlook, Czech", "Od: " + who + "\nOdesláno: pondělí\nKomu: Sam\nPředmět: Kachle"},
		{"Outlook, Russian", "От: " + who + "\nОтправлено: 9 марта\nКому: Sam\nТема: Плитка"},
		{"Outlook, Japanese", "差出人: " + who + "\n送信日時: 2026年3月9日\n宛先: Sam\n件名: タイル"},
		{"Outlook, Chinese", "发件人： " + who + "\n发送时间： 2026年3月9日\n收件人： Sam\n主题： 瓷砖"},
		{"Outlook, Korean", "보낸 사람: " + who + "\n보낸 날짜: 2026년 3월 9일\n받는 사람: Sam\n제목: 타일"},
		{"Outlook for Mac, bold", "________________________________\n*From:* " + who + "\n*Date:* Monday\n*To:* Sam\n*Subject:* Tiles"},
		{"old Outlook", "-----Original Message-----\nFrom: Ines Faro [mailto:ines@faro-azulejos.pt] \nSent: Monday\nTo: Sam\nSubject: Tiles"},
		{"Outlook with links in text", "From: Ines Faro <ines@faro-azulejos.pt<mailto:ines@faro-azulejos.pt>>\nSent: Monday\nTo: Sam <sam@northgate-msp.example<mailto:sam@northgate-msp.example>>\nSubject: Tiles"},
		{"Apple Mail, English", "Begin forwarded message:\n\nFrom: " + who + "\nSubject: Tiles\nDate: 9 March 2026 at 10:02:40 GMT\nTo: sam@northgate-msp.example"},
		{"Apple Mail, German, quoted", "> Anfang der weitergeleiteten Nachricht:\n> \n> Von: " + who + "\n> Betreff: Fliesen\n> Datum: 9. März 2026 um 10:02:40 MEZ\n> An: sam@northgate-msp.example"},
		{"Apple Mail, French", "Début du message transféré :\n\nDe: " + who + "\nObjet: Carreaux\nDate: 9 mars 2026\nÀ: sam@northgate-msp.example"},
		{"Apple Mail, decomposed", "De: " + who + "\nObjet: Carreaux\nDate: 9 mars\nA\u0300: sam@northgate-msp.example"},
		{"Gmail", "---------- Forwarded message ---------\nFrom: " + who + "\nDate: Mon, 9 Mar 2026 at 10:02\nSubject: Tiles\nTo: <sam@northgate-msp.example>"},
		{"Gmail, bold", "---------- Forwarded message ---------\nFrom: *Ines Faro* <ines@faro-azulejos.pt>\nDate: Mon\nSubject: Tiles\nTo: <sam@northgate-msp.example>"},
		{"Gmail, half translated", "---------- Forwarded message ---------\nVon: " + who + "\nDate: Mo., 9. März 2026 um 10:02 Uhr\nSubject: Fliesen\nTo: <sam@northgate-msp.example>"},
		{"Thunderbird", "-------- Forwarded Message --------\nSubject: \tTiles\nDate: \tMon, 9 Mar 2026\nFrom: \t" + who + "\nTo: \tsam@northgate-msp.example"},
		{"Thunderbird, Italian", "-------- Messaggio Inoltrato --------\nOggetto: \tPiastrelle\nData: \tMon, 9 Mar 2026\nMittente: \t" + who + "\nA: \tsam@northgate-msp.example"},
		{"Thunderbird, Danish", "-------- Videresendt meddelelse --------\nEmne: \tFliser\nDato: \tMon, 9 Mar 2026\nFra: \t" + who + "\nTil: \tsam@northgate-msp.example"},
		{"Halo", "From: " + who + "\nDate: 09/03/2026 10:02\nTo: support@northgate-msp.example\nSubject: Tiles"},
		{"a web form's mail, answered elsewhere", "Begin forwarded message:\n\n> From: Website <wordpress@northgate-msp.example>\n> Subject: x\n> Date: y\n> To: z\n> Reply-To: " + who},
		{"an address in parentheses", "From: Ines Faro (ines@faro-azulejos.pt)\nDate: 9 March\nTo: Sam\nSubject: Tiles"},
		{"quoted twice, broken", "> > From: Ines Faro\n> > <ines@faro-azulejos.pt>\n> > Date: x\n> > Subject: y"},
		{"Yahoo", "----- Forwarded Message -----From: x\nFrom: \"Ines Faro\" <ines@faro-azulejos.pt>\nTo: \"sam@northgate-msp.example\" <sam@northgate-msp.example>\nSent: Monday\nSubject: Tiles"},
		{"the address on a line of its own", "From: Ines Faro\n <ines@faro-azulejos.pt>\nSent: Monday\nTo: Sam\nSubject: Tiles"},
		{"recipients over many lines", "Subject: Tiles\nTo: a@northgate-msp.example,\n b@northgate-msp.example,\n c@northgate-msp.example\nFrom: " + who},
		{"a text below that names another", "From: Ines Faro ines@faro-azulejos.pt\nsent on by <other@elsewhere.example>\nSubject: Tiles"},
		{"nested, the technicians first", "From: Tess <tess@northgate-msp.example>\nSent: Monday\nTo: Sam\nSubject: FW: Tiles\n\nhave a look\n\nFrom: " + who + "\nSent: Sunday\nTo: Tess\nSubject: Tiles"},
		{"nested, the newest stranger first", "From: " + who + "\nSent: Monday\nTo: Sam\nSubject: RE: Tiles\n\nas I said\n\nFrom: Other <other@elsewhere.example>\nSent: Sunday\nTo: Ines\nSubject: Tiles"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			text := "see below\n\n" + tt.head + "\n\nThe tiles have come off.\n"
			checkSender(t, mailFrom(plainText, text), "ines@faro-azulejos.pt", "Ines Faro")
			encoded := base64.StdEncoding.EncodeToString([]byte(text))
			checkSender(t, mailFrom(plainText+"Content-Transfer-Encoding: base64\n", encoded), "ines@faro-azulejos.pt", "Ines Faro")
			page := "<div>see below</div><p>" + strings.ReplaceAll(strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(tt.head), "\n", "<br>\n") + "</p>"
			checkSender(t, mailFrom(htmlPage, page), "ines@faro-azulejos.pt", "Ines Faro")
		})
	}
}

func TestForwardedMailsInEveryForm(t *testing.T) {
	t.Parallel()
	const head = "From: Ines Faro <ines@faro-azulejos.pt>\nSent: Monday\nTo: Sam\nSubject: Tiles\n"
	page := "<html><head><title>From: x@y.example</title><style>p{}</style></head><body>"
	for _, tt := range []struct{ what, fields, body string }{
		{"a table of Thunderbird", htmlPage, page + "<table><tr><th>Subject: </th><td>Tiles</td></tr><tr><th>Date: </th><td>Mon</td></tr>" +
			"<tr><th>From: </th><td>Ines Faro <a href=\"mailto:ines@faro-azulejos.pt\">&lt;ines@faro-azulejos.pt&gt;</a></td></tr></table>"},
		{"a link for the address", htmlPage, page + "<b>From:</b> <a href=\"mailto:ines@faro-azulejos.pt\">Ines Faro</a><br><b>Sent:</b> Monday<br><b>Subject:</b> x"},
		{"Gmail's page", htmlPage, page + "<div class=\"gmail_attr\">---------- Forwarded message ---------<br>From: <strong>Ines Faro</strong> <span>&lt;<a href=\"mailto:ines@faro-azulejos.pt\">ines@faro-azulejos.pt</a>&gt;</span><br>Date: Mon<br></div>"},
		{"Apple's page", htmlPage, page + "<blockquote type=\"cite\"><div>Begin forwarded message:</div><br><div><span><b>From: </b></span><span>Ines Faro &lt;<a href=\"mailto:ines@faro-azulejos.pt\">ines@faro-azulejos.pt</a>&gt;<br></span></div><div><span><b>Subject: </b></span><span>Tiles</span></div></blockquote>"},
		{"preformatted, without a subject", htmlPage, page + "<pre>From: Ines Faro &lt;ines@faro-azulejos.pt&gt;\nSent: Monday</pre>"},
		{"text after what is preformatted", htmlPage, page + "<pre>x</pre>From\n: Ines Faro &lt;ines@faro-azulejos.pt&gt;<br>Sent: Monday"},
		{"preformatted", htmlPage, page + "<pre>" + strings.NewReplacer("<", "&lt;", ">", "&gt;").Replace(head) + "</pre>"},
		{"a page that says its charset", "Content-Type: text/html\n", "<meta charset=windows-1252><p>From: Ines Faro &lt;ines@faro-azulejos.pt&gt;<br>Envoy\xe9: lundi</p>"},
		{"quoted-printable", plainText + "Content-Transfer-Encoding: quoted-printable\n", "From: Ines =\nFaro <ines@faro-=\nazulejos.pt>\nSent: Monday\n"},
		{"UTF-16", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(wide(head)))},
		{"alternatives", strings.SplitAfter(mixed("alternative", "", ""), "\n")[0], after(mixed("alternative", plainText+"\n"+head, htmlPage+"\n<p>hi"))},
		{"alternatives, the head in the page alone", strings.SplitAfter(mixed("alternative", "", ""), "\n")[0], after(mixed("alternative", plainText+"\nSee the page.", htmlPage+"\n<p>"+strings.ReplaceAll("From: Ines Faro ines@faro-azulejos.pt", "ines@", "&lt;ines@")+"&gt;<br>Date: Mon"))},
		{"elements that close themselves", htmlPage, page + "From: Ines Faro &lt;ines@faro-azulejos.pt&gt;<br/>Sent: Monday<br/>"},
		{"a page without a plain text", htmlPage, "<p>From: Ines Faro &lt;ines@faro-azulejos.pt&gt;</p>\n\n<p>Date: Mon</p>"},
		{"attached", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", plainText+"\nsee attached", "Content-Type: message/rfc822\nContent-Disposition: attachment\n\nFrom: Ines Faro <ines@faro-azulejos.pt>\nSubject: Tiles\n\nHi"))},
		{"attached, in base64", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", plainText+"\nsee attached", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte("From: Ines Faro <ines@faro-azulejos.pt>\n\nHi"))))},
		{"attached within the attached", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", plainText+"\nsee attached", "Content-Type: message/rfc822\n\nFrom: Tess <tess@northgate-msp.example>\nContent-Type: message/rfc822\n\nFrom: Ines Faro <ines@faro-azulejos.pt>\n\nHi"))},
		{"a boundary that is not there", "Content-Type: multipart/mixed; boundary=nowhere\n", head},
		{"parts within parts", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", "Content-Type: multipart/alternative; boundary=inner\n\n--inner\n"+plainText+"\n"+head+"\n--inner--", "Content-Type: image/png\n\nx"))},
		{"no Content-Type", "", head},
		{"a broken Content-Type", "Content-Type: text/plain; charset=\"utf-8; format=flowed\n", head},
		{"no semicolon before a parameter", "Content-Type: text/plain charset=utf-8\n", head},
		{"no subtype", "Content-Type: text\n", head},
		{"an unknown subtype", "Content-Type: text/x-mail; charset=utf-8\n", head},
		{"no type", "Content-Type: plain\n", head},
		{"parameters alone", "Content-Type: charset=utf-8\n", head},
		{"several types", "Content-Type: text/plain, text/html\n", head},
		{"several types, the page first", "Content-Type: text/html, text/plain\n", page + "<b>From:</b> Ines Faro &lt;ines@faro-azulejos.pt&gt;<br><b>Sent:</b> Monday"},
		{"a page without a semicolon before its charset", "Content-Type: text/html charset=utf-8\n", page + "<b>From:</b> Ines Faro &lt;ines@faro-azulejos.pt&gt;<br><b>Sent:</b> Monday"},
		{"parts without a boundary", "Content-Type: multipart/mixed\n", "-- \n" + head},
		{"parts without a boundary, encoded", "Content-Type: multipart/mixed; boundary=\nContent-Transfer-Encoding: base64\n", base64.StdEncoding.EncodeToString([]byte(head))},
		{"parts without a semicolon before the boundary", "Content-Type: multipart/mixed boundary=\"=_b 1\"\n", after(mixed("mixed", plainText+"Content-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte(head)), "Content-Type: image/png\n\nx"))},
		{"a boundary that is not there, of parts within parts", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", "Content-Type: multipart/alternative; boundary=nowhere\n\n"+head, "Content-Type: image/png\n\nx"))},
		{"a broken Content-Type of a part", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", "Content-Type: text/plain charset=utf-8\n\n"+head, "Content-Type: image/png\n\nx"))},
		{"a broken Content-Type of an attached mail with a space in its name", strings.SplitAfter(mixed("mixed", "", ""), "\n")[0], after(mixed("mixed", plainText+"\nsee attached", "Content-Type: application/octet-stream name=fwd tiles.eml\n\nFrom: Ines Faro <ines@faro-azulejos.pt>\n\nHi"))},
		{"lines that end in CR", plainText, strings.ReplaceAll(head, "\n", "\r")},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, mailFrom(tt.fields, tt.body), "ines@faro-azulejos.pt", "Ines Faro")
		})
	}
}

// after is a body without its Content-Type.
func after(body string) string {
	_, rest, _ := strings.Cut(body, "\n\n")
	return rest
}

// wide is s in UTF-16, little end first.
func wide(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		out.Write([]byte{c, 0})
	}
	return out.String()
}

func TestWhatOnlyLooksLikeAForwardedMail(t *testing.T) {
	t.Parallel()
	for what, body := range map[string]string{
		"prose":                        "From: what I saw, x@elsewhere.example did it.\n\nRegards",
		"a signature":                  "Regards\nSam\nTel: 123\nE-mail: sales@elsewhere.example",
		"a head without an address":    "From: Ines Faro\nSent: Monday\nTo: Sam\nSubject: Tiles",
		"the MSP's own mail":           "From: Tess <tess@northgate-msp.example>\nSent: Monday\nTo: x@elsewhere.example\nSubject: Lunch",
		"a recipient's address":        "From: Tess\nSent: Monday\nTo: x@elsewhere.example\nSubject: Lunch",
		"a head and its words far off": "From: x@elsewhere.example\n" + strings.Repeat("word\n", 5) + "Subject: y",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			checkSender(t, mailFrom(plainText, body), "sam@northgate-msp.example", "Sam Desk")
		})
	}
}

func TestABrokenContentTypeIsReadAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, kind, key, value string }{
		{"", "text/plain", "charset", ""},
		{"text", "text/plain", "charset", ""},
		{"charset=KOI8-R", "text/plain", "charset", "koi8-r"},
		{"text/; charset=koi8-r", "text/plain", "charset", "koi8-r"},
		{"Text/HTML Charset=KOI8-R", "text/html", "charset", "koi8-r"},
		{`text/plain format=flowed charset="koi8-r" delsp=yes`, "text/plain", "charset", "koi8-r"},
		{"text/plain; charset=koi8-r (Russian)", "text/plain", "charset", "koi8-r"},
		{"text/plain charset=koi8-r; flowed", "text/plain", "charset", "koi8-r"},
		{"text/plain; charset=koi8-r, text/html", "text/plain", "charset", "koi8-r"},
		{"text/plain, text/html; charset=koi8-r", "text/plain", "charset", "koi8-r"},
		{`text/plain; charset="koi8-r; format=flowed`, "text/plain", "charset", "koi8-r"},
		{"text/plain; name=a b.txt; charset=koi8-r", "text/plain", "charset", "koi8-r"},
		{"application/octet-stream; name=fwd, tiles.eml", "application/octet-stream", "name", "fwd, tiles.eml"},
		{`multipart/mixed boundary="----=_Part; 1"`, "multipart/mixed", "boundary", "----=_Part; 1"},
		{"multipart/report boundary=x report-type=Delivery-Status", "multipart/report", "report-type", "delivery-status"},
	} {
		if kind, params := contentType(tt.in); kind != tt.kind || params[tt.key] != tt.value {
			t.Errorf("%q is read as %q with %q, want %q with the %s %q", tt.in, kind, params, tt.kind, tt.key, tt.value)
		}
	}
}

// What a part says of itself in a header that can be read is no text to look for a head in.
func TestWhatIsNoTextIsNotReadAsOne(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"text/calendar; charset=utf-8", "text/calendar charset=utf-8", "text/vcard", "text/csv", "application/pdf name=x", "image/png", "message/partial"} {
		checkSender(t, mailFrom("Content-Type: "+kind+"\n", "From: x@elsewhere.example\nSent: Monday\nSubject: y"), "sam@northgate-msp.example", "Sam Desk")
	}
}

// A stranger is who writes, whatever is in the mail.
func TestAStrangersForwardIsTheStrangers(t *testing.T) {
	t.Parallel()
	checkSender(t, mailFrom("From: Bela <bela@keramik-bela.hu>\n"+plainText, "From: Ines <ines@faro-azulejos.pt>\nSent: Monday\nTo: Bela\nSubject: x"), "bela@keramik-bela.hu", "Bela")
}

func TestNoiseIsNobodysFirstMail(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		mail string
		want Noise
	}{
		"a null sender":             {mailFrom("Return-Path: <>\nFrom: ines@faro-azulejos.pt", ""), MailReport},
		"a bounce's parts":          {mailFrom("From: postmaster@faro-azulejos.pt\n"+"Content-Type: multipart/report; report-type=delivery-status; boundary=b", "--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--"), MailReport},
		"a delivery's status alone": {mailFrom("From: mail@faro-azulejos.pt\nContent-Type: multipart/mixed; boundary=b", "--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--"), MailReport},
		"a delivery's status deep in": {mailFrom("From: mail@faro-azulejos.pt\nContent-Type: multipart/mixed; boundary=b",
			"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Type: message/delivery-status\n\nAction: failed\n--c--\n--b--"), ""},
		"a daemon":                  {mailFrom("From: MAILER-DAEMON@mx.faro-azulejos.pt", ""), MailReport},
		"a daemon without a domain": {mailFrom("From: MAILER-DAEMON", ""), MailReport},
		"failed recipients":         {mailFrom("From: mail@faro-azulejos.pt\nX-Failed-Recipients: x@y.example", ""), MailReport},
		"a read receipt":            {mailFrom("From: ines@faro-azulejos.pt\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b", "--b--"), MailReport},
		"auto-replied":              {mailFrom("From: ines@faro-azulejos.pt\nAuto-Submitted: Auto-Replied (vacation)", ""), AutoReply},
		"auto-replied, parameters":  {mailFrom("From: ines@faro-azulejos.pt\nAuto-Submitted: auto-replied; owner-email=\"x\"", ""), AutoReply},
		"X-Autoreply":               {mailFrom("From: ines@faro-azulejos.pt\nX-Autoreply: yes", ""), AutoReply},
		"Precedence":                {mailFrom("From: ines@faro-azulejos.pt\nPrecedence: auto_reply", ""), AutoReply},
		"Exchange's absence":        {"From: ines@faro-azulejos.pt\nAuto-Submitted: auto-generated\nSubject: Automatische Antwort: Fliesen\n\n", AutoReply},
		"auto-generated":            {mailFrom("From: ines@faro-azulejos.pt\nAuto-Submitted: auto-generated", ""), ""},
		"a list":                    {mailFrom("From: ines@faro-azulejos.pt\nPrecedence: bulk\nList-Id: <x>", ""), ""},
		"not submitted by itself":   {mailFrom("From: ines@faro-azulejos.pt\nAuto-Submitted: no", ""), ""},
		"suppressed answers":        {mailFrom("From: ines@faro-azulejos.pt\nX-Auto-Response-Suppress: All", ""), ""},
		"a bounce that was forwarded": {mailFrom("From: ines@faro-azulejos.pt\n"+strings.SplitAfter(mixed("mixed", "", ""), "\n")[0],
			after(mixed("mixed", plainText+"\nwhat is this?", "Content-Type: message/rfc822\n\nReturn-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=c\n\n--c\nContent-Type: message/delivery-status\n\nx\n--c--"))), ""},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			m, err := ReadMail(strings.NewReader(tt.mail))
			if err != nil || m.Noise != tt.want {
				t.Errorf("got %q, %v, want %q", m.Noise, err, tt.want)
			}
		})
	}
}

func TestVerdictOnFrom(t *testing.T) {
	t.Parallel()
	const from = "From: Ines <ines@mail.faro-azulejos.pt>\n"
	for what, tt := range map[string]struct {
		fields string
		want   Verdict
	}{
		"nothing":                         {from, Unverified},
		"dmarc passed":                    {from + "Authentication-Results: mx.msp.example; dmarc=pass header.from=faro-azulejos.pt", Passed},
		"dmarc failed":                    {from + "Authentication-Results: mx.msp.example; spf=pass smtp.mailfrom=faro-azulejos.pt; dmarc=fail (p=none) header.from=faro-azulejos.pt", Failed},
		"dmarc of another":                {from + "Authentication-Results: mx.msp.example; dmarc=pass header.from=elsewhere.example", Unverified},
		"spf aligned":                     {from + "Authentication-Results: mx.msp.example; dmarc=none; spf=pass smtp.mailfrom=bounce@faro-azulejos.pt", Passed},
		"spf of another":                  {from + "Authentication-Results: mx.msp.example; spf=pass smtp.mailfrom=x@sendgrid.net", Unverified},
		"spf of the greeting":             {from + "Authentication-Results: mx.msp.example; spf=pass smtp.helo=faro-azulejos.pt", Unverified},
		"spf softly failed":               {from + "Authentication-Results: mx.msp.example; spf=softfail smtp.mailfrom=faro-azulejos.pt", Unverified},
		"dkim aligned":                    {from + "Authentication-Results: mx.msp.example 1; dkim=pass (2048-bit; x) header.i=@faro-azulejos.pt header.b=abc", Passed},
		"dkim of another beside":          {from + "Authentication-Results: mx.msp.example; dkim=pass header.d=sendgrid.net; dkim=pass header.d=faro-azulejos.pt", Passed},
		"dkim of another":                 {from + "Authentication-Results: mx.msp.example; dkim=pass header.d=sendgrid.net", Unverified},
		"dkim failed":                     {from + "Authentication-Results: mx.msp.example; dkim=fail header.d=faro-azulejos.pt", Unverified},
		"another server":                  {from + "Authentication-Results: mx.evil.example; dmarc=pass header.from=faro-azulejos.pt", Unverified},
		"a server of a like name":         {from + "Authentication-Results: mx.msp.example.evil.example; dmarc=pass", Unverified},
		"the topmost of that server":      {from + "Authentication-Results: other.example; dmarc=pass\nAuthentication-Results: MX.msp.example; dmarc=fail\nAuthentication-Results: mx.msp.example; dmarc=pass", Failed},
		"the topmost says nothing":        {from + "Authentication-Results: mx.msp.example; none\nAuthentication-Results: mx.msp.example; dmarc=pass header.from=faro-azulejos.pt", Unverified},
		"words in a comment":              {from + "Authentication-Results: mx.msp.example; (dmarc=pass) spf=none", Unverified},
		"a reason with a semicolon":       {from + "Authentication-Results: mx.msp.example; spf=fail reason=\"not; it\"; dmarc=pass header.from=faro-azulejos.pt", Passed},
		"a reason that opens a comment":   {from + "Authentication-Results: mx.msp.example; dmarc=pass reason=\"(\" header.from=elsewhere.example comment=\")\"", Unverified},
		"a domain in quotes":              {from + "Authentication-Results: mx.msp.example; dmarc=pass header.from=\"faro-azulejos.pt\"", Passed},
		"words in a quoted reason":        {from + "Authentication-Results: mx.msp.example; spf=fail reason=\"x; dmarc=pass header.from=faro-azulejos.pt\"", Unverified},
		"a comment before the server":     {from + "Authentication-Results: (hi) mx.msp.example (host) 1; dmarc = pass (x) header.from = faro-azulejos.pt", Passed},
		"a version of the method":         {from + "Authentication-Results: mx.msp.example; dmarc/1=pass header.from=faro-azulejos.pt", Passed},
		"folded":                          {from + "Authentication-Results: mx.msp.example;\n\tdkim=none;\n dmarc=pass\n header.from=faro-azulejos.pt", Passed},
		"no server's name":                {from + "Authentication-Results: dmarc=pass header.from=faro-azulejos.pt", Unverified},
		"best guess":                      {from + "Authentication-Results: mx.msp.example; dmarc=bestguesspass header.from=faro-azulejos.pt", Unverified},
		"two authors":                     {"From: ines@faro-azulejos.pt, x@elsewhere.example\nAuthentication-Results: mx.msp.example; dmarc=pass header.from=faro-azulejos.pt", Unverified},
		"two From fields":                 {from + "From: x@elsewhere.example\nAuthentication-Results: mx.msp.example; dmarc=pass", Unverified},
		"two authors, failed":             {"From: ines@faro-azulejos.pt, x@elsewhere.example\nAuthentication-Results: mx.msp.example; dmarc=fail", Failed},
		"Reply-To":                        {"From: sam@northgate-msp.example\nReply-To: ines@faro-azulejos.pt\nAuthentication-Results: mx.msp.example; dmarc=pass header.from=northgate-msp.example", Unverified},
		"a public suffix is no alignment": {"From: x@a.github.io\nAuthentication-Results: mx.msp.example; spf=pass smtp.mailfrom=b.github.io", Unverified},
		"a neighbour at one ending":       {"From: x@a.co.uk\nAuthentication-Results: mx.msp.example; spf=pass smtp.mailfrom=b.co.uk", Unverified},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			m, err := ReadMail(strings.NewReader(mailFrom(tt.fields, "")))
			if err != nil {
				t.Fatal(err)
			}
			rules := northgate
			rules.AuthservID = "mx.msp.example"
			if got := m.Alert(rules).Verified; got != tt.want {
				t.Errorf("the verdict is %q, want %q, of %q", got, tt.want, m.Results)
			}
			rules.AuthservID = ""
			if got := m.Alert(rules).Verified; got != Unverified {
				t.Errorf("without a server that is believed the verdict is %q", got)
			}
		})
	}
}
