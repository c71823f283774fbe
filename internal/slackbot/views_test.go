package slackbot

import (
	"testing"
	"testing/synctest"

	"github.com/patrickmn/go-cache"
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
