package onboarding

import (
	"cmp"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// selection says which jobs are wanted: those that match every field that is not zero, oldest
// first. A pointer to "" matches jobs where the text is empty, as what strangers write may be; only
// nil matches any. A selection is all that the service asks of stored jobs, so that a queue can
// answer it without River.
type selection struct {
	kinds   []string
	running bool // in work
	open    bool // not ended, or its end is not told

	key        *string   // of the request or the mail
	about      *string   // an alert's key: the request's own, or that of the alert it is about
	title      *string   // of the company
	host       string    // of the company, with title: either may match
	by         *string   // a person's id
	joined     int64     // the job that a joiner waits for
	endedSince time.Time // open ones too
	madeSince  time.Time
	above      int64 // only ids higher than this
	below      int64 // only ids lower than this

	newest bool // newest first
	most   int  // 0 = mostListed
}

// mostListed is how many jobs are listed where a selection says nothing else.
const mostListed = 1000

// openStates are those of jobs that have not ended.
var openStates = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// params is the selection in River's words; the indexes of schema serve it.
func (s selection) params() *river.JobListParams {
	states, order := rivertype.JobStates(), river.SortOrderAsc
	switch {
	case s.running:
		states = []rivertype.JobState{rivertype.JobStateRunning}
	case s.open:
		states = openStates
	}
	if s.newest {
		order = river.SortOrderDesc
	}
	p := river.NewJobListParams().Kinds(s.kinds...).States(states...).
		OrderBy(river.JobListOrderByID, order).First(cmp.Or(s.most, mostListed))
	where := func(wanted bool, sql string, args river.NamedArgs) {
		if wanted {
			p = p.Where(sql, args)
		}
	}
	where(s.key != nil, "args->>'key' = @job_key", river.NamedArgs{"job_key": s.key})
	where(s.about != nil, "(args->>'key' = @alert_key OR args->>'alert' = @alert_key)", river.NamedArgs{"alert_key": s.about})
	where(s.title != nil && s.host == "", "args->>'title' = @same_title", river.NamedArgs{"same_title": s.title})
	where(s.title != nil && s.host != "", "(args->>'host' = @same_host OR args->>'title' = @same_title)",
		river.NamedArgs{"same_title": s.title, "same_host": s.host})
	where(s.by != nil, "args->'by'->>'id' = @by_person", river.NamedArgs{"by_person": s.by})
	where(s.joined != 0, "CAST(args->>'job' AS bigint) = @first_job", river.NamedArgs{"first_job": s.joined})
	where(!s.endedSince.IsZero(), "(finalized_at IS NULL OR finalized_at >= @ended_since)", river.NamedArgs{"ended_since": s.endedSince.UTC()})
	where(!s.madeSince.IsZero(), "created_at >= @made_since", river.NamedArgs{"made_since": s.madeSince.UTC()})
	where(s.above != 0, "id > @above_id", river.NamedArgs{"above_id": s.above})
	where(s.below != 0, "id < @below_id", river.NamedArgs{"below_id": s.below})
	return p
}
