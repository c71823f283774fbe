package localslack

import (
	"encoding/json"
	"regexp"
	"sync"
	"time"
)

// Direction says who spoke.
type Direction string

// The directions of traffic.
const (
	FromApp Direction = "app"   // the app calls Slack, or acknowledges
	ToApp   Direction = "slack" // Slack sends to the app
)

// Entry is one thing that crossed the wire.
type Entry struct {
	N         int             `json:"n"` // counts from 1
	At        time.Time       `json:"at"`
	Direction Direction       `json:"direction"`
	Kind      string          `json:"kind"`             // call, envelope, ack, response_url, webhook, socket
	Method    string          `json:"method,omitempty"` // of a call; type of an envelope
	Sent      json.RawMessage `json:"sent,omitempty"`   // what was said, without tokens
	Status    int             `json:"status,omitempty"` // HTTP; 0 when nothing was answered
	Answer    json.RawMessage `json:"answer,omitempty"`
	Took      time.Duration   `json:"took,omitempty"`
}

const (
	keptEntries = 1000
	keptBytes   = 64 << 10 // of one body
)

// traffic is a ring of the latest entries. Bodies are kept raw and cleaned when read, so that
// a benchmark does not pay for what nobody looks at.
type traffic struct {
	mu      sync.Mutex
	entries []*Entry
	n       int
	changed chan struct{}
}

func newTraffic() *traffic { return &traffic{changed: make(chan struct{})} }

// pending is an entry whose answer is still to come.
type pending struct {
	log   *traffic
	entry *Entry
}

func (t *traffic) begin(e Entry, sent []byte) *pending {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	e.N, e.At, e.Sent = t.n, time.Now(), clip(sent)
	t.entries = append(t.entries, &e)
	if len(t.entries) > keptEntries+keptEntries/4 {
		t.entries = append([]*Entry(nil), t.entries[len(t.entries)-keptEntries:]...)
	}
	t.tell()
	return &pending{t, &e}
}

// add records something that has no answer.
func (t *traffic) add(e Entry, sent []byte) { t.begin(e, sent) }

func (p *pending) end(status int, answer []byte) {
	p.log.mu.Lock()
	defer p.log.mu.Unlock()
	p.entry.Status, p.entry.Answer, p.entry.Took = status, clip(answer), time.Since(p.entry.At)
	p.log.tell()
}

func (t *traffic) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}

func clip(b []byte) []byte {
	if len(b) > keptBytes {
		return encode(map[string]any{"left_out": "too long for the log", "bytes": len(b)})
	}
	return b
}

// Traffic gives what crossed the wire after entry n, oldest first, as far as it is still kept:
// a thousand entries. The channel is closed when there is more, or when an entry gets its
// answer.
func (s *Slack) Traffic(n int) ([]Entry, <-chan struct{}) {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	var list []Entry
	for _, e := range s.log.entries {
		if e.N > n {
			c := *e
			c.Sent, c.Answer = redact(c.Sent), redact(c.Answer)
			list = append(list, c)
		}
	}
	return list, s.log.changed
}

var (
	tokenField = regexp.MustCompile(`("(?:token|bot_access_token|app_token)"\s*:\s*)"[^"]*"`)
	tokenText  = regexp.MustCompile(`\b(?:xox[a-z]|xapp|xwfp)-[A-Za-z0-9-]+`)
	ticketText = regexp.MustCompile(`(ticket=)[a-z0-9]+`)
)

// redact removes tokens; what is not JSON becomes a JSON string.
func redact(raw []byte) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	raw = tokenField.ReplaceAll(raw, []byte(`$1"[redacted]"`))
	raw = tokenText.ReplaceAll(raw, []byte("[redacted]"))
	raw = ticketText.ReplaceAll(raw, []byte("${1}[redacted]"))
	if !json.Valid(raw) {
		return encode(string(raw))
	}
	return raw
}
