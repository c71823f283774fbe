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

// limiter keeps to Slack's one message a second and channel
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

// patience is how long a message waits for its turn in place; one that has to wait longer comes
// again when its turn has come.
const patience = 2 * time.Second

// wait returns when a message may be posted in channel, or a *onboarding.LaterError. The turn
// that the error speaks of is kept for whoever comes again with ticket.
func (l *limiter) wait(ctx context.Context, channel, ticket string) error {
	ticket = channel + " " + ticket
	if turn, ok := l.turns.Get(ticket); ok {
		return l.take(ctx, ticket, time.Until(turn.(time.Time)))
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
	return l.take(ctx, ticket, d)
}

// take waits out a turn that is near, and uses it up.
func (l *limiter) take(ctx context.Context, ticket string, d time.Duration) error {
	if d > patience {
		return &onboarding.LaterError{After: d, Err: errors.New("the channel takes one message a second")}
	}
	l.turns.Delete(ticket)
	if !sleep(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// options are a message's content for slack-go. Links are not unfolded: the bot's are to Halo,
// which shows a login page.
func options(m modals.Message, more ...slack.MsgOption) []slack.MsgOption {
	opts := []slack.MsgOption{
		slack.MsgOptionText(m.Text, false),
		slack.MsgOptionBlocks(m.Blocks...),
		slack.MsgOptionDisableLinkUnfurl(),
		slack.MsgOptionDisableMediaUnfurl(),
	}
	if m.Metadata != nil {
		opts = append(opts, slack.MsgOptionMetadata(*m.Metadata))
	}
	return append(opts, more...)
}

// post posts m in a channel, under thread when there is one, and returns its ts. What has to
// wait is a *onboarding.LaterError; ticket names the message when it is posted again.
func (b *Bot) post(ctx context.Context, ticket, channel, thread string, m modals.Message) (string, error) {
	if err := b.web.limiter.wait(ctx, channel, ticket); err != nil {
		return "", err
	}
	var more []slack.MsgOption
	if thread != "" {
		more = append(more, slack.MsgOptionTS(thread))
	}
	a, err := b.send(ctx, m, func(ctx context.Context, m modals.Message) error {
		_, _, err := b.web.api.PostMessageContext(ctx, channel, options(m, more...)...)
		return err
	})
	return a.TS, err
}

// postEphemeral shows m to one person in a channel; never in a thread, where it would be missed.
func (b *Bot) postEphemeral(ctx context.Context, channel, user string, m modals.Message) error {
	m.Metadata = nil
	_, err := b.send(ctx, m, func(ctx context.Context, m modals.Message) error {
		_, err := b.web.api.PostEphemeralContext(ctx, channel, user, options(m)...)
		return err
	})
	return err
}

// send makes one call with m. When Slack takes offence at m itself, its bare text is sent: a
// plain message is better than none.
func (b *Bot) send(ctx context.Context, m modals.Message, call func(context.Context, modals.Message) error) (answer, error) {
	a, err := b.web.do(ctx, func(ctx context.Context) error { return call(ctx, m) })
	if badMessage(err) {
		b.log.ErrorContext(ctx, "Slack does not take a message as it is drawn; its text is sent alone", "err", explain(err))
		bare := modals.Message{Text: text.Cut(m.Text, 3500)}
		a, err = b.web.do(ctx, func(ctx context.Context) error { return call(ctx, bare) })
	}
	return a, later(err)
}

// direct posts m to a person's direct messages.
func (b *Bot) direct(ctx context.Context, ticket, user string, m modals.Message) (string, error) {
	var channel string
	_, err := b.web.do(ctx, func(ctx context.Context) error {
		c, _, _, err := b.web.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{user}})
		if c != nil {
			channel = c.ID
		}
		return err
	})
	if err != nil {
		return "", later(err)
	}
	if channel == "" {
		// A person's id opens the same conversation.
		channel = user
	}
	return b.post(ctx, ticket, channel, "", m)
}

// tell shows m to the person of o alone: where they asked, else in a direct message.
func (b *Bot) tell(ctx context.Context, o origin, m modals.Message) error {
	var failed error
	if o.fresh() {
		err := b.web.respond(ctx, o.URL, response{
			Type: "ephemeral", Text: m.Text, Blocks: m.Blocks,
		})
		if err == nil {
			return nil
		}
		failed = err
	}
	if o.User == "" {
		return failed
	}
	if o.Channel != "" {
		err := b.postEphemeral(ctx, o.Channel, o.User, m)
		if err == nil {
			return nil
		}
		failed = err
	}
	_, err := b.direct(ctx, o.Key, o.User, m)
	if err != nil && failed != nil {
		return later(errors.Join(failed, err))
	}
	return err
}

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
