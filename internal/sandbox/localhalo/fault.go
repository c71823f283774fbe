package localhalo

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Match picks requests. nil picks every API call: not the token endpoint, not authinfo.
type Match func(Call) bool

// On matches requests of these kinds.
func On(kinds ...Kind) Match {
	return func(c Call) bool { return slices.Contains(kinds, c.Kind) }
}

// Creating matches creates of a client of that name.
func Creating(name string) Match { return Naming(KindCreate, name) }

// Naming matches POSTs of that kind of what has that name.
func Naming(k Kind, name string) Match {
	return func(c Call) bool {
		var sent []struct{ Name string }
		return c.Kind == k && json.Unmarshal([]byte(c.Body), &sent) == nil && len(sent) > 0 && sent[0].Name == name
	}
}

func onAPI(c Call) bool { return c.Kind != KindToken && c.Kind != KindAuthInfo }

// Effect is what goes wrong with a request. The functions below make the usual ones; fields
// may be changed or combined.
type Effect struct {
	Name  string        // for people; shown in the traffic
	Delay time.Duration // before anything is done
	Skip  bool          // it is not carried out
	Late  time.Duration // it is carried out this long after its caller has lost the connection
	Hide  time.Duration // what it makes is in no list for so long (it can be read by its id)

	Before func(*Server, Call) // done before the request, as by somebody else
	After  func(*Server, Call) // done after it, before the answer

	Members     map[string]any // of the answer, in place of what really happened: a name, a _warning
	Status      int            // answered in place of what really happened; 0 leaves that
	Header      http.Header    // with Status
	ContentType string         // with Status
	Body        string         // with Status

	end    end
	revoke bool
}

// Slow makes a request take at least d.
func Slow(d time.Duration) Effect { return Effect{Name: "slow", Delay: d} }

// TooMany answers 429, in Halo's words. retryAfter is that header's value, seconds or a date;
// none when empty.
func TooMany(retryAfter string) Effect {
	e := Effect{
		Name: "429", Skip: true, Status: http.StatusTooManyRequests, ContentType: jsonType,
		Body: `"Rate Limit Reached - 300 Requests per rolling 5 minute window"`,
	}
	if retryAfter != "" {
		e.Header = http.Header{"Retry-After": {retryAfter}}
	}
	return e
}

// Unavailable answers 503 with a page of HTML, as a proxy before Halo does.
func Unavailable() Effect {
	return Effect{
		Name: "503", Skip: true, Status: http.StatusServiceUnavailable, ContentType: "text/html",
		Body: "<!DOCTYPE html><html><head><title>Service Unavailable</title></head>" +
			"<body><h1>503 Service Unavailable</h1><p>Maintenance is under way.</p></body></html>",
	}
}

// StoreThenUnavailable carries the request out, then answers as Unavailable does.
func StoreThenUnavailable() Effect {
	e := Unavailable()
	e.Name, e.Skip = "stored, then 503", false
	return e
}

// BodyShape is how Halo wraps the sentence of a refusal; all of these have been seen.
type BodyShape string

// The shapes of a refusal.
const (
	Sentence   BodyShape = "string"     // "…"
	Plain      BodyShape = "text"       // … as text/plain
	Message    BodyShape = "message"    // {"Message": "…"}
	Exception  BodyShape = "exception"  // {"ClassName": "…", "Message": "…"}
	ErrorField BodyShape = "error"      // {"error": "…"}
	ResultCode BodyShape = "resultCode" // {"resultCode": …, "errorMessage": "…"}
	FieldMap   BodyShape = "fields"     // {"[0].name": ["…"]}
	HTMLPage   BodyShape = "html"       // a page
	NoBody     BodyShape = "empty"
)

// Refuse answers with status and a sentence in one of the shapes; nothing is done.
func Refuse(status int, shape BodyShape, sentence string) Effect {
	e := Effect{Name: "refused", Skip: true, Status: status, ContentType: jsonType}
	var body any
	switch shape {
	case Plain:
		e.ContentType, e.Body = "text/plain; charset=utf-8", sentence
		return e
	case HTMLPage:
		e.ContentType, e.Body = "text/html", "<html><body><h1>"+sentence+"</h1></body></html>"
		return e
	case NoBody:
		e.ContentType = ""
		return e
	case Message:
		body = map[string]string{"Message": sentence}
	case Exception:
		body = map[string]string{"ClassName": "System.Exception", "Message": sentence}
	case ErrorField:
		body = map[string]string{"error": sentence}
	case ResultCode:
		body = map[string]any{"resultCode": status, "errorMessage": sentence}
	case FieldMap:
		body = map[string][]string{"[0].name": {sentence}}
	default:
		body = sentence
	}
	e.Body = string(object(body))
	return e
}

// Revoke answers 401 with nothing in it and makes every token worthless.
func Revoke() Effect { return Effect{Name: "token revoked", revoke: true} }

// Forbid answers 403 with nothing in it.
func Forbid() Effect { return Effect{Name: "403", Skip: true, Status: http.StatusForbidden} }

