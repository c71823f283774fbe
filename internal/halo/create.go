package halo

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"halobot/internal/draft"
	"halobot/internal/text"
)

// NewClient is what Create sends.
type NewClient struct {
	Draft draft.Draft
	Key   string // the request's key: into ref and into the notes' last line
	Asked string // who asked, where, and a link: the rest of that line
	// Fields are further fields by their keys in Halo, sent with the JSON types that they have
	// (draft.ClientFields renders them). The bot's own go before one of the same key.
	Fields map[string]any
}

// writeTimeout bounds a write whose context has no deadline.
const writeTimeout = 10 * time.Second

var (
	errNoID    = errors.New("the answer holds no id")
	errAnother = errors.New("the answer names another client")
)

// Create writes one client: one POST, never repeated but after a 401. ctx's deadline is the
// POST's, by the wall clock too: nothing is sent when it has passed, and no answer is waited
// for beyond it. Where the answer is an id without a name, Halo is asked whose id it is.
//
// The client is returned as Halo answered it, which may be less than what Halo has (see
// Client.Partial); its id is always there. Halo may have dropped what it was sent: compare. The
// error is an *Error, whose Outcome says whether Halo may have made a client all the same.
func (c *Connection) Create(ctx context.Context, turn *Turn, n NewClient) (Client, error) {
	record := maps.Clone(n.Fields)
	if record == nil {
		record = map[string]any{}
	}
	record["ref"] = n.Key
	sent := n.Draft
	sent.Notes = withMark(sent.Notes, n.Asked, n.Key)
	for _, in := range draft.Fields {
		if value := *in.Of(&sent); value != "" {
			record[in.Halo] = value
		}
	}
	if c.settings.TopLevelID != 0 {
		record["toplevel_id"] = c.settings.TopLevelID
	}
	f := fare{urgency: forCreate, turn: turn}
	q := call{endpoint: "client_create", path: "Client", effect: "the client was created"}
	made, err := write[area](ctx, c, f, q, "clients", record, func(a area) error {
		if a.ID > 0 && !a.Name.said {
			a = whose(ctx, c, f, "client_get", q.path, "clients", a)
		}
		switch {
		case a.ID <= 0:
			return errNoID
		case a.Name.said && text.Key(a.Name.s) != text.Key(n.Draft.Name):
			return errAnother
		}
		return nil
	})
	if err != nil {
		return Client{}, err
	}
	c.topLevels.note(made)
	c.noteMain(made)
	client := made.client()
	remembered := client
	if !made.Name.said {
		remembered.Name = n.Draft.Name
	}
	if !made.Website.said {
		remembered.Website = n.Draft.Website
	}
	c.directory.add(remembered)
	return client, nil
}

// write posts one record, once, and reads the record that it is answered with; check says what
// is wrong with that one.
func write[Row any](ctx context.Context, c *Connection, f fare, q call, key string, record map[string]any, check func(Row) error) (Row, error) {
	var got, none Row
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, writeTimeout)
		defer cancel()
	}
	// Without an id it is a create, with one an update; a bare object is refused.
	body, err := json.Marshal([]any{record})
	if err != nil {
		return none, &Error{Outcome: NotDone, Message: "The " + recordNames[q.path] + " could not be written as JSON.", Err: err}
	}
	q.body, q.fare = body, f
	err = c.do(ctx, q, func(r *http.Response) (err error) {
		if got, err = readOne[Row](r, key); err != nil {
			return err
		}
		return check(got)
	})
	if err != nil {
		return none, err
	}
	return got, nil
}

// whose is the record that a create's answer means when it says no more than an id, which may be
// anybody's: as Halo has it; empty when Halo has none; the answer itself when Halo does not say.
func whose[Row interface{ number() int }](ctx context.Context, c *Connection, f fare, endpoint, path, key string, answered Row) Row {
	has, err := record[Row](ctx, c, f, endpoint, path, key, answered.number())
	if err != nil && status(err) != http.StatusNotFound {
		return answered
	}
	return has
}

// markWords stand before the key in the notes' last line, the mark. It tells people where a
// record comes from, and the bot which request made it, where a tenant numbers its references
// itself.
const markWords = "halobot request "

// withMark puts the mark under the notes as typed.
func withMark(notes, asked, key string) string {
	mark := "Created for " + strings.Join(strings.Fields(asked), " ") + " · " + markWords + key
	if strings.TrimSpace(notes) == "" {
		return mark
	}
	return notes + "\n\n" + mark
}

// afterMark is what may follow the mark when Halo gives the notes back as HTML.
var afterMark = regexp.MustCompile(`(\s|<[^<>]*>|&nbsp;)+$`)

// markedKey is the key in the mark that the notes end in; "" when they do not.
func markedKey(notes string) string {
	const longestMark = 2000
	notes = afterMark.ReplaceAllString(notes[max(0, len(notes)-longestMark):], "")
	i := strings.LastIndex(notes, " "+markWords)
	if i < 0 {
		return ""
	}
	key := notes[i+1+len(markWords):]
	if len(key) > longestRef || strings.ContainsAny(key, "\r\n") {
		return ""
	}
	return key
}
