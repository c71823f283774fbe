package onboarding

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/riverqueue/river"
	"golang.org/x/sync/semaphore"

	"halobot/internal/halo"
	"halobot/internal/outage"
)

// Halo is what a request needs of a Halo connection.
type Halo interface {
	// Address says which tenant it is.
	Address() string
	// Turn fails with an Own error while the list that key will be held to is still being read.
	Turn(ctx context.Context, key string) (*halo.Turn, error)
	Look(ctx context.Context, t *halo.Turn, w halo.Wanted) (halo.Found, error)
	Create(ctx context.Context, t *halo.Turn, n halo.NewClient) (halo.Client, error)
	// FindByKey returns every client that carries the key.
	FindByKey(ctx context.Context, key, name string) (halo.Carriers, error)
	Client(ctx context.Context, id int) (halo.Client, error)
	Filer
}

// Filer is what filing needs of a Halo connection.
type Filer interface {
	// CatchAll are the clients that unknown senders are filed under, as configured; tickets are moved
	// from those only. IsCatchAll goes by names where there are none.
	CatchAll() []int
	IsCatchAll(c halo.Client) bool
	CanMoveTickets(ctx context.Context) (bool, error)
	FindUsers(ctx context.Context, clientID int, email string) ([]halo.User, error)
	User(ctx context.Context, id int) (halo.User, error)
	CreateUser(ctx context.Context, n halo.NewUser) (halo.User, error)
	MoveUser(ctx context.Context, userID, clientID, siteID int) (halo.User, error)
	MainSite(ctx context.Context, clientID int) (halo.MainSite, error)
	Ticket(ctx context.Context, id int) (halo.Ticket, error)
	Behind(ctx context.Context, t halo.Ticket) (clientID int, err error)
	MoveTicket(ctx context.Context, m halo.TicketMove) (halo.Ticket, error)
	SetSiteDomain(ctx context.Context, site halo.Site, domain string) (halo.Site, error)
}

// Gate says who may.
type Gate interface {
	// Permit returns nil, a *DeniedError with the reason, or another error when it could not be
	// found out: that is asked again for as long as an outage of Halo's would be waited for.
	Permit(ctx context.Context, r Request) error
	// Own reports whether an address or a domain is the MSP's own, for whom nothing is filed. It
	// calls nobody.
	Own(address string) bool
}

// DeniedError says why a request's person may not have a client created.
type DeniedError struct{ Reason string }

func (e *DeniedError) Error() string { return e.Reason }

// Work says which requests a service works on.
type Work string

// The kinds of service.
const (
	WorkNothing Work = ""      // only stores and reads
	WorkShell   Work = "shell" // what the command line asked for
	WorkMails   Work = "mails" // the mails of one channel, where no bot does: see StandIn
	WorkAll     Work = "all"
)

// Config is what a service needs.
type Config struct {
	// DatabaseURL is sqlite:PATH or postgres://…; the schema is made or migrated by Open.
	DatabaseURL string
	Halos       map[string]Halo // by connection name
	Work        Work
	// MailChannel is the channel of WorkMails.
	MailChannel string
	// Existing has Open fail with ErrNoDatabase where no bot has made the database yet.
	Existing bool
	// Settle is how long after its deadline an unanswered create may still turn up in Halo.
	Settle  time.Duration
	Log     *slog.Logger
	Metrics prometheus.Registerer // nil = none

	wall func() time.Time // a test's, for the machine's clock that River goes by on SQLite
}

// Service keeps requests and works on them.
type Service struct {
	cfg       Config
	log       *slog.Logger
	shelf     // what is kept beside the work
	db        *database
	queue     queue
	gate      Gate
	announcer Announcer
	poster    Poster
	served    map[string]bool // the queues of mails; only serveMails uses it
	metrics   *metrics
	down      *outage.Outage // the database's
	clock     *clock
	sights    sights
	waiting   *semaphore.Weighted // see waitOut

	started bool
	// stopping ends the looks of running work, so that a stop need not wait for them.
	stopping context.Context
	stop     context.CancelFunc
	watched  chan struct{}
}

// Retention is how long requests, and so what people typed, are kept.
const Retention = 400 * 24 * time.Hour

// Open connects to the database and brings its schema up to date. Errors name DATABASE_URL
// and never hold its password.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	s := newService(cfg)
	workers := river.NewWorkers()
	river.AddWorker(workers, &requestWorker{service: s})
	river.AddWorker(workers, &filingWorker{service: s})
	river.AddWorker(workers, &answerWorker{service: s})
	river.AddWorker(workers, &joinerWorker{service: s})
	river.AddWorker(workers, &mailWorker{service: s})

	rc := riverConfig(cfg, workers)
	rc.Logger = slog.New(riverLog{cfg.Log.Handler(), s.down})
	db, queue, err := openDatabase(ctx, cfg, rc)
	if err != nil {
		s.stop()
		return nil, err
	}
	s.db, s.queue, s.shelf = db, queue, &sqlShelf{sql: db.sql, inPlace: db.inPlace, beat: db.beat, clock: s.clock}
	if db.server {
		if err := s.clock.readServer(ctx, db.sql, true); err != nil {
			s.stop()
			return nil, errors.Join(fmt.Errorf("read the database's clock: %w", err), db.close())
		}
	}
	s.metrics.zero(cfg.Halos)
	s.watchOpen(cfg.Metrics)
	return s, nil
}

// wallClock is the machine's clock, or what a test has in its place.
func (c Config) wallClock() func() time.Time {
	if c.wall != nil {
		return c.wall
	}
	return wallClock
}

