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
	File: "internal/onboarding/statements.go",
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

// MarkAfter commits that a create was sent only when that has been done.
var MarkAfter = Fault{Name: "the mark after the POST", Edits: []Edit{NoMark.Edits[0], {
	File: "internal/onboarding/work.go",
	Old:  "	err := post(sending)\n",
	New: `	err := post(sending)
	if err := a.save(ctx); err != nil {
		return 0, err
	}
`,
}}}

// SettleByName takes a client of the same name for what an unanswered create has made.
var SettleByName = Fault{Name: "settled by name", Edits: []Edit{{
	File: "internal/onboarding/settle.go",
	Old: `		if len(found.Clients) > 0 {
			return began, a.created(`,
	New: `		if turn, err := api.Turn(ctx, key); err == nil && len(found.Clients) == 0 {
			if seen, err := a.look(ctx, api, turn); err == nil {
				found.Clients = append(seen.Own, seen.Same...)
			}
		}
		if len(found.Clients) > 0 {
			return began, a.created(`,
}}}

// NoLookAgain never looks whether a create that was sent more than once was made more than once.
var NoLookAgain = Fault{Name: "no look after a re-send", Edits: []Edit{{
	File: "internal/onboarding/settle.go",
	Old:  "	if a.state.LookedAgain || ",
	New:  "	if a.state.Outcome == Created || a.state.LookedAgain || ",
}}}

// UnavailableIsNotDone believes a 503, which a proxy may say after Halo has stored.
var UnavailableIsNotDone = Fault{Name: "503 as not done", Edits: []Edit{{
	File: "internal/halo/errors.go",
	Old:  "	case status == http.StatusTooManyRequests:\n		return NotDone\n",
	New:  "	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:\n		return NotDone\n",
}}}

// UnsureIsNo turns away whoever Slack does not say of whether they may.
var UnsureIsNo = Fault{Name: "permission errors as a no", Edits: []Edit{{
	File: "internal/onboarding/work.go",
	Old:  `	a.log.Warn("cannot find out who may: trying again", "error", err)`,
	New: `	if err != nil {
		return 0, a.end(ctx, Denied, func(s *State) { s.Problem = "You may not create clients." })
	}
	a.log.Warn("cannot find out who may: trying again", "error", err)`,
}}}

// GoneIsTold takes a modal that is gone for one that was read.
var GoneIsTold = Fault{Name: "told counts although the modal is gone", Edits: []Edit{{
	File: "internal/slackbot/teller_asker.go",
	Old:  "		return markGone, nil\n",
	New:  "		return markDone, nil\n",
}}}

// UserUnseen makes a user without a look at who is there.
var UserUnseen = Fault{Name: "a user made without a look", Edits: []Edit{
	{
		File: "internal/onboarding/file_user.go",
		Old:  "	case mine != nil:\n",
		New:  "	case mine != nil && a.state.SentTo != \"\":\n",
	},
	{
		File: "internal/onboarding/file_user.go",
		Old:  "	everywhere, err := api.FindUsers(look, 0, f.Filing.Email)\n",
		New:  "	everywhere, err := []halo.User(nil), error(nil)\n",
	},
}}

// TicketFromAnywhere moves a ticket although somebody has moved it by hand.
var TicketFromAnywhere = Fault{Name: "a ticket moved from anywhere", Edits: []Edit{{
	File: "internal/onboarding/file.go",
	Old:  "	case !api.IsCatchAll(at):\n		return 0, a.leave(ctx, NotElsewhere, saw(ticket))\n",
}}}

// ListsBelieved takes a list for proof although it is not what was asked for.
var ListsBelieved = Fault{Name: "lists believed whatever Halo ignores", Edits: []Edit{{
	File: "internal/halo/habits.go",
	Old:  "	return c.habits.has(IgnoresOrder) || ",
	New:  "	return false && c.habits.has(IgnoresOrder) && ",
}}}

// AnyClock takes a deadline as another process's clock had it, which may have been set since.
var AnyClock = Fault{Name: "a deadline by any clock", Edits: []Edit{{
	File: "internal/onboarding/settle.go",
	Old:  "	if a.db.server || a.state.Clock == a.queue.id() {\n",
	New:  "	if a.db.server || a.state.Clock != \"\" {\n",
}}}

// All are the faults that there are.
var All = []Fault{
	NoMark, MarkAfter, SettleByName, NoLock, NoFence, NoLookAgain, UnavailableIsNotDone, UnsureIsNo, GoneIsTold, UserUnseen,
	TicketFromAnywhere, ListsBelieved, AnyClock,
}
