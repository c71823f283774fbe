package draft

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"halobot/internal/text"
)

// heads are the words that begin the lines of a forwarded mail's head, by the language of
// the program that forwarded it, as Outlook, Apple Mail, Gmail, Thunderbird and Halo write
// them; several in one language are those of several programs, separated by |. A head may
// mix languages: Gmail translates half of its own.
var heads = []struct{ language, from, date, to, subject, other string }{
	{"English", "from", "sent|date|sent on", "to", "subject", "cc|bcc|reply-to|reply to|importance|attachments|organization|resent-from"},
	{"German", "von", "gesendet|datum|gesendet am", "an", "betreff", "kopie|antwort an|antwort-an|wichtigkeit|anlagen|kopie (cc)|organisation"},
	{"French", "de|expéditeur|de la part de", "envoyé|date|envoyé le", "à|a|pour|destinataire", "objet|sujet", "copie à|répondre à|pièces jointes|importance"},
	{"Dutch", "van|afzender", "verzonden|datum|verzonden op", "aan|naar", "onderwerp|betreft", "antwoord aan|bijlagen|urgentie"},
	{"Spanish", "de|remitente", "enviado|enviado el|fecha", "para|a", "asunto", "con copia|responder a|datos adjuntos"},
	{"Italian", "da|mittente", "inviato|data|inviato il", "a", "oggetto", "rispondi a|allegati|priorità"},
	{"Portuguese", "de|remetente", "enviado|enviada|enviada em|enviado em|data", "para", "assunto", "responder a|responder para|anexos"},
	{"Danish", "fra", "sendt|dato", "til", "emne", "svar til|vedhæftede filer"},
	{"Swedish", "från", "skickat|datum", "till", "ämne", "kopia|svara till|bilagor"},
	{"Norwegian", "fra", "sendt|dato", "til", "emne", "kopi|svar til|vedlegg"},
	{"Finnish", "lähettäjä", "lähetetty|päiväys|päivämäärä|pvm", "vastaanottaja", "aihe", "kopio|vastausosoite"},
	{"Icelandic", "frá", "sent|dagsetning", "til", "efni", "afrit"},
	{"Polish", "od|nadawca", "wysłano|wysłane|data", "do", "temat", "dw|odpowiedz do|do wiadomości"},
	{"Czech", "od", "odesláno|datum", "komu|pro", "předmět", "kopie|odpověď na"},
	{"Slovak", "od", "odoslané|dátum", "komu|pre", "predmet", "kópia"},
	{"Hungarian", "feladó", "elküldve|küldve|dátum", "címzett", "tárgy", "másolatot kap|másolat"},
	{"Romanian", "de la|expeditor", "trimis|data|dată", "către|la|catre", "subiect", ""},
	{"Croatian, Slovenian, Serbian", "od|šalje|pošiljatelj", "poslano|datum|poslato", "za|prima|do", "predmet|zadeva|naslov", "kp"},
	{"Bulgarian", "от", "изпратено|дата", "до", "относно|тема", "копие"},
	{"Russian", "от|от кого|отправитель", "отправлено|дата", "кому", "тема", "копия"},
	{"Ukrainian", "від|від кого", "надіслано|відправлено|дата", "кому", "тема", "копія"},
	{"Greek", "από", "στάλθηκε|εστάλη|αποστολή|ημερομηνία", "προς", "θέμα", "κοιν."},
	{"Turkish", "kimden|gönderen", "gönderildi|gönderme|tarih", "kime|alıcı", "konu", "bilgi"},
	{"Estonian", "saatja", "saadetud|kuupäev", "adressaat|saaja", "teema", "koopia"},
	{"Latvian", "no", "nosūtīts|datums", "kam", "temats|tēma", "kopija"},
	{"Lithuanian", "nuo", "išsiųsta|data", "kam", "tema", "kopija"},
	{"Catalan", "de", "enviat|enviat el|data", "per a|a", "assumpte|tema", ""},
	{"Welsh", "oddi wrth|gan", "anfonwyd|dyddiad", "at", "pwnc|testun", ""},
	{"Hebrew", "מאת", "נשלח|תאריך|נשלח ב", "אל", "נושא", "עותק"},
	{"Arabic", "من", "تاريخ الإرسال|التاريخ|أُرسلت", "إلى", "الموضوع", "نسخة"},
	{"Japanese", "差出人|送信元|送信者", "送信日時|日付|日時", "宛先", "件名", ""},
	{"Chinese", "发件人|寄件者|寄件人|發件人", "发送时间|日期|发送日期|寄件日期|傳送時間", "收件人|收件者", "主题|主旨|主題", "抄送|副本"},
	{"Korean", "보낸 사람|보낸사람|발신", "보낸 날짜|날짜|보낸날짜", "받는 사람|받는사람|수신", "제목", "참조"},
}

