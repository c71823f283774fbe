package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"halobot/internal/config"
	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/onboarding"
	"halobot/internal/text"
)

// historyCmd lists requests and dismissed alerts, newest first.
type historyCmd struct {
	Since sinceTime `placeholder:"TIME" help:"Only what was asked since then: an age (30d, 12h) or a date (2026-01-31, 2026-01-31T08:00:00Z)."`
	Limit rowLimit  `default:"100" help:"At most this many, the newest; 0 = all. They are kept for 400 days."`
	JSON  bool      `name:"json" xor:"output" help:"One JSON object a line, newest first."`
	CSV   bool      `name:"csv" xor:"output" help:"A table for a spreadsheet."`
}

func (c historyCmd) Run(ctx context.Context, w *world) error {
	cfg, err := config.Load(w.environ, ".env", config.Database)
	if err != nil {
		return err
	}
	requests, err := onboarding.Open(ctx, onboarding.Config{
		DatabaseURL: cfg.Database,
		Existing:    true, // to make one here would hide that this is the wrong place
		Work:        onboarding.WorkNothing,
		Log:         quietLog(cfg, w.stderr),
	})
	if errors.Is(err, onboarding.ErrNoDatabase) {
		shown, isFile := strings.CutPrefix(cfg.Database, "sqlite:")
		if !isFile {
			shown = onboarding.ShownURL(cfg.Database)
		}
		fmt.Fprintf(w.stderr, "There is no database %s here yet (DATABASE_URL): nothing was asked for.\n", shown)
		return nil
	}
	if err != nil {
		return err
	}
	defer requests.Close() //nolint:errcheck // nothing was written

	query := onboarding.Query{Since: time.Time(c.Since), Answers: true}
	if c.Limit > 0 {
		query.Limit = int(c.Limit) + 1 // one more tells whether there are more
	}
	list, err := requests.History(ctx, query)
	if err != nil {
		return err
	}
	mails, err := requests.Mails(ctx, query)
	if err != nil {
		return err
	}
	links := clientLinks(w)
	entries := newEntries(list, links)
	for _, m := range mails {
		entries = append(entries, newMailEntry(m, links))
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return b.Time.Compare(a.Time) })
	if c.Limit > 0 && len(entries) > int(c.Limit) {
		entries = entries[:c.Limit]
		defer fmt.Fprintln(w.stderr, "There are older ones; --limit 0 lists all.")
	}
	if len(entries) == 0 && !c.JSON && !c.CSV {
		fmt.Fprintln(w.stderr, "Nothing was asked for yet.")
		return nil
	}
	switch {
	case c.JSON:
		return historyLines(w.stdout, entries)
	case c.CSV:
		return historyCSV(w.stdout, entries)
	}
	return historyTable(w.stdout, entries)
}

// clientLinks link to the clients of each connection whose address is configured here.
func clientLinks(w *world) func(connection string, id int) string {
	cfg, _ := config.Load(w.environ, ".env", config.Halo) // the rest of it is not needed here
	var all []*halo.Connection
	for _, settings := range cfg.Halo {
		if settings.URL != "" {
			all = append(all, halo.New(settings, nil, slog.New(slog.DiscardHandler)))
		}
	}
	return func(connection string, id int) string {
		for _, c := range all {
			if (c.Name() == connection || connection == "") && id != 0 {
				return c.ClientURL(id)
			}
		}
		return ""
	}
}

// entry is a request as `bot history --json` prints it.
type entry struct {
	Time    time.Time  `json:"time"`
	Ended   *time.Time `json:"ended,omitempty"`
	Outcome string     `json:"outcome"` // "" while it is in hand
	Phase   string     `json:"phase,omitempty"`
	// Then is how a person went on after the request had ended: the outcome or the phase of the
	// newest request that followed it.
	Then       string  `json:"then,omitempty"`
	ID         int     `json:"id,omitempty"` // of the client that was created or used
	Name       string  `json:"name"`
	Sender     string  `json:"sender,omitempty"` // of the alert that was dismissed or reopened
	Website    string  `json:"website,omitempty"`
	URL        string  `json:"url,omitempty"` // of the client in Halo
	Connection string  `json:"connection"`
	By         who     `json:"by"`
	Via        string  `json:"via"`
	Place      where   `json:"place,omitzero"`
	Subject    string  `json:"subject,omitempty"` // of a mail
	Found      []match `json:"found,omitempty"`
	Problem    string  `json:"problem,omitempty"`
	Key        string  `json:"key"`
}

type who struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type where struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	Link string `json:"link,omitempty"`
}

// match is a client that was found instead.
type match struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	Website  string `json:"website,omitempty"`
	Inactive bool   `json:"inactive,omitempty"`
	URL      string `json:"url,omitempty"`
}

func newMatch(c halo.Client, url string) match {
	return match{ID: c.ID, Name: c.Name, Website: c.Website, Inactive: c.Inactive, URL: url}
}

