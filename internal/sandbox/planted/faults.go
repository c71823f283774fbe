package planted

// NoMark sends without the commit that says so: whoever dies before the answer leaves a request
// that looks as if nothing had been sent.
var NoMark = Fault{Name: "no mark before the POST", Edits: []Edit{{
	File: "internal/onboarding/work.go",
	Old: `	if err := a.save(ctx); err != nil {
		a.state = before // nothing is sent
		return 0, err
	}
`,
}}}

// NoFence lets an attempt write about a request that another one has taken over.
var NoFence = Fault{Name: "no fence", Edits: []Edit{{
	File: "internal/onboarding/queue.go",
	Old:  "` WHERE id = $1 AND attempted_at = $3`",
	New:  "` WHERE id = $1 AND (attempted_at <= $3 OR attempted_at > $3)`",
}}}

// NoLock stores requests for one company without seeing to it that the second one knows of the
// first, and so works on both at once.
var NoLock = Fault{Name: "no lock for one company", Edits: []Edit{{
	File: "internal/onboarding/submit.go",
	Old:  "if r.After, err = before(",
	New:  "if _, err = before(",
}}}

// All are the faults that there are.
var All = []Fault{NoMark, NoFence, NoLock}
