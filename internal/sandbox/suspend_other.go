//go:build !unix

package sandbox

// Suspend has no means here.
func (p *Process) Suspend() { panic("sandbox: a process cannot be suspended on this system") }

// Resume has nothing to do.
func (p *Process) Resume() {}
