package onboarding

import (
	"fmt"
	"slices"
	"time"

	"halobot/internal/sandbox/localhalo"
)

// oracle is what the specification says of a request's life, without queues or databases: it is to be
// checked by eye. Each of its steps is one attempt, made in a weather.
type oracle struct {
	now      time.Duration
	wishes   []*wish // in the order in which they were stored
	found    []found // what Halo has
	users    []haloUser
	tickets  map[string]int // the client that a company's ticket is on, from 1
	veryLate bool           // something was made that lists did not show when it counted as lost
	before   wish           // the wish as it is stored, during an attempt
	clocks
}

// newOracle has a few older clients, which lists in the order of names begin with.
func newOracle() oracle {
	older := []found{{company: localhalo.Unknown}, {company: "Elsewhere"}}
	for n := range 10 {
		older = append(older, found{company: fmt.Sprint("!", n)})
	}
	return oracle{
		now: time.Hour, found: older, tickets: map[string]int{},
		clocks: clocks{processes: [2]life{{id: 1}, {id: 2}}, started: 2, seen: map[sighting]time.Duration{}},
	}
}

// found is a client in Halo.
type found struct {
	key     string
	company string
	shown   time.Duration // when lists begin to have it
	domain  bool          // its site has the company's e-mail domain
}

// wish is one request.
type wish struct {
	key, company, by string
	round            int
	joined           []string // who else is to be told, in their own words
	ahead            []*wish
	outcome          Outcome
	sends            int
	sent             bool          // a POST may have reached Halo
	deadline         time.Duration // of the last POST that may have reached Halo; 0 = none is in doubt
	clock            int           // by which that is
	outage           time.Duration // since when somebody is away; 0 = nobody
	rest             time.Duration // until when they are left alone
	learned          []int         // clients whose ids an attempt knows that could not write them down
	client           int           // in found, from 1
	ended, tried     time.Duration // tried: telling of it, first
	told             bool
	tell             time.Duration // when telling is tried again
	again            bool          // it was looked whether there are two
	twins            []int         // further clients with its key
	gaveUp           bool          // telling, or that look
	file             *file         // what is to be filed; nil = a client is to be made
}

// frees are the ends after which the key may be asked for anew.
func (w *wish) frees() bool {
	return w.outcome == Exists || w.outcome == Refused || w.outcome == Unreachable
}

// newest is the last wish with a key.
func (o *oracle) newest(key string) (last *wish) {
	for _, w := range o.wishes {
		if w.key == key {
			last = w
		}
	}
	return last
}

// submit joins the wish with the key, or makes one. It reports what Submit is to say: whether it
// joined.
func (o *oracle) submit(key, company, by string) bool {
	first := o.newest(key)
	if first != nil && !first.frees() {
		same := first.company == company
		if same && (first.by == by || first.outcome != "") {
			return true // the first one's own, or it has its answer with the receipt
		}
		if who := by + " " + company; !slices.Contains(first.joined, who) {
			first.joined = append(first.joined, who)
		}
		return true
	}
	w := &wish{key: key, company: company, by: by, round: 1}
	if first != nil {
		w.round = first.round + 1
	}
	for _, other := range o.wishes {
		if other.file == nil && other.company == company && (other.outcome == "" || other.outcome == Created) {
			w.ahead = append(w.ahead, other)
		}
	}
	o.wishes = append(o.wishes, w)
	return false
}

// attempt is one attempt at a wish.
func (o *oracle) attempt(w *wish, in weather) {
	if w.outcome == "" && !o.work(w, in) {
		return // it died, or another one has it
	}
	if w.outcome == "" {
		return
	}
	if now := o.clock(); now >= w.tell || w.tell-now > time.Hour {
		w.told = w.told || !in.Slack
		if w.tried == 0 || w.tried > now {
			w.tried = now
		}
		w.gaveUp = w.gaveUp || now-w.tried > 72*time.Hour
		w.tell = now + min(max((now-w.ended)/2, time.Second), 5*time.Minute)
	}
	if w.looksAgain() {
		o.lookAgain(w, in)
	}
}

// looksAgain reports whether a send was never answered that may have made a client all the same,
// beside the one that was found or although none was.
func (w *wish) looksAgain() bool {
	return !w.again && w.file == nil && (w.outcome == Created && w.sends > 1 || w.frees() && w.sends > 0)
}

