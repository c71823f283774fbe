package onboarding

import (
	"fmt"
	"slices"
	"time"

	"halobot/internal/draft"
)

// file is one thing that is to be filed of a client.
type file struct {
	what     draft.Filing
	client   int    // in found, from 1
	user     string // the key of the user's filing, which the ticket waits for
	filed    Filed
	notFiled NotFiled
	is       int // the user in users, from 1
}

// haloUser is the company's sender as a user in Halo.
type haloUser struct {
	company string
	client  int
	shown   time.Duration // when lists begin to have them
	made    bool          // by the bot
}

// ask asks for filings of a client: what is in hand or done is joined.
func (o *oracle) ask(of, company string, client int, by string, what []draft.Filing) {
	var asked []*wish
	for _, one := range what {
		w := &wish{key: FilingKey(of, one), company: company, by: by, round: 1, file: &file{what: one, client: client}}
		if first := o.newest(w.key); first != nil {
			if first.outcome == "" || first.outcome == Done {
				continue
			}
			w.round = first.round + 1
		}
		if one == draft.FileTicket && slices.Contains(what, draft.FileUser) {
			w.file.user = FilingKey(of, draft.FileUser)
		}
		for _, other := range o.wishes {
			sure := other.outcome == "" || other.outcome == Done || other.outcome == Unconfirmed
			if f := other.file; one == draft.FileUser && f != nil && f.what == one && f.client == client && other.company == company && sure {
				w.ahead = append(w.ahead, other)
			}
		}
		asked = append(asked, w)
	}
	o.wishes = append(o.wishes, asked...)
}

// userPending reports whether a ticket has to wait for its user.
func (o *oracle) userPending(w *wish) bool {
	with := o.newest(w.file.user)
	return with != nil && with.outcome == ""
}

// fileIt files what is to be filed, as far as that can be done.
func (o *oracle) fileIt(w *wish, in weather) bool {
	f := w.file
	switch f.what {
	case draft.FileDomain:
		has := &o.found[f.client-1].domain
		if *has {
			return o.filed(w, FiledMade, 0)
		}
		return o.repeat(w, in, FiledMade, 0, func() { *has = true })
	case draft.FileTicket:
		return o.fileTicket(w, in)
	}
	if o.isUser(w) {
		return true
	}
	stranger := 0
	for i, u := range o.users {
		switch {
		case u.company != w.company || o.now < u.shown:
		case u.client != catchAll:
			f.notFiled = NotOtherClient
			return o.end(w, Left)
		default:
			stranger = i + 1
		}
	}
	if stranger == 0 {
		return o.post(w, in)
	}
	return o.repeat(w, in, FiledMoved, stranger, func() { o.users[stranger-1].client = f.client })
}

// fileTicket moves the ticket, but from where unknown senders are filed only.
func (o *oracle) fileTicket(w *wish, in weather) bool {
	f := w.file
	is := o.userOf(w)
	if with := o.newest(f.user); with != nil && with.outcome == Done && o.clock()-with.ended < time.Minute {
		is = with.file.is // whatever lists say
	}
	switch on := o.tickets[w.company]; {
	case on == f.client:
		return o.filed(w, FiledMoved, is)
	case on != catchAll:
		f.notFiled = NotElsewhere
		return o.end(w, Left)
	case is == 0:
		f.notFiled = NotNoUser
		return o.end(w, Left)
	}
	return o.repeat(w, in, FiledMoved, is, func() { o.tickets[w.company] = f.client })
}

// isUser ends the filing of a user who is one of the client's.
func (o *oracle) isUser(w *wish) bool {
	is := o.userOf(w)
	how := FiledMoved
	if w.sent {
		how = FiledMade
	}
	return is > 0 && o.filed(w, how, is)
}

// userOf is the sender as a user of the client: one whom lists show, or whom a filing made that this
// one waited for.
func (o *oracle) userOf(w *wish) int {
	for i, u := range o.users {
		known := slices.ContainsFunc(w.ahead, func(a *wish) bool { return a.outcome == Done && a.file.is == i+1 })
		if u.company == w.company && u.client == w.file.client && (o.now >= u.shown || known) {
			return i + 1
		}
	}
	return 0
}

// filed ends what is in Halo as it should be: it was there already, unless the bot may have done it.
func (o *oracle) filed(w *wish, how Filed, is int) bool {
	if w.file.is, w.file.filed = is, how; w.sends == 0 {
		w.file.filed = FiledAlready
	}
	return o.end(w, Done)
}

// repeat is a write that may be made twice: it is, until Halo has answered or has what it should.
func (o *oracle) repeat(w *wish, in weather, how Filed, is int, do func()) bool {
	if in.Die == beforeMark {
		*w = o.before
		return o.dies()
	}
	w.sends++
	if in.Post.stores() {
		do()
	}
	if in.Die == suspended {
		o.meanwhile(w)
		return false
	}
	switch {
	case in.Die == afterPost:
		return o.dies()
	case in.Post.stores():
		return o.filed(w, how, is)
	case in.Post == refusedIt, in.Post == tooMany:
		w.sends--
		return o.fail(w, in)
	}
	return o.wait(w)
}

// world is what Halo has.
func (o *oracle) world() string {
	var users []string
	for _, u := range o.users {
		users = append(users, fmt.Sprint(mailOf(u.company).Address, u.client))
	}
	domains := 0
	for _, f := range o.found {
		if f.domain {
			domains++
		}
	}
	return fmt.Sprint(len(o.found), " clients, users ", users, ", ", domains, " domains, tickets ", o.tickets)
}
