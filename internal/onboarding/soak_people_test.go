package onboarding_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
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
	name, host      string
	from, at        time.Time // begun, accepted
	ended           bool      // the modal showed how it ended
	said            telling   // that, where it said something of the kind
}

// soak is what people did and saw in a run, and what befell the bots.
type soak struct {
	*bottest.Stage
	*history
	mu    sync.Mutex
	asks  []*ask
	views map[string]bool // modals that the bot has drawn an end in
	// counts and hits are how often each class was met; hits are Halo's own counts.
	counts map[string]int
	hits   map[string][]*localhalo.Fault
	halos  map[string]func(localhalo.Call) bool
	aside  sync.WaitGroup // what is done later
}

func newSoak(s *bottest.Stage) *soak {
	r := &soak{
		Stage: s, history: record(s), views: map[string]bool{},
		counts: map[string]int{}, hits: map[string][]*localhalo.Fault{}, halos: map[string]func(localhalo.Call) bool{},
	}
	r.history.follow(r.hears, r.called)
	return r
}

// count notes that a class was met.
func (r *soak) count(class string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[class]++
}

// meets has a class met as often as a fault is.
func (r *soak) meets(class string, f *localhalo.Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hits[class] = append(r.hits[class], f)
}

// onHalo has a class met by calls to Halo from here on.
func (r *soak) onHalo(class string, met func(localhalo.Call) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halos[class] = met
}

func (r *soak) called(c localhalo.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for class, met := range r.halos {
		if met(c) {
			r.counts[class]++
		}
	}
}

// later does something once d has passed, before the run is over.
func (r *soak) later(d time.Duration, do func()) {
	r.aside.Go(func() {
		time.Sleep(d)
		do()
	})
}

// connected waits until there are sockets to break.
func (r *soak) connected() {
	ctx, cancel := r.Patience()
	defer cancel()
	_ = r.Slack.Wait(ctx, func(now *localslack.Snapshot) bool { return now.Sockets() > 0 })
}

// newcomer is one more technician, in every channel.
func (r *soak) newcomer() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts["newcomers"]++
	id := fmt.Sprintf("UNEW%07d", r.counts["newcomers"])
	r.Slack.SetPerson(localslack.Person{ID: id, Name: strings.ToLower(id), RealName: id})
	var channels []string
	r.Slack.Look(func(now *localslack.Snapshot) {
		for _, c := range now.Channels() {
			if c.With == "" {
				channels = append(channels, c.ID)
			}
		}
	})
	for _, c := range channels {
		r.Slack.SetMember(c, id, true)
	}
	return id
}

