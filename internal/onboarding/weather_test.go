package onboarding

import "time"

// weather is how the world is during one attempt.
type weather struct {
	Post     answer
	Late     time.Duration // what is made is in no list for so long
	HaloDown bool          // nothing can be read
	Ignored  []string      // parameters that lists ignore: no difference to anybody
	Slack    bool          // Slack is away
	Die      point
}

// answer is what becomes of a write.
type answer int

const (
	answered answer = iota
	storedAndLost
	storedAnd503
	lost
	only503
	refusedIt
	tooMany
	answers
)

// stores reports whether it was carried out.
func (a answer) stores() bool { return a <= storedAnd503 }

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

// ignored are the parameters.
var ignored = [][]string{{}, {"order"}, {"order", "search_name_only"}, {"includenotes"}, {"pageinate"}}
