package onboarding_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"halobot/internal/modals"
	"halobot/internal/sandbox/bottest"
	"halobot/internal/sandbox/localhalo"
	"halobot/internal/sandbox/localslack"
)

// history is a run as it was on the wire: every call to Halo and to Slack with its answer, in a
// file, and what is to be judged of it.
type history struct {
	stage *bottest.Stage
	path  string
	stop  func()

	mu    sync.Mutex
	lines *json.Encoder
	posts map[int]localhalo.Call // by number
	told  []telling
	// hears and called are told of each call that is complete.
	hears  func(localslack.Entry)
	called func(localhalo.Call)
}

// telling is that somebody was told how a request ended.
type telling struct {
	view, channel string // in which: a modal, or a channel
	key           string // "" where only the modal tells
	what          does
	ids           []int
	at            time.Time
}

// record follows a stage from here on, until the test is over or the history is judged.
func record(s *bottest.Stage) *history {
	s.Helper()
	h := &history{stage: s, posts: map[int]localhalo.Call{}}
	t, _ := s.TB.(*testing.T)
	h.path = filepath.Join(t.ArtifactDir(), "history.jsonl")
	file, err := os.Create(h.path)
	if err != nil {
		s.Fatal(err)
	}
	out := bufio.NewWriter(file)
	h.lines = json.NewEncoder(out)
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	var reading sync.WaitGroup
	reading.Go(func() { h.slack(ctx) })
	reading.Go(func() { h.halo(ctx) })
	h.stop = sync.OnceFunc(func() {
		cancel()
		reading.Wait()
		if err := out.Flush(); err != nil {
			s.Error(err)
		}
		if err := file.Close(); err != nil {
			s.Error(err)
		}
	})
	s.Cleanup(h.stop)
	return h
}

// follow has somebody told of each call.
func (h *history) follow(hears func(localslack.Entry), called func(localhalo.Call)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hears, h.called = hears, called
}

// line writes one call.
func (h *history) line(call any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.lines.Encode(call); err != nil {
		h.stage.Error(err)
	}
}

// slack reads Slack's traffic: an entry counts once it has its answer.
func (h *history) slack(ctx context.Context) {
	done := map[int]bool{} // entries that have been read
	for last := 0; ; {
		over := ctx.Err() != nil
		entries, more := h.stage.Slack.Traffic(last)
		settled := true
		for _, e := range entries {
			if e.Took == 0 && (e.Kind == "call" || e.Kind == "response_url") && !over {
				settled = false // it is not answered yet: come back to it
			} else if !done[e.N] {
				done[e.N] = true
				h.hear(e)
			}
			if settled {
				delete(done, e.N)
				last = e.N
			}
		}
		if over {
			return
		}
		select {
		case <-more:
		case <-ctx.Done():
		}
	}
}

// settleLate is for how long a call may be carried out after its caller has gone.
const settleLate = 5 * time.Second

// halo reads what Halo was asked. A call is done with once its answer is known, a POST once what
// it may have made late is.
func (h *history) halo(ctx context.Context) {
	last, done := 0, map[int]bool{}
	for {
		over := ctx.Err() != nil
		settled := true
		for _, c := range h.stage.Halo.Calls(func(c localhalo.Call) bool { return c.Seq > last }) {
			final := c.Done && (c.Kind != localhalo.KindCreate || len(c.Stored) > 0 || time.Since(c.At) > c.Took+settleLate)
			if (final || over) && !done[c.Seq] {
				done[c.Seq] = true
				h.answered(c)
			}
			if settled = settled && done[c.Seq]; settled {
				last = c.Seq
				delete(done, c.Seq)
			}
		}
		if over {
			return
		}
		select {
		case <-time.After(100 * time.Millisecond): // looking is dear: not at each change
		case <-ctx.Done():
		}
	}
}

func (h *history) answered(c localhalo.Call) {
	h.line(c)
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Kind == localhalo.KindCreate {
		h.posts[c.Seq] = c
	}
	if h.called != nil {
		h.called(c)
	}
}

func (h *history) hear(e localslack.Entry) {
	h.line(e)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hears != nil {
		h.hears(e)
	}
	if t, ok := tells(e); ok {
		h.told = append(h.told, t)
	}
}

var (
	clientNumber = regexp.MustCompile(`\(#(\d+)\)`)
	announcedKey = regexp.MustCompile(`"request_id":"halo/([A-Za-z0-9.-]+)"`)
	buttonKey    = regexp.MustCompile(`"value":"([A-Za-z0-9.-]+)[ "]`)
)

// tells reads what a call to Slack says of a request that has ended; false when it says nothing of
// the kind, or Slack did not take it.
func tells(e localslack.Entry) (t telling, ok bool) {
	var sent map[string]json.RawMessage
	if !strings.Contains(string(e.Answer), `"ok":true`) || json.Unmarshal(e.Sent, &sent) != nil {
		return t, false
	}
	// In a form, what is JSON is in a string.
	part := func(name string) json.RawMessage {
		var s string
		if json.Unmarshal(sent[name], &s) == nil {
			return json.RawMessage(s)
		}
		return sent[name]
	}
	t.at = e.At.Add(e.Took)
	switch e.Method {
	case "views.update":
		t.view = string(part("view_id"))
		return t, t.read(part("view"))
	case "chat.postMessage", "chat.postEphemeral":
		t.channel = string(part("channel"))
		if found := announcedKey.FindSubmatch(part("metadata")); found != nil {
			t.key, t.what = string(found[1]), created
			return t, t.numbers(part("blocks"), 1)
		}
		return t, t.asked(part("blocks")) && t.key != ""
	}
	return t, false
}

