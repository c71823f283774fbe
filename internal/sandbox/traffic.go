package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"net/url"
	"slices"
	"strconv"
	"time"

	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// entry is one line of the developer drawer.
type entry struct {
	ID     string    `json:"id"` // unique; a later entry of the same id replaces it
	Side   string    `json:"side"`
	Way    string    `json:"way,omitempty"` // from-bot, to-bot
	At     time.Time `json:"at"`
	What   string    `json:"what"`
	Result string    `json:"result,omitempty"`
	Status int       `json:"status"`
	OK     *bool     `json:"ok,omitempty"` // of Slack's answer
	Took   string    `json:"took,omitempty"`
	Fault  string    `json:"fault,omitempty"`
	Sent   string    `json:"sent,omitempty"`
	Answer string    `json:"answer,omitempty"`
}

// trafficShown is how much of the past a page gets when it opens.
const trafficShown = 200

// reader gives one page the traffic that it has not seen.
type reader struct {
	seed maphash.Seed
	sent map[string]uint64 // by id: what was sent last, of entries that may still change
	// Of each source, the number up to which nothing changes any more.
	slack, log int
	halo       map[*tenant]int
	begun      bool
}

func newReader() *reader {
	return &reader{seed: maphash.MakeSeed(), sent: make(map[string]uint64), halo: make(map[*tenant]int)}
}

// unanswered is how long an entry may wait for its answer before it counts as final.
const unanswered = time.Minute

// news are the entries that are new, or have changed, since the last call.
func (r *reader) news(s *Sandbox) []json.RawMessage {
	var all []entry
	if s.slack != nil {
		list, _ := s.slack.Traffic(r.slack)
		for _, e := range list[r.past(len(list)):] {
			all = append(all, fromSlack(e))
		}
		settled := true
		for _, e := range list {
			settled = settled && (e.Took > 0 || e.Kind != "call" || time.Since(e.At) > unanswered)
			if settled {
				r.slack = e.N
			}
		}
	}
	for _, t := range s.tenants {
		since := r.halo[t]
		list := t.halo.Calls(func(c localhalo.Call) bool { return c.Seq > since })
		for _, c := range list[r.past(len(list)):] {
			all = append(all, fromHalo(t, c))
		}
		settled := true
		for _, c := range list {
			settled = settled && (c.Done || time.Since(c.At) > unanswered)
			if settled {
				r.halo[t] = c.Seq
			}
		}
	}
	lines := s.bot.Lines(r.log)
	for _, l := range lines[r.past(len(lines)):] {
		all = append(all, entry{ID: "l" + strconv.Itoa(l.Seq), Side: "log", At: l.At, What: l.Text})
		r.log = l.Seq
	}
	r.begun = true
	slices.SortStableFunc(all, func(a, b entry) int { return a.At.Compare(b.At) })
	return r.changed(all)
}

// past is how many of n entries, the oldest ones, the page does not get: when it opens, all
// but the last few.
func (r *reader) past(n int) int {
	if r.begun {
		return 0
	}
	return max(0, n-trafficShown)
}

// changed are those of the entries that were not sent like this before.
func (r *reader) changed(all []entry) []json.RawMessage {
	var fresh []json.RawMessage
	now := make(map[string]uint64, len(all))
	for _, e := range all {
		data := mustJSON(e)
		now[e.ID] = maphash.Bytes(r.seed, data)
		if r.sent[e.ID] != now[e.ID] {
			fresh = append(fresh, data)
		}
	}
	r.sent = now
	return fresh
}

func fromSlack(e localslack.Entry) entry {
	v := entry{
		ID: "s" + strconv.Itoa(e.N), Side: "slack", Way: "from-bot", At: e.At, What: e.Method, Status: e.Status,
		Sent: string(e.Sent), Answer: string(e.Answer),
	}
	switch e.Kind {
	case "ack":
		v.What = "acknowledges"
		var ack struct {
			Payload struct {
				Action string `json:"response_action"`
			} `json:"payload"`
		}
		if json.Unmarshal(e.Sent, &ack) == nil && ack.Payload.Action != "" {
			v.What += ": " + ack.Payload.Action
		}
	case "envelope":
		v.What = envelopeName(e)
	case "call":
	default:
		v.What = e.Kind
		if e.Method != "" {
			v.What += " " + e.Method
		}
	}
	if e.Direction == localslack.ToApp {
		v.Way = "to-bot"
		return v
	}
	v.Took = short(e.Took)
	var answer struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if json.Unmarshal(e.Answer, &answer) == nil && answer.OK != nil {
		v.OK, v.Result = answer.OK, "ok"
		if !*answer.OK {
			v.Result = answer.Error
		}
	} else if e.Status >= 300 {
		v.Result = strconv.Itoa(e.Status)
	}
	return v
}

// envelopeName says what an envelope is about: the command, the click, the event.
func envelopeName(e localslack.Entry) string {
	var in struct {
		Payload struct {
			Type    string `json:"type"`
			Command string `json:"command"`
			Event   struct {
				Type string `json:"type"`
			} `json:"event"`
			Actions []struct {
				ID string `json:"action_id"`
			} `json:"actions"`
		} `json:"payload"`
	}
	if json.Unmarshal(e.Sent, &in) != nil {
		return e.Method
	}
	p := in.Payload
	switch {
	case p.Command != "":
		return p.Command
	case p.Event.Type != "":
		return p.Event.Type
	case len(p.Actions) > 0:
		return p.Type + " " + p.Actions[0].ID
	case p.Type != "":
		return p.Type
	}
	return e.Method
}

func fromHalo(t *tenant, c localhalo.Call) entry {
	v := entry{
		ID: fmt.Sprintf("h%s%d", t.name, c.Seq), Side: "halo", Way: "from-bot", At: c.At,
		What: c.Method + " " + c.Path, Status: c.Status, Fault: c.Fault, Sent: c.Body, Answer: c.Answer,
	}
	if len(c.Query) > 0 {
		query, err := url.QueryUnescape(c.Query.Encode())
		if err != nil {
			query = c.Query.Encode()
		}
		v.What += "?" + query
	}
	if c.Done {
		v.Took, v.Result = short(c.Took), strconv.Itoa(c.Status)
		if c.Status == 0 {
			v.Result, v.Status = "no answer", 599
		}
	}
	return v
}

func short(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// joined is a JSON array of messages.
func joined(list []json.RawMessage) []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i, m := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(m)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// mustJSON renders the page's own types: nothing that JSON cannot say.
func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
