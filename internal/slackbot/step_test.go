package slackbot

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// run starts the step in a workflow and waits for the acknowledgement.
func (b *bench) run(inputs map[string]any) *localslack.Execution {
	b.Helper()
	it, x, err := b.slack.RunStep(callbackStep, inputs)
	b.did(it, err)
	return x
}

// ended is an execution that was completed.
func (b *bench) ended(id string) *localslack.Execution {
	b.Helper()
	var x *localslack.Execution
	b.until(func(now *localslack.Snapshot) bool {
		x = now.Execution(id)
		return x != nil && x.Done
	})
	return x
}

func TestAStepHandsOnTheClient(t *testing.T) {
	t.Parallel()
	b := start(t)
	it, x, err := b.slack.RunStep(callbackStep, map[string]any{"name": "Acme Ltd", "website": "https://www.acme.com/", "notes": 7})
	b.did(it, err)
	r := b.only()
	if r.Key != "fn-"+x.ID || r.Draft.Website != "acme.com" || r.Draft.Notes != "7" || r.IfExists != onboarding.UseExisting || r.Via != onboarding.ViaStep {
		t.Errorf("stored %+v", r)
	}
	b.did(b.slack.Redeliver(it, 1), nil)
	b.only()
	b.now(r.Key, created())
	done := b.ended(x.ID)
	if fmt.Sprint(done.Outputs) != fmt.Sprint(map[string]any{
		"id": "4711", "name": "Acme Ltd", "toplevel_id": "1", "website": "acme.com",
		"url": "https://halo.example/customers?clientid=4711", "created": "true", "error": "",
	}) {
		t.Errorf("the step ended with %v", done)
	}
	// Told again after a crash: the execution is not running any more.
	if wait := b.announceOnce(&onboarding.Telling{Request: r, State: created()}); wait != 0 {
		t.Error("telling again does not end")
	}
}

func TestAStepUsesTheEventsTokenAndElseTheBots(t *testing.T) {
	t.Parallel()
	b := start(t)
	x := b.run(map[string]any{"name": "Acme Ltd"})
	if _, ok := b.bot.teller.tokens.Get(x.ID); !ok {
		t.Error("the event's token is not at hand")
	}
	if strings.Contains(string(b.only().Reply), "xwfp") {
		t.Errorf("a token was stored: %s", b.only().Reply)
	}
	b.bot.teller.tokens.Flush() // as after a restart
	b.now(b.only().Key, created())
	b.ended(x.ID)
}

func TestBadInputsEndTheStep(t *testing.T) {
	t.Parallel()
	b := start(t)
	for name, tt := range map[string]struct {
		inputs map[string]any
		want   string
	}{
		"no name":            {map[string]any{"website": "acme.com"}, "name"},
		"bad website":        {map[string]any{"name": "Acme", "website": "localhost"}, "localhost"},
		"bad word":           {map[string]any{"name": "Acme", "on_error": "explode"}, "on_error"},
		"bad choice":         {map[string]any{"name": "Acme", "if_exists": "merge"}, "if_exists"},
		"unknown connection": {map[string]any{"name": "Acme", "connection": "moon"}, `"moon"`},
	} {
		x := b.ended(b.run(tt.inputs).ID)
		if !has(x.Error, tt.want, "Nothing was created") {
			t.Errorf("%s: the step ended with %+v", name, x)
		}
	}
	if len(b.asked.receipts) != 0 {
		t.Errorf("%d requests were stored", len(b.asked.receipts))
	}
}

func TestTheFiveWordsOfAStep(t *testing.T) {
	t.Parallel()
	for word, want := range map[draft.OnError]struct {
		success bool
		told    int
	}{
		draft.Exception: {told: 1}, draft.Bounce: {told: 1}, draft.Continue: {success: true},
		draft.Stop: {}, draft.StopAll: {},
	} {
		t.Run(string(word), func(t *testing.T) {
			t.Parallel()
			b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
			x := b.run(map[string]any{"name": "Acme Ltd", "on_error": string(word)})
			b.now(b.only().Key, refuse)
			x = b.ended(x.ID)
			problem := "Acme Ltd could not be created in Halo. " + refuse.Problem + " Nothing was created."
			if want.success && (x.Error != "" || x.Outputs["error"] != problem || x.Outputs["id"] != "" || x.Outputs["created"] != "false") ||
				!want.success && x.Error != problem {
				t.Errorf("the step ended with %+v", x)
			}
			b.slack.Look(func(now *localslack.Snapshot) {
				if n := len(now.Messages(localslack.Leads)); n != want.told {
					t.Errorf("%d messages in the error channel, want %d", n, want.told)
				}
			})
		})
	}
}

func TestAStepThatNeedsAPersonAsksInTheErrorChannel(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
	x := b.run(map[string]any{"name": "Acme"})
	r := b.only()
	b.now(r.Key, onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{{ID: 12, Name: "Acme"}, {ID: 13, Name: "ACME"}}})
	if x = b.ended(x.ID); !has(x.Error, "#12", "#13", "A person was asked") {
		t.Errorf("the step ended with %+v", x)
	}
	var question *localslack.Message
	b.slack.Look(func(now *localslack.Snapshot) { question = now.Messages(localslack.Leads)[0] })
	b.did(b.slack.Click(localslack.Tess, question, modals.ActionCreateAnyway))
	anyway := b.stored(2)
	if anyway.Via != onboarding.ViaButton || anyway.By.ID != localslack.Tess || anyway.Place.ID != localslack.Leads || len(anyway.Seen) != 2 {
		t.Errorf("stored %+v", anyway)
	}
	b.now(anyway.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		list := now.Messages(localslack.Leads)
		if last := list[len(list)-1]; !has(readable(last.Blocks), "4711") {
			t.Errorf("the channel says %s", readable(last.Blocks))
		}
	})
}

func TestAStepThatMustNotFindOneFails(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *Config) { c.ErrorChannel = localslack.Leads })
	x := b.run(map[string]any{"name": "Acme", "if_exists": "fail"})
	b.now(b.only().Key, exists)
	if x = b.ended(x.ID); !has(x.Error, "Acme Ltd (#12)", "Nothing was created") {
		t.Errorf("the step ended with %+v", x)
	}
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Leads)); n != 0 {
			t.Errorf("%d messages in the error channel, want none", n)
		}
	})
}

// Slack gives an event up after three retries: a workflow does not hang on one that was never stored.
func TestAStepThatCanNeverBeStoredEnds(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.asked.setBroken(errors.New("down"))
	it, x, err := b.slack.RunStep(callbackStep, map[string]any{"name": "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	if err := it.Sent(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.slack.Redeliver(it, 3)
	if x := b.ended(x.ID); !has(x.Error, sayStepNotStored, "Nothing was created") {
		t.Errorf("the step ended with %+v", x)
	}
}

func TestAStepIsSentAgainWhenItCannotBeStored(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.asked.setBroken(errors.New("down"))
	it, x, err := b.slack.RunStep(callbackStep, map[string]any{"name": "Acme"})
	if err != nil {
		t.Fatal(err)
	}
	if err := it.Sent(b.ctx()); err != nil {
		t.Fatal(err)
	}
	b.soon("a word in the log", func() bool { return has(b.log.String(), "could not be stored") })
	b.asked.setBroken(nil)
	b.did(it, nil)
	if r := b.only(); r.Key != "fn-"+x.ID {
		t.Errorf("stored %+v", r)
	}
}
