package onboarding_test

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// ask is a submission that Slack told its person was accepted.
type ask struct {
	user, key, view string
	ended           bool // the modal showed how it ended
}

// soak is what people did and saw in a run.
type soak struct {
	*bottest.Stage
	mu    sync.Mutex
	asks  []*ask
	views map[string]bool // modals that the bot has drawn an end in
}

func newSoak(s *bottest.Stage) *soak { return &soak{Stage: s, views: map[string]bool{}} }

// do runs an errand. People try until the bot takes what they want, as long as it takes.
func (r *soak) do(p pair, e errand) {
	if e.fault != nil {
		e.fault(r.Stage, e)
	}
	if e.weather != nil {
		e.weather(r.Stage)
	}
	var alert *localslack.Message
	if e.alert {
		alert = r.alert(e.channel, "jane@"+e.host)
	}
	wishes := []*wanted{{user: p[0], alert: alert, values: e.values(e.name)}}
	switch e.second {
	case sameAlert:
		wishes = append(wishes, &wanted{user: p[1], alert: alert, values: localslack.Values{
			"Client name": e.name, "Website": e.host, "Notes": "other words"}})
	case sameHost:
		wishes = append(wishes, &wanted{user: p[1], values: e.values(e.name + " Holding")})
	case sameName:
		wishes = append(wishes, &wanted{user: p[1], alert: r.alert(e.channel, "bob@"+e.host),
			values: localslack.Values{"Client name": strings.ToUpper(e.name), "Website": ""}})
	}
	for _, w := range wishes {
		w.form = r.open(w, e)
	}
	var together sync.WaitGroup
	for _, w := range wishes {
		together.Go(func() { r.submit(w, e) })
	}
	together.Wait()
	if e.closes {
		for _, w := range wishes {
			_, _ = r.Slack.CloseAll(w.user) // there may be none any more
		}
		return
	}
	// The next form takes the place of this one.
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	_ = r.Slack.Wait(ctx, func(now *localslack.Snapshot) bool {
		return !slices.ContainsFunc(wishes, func(w *wanted) bool {
			v := now.View(w.form.ID)
			return v != nil && !isEnd(v.Title)
		})
	})
}

