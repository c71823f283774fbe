package localslack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// present finds a person who can act in a channel. channel may be "".
func (s *Slack) present(user, channel string) (Person, error) {
	p, ok := s.people[user]
	switch {
	case !ok:
		return p, fmt.Errorf("local Slack: no person %s", user)
	case p.Deleted:
		return p, fmt.Errorf("local Slack: %s is deactivated and cannot act", p.Name)
	case channel == "":
		return p, nil
	}
	c, ok := s.channels[channel]
	switch {
	case !ok:
		return p, fmt.Errorf("local Slack: no channel %s", channel)
	case !c.has(user):
		return p, fmt.Errorf("local Slack: %s is not in %s", p.Name, c.label())
	case c.Archived:
		return p, fmt.Errorf("local Slack: %s is archived", c.label())
	}
	return p, nil
}

func (c Channel) label() string {
	if c.direct() {
		return "directmessage"
	}
	return c.Name
}

// insider refuses people of other workspaces: commands and shortcuts are for the team, or the
// organisation, that installed the app (docs.slack.dev/apis/slack-connect).
func (s *Slack) insider(p Person) error {
	if s.workspaceOf(p.ID) != p.team() {
		return fmt.Errorf("local Slack: %s is of another workspace and is not offered the app's commands", p.Name)
	}
	return nil
}

// Command is a person typing a slash command in a channel, as "/name" and the text after it.
func (s *Slack) Command(user, channel, command, text string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.present(user, channel)
	if err == nil {
		err = s.insider(p)
	}
	if err == nil && s.commands != nil && !slices.Contains(s.commands, command) {
		err = fmt.Errorf("local Slack: %s is not a valid command", command)
	}
	if err != nil {
		return nil, err
	}
	it := s.newInteraction("slash_commands", user, channel)
	it.TriggerID = s.newTrigger(it, user, nil)
	it.ResponseURL = s.newResponseURL(user, channel, nil)
	payload := map[string]string{
		"token": "verification", "team_id": p.team(), "team_domain": "service-desk",
		"channel_id": channel, "channel_name": s.channels[channel].label(),
		"user_id": user, "user_name": p.Name, "command": command, "text": strings.TrimSpace(text),
		"api_app_id": App, "is_enterprise_install": "false",
		"response_url": it.ResponseURL, "trigger_id": it.TriggerID,
	}
	if s.orgWide {
		payload["is_enterprise_install"], payload["enterprise_id"], payload["enterprise_name"] = "true", Org, orgName
	}
	it.Payload = encode(payload)
	it.acked = func(payload json.RawMessage) (string, error) { return "", s.commandAnswer(user, channel, payload) }
	s.dispatch(&envelope{it: it, answers: true, acked: it.acked, failed: func(err error) {
		why := "the app did not respond"
		if err == ErrNoSocket {
			why = "of the error \"dispatch_failed\""
		}
		s.notice(Notice{user, channel, command + " failed because " + why})
	}})
	return it, nil
}

// commandAnswer posts what the acknowledgement of a command may carry.
func (s *Slack) commandAnswer(user, channel string, payload json.RawMessage) error {
	a := args{}
	for k, v := range decoded(payload) {
		if text, ok := v.(string); ok {
			a[k] = text
		} else {
			a[k] = string(encode(v))
		}
	}
	said, err := s.readContent(a)
	if err != nil {
		s.notice(Notice{user, channel, "the app's answer could not be shown: " + err.Error()})
		return fmt.Errorf("%w: %w", ErrTrouble, err)
	}
	if !said.empty() {
		s.say(user, channel, a, said)
	}
	return nil
}

// interactive begins the payload that all interactions share.
func (s *Slack) interactive(it *Interaction, p Person, kind string) map[string]any {
	payload := map[string]any{
		"type": kind, "token": "verification", "api_app_id": App,
		"user":       map[string]any{"id": p.ID, "username": p.Name, "name": p.Name, "team_id": p.team()},
		"trigger_id": it.TriggerID,
	}
	s.nameInstall(payload, map[string]any{"id": Team, "domain": "service-desk"})
	return payload
}

