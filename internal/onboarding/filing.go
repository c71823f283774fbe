package onboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"halobot/internal/draft"
	"halobot/internal/halo"
)

// Filing is what is to be done with a sender and a ticket once their client is there. Each of
// What becomes a request of its own (a [File]), so that none waits for, delays or undoes another,
// but for the ticket, which wants its user.
type Filing struct {
	What  []draft.Filing `json:"what"`
	Email string         `json:"email,omitempty"`
	Name  string         `json:"name,omitempty"` // the user's; "" = made from the address
	// Ticket is the ticket's number, as it was told.
	Ticket string `json:"ticket,omitempty"`
	Domain string `json:"domain,omitempty"` // what later mails are to be matched by
	// Confirmed is the ticket's sender as Halo names it ([Sender]), where a person has seen that it
	// is another one than Email and wants the ticket moved all the same.
	Confirmed string        `json:"confirmed,omitempty"`
	Verdict   draft.Verdict `json:"verdict,omitempty"` // of the mail: a forged one is not filed
}

// File is one filing of a client's: of the user, the ticket or the domain.
type File struct {
	What   draft.Filing `json:"what"`
	Of     string       `json:"of"` // the key of the request that has the client
	Client halo.Client  `json:"client"`
	At     string       `json:"at,omitempty"`  // the address of the Halo that has the client; "" where that is not known
	Seen   time.Time    `json:"seen,omitzero"` // when Halo had it, where the filing was asked for at once
	Filing Filing       `json:"filing"`
}

// Filed is how what was to be filed came to be in Halo.
type Filed string

// How it came there.
const (
	FiledAlready Filed = "already" // it was there
	FiledMade    Filed = "made"
	FiledMoved   Filed = "moved"
)

// NotFiled is why something was left as it is.
type NotFiled string

// The reasons. State.User, Ticket and Site have what was seen.
const (
	NotForged      NotFiled = "forged"         // the mail is not from whom its From names
	NotNoAddress   NotFiled = "no address"     // the sender has none
	NotOwnDomain   NotFiled = "own domain"     // the MSP's own
	NotACompanys   NotFiled = "nobody's"       // a free-mail or shared domain, or none
	NotOnCatchAll  NotFiled = "on a catch-all" // the client is one that unknown senders are filed under
	NotOtherClient NotFiled = "other client"   // the address is a user of another client
	NotWhichSite   NotFiled = "which site"     // several sites, and none of them the main one
	NotNoSite      NotFiled = "no site"        // the client has no site
	NotNoTicket    NotFiled = "no ticket"      // Halo has none of that number
	NotNoCatchAll  NotFiled = "no catch-all"   // no client is configured that tickets are moved from
	NotElsewhere   NotFiled = "elsewhere"      // the ticket is on a client that is no catch-all
	NotClosed      NotFiled = "closed"         // as are the next two, the ticket's state
	NotMerged      NotFiled = "merged"         //
	NotDeleted     NotFiled = "deleted"        //
	NotTheSenders  NotFiled = "not the sender" // Halo names another sender, or none: a person must confirm
	NotNoUser      NotFiled = "no user"        // the sender is no user of the client
	NotNoScope     NotFiled = "no scope"       // the token's scope does not allow it
	NotOtherDomain NotFiled = "other domain"   // the site has another e-mail domain
	NotKept        NotFiled = "not kept"       // Halo took it, and does not have it
	NotHere        NotFiled = "not here"       // the client is of another Halo than the connection leads to today
	NotThatClient  NotFiled = "number reused"  // the client's number is another one's by now, State.Found
)

// Sender is a ticket's sender as Halo names it, to be confirmed by a person; never empty, also when
// it names none.
func Sender(t halo.Ticket) string {
	if len(t.From) == 0 {
		return "nobody"
	}
	return strings.ToLower(strings.Join(t.From, " "))
}

// filingKind names the job; part of what is stored.
const filingKind = "file_sender"

// filing is a File's request as a River job: a kind of its own, since it is no request for a client.
type filing Request

func (filing) Kind() string { return filingKind }

func (f filing) InsertOpts() river.InsertOpts { return Request(f).InsertOpts() }

type filingWorker struct {
	river.WorkerDefaults[filing]
	service *Service
}

// NextRetry is after a crash in mid-work.
func (w *filingWorker) NextRetry(*river.Job[filing]) time.Time { return w.service.clock.nextTry() }

func (w *filingWorker) Work(ctx context.Context, job *river.Job[filing]) error {
	return w.service.attempt(ctx, job.JobRow)
}

// FilingOf is what is to be filed of an alert's sender and ticket; nil for nothing. Later mails are
// matched by the sender's domain, or, where nobody wrote, by the client's website.
func FilingOf(what []draft.Filing, a draft.Alert, website string) *Filing {
	if len(what) == 0 {
		return nil
	}
	return &Filing{
		What: what, Email: a.Email, Name: a.SenderName, Ticket: a.TicketID,
		Domain: cmp.Or(a.Domain(), website), Verdict: a.Verified,
	}
}

// FilingKey is the key of a request's filing.
func FilingKey(of string, what draft.Filing) string { return of + "-" + string(what) }

