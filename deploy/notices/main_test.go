package main

import (
	"strings"
	"testing"
)

func TestEveryModuleOfTheBotBringsItsLicence(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nGo's standard library go", "\ngithub.com/slack-go/slack v", "\ngithub.com/riverqueue/river v",
		"Mozilla Public License Version 2.0", // River's
		"\nmodernc.org/sqlite v",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the notices do not hold %q", want)
		}
	}
	if strings.Contains(out.String(), "chromedp") {
		t.Error("the notices speak of what is only in the tests")
	}
}