// failedAction is what a person sees when a click or a shortcut came to nothing.
func (s *Slack) failedAction(user, channel string) func(error) {
	return func(error) {
		s.notice(Notice{user, channel, "Something went wrong. The app did not respond."})
	}
}

// MessageShortcut is a person choosing the app's shortcut from a message's menu.
func (s *Slack) MessageShortcut(user, channel, ts, callbackID string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.present(user, channel)
	if err == nil {
		err = s.insider(p)
	}
	if err == nil {
		err = s.declared(callbackID, "message")
	}
	if err != nil {
		return nil, err
	}
	_, m := s.find(channel, ts)
	if m == nil {
		return nil, fmt.Errorf("local Slack: no message %s in %s", ts, channel)
	}
	it := s.newInteraction("interactive", user, channel)
	it.TriggerID = s.newTrigger(it, user, nil)
	it.ResponseURL = s.newResponseURL(user, channel, nil)
	payload := s.interactive(it, p, "message_action")
	payload["callback_id"], payload["action_ts"] = callbackID, s.newTS()
	payload["message_ts"], payload["message"] = ts, m.Object(false)
	payload["channel"] = s.channelRef(channel)
	payload["response_url"] = it.ResponseURL
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it, failed: s.failedAction(user, channel)})
	return it, nil
}

// GlobalShortcut is a person choosing the app's shortcut from the search bar or the composer.
func (s *Slack) GlobalShortcut(user, callbackID string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.present(user, "")
	if err == nil {
		err = s.insider(p)
	}
	if err == nil {
		err = s.declared(callbackID, "global")
	}
	if err != nil {
		return nil, err
	}
	it := s.newInteraction("interactive", user, "")
	it.TriggerID = s.newTrigger(it, user, nil)
	payload := s.interactive(it, p, "shortcut")
	payload["callback_id"], payload["action_ts"] = callbackID, s.newTS()
	it.Payload = encode(payload)
	s.dispatch(&envelope{it: it, failed: s.failedAction(user, "")})
	return it, nil
}

func (s *Slack) declared(callbackID, kind string) error {
	if s.shortcuts != nil && s.shortcuts[callbackID] != kind {
		return fmt.Errorf("local Slack: the app declares no %s shortcut %q", kind, callbackID)
	}
	return nil
}

func (s *Slack) channelRef(id string) map[string]any {
	return map[string]any{"id": id, "name": s.channels[id].label()}
}

// OpenHome is a person opening the app's home tab: the app gets app_home_opened.
func (s *Slack) OpenHome(user string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.present(user, ""); err != nil {
		return nil, err
	}
	if !s.homeEnabled {
		return nil, fmt.Errorf("local Slack: the app has no home tab")
	}
	event := map[string]any{"user": user, "channel": s.dm(user).ID, "tab": "home"}
	if v := s.homes[user]; v != nil {
		event["view"] = v.Object()
	}
	return s.event("app_home_opened", event), nil
}

// event sends an event that the app is subscribed to. The caller holds mu.
func (s *Slack) event(kind string, event map[string]any) *Interaction {
	user, _ := event["user"].(string)
	it := s.newInteraction("events_api", user, "")
	event["type"], event["event_ts"] = kind, s.newTS()
	authorization := map[string]any{"enterprise_id": nil, "team_id": Team, "user_id": Bot, "is_bot": true, "is_enterprise_install": false}
	payload := map[string]any{
		"token": "verification", "team_id": Team, "api_app_id": App, "type": "event_callback",
		"event": event, "event_id": s.newID("Ev"), "event_time": s.now().Unix(),
		"is_ext_shared_channel": false, "event_context": secret(),
		"authorizations": []any{authorization},
	}
	if s.orgWide {
		payload["enterprise_id"], payload["context_team_id"], payload["context_enterprise_id"] = Org, Team, Org
		authorization["enterprise_id"], authorization["team_id"], authorization["is_enterprise_install"] = Org, nil, true
	}
	it.Payload = encode(payload)
	if s.events != nil && !slices.Contains(s.events, kind) {
		it.end(Ack{}, fmt.Errorf("local Slack: the app is not subscribed to %s", kind))
		return it
	}
	s.dispatch(&envelope{it: it})
	return it
}
