package localslack

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// method is one of the Web API's.
type method struct {
	// scopes: the caller needs one of them; nil needs none. Where that hangs on the kind of
	// conversation, the method itself looks.
	scopes []string
	do     func(*Slack, args) (map[string]any, error)
	app    bool // wants the app-level token
	team   bool // speaks of one workspace: an organisation's token has to say which
}

// methods is the Web API, as far as it goes here. Each is called with mu held and must not
// block; the file that has a family's code is named after it.
var methods = map[string]method{
	"api.test":              {do: (*Slack).apiTest},
	"apps.connections.open": {do: (*Slack).appsConnectionsOpen, app: true},
	"auth.test":             {do: (*Slack).authTest},
	"bots.info":             {do: (*Slack).botsInfo, scopes: []string{"users:read"}, team: true},
	"team.info":             {do: (*Slack).teamInfo, scopes: []string{"team:read"}, team: true},
	"users.info":            {do: (*Slack).usersInfo, scopes: []string{"users:read"}},
	"users.list":            {do: (*Slack).usersList, scopes: []string{"users:read"}, team: true},
	"usergroups.list":       {do: (*Slack).usergroupsList, scopes: []string{"usergroups:read"}, team: true},
	"usergroups.users.list": {do: (*Slack).usergroupsUsersList, scopes: []string{"usergroups:read"}, team: true},

	"conversations.info":    {do: (*Slack).conversationsInfo, scopes: readScopes},
	"conversations.list":    {do: (*Slack).conversationsList, scopes: readScopes, team: true},
	"conversations.members": {do: (*Slack).conversationsMembers, scopes: readScopes},
	"conversations.history": {do: (*Slack).conversationsHistory, scopes: historyScopes},
	"conversations.replies": {do: (*Slack).conversationsReplies, scopes: historyScopes},
	"conversations.open":    {do: (*Slack).conversationsOpen, scopes: []string{"im:write", "mpim:write"}},

	"chat.postMessage":   {do: (*Slack).chatPostMessage, scopes: []string{"chat:write"}},
	"chat.postEphemeral": {do: (*Slack).chatPostEphemeral, scopes: []string{"chat:write"}},
	"chat.update":        {do: (*Slack).chatUpdate, scopes: []string{"chat:write"}},
	"chat.delete":        {do: (*Slack).chatDelete, scopes: []string{"chat:write"}},
	"chat.getPermalink":  {do: (*Slack).chatGetPermalink},

	"views.open":    {do: (*Slack).viewsOpen},
	"views.push":    {do: (*Slack).viewsPush},
	"views.update":  {do: (*Slack).viewsUpdate},
	"views.publish": {do: (*Slack).viewsPublish},

	"functions.completeSuccess": {do: (*Slack).functionsCompleteSuccess},
	"functions.completeError":   {do: (*Slack).functionsCompleteError},
}

func (s *Slack) apiTest(args) (map[string]any, error) { return nil, nil }

// serveAPI answers one call, or breaks it as the faults want.
func (s *Slack) serveAPI(w http.ResponseWriter, r *http.Request) {
	name, at := r.PathValue("method"), time.Now()
	a, body, err := readArgs(r)
	entry := s.log.begin(Entry{Direction: FromApp, Kind: "call", Method: name}, body)
	s.faults.during(w, r, name, entry, func() (int, http.Header, any) {
		return s.call(name, at, a, err, r)
	})
}

// call does what a call asks for and gives its answer.
func (s *Slack) call(name string, at time.Time, a args, err error, r *http.Request) (int, http.Header, any) {
	header := http.Header{}
	var answer map[string]any
	if err == nil {
		answer, err = s.perform(name, at, a, r, header)
	}
	if err == nil {
		if answer == nil {
			answer = map[string]any{}
		}
		answer["ok"] = true
		return http.StatusOK, header, answer
	}
	var f *failure
	if !errors.As(err, &f) {
		f = fail("internal_error")
	}
	status, more, body := f.answer()
	maps.Copy(header, more)
	return status, header, body
}

// write sends an answer: JSON, or plain text for a string.
func write(w http.ResponseWriter, status int, header http.Header, body any, e *pending) {
	maps.Copy(w.Header(), header)
	var raw []byte
	switch body := body.(type) {
	case string:
		raw = []byte(body)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	default:
		raw = encode(body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	e.end(status, raw)
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the caller may be gone
}

func (s *Slack) perform(name string, at time.Time, a args, r *http.Request, header http.Header) (map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, ok := methods[name]
	s.arrived, s.caller = at, a.token(r, m.app)
	if !ok {
		f := fail("unknown_method")
		f.more = map[string]any{"req_method": name}
		return nil, f
	}
	if err := s.authorize(m, s.caller); err != nil {
		return nil, err
	}
	if !m.app {
		header.Set("X-OAuth-Scopes", strings.Join(s.scopes, ","))
		header.Set("X-Accepted-OAuth-Scopes", strings.Join(m.scopes, ","))
	}
	if len(m.scopes) > 0 && !slices.ContainsFunc(m.scopes, s.granted) {
		return nil, missingScope(strings.Join(m.scopes, ","), strings.Join(s.scopes, ","))
	}
	if m.team {
		if err := s.oneWorkspace(a); err != nil {
			return nil, err
		}
	}
	return m.do(s, a)
}

// authorize checks the token's kind and value. The token that came with a function_executed
// event does what the bot's does.
func (s *Slack) authorize(m method, token string) error {
	want, other := s.opt.BotToken, s.opt.AppToken
	if m.app {
		want, other = other, want
	}
	switch {
	case token == "":
		return fail("not_authed")
	case s.tokenError != "":
		return fail(s.tokenError)
	case token == want, !m.app && s.stepTokens[token] != "":
		return nil
	case token == other:
		return fail("not_allowed_token_type")
	}
	return fail("invalid_auth")
}

func (s *Slack) granted(scope string) bool { return slices.Contains(s.scopes, scope) }

// need fails unless the app has a scope.
func (s *Slack) need(scope string) error {
	if s.granted(scope) {
		return nil
	}
	return missingScope(scope, strings.Join(s.scopes, ","))
}
