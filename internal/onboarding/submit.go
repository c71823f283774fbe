package onboarding

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/riverqueue/river/rivertype"

	"halobot/internal/draft"
)

// Receipt is what a submission came to, or a request as it stands.
type Receipt struct {
	Request Request // as stored: the first one's when Joined
	State   State
	Joined  bool // the key was already in hand or done
	// Dismissed is whose word it is that the request's alert is of no client: nothing was stored.
	Dismissed *Request
}

// Submit stores r durably; with an error nothing was stored. A key already known joins the
// first: when that one has not ended, r's Reply is told too when it does. A key whose request
// ended without a client is free for another round, unless r is to be tried once or is of the same
// press. Where somebody has answered already the question that r answers, r joins theirs. Nothing is
// stored for an alert that is dismissed.
func (s *Service) Submit(ctx context.Context, r Request) (receipt Receipt, err error) {
	defer s.metrics.stage("store")()
	defer func() { s.metrics.stored(receipt, err) }()
	if r.At.IsZero() {
		r.At = s.clock.now().UTC()
	}
	r.Draft = printable(r.Draft)
	r.Host, r.Title = keysOf(r.Draft)

	err = s.queue.together(ctx, r.names(), func(tx jobs) error {
		dismissed, err := dismissal(ctx, tx, r.Alert)
		if err != nil {
			return err
		}
		if dismissed != nil {
			receipt = Receipt{Request: r, Dismissed: dismissed}
			return nil
		}
		first, known, err := newest(ctx, tx, r.Key)
		if err != nil {
			return err
		}
		r.Round = first.request.Round + 1
		again := r.Press != "" && r.Press == first.request.Press
		if !known || !r.Once && !again {
			if first, known, err = decided(ctx, tx, r.Key); err != nil {
				return err
			}
		}
		if known {
			receipt = Receipt{Request: first.request, State: first.state, Joined: true}
			return join(ctx, tx, first, r)
		}
		if r.creates() {
			if r.After, err = before(ctx, tx, r, s.clock.now().Add(-lately)); err != nil {
				return err
			}
		}
		if err := tx.insert(ctx, r); err != nil {
			return err
		}
		receipt = Receipt{Request: r}
		return nil
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("store the request: %w", err)
	}
	return receipt, nil
}

// names are what two requests that must not overlook each other have in common.
func (r Request) names() []string {
	names := []string{"key " + r.Key, "title " + r.Title}
	if base, n := unfollow(r.Key, Anyway); n > 0 {
		names = append(names, "key "+base)
	}
	if r.Alert != "" {
		names = append(names, "key "+r.Alert)
	}
	if r.Host != "" {
		names = append(names, "host "+r.Host)
	}
	return names
}

// printable drops U+0000, which Postgres cannot keep.
func printable(d draft.Draft) draft.Draft {
	for _, in := range draft.Fields {
		value := in.Of(&d)
		*value = strings.ReplaceAll(*value, "\x00", "")
	}
	return d
}

// join makes sure that r's person is told of the end, and that what they typed is not lost. The
// first one's own submission come again needs neither, nor does one with the same words that has
// its answer already.
func join(ctx context.Context, tx jobs, first stored, r Request) error {
	again := first.request.By.ID == r.By.ID && sameJSON(first.request.Reply, r.Reply)
	same := r.Draft == first.request.Draft && reflect.DeepEqual(r.Then, first.request.Then)
	if len(r.Reply) == 0 || same && (again || first.state.Outcome != "") {
		return nil
	}
	return tx.insert(ctx, joiner{Job: first.job.ID, By: r.By, Reply: r.Reply, Draft: &r.Draft, Then: r.Then, At: r.At})
}

// sameJSON compares meanings: Postgres keeps JSON in a form of its own.
func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// lately is how long a client that the bot itself created is looked up by its id: Halo's lists
// may show it late, and the directory is only sure to have it after its next whole read.
const lately = time.Hour

// before lists the jobs for the same company that may be creating a client right now, or have
// created one lately.
func before(ctx context.Context, tx jobs, r Request, since time.Time) ([]int64, error) {
	rows, err := tx.list(ctx, selection{kinds: requests, title: new(r.Title), host: r.Host, endedSince: since})
	if err != nil {
		return nil, fmt.Errorf("look for requests for the same company: %w", err)
	}
	var ids []int64
	for _, row := range rows {
		other, err := decode(row)
		if err != nil {
			return nil, err
		}
		if o := other.state.Outcome; (o == "" || o == Created) && other.request.creates() && other.request.Draft.Connection == r.Draft.Connection {
			ids = append(ids, row.ID)
		}
	}
	return ids, nil
}

// Find returns the newest request with key.
func (s *Service) Find(ctx context.Context, key string) (Receipt, bool, error) {
	found, known, err := newest(ctx, s.queue, key)
	if err != nil || !known {
		return Receipt{}, false, err
	}
	return Receipt{Request: found.request, State: found.state}, true, nil
}

// Words are what somebody typed, and ticked.
type Words struct {
	Draft draft.Draft
	Then  *Filing
}

// Words are those of r's own person.
func (r Request) Words() Words { return Words{Draft: r.Draft, Then: r.Then} }

// Typed are a person's last words who joined the newest request with key; nil when nothing is
// known of that.
func (s *Service) Typed(ctx context.Context, key, person string) (*Words, error) {
	first, known, err := newest(ctx, s.queue, key)
	if err != nil || !known {
		return nil, err
	}
	rows, err := s.queue.list(ctx, selection{kinds: joiners, by: new(person), above: first.job.ID, newest: true})
	if err != nil {
		return nil, fmt.Errorf("look up who joined request %s: %w", key, err)
	}
	for _, row := range rows {
		var j joiner
		if err := json.Unmarshal(row.EncodedArgs, &j); err != nil {
			return nil, fmt.Errorf("read joiner %d: %w", row.ID, err)
		}
		if j.Job == first.job.ID && j.Draft != nil {
			return &Words{Draft: *j.Draft, Then: j.Then}, nil
		}
	}
	return nil, nil
}

// stored is a job as this package sees it.
type stored struct {
	job     *rivertype.JobRow
	request Request
	state   State
}

// lister lists jobs, in a transaction or outside of one.
type lister interface {
	list(ctx context.Context, s selection) ([]*rivertype.JobRow, error)
}

func newest(ctx context.Context, in lister, key string) (stored, bool, error) {
	return newestOf(ctx, in, Request{}.Kind(), key)
}

func newestOf(ctx context.Context, in lister, kind, key string) (stored, bool, error) {
	rows, err := in.list(ctx, selection{kinds: []string{kind}, key: new(key), newest: true, most: 1})
	if err != nil {
		return stored{}, false, fmt.Errorf("look up request %s: %w", key, err)
	}
	if len(rows) == 0 {
		return stored{}, false, nil
	}
	found, err := decode(rows[0])
	return found, err == nil, err
}

// byID reads the request of a job; it is not known any more when its time of keeping is over.
func (s *Service) byID(ctx context.Context, job int64) (stored, bool, error) {
	row, err := s.queue.get(ctx, job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return stored{}, false, nil
	}
	if err != nil {
		return stored{}, false, fmt.Errorf("read request %d: %w", job, err)
	}
	found, err := decode(row)
	return found, err == nil, err
}

func decode(row *rivertype.JobRow) (stored, error) {
	out := stored{job: row}
	args := json.NewDecoder(bytes.NewReader(row.EncodedArgs))
	args.UseNumber() // a client's further fields are sent as they are configured
	if err := args.Decode(&out.request); err != nil {
		return stored{}, fmt.Errorf("read request %d: %w", row.ID, err)
	}
	if output := row.Output(); len(output) > 0 {
		if err := json.Unmarshal(output, &out.state); err != nil {
			return stored{}, fmt.Errorf("read the state of request %d: %w", row.ID, err)
		}
	}
	return out, nil
}
