package halo

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"halobot/internal/sandbox/localhalo"
)

// Not parallel: it looks at every goroutine. Some are stopped before their first reading, some in it,
// some after it.
func TestFiftyDirectoriesStartAndStopAtOnce(t *testing.T) {
	one, server := tenant(t, localhalo.Options{Clients: []localhalo.Client{{Name: "Acme"}, {Name: "Globex"}}})
	ignore := goleak.IgnoreCurrent()
	var all sync.WaitGroup
	for n := range 50 {
		c := New(one.settings, one.http, nil)
		all.Go(func() {
			ctx, stop := context.WithTimeout(t.Context(), time.Duration(n)*2*time.Millisecond)
			defer stop()
			c.Run(ctx)
		})
	}
	all.Wait()
	one.http.CloseIdleConnections()
	server.Stop()
	goleak.VerifyNone(t, ignore)
}
