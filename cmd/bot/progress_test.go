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
			{onboarding.State{Phase: onboarding.Outage}, "Halo is not answering. Nothing was created yet; trying again for up to 15 minutes…\n"},
			{onboarding.State{Phase: onboarding.Waiting, Ahead: &onboarding.Person{Name: "tess"}}, "Waiting for a request of tess for the same company…\n"},
			{onboarding.State{Phase: onboarding.Waiting}, ""},
			{onboarding.State{Phase: onboarding.Checking}, "Halo took it and has not answered as it should. Checking whether the client is there; do not create it by hand…\n"},
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
