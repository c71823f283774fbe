package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"
)

// The rules are those of the app manifest's schema, version 2
// (github.com/slackapi/manifest-schema; docs.slack.dev/reference/app-manifest).
func TestManifestKeepsTheSchemasRules(t *testing.T) {
	t.Parallel()
	for name, workflowStep := range map[string]bool{"plain": false, "with the workflow step": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newManifest(workflowStep)
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
			for id, f := range m.Functions {
				if !regexp.MustCompile(`^[a-z][a-z0-9_]{0,99}$`).MatchString(id) {
					t.Errorf("a step is called %q", id)
				}
				within("a step's title", f.Title, 1, 255)
				within("a step's description", f.Description, 1, 255)
			}
			// Under Socket Mode there is no URL, and a step's app must be org-ready.
			if !m.Settings.SocketMode || m.Settings.OrgDeploy != workflowStep || (m.Settings.FunctionRuntime == "remote") != workflowStep {
				t.Errorf("settings: %+v", m.Settings)
			}
			if slices.Contains(m.Settings.EventSubscriptions.BotEvents, "function_executed") != workflowStep {
				t.Errorf("events: %v", m.Settings.EventSubscriptions.BotEvents)
			}
		})
	}
}

func TestManifestWritesParametersAsAnObjectInTheirOrder(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(parameters{
		{"name", "string", "Name", "Its name", true},
		{"age", "string", "Age", "Its age", false},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"properties":{` +
		`"name":{"name":"name","type":"string","title":"Name","description":"Its name","is_required":true},` +
		`"age":{"name":"age","type":"string","title":"Age","description":"Its age","is_required":false}},` +
		`"required":["name"]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestManifestAsksForEachScopeOnce(t *testing.T) {
	t.Parallel()
	if sorted := slices.Sorted(slices.Values(botScopes)); len(slices.Compact(sorted)) != len(botScopes) {
		t.Errorf("a scope stands twice in %v", botScopes)
	}
}

func TestManifestAndCheckAgreeOnTheScopes(t *testing.T) {
	t.Parallel()
	checked := map[string]bool{}
	for _, n := range (&checks{}).needs() {
		checked[n.scope] = true
	}
	for _, scope := range botScopes {
		if !checked[scope] {
			t.Errorf("bot check does not look for the scope %s", scope)
		}
		delete(checked, scope)
	}
	for scope := range maps.Keys(checked) {
		t.Errorf("bot check looks for the scope %s, which the manifest does not ask for", scope)
	}
}
