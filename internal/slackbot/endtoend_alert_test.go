package slackbot_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// strange is an alert with blocks and elements that no library knows.
func strange(value string) object {
	m := alert(value)
	m["blocks"] = slices.Insert(m["blocks"].([]any), 1, any(object{
		"type": "hologram", "block_id": "deep", "depth": []any{1, 2.5, nil}, "text": object{"type": "xmrkdwn", "text": "<b>&amp;"},
		"parts": []any{object{"type": "part", "action_id": "turn", "nested": object{"a": "1", "b": []any{}}}},
	}), any(object{
		"type": "actions", "block_id": "newer", "elements": []any{object{"type": "slider", "action_id": "volume", "max": 11}},
	}))
	return m
}

func TestAnAlertIsSettledInPlaceHoweverItWasPosted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		post func(d desk, value string) *localslack.Message
	}{
		{"by the bot's token", func(d desk, value string) *localslack.Message { return d.post(localslack.Mail, alert(value)) }},
		{"by the app's webhook", func(d desk, value string) *localslack.Message { return d.hook(localslack.Mail, alert(value)) }},
		{"by the app's webhook where the bot is not", func(d desk, value string) *localslack.Message {
			return d.hook(localslack.Private, alert(value))
		}},
		{"with blocks that nobody knows", func(d desk, value string) *localslack.Message { return d.raw(localslack.Mail, strange(value)) }},
		{"as the accessory of a section", func(d desk, value string) *localslack.Message {
			return d.post(localslack.Leads, object{"text": "Unknown sender", "blocks": []any{object{
				"type": "section", "text": object{"type": "plain_text", "text": "Unknown sender"}, "accessory": button(value),
			}}})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711}})
			m := c.post(d, value("email", "jane@acme.com", "name", "Acme Ltd", "ticket_id", "881"))
			v := d.press(localslack.Tess, m)
			d.Submit(localslack.Tess, v.ID, nil)
			client := d.Halo.URL() + "/customers?clientid=4711"
			settled := d.awaitAlert(m, "✓ <"+client+"|Acme Ltd> (#4711) created by <@"+localslack.Tess+">")
			checkSettled(t, m, settled, false)
			if hasButton(settled) {
				t.Errorf("the button is still there: %s", settled.Blocks)
			}
			reply := d.awaitReply(m, "Acme Ltd", "#4711", "created", client, "acme.com", "File the sender…")
			if n := d.replies(m); n != 1 {
				t.Errorf("%d replies, want one", n)
			}
			var meta struct {
				Type    string         `json:"event_type"`
				Payload map[string]any `json:"event_payload"`
			}
			// What goes through a response_url carries no metadata in the local Slack either way.
			if m.Channel != localslack.Private {
				if json.Unmarshal(reply.Metadata, &meta) != nil || meta.Type != "halo_client_created" || meta.Payload["id"] != 4711.0 || meta.Payload["url"] != client {
					t.Errorf("the reply's metadata is %s", reply.Metadata)
				}
			}
			d.awaitModal(v.ID, "Created", "Acme Ltd", "#4711")
			made := d.AwaitClients(d.Halo, "Acme Ltd", 1)[0]
			if !says(made.Notes, "Ticket: 881", link(m)) {
				t.Errorf("the client's notes are %q", made.Notes)
			}
		})
	}
}

func TestWhereNothingCanChangeTheAlertItsThreadHasTheAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.hook(localslack.Mail, alert(value("email", "jane@acme.com")))
	v := d.press(localslack.Tess, m)
	d.lookedUp(1)
	// Half an hour later Slack takes nothing at the click's response_url any more.
	d.Slack.SetClock(func() time.Time { return time.Now().Add(31 * time.Minute) })
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitReply(m, "Acme", "created")
	d.awaitModal(v.ID, "Created", "Acme")
	if now := d.message(m.Channel, m.TS); string(now.Blocks) != string(m.Blocks) {
		t.Errorf("the alert is %s", now.Blocks)
	}
	d.Slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.EphemeralsFor(localslack.Tess)) + len(now.DMs(localslack.Tess)); n != 0 {
			t.Errorf("%d messages to the technician beside the thread", n)
		}
	})
}

