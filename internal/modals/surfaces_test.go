package modals_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/sandbox/blockkit"
)

// input is everything that a surface can be drawn from.
type input struct {
	result modals.Result
	text   string // a sentence from elsewhere
	// Others of them, each with its place.
	doing, notice, hint, next, after, barred, typed string
	hand                                            modals.Words
	list                                            []string
	alert                                           draft.Alert
	entries                                         []modals.HomeEntry
	waiting                                         []modals.HomeAlert
}

// surface is something that Slack is sent.
type surface struct {
	name string
	on   blockkit.Surface
	json []byte // a view, or a message's blocks
	text string // a message's text
	meta *slack.SlackMetadata
}

// drawings are all that the package can draw, one for each situation that looks different.
var drawings = []struct {
	name string
	draw func(in input) any
}{
	{"form_empty", func(in input) any { return modals.Form{Metadata: "{}"}.View() }},
	{"form_filled", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Connections: in.list, AskChannel: true,
			Channel: in.text, Notice: in.notice, Key: in.result.Key}.View()
	}},
	{"form_in_hand", func(in input) any {
		return modals.Form{Draft: in.result.Draft, InHand: in.hand, Key: in.result.Key}.View()
	}},
	{"form_filing", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Key: in.result.Key, Filing: in.filing()}.View()
	}},
	{"form_filing_unverified", func(in input) any {
		f := in.filing()
		f.Ticked, f.Hint = nil, in.hint
		return modals.Form{Draft: in.result.Draft, Key: in.result.Key, Filing: f}.View()
	}},
	{"form_sure", func(in input) any { return modals.Form{Draft: in.result.Draft, Key: in.result.Key, Sure: true}.View() }},
	{"form_after_failure", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Problem: in.result.Problem, Next: in.next, Key: in.result.Key}.View()
	}},
	{"form_known", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Known: in.matches("same website")[:1], Find: true, Key: in.result.Key}.View()
	}},
	{"form_known_user", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Known: in.matches(in.result.SenderMail + " is a user of it")[:1], Key: in.result.Key}.View()
	}},
	{"form_known_several", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Known: in.matches("same name"), Key: in.result.Key}.View()
	}},
	{"form_known_catch_all", func(in input) any {
		known := in.matches(in.result.SenderMail + " is a user of it, and unknown senders are filed under it")[:1]
		known[0].Unusable = true
		return modals.Form{Draft: in.result.Draft, Known: known, Find: true, Key: in.result.Key}.View()
	}},
	{"use_form", func(in input) any {
		return modals.UseForm{Client: in.result.Client, Email: in.alert.Email, Filing: in.filing(), Metadata: "{}"}.View()
	}},
	{"notice", func(in input) any { return modals.Notice(in.typed, in.text) }},
	{"creating", func(in input) any { return modals.Creating(in.result, modals.Plain(in.doing)) }},
	{"checking", func(in input) any { return modals.Checking(in.result, modals.Plain(in.doing)) }},
	{"created", func(in input) any { return modals.Created(in.result) }},
	{"used", func(in input) any { return modals.Created(used(in.result)) }},
	{"already_there", func(in input) any { return modals.AlreadyThere(one(in.result)) }},
	{"already_there_several", func(in input) any { return modals.AlreadyThere(in.result) }},
	{"unconfirmed", func(in input) any { return modals.Unconfirmed(noProblem(in.result)) }},
	{"announcement", func(in input) any { return modals.Announcement(in.result) }},
	{"announcement_plain", func(in input) any { return modals.Announcement(bare(in.result)) }},
	{"announcement_used", func(in input) any { return modals.Announcement(used(in.result)) }},
	{"announcement_filed", func(in input) any { return modals.Announcement(filed(in)) }},
	{"announcement_to_be_filed", func(in input) any {
		r := bare(in.result)
		r.Follows, r.CanFile = true, true
		return modals.Announcement(r)
	}},
	{"step_not_done", func(in input) any { r := filed(in); return modals.StepEnded(r, r.Steps[1]) }},
	{"step_done", func(in input) any { r := filed(in); return modals.StepEnded(r, r.Steps[0]) }},
	{"report_step", func(in input) any { r := filed(in); return modals.ReportStep(r, r.Steps[1]) }},
	{"file_form", func(in input) any {
		return modals.FileForm{Client: in.result.Client, Name: in.alert.SenderName, Filing: in.filing(), Metadata: "{}"}.View()
	}},
	{"settled_filed", func(in input) any { in.result = filed(in); return settled(modals.LineCreated, false)(in) }},
	{"question", func(in input) any { return modals.Question(in.result) }},
	{"question_catch_all", func(in input) any {
		r := one(in.result)
		r.Found = []modals.Match{{Client: r.Found[0].Client, Why: "same name, and unknown senders are filed under it", Unusable: true}}
		return modals.Question(r)
	}},
	{"failure", func(in input) any { return modals.Failure(in.result) }},
	{"failure_closed", func(in input) any {
		r := in.result
		r.CanRetry, r.Next = false, in.after
		return modals.Failure(r)
	}},
	{"failure_chosen", func(in input) any {
		r := in.result
		r.Chosen = true
		return modals.Failure(r)
	}},
	{"returned", func(in input) any { return modals.Returned(in.result) }},
	{"report", func(in input) any { return modals.Report(in.result) }},
	{"report_unconfirmed", func(in input) any { return modals.ReportUnconfirmed(noProblem(in.result)) }},
	{"ask_again", func(in input) any { return modals.AskAgain(noProblem(in.result)) }},
	{"note", func(in input) any { return modals.Note(in.text) }},
	{"say", func(in input) any { return modals.Say(in.hand) }},
	{"reopen", func(in input) any { return modals.Reopen(in.text, in.text) }},
	{"unknown_sender", func(in input) any { return modals.UnknownSender(in.arrival()) }},
	{"more_mail", func(in input) any { return modals.MoreMail(in.arrival(), false, false) }},
	{"more_mail_apart", func(in input) any { return modals.MoreMail(in.arrival(), true, false) }},
	{"more_mail_dismissed", func(in input) any { return modals.MoreMail(in.arrival(), false, true) }},
	{"dismissed_already", func(in input) any { return modals.AlreadyDismissed(in.dismissal(), true) }},
	{"dismissed_thread", func(in input) any { return modals.DismissedThread(in.dismissal(), "T-C-1", in.text) }},
	{"reopened_already", func(in input) any { return modals.AlreadyReopened(in.dismissal()) }},
	{"reopened_thread", func(in input) any { return modals.ReopenedThread(in.dismissal()) }},
	{"not_dismissed", func(in input) any { return modals.NotDismissed(in.result) }},
	{"form_dismissed", func(in input) any {
		d := in.dismissal()
		return modals.Form{Draft: in.result.Draft, Connections: []string{"prod"}, Key: "T-C-1", Dismissed: &d}.View()
	}},
	{"unknown_sender_failed", func(in input) any {
		a := in.arrival()
		a.Alert.Verified, a.Has = draft.Failed, &modals.Found{Client: in.result.Client, User: in.alert.SenderName, Why: "which unknown senders are filed under"}
		return modals.UnknownSender(a)
	}},
	{"unknown_sender_own", func(in input) any {
		a := in.arrival()
		a.Own = true
		return modals.UnknownSender(a)
	}},
	{"settled_created", settled(modals.LineCreated, false)},
	{"settled_used", func(in input) any {
		return settled(func(r modals.Result) string { return modals.LineCreated(used(r)) }, false)(in)
	}},
	{"settled_returned", settled(modals.LineReturned, false)},
	{"settled_no_client", settled(modals.LineNoClient, true)},
	{"settled_closed", settled(modals.LineClosed, false)},
	{"settled_dismissed", func(in input) any {
		m := modals.UnknownSender(in.arrival())
		m.Blocks = modals.DismissedAlert(rawBlocks(m), m.Text, modals.LineDismissed(in.dismissal()), in.result.Key, in.alert.Value())
		return m
	}},
	{"reopened", func(in input) any {
		m := modals.UnknownSender(in.arrival())
		dismissed := modals.Message{Blocks: modals.DismissedAlert(rawBlocks(m), m.Text, modals.LineDismissed(in.dismissal()), in.result.Key, in.alert.Value())}
		m.Blocks = modals.ReopenedAlert(rawBlocks(dismissed), m.Text, in.alert.Value())
		return m
	}},
	{"form_done", func(in input) any {
		return modals.Form{Draft: in.result.Draft, Done: &in.result, Key: in.result.Key}.View()
	}},
	{"joining", func(in input) any { return modals.Creating(joined(in), in.hand) }},
	{"question_joined", func(in input) any {
		r := joined(in)
		r.Found = in.result.Found[:1]
		return modals.Question(r)
	}},
	{"created_joined", func(in input) any { return modals.Created(joined(in)) }},
	{"created_joined_same_words", func(in input) any { return modals.Created(alike(in)) }},
	{"used_joined", func(in input) any { return modals.Created(used(alike(in))) }},
	{"announcement_joined", func(in input) any { return modals.Announcement(joined(in)) }},
	{"announcement_beside", func(in input) any {
		r := bare(in.result)
		r.Beside = []modals.Client{r.Found[0].Client}
		return modals.Announcement(r)
	}},
	{"twins", func(in input) any {
		r := in.result
		r.Twins = []modals.Client{r.Found[0].Client, r.Found[1].Client}
		return modals.Twins(r)
	}},
	{"unconfirmed_said", func(in input) any { return modals.Unconfirmed(in.result) }},
	{"home_choice", func(in input) any {
		return modals.Home([]modals.HomeEntry{{Name: in.typed, State: in.typed, ChoiceKey: in.result.Key, Found: in.result.Found}}, nil, "")
	}},
	{"home", func(in input) any { return modals.Home(in.entries, in.waiting, "") }},
	{"home_empty", func(in input) any { return modals.Home(nil, nil, "") }},
	{"home_not_allowed", func(in input) any { return modals.Home(nil, nil, in.barred) }},
}

