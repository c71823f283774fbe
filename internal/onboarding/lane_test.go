package onboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"halobot/internal/halo"
	"halobot/internal/sandbox/localhalo"
)

// lane is one store with a few processes on it, and a Halo and a Slack of its own.
type lane struct {
	name     string
	services []*Service
	turn     int
	halo     *localhalo.Server
	told     map[telling]bool
	weather  weather
	suspend  func() // what others do meanwhile
	now      func() time.Time
	taken    int
	before   int64 // the last job of earlier sequences
}

func newLane(name string, open func() *Service) *lane {
	l := &lane{name: name, now: time.Now}
	for range 2 {
		s := open()
		l.services = append(l.services, s)
		if name == "sqlite" { // nobody pulls the plug
			if _, err := s.db.sql.Exec("PRAGMA synchronous = OFF"); err != nil {
				panic(err)
			}
		}
		s.cfg.Settle, s.log = settle, slog.New(slog.DiscardHandler)
		s.waiting.TryAcquire(waitingOut) // an attempt waits for nothing
		s.clock.process = func() time.Time { return l.now() }
		s.queue = &mortal{queue: s.queue, lane: l}
		s.gate, s.announcer = (*slackOf)(l), (*slackOf)(l)
	}
	return l
}

// begin gives the lane a new Halo, whose pages are short, so that a list is seldom read in one.
func (l *lane) begin(s *lockstep, now func() time.Time) {
	l.now, l.told, l.turn = now, map[telling]bool{}, 0
	for _, service := range l.services {
		service.db.server = s.oracle.shared
		service.queue.(*mortal).restart(service, 0)
	}
	rows, err := l.service().queue.list(s.Context(), selection{newest: true, most: 1})
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	for _, row := range rows {
		l.before = row.ID
	}
	var clients []localhalo.Client
	for i, f := range s.oracle.found {
		clients = append(clients, localhalo.Client{ID: i + 1, Name: f.company})
	}
	l.halo = localhalo.New(localhalo.Options{
		Clients: clients, CatchAll: catchAll,
		Granted: strings.Fields(simHalo.Scope), Lists: localhalo.Lists{PageCap: 2}, Now: now,
	})
}

// service is the process whose turn it is.
func (l *lane) service() *Service { return l.services[l.turn%2] }

// far is when everything is due; each attempt begins at a time of its own.
func (l *lane) far() time.Time {
	l.taken++
	return l.now().Add(48*time.Hour + time.Duration(l.taken)*10*time.Millisecond)
}

// recover is what the living do for the dead.
func (l *lane) recover(s *lockstep) {
	if q := l.service().queue.(*mortal); q.dead {
		q.restart(l.service(), s.oracle.set)
		l.turn++
	}
	rows, err := l.service().queue.list(s.Context(), selection{running: true})
	if err == nil && len(rows) > 0 {
		err = l.service().queue.giveBack(s.Context(), rows, l.far())
	}
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
}

// take takes the job of a wish, whenever it is due.
func (l *lane) take(s *lockstep, w *wish) *rivertype.JobRow {
	service := l.service()
	rows, err := service.queue.(*mortal).queue.(due).due(s.Context(), queueSlack, l.far())
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	var found *rivertype.JobRow
	for i, row := range rows {
		if one, err := decode(row); err == nil && one.request.Key == w.key && one.request.Round == w.round {
			found = row
			rows = slices.Delete(rows, i, i+1)
			break
		}
	}
	if err := service.queue.giveBack(s.Context(), rows, l.far()); err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	return found
}

// stored are the requests of a sequence as the store has them, by their keys and rounds.
func (l *lane) stored(s *lockstep) map[string]stored {
	rows, err := l.service().queue.list(s.Context(), selection{kinds: []string{Request{}.Kind(), filingKind}, above: l.before})
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	all := map[string]stored{}
	for _, row := range rows {
		one, err := decode(row)
		if err != nil {
			s.Fatalf("%s: %v", l.name, err)
		}
		all[fmt.Sprint(one.request.Key, one.request.Round)] = one
	}
	return all
}