func TestWhileOnePersonsRequestRunsASecondPersonIsToldWhoIsOnIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: localhalo.Options{FirstID: 4711}})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	const tim = "U0000000TIM"
	d.Slack.SetPerson(localslack.Person{ID: tim, Name: "tim"})
	d.Slack.SetMember(localslack.Mail, tim, true)
	stale := d.press(tim, m) // opened, and looked up, before anybody submits
	d.lookedUp(1)
	tess := d.press(localslack.Tess, m)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, tess.ID, nil)
	d.arrived(posting)

	// The button opens the form at once, and the form then says who is on it.
	tom := d.press(localslack.Tom, m)
	if tom.Title != "New Halo client" || typed(tom)["name"] != "Acme Ltd" {
		t.Errorf("the second person's modal opened as %q with %q", tom.Title, typed(tom))
	}
	d.awaitModal(tom.ID, "Creating…", "@"+localslack.Tess, "is on it: Acme Ltd is being created right now")
	// A form that was open before is told at its submission.
	d.Submit(tim, stale.ID, localslack.Values{"Client name": "Acme, as Tim has it"})
	d.awaitModal(stale.ID, "Creating…", "@"+localslack.Tess, "is on it: Acme Ltd is being created right now")

	posting.Release()
	client := d.Halo.URL() + "/customers?clientid=4711"
	for _, id := range []string{tess.ID, tom.ID, stale.ID} {
		d.awaitModal(id, "Created", "Acme Ltd", "#4711", client)
	}
	d.awaitAlert(m, "✓", "created by <@"+localslack.Tess+">")
	if n := d.replies(m); n != 1 {
		t.Errorf("%d replies in the thread, want one", n)
	}

	// After it is done: whoever asks about that message gets the id and the link.
	for _, user := range []string{localslack.Tess, localslack.Tom} {
		v := d.choose(user, d.message(m.Channel, m.TS))
		d.awaitModal(v.ID, "Created", "Acme Ltd", "#4711", client)
	}
	if n := d.Halo.Count(localhalo.KindCreate); n != 1 || d.Halo.Len() != 1 {
		t.Errorf("%d POSTs, %d clients, want one", n, d.Halo.Len())
	}
}

func TestASecondSubmissionOfTheSameFormIsOneRequest(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	tess, tom := d.press(localslack.Tess, m), d.press(localslack.Tom, m)
	d.lookedUp(2)
	first, err := d.Slack.SubmitView(localslack.Tess, tess.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.Slack.Redeliver(first, 0)
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Client name": "Acme Limited"})
	d.Acked(d.Slack.Redeliver(first, 1))
	d.awaitModal(tess.ID, "Created", "#1")
	d.awaitModal(tom.ID, "Created", "#1")
	d.awaitAlert(m, "✓", "#1")
	if n := d.Halo.Len(); n != 1 || d.replies(m) != 1 {
		t.Errorf("%d clients, %d replies, want one", n, d.replies(m))
	}
}

func TestAFormThatIsSubmittedAfterAllWasDoneGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd")))
	// Tom's look-up never ends, so that his form stays as it was.
	asking := d.Halo.Hold(localhalo.On(localhalo.KindUsers), localhalo.Arrived)
	tom := d.press(localslack.Tom, m)
	d.arrived(asking)
	tess := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, tess.ID, nil)
	d.awaitAlert(m, "✓", "#1")
	d.Submit(localslack.Tom, tom.ID, localslack.Values{"Client name": "Acme Limited"})
	d.awaitModal(tom.ID, "Created", "Acme Ltd", "#1", d.Halo.URL()+"/customers?clientid=1")
	if n := d.Halo.Len(); n != 1 || d.replies(m) != 1 {
		t.Errorf("%d clients, %d replies, want one", n, d.replies(m))
	}
}