func settled(line func(modals.Result) string, keepButton bool) func(in input) any {
	return func(in input) any {
		m := modals.UnknownSender(in.arrival())
		m.Blocks = modals.MarkedAlert(rawBlocks(m), m.Text, line(in.result), keepButton)
		return m
	}
}

// rawBlocks are a message's blocks as Slack gives them back.
func rawBlocks(m modals.Message) (raw []json.RawMessage) {
	for _, b := range m.Blocks {
		j, err := json.Marshal(b)
		if err != nil {
			panic(err)
		}
		raw = append(raw, j)
	}
	return raw
}

// filed is the result with a step done, and one that a person may have done all the same.
func filed(in input) modals.Result {
	r, a := in.result, in.alert
	r.Dropped = nil
	r.Steps = []modals.Step{
		{What: draft.FileUser, Done: true, Brief: a.Email + " is its user", Word: "made",
			Says: []modals.Piece{{Text: a.Email, URL: r.Client.URL}, {Text: " is its user now."}}},
		{What: draft.FileTicket, Brief: "ticket #" + a.TicketID + " not moved", Word: "not the sender",
			Says:  []modals.Piece{{Text: "Ticket "}, {Text: "#" + a.TicketID, URL: r.TicketURL}, {Text: " (“" + a.Subject + "”) is from bob@victim.example as Halo has it."}},
			Again: r.Key, Move: r.Key, Confirm: "Ticket #" + a.TicketID + ", “" + a.Subject + "”, is from bob@victim.example. Move it to " + r.Client.Name + "?"},
	}
	return r
}

