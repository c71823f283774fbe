package slackbot

import (
	"encoding/json"
	"testing"

	"halobot/internal/draft"
)

func TestWhoWroteByWhatSlackHas(t *testing.T) {
	t.Parallel()
	r := draft.Rules{OwnDomains: []string{"northgate-msp.example"}, TicketTags: []string{"ID:"}}
	const link = `<mailto:moira@teal-dairy.co.uk|moira@teal-dairy.co.uk>`
	for _, c := range []struct{ what, msg, email, name string }{
		{"email file", `{"text":"","files":[{"filetype":"email","from":[{"address":"moira@teal-dairy.co.uk","name":"Moira Teal","original":"Moira Teal <moira@teal-dairy.co.uk>"}],"to":[{"address":"x@y.slack.com"}],"cc":[{"address":"bob@other.com"}],"subject":"Printer [ID:0000123]","plain_text":"hi bob@other.com"}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"email file own forward", `{"text":"","files":[{"filetype":"email","from":[{"address":"sam@northgate-msp.example","name":"Sam"}],"subject":"FW: Printer","plain_text":"-----Original Message-----\nFrom: Moira Teal <moira@teal-dairy.co.uk>\nSent: Monday\nTo: Sam\nSubject: Printer\n\nx"}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"email file own forward, quoted only", `{"text":"","files":[{"filetype":"email","from":[{"address":"sam@northgate-msp.example","name":"Sam"}],"subject":"Re: Printer","plain_text":"see\n\nOn Mon, 2 Mar 2026 at 16:12, Moira Teal <moira@teal-dairy.co.uk> wrote:\n> x"}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"email file, name is address", `{"files":[{"filetype":"email","from":[{"address":"moira@teal-dairy.co.uk","name":"moira@teal-dairy.co.uk"}]}]}`, "moira@teal-dairy.co.uk", ""},
		{"email file only original", `{"files":[{"filetype":"email","from":[{"original":"Moira Teal <moira@teal-dairy.co.uk>"}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"email shared", `{"text":"look","attachments":[{"is_share":true,"files":[{"filetype":"email","from":[{"address":"moira@teal-dairy.co.uk","name":"Moira Teal"}]}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"a list of the MSP's alone", `{"files":[{"filetype":"email","from":[{"address":"support@northgate-msp.example","name":"'Moira Teal' via Support"}],"plain_text":"Hi"}]}`, "", ""},
		{"shared message_blocks", `{"text":"","attachments":[{"is_share":true,"message_blocks":[{"team":"T","message":{"blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*From:* Moira Teal ` + link + `\n*To:* support@northgate-msp.example"}}]}}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"shared rich text", `{"attachments":[{"message_blocks":[{"message":{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"mail from "},{"type":"link","url":"mailto:moira@teal-dairy.co.uk","text":"moira@teal-dairy.co.uk"}]}]}]}}]}]}`, "moira@teal-dairy.co.uk", ""},
		{"section fields", `{"blocks":[{"type":"section","fields":[{"type":"mrkdwn","text":"*To*\nbob@other.com"},{"type":"mrkdwn","text":"*From*\n` + link + `"}]}]}`, "moira@teal-dairy.co.uk", ""},
		{"attachment fields", `{"attachments":[{"fields":[{"title":"Assigned to","value":"bob@other.com"},{"title":"Requester","value":"Moira Teal <mailto:moira@teal-dairy.co.uk|moira@teal-dairy.co.uk>"}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"attachment author", `{"attachments":[{"author_name":"Moira Teal <moira@teal-dairy.co.uk>","title":"Printer","text":"x"}]}`, "moira@teal-dairy.co.uk", ""},
		{"attachment fallback", `{"attachments":[{"fallback":"New ticket from moira@teal-dairy.co.uk"}]}`, "moira@teal-dairy.co.uk", ""},
		{"table", `{"blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"From"},{"type":"raw_text","text":"To"},{"type":"raw_text","text":"Subject"}],[{"type":"raw_text","text":"moira@teal-dairy.co.uk"},{"type":"raw_text","text":"bob@other.com"},{"type":"raw_text","text":"Hi"}]]}]}`, "moira@teal-dairy.co.uk", ""},
		{"table recipient first", `{"blocks":[{"type":"table","rows":[[{"type":"raw_text","text":"To"},{"type":"raw_text","text":"Sender"},{"type":"raw_text","text":"Subject"}],[{"type":"raw_text","text":"bob@other.com"},{"type":"raw_text","text":"moira@teal-dairy.co.uk"},{"type":"raw_text","text":"Hi"}]]}]}`, "moira@teal-dairy.co.uk", ""},
		{"workflow", `{"text":"New request\n*Your name*\nMoira Teal\n*Your email*\n` + link + `\n*Manager*\n<mailto:bob@other.com|bob@other.com>"}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"markdown block", `{"blocks":[{"type":"markdown","text":"**From:** Moira Teal <moira@teal-dairy.co.uk>"}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"context block", `{"blocks":[{"type":"context","elements":[{"type":"mrkdwn","text":"Reported by ` + link + `"}]}]}`, "moira@teal-dairy.co.uk", ""},
		{"header + noreply", `{"blocks":[{"type":"header","text":{"type":"plain_text","text":"Mail from noreply@forms.example.com"}},{"type":"section","text":{"type":"mrkdwn","text":"Email: ` + link + `"}}]}`, "moira@teal-dairy.co.uk", ""},
		{"preformatted", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_preformatted","elements":[{"type":"text","text":"From: Moira Teal <moira@teal-dairy.co.uk>\nTo: sam@northgate-msp.example\nSubject: x"}]}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"quote block", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_quote","elements":[{"type":"text","text":"From: Moira Teal "},{"type":"link","url":"mailto:moira@teal-dairy.co.uk","text":"moira@teal-dairy.co.uk"}]}]}]}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"list", `{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"To: bob@other.com"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"From: moira@teal-dairy.co.uk"}]}]}]}]}`, "moira@teal-dairy.co.uk", ""},
		{"user block button value of another app", `{"blocks":[{"type":"actions","elements":[{"type":"button","action_id":"x","value":"bob@other.com","text":{"type":"plain_text","text":"Open"}}]},{"type":"section","text":{"type":"mrkdwn","text":"` + link + ` needs help"}}]}`, "moira@teal-dairy.co.uk", ""},
		{"only own people", `{"text":"sam@northgate-msp.example is out"}`, "", ""},
		{"files without mail", `{"text":"see","files":[{"filetype":"pdf","name":"bob@other.com.pdf"}]}`, "", ""},
		{"garbage", `{"text":"x","blocks":[{"type":5}],"attachments":"no","files":7}`, "", ""},
		{"german form", `{"text":"*Empfänger:* bob@other.com\n*Absender:* Moira Teal ` + link + `"}`, "moira@teal-dairy.co.uk", "Moira Teal"},
		{"blocks and text duplicate", `{"text":"From Moira to bob@other.com","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*From:* ` + link + `"}}]}`, "moira@teal-dairy.co.uk", ""},
		{"halo notification", `{"text":"New ticket 0001234 Printer\nUser: Moira Teal (Unknown)\nEmail: ` + link + `\nAgent: sam@northgate-msp.example"}`, "moira@teal-dairy.co.uk", ""},
		{"statuspage", `{"text":"Incident at vendor. Contact support@vendor-cloud.com"}`, "support@vendor-cloud.com", ""},
	} {
		var m message
		if err := json.Unmarshal([]byte(c.msg), &m); err != nil {
			t.Fatalf("%s: %v", c.what, err)
		}
		if a := r.ReadMessage(m.said()); a.Email != c.email || a.SenderName != c.name {
			t.Errorf("%s: it is from %q <%s>, want %q <%s>", c.what, a.SenderName, a.Email, c.name, c.email)
		}
	}
}
