package modals

// The status lines of an alert, in mrkdwn, escaped: at most 1,000 characters or so.

// LineCreated says which client the alert led to.
func LineCreated(r Result) string {
	p := append(para{lit("✓ ")}, named(r.Client.or(r))...)
	does := " created"
	if r.Existing {
		does = " was already in Halo, chosen"
	}
	if p = append(p, lit(does)); isUser(r.By) {
		p = append(p, lit(" by "), mention(r.By))
	}
	for _, s := range r.Steps {
		p = append(p, lit(" · "+oneLine(s.Brief, maxMail)))
	}
	return p.mrkdwn(maxContext)
}

// LineReturned says that the request went back to where it came from.
func LineReturned(r Result) string {
	return append(para{lit("↩ Returned")}, r.because()...).mrkdwn(maxContext)
}

// LineNoClient says that there is no client, and why; the button stays.
func LineNoClient(r Result) string {
	return append(para{lit("✗ No client")}, r.because()...).mrkdwn(maxContext)
}

// LineClosed says that nothing more is done about the alert.
func LineClosed(r Result) string {
	return append(para{lit("Closed: no client was created.")}, r.asker()...).mrkdwn(maxContext)
}

// LineDismissed says who said that the alert is of no client, and when.
func LineDismissed(d Dismissal) string {
	return para{lit("✗ Not a client, said by "), d.who(), lit(", "), moment(d.At)}.mrkdwn(maxContext)
}

// because is the problem, briefly, and who asked.
func (r Result) because() para {
	return append(para{lit(": " + sentence(r.Problem, maxBrief))}, r.asker()...)
}

// asker says who asked, as a sentence after another one.
func (r Result) asker() para {
	if !isUser(r.By) {
		return nil
	}
	return para{lit(" Asked for by "), mention(r.By), lit(".")}
}

const maxContext = 2000 // characters of a context block's text
