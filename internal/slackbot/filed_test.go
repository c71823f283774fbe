package slackbot

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/sentences"
)

func TestEveryEndOfAFilingHasItsSentence(t *testing.T) {
	t.Parallel()
	source := string(must(os.ReadFile("../onboarding/filing.go")))
	reasons := regexp.MustCompile(`(?m)^\tNot\w+ +NotFiled = "(.+?)"`).FindAllStringSubmatch(source, -1)
	if len(reasons) != len(notFiled) {
		t.Errorf("%d reasons, and sentences for %d", len(reasons), len(notFiled))
	}
	f := onboarding.Receipt{
		Request: onboarding.Request{File: &onboarding.File{
			What: draft.FileTicket, Client: halo.Client{ID: 4711, Name: "Acme"},
			Filing: onboarding.Filing{Email: "jane@acme.com", Ticket: "#0881", Domain: "acme.com"},
		}},
		State: onboarding.State{
			User: &halo.User{Client: "Globex", ClientID: 30}, Site: &halo.Site{EmailDomain: "acme.org"},
			Found:  []halo.Client{{ID: 4711, Name: "Bankhaus Meier"}},
			Ticket: &halo.Ticket{Client: "Globex", ClientID: 30, MergedInto: 7, Subject: "Printer"},
		},
	}
	says := func(what draft.Filing, s onboarding.State) string {
		f.Request.File.What = what
		f.State.Outcome, f.State.Filed, f.State.NotFiled, f.State.Problem = s.Outcome, s.Filed, s.NotFiled, s.Problem
		return SayFiled(f)
	}
	for _, reason := range reasons {
		if s := says(draft.FileTicket, onboarding.State{Outcome: onboarding.Left, NotFiled: onboarding.NotFiled(reason[1])}); s == "" || strings.ContainsAny(s, "{}") {
			t.Errorf("%s: it says %q", reason[1], s)
		}
	}
	for what, hows := range filedAs {
		for how := range hows {
			if s := says(what, onboarding.State{Outcome: onboarding.Done, Filed: how}); !strings.HasSuffix(s, ".") || strings.ContainsAny(s, "{}") {
				t.Errorf("%s %s: it says %q", what, how, s)
			}
		}
	}
	if s := says(draft.FileTicket, onboarding.State{Outcome: onboarding.Left, NotFiled: onboarding.NotTheSenders}); !has(s, "#881 (“Printer”)", "from nobody", "not from jane@acme.com") {
		t.Errorf("it says %q", s)
	}
	f.State.User.Inactive = true
	for _, what := range []draft.Filing{draft.FileUser, draft.FileTicket} {
		if s := says(what, onboarding.State{Outcome: onboarding.Done, Filed: onboarding.FiledMoved}); has(s, "inactive") != (what == draft.FileUser) {
			t.Errorf("of an inactive user it says %q", s)
		}
	}
	if s := says(draft.FileUser, onboarding.State{Outcome: onboarding.Refused, Problem: "Halo refused."}); s != "Halo refused." {
		t.Errorf("it says %q", s)
	}
}

func TestWhatAnotherTryCannotMendHasNoButton(t *testing.T) {
	t.Parallel()
	b := idle(t)
	for why, want := range map[onboarding.NotFiled]bool{
		onboarding.NotNoSite: true, onboarding.NotElsewhere: true,
		onboarding.NotForged: false, onboarding.NotHere: false, onboarding.NotThatClient: false,
	} {
		f := onboarding.Receipt{
			Request: onboarding.Request{File: &onboarding.File{What: draft.FileUser}},
			State:   onboarding.State{Outcome: onboarding.Left, NotFiled: why},
		}
		if got := b.bot.teller.step(f).Again != ""; got != want {
			t.Errorf("%s: Try again: %t", why, got)
		}
	}
}

// What people read of each end of a filing.
func TestSentencesOfFilings(t *testing.T) {
	t.Parallel()
	f := onboarding.Receipt{
		Request: onboarding.Request{File: &onboarding.File{
			Client: halo.Client{ID: 4711, Name: "Acme Ltd"},
			Filing: onboarding.Filing{Email: "jane@acme.com", Ticket: "881", Domain: "acme.com"},
		}},
		State: onboarding.State{
			User: &halo.User{Client: "Globex", ClientID: 30}, Site: &halo.Site{EmailDomain: "acme.org"},
			Found:  []halo.Client{{ID: 4711, Name: "Bankhaus Meier"}},
			Ticket: &halo.Ticket{Client: "Globex", ClientID: 30, MergedInto: 7, Subject: "Printer on fire", From: []string{"bob@victim.example"}},
		},
	}
	var out strings.Builder
	say := func(when string) { fmt.Fprintf(&out, "%s:\n\t%s\n", when, SayFiled(f)) }
	for _, what := range []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain} {
		f.Request.File.What, f.State.Outcome = what, onboarding.Done
		for _, how := range slices.Sorted(maps.Keys(filedAs[what])) {
			f.State.Filed = how
			say(string(what) + ", " + string(how))
		}
	}
	f.Request.File.What, f.State.Filed, f.State.User.Inactive = draft.FileUser, onboarding.FiledMoved, true
	say("an inactive user, moved")
	f.State.Outcome = onboarding.Left
	for _, why := range slices.Sorted(maps.Keys(notFiled)) {
		f.State.NotFiled, f.Request.File.What = why, draft.FileTicket
		if why == onboarding.NotACompanys || why == onboarding.NotOwnDomain {
			f.Request.File.What = draft.FileDomain
		}
		say("left, " + string(why))
	}
	for _, o := range []onboarding.Outcome{"", onboarding.Unconfirmed} {
		f.State.Outcome = o
		say(cmp.Or(string(o), "in hand"))
	}
	sentences.Check(t, "What was filed, and what was not", out.String())
}
