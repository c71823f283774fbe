package slackbot

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

func TestCommandToAnnouncement(t *testing.T) {
	t.Parallel()
	b := start(t)

	form := b.command("Acme Ltd <http://www.acme.com|www.acme.com>")
	if form.Title != "New Halo client" || !strings.Contains(string(must(json.Marshal(form.State))), `"acme.com"`) {
		t.Fatalf("the form is %q with %v, want the website filled in", form.Title, form.State)
	}
	ack := b.submit(localslack.Tess, form, localslack.Values{"Trading name": "Acme"})
	if ack.Action != "update" {
		t.Fatalf("the submission was answered with %q, want an update of the modal", ack.Action)
	}
	r := b.only()
	if r.Draft.Name != "Acme Ltd" || r.Draft.Website != "acme.com" || r.Draft.TradingName != "Acme" ||
		r.Draft.Connection != "halo" || r.By.ID != localslack.Tess || r.Place.ID != localslack.Desk || r.Via != "command" {
		t.Errorf("stored %+v", r)
	}

	b.now(r.Key, created())
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(form.ID)
		return len(now.Messages(localslack.Desk)) == 1 && v != nil && has(readable(v.Blocks), "Acme Ltd", "4711")
	})
	b.slack.Look(func(now *localslack.Snapshot) {
		m := now.Messages(localslack.Desk)[0]
		if !has(m.Text, "Acme Ltd", "4711") || !has(string(m.Metadata), modals.EventCreated, r.Key) {
			t.Errorf("the message is %q with metadata %s", m.Text, m.Metadata)
		}
	})
}

func TestAnnouncingAgainPostsNothingTwice(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.submit(localslack.Tess, b.command("Acme Ltd acme.com"), nil)
	r := b.only()
	b.now(r.Key, created())
	b.now(r.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Desk)); n != 1 {
			t.Errorf("%d messages were posted, want 1", n)
		}
	})
}

func TestInvalidInputKeepsTheForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme")
	ack := b.submit(localslack.Tess, form, localslack.Values{"Website": "localhost"})
	if ack.Action != "errors" || !strings.Contains(string(ack.Payload), `"website"`) {
		t.Errorf("answered %s, want an error under the website", ack.Payload)
	}
	if list := b.asked.receipts; len(list) != 0 {
		t.Errorf("%d requests were stored", len(list))
	}
}

func TestDatabaseDownKeepsTheForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	b.asked.setBroken(errors.New("disk full"))
	ack := b.submit(localslack.Tess, form, nil)
	if ack.Action != "errors" || !has(string(ack.Payload), modals.BlockName, "Nothing was created") {
		t.Errorf("answered %s, want an error that says that nothing was created", ack.Payload)
	}
	b.asked.setBroken(nil)
	if ack := b.submit(localslack.Tess, form, nil); ack.Action != "update" {
		t.Errorf("pressing again was answered with %s", ack.Payload)
	}
}

func TestSubmittingTwiceJoins(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	it, err := b.slack.SubmitView(localslack.Tess, form.ID, nil)
	b.did(it, err)
	b.did(b.slack.Redeliver(it, 0), nil)
	b.did(b.slack.Redeliver(it, 1), nil)
	if r := b.only(); len(b.asked.joiners) != 0 {
		t.Errorf("the same submission of %s joined itself: %v", r.Key, b.asked.joiners)
	}
}

func TestExistsUseAndCreateAnyway(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	r := b.only()
	found := *created().Client
	b.now(r.Key, onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{found}})

	var view *localslack.View
	b.until(func(now *localslack.Snapshot) bool {
		view = now.View(form.ID)
		return view != nil && strings.Contains(string(view.Blocks), modals.ActionCreateAnyway)
	})
	b.did(b.slack.Click(localslack.Tess, view, modals.ActionCreateAnyway))
	list := b.asked.wait(t, func(l []onboarding.Receipt) bool { return len(l) == 2 })
	anyway := list[1].Request
	if anyway.Key != r.Key+"-anyway" || len(anyway.Seen) != 1 || anyway.Seen[0] != 4711 {
		t.Errorf("stored %+v", anyway)
	}
	b.until(func(now *localslack.Snapshot) bool {
		v := now.View(form.ID)
		return v != nil && !strings.Contains(string(v.Blocks), modals.ActionCreateAnyway)
	})
}
