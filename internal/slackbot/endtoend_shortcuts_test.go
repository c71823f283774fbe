package slackbot_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// newClientAnywhere is the global shortcut's callback_id.
const newClientAnywhere = "halo_new_client_global"

func TestTheMessageShortcutFillsTheFormFromWhoeverWroteInWhateverWay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	d.awaitTraffic("Slack to say which domains are the workspace's", func(all []localslack.Entry) bool {
		return slices.ContainsFunc(all, func(e localslack.Entry) bool { return e.Method == "team.info" && e.Status == http.StatusOK })
	})
	person := func(text string) func() *localslack.Message {
		return func() *localslack.Message { return d.wrote(localslack.Desk, text, "") }
	}
	otherApp := func(text string, blocks ...any) func() *localslack.Message {
		return func() *localslack.Message {
			m, err := d.Slack.PostAsOtherApp(localslack.Desk, text, encoded(blocks))
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	for _, c := range []struct {
		name          string
		post          func() *localslack.Message
		email, domain string
	}{
		{"a person's message", person("New customer! Write to jane@mail.acme.co.uk, please"), "jane@mail.acme.co.uk", "acme.co.uk"},
		{"an insider's address comes first", person("tess@service-desk.example had a call from bob@globex.example and eve@stark.example"), "bob@globex.example", "globex.example"},
		{"only insiders", person("ask tess@service-desk.example"), "", ""},
		{"no address at all", person("who @ where"), "", ""},
		{
			"another app's mrkdwn", otherApp("New ticket", object{"type": "section", "text": object{
				"type": "mrkdwn", "text": "*From:* <mailto:jane@initech.example|Jane &amp; Co> via <https://mail.example/?u=x@y.example|the portal>",
			}}), "jane@initech.example", "initech.example",
		},
		{
			"another app's rich text", otherApp("New ticket", object{"type": "rich_text", "elements": []any{
				object{"type": "rich_text_section", "elements": []any{
					object{"type": "text", "text": "Mail from "},
					object{"type": "link", "url": "mailto:jane@hooli.example", "text": "Jane"},
				}},
				object{"type": "rich_text_list", "style": "bullet", "elements": []any{object{"type": "rich_text_section", "elements": []any{
					object{"type": "text", "text": "later@wayne.example"},
				}}}},
			}}), "jane@hooli.example", "hooli.example",
		},
		{
			"another app's fields and context", otherApp("", object{"type": "section", "fields": []any{
				object{"type": "plain_text", "text": "Sender"}, object{"type": "plain_text", "text": "Jane <jane@soylent.example>"},
			}}, object{"type": "context", "elements": []any{object{"type": "mrkdwn", "text": "noreply@robot.example"}}}),
			"jane@soylent.example", "soylent.example",
		},
		{
			"a block that nobody knows", otherApp("", object{"type": "hologram", "deep": object{"text": "jane@umbrella.example"}}),
			"jane@umbrella.example", "umbrella.example",
		},
	} {
		m := c.post()
		v := d.choose(localslack.Tess, m)
		got := typed(v)
		if got["website"] != c.domain || (c.email == "") == strings.Contains(got["notes"], "Sender: ") || !says(got["notes"], c.email, link(m)) {
			t.Errorf("%s: the form has %q", c.name, got)
		}
	}
}

// wrote is a person's message.
func (d desk) wrote(channel, text, thread string) *localslack.Message {
	d.Helper()
	m, err := d.Slack.Post(localslack.Tess, channel, text, thread)
	if err != nil {
		d.Fatal(err)
	}
	return m
}

func TestTheMessageShortcutsAnswerGoesIntoThatMessagesThread(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711}})
	root := d.wrote(localslack.Desk, "Morning!", "")
	for i, c := range []struct {
		name string
		m    *localslack.Message
		in   *localslack.Message // the thread
	}{
		{"a message of its own", d.wrote(localslack.Mail, "jane@acme.example wrote", ""), nil},
		{"a reply in a thread", d.wrote(localslack.Desk, "jane@globex.example wrote", root.TS), root},
		{"where the bot is not", d.wrote(localslack.General, "jane@initech.example wrote", ""), nil},
		{"a private channel without the bot", d.wrote(localslack.Private, "jane@stark.example wrote", ""), nil},
	} {
		if c.in == nil {
			c.in = c.m
		}
		v := d.choose(localslack.Tess, c.m)
		d.Submit(localslack.Tess, v.ID, nil)
		id := "#" + itoa(4711+i)
		d.awaitModal(v.ID, "Created", id)
		reply := d.awaitReply(c.in, "created", id, typed(v)["notes"][len("Sender: "):strings.Index(typed(v)["notes"], "\n")])
		if n := d.replies(c.in); n != 1 && c.in != root || n != 2 && c.in == root {
			t.Errorf("%s: %d replies", c.name, n)
		}
		if reply.ThreadTS != c.in.TS {
			t.Errorf("%s: the answer is in thread %s", c.name, reply.ThreadTS)
		}
		d.Slack.Look(func(now *localslack.Snapshot) {
			if is := now.Message(c.m.Channel, c.m.TS); is.Text != c.m.Text || string(is.Blocks) != string(c.m.Blocks) {
				t.Errorf("%s: somebody else's message was changed: %s", c.name, is.Blocks)
			}
		})
	}
}