// headWord is what a word at the beginning of a head's line means.
type headWord uint8

const (
	headFrom headWord = 1 << iota
	headDate
	headTo
	headSubject
	headOther
)

// headWords has every meaning of a word: "de" is From in French, "a" is To in Italian.
var headWords = sync.OnceValue(func() map[string]headWord {
	all := make(map[string]headWord)
	for _, h := range heads {
		for kind, words := range map[headWord]string{headFrom: h.from, headDate: h.date, headTo: h.to, headSubject: h.subject, headOther: h.other} {
			for word := range strings.SplitSeq(words, "|") {
				if word != "" {
					all[norm.NFC.String(word)] |= kind
				}
			}
		}
	}
	return all
})

// headLine reads a line of a forwarded mail's head; kind is 0 when it is none. The line may be
// quoted, its word bold as mail programs write that in plain text.
func headLine(line string) (kind headWord, value string) {
	line = strings.TrimLeft(text.Line(line), ">|*_` \t")
	word, value, ok := strings.Cut(strings.Replace(line, "：", ":", 1), ":")
	if !ok {
		return 0, ""
	}
	word = strings.ToLower(norm.NFC.String(strings.Trim(word, "*_ ")))
	return headWords()[word], strings.Trim(unescape(value), "*_| ")
}

// unrolled has the parts of a head that was rolled into one line on lines of their own.
func unrolled(body string) string {
	return rolled.ReplaceAllStringFunc(body, func(line string) string {
		var at []int
		var kinds headWord
		for _, m := range rolledWord.FindAllStringSubmatchIndex(line, maxRolled) {
			word := line[m[2]:m[3]]
			kind := headWords()[strings.ToLower(norm.NFC.String(word))]
			if _, second, two := strings.Cut(word, " "); two && kind == 0 {
				word = second
				kind = headWords()[strings.ToLower(norm.NFC.String(word))]
			}
			if kind != 0 {
				at, kinds = append(at, m[3]-len(word)), kinds|kind
			}
		}
		if kinds&headFrom == 0 || kinds&(headDate|headTo) == 0 || kinds&headSubject == 0 {
			return line
		}
		var out strings.Builder
		from := 0
		for _, i := range at {
			out.WriteString(line[from:i] + "\n")
			from = i
		}
		return out.String() + line[from:]
	})
}

var (
	rolled     = regexp.MustCompile(`(?m)^.*\pL:.*@.*\pL:.*$`)
	rolledWord = regexp.MustCompile(`(?:^|[\s>*_-])(\pL+(?: \pL+)?):`)
)

// maxRolled bounds the words with a colon that are looked at in a line.
const maxRolled = 50

// forwardedSenders are those whom the heads of forwarded mails in a text name, the newest
// forward first. A head is a line for From with, next to it, one for the date, the subject or
// the recipient; "From:" alone is prose.
func forwardedSenders(body string) []mailbox {
	type line struct {
		kind  headWord
		value string
		reply bool // it names whom to answer
	}
	var all []line
	for raw := range strings.SplitSeq(unrolled(strings.ReplaceAll(body, "\r", "\n")), "\n") {
		raw = strings.TrimLeft(text.Line(raw), ">| ")
		if raw == "" {
			continue
		}
		kind, value := headLine(raw)
		if kind == 0 {
			value = raw
		}
		all = append(all, line{kind, value, kind&headOther != 0 && replyWord.MatchString(raw)})
	}
	// beside is what the lines of the same head say that go before or after one, the nearest first,
	// at most two lines of text, which a long list of recipients may be broken into, between each two.
	beside := func(lines iter.Seq2[int, line]) (found headWord) {
		gap := 0
		for _, l := range lines {
			if found |= l.kind; l.kind != 0 {
				gap = 0
			} else if gap++; gap > 2 {
				break
			}
		}
		return found
	}
	var found []mailbox
	for i, l := range all {
		around := beside(slices.All(all[i+1:min(len(all), i+maxHead)])) | beside(slices.Backward(all[max(0, i-maxHead):i]))
		switch {
		case l.kind&headFrom != 0 && around&(headDate|headSubject|headTo) != 0:
		case l.reply && around&headFrom != 0:
		default:
			continue
		}
		value, open := l.value, strings.Count(l.value, "<") > strings.Count(l.value, ">")
		boxes := mailboxes(value)
		for _, next := range all[i+1 : min(len(all), i+3)] {
			if next.kind != 0 {
				break
			}
			if open && strings.Contains(next.value, ">") { // broken within its address: <ines@faro-
				if whole := mailboxes(value + next.value); whole != nil {
					boxes = whole
				}
			}
			if boxes != nil {
				break
			}
			value += " " + next.value // a long name is broken into lines
			boxes = mailboxes(value)
		}
		for _, box := range boxes {
			box.name = strings.Trim(box.name, "*_ ")
			found = append(found, box)
		}
		if len(found) >= maxFound {
			break
		}
	}
	return found
}