// used is r with an existing client chosen.
func used(r modals.Result) modals.Result {
	r.Existing, r.Dropped = true, nil
	r.Client.Inactive = true
	return r
}

// one is r with a single client found.
func one(r modals.Result) modals.Result {
	r.Found = r.Found[:1]
	return r
}

// noProblem is r as it is when Halo gave no reason.
func noProblem(r modals.Result) modals.Result {
	r.Problem = ""
	return r
}

// joined is the result for somebody who asked for the same with other words.
func joined(in input) modals.Result {
	r := bare(in.result)
	r.By = in.result.By
	r.Typed = &draft.Draft{Name: in.typed, Website: in.result.Draft.Website, Notes: in.typed}
	return r
}

// alike is the result for somebody who asked for the same in the same words.
func alike(in input) modals.Result {
	r := joined(in)
	r.Joined, r.Typed = true, nil
	return r
}

// bare is r asked for by nobody that Slack knows, without an alert.
func bare(r modals.Result) modals.Result {
	r.By, r.TicketID, r.TicketURL, r.SenderMail, r.Dropped = "", "", "", "", nil
	return r
}

// draw draws everything from in.
func draw(tb testing.TB, in input) []surface {
	tb.Helper()
	var all []surface
	for _, d := range drawings {
		s := surface{name: d.name}
		var v any
		switch drawn := d.draw(in).(type) {
		case slack.ModalViewRequest:
			s.on, v = blockkit.Modal, drawn
		case slack.HomeTabViewRequest:
			s.on, v = blockkit.Home, drawn
		case modals.Message:
			s.on, v = blockkit.Message, drawn.Blocks
			s.text, s.meta = drawn.Text, drawn.Metadata
		default:
			tb.Fatalf("%s draws a %T", d.name, drawn)
		}
		raw, err := json.Marshal(v)
		if err != nil {
			tb.Fatalf("%s: %v", d.name, err)
		}
		s.json = raw
		all = append(all, s)
	}
	return all
}

