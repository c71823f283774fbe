package draft

import (
	"cmp"
	"strings"

	"halobot/internal/text"
)

// The labels of web forms and of monitoring tools, lower-case and without "your": for the address
// of somebody who wants something, for that person's name, for what is wanted.
var (
	contactWords = setOf("sender", "email", "e-mail", "mail", "email address", "e-mail address", "requester", "requested by", "reporter",
		"reported by", "submitted by", "raised by", "customer", "contact", "user", "absender", "e-mail-adresse", "emailadresse", "kontakt", "melder", "kunde",
		"courriel", "adresse e-mail", "adresse mail", "adresse email", "demandeur", "client", "contacto", "correo", "correo electrónico", "contatto", "indirizzo email", "richiedente",
		"contato", "endereço de e-mail", "aanvrager", "klant", "e-mailadres", "afzender", "e-post", "epost", "e-postadresse", "e-postadress", "zgłaszający", "adres e-mail", "sähköposti")
	nameWords = setOf("name", "full name", "contact name", "sender name", "customer name", "vor- und nachname", "vollständiger name", "ansprechpartner", "nom",
		"nom complet", "nom et prénom", "nombre", "nombre completo", "nombre y apellidos", "nome", "nome completo", "nome e cognome", "naam", "volledige naam",
		"navn", "namn", "imię i nazwisko", "jméno", "név", "nimi")
	firstNameWords = setOf("first name", "firstname", "forename", "vorname", "prénom", "voornaam", "fornavn", "förnamn", "imię")
	lastNameWords  = setOf("last name", "lastname", "surname", "nachname", "nom de famille", "achternaam", "apellidos", "apellido", "cognome", "sobrenome", "apelido",
		"etternavn", "efternavn", "efternamn", "nazwisko")
	wishWords = setOf("summary", "details", "description", "issue", "zusammenfassung", "beschreibung", "message", "message body", "comment", "comments", "question", "enquiry", "inquiry", "how can we help", "nachricht", "ihre nachricht", "anfrage",
		"mitteilung", "votre message", "demande", "bericht", "vraag", "opmerking", "mensaje", "consulta", "messaggio", "richiesta", "mensagem", "besked", "melding", "meddelande",
		"wiadomość", "treść wiadomości", "viesti")
	ofWhom = setOf("unknown", "new", "original", "external", "customer", "client", "contact", "sender", "requester", "reporter", "user", "business", "work",
		"company", "primary", "from")
	supportWords = setOf("contact", "kontakt", "contacto", "contatto", "contato") // whom to ask, in what devices send
	possessives  = setOf("your", "ihr", "ihre", "dein", "deine", "votre", "vos", "uw", "jouw", "tu", "su", "seu", "sua", "din", "ditt", "twój", "twoje", "il", "la", "tuo", "tua")
)

// labelled is a label without what stands around it, in lower-case.
func labelled(label string) string {
	label = strings.ToLower(strings.Trim(text.Line(label), "*_`•·–-#>:： "))
	if whose, rest, ok := strings.Cut(label, " "); ok && possessives[whose] {
		return rest
	}
	return label
}

// isContactLabel reports whether label stands before somebody's address, with or without a word
// on whose: "Unknown sender".
func isContactLabel(label string) bool {
	label = labelled(label)
	for !contactWords[label] {
		word, rest, ok := strings.Cut(label, " ")
		if !ok || !ofWhom[word] {
			return false
		}
		label = rest
	}
	return true
}

// formSenders are those who filled in a form, whose mail has them in its text alone: labels, each
// with a value behind it or below. It must look like a form, with a name or a message, so that a
// signature's "E-mail:" is nobody who wrote.
func formSenders(page string) []mailbox {
	var found []mailbox
	var whole, firstName, lastName, person, label string
	form := false
	for raw := range strings.SplitSeq(strings.ReplaceAll(page, "\r", "\n"), "\n") {
		line := text.Line(raw)
		if line == "" {
			continue
		}
		before, value, ok := strings.Cut(line, ":")
		switch bare := labelled(before); {
		case ok && isFormLabel(bare) && strings.TrimSpace(value) != "":
			label = bare
		case isFormLabel(labelled(line)):
			label = labelled(line)
			form = form || wishWords[label]
			continue
		default:
			value = line
		}
		switch value = strings.Trim(value, "*_ "); {
		case wishWords[label]:
			form = true
		case nameWords[label]:
			whole, form = cutName(whole, value), true
		case firstNameWords[label]:
			firstName, form = cutName(firstName, value), true
		case lastNameWords[label]:
			lastName, form = cutName(lastName, value), true
		case isContactLabel(label) && !supportWords[label] && len(found) < maxFound:
			boxes := mailboxes(value)
			if found = append(found, boxes...); len(boxes) == 0 {
				person = cutName(person, value) // User: Ines Faro
			}
		}
		label = ""
	}
	if !form {
		return nil
	}
	if whole == "" {
		whole = cmp.Or(strings.TrimSpace(firstName+" "+lastName), person)
	}
	if len(found) > 0 && found[0].name == "" {
		found[0].name = tidyName(whole, found[0].address)
	}
	return found
}

func isFormLabel(label string) bool {
	return nameWords[label] || firstNameWords[label] || lastNameWords[label] || wishWords[label] || isContactLabel(label)
}

// cutName is the first of two names that are said.
func cutName(had, name string) string {
	if had != "" {
		return had
	}
	return text.Cut(name, maxSenderName)
}
