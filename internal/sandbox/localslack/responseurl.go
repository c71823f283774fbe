package localslack

import (
	"errors"
	"net/http"
	"time"
)

// Life of a response_url (docs.slack.dev/interactivity/handling-user-interaction).
const (
	responseUses = 5
	responseLife = 30 * time.Minute
)

// responseURL is an invitation to answer a person where they acted.
type responseURL struct {
	user, channel string
	at            time.Time
	uses          int
	origin        *Message // the message that was used; nil for a command
}

// newResponseURL mints one. The caller holds mu.
func (s *Slack) newResponseURL(user, channel string, origin *Message) string {
	now := s.now()
	id := secret()
	u := &responseURL{user: user, channel: channel, at: now, origin: origin}
	s.responseURLs.put(id, u, func(u *responseURL) bool { return now.Sub(u.at) > responseLife })
	return s.base + "/actions/" + id
}

func (s *Slack) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	a, body, err := readArgs(r)
	e := s.log.begin(Entry{Direction: FromApp, Kind: "response_url"}, body)
	s.faults.during(w, r, "response_url", e, func() (int, http.Header, any) {
		if err == nil {
			err = s.respond(r.PathValue("id"), a)
		}
		return plainAnswer(err)
	})
}

// plainAnswer is the answer of a URL that is posted to: ok, or a status and the code alone.
func plainAnswer(err error) (int, http.Header, any) {
	var f *failure
	switch {
	case err == nil:
		return http.StatusOK, nil, "ok"
	case !errors.As(err, &f):
		return http.StatusInternalServerError, nil, "internal_error"
	case f.status != http.StatusOK:
		_, header, _ := f.answer()
		return f.status, header, f.code
	}
	return http.StatusBadRequest, nil, f.code
}

// respond does what was posted to a response_url. It does not matter whether the app is in the
// channel.
func (s *Slack) respond(id string, a args) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.responseURLs.items[id]
	switch {
	case !ok, s.now().Sub(u.at) > responseLife:
		return &failure{code: "expired_url", status: http.StatusNotFound}
	case u.uses >= responseUses:
		return &failure{code: "used_url", status: http.StatusNotFound}
	}
	if a.yes("delete_original") && u.origin != nil {
		u.uses++
		s.deleteOriginal(u.origin)
		return nil
	}
	said, err := s.readContent(a)
	if err != nil {
		return err
	}
	if said.empty() {
		return fail("no_text")
	}
	u.uses++
	if a.yes("replace_original") && u.origin != nil {
		s.replaceOriginal(u.origin, said)
		return nil
	}
	s.say(u.user, u.channel, a, said)
	return nil
}

// say posts an answer by the app: to the person alone, unless response_type says in_channel.
func (s *Slack) say(user, channel string, a args, said content) {
	m := Message{Channel: channel, ThreadTS: a["thread_ts"], User: Bot, BotID: BotID, AppID: App, answer: true}
	if a["response_type"] == "in_channel" {
		s.post(m, said)
		return
	}
	m.For = user
	s.whisper(m, said)
}

// replaceOriginal edits the message that was used, by whichever way the app had posted it.
func (s *Slack) replaceOriginal(origin *Message, said content) {
	if origin.For != "" {
		if _, m := s.findEphemeral(origin.For, origin.TS); m != nil {
			s.replaceEphemeral(edit(m, orNone(said), true))
		}
	} else if _, m := s.find(origin.Channel, origin.TS); m != nil {
		s.replace(edit(m, orNone(said), true))
	}
	s.bump()
}

// orNone: a replacement without blocks or attachments has none, unlike an update.
func orNone(said content) content {
	if said.blocks == nil {
		said.blocks = []byte("[]")
	}
	if said.attachments == nil {
		said.attachments = []byte("[]")
	}
	return said
}

func (s *Slack) deleteOriginal(origin *Message) {
	if origin.For != "" {
		if _, m := s.findEphemeral(origin.For, origin.TS); m != nil {
			s.removeEphemeral(m)
		}
	} else if _, m := s.find(origin.Channel, origin.TS); m != nil {
		s.remove(m)
	}
	s.bump()
}

// WebhookURL is the app's incoming webhook for a channel. It posts without the app being a
// member, answers no ts, and what it posted is the app's, yet not its token's to update.
func (s *Slack) WebhookURL(channel string) string { return s.base + "/services/" + channel }

func (s *Slack) serveWebhook(w http.ResponseWriter, r *http.Request) {
	a, body, err := readArgs(r)
	if raw, ok := a["payload"]; ok { // the old form encoding
		a = args{}
		for k, v := range decoded([]byte(raw)) {
			if text, ok := v.(string); ok {
				a[k] = text
			} else {
				a[k] = string(encode(v))
			}
		}
	}
	e := s.log.begin(Entry{Direction: FromApp, Kind: "webhook"}, body)
	s.faults.during(w, r, "webhook", e, func() (int, http.Header, any) {
		if err == nil {
			_, err = s.hook(r.PathValue("channel"), a)
		}
		return plainAnswer(err)
	})
}

// hook posts through the incoming webhook.
func (s *Slack) hook(channel string, a args) (*Message, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.channels[channel]
	switch {
	case !ok:
		return nil, &failure{code: "channel_not_found", status: http.StatusNotFound}
	case c.Archived:
		return nil, &failure{code: "channel_is_archived", status: http.StatusGone}
	}
	said, err := s.readContent(a)
	if err != nil {
		return nil, err
	}
	if said.empty() {
		return nil, fail("no_text")
	}
	if err := s.limit(channel); err != nil {
		return nil, err
	}
	return s.post(Message{Channel: channel, ThreadTS: a["thread_ts"], BotID: HookBot, AppID: App, webhook: true}, said), nil
}