// do runs an errand. People try until the bot takes what they want, as long as it takes.
func (r *soak) do(p pair, e errand) {
	for _, c := range e.befallen {
		if c.newcomer {
			p[0] = r.newcomer()
		}
		c.befalls(r, e)
	}
	var alert *localslack.Message
	if e.alert {
		alert = r.alert(e.channel, "jane@"+e.host)
	}
	wishes := []*wanted{{user: p[0], alert: alert, values: e.values(e.name)}}
	if e.anew {
		r.count(askedBefore)
	}
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
	if class := rivalries[e.second]; class != "" && len(wishes) == 2 && wishes[0].taken && wishes[1].taken {
		r.count(class)
	}
	if e.closes {
		for _, w := range wishes {
			if _, err := r.Slack.CloseAll(w.user); err == nil { // else there was none any more
				r.count(closed)
			}
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
	taken  bool
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
	for began := time.Now(); r.Context().Err() == nil; {
		var ack localslack.Ack
		it, err := r.Slack.SubmitView(w.user, w.form.ID, w.values)
		if err == nil {
			ack, err = it.Wait(r.Context())
		} else if !r.moved(w) {
			r.Errorf("%s cannot submit %s: %v", w.user, e.name, err)
			return
		}
		if err == nil && ack.Action == "errors" {
			continue // the database is busy; the form says so
		}
		if err != nil && !r.moved(w) {
			continue // Slack says that it had trouble connecting
		}
		w.taken = true
		r.accepted(w, ack, began)
		if e.twice && it != nil {
			r.Slack.Redeliver(it, len(e.name)%2)
			r.count(redelivered)
		}
		return
	}
}

// moved reports whether a form is none any more: what was sent came through though its
// acknowledgement did not, or the bot says in it what became of another's request.
func (r *soak) moved(w *wanted) (moved bool) {
	r.Slack.Look(func(now *localslack.Snapshot) {
		v := now.View(w.form.ID)
		moved = v != nil && v.Title != w.form.Title
	})
	return moved
}

func (r *soak) accepted(w *wanted, ack localslack.Ack, began time.Time) {
	var shown struct{ View json.RawMessage }
	_ = json.Unmarshal(ack.Payload, &shown)
	a := &ask{
		user: w.user, view: w.form.ID, key: formKey(w.form), ended: ends(shown.View),
		name: w.values["Client name"], host: w.values["Website"], from: began, at: time.Now(),
	}
	a.said = telling{view: a.view, at: a.at}
	if !a.said.read(shown.View) {
		a.said.what = ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asks = append(r.asks, a)
}

// isEnd reports whether a modal of this title says how a request ended.
func isEnd(title string) bool {
	return slices.Contains([]string{"Created", "Already in Halo", "Could not create", "Not confirmed", "Not allowed"}, title)
}

// hears notes which modals the bot has drawn an end in (one that was closed since cannot be looked
// at any more), and what Slack's calls have met.
func (r *soak) hears(e localslack.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range weathers {
		if c.met != nil && c.met(e) {
			r.counts[c.name]++
		}
	}
	var sent struct {
		ID   string `json:"view_id"`
		View json.RawMessage
	}
	if e.Method == "views.update" && strings.Contains(string(e.Answer), `"ok":true`) && json.Unmarshal(e.Sent, &sent) == nil && ends(sent.View) {
		r.views[sent.ID] = true
	}
}

// ends reports whether a modal says how a request ended.
func ends(view json.RawMessage) bool {
	var v struct{ Title struct{ Text string } }
	return json.Unmarshal(view, &v) == nil && isEnd(v.Title.Text)
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

// met is how often each class was met.
func (r *soak) met() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	met := maps.Clone(r.counts)
	for class, faults := range r.hits {
		for _, f := range faults {
			met[class] += f.Hits()
		}
	}
	return met
}

// settle waits until everybody has been told.
func (r *soak) settle(within time.Duration) {
	r.Helper()
	r.aside.Wait()
	deadline := time.After(within)
	for {
		_, untold := r.told()
		if len(untold) == 0 {
			return
		}
		select {
		case <-deadline:
			for _, a := range untold {
				r.Logf("%s was not told of %s, which stands in the database as:\n%s", a.user, a.key, r.standing(a.key))
			}
			return
		case <-time.After(200 * time.Millisecond): // looking is dear: not at each change
		}
	}
}

// standing are the rows of the requests with key, where the database is a file.
func (r *soak) standing(key string) string {
	path, isFile := strings.CutPrefix(r.DatabaseURL(), "sqlite:")
	if !isFile {
		return ""
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err.Error()
	}
	defer db.Close() //nolint:errcheck // it is only read
	rows, err := db.QueryContext(r.Context(), `SELECT concat_ws(' ', id, kind, state, attempt, attempted_at, scheduled_at, finalized_at, json(args), json(metadata))
		FROM river_job WHERE json_extract(args, '$.key') = $1
		OR json_extract(args, '$.job') IN (SELECT id FROM river_job WHERE json_extract(args, '$.key') = $1) ORDER BY id`, key)
	if err != nil {
		return err.Error()
	}
	defer rows.Close() //nolint:errcheck // its error is rows.Err's
	var all strings.Builder
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return err.Error()
		}
		all.WriteString(row + "\n")
	}
	return all.String() + fmt.Sprint(rows.Err())
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