func TestTwoAlertsOfOneDomainMakeOneClient(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	one := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "ticket_id", "1")))
	two := d.post(localslack.Desk, alert(value("email", "bob@mail.acme.com", "name", "ACME Holding", "ticket_id", "2")))
	tess, tom := d.press(localslack.Tess, one), d.press(localslack.Tom, two)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Stored)
	d.Submit(localslack.Tess, tess.ID, nil)
	d.arrived(posting)
	d.Submit(localslack.Tom, tom.ID, nil)
	d.awaitModal(tom.ID, "Creating…", "Another request for the same company comes first, from", "@"+localslack.Tess)
	posting.Release()
	asked := d.awaitModal(tom.ID, "Already in Halo", "Acme", "#1", "Use this client", "Create anyway")
	d.awaitAlert(one, "✓", "#1", "created by <@"+localslack.Tess+">")
	if now := d.message(two.Channel, two.TS); !hasButton(now) {
		t.Errorf("the second alert is settled before anybody chose: %s", now.Blocks)
	}
	d.click(localslack.Tom, asked, "halo_use_client")
	checkSettled(t, two, d.awaitAlert(two, "✓", "#1", "was already in Halo, chosen by <@"+localslack.Tom+">"), false)
	d.awaitReply(two, "chose", "#1", "ticket #2")
	if n := d.Halo.Count(localhalo.KindCreate); n != 1 {
		t.Errorf("%d POSTs, want one", n)
	}
}

func TestAFormThatSlackDoesNotOpenIsOpenedByItsButton(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	for _, c := range []struct{ name, fault, user string }{
		{"too late", "expired_trigger_id", localslack.Tess},
		{"used up", "exchanged_trigger_id", localslack.Tom},
	} {
		email := "jane@" + strings.ReplaceAll(c.name, " ", "-") + ".example"
		m := d.post(localslack.Mail, alert(value("email", email, "ticket_id", "881", "notes", "called "+c.name)))
		d.Slack.Fail("views.open", 1, c.fault)
		d.click(c.user, m, createClient)
		told := d.AwaitAside(c.user, "Slack did not open the form in time", "Nothing was created", "Open the form")
		v := d.opened(d.Slack.Click(c.user, told, "halo_reopen"))
		if got := typed(v); !says(got["notes"], "called "+c.name, link(m)) || !strings.HasSuffix(got["website"], ".example") {
			t.Errorf("%s: the form has %q", c.name, got)
		}
		d.Submit(c.user, v.ID, nil)
		checkSettled(t, m, d.awaitAlert(m, "✓", "created by <@"+c.user+">"), false)
		d.awaitReply(m, "ticket #881", email)
	}
}

func TestAClosedModalsAnswerIsInTheThread(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com")))
	v := d.press(localslack.Tess, m)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	d.Submit(localslack.Tess, v.ID, nil)
	d.arrived(posting)
	if _, err := d.Slack.CloseView(localslack.Tess, v.ID); err != nil {
		t.Fatal(err)
	}
	posting.Release()
	d.awaitReply(m, "created", "Acme", "#1")
	checkSettled(t, m, d.awaitAlert(m, "✓"), false)
}

