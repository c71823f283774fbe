package sandbox

import (
	"encoding/json"
	"fmt"
)

// manifest is what the page needs of the app's manifest
// (docs.slack.dev/reference/app-manifest).
type manifest struct {
	Name      string
	Commands  []commandInfo
	Shortcuts []shortcutInfo
}

type commandInfo struct {
	Command     string `json:"command"`
	Description string `json:"description"`
	Hint        string `json:"hint"`
}

type shortcutInfo struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // global or message
	Callback string `json:"callback"`
}

func readManifest(data []byte) (manifest, error) {
	var in struct {
		Display struct {
			Name string `json:"name"`
		} `json:"display_information"`
		Features struct {
			Commands []struct {
				Command     string `json:"command"`
				Description string `json:"description"`
				UsageHint   string `json:"usage_hint"`
			} `json:"slash_commands"`
			Shortcuts []struct {
				Name       string `json:"name"`
				Type       string `json:"type"`
				CallbackID string `json:"callback_id"`
			} `json:"shortcuts"`
		} `json:"features"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return manifest{}, fmt.Errorf("the bot's manifest: %w", err)
	}
	m := manifest{Name: in.Display.Name}
	for _, c := range in.Features.Commands {
		m.Commands = append(m.Commands, commandInfo{c.Command, c.Description, c.UsageHint})
	}
	for _, s := range in.Features.Shortcuts {
		m.Shortcuts = append(m.Shortcuts, shortcutInfo{s.Name, s.Type, s.CallbackID})
	}
	return m, nil
}
