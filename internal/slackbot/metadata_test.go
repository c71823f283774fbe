package slackbot_test

import (
	"encoding/json"
	"testing"

	"halobot/internal/sandbox/localslack"
)

// metadata is the payload that a message carries for other apps, as JSON has it: numbers are
// float64.
func metadata(t *testing.T, m *localslack.Message) map[string]any {
	t.Helper()
	var got struct {
		Type    string         `json:"event_type"`
		Payload map[string]any `json:"event_payload"`
	}
	if err := json.Unmarshal(m.Metadata, &got); err != nil || got.Type != "halo_client_created" {
		t.Fatalf("the message's metadata is %s: %v", m.Metadata, err)
	}
	return got.Payload
}