// newService is a service without a database.
func newService(cfg Config) *Service {
	s := &Service{cfg: cfg, log: cfg.Log, metrics: newMetrics(cfg.Metrics), clock: newClock(), served: map[string]bool{}, waiting: semaphore.NewWeighted(waitingOut)}
	s.clock.read = cfg.wallClock()()
	s.down = outage.New(cfg.Log, slog.LevelError, "the database")
	s.stopping, s.stop = context.WithCancel(context.Background())
	return s
}

// Start begins to work, through gate and announcer, and picks up what other processes left
// behind when they died.
func (s *Service) Start(ctx context.Context, gate Gate, announcer Announcer) error {
	s.gate, s.announcer = gate, announcer
	if s.cfg.Work == WorkNothing {
		return nil
	}
	if _, err := s.db.lease.take(ctx, s.queue.id()); err != nil {
		return fmt.Errorf("mark this process as alive in the database: %w", err)
	}
	return s.begin(ctx)
}

// begin works, and goes on with what the dead have left.
func (s *Service) begin(ctx context.Context) error {
	if err := s.rescue(ctx); err != nil { // tried again every few seconds
		s.down.Failed(err, "doing", lookingForTheDead)
	}
	if err := s.queue.start(ctx); err != nil {
		return fmt.Errorf("start working on requests: %w", err)
	}
	s.started = true
	if s.cfg.Work == WorkAll {
		if err := s.serveMails(ctx); err != nil {
			s.down.Failed(err, "doing", lookingForMails)
		}
	}
	s.watched = make(chan struct{})
	go s.watch()
	return nil
}

// Stop takes no more work and waits for what is running: a POST in flight goes on until its
// own deadline. When ctx ends first the rest is cut off, to be picked up by the next start.
func (s *Service) Stop(ctx context.Context) error {
	s.stop()
	if !s.started {
		return nil
	}
	<-s.watched
	return s.queue.stop(ctx)
}

// Close gives the database back. A service that was started is stopped first.
func (s *Service) Close() error {
	s.stop()
	if s.started {
		cut, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Stop(cut)
	}
	return s.db.close()
}

// halo is the connection's API.
func (s *Service) halo(name string) (Halo, error) {
	h, ok := s.cfg.Halos[name]
	if !ok {
		return nil, fmt.Errorf("%w: %q", errUnconfigured, name)
	}
	return h, nil
}

// How often a service looks after what lies beside its work.
const (
	rescueEvery = 8 * time.Second
	mailsEvery  = 5 * time.Second
	hastenEvery = time.Minute
	clockEvery  = time.Hour
	forgetEvery = 24 * time.Hour // and at each start

	forgetFormsEvery = time.Hour
)

const (
	lookingForMails   = "looking for mails"
	lookingForTheDead = "looking for work that was left behind"
	deletingAlerts    = "deleting old alerts"
)

// watch looks for work of processes that have died, and keeps house.
func (s *Service) watch() {
	defer close(s.watched)
	var keeping sync.WaitGroup
	defer keeping.Wait()
	every := func(d time.Duration, what string, do func(context.Context) error) {
		keeping.Go(func() {
			tick := time.NewTicker(d)
			defer tick.Stop()
			for {
				select {
				case <-s.stopping.Done():
					return
				case <-tick.C:
				}
				if err := do(s.stopping); err != nil && s.stopping.Err() == nil {
					s.down.Failed(err, "doing", what)
				}
			}
		})
	}
	every(rescueEvery, lookingForTheDead, func(ctx context.Context) error {
		if !s.down.Since().IsZero() { // to read is one thing
			if err := s.Beat(ctx); err != nil {
				return err
			}
			s.down.Answered()
		}
		// Where this process had to take its lease anew, the others may not have got to it.
		fresh, err := s.db.lease.take(ctx, s.queue.id())
		if err != nil || fresh {
			return err
		}
		return s.rescue(ctx)
	})
	if s.cfg.Work == WorkAll && s.poster != nil {
		every(mailsEvery, lookingForMails, s.serveMails)
	}
	every(hastenEvery, "looking for work that waits by a clock that was set", s.queue.unstick)
	every(forgetEvery, deletingAlerts, s.forgetAlerts)
	every(forgetFormsEvery, "deleting old forms", s.forgetForms)
	if s.db.server {
		every(clockEvery, "reading its clock", func(ctx context.Context) error {
			return s.clock.readServer(ctx, s.db.sql, false)
		})
	}
	if err := s.forgetAlerts(s.stopping); err != nil && s.stopping.Err() == nil {
		s.down.Failed(err, "doing", deletingAlerts)
	}
}

// rescue gives back to the queue what dead processes were working on.
func (s *Service) rescue(ctx context.Context) error {
	rows, err := s.queue.list(ctx, selection{running: true})
	if err != nil {
		return fmt.Errorf("list requests in work: %w", err)
	}
	known := map[string]bool{s.queue.id(): true}
	alive := func(worker string) bool {
		if _, asked := known[worker]; !asked {
			known[worker] = s.db.lease.held(ctx, worker)
		}
		return known[worker]
	}
	rows = ofTheDead(rows, alive)
	if len(rows) == 0 {
		return nil
	}
	s.log.Info("taking over requests of a process that died", "requests", len(rows))
	if err := s.queue.giveBack(ctx, rows, s.clock.now()); err != nil {
		return fmt.Errorf("take over requests: %w", err)
	}
	return s.queue.unstick(ctx) // their places may be by a clock that was set since
}
