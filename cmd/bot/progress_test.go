package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"halobot/internal/onboarding"
)

func TestAWaitIsExplainedAfterASecondAndWhenItChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := progress{out: &out}
		for _, step := range []struct {
			state onboarding.State
			said  string
		}{
			{onboarding.State{}, ""},
			{onboarding.State{Phase: onboarding.Working}, ""},
			{onboarding.State{Phase: onboarding.Working}, "Waiting for Halo…\n"},
			{onboarding.State{Phase: onboarding.Working}, ""},
			{onboarding.State{Phase: onboarding.Outage}, "Halo is not answering; nothing was created yet. Trying again by itself for up to 15 minutes…\n"},
			{onboarding.State{Phase: onboarding.Waiting, Ahead: &onboarding.Person{Name: "tess"}}, "Waiting for a request of tess for the same company…\n"},
			{onboarding.State{Phase: onboarding.Waiting}, ""},
			{onboarding.State{Phase: onboarding.Checking}, "Halo took it and has not answered: looking whether the client is there. Do not create it by hand…\n"},
		} {
			out.Reset()
			p.tell(step.state)
			if got := out.String(); got != step.said {
				t.Errorf("%+v: said %q, want %q", step.state, got, step.said)
			}
			time.Sleep(silence / 2)
		}
	})
}

func TestPrintableKeepsWhatATerminalWouldObeyOut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Acme Ltd":                "Acme Ltd",
		"Evil\x1b[2J\r\nLtd\tInc": "Evil[2J Ltd Inc",
		"\u202eevil":              "evil",
		"Bücher 👩\u200d💻 GmbH":    "Bücher 👩\u200d💻 GmbH",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
