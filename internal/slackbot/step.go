package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// runStep takes one execution of the Workflow Builder step create_halo_client. The execution's
// id is the key, taken once: Slack sends an event again until it is acknowledged, and that is
// only done when the request is stored, or turned down.
func (b *Bot) runStep(ctx context.Context, in *incoming, e event) {
	id := e.Event.ExecutionID
	if id == "" {
		in.ack(ctx, nil)
		return
	}
	if e.Event.Token != "" {
		b.tokens.SetDefault(id, e.Event.Token)
	}
	r, problems := b.stepRequest(id, e.Event.Inputs)
	if len(problems) > 0 {
		if err := b.completeError(ctx, id, turnedDown(problems)); err != nil {
			b.log.WarnContext(ctx, "a workflow step could not be turned down; Slack will ask again", "key", r.Key, "err", explain(err))
			return
		}
		in.ack(ctx, nil)
		return
	}
	receipt, err := b.store(ctx, r)
	if err != nil {
		return // Slack sends it again
	}
	in.ack(ctx, nil)
	b.accepted(ctx, r, receipt.Joined)
}

// stepRequest reads a step's inputs; the problems are the modal's own sentences.
func (b *Bot) stepRequest(id string, inputs map[string]json.RawMessage) (onboarding.Request, []string) {
	input := func(name string) string { return inputText(inputs[name]) }
	o := origin{Key: messageKey("fn", id, ""), Via: viaStep, Step: id}
	o.Key = strings.TrimSuffix(o.Key, "-")
	d := draft.Draft{
		Connection: strings.TrimSpace(input("connection")),
		Name:       input("name"), Website: input("website"),
		TradingName: input("trading_name"), Notes: input("notes"),
	}
	var problems []string
	d, wrong := b.validate(o, d)
	for _, field := range []draft.Field{draft.Connection, draft.Name, draft.Website, draft.TradingName, draft.Notes} {
		if sentence, ok := wrong[field]; ok {
			problems = append(problems, sentence)
		}
	}
	if word := input("on_error"); strings.TrimSpace(word) != "" {
		parsed, ok := draft.ParseOnError(word)
		if !ok {
			problems = append(problems, sayBadOnError)
		}
		o.OnError = parsed
	}
	exists := onboarding.IfExists(strings.ToLower(strings.TrimSpace(input("if_exists"))))
	if exists == "" {
		exists = onboarding.UseExisting
	}
	if !slices.Contains([]onboarding.IfExists{onboarding.UseExisting, onboarding.CreateAnother, onboarding.Fail}, exists) {
		problems = append(problems, sayBadIfExists)
	}
	r := b.request(o, d, person{Name: "Workflow Builder"})
	r.IfExists, r.Once = exists, true
	return r, problems
}

// turnedDown is why a step gets no client, and that nothing was created.
func turnedDown(problems []string) string {
	sentence := strings.Join(problems, " ")
	if strings.Contains(sentence, "Nothing was created") {
		return sentence
	}
	return sentence + " Nothing was created."
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

// step completes the workflow step that asked. Where a person has to decide, SLACK_ERROR_CHANNEL
// is asked first, so that the step can say whether anybody was; what it is only told of comes
// after.
func (a *announcement) step(ctx context.Context) error {
	if a.s.Outcome == "" {
		return nil
	}
	problem := a.stepProblem()
	if a.e.Step == onboarding.StepAsks {
		asked, err := a.t.Once(ctx, "question", a.ask)
		if err != nil {
			return err
		}
		problem += " " + asked
	}
	err := a.once(ctx, "step", func(ctx context.Context) error {
		switch a.e.Step {
		case onboarding.StepClient:
			return a.completeSuccess(ctx, a.o.Step, a.outputs())
		case onboarding.StepEmpty:
			return a.completeSuccess(ctx, a.o.Step, outputs{Error: problem})
		}
		return a.completeError(ctx, a.o.Step, problem)
	})
	if err != nil || a.e.Report == onboarding.ReportDoubt {
		return err // asked already
	}
	if a.e.Step != onboarding.StepReturns || a.cfg.ErrorChannel == "" {
		return a.report(ctx)
	}
	return a.once(ctx, "report", func(ctx context.Context) error {
		_, err := a.post(ctx, a.r.Key+" report", a.cfg.ErrorChannel, "", modals.Returned(a.res()))
		return a.settleFor(ctx, "SLACK_ERROR_CHANNEL could not be told", err)
	})
}

// ask puts a question in SLACK_ERROR_CHANNEL, and says in a sentence what came of that.
func (a *announcement) ask(ctx context.Context) (string, error) {
	question, _ := a.instead()
	if a.cfg.ErrorChannel == "" {
		return sayNobodyToAsk, nil
	}
	ts, err := a.post(ctx, a.r.Key+" question", a.cfg.ErrorChannel, "", question)
	if ts == "" || err != nil {
		return sayNotAsked, a.settleFor(ctx, "a person could not be asked in SLACK_ERROR_CHANNEL", err)
	}
	return sayAsked, nil
}

// stepProblem is why the step has no client.
func (a *announcement) stepProblem() string {
	switch a.s.Outcome {
	case onboarding.Exists:
		return sayExists(a.s.Found)
	case onboarding.Unconfirmed:
		return sayUnconfirmed(a.r)
	}
	return turnedDown([]string{a.s.Problem})
}

// outputs are what a step hands on. Slack takes strings only from slack-go.
type outputs struct {
	ID, Name, TopLevelID, Website, URL string
	Created                            bool
	Error                              string
}

func (o outputs) strings() map[string]string {
	return map[string]string{
		"id": o.ID, "name": o.Name, "toplevel_id": o.TopLevelID, "website": o.Website, "url": o.URL,
		"created": strconv.FormatBool(o.Created), "error": o.Error,
	}
}

func (a *announcement) outputs() outputs {
	c := a.client(a.r.Draft.Connection, *a.s.Client)
	return outputs{
		ID: strconv.Itoa(c.ID), Name: c.Name, TopLevelID: strconv.Itoa(c.TopLevelID),
		Website: c.Website, URL: c.URL, Created: a.s.Outcome == onboarding.Created,
	}
}

func (b *Bot) completeSuccess(ctx context.Context, id string, o outputs) error {
	return b.complete(ctx, id, func(ctx context.Context, api *slack.Client) error {
		return api.FunctionCompleteSuccessContext(ctx, id, slack.FunctionCompleteSuccessRequestOptionOutput(o.strings()))
	})
}

func (b *Bot) completeError(ctx context.Context, id, problem string) error {
	return b.complete(ctx, id, func(ctx context.Context, api *slack.Client) error {
		return api.FunctionCompleteErrorContext(ctx, id, problem)
	})
}

// complete ends an execution: with the event's own token while this process remembers it, else
// with the bot's. An execution that is not running any more was completed before, or given up.
func (b *Bot) complete(ctx context.Context, id string, call func(context.Context, *slack.Client) error) error {
	clients := []*slack.Client{b.web.api}
	if token, ok := b.tokens.Get(id); ok {
		cfg := b.cfg
		clients = slices.Insert(clients, 0, slack.New(token.(string), apiOptions(cfg, b.web.hc)...))
	}
	var failed error
	for _, api := range clients {
		_, err := b.web.do(ctx, func(ctx context.Context) error { return call(ctx, api) })
		switch {
		case err == nil, code(err) == "execution_not_in_running_state", code(err) == "function_execution_not_found":
			b.tokens.Delete(id)
			return nil
		case transient(err):
			return later(err)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}
