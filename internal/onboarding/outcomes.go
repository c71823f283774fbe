package onboarding

import (
	"slices"

	"halobot/internal/draft"
)

// Outcome is how a request ended; "" while it has not.
type Outcome string

// The ends of a request.
const (
	Created     Outcome = "created"
	Used        Outcome = "used"        // an existing client was chosen
	Exists      Outcome = "exists"      // a person must choose
	Refused     Outcome = "refused"     // by Halo, in its words
	Unreachable Outcome = "unreachable" // an outage outlasted its 15 minutes; nothing was created
	Unconfirmed Outcome = "unconfirmed" // sent, never found: a person is asked
	Denied      Outcome = "denied"      // the requester may not

	// The ends of a filing, beside refused, unreachable, unconfirmed and denied.
	Done Outcome = "done" // it is in Halo as asked for; State.Filed says how it came there
	Left Outcome = "left" // not done; State.NotFiled says why

	// The ends of an answer to an alert, beside denied and unreachable.
	Dismissed Outcome = "dismissed" // it is of no client
	Reopened  Outcome = "reopened"
)

// Ending says what follows from an outcome at each place where it is told.
type Ending struct {
	Asker  Answer
	Post   Post
	Alert  Mark
	Report Report
	Step   Completion
	// Exit is the exit code of "bot create".
	Exit int
	// Frees says that the key is free again: nothing was created, and the same person or another
	// may try once more.
	Frees bool
}

// Answer is what whoever asked is shown: in the modal, and where that is gone in a direct message.
type Answer string

// The answers.
const (
	AnswerClient   Answer = "the client, with its link"
	AnswerChoice   Answer = "what Halo has; **Use this client**, **Create anyway**"
	AnswerDoubt    Answer = "what is not known; **Look again**, **Create again**"
	AnswerForm     Answer = "the reason; **Try again**, everything still filled in"
	AnswerReturned Answer = "the reason, and where what you typed went"
	AnswerReason   Answer = "the reason"
)

// Post is what is posted in the channel, or in the alert's thread.
type Post string

// The posts.
const (
	PostNothing Post = "–"
	PostClient  Post = "the client"
	PostDoubt   Post = "the same question"
	PostTyped   Post = "the reason, everything typed, and **Try again**; without an alert, to you directly"
)

// Mark is what becomes of the alert.
type Mark string

// The marks.
const (
	MarkNothing   Mark = "keeps its button"
	MarkClient    Mark = "names the client, button gone"
	MarkReturned  Mark = `marked "Returned", button gone`
	MarkNoClient  Mark = `marked "No client", keeps its button`
	MarkClosed    Mark = "closed, button gone"
	MarkAllClosed Mark = "closed, and so are all open ones of the same ticket or address"
)

// Closes reports whether nothing is left to be done about the alert.
func (m Mark) Closes() bool {
	return m == MarkClient || m == MarkReturned || m == MarkClosed || m == MarkAllClosed
}

// Report is what SLACK_ERROR_CHANNEL is told.
type Report string

// The reports.
const (
	ReportNothing Report = "–"
	ReportAdmin   Report = "told, if it takes an administrator"
	ReportFailure Report = "told"
	ReportDoubt   Report = "told that it is not known"
)

// Completion is how a workflow step ends. It has no person, channel or thread: what these would
// get goes to SLACK_ERROR_CHANNEL.
type Completion string

// The completions.
const (
	StepClient  Completion = "goes on with the client"
	StepEmpty   Completion = "goes on with empty outputs and `error`"
	StepFails   Completion = "fails"
	StepAsks    Completion = "fails; the error channel is asked"
	StepReturns Completion = "fails; the error channel gets everything typed"
)

// EndingRow is a row of [Endings].
type EndingRow struct {
	Outcomes []Outcome
	Exits    []int           // of each outcome
	Words    []draft.OnError // nil: whatever the word
	IfExists IfExists        // "": whatever it is
	Ending                   // its Exit is left to Exits
}

// Endings is the one table of what outcomes and error words come to; the first row that fits
// counts. The README prints it.
var Endings = []EndingRow{
	{[]Outcome{Created, Used}, []int{0, 0}, nil, "", Ending{AnswerClient, PostClient, MarkClient, ReportNothing, StepClient, 0, false}},
	{[]Outcome{Exists}, []int{3}, []draft.OnError{draft.Continue}, Fail, Ending{AnswerChoice, PostNothing, MarkNothing, ReportNothing, StepEmpty, 0, true}},
	{[]Outcome{Exists}, []int{3}, nil, Fail, Ending{AnswerChoice, PostNothing, MarkNothing, ReportNothing, StepFails, 0, true}},
	{[]Outcome{Exists}, []int{3}, nil, "", Ending{AnswerChoice, PostNothing, MarkNothing, ReportNothing, StepAsks, 0, true}},
	{[]Outcome{Unconfirmed}, []int{6}, nil, "", Ending{AnswerDoubt, PostDoubt, MarkNothing, ReportDoubt, StepAsks, 0, false}},
	{[]Outcome{Denied}, []int{4}, nil, "", Ending{AnswerReason, PostNothing, MarkNothing, ReportNothing, StepFails, 0, true}},
	without(draft.Exception, Ending{AnswerForm, PostNothing, MarkNothing, ReportFailure, StepFails, 0, true}),
	without(draft.Bounce, Ending{AnswerReturned, PostTyped, MarkReturned, ReportAdmin, StepReturns, 0, true}),
	without(draft.Continue, Ending{AnswerReason, PostNothing, MarkNoClient, ReportAdmin, StepEmpty, 0, true}),
	without(draft.Stop, Ending{AnswerReason, PostNothing, MarkClosed, ReportAdmin, StepFails, 0, true}),
	without(draft.StopAll, Ending{AnswerReason, PostNothing, MarkAllClosed, ReportAdmin, StepFails, 0, true}),
}

func without(word draft.OnError, e Ending) EndingRow {
	return EndingRow{[]Outcome{Refused, Unreachable}, []int{4, 5}, []draft.OnError{word}, "", e}
}

// Ending is what o comes to for r. otherwise is the word where the request has none of its own;
// "" is exception. A request that has not ended has none: the zero Ending.
func (r Request) Ending(o Outcome, otherwise draft.OnError) Ending {
	word := draft.Exception
	for _, w := range []draft.OnError{otherwise, r.OnError} {
		if w != "" {
			word = w
		}
	}
	for _, row := range Endings {
		at := slices.Index(row.Outcomes, o)
		if at >= 0 && (row.Words == nil || slices.Contains(row.Words, word)) && (row.IfExists == "" || row.IfExists == r.IfExists) {
			row.Exit = row.Exits[at]
			return row.Ending
		}
	}
	return Ending{}
}