// FileRequest asks for filings of a client that is there.
type FileRequest struct {
	Of     Request // the request that has the client, or another one with its key, place and connection
	Client halo.Client
	At     string    // the address of the Halo that has the client; "" where that is not known
	Seen   time.Time // when Halo had it; zero where a person asks later
	Filing Filing
	By     Person
	Via    Via
	Reply  json.RawMessage
}

// File stores what is to be filed, and returns how each of it stands, in the order of
// r.Filing.What, each once. What is in hand or done is joined: nothing is done for it again. What was left or
// failed is tried anew. A *MaybeStoredError says that it is not known whether it was stored; with
// any other error nothing was.
func (s *Service) File(ctx context.Context, r FileRequest) ([]Receipt, error) {
	var receipts []Receipt
	err := s.queue.together(ctx, []string{"key " + r.Of.Key, userName(r.Of.Draft.Connection, r.Client.ID, r.Filing.Email)}, func(tx jobs) (err error) {
		receipts, err = s.fileIn(ctx, tx, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store what is to be filed: %w", err)
	}
	return receipts, nil
}

func (s *Service) fileIn(ctx context.Context, tx jobs, r FileRequest) ([]Receipt, error) {
	var receipts []Receipt
	var insert []river.JobArgs
	var done []draft.Filing
	for _, what := range r.Filing.What {
		if filers[what] == nil || slices.Contains(done, what) {
			continue
		}
		done = append(done, what)
		key := FilingKey(r.Of.Key, what)
		first, known, err := newestOf(ctx, tx, filingKind, key)
		if err != nil {
			return nil, err
		}
		if o := first.state.Outcome; known && (o == "" || o == Done) {
			receipts = append(receipts, Receipt{Request: first.request, State: first.state, Joined: true})
			continue
		}
		f := Request{
			Key: key, Round: first.request.Round + 1, Draft: r.Of.Draft, By: r.By, Via: r.Via, Place: r.Of.Place,
			OnError: r.Of.OnError, Reply: r.Reply, At: s.clock.now().UTC(),
			File: &File{What: what, Of: r.Of.Key, Client: r.Client, At: r.At, Seen: r.Seen, Filing: r.Filing},
		}
		if what == draft.FileUser {
			f.Title = userName(f.Draft.Connection, r.Client.ID, r.Filing.Email)
			if f.After, err = usersBefore(ctx, tx, f.Title, s.clock.now().Add(-lately)); err != nil {
				return nil, err
			}
		}
		receipts = append(receipts, Receipt{Request: f})
		insert = append(insert, filing(f))
	}
	if len(insert) == 0 {
		return receipts, nil
	}
	return receipts, tx.insert(ctx, insert...)
}

// userName is a name that filings of one address in one client share, so that they do not overlook
// each other.
func userName(connection string, client int, email string) string {
	return fmt.Sprintf("user %s/%d %s", connection, client, strings.ToLower(strings.TrimSpace(email)))
}

// usersBefore lists the jobs that may be making the same user right now, or have made it lately.
func usersBefore(ctx context.Context, tx jobs, name string, since time.Time) ([]int64, error) {
	rows, err := tx.list(ctx, selection{kinds: []string{filingKind}, title: new(name), endedSince: since})
	if err != nil {
		return nil, fmt.Errorf("look for filings of the same user: %w", err)
	}
	var ids []int64
	for _, row := range rows {
		other, err := decode(row)
		if err != nil {
			return nil, err
		}
		if o := other.state.Outcome; o == "" || o == Done || o == Unconfirmed {
			ids = append(ids, row.ID)
		}
	}
	return ids, nil
}

// Filings are how the filings of the request with key stand, the newest round of each, in the
// order of user, ticket, domain; those that nobody asked for are left out.
func (s *Service) Filings(ctx context.Context, key string) ([]Receipt, error) {
	var all []Receipt
	for _, what := range []draft.Filing{draft.FileUser, draft.FileTicket, draft.FileDomain} {
		found, known, err := newestOf(ctx, s.queue, filingKind, FilingKey(key, what))
		if err != nil {
			return nil, err
		}
		if known {
			all = append(all, Receipt{Request: found.request, State: found.state})
		}
	}
	return all, nil
}

// thenFile asks for what is to follow a client, once its people have been told of it. It may do
// so again after a crash: what is stored is joined.
func (a *attempt) thenFile(ctx context.Context) error {
	if a.request.Then == nil || a.state.Client == nil || a.state.Asked || a.request.File != nil {
		return nil
	}
	_, err := a.File(ctx, FileRequest{
		Of: a.request, Client: *a.state.Client, At: a.state.Where(), Seen: a.state.Ended, Filing: *a.request.Then,
		By: a.request.By, Via: a.request.Via, Reply: a.request.Reply,
	})
	if err != nil {
		return err
	}
	a.state.Asked = true // stored with the attempt's end
	return nil
}

// Filed reports whether everything that the request with this receipt wants filed has ended, as
// told by [Service.Filings].
func (r Receipt) Filed(filings []Receipt) bool {
	if r.Request.Then == nil || r.State.Client == nil {
		return true
	}
	for _, what := range r.Request.Then.What {
		if !slices.ContainsFunc(filings, func(f Receipt) bool { return f.Request.File.What == what && f.State.Outcome != "" }) {
			return false
		}
	}
	return true
}
