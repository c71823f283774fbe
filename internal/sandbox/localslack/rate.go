package localslack

import "time"

// channelLimiter allows about one message a second in a channel, and a few at once.
type channelLimiter struct {
	tokens float64
	at     time.Time
}

// limit counts a message against its channel's rate.
func (s *Slack) limit(channel string) error {
	if s.rate == 0 {
		return nil
	}
	now := time.Now()
	l, ok := s.limiters[channel]
	if !ok {
		l = &channelLimiter{tokens: float64(s.burst), at: now}
		s.limiters[channel] = l
	}
	l.tokens = min(float64(s.burst), l.tokens+now.Sub(l.at).Seconds()*s.rate)
	l.at = now
	if l.tokens < 1 {
		return rateLimited(time.Duration((1 - l.tokens) / s.rate * float64(time.Second)))
	}
	l.tokens--
	return nil
}