func TestWhereTheBotIsNotInTheChannelTheClicksOwnWayIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	d.Slack.SetScopes("commands", "chat:write", "users:read", "im:write")
	m := d.hook(localslack.General, alert(value("email", "jane@acme.com")))
	v := d.press(localslack.Tess, m)
	d.Submit(localslack.Tess, v.ID, nil)
	d.awaitReply(m, "created", "Acme", "#1")
	checkSettled(t, m, d.awaitAlert(m, "✓", "#1"), false)
	d.awaitModal(v.ID, "Created", "#1")

	// Without even that, the answer goes to the person, and says how to mend it.
	m = d.hook(localslack.Private, alert(value("email", "bob@globex.example")))
	v = d.press(localslack.Tom, m)
	d.Slack.FailStatus("response_url", 100, 404)
	d.Submit(localslack.Tom, v.ID, nil)
	d.awaitModal(v.ID, "Created", "#2")
	d.AwaitAside(localslack.Tom, "created", "Globex", "#2")
	d.AwaitAside(localslack.Tom, "#finance", "/invite @halo-clients")
}

func TestARefusalReachesAPersonWhoClosedTheModal(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com", "name", "Acme Ltd", "ticket_id", "881")))
	v := d.press(localslack.Tess, m)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	d.Halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Refuse(400, localhalo.Sentence, noLuck))
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Notes": "typed by hand"})
	d.arrived(posting)
	if _, err := d.Slack.CloseView(localslack.Tess, v.ID); err != nil {
		t.Fatal(err)
	}
	posting.Release()
	told := d.AwaitAside(localslack.Tess, "Acme Ltd", "could not be created", noLuck, "Try again")
	if is := d.message(m.Channel, m.TS); !hasButton(is) || d.replies(m) != 0 {
		t.Errorf("the alert is %s, with %d replies", is.Blocks, d.replies(m))
	}
	v = d.opened(d.Slack.Click(localslack.Tess, told, "halo_try_again"))
	form := d.awaitModal(v.ID, "Could not create", noLuck)
	if got := typed(form); got["name"] != "Acme Ltd" || got["notes"] != "typed by hand" {
		t.Errorf("the form has %q", got)
	}
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Acme Limited"})
	checkSettled(t, m, d.awaitAlert(m, "✓", "Acme Limited", "#1"), false)
	d.awaitReply(m, "Acme Limited", "ticket #881")
}

func TestTheAnswerOfAChannelThatWasArchivedReachesTheRequester(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{})
	m := d.post(localslack.Mail, alert(value("email", "jane@acme.com")))
	v := d.press(localslack.Tess, m)
	posting := d.Halo.Hold(localhalo.On(localhalo.KindCreate), localhalo.Arrived)
	d.Submit(localslack.Tess, v.ID, nil)
	d.arrived(posting)
	d.Slack.SetChannel(localslack.Channel{ID: localslack.Mail, Name: "mail-alerts", Archived: true, Members: []string{localslack.Tess, localslack.Bot}})
	d.Slack.Fail("response_url", 2, "is_archived")
	posting.Release()
	d.awaitModal(v.ID, "Created", "#1")
	told := d.AwaitAside(localslack.Tess, "#mail-alerts", "archived")
	d.AwaitAside(localslack.Tess, "created", "Acme", "#1")
	if text := bottest.Say(told.Blocks); says(text, "/invite") {
		t.Errorf("an archived channel is to be mended by an invitation: %q", text)
	}
}

func TestAGuestWhoPressesTheButtonIsTurnedAwayBeforeTyping(t *testing.T) {
	t.Parallel()
	d := newDesk(t, bottest.Options{Halo: known()})
	m := d.post(localslack.Mail, alert(value("email", "new@acme.com")))
	v := d.press(localslack.Gwen, m)
	shown := d.awaitModal(v.ID, "Not allowed", "Guests may not", "Nothing was created")
	if text := bottest.Say(shown.Blocks); shown.Submit != "" || says(text, "Acme Ltd") {
		t.Errorf("the guest's modal has the button %q and says %q", shown.Submit, text)
	}
	// Known for one by now, the guest gets no form at all.
	d.click(localslack.Gwen, m, createClient)
	d.AwaitAside(localslack.Gwen, "Guests may not")
	if n := d.Slack.Calls("views.open"); n != 1 {
		t.Errorf("%d modals were opened", n)
	}
}
