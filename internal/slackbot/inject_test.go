package slackbot_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// hostile are texts that a mail, a person or a Halo may write.
var hostile = map[string]string{
	"calls":      "<!channel> <!here|x> <@U0000000TOM> <#C000000DESK|x> <!subteam^S000000TECH> @channel &lt;!channel&gt; <!date^0^{date}|x>",
	"links":      "<https://evil.example/|Open in Halo> https://evil.example/x [a](https://evil.example) <mailto:x@evil.example|x>",
	"formatting": "*bold* _it_ ~no~ `code` ```block``` :tada: | a > b & c \u202etxt.exe\u202c \u2067x\u2069 \u200f\u200e end",
	"emoji":      strings.Repeat("👩\u200d🚒", 1000),
}

// first is at most n characters of what a field may hold.
func first(n int, s string) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// mark is what must be readable where a hostile text is shown.
func mark(h string) string { return first(6, strings.Fields(h)[0]) }

func TestHostileTextIsShownAsText(t *testing.T) {
	t.Parallel()
	for name, h := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, bottest.Options{
				Env: map[string]string{"SLACK_ERROR_CHANNEL": localslack.Leads},
				Halo: localhalo.Options{
					FirstID:   100,
					TopLevels: []localhalo.TopLevel{{ID: 1, Name: first(200, h)}, {ID: 2, Name: "Elsewhere"}}, DefaultTopLevel: 1,
					Clients: []localhalo.Client{{ID: 2, Name: "Far away", TopLevelID: 2}, {ID: 12, Name: "Old " + h, TradingName: h, Website: "taken.example", TopLevelID: 1}},
					Users:   []localhalo.User{{ID: 1, Email: "jane@known.example", ClientID: 12, Name: h}},
				},
			})
			for i := range 3 { // one message a second and channel: several channels
				d.Slack.SetChannel(localslack.Channel{ID: fmt.Sprintf("C%dHOSTILE", i), Name: fmt.Sprintf("desk-%d", i), Members: []string{localslack.Bot, localslack.Tess, localslack.Tom}})
			}
			d.Slack.SetPerson(localslack.Person{ID: localslack.Tom, Name: first(80, h)})
			h250 := first(230, h)

			d.typed(h)
			d.found(h250)
			d.refused(h)
			d.alerted(h)
			d.words(h)
			d.direct(h250)
			if v := d.home(localslack.Tess); !strings.Contains(bottest.Say(v.Blocks), "New "+mark(h)) {
				t.Errorf("the home tab does not show the names: %s", bottest.Say(v.Blocks))
			}
			d.checkDrawn(t)
		})
	}
}

// typed creates a client whose every field is hostile.
func (d desk) typed(h string) {
	d.Helper()
	v := d.Form(localslack.Tess, "C0HOSTILE", first(200, h))
	d.Submit(localslack.Tess, v.ID, localslack.Values{
		"Client name": "New " + first(240, h), "Website": "", "Trading name": first(250, h), "Notes": first(3000, h),
	})
	d.awaitModal(v.ID, "Created", "New "+mark(h))
	d.AwaitMessage("C0HOSTILE", "New "+mark(h), "Top level")
}

// found asks for what Halo has under a hostile name, with the modal open and closed, and creates
// it anyway, as a person whose own name is hostile.
func (d desk) found(h string) {
	d.Helper()
	v := d.Ask(localslack.Tess, "C0HOSTILE", localslack.Values{"Client name": "Same " + h, "Website": "taken.example"})
	d.awaitModal(v.ID, "Already in Halo", "Same "+mark(h), "Old "+mark(h))
	v = d.Form(localslack.Tom, "C1HOSTILE", "Same "+h+" taken.example")
	look := d.Halo.Hold(looking, localhalo.Arrived)
	d.Submit(localslack.Tom, v.ID, localslack.Values{"Client name": "Same " + h, "Website": "taken.example"})
	d.arrived(look)
	if _, err := d.Slack.CloseView(localslack.Tom, v.ID); err != nil {
		d.Fatal(err)
	}
	look.Release()
	d.click(localslack.Tom, d.AwaitAside(localslack.Tom, "Old "+mark(h)), createAnyway)
	d.AwaitAside(localslack.Tom, mark(h), "asked to create")
	d.AwaitMessage("C1HOSTILE", "created", "Same "+mark(h))
}

