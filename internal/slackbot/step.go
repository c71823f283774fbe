package slackbot

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
)

// steps takes the executions of the bot's Workflow Builder step.
type steps struct {
	*parts
	intake *intake
	teller *teller
}

// run takes one execution of the Workflow Builder step create_halo_client. The event is
// acknowledged only once the request is stored or turned down; until then Slack sends it again.
// However often it comes, it makes one request, since the execution's id is the request's key.
func (s *steps) run(ctx context.Context, in *incoming, e event) {
	id := e.Event.ExecutionID
	if id == "" {
		in.ack(ctx, nil)
		return
	}
	if e.Event.Token != "" {
		s.teller.tokens.SetDefault(id, e.Event.Token)
	}
	r, problems := s.request(ctx, id, e.Event.Inputs)
	if len(problems) > 0 {
		if err := s.teller.completeError(ctx, id, turnedDown(problems...)); err != nil {
			s.log.WarnContext(ctx, "a workflow step could not be turned down; Slack will ask again", "request", r.Key, "error", explain(err))
			return
		}
		in.ack(ctx, nil)
		return
	}
	receipt, err := s.intake.store(ctx, r)
	switch {
	case err == nil:
	case in.Attempt < lastRetry || inDoubt(err):
		return // Slack sends it again, or it may be stored already
	default: // Slack does not send it again: left alone, the workflow would wait for ever
		if err := s.teller.completeError(ctx, id, turnedDown(sayStepNotStored)); err != nil {
			s.log.WarnContext(ctx, "a workflow step that could not be stored could not be ended", "request", r.Key, "error", explain(err))
			return
		}
		in.ack(ctx, nil)
		return
	}
	in.ack(ctx, nil)
	s.intake.accepted(ctx, r, receipt.Joined)
}

// lastRetry is the retry_attempt of an event after which Slack gives it up
// (docs.slack.dev/apis/events-api, "Retries").
const lastRetry = 3

// request makes a request of a step's inputs. The problems say what is wrong with the inputs, in
// the form's own words where the form has the same field.
func (s *steps) request(ctx context.Context, id string, inputs map[string]json.RawMessage) (onboarding.Request, []string) {
	input := func(name string) string { return inputText(inputs[name]) }
	a := asked{Key: strings.TrimSuffix(messageKey("fn", id, ""), "-"), Via: onboarding.ViaStep, wayBack: wayBack{Step: id}}
	d := draft.Draft{Connection: strings.TrimSpace(input(string(draft.Connection)))}
	order := []draft.Field{draft.Connection}
	for _, in := range draft.Fields {
		*in.Of(&d) = input(string(in.Field))
		order = append(order, in.Field)
	}
	var problems []string
	d, wrong := s.intake.validate(a, d)
	for _, field := range order {
		if sentence, ok := wrong[field]; ok {
			problems = append(problems, sentence)
		}
	}
	if word := input("on_error"); strings.TrimSpace(word) != "" {
		parsed, ok := draft.ParseOnError(word)
		if !ok {
			problems = append(problems, sayBadOnError)
		}
		a.OnError = parsed
	}
	exists := onboarding.IfExists(strings.ToLower(strings.TrimSpace(input("if_exists"))))
	if exists == "" {
		exists = onboarding.UseExisting
	}
	if !slices.Contains([]onboarding.IfExists{onboarding.UseExisting, onboarding.CreateAnother, onboarding.Fail}, exists) {
		problems = append(problems, sayBadIfExists)
	}
	what, ok := draft.ParseFilings(input("filing"))
	if !ok {
		problems = append(problems, sayBadFiling)
	}
	alert := draft.ParseAlert(draft.Alert{Email: input("sender_email"), SenderName: input("sender_name"), TicketID: input("ticket_id")}.Value())
	r := s.intake.request(a, d, person{Name: "Workflow Builder"})
	r.IfExists, r.Once, r.Then = exists, true, onboarding.FilingOf(what, alert, d.Website)
	if h, ok := s.halos.named(d.Connection); ok {
		s.intake.fields(ctx, h, &r, alert)
	}
	return r, problems
}

// turnedDown is the error of a step that gets no client: the problems, and that nothing was
// created.
func turnedDown(problems ...string) string {
	return strings.Join(append(problems, "Nothing was created."), " ")
}

// inputText is an input's value as text, whatever its type.
func inputText(raw json.RawMessage) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case float64, bool:
		return strings.Trim(string(raw), `"`)
	}
	return ""
}
