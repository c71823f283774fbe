package slackbot

import (
	"encoding/json"
	"errors"
	"testing"

	"halobot/internal/draft"
	"halobot/internal/halo"
	"halobot/internal/modals"
	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// whisper is the newest message that only one person sees: a direct message, else an ephemeral one.
func (b *bench) whisper(user string) *localslack.Message {
	b.Helper()
	var m *localslack.Message
	b.until(func(now *localslack.Snapshot) bool {
		list := append(now.EphemeralsFor(user), now.DMs(user)...)
		if len(list) > 0 {
			m = list[len(list)-1]
		}
		return m != nil
	})
	return m
}

func (b *bench) stored(n int) onboarding.Request {
	b.Helper()
	list := b.asked.wait(b.T, func(l []onboarding.Receipt) bool { return len(l) >= n })
	if len(list) != n {
		b.Fatalf("%d requests were stored, want %d", len(list), n)
	}
	return list[n-1].Request
}

func TestUseFromAMessage(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, exists)
	m := b.whisper(localslack.Tess)
	b.did(b.slack.Click(localslack.Tess, m, modals.ActionUse))
	use := b.stored(2)
	if use.Key != r.Key || use.Use != 12 {
		t.Errorf("stored %+v", use)
	}
	// The question has given way to what is being done; the same press again is one with it.
	b.until(func(now *localslack.Snapshot) bool {
		list := now.DMs(localslack.Tess)
		return len(list) == 1 && !has(string(list[0].Blocks), modals.ActionUse) && has(readable(list[0].Blocks), " chose a client")
	})
	s := created()
	s.Outcome = onboarding.Used
	b.now(use.Key, s)
	b.slack.Look(func(now *localslack.Snapshot) {
		if list := now.Messages(localslack.Desk); len(list) != 1 || !has(readable(list[0].Blocks), "Acme Ltd") {
			t.Errorf("%d messages", len(list))
		}
	})
}

func TestTwoPressesAreOne(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, exists)
	m := b.whisper(localslack.Tess)
	first := must(b.slack.Click(localslack.Tess, m, modals.ActionCreateAnyway))
	b.did(first, nil)
	b.stored(2)
	b.did(b.slack.Redeliver(first, 0), nil)
	if anyway := b.stored(2); anyway.Key != r.Key+"-anyway" {
		t.Errorf("stored %+v", anyway)
	}
}

func TestPressingWhatIsDoneShowsIt(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, exists)
	m := b.whisper(localslack.Tess)
	first := b.did(b.slack.Click(localslack.Tess, m, modals.ActionCreateAnyway))
	anyway := b.stored(2)
	b.now(anyway.Key, created())
	b.did(b.slack.Redeliver(first, 0), nil)
	b.until(func(now *localslack.Snapshot) bool {
		list := now.EphemeralsFor(localslack.Tess)
		return len(list) == 1 && has(readable(list[0].Blocks), "4711")
	})
}

func TestLookAgainAndCreateAgain(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, unsure)
	question := func(n int) *localslack.Message {
		var m *localslack.Message
		b.until(func(now *localslack.Snapshot) bool {
			if list := now.Messages(localslack.Desk); len(list) >= n {
				m = list[n-1]
			}
			return m != nil
		})
		return m
	}
	b.did(b.slack.Click(localslack.Tom, question(1), modals.ActionLookAgain))
	look := b.stored(2)
	if look.Key != r.Key+"-look" || !look.LookOnly || len(look.Prior) != 1 || look.Prior[0] != r.Reference() || look.By.ID != localslack.Tom {
		t.Errorf("stored %+v", look)
	}
	b.now(look.Key, unsure)
	b.did(b.slack.Click(localslack.Tom, question(2), modals.ActionCreateAgain))
	again := b.stored(3)
	if again.Key != r.Key+"-again" || again.LookOnly || len(again.Prior) != 2 || again.Draft != r.Draft {
		t.Errorf("stored %+v", again)
	}
	b.now(again.Key, created())
	if m := question(3); !has(readable(m.Blocks), "4711") {
		t.Errorf("the channel says %s", readable(m.Blocks))
	}
}

func TestTryAgainFromAMessage(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, refuse)
	form := b.opened(b.slack.Click(localslack.Tess, b.whisper(localslack.Tess), modals.ActionTryAgain))
	var view *localslack.View
	b.until(func(now *localslack.Snapshot) bool {
		view = now.View(form.ID)
		return view != nil && view.Submit == "Try again" && has(string(must(json.Marshal(view.State))), "acme.com")
	})
	b.submit(localslack.Tess, view, localslack.Values{"Client name": "Acme Limited"})
	again := b.stored(2)
	if again.Key != r.Key || again.Draft.Name != "Acme Limited" || again.Place.ID != localslack.Desk {
		t.Errorf("stored %+v", again)
	}
	b.now(again.Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if n := len(now.Messages(localslack.Desk)); n != 1 {
			t.Errorf("%d messages in the channel, want 1", n)
		}
	})
}

