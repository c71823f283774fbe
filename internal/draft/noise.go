package draft

import (
	"slices"
	"strings"

	"halobot/internal/text"
)

// Noise says why a mail is nobody's first one; "" when it may be. Its text goes on a sentence
// that begins with "The mail is".
type Noise string

// What mail servers and absent people send by themselves.
const (
	MailReport Noise = "a mail server's report on another mail (a bounce)"
	AutoReply  Noise = "an automatic reply"
)

// autoReplyFields are set by programs that answer mails, and by nothing else.
var autoReplyFields = []string{"x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply"}

// autoSubjects begin the subject of an automatic reply of Exchange, which calls itself
// auto-generated, like a web form, in place of auto-replied.
var autoSubjects = []string{
	"automatic reply:", "automatische antwort:", "réponse automatique", "automatisch antwoord:", "respuesta automática:",
	"risposta automatica:", "resposta automática:", "autosvar:", "automatiskt svar:", "odpowiedź automatyczna:",
	"automaattinen vastaus:", "automatická odpověď:", "automatikus válasz:", "автоматический ответ:", "автоматична відповідь:",
	"automatická odpoveď:", "automatski odgovor:", "samodejni odgovor:", "răspuns automat:", "αυτόματη απάντηση:", "otomatik yanıt:", "מענה אוטומטי:", "رد تلقائي:",
	"自動応答:", "自动答复:", "自動回覆:", "자동 회신:", "resposta automàtica:", "automatisk svar", "out of office:", "abwesenheitsnotiz:",
}

// noise reads from a mail's header and body what it is. An auto-generated mail or one of a
// list is a mail: so come web forms, and strangers' mails to a group.
func noise(h header, report bool, subject string) Noise {
	submitted, _, _ := strings.Cut(strings.ToLower(h.get("auto-submitted")), ";")
	submitted, _, _ = strings.Cut(strings.TrimSpace(submitted), " ")
	path, hasPath := h.get("return-path"), len(h.all("return-path")) > 0
	subject = strings.ToLower(text.Line(subject))
	switch {
	case report, h.get("x-failed-recipients") != "":
		return MailReport
	case slices.ContainsFunc(h.all("from"), isMailerDaemon):
		return MailReport
	case submitted == "auto-replied",
		slices.ContainsFunc(autoReplyFields, func(name string) bool {
			v := strings.ToLower(h.get(name))
			return v != "" && v != "no" && v != "false"
		}),
		strings.HasPrefix(strings.ToLower(h.get("precedence")), "auto_reply"),
		submitted == "auto-generated" && h.get("reply-to") == "" &&
			slices.ContainsFunc(autoSubjects, func(s string) bool { return strings.HasPrefix(subject, s) }):
		return AutoReply
	case hasPath && isNullPath(path) && submitted != "auto-generated" && submitted != "no":
		return MailReport
	}
	return ""
}

// isNullPath reports the sender of a mail that must not be answered (RFC 5321 section 4.5.5).
func isNullPath(path string) bool {
	return strings.Trim(text.Line(path), "<> ") == ""
}

func isMailerDaemon(from string) bool {
	for _, box := range mailboxes(from) {
		if local := strings.ToLower(box.address[:strings.LastIndexByte(box.address, '@')]); local == "mailer-daemon" || local == "mailerdaemon" {
			return true
		}
	}
	return strings.EqualFold(strings.Trim(text.Line(from), `"<> `), "mailer-daemon")
}
