package localslack

import (
	"halobot/internal/sandbox/blockkit"
)

// viewsOpen opens a modal: docs.slack.dev/reference/methods/views.open. Whatever the person
// had open is replaced; Slack does not document that case.
func (s *Slack) viewsOpen(a args) (map[string]any, error) {
	v, t, err := s.modalFor(a)
	if err != nil {
		return nil, err
	}
	s.closeAll(t.user)
	v.RootID = v.ID
	return s.opened(v, t)
}

// viewsPush lays a modal on the one that the trigger came from, three deep at most.
func (s *Slack) viewsPush(a args) (map[string]any, error) {
	v, t, err := s.modalFor(a)
	if err != nil {
		return nil, err
	}
	under := s.top(t.user)
	switch {
	case under == nil || t.from == nil || t.from.Type != "modal":
		return nil, fail("not_found")
	case len(s.stacks[t.user]) >= maxStack:
		return nil, fail("push_limit_reached")
	}
	v.RootID, v.PreviousID = under.RootID, under.ID
	return s.opened(v, t)
}

// modalFor reads a new modal and its trigger, which stays usable when either is refused.
func (s *Slack) modalFor(a args) (*View, *trigger, error) {
	t, err := s.exchange(a["trigger_id"])
	if err != nil {
		return nil, nil, err
	}
	v, err := s.parseView([]byte(a["view"]), blockkit.Modal, t.cause.channel)
	if err != nil {
		return nil, nil, err
	}
	if s.byExternalID(v.ExternalID) != nil {
		return nil, nil, fail("duplicate_external_id")
	}
	v.ID, v.User, v.team = s.newID("V"), t.user, s.workspaceOf(t.user)
	return v, t, nil
}

func (s *Slack) opened(v *View, t *trigger) (map[string]any, error) {
	t.used = true
	s.putTop(v)
	t.cause.openedView(v)
	s.bump()
	return map[string]any{"view": v.Object()}, nil
}

// viewsUpdate replaces an open view: docs.slack.dev/reference/methods/views.update.
func (s *Slack) viewsUpdate(a args) (map[string]any, error) {
	old := s.views[a["view_id"]]
	if a["view_id"] == "" {
		old = s.byExternalID(a["external_id"])
	}
	if old == nil {
		return nil, fail("not_found")
	}
	if a.has("hash") && a["hash"] != old.Hash {
		return nil, fail("hash_conflict")
	}
	next, err := s.parseView([]byte(a["view"]), surfaceOf(old), "")
	if err != nil {
		return nil, err
	}
	if other := s.byExternalID(next.ExternalID); other != nil && other.ID != old.ID {
		return nil, fail("duplicate_external_id")
	}
	next = successor(old, next)
	next.Busy = old.Busy
	s.swap(next)
	s.bump()
	return map[string]any{"view": next.Object()}, nil
}

func surfaceOf(v *View) blockkit.Surface {
	if v.Type == "home" {
		return blockkit.Home
	}
	return blockkit.Modal
}

// viewsPublish sets a person's home tab: docs.slack.dev/reference/methods/views.publish.
func (s *Slack) viewsPublish(a args) (map[string]any, error) {
	user := a["user_id"]
	if _, ok := s.people[user]; !ok {
		return nil, fail("user_not_found")
	}
	if !s.homeEnabled {
		return nil, fail("not_enabled")
	}
	old := s.homes[user]
	if a.has("hash") && old != nil && a["hash"] != old.Hash {
		return nil, fail("hash_conflict")
	}
	v, err := s.parseView([]byte(a["view"]), blockkit.Home, "")
	if err != nil {
		return nil, err
	}
	if other := s.byExternalID(v.ExternalID); other != nil && (old == nil || other.ID != old.ID) {
		return nil, fail("duplicate_external_id")
	}
	if old != nil {
		v = successor(old, v)
	} else {
		v.ID, v.User, v.team = s.newID("V"), user, s.workspaceOf(user)
		v.RootID = v.ID
	}
	s.swap(v)
	s.bump()
	return map[string]any{"view": v.Object()}, nil
}