// usual is what a service desk sees every day.
func usual() input {
	at := time.Date(2026, 11, 24, 8, 12, 0, 0, time.UTC)
	acme := modals.Client{
		ID: 4711, Name: "Acme Ltd", Website: "acme.com", TradingName: "Acme",
		TopLevelID: 3, TopLevel: "UK Clients", URL: "https://halo.example.com/customers?clientid=4711",
	}
	older := modals.Client{ID: 12, Name: "ACME ltd", Website: "www.acme.com",
		TopLevel: "UK Clients", URL: "https://halo.example.com/customers?clientid=12", Connection: "prod"}
	var found []modals.Match
	for i := range 7 {
		c := older
		c.ID += i
		c.URL = fmt.Sprintf("https://halo.example.com/customers?clientid=%d", c.ID)
		c.Inactive = i == 1
		found = append(found, modals.Match{Client: c, Why: "same name and website"})
	}
	return input{
		result: modals.Result{
			Key: "T1.C1.1764000000.000100", Connection: "prod", RequestID: "prod/T1.C1.1764000000.000100",
			Draft: draft.Draft{Connection: "prod", Name: "Acme Ltd", Website: "acme.com",
				TradingName: "Acme", Notes: "Called on Monday.\nWants a quote."},
			Client: acme, Found: found, Dropped: []string{"Website", "Trading name"},
			Problem: "Halo refused: \"Customer type is mandatory\".", CanRetry: true,
			By: "U0TESS", TicketID: "881", TicketURL: "https://halo.example.com/ticket?id=881",
			SenderMail: "jane@acme.com",
		},
		text:   "The bot could not find out from Slack who you are. Nothing was created; please try again in a minute.",
		doing:  "Checking whether Halo has it already, then creating it…",
		notice: "The sender writes from gmail.com, where anybody can have an address, so the website is left empty.",
		hint:   "Your mail server does not confirm that this mail is from the sender it names, so nothing is ticked.",
		next:   "If it is about something in this form, correct it; then press Try again.",
		after:  "The alert is closed: nothing more will be tried.",
		barred: "Guests may not create clients in Halo. Please ask a full member of this workspace.",
		typed:  "Acme Limited",
		hand:   modals.Words{{User: "U0TESS", Text: "tess"}, {Text: " is on it: Acme Ltd is being created right now."}},
		list:   []string{"prod", "uat"},
		alert: draft.Alert{Email: "jane@acme.com", SenderName: "Jane Doe", Subject: "Printer on fire",
			TicketID: "881"},
		entries: []modals.HomeEntry{
			{At: at, Name: "Acme Ltd", State: "created", ID: acme.ID, URL: acme.URL},
			{At: at.Add(-time.Hour), Name: "Initech", State: "not created: Halo refused", RetryKey: "k2"},
			{At: at.Add(-2 * time.Hour), Name: "Globex", State: "not confirmed: please look in Halo", DoubtKey: "k3"},
		},
		waiting: []modals.HomeAlert{
			{At: at.Add(-3 * time.Hour), Sender: "bob@globex.example", URL: "https://service-desk.slack.com/archives/C1/p1764000000000100"},
			{At: at.Add(-2 * time.Hour), URL: "https://service-desk.slack.com/archives/C1/p1764000000000200"},
		},
	}
}

