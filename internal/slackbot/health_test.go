package slackbot

import (
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

func TestADeadTokenIsADeadBotUntilItIsGoodAgain(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"token_revoked", "invalid_auth", "account_inactive", "not_authed"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			form := b.command("Acme acme.com")
			b.slack.SetTokenError(word)

			// Pressing again is not what people are told.
			b.did(b.slack.Command(localslack.Tess, localslack.Desk, slashCommand, ""))
			b.until(func(now *localslack.Snapshot) bool {
				told := now.EphemeralsFor(localslack.Tess)
				return len(told) == 1 && has(readable(told[0].Blocks)+told[0].Text, "whoever runs this bot") && !has(string(told[0].Blocks), modals.ActionReopen)
			})
			if why := b.bot.Trouble(); !has(why, botToken, word) {
				t.Errorf("it is in trouble: %q", why)
			}
			if log := b.log.String(); !has(log, "level=ERROR", word, "fix=") {
				t.Errorf("nothing of it is in the log:\n%s", log)
			}
			// What is submitted is kept all the same, and says so.
			if ack := b.submit(localslack.Tess, form, nil); !has(string(ack.Payload), "Your request is kept") {
				t.Errorf("acknowledged with %s", ack.Payload)
			}
			request := b.only()

			b.slack.SetTokenError("")
			b.soon("the token is found to be good again", func() bool { return b.bot.Trouble() == "" })
			b.now(request.Key, created())
			b.until(func(now *localslack.Snapshot) bool {
				v := now.View(form.ID)
				return v != nil && has(readable(v.Blocks), "4711")
			})
		})
	}
}

// auth.test asks for the token alone, so that any refusal of it is one of the token, whatever word Slack
// has for it; a call that is refused for another reason does not make the token good again.
func TestARefusalOfTheTokenItselfIsOneWhateverItsWord(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, word := range []string{"team_access_not_granted", "org_login_required", "a_word_of_tomorrow"} {
		mend := b.slack.Break("auth.test", 0, localslack.RefusedWith(word))
		b.bot.AskToken(b.ctx())
		if _, err := b.bot.web.do(func(api *slack.Client) error { _, err := api.GetUserInfo("U000000NOBODY"); return err }); code(err) == "" {
			t.Errorf("nobody is known: %v", err)
		}
		if why := b.bot.Trouble(); !has(why, botToken, word) {
			t.Errorf("it is in trouble: %q", why)
		}
		if log := b.log.String(); !has(log, "level=ERROR", word, "bot check") {
			t.Errorf("nothing of it is in the log:\n%s", log)
		}
		mend()
		b.soon("the token is found to be good again", func() bool { return b.bot.Trouble() == "" })
	}
	b.slack.Break("auth.test", 1, localslack.RefusedWith("internal_error"))
	b.bot.AskToken(b.ctx())
	if why := b.bot.Trouble(); why != "" {
		t.Errorf("Slack's own trouble counts as the token's: %q", why)
	}
}

func TestATellingWaitsForAGoodToken(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	telling := &onboarding.Telling{Request: r, State: created()}
	b.slack.SetTokenError("account_inactive")
	if b.announceOnce(telling) == 0 {
		t.Fatal("it counts as told")
	}
	for mark, value := range telling.State.Marks {
		if value == markRefused {
			t.Errorf("%s counts as refused for good", mark)
		}
	}
	b.slack.SetTokenError("")
	b.announce(telling)
	b.until(func(now *localslack.Snapshot) bool { return len(now.Messages(localslack.Desk)) == 1 })
}

func TestAnAppTokenThatDiesIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.soon("Slack has taken a socket", b.bot.sockets.greeted.Load)
	mend := b.slack.Break("apps.connections.open", 0, localslack.RefusedWith("token_revoked"))
	b.slack.DropSockets()
	b.soon("the app token is found dead", func() bool { return has(b.bot.Trouble(), appToken, "token_revoked") })
	mend()
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	b.soon("the app token is found to be good again", func() bool { return b.bot.Trouble() == "" })
}

func TestAnotherTokenSaysNothingOfTheBots(t *testing.T) {
	t.Parallel()
	b := start(t)
	_, err := b.bot.web.as("xwfp-of-a-step", func(api *slack.Client) error {
		_, err := api.AuthTestContext(b.ctx())
		return err
	})
	if code(err) != "invalid_auth" {
		t.Errorf("answered with %v", err)
	}
	if b.bot.web.health.isDead(botToken) {
		t.Error("the bot's own counts as dead")
	}
}

func TestTheReasonOfADisconnectIsToldOnce(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"link_disabled", "too_many_websockets"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.slack.RefuseSockets(reason)
			b.slack.DropSockets()
			b.soon("the reason is known", func() bool { return has(b.bot.Trouble(), reason) })
			b.soon("it is tried again", func() bool { return len(b.slack.Opens()) > 3 })
			if n := strings.Count(b.log.String(), "Slack turns a socket away"); n != 1 {
				t.Errorf("said %d times:\n%s", n, b.log)
			}
			found := Check(b.ctx(), b.cfg, true)
			if last := found[len(found)-1]; last.Status != Wrong || !has(last.Detail, reason) || last.Fix == "" {
				t.Errorf("bot check --dial finds %+v", last)
			}
			b.slack.RefuseSockets("")
			b.soon("it is connected again", func() bool { return b.bot.Trouble() == "" })
		})
	}
}

func TestOneSocketOfTwoThatCannotBeOpenedIsNoOutage(t *testing.T) {
	t.Parallel()
	const outage = "the connection to Slack cannot be used"
	b := start(t, func(c *Config) { c.Sockets = 2 })
	b.soon("both count", func() bool { return b.bot.sockets.connected.Load() == 2 })
	b.slack.Break("apps.connections.open", 0, localslack.RefusedWith("internal_error"))
	tries := b.slack.Calls("apps.connections.open")
	b.slack.RefreshOne("refresh_requested")
	b.soon("it is tried again and again", func() bool { return b.slack.Calls("apps.connections.open") > tries+1 })
	if log := b.log.String(); has(log, outage) {
		t.Errorf("the other socket serves, and the log says:\n%s", log)
	}
	b.slack.DropSockets()
	b.soon("an outage, once both are down", func() bool { return has(b.log.String(), outage) })
}

func TestARefreshIsNoTrouble(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.slack.Refresh("refresh_requested")
	b.soon("the reason is heard", func() bool { return has(b.log.String(), "Slack renews a connection") })
	b.until(func(now *localslack.Snapshot) bool { return now.Sockets() == 1 })
	b.soon("it is connected again", func() bool { return b.bot.Trouble() == "" })
	if has(b.log.String(), "Slack turns a socket away") {
		t.Errorf("it was told as a trouble:\n%s", b.log)
	}
}
