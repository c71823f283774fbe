package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"halobot/internal/sandbox/localslack"
)

// act is what a person did in the page. Which fields count depends on the action.
type act struct {
	Person   string `json:"person"`
	Channel  string `json:"channel"`
	Thread   string `json:"thread"`
	TS       string `json:"ts"`
	Text     string `json:"text"`
	Command  string `json:"command"`
	Callback string `json:"callback"`
	View     string `json:"view"`
	Action   string `json:"action"` // action_id
	Value    string `json:"value"`
	Chosen   bool   `json:"chosen"` // the value is a choice
	Values   []struct {
		Block  string `json:"block"`
		Action string `json:"action"`
		Text   string `json:"text"`
	} `json:"values"`
	All   bool   `json:"all"`
	Mail  string `json:"mail"`
	Email string `json:"email"`
	ID    string `json:"id"`
	On    bool   `json:"on"`
	Do    string `json:"do"`

	Choice string `json:"choice"`
}

// acts are the page's actions. The answer is a sentence for the person; mostly "", since what
// comes of an action is seen in the news.
var acts = map[string]func(ctx context.Context, s *Sandbox, a act) (string, error){
	"fault": func(_ context.Context, s *Sandbox, a act) (string, error) {
		return "", s.SetFault(a.ID, a.On, a.Choice)
	},
	"calm": func(_ context.Context, s *Sandbox, _ act) (string, error) {
		s.Calm()
		return "", nil
	},
	"bot": func(_ context.Context, s *Sandbox, a act) (string, error) {
		if a.Do == "kill" {
			s.KillBot()
			return "", nil
		}
		return "", s.StartBot()
	},
}

// slackActs are those that need the local Slack.
var slackActs = map[string]func(ctx context.Context, s *Sandbox, a act) (string, error){
	"command": func(_ context.Context, s *Sandbox, a act) (string, error) {
		if a.Thread != "" {
			return "Slack takes no commands in threads.", nil
		}
		_, err := s.slack.Command(a.Person, a.Channel, a.Command, a.Text)
		return "", err
	},
	"say": func(_ context.Context, s *Sandbox, a act) (string, error) {
		_, err := s.slack.Post(a.Person, a.Channel, a.Text, a.Thread)
		return "", err
	},
	"click": func(_ context.Context, s *Sandbox, a act) (string, error) {
		on := s.surface(a)
		if on == nil {
			return "", errors.New("the message is gone")
		}
		_, err := s.slack.Click(a.Person, on, a.Action, a.value()...)
		return "", err
	},
	"view-action": func(_ context.Context, s *Sandbox, a act) (string, error) {
		view, ok := s.surface(a).(*localslack.View)
		if !ok {
			return "", errors.New("the form is gone")
		}
		if view.Type == "modal" {
			if err := s.slack.Fill(a.Person, a.View, a.values()); err != nil {
				return "", err
			}
		}
		_, err := s.slack.Click(a.Person, view, a.Action, a.value()...)
		return "", err
	},
	"submit": func(_ context.Context, s *Sandbox, a act) (string, error) {
		_, err := s.slack.SubmitView(a.Person, a.View, a.values())
		return "", err
	},
	"close": func(_ context.Context, s *Sandbox, a act) (string, error) {
		if a.All {
			_, err := s.slack.CloseAll(a.Person)
			return "", err
		}
		_, err := s.slack.CloseView(a.Person, a.View)
		return "", err
	},
	"shortcut": func(_ context.Context, s *Sandbox, a act) (string, error) {
		if a.TS == "" {
			_, err := s.slack.GlobalShortcut(a.Person, a.Callback)
			return "", err
		}
		_, err := s.slack.MessageShortcut(a.Person, a.Channel, a.TS, a.Callback)
		return "", err
	},
	"open-home": func(_ context.Context, s *Sandbox, a act) (string, error) {
		_, err := s.slack.OpenHome(a.Person)
		return "", err
	},
	"alert": func(ctx context.Context, s *Sandbox, a act) (string, error) {
		if a.Email != "" {
			return s.Alert(ctx, a.Channel, sample{From: a.Email, Subject: "Hello", Body: "A mail from the sandbox.\n"})
		}
		i := slices.IndexFunc(samples, func(m sample) bool { return m.ID == a.Mail })
		if i < 0 {
			return "", errors.New("there is no such mail")
		}
		return s.Alert(ctx, a.Channel, samples[i])
	},
}

// value is what was chosen, which may be nothing; a button without a value has none.
func (a act) value() []string {
	if a.Value == "" && !a.Chosen {
		return nil
	}
	return []string{a.Value}
}

func (a act) values() localslack.Values {
	v := make(localslack.Values, len(a.Values))
	for _, field := range a.Values {
		v[field.Block+"/"+field.Action] = field.Text
	}
	return v
}

// ServeAct is POST /act/{action}.
func (s *Sandbox) serveAct(w http.ResponseWriter, r *http.Request) {
	do, ok := acts[r.PathValue("action")]
	if !ok && s.slack != nil {
		do, ok = slackActs[r.PathValue("action")]
	}
	if !ok {
		http.NotFound(w, r)
		return
	}
	if key, err := r.Cookie(s.cookie()); err != nil || !s.holdsKey(key.Value) {
		http.Error(w, "You can only look here. To do things, open the address that the sandbox printed: it has the key.", http.StatusForbidden)
		return
	}
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&a); err != nil {
		http.Error(w, "The page sent something unreadable: "+err.Error(), http.StatusBadRequest)
		return
	}
	sentence, err := do(r.Context(), s, a)
	var refused *localslack.Refused
	switch {
	case errors.As(err, &refused):
		// What Slack's client finds wrong by itself stands at the fields.
		writeJSON(w, http.StatusUnprocessableEntity, refused.Fields)
	case err != nil:
		http.Error(w, sentenceOf(err), http.StatusConflict)
	default:
		writeJSON(w, http.StatusOK, map[string]string{"say": sentence})
	}
}

// sentenceOf is an error as the page shows it.
func sentenceOf(err error) string {
	first, size := utf8.DecodeRuneInString(err.Error())
	said := string(unicode.ToUpper(first)) + err.Error()[size:]
	if strings.HasSuffix(said, ".") {
		return said
	}
	return said + "."
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // a client that has gone needs no answer
}