func TestTheMessageShortcutOnAnAlertOfTheBotsOwnIsItsButton(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.hook(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd", "ticket_id", "881")))
	v := d.choose(localslack.Tess, m)
	if got := typed(v); got["name"] != "Acme Ltd" || !says(got["notes"], "Ticket: 881") {
		t.Errorf("the form has %q", got)
	}
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitReply(m, "created", "ticket #881")
	// The shortcut's response_url does not stand for the message; chat.update may not touch it.
	d.awaitModal(v.ID, "Created", "#1")

	m = d.post(localslack.Mail, alert(value("email", "bob@globex.example")))
	v = d.choose(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	checkSettled(t, m, d.awaitAlert(m, "✓", "#2"), false)
}

func TestTheGlobalShortcutAsksForTheChannelAndAnswersThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	v := d.opened(d.Slack.GlobalShortcut(localslack.Tess, newClientAnywhere))
	if len(typed(v)) != 0 {
		t.Errorf("the form has %q", typed(v))
	}
	_, err := d.Slack.SubmitView(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme Ltd", "Website": "acme.com"})
	var refused *localslack.Refused
	if !errors.As(err, &refused) || refused.Fields["Answer in"] == "" {
		t.Fatalf("the form can be sent without a channel: %v", err)
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Answer in": "#mail-alerts"})
	d.AwaitMessage(localslack.Mail, "created", "Acme Ltd", "#1", "acme.com")
	d.awaitModal(v.ID, "Created", "#1")
	made := d.AwaitClients(d.Halo, "Acme Ltd", 1)[0]
	if !says(made.Notes, "tess", "https://service-desk.slack.com/archives/"+localslack.Mail) || strings.Count(made.Notes, "/archives/") != 1 || strings.Contains(made.Notes, localslack.Tess) {
		t.Errorf("the client's notes are %q", made.Notes)
	}
}

func TestTheGlobalShortcutKeepsToTheAllowedChannels(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Env: map[string]string{"SLACK_ALLOWED_CHANNELS": localslack.Desk}})
	v := d.opened(d.Slack.GlobalShortcut(localslack.Tess, newClientAnywhere))
	values := localslack.Values{"Client name": "Acme Ltd", "Website": "acme.com", "Answer in": "#mail-alerts"}
	if ack := d.Submit(localslack.Tess, v.ID, values); ack.Action != "errors" {
		t.Fatalf("another channel was taken: %s", ack.Payload)
	}
	if now := d.now(v.ID); !slices.ContainsFunc(mapValues(now.Errors), func(s string) bool {
		return says(s, "may not be created from this channel", "Nothing was created")
	}) || typed(now)["name"] != "Acme Ltd" {
		t.Errorf("the form has %q and says %q", typed(now), now.Errors)
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Answer in": "#service-desk"})
	d.AwaitMessage(localslack.Desk, "created", "Acme Ltd", "#1")

	// Buttons and shortcuts on messages elsewhere are refused at once.
	m := d.post(localslack.Mail, alert(value("email", "jane@globex.example")))
	d.click(localslack.Tess, m, createClient)
	d.AwaitAside(localslack.Tess, "may not be created from this channel")
	it, err := d.Slack.MessageShortcut(localslack.Tom, m.Channel, m.TS, createClient)
	if err != nil {
		t.Fatal(err)
	}
	d.Acked(it)
	d.AwaitAside(localslack.Tom, "may not be created from this channel")
	if n := d.Slack.Calls("views.open"); n != 1 {
		t.Errorf("%d modals were opened", n)
	}
}

func mapValues(m map[string]string) []string {
	var list []string
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