// refused gets a hostile sentence from Halo, in the form, in the error channel, and on the tab.
func (d desk) refused(h string) {
	d.Helper()
	d.Halo.Inject(localhalo.Creating("Refused Ltd"), 0, localhalo.Refuse(400, localhalo.Message, h))
	v := d.Ask(localslack.Tess, "C0HOSTILE", localslack.Values{"Client name": "Refused Ltd", "Notes": first(3000, h)})
	said := mark(h)
	if strings.HasPrefix(h, "<") {
		said = "Halo" // what looks like markup in Halo's own sentences is taken out
	}
	d.awaitModal(v.ID, "Could not create", said)
	d.AwaitMessage(localslack.Leads, said, "Refused Ltd")
}

// alertOf posts an alert as bot alert does.
func (d desk) alertOf(channel string, args ...string) {
	d.Helper()
	cmd := exec.CommandContext(d.Context(), d.Path(), append([]string{"alert", "--channel", channel}, args...)...)
	cmd.Dir, cmd.Env = d.Dir, d.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		d.Fatalf("bot alert: %v\n%s", err, out)
	}
}

// alerted settles an alert about a hostile mail, whose sender writes again.
func (d desk) alerted(h string) {
	d.Helper()
	about := []string{"--sender-name", first(250, h), "--subject", h, "--ticket", first(60, h)}
	d.alertOf("C2HOSTILE", append(about, "--email", "jane@mail.example", "--name", first(250, h), "--trading-name", first(250, h), "--notes", h)...)
	m := d.AwaitMessage("C2HOSTILE", "Unknown sender", mark(h))
	d.alertOf("C2HOSTILE", append(about, "--email", "bob@mail.example")...)
	d.awaitReply(m, "Another mail", mark(h))
	v := d.press(localslack.Tess, d.message(m.Channel, m.TS))
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Mail " + first(200, h)})
	d.awaitAlert(m, "✓", "created by <@"+localslack.Tess+">")
	d.awaitReply(m, "Mail "+mark(h), "File the sender")

	m = d.post("C2HOSTILE", alert(value("email", "jane@known.example", "subject", first(300, h))))
	v = d.press(localslack.Tess, m)
	d.awaitModal(v.ID, "New Halo client", "Old "+mark(h))
}

// words lets alerts end in each way without a client.
func (d desk) words(h string) {
	d.Helper()
	for word, line := range map[string]string{"bounce": "Returned", "continue": "No client", "stop": "Closed"} {
		name := "Word " + word
		d.Halo.Inject(localhalo.Creating(name), 0, localhalo.Refuse(422, localhalo.FieldMap, h))
		m := d.post("C1HOSTILE", alert(value("email", "jane@"+word+".example", "name", name, "notes", first(800, h), "on_error", word, "ticket_id", first(60, h))))
		v := d.press(localslack.Tess, m)
		d.Submit(localslack.Tess, v.ID, nil)
		d.awaitAlert(m, line)
		if word == "bounce" {
			d.awaitReply(m, "Returned", mark(h))
		}
	}
}

// direct is an answer that reaches its person by direct message alone.
func (d desk) direct(h string) {
	d.Helper()
	v := d.Form(localslack.Tess, localslack.Private, "")
	d.Slack.FailStatus("response_url", 5, 404)
	d.Submit(localslack.Tess, v.ID, localslack.Values{"Client name": "Direct " + h})
	d.Await("a direct message", func(now *localslack.Snapshot) bool {
		return bottest.Says(now.DMs(localslack.Tess), "Direct "+mark(h)) && bottest.Says(now.DMs(localslack.Tess), "/invite")
	})
	d.Slack.ClearFaults()
}

