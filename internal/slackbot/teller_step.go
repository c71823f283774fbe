package slackbot

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

func newTokens() *cache.Cache { return cache.New(time.Hour, 10*time.Minute) }

// question puts into SLACK_ERROR_CHANNEL what a workflow step has no person, channel or thread for.
func (o *occasion) question(ctx context.Context) (string, error) {
	m := o.told(o.r, o.s, o.res)
	if o.end.Step == onboarding.StepReturns {
		m = modals.Returned(o.res)
	}
	return o.web.post(ctx, o.r.Key+" question", o.cfg.ErrorChannel, "", m)
}

// complete ends the workflow step. When Slack refuses its result for good, the step ends with an
// error instead, since the workflow would hang otherwise.
func (o *occasion) complete(ctx context.Context) (string, error) {
	const done = "done"
	if o.asks() {
		if err := o.pending(inQuestion); err != nil {
			return "", err
		}
	}
	problem := o.problem()
	out := outputs{Error: problem, Files: o.r.Then != nil}
	switch o.end.Step {
	case onboarding.StepClient:
		filings, err := o.filings(ctx)
		if err != nil {
			return "", err
		}
		out, problem = o.outputs(), sayStepClient(o.res.Client)
		out.file(filings)
	case onboarding.StepEmpty:
	default:
		return done, o.completeError(ctx, o.back.Step, problem)
	}
	all := out.strings()
	err := o.completeSuccess(ctx, o.back.Step, all)
	if code(err) == "parameter_validation_failed" {
		// Depending on the installed manifest, Slack may want all outputs, or take none that is
		// empty.
		maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
		err = o.completeSuccess(ctx, o.back.Step, all)
	}
	if forGood(err) {
		o.log.ErrorContext(ctx, "Slack does not take a workflow step's result", "error", explain(err))
		err = o.completeError(ctx, o.back.Step, problem+" "+sayStepRefused(code(err)))
	}
	return done, err
}

// filings are the filings that the step asked for, once all of them have ended. Until then the
// error is a *onboarding.LaterError.
func (o *occasion) filings(ctx context.Context) ([]onboarding.Receipt, error) {
	const shortest, longest = 250 * time.Millisecond, 3 * time.Second
	if o.r.Then == nil {
		return nil, nil
	}
	filings, err := o.requests.Filings(ctx, o.r.Key)
	if err == nil && !(onboarding.Receipt{Request: o.r, State: o.s}).Filed(filings) {
		err = errors.New("what the step wants filed is in hand")
	}
	if err != nil {
		return nil, &onboarding.LaterError{After: min(max(o.waited()/2, shortest), longest), Err: err}
	}
	return filings, nil
}

// problem is why the step has no client.
func (o *occasion) problem() string {
	problem := o.s.Problem
	if !o.res.Denied {
		problem = sayNoClient(o.r, problem)
	}
	switch o.s.Outcome {
	case onboarding.Exists:
		problem = sayExists(o.s.Found)
	case onboarding.Unconfirmed:
		problem = sayUnconfirmed(o.r)
	}
	if o.end.Step != onboarding.StepAsks {
		return problem
	}
	switch {
	case o.cfg.ErrorChannel == "":
		return problem + " " + sayNobodyToAsk
	case o.mark(inQuestion) == markRefused:
		return problem + " " + sayNotAsked
	}
	return problem + " " + sayAsked
}

// outputs are what a step hands on to the workflow. slack-go can send them as strings only.
type outputs struct {
	ID, Name, TopLevelID, Website, URL string
	Created                            bool
	Error                              string

	Files                  bool // filing was asked for
	UserID                 string
	TicketMoved, DomainSet bool
}

// file adds what was filed, and why the rest was not.
func (o *outputs) file(filings []onboarding.Receipt) {
	var problems []string
	for _, f := range filings {
		if f.State.Outcome != onboarding.Done {
			problems = append(problems, SayFiled(f))
			continue
		}
		switch f.Request.File.What {
		case draft.FileUser:
			o.UserID = strconv.Itoa(f.State.User.ID)
		case draft.FileTicket:
			o.TicketMoved = true
		case draft.FileDomain:
			o.DomainSet = true
		}
	}
	o.Error = strings.Join(problems, " ")
}

func (o outputs) strings() map[string]string {
	all := map[string]string{
		"id": o.ID, "name": o.Name, "toplevel_id": o.TopLevelID, "website": o.Website, "url": o.URL,
		"created": strconv.FormatBool(o.Created), "error": o.Error,
	}
	if o.Files { // an older manifest has neither these nor the input that asks for them
		all["user_id"] = o.UserID
		all["ticket_moved"], all["domain_set"] = strconv.FormatBool(o.TicketMoved), strconv.FormatBool(o.DomainSet)
	}
	return all
}

func (o *occasion) outputs() outputs {
	c := o.res.Client
	return outputs{
		ID: strconv.Itoa(c.ID), Name: c.Name, TopLevelID: strconv.Itoa(c.TopLevelID),
		Website: c.Website, URL: c.URL, Created: o.s.Outcome == onboarding.Created, Files: o.r.Then != nil,
	}
}

// completeSuccess ends an execution with outputs.
func (t *teller) completeSuccess(ctx context.Context, id string, outputs map[string]string) error {
	return t.completeStep(id, func(api *slack.Client) error {
		return api.FunctionCompleteSuccessContext(ctx, id, slack.FunctionCompleteSuccessRequestOptionOutput(outputs))
	})
}

// completeError ends an execution with a problem.
func (t *teller) completeError(ctx context.Context, id, problem string) error {
	return t.completeStep(id, func(api *slack.Client) error { return api.FunctionCompleteErrorContext(ctx, id, problem) })
}

// completeStep ends an execution: with the event's own token while this process remembers it, else
// with the bot's. An execution that is no longer running was completed earlier, or given up, and
// counts as ended.
func (t *teller) completeStep(id string, call func(*slack.Client) error) error {
	tokens := []string{t.cfg.BotToken}
	if own, ok := t.tokens.Get(id); ok {
		tokens = []string{own.(string), t.cfg.BotToken}
	}
	var failed error
	for _, token := range tokens {
		_, err := t.web.as(token, call)
		switch {
		case err == nil, code(err) == "execution_not_in_running_state", code(err) == "function_execution_not_found":
			t.tokens.Delete(id)
			return nil
		case deadTokens[code(err)] && token != t.cfg.BotToken:
			continue // the event's token lives for minutes only
		case transient(err):
			return later(err)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
