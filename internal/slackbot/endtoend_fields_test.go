package slackbot_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// TestEachNewClientGetsTheFieldsThatAreConfigured looks at what Halo is sent from each way in. Their
// templates know what a form's do, and the client as it was typed.
func TestEachNewClientGetsTheFieldsThatAreConfigured(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{
		"HALO_REQUESTS_PER_MINUTE": "0",
		"HALO_CLIENT_FIELDS": `{"customertype": 1, "colour": "{{region}}", "customfields": [{"name": "CFSource",
			"value": "{{name}}, {{website}}: {{sender.name}} <{{sender.email}}> {{subject}} #{{ticket.id}} {{user.id}} {{channel.name}} {{#alert.permalink}}linked{{/alert.permalink}}"}]}`,
	}})
	s := office(d)
	for name, c := range map[string]struct {
		ask    func(t *testing.T, name string)
		colour any
		source string
	}{
		"Command Ltd": {func(t *testing.T, name string) {
			v := d.Form(localslack.Tess, localslack.Desk, "")
			d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": name, "Website": "command.example"})
		}, nil, "Command Ltd, command.example:  <>  # " + localslack.Tess + " service-desk linked"},
		"Alert Ltd": {func(t *testing.T, name string) {
			m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "sender_name", "Jane", "subject", "Printer", "ticket_id", "881", "name", "Guess", "region", "blue")))
			v := d.press(localslack.Tess, m)
			d.lookedUp(1) // what the click told is kept by then
			d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": name})
		}, "blue", "Alert Ltd, acme.com: Jane <jane@acme.com> Printer #881 " + localslack.Tess + " mail-alerts linked"},
		"Step Ltd": {func(t *testing.T, name string) {
			s.run(map[string]any{"name": name, "website": "step.example", "sender_email": "jane@step.example", "sender_name": "Jane", "ticket_id": 7}).end()
		}, nil, "Step Ltd, step.example: Jane <jane@step.example>  #7   "},
	} {
		t.Run(name, func(t *testing.T) {
			c.ask(t, name)
			d.AwaitClients(d.Halo, name, 1)
			var sent []map[string]any
			if err := json.Unmarshal([]byte(d.Halo.Calls(localhalo.Creating(name))[0].Body), &sent); err != nil {
				t.Fatal(err)
			}
			got := map[string]any{"customertype": sent[0]["customertype"], "colour": sent[0]["colour"], "customfields": sent[0]["customfields"]}
			want := map[string]any{"customertype": 1.0, "colour": c.colour, "customfields": []any{map[string]any{"name": "CFSource", "value": c.source}}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Halo was sent (-want +got):\n%s", diff)
			}
		})
	}
}
