package slackbot

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/patrickmn/go-cache"

	"halobot/internal/onboarding"
	"halobot/internal/sandbox/localslack"
)

// Who holds a modal's turn knows whether somebody will draw it next, and need not do so for them.
func TestAWaitingDrawerIsKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o, drawn := &views{known: cache.New(cache.NoExpiration, 0)}, 0
		release := o.begin(t.Context(), "V1")
		if o.awaited("V1") {
			t.Error("somebody waits, though nobody else has come")
		}
		go func() {
			if err := o.draw(t.Context(), "V1", true, func() error { drawn++; return nil }); err != nil {
				t.Error(err)
			}
		}()
		synctest.Wait()
		if !o.awaited("V1") || o.awaited("V2") || drawn != 0 {
			t.Errorf("V1 awaited: %t, V2: %t, drawn %d times; want true, false and never", o.awaited("V1"), o.awaited("V2"), drawn)
		}
		release()
		synctest.Wait()
		if o.awaited("V1") || drawn != 1 {
			t.Errorf("awaited: %t, drawn %d times, want false and once", o.awaited("V1"), drawn)
		}
	})
}

// What is drawn once more, since the acknowledgement may have drawn over it, is what was drawn first,
// whatever becomes of the telling meanwhile.
func TestASecondDrawingIsTheFirstOnceMore(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.ask(false)
	o, _ := b.bot.teller.occasion(onboarding.Telling{Request: b.only(), State: created()})
	var first int
	for recent := false; !recent; recent = time.Since(o.views.attempt(o.back.View)) < ackTravel {
		first = b.slack.Calls("views.update") + 1
		o.views.begin(b.ctx(), o.back.View)()
		if _, err := o.modal(b.ctx()); err != nil {
			t.Fatal(err)
		}
	}
	o.res.Client.Name = "Changed Ltd"
	b.soon("the second drawing", func() bool { return b.slack.Calls("views.update") > first })
	b.slack.Look(func(now *localslack.Snapshot) {
		if v := now.View(o.back.View); has(readable(v.Blocks), "Changed Ltd") {
			t.Errorf("the modal says %s", readable(v.Blocks))
		}
	})
}
