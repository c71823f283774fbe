package sandbox

import (
	"fmt"
	"slices"
	"sync"
)

// faultBoard knows which faults are on.
type faultBoard struct {
	mu      sync.Mutex
	off     map[string]func() // by id: what ends it
	choices map[string]string // by id: as chosen
	changed chan struct{}
}

// SetFault switches one of the page's faults on or off. choice is one of its choices, "" for the
// one that was chosen last.
func (s *Sandbox) SetFault(id string, on bool, choice string) error {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.ID == id })
	if i < 0 || faults[i].Side == "slack" && s.slack == nil {
		return fmt.Errorf("there is no fault %q", id)
	}
	f := faults[i]
	if choice != "" && !slices.Contains(f.Choices, choice) {
		return fmt.Errorf("%q has no choice %q", f.Name, choice)
	}
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	if choice != "" && choice != b.chosen(f) {
		b.set(s, f, false)
		b.choices[id] = choice
	}
	b.set(s, f, on)
	b.tell()
	return nil
}

// chosen is the fault's choice at present, "" where there is none.
func (b *faultBoard) chosen(f fault) string {
	if c, ok := b.choices[f.ID]; ok || len(f.Choices) == 0 {
		return c
	}
	return f.Choices[0]
}

// Calm switches every fault off.
func (s *Sandbox) Calm() {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range faults {
		b.set(s, f, false)
	}
	b.tell()
}

// set does one switch. b.mu is held.
func (b *faultBoard) set(s *Sandbox, f fault, on bool) {
	if b.off == nil {
		b.off, b.choices = make(map[string]func()), make(map[string]string)
	}
	off, isOn := b.off[f.ID]
	switch {
	case f.Momentary:
		if on {
			f.on(s, b.chosen(f))
		}
	case on && !isOn:
		b.off[f.ID] = f.on(s, b.chosen(f))
	case !on && isOn:
		delete(b.off, f.ID)
		off()
	}
}

func (b *faultBoard) tell() {
	if b.changed != nil {
		close(b.changed)
	}
	b.changed = make(chan struct{})
}

// Changed is closed at the next switch.
func (b *faultBoard) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// faultInfo is a fault as the page shows it.
type faultInfo struct {
	ID        string   `json:"id"`
	Side      string   `json:"side"`
	Group     string   `json:"group"`
	Name      string   `json:"name"`
	Expect    string   `json:"expect"`
	Momentary bool     `json:"momentary"`
	On        bool     `json:"on"`
	Choices   []string `json:"choices,omitempty"`
	Choice    string   `json:"choice,omitempty"`
}

func (s *Sandbox) faultInfos() []faultInfo {
	b := &s.faults
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []faultInfo
	for _, f := range faults {
		if f.Side == "slack" && s.slack == nil {
			continue
		}
		_, on := b.off[f.ID]
		list = append(list, faultInfo{f.ID, f.Side, f.Group, f.Name, f.Expect, f.Momentary, on, f.Choices, b.chosen(f)})
	}
	return list
}