// StoreThenReset carries the request out, then breaks the connection instead of answering.
func StoreThenReset() Effect { return Effect{Name: "stored, answer lost", end: endReset} }

// StoreThenFail carries the request out, then answers 500.
func StoreThenFail() Effect {
	return Effect{Name: "stored, then 500", Status: http.StatusInternalServerError, ContentType: jsonType, Body: `{"Message":"An error has occurred."}`}
}

// StoreThenException carries the request out, then answers 500 with an exception that says text.
func StoreThenException(text string) Effect {
	e := Refuse(http.StatusInternalServerError, Exception, text)
	e.Name, e.Skip = "stored, then an exception", false
	return e
}

// StoreThenName carries the request out, then answers with another's name.
func StoreThenName(name string) Effect {
	return Effect{Name: "another's name", Members: map[string]any{"name": name}}
}

// Pretend answers as if the request had been carried out, which it is not.
func Pretend(members map[string]any) Effect {
	return Effect{Name: "answered, not done", Skip: true, Status: http.StatusCreated, ContentType: jsonType, Body: string(object(members))}
}

// StoreThenHalf carries the request out, then breaks the connection amid the answer.
func StoreThenHalf() Effect { return Effect{Name: "stored, half an answer", end: endHalf} }

// StoreThenHang carries the request out, then says nothing until the caller gives up.
func StoreThenHang() Effect { return Effect{Name: "stored, no answer", end: endHang} }

// Fail answers 500; nothing is done.
func Fail() Effect {
	e := StoreThenFail()
	e.Name, e.Skip = "500", true
	return e
}

// Reset breaks the connection; nothing is done.
func Reset() Effect { return Effect{Name: "connection lost", Skip: true, end: endReset} }

// Hang says nothing until the caller gives up; nothing is done.
func Hang() Effect { return Effect{Name: "no answer", Skip: true, end: endHang} }

// Hide keeps what a request makes out of the lists for d.
func Hide(d time.Duration) Effect { return Effect{Name: "listed late", Hide: d} }

// StoreLate breaks the connection at once and carries the request out after d.
func StoreLate(d time.Duration) Effect {
	return Effect{Name: "connection lost, stored later", Late: d, end: endReset}
}

// replace is the answer that the effect leaves of a.
func (e Effect) replace(a *answer) *answer {
	out := *a
	if e.Members != nil && a.status < 300 {
		out.body, out.shown = more(a.body, e.Members), more(a.shown, e.Members)
	}
	if e.Name != "" {
		out.fault = e.Name
	}
	if e.Status != 0 {
		out = answer{status: e.Status, header: e.Header, contentType: e.ContentType, body: []byte(e.Body), fault: e.Name}
	}
	out.end = e.end
	return &out
}

// more is an object with other members, or more of them; what is no object stays.
func more(body []byte, members map[string]any) []byte {
	var all map[string]any
	if json.Unmarshal(body, &all) != nil {
		return body
	}
	maps.Copy(all, members)
	return object(all)
}

// Fault is an effect that is switched on.
type Fault struct {
	server *Server
	match  Match
	effect Effect
	left   int // requests that it still meets; negative is all
	hits   int
}

// Inject switches an effect on: for the next n requests that match, or for all when n is 0.
// Where several faults match a request, delays add up, all that is to be done Before and After is
// done, and the first one injected that decides about the answer does.
func (s *Server) Inject(m Match, n int, e Effect) *Fault {
	if m == nil {
		m = onAPI
	}
	f := &Fault{server: s, match: m, effect: e, left: n}
	if n == 0 {
		f.left = -1
	}
	s.mu.Lock()
	s.faults = append(s.faults, f)
	s.mu.Unlock()
	return f
}

// Clear switches the fault off. Requests that it has met already stay under it.
func (f *Fault) Clear() {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	f.server.faults = slices.DeleteFunc(f.server.faults, func(g *Fault) bool { return g == f })
}

// Hits is how many requests it met.
func (f *Fault) Hits() int {
	f.server.mu.Lock()
	defer f.server.mu.Unlock()
	return f.hits
}

// ClearFaults switches every fault off.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// effectOn is what the switched-on faults together do to a call.
func (s *Server) effectOn(c *Call) Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	var total Effect
	decided := false
	for _, f := range s.faults {
		if f.left == 0 || !f.match(*c) || decided && f.decides() {
			continue
		}
		f.left--
		f.hits++
		next := total
		if f.decides() {
			decided, next = true, f.effect
		}
		setIfZero(&next.Name, f.effect.Name)
		next.Delay, next.Hide = total.Delay+f.effect.Delay, max(total.Hide, f.effect.Hide)
		next.Before, next.After = both(total.Before, f.effect.Before), both(total.After, f.effect.After)
		total = next
	}
	return total
}

// both does one thing after the other.
func both(a, b func(*Server, Call)) func(*Server, Call) {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	return func(s *Server, c Call) { a(s, c); b(s, c) }
}

// decides says whether the fault says what is answered, or that nothing is.
func (f *Fault) decides() bool {
	e := f.effect
	return e.Skip || e.Late > 0 || e.Status != 0 || e.end != endWell || e.revoke || e.Members != nil
}
