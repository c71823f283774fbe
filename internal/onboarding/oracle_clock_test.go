package onboarding

import "time"

// clocks are those of the processes. Each takes the machine's when it starts, and goes on by the time
// that passes; all times of a wish are as the clock showed them that was looked at.
type clocks struct {
	shared    bool          // they go by the database's, which nobody sets
	set       time.Duration // by how much the machine's was set
	processes [2]life
	turn      int // whose it is
	started   int // how many have been
	seen      map[sighting]time.Duration
}

// life is a process: there are two at a time.
type life struct {
	id    int
	ahead time.Duration // its clock
}

// sighting is that a process first sees a deadline that another has noted.
type sighting struct {
	process  int
	wish     *wish
	deadline time.Duration
}

// me is the process whose turn it is.
func (c *clocks) me() *life { return &c.processes[c.turn%2] }

// clock is what its clock shows.
func (o *oracle) clock() time.Duration { return o.now + o.me().ahead }

// dies has the next process start in its place, and the other one go on.
func (c *clocks) dies() bool {
	c.started++
	*c.me() = life{c.started, c.set}
	c.turn++
	return false
}

// meanwhile another process takes the wish over.
func (o *oracle) meanwhile(w *wish) {
	o.now += tick
	o.turn++
	o.attempt(w, weather{})
	o.turn++
}

// notAhead has a deadline that is further ahead than one can be count from now.
func (o *oracle) notAhead(w *wish) {
	if latest := o.clock() + 10*time.Second; w.deadline > latest {
		w.deadline, w.clock = latest, o.me().id
	}
}

// sentBy is when the last POST had ended at the latest: by another clock, that is counted from when
// this process first looked for it.
func (o *oracle) sentBy(w *wish) time.Duration {
	if o.shared || w.clock == o.me().id {
		return w.deadline
	}
	s := sighting{o.me().id, w, w.deadline}
	if _, seen := o.seen[s]; !seen {
		o.seen[s] = o.clock()
	}
	return o.seen[s] + 10*time.Second
}

// wait is an outage; it ends a wish that it has kept for a quarter of an hour.
func (o *oracle) wait(w *wish) bool {
	now := o.clock()
	if w.outage == 0 || w.outage > now {
		w.outage = now
	}
	lasted := now - w.outage
	w.rest = now + min(max(lasted/2, time.Second), 30*time.Second, 15*time.Minute-lasted)
	return lasted < 15*time.Minute || o.end(w, Unreachable)
}
