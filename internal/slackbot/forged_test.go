package slackbot_test

import (
	"fmt"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// A button's value is no secret and no right: whatever it holds, the most that a member gets by
// it is what the request that it names came to.
func TestForgedButtonsCreateNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "Globex"})
	created := privateMetadata(d, v)["k"].(string)
	d.awaitModal(v.ID, "Created")
	v = d.Ask(localslack.Tess, localslack.Desk, localslack.Values{"Client name": "GLOBEX"})
	exists := buttonValue(d, d.awaitModal(v.ID, "Already in Halo").Blocks, createAnyway)
	const lost, gone = "does not know this request any more", "does not say which client it means"
	presses := 0
	for action, values := range map[string]map[string]string{
		useClient: {
			"": gone, "12": gone, created: gone, created + " x": gone, created + " -1": gone, created + " 0": gone,
			created + " 99999999999999999999": gone, "nothing 1": lost, `{"k":1} 1`: lost,
			created + " 999": "> created ", exists + " 999": "could not be used",
		},
		createAnyway: {"": lost, "nothing": lost, "' OR 1=1 --": lost, "[]": lost, strings.Repeat("k", 2000): lost, created: "> created "},
		lookAgain:    {"": lost, "nothing": lost, "null": lost, created: "> created "},
		createAgain:  {"": lost, "nothing": lost, "%s%n": lost, created: "> created "},
		tryAgain:     {"": lost, "nothing": lost, created: "is now in Halo"},
		reopen:       {"": lost, "nothing": lost, "null": lost, "[1]": lost, `{"o":{}}`: lost, `{"o":1,"d":2}`: lost, `{"o":{"k":7}}`: lost},
	} {
		for value, want := range values {
			presses++
			user := fmt.Sprintf("U%dFORGER", presses)
			d.Slack.SetPerson(localslack.Person{ID: user, Name: strings.ToLower(user)})
			d.Slack.SetMember(localslack.Desk, user, true)
			d.click(user, d.question(localslack.Desk, action, value), action)
			d.Await(fmt.Sprintf("%s %q to be answered with %q", action, value, want), func(now *localslack.Snapshot) bool {
				var all strings.Builder
				for _, m := range now.Messages(localslack.Desk) {
					if strings.Contains(m.Text, "<@"+user+">") {
						all.WriteString(m.Text)
					}
				}
				return strings.Contains(all.String()+sees(now, user), want)
			})
		}
	}
	if n := d.Halo.Count(localhalo.KindCreate); n != 1 || d.Halo.Len() != 1 {
		t.Errorf("%d clients were asked for, and Halo has %d, want 1", n, d.Halo.Len())
	}
}

// private_metadata comes back from Slack as the bot wrote it. Should it ever not, it opens no way
// past the checks, and none to another's workflow.
func TestTamperedFormsLeadNowhere(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_ALLOWED_CHANNELS": localslack.Desk}})
	v := d.Form(localslack.Tess, localslack.Desk, "Globex")
	honest, err := d.Slack.SubmitView(localslack.Tess, v.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Acked(honest)
	d.awaitModal(v.ID, "Created", "Globex")
	key := privateMetadata(d, v)["k"].(string)
	_, execution, err := d.Slack.RunStep("create_halo_client", object{"name": "Initech"})
	if err != nil {
		t.Fatal(err)
	}
	step := execution.ID
	d.Await("the workflow step to end", func(now *localslack.Snapshot) bool { return now.Execution(step).Done })

	const broken = "cannot tell what this form was opened for"
	for _, c := range []struct{ metadata, by, want string }{
		{``, localslack.Tess, broken},
		{`{}`, localslack.Tess, broken},
		{`[]`, localslack.Tess, broken},
		{`{"k":7}`, localslack.Tess, broken},
		{`{"k":"a"}`, localslack.Tess, broken},
		{`{"k":"a","v":"a way in that there is not"}`, localslack.Tess, broken},
		{`{"k":"a","v":"step"}`, localslack.Gwen, broken},
		{`{"k":"b","v":"shell"}`, localslack.Gwen, broken},
		{`{"k":"b","v":"step","x":"` + step + `"}`, localslack.Tess, broken},
		{`{"k":"c","v":"command","c":"` + localslack.Mail + `"}`, localslack.Tess, "may not be created from this channel"},
		{`{"k":"` + key + `","v":"command","c":"` + localslack.Desk + `"}`, localslack.Tom, "is now in Halo"},
	} {
		ack := d.Acked(d.Slack.Forge(honest, func(payload map[string]any) {
			payload["view"].(map[string]any)["private_metadata"] = c.metadata
			as(localslack.Person{ID: c.by, Name: "x"})(payload)
		}))
		if !strings.Contains(string(ack.Payload), c.want) {
			t.Errorf("%s: acknowledged with %s, want %q", c.metadata, ack.Payload, c.want)
		}
	}

	// A name for a step's execution in a form of one's own completes nothing.
	calls := d.Slack.Calls("functions.completeSuccess") + d.Slack.Calls("functions.completeError")
	d.Acked(d.Slack.Forge(honest, func(payload map[string]any) {
		view := payload["view"].(map[string]any)
		view["private_metadata"] = `{"k":"d","v":"command","c":"` + localslack.Desk + `","x":"` + step + `"}`
		view["state"].(map[string]any)["values"].(map[string]any)["name"] = object{"value": object{"type": "plain_text_input", "value": "Vandelay"}}
	}))
	d.AwaitMessage(localslack.Desk, "Vandelay")
	if n := d.Slack.Calls("functions.completeSuccess") + d.Slack.Calls("functions.completeError") - calls; n != 0 {
		t.Errorf("a workflow step was completed %d times", n)
	}

	// A guest's is stored, and turned down before anything is written.
	d.Acked(d.Slack.Forge(honest, func(payload map[string]any) {
		payload["view"].(map[string]any)["private_metadata"] = `{"k":"e","v":"command","c":"` + localslack.Desk + `"}`
		as(localslack.Person{ID: localslack.Gwen, Name: "gwen"})(payload)
	}))
	d.awaitModal(v.ID, "Not allowed", "Guests may not")
	if got := len(d.Halo.Named("Globex")); got != 1 || d.Halo.Len() != 3 {
		t.Errorf("Halo has %d clients called Globex, %d in all", got, d.Halo.Len())
	}
}
