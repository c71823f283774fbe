package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// PostAlert posts an alert in a channel; another mail of a company whose alert is still open goes
// into that alert's thread, with buttons of its own when the person, the ticket or what is known of
// who wrote is another. Where Slack asks for a pause, it is kept as long as ctx allows. The
// error is a *[Problem]; nothing was posted then.
func (b *Bot) PostAlert(ctx context.Context, channel string, in modals.Arrival) (onboarding.Posted, error) {
	for {
		done, err := b.postAlert(ctx, channel, time.Time{}, in)
		var later *onboarding.LaterError
		switch {
		case err == nil:
			return done, nil
		case !errors.As(err, &later) || !inTime(ctx, later.After) || !sleep(ctx, later.After):
			return onboarding.Posted{}, problemOf(err, channel, botTokenFix)
		}
	}
}

// openPatience is for how long a stored mail waits until it can be looked for an open alert.
const openPatience = time.Minute

// postAlert is PostAlert without the pauses: they are a *onboarding.LaterError. stored is when the
// mail was, zero when it was not.
func (b *Bot) postAlert(ctx context.Context, channel string, stored time.Time, in modals.Arrival) (onboarding.Posted, error) {
	message := modals.UnknownSender(in)
	open, err := b.findOpen(ctx, channel, in, message)
	if open.same {
		b.keepAlert(ctx, channel, open.ts, in, message)
		return onboarding.Posted{TS: open.ts}, nil
	}
	// A stored mail can wait, though not for long, so that a company has one alert.
	if after, limited := retryAfter(err); limited && time.Since(stored) < openPatience {
		return onboarding.Posted{}, &onboarding.LaterError{After: after, Err: err}
	}
	done := onboarding.Posted{ThreadTS: open.ts}
	if err != nil && !mayNotRead(err) {
		done.Blind = problemOf(err, channel, botTokenFix).What
	}
	if open.ts != "" {
		a := in.Alert
		apart := a.Verified != open.alert.Verified
		if !open.dismissed {
			apart = apart || !strings.EqualFold(a.Email, open.alert.Email) || a.TicketID != "" && a.TicketID != open.alert.TicketID
		}
		message = modals.MoreMail(in, apart, open.dismissed)
	}
	done.TS, err = b.web.post(ctx, "alert "+in.Mail+in.Alert.Email, channel, open.ts, message)
	if err == nil {
		b.keepAlert(ctx, channel, done.TS, in, message)
	}
	return done, err
}

// keepAlert stores an alert that was just posted, where there is a database, so that it is known
// before anybody presses its button.
func (b *Bot) keepAlert(ctx context.Context, channel, ts string, in modals.Arrival, m modals.Message) {
	blocks, _ := json.Marshal(m.Blocks)
	kept := alertMessage{Text: m.Text}
	_ = json.Unmarshal(blocks, &kept.Blocks)
	if _, waits := modals.AlertValue(kept.Blocks, nil); !waits || b.requests == nil {
		return
	}
	key := messageKey(b.self.known().Team, channel, ts)
	if _, known, err := b.requests.Alert(ctx, key); known || err != nil {
		return // somebody has pressed its button since
	}
	back := wayBack{Ticket: in.Alert.TicketID, Connection: in.Alert.Connection}
	email := in.Alert.Email
	if in.Own {
		email = ""
	}
	err := b.requests.SaveAlert(ctx, onboarding.Alert{
		Key: key, Channel: channel, TS: ts,
		Email: email, TicketID: back.ticketKey(), Message: mustJSON(kept), ClickedAt: time.Now(),
	})
	if err != nil {
		b.log.WarnContext(ctx, "an alert that was posted could not be kept; its first click will", "channel", channel, "error", err)
	}
}

// inTime reports whether ctx lasts for d yet.
func inTime(ctx context.Context, d time.Duration) bool {
	deadline, ends := ctx.Deadline()
	return !ends || time.Until(deadline) > d
}

// AlertPayload is an alert as chat.postMessage and incoming webhooks take it; the latter have a
// channel of their own, "".
func AlertPayload(channel string, in modals.Arrival) any {
	m := modals.UnknownSender(in)
	return struct {
		Channel     string               `json:"channel,omitempty"`
		Text        string               `json:"text"`
		Blocks      []slack.Block        `json:"blocks"`
		Metadata    *slack.SlackMetadata `json:"metadata,omitempty"`
		UnfurlLinks bool                 `json:"unfurl_links"`
		UnfurlMedia bool                 `json:"unfurl_media"`
	}{Channel: channel, Text: m.Text, Blocks: m.Blocks, Metadata: m.Metadata}
}

// How far back an open alert is looked for; a dismissed one is for onboarding.DismissedFor.
const (
	openFor      = 7 * 24 * time.Hour
	openMessages = 999
)

// openAlert is an alert that takes later mails into its thread; ts is "" for none.
type openAlert struct {
	ts        string
	alert     draft.Alert
	same      bool // it is of this very mail: an earlier attempt has posted it
	dismissed bool // somebody said that the sender is not a client
}

