package main

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// progress tells somebody at a terminal what is being waited for: after a second, and then
// whenever that changes.
type progress struct {
	out   io.Writer
	began time.Time
	told  onboarding.Phase
}

// silence is how long a wait needs no explanation.
const silence = time.Second

func (p *progress) tell(s onboarding.State) {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	if time.Since(p.began) < silence || p.told == phaseOf(s) {
		return
	}
	p.told = phaseOf(s)
	fmt.Fprintln(p.out, waitingFor(s))
}

// filing tells that the client is there and what is to be filed is not.
func (p *progress) filing() {
	const filing onboarding.Phase = "filing"
	if p.began.IsZero() {
		p.began = time.Now()
	}
	if time.Since(p.began) < silence || p.told == filing {
		return
	}
	p.told = filing
	fmt.Fprintln(p.out, "The client is in Halo. Waiting for what is to be filed…")
}

func phaseOf(s onboarding.State) onboarding.Phase {
	if s.Phase == "" {
		return onboarding.Working
	}
	return s.Phase
}

func waitingFor(s onboarding.State) string {
	switch s.Phase {
	case onboarding.Waiting:
		by := "another person"
		if s.Ahead != nil && s.Ahead.Name != "" {
			by = text.Line(s.Ahead.Name)
		}
		return "Waiting for a request of " + by + " for the same company…"
	case onboarding.Checking:
		return "Halo took it and has not answered as it should. Checking whether the client is there; do not create it by hand…"
	case onboarding.Outage:
		return cmp.Or(text.Line(s.Problem), "Halo is not answering.") + " Nothing was created yet; trying again for up to 15 minutes…"
	}
	return "Waiting for Halo…"
}
