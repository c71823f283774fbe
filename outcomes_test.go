package halobot_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"halobot/internal/draft"
	"halobot/internal/onboarding"
)

// endings is onboarding.Endings as the README prints it.
func endings() string {
	var b strings.Builder
	b.WriteString("| outcome | word | you get | channel or thread | alert | `SLACK_ERROR_CHANNEL` | workflow step | `bot create` exits |\n|---|---|---|---|---|---|---|---|\n")
	for _, row := range onboarding.Endings {
		var outcomes, exits []string
		for i, o := range row.Outcomes {
			outcomes = append(outcomes, string(o))
			if code := fmt.Sprint(row.Exits[i]); i == 0 || code != exits[0] {
				exits = append(exits, code)
			}
		}
		word := "any"
		if row.Words != nil {
			word = "`" + string(row.Words[0]) + "`"
		}
		when := strings.Join(outcomes, ", ")
		if row.IfExists != "" {
			when += fmt.Sprintf(", `if_exists` is `%s`", row.IfExists)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", when, word,
			row.Asker, row.Post, row.Alert, row.Report, row.Step, strings.Join(exits, ", "))
	}
	return b.String()
}

func TestTheReadmePrintsTheTableOfOutcomes(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, after, ok := strings.Cut(string(readme), "| outcome | word |"); !ok || !strings.HasPrefix("| outcome | word |"+after, endings()) {
		t.Errorf("the README's table of outcomes and words is another one (-want +have):\n%s", cmp.Diff(endings(), "| outcome | word |"+after[:min(len(after), len(endings()))]))
	}
}

func TestEveryOutcomeAndWordHasOneEnding(t *testing.T) {
	t.Parallel()
	outcomes := []onboarding.Outcome{
		onboarding.Created, onboarding.Used, onboarding.Exists, onboarding.Refused, onboarding.Unreachable,
		onboarding.Unconfirmed, onboarding.Denied,
	}
	words := []draft.OnError{draft.Exception, draft.Bounce, draft.Continue, draft.Stop, draft.StopAll}
	for _, o := range outcomes {
		for _, word := range words {
			own := onboarding.Request{OnError: word}.Ending(o, draft.Stop)
			if own == (onboarding.Ending{}) {
				t.Errorf("%s has no ending for %s", o, word)
			}
			if configured := (onboarding.Request{}).Ending(o, word); configured != own {
				t.Errorf("%s, %s: a request's own word comes to %v, the configuration's to %v", o, word, own, configured)
			}
		}
		if got, want := (onboarding.Request{}).Ending(o, ""), (onboarding.Request{OnError: draft.Exception}).Ending(o, ""); got != want {
			t.Errorf("%s without a word comes to %v, want exception's %v", o, got, want)
		}
	}
	if e := (onboarding.Request{}).Ending("", draft.Stop); e != (onboarding.Ending{}) {
		t.Errorf("a request in hand has the ending %v", e)
	}
}
