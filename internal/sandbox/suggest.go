package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"

	"halobot/internal/sandbox/localslack"
)

// suggestion is what a select with an external source shows below what was typed.
type suggestion struct {
	Choices []localslack.Choice `json:"choices"`
	Note    string              `json:"note"` // why there are none
}

// serveSuggest is POST /act/suggest: a person types into a select whose choices the bot has.
func (s *Sandbox) serveSuggest(w http.ResponseWriter, r *http.Request) {
	var a act
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&a); err != nil || s.slack == nil {
		http.Error(w, "The page sent something unreadable.", http.StatusBadRequest)
		return
	}
	on := s.surface(a)
	if on == nil {
		http.Error(w, "What you typed into is gone.", http.StatusConflict)
		return
	}
	asked, err := s.slack.Suggest(a.Person, on, a.Action, a.Text)
	var choices []localslack.Choice
	if err == nil {
		choices, err = asked.Choices(r.Context())
	}
	out := suggestion{Choices: choices}
	var short *localslack.TooShort
	switch {
	case errors.As(err, &short):
		out.Note = short.Error()
	case err != nil:
		out.Note = "The app’s choices could not be shown."
	case len(choices) == 0:
		out.Note = "No results"
	}
	writeJSON(w, http.StatusOK, out)
}

// surface is the view or message that an act is done in, or nil when it is gone.
func (s *Sandbox) surface(a act) (on localslack.Surface) {
	s.slack.Look(func(now *localslack.Snapshot) {
		if a.View != "" {
			if v := now.View(a.View); v != nil {
				on = v
			}
			return
		}
		if m := now.Message(a.Channel, a.TS); m != nil {
			on = m
			return
		}
		for _, m := range now.EphemeralsFor(a.Person) {
			if m.TS == a.TS {
				on = m
			}
		}
	})
	return on
}
