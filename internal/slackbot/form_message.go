package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"halobot/internal/draft"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
)

// chooseMessage answers the message shortcut, on any message, whoever posted it. The form is filled
// in with who wrote, as far as the message says, and the answer goes into the message's thread. On
// one of the bot's own alerts the shortcut does what the alert's button does.
func (f *forms) chooseMessage(ctx context.Context, in *incoming, i interaction) {
	if f.gate.refused(ctx, in, in.at.ID) {
		return
	}
	m := i.Message
	value, ok := modals.AlertValue(m.Blocks, m.Attachments)
	if !ok {
		value, ok = modals.DismissedValue(m.Blocks, m.Attachments)
	}
	if ok {
		f.openAlert(ctx, in, i, m.TS, draft.ParseAlert(value))
		return
	}
	a := f.askedAbout(in, i, m.TS, onboarding.ViaShortcut)
	alert := f.own.rules().ReadMessage(m.said())
	a.Email, a.Ticket, a.Sender, a.Verdict = alert.Email, alert.TicketID, alert.SenderName, alert.Verified
	f.offer(ctx, in, i.Trigger, a, f.prefill(ctx, in, a, alert))
	team := in.who.Workspace
	f.work.aside(time.Minute, func(ctx context.Context) { f.own.learnAside(ctx, team) })
}

// file is a file of a message; one of type email is a mail that was sent to the channel.
type file struct {
	Filetype string `json:"filetype"`
	From     []struct {
		Address  string `json:"address"`
		Name     string `json:"name"`
		Original string `json:"original"`
	} `json:"from"`
	Subject string `json:"subject"`
	Text    string `json:"plain_text"`
	Preview string `json:"preview_plain_text"`
}

// said is everything that can be read in a message: its text, every text in its blocks and
// attachments, of whatever type, and its mails.
func (m message) said() draft.Said {
	r := &reader{}
	r.read(m.Text)
	for _, raw := range append(slices.Clone(m.Blocks), m.Attachments) {
		var v any
		if json.Unmarshal(raw, &v) == nil {
			r.read(v)
		}
	}
	r.mails(m.Files)
	return r.Said
}

// reader gathers what a message says, in the order in which it is read.
type reader struct{ draft.Said }

// mails reads the mails among files.
func (r *reader) mails(raw json.RawMessage) {
	var files []file
	if json.Unmarshal(raw, &files) != nil {
		return
	}
	for _, f := range files {
		for _, from := range f.From {
			r.Senders = append(r.Senders, draft.Sender{Source: draft.FromField, Name: from.Name, Email: cmp.Or(from.Address, from.Original)})
		}
		if f.Filetype == "email" || len(f.From) > 0 {
			r.Subject = cmp.Or(r.Subject, f.Subject)
			r.Lines = append(r.Lines, cmp.Or(f.Text, f.Preview))
		}
	}
}

var (
	// unread are the keys of a block that hold nothing to be read.
	unread = []string{"type", "block_id", "action_id", "value", "image_url", "style", "id", "ts", "color"}
	// first are the keys that are read before the others of a block, in this order.
	first = []string{"pretext", "author_name", "title", "label", "text", "fields", "rows", "elements"}
	// inline are the parts of a rich text whose elements are read as one line.
	inline = []string{"rich_text_section", "rich_text_preformatted", "rich_text_quote"}
)

func (r *reader) read(v any) {
	switch v := v.(type) {
	case string:
		r.Lines = append(r.Lines, v)
	case []any:
		for _, e := range v {
			r.read(e)
		}
	case map[string]any:
		kind, _ := v["type"].(string)
		title, hasTitle := v["title"].(string)
		value, hasValue := v["value"].(string)
		rows, hasRows := v["rows"].([]any)
		switch {
		case slices.Contains(inline, kind):
			r.Lines = append(r.Lines, onLine(v["elements"]))
			return
		case hasRows && kind == "table":
			r.table(rows)
			return
		case hasTitle && hasValue: // a field of an attachment
			r.Lines = append(r.Lines, title+": "+value)
			return
		}
		if files, ok := v["files"]; ok {
			raw, _ := json.Marshal(files)
			r.mails(raw)
		}
		keys := slices.DeleteFunc(slices.Sorted(maps.Keys(v)), func(key string) bool {
			return slices.Contains(first, key) || slices.Contains(unread, key) || key == "files"
		})
		for _, key := range slices.Concat(first, keys) {
			r.read(v[key])
		}
	}
}

// table reads a table's rows: as label and value where there are two columns, and otherwise each
// cell with its column's head.
func (r *reader) table(rows []any) {
	var cells [][]string
	for _, row := range rows {
		list, _ := row.([]any)
		var texts []string
		for _, cell := range list {
			texts = append(texts, strings.TrimSpace(onLine(cell)))
		}
		cells = append(cells, texts)
	}
	for n, row := range cells {
		if len(row) == 2 {
			r.Lines = append(r.Lines, strings.TrimSuffix(row[0], ":")+": "+row[1])
			continue
		}
		for i, cell := range row {
			if n > 0 && i < len(cells[0]) {
				r.Lines = append(r.Lines, strings.TrimSuffix(cells[0][i], ":")+": "+cell)
			}
		}
	}
}

// onLine is what the elements of a line say together.
func onLine(v any) string {
	var out strings.Builder
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			out.WriteString(onLine(e))
		}
	case map[string]any:
		text, _ := v["text"].(string)
		if url, _ := v["url"].(string); strings.HasPrefix(strings.ToLower(url), "mailto:") {
			text = "<" + url + "|" + text + ">"
		}
		out.WriteString(text)
		out.WriteString(onLine(v["elements"]))
	}
	return out.String()
}