// lookAgain is that look, when the last send can have settled.
func (o *oracle) lookAgain(w *wish, in weather) {
	last := w.ended
	if w.deadline != 0 {
		last = o.sentBy(w)
	}
	left := last + settle - o.clock()
	if left > 0 && left <= settle+10*time.Second || in.HaloDown && o.clock()-w.ended < 24*time.Hour {
		return
	}
	all := slices.Clone(w.learned)
	for _, id := range o.carrying(w.key) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	later := o.newest(w.key)
	switch {
	case in.HaloDown:
		w.gaveUp = true
	case len(all) == 0:
	case w.client != 0:
		w.twins = slices.DeleteFunc(all, func(id int) bool { return id == w.client })
	case later != w && later.outcome == "":
		return // it may find it
	case !slices.Contains(all, later.client):
		w.client, w.twins, w.told, w.tell, w.tried = all[0], all[1:], false, 0, 0
		o.end(w, Created)
	}
	w.again = true
}

// carrying are the clients that lists show and that carry a key.
func (o *oracle) carrying(key string) (all []int) {
	for i, f := range o.found {
		if f.key == key && o.now >= f.shown {
			all = append(all, i+1)
		}
	}
	return all
}

// done reports whether nothing is left to do about a wish.
func (w *wish) done() bool {
	return w.outcome != "" && (w.told || w.gaveUp) && !w.looksAgain()
}

func (o *oracle) end(w *wish, as Outcome) bool {
	w.outcome, w.ended = as, o.clock()
	return true
}

// created ends a wish with its client, or its user, that a look finds.
func (o *oracle) created(w *wish) bool {
	if w.file != nil {
		return o.isUser(w)
	}
	all := w.learned
	if w.deadline == 0 || len(all) == 0 {
		all = o.carrying(w.key)
	}
	if len(all) == 0 {
		return false
	}
	w.client, w.twins = all[0], slices.Clone(all[1:])
	return o.end(w, Created)
}

// work takes a wish as far as it can go. It reports whether the attempt lived to say so.
func (o *oracle) work(w *wish, in weather) bool {
	if left := w.rest - o.clock(); left > 0 && left <= 15*time.Minute {
		return true
	}
	o.notAhead(w)
	o.before = *w
	if w.deadline != 0 { // never simply sent again
		switch {
		case in.HaloDown:
			if o.clock()-o.sentBy(w) > 24*time.Hour {
				return o.end(w, Unconfirmed)
			}
			return true
		case o.created(w):
			return true
		case o.clock() < o.sentBy(w)+settle:
			return true
		case w.sends == 3:
			return o.end(w, Unconfirmed)
		}
		w.deadline, w.outage = 0, 0
	}
	for _, other := range w.ahead {
		if other.outcome == "" {
			w.outage = 0
			return true
		}
	}
	switch {
	case in.Slack: // who may cannot be found out
		return o.wait(w)
	case w.file != nil && o.userPending(w):
		return true
	case in.HaloDown: // what there is
		return o.wait(w)
	case w.file != nil:
		return o.fileIt(w, in)
	case o.created(w): // by now it is listed
		return true
	}
	for i, f := range o.found {
		if f.company == w.company && (o.now >= f.shown || w.knows(i+1)) {
			return o.end(w, Exists)
		}
	}
	return o.post(w, in)
}

// knows reports whether w waited for a request that has the client, so that it looks by its id.
func (w *wish) knows(client int) bool {
	return slices.ContainsFunc(w.ahead, func(a *wish) bool { return a.outcome == Created && a.client == client })
}

// post is the one write of what Halo would make twice.
func (o *oracle) post(w *wish, in weather) bool {
	if in.Die == beforeMark {
		*w = o.before
		return o.dies()
	}
	w.sends++
	sent := w.sent
	w.sent, w.deadline, w.clock = true, o.clock()+10*time.Second, o.me().id
	made := 0
	if in.Post.stores() {
		made = o.make(w, o.now+in.Late)
		o.veryLate = o.veryLate || in.Late > settle
	}
	if in.Die == suspended {
		o.meanwhile(w)
		if in.Post == answered && w.file == nil { // its id is kept for whoever has the request now
			w.learned = append(w.learned, made)
		}
		return false
	}
	switch {
	case in.Die == afterPost:
		return o.dies()
	case in.Post == answered && w.file == nil:
		w.client = made
		return o.end(w, Created)
	case in.Post == answered:
		return o.filed(w, FiledMade, made)
	case in.Post == refusedIt, in.Post == tooMany:
		w.sends--
		w.sent, w.deadline = sent, 0
		return o.fail(w, in)
	}
	w.outage, w.rest = 0, 0
	return true
}

// fail is what follows from a write that Halo has not carried out.
func (o *oracle) fail(w *wish, in weather) bool {
	if in.Post == refusedIt {
		return o.end(w, Refused)
	}
	return o.wait(w)
}

// make makes a client, or a user.
func (o *oracle) make(w *wish, shown time.Duration) (id int) {
	if w.file != nil {
		o.users = append(o.users, haloUser{w.company, w.file.client, shown, true})
		return len(o.users)
	}
	o.found = append(o.found, found{key: w.key, company: w.company, shown: shown})
	return len(o.found)
}
