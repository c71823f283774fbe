package localslack_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"halobot/internal/sandbox/localslack"
)

func TestEachMethodFailsInItsOwnWayUntilItIsMended(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.SetChannelRate(0, 0)
	for _, tt := range []struct {
		name    string
		trouble localslack.Trouble
		want    string
	}{
		{"unavailable", localslack.Status(503), "503 Service Unavailable "},
		{"limited", localslack.Limited(7 * time.Second), "429 Too Many Requests 7"},
		{"an error of Slack's", localslack.RefusedWith("internal_error"), "internal_error"},
		{"a token that was taken back", localslack.RefusedWith("token_revoked"), "token_revoked"},
		{"half an answer", localslack.BrokenJSON(), "no JSON"},
		{"nobody there", localslack.HangUp(), "lost"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			post := func() string { return try(s, "chat.postMessage", "channel", localslack.Desk, "text", tt.name) }
			posted := func() int {
				n := 0
				s.Look(func(now *localslack.Snapshot) {
					for _, m := range now.Messages(localslack.Desk) {
						if m.Text == tt.name {
							n++
						}
					}
				})
				return n
			}
			mend := s.Break("chat.postMessage", 0, tt.trouble)
			for range 3 {
				if got := post(); got != tt.want {
					t.Errorf("broken: %q, want %q", got, tt.want)
				}
			}
			if got := try(s, "auth.test"); got != "ok" {
				t.Errorf("another method: %q", got)
			}
			mend()
			if got := post(); got != "ok" || posted() != 1 {
				t.Errorf("mended: %q, %d messages", got, posted())
			}
			s.Break("chat.postMessage", 1, tt.trouble.AfterDoing())
			if got := post(); got != tt.want || posted() != 2 {
				t.Errorf("broken after doing: %q, %d messages", got, posted())
			}
			if got := post(); got != "ok" {
				t.Errorf("after the one call: %q", got)
			}
		})
	}
}

func TestSilenceLastsUntilTheCallerGivesUp(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.Break("auth.test", 1, localslack.Silence())
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	body := strings.NewReader(url.Values{"token": {s.BotToken()}}.Encode())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.APIURL()+"auth.test", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	go func() {
		waitForTraffic(t, s, "call", 1)
		giveUp()
	}()
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		resp.Body.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("answered with %v", err)
	}
	for entries, more := s.Traffic(0); entries[0].Took == 0; entries, more = s.Traffic(0) {
		<-more // until the call is over
	}
	if got := try(s, "auth.test"); got != "ok" {
		t.Errorf("the next call: %q", got)
	}
}

func TestSilenceEndsWithTheWorkspace(t *testing.T) {
	t.Parallel()
	s := start(t, localslack.Options{})
	s.Break("auth.test", 0, localslack.Silence())
	said := make(chan string)
	go func() { said <- try(s, "auth.test") }()
	for {
		entries, more := s.Traffic(0)
		if len(entries) > 0 {
			break
		}
		select {
		case got := <-said:
			t.Fatalf("answered with %q", got)
		case <-more:
		}
	}
	s.Close()
	if got := <-said; got != "lost" {
		t.Errorf("answered with %q", got)
	}
}
