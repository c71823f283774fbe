package sandbox

import "time"

// keepRunning starts the bot again when it ends by itself, after a pause that grows while it
// keeps ending at once. After a kill from the page it stays down until a person starts it.
func (s *Sandbox) keepRunning() {
	const first, longest = time.Second, 15 * time.Second
	pause := first
	for s.ctx.Err() == nil {
		began := time.Now()
		if _, err := s.bot.Wait(s.ctx); err != nil {
			return
		}
		if time.Since(began) > longest {
			pause = first
		}
		timer := time.NewTimer(pause)
		for waiting := true; waiting; {
			changed := s.botChanged()
			select {
			case <-timer.C:
				waiting = s.killedByHand()
			case <-changed: // started by hand, perhaps
				waiting = !s.bot.Running()
			case <-s.ctx.Done():
				timer.Stop()
				return
			}
		}
		if !s.bot.Running() && !s.killedByHand() {
			s.bot.Start() // an error shows as a bot that does not run
			pause = min(2*pause, longest)
		}
	}
}

func (s *Sandbox) killedByHand() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.killed
}

func (s *Sandbox) botChanged() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// KillBot kills the bot; it stays dead until StartBot.
func (s *Sandbox) KillBot() {
	s.setKilled(true)
	s.bot.Kill()
	s.setKilled(true) // once more, now that it is dead: whoever looks is to see that
}

// StartBot starts the bot if it is not running.
func (s *Sandbox) StartBot() error {
	if s.bot.Running() {
		return nil
	}
	err := s.bot.Start()
	s.setKilled(err != nil)
	return err
}

func (s *Sandbox) setKilled(killed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.killed = killed
	close(s.changed)
	s.changed = make(chan struct{})
}