// alert posts one as soon as the channel takes it.
func (r *soak) alert(channel, email string) *localslack.Message {
	for {
		m, err := postAlert(r.Stage, channel, email)
		if err == nil {
			return m
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (e errand) values(name string) localslack.Values {
	return localslack.Values{"Client name": name, "Website": e.host, "Notes": "typed"}
}

// wanted is a form of one person's.
type wanted struct {
	user   string
	alert  *localslack.Message
	values localslack.Values
	form   *localslack.View
}

// open presses the button, or types the command, until there is a form.
func (r *soak) open(w *wanted, e errand) *localslack.View {
	for r.Context().Err() == nil {
		var it *localslack.Interaction
		var err error
		if w.alert != nil {
			it, err = r.Slack.Click(w.user, w.alert, modals.ActionNewClient)
			if err != nil { // settled already: a colleague was quicker
				w.alert = nil
				continue
			}
		} else {
			it, err = r.Slack.Command(w.user, e.channel, "/halo-new-client", "")
		}
		if err != nil {
			r.Errorf("%s cannot ask for %s: %v", w.user, e.name, err)
			return nil
		}
		ctx, cancel := context.WithTimeout(r.Context(), 4*time.Second)
		_, _ = it.Wait(ctx)
		form := make(chan *localslack.View, 1)
		go func() {
			v, _ := it.Opened(ctx)
			form <- v
		}()
		v := <-form
		cancel()
		if v != nil {
			return v
		}
	}
	return nil
}

// submit presses the button until the modal is no longer the form.
func (r *soak) submit(w *wanted, e errand) {
	if w.form == nil {
		return
	}
	for r.Context().Err() == nil {
		it, err := r.Slack.SubmitView(w.user, w.form.ID, w.values)
		if err != nil {
			r.Errorf("%s cannot submit %s: %v", w.user, e.name, err)
			return
		}
		ack, err := it.Wait(r.Context())
		if err == nil && ack.Action == "errors" {
			continue // the database is busy; the form says so
		}
		var moved *localslack.View
		r.Slack.Look(func(now *localslack.Snapshot) {
			if v := now.View(w.form.ID); v != nil && v.Title != w.form.Title {
				moved = v
			}
		})
		if err != nil && moved == nil {
			continue // Slack says that it had trouble connecting
		}
		r.accepted(w, ack)
		if e.twice {
			r.Slack.Redeliver(it, len(e.name)%2)
		}
		return
	}
}

func (r *soak) accepted(w *wanted, ack localslack.Ack) {
	var shown struct {
		View struct {
			Title struct{ Text string }
		}
	}
	_ = json.Unmarshal(ack.Payload, &shown)
	a := &ask{user: w.user, view: w.form.ID, ended: isEnd(shown.View.Title.Text)}
	a.key = formKey(w.form)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = append(r.asks, a)
}

// isEnd reports whether a modal of this title says how a request ended.
func isEnd(title string) bool {
	return slices.Contains([]string{"Created", "Already in Halo", "Could not create", "Not confirmed", "Not allowed"}, title)
}

// listen notes which modals the bot has drawn an end in: one that was closed since cannot be
// looked at any more.
func (r *soak) listen(ctx context.Context) {
	done := map[int]bool{} // entries that have been read
	for last := 0; ; {
		entries, more := r.Slack.Traffic(last)
		settled := true
		for _, e := range entries {
			if e.Took == 0 && e.Kind == "call" {
				settled = false // it is not answered yet: come back to it
			} else if !done[e.N] {
				done[e.N] = true
				r.hear(e)
			}
			if settled {
				delete(done, e.N)
				last = e.N
			}
		}
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}

func (r *soak) hear(e localslack.Entry) {
	if e.Method != "views.update" || !strings.Contains(string(e.Answer), `"ok":true`) {
		return
	}
	var sent struct {
		ID   string `json:"view_id"`
		View struct {
			Title struct{ Text string }
		}
	}
	if json.Unmarshal(e.Sent, &sent) != nil || !isEnd(sent.View.Title.Text) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.views[sent.ID] = true
}

// told is the asks whose people have been told how it ended, in the modal, in the channel, or in
// a message of their own.
func (r *soak) told() (told, untold []*ask) {
	inChannel, aside := map[string]bool{}, map[string]bool{}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			for _, m := range now.Messages(c.ID) {
				for _, found := range announcedKey.FindAllSubmatch(m.Metadata, -1) {
					inChannel[string(found[1])] = true
				}
			}
		}
		for _, p := range now.People() {
			for _, m := range slices.Concat(now.EphemeralsFor(p.ID), now.DMs(p.ID)) {
				for _, found := range buttonKey.FindAllSubmatch(m.Blocks, -1) {
					aside[p.ID+" "+string(found[1])] = true
				}
			}
		}
	})
	for _, a := range r.asks {
		if a.ended || r.views[a.view] || inChannel[a.key] || aside[a.user+" "+a.key] {
			told = append(told, a)
		} else {
			untold = append(untold, a)
		}
	}
	return told, untold
}

var (
	announcedKey = regexp.MustCompile(`"request_id":"halo/([A-Za-z0-9.-]+)"`)
	buttonKey    = regexp.MustCompile(`"value":"([A-Za-z0-9.-]+)[ "]`)
)

// settle waits until everybody has been told.
func (r *soak) settle() {
	r.Helper()
	deadline := time.After(2 * time.Minute)
	for {
		_, untold := r.told()
		if len(untold) == 0 {
			return
		}
		select {
		case <-deadline:
			for _, a := range untold {
				r.Logf("%s was not told of %s", a.user, a.key)
			}
			return
		case <-time.After(200 * time.Millisecond): // looking is dear: not at each change
		}
	}
}

// tally is what a run came to.
type tally struct{ accepted, created, twice, lost, told int }

// result counts: twice are clients too many for a key or a company, lost are requests that were
// accepted and have neither a client nor an answer, and clients that nobody asked for.
func (r *soak) result() tally {
	r.Helper()
	told, untold := r.told()
	out := tally{accepted: len(told) + len(untold), told: len(told)}
	made := map[string]int{} // clients by key
	companies := map[string][]localhalo.Client{}
	for _, c := range r.Halo.Clients() {
		out.created++
		made[strings.TrimPrefix(c.Ref, "halo/")]++
		companies[strings.ToLower(c.Name)] = append(companies[strings.ToLower(c.Name)], c)
		if c.Website != "" {
			companies[c.Website] = append(companies[c.Website], c)
		}
	}
	for what, same := range companies {
		if n := len(same); n > 1 {
			out.twice += n - 1
			r.Errorf("%d clients are %s: %+v", n, what, same)
		}
	}
	known := map[string]bool{}
	for _, a := range slices.Concat(told, untold) {
		known[a.key] = true
	}
	for key, n := range made {
		if n > 1 {
			out.twice += n - 1
			r.Errorf("%d clients carry the key %s", n, key)
		}
		if !known[key] {
			out.lost++
			r.Errorf("a client carries the key %s, which nobody was told was accepted", key)
		}
	}
	for _, a := range untold {
		if made[a.key] == 0 {
			out.lost++
		}
	}
	return out
}
