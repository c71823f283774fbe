package localslack

import (
	"encoding/json"
	"maps"
	"slices"

	"halobot/internal/sandbox/blockkit"
)

// View is a modal or a home tab as it stands. It is never changed: an update makes a new one.
type View struct {
	ID, User, Type                string
	Title, Submit, Close          string
	CallbackID, PrivateMetadata   string
	ExternalID, Hash              string
	RootID, PreviousID            string
	ClearOnClose, NotifyOnClose   bool
	Blocks                        json.RawMessage // block_id and action_id filled in
	State                         State           // what is typed and chosen at this moment
	Errors                        map[string]string
	Trouble                       string // what Slack shows when the app failed to answer
	Busy                          bool   // submitted, not answered yet
	titleObj, submitObj, closeObj json.RawMessage
	installedBy                   string // the workspace, or the organisation
	team                          string // the workspace of whoever looks at it
}

// State is view.state.values: block_id → action_id → the element's state.
type State map[string]map[string]any

// troubleConnecting is what a person reads in a modal whose app did not answer, or badly.
const troubleConnecting = "We had some trouble connecting. Try again?"

const maxStack = 3 // docs.slack.dev/surfaces/modals

type viewJSON struct {
	Type            string          `json:"type"`
	Title           json.RawMessage `json:"title"`
	Submit          json.RawMessage `json:"submit"`
	Close           json.RawMessage `json:"close"`
	Blocks          json.RawMessage `json:"blocks"`
	PrivateMetadata string          `json:"private_metadata"`
	CallbackID      string          `json:"callback_id"`
	ExternalID      string          `json:"external_id"`
	ClearOnClose    bool            `json:"clear_on_close"`
	NotifyOnClose   bool            `json:"notify_on_close"`
}

// parseView holds a view to Slack's rules and reads it. channel is where the person is, for
// selects that start with the current conversation.
func (s *Slack) parseView(raw []byte, on blockkit.Surface, channel string) (*View, error) {
	if len(raw) == 0 {
		return nil, invalidArguments("missing required field: view", "")
	}
	if len(raw) > blockkit.MaxViewBytes {
		return nil, fail("view_too_large")
	}
	if problems := blockkit.Validate(on, raw, s.knownTypes()); len(problems) > 0 {
		return nil, invalid("invalid_arguments", problems)
	}
	var j viewJSON
	if err := json.Unmarshal(raw, &j); err != nil {
		return nil, invalidArguments("must be a view", "/view")
	}
	v := &View{
		Type: j.Type, Title: textOf(j.Title), Submit: textOf(j.Submit), Close: textOf(j.Close),
		CallbackID: j.CallbackID, PrivateMetadata: j.PrivateMetadata, ExternalID: j.ExternalID,
		ClearOnClose: j.ClearOnClose, NotifyOnClose: j.NotifyOnClose,
		Blocks: fillIDs(j.Blocks), Hash: s.hash(),
		titleObj: j.Title, submitObj: j.Submit, closeObj: j.Close, installedBy: Team,
	}
	if s.orgWide {
		v.installedBy = Org
	}
	v.State = State{}
	for _, f := range fields(v.Blocks) {
		v.State.set(f, f.initial(channel))
	}
	return v, nil
}

func textOf(object json.RawMessage) string {
	var t struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(object, &t) // validated before; null has no text
	return t.Text
}

func (st State) set(f field, value any) {
	if st[f.blockID] == nil {
		st[f.blockID] = map[string]any{}
	}
	st[f.blockID][f.actionID] = value
}

// Object is the view as the Web API and payloads give it.
func (v *View) Object() map[string]any {
	null := func(raw json.RawMessage) any {
		if len(raw) == 0 {
			return nil
		}
		return raw
	}
	o := map[string]any{
		"id": v.ID, "team_id": v.team, "type": v.Type, "blocks": v.Blocks,
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": v.ExternalID,
		"state": map[string]any{"values": v.State}, "hash": v.Hash,
		"title": null(v.titleObj), "submit": null(v.submitObj), "close": null(v.closeObj),
		"clear_on_close": v.ClearOnClose, "notify_on_close": v.NotifyOnClose,
		"root_view_id": v.RootID, "previous_view_id": nil,
		"app_id": App, "app_installed_team_id": v.installedBy, "bot_id": BotID,
	}
	if v.PreviousID != "" {
		o["previous_view_id"] = v.PreviousID
	}
	return o
}

// surfaces are the modals and home tabs that are open.
type surfaces struct {
	stacks map[string][]*View // by person, the root first
	homes  map[string]*View   // by person
	views  map[string]*View   // all of these, by id
}

func newSurfaces() surfaces {
	return surfaces{map[string][]*View{}, map[string]*View{}, map[string]*View{}}
}

// top is the modal that a person sees, or nil.
func (u *surfaces) top(user string) *View {
	stack := u.stacks[user]
	if len(stack) == 0 {
		return nil
	}
	return stack[len(stack)-1]
}

func (u *surfaces) byExternalID(id string) *View {
	if id == "" {
		return nil
	}
	for _, v := range u.views {
		if v.ExternalID == id {
			return v
		}
	}
	return nil
}

// putTop lays a view on a person's stack.
func (u *surfaces) putTop(v *View) {
	u.stacks[v.User] = append(slices.Clip(u.stacks[v.User]), v)
	u.views[v.ID] = v
}

// swap puts v in place of the open view with its id.
func (u *surfaces) swap(v *View) {
	u.views[v.ID] = v
	if v.Type == "home" {
		u.homes[v.User] = v
		return
	}
	stack := slices.Clone(u.stacks[v.User])
	for i, old := range stack {
		if old.ID == v.ID {
			stack[i] = v
		}
	}
	u.stacks[v.User] = stack
}

// closeFrom closes a view and all that lies on it.
func (u *surfaces) closeFrom(v *View) {
	stack := u.stacks[v.User]
	i := slices.IndexFunc(stack, func(o *View) bool { return o.ID == v.ID })
	if i < 0 {
		return
	}
	for _, gone := range stack[i:] {
		delete(u.views, gone.ID)
	}
	u.stacks[v.User] = slices.Clip(stack[:i:i])
}

// closeAll closes all of a person's modals.
func (u *surfaces) closeAll(user string) {
	for _, v := range u.stacks[user] {
		delete(u.views, v.ID)
	}
	delete(u.stacks, user)
}

// successor is next in place of old: the same id and place, and what was typed into elements
// that are still there (docs.slack.dev/surfaces/modals: same block_id and action_id).
func successor(old, next *View) *View {
	next.ID, next.User, next.team, next.RootID, next.PreviousID = old.ID, old.User, old.team, old.RootID, old.PreviousID
	for _, f := range fields(next.Blocks) {
		if was, ok := old.State[f.blockID][f.actionID]; ok && sameType(was, f) {
			next.State.set(f, was)
		}
	}
	return next
}

func sameType(state any, f field) bool {
	m, ok := state.(map[string]any)
	return ok && m["type"] == f.kind
}

// with gives a changed copy of a view.
func (v *View) with(change func(*View)) *View {
	c := *v
	c.State = maps.Clone(v.State)
	for block, actions := range c.State {
		c.State[block] = maps.Clone(actions)
	}
	change(&c)
	return &c
}
