package localhalo_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"halobot/internal/sandbox/localhalo"
)

func TestEffectsOnACreate(t *testing.T) {
	t.Parallel()
	const broken = 0 // no answer at all
	tests := []struct {
		name   string
		effect localhalo.Effect
		status int
		made   int
		says   string
	}{
		{"429", localhalo.TooMany("7"), 429, 0, "Rate Limit Reached"},
		{"503", localhalo.Unavailable(), 503, 0, "<html>"},
		{"revoked", localhalo.Revoke(), 401, 0, ""},
		{"forbidden", localhalo.Forbid(), 403, 0, ""},
		{"refused", localhalo.Refuse(400, localhalo.Exception, "No."), 400, 0, `"ClassName"`},
		{"refused by a field", localhalo.Refuse(400, localhalo.FieldMap, "No."), 400, 0, `"[0].name"`},
		{"refused as text", localhalo.Refuse(409, localhalo.Plain, "No."), 409, 0, "No."},
		{"500", localhalo.Fail(), 500, 0, "Message"},
		{"reset", localhalo.Reset(), broken, 0, ""},
		{"stored, reset", localhalo.StoreThenReset(), broken, 1, ""},
		{"stored, half", localhalo.StoreThenHalf(), broken, 1, ""},
		{"stored, 500", localhalo.StoreThenFail(), 500, 1, "Message"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, localhalo.Options{})
			f := c.halo.Inject(localhalo.On(localhalo.KindCreate), 1, test.effect)
			resp, body, err := c.try("POST", "/api/Client", acme)
			switch {
			case test.status == broken && err == nil:
				t.Errorf("answered %d %s, want a broken connection", resp.StatusCode, body)
			case test.status != broken && err != nil:
				t.Error(err)
			case test.status != broken && (resp.StatusCode != test.status || !strings.Contains(string(body), test.says)):
				t.Errorf("answered %d %s, want %d and %q", resp.StatusCode, body, test.status, test.says)
			}
			if c.halo.Len() != test.made || f.Hits() != 1 {
				t.Errorf("%d clients after %d hits, want %d after 1", c.halo.Len(), f.Hits(), test.made)
			}
			if test.name == "429" && resp.Header.Get("Retry-After") != "7" {
				t.Errorf("Retry-After %q", resp.Header.Get("Retry-After"))
			}
			call := c.halo.Calls(localhalo.On(localhalo.KindCreate))[0]
			if call.Fault != test.effect.Name || len(call.Stored) != test.made {
				t.Errorf("recorded %+v", call)
			}
			if test.name == "revoked" {
				c.bearer = ""
			}
			c.object("POST", "/api/Client", acme, http.StatusCreated)
		})
	}
}

func TestHangingEndsWhenTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		effect localhalo.Effect
		made   int
	}{{localhalo.Hang(), 0}, {localhalo.StoreThenHang(), 1}} {
		c := start(t, localhalo.Options{})
		c.halo.Inject(nil, 1, test.effect)
		c.lose("POST", "/api/Client", acme, func() bool {
			return c.halo.Count(localhalo.KindCreate) == 1 && c.halo.Len() == test.made
		})
		if c.halo.Len() != test.made {
			t.Errorf("%s: %d clients", test.effect.Name, c.halo.Len())
		}
	}
}

func TestClosingEndsWhatHangs(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("GET", "/api/Client", "")
	c.halo.Inject(nil, 0, localhalo.Hang())
	var wg sync.WaitGroup
	wg.Go(func() { c.try("POST", "/api/Client", acme) })
	if err := c.halo.Wait(t.Context(), func() bool { return c.halo.Count(localhalo.KindCreate) == 1 }); err != nil {
		t.Fatal(err)
	}
	c.halo.Close()
	wg.Wait()
}

func TestAClientIsListedLate(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.Hide(time.Hour))
	c.object("POST", "/api/Client", acme, http.StatusCreated)
	if got := names(c.clients("")); got != "" {
		t.Errorf("listed: %s", got)
	}
	if got := c.object("GET", "/api/Client/1", "", http.StatusOK); got["name"] != "Acme Ltd" {
		t.Errorf("read by its id: %v", got["name"])
	}
}

