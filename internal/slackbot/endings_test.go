package slackbot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/sentences"
)

// Every row of onboarding.Endings as each place tells it.
func TestSentencesOfEachEnd(t *testing.T) {
	t.Parallel()
	b := idle(t, func(c *Config) { c.ErrorChannel = "C0000LEADS" })
	at := time.Date(2026, 11, 24, 8, 12, 0, 0, time.UTC)
	acme := halo.Client{ID: 4711, Name: "Acme Ltd", Website: "acme.com", TopLevelID: 3, TopLevel: "UK Clients"}
	states := map[onboarding.Outcome]onboarding.State{
		onboarding.Created:     {Client: &acme},
		onboarding.Used:        {Client: &acme},
		onboarding.Exists:      {Found: []halo.Client{{ID: 12, Name: "ACME ltd", Website: "www.acme.com", TopLevelID: 3, TopLevel: "UK Clients"}}},
		onboarding.Refused:     {Problem: `Halo refused: "Customer type is mandatory".`},
		onboarding.Unreachable: {Problem: "Halo's rate limit is reached (429)."},
		onboarding.Unconfirmed: {Said: "Halo answered 500, which does not say whether the client was created."},
		onboarding.Denied:      {Problem: sayGuest.String()},
	}
	var out strings.Builder
	for _, row := range onboarding.Endings {
		for _, outcome := range row.Outcomes {
			title := string(outcome)
			r := onboarding.Request{
				Key: "T1-C1-1764000000.000100", IfExists: row.IfExists, At: at, Via: onboarding.ViaAlert, Alert: "T1-C1-1764000000.000100",
				Draft: draft.Draft{Connection: "halo", Name: "Acme Ltd", Website: "acme.com", Notes: "Called on Monday."},
				By:    onboarding.Person{ID: "U0TESS", Name: "Tess"}, Place: onboarding.Place{ID: "C1", Name: "mail-alerts"},
			}
			if row.Words != nil {
				r.OnError = row.Words[0]
				title += ", " + string(r.OnError)
			}
			if row.IfExists != "" {
				title += ", if_exists is " + string(row.IfExists)
			}
			back := wayBack{View: "V1", Alert: r.Alert, Thread: "1764000000.000100", Email: "jane@acme.com", Ticket: "881"}
			r.Reply = back.reply()
			s := states[outcome]
			s.Outcome, s.Ended = outcome, at
			fmt.Fprintf(&out, "## %s\n\n", title)
			b.tellEverywhere(&out, r, s)
		}
	}
	sentences.Check(t, "Each end, in each place", out.String())
}

// tellEverywhere writes what each place says of r.
func (b *bench) tellEverywhere(out *strings.Builder, r onboarding.Request, s onboarding.State) {
	teller := b.bot.teller
	o, ok := teller.occasion(onboarding.Telling{Request: r, State: s})
	if !ok {
		b.Fatal("the request is not told of in Slack")
	}
	place := func(where string, drawn any) {
		var v any
		if err := json.Unmarshal(mustJSON(drawn), &v); err != nil {
			b.Fatal(err)
		}
		fmt.Fprintf(out, "In %s:\n\t%s\n\n", where, strings.ReplaceAll(sentences.Read(v), "\n", "\n\t"))
	}
	place("the modal", teller.view(o.back, r, s, o.res, o.own))
	place("a direct message, where that is needed", teller.told(r, s, o.res).Blocks)
	if post := posts[o.end.Post]; post != nil {
		place("the channel or thread", post(o.res).Blocks)
	}
	if line := alertLines[o.end.Alert]; line != nil {
		fmt.Fprintf(out, "Below the alert:\n\t%s\n\n", line(o.res))
	}
	if o.end.Report != onboarding.ReportNothing {
		place("the error channel", reported(o.end.Report)(o.res).Blocks)
	}
	step := sayStepClient(o.res.Client)
	if o.end.Step != onboarding.StepClient {
		step = o.problem()
	}
	fmt.Fprintf(out, "In a workflow's step:\n\t%s\n\n", step)
}
