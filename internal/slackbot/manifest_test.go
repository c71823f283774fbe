package slackbot

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// appManifest is what the tests look at.
type appManifest struct {
	DisplayInformation struct {
		Name            string
		Description     string
		LongDescription string `json:"long_description"`
		BackgroundColor string `json:"background_color"`
	} `json:"display_information"`
	Features struct {
		AppHome struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
		} `json:"app_home"`
		BotUser struct {
			DisplayName string `json:"display_name"`
		} `json:"bot_user"`
		SlashCommands []struct {
			Command, Description string
			UsageHint            string `json:"usage_hint"`
		} `json:"slash_commands"`
		Shortcuts []struct {
			Name, Description, Type string
			CallbackID              string `json:"callback_id"`
		}
	}
	OAuthConfig struct{ Scopes struct{ Bot []string } } `json:"oauth_config"`
	Settings    struct {
		EventSubscriptions struct {
			BotEvents []string `json:"bot_events"`
		} `json:"event_subscriptions"`
		OrgDeploy       bool   `json:"org_deploy_enabled"`
		SocketMode      bool   `json:"socket_mode_enabled"`
		FunctionRuntime string `json:"function_runtime"`
	}
	Functions map[string]struct {
		Title, Description string
		Inputs             stepParameters `json:"input_parameters"`
		Outputs            stepParameters `json:"output_parameters"`
	}
}

type stepParameters struct {
	Properties map[string]struct {
		Name     string
		Required bool `json:"is_required"`
	}
	Required []string
}

func readManifest(t *testing.T, workflowStep bool) appManifest {
	t.Helper()
	var text bytes.Buffer
	if err := WriteManifest(&text, workflowStep); err != nil {
		t.Fatal(err)
	}
	var m appManifest
	if err := json.Unmarshal(text.Bytes(), &m); err != nil {
		t.Fatalf("%v in\n%s", err, text.String())
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, text.Bytes(), "", "  "); err != nil || indented.String() != text.String() {
		t.Errorf("it is not indented as JSON is:\n%s", cmp.Diff(indented.String(), text.String()))
	}
	return m
}

// The rules are those of the app manifest's schema, version 2
// (github.com/slackapi/manifest-schema; docs.slack.dev/reference/app-manifest).
func TestManifestKeepsTheSchemasRules(t *testing.T) {
	t.Parallel()
	for name, workflowStep := range map[string]bool{"plain": false, "with the workflow step": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := readManifest(t, workflowStep)
			within := func(what, text string, least, most int) {
				t.Helper()
				if n := utf8.RuneCountInString(text); n < least || n > most {
					t.Errorf("%s has %d characters, not %d to %d: %q", what, n, least, most, text)
				}
			}
			within("the name", m.DisplayInformation.Name, 1, 35)
			within("the description", m.DisplayInformation.Description, 1, 140)
			within("the long description", m.DisplayInformation.LongDescription, 175, 4000)
			within("the bot's name", m.Features.BotUser.DisplayName, 1, 80)
			if !regexp.MustCompile(`^[a-z0-9._-]+$`).MatchString(m.Features.BotUser.DisplayName) {
				t.Errorf("the bot's name is %q", m.Features.BotUser.DisplayName)
			}
			if !regexp.MustCompile(`^#[0-9a-f]{6}$`).MatchString(m.DisplayInformation.BackgroundColor) {
				t.Errorf("the colour is %q", m.DisplayInformation.BackgroundColor)
			}
			for _, c := range m.Features.SlashCommands {
				within("a command", c.Command, 2, 32)
				within("a command's description", c.Description, 1, 2000)
				within("a usage hint", c.UsageHint, 1, 1000)
			}
			for _, s := range m.Features.Shortcuts {
				within("a shortcut's name", s.Name, 1, 24)
				within("a shortcut's description", s.Description, 1, 150)
				within("a shortcut's callback_id", s.CallbackID, 1, 255)
			}
			// Without them there is neither a home tab nor a direct message.
			if !m.Features.AppHome.Home || !m.Features.AppHome.Messages {
				t.Errorf("the app's tabs: %+v", m.Features.AppHome)
			}
			for id, f := range m.Functions {
				// A failed step has no client to hand on.
				if len(f.Outputs.Required) > 0 {
					t.Errorf("the step %s requires the outputs %q", id, f.Outputs.Required)
				}
				if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`).MatchString(id) {
					t.Errorf("a step is called %q", id)
				}
				within("a step's title", f.Title, 1, 255)
				within("a step's description", f.Description, 1, 255)
				for _, ps := range []stepParameters{f.Inputs, f.Outputs} {
					var required []string
					for name, p := range ps.Properties {
						if p.Name != name {
							t.Errorf("the parameter %s is called %q", name, p.Name)
						}
						if p.Required {
							required = append(required, name)
						}
					}
					if diff := cmp.Diff(slices.Sorted(slices.Values(required)), slices.Sorted(slices.Values(ps.Required))); diff != "" {
						t.Errorf("what is required is said in two ways:\n%s", diff)
					}
				}
			}
			// Under Socket Mode there is no URL, and a step's app must be org-ready.
			if !m.Settings.SocketMode || m.Settings.OrgDeploy != workflowStep || (m.Settings.FunctionRuntime == "remote") != workflowStep {
				t.Errorf("settings: %+v", m.Settings)
			}
			if slices.Contains(m.Settings.EventSubscriptions.BotEvents, eventStep) != workflowStep {
				t.Errorf("events: %v", m.Settings.EventSubscriptions.BotEvents)
			}
		})
	}
}

// What the manifest names and the code answers to are one.
func TestManifestNamesWhatTheBotAnswersTo(t *testing.T) {
	t.Parallel()
	m := readManifest(t, true)
	if got := m.Features.SlashCommands[0].Command; got != slashCommand {
		t.Errorf("the command is %s", got)
	}
	callbacks := map[string]string{}
	for _, s := range m.Features.Shortcuts {
		callbacks[s.Type] = s.CallbackID
	}
	if diff := cmp.Diff(map[string]string{"message": callbackShortcut, "global": callbackGlobal}, callbacks); diff != "" {
		t.Errorf("shortcuts:\n%s", diff)
	}
	step, ok := m.Functions[callbackStep]
	if !ok {
		t.Fatalf("no step %s", callbackStep)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(outputs{Files: true}.strings())), slices.Sorted(maps.Keys(step.Outputs.Properties))); diff != "" {
		t.Errorf("the step's outputs (-returned +in the manifest):\n%s", diff)
	}
}

func TestManifestAndCheckAgreeOnTheScopes(t *testing.T) {
	t.Parallel()
	var checked []string
	for _, n := range (checks{}).needs() {
		checked = append(checked, n.scope)
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(checked)), slices.Sorted(slices.Values(readManifest(t, false).OAuthConfig.Scopes.Bot))); diff != "" {
		t.Errorf("the scopes that bot check looks for, and those that the manifest asks for:\n%s", diff)
	}
}