// findOpen finds the newest alert of the bot's own in the channel that is of the same sender or
// company and still has its button, or is of the same sender and was dismissed. wanted is the
// message of the alert that it would take the place of.
func (b *Bot) findOpen(ctx context.Context, channel string, in modals.Arrival, wanted modals.Message) (openAlert, error) {
	if (in.Own || in.Alert.Email == "") && in.Mail == "" {
		return openAlert{}, nil // it may be from anybody
	}
	self, err := b.self.ask(ctx)
	if err != nil {
		return openAlert{}, err
	}
	history, err := b.web.history(ctx, b.cfg, channel, time.Now().Add(-onboarding.DismissedFor), openMessages)
	if err != nil {
		return openAlert{}, err
	}
	if in.Mail != "" {
		for _, m := range history {
			if m.BotID == self.BotID && m.Metadata.EventPayload["mail"] == in.Mail {
				return openAlert{ts: m.TS, same: true}, nil
			}
		}
	}
	if in.Own || in.Alert.Email == "" {
		return openAlert{}, nil
	}
	domain, _ := wanted.Metadata.EventPayload["domain"].(string)
	for _, m := range history {
		if m.Metadata.EventType != modals.EventAlert || m.BotID != self.BotID {
			continue
		}
		value, open := modals.AlertValue(m.Blocks, m.Attachments)
		dismissed := false
		if !open {
			value, dismissed = modals.DismissedValue(m.Blocks, m.Attachments)
		}
		found := openAlert{ts: m.TS, alert: draft.ParseAlert(value), dismissed: dismissed}
		if !dismissed && (!open || m.before(time.Now().Add(-openFor))) || found.alert.Connection != in.Alert.Connection {
			continue
		}
		email, _ := m.Metadata.EventPayload["email"].(string)
		other, _ := m.Metadata.EventPayload["domain"].(string)
		// Two people with addresses at gmail.com, or behind one relay, are no company.
		if strings.EqualFold(email, in.Alert.Email) && samePerson(in.Alert, found.alert) || !dismissed && other == domain && draft.NobodyOf(domain) == "" {
			return found, nil
		}
	}
	if b.requests == nil || !samePerson(in.Alert, in.Alert) {
		return openAlert{}, nil
	}
	// The message may be too far up, or one that the bot may not change.
	ts, err := b.requests.DismissedAlert(ctx, channel, in.Alert.Email)
	return openAlert{ts: ts, alert: in.Alert, dismissed: true}, err
}

// samePerson reports whether one address is one person's. Behind that of a relay many write, who
// are told apart by their names; root@localhost is everywhere.
func samePerson(a, b draft.Alert) bool {
	switch {
	case draft.NobodyOf(a.Email) == draft.Unroutable, draft.NobodyOf(a.Email) == draft.NoDomain:
		return false
	case draft.IsRelay(a.Email):
		return a.SenderName != "" && a.SenderName == b.SenderName
	}
	return true
}

// mayNotRead reports whether a channel's history is simply not for the bot: an older manifest
// did not ask for it, or the bot is not in the channel.
func mayNotRead(err error) bool {
	c := code(err)
	return c == "missing_scope" || c == "not_in_channel"
}

// posted is a message of a channel's history.
type posted struct {
	message
	BotID    string `json:"bot_id"`
	Metadata struct {
		EventType    string         `json:"event_type"`
		EventPayload map[string]any `json:"event_payload"`
	} `json:"metadata"`
}

// before reports whether the message was posted before then.
func (m posted) before(then time.Time) bool {
	seconds, _, _ := strings.Cut(m.TS, ".")
	at, err := strconv.ParseInt(seconds, 10, 64)
	return err == nil && at < then.Unix()
}

// history reads the newest messages of a channel, with their metadata. It does not go through
// slack-go, which gives up a whole page over one block of somebody else's that it does not know.
func (w *web) history(ctx context.Context, cfg Config, channel string, since time.Time, limit int) ([]posted, error) {
	return w.messages(ctx, cfg, url.Values{
		"channel":              {channel},
		"oldest":               {strconv.FormatInt(since.Unix(), 10)},
		"limit":                {strconv.Itoa(limit)},
		"include_all_metadata": {"true"},
	})
}

// message reads one message of a channel as it is now; false when it is not there, or in a thread.
func (w *web) message(ctx context.Context, channel, ts string) (message, bool, error) {
	list, err := w.messages(ctx, w.cfg, url.Values{"channel": {channel}, "oldest": {ts}, "latest": {ts}, "inclusive": {"true"}, "limit": {"1"}})
	if err != nil || len(list) == 0 || list[0].TS != ts {
		return message{}, false, err
	}
	return list[0].message, true, nil
}

func (w *web) messages(ctx context.Context, cfg Config, form url.Values) ([]posted, error) {
	var page struct {
		Messages []posted `json:"messages"`
	}
	err := w.raw(ctx, cfg, "conversations.history", form, &page)
	return page.Messages, err
}

// raw calls a method without slack-go, and reads its answer into v.
func (w *web) raw(ctx context.Context, cfg Config, method string, form url.Values, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cfg.apiURL()+method, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+cfg.BotToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := w.hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if after, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && resp.StatusCode == http.StatusTooManyRequests {
		return &slack.RateLimitedError{RetryAfter: time.Duration(after) * time.Second}
	}
	if resp.StatusCode != http.StatusOK {
		return slack.StatusCodeError{Code: resp.StatusCode, Status: resp.Status}
	}
	var outline struct {
		OK     bool   `json:"ok"`
		Error  string `json:"error"`
		Needed string `json:"needed"`
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, &outline)
	}
	if err == nil && outline.OK {
		err = json.Unmarshal(body, v)
	}
	switch {
	case err != nil:
		return fmt.Errorf("reading Slack's answer to %s: %w", method, err)
	case !outline.OK:
		return slack.SlackErrorResponse{Err: outline.Error, Needed: outline.Needed}
	}
	return nil
}

// apiURL is where Slack's Web API is.
func (cfg Config) apiURL() string {
	if cfg.APIURL == "" {
		return slack.APIURL
	}
	return cfg.APIURL
}
