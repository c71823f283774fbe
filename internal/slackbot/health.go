package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/slack-go/slack"

	"halobot/internal/outage"
)

// health knows why the bot cannot serve people: which tokens Slack no longer takes, and why it
// turns sockets away. Every answer of Slack to a call says whether the token of that call is good.
type health struct {
	log  *slog.Logger
	away *outage.Outage // the connection to Slack: while no socket is up

	mu     sync.Mutex
	dead   map[string]deadToken // by the token's variable
	turned string               // the reason of the last disconnect that no hello followed
	died   chan struct{}        // told when the bot token is found dead
}

// deadToken is a token that Slack did not take.
type deadToken struct {
	code string
	at   time.Time
}

func newHealth(log *slog.Logger) *health {
	return &health{log: log, away: outage.New(log, slog.LevelWarn, "the connection to Slack"), dead: map[string]deadToken{}, died: make(chan struct{}, 1)}
}

const (
	botToken = "SLACK_BOT_TOKEN"
	appToken = "SLACK_APP_TOKEN"
)

// deadTokens are Slack's words for a token that it does not take. While the bot runs none of them
// is final: the app may be installed again.
var deadTokens = map[string]bool{
	"token_revoked": true, "invalid_auth": true, "account_inactive": true, "not_authed": true, "token_expired": true,
}

// answered notes what Slack said to a call with the token of a variable: an error code, or "". A
// call that was made before the token was turned down cannot show that it is good again. auth.test
// asks for the token alone: any refusal of it is one of the token, which only auth.test takes back.
func (h *health) answered(method, variable, code string, made time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	was, isDead := h.dead[variable]
	ofToken := method == "auth.test"
	switch {
	case deadTokens[code], ofToken && code != "" && !passing[code]:
		h.dead[variable] = deadToken{code, time.Now()}
		if was.code == code {
			return
		}
		h.log.Error("Slack does not take a token any more: people cannot be answered until that is fixed",
			"variable", variable, "reason", code, "fix", cmp.Or(fatalWords[code], "run bot check: it says what is wrong with the token"))
		if variable == botToken {
			select {
			case h.died <- struct{}{}:
			default:
			}
		}
	case isDead && made.After(was.at) && (deadTokens[was.code] || ofToken && code == ""):
		delete(h.dead, variable)
		h.log.Info("Slack takes the token again", "variable", variable)
	}
}

// turnedAway notes why Slack ends a connection.
func (h *health) turnedAway(reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	words, wrong := disconnects[reason]
	switch {
	case !wrong:
		h.log.Debug("Slack renews a connection", "reason", reason)
	case h.turned != reason:
		h.log.Warn("Slack turns a socket away", "reason", reason, "means", words.what, "fix", words.fix)
	}
	h.turned = reason
}

// greeted notes that Slack took a socket.
func (h *health) greeted() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.turned = ""
}

// disconnects are the reasons of a disconnect that do not mend themselves
// (docs.slack.dev/apis/events-api/using-socket-mode, slackapi/bolt-js#2225).
var disconnects = map[string]struct{ what, fix string }{
	"link_disabled": {"Socket Mode is switched off.", "Turn it on at api.slack.com/apps › your app › Socket Mode."},
	"too_many_websockets": {"The app has as many sockets as Slack allows.",
		"Stop other instances that use the app, or set SLACK_SOCKETS lower. Dead connections end with a new app-level token; revoke the old one then."},
}

// trouble says why people cannot be served; "" when they can. sockets is how many are up.
func (h *health) trouble(sockets int) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, variable := range []string{botToken, appToken} {
		if d, isDead := h.dead[variable]; isDead {
			return fmt.Sprintf("Slack does not take %s (%s)", variable, d.code)
		}
	}
	switch {
	case sockets > 0:
		return ""
	case h.turned != "":
		return "Slack turns sockets away: " + h.turned
	}
	return "no socket to Slack is connected"
}

// orDead is sentence, unless err says that the token is dead: then pressing again is no use.
func orDead(err error, sentence string) string {
	if deadTokens[code(err)] {
		return sayDead
	}
	return sentence
}

// revive waits until the bot token is found dead, and then asks Slack until it is good again. It
// runs until ctx ends.
func (b *Bot) revive(ctx context.Context) {
	for {
		select {
		case <-b.web.health.died:
		case <-ctx.Done():
			return
		}
		for pause := 2 * time.Second; b.web.health.isDead(botToken) && sleep(ctx, pause); pause = min(2*pause, 20*time.Second) {
			b.AskToken(ctx)
		}
	}
}

// AskToken asks Slack whether the bot token is still good, so that [Bot.Trouble] knows. Without an
// answer nothing changes.
func (b *Bot) AskToken(ctx context.Context) {
	_, _ = b.web.do(func(api *slack.Client) error { // its answer is noted like any other
		_, err := api.AuthTestContext(ctx)
		return err
	})
}

// watch exports which tokens are good, as far as the last answer said.
func (h *health) watch(reg prometheus.Registerer) {
	if reg == nil {
		return
	}
	for token, variable := range map[string]string{"bot": botToken, "app": appToken} {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "halobot_slack_token_accepted",
			Help:        "1 while Slack takes the token, 0 once it said that it does not.",
			ConstLabels: prometheus.Labels{"token": token},
		}, func() float64 {
			if h.isDead(variable) {
				return 0
			}
			return 1
		}))
	}
}

func (h *health) isDead(variable string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, isDead := h.dead[variable]
	return isDead
}

// ear reads in slack-go's own log why Slack ends a connection, in the order of the frames: slack-go
// says it nowhere else. The lines themselves are not kept.
type ear struct{ *health }

// Output implements slack-go's logger.
func (e ear) Output(_ int, line string) error {
	raw, ok := strings.CutPrefix(strings.TrimSpace(line), "Received WebSocket message: ")
	if !ok || !strings.Contains(raw, `"type":"disconnect"`) && !strings.Contains(raw, `"type":"hello"`) {
		return nil
	}
	var frame struct {
		Type   string `json:"type"`
		Reason string `json:"reason"`
	}
	_ = json.Unmarshal([]byte(raw), &frame) // it was decoded before
	switch frame.Type {
	case "hello":
		e.greeted()
	case "disconnect":
		e.turnedAway(frame.Reason)
	}
	return nil
}
