package onboarding

import (
	"context"
	"fmt"
)

// postman is what one process at a time is: it serves the channels' queues of mails. Two would
// post a channel's alerts in another order than that of the mails.
const postman = "postman"

// PostMails lets the service post the mails that are stored. It must be called before Start or
// StandIn.
func (s *Service) PostMails(p Poster) { s.poster = p }

// serveMails serves the channels that have mails, if nobody else does.
func (s *Service) serveMails(ctx context.Context) error {
	if s.poster == nil {
		return nil
	}
	if only, err := s.db.lease.alone(ctx, postman); err != nil || !only {
		return err
	}
	queues, err := s.queue.mailed(ctx)
	if err != nil {
		return fmt.Errorf("look for mails: %w", err)
	}
	for _, queue := range queues {
		if s.served[queue] {
			continue
		}
		if err := s.queue.serve(queue); err != nil {
			return fmt.Errorf("serve %s: %w", queue, err)
		}
		s.served[queue] = true
	}
	return nil
}

// StandIn begins to post the mails of Config.MailChannel if no process does, a bot for one, and
// reports whether it has begun to. It picks up what a process left behind that died. It is for
// WorkMails, and may be called until it has begun.
func (s *Service) StandIn(ctx context.Context) (bool, error) {
	if free, err := s.db.lease.free(ctx, postman); err != nil || !free {
		return false, err
	}
	if _, err := s.db.lease.take(ctx, s.queue.id()); err != nil {
		return false, fmt.Errorf("mark this process as alive in the database: %w", err)
	}
	if only, err := s.db.lease.alone(ctx, postman); err != nil || !only {
		return false, err
	}
	return true, s.begin(ctx)
}
