package slackbot

import (
	"testing"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/localslack"
)

func TestOnlySlacksHostsAreAnsweredThroughAResponseURL(t *testing.T) {
	t.Parallel()
	own := Config{APIURL: "http://127.0.0.1:8080/api/"}
	for address, want := range map[string]bool{
		"https://hooks.slack.com/actions/T1/2/x":          true,
		"https://hooks.slack-gov.com/actions/T1/2/x":      true,
		"https://slack.com/x":                             true,
		"http://127.0.0.1:8080/actions/x":                 true,
		"https://127.0.0.1:8080/actions/x":                false,
		"http://127.0.0.1:8081/actions/x":                 false,
		"http://hooks.slack.com/actions/T1/2/x":           false,
		"https://hooks.slack.com:8443/actions/T1/2/x":     false,
		"https://hooks.slack.com.evil.example/x":          false,
		"https://evilslack.com/x":                         false,
		"https://hooks.slack.com@evil.example/x":          false,
		"https://user@hooks.slack.com/x":                  false,
		"https://169.254.169.254/latest/meta-data/":       false,
		"file:///etc/passwd":                              false,
		"//hooks.slack.com/x":                             false,
		"":                                                false,
		"https://hooks.slack.com%2eevil.example/actions/": false,
	} {
		if got := own.slacks(address); got != want {
			t.Errorf("%q: %v, want %v", address, got, want)
		}
	}
	if (Config{}).slacks("http:///x") {
		t.Error("without SLACK_API_URL an address without a host passed for its own")
	}
}

func TestAStoredAddressElsewhereIsNotCalled(t *testing.T) {
	t.Parallel()
	b, elsewhere := idle(t), localslack.Start(localslack.Options{})
	t.Cleanup(elsewhere.Close)
	err := b.bot.web.respond(t.Context(), elsewhere.APIURL()+"../actions/x", response{Text: "x"})
	if err == nil {
		t.Error("it was answered")
	}
	if list, _ := elsewhere.Traffic(0); len(list) > 0 {
		t.Errorf("%d calls reached it", len(list))
	}
	// The person is told all the same.
	to := addressee{user: localslack.Tess, channel: localslack.Desk, url: elsewhere.APIURL() + "../actions/x", urlAt: time.Now()}
	if err := b.bot.web.aside(b.ctx(), to, modals.Note("hello")); err != nil {
		t.Error(err)
	}
	b.until(func(now *localslack.Snapshot) bool { return len(now.EphemeralsFor(localslack.Tess)) == 1 })
}
