package localslack

import (
	"crypto/rand"
	"fmt"
	"maps"
	"strings"
	"time"
)

// newTS mints a message's timestamp, its id within a channel: seconds and six digits, never
// twice. The caller holds mu.
func (s *Slack) newTS() string {
	s.lastTS = max(s.lastTS+1, s.now().UnixMicro())
	return fmt.Sprintf("%d.%06d", s.lastTS/1e6, s.lastTS%1e6)
}

// newID mints an id of Slack's looks: a letter, then capitals and digits. The caller holds mu.
func (s *Slack) newID(prefix string) string {
	s.serial++
	return fmt.Sprintf("%s%09d", prefix, s.serial)
}

// secret is what cannot be guessed: envelope ids, triggers, URLs.
func secret() string { return strings.ToLower(rand.Text()) }

// hash is a view's version.
func (s *Slack) hash() string {
	return fmt.Sprintf("%d.%s", s.now().Unix(), secret()[:8])
}

// trigger is the right to open one modal, for three seconds
// (docs.slack.dev/interactivity/handling-user-interaction).
type trigger struct {
	user  string
	at    time.Time
	used  bool
	from  *View // the modal or home tab it came from, if any
	cause *Interaction
}

const triggerLife = 3 * time.Second

// newTrigger mints a trigger. The caller holds mu.
func (s *Slack) newTrigger(cause *Interaction, user string, from *View) string {
	now := s.now()
	id := fmt.Sprintf("%d.%d.%s", now.UnixMilli(), s.serial, secret())
	s.triggers.put(id, &trigger{user: user, at: now, from: from, cause: cause}, func(t *trigger) bool {
		return now.Sub(t.at) > time.Minute // long dead; until then it is known to have expired
	})
	return id
}

// exchange looks a trigger up; the caller marks it used once the view is known to be good.
func (s *Slack) exchange(id string) (*trigger, error) {
	t, ok := s.triggers.items[id]
	switch {
	case id == "":
		return nil, invalidArguments("missing required field: trigger_id", "")
	case !ok:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case s.now().Sub(t.at) > triggerLife:
		return nil, fail("expired_trigger_id")
	}
	return t, nil
}

// shelf holds what is handed out for a while. Stale things are cleared away now and then, at a
// cost that is constant per thing put there.
type shelf[V any] struct {
	items map[string]V
	room  int
}

func newShelf[V any]() shelf[V] { return shelf[V]{items: map[string]V{}, room: 1000} }

func (h *shelf[V]) put(id string, v V, stale func(V) bool) {
	if len(h.items) >= h.room {
		maps.DeleteFunc(h.items, func(_ string, v V) bool { return stale(v) })
		h.room = max(1000, 2*len(h.items))
	}
	h.items[id] = v
}
