package halo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// User is a user of a client: somebody who writes to the service desk.
type User struct {
	ID       int
	Name     string
	Emails   []string // the address, and the second and third where there are
	ClientID int
	Client   string
	SiteID   int
	Inactive bool
	// Warning is what Halo said beside the answer to a write; "" when nothing.
	Warning string
}

// Has reports whether one of the user's addresses is this one, case aside.
func (u User) Has(email string) bool {
	return slices.ContainsFunc(u.Emails, func(e string) bool { return strings.EqualFold(e, strings.TrimSpace(email)) })
}

// userRow is what is read of a user. Rows of a list may lack the further addresses.
type userRow struct {
	ID       number   `json:"id"`
	Name     jsonText `json:"name"`
	Email    jsonText `json:"emailaddress"`
	Email2   jsonText `json:"email2"`
	Email3   jsonText `json:"email3"`
	ClientID number   `json:"client_id"`
	Client   jsonText `json:"client_name"`
	SiteID   number   `json:"site_id"`
	SiteInt  number   `json:"site_id_int"`
	Inactive truth    `json:"inactive"`
	Warning  jsonText `json:"_warning"`
}

func (u userRow) number() int { return int(u.ID) }

// partial reports whether further addresses may be missing.
func (u userRow) partial() bool { return !u.Email2.there || !u.Email3.there }

func (c *Connection) user(u userRow) User {
	user := User{
		ID: int(u.ID), Name: strings.TrimSpace(u.Name.s), ClientID: int(u.ClientID), Client: u.Client.s,
		SiteID: int(max(u.SiteID, u.SiteInt)), Inactive: bool(u.Inactive), Warning: c.said(u.Warning.s),
	}
	for _, email := range []jsonText{u.Email, u.Email2, u.Email3} {
		if e := strings.TrimSpace(email.s); e != "" {
			user.Emails = append(user.Emails, e)
		}
	}
	return user
}

// said is a sentence of Halo's, fit to be shown.
func (c *Connection) said(s string) string { return c.words("", []byte(s)) }

// maxUsers bounds the users that a search is taken from, and maxUserReads those that are read to
// see their further addresses.
const (
	maxUsers     = 500
	maxUserPages = 5
	maxUserReads = 25
)

// errManyUsers says that a search for an address found more than can be compared.
var errManyUsers = errors.New("too many users")

// FindUsers returns the users who have this address, the first, second or third, inactive ones
// too: of one client, or, where clientID is 0, of all. Nobody without an error means that Halo
// has none: a search that finds more users than can be compared is an error.
func (c *Connection) FindUsers(ctx context.Context, clientID int, email string) ([]User, error) {
	return c.findUsers(ctx, fare{urgency: forCreate}, clientID, email)
}

