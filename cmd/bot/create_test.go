package main

import (
	"strings"
	"testing"
	"time"

	"halobot/internal/halo"
	"halobot/internal/onboarding"
)

func TestEveryEndWithoutAClientHasItsExitCode(t *testing.T) {
	t.Parallel()
	const again = "Run it again with --key order-66"
	for name, tt := range map[string]struct {
		state    onboarding.State
		ifExists string
		code     int
		says     []string
	}{
		"it exists": {
			state: onboarding.State{Outcome: onboarding.Exists, Found: make([]halo.Client, 1)}, ifExists: "fail",
			code: 3, says: []string{"Halo already has a client with the name or the website of Acme", "Nothing was created"},
		},
		"several exist": {
			state: onboarding.State{Outcome: onboarding.Exists, Found: make([]halo.Client, 2)}, ifExists: "use",
			code: 3, says: []string{"Halo has several clients with the name or the website of Acme", "Nothing was created", "Choose one"},
		},
		"Halo refused": {
			state: onboarding.State{Outcome: onboarding.Refused, Problem: "Halo refused: no"},
			code:  4, says: []string{"Halo refused: no. Nothing was created."},
		},
		"an outage outlasted its time": {
			state: onboarding.State{Outcome: onboarding.Unreachable, Problem: "Halo did not answer"},
			code:  5, says: []string{"Halo did not answer. Nothing was created.", again},
		},
		"stopped before anything was sent": {
			state: onboarding.State{Phase: onboarding.Outage},
			code:  5, says: []string{"Acme is not created yet", again},
		},
		"stopped after it was sent": {
			state: onboarding.State{Phase: onboarding.Checking, Deadline: time.Now()},
			code:  6, says: []string{"has not answered yet", "Do not create it by hand", again},
		},
		"never confirmed": {
			state: onboarding.State{Outcome: onboarding.Unconfirmed},
			code:  6, says: []string{"never showed it", "Reference is prod/shell-order-66", "another --key"},
		},
	} {
		r := onboarding.Receipt{State: tt.state}
		r.Request.Key, r.Request.Draft.Connection, r.Request.Draft.Name = "shell-order-66", "prod", "Acme"
		code, problem := createCmd{Key: "order-66", IfExists: tt.ifExists}.failure(r)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d", name, code, tt.code)
		}
		for _, words := range tt.says {
			if !strings.Contains(problem, words) {
				t.Errorf("%s: it says %q, want %q in it", name, problem, words)
			}
		}
	}
}