// filing is everything that can be filed of the alert, the first two ticked.
func (in input) filing() modals.Filing {
	all := []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain}
	_, domain, _ := strings.Cut(in.alert.Email, "@")
	return modals.Filing{Offered: all, Ticked: all[:2], Email: in.alert.Email, Ticket: in.alert.TicketID, Domain: domain}
}

// dismissal is a word of the person who asked, at eight in the morning.
func (in input) dismissal() modals.Dismissal {
	return modals.Dismissal{By: in.result.By, Name: in.text, At: time.Date(2026, 11, 24, 8, 12, 0, 0, time.UTC)}
}

// matches are the clients that were found, by what why says.
func (in input) matches(why string) (list []modals.Match) {
	for _, m := range in.result.Found {
		m.Why = why
		list = append(list, m)
	}
	return list
}

// arrival is the alert as it is posted.
func (in input) arrival() modals.Arrival {
	return modals.Arrival{Alert: in.alert, TicketURL: in.result.TicketURL}
}

// everywhere puts s into everything that a person, a mail or Halo can write.
func everywhere(s string) input {
	c := modals.Client{ID: 1, Name: s, Website: s, TradingName: s, TopLevel: s, URL: s, Connection: s}
	in := input{
		result: modals.Result{
			Key: s, RequestID: s, Connection: s,
			Draft:  draft.Draft{Connection: s, Name: s, Website: s, TradingName: s, Notes: s},
			Client: c, Dropped: []string{s, "Website"}, Problem: s, CanRetry: true,
			By: s, TicketID: s, TicketURL: s, SenderMail: s,
		},
		text: s, doing: s, notice: s, hint: s, next: s, after: s, barred: s, typed: s, hand: modals.Words{{User: s, Text: s}, {Text: s, URL: s}, {Text: s}}, list: []string{s, s, "other"},
		alert: draft.Alert{Email: s, SenderName: s, Subject: s, TicketID: s, Name: s, Website: s,
			TradingName: s, Notes: s, Connection: s},
	}
	for range 7 {
		in.result.Found = append(in.result.Found, modals.Match{Client: c, Why: s})
	}
	for range 60 {
		in.entries = append(in.entries, modals.HomeEntry{At: time.Unix(1, 0), Name: s, State: s, URL: s, RetryKey: s, DoubtKey: s})
		in.waiting = append(in.waiting, modals.HomeAlert{At: time.Unix(1, 0), Sender: s, URL: s})
	}
	return in
}

// hostile are texts that a mail, a person or Halo may hold, by name.
var hostile = map[string]string{
	"emoji":     strings.Repeat("👩‍🚒", 1000),
	"direction": "Acme \u202etxt.exe\u202c \u2067x\u2069 \u200f\u200e ltd",
	"broadcast": "<!channel> <!here|x> <@U0TESS> <#C1|x> <!subteam^S1> <https://evil.example/|Open in Halo> @channel &lt;!channel&gt;",
	"markup":    "*bold* _it_ ~no~ `code` ```block``` > quote :tada: | a\n> b",
	"links":     "https://user:pass@evil.example/|x>",
	"controls":  "a\x00b\x1b[31m\x7f\u0085c\u2028d\r\ne\xff\xfe",
	"blank":     " \u200b\u200f \n\t",
}