// checkDrawn holds everything that the bot has drawn, as it was sent, to what text may be.
func (d desk) checkDrawn(t *testing.T) {
	t.Helper()
	if log := d.Bots[0].Output(); strings.Contains(log, "level=ERROR") || strings.Contains(log, "invalid_") || strings.Contains(log, "could not be drawn") {
		t.Errorf("Slack did not take everything as it was drawn:\n%s", log)
	}
	c := drawn{t: t, halo: d.Halo.URL()}
	traffic, _ := d.Slack.Traffic(0)
	for _, e := range traffic {
		if e.Direction != localslack.FromApp {
			continue
		}
		var sent object
		if json.Unmarshal(e.Sent, &sent) != nil {
			continue
		}
		c.where = e.Kind + " " + e.Method
		if payload, ok := sent["payload"].(object); ok {
			sent = payload
		}
		if blocks := blocksOf(sent["blocks"]); strings.Contains(string(encoded(blocks)), `"open_mail"`) {
			c.alert(blocks) // another author's
			continue
		}
		if text, ok := sent["text"].(string); ok {
			c.mrkdwn(text)
		}
		for _, part := range []string{"view", "blocks", "errors"} {
			c.walk(blocksOf(sent[part]))
		}
	}
	if c.texts < 50 {
		t.Errorf("%d texts were looked at", c.texts)
	}
}

// blocksOf is an argument as JSON, which a form has as a string.
func blocksOf(v any) any {
	if raw, ok := v.(string); ok {
		_ = json.Unmarshal([]byte(raw), &v)
	}
	return v
}

// drawn looks at texts.
type drawn struct {
	t     *testing.T
	halo  string
	where string
	texts int
}

var (
	userMention = regexp.MustCompile(`<@U[A-Z0-9]+>`)
	turning     = regexp.MustCompile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
	entity      = regexp.MustCompile(`&(amp|lt|gt);`)
)

// mrkdwn is a text in which only what the bot itself wrote may be a mention or a link.
func (c *drawn) mrkdwn(s string) {
	c.t.Helper()
	c.texts++
	links := regexp.MustCompile(`<` + regexp.QuoteMeta(c.halo) + `/(?:customers\?clientid|ticket\?id)=[^<>|]*\|[^<>|]*>`)
	rest := s
	for _, m := range userMention.FindAllString(s, -1) {
		if m != "<@"+localslack.Tess+">" && !strings.Contains(s, m+" created") && !strings.Contains(s, m+" asked to create") {
			c.t.Errorf("%s: %s is called in %q", c.where, m, s)
		}
	}
	rest = userMention.ReplaceAllString(links.ReplaceAllString(rest, ""), "")
	rest = entity.ReplaceAllString(rest, "")
	if strings.ContainsAny(rest, "<>&*`~") || strings.Contains(rest, ":tada:") || turning.MatchString(rest) {
		c.t.Errorf("%s: %q is not all text (%q)", c.where, s, rest)
	}
}

// alert is a message that somebody else wrote: only what the bot adds is looked at.
func (c *drawn) alert(blocks any) {
	c.t.Helper()
	list, _ := blocks.([]any)
	for _, b := range list {
		if b, ok := b.(object); ok && b["block_id"] == "halo_status" {
			c.walk(b)
		}
	}
}

// walk looks at every text, link and mention of a piece of Block Kit.
func (c *drawn) walk(v any) {
	c.t.Helper()
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			c.walk(item)
		}
	case object:
		text, _ := v["text"].(string)
		link, _ := v["url"].(string)
		switch v["type"] {
		case "mrkdwn":
			c.mrkdwn(text)
		case "text", "plain_text":
			c.texts++
			if v["emoji"] == true {
				c.t.Errorf("%s: emoji codes are drawn in %q", c.where, text)
			}
		case "user":
			if id, _ := v["user_id"].(string); id != localslack.Tess && id != localslack.Tom {
				c.t.Errorf("%s: %v is called", c.where, v)
			}
		case "broadcast", "usergroup", "channel", "emoji":
			c.t.Errorf("%s: %v", c.where, v)
		}
		alert := strings.HasPrefix(link, "https://service-desk.slack.com/archives/") // on the home tab
		if link != "" && !strings.HasPrefix(link, c.halo+"/") && !alert {
			c.t.Errorf("%s: a link to %s", c.where, link)
		}
		for _, name := range []string{"text", "initial_value"} {
			if s, _ := v[name].(string); turning.MatchString(s) {
				c.t.Errorf("%s: %q turns the direction of writing", c.where, s)
			}
		}
		for _, inner := range v {
			c.walk(inner)
		}
	}
}
