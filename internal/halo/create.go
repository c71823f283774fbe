package halo

import (
	"context"
	"encoding/json"
	"errors"
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
}

// createTimeout bounds a create whose context has no deadline.
const createTimeout = 10 * time.Second

var (
	errNoID    = errors.New("the answer holds no id")
	errAnother = errors.New("the answer names another client")
)

// Create writes one client: one POST, never repeated but after a 401. ctx's deadline is the
// POST's, by the wall clock too: nothing is sent when it has passed, and no answer is waited
// for beyond it.
//
// The client is returned as Halo answered it, which may be less than what Halo has (see
// Client.Partial); its id is always there. Halo may have dropped what it was sent: compare. The
// error is an *Error, whose Outcome says whether Halo may have made a client all the same.
func (c *Connection) Create(ctx context.Context, turn *Turn, n NewClient) (Client, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, createTimeout)
		defer cancel()
	}
	// An id would make it an update, a bare object is refused: Halo wants an array.
	body, err := json.Marshal([]newArea{{
		Name:        n.Draft.Name,
		Website:     n.Draft.Website,
		TradingName: n.Draft.TradingName,
		Notes:       withMark(n.Draft.Notes, n.Asked, n.Key),
		Ref:         n.Key,
		TopLevelID:  c.settings.TopLevelID,
	}})
	if err != nil {
		return Client{}, &Error{Outcome: NotDone, Message: "The client could not be written as JSON.", Err: err}
	}
	var made area
	err = c.do(ctx, call{endpoint: "client_create", path: "Client", body: body, fare: fare{forCreate, turn}}, func(r *http.Response) (err error) {
		made, err = readArea(r)
		switch {
		case err != nil:
			return err
		case made.ID <= 0:
			return errNoID
		case made.Name.said && text.Key(made.Name.s) != text.Key(n.Draft.Name):
			return errAnother
		}
		return nil
	})
	if err != nil {
		return Client{}, err
	}
	c.directory.add(made)
	return made.client(), nil
}

// newArea is a client as it is posted. Halo's limit for the website is 250 characters.
type newArea struct {
	Name        string `json:"name"`
	Website     string `json:"website,omitempty"`
	TradingName string `json:"trading_name,omitempty"`
	Notes       string `json:"notes,omitempty"`
	Ref         string `json:"ref,omitempty"`
	TopLevelID  int    `json:"toplevel_id,omitempty"`
}

// markWords stand before the key in the notes' last line, the mark. It tells people where a
// client comes from, and the bot which request made it, where a tenant numbers its references
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

// hasMark reports whether the notes end in the mark of the request with this key.
func hasMark(notes, key string) bool {
	return key != "" && strings.HasSuffix(afterMark.ReplaceAllString(notes, ""), " "+markWords+key)
}

// carries reports whether the request with this key made the client.
func (a area) carries(key string) bool {
	return key != "" && (a.Ref.s == key || hasMark(a.Notes.s, key))
}