func TestButtonsOfUnknownRequestsSaySo(t *testing.T) {
	t.Parallel()
	b := start(t)
	press := func(action, value string) *localslack.Interaction {
		blocks := must(json.Marshal([]any{map[string]any{"type": "actions", "elements": []any{map[string]any{
			"type": "button", "action_id": action, "value": value, "text": map[string]any{"type": "plain_text", "text": "x"},
		}}}}))
		return b.did(b.slack.Click(localslack.Tess, must(b.slack.PostRaw(localslack.Desk, "x", blocks)), action))
	}
	for i, tt := range []struct{ action, value, want string }{
		{modals.ActionCreateAnyway, "gone", sayNotFound},
		{modals.ActionUse, "gone 7", sayNotFound},
		{modals.ActionUse, "gone", sayNoPick},
		{modals.ActionLookAgain, "gone", sayNotFound},
		{modals.ActionCreateAgain, "gone", sayNotFound},
		{modals.ActionReopen, "nonsense", sayNotFound},
	} {
		press(tt.action, tt.value)
		b.until(func(now *localslack.Snapshot) bool {
			list := now.EphemeralsFor(localslack.Tess)
			return len(list) == i+1 && has(readable(list[i].Blocks), tt.want)
		})
	}
	v, err := press(modals.ActionTryAgain, "gone").Opened(b.ctx())
	if err != nil {
		t.Fatal(err)
	}
	b.until(func(now *localslack.Snapshot) bool { return has(readable(now.View(v.ID).Blocks), sayNotFound) })
}

func TestAnUnreachableDatabaseKeepsTheQuestion(t *testing.T) {
	t.Parallel()
	b := start(t)
	form := b.command("Acme acme.com")
	b.submit(localslack.Tess, form, nil)
	b.now(b.only().Key, exists)
	b.asked.setBroken(errors.New("down"))
	var view *localslack.View
	b.slack.Look(func(now *localslack.Snapshot) { view = now.View(form.ID) })
	b.did(b.slack.Click(localslack.Tess, view, modals.ActionCreateAnyway))
	b.until(func(now *localslack.Snapshot) bool {
		list := now.DMs(localslack.Tess)
		return len(list) == 1 && has(readable(list[0].Blocks), sayNotKept)
	})
	b.slack.Look(func(now *localslack.Snapshot) {
		if v := now.View(form.ID); !has(string(v.Blocks), modals.ActionCreateAnyway) {
			t.Errorf("the modal is %s", v.Blocks)
		}
	})
}

func TestAFormThatDoesNotOpenComesWithAButton(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.slack.Fail("views.open", 1, "expired_trigger_id")
	m := b.alert(`{"email":"jane@acme.com","notes":"` + long(1500) + `"}`)
	b.did(b.slack.Click(localslack.Tess, m, modals.ActionNewClient))
	again := b.whisper(localslack.Tess)
	form := b.opened(b.slack.Click(localslack.Tess, again, modals.ActionReopen))
	if !has(string(must(json.Marshal(form.State))), "Acme", "acme.com") {
		t.Errorf("the form holds %v", form.State)
	}
	b.submit(localslack.Tess, form, nil)
	if r := b.only(); r.Key != localslack.Team+"-"+localslack.Mail+"-"+m.TS || r.Via != onboarding.ViaAlert {
		t.Errorf("stored %+v", r)
	}
	b.now(b.only().Key, created())
	b.slack.Look(func(now *localslack.Snapshot) {
		if alert := now.Message(localslack.Mail, m.TS); !has(string(alert.Blocks), "#4711") {
			t.Errorf("the alert is %s", alert.Blocks)
		}
	})
}

func TestButtonValuesFit(t *testing.T) {
	t.Parallel()
	b := idle(t)
	for _, n := range []int{0, 100, 1000, 5000} {
		o := asked{
			Key: "k", Via: onboarding.ViaAlert, Channel: "C1", ChannelName: long(n),
			wayBack: wayBack{Email: long(n), Ticket: long(n), URL: long(n)},
		}
		f := modals.Form{Draft: draft.Draft{Name: long(n), Notes: long(n), Website: "acme.com", TradingName: long(n)}}
		if v := reopenValue(o, f); len([]rune(v)) > maxValue {
			t.Errorf("a value of %d characters for texts of %d", len(v), n)
		}
		if m := o.metadata(); len(m) > maxMetadata {
			t.Errorf("metadata of %d characters for texts of %d", len(m), n)
		} else if back, ok := readAsked(m); !ok || back.Key != "k" || back.Channel != "C1" && n < 1000 {
			t.Errorf("metadata %s", m)
		}
		_ = b
	}
}

func TestChoosingWhileTheFirstIsInHandJoins(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.ask(true)
	b.now(r.Key, onboarding.State{Outcome: onboarding.Exists, Found: []halo.Client{{ID: 12, Name: "Acme"}, {ID: 13, Name: "Acme too"}}})
	m := b.whisper(localslack.Tess)
	b.did(b.slack.Click(localslack.Tess, m, modals.ActionUse, r.Key+" 13 "+tenant{name: "halo"}.Address()))
	if use := b.stored(2); use.Use != 13 {
		t.Errorf("stored %+v", use)
	}
}
