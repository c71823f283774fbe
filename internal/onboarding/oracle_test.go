package onboarding

import (
	"slices"
	"time"
)

// oracle is what the specification says of a request's life, without queues, databases or clocks: it
// is to be checked by eye. Each of its steps is one attempt, made in a weather.
type oracle struct {
	now    time.Duration
	wishes []*wish // in the order in which they were stored
	found  []found // what Halo has
}

// found is a client in Halo.
type found struct {
	key     string
	company string
	shown   time.Duration // when lists begin to have it
}

// wish is one request.
type wish struct {
	key, company, by string
	round            int
	joined           []string // who else is to be told, in their own words
	ahead            []*wish
	outcome          Outcome
	sends            int
	deadline         time.Duration // of the last POST that may have reached Halo; 0 = none is in doubt
	outage           time.Duration // since when somebody is away; 0 = nobody
	learned          []int         // clients whose ids an attempt knows that could not write them down
	client           int           // in found, from 1
	ended            time.Duration
	told             bool
	tell             time.Duration // when telling is tried again
	again            bool          // it was looked whether there are two
	twins            []int         // further clients with its key
}

// weather is how the world is during one attempt.
type weather struct {
	Post     answer
	Late     time.Duration // what is made is in no list for so long
	HaloDown bool          // nothing can be read
	Slack    bool          // Slack is away
	Die      point
}

// answer is what becomes of a POST.
type answer int

const (
	answered answer = iota
	refusedIt
	tooMany
	storedAndLost // a time-out, a reset, a 503 after storing
	lost
	answers
)

// point is where a process dies, or where another takes its request over.
type point int

const (
	lives point = iota
	beforeMark
	afterPost
	suspended // while it waits for the answer, another one makes an attempt in calm weather
	points
)

const (
	tick   = 41 * time.Second // how long after an attempt the next one comes
	settle = 2 * time.Minute
)

// latenesses are how late a list may show what was made; the last is later than can be waited for.
var latenesses = []time.Duration{0, 70 * time.Second, 5 * time.Minute}

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
		if other.company == company && (other.outcome == "" || other.outcome == Created) {
			w.ahead = append(w.ahead, other)
		}
	}
	o.wishes = append(o.wishes, w)
	return false
}

// byHand is somebody who creates the company in Halo themselves.
func (o *oracle) byHand(company string) {
	o.found = append(o.found, found{"", company, o.now})
}

// attempt is one attempt at a wish.
func (o *oracle) attempt(w *wish, in weather) {
	if w.outcome == "" && !o.work(w, in) {
		return // it died, or another one has it
	}
	if w.outcome == "" {
		return
	}
	if o.now >= w.tell {
		w.told = w.told || !in.Slack
		w.tell = o.now + min(max((o.now-w.ended)/2, time.Second), 5*time.Minute)
	}
	if w.looksAgain() {
		o.lookAgain(w, in)
	}
}

// looksAgain reports whether a send was never answered that may have made a client all the same,
// beside the one that was found or although none was.
func (w *wish) looksAgain() bool {
	return !w.again && (w.outcome == Created && w.sends > 1 || w.frees() && w.sends > 0)
}

// lookAgain is that look, when the last send can have settled.
func (o *oracle) lookAgain(w *wish, in weather) {
	last := w.deadline
	if last == 0 {
		last = w.ended
	}
	if o.now < last+settle || in.HaloDown && o.now-w.ended < 24*time.Hour {
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
	case in.HaloDown || len(all) == 0:
	case w.client != 0:
		w.twins = slices.DeleteFunc(all, func(id int) bool { return id == w.client })
	case later != w && later.outcome == "":
		return // it may find it
	case !slices.Contains(all, later.client):
		w.client, w.twins, w.told, w.tell = all[0], all[1:], false, 0
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
	return w.outcome != "" && w.told && !w.looksAgain()
}

func (o *oracle) end(w *wish, as Outcome) bool {
	w.outcome, w.ended = as, o.now
	return true
}

// created ends a wish with its client that a look finds.
func (o *oracle) created(w *wish) bool {
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

// wait is an outage; it ends a wish that it has kept for a quarter of an hour.
func (o *oracle) wait(w *wish) bool {
	if w.outage == 0 {
		w.outage = o.now
	}
	return o.now-w.outage < 15*time.Minute || o.end(w, Unreachable)
}

// work takes a wish as far as it can go. It reports whether the attempt lived to say so.
func (o *oracle) work(w *wish, in weather) bool {
	before := *w
	if w.deadline != 0 { // never simply sent again
		switch {
		case in.HaloDown:
			if o.now-w.deadline > 24*time.Hour {
				return o.end(w, Unconfirmed)
			}
			return true
		case o.created(w):
			return true
		case o.now < w.deadline+settle:
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
	if in.Slack || in.HaloDown { // who may, and what there is, cannot be found out
		return o.wait(w)
	}
	if o.created(w) { // by now it is listed
		return true
	}
	for i, f := range o.found {
		if f.company == w.company && (o.now >= f.shown || w.knows(i+1)) {
			return o.end(w, Exists)
		}
	}
	if in.Die == beforeMark {
		*w = before
		return false
	}
	return o.post(w, in)
}

// knows reports whether w waited for a request that has the client, so that it looks by its id.
func (w *wish) knows(client int) bool {
	return slices.ContainsFunc(w.ahead, func(a *wish) bool { return a.outcome == Created && a.client == client })
}

// post is the one write.
func (o *oracle) post(w *wish, in weather) bool {
	w.sends++
	w.deadline = o.now + 10*time.Second
	if in.Post == answered || in.Post == storedAndLost {
		o.found = append(o.found, found{w.key, w.company, o.now + in.Late})
	}
	id := len(o.found)
	if in.Die == suspended {
		o.now += tick
		o.attempt(w, weather{})
		if in.Post == answered { // its id is kept for whoever has the request now
			w.learned = append(w.learned, id)
		}
		return false
	}
	if in.Die == afterPost {
		return false
	}
	switch in.Post {
	case answered:
		w.client = id
		return o.end(w, Created)
	case refusedIt, tooMany:
		w.sends--
		w.deadline = 0
		if in.Post == refusedIt {
			return o.end(w, Refused)
		}
		return o.wait(w)
	}
	w.outage = 0
	return true
}
