package onboarding

import (
	"context"
	"fmt"
	"time"

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
	kinds := requests
	if q.Answers {
		kinds = []string{Request{}.Kind(), answering{}.Kind()}
	}
	err := s.page(ctx, kinds, q, func(row *rivertype.JobRow) error {
		found, err := decode(row)
		out = append(out, Receipt{Request: found.request, State: found.state})
		return err
	})
	return out, err
}

// page gives do the jobs that q selects, newest first.
func (s *Service) page(ctx context.Context, kinds []string, q Query, do func(*rivertype.JobRow) error) error {
	wanted := selection{kinds: kinds, madeSince: q.Since, newest: true}
	if q.By != "" {
		wanted.by = &q.By
	}
	for n := 0; ; {
		page := historyPage
		if q.Limit > 0 {
			page = min(page, q.Limit-n)
		}
		wanted.most = page
		rows, err := s.queue.list(ctx, wanted)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
			n++
			wanted.below = row.ID
		}
		if len(rows) < page || (q.Limit > 0 && n >= q.Limit) {
			return nil
		}
	}
}