func (c *Connection) findUsers(ctx context.Context, f fare, clientID int, email string) ([]User, error) {
	email = strings.TrimSpace(email)
	rows, err := c.users(ctx, f, clientID, email)
	if err != nil {
		return nil, err
	}
	var found []User
	reads := 0
	for _, row := range rows {
		u := c.user(row)
		// Halo's search covers more than addresses, and may ignore the client.
		if u.ID <= 0 || clientID != 0 && u.ClientID != 0 && u.ClientID != clientID {
			continue
		}
		if !u.Has(email) && row.partial() {
			if reads++; reads > maxUserReads {
				return nil, manyUsers(maxUserReads)
			}
			if u, err = c.readUser(ctx, f, u.ID); status(err) == http.StatusNotFound {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		if u.Has(email) && (clientID == 0 || u.ClientID == clientID) {
			found = append(found, u)
		}
	}
	return found, nil
}

// users searches for an address.
func (c *Connection) users(ctx context.Context, f fare, clientID int, email string) ([]userRow, error) {
	q := url.Values{
		"search": {email}, "pageinate": {"true"}, "page_size": {strconv.Itoa(listPage)},
		"includeactive": {"true"}, "includeinactive": {"true"},
	}
	if clientID != 0 {
		q.Set("client_id", strconv.Itoa(clientID))
	}
	var users []userRow
	seen := map[number]bool{}
	for page := 1; page <= maxUserPages; page++ {
		q.Set("page_no", strconv.Itoa(page))
		before, rows := len(seen), 0
		var total count
		err := c.do(ctx, call{endpoint: "users", path: "Users", query: q, fare: f}, func(r *http.Response) (err error) {
			total, err = readList(r, "users", func(u userRow) error {
				if rows++; len(users) > maxUsers {
					return errTooLarge
				}
				if !seen[u.ID] {
					seen[u.ID] = true
					users = append(users, u)
				}
				return nil
			})
			return err
		})
		switch {
		case err != nil:
			return nil, err
		case len(seen) == before, rows < listPage && (!total.said || len(seen) >= total.n):
			return users, nil
		}
	}
	return nil, manyUsers(listPage * maxUserPages)
}

func manyUsers(n int) *Error {
	return &Error{
		Outcome: NotDone, Err: errManyUsers,
		Message: fmt.Sprintf("Halo finds more than %d users for one address: its search cannot be relied on.", n),
	}
}

// User reads one user. An Error with status 404 when there is none.
func (c *Connection) User(ctx context.Context, id int) (User, error) {
	return c.readUser(ctx, fare{urgency: forCreate}, id)
}

func (c *Connection) readUser(ctx context.Context, f fare, id int) (User, error) {
	row, err := record[userRow](ctx, c, f, "user_get", "Users", "users", id)
	return c.user(row), err
}

// NewUser is what CreateUser sends.
type NewUser struct {
	Email    string
	Name     string // as a person reads it; from the address where it is ""
	ClientID int
	SiteID   int
	Key      string // the request's: into the notes' last line
	Asked    string // the rest of that line
}

// CreateUser writes one user: one POST, with Create's guarantees and outcomes. Halo is told to
// send them no welcome mail.
func (c *Connection) CreateUser(ctx context.Context, n NewUser) (User, error) {
	name := strings.Join(strings.Fields(n.Name), " ")
	if name == "" {
		name, _, _ = strings.Cut(n.Email, "@")
	}
	first, last := splitName(name)
	fields := map[string]any{
		"name": name, "firstname": first, "surname": last, "emailaddress": n.Email,
		"site_id": n.SiteID, "client_id": n.ClientID, "sendwelcomeemail": false,
		"notes": withMark("", n.Asked, n.Key),
	}
	q := call{endpoint: "user_create", path: "Users", effect: "the user was created"}
	f := fare{urgency: forCreate}
	row, err := write[userRow](ctx, c, f, q, "users", fields, func(u userRow) error {
		if u.ID > 0 && !u.Email.said {
			u = whose(ctx, c, f, "user_get", q.path, "users", u)
		}
		switch {
		case u.ID <= 0:
			return errNoID
		case u.Email.said && !strings.EqualFold(strings.TrimSpace(u.Email.s), n.Email), u.ClientID > 0 && int(u.ClientID) != n.ClientID:
			return errAnother
		}
		return nil
	})
	return c.user(row), err
}

// splitName takes "Jane Doe" and "Doe, Jane" apart.
func splitName(name string) (first, last string) {
	if before, after, ok := strings.Cut(name, ","); ok && strings.TrimSpace(before) != "" && strings.TrimSpace(after) != "" {
		return strings.TrimSpace(after), strings.TrimSpace(before)
	}
	i := strings.LastIndexByte(name, ' ')
	if i < 0 {
		return name, ""
	}
	return name[:i], name[i+1:]
}

// MoveUser moves a user to a site of another client, and reads them back. It can be repeated.
// The error is nil only when Halo has them there.
func (c *Connection) MoveUser(ctx context.Context, userID, clientID, siteID int) (User, error) {
	fields := map[string]any{"id": userID, "client_id": clientID, "site_id": siteID}
	q := call{endpoint: "user_update", path: "Users", effect: "the user was moved"}
	row, wrote := write[userRow](ctx, c, fare{urgency: forCreate}, q, "users", fields, func(userRow) error { return nil })
	if refusedOrNotDone(wrote) {
		return User{}, wrote
	}
	user, err := c.User(ctx, userID)
	if err != nil {
		return User{}, err
	}
	user.Warning = c.said(row.Warning.s)
	if user.SiteID == siteID && (user.ClientID == clientID || user.ClientID == 0) {
		return user, nil
	}
	return user, notKept(wrote, "Halo said that it did move the user, and has not.", user.Warning)
}

// refusedOrNotDone reports whether a write certainly changed nothing.
func refusedOrNotDone(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && failed.Outcome != Unknown
}

// notKept is the error of a write that can be repeated and after which Halo still has what it
// had: wrote, where it failed; else a refusal that says so, and what Halo had to say of it.
func notKept(wrote error, sentence, warning string) error {
	if wrote != nil {
		return wrote
	}
	e := &Error{Outcome: Refused, Message: sentence, Words: warning}
	if warning != "" {
		e.Message += " Halo said: " + quote(warning) + "."
	}
	return e
}

// UserURL is the link to a user in Halo.
func (c *Connection) UserURL(id int) string {
	return fmt.Sprintf("%s/customers?mainview=user&userid=%d", c.settings.URL, id)
}