// read takes what a modal says.
func (t *telling) read(view json.RawMessage) bool {
	var v struct {
		Title  struct{ Text string }
		Blocks json.RawMessage
	}
	if json.Unmarshal(view, &v) != nil || !isEnd(v.Title.Text) {
		return false
	}
	switch v.Title.Text {
	case "Created":
		t.what = created
		return t.numbers(v.Blocks, 1)
	case "Already in Halo":
		return t.asked(v.Blocks)
	case "Could not create", "Not allowed":
		t.what = nothing
		return true
	}
	return false // a person is asked: nothing is said to be so
}

// asked takes what a question, or a failure, offers.
func (t *telling) asked(blocks json.RawMessage) bool {
	if found := buttonKey.FindSubmatch(blocks); found != nil {
		t.key = string(found[1])
	}
	switch said := string(blocks); {
	case strings.Contains(said, modals.ActionUse):
		t.what = exists
		return t.numbers(blocks, 5)
	case strings.Contains(said, modals.ActionTryAgain):
		t.what = nothing
		return true
	}
	return false
}

// numbers takes the first clients that are named.
func (t *telling) numbers(blocks json.RawMessage, most int) bool {
	for _, found := range clientNumber.FindAllStringSubmatch(bottest.Say(blocks), -1) {
		id, _ := strconv.Atoi(found[1])
		if len(t.ids) < most && !slices.Contains(t.ids, id) {
			t.ids = append(t.ids, id)
		}
	}
	return len(t.ids) > 0
}

// deeds are the history as the checker wants it, given what people asked for.
func (h *history) deeds(asked []*ask) []deed {
	h.stop()
	var all []deed
	views, since := map[string]*ask{}, map[string]time.Time{}
	for _, a := range asked {
		all = append(all, deed{does: asks, who: a.user, key: a.key, name: a.name, host: a.host, from: a.from, to: a.at})
		views[a.view] = a
		if first, ok := since[a.key]; !ok || a.from.Before(first) {
			since[a.key] = a.from
		}
		if a.said.what != "" {
			h.told = append(h.told, a.said)
		}
	}
	for _, c := range h.posts {
		var sent []struct{ Ref, Name, Website string }
		if json.Unmarshal([]byte(c.Body), &sent) != nil || len(sent) != 1 {
			h.stage.Errorf("a POST sent %s", c.Body)
			continue
		}
		d := deed{does: posts, key: strings.TrimPrefix(sent[0].Ref, "halo/"), name: sent[0].Name, host: sent[0].Website, ids: c.Stored, from: c.At, to: c.At.Add(c.Took)}
		if strings.HasSuffix(c.Fault, "stored later") {
			d.to = d.to.Add(settleLate)
		}
		all = append(all, d)
	}
	seen := map[string]bool{}
	slices.SortStableFunc(h.told, func(a, b telling) int { return a.at.Compare(b.at) })
	for _, t := range h.told {
		d := deed{does: t.what, who: t.channel, key: t.key, ids: t.ids, to: t.at}
		if a := views[t.view]; a != nil {
			d.who, d.key = a.user, a.key
		}
		from, known := since[d.key]
		if !known {
			continue // nobody was seen to be accepted; the clients tell
		}
		d.from = from
		// Said again it says nothing more: the first time is the narrowest.
		if again := careful.DescribeOperation(d, nil); !seen[again] {
			seen[again] = true
			all = append(all, d)
		}
	}
	return all
}

// judging is how long a history may take to be judged.
const judging = 2 * time.Minute

// judge says whether a single careful person could have made the history.
func (h *history) judge(asked []*ask) bool {
	h.stage.Helper()
	t, _ := h.stage.TB.(*testing.T)
	deeds := h.deeds(asked)
	result, info := porcupine.CheckOperationsVerbose(careful, operations(deeds), judging)
	h.stage.Logf("measured: a history of %d deeds, about %d POSTs and %d tellings, is %s", len(deeds), len(h.posts), len(h.told), result)
	switch result {
	case porcupine.Unknown:
		h.stage.Fatalf("the history could not be judged within %v: %d deeds may be too many at once", judging, len(deeds))
	case porcupine.Illegal:
		picture := filepath.Join(t.ArtifactDir(), "history.html")
		if err := porcupine.VisualizePath(careful, info, picture); err != nil {
			t.Error(err)
		}
		t.Logf("see %s and %s, which -artifacts keeps", picture, h.path)
		for _, part := range byCompany(operations(deeds)) {
			if porcupine.CheckOperations(careful, part) {
				continue
			}
			for _, op := range part {
				d := op.Input.(deed)
				t.Logf("%s – %s %s", d.from.Format("15:04:05.000"), d.to.Format("15:04:05.000"), careful.DescribeOperation(d, nil))
			}
		}
	}
	return result == porcupine.Ok
}
