package slackbot

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/patrickmn/go-cache"
	"github.com/slack-go/slack"
	"golang.org/x/time/rate"

	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// limiter keeps to Slack's limit of one message a second in each channel
// (docs.slack.dev/apis/web-api/rate-limits, "Posting messages").
type limiter struct {
	channels *cache.Cache // channel → *rate.Limiter
	turns    *cache.Cache // ticket → time.Time
}

func newLimiter() *limiter {
	return &limiter{
		channels: cache.New(10*time.Minute, 10*time.Minute),
		turns:    cache.New(cache.NoExpiration, 10*time.Minute),
	}
}

// patience is how long a message waits in place for its turn. One that has to wait longer is put
// off, and tried again when its turn has come.
const patience = 2 * time.Second

// wait returns when a message may be posted in channel, or a *onboarding.LaterError. The turn
// that the error speaks of is kept for whoever comes again with ticket.
func (l *limiter) wait(ctx context.Context, channel, ticket string) error {
	ticket = channel + " " + ticket
	if turn, ok := l.turns.Get(ticket); ok {
		return l.use(ctx, ticket, time.Until(turn.(time.Time)))
	}
	// Add fails when there is one already, which then is the one to use.
	_ = l.channels.Add(channel, rate.NewLimiter(rate.Every(time.Second), 1), cache.DefaultExpiration)
	v, ok := l.channels.Get(channel)
	if !ok {
		return nil
	}
	d := v.(*rate.Limiter).Reserve().Delay()
	if d > patience {
		l.turns.Set(ticket, time.Now().Add(d), d+10*time.Minute)
	}
	return l.use(ctx, ticket, d)
}

// use waits out a turn that is near, and uses it up.
func (l *limiter) use(ctx context.Context, ticket string, d time.Duration) error {
	if d > patience {
		return &onboarding.LaterError{After: d, Err: errors.New("the channel takes one message a second")}
	}
	l.turns.Delete(ticket)
	if !sleep(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// options are a message's content for slack-go. Links are not unfurled: the bot's lead to Halo,
// which would show its login page.
func options(m modals.Message) []slack.MsgOption {
	opts := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false),
		slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if m.Metadata != nil {
		opts = append(opts, slack.MsgOptionMetadata(*m.Metadata))
	}
	return opts
}

// post posts m in a channel, under thread when there is one, and returns its ts. What has to
// wait is a *onboarding.LaterError; ticket names the message when it is posted again.
func (w *web) post(ctx context.Context, ticket, channel, thread string, m modals.Message) (string, error) {
	if err := w.limiter.wait(ctx, channel, ticket); err != nil {
		return "", err
	}
	a, err := w.send(m, func(api *slack.Client, m modals.Message) error {
		opts := options(m)
		if thread != "" {
			opts = append(opts, slack.MsgOptionTS(thread))
		}
		_, _, err := api.PostMessageContext(ctx, channel, opts...)
		return err
	})
	return a.TS, err
}

// send makes one call with m. When Slack does not take m as it is drawn, its bare text is sent: a
// plain message is better than none.
func (w *web) send(m modals.Message, call func(*slack.Client, modals.Message) error) (answer, error) {
	a, err := w.do(func(api *slack.Client) error { return call(api, m) })
	if badMessage(err) {
		w.log.Error("Slack does not take a message as it is drawn; its text is sent alone", "error", explain(err))
		bare := modals.Message{Text: text.Cut(m.Text, 3500)}
		a, err = w.do(func(api *slack.Client) error { return call(api, bare) })
	}
	return a, later(err)
}

// direct posts m to a person's direct messages.
func (w *web) direct(ctx context.Context, ticket, user string, m modals.Message) (string, error) {
	channel := user // a person's id opens the same conversation
	_, err := w.do(func(api *slack.Client) error {
		c, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
		if c != nil && c.ID != "" {
			channel = c.ID
		}
		return err
	})
	if err != nil {
		return "", later(err)
	}
	return w.post(ctx, ticket, channel, "", m)
}

// addressee is a person, and where they may be shown something that others do not see.
type addressee struct {
	user, channel string
	url           string // a response_url
	urlAt         time.Time
}

// aside shows m to a person alone: where they asked, else in a direct message. It may be gone
// after a reload, and is no place for the only notice of an end.
func (w *web) aside(ctx context.Context, to addressee, m modals.Message) error {
	var failed error
	if fresh(to.url, to.urlAt) {
		if failed = w.respond(ctx, to.url, response{Type: "ephemeral", Text: m.Text, Blocks: m.Blocks}); failed == nil {
			return nil
		}
	}
	if to.user == "" {
		return failed
	}
	if to.channel != "" {
		m := m
		m.Metadata = nil
		// Never in a thread, where it would be missed.
		_, failed = w.send(m, func(api *slack.Client, m modals.Message) error {
			_, err := api.PostEphemeralContext(ctx, to.channel, to.user, options(m)...)
			return err
		})
		if failed == nil {
			return nil
		}
	}
	_, err := w.direct(ctx, "aside", to.user, m)
	if err != nil && failed != nil {
		return later(errors.Join(failed, err))
	}
	return err
}

// fresh reports whether a response_url of a click at that time still answers: it does for 30
// minutes.
func fresh(url string, at time.Time) bool { return url != "" && time.Since(at) < 29*time.Minute }

// later turns Slack's own request to wait into onboarding's.
func later(err error) error {
	if err == nil || errors.As(err, new(*onboarding.LaterError)) {
		return err
	}
	if after, ok := retryAfter(err); ok {
		return &onboarding.LaterError{After: after, Err: err}
	}
	return withoutURL(err)
}

// withoutURL is err without the address that net/http puts into its errors: a socket's and a
// response_url are secrets.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
