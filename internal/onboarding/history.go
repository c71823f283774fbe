package onboarding

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// Query selects history.
type Query struct {
	Since time.Time // zero = as long as it is kept
	By    string    // a person's id; "" = everybody's
	Limit int       // 0 = all
	// Answers lists the answers to alerts among the requests for clients.
	Answers bool
}

// historyPage is how many requests are read at once.
const historyPage = 1000

// History lists requests, newest first. They are kept for [Retention].
func (s *Service) History(ctx context.Context, q Query) ([]Receipt, error) {
	var out []Receipt
	kind := requestsParams
	if q.Answers {
		kind = func() *river.JobListParams { return requestsParams().Kinds(Request{}.Kind(), answering{}.Kind()) }
	}
	err := s.page(ctx, kind, q, func(row *rivertype.JobRow) error {
		found, err := decode(row)
		out = append(out, Receipt{Request: found.request, State: found.state})
		return err
	})
	return out, err
}

// page gives do the jobs that q selects, newest first.
func (s *Service) page(ctx context.Context, kind func() *river.JobListParams, q Query, do func(*rivertype.JobRow) error) error {
	before := int64(-1)
	for n := 0; ; {
		page := historyPage
		if q.Limit > 0 {
			page = min(page, q.Limit-n)
		}
		p := kind().OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(page)
		if !q.Since.IsZero() {
			p = p.Where("created_at >= @since_time", river.NamedArgs{"since_time": q.Since.UTC()})
		}
		if q.By != "" {
			p = p.Where("args->'by'->>'id' = @by_person", river.NamedArgs{"by_person": q.By})
		}
		if before >= 0 {
			p = p.Where("id < @before_id", river.NamedArgs{"before_id": before})
		}
		rows, err := s.queue.list(ctx, p)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
			n++
			before = row.ID
		}
		if len(rows) < page || (q.Limit > 0 && n >= q.Limit) {
			return nil
		}
	}
}
