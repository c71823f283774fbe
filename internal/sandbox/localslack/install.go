package localslack

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Install installs the app from its manifest (docs.slack.dev/reference/app-manifest): from
// then on it has the scopes, commands, shortcuts, events, functions and home tab that are
// declared, and no others. Without it everything is allowed.
func (s *Slack) Install(manifest []byte) error {
	var m struct {
		Features struct {
			AppHome struct {
				HomeTabEnabled bool `json:"home_tab_enabled"`
			} `json:"app_home"`
			SlashCommands []struct {
				Command string `json:"command"`
			} `json:"slash_commands"`
			Shortcuts []struct {
				Type       string `json:"type"`
				CallbackID string `json:"callback_id"`
			} `json:"shortcuts"`
		} `json:"features"`
		OAuth struct {
			Scopes struct {
				Bot []string `json:"bot"`
			} `json:"scopes"`
		} `json:"oauth_config"`
		Settings struct {
			Events struct {
				Bot []string `json:"bot_events"`
			} `json:"event_subscriptions"`
			Interactivity struct {
				Enabled bool `json:"is_enabled"`
			} `json:"interactivity"`
			SocketMode bool   `json:"socket_mode_enabled"`
			OrgDeploy  bool   `json:"org_deploy_enabled"`
			Runtime    string `json:"function_runtime"`
		} `json:"settings"`
		Functions map[string]function `json:"functions"`
	}
	if err := json.Unmarshal(manifest, &m); err != nil {
		return fmt.Errorf("local Slack: app manifest: %w", err)
	}
	var problems []error
	if !m.Settings.SocketMode {
		problems = append(problems, errors.New("settings.socket_mode_enabled is off"))
	}
	if !m.Settings.Interactivity.Enabled {
		problems = append(problems, errors.New("settings.interactivity.is_enabled is off"))
	}
	if len(m.Functions) > 0 && (m.Settings.Runtime != "remote" || !m.Settings.OrgDeploy) {
		problems = append(problems, errors.New("functions need function_runtime remote and org_deploy_enabled"))
	}
	if (len(m.Features.SlashCommands) > 0 || len(m.Features.Shortcuts) > 0) && !slices.Contains(m.OAuth.Scopes.Bot, "commands") {
		problems = append(problems, errors.New("commands and shortcuts need the scope commands"))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("local Slack: app manifest: %w", err)
	}
	s.change(func() {
		s.scopes, s.homeEnabled = m.OAuth.Scopes.Bot, m.Features.AppHome.HomeTabEnabled
		s.events = append([]string{}, m.Settings.Events.Bot...)
		s.commands, s.shortcuts = []string{}, map[string]string{}
		for _, c := range m.Features.SlashCommands {
			s.commands = append(s.commands, c.Command)
		}
		for _, c := range m.Features.Shortcuts {
			s.shortcuts[c.CallbackID] = c.Type
		}
		s.functions = m.Functions
	})
	return nil
}