func TestAClientTurnsUpAfterTheConnectionWasLost(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.halo.Inject(localhalo.On(localhalo.KindCreate), 1, localhalo.StoreLate(50*time.Millisecond))
	if _, _, err := c.try("POST", "/api/Client", acme); err == nil {
		t.Error("the create was answered")
	}
	if err := c.halo.Wait(t.Context(), func() bool { return c.halo.Len() == 1 }); err != nil {
		t.Error(err)
	}
}

func TestDelaysAddUpWithOtherFaults(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.halo.Inject(nil, 0, localhalo.Slow(30*time.Millisecond))
	f := c.halo.Inject(localhalo.Creating("Acme Ltd"), 0, localhalo.Fail())
	began := time.Now()
	if status, _ := c.call("POST", "/api/Client", acme); status != 500 || time.Since(began) < 30*time.Millisecond {
		t.Errorf("answered %d after %v", status, time.Since(began))
	}
	f.Clear()
	c.object("POST", "/api/Client", acme, http.StatusCreated)
	c.halo.ClearFaults()
}

func TestHoldAtArrivalAndAfterStoring(t *testing.T) {
	t.Parallel()
	tests := []struct {
		point        localhalo.Point
		drop         bool
		during, then int
	}{
		{localhalo.Arrived, false, 0, 1},
		{localhalo.Arrived, true, 0, 0},
		{localhalo.Stored, false, 1, 1},
		{localhalo.Stored, true, 1, 1},
	}
	for _, test := range tests {
		c := start(t, localhalo.Options{})
		c.call("GET", "/api/Client", "")
		h := c.halo.Hold(localhalo.On(localhalo.KindCreate), test.point)
		answered := make(chan error, 1)
		go func() {
			_, _, err := c.try("POST", "/api/Client", acme)
			answered <- err
		}()
		call, err := h.Wait(t.Context())
		if err != nil || call.Kind != localhalo.KindCreate {
			t.Fatalf("held %+v, %v", call, err)
		}
		if c.halo.Len() != test.during {
			t.Errorf("%s: %d clients while held, want %d", test.point, c.halo.Len(), test.during)
		}
		if test.drop {
			h.Drop()
		} else {
			h.Release()
		}
		if err := <-answered; (err != nil) != test.drop {
			t.Errorf("%s, drop %t: %v", test.point, test.drop, err)
		}
		if c.halo.Len() != test.then {
			t.Errorf("%s: %d clients in the end, want %d", test.point, c.halo.Len(), test.then)
		}
	}
}

func TestAHoldOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("GET", "/api/Client", "")
	h := c.halo.Hold(nil, localhalo.Arrived)
	c.lose("POST", "/api/Client", acme, func() bool { return c.halo.Count(localhalo.KindCreate) == 1 })
	if _, err := h.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.Release()
	if err := c.halo.Wait(t.Context(), func() bool { return c.halo.Len() == 1 }); err != nil {
		t.Error("a request whose caller went away was not carried out:", err)
	}
}

func TestWaitingForAHoldEnds(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := c.halo.Hold(nil, localhalo.Arrived)
	if _, err := h.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	h.Release()
	c.object("POST", "/api/Client", acme, http.StatusCreated)
}

func TestStopMakesItUnreachableAndStartBringsItBack(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.object("POST", "/api/Client", acme, http.StatusCreated)
	url := c.halo.URL()
	c.halo.Stop()
	if _, _, err := c.try("GET", "/api/Client", ""); err == nil {
		t.Error("answered after Stop")
	}
	if err := c.halo.Start(); err != nil {
		t.Fatal(err)
	}
	if c.halo.URL() != url || names(c.clients("")) != "Acme Ltd" {
		t.Errorf("back at %s with %s", c.halo.URL(), names(c.clients("")))
	}
}

func TestSecretsAreNotRecorded(t *testing.T) {
	t.Parallel()
	c := start(t, localhalo.Options{})
	c.call("POST", "/api/Client", acme)
	calls := c.halo.Calls(nil)
	if len(calls) != 2 || calls[0].Kind != localhalo.KindToken || calls[1].Status != 201 || !strings.Contains(calls[1].Answer, "Acme Ltd") {
		t.Fatalf("recorded %+v", calls)
	}
	for _, call := range calls {
		if text := call.Body + call.Answer + call.Path; strings.Contains(text, localhalo.DefaultClientSecret) || strings.Contains(text, c.bearer) {
			t.Errorf("recorded a secret: %+v", call)
		}
	}
}
