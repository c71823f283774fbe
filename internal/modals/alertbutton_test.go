package modals

import (
	"encoding/json"
	"testing"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
)

func TestAnAlertsButtonIsFoundWhereverItStands(t *testing.T) {
	t.Parallel()
	const button = `{"type":"button","action_id":"halo_new_client","value":"jane@acme.com"}`
	const row = `{"type":"actions","elements":[{"type":"hologram","depth":3},` + button + `]}`
	for name, tt := range map[string]struct {
		blocks, attachments string
		found               bool
	}{
		"in a row of buttons":           {blocks: `[` + row + `]`, found: true},
		"among blocks of unknown types": {blocks: `[{"type":"carousel","elements":{"first":1}},{"type":"rich_text","elements":[{"type":"x","value":5}]},` + row + `]`, found: true},
		"a section's accessory":         {blocks: `[{"type":"section","accessory":` + button + `}]`, found: true},
		"in an attachment":              {blocks: `[]`, attachments: `[{"color":"#f00","blocks":[` + row + `]}]`, found: true},
		"another button":                {blocks: `[{"type":"actions","elements":[{"type":"button","action_id":"other","value":"x"}]}]`},
		"its name in a text":            {blocks: `[{"type":"section","text":{"type":"mrkdwn","text":"halo_new_client"}}]`},
		"no blocks":                     {blocks: `[]`, attachments: `null`},
		"no JSON":                       {blocks: `["text",5,null]`, attachments: `{`},
	} {
		var blocks []json.RawMessage
		if err := json.Unmarshal([]byte(tt.blocks), &blocks); err != nil {
			t.Fatal(err)
		}
		value, found := AlertValue(blocks, json.RawMessage(tt.attachments))
		if found != tt.found || found && value != "jane@acme.com" {
			t.Errorf("%s: %q, %v", name, value, found)
		}
	}
}

func TestTheButtonThatIsDrawnIsFound(t *testing.T) {
	t.Parallel()
	m := UnknownSender(Arrival{Alert: draft.Alert{Email: "jane@acme.com", Connection: "prod"}})
	encoded, err := (&slack.Blocks{BlockSet: m.Blocks}).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var blocks []json.RawMessage
	if err := json.Unmarshal(encoded, &blocks); err != nil {
		t.Fatal(err)
	}
	value, found := AlertValue(blocks, nil)
	if a := draft.ParseAlert(value); !found || a.Email != "jane@acme.com" || a.Connection != "prod" {
		t.Errorf("found %v: %+v", found, a)
	}
}