// world is what the lane's Halo has.
func (l *lane) world(s *lockstep) string {
	var users []string
	for _, u := range l.halo.Users(0) {
		if u.Email != "" {
			users = append(users, fmt.Sprint(u.Email, u.ClientID))
		}
	}
	domains := 0
	for _, c := range l.halo.Clients() {
		if l.halo.Sites(c.ID)[0].EmailDomain == domainOf(c.Name) {
			domains++
		}
	}
	tickets := map[string]int{}
	for _, name := range companies {
		ticket, _ := l.halo.Ticket(ticketOf(s.called(name)))
		tickets[s.called(name)] = ticket.ClientID
	}
	return fmt.Sprint(l.halo.Len(), " clients, users ", users, ", ", domains, " domains, tickets ", tickets)
}

func (l *lane) attempt(s *lockstep, w *wish) {
	row := l.take(s, w)
	if row == nil {
		s.Fatalf("%s: there is no job for %s", l.name, w.key)
	}
	service := l.service()
	by := service.queue.(*mortal)
	by.begin(row)
	l.halo.SetLists(func(lists *localhalo.Lists) { lists.Ignores = l.weather.Ignored })
	// A connection of its own, since what one keeps in mind goes by a time that stands still here.
	api := halo.New(simHalo, &http.Client{Transport: line{l, by}}, nil)
	service.cfg.Halos = map[string]Halo{"halo": reach{api, l}}
	_ = service.attempt(s.Context(), row)
}

// joiners tells those who joined.
func (l *lane) joiners(s *lockstep) {
	l.weather = weather{}
	service := l.service()
	rows, err := service.queue.(*mortal).queue.(due).due(s.Context(), queueSlack, l.far())
	if err != nil {
		s.Fatalf("%s: %v", l.name, err)
	}
	for _, row := range rows {
		job := &river.Job[joiner]{JobRow: row}
		if err := json.Unmarshal(row.EncodedArgs, &job.Args); err != nil || row.Kind != job.Args.Kind() {
			s.Fatalf("%s: left is %s, %s, %s: %v", l.name, row.Kind, row.EncodedArgs, row.Metadata, err)
		}
		_ = (&joinerWorker{service: service}).Work(s.Context(), job)
	}
}

// mortal is a queue whose process dies where the weather says.
type mortal struct {
	queue
	lane   *lane
	stored State // what the job had when the attempt began
	posted bool
	dead   bool
	life   int
}

// restart starts the process anew, which then takes the machine's clock.
func (m *mortal) restart(s *Service, set time.Duration) {
	m.dead = false
	m.life++
	s.sights = sights{}
	s.clock.at = m.lane.now()
	s.clock.read = s.clock.at.Add(set)
}

func (m *mortal) id() string { return fmt.Sprint(m.queue.id(), " ", m.life) }

func (m *mortal) begin(row *rivertype.JobRow) {
	m.posted, m.stored = false, State{}
	if found, err := decode(row); err == nil {
		m.stored = found.state
	}
}

// dies reports whether the process does not live to make a write.
func (m *mortal) dies(output any) bool {
	s, of := output.(State)
	switch m.lane.weather.Die {
	case beforeMark:
		m.dead = m.dead || of && s.Sends > m.stored.Sends && !m.posted
	case afterPost:
		m.dead = m.dead || m.posted
	}
	return m.dead
}

func (m *mortal) save(ctx context.Context, job *rivertype.JobRow, output any) error {
	if m.dies(output) {
		return errCrash
	}
	return m.queue.save(ctx, job, output)
}

func (m *mortal) finish(ctx context.Context, job *rivertype.JobRow, output any, wait time.Duration, now time.Time) error {
	if m.dies(output) {
		return errCrash
	}
	return m.queue.finish(ctx, job, output, wait, now)
}

func (m *mortal) learn(ctx context.Context, job int64, client int) error {
	if m.dies(nil) {
		return errCrash
	}
	return m.queue.learn(ctx, job, client)
}