// wrote is how mail programs say who wrote what is quoted below, in the same languages: "On Monday
// Jane wrote:". Where a program leaves the word out, the line has a date and a time.
var (
	wrote = regexp.MustCompile(`(?i)(?:^|[\s)>])(?:wrote|writes|schrieb|a écrit|écrit|schreef|geschreven|escribió|escreveu|ha scritto|scrisse|skrev|skreiv|skrifaði|` +
		`napisał(?:\(a\)|a)?|pisze|napsala?|napísala?|kirjoitti|írta|a scris|je napisa[lo]|написа(?:л|ла|л\(а\))|пишет|пише|έγραψε|yazdı|va escriure|כתב|كتب|さんは書きました|写道|님이 작성)(?:$|[\s:,(<])`)
	clock     = regexp.MustCompile(`\b(?:19|20)\d\d\b.*\d[:.h]\d\d|\d[:.h]\d\d.*\b(?:19|20)\d\d\b`)
	afterDate = regexp.MustCompile(`^(?i:am|pm|a\.m\.|p\.m\.|uhr|[a-z]{3,4}\s*[+-]|utc|gmt|cet|cest)[\s,]+`)
)

// quotedSenders are those whom the lines above a quotation name, the newest first.
func quotedSenders(body string) (found []mailbox) {
	var all []string
	for raw := range strings.SplitSeq(strings.ReplaceAll(body, "\r", "\n"), "\n") {
		if raw = strings.TrimLeft(text.Line(raw), ">| "); raw != "" {
			all = append(all, raw)
		}
	}
	for last, line := range all {
		if len(found) >= maxFound || !strings.HasSuffix(line, ":") && !strings.HasSuffix(line, "：") {
			continue
		}
		for first := last; first >= max(0, last-2); first-- { // mailers break it
			line = strings.Join(all[first:last+1], " ")
			if box, ok := quoted(strings.TrimRight(line, ":： ")); ok && !strings.HasPrefix(line, "<") {
				found = append(found, box)
				break
			}
		}
	}
	return found
}

// quoted reads one such line.
func quoted(line string) (mailbox, bool) {
	addresses := Addresses(line)
	verb := wrote.FindStringIndex(line)
	if len(addresses) != 1 || len(line) > 400 || verb == nil && !clock.MatchString(line) {
		return mailbox{}, false
	}
	place := placeOf(addresses[0], line)
	if place == nil {
		return mailbox{}, false
	}
	before := line[:place[0]]
	if verb != nil && verb[1] <= place[0] {
		before = before[verb[1]:]
	}
	name := strings.TrimRight(before, "<([ ")
	name = name[strings.LastIndexFunc(name, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune(",:;)", r) })+1:]
	name = afterDate.ReplaceAllString(strings.TrimSpace(strings.ToValidUTF8(name, "")), "")
	return mailbox{tidyName(name, addresses[0]), addresses[0]}, true
}

// placeOf is where an address begins and ends in s, in letters of either case; nil where a link hides
// it. Lower-case letters may take more bytes than capitals, so s is looked at as it is.
func placeOf(address, s string) []int {
	return regexp.MustCompile(`(?i)` + regexp.QuoteMeta(address)).FindStringIndex(s)
}

// maxHead bounds the lines of a head that are looked at on either side.
const maxHead = 12

// maxFound bounds how many senders are kept of one mail.
const maxFound = 50