func newEntry(r onboarding.Receipt) entry {
	e := entry{
		Time:       r.Request.At,
		Outcome:    string(r.State.Outcome),
		Phase:      string(r.State.Phase),
		Name:       r.Request.Draft.Name,
		Website:    r.Request.Draft.Website,
		Connection: r.Request.Draft.Connection,
		By:         who(r.Request.By),
		Via:        string(r.Request.Via),
		Place:      where(r.Request.Place),
		Problem:    r.State.Problem,
		Key:        r.Request.Key,
	}
	if ended := r.State.Ended; !ended.IsZero() {
		e.Ended = &ended
	}
	if r.Request.Answer != nil {
		e.Name, e.Sender = "", r.Request.Answer.Email
		if e.Outcome == "" {
			e.Phase = cmp.Or(e.Phase, string(r.Request.Answer.Word))
		}
	}
	if c := r.State.Client; c != nil {
		e.ID, e.Name, e.Website = c.ID, cmp.Or(c.Name, e.Name), cmp.Or(c.Website, e.Website)
	}
	for _, c := range r.State.Found {
		e.Found = append(e.Found, newMatch(c, ""))
	}
	return e
}

// newEntries lists what receipts, newest first, came to.
func newEntries(list []onboarding.Receipt, link func(connection string, id int) string) []entry {
	var entries []entry
	newest := map[string]string{} // key → how the newest request with it, or after it, stands
	for _, r := range list {
		e := newEntry(r)
		link := link
		if at := r.State.Where(); at != "" { // the connection may lead elsewhere today
			link = func(_ string, id int) string {
				if id <= 0 {
					return ""
				}
				return halo.ClientURL(at, id)
			}
		}
		e.URL = link(e.Connection, e.ID)
		for i := range e.Found {
			e.Found[i].URL = link(e.Connection, e.Found[i].ID)
		}
		e.Then = newest[e.Key]
		for key := e.Key; key != ""; key = onboarding.Followed(key) {
			if _, known := newest[key]; !known {
				newest[key] = standing(e)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// newMailEntry is a mail of `bot alert`: its sender asked, and what they have is Halo's.
func newMailEntry(m onboarding.MailReceipt, link func(connection string, id int) string) entry {
	r := m.State.Reading
	if r.Alert.Email == "" { // nobody has come to it yet
		r.Alert = m.Mail.Mail.Alert(draft.Rules{}).Under(m.Mail.Said)
	}
	e := entry{
		Time:       m.Mail.At,
		Outcome:    string(m.State.Outcome),
		Connection: r.Alert.Connection,
		By:         who{Name: r.Alert.Email},
		Via:        "mail",
		Place:      where{ID: m.Mail.Channel},
		Subject:    r.Alert.Subject,
		Problem:    cmp.Or(m.State.Problem, string(m.Mail.Mail.Noise), r.Unasked),
		Key:        m.Mail.Key,
	}
	if e.Outcome == "" {
		e.Phase = "kept"
	}
	if ended := m.State.Ended; !ended.IsZero() {
		e.Ended = &ended
	}
	if r.Has != nil {
		e.ID, e.Name, e.Website = r.Has.Client.ID, r.Has.Client.Name, r.Has.Client.Website
		e.URL = link(e.Connection, e.ID)
	}
	return e
}

// standing is a request's outcome, or what it is doing.
func standing(e entry) string {
	if e.Outcome != "" {
		return e.Outcome
	}
	return cmp.Or(e.Phase, "accepted") + "…"
}

func historyLines(w io.Writer, entries []entry) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range entries {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

// columns are those of the table and of the CSV.
var columns = []string{"TIME", "OUTCOME", "CLIENT", "NAME", "WEBSITE", "CONNECTION", "BY", "FROM", "LINK", "KEY"}

// cells are an entry's columns, on one line each and without what a terminal obeys. The time is
// local, in the layout.
func (e entry) cells(layout string) []string {
	outcome := standing(e)
	if e.Then != "" {
		outcome += ", then " + e.Then
	}
	var id string
	if e.ID != 0 {
		id = strconv.Itoa(e.ID)
	}
	from := e.Via
	if place := cmp.Or(e.Place.Name, e.Place.ID); place != "" {
		from += " in " + place
	}
	cells := []string{e.Time.Local().Format(layout), outcome, id, cmp.Or(e.Name, e.Sender), e.Website, e.Connection, cmp.Or(e.By.Name, e.By.ID), from, e.URL, e.Key}
	for i := range cells {
		cells[i] = text.Line(cells[i])
	}
	return cells
}

func historyTable(w io.Writer, entries []entry) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(columns, "\t"))
	for _, e := range entries {
		cells := e.cells("2006-01-02 15:04 MST")
		for i := range cells {
			cells[i] = cmp.Or(cells[i], "-")
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

func historyCSV(w io.Writer, entries []entry) error {
	table := csv.NewWriter(w)
	_ = table.Write(columns) // Error has what went wrong
	for _, e := range entries {
		cells := e.cells(time.RFC3339)
		for i, cell := range cells {
			// A spreadsheet would carry out what a stranger's mail says.
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@") {
				cells[i] = "'" + cell
			}
		}
		_ = table.Write(cells)
	}
	table.Flush()
	return table.Error()
}

// sinceTime is a moment, given as one or as an age.
type sinceTime time.Time

// UnmarshalText reads what people type.
func (s *sinceTime) UnmarshalText(text []byte) error {
	at, err := parseSince(string(text), time.Now())
	if err == nil {
		*s = sinceTime(at)
	}
	return err
}

func parseSince(text string, now time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	if at, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return at, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is neither an age like 30d or 12h nor a date like 2026-01-31 or 2026-01-31T08:00:00Z", text)
}
