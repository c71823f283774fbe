package modals

import "time"

// Dismissal is somebody's word that an alert is of no client.
type Dismissal struct {
	By, Name string // their Slack user id, and name
	At       time.Time
}

// who mentions whoever said it, as well as that is known.
func (d Dismissal) who() run {
	switch {
	case isUser(d.By):
		return mention(d.By)
	case d.Name != "":
		return lit(oneLine(d.Name, maxShown))
	}
	return lit("A colleague")
}

// said is the dismissal as a sentence.
func (d Dismissal) said() para {
	return para{d.who(), lit(" said that this is not a client ("), moment(d.At), lit(").")}
}

// AlreadyReopened tells somebody who would reopen an alert; d is of whoever has.
func AlreadyReopened(d Dismissal) Message {
	return newBody().say(append(para{d.who()}, lit(" reopened this alert ("), moment(d.At), lit(")."))).message()
}

// AlreadyDismissed tells somebody whose answer comes after a dismissal.
func AlreadyDismissed(d Dismissal, reopenFirst bool) Message {
	p := d.said()
	if reopenFirst {
		p = append(p, lit(" Nothing was created; reopen the alert first."))
	}
	return newBody().say(p).message()
}

// DismissedThread tells in an alert's thread what the alert itself cannot show; key and value are
// those of its buttons.
func DismissedThread(d Dismissal, key, value string) Message {
	return newBody().say(append(d.said(), lit(" The bot may not change the alert above."))).show(reopenButton(key, value)).message()
}

// ReopenedThread tells in an alert's thread that it waits for an answer again; d is of whoever
// reopened it.
func ReopenedThread(d Dismissal) Message {
	return newBody().say(append(para{d.who()}, lit(" reopened this alert ("), moment(d.At), lit("). The buttons above serve again."))).message()
}

// NotDismissed tells somebody who would dismiss an alert that led to a client.
func NotDismissed(r Result) Message {
	by := para{lit(" was created for this alert")}
	if r.Existing {
		by = para{lit(" was chosen for this alert")}
	}
	if isUser(r.By) {
		by = append(by, lit(" by "), mention(r.By))
	}
	p := append(named(r.Client.or(r)), by...)
	return newBody().say(append(p, lit(". The alert was not dismissed."))).message()
}
