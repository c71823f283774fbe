package onboarding_test

import (
	"bytes"
	"net/http"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// class is a kind of fault that the soak announces, and that each run has to meet.
type class struct {
	name string
	// befalls has it happen, to e's company or to whatever is under way. It counts what was met, but
	// for classes that are known by met.
	befalls func(r *soak, e errand)
	// met tells a call that met it.
	met func(localslack.Entry) bool
	// newcomer wants somebody whom the bot has never seen.
	newcomer bool
}

// companyFaults befall an errand's create.
var companyFaults = []class{
	create1("stored, connection lost", localhalo.StoreThenReset()),
	create1("stored, then 500", localhalo.StoreThenFail()),
	create1("stored, half of an answer", localhalo.StoreThenHalf()),
	create1("stored, silence", localhalo.StoreThenHang()),
	create1("stored, then 503", storedThen503()),
	create1("stored, connection lost, listed late", hidden(localhalo.StoreThenReset(), 3*time.Second)),
	create1("stored, then 503, listed late", hidden(storedThen503(), 3*time.Second)),
	create1("created, listed late", localhalo.Hide(3*time.Second)),
	create1("connection lost, stored later", localhalo.StoreLate(3*time.Second)),
	create1("500", localhalo.Fail()),
	create1("connection lost", localhalo.Reset()),
	create1("429 with a time", localhalo.TooMany("1")),
	create1("429", localhalo.TooMany("")),
	create1("503", localhalo.Unavailable()),
	create1("token revoked", localhalo.Revoke()),
	create1("slow", localhalo.Slow(300*time.Millisecond)),
	create1("refused", localhalo.Refuse(http.StatusBadRequest, localhalo.Message, "This one is refused.")),
}

func create1(name string, e localhalo.Effect) class {
	return class{name: "a create: " + name, befalls: func(r *soak, of errand) {
		r.meets("a create: "+name, r.Halo.Inject(localhalo.Creating(of.name), 1, e))
	}}
}

// weathers befall whatever is under way.
var weathers = []class{
	{name: "Halo: every token revoked", befalls: func(r *soak, _ errand) {
		const name = "Halo: every token revoked"
		r.Halo.RevokeTokens()
		r.onHalo(name, func(c localhalo.Call) bool { return c.Status == http.StatusUnauthorized })
	}},
	halo("503 for all", nil, 5, localhalo.Unavailable()),
	halo("lists fail", localhalo.On(localhalo.KindList), 3, localhalo.Fail()),
	halo("lists break off", localhalo.On(localhalo.KindList), 3, localhalo.Reset()),
	halo("slow", nil, 20, localhalo.Slow(100*time.Millisecond)),
	slack("posting is limited", func(s *localslack.Slack) { s.RateLimit("chat.postMessage", 3, time.Second) },
		answered("chat.postMessage", http.StatusTooManyRequests)),
	slack("posting fails", func(s *localslack.Slack) { s.FailStatus("chat.postMessage", 3, 500) },
		answered("chat.postMessage", http.StatusInternalServerError)),
	slack("a post's answer is lost", func(s *localslack.Slack) { s.LoseAnswers("chat.postMessage", 2) },
		answered("chat.postMessage", 0)),
	slack("a modal's answer is lost", func(s *localslack.Slack) { s.LoseAnswers("views.update", 2) },
		answered("views.update", 0)),
	slack("modals fail", func(s *localslack.Slack) { s.FailStatus("views.update", 2, 503) },
		answered("views.update", http.StatusServiceUnavailable)),
	slack("modals are refused for a while", func(s *localslack.Slack) { s.Fail("views.update", 3, "internal_error") },
		func(e localslack.Entry) bool {
			return e.Method == "views.update" && bytes.Contains(e.Answer, []byte("internal_error"))
		}),
	slack("response_url fails", func(s *localslack.Slack) { s.FailStatus("response_url", 2, 500) },
		func(e localslack.Entry) bool {
			return e.Kind == "response_url" && e.Status == http.StatusInternalServerError
		}),
	newcomers(slack("who may is not said", func(s *localslack.Slack) { s.FailStatus("users.info", 6, 503) },
		answered("users.info", http.StatusServiceUnavailable))),
	{name: "Slack: the Web API is away for seconds", befalls: func(r *soak, _ errand) {
		mend := r.Slack.Break(localslack.Anything, 0, localslack.Status(http.StatusBadGateway))
		r.later(3*time.Second, mend)
	}, met: func(e localslack.Entry) bool { return e.Kind == "call" && e.Status == http.StatusBadGateway }},
	{name: "Slack: a socket is refreshed", befalls: func(r *soak, _ errand) {
		r.connected()
		r.Slack.RefreshOne("refresh_requested")
	}, met: func(e localslack.Entry) bool { return e.Kind == "socket" && e.Method == "disconnect" }},
	{name: "Slack: all sockets break", befalls: func(r *soak, _ errand) {
		r.connected()
		r.Slack.DropSockets()
		r.count("Slack: all sockets break")
	}},
	{name: "a bot is suspended and wakes up", befalls: suspend},
	{name: "the database is locked", befalls: lockDatabase},
}

func halo(name string, m localhalo.Match, n int, e localhalo.Effect) class {
	return class{name: "Halo: " + name, befalls: func(r *soak, _ errand) { r.meets("Halo: "+name, r.Halo.Inject(m, n, e)) }}
}

func slack(name string, sets func(*localslack.Slack), met func(localslack.Entry) bool) class {
	return class{name: "Slack: " + name, met: met, befalls: func(r *soak, _ errand) { sets(r.Slack) }}
}

func newcomers(c class) class {
	c.newcomer = true
	return c
}

// answered matches calls of a method that got that status; 0 is no answer.
func answered(method string, status int) func(localslack.Entry) bool {
	return func(e localslack.Entry) bool { return e.Kind == "call" && e.Method == method && e.Status == status }
}

// suspend stops a bot's process for a while: of two, for so long that the other one takes its work.
func suspend(r *soak, _ errand) {
	asleep := 2 * time.Second
	if len(r.Bots) > 1 {
		asleep = 35 * time.Second
	}
	bot := r.Bots[0]
	bot.Suspend()
	r.later(asleep, func() {
		bot.Resume()
		r.count("a bot is suspended and wakes up")
	})
}

// lockDatabase keeps the requests locked for longer than a person waits for an acknowledgement.
func lockDatabase(r *soak, _ errand) {
	for range 5 { // it may be too busy to be locked
		if unlock, err := lockWrites(r.Stage); err == nil {
			r.later(3*time.Second, func() {
				unlock()
				r.count("the database is locked")
			})
			return
		}
	}
}

// What people do, and bots suffer, is counted too.
const (
	killed        = "a bot is killed"
	redelivered   = "a submission is delivered twice"
	closed        = "a modal is closed before the answer"
	otherWords    = "a second person on the alert, with other words"
	sameWebsite   = "a second request for the website"
	sameNameAgain = "a second request for the name"
	askedBefore   = "a company is asked for anew"
)

// everyClass are all the classes that a run has to meet.
func everyClass() []string {
	all := []string{killed, redelivered, closed, otherWords, sameWebsite, sameNameAgain, askedBefore}
	for _, c := range companyFaults {
		all = append(all, c.name)
	}
	for _, c := range weathers {
		all = append(all, c.name)
	}
	return all
}
