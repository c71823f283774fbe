package onboarding

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// word is somebody's word on an alert.
func word(alert, by string, w Word) Request {
	r := acme()
	r.Key, r.By, r.Place, r.Round = alert, Person{ID: by, Name: by}, Place{ID: "C1"}, 0
	r.Answer = &AlertAnswer{Word: w, Email: "Jane@acme.com", TS: "17.000100"}
	return r
}

func says(t *testing.T, s *Service, r Request) Receipt {
	t.Helper()
	receipt, err := s.Answer(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

// settled waits until an alert has so many answers and the newest has ended, and returns that.
func settled(t *testing.T, s *Service, alert string, rounds int) (newest stored) {
	t.Helper()
	await(t, "the answer", func() bool {
		all, err := answersTo(t.Context(), s.queue, alert)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != rounds {
			t.Fatalf("%d answers, want %d", len(all), rounds)
		}
		newest = all[0]
		return newest.state.Outcome != ""
	})
	return newest
}

func TestWhoAnswersAnAlert(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		p := &people{}
		s := open(t, db, WorkAll, &tenant{}, p)
		const alert = "T1-C1-17"
		if r := says(t, s, word(alert, "U1", Reopen)); !r.Joined || r.Request.Key != "" {
			t.Errorf("there was something to reopen: %+v", r)
		}
		if r := says(t, s, word(alert, "U1", Dismiss)); r.Joined {
			t.Errorf("nobody had answered, and the receipt is %+v", r)
		}
		if r := says(t, s, word(alert, "U2", Dismiss)); !r.Joined || r.Request.By.ID != "U1" {
			t.Errorf("the second dismissal is %+v, want the first one's", r)
		}
		if n := settled(t, s, alert, 1); n.state.Outcome != Dismissed {
			t.Errorf("it is %q", n.state.Outcome)
		}
		if r := submit(t, s, func() Request { r := acme(); r.Alert = alert; return r }()); r.Dismissed == nil || r.Dismissed.By.ID != "U1" {
			t.Errorf("a client is asked for all the same: %+v", r)
		}
		if ts, err := s.DismissedAlert(t.Context(), "C1", "jane@acme.com"); err != nil || ts != "17.000100" {
			t.Errorf("a later mail of the sender goes under %q, %v", ts, err)
		}
		if r := says(t, s, word(alert, "U2", Reopen)); r.Joined {
			t.Errorf("it was not reopened: %+v", r)
		}
		settled(t, s, alert, 2)
		if ts, err := s.DismissedAlert(t.Context(), "C1", "jane@acme.com"); err != nil || ts != "" {
			t.Errorf("a later mail of the sender still goes under %q, %v", ts, err)
		}
		if r := submit(t, s, func() Request { r := acme(); r.Alert = alert; return r }()); r.Dismissed != nil || r.Joined {
			t.Errorf("no client can be asked for: %+v", r)
		}
		if r := says(t, s, word(alert, "U2", Dismiss)); !r.Joined || r.Request.Answer != nil || r.Request.By.ID != acme().By.ID {
			t.Errorf("an alert with a client was dismissed: %+v", r)
		}
		settled(t, s, alert, 2)
	})
}

// Whoever may not has not answered: the alert waits for somebody who may.
func TestAnAnswerOfWhoMayNotIsNone(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		s := open(t, db, WorkAll, &tenant{}, &people{deny: &DeniedError{Reason: "You are a guest."}})
		const alert = "T1-C1-17"
		says(t, s, word(alert, "U1", Dismiss))
		if n := settled(t, s, alert, 1); n.state.Outcome != Denied {
			t.Errorf("it is %q", n.state.Outcome)
		}
		if by, err := s.Dismissal(t.Context(), alert); err != nil || by != nil {
			t.Errorf("it counts as dismissed: %+v, %v", by, err)
		}
		if r := says(t, s, word(alert, "U2", Dismiss)); r.Joined || r.Request.Round != 2 {
			t.Errorf("the next answer is %+v", r)
		}
	})
}

// Two processes take an alert's answers at the same time: one of them counts, and whoever else
// answered is told of that one.
func TestOneAnswerCountsWhoeverTakesIt(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, db string) {
		h, p := &tenant{}, &people{}
		both := []*Service{open(t, db, WorkAll, h, p), open(t, db, WorkAll, h, p)}
		for n := range 20 {
			alert := fmt.Sprintf("T1-C1-%d", n)
			r := acme()
			r.Draft.Name, r.Draft.Website = fmt.Sprint("Company ", n), fmt.Sprintf("c%d.example", n)
			r.Key, r.Alert = alert, alert
			receipts := make([]Receipt, 4)
			var at sync.WaitGroup
			for i := range receipts {
				at.Go(func() {
					on, err := both[i%2], error(nil)
					if i < 2 {
						receipts[i], err = on.Answer(t.Context(), word(alert, fmt.Sprint("U", i), Dismiss))
					} else {
						mine := r
						mine.By.ID = fmt.Sprint("U", i)
						receipts[i], err = on.Submit(t.Context(), mine)
					}
					if err != nil {
						t.Error(err)
					}
				})
			}
			at.Wait()
			first := slices.IndexFunc(receipts, func(r Receipt) bool { return !r.Joined && r.Dismissed == nil })
			if first < 0 {
				t.Fatalf("nobody's answer counts: %+v", receipts)
			}
			for i, r := range receipts {
				switch {
				case i == first:
				case first < 2 && i < 2 && (!r.Joined || r.Request.By.ID != fmt.Sprint("U", first)),
					first < 2 && i >= 2 && (r.Dismissed == nil || r.Dismissed.By.ID != fmt.Sprint("U", first)),
					first >= 2 && (!r.Joined || r.Request.By.ID != fmt.Sprint("U", first)):
					t.Errorf("U%d answered first, and U%d is told %+v", first, i, r)
				}
			}
			by, err := both[0].Dismissal(t.Context(), alert)
			if err != nil || (by != nil) != (first < 2) {
				t.Errorf("U%d answered first, and the dismissal is %+v, %v", first, by, err)
			}
			await(t, "an end", func() bool {
				found, known, err := both[1].Find(t.Context(), alert)
				return err == nil && (first < 2 && !known || known && found.State.Outcome == Created)
			})
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.posts) != len(h.clients) {
			t.Errorf("%d POSTs, %d clients", len(h.posts), len(h.clients))
		}
	})
}
